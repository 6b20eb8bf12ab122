//! What tables hold, and which of it a change must leave alone.

use std::collections::{BTreeMap, BTreeSet};

use limbeck::connection::Connection;
use limbeck_core::op::{ColumnOp, EnumOp, Operation, SqlObjectOp, TableOp};
use limbeck_core::schema::{Column, QualifiedName, Schema, SqlObjectKind};
use limbeck_core::sql::quote_identifier;

/// A column, as its table and its name.
pub(crate) type Place = (QualifiedName, String);

/// The values of each column, in the order of the values.
pub(crate) async fn rows(
    connection: &mut Connection,
    schema: &Schema,
) -> BTreeMap<Place, Vec<Option<String>>> {
    let dialect = connection.dialect();
    let mut rows = BTreeMap::new();
    for table in schema.tables.values() {
        let namespace = table.name.schema.as_deref();
        let table_name = namespace.into_iter().chain([table.name.name.as_str()]);
        let table_name: Vec<String> = table_name
            .map(|name| quote_identifier(name, dialect))
            .collect();
        for column in &table.columns {
            let sql = format!(
                "SELECT {} FROM {}",
                quote_identifier(&column.name, dialect),
                table_name.join(".")
            );
            let values = connection.query_text(&sql).await.expect("is read");
            let mut values: Vec<Option<String>> = values.into_iter().flatten().collect();
            values.sort();
            rows.insert((table.name.clone(), column.name.clone()), values);
        }
    }
    rows
}

/// Columns that the operations leave alone in all that they hold.
pub(crate) fn untouched(
    operations: &[Operation],
    before: &Schema,
    after: &Schema,
) -> BTreeSet<Place> {
    let mut columns: BTreeSet<Place> = before
        .tables
        .values()
        .filter(|table| after.tables.contains_key(&table.name))
        .flat_map(|table| {
            let name = table.name.clone();
            table
                .columns
                .iter()
                .map(move |column| (name.clone(), column.name.clone()))
        })
        .collect();
    for operation in operations {
        match operation {
            Operation::Column(
                ColumnOp::Add { table, column, .. } | ColumnOp::Drop { table, column, .. },
            ) => {
                columns.remove(&(table.clone(), column.name.clone()));
            }
            Operation::Column(ColumnOp::Alter {
                table,
                from,
                to,
                fills,
                ..
            }) if from.data_type != to.data_type || fills.upgrade.is_some() => {
                columns.remove(&(table.clone(), from.name.clone()));
            }
            Operation::Column(ColumnOp::Rename { table, from, to }) => {
                columns.remove(&(table.clone(), from.clone()));
                columns.remove(&(table.clone(), to.clone()));
            }
            Operation::Table(TableOp::Rename { from, to }) => {
                columns.retain(|(name, _)| name != from && name != to);
            }
            Operation::Table(TableOp::Drop(table) | TableOp::Create(table)) => {
                columns.retain(|(name, _)| *name != table.name);
            }
            // Its values are told with an attribute more, or less.
            Operation::SqlObject(SqlObjectOp::Alter { from, .. })
                if from.kind == SqlObjectKind::CompositeType =>
            {
                for table in before.tables.values() {
                    let is_of_it = |column: &&Column| column.data_type.is_named(&from.name);
                    for column in table.columns.iter().filter(is_of_it) {
                        columns.remove(&(table.name.clone(), column.name.clone()));
                    }
                }
            }
            Operation::Enum(EnumOp::Alter { from, renamed, .. }) if !renamed.is_empty() => {
                for (table, column) in before.users_of_enum(&from.name) {
                    columns.remove(&(table.name.clone(), column.name.clone()));
                }
            }
            _ => {}
        }
    }
    columns
}
