//! Views, functions and the like in the words that the server has found for them.

use std::collections::BTreeSet;

use crate::schema::{Object, Schema, SqlObject, SqlObjectKey};

/// The target with the views, functions and the like as `reached` spells them, where what they stand on
/// is not what it was, and where they are new: a view that was made again after a column got another type is written otherwise,
/// and the models do not say it. All others must be what they were.
#[must_use]
pub fn with_spelling_of(before: &Schema, reached: &Schema, target: &Schema) -> Schema {
    let there: BTreeSet<SqlObjectKey> = before.sql_objects.iter().map(SqlObject::key).collect();
    let mut respelled: BTreeSet<SqlObjectKey> = BTreeSet::new();
    loop {
        let is_as_before = |used: &Object| match used {
            Object::Table(name) => before.tables.contains_key(name),
            Object::Column(table, name) => {
                let column = |schema: &Schema| {
                    let column = schema.tables.get(table)?.column(name)?;
                    Some((column.data_type.clone(), column.collation.clone()))
                };
                column(before) == column(reached)
            }
            Object::Enum(name) => before.enums.get(name) == reached.enums.get(name),
            Object::SqlObject(key) => !respelled.contains(key.as_ref()),
            Object::Namespace(_)
            | Object::EnumValue(..)
            | Object::Sequence(_)
            | Object::Constraint(..)
            | Object::Index(..) => true,
        };
        let changed = reached.sql_objects.iter();
        let found: BTreeSet<SqlObjectKey> = changed
            .filter(|object| {
                !there.contains(&object.key()) || !object.uses.iter().all(is_as_before)
            })
            .map(SqlObject::key)
            .collect();
        if found == respelled {
            break;
        }
        respelled = found;
    }
    let mut target = target.clone();
    target.sql_objects = std::mem::take(&mut target.sql_objects)
        .into_iter()
        .map(|object| {
            let same = reached
                .sql_objects
                .iter()
                .find(|one| one.key() == object.key());
            same.filter(|one| respelled.contains(&one.key()))
                .cloned()
                .unwrap_or(object)
        })
        .collect();
    target
}
