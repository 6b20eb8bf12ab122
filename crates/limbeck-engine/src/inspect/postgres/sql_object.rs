//! Objects that models do not describe.

use limbeck_core::schema::{Object, Setting, SqlObject, SqlObjectKey, SqlObjectKind};
use serde::Deserialize;

use super::Names;

#[derive(Debug, Deserialize)]
pub(super) struct SqlObjectRow {
    kind: SqlObjectKind,
    schema: Option<String>,
    name: String,
    table_schema: Option<String>,
    table_name: Option<String>,
    definition: Option<String>,
    settings: Vec<Setting>,
    privileges: Vec<String>,
    uses: Vec<Used>,
}

/// What an object depends on.
#[derive(Debug, Deserialize)]
pub(super) struct Used {
    kind: UsedKind,
    schema: Option<String>,
    name: String,
    /// The column or the constraint.
    member: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum UsedKind {
    Modelled(ModelledKind),
    SqlObject(SqlObjectKind),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ModelledKind {
    Table,
    Column,
    Constraint,
    Sequence,
    Enum,
}

pub(super) fn sql_objects(row: SqlObjectRow, names: &Names<'_>) -> SqlObject {
    let table = row.table_schema.as_ref().zip(row.table_name.as_ref());
    SqlObject {
        kind: row.kind,
        name: names.optional(row.schema.as_deref(), &row.name),
        table: table.map(|(schema, table)| names.qualified(schema, table)),
        definition: row.definition,
        settings: row.settings,
        privileges: row.privileges,
        uses: row.uses.iter().map(|used| object(used, names)).collect(),
    }
}

pub(super) fn object(used: &Used, names: &Names<'_>) -> Object {
    let name = names.optional(used.schema.as_deref(), &used.name);
    let member = used.member.clone().unwrap_or_default();
    match used.kind {
        UsedKind::Modelled(ModelledKind::Table) => Object::Table(name),
        UsedKind::Modelled(ModelledKind::Column) => Object::Column(name, member),
        UsedKind::Modelled(ModelledKind::Constraint) => Object::Constraint(name, member),
        UsedKind::Modelled(ModelledKind::Sequence) => Object::Sequence(name),
        UsedKind::Modelled(ModelledKind::Enum) => Object::Enum(name),
        UsedKind::SqlObject(kind) => Object::SqlObject(Box::new(SqlObjectKey {
            kind,
            table: None,
            name,
        })),
    }
}
