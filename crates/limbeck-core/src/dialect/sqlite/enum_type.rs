//! Enum types: a CHECK on each column of the type, which bears the type's name.

use super::identifier;
use crate::schema::EnumType;
use crate::sql::quote_literal;

/// The column constraint that spells an enum type.
pub(super) fn check(column: &str, enum_type: &EnumType) -> String {
    let values: Vec<String> = enum_type
        .values
        .iter()
        .map(|value| quote_literal(value))
        .collect();
    format!(
        "CONSTRAINT {} CHECK ({} IN ({}))",
        identifier(&enum_type.name.name),
        identifier(column),
        values.join(", ")
    )
}

/// The expression that gives a column's values after values of its enum were renamed.
pub(super) fn renamed_value(column: &str, renamed: &[(String, String)]) -> String {
    let arms: Vec<String> = renamed
        .iter()
        .map(|(from, to)| format!("WHEN {} THEN {}", quote_literal(from), quote_literal(to)))
        .collect();
    format!("CASE {column} {} ELSE {column} END", arms.join(" "))
}
