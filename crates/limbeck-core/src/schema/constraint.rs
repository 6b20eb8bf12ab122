//! Constraints of a table.

use serde::{Deserialize, Serialize};

use super::{Expression, QualifiedName};

/// A named constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// Its name; unique within its table.
    pub name: String,
    /// What it demands.
    pub kind: ConstraintKind,
    /// COMMENT ON CONSTRAINT.
    pub comment: Option<String>,
    /// Whether nobody has named it.
    #[serde(default, skip_serializing_if = "Unnamed::is_not")]
    pub unnamed: Unnamed,
}

/// Whether a constraint has no name of its own: SQLite keeps none, and the one that it is told by is made up of its table and
/// columns, and so changes with them. It is no part of what the constraint is.
#[derive(Debug, Clone, Copy, Default, Eq, Serialize, Deserialize)]
pub struct Unnamed(pub bool);

impl PartialEq for Unnamed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Unnamed {
    fn is_not(&self) -> bool {
        !self.0
    }
}

impl Constraint {
    /// A constraint without comment.
    pub fn new(name: impl Into<String>, kind: ConstraintKind) -> Self {
        Self {
            name: name.into(),
            kind,
            comment: None,
            unnamed: Unnamed::default(),
        }
    }
}

/// The kinds of constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    PrimaryKey(PrimaryKey),
    /// UNIQUE.
    Unique(Unique),
    /// CHECK.
    Check(Check),
    /// EXCLUDE.
    Exclusion(Exclusion),
    /// FOREIGN KEY.
    ForeignKey(ForeignKey),
}

impl ConstraintKind {
    /// What SQL calls it, in lower case.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::PrimaryKey(_) => "primary key",
            Self::Unique(_) => "unique constraint",
            Self::Check(_) => "check constraint",
            Self::Exclusion(_) => "exclusion constraint",
            Self::ForeignKey(_) => "foreign key",
        }
    }

    /// Whether existing rows are known to satisfy it; what is not is NOT VALID.
    pub fn is_validated(&self) -> bool {
        match self {
            Self::Check(check) => check.validated,
            Self::ForeignKey(key) => key.validated,
            Self::PrimaryKey(_) | Self::Unique(_) | Self::Exclusion(_) => true,
        }
    }

    /// The same, with existing rows known to satisfy it.
    #[must_use]
    pub fn validated(&self) -> Self {
        let mut kind = self.clone();
        match &mut kind {
            Self::Check(check) => check.validated = true,
            Self::ForeignKey(key) => key.validated = true,
            Self::PrimaryKey(_) | Self::Unique(_) | Self::Exclusion(_) => {}
        }
        kind
    }

    /// The columns of a key, in order: those that it keeps apart, or that reference others.
    pub fn key_columns(&self) -> &[String] {
        match self {
            Self::PrimaryKey(key) => &key.columns,
            Self::Unique(unique) => &unique.columns,
            Self::ForeignKey(key) => &key.columns,
            Self::Check(_) | Self::Exclusion(_) => &[],
        }
    }
}

/// PRIMARY KEY (columns).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrimaryKey {
    /// Its columns, in key order.
    pub columns: Vec<String>,
    /// INCLUDE columns.
    pub include: Vec<String>,
    /// DEFERRABLE.
    pub deferrable: Deferrable,
    /// ON CONFLICT (SQLite), the word behind it.
    pub on_conflict: Option<String>,
}

/// UNIQUE (columns).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// INCLUDE columns.
    pub include: Vec<String>,
    /// NULLS NOT DISTINCT (PostgreSQL 15).
    pub nulls_not_distinct: bool,
    /// DEFERRABLE.
    pub deferrable: Deferrable,
    /// ON CONFLICT (SQLite), the word behind it.
    pub on_conflict: Option<String>,
}

/// CHECK (expression).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The expression, without the outer parentheses.
    pub expression: Expression,
    /// NO INHERIT.
    pub no_inherit: bool,
    /// Existing rows are known to satisfy it; false is NOT VALID.
    pub validated: bool,
}

/// EXCLUDE …, kept in the server's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// All that follows the constraint's name, from `EXCLUDE` on.
    pub definition: Expression,
}

/// FOREIGN KEY (columns) REFERENCES table (columns).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: Vec<String>,
    /// The referenced table.
    pub references: QualifiedName,
    /// The referenced columns, in the order of `columns`.
    pub referenced_columns: Vec<String>,
    /// ON DELETE.
    pub on_delete: Action,
    /// ON UPDATE.
    pub on_update: Action,
    /// Columns of ON DELETE SET NULL or SET DEFAULT (PostgreSQL 15); empty means all.
    pub on_delete_columns: Vec<String>,
    /// MATCH.
    pub match_type: MatchType,
    /// DEFERRABLE.
    pub deferrable: Deferrable,
    /// Existing rows are known to satisfy it; false is NOT VALID.
    pub validated: bool,
}

impl ForeignKey {
    /// A key with default actions.
    pub fn new(columns: Vec<String>, references: QualifiedName, referenced: Vec<String>) -> Self {
        Self {
            columns,
            references,
            referenced_columns: referenced,
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            on_delete_columns: Vec::new(),
            match_type: MatchType::Simple,
            deferrable: Deferrable::No,
            validated: true,
        }
    }
}

/// What happens to a referencing row when the referenced one goes or changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// NO ACTION.
    #[default]
    NoAction,
    /// RESTRICT.
    Restrict,
    /// CASCADE.
    Cascade,
    /// SET NULL.
    SetNull,
    /// SET DEFAULT.
    SetDefault,
}

/// How a key of several columns treats nulls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchType {
    /// MATCH SIMPLE.
    #[default]
    Simple,
    /// MATCH FULL.
    Full,
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferrable {
    /// NOT DEFERRABLE.
    #[default]
    No,
    /// DEFERRABLE INITIALLY IMMEDIATE.
    InitiallyImmediate,
    /// DEFERRABLE INITIALLY DEFERRED.
    InitiallyDeferred,
}
