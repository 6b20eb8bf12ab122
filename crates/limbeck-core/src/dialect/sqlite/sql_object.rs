//! Views, triggers and virtual tables.

use super::table_name;
use crate::dialect::RenderError;
use crate::op::SqlObjectOp;
use crate::schema::{DropForm, Object, SqlObject};

pub(crate) fn statements(op: &SqlObjectOp) -> Result<Vec<String>, RenderError> {
    match op {
        SqlObjectOp::Create(object) => match &object.definition {
            Some(definition) => {
                drop(object)?;
                Ok(vec![definition.clone()])
            }
            None => Err(refused(object, "what creates it cannot be told")),
        },
        SqlObjectOp::Drop(object) | SqlObjectOp::SetAside(object) => Ok(vec![drop(object)?]),
        SqlObjectOp::Alter { to, .. } => Err(refused(to, "it cannot be changed in place")),
    }
}

fn drop(object: &SqlObject) -> Result<String, RenderError> {
    match object.kind.drop_form() {
        DropForm::Named(word) | DropForm::OfTable(word) => {
            Ok(format!("DROP {word} {}", table_name(&object.name)))
        }
        DropForm::Routine | DropForm::WithTable | DropForm::Unwritten => {
            Err(refused(object, "SQLite does not have it"))
        }
    }
}

fn refused(object: &SqlObject, reason: &str) -> RenderError {
    let reason = format!("it is {}: {reason}", object.kind.with_article());
    RenderError::refused(Object::SqlObject(Box::new(object.key())), reason)
}
