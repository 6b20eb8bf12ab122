//! `table! { users (id) { id -> Integer, name -> Text, } }`.

use std::collections::BTreeMap;

use limbeck_core::schema::Deferrable;
use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, ItemUse, Token, TypePath, braced, parenthesized};

use crate::attribute::Located;
use crate::column::{ColumnDeclaration, column_name};
use crate::constraint::KeyDeclaration;
use crate::error::GrammarError;
use crate::table::TableDeclaration;

/// A call of `table!`.
#[derive(Debug, Clone)]
pub(crate) struct TableCall {
    /// What its types are named by; `diesel::sql_types::*` where there is none.
    pub(crate) uses: Vec<ItemUse>,
    /// What it says.
    pub(crate) table: TableDeclaration,
    /// The lines between which its columns stand, from 1.
    pub(crate) lines: (usize, usize),
}

/// Reads the tokens of a call.
pub(crate) fn read_table(tokens: &TokenStream) -> Result<TableCall, GrammarError> {
    let written: Written = syn::parse2(tokens.clone()).map_err(|error| {
        GrammarError::new(
            error.span(),
            format!("this `table!` is not read: {error}"),
            "write it as `diesel print-schema` does",
        )
    })?;
    written.declare()
}

/// The parts of a call.
struct Written {
    uses: Vec<ItemUse>,
    attributes: Vec<Attribute>,
    schema: Option<Ident>,
    name: Ident,
    key: Option<Punctuated<Ident, Token![,]>>,
    braces: syn::token::Brace,
    columns: Punctuated<WrittenColumn, Token![,]>,
}

struct WrittenColumn {
    attributes: Vec<Attribute>,
    name: Ident,
    data_type: TypePath,
}

impl Parse for Written {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut uses = Vec::new();
        while input.peek(Token![use]) || input.peek(Token![pub]) {
            uses.push(input.parse()?);
        }
        let attributes = Attribute::parse_outer(input)?;
        let first: Ident = input.parse()?;
        let (schema, name) = if input.peek(Token![.]) {
            input.parse::<Token![.]>()?;
            (Some(first), input.parse()?)
        } else {
            (None, first)
        };
        let key = if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            Some(Punctuated::parse_terminated(&content)?)
        } else {
            None
        };
        let content;
        let braces = braced!(content in input);
        Ok(Self {
            uses,
            attributes,
            schema,
            name,
            key,
            braces,
            columns: Punctuated::parse_terminated(&content)?,
        })
    }
}

impl Parse for WrittenColumn {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = Attribute::parse_outer(input)?;
        let name = input.parse()?;
        input.parse::<Token![->]>()?;
        Ok(Self {
            attributes,
            name,
            data_type: input.parse()?,
        })
    }
}

impl Written {
    fn declare(self) -> Result<TableCall, GrammarError> {
        refuse_conditions(&self.attributes)?;
        let name = sql_name(&self.attributes, &self.name)?;
        let mut table = TableDeclaration::new(self.name.clone(), name);
        table.schema = self.schema.as_ref().map(column_name);
        for column in self.columns {
            table.columns.push(column.declare()?);
        }
        if table.columns.is_empty() {
            return Err(irregular(&self.name, "has no columns", "add a column"));
        }
        refuse_repeated(&table.columns)?;
        let (fields, span) = match self.key {
            Some(key) => {
                let span = key.span();
                (key.into_iter().collect(), span)
            }
            None => (vec![Ident::new("id", self.name.span())], self.name.span()),
        };
        refuse_unknown(&table, &fields)?;
        table.primary_key = Some(key_of(fields, span));
        let (open, close) = (self.braces.span.open(), self.braces.span.close());
        Ok(TableCall {
            uses: self.uses,
            table,
            lines: (open.start().line, close.start().line),
        })
    }
}

impl WrittenColumn {
    fn declare(self) -> Result<ColumnDeclaration, GrammarError> {
        refuse_conditions(&self.attributes)?;
        let name = sql_name(&self.attributes, &self.name)?;
        let mut column = ColumnDeclaration::new(self.name, name, syn::Type::Path(self.data_type));
        column.max_length = max_length(&self.attributes)?;
        Ok(column)
    }
}

