//! Names of types.

use super::qualified;
use crate::schema::Type;

/// The type as SQL writes it: `varchar(200)`, `timestamptz`, `message_role[]`.
pub fn name(data_type: &Type) -> String {
    let precise = |name: &str, precision: &Option<u8>| match precision {
        Some(precision) => format!("{name}({precision})"),
        None => name.to_owned(),
    };
    match data_type {
        Type::Boolean => "boolean".to_owned(),
        Type::SmallInt => "smallint".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::BigInt => "bigint".to_owned(),
        Type::Real => "real".to_owned(),
        Type::Double => "double precision".to_owned(),
        Type::Numeric(None) => "numeric".to_owned(),
        Type::Numeric(Some((precision, scale))) => format!("numeric({precision}, {scale})"),
        Type::Text => "text".to_owned(),
        Type::Varchar(None) => "varchar".to_owned(),
        Type::Varchar(Some(length)) => format!("varchar({length})"),
        Type::Char(length) => format!("char({length})"),
        Type::Bytes => "bytea".to_owned(),
        Type::Uuid => "uuid".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Time { precision, zone } => precise(if *zone { "timetz" } else { "time" }, precision),
        Type::Timestamp { precision, zone } => {
            precise(if *zone { "timestamptz" } else { "timestamp" }, precision)
        }
        Type::Interval => "interval".to_owned(),
        Type::Json => "json".to_owned(),
        Type::Jsonb => "jsonb".to_owned(),
        Type::Enum(name) => qualified(name),
        Type::Array(element) => format!("{}[]", name(element)),
        Type::Sql(text) => text.clone(),
        Type::PerDialect(names) => names.get("postgres").cloned().unwrap_or_default(),
    }
}
