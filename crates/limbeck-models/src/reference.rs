//! References of foreign keys: `User`, `User::email`, `User(email)`, `"auth.users.id"`.

use limbeck_core::schema::QualifiedName;
use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{LitStr, Path};

use crate::attribute::{Argument, Value, split};
use crate::column::column_name;
use crate::error::GrammarError;

/// What a foreign key refers to.
#[derive(Debug, Clone)]
pub enum Reference {
    /// A model, by Rust path; without fields its primary key.
    Model {
        /// The struct.
        path: Path,
        /// The fields.
        fields: Vec<Ident>,
    },
    /// A table that no model declares.
    Table {
        /// Its name.
        name: QualifiedName,
        /// Its columns.
        columns: Vec<String>,
        /// Where the text stands.
        span: Span,
    },
}

impl Reference {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Model { path, .. } => path.span(),
            Self::Table { span, .. } => *span,
        }
    }
}

/// Reads `references = User`, `User::email`, `User(email)` or `"auth.users.id"`.
pub(crate) fn reference(option: &Argument) -> Result<Reference, GrammarError> {
    let Value::Equals(tokens) = &option.value else {
        return Err(option.misused("a model or a table's column"));
    };
    if let Some(text) = literal(tokens) {
        return table_reference(&text);
    }
    let (mut path, list) = path_and_list(tokens.clone())
        .ok_or_else(|| option.misused("a model, `Model::field`, or `\"table.column\"`"))?;
    if let Some(list) = list {
        let mut fields = Vec::new();
        for argument in split(list) {
            match (argument.word, argument.value) {
                (Some(field), Value::Bare) => fields.push(field),
                _ => {
                    return Err(GrammarError::new(
                        argument.span,
                        "a reference takes names of fields",
                        "write `references = User(email)`",
                    ));
                }
            }
        }
        return Ok(Reference::Model { path, fields });
    }
    // A path names a struct unless its last segment starts with a small letter: `User::email`.
    let is_field = path.segments.len() > 1
        && path.segments.last().is_some_and(|last| {
            let name = column_name(&last.ident);
            name.starts_with(|letter: char| letter.is_lowercase() || letter == '_')
        });
    let mut fields = Vec::new();
    if is_field {
        fields.extend(path.segments.pop().map(|last| last.ident));
        path.segments.pop_punct();
    }
    Ok(Reference::Model { path, fields })
}

fn path_and_list(tokens: TokenStream) -> Option<(Path, Option<TokenStream>)> {
    let parser = |input: syn::parse::ParseStream<'_>| {
        let path = Path::parse_mod_style(input)?;
        if input.is_empty() {
            return Ok((path, None));
        }
        let content;
        syn::parenthesized!(content in input);
        Ok((path, Some(content.parse::<TokenStream>()?)))
    };
    parser.parse2(tokens).ok()
}

/// Reads `"auth.users.id"` or `"auth.users(id)"`.
pub(crate) fn table_reference(literal: &LitStr) -> Result<Reference, GrammarError> {
    let text = literal.value();
    let fault = || {
        GrammarError::new(
            literal.span(),
            format!("`{text}` does not name a column of a table"),
            "write `references = \"auth.users.id\"` or `\"auth.users(id)\"`",
        )
    };
    let (table, columns) = match text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        Some((table, columns)) => (table, columns.split(',').map(str::trim).collect()),
        None => {
            let (table, column) = text.rsplit_once('.').ok_or_else(fault)?;
            (table, vec![column])
        }
    };
    let columns: Vec<String> = columns
        .into_iter()
        .map(|column| column.trim_matches('"').to_owned())
        .collect();
    if columns.iter().any(String::is_empty) {
        return Err(fault());
    }
    let name = table.trim().parse().map_err(|_| fault())?;
    Ok(Reference::Table {
        name,
        columns,
        span: literal.span(),
    })
}

/// The tokens as one string literal.
pub(crate) fn literal(tokens: &TokenStream) -> Option<LitStr> {
    syn::parse2(tokens.clone()).ok()
}
