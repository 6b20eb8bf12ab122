//! Reads a PostgreSQL database: a fixed number of catalog-wide queries, sent as one string.
//!
//! The queries run on PostgreSQL 13 to 18: a column that only newer servers have is replaced by what
//! its absence means (`NEWER_COLUMNS`).

mod column;
mod constraint;
mod enum_type;
mod index;
mod partition;
mod privileges;
pub(super) mod residue;
mod row;
mod sequence;
mod sql_object;
pub(super) mod supplements;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Expression, QualifiedName, Schema, SqlObject, SqlObjectKind, Table};
use limbeck_core::sql::{quote_identifier, quote_literal};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::column::ColumnRow;
use self::constraint::{ColumnNames, ConstraintRow};
use self::enum_type::EnumRow;
use self::index::IndexRow;
use self::partition::PartitionRow;
use self::privileges::{PrivilegesRow, privileges};
use self::sequence::SequenceRow;
use self::sql_object::{SqlObjectRow, sql_objects};
use self::table::TableRow;
use super::{InspectError, InspectOptions, Snapshot, quoted_title};
use limbeck::connection::{Connection, TextRow};
use limbeck::inspect::without_parentheses;
pub use limbeck_core::dialect::postgres::parse_type;

const PROLOGUE: &str = include_str!("prologue.sql");
const WORDS: &str = include_str!("words.sql");
const EPILOGUE: &str = include_str!("epilogue.sql");

/// The catalog queries in the order in which their results come back.
const QUERIES: [(&str, &str); 10] = [
    ("namespaces", include_str!("namespaces.sql")),
    ("tables", include_str!("tables.sql")),
    ("columns", include_str!("columns.sql")),
    ("constraints", include_str!("constraints.sql")),
    ("indexes", include_str!("indexes.sql")),
    ("enums", include_str!("enums.sql")),
    ("sequences", include_str!("sequences.sql")),
    ("sql_objects", include_str!("sql_objects.sql")),
    ("partitions", include_str!("partitions.sql")),
    ("privileges", include_str!("privileges.sql")),
];

/// Columns of the catalog, the first version that has them as `server_version_num` says it, and what
/// stands for them before.
const NEWER_COLUMNS: [(&str, u32, &str); 5] = [
    ("a.attcompression", 140_000, "''"),
    ("c.confdelsetcols", 150_000, "NULL"),
    ("i.indnullsnotdistinct", 150_000, "false"),
    ("c.conperiod", 180_000, "false"),
    ("c.conenforced", 180_000, "true"),
];

/// Rows of one query.
type QueryRows = Vec<TextRow>;

/// Turns names of the catalog into names of a [`Schema`].
struct Names<'a> {
    default_schema: &'a str,
}

impl Names<'_> {
    fn qualified(&self, schema: &str, name: &str) -> QualifiedName {
        QualifiedName::within((schema != self.default_schema).then_some(schema), name)
    }

    /// The name of an object that may stand in no schema.
    fn optional(&self, schema: Option<&str>, name: &str) -> QualifiedName {
        match schema {
            Some(schema) => self.qualified(schema, name),
            None => QualifiedName::new(name),
        }
    }

    fn collation(&self, schema: Option<&str>, name: Option<&str>) -> Option<String> {
        let name = name?;
        // COLLATE takes a name as SQL, and most collations are called like "de-DE-x-icu".
        let quoted = quote_identifier(name, Dialect::Postgres);
        match schema {
            Some(schema) if schema != "pg_catalog" && schema != self.default_schema => {
                let schema = quote_identifier(schema, Dialect::Postgres);
                Some(format!("{schema}.{quoted}"))
            }
            _ => Some(name.to_owned()),
        }
    }
}

#[derive(Debug, Deserialize)]
struct NamespaceRow {
    name: String,
}

