//! What an entity says and nobody reads: SeaORM passes over keys that it does not know.

use syn::{Attribute, ItemStruct};

use crate::attribute::Argument;
use crate::error::GrammarError;
use crate::foreign::arguments;
use crate::suggest;

/// The keys of a field that SeaORM knows, plumbing included.
const FIELD_KEYS: &[&str] = &[
    "auto_increment",
    "belongs_to",
    "column_name",
    "column_type",
    "comment",
    "condition_type",
    "default_expr",
    "default_value",
    "enum_name",
    "extra",
    "from",
    "has_many",
    "has_one",
    "ignore",
    "indexed",
    "nested",
    "nullable",
    "on_condition",
    "on_delete",
    "on_update",
    "primary_key",
    "relation_enum",
    "relation_reverse",
    "renamed_from",
    "reverse",
    "save_as",
    "select_as",
    "self_ref",
    "skip_fk",
    "to",
    "unique",
    "unique_key",
    "via",
    "via_rel",
];

/// Tells what of an entity is not understood, and has no effect.
pub(crate) fn unread(item: &ItemStruct) -> Vec<GrammarError> {
    let keys = |attributes: &[Attribute]| arguments(attributes, "sea_orm");
    let mut faults = Vec::new();
    for field in &item.fields {
        for argument in keys(&field.attrs) {
            faults.extend(fault(&argument));
        }
    }
    faults
}

fn fault(argument: &Argument) -> Option<GrammarError> {
    let key = argument.key();
    let of_rust = |noun: &str, hint: &str| {
        GrammarError::new(
            argument.span,
            format!("`{key}` is {noun}, and not read: the column keeps what the database has"),
            hint.to_owned(),
        )
    };
    match key.as_str() {
        "extra" => Some(of_rust(
            "SQL of any kind",
            "write it into a revision by hand",
        )),
        "default_expr" if !crate::foreign::is_known_default(argument) => Some(of_rust(
            "Rust, which the scan does not run",
            "write `Expr::current_timestamp()`, or SQL as `Expr::cust(\"…\")`",
        )),
        _ if !FIELD_KEYS.contains(&key.as_str()) => Some(GrammarError::new(
            argument.span,
            format!("SeaORM has no key `{key}`, and passes over it"),
            suggest::hint(&key, FIELD_KEYS.iter().copied()),
        )),
        _ => None,
    }
}
