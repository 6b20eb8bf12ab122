//! Extensions: those that the types of a table ask for go without saying.

use limbeck_core::dialect::postgres::extension::of_table;
use limbeck_core::schema::{ConstraintKind, Schema, SqlObject, SqlObjectKind, Table};

use super::WriteContext;
use super::text::said;

/// Brings operator classes of plain types to GiST, which exclusion constraints need.
const BTREE_GIST: &str = "btree_gist";

/// What the attribute of a table says of extensions.
pub(crate) fn argument(schema: &Schema, table: &Table) -> Option<String> {
    let is_there = schema.sql_objects.iter().any(is_btree_gist);
    (is_there && has_exclusion(table)).then(|| said("extension", BTREE_GIST))
}

/// Whether a struct says that the object is there, or lets it go without saying.
pub(crate) fn is_said(context: &WriteContext<'_>, object: &SqlObject) -> bool {
    let tables = context.tables.keys();
    let mut tables = tables.filter_map(|name| context.schema.tables.get(name));
    object.kind == SqlObjectKind::Extension
        && tables.any(|table| {
            of_table(table).contains_key(object.name.name.as_str())
                || (is_btree_gist(object) && has_exclusion(table))
        })
}

fn is_btree_gist(object: &SqlObject) -> bool {
    object.kind == SqlObjectKind::Extension && object.name.name == BTREE_GIST
}

fn has_exclusion(table: &Table) -> bool {
    table
        .constraints
        .values()
        .any(|constraint| matches!(constraint.kind, ConstraintKind::Exclusion(_)))
}
