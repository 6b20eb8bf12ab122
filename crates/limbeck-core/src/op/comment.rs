//! Changes of comments, whatever they stand on.

use serde::{Deserialize, Serialize};

use super::Mismatch;
use super::table::table_mut;
use crate::schema::{Object, Schema};

/// COMMENT ON: another text, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentOp {
    /// What the comment is about.
    pub object: Object,
    /// The text that was there.
    pub from: Option<String>,
    /// The text from then on.
    pub to: Option<String>,
}

impl CommentOp {
    pub(super) fn apply(&self, schema: &mut Schema) -> Result<(), Mismatch> {
        let missing = || Mismatch::Missing(self.object.clone());
        let slot = match &self.object {
            Object::Enum(name) => &mut schema.enums.get_mut(name).ok_or_else(missing)?.comment,
            Object::Table(name) => &mut table_mut(schema, name)?.comment,
            Object::Column(table, name) => {
                let column = table_mut(schema, table)?.column_mut(name);
                &mut column.ok_or_else(missing)?.comment
            }
            Object::Constraint(table, name) => {
                let constraint = table_mut(schema, table)?.constraints.get_mut(name);
                &mut constraint.ok_or_else(missing)?.comment
            }
            Object::Index(table, name) => {
                let index = table_mut(schema, table)?.indexes.get_mut(name);
                &mut index.ok_or_else(missing)?.comment
            }
            Object::Namespace(_)
            | Object::Sequence(_)
            | Object::EnumValue(..)
            | Object::SqlObject(_) => {
                return Err(missing());
            }
        };
        slot.clone_from(&self.to);
        Ok(())
    }

    pub(super) fn inverse(&self) -> Self {
        Self {
            object: self.object.clone(),
            from: self.to.clone(),
            to: self.from.clone(),
        }
    }

    pub(super) fn describe(&self) -> String {
        match &self.to {
            Some(_) => format!("comment on {}", self.object),
            None => format!("drop comment on {}", self.object),
        }
    }
}
