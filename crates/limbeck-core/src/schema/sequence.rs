//! Sequences.

use serde::{Deserialize, Serialize};

use super::{QualifiedName, Type};

/// A sequence that stands on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its name.
    pub name: QualifiedName,
    /// `smallint`, `integer` or `bigint`.
    pub data_type: Type,
    /// Options that are not the default ones.
    pub options: SequenceOptions,
    /// OWNED BY table and column.
    pub owned_by: Option<(QualifiedName, String)>,
}

/// Options of a sequence; `None` is the server's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// START WITH.
    pub start: Option<i64>,
    /// INCREMENT BY.
    pub increment: Option<i64>,
    /// MINVALUE.
    pub min_value: Option<i64>,
    /// MAXVALUE.
    pub max_value: Option<i64>,
    /// CACHE.
    pub cache: Option<i64>,
    /// CYCLE.
    pub cycle: bool,
}

impl SequenceOptions {
    /// The same without what CREATE SEQUENCE would choose by itself for a sequence of the type
    /// (PostgreSQL manual, CREATE SEQUENCE).
    #[must_use]
    pub fn without_defaults(&self, data_type: &Type) -> Self {
        let (smallest, largest) = match data_type {
            Type::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Type::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Type::BigInt
            | Type::Boolean
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
            | Type::Enum(_)
            | Type::Array(_)
            | Type::Sql(_)
            | Type::PerDialect(_) => (i64::MIN, i64::MAX),
        };
        let (min, max) = if self.ascends() {
            (1, largest)
        } else {
            (smallest, -1)
        };
        let unless = |value: Option<i64>, default: i64| value.filter(|value| *value != default);
        Self {
            start: unless(self.start, self.first()),
            increment: unless(self.increment, 1),
            min_value: unless(self.min_value, min),
            max_value: unless(self.max_value, max),
            cache: unless(self.cache, 1),
            cycle: self.cycle,
        }
    }

    /// Whether each number is greater than the one before.
    pub fn ascends(&self) -> bool {
        self.increment.is_none_or(|increment| increment > 0)
    }

    /// Where a sequence starts that is not told.
    pub fn first(&self) -> i64 {
        if self.ascends() {
            self.min_value.unwrap_or(1)
        } else {
            self.max_value.unwrap_or(-1)
        }
    }
}
