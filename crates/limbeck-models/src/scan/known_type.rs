//! The types of other crates whose SQL type is known.

use limbeck_core::schema::Type;

use crate::vocabulary::Vocabulary;

use super::diesel_type;
use super::known_path::canonical;
use super::types::Shape;

/// What a path outside the workspace is.
pub(crate) enum KnownType {
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
    /// `PgRange`, by the type of its bounds.
    Range,
    /// A multirange of Diesel, by the type of its bounds.
    Multirange,
    /// `PhantomData`: there is nothing to keep.
    Nothing,
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

fn sql(text: &str) -> KnownType {
    KnownType::Type(Type::Sql(text.to_owned()))
}

/// The built-in range over a type (PostgreSQL manual, section 8.17.1).
pub(crate) fn range_of(bound: &Shape) -> Option<&'static str> {
    Some(match bound {
        Shape::Plain(Type::Integer) => "int4range",
        Shape::Plain(Type::BigInt) => "int8range",
        Shape::Plain(Type::Numeric(None)) => "numrange",
        Shape::Plain(Type::Date) => "daterange",
        Shape::Plain(Type::Timestamp { zone: false, .. }) => "tsrange",
        Shape::Plain(Type::Timestamp { zone: true, .. }) => "tstzrange",
        _ => return None,
    })
}

impl Vocabulary {
    /// What is known of a path there.
    pub(super) fn known(self, path: &[String]) -> Option<KnownType> {
        if self == Self::Diesel {
            return diesel_type::known(path);
        }
        let found = known(path)?;
        Some(match (self, found) {
            (Self::SeaOrm, KnownType::Refused(..)) if canonical(path) == "u64" => {
                KnownType::Type(Type::BigInt)
            }
            (_, KnownType::Type(data_type)) => KnownType::Type(self.spelled(data_type)),
            (_, found) => found,
        })
    }

    /// The type that is known of a path by itself.
    pub(super) fn known_type(self, path: &[String]) -> Option<Type> {
        match self.known(path)? {
            KnownType::Type(data_type) => Some(data_type),
            KnownType::ZonedDateTime => Some(TIMESTAMP_WITH_ZONE),
            KnownType::Nullable
            | KnownType::List
            | KnownType::Pointer
            | KnownType::Range
            | KnownType::Multirange
            | KnownType::Nothing
            | KnownType::Refused(..) => None,
        }
    }

    /// A type of a Rust type, as that vocabulary has it where nothing else is said.
    pub(super) fn spelled(self, data_type: Type) -> Type {
        match (self, data_type) {
            (Self::SeaOrm, Type::Text) => Type::Varchar(None),
            (Self::SeaOrm, Type::Jsonb) => Type::Json,
            (_, data_type) => data_type,
        }
    }
}

