//! The expansion of `#[derive(Table)]`.

use limbeck_models::{
    ColumnDeclaration, GrammarError, Reference, TableDeclaration, column_name, not_a_struct,
    option_inner, read_table,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Item, Path};

/// The implementation of `limbeck::Table`, and the checks of foreign keys.
pub(crate) fn expand(item: &Item) -> Result<TokenStream, Vec<GrammarError>> {
    match item {
        Item::Struct(item) => Ok(implementation(&read_table(item)?)),
        Item::Enum(item) => Err(vec![not_a_struct(&item.ident)]),
        Item::Union(item) => Err(vec![not_a_struct(&item.ident)]),
        _ => Ok(TokenStream::new()),
    }
}

fn implementation(table: &TableDeclaration) -> TokenStream {
    let ident = &table.ident;
    let name = &table.name.value;
    let schema = match &table.schema {
        Some(schema) => quote!(::core::option::Option::Some(#schema)),
        None => quote!(::core::option::Option::None),
    };
    let columns = table.columns.iter().map(|column| &column.name.value);
    let witnesses = table.columns.iter().map(|column| {
        let function = witness(&column.field, Span::call_site());
        let rust_type = inner(column);
        quote! {
            #[doc(hidden)]
            pub const fn #function() -> ::core::marker::PhantomData<#rust_type> {
                ::core::marker::PhantomData
            }
        }
    });
    let key = match table.key_columns().as_slice() {
        [only] => {
            let rust_type = inner(only);
            quote! {
                #[doc(hidden)]
                pub const fn __limbeck_primary_key() -> ::core::marker::PhantomData<#rust_type> {
                    ::core::marker::PhantomData
                }
            }
        }
        _ => TokenStream::new(),
    };
    let checks = checks(table);
    quote! {
        #[automatically_derived]
        impl ::limbeck::Table for #ident {
            const NAME: &'static str = #name;
            const SCHEMA: ::core::option::Option<&'static str> = #schema;
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];
        }

        // A model may be private and its key public, and the functions follow neither.
        #[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
        #[automatically_derived]
        impl #ident {
            #(#witnesses)*
            #key
        }

        #checks
    }
}

/// The function whose return type is the type of a field.
fn witness(field: &Ident, span: Span) -> Ident {
    format_ident!("__limbeck_column_{}", column_name(field), span = span)
}

/// The field's type without `Option`: a foreign key that may be null refers to one that is not.
fn inner(column: &ColumnDeclaration) -> &syn::Type {
    option_inner(&column.rust_type).unwrap_or(&column.rust_type)
}

/// One assignment for each column of a foreign key; rustc compares the two types.
fn checks(table: &TableDeclaration) -> TokenStream {
    let mut assignments = Vec::new();
    for column in &table.columns {
        if let Some(references) = &column.references {
            let own = std::slice::from_ref(&column.field);
            assignments.extend(assignments_of(table, own, references));
        }
    }
    for key in &table.foreign_keys {
        assignments.extend(assignments_of(table, &key.fields, &key.references));
    }
    if assignments.is_empty() {
        return TokenStream::new();
    }
    quote! {
        const _: () = {
            #[allow(dead_code, unused_assignments, unused_variables)]
            fn foreign_keys() {
                #(#assignments)*
            }
        };
    }
}

fn assignments_of(
    table: &TableDeclaration,
    own: &[Ident],
    references: &Reference,
) -> Vec<TokenStream> {
    let Reference::Model { path, fields } = references else {
        return Vec::new();
    };
    let target = target(table, path);
    let columns = own.iter().filter_map(|field| table.column(field));
    if fields.is_empty() {
        // A key of several columns is compared by the scan, which sees the other struct.
        let [only] = own else {
            return vec![
                quote_spanned! { path.span() => let _ = <#target as ::limbeck::Table>::NAME; },
            ];
        };
        let function = Ident::new("__limbeck_primary_key", path.span());
        return table
            .column(only)
            .map(|column| assignment(column, &target, path.span(), &function))
            .into_iter()
            .collect();
    }
    columns
        .zip(fields)
        .map(|(column, field)| {
            assignment(column, &target, field.span(), &witness(field, field.span()))
        })
        .collect()
}

fn assignment(
    column: &ColumnDeclaration,
    target: &TokenStream,
    span: Span,
    function: &Ident,
) -> TokenStream {
    let rust_type = inner(column);
    let call = quote_spanned!(span => #target::#function());
    if column.sql_type.is_some() {
        // Who spells the type in SQL answers for it.
        return quote! { let _ = #call; };
    }
    // The second assignment is the one that fails, so that the error stands at the field's type.
    let own = quote_spanned! { rust_type.span() => ::core::marker::PhantomData::<#rust_type> };
    quote! {
        let mut key = #call;
        key = #own;
    }
}

fn target(table: &TableDeclaration, path: &Path) -> TokenStream {
    if path.is_ident("Self") {
        let ident = &table.ident;
        quote!(#ident)
    } else {
        quote!(#path)
    }
}