fn key_of(fields: Vec<Ident>, span: Span) -> KeyDeclaration {
    KeyDeclaration {
        span,
        name: None,
        fields,
        include: Vec::new(),
        deferrable: Deferrable::No,
        on_conflict: None,
        comment: None,
    }
}

fn irregular(ident: &Ident, what: &str, hint: &str) -> GrammarError {
    GrammarError::new(ident.span(), format!("`{ident}` {what}"), hint)
}

fn refuse_repeated(columns: &[ColumnDeclaration]) -> Result<(), GrammarError> {
    let mut seen: BTreeMap<&str, &Ident> = BTreeMap::new();
    for column in columns {
        if let Some(first) = seen.insert(&column.name.value, &column.field) {
            let text = format!("the column `{}` is declared twice", column.name.value);
            let hint = "remove one of the two";
            return Err(GrammarError::against(
                column.name.span,
                first.span(),
                text,
                hint,
            ));
        }
    }
    Ok(())
}

fn refuse_unknown(table: &TableDeclaration, key: &[Ident]) -> Result<(), GrammarError> {
    let unknown = key.iter().find(|field| table.column(field).is_none());
    match unknown {
        Some(field) => Err(GrammarError::new(
            field.span(),
            format!(
                "the primary key of `{}` names `{field}`, which is no column",
                table.ident
            ),
            format!("name the columns of the key: `{} (…) {{`", table.ident),
        )),
        None => Ok(()),
    }
}

/// Which columns there are would depend on how the program is built.
fn refuse_conditions(attributes: &[Attribute]) -> Result<(), GrammarError> {
    let conditions = ["cfg", "cfg_attr"];
    let found = attributes.iter().find(|attribute| {
        let path = attribute.path();
        conditions.iter().any(|name| path.is_ident(name))
    });
    match found {
        Some(attribute) => Err(GrammarError::new(
            attribute.pound_token.span,
            "a condition within `table!` is not read",
            "put it above the whole `table!`",
        )),
        None => Ok(()),
    }
}

/// What an attribute `#[key = literal]` says.
fn said<'a>(
    attributes: &'a [Attribute],
    key: &str,
) -> Option<(&'a Attribute, Option<&'a syn::Lit>)> {
    let attribute = attributes.iter().find(|one| one.path().is_ident(key))?;
    let literal = match &attribute.meta {
        syn::Meta::NameValue(pair) => match &pair.value {
            syn::Expr::Lit(literal) => Some(&literal.lit),
            _ => None,
        },
        _ => None,
    };
    Some((attribute, literal))
}

fn sql_name(attributes: &[Attribute], ident: &Ident) -> Result<Located<String>, GrammarError> {
    match said(attributes, "sql_name") {
        None => Ok(Located::new(column_name(ident), ident.span())),
        Some((_, Some(syn::Lit::Str(text)))) => {
            let name = text.value();
            let name = name.strip_prefix("r#").unwrap_or(&name);
            Ok(Located::new(name.to_owned(), text.span()))
        }
        Some((attribute, _)) => Err(GrammarError::new(
            attribute.pound_token.span,
            "`sql_name` is no text",
            "write `#[sql_name = \"…\"]`",
        )),
    }
}

fn max_length(attributes: &[Attribute]) -> Result<Option<Located<u32>>, GrammarError> {
    let Some((attribute, literal)) = said(attributes, "max_length") else {
        return Ok(None);
    };
    let number = match literal {
        Some(syn::Lit::Int(number)) => number.base10_parse().ok(),
        _ => None,
    };
    match number {
        Some(length) => Ok(Some(Located::new(length, attribute.pound_token.span))),
        None => Err(GrammarError::new(
            attribute.pound_token.span,
            "`max_length` is no number of characters",
            "write `#[max_length = 255]`",
        )),
    }
}
