//! Declarations of indexes: `index(user_id, created_at desc, …)`.

use std::collections::BTreeMap;

use limbeck_core::schema::{Nulls, Order};
use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser};
use syn::{Lit, LitStr, Token};

use crate::attribute::{Argument, Key, Located, Value, known, once, reported, split};
use crate::constraint::fields_and_options;
use crate::error::GrammarError;
use crate::suggest;

/// An index of the table.
#[derive(Debug, Clone)]
pub struct IndexDeclaration {
    /// Where it stands.
    pub span: Span,
    /// Its name, where one is given.
    pub name: Option<Located<String>>,
    /// What is indexed, in order.
    pub keys: Vec<IndexKeyDeclaration>,
    /// UNIQUE.
    pub unique: bool,
    /// The access method, where one is given.
    pub method: Option<String>,
    /// Fields that the index only carries.
    pub include: Vec<Ident>,
    /// WHERE, in SQL.
    pub predicate: Option<String>,
    /// NULLS NOT DISTINCT.
    pub nulls_not_distinct: bool,
    /// Storage parameters.
    pub options: BTreeMap<String, String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// One key of an index.
#[derive(Debug, Clone)]
pub struct IndexKeyDeclaration {
    /// A field, or an expression in SQL.
    pub target: Result<Ident, Located<String>>,
    /// ASC or DESC.
    pub order: Order,
    /// NULLS FIRST or LAST, where said.
    pub nulls: Option<Nulls>,
    /// A collation.
    pub collation: Option<String>,
    /// An operator class with its parameters.
    pub operator_class: Option<String>,
}

const INDEX_KEYS: &[Key] = &[
    once("name", "name = \"ix_tasks_title\""),
    once("columns", "columns(user_id, created_at desc)"),
    once("unique", "unique"),
    once("where", "where = \"deleted_at IS NULL\""),
    once("method", "method = \"gin\""),
    once("include", "include(title)"),
    once("nulls_not_distinct", "nulls_not_distinct"),
    once("with", "with(fillfactor = 70)"),
    once("comment", "comment = \"for the list\""),
];

const MODIFIERS: [&str; 6] = ["asc", "desc", "nulls_first", "nulls_last", "collate", "ops"];

/// Reads `index(…)`.
pub(crate) fn read_index(
    argument: &Argument,
    fields: &[Ident],
    errors: &mut Vec<GrammarError>,
) -> Option<IndexDeclaration> {
    let (keys, options) =
        fields_and_options(reported(argument.list(), errors)?, INDEX_KEYS, fields);
    let mut index = IndexDeclaration {
        span: argument.span,
        name: None,
        keys: Vec::new(),
        unique: false,
        method: None,
        include: Vec::new(),
        predicate: None,
        nulls_not_distinct: false,
        options: BTreeMap::new(),
        comment: None,
    };
    let reported_before = errors.len();
    read_keys(&keys, &mut index, errors);
    for option in known(options, "index", INDEX_KEYS, errors) {
        match option.key().as_str() {
            "name" => index.name = reported(option.text(), errors),
            "columns" => {
                let keys = reported(option.list(), errors).unwrap_or_default();
                read_keys(&keys, &mut index, errors);
            }
            "unique" => index.unique = reported(option.flag(), errors)?.value,
            "where" => index.predicate = reported(option.text(), errors).map(|text| text.value),
            "method" => {
                index.method = reported(option.text(), errors)
                    .map(|text| text.value.to_lowercase())
                    .filter(|method| method != "btree");
            }
            "include" => index.include = reported(option.words(), errors)?,
            "nulls_not_distinct" => {
                index.nulls_not_distinct = reported(option.flag(), errors)?.value;
            }
            "with" => index.options = storage_parameters(&option, errors),
            _ => index.comment = reported(option.text(), errors).map(|text| text.value),
        }
    }
    if index.keys.is_empty() {
        if errors.len() == reported_before {
            errors.push(argument.misused("at least one field"));
        }
        return None;
    }
    Some(index)
}

fn read_keys(keys: &[Argument], index: &mut IndexDeclaration, errors: &mut Vec<GrammarError>) {
    for key in keys {
        if let Some(key) = reported(read_key(key), errors) {
            index.keys.push(key);
        }
    }
}

fn read_key(argument: &Argument) -> Result<IndexKeyDeclaration, GrammarError> {
    let (target, modifiers) = match (&argument.word, &argument.value) {
        (Some(field), Value::Bare) => (Ok(field.clone()), TokenStream::new()),
        (Some(field), Value::Tokens(tokens)) => (Ok(field.clone()), tokens.clone()),
        (None, Value::Tokens(tokens)) => {
            let parser = |input: ParseStream<'_>| {
                Ok((input.parse::<LitStr>()?, input.parse::<TokenStream>()?))
            };
            let (text, rest) = parser
                .parse2(tokens.clone())
                .map_err(|_| key_form(argument.span))?;
            (Err(Located::new(text.value(), text.span())), rest)
        }
        _ => return Err(key_form(argument.span)),
    };
    let mut key = IndexKeyDeclaration {
        target,
        order: Order::Ascending,
        nulls: None,
        collation: None,
        operator_class: None,
    };
    let mut fault = None;
    let parser = |input: ParseStream<'_>| -> syn::Result<()> {
        while !input.is_empty() {
            let word = input.call(Ident::parse_any)?;
            match word.to_string().as_str() {
                "asc" => key.order = Order::Ascending,
                "desc" => key.order = Order::Descending,
                "nulls_first" => key.nulls = Some(Nulls::First),
                "nulls_last" => key.nulls = Some(Nulls::Last),
                "collate" => key.collation = Some(modifier_text(input)?),
                "ops" => key.operator_class = Some(modifier_text(input)?),
                other => {
                    fault = Some(GrammarError::new(
                        word.span(),
                        format!("unknown modifier `{other}` of an index key"),
                        suggest::hint(other, MODIFIERS),
                    ));
                    input.parse::<TokenStream>()?;
                }
            }
        }
        Ok(())
    };
    let parsed = parser.parse2(modifiers);
    if let Some(fault) = fault {
        return Err(fault);
    }
    parsed.map_err(|_| key_form(argument.span))?;
    // NULLS in the order's own place is what unsaid means.
    let default = match key.order {
        Order::Ascending => Nulls::Last,
        Order::Descending => Nulls::First,
    };
    key.nulls = key.nulls.filter(|nulls| *nulls != default);
    Ok(key)
}

