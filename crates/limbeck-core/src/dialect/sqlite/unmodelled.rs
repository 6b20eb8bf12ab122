//! Views, triggers and virtual tables.

use super::table_name;
use crate::dialect::RenderError;
use crate::op::UnmodelledOp;
use crate::schema::{DropForm, Object, Unmodelled};

pub(crate) fn statements(op: &UnmodelledOp) -> Result<Vec<String>, RenderError> {
    match op {
        UnmodelledOp::Create(object) => match &object.definition {
            Some(definition) => {
                drop(object)?;
                Ok(vec![definition.clone()])
            }
            None => Err(refused(object, "what creates it cannot be told")),
        },
        UnmodelledOp::Drop(object) | UnmodelledOp::SetAside(object) => Ok(vec![drop(object)?]),
        UnmodelledOp::Alter { to, .. } => Err(refused(to, "it cannot be changed in place")),
    }
}

fn drop(object: &Unmodelled) -> Result<String, RenderError> {
    match object.kind.drop_form() {
        DropForm::Named(word) | DropForm::OfTable(word) => {
            Ok(format!("DROP {word} {}", table_name(&object.name)))
        }
        DropForm::Routine | DropForm::WithTable | DropForm::Unwritten => {
            Err(refused(object, "SQLite does not have it"))
        }
    }
}

fn refused(object: &Unmodelled, reason: &str) -> RenderError {
    let reason = format!("it is {}: {reason}", object.kind.with_article());
    RenderError::refused(Object::Unmodelled(Box::new(object.key())), reason)
}
