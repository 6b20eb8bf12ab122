//! The databases that Limbeck speaks to: what a portable schema is on each, and how each spells
//! an operation.

pub mod postgres;
pub mod sqlite;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::op::{Casts, Mismatch, Operation};
use crate::schema::{Binding, Column, Object, QualifiedName, Schema, Type};

/// Names a database's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL, written `postgres`.
    Postgres,
    /// SQLite, written `sqlite`.
    Sqlite,
}

impl Dialect {
    /// Every dialect, in the order in which sections are written.
    pub const ALL: [Dialect; 2] = [Dialect::Postgres, Dialect::Sqlite];

    /// Returns the word that stands for the dialect in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Dialect::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == text)
            .ok_or_else(|| UnknownDialect(text.to_owned()))
    }
}

/// Says that a word names no dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect `{0}`: expected `postgres` or `sqlite`")]
pub struct UnknownDialect(pub String);

/// Something that models say and a dialect does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{object}` {reason}")]
pub struct LowerError {
    /// What cannot be.
    pub object: Object,
    /// Why, as the end of a sentence that begins with the object.
    pub reason: String,
}

impl LowerError {
    pub(crate) fn new(object: Object, reason: impl Into<String>) -> Self {
        Self {
            object,
            reason: reason.into(),
        }
    }
}

/// Why a change cannot be spelled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The dialect has no way to make the change.
    #[error("cannot change `{object}`: {reason}")]
    Refused {
        /// What was to be changed.
        object: Object,
        /// Why not, and what to do instead.
        reason: String,
    },
    /// The database itself has no way to make the change, by whatever statements.
    #[error("cannot change `{object}`: {reason}")]
    NoWay {
        /// What was to be changed.
        object: Object,
        /// Why not.
        reason: String,
    },
    /// The operations do not fit the schema.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
}

impl RenderError {
    pub(crate) fn refused(object: Object, reason: impl Into<String>) -> Self {
        Self::Refused {
            object,
            reason: reason.into(),
        }
    }

    /// That the rows of a column cannot be filled from what is gone by then, and the way out.
    pub(crate) fn filled_from(column: Object, gone: &Object) -> Self {
        Self::refused(
            column,
            format!(
                "its rows are filled from `{gone}`, which this revision takes away before they can be; fill them in one revision, and take it away in the next"
            ),
        )
    }
}

/// How statements are run.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum StepMode {
    /// All of them in one transaction.
    #[default]
    Transaction,
    /// One by one, each on its own.
    NoTransaction,
    /// In one transaction around which SQLite does not enforce foreign keys.
    ForeignKeysOff,
}

impl StepMode {
    /// Every mode.
    pub const ALL: [StepMode; 3] = [
        StepMode::Transaction,
        StepMode::NoTransaction,
        StepMode::ForeignKeysOff,
    ];

    /// Returns the words for the mode, as in the marker.
    pub fn as_str(self) -> &'static str {
        match self {
            StepMode::Transaction => "transaction",
            StepMode::NoTransaction => "no transaction",
            StepMode::ForeignKeysOff => "foreign keys off",
        }
    }
}

/// Statements that belong together, with what must be known of them; nobody reads it from their text.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// What they make: several operations where one rebuild makes all.
    pub(crate) operations: Vec<Operation>,
    pub(crate) statements: Vec<String>,
    /// What they need around them.
    pub(crate) mode: StepMode,
}

impl Piece {
    pub(crate) fn new(operation: &Operation, statements: Vec<String>) -> Self {
        Self {
            operations: vec![operation.clone()],
            statements,
            mode: StepMode::Transaction,
        }
    }
}

/// Spells portable models for one dialect: the only place that says what a type is there.
///
/// # Errors
///
/// Everything that the dialect does not have, each with its object.
pub fn lower(schema: &Schema, dialect: Dialect) -> Result<Schema, Vec<LowerError>> {
    match dialect {
        Dialect::Postgres => postgres::lower(schema),
        Dialect::Sqlite => sqlite::lower(schema),
    }
}