pub(super) async fn inspect(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Schema, InspectError> {
    let queries = QUERIES.map(|(_, query)| query);
    let results = run_batch(connection, options, &queries).await?;
    schema(results, options)
}

/// These tables alone, without reading about the others.
pub(super) async fn tables(
    connection: &mut Connection,
    options: &InspectOptions,
    names: &BTreeSet<QualifiedName>,
) -> Result<BTreeMap<QualifiedName, Table>, InspectError> {
    let titles: Vec<String> = names
        .iter()
        .map(|name| quote_literal(&quoted_title(name)))
        .collect();
    let titles = titles.join(", ");
    let queries = QUERIES.map(|(_, query)| of_tables(query, &titles));
    let asked: Vec<&str> = queries.iter().flatten().map(String::as_str).collect();
    let mut answers = run_batch(connection, options, &asked).await?.into_iter();
    // The other queries are about objects of the whole database, of which there are none here.
    let results = queries
        .iter()
        .map(|query| match query {
            Some(_) => answers.next().unwrap_or_default(),
            None => QueryRows::new(),
        })
        .collect();
    Ok(schema(results, options)?.tables)
}

/// The query for tables of these titles alone; none where it is not about tables. Such a query says
/// `/* only … */` where the condition belongs, and between the words what is a table there.
fn of_tables(query: &str, titles: &str) -> Option<String> {
    let (before, rest) = query.split_once("/* only ")?;
    let (table, after) = rest.split_once(" */")?;
    Some(format!(
        "{before}AND {table} = ANY (ARRAY(SELECT pg_catalog.to_regclass(t.title) \
         FROM pg_catalog.unnest(ARRAY[{titles}]) AS t (title))::pg_catalog.oid[]){after}"
    ))
}

/// Schema and residue, read in one round trip and of one moment.
pub(super) async fn snapshot(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Snapshot, InspectError> {
    let mut queries = QUERIES.map(|(_, query)| query).to_vec();
    queries.push(residue::QUERY);
    let mut results = run_batch(connection, options, &queries).await?;
    let residue = results.split_off(QUERIES.len());
    Ok(Snapshot {
        schema: schema(results, options)?,
        residue: residue::texts(residue),
    })
}

/// Sends the queries as one string: read with nothing but pg_catalog in sight, and run under the search path
/// that names are printed for.
async fn run_batch(
    connection: &mut Connection,
    options: &InspectOptions,
    queries: &[&str],
) -> Result<Vec<QueryRows>, InspectError> {
    let ignored: Vec<String> = options
        .ignore
        .iter()
        .map(|name| {
            let schema = options.default_schema.of(name, Dialect::Postgres);
            serde_json::Value::from(vec![schema, name.name.as_str()]).to_string()
        })
        .collect();
    let setting = |name: &str, value: &str| {
        let value = quote_literal(value);
        format!("SELECT pg_catalog.set_config('limbeck.{name}', {value}, true);\n")
    };
    let mut batch = setting(
        "default_schema",
        options.default_schema.name(Dialect::Postgres),
    );
    batch.push_str(&setting("ignored", &format!("[{}]", ignored.join(","))));
    batch.push_str(PROLOGUE);
    // A connection that does not tell its version is to a server that follows the newest.
    let version = connection
        .server_version()
        .map_or(u32::MAX, |version| version.0);
    for (number, query) in queries.iter().enumerate() {
        let query = for_version(query, version);
        batch.push_str(&format!(
            "DECLARE limbeck_{number} NO SCROLL CURSOR FOR\n{query}"
        ));
    }
    batch.push_str(WORDS);
    for number in 0..queries.len() {
        batch.push_str(&format!(
            "FETCH ALL FROM limbeck_{number}; CLOSE limbeck_{number};\n"
        ));
    }
    batch.push_str(EPILOGUE);
    let results = connection.query_sets(&batch).await?;
    // Two settings, the prologue and the words; each query is declared, fetched and closed.
    let before = 4 + queries.len();
    let expected = before + 2 * queries.len() + 1;
    if results.len() != expected {
        return Err(InspectError::Results {
            expected,
            found: results.len(),
        });
    }
    let fetched = results.into_iter().skip(before).step_by(2);
    Ok(fetched.take(queries.len()).collect())
}

/// The query without the columns that a server of this version lacks.
fn for_version(query: &str, version: u32) -> String {
    NEWER_COLUMNS
        .iter()
        .filter(|(_, since, _)| version < *since)
        .fold(query.to_owned(), |query, (column, _, instead)| {
            query.replace(column, instead)
        })
}

fn read<T: DeserializeOwned>(
    results: &mut impl Iterator<Item = (&'static str, QueryRows)>,
) -> Result<Vec<T>, InspectError> {
    let Some((query, rows)) = results.next() else {
        return Ok(Vec::new());
    };
    rows.iter()
        .map(|row| row::from_row(row).map_err(|source| InspectError::Row { query, source }))
        .collect()
}

/// Puts the rows of all queries together.
fn schema(results: Vec<QueryRows>, options: &InspectOptions) -> Result<Schema, InspectError> {
    let names = Names {
        default_schema: options.default_schema.name(Dialect::Postgres),
    };
    let mut results = QUERIES.iter().map(|(name, _)| *name).zip(results);
    let namespaces: Vec<NamespaceRow> = read(&mut results)?;
    let table_rows: Vec<TableRow> = read(&mut results)?;
    let mut column_rows: Vec<ColumnRow> = read(&mut results)?;
    let constraint_rows: Vec<ConstraintRow> = read(&mut results)?;
    let index_rows: Vec<IndexRow> = read(&mut results)?;
    let enum_rows: Vec<EnumRow> = read(&mut results)?;
    let sequence_rows: Vec<SequenceRow> = read(&mut results)?;
    let sql_object_rows: Vec<SqlObjectRow> = read(&mut results)?;
    let partition_rows: Vec<PartitionRow> = read(&mut results)?;
    let privileges_rows: Vec<PrivilegesRow> = read(&mut results)?;

    let mut tables: BTreeMap<i64, Table> = BTreeMap::new();
    let mut ignored: BTreeSet<i64> = BTreeSet::new();
    for row in &table_rows {
        let table = table::table(row, &names);
        if options.ignore.contains(&table.name) {
            ignored.insert(row.oid);
        } else {
            tables.insert(row.oid, table);
        }
    }
    column_rows.sort_by_key(|row| (row.table_oid, row.number));
    let mut column_names = ColumnNames::new();
    for row in &column_rows {
        column_names.insert((row.table_oid, row.number), row.name.clone());
        if let Some(table) = tables.get_mut(&row.table_oid) {
            table.columns.push(column::column(row, &names));
        }
    }
    for row in constraint_rows {
        if let Some(table) = tables.get_mut(&row.table_oid) {
            table.add_constraint(constraint::constraint(row, &column_names, &names));
        }
    }
    let mut schema = Schema {
        default_schema: options.default_schema.clone(),
        ..Schema::default()
    };
    for row in index_rows {
        let Some(table) = tables.get_mut(&row.table_oid) else {
            continue;
        };
        if row.valid {
            table.add_index(index::index(row, &column_names, &names));
        } else {
            let name = names.qualified(&row.schema, &row.name);
            schema.sql_objects.insert(SqlObject {
                table: Some(table.name.clone()),
                definition: row.definition,
                ..SqlObject::new(SqlObjectKind::InvalidIndex, name)
            });
        }
    }
    for row in &sequence_rows {
        let owner = row.owner_oid.zip(row.owner_column);
        if owner.is_some_and(|(table, _)| ignored.contains(&table)) {
            continue;
        }
        add_sequence(row, owner, &mut tables, &column_names, &mut schema, &names);
    }
    schema.namespaces = namespaces
        .into_iter()
        .map(|row| row.name)
        .filter(|name| name != options.default_schema.name(Dialect::Postgres))
        .collect();
    schema.enums = enum_rows
        .into_iter()
        .map(|row| enum_type::enum_type(row, &names))
        .map(|enum_type| (enum_type.name.clone(), enum_type))
        .collect();
    let mut partitions = partition::by_name(partition_rows, &names);
    let sql_objects = sql_object_rows
        .into_iter()
        .map(|row| sql_objects(row, &names))
        .map(|object| partition::completed(object, &mut partitions, &names))
        .chain(
            privileges_rows
                .into_iter()
                .map(|row| privileges(row, &names)),
        )
        .filter(|object| {
            let table = object.table.as_ref();
            !table.is_some_and(|table| options.ignore.contains(table))
        });
    schema.sql_objects.extend(sql_objects);
    schema.tables = tables
        .into_values()
        .map(|table| (table.name.clone(), table))
        .collect();
    schema.file_serial_sequences();
    Ok(schema)
}

/// Files a sequence under its identity column, or else as an object of its own.
fn add_sequence(
    row: &SequenceRow,
    owner: Option<(i64, i64)>,
    tables: &mut BTreeMap<i64, Table>,
    column_names: &ColumnNames,
    schema: &mut Schema,
    names: &Names<'_>,
) {
    let owner_column = owner.and_then(|owner| column_names.get(&owner));
    let table = owner.and_then(|(table, _)| tables.get_mut(&table));
    let owned_by = match (table, owner_column) {
        (Some(table), Some(column)) if row.is_identity() => {
            let name = table.name.clone();
            if let Some(column) = table.column_mut(column)
                && let Some(identity) = &mut column.identity
            {
                identity.options = row.options();
                identity.sequence = row.own();
                *column = column.clone().with_usual_sequence_unsaid(&name);
            }
            return;
        }
        (Some(table), Some(column)) => Some((table.name.clone(), column.clone())),
        _ if row.stands_apart == Some(true) => None,
        // The sequence of a column whose table is not modelled belongs to that table.
        _ if owner.is_some() => return,
        _ => None,
    };
    let sequence = row.sequence(owned_by, names);
    schema.sequences.insert(sequence.name.clone(), sequence);
}

/// An expression in the server's own words.
fn expression(text: &str) -> Expression {
    Expression::new(text)
}

/// An expression without the parentheses that the server puts around the whole of it.
fn unwrapped(text: &str) -> Expression {
    Expression::new(without_parentheses(text, Dialect::Postgres))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_queries_can_be_asked_about_some_tables() {
        let about = QUERIES.iter().filter(|(_, query)| {
            let narrowed = of_tables(query, "'t'");
            narrowed.is_some_and(|query| query.contains("ARRAY['t']") && !query.contains("/*"))
        });
        let names: Vec<&str> = about.map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["tables", "columns", "constraints", "indexes", "sequences"]
        );
    }

    #[test]
    fn a_server_is_not_asked_for_columns_that_it_lacks() {
        let queries: String = QUERIES.iter().map(|(_, query)| *query).collect();
        let queries = queries + residue::QUERY;
        for (column, since, _) in NEWER_COLUMNS {
            assert!(queries.contains(column), "{column}");
            assert!(for_version(&queries, since).contains(column), "{column}");
            assert!(
                !for_version(&queries, since - 1).contains(column),
                "{column}"
            );
        }
    }
}
