//! What a column is: its type, its default, and how the server numbers it.

use serde::{Deserialize, Serialize};

use super::{Expression, QualifiedName, SequenceOptions, Type, naming};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: Type,
    /// Whether it admits NULL.
    pub nullable: bool,
    /// NOT NULL ON CONFLICT (SQLite), the word behind it.
    pub not_null_conflict: Option<String>,
    /// The DEFAULT expression; none for serial, identity and generated columns.
    pub default: Option<Expression>,
    /// The expression it is generated from.
    pub generated: Option<Generated>,
    /// How the server numbers it by itself.
    pub identity: Option<Identity>,
    /// A collation other than the type's own.
    pub collation: Option<String>,
    /// COMMENT ON COLUMN.
    pub comment: Option<String>,
    /// What a model says of it and a database does not tell.
    #[serde(skip)]
    pub declared: Declared,
}

/// What only a model says of a column.
///
/// It is no part of what a column is: two columns that differ in nothing else are equal.
#[derive(Debug, Clone, Default, Eq)]
pub struct Declared {
    /// The portable type behind the lowered one: SQLite keeps a `Uuid` and a `Vec<u8>` in a BLOB.
    pub data_type: Option<Type>,
    /// Whether a type of the same family would be the same to the model.
    pub binding: Binding,
    /// What the type is called on SQLite by the library that writes the models, where it is not ours.
    pub sqlite_name: Option<String>,
}

/// How binding the type is that a model says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Binding {
    /// It is this type.
    #[default]
    Exact,
    /// It is a type that is read and written alike: `text` for `varchar`.
    Family,
    /// The model does not tell: it is what the database has.
    Unknown,
}

impl PartialEq for Declared {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Column {
    /// A nullable column with nothing else declared.
    pub fn new(name: impl Into<String>, data_type: Type) -> Self {
        Self {
            name: name.into(),
            data_type,
            nullable: true,
            not_null_conflict: None,
            default: None,
            generated: None,
            identity: None,
            collation: None,
            comment: None,
            declared: Declared::default(),
        }
    }

    /// The type as a person says it: as the model does, where there is one.
    pub fn said_type(&self) -> &Type {
        self.declared.data_type.as_ref().unwrap_or(&self.data_type)
    }

    /// Whether an INSERT that does not name the column succeeds as far as NOT NULL goes.
    pub fn fills_itself(&self) -> bool {
        self.nullable
            || self.default.is_some()
            || self.identity.is_some()
            || self.generated.is_some()
    }
}

/// GENERATED ALWAYS AS (expression).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The expression.
    pub expression: Expression,
    /// STORED rather than VIRTUAL.
    pub stored: bool,
}

/// A column that the server numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Which mechanism does it.
    pub kind: IdentityKind,
    /// Options of the sequence behind it, where they are not the default ones.
    pub options: SequenceOptions,
    /// What else the sequence behind it is.
    #[serde(default, skip_serializing_if = "OwnSequence::is_usual")]
    pub sequence: OwnSequence,
}

/// The sequence behind a column that the server numbers, as far as it is not the one that the
/// server makes for the column by itself. It stands in the schema of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSequence {
    /// Its name, where that is not made of the table's and the column's.
    pub name: Option<String>,
    /// Its type, where that is not the column's.
    pub data_type: Option<Type>,
}

impl OwnSequence {
    /// Whether it is the one that the server makes by itself.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Identity {
    /// An identity with default options.
    pub fn new(kind: IdentityKind) -> Self {
        Self {
            kind,
            options: SequenceOptions::default(),
            sequence: OwnSequence::default(),
        }
    }

    /// The name of the sequence behind `column` of `table`.
    pub fn sequence_name(&self, table: &QualifiedName, column: &str) -> QualifiedName {
        let name = self.sequence.name.clone();
        table.sibling(name.unwrap_or_else(|| naming::serial_sequence(&table.name, column)))
    }
}

impl Column {
    /// The type of the sequence that numbers the column.
    pub fn sequence_type(&self) -> &Type {
        let identity = self.identity.as_ref();
        let own = identity.and_then(|identity| identity.sequence.data_type.as_ref());
        own.unwrap_or(&self.data_type)
    }

    /// The column of `table`, with nothing said of its sequence that goes without saying.
    #[must_use]
    pub fn with_usual_sequence_unsaid(mut self, table: &QualifiedName) -> Self {
        let usual = naming::serial_sequence(&table.name, &self.name);
        if let Some(identity) = &mut self.identity {
            let own = &mut identity.sequence;
            own.name = own.name.take().filter(|name| *name != usual);
            let data_type = own.data_type.take();
            own.data_type = data_type.filter(|data_type| *data_type != self.data_type);
        }
        self
    }
}

/// The mechanisms that number a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// GENERATED ALWAYS AS IDENTITY.
    Always,
    /// GENERATED BY DEFAULT AS IDENTITY; AUTOINCREMENT on SQLite.
    ByDefault,
    /// `serial`: a default that calls an owned sequence.
    Serial,
}
