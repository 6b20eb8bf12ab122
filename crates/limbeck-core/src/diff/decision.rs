//! Answers that no schema can give, and the questions for those that are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::schema::{Expression, Object, QualifiedName, RenamedFrom};

/// Answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Renames; each acts only while its `from` is in the state and its `to` is not.
    pub renames: Vec<RenamedFrom>,
    /// Objects that may be dropped; a member is named by the name that its owner gets.
    pub drops: BTreeSet<Object>,
    /// Values for rows that are there, by column.
    pub fills: BTreeMap<Object, Expression>,
    /// What holds where nothing else does.
    pub when_undecided: WhenUndecided,
}

impl Decisions {
    /// Adds answers.
    pub fn extend(&mut self, other: Self) {
        self.renames.extend(other.renames);
        self.drops.extend(other.drops);
        self.fills.extend(other.fills);
    }
}

/// What to do about an open question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenUndecided {
    /// Ask it.
    #[default]
    Ask,
    /// Drop what `before` has alone, create what `target` has alone, fill nothing.
    DropAndCreate,
}

/// An open question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// May the object be dropped?
    Drop {
        /// What only `before` has.
        object: Object,
        /// How a flag names it.
        flag: String,
    },
    /// Is `to` what `from` was, or something new?
    Rename {
        /// What only `before` has.
        from: Object,
        /// What only `target` has.
        to: Object,
        /// Why it could be: `same type, both behind `id``.
        evidence: String,
        /// How a flag names `from`.
        flag: String,
    },
    /// Which value do rows that are there get in a column that takes no NULL?
    Fill {
        /// The column's table.
        table: QualifiedName,
        /// The column.
        column: String,
        /// A value that fits the column's type, where there is one.
        offer: Option<Expression>,
        /// Why rows have none.
        reason: FillReason,
    },
}

/// Why rows may be without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillReason {
    /// The column is new.
    IsNew,
    /// The column was nullable.
    BecomesNotNull,
}

impl Undecided {
    /// The question in the words of two sides that are not revisions and models: `a.sql`.
    #[must_use]
    pub fn between(&self, from: &str, to: &str) -> String {
        match self {
            Self::Drop { object, .. } => {
                format!("{} `{object}` is in {from} and not in {to}", noun(object))
            }
            Self::Rename { .. } | Self::Fill { .. } => self.to_string(),
        }
    }
}

/// What messages and flags call its kind.
pub(super) fn noun(object: &Object) -> &'static str {
    match object {
        Object::Table(_) => "table",
        Object::Enum(_) => "enum type",
        Object::Sequence(_) => "sequence",
        Object::Namespace(_) => "schema",
        Object::SqlObject(key) => key.kind.noun(),
        Object::EnumValue(..) => "enum value",
        Object::Column(..) => "column",
        Object::Constraint(..) => "constraint",
        Object::Index(..) => "index",
    }
}

/// Of revisions and models.
impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop { object, .. } => {
                let noun = noun(object);
                write!(f, "{noun} `{object}` is in the revisions and in no model")
            }
            Self::Rename {
                from, to, evidence, ..
            } => {
                write!(f, "`{to}` may be `{from}` renamed ({evidence})")
            }
            Self::Fill {
                table,
                column,
                reason: FillReason::IsNew,
                ..
            } => write!(
                f,
                "column `{table}.{column}` is NOT NULL without a default, and `{table}` may have rows"
            ),
            Self::Fill {
                table,
                column,
                reason: FillReason::BecomesNotNull,
                ..
            } => write!(
                f,
                "column `{table}.{column}` becomes NOT NULL, and rows of `{table}` may hold NULL in it"
            ),
        }
    }
}
