//! The errors of the grammar.

use proc_macro2::{Ident, Span};

/// A mistake in a declaration, at its token.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct GrammarError {
    /// The token.
    pub span: Span,
    /// The other token, where two contradict each other.
    pub other: Option<Span>,
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
            other: None,
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// An error of two tokens that contradict each other.
    pub fn against(
        span: Span,
        other: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            other: Some(other),
            ..Self::new(span, message, hint)
        }
    }

    /// The same error as the compiler shows it.
    pub fn to_syn(&self) -> syn::Error {
        let mut error = match &self.hint {
            Some(hint) => syn::Error::new(self.span, format!("{}\nhint: {hint}", self.message)),
            None => syn::Error::new(self.span, &self.message),
        };
        if let Some(other) = self.other {
            error.combine(syn::Error::new(other, "the other one is here"));
        }
        error
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
