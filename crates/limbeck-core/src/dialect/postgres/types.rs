//! Names of types.

use super::qualified;
use crate::schema::Type;

/// The type as SQL writes it: `varchar(200)`, `timestamptz`, `"Role"[]`.
pub(in crate::dialect) fn name(data_type: &Type) -> String {
    match data_type {
        Type::Enum(enum_type) => qualified(enum_type),
        Type::Array(element) => format!("{}[]", name(element)),
        Type::Boolean
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::Real
        | Type::Double
        | Type::Numeric(_)
        | Type::Text
        | Type::Varchar(_)
        | Type::Char(_)
        | Type::Bytes
        | Type::Uuid
        | Type::Date
        | Type::Time { .. }
        | Type::Timestamp { .. }
        | Type::Interval
        | Type::Json
        | Type::Jsonb
        | Type::Sql(_)
        | Type::PerDialect(_) => data_type.to_string(),
    }
}
