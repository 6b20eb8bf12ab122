//! Column types.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::QualifiedName;
use crate::dialect::Dialect;
use crate::sql;

/// The type of a column: portable in models, one dialect's own after `dialect::lower`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// `boolean`.
    Boolean,
    /// `smallint`, 16 bits.
    SmallInt,
    /// `integer`, 32 bits.
    Integer,
    /// `bigint`, 64 bits.
    BigInt,
    /// `real`, 32 bits.
    Real,
    /// `double precision`, 64 bits.
    Double,
    /// `numeric`, with precision and scale (both in decimal digits) where declared.
    Numeric(Option<(u16, i16)>),
    /// `text`.
    Text,
    /// `character varying`, with the largest length in characters where declared.
    Varchar(Option<u32>),
    /// `character`, with its length in characters.
    Char(u32),
    /// `bytea`.
    Bytes,
    /// `uuid`.
    Uuid,
    /// `date`.
    Date,
    /// `time`.
    Time {
        /// Digits of the fraction of a second.
        precision: Option<u8>,
        /// With time zone.
        zone: bool,
    },
    /// `timestamp`.
    Timestamp {
        /// Digits of the fraction of a second.
        precision: Option<u8>,
        /// With time zone.
        zone: bool,
    },
    /// `interval` without fields or precision.
    Interval,
    /// `json`.
    Json,
    /// `jsonb`.
    Jsonb,
    /// A declared enum type.
    Enum(QualifiedName),
    /// An array, in any number of dimensions: PostgreSQL does not keep the number
    /// (PostgreSQL manual, section 8.15.1).
    Array(Box<Type>),
    /// Any other type, in the dialect's own spelling.
    Sql(String),
    /// A type in each dialect's own spelling, by `postgres` and `sqlite`. Only models hold one:
    /// `dialect::lower` picks the dialect's own.
    PerDialect(BTreeMap<String, String>),
}

impl Type {
    /// The enum type that this type is, or is an array of.
    pub fn enum_name(&self) -> Option<&QualifiedName> {
        match self {
            Self::Enum(name) => Some(name),
            Self::Array(element) => element.enum_name(),
            Self::Boolean
            | Self::SmallInt
            | Self::Integer
            | Self::BigInt
            | Self::Real
            | Self::Double
            | Self::Numeric(_)
            | Self::Text
            | Self::Varchar(_)
            | Self::Char(_)
            | Self::Bytes
            | Self::Uuid
            | Self::Date
            | Self::Time { .. }
            | Self::Timestamp { .. }
            | Self::Interval
            | Self::Json
            | Self::Jsonb
            | Self::Sql(_)
            | Self::PerDialect(_) => None,
        }
    }

    /// The same type, with the enum `from` called `to`.
    #[must_use]
    pub fn with_enum_renamed(&self, from: &QualifiedName, to: &QualifiedName) -> Self {
        match self {
            Self::Enum(name) if name == from => Self::Enum(to.clone()),
            Self::Array(element) => Self::Array(Box::new(element.with_enum_renamed(from, to))),
            Self::Boolean
            | Self::SmallInt
            | Self::Integer
            | Self::BigInt
            | Self::Real
            | Self::Double
            | Self::Numeric(_)
            | Self::Text
            | Self::Varchar(_)
            | Self::Char(_)
            | Self::Bytes
            | Self::Uuid
            | Self::Date
            | Self::Time { .. }
            | Self::Timestamp { .. }
            | Self::Interval
            | Self::Json
            | Self::Jsonb
            | Self::Enum(_)
            | Self::Sql(_)
            | Self::PerDialect(_) => self.clone(),
        }
    }

    /// Whether it is the type of this name, or an array of it, as SQL spells that.
    pub fn is_named(&self, name: &QualifiedName) -> bool {
        if let Type::Array(element) = self {
            return element.is_named(name);
        }
        let quoted = |part: &str| sql::quote_identifier(part, Dialect::Postgres);
        let parts: Vec<String> = name.parts().into_iter().map(quoted).collect();
        matches!(self, Type::Sql(text) if *text == parts.join("."))
    }

    /// Whether the type is a 16, 32 or 64 bit integer.
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::SmallInt | Self::Integer | Self::BigInt)
    }
}

impl fmt::Display for Type {
    /// The name that PostgreSQL gives the type, which is the standard's or a common short form of
    /// it; names are not quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precise = |f: &mut fmt::Formatter<'_>, name: &str, precision: &Option<u8>| {
            f.write_str(name)?;
            match precision {
                Some(precision) => write!(f, "({precision})"),
                None => Ok(()),
            }
        };
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::SmallInt => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Real => f.write_str("real"),
            Self::Double => f.write_str("double precision"),
            Self::Numeric(None) => f.write_str("numeric"),
            Self::Numeric(Some((precision, scale))) => write!(f, "numeric({precision}, {scale})"),
            Self::Text => f.write_str("text"),
            Self::Varchar(None) => f.write_str("varchar"),
            Self::Varchar(Some(length)) => write!(f, "varchar({length})"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Bytes => f.write_str("bytea"),
            Self::Uuid => f.write_str("uuid"),
            Self::Date => f.write_str("date"),
            Self::Time { precision, zone } => {
                precise(f, if *zone { "timetz" } else { "time" }, precision)
            }
            Self::Timestamp { precision, zone } => precise(
                f,
                if *zone { "timestamptz" } else { "timestamp" },
                precision,
            ),
            Self::Interval => f.write_str("interval"),
            Self::Json => f.write_str("json"),
            Self::Jsonb => f.write_str("jsonb"),
            Self::Enum(name) => write!(f, "{name}"),
            Self::Array(element) => write!(f, "{element}[]"),
            Self::Sql(text) => f.write_str(text),
            Self::PerDialect(names) => {
                let names: Vec<&str> = names.values().map(String::as_str).collect();
                f.write_str(&names.join(" or "))
            }
        }
    }
}
