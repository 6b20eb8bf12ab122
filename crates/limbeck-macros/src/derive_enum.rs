//! The expansion of `#[derive(Enum)]`.

use limbeck_models::{EnumDeclaration, GrammarError, not_an_enum, read_enum};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

/// The implementation of `limbeck::EnumType`.
pub(crate) fn expand(item: &Item) -> Result<TokenStream, Vec<GrammarError>> {
    match item {
        Item::Enum(item) => Ok(implementation(&read_enum(item)?)),
        Item::Struct(item) => Err(vec![not_an_enum(&item.ident)]),
        Item::Union(item) => Err(vec![not_an_enum(&item.ident)]),
        _ => Ok(TokenStream::new()),
    }
}

fn implementation(declaration: &EnumDeclaration) -> TokenStream {
    let ident = &declaration.ident;
    let name = &declaration.name.value.name;
    let schema = match &declaration.name.value.schema {
        Some(schema) => quote!(::core::option::Option::Some(#schema)),
        None => quote!(::core::option::Option::None),
    };
    let values = declaration
        .variants
        .iter()
        .map(|variant| &variant.value.value);
    quote! {
        #[automatically_derived]
        impl ::limbeck::EnumType for #ident {
            const NAME: &'static str = #name;
            const SCHEMA: ::core::option::Option<&'static str> = #schema;
            const VALUES: &'static [&'static str] = &[#(#values),*];
        }
    }
}
