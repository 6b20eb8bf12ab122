//! What can be done to a schema. An operation knows four things: how it changes a schema, what
//! undoes it, what to call it, and what it puts at risk.
//!
//! Not here: SQL (`dialect`) and order (`plan`).

mod column;
mod comment;
pub mod composite;
mod constraint;
mod conversion;
mod enum_type;
mod hazard;
mod index;
mod namespace;
mod object;
pub mod partition;
mod reads;
mod sequence;
mod sides;
mod sql_object;
mod table;
mod text;
mod value;

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::schema::{Object, Schema};

pub(crate) use self::column::NULLS;
pub use self::column::{Cast, CastOutcome, Casts, ColumnOp, Fills};
pub use self::comment::CommentOp;
pub use self::constraint::ConstraintOp;
pub use self::enum_type::EnumOp;
pub use self::hazard::{Hazard, HazardCode};
pub use self::index::IndexOp;
pub use self::namespace::NamespaceOp;
pub use self::reads::reads;
pub use self::sequence::{Adoption, SequenceOp};
pub use self::sides::{Act, Sides};
pub use self::sql_object::SqlObjectOp;
pub use self::table::TableOp;
pub use self::value::{neutral_value, offered_value};

/// One change of a schema, with all that is needed to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A change of a schema (namespace).
    Namespace(NamespaceOp),
    /// A change of an enum type.
    Enum(EnumOp),
    /// A change of a sequence.
    Sequence(SequenceOp),
    /// A change of a table as a whole.
    Table(TableOp),
    /// A change of a column.
    Column(ColumnOp),
    /// A change of a constraint.
    Constraint(ConstraintOp),
    /// A change of an index.
    Index(IndexOp),
    /// A change of a comment.
    Comment(CommentOp),
    /// A change of an object that models do not describe.
    SqlObject(SqlObjectOp),
}

/// An operation does not fit the schema that it was applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The object is not there.
    #[error("`{0}` is not there")]
    Missing(Object),
    /// The object is there already.
    #[error("`{0}` is there already")]
    Exists(Object),
}

impl Operation {
    /// Makes the change.
    ///
    /// `dialect` tells how identifiers are spelled within expressions.
    ///
    /// # Errors
    ///
    /// The schema lacks what is changed, or already has what is created; it may then be half changed.
    pub fn apply(&self, schema: &mut Schema, dialect: Dialect) -> Result<(), Mismatch> {
        match self {
            Self::Namespace(op) => op.apply(schema),
            Self::Enum(op) => op.apply(schema, dialect),
            Self::Sequence(op) => op.apply(schema),
            Self::Table(op) => op.apply(schema, dialect),
            Self::Column(op) => op.apply(schema, dialect),
            Self::Constraint(op) => op.apply(schema),
            Self::Index(op) => op.apply(schema),
            Self::Comment(op) => op.apply(schema),
            Self::SqlObject(op) => op.apply(schema),
        }
    }

    /// The operation that undoes this one, the position of columns aside.
    #[must_use]
    pub fn inverse(&self) -> Self {
        match self {
            Self::Namespace(op) => Self::Namespace(op.inverse()),
            Self::Enum(op) => Self::Enum(op.inverse()),
            Self::Sequence(op) => Self::Sequence(op.inverse()),
            Self::Table(op) => Self::Table(op.inverse()),
            Self::Column(op) => Self::Column(op.inverse()),
            Self::Constraint(op) => Self::Constraint(op.inverse()),
            Self::Index(op) => Self::Index(op.inverse()),
            Self::Comment(op) => Self::Comment(op.inverse()),
            Self::SqlObject(op) => Self::SqlObject(op.inverse()),
        }
    }

    /// One line for people: `add column tasks.priority integer not null default 0`.
    pub fn describe(&self) -> String {
        match self {
            Self::Namespace(op) => op.describe(),
            Self::Enum(op) => op.describe(),
            Self::Sequence(op) => op.describe(),
            Self::Table(op) => op.describe(),
            Self::Column(op) => op.describe(),
            Self::Constraint(op) => op.describe(),
            Self::Index(op) => op.describe(),
            Self::Comment(op) => op.describe(),
            Self::SqlObject(op) => op.describe(),
        }
    }

    /// What the operation puts at risk.
    pub fn hazards(&self) -> Vec<Hazard> {
        match self {
            Self::Enum(op) => op.hazards(),
            Self::Table(op) => op.hazards(),
            Self::Column(op) => op.hazards(),
            Self::Constraint(op) => op.hazards(),
            Self::Index(op) => op.hazards(),
            Self::SqlObject(op) => op.hazards(),
            Self::Namespace(_) | Self::Sequence(_) | Self::Comment(_) => Vec::new(),
        }
    }

    /// What the operation does with its object.
    pub fn act(&self) -> Act {
        match self {
            Self::Namespace(op) => op.sides().act(),
            Self::Enum(op) => op.sides().act(),
            Self::Sequence(op) => op.sides().act(),
            Self::Table(op) => op.sides().act(),
            Self::Column(op) => op.sides().act(),
            Self::Constraint(op) => op.sides().act(),
            Self::Index(op) => op.sides().act(),
            Self::Comment(_) => Act::Change,
            Self::SqlObject(op) => op.sides().act(),
        }
    }

    /// Values of an enum type that the change brings along, and that the type gains in place.
    pub(crate) fn appended_values(&self) -> Vec<&str> {
        match self {
            Self::Enum(op) => op.appended_values(),
            Self::Namespace(_)
            | Self::Sequence(_)
            | Self::Table(_)
            | Self::Column(_)
            | Self::Constraint(_)
            | Self::Index(_)
            | Self::Comment(_)
            | Self::SqlObject(_) => Vec::new(),
        }
    }

    /// The object that is changed, by the name that it has in the state with it.
    pub fn object(&self) -> Object {
        match self {
            Self::Namespace(op) => op.object(),
            Self::Enum(op) => op.object(),
            Self::Sequence(op) => op.object(),
            Self::Table(op) => op.object(),
            Self::Column(op) => op.object(),
            Self::Constraint(op) => op.object(),
            Self::Index(op) => op.object(),
            Self::Comment(op) => op.object.clone(),
            Self::SqlObject(op) => op.object(),
        }
    }
}

/// Applies operations one after another.
///
/// # Errors
///
/// The first operation that does not fit.
pub fn fold<'a>(
    operations: impl IntoIterator<Item = &'a Operation>,
    mut schema: Schema,
    dialect: Dialect,
) -> Result<Schema, Mismatch> {
    for operation in operations {
        operation.apply(&mut schema, dialect)?;
    }
    Ok(schema)
}

/// The operations that undo `operations`: their inverses, last first.
pub fn inverses(operations: &[Operation]) -> Vec<Operation> {
    operations.iter().rev().map(Operation::inverse).collect()
}
