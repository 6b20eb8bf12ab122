//! Whether the next row that an application inserts finds a number that is free.
//!
//! Rows that are made up bring their numbers along. So that counters stand where they would stand had
//! the rows come one by one, they are set behind them first.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Column, QualifiedName, Schema, SequenceOptions, Table};
use limbeck_core::sql::{TokenKind, lex, names, quote_literal, quoted};

use super::kind::table_sql;
use crate::connection::{Connection, QueryError};

/// Tables whose next number is taken, with the column and what was found.
pub(super) type Stuck = BTreeMap<QualifiedName, (String, String)>;

/// Whether a column counts as another one does: a counter that is told to run elsewhere, or the other
/// way, may meet numbers that are there.
pub(super) fn counts_alike(
    (schema, column): (&Schema, &Column),
    (other_schema, other): (&Schema, &Column),
) -> bool {
    options(schema, column) == options(other_schema, other)
}

/// What is said of the counter behind a column; `None` where nothing numbers it.
fn options<'a>(schema: &'a Schema, column: &'a Column) -> Option<&'a SequenceOptions> {
    if let Some(identity) = &column.identity {
        return Some(&identity.options);
    }
    let default = &column.default.as_ref()?.0;
    let mut sequences = schema.sequences.values();
    let found = sequences.find(|one| names(default, &one.name.name, Dialect::Postgres));
    found.map(|sequence| &sequence.options)
}

/// Sets the counters of tables behind the numbers that are there; those of which the next number is
/// taken nevertheless are named.
pub(super) async fn settle(
    connection: &mut Connection,
    schema: &Schema,
    tables: &BTreeSet<QualifiedName>,
) -> Result<Stuck, QueryError> {
    // SQLite takes the number behind the largest one by itself.
    if connection.dialect() == Dialect::Sqlite {
        return Ok(Stuck::new());
    }
    for (table, column) in counted(schema, tables) {
        let Some(sequence) = sequence(&table.name, column) else {
            continue;
        };
        let set = format!(
            "SELECT pg_catalog.setval({sequence}, s.m::bigint) FROM (SELECT max({}) AS m FROM {}) s \
             WHERE s.m > pg_catalog.nextval({sequence})",
            quoted(&column.name),
            table_sql(&table.name)
        );
        // A sequence that runs out, or the other way, is left where it is.
        match connection.query_text(&set).await {
            Ok(_) => {}
            Err(error) if error.database().is_some() => {}
            Err(error) => return Err(error),
        }
    }
    stuck(connection, schema, tables).await
}

/// The tables whose next number is taken.
pub(super) async fn stuck(
    connection: &mut Connection,
    schema: &Schema,
    tables: &BTreeSet<QualifiedName>,
) -> Result<Stuck, QueryError> {
    let mut stuck = Stuck::new();
    if connection.dialect() == Dialect::Sqlite {
        return Ok(stuck);
    }
    for (table, column) in counted(schema, tables) {
        let Some(sequence) = sequence(&table.name, column) else {
            continue;
        };
        let name = quoted(&column.name);
        let next = format!(
            "SELECT {name} FROM {}, (SELECT pg_catalog.nextval({sequence}) AS next OFFSET 0) s \
             WHERE {name} = s.next LIMIT 1",
            table_sql(&table.name)
        );
        match connection.query_text(&next).await {
            Ok(rows) => {
                if let Some(Some(Some(taken))) = rows.first().map(|row| row.first()) {
                    let reason = format!("the next {} is {taken}, which is there", column.name);
                    stuck.insert(table.name.clone(), (column.name.clone(), reason));
                }
            }
            // A sequence that has run out had run out before.
            Err(error) if error.database().is_some() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(stuck)
}

/// Columns that are numbered and in which each number stands once.
fn counted<'a>(
    schema: &'a Schema,
    tables: &'a BTreeSet<QualifiedName>,
) -> impl Iterator<Item = (&'a Table, &'a Column)> {
    let tables = tables.iter().filter_map(|name| schema.tables.get(name));
    tables.flat_map(|table| {
        let columns = table.columns.iter();
        let numbered = columns.filter(|one| one.identity.is_some() || one.default.is_some());
        numbered
            .filter(|column| is_unique(table, &column.name))
            .map(move |column| (table, column))
    })
}

fn is_unique(table: &Table, column: &str) -> bool {
    use limbeck_core::schema::{ConstraintKind, IndexTarget};
    let is_alone = |columns: &[String]| matches!(columns, [one] if one == column);
    let constraints = table.constraints.values().any(|one| match &one.kind {
        ConstraintKind::PrimaryKey(key) => is_alone(&key.columns),
        ConstraintKind::Unique(key) => is_alone(&key.columns),
        ConstraintKind::ForeignKey(_) | ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => {
            false
        }
    });
    let mut indexes = table.indexes.values().filter(|index| index.unique);
    constraints
        || indexes.any(|index| match index.keys.as_slice() {
            [key] => matches!(&key.target, IndexTarget::Column(name) if name == column),
            _ => false,
        })
}

/// The sequence behind a column, as an argument of `nextval`.
fn sequence(table: &QualifiedName, column: &Column) -> Option<String> {
    if column.identity.is_some() {
        return Some(format!(
            "pg_catalog.pg_get_serial_sequence({}, {})",
            quote_literal(&table_sql(table)),
            quote_literal(&column.name)
        ));
    }
    let default = &column.default.as_ref()?.0;
    let mut tokens = lex(default, Dialect::Postgres).unwrap_or_default();
    tokens.retain(limbeck_core::sql::Token::is_significant);
    let calls = tokens.first().map(|token| token.text(default));
    if !calls.is_some_and(|word| word.eq_ignore_ascii_case("nextval")) {
        return None;
    }
    let name = tokens
        .iter()
        .find(|token| token.kind == TokenKind::String)?;
    Some(format!("{}::regclass", name.text(default)))
}
