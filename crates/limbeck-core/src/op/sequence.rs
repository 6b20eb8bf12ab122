//! Changes of sequences that stand on their own.

use serde::{Deserialize, Serialize};

use super::Mismatch;
use crate::schema::{Object, Schema, Sequence};

/// A change of a sequence.
#[expect(
    clippy::large_enum_variant,
    reason = "operations are few, and plain values read better than boxes"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SequenceOp {
    /// CREATE SEQUENCE.
    Create(Sequence),
    /// DROP SEQUENCE.
    Drop(Sequence),
    /// ALTER SEQUENCE.
    Alter {
        /// The sequence as it was.
        from: Sequence,
        /// The sequence as it becomes.
        to: Sequence,
    },
}

impl SequenceOp {
    pub(super) fn apply(&self, schema: &mut Schema) -> Result<(), Mismatch> {
        match self {
            Self::Create(sequence) => {
                let name = sequence.name.clone();
                match schema.sequences.insert(name, sequence.clone()) {
                    Some(_) => Err(Mismatch::Exists(self.object())),
                    None => Ok(()),
                }
            }
            Self::Drop(sequence) => match schema.sequences.remove(&sequence.name) {
                Some(_) => Ok(()),
                None => Err(Mismatch::Missing(self.object())),
            },
            Self::Alter { from, to } => match schema.sequences.get_mut(&from.name) {
                Some(sequence) => {
                    sequence.clone_from(to);
                    Ok(())
                }
                None => Err(Mismatch::Missing(self.object())),
            },
        }
    }

    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Create(sequence) => Self::Drop(sequence.clone()),
            Self::Drop(sequence) => Self::Create(sequence.clone()),
            Self::Alter { from, to } => Self::Alter {
                from: to.clone(),
                to: from.clone(),
            },
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Create(sequence) => format!("create sequence {}", sequence.name),
            Self::Drop(sequence) => format!("drop sequence {}", sequence.name),
            Self::Alter { from, .. } => format!("alter sequence {}", from.name),
        }
    }

    pub(super) fn object(&self) -> Object {
        match self {
            Self::Create(sequence) | Self::Drop(sequence) => {
                Object::Sequence(sequence.name.clone())
            }
            Self::Alter { from, .. } => Object::Sequence(from.name.clone()),
        }
    }
}
