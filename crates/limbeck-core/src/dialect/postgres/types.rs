//! Names of types.

use super::qualified;
use crate::schema::Type;

/// The type as SQL writes it: `varchar(200)`, `timestamptz`, `"Role"[]`.
pub(super) fn name(data_type: &Type) -> String {
    match data_type {
        Type::Enum(enum_type) => qualified(enum_type),
        Type::Array(element) => format!("{}[]", name(element)),
        other => other.to_string(),
    }
}
