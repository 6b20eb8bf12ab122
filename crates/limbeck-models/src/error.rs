//! The errors of the grammar.

use proc_macro2::{Ident, Span};

/// A mistake in a declaration, at its token.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct GrammarError {
    /// The token.
    pub span: Span,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to type instead.
    pub hint: Option<String>,
}

impl GrammarError {
    /// An error that says what to type instead.
    pub fn new(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// The same error as the compiler shows it.
    pub fn to_syn(&self) -> syn::Error {
        match &self.hint {
            Some(hint) => syn::Error::new(self.span, format!("{}\nhint: {hint}", self.message)),
            None => syn::Error::new(self.span, &self.message),
        }
    }
}

/// The error of `derive(Table)` on something else than a struct.
pub fn not_a_struct(ident: &Ident) -> GrammarError {
    GrammarError::new(
        ident.span(),
        format!("`{ident}` is not a struct, and only a struct declares a table"),
        "remove `derive(Table)`; an enum derives `Enum`",
    )
}

/// The error of `derive(Enum)` on something else than an enum.
pub fn not_an_enum(ident: &Ident) -> GrammarError {
    GrammarError::new(
        ident.span(),
        format!("`{ident}` is not an enum, and only an enum declares an enum type"),
        "remove `derive(Enum)`; a struct derives `Table`",
    )
}
