//! Procedural macros of Limbeck.
//!
//! The grammar of the attributes is in `limbeck-models`, shared with the scan: nothing here
//! interprets one.

mod derive_enum;
mod derive_table;

use limbeck_models::GrammarError;
use proc_macro::TokenStream;

/// Declares a table.
///
/// `#[table(…)]` speaks about the table and `#[column(…)]` about a field. The names of the table
/// and of its columns are those of the struct, in snake case, and of the fields, unless `name`
/// says otherwise. Foreign keys are held against the field that they refer to: two types that
/// differ are an error at the field's type.
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    let item = match syn::parse(input) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error().into(),
    };
    derive_table::expand(&item)
        .unwrap_or_else(|errors| compile_errors(&errors))
        .into()
}

/// Declares an enum type.
///
/// `#[enum_type(…)]` speaks about the type and about a variant's value. Values are the variants in
/// snake case, or what `rename_all` or `#[sqlx(…)]` says.
#[proc_macro_derive(Enum, attributes(enum_type))]
pub fn derive_enum(input: TokenStream) -> TokenStream {
    let item = match syn::parse(input) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error().into(),
    };
    derive_enum::expand(&item)
        .unwrap_or_else(|errors| compile_errors(&errors))
        .into()
}

fn compile_errors(errors: &[GrammarError]) -> proc_macro2::TokenStream {
    errors
        .iter()
        .map(|error| error.to_syn().to_compile_error())
        .collect()
}
