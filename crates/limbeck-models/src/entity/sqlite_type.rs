//! What SeaORM calls its types on SQLite.

use limbeck_core::schema::Type;

use super::Version;

/// The name of a portable type in the tables that SeaORM makes; `None` for what SQLite has not.
pub(crate) fn sqlite_type(data_type: &Type, version: Version) -> Option<String> {
    Some(match data_type {
        Type::Boolean => "boolean".to_owned(),
        Type::SmallInt => "smallint".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::BigInt => match version {
            Version::One => "bigint".to_owned(),
            Version::Two => "integer".to_owned(),
        },
        Type::Real => "float".to_owned(),
        Type::Double => "double".to_owned(),
        Type::Numeric(Some((precision, scale))) => format!("real({precision}, {scale})"),
        Type::Numeric(None) => match version {
            Version::One => "real".to_owned(),
            Version::Two => "real_decimal".to_owned(),
        },
        Type::Text => "text".to_owned(),
        Type::Varchar(None) => "varchar".to_owned(),
        Type::Varchar(Some(length)) => format!("varchar({length})"),
        Type::Char(length) => format!("char({length})"),
        Type::Bytes => "blob".to_owned(),
        Type::Uuid => "uuid_text".to_owned(),
        Type::Date => "date_text".to_owned(),
        Type::Time { .. } => "time_text".to_owned(),
        Type::Timestamp { zone: false, .. } => "datetime_text".to_owned(),
        Type::Timestamp { zone: true, .. } => "timestamp_with_timezone_text".to_owned(),
        Type::Json => "json_text".to_owned(),
        Type::Jsonb => "jsonb_text".to_owned(),
        Type::Enum(_) => "enum_text".to_owned(),
        Type::Sql(text) => text.clone(),
        Type::Interval | Type::Array(_) | Type::PerDialect(_) => return None,
    })
}
