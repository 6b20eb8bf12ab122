//! Attributes that look like ours, and are misspelt.
//!
//! The compiler reports an unknown attribute. The scan runs without the compiler, so it must report these itself.

use proc_macro2::Span;
use syn::{Attribute, Fields, Path};

use crate::error::GrammarError;
use crate::suggest::nearest;

/// The attributes of the derives.
const OURS: [&str; 2] = ["column", "table"];

/// Derives that have no attribute of such a name. Whatever else an item derives may have one.
const OTHERS: [&str; 22] = [
    "AsChangeset",
    "Associations",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "Enum",
    "Eq",
    "FromRow",
    "Hash",
    "Identifiable",
    "Insertable",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Queryable",
    "QueryableByName",
    "Selectable",
    "Serialize",
    "Table",
    "Type",
];

/// Refuses near misses on a struct that derives `Table` and on its fields.
pub(super) fn near_misses(
    attributes: &[Attribute],
    fields: &Fields,
    derives: &[Path],
) -> Vec<GrammarError> {
    let is_known = |path: &Path| {
        let last = path.segments.last();
        last.is_some_and(|last| OTHERS.iter().any(|name| last.ident == name))
    };
    if !derives.iter().all(is_known) {
        return Vec::new();
    }
    let of_fields = fields.iter().flat_map(|field| &field.attrs);
    attributes
        .iter()
        .chain(of_fields)
        .filter_map(near_miss)
        .collect()
}

fn near_miss(attribute: &Attribute) -> Option<GrammarError> {
    let ident = attribute.path().get_ident()?;
    let name = ident.to_string();
    let meant = nearest(&name, OURS).filter(|meant| *meant != name)?;
    let span: Span = ident.span();
    Some(GrammarError::new(
        span,
        format!("there is no attribute `{name}`"),
        format!("did you mean `#[{meant}(…)]`?"),
    ))
}