/// The name of a lowered type in the dialect's SQL, quoted where it needs to be.
pub fn type_name(data_type: &Type, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => postgres::type_name(data_type),
        Dialect::Sqlite => data_type.to_string(),
    }
}

/// Whether the type of a column that is there is the declared one to the program that reads it.
///
/// A domain of the state is as good as the type that it stands on: what reads the one reads the other.
pub(crate) fn is_declared_type(
    declared: &Column,
    (there, state): (&Type, &Schema),
    dialect: Dialect,
) -> bool {
    let is_domain_over = || {
        let base = postgres::base_of_domain(there, state);
        base.is_some_and(|base| is_plainly_declared(declared, &base, dialect))
    };
    is_plainly_declared(declared, there, dialect)
        || dialect == Dialect::Postgres && is_domain_over()
}

fn is_plainly_declared(declared: &Column, there: &Type, dialect: Dialect) -> bool {
    let is_family = declared.declared.binding == Binding::Family;
    let is_called_otherwise = declared.declared.sqlite_name.is_some();
    let portable = declared.said_type();
    let is_spelled = matches!(portable, Type::PerDialect(_));
    let portable = if is_spelled {
        &declared.data_type
    } else {
        portable
    };
    if declared.declared.binding == Binding::Unknown {
        return true;
    }
    match (dialect, there) {
        // Names there depend on the version of the library that made the table.
        (Dialect::Sqlite, Type::Sql(name))
            if is_called_otherwise || is_family && matches!(portable, Type::Sql(_)) =>
        {
            declared.data_type == *there || sqlite::is_of_family(portable, name)
        }
        // An enum is text with a CHECK there, of which such a source says nothing.
        (Dialect::Sqlite, Type::Enum(_)) if is_called_otherwise => {
            sqlite::is_of_family(portable, "TEXT")
        }
        (Dialect::Postgres, there) if is_enum_by_name(&declared.data_type, there) => true,
        (Dialect::Postgres, there) if is_family => {
            postgres::is_of_family(&declared.data_type, there)
        }
        (Dialect::Postgres, there) => postgres::is_same_type(&declared.data_type, there),
        (Dialect::Sqlite, there) => declared.data_type == *there,
    }
}

/// Whether what is a value of a column that is there, as its default must be, is one of the declared column too.
pub(crate) fn takes_default(there: &Column, declared: &Column, dialect: Dialect) -> bool {
    let (from, to) = (&there.data_type, &declared.data_type);
    from == to
        || match dialect {
            Dialect::Postgres => postgres::takes_default(from, to),
            Dialect::Sqlite => sqlite::is_of_one_form(there, declared),
        }
}

/// Whether the collation of a column that is there can stay where the column gets another type.
pub(crate) fn takes_collation(from: &Type, to: &Type, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres => postgres::takes_collation(from, to),
        // A column of any type has one there.
        Dialect::Sqlite => true,
    }
}

/// Whether a type that is said by its name alone is the enum type that is there.
fn is_enum_by_name(said: &Type, there: &Type) -> bool {
    match (said, there) {
        (Type::Array(said), Type::Array(there)) => is_enum_by_name(said, there),
        (Type::Sql(_), Type::Enum(name)) => said.is_named(name),
        _ => false,
    }
}

/// The casts that a change of type needs, where the dialect does not find them by itself.
pub(crate) fn casts(
    dialect: Dialect,
    table: &QualifiedName,
    from: &Column,
    to: &Column,
) -> Option<Casts> {
    match dialect {
        Dialect::Postgres => postgres::casts(from, to),
        Dialect::Sqlite => sqlite::casts(table, from, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
            let json = serde_json::to_string(&dialect).unwrap();
            assert_eq!(json, format!("\"{dialect}\""));
            assert_eq!(serde_json::from_str::<Dialect>(&json).unwrap(), dialect);
        }
        assert_eq!(
            "mysql".parse::<Dialect>(),
            Err(UnknownDialect("mysql".to_owned()))
        );
    }
}