fn modifier_text(input: ParseStream<'_>) -> syn::Result<String> {
    input.parse::<Option<Token![=]>>()?;
    Ok(input.parse::<LitStr>()?.value())
}

fn key_form(span: Span) -> GrammarError {
    GrammarError::new(
        span,
        "an index key is a field or an expression as a string",
        "write `index(user_id, created_at desc nulls_last, \"lower(title)\")`",
    )
}

/// Reads `with(fillfactor = 70)`.
pub(crate) fn storage_parameters(
    argument: &Argument,
    errors: &mut Vec<GrammarError>,
) -> BTreeMap<String, String> {
    let Value::List(tokens) = &argument.value else {
        errors.push(argument.misused("parameters in parentheses"));
        return BTreeMap::new();
    };
    let mut parameters = BTreeMap::new();
    for parameter in split(tokens.clone()) {
        let value = match &parameter.value {
            Value::Equals(value) => syn::parse2::<Lit>(value.clone()).ok(),
            _ => None,
        };
        let text = match value {
            Some(Lit::Str(text)) => text.value(),
            Some(Lit::Int(number)) => number.base10_digits().to_owned(),
            Some(Lit::Float(number)) => number.base10_digits().to_owned(),
            Some(Lit::Bool(flag)) => flag.value.to_string(),
            _ => {
                errors.push(GrammarError::new(
                    parameter.span,
                    "a storage parameter is a name and a value",
                    format!("write `{}`", argument.example),
                ));
                continue;
            }
        };
        parameters.insert(parameter.key(), text);
    }
    parameters
}
