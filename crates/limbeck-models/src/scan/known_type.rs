//! The types of other crates whose SQL type is known.

use limbeck_core::schema::Type;

/// What a path outside the workspace is.
pub(crate) enum Known {
    /// A type of its own.
    Type(Type),
    /// `Option`.
    Nullable,
    /// `Vec`.
    List,
    /// A pointer to what it holds: `Box`, `Arc`, `Cow`.
    Pointer,
    /// `DateTime` of chrono, which takes its zone as a parameter.
    ZonedDateTime,
    /// A type without an obvious column: why, and what to type.
    Refused(&'static str, &'static str),
}

const TIMESTAMP: Type = Type::Timestamp {
    precision: None,
    zone: false,
};
const TIMESTAMP_WITH_ZONE: Type = Type::Timestamp {
    precision: None,
    zone: true,
};
const TIME: Type = Type::Time {
    precision: None,
    zone: false,
};

/// What is known of a path; its first segment is the crate, or it is a name of the prelude.
pub(crate) fn known(path: &[String]) -> Option<Known> {
    let path = canonical(path);
    Some(match path.as_str() {
        "bool" => Known::Type(Type::Boolean),
        "i8" | "i16" | "u8" => Known::Type(Type::SmallInt),
        "i32" | "u16" => Known::Type(Type::Integer),
        "i64" | "u32" => Known::Type(Type::BigInt),
        "u64" | "usize" => Known::Refused(
            "is wider than `bigint`",
            "use `i64`, or add `#[column(sql_type = \"numeric(20)\")]`",
        ),
        "isize" => Known::Refused("has another width on another machine", "use `i64`"),
        "i128" | "u128" => Known::Refused(
            "is wider than `bigint`",
            "add `#[column(sql_type = \"numeric(39)\")]`",
        ),
        "f32" => Known::Type(Type::Real),
        "f64" => Known::Type(Type::Double),
        "char" => Known::Type(Type::Char(1)),
        "str" | "String" => Known::Type(Type::Text),
        "Option" => Known::Nullable,
        "Vec" => Known::List,
        "Box" | "Arc" | "Rc" | "Cow" => Known::Pointer,
        "IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "ipnetwork::IpNetwork" | "ipnet::IpNet" => {
            Known::Type(Type::Sql("inet".to_owned()))
        }
        "bytes::Bytes" | "bytes::BytesMut" => Known::Type(Type::Bytes),
        "uuid::Uuid" => Known::Type(Type::Uuid),
        "chrono::DateTime" => Known::ZonedDateTime,
        "chrono::NaiveDateTime"
        | "time::PrimitiveDateTime"
        | "jiff::civil::DateTime"
        | "jiff_sqlx::DateTime" => Known::Type(TIMESTAMP),
        "time::OffsetDateTime"
        | "time::UtcDateTime"
        | "jiff::Timestamp"
        | "jiff::Zoned"
        | "jiff_sqlx::Timestamp" => Known::Type(TIMESTAMP_WITH_ZONE),
        "chrono::NaiveDate" | "time::Date" | "jiff::civil::Date" | "jiff_sqlx::Date" => {
            Known::Type(Type::Date)
        }
        "chrono::NaiveTime" | "time::Time" | "jiff::civil::Time" | "jiff_sqlx::Time" => {
            Known::Type(TIME)
        }
        "sqlx::postgres::types::PgInterval" | "jiff_sqlx::Span" => Known::Type(Type::Interval),
        "Duration"
        | "chrono::Duration"
        | "chrono::TimeDelta"
        | "time::Duration"
        | "jiff::SignedDuration"
        | "jiff::Span" => Known::Refused(
            "has no column type of its own on every database",
            "add `#[column(sql_type = \"interval\")]`, or `sql_type = \"bigint\"` for a number",
        ),
        "rust_decimal::Decimal" | "bigdecimal::BigDecimal" => Known::Type(Type::Numeric(None)),
        "serde_json::Value" | "serde_json::value::RawValue" | "sqlx::types::Json" => {
            Known::Type(Type::Jsonb)
        }
        "sqlx::types::Text" => Known::Type(Type::Text),
        _ => return None,
    })
}

/// The path of a well-known type that is named without its crate.
pub(crate) fn import(name: &str) -> Option<&'static str> {
    Some(match name {
        "Uuid" => "uuid::Uuid",
        "DateTime" => "chrono::{DateTime, Utc}",
        "NaiveDate" => "chrono::NaiveDate",
        "NaiveDateTime" => "chrono::NaiveDateTime",
        "NaiveTime" => "chrono::NaiveTime",
        "OffsetDateTime" => "time::OffsetDateTime",
        "PrimitiveDateTime" => "time::PrimitiveDateTime",
        "Timestamp" => "jiff::Timestamp",
        "Zoned" => "jiff::Zoned",
        "Decimal" => "rust_decimal::Decimal",
        "BigDecimal" => "bigdecimal::BigDecimal",
        "Bytes" => "bytes::Bytes",
        "IpAddr" => "std::net::IpAddr",
        "Json" => "sqlx::types::Json",
        _ => return None,
    })
}

/// One path for each type: re-exports followed, modules of the standard library left out.
fn canonical(path: &[String]) -> String {
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let own = match segments.as_slice() {
        ["std" | "core" | "alloc", .., last] => return (*last).to_owned(),
        [
            "sqlx",
            "types",
            krate @ ("chrono" | "time" | "uuid" | "bigdecimal" | "ipnetwork"),
            rest @ ..,
        ] => {
            let mut own = vec![*krate];
            own.extend(rest);
            own
        }
        ["sqlx", "types", "rust_decimal", rest @ ..] => {
            let mut own = vec!["rust_decimal"];
            own.extend(rest);
            own
        }
        ["sqlx", "types", "Uuid"] => vec!["uuid", "Uuid"],
        ["sqlx", "types", "Decimal"] => vec!["rust_decimal", "Decimal"],
        ["sqlx", "types", "BigDecimal"] => vec!["bigdecimal", "BigDecimal"],
        ["sqlx", "types", "JsonValue" | "JsonRawValue"] => vec!["serde_json", "Value"],
        ["sqlx", "types", "json", "Json"] => vec!["sqlx", "types", "Json"],
        _ => segments,
    };
    let own = match own.as_slice() {
        ["chrono", "prelude" | "naive" | "offset", last] => vec!["chrono", *last],
        ["rust_decimal", "prelude" | "decimal", last] => vec!["rust_decimal", *last],
        ["serde_json", "value", "Value"] => vec!["serde_json", "Value"],
        _ => own,
    };
    own.join("::")
}

/// Names that stand in every module without `use`.
pub(crate) fn in_prelude(name: &str) -> bool {
    matches!(
        name,
        "bool"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "f32"
            | "f64"
            | "char"
            | "str"
            | "String"
            | "Option"
            | "Vec"
            | "Box"
    )
}
