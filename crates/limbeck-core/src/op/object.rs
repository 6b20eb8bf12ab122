//! What renames do to objects that models do not describe.
//!
//! A server changes the text of a view or trigger along with what it names. Where it cannot be
//! told what the text has become, it is forgotten: because a name in it could be another table's,
//! or because a view keeps the names of its own columns (`SELECT title AS text`).

use crate::dialect::Dialect;
use crate::schema::{Object, QualifiedName, Schema, SqlObject, SqlObjectKind};
use crate::sql;

/// After `from`, which `schema` has no longer, has become `to`.
pub(super) fn table_renamed(
    schema: &mut Schema,
    from: &QualifiedName,
    to: &QualifiedName,
    dialect: Dialect,
) {
    let is_column = schema
        .tables
        .values()
        .any(|table| has_column(table.columns.iter().map(|one| &one.name), &from.name));
    for mut object in std::mem::take(&mut schema.sql_objects) {
        if object.table.as_ref() == Some(from) {
            object.table = Some(to.clone());
        }
        let is_used = rename_uses(&mut object, |used| {
            let table = match used {
                Object::Table(table)
                | Object::Column(table, _)
                | Object::Constraint(table, _)
                | Object::Index(table, _) => table,
                Object::Namespace(_)
                | Object::Enum(_)
                | Object::EnumValue(..)
                | Object::Sequence(_)
                | Object::SqlObject(_) => return false,
            };
            let is_used = table == from;
            if is_used {
                table.clone_from(to);
            }
            is_used
        });
        if is_used {
            rename_argument(&mut object, from, to);
        }
        if is_used && (is_kept_as_tree(&object, dialect) || from.schema != to.schema) {
            object.definition = None;
        } else if is_used || dialect == Dialect::Sqlite {
            rewrite(&mut object, |text| {
                if !sql::names(text, &from.name, dialect) {
                    return Some(text.to_owned());
                }
                (!is_column).then(|| sql::rename_everywhere(text, &from.name, &to.name, dialect))
            });
        }
        schema.sql_objects.insert(object);
    }
}

/// After the column `from` of `table` has become `to`.
pub(super) fn column_renamed(
    schema: &mut Schema,
    table: &QualifiedName,
    from: &str,
    to: &str,
    dialect: Dialect,
) {
    for mut object in std::mem::take(&mut schema.sql_objects) {
        let is_used = rename_uses(&mut object, |used| {
            let is_it =
                matches!(used, Object::Column(owner, name) if owner == table && name == from);
            if is_it {
                *used = Object::Column(table.clone(), to.to_owned());
            }
            is_it
        });
        let is_of_table = object.table.as_ref() == Some(table);
        let tables = &schema.tables;
        if is_used && is_kept_as_tree(&object, dialect) {
            object.definition = None;
        } else if is_used || dialect == Dialect::Sqlite {
            rewrite(&mut object, |text| {
                let named = |name: &str| sql::names(text, name, dialect);
                if !(named(from) && (is_of_table || named(&table.name))) {
                    return Some(text.to_owned());
                }
                let is_of_another = tables.values().any(|other| {
                    other.name != *table
                        && named(&other.name.name)
                        && has_column(other.columns.iter().map(|one| &one.name), from)
                });
                (!is_of_another).then(|| sql::rename_identifier(text, from, to, dialect))
            });
        }
        schema.sql_objects.insert(object);
    }
}

/// After the enum type `from` has become `to`, or its values have other names.
pub(super) fn enum_changed(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    let columns: Vec<Object> = schema
        .users_of_enum(to)
        .map(|(table, column)| Object::Column(table.name.clone(), column.name.clone()))
        .collect();
    for mut object in std::mem::take(&mut schema.sql_objects) {
        let is_used = rename_uses(&mut object, |used| {
            if matches!(used, Object::Enum(name) if name == from) {
                *used = Object::Enum(to.clone());
                return true;
            }
            columns.contains(used)
        });
        if is_used {
            rename_argument(&mut object, from, to);
            object.definition = None;
        }
        schema.sql_objects.insert(object);
    }
}

/// After the sequence `from` has become `to`.
pub(super) fn sequence_renamed(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    for mut object in std::mem::take(&mut schema.sql_objects) {
        let is_used = rename_uses(&mut object, |used| {
            let is_it = matches!(used, Object::Sequence(name) if name == from);
            if is_it {
                *used = Object::Sequence(to.clone());
            }
            is_it
        });
        if is_used {
            rewrite(&mut object, |text| {
                Some(sql::rename_sequence(text, &from.parts(), &to.parts()))
            });
        }
        schema.sql_objects.insert(object);
    }
}

/// Renames what the object uses; says whether anything of it was renamed.
fn rename_uses(object: &mut SqlObject, mut rename: impl FnMut(&mut Object) -> bool) -> bool {
    let mut is_used = false;
    let uses = std::mem::take(&mut object.uses).into_iter();
    object.uses = uses
        .map(|mut used| {
            is_used |= rename(&mut used);
            used
        })
        .collect();
    is_used
}

/// Gives the type of a function's argument its other name.
fn rename_argument(object: &mut SqlObject, from: &QualifiedName, to: &QualifiedName) {
    if object.kind == SqlObjectKind::Function
        && let Some((name, arguments)) = object.name.name.split_once('(')
    {
        let arguments = sql::rename_everywhere(arguments, &from.name, &to.name, Dialect::Postgres);
        object.name.name = format!("{name}({arguments}");
    }
}

/// Whether the server keeps the object as a parsed query, whose text it writes anew each time.
fn is_kept_as_tree(object: &SqlObject, dialect: Dialect) -> bool {
    dialect == Dialect::Postgres && object.kind.is_parsed()
}

/// Rewrites every statement of the object; what becomes of one cannot be told, the whole is forgotten.
fn rewrite(object: &mut SqlObject, rename: impl Fn(&str) -> Option<String>) {
    object.definition = object.definition.as_deref().and_then(&rename);
    let settings = object.settings.iter_mut().flat_map(|setting| {
        let undo = setting.undo.as_mut();
        [&mut setting.make].into_iter().chain(undo)
    });
    for statement in settings.chain(&mut object.privileges) {
        match rename(statement) {
            Some(renamed) => *statement = renamed,
            None => object.definition = None,
        }
    }
}

fn has_column<'a>(mut columns: impl Iterator<Item = &'a String>, name: &str) -> bool {
    columns.any(|column| column.eq_ignore_ascii_case(name))
}
