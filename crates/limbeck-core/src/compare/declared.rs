//! What models cannot declare, and what they declare without effect.

use std::collections::BTreeSet;

use super::{Incomparable, Unmanaged};
use crate::dialect::Dialect;
use crate::dialect::postgres::extension;
use crate::schema::{
    Binding, Column, ConstraintKind, FactKind, IdentityKind, MemberFact, Object, QualifiedName,
    Schema, Sequence, SqlObject, SqlObjectKind, Table,
};

/// Takes over from `before` what models do not speak of; what the prelude makes is there already.
pub(super) fn complete(declared: &mut Schema, before: &Schema, prelude: &Schema, dialect: Dialect) {
    let extensions = match dialect {
        Dialect::Postgres => extension::missing(declared, &[before, prelude]),
        Dialect::Sqlite => BTreeSet::new(),
    };
    let Schema {
        // Models do not say it, and get it where they are lowered.
        default_schema: _,
        namespaces,
        // All that there is of these, models declare, or leave to the database (`keep_enums`).
        enums: _,
        sequences,
        tables,
        sql_objects,
    } = declared;
    // Schemas are made by hand, or with their first table.
    namespaces.extend(before.namespaces.iter().cloned());
    for table in tables.values_mut() {
        if let Some(from) = before.tables.get(&table.name) {
            keep_sequences_behind_columns(table, from);
        }
    }
    let behind_columns: BTreeSet<QualifiedName> = tables
        .values()
        .flat_map(|table| {
            let numbered = table.columns.iter().filter_map(|column| {
                let identity = column.identity.as_ref()?;
                Some(identity.sequence_name(&table.name, &column.name))
            });
            numbered.collect::<Vec<_>>()
        })
        .collect();
    // A sequence goes with the default that it stands behind.
    let goes = |sequence: &Sequence| {
        sequence.owned_by.as_ref().is_some_and(|(table, column)| {
            let table = tables.get(table);
            let column = table.and_then(|table| table.column(column));
            column.is_none_or(|column| column.default.is_none())
        })
    };
    for (name, sequence) in &before.sequences {
        if !behind_columns.contains(name) && !goes(sequence) {
            let declared = sequences.entry(name.clone());
            declared.or_insert_with(|| sequence.clone());
        }
    }
    // An extension that nobody declares any more stays, too.
    *sql_objects = &before.sql_objects | &extensions;
}

/// Keeps the enum types that are there and of which no source speaks: all that there is of the others, models declare.
pub(super) fn keep_enums(declared: &mut Schema, before: &Schema) {
    let Schema { enums, tables, .. } = declared;
    let is_silent = |table: &Table| table.unsaid.contains(&FactKind::Enums);
    if !tables.values().any(is_silent) {
        return;
    }
    for (name, enum_type) in &before.enums {
        let mut users = before.users_of_enum(name).peekable();
        let is_nobodys = users.peek().is_none();
        let is_left = |table: &Table| tables.get(&table.name).is_some_and(is_silent);
        if is_nobodys || users.any(|(table, _)| is_left(table)) {
            let declared = enums.entry(name.clone());
            declared.or_insert_with(|| enum_type.clone());
        }
    }
}

/// Models do not say what the sequence behind a column is called.
fn keep_sequences_behind_columns(table: &mut Table, from: &Table) {
    for column in &mut table.columns {
        let from = from.column(&column.name);
        let from = from.and_then(|from| from.identity.as_ref());
        if let (Some(identity), Some(from)) = (&mut column.identity, from)
            && identity.sequence.is_usual()
            && (identity.kind == IdentityKind::Serial) == (from.kind == IdentityKind::Serial)
        {
            identity.sequence.clone_from(&from.sequence);
        }
    }
}

fn partitioned(schemas: [&Schema; 2]) -> impl Iterator<Item = &SqlObject> {
    schemas
        .into_iter()
        .flat_map(|schema| &schema.sql_objects)
        .filter(|one| one.kind == SqlObjectKind::Partition)
}

