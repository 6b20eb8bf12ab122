//! Declared types of SQLite: what they are to the scan, and how sqlx reads what they hold.
//!
//! The driver looks at the storage class of a value alone, and the declared type decides about that
//! by its affinity (sqlite.org/datatype3.html, section 3.1).

use limbeck_core::schema::Type;

use super::types::Read;

/// The portable type that `dialect::lower` spells so for SQLite.
pub(crate) fn portable(text: &str, strict: bool) -> Option<Type> {
    let data_type = match text {
        "INTEGER" => Type::BigInt,
        "REAL" => Type::Double,
        "TEXT" => Type::Text,
        "BLOB" => Type::Bytes,
        _ if strict => return None,
        "BOOLEAN" => Type::Boolean,
        "DATE" => Type::Date,
        "TIME" => Type::Time {
            precision: None,
            zone: false,
        },
        "DATETIME" => Type::Timestamp {
            precision: None,
            zone: false,
        },
        _ => {
            let length = text.strip_prefix("VARCHAR(")?.strip_suffix(')')?;
            Type::Varchar(Some(length.parse().ok()?))
        }
    };
    Some(data_type)
}

/// Names of types that people and tools give to new columns; SQLite takes any words for one.
const COMMON: &[&str] = &[
    "BLOB",
    "BOOL",
    "BOOLEAN",
    "CHARACTER VARYING",
    "DATE",
    "DATE_TEXT",
    "DATETIME",
    "DATETIME_TEXT",
    "DOUBLE",
    "DOUBLE PRECISION",
    "FLOAT",
    "JSON",
    "JSON_TEXT",
    "JSONB_TEXT",
    "NVARCHAR",
    "REAL",
    "TEXT",
    "TIME",
    "TIME_TEXT",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_TEXT",
    "TIMESTAMP_WITH_TIMEZONE_TEXT",
    "TIMESTAMPTZ",
    "UUID_TEXT",
    "VARCHAR",
];

pub(crate) fn is_common(name: &str) -> bool {
    COMMON.contains(&name)
}

const NAIVE_DATE: Read = Read {
    rust: "NaiveDate",
    imports: &[("chrono", "NaiveDate")],
    unread: None,
};
const NAIVE_TIME: Read = Read {
    rust: "NaiveTime",
    imports: &[("chrono", "NaiveTime")],
    unread: None,
};
const NAIVE_DATE_TIME: Read = Read {
    rust: "NaiveDateTime",
    imports: &[("chrono", "NaiveDateTime")],
    unread: None,
};
const UTC: Read = Read {
    rust: "DateTime<Utc>",
    imports: &[("chrono", "DateTime"), ("chrono", "Utc")],
    unread: None,
};
const JSON: Read = Read {
    rust: "Value",
    imports: &[("serde_json", "Value")],
    unread: None,
};
const UUID: Read = Read {
    rust: "Uuid",
    imports: &[("uuid", "Uuid")],
    unread: None,
};

/// How sqlx reads a column of a type that the models cannot say. Names that end in `_TEXT` are those
/// that SeaORM gives.
pub(crate) fn read(text: &str) -> Read {
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    let unread = |rust, why| Read {
        unread: Some(why),
        ..Read::by(rust)
    };
    match text.split('(').next().unwrap_or_default().trim() {
        "BOOLEAN" | "BOOL" => Read::by("bool"),
        "DATE" | "DATE_TEXT" => NAIVE_DATE,
        "TIME" | "TIME_TEXT" => NAIVE_TIME,
        "DATETIME" | "DATETIME_TEXT" | "TIMESTAMP" | "TIMESTAMP_TEXT" => NAIVE_DATE_TIME,
        "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" | "TIMESTAMP_WITH_TIMEZONE_TEXT" => UTC,
        "JSON" | "JSON_TEXT" | "JSONB_TEXT" => JSON,
        "UUID_TEXT" => UUID,
        _ if has(&["INT"]) => Read::by("i64"),
        _ if has(&["CHAR", "CLOB", "TEXT"]) => Read::by("String"),
        "" | "ANY" => unread(
            "Vec<u8>",
            "a column that takes values of any type: numbers are read as i64 or f64",
        ),
        _ if has(&["BLOB"]) => Read::by("Vec<u8>"),
        _ if has(&["REAL", "FLOA", "DOUB"]) => Read::by("f64"),
        "NUMERIC" | "DECIMAL" | "DEC" | "NUMBER" | "MONEY" | "CURRENCY" => unread(
            "f64",
            "whole numbers, which are stored as integers: select CAST(… AS REAL), or read them as i64",
        ),
        "UUID" | "GUID" => unread(
            "String",
            "UUIDs that are stored as 16 bytes: read them as Uuid",
        ),
        _ => unread(
            "String",
            "what looks like a number, which is stored as one: select CAST(… AS TEXT)",
        ),
    }
}
