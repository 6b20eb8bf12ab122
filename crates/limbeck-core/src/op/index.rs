//! Changes of indexes.

use serde::{Deserialize, Serialize};

use super::table::table_mut;
use super::{Hazard, HazardCode, Mismatch, Sides};
use crate::schema::{Index, IndexTarget, Object, QualifiedName, Schema};

/// A change of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexOp {
    /// CREATE INDEX.
    Create {
        /// The table.
        table: QualifiedName,
        /// The index.
        index: Index,
    },
    /// DROP INDEX.
    Drop {
        /// The table.
        table: QualifiedName,
        /// The index.
        index: Index,
    },
    /// ALTER INDEX … RENAME TO.
    Rename {
        /// The table.
        table: QualifiedName,
        /// The index as it was.
        from: Index,
        /// Its name from then on.
        to: String,
    },
}

impl IndexOp {
    /// The table that the index belongs to.
    pub fn table(&self) -> &QualifiedName {
        match self {
            Self::Create { table, .. } | Self::Drop { table, .. } | Self::Rename { table, .. } => {
                table
            }
        }
    }

    /// The index before and after.
    pub fn sides(&self) -> Sides<'_, Index> {
        match self {
            Self::Create { index, .. } => Sides::created(index),
            Self::Drop { index, .. } => Sides::dropped(index),
            Self::Rename { .. } => Sides::of_part(),
        }
    }

    /// The index as it becomes, to be said otherwise.
    pub(crate) fn to_mut(&mut self) -> Option<&mut Index> {
        match self {
            Self::Create { index, .. } => Some(index),
            Self::Drop { .. } | Self::Rename { .. } => None,
        }
    }

    pub(super) fn apply(&self, schema: &mut Schema) -> Result<(), Mismatch> {
        let table = table_mut(schema, self.table())?;
        match self {
            Self::Create { index, .. } => match table.add_index(index.clone()) {
                Some(_) => Err(Mismatch::Exists(self.object())),
                None => Ok(()),
            },
            Self::Drop { index, .. } => match table.indexes.remove(&index.name) {
                Some(_) => Ok(()),
                None => Err(Mismatch::Missing(self.object())),
            },
            Self::Rename {
                table: name,
                from,
                to,
            } => {
                let Some(mut index) = table.indexes.remove(&from.name) else {
                    return Err(Mismatch::Missing(Object::Index(
                        name.clone(),
                        from.name.clone(),
                    )));
                };
                to.clone_into(&mut index.name);
                match table.add_index(index) {
                    Some(_) => Err(Mismatch::Exists(self.object())),
                    None => Ok(()),
                }
            }
        }
    }

    pub(crate) fn inverse(&self) -> Self {
        match self {
            Self::Create { table, index } => Self::Drop {
                table: table.clone(),
                index: index.clone(),
            },
            Self::Drop { table, index } => Self::Create {
                table: table.clone(),
                index: index.clone(),
            },
            Self::Rename { table, from, to } => Self::Rename {
                table: table.clone(),
                from: Index {
                    name: to.clone(),
                    ..from.clone()
                },
                to: from.name.clone(),
            },
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Create { table, index } => {
                let keys: Vec<&str> = index
                    .keys
                    .iter()
                    .map(|key| match &key.target {
                        IndexTarget::Column(column) => column.as_str(),
                        IndexTarget::Expression(expression) => expression.as_str(),
                    })
                    .collect();
                let unique = if index.unique { "unique " } else { "" };
                format!(
                    "create {unique}index {table}.{} ({})",
                    index.name,
                    keys.join(", ")
                )
            }
            Self::Drop { table, index } => format!("drop index {table}.{}", index.name),
            Self::Rename { table, from, to } => {
                format!("rename index {table}.{} to {to}", from.name)
            }
        }
    }

    pub(super) fn hazards(&self) -> Vec<Hazard> {
        match self {
            Self::Create { index, .. } if index.unique => vec![Hazard::new(
                HazardCode::MayFail,
                self.object(),
                "rows that are equal in its keys",
            )],
            Self::Create { .. } | Self::Drop { .. } | Self::Rename { .. } => Vec::new(),
        }
    }

    pub(super) fn object(&self) -> Object {
        match self {
            Self::Create { table, index } | Self::Drop { table, index } => {
                Object::Index(table.clone(), index.name.clone())
            }
            Self::Rename { table, to, .. } => Object::Index(table.clone(), to.clone()),
        }
    }
}
