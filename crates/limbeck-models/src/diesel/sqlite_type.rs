//! What types are called on SQLite, so that `diesel print-schema` finds the same ones there.

use limbeck_core::schema::Type;

/// The name of a portable type; `None` for what Diesel does not have on SQLite.
pub(crate) fn sqlite_type(data_type: &Type) -> Option<String> {
    Some(match data_type {
        Type::Boolean => "boolean".to_owned(),
        Type::SmallInt => "smallint".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::BigInt => "bigint".to_owned(),
        Type::Real => "float".to_owned(),
        Type::Double => "double".to_owned(),
        Type::Numeric(None) => "numeric".to_owned(),
        Type::Numeric(Some((precision, scale))) => format!("numeric({precision}, {scale})"),
        Type::Text | Type::Varchar(None) => "text".to_owned(),
        Type::Varchar(Some(length)) => format!("varchar({length})"),
        Type::Char(length) => format!("char({length})"),
        Type::Bytes => "blob".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Time { .. } => "time".to_owned(),
        Type::Timestamp { zone: false, .. } => "timestamp".to_owned(),
        Type::Timestamp { zone: true, .. } => "timestamptz".to_owned(),
        Type::Json => "json".to_owned(),
        Type::Jsonb => "jsonb".to_owned(),
        Type::Uuid
        | Type::Interval
        | Type::Enum(_)
        | Type::Array(_)
        | Type::Sql(_)
        | Type::PerDialect(_) => return None,
    })
}
