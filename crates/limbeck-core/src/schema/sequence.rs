//! What a sequence is.

use serde::{Deserialize, Serialize};

use super::{Column, Expression, Identity, IdentityKind, OwnSequence, QualifiedName, Schema, Type};

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
    /// Whether it is lost after a crash of the server, as unlogged tables are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlogged: bool,
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
        let (min, max) = self.usual_limits(data_type);
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

    /// The lowest and the highest number of a sequence of the type.
    pub fn limits(&self, data_type: &Type) -> (i64, i64) {
        let (min, max) = self.usual_limits(data_type);
        (self.min_value.unwrap_or(min), self.max_value.unwrap_or(max))
    }

    /// The limits that CREATE SEQUENCE chooses by itself (PostgreSQL manual, CREATE SEQUENCE).
    fn usual_limits(&self, data_type: &Type) -> (i64, i64) {
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
        if self.ascends() {
            (1, largest)
        } else {
            (smallest, -1)
        }
    }

    /// What numbering moves on by.
    pub fn step(&self) -> i64 {
        self.increment.unwrap_or(1)
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

impl Expression {
    /// The sequence whose next number the whole expression is: `nextval('numbers'::regclass)`.
    pub fn called_sequence(&self) -> Option<QualifiedName> {
        let text = self.0.trim();
        let text = text.strip_prefix("pg_catalog.").unwrap_or(text);
        let (function, rest) = text.split_once('(')?;
        if !function.trim().eq_ignore_ascii_case("nextval") {
            return None;
        }
        let mut rest = rest.trim().strip_prefix('\'')?;
        let mut name = String::new();
        let cast = loop {
            let (part, after) = rest.split_once('\'')?;
            name.push_str(part);
            match after.strip_prefix('\'') {
                Some(after) => {
                    name.push('\'');
                    rest = after;
                }
                None => break after,
            }
        };
        let cast: String = cast.chars().filter(|c| !c.is_whitespace()).collect();
        let is_whole = matches!(
            cast.to_ascii_lowercase().as_str(),
            ")" | "::regclass)" | "::pg_catalog.regclass)"
        );
        let mut in_quotes = false;
        let folded: String = name
            .chars()
            .map(|c| {
                in_quotes ^= c == '"';
                if in_quotes { c } else { c.to_ascii_lowercase() }
            })
            .collect();
        is_whole.then(|| folded.parse().ok()).flatten()
    }
}

impl Schema {
    /// Files each sequence that does for a column what `serial` would under that column: it is
    /// owned by it, and the column's default is its next number. One form is left for one thing.
    pub fn file_serial_sequences(&mut self) {
        let tables = &mut self.tables;
        self.sequences.retain(|_, sequence| {
            let owner = sequence.owned_by.as_ref();
            let owner = owner.and_then(|(table, column)| Some((tables.get_mut(table)?, column)));
            let Some((table, column)) = owner else {
                return true;
            };
            // The sequence of an unlogged table is what its table is (PostgreSQL manual, CREATE
            // TABLE), and of an earlier server it is not.
            let is_alike = !sequence.unlogged || table.options.unlogged;
            let column = table.column_mut(column);
            match column.filter(|column| is_alike && sequence.is_serial_of(column)) {
                Some(column) => {
                    *column = sequence.as_serial(column);
                    false
                }
                None => true,
            }
        });
    }
}

impl Schema {
    /// The table and the column that the sequence is behind, of those that the server numbers.
    pub fn numbered_by(&self, sequence: &QualifiedName) -> Option<(QualifiedName, String)> {
        self.tables.values().find_map(|table| {
            let column = table.columns.iter().find(|column| {
                let identity = column.identity.as_ref();
                identity.is_some_and(|identity| {
                    identity.sequence_name(&table.name, &column.name) == *sequence
                })
            })?;
            Some((table.name.clone(), column.name.clone()))
        })
    }
}

impl Sequence {
    /// Whether `serial` is what its owner and the default of `column`, which owns it, say.
    fn is_serial_of(&self, column: &Column) -> bool {
        let calls_it = column
            .default
            .as_ref()
            .and_then(Expression::called_sequence);
        let is_beside = self
            .owned_by
            .as_ref()
            .is_some_and(|(table, _)| table.schema == self.name.schema);
        is_beside && column.data_type.is_integer() && calls_it.as_ref() == Some(&self.name)
    }

    /// `column` as it is once the sequence is its own and its default.
    #[must_use]
    pub fn as_serial(&self, column: &Column) -> Column {
        let own = Column {
            default: None,
            identity: Some(Identity {
                kind: IdentityKind::Serial,
                options: self.options.clone(),
                sequence: OwnSequence {
                    name: Some(self.name.name.clone()),
                    data_type: Some(self.data_type.clone()),
                },
            }),
            ..column.clone()
        };
        match &self.owned_by {
            Some((table, _)) => own.with_usual_sequence_unsaid(table),
            None => own,
        }
    }
}
