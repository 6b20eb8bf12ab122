//! Declarations of sequences: `sequence(name = "numbers", start = 1000)`, and the options that
//! `identity(…)` shares.

use limbeck_core::schema::{SequenceOptions, Type};
use proc_macro2::{Ident, Span};

use crate::attribute::{Argument, Key, Located, known, once, reported};
use crate::error::GrammarError;
use crate::suggest;
use crate::table::unqualified;

/// A sequence that is no identity column's.
#[derive(Debug, Clone)]
pub struct SequenceDeclaration {
    /// Where it stands.
    pub span: Span,
    /// Its name; its schema is the table's.
    pub name: Located<String>,
    /// `smallint`, `integer` or `bigint`.
    pub data_type: Type,
    /// Its options.
    pub options: SequenceOptions,
    /// The field that it goes with.
    pub owned_by: Option<Ident>,
}

const SEQUENCE_KEYS: &[Key] = &[
    once("name", "name = \"invoice_numbers\""),
    once("sql_type", "sql_type = \"integer\""),
    once("start", "start = 1000"),
    once("increment", "increment = 10"),
    once("min_value", "min_value = 1"),
    once("max_value", "max_value = 9999"),
    once("cache", "cache = 20"),
    once("cycle", "cycle"),
    once("owned_by", "owned_by = number"),
];

const TYPES: [(&str, Type); 3] = [
    ("bigint", Type::BigInt),
    ("integer", Type::Integer),
    ("smallint", Type::SmallInt),
];

/// Reads `sequence(…)`.
pub(crate) fn read_sequence(
    argument: &Argument,
    errors: &mut Vec<GrammarError>,
) -> Option<SequenceDeclaration> {
    let mut name = None;
    let mut data_type = Type::BigInt;
    let mut options = SequenceOptions::default();
    let mut owned_by = None;
    let list = reported(argument.list(), errors)?;
    let reported_before = errors.len();
    for option in known(list, "sequence", SEQUENCE_KEYS, errors) {
        match option.key().as_str() {
            "name" => name = reported(unqualified(&option), errors),
            "sql_type" => data_type = reported(sequence_type(&option), errors)?,
            "owned_by" => owned_by = reported(option.choice(), errors),
            _ => read_option(&option, &mut options, errors),
        }
    }
    let Some(name) = name else {
        if errors.len() == reported_before {
            errors.push(argument.misused("`name = \"…\"`"));
        }
        return None;
    };
    Some(SequenceDeclaration {
        span: argument.span,
        name,
        data_type,
        options,
        owned_by,
    })
}

fn sequence_type(option: &Argument) -> Result<Type, GrammarError> {
    let text = option.text()?;
    let found = TYPES.iter().find(|(name, _)| *name == text.value);
    match found {
        Some((_, data_type)) => Ok(data_type.clone()),
        None => Err(GrammarError::new(
            text.span,
            format!("a sequence cannot be `{}`", text.value),
            suggest::hint(&text.value, TYPES.iter().map(|(name, _)| *name)),
        )),
    }
}

/// Reads `start`, `increment` and what else numbers a sequence.
pub(crate) fn read_option(
    option: &Argument,
    options: &mut SequenceOptions,
    errors: &mut Vec<GrammarError>,
) {
    let mut number = || reported(option.number::<i64>(), errors).map(|number| number.value);
    match option.key().as_str() {
        "start" => options.start = number(),
        "increment" => options.increment = number(),
        "min_value" => options.min_value = number(),
        "max_value" => options.max_value = number(),
        "cache" => options.cache = number(),
        _ => options.cycle = reported(option.flag(), errors).is_some_and(|flag| flag.value),
    }
}