/// Takes out the partitioned tables that are left to others; no model describes another one.
pub(super) fn leave_partitioned(
    declared: &mut Schema,
    there: [&Schema; 2],
    unmanaged: &Unmanaged,
) -> Result<(), Incomparable> {
    for object in partitioned(there) {
        if !declared.tables.contains_key(&object.name) {
            continue;
        }
        if !unmanaged.contains(&object.name) {
            return Err(Incomparable::Partitioned {
                table: object.name.clone(),
            });
        }
        declared.tables.remove(&object.name);
    }
    Ok(())
}

/// Takes out what is a view there, where the models do not say whether it is one or a table.
pub(super) fn leave_views(declared: &mut Schema, there: [&Schema; 2]) {
    let is_view = |object: &&SqlObject| {
        matches!(
            object.kind,
            SqlObjectKind::View | SqlObjectKind::MaterializedView
        )
    };
    let views: BTreeSet<&QualifiedName> = there
        .into_iter()
        .flat_map(|schema| &schema.sql_objects)
        .filter(is_view)
        .map(|object| &object.name)
        .collect();
    let is_table = |table: &Table| {
        !table.unsaid.contains(&FactKind::TableOrView) || !views.contains(&table.name)
    };
    declared.tables.retain(|_, table| is_table(table));
    // No key leads to a view: what is said of it is a way of joining.
    for table in declared.tables.values_mut() {
        let unsaid = &table.unsaid_of;
        let may_be_none = |name: &String| {
            let facts = unsaid.get(name);
            facts.is_some_and(|facts| facts.contains(&MemberFact::Presence))
        };
        table
            .constraints
            .retain(|name, constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(key) => {
                    !may_be_none(name) || !views.contains(&key.references)
                }
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::Check(_)
                | ConstraintKind::Exclusion(_) => true,
            });
    }
}

/// Refuses a new column whose type the models do not tell.
pub(super) fn check_types(declared: &Schema, there: &Schema) -> Result<(), Incomparable> {
    for table in declared.tables.values() {
        let former = there.tables.get(&table.name);
        let is_new = |column: &&Column| {
            column.declared.binding == Binding::Unknown
                && former.is_none_or(|former| former.column(&column.name).is_none())
        };
        if let Some(column) = table.columns.iter().find(is_new) {
            return Err(Incomparable::UnknownType {
                table: table.name.clone(),
                column: column.name.clone(),
            });
        }
    }
    Ok(())
}

/// Refuses a foreign key to what nobody makes.
pub(super) fn check_references(
    declared: &Schema,
    there: [&Schema; 2],
    unmanaged: &BTreeSet<Object>,
) -> Result<(), Incomparable> {
    let [before, prelude] = there;
    let schemas = [declared, before, prelude];
    for table in declared.tables.values() {
        for (constraint, key) in table.foreign_keys() {
            let name = &key.references;
            let named = || format!("{}.{}", table.name, constraint.name);
            // One that is there says nothing new; SQLite takes a key to nothing.
            let former = before.tables.get(&table.name);
            let former = former.and_then(|former| former.constraints.get(&constraint.name));
            if former.is_some_and(|former| former.kind == constraint.kind) {
                continue;
            }
            let referenced = schemas.iter().find_map(|schema| schema.tables.get(name));
            let Some(referenced) = referenced else {
                let is_others = unmanaged.contains(&Object::Table(name.clone()))
                    || partitioned(there).any(|one| one.name == *name);
                if is_others {
                    continue;
                }
                return Err(Incomparable::MissingTable {
                    constraint: named(),
                    table: name.clone(),
                });
            };
            if let Some(column) = key
                .referenced_columns
                .iter()
                .find(|column| referenced.column(column).is_none())
            {
                return Err(Incomparable::MissingColumn {
                    constraint: named(),
                    table: name.clone(),
                    column: column.clone(),
                });
            }
        }
    }
    Ok(())
}