/// What is known of a path; its first segment is the crate, or it is a name of the prelude.
pub(crate) fn known(path: &[String]) -> Option<KnownType> {
    let path = canonical(path);
    Some(match path.as_str() {
        "bool" => KnownType::Type(Type::Boolean),
        "i8" | "i16" | "u8" => KnownType::Type(Type::SmallInt),
        "i32" | "u16" => KnownType::Type(Type::Integer),
        "i64" | "u32" => KnownType::Type(Type::BigInt),
        "u64" | "usize" => KnownType::Refused(
            "is wider than `bigint`",
            "use `i64`, or add `#[column(sql_type = \"numeric(20)\")]`",
        ),
        "isize" => KnownType::Refused("has another width on another machine", "use `i64`"),
        "i128" | "u128" => KnownType::Refused(
            "is wider than `bigint`",
            "add `#[column(sql_type = \"numeric(39)\")]`",
        ),
        "f32" => KnownType::Type(Type::Real),
        "f64" => KnownType::Type(Type::Double),
        "char" => KnownType::Type(Type::Char(1)),
        "str" | "String" => KnownType::Type(Type::Text),
        "Option" => KnownType::Nullable,
        "Vec" => KnownType::List,
        "Box" | "Arc" | "Rc" | "Cow" => KnownType::Pointer,
        "PhantomData" | "PhantomPinned" => KnownType::Nothing,
        "NonZero" => KnownType::Pointer,
        "NonZeroI16" | "NonZeroU8" => KnownType::Type(Type::SmallInt),
        "NonZeroI32" | "NonZeroU16" => KnownType::Type(Type::Integer),
        "NonZeroI64" | "NonZeroU32" => KnownType::Type(Type::BigInt),
        "IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "ipnetwork::IpNetwork" | "ipnet::IpNet" => sql("inet"),
        "mac_address::MacAddress" => sql("macaddr"),
        "bit_vec::BitVec" => sql("bit varying"),
        "bytes::Bytes" | "bytes::BytesMut" | "bstr::BString" => KnownType::Type(Type::Bytes),
        "uuid::Uuid" => KnownType::Type(Type::Uuid),
        "chrono::DateTime" => KnownType::ZonedDateTime,
        "chrono::NaiveDateTime"
        | "time::PrimitiveDateTime"
        | "jiff::civil::DateTime"
        | "jiff_sqlx::DateTime"
        | "diesel::data_types::PgTimestamp" => KnownType::Type(TIMESTAMP),
        "time::OffsetDateTime"
        | "time::UtcDateTime"
        | "jiff::Timestamp"
        | "jiff::Zoned"
        | "jiff_sqlx::Timestamp"
        | "chrono::DateTimeOfAnyZone" => KnownType::Type(TIMESTAMP_WITH_ZONE),
        "chrono::NaiveDate"
        | "time::Date"
        | "jiff::civil::Date"
        | "jiff_sqlx::Date"
        | "diesel::data_types::PgDate" => KnownType::Type(Type::Date),
        "chrono::NaiveTime"
        | "time::Time"
        | "jiff::civil::Time"
        | "jiff_sqlx::Time"
        | "diesel::data_types::PgTime" => KnownType::Type(TIME),
        "sqlx::postgres::types::PgTimeTz" => KnownType::Type(Type::Time {
            precision: None,
            zone: true,
        }),
        "sqlx::postgres::types::PgInterval"
        | "jiff_sqlx::Span"
        | "diesel::data_types::PgInterval" => KnownType::Type(Type::Interval),
        "sqlx::postgres::types::PgRange" => KnownType::Range,
        "sqlx::postgres::types::PgMoney"
        | "diesel::data_types::PgMoney"
        | "diesel::data_types::Cents" => sql("money"),
        "sqlx::postgres::types::PgCiText" => sql("citext"),
        "sqlx::postgres::types::PgHstore" => sql("hstore"),
        "sqlx::postgres::types::PgLTree" => sql("ltree"),
        "sqlx::postgres::types::PgLQuery" => sql("lquery"),
        "sqlx::postgres::types::PgCube" => sql("cube"),
        "sqlx::postgres::types::PgPoint" => sql("point"),
        "sqlx::postgres::types::PgLine" => sql("line"),
        "sqlx::postgres::types::PgLSeg" => sql("lseg"),
        "sqlx::postgres::types::PgBox" => sql("box"),
        "sqlx::postgres::types::PgPath" => sql("path"),
        "sqlx::postgres::types::PgPolygon" => sql("polygon"),
        "sqlx::postgres::types::PgCircle" => sql("circle"),
        "sqlx::postgres::types::Oid" => sql("oid"),
        "pgvector::Vector" => sql("vector"),
        "pgvector::HalfVector" => sql("halfvec"),
        "pgvector::SparseVector" => sql("sparsevec"),
        "Duration"
        | "chrono::Duration"
        | "chrono::TimeDelta"
        | "time::Duration"
        | "jiff::SignedDuration"
        | "jiff::Span" => KnownType::Refused(
            "has no column type of its own on every database",
            "add `#[column(sql_type = \"interval\")]`, or `sql_type = \"bigint\"` for a number",
        ),
        "rust_decimal::Decimal" | "bigdecimal::BigDecimal" | "diesel::data_types::PgNumeric" => {
            KnownType::Type(Type::Numeric(None))
        }
        "serde_json::Value"
        | "serde_json::Map"
        | "serde_json::value::RawValue"
        | "sqlx::types::Json" => KnownType::Type(Type::Jsonb),
        "sqlx::types::Text"
        | "url::Url"
        | "smol_str::SmolStr"
        | "compact_str::CompactString"
        | "uuid::TextUuid" => KnownType::Type(Type::Text),
        "chrono::UnixTimestamp" => KnownType::Type(Type::BigInt),
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
