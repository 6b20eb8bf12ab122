//! Changes of sequences that stand on their own.

use serde::{Deserialize, Serialize};

use super::table::table_mut;
use super::{Mismatch, Sides, object};
use crate::schema::{Column, Object, QualifiedName, Schema, Sequence};
use crate::sql;

/// A change of a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SequenceOp {
    /// CREATE SEQUENCE.
    Create(Sequence),
    /// DROP SEQUENCE.
    Drop(Sequence),
    /// ALTER SEQUENCE … RENAME TO.
    Rename {
        /// The former name.
        from: QualifiedName,
        /// The name from then on.
        to: QualifiedName,
    },
    /// ALTER SEQUENCE.
    Alter {
        /// The sequence as it was.
        from: Sequence,
        /// The sequence as it becomes.
        to: Sequence,
    },
    /// The sequence becomes that of a serial column: owned by it, and its default.
    Adopt(Adoption),
    /// The sequence of a serial column becomes one that stands on its own.
    Release(Adoption),
}

/// A sequence and a column, apart and as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// The sequence while it stands on its own.
    pub sequence: Sequence,
    /// The table of the column.
    pub table: QualifiedName,
    /// The column beside the sequence.
    pub apart: Column,
    /// The serial column, which the sequence is behind.
    pub serial: Column,
}

impl Adoption {
    /// Whether the column owns the sequence while they are apart.
    pub fn is_owned(&self) -> bool {
        self.sequence.owned_by.is_some()
    }

    /// Whether the column's default calls the sequence while they are apart.
    pub fn is_default(&self) -> bool {
        let default = self.apart.default.as_ref();
        let called = default.and_then(|default| default.called_sequence());
        called.as_ref() == Some(&self.sequence.name)
    }
}

impl SequenceOp {
    /// The sequence before and after.
    pub fn sides(&self) -> Sides<'_, Sequence> {
        match self {
            Self::Create(sequence) => Sides::created(sequence),
            Self::Drop(sequence) => Sides::dropped(sequence),
            Self::Alter { from, to } => Sides::changed(from, to),
            Self::Rename { .. } | Self::Adopt(_) | Self::Release(_) => Sides::of_part(),
        }
    }

    pub(super) fn apply(&self, schema: &mut Schema) -> Result<(), Mismatch> {
        match self {
            Self::Create(sequence) => insert(schema, sequence),
            Self::Drop(sequence) => remove(schema, &sequence.name),
            Self::Rename { from, to } => {
                if schema.numbered_by(to).is_some() {
                    return Err(Mismatch::Exists(Object::Sequence(to.clone())));
                }
                if let Some(mut sequence) = schema.sequences.remove(from) {
                    sequence.name = to.clone();
                    insert(schema, &sequence)?;
                } else {
                    rename_own(schema, from, to)?;
                }
                renamed(schema, from, to);
                Ok(())
            }
            Self::Alter { from, to } => match schema.sequences.get_mut(&from.name) {
                Some(sequence) => {
                    sequence.clone_from(to);
                    Ok(())
                }
                None => Err(Mismatch::Missing(self.object())),
            },
            Self::Adopt(adoption) => {
                remove(schema, &adoption.sequence.name)?;
                set_column(schema, &adoption.table, &adoption.serial)
            }
            Self::Release(adoption) => {
                insert(schema, &adoption.sequence)?;
                set_column(schema, &adoption.table, &adoption.apart)
            }
        }
    }

    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Create(sequence) => Self::Drop(sequence.clone()),
            Self::Drop(sequence) => Self::Create(sequence.clone()),
            Self::Rename { from, to } => Self::Rename {
                from: to.clone(),
                to: from.clone(),
            },
            Self::Alter { from, to } => Self::Alter {
                from: to.clone(),
                to: from.clone(),
            },
            Self::Adopt(adoption) => Self::Release(adoption.clone()),
            Self::Release(adoption) => Self::Adopt(adoption.clone()),
        }
    }

    pub(super) fn describe(&self) -> String {
        let behind = |adoption: &Adoption| {
            let Adoption {
                sequence, table, ..
            } = adoption;
            format!(
                "sequence {} behind column {table}.{}",
                sequence.name, adoption.serial.name
            )
        };
        match self {
            Self::Create(sequence) => format!("create sequence {}", sequence.name),
            Self::Drop(sequence) => format!("drop sequence {}", sequence.name),
            Self::Rename { from, to } => format!("rename sequence {from} to {to}"),
            Self::Alter { from, .. } => format!("alter sequence {}", from.name),
            Self::Adopt(adoption) => format!("put {}", behind(adoption)),
            Self::Release(adoption) => format!("no longer keep {}", behind(adoption)),
        }
    }

    pub(super) fn object(&self) -> Object {
        Object::Sequence(match self {
            Self::Create(sequence) | Self::Drop(sequence) => sequence.name.clone(),
            Self::Rename { to, .. } => to.clone(),
            Self::Alter { from, .. } => from.name.clone(),
            Self::Adopt(adoption) | Self::Release(adoption) => adoption.sequence.name.clone(),
        })
    }
}

/// What calls a sequence calls it by its other name.
pub(super) fn renamed(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    if from == to {
        return;
    }
    for table in schema.tables.values_mut() {
        for expression in table.expressions_mut() {
            expression.0 = sql::rename_sequence(&expression.0, &from.parts(), &to.parts());
        }
    }
    object::sequence_renamed(schema, from, to);
}

/// Renames the sequence behind a column that the server numbers.
fn rename_own(
    schema: &mut Schema,
    from: &QualifiedName,
    to: &QualifiedName,
) -> Result<(), Mismatch> {
    let missing = || Mismatch::Missing(Object::Sequence(from.clone()));
    let (table, column) = schema.numbered_by(from).ok_or_else(missing)?;
    let column = table_mut(schema, &table)?.column_mut(&column);
    let column = column.ok_or_else(missing)?;
    if let Some(identity) = &mut column.identity {
        identity.sequence.name = Some(to.name.clone());
    }
    *column = column.clone().with_usual_sequence_unsaid(&table);
    Ok(())
}

fn insert(schema: &mut Schema, sequence: &Sequence) -> Result<(), Mismatch> {
    let name = sequence.name.clone();
    match schema.sequences.insert(name.clone(), sequence.clone()) {
        Some(_) => Err(Mismatch::Exists(Object::Sequence(name))),
        None => Ok(()),
    }
}

fn remove(schema: &mut Schema, name: &QualifiedName) -> Result<(), Mismatch> {
    match schema.sequences.remove(name) {
        Some(_) => Ok(()),
        None => Err(Mismatch::Missing(Object::Sequence(name.clone()))),
    }
}

fn set_column(schema: &mut Schema, table: &QualifiedName, to: &Column) -> Result<(), Mismatch> {
    match table_mut(schema, table)?.column_mut(&to.name) {
        Some(column) => {
            column.clone_from(to);
            Ok(())
        }
        None => Err(Mismatch::Missing(Object::Column(
            table.clone(),
            to.name.clone(),
        ))),
    }
}
