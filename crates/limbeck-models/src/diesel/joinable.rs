//! `joinable!(posts -> users (user_id))`: by which column a table is joined with another one.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::{Path, Token, parenthesized};

/// A call of `joinable!`.
#[derive(Debug, Clone)]
pub(crate) struct Joinable {
    /// The table that has the column, by the path of its module.
    pub(crate) child: Path,
    /// The other one, whose primary key the column holds.
    pub(crate) parent: Path,
    /// The column.
    pub(crate) column: Ident,
}

impl Parse for Joinable {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let child = Path::parse_mod_style(input)?;
        input.parse::<Token![->]>()?;
        let parent = Path::parse_mod_style(input)?;
        let content;
        parenthesized!(content in input);
        let column = content.parse()?;
        Ok(Self {
            child,
            parent,
            column,
        })
    }
}
