//! Views, triggers and virtual tables.

use super::table_name;
use crate::dialect::RenderError;
use crate::op::UnmodelledOp;
use crate::schema::{Object, Unmodelled, UnmodelledKind};

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
    let name = table_name(&object.name);
    match object.kind {
        UnmodelledKind::View => Ok(format!("DROP VIEW {name}")),
        UnmodelledKind::Trigger => Ok(format!("DROP TRIGGER {name}")),
        UnmodelledKind::VirtualTable => Ok(format!("DROP TABLE {name}")),
        UnmodelledKind::InvalidIndex
        | UnmodelledKind::MaterializedView
        | UnmodelledKind::Function
        | UnmodelledKind::Rule
        | UnmodelledKind::Policy
        | UnmodelledKind::Partition
        | UnmodelledKind::InheritedTable
        | UnmodelledKind::ForeignTable
        | UnmodelledKind::Domain
        | UnmodelledKind::CompositeType
        | UnmodelledKind::RangeType
        | UnmodelledKind::Extension
        | UnmodelledKind::Statistics
        | UnmodelledKind::EventTrigger
        | UnmodelledKind::Publication
        | UnmodelledKind::Privileges => Err(refused(object, "SQLite does not have it")),
    }
}

fn refused(object: &Unmodelled, reason: &str) -> RenderError {
    let reason = format!("it is {}: {reason}", object.kind.with_article());
    RenderError::refused(Object::Unmodelled(Box::new(object.key())), reason)
}
