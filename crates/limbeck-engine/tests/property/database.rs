//! A live database, as the application and its owner see it: rows go in and out through the driver,
//! and are read as the database itself spells them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{ConstraintKind, QualifiedName, Schema, Table};
use limbeck_core::sql::quoted;
use rust_decimal::Decimal;
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::dice::Dice;
use super::value::{Field, bind_postgres, bind_sqlite, field, placeholder, value};

/// A row as the database spells it, without what makes no difference.
pub(crate) type Line = Vec<String>;

/// The rows of each table, with the columns in the order of the schema.
pub(crate) type Rows = BTreeMap<QualifiedName, Vec<Line>>;

/// The query for the rows of a table, each value as text that tells it from every other.
fn spelled(table: &Table, dialect: Dialect) -> String {
    let values = table.columns.iter().map(|column| {
        let name = quoted(&column.name);
        match dialect {
            Dialect::Postgres => format!("COALESCE({name}::text, '<null>')"),
            Dialect::Sqlite => format!("typeof({name}) || ' ' || quote({name})"),
        }
    });
    let values: Vec<String> = values.collect();
    format!(
        "SELECT {} FROM {}",
        values.join(", "),
        quoted(&table.name.name)
    )
}

pub(crate) async fn rows(connection: &mut Connection, schema: &Schema) -> Rows {
    let mut rows = Rows::new();
    for table in schema.tables.values() {
        let sql = spelled(table, connection.dialect());
        let read = connection.query_text(&sql).await;
        let read = read.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let lines = read
            .into_iter()
            .map(|row| row.into_iter().flatten().collect());
        rows.insert(table.name.clone(), lines.collect());
    }
    rows
}

/// Why a row was not taken.
#[derive(Debug)]
pub(crate) struct NotTaken {
    /// Whether a constraint refuses it.
    pub(crate) by_constraint: bool,
    pub(crate) message: String,
}

/// Which columns an insert leaves to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// All that have a default or a number of their own.
    Defaults,
    /// Numbers, and some defaults.
    Some,
}

/// Inserts a row as an application does.
pub(crate) async fn insert(
    connection: &mut Connection,
    schema: &Schema,
    table: &Table,
    dice: &mut Dice,
    left_out: LeftOut,
) -> Result<(), NotTaken> {
    let dialect = connection.dialect();
    let mut given: Vec<(String, Field, Option<String>, String)> = Vec::new();
    for column in &table.columns {
        let is_default =
            column.default.is_some() && (left_out == LeftOut::Defaults || dice.is_one_in(3));
        if column.generated.is_some() || column.identity.is_some() || is_default {
            continue;
        }
        let referenced = table
            .foreign_keys()
            .find(|(_, key)| key.columns == [column.name.clone()]);
        let text = match referenced {
            _ if column.nullable && dice.is_one_in(4) => None,
            Some((_, key)) => {
                let name = quoted(&key.references.name);
                let rows = connection
                    .query_text(&format!("SELECT id FROM {name}"))
                    .await;
                let ids: Vec<String> = rows
                    .expect("is read")
                    .into_iter()
                    .flatten()
                    .flatten()
                    .collect();
                match ids.as_slice() {
                    [] if column.nullable => None,
                    [] => Some("0".to_owned()),
                    ids => Some(dice.pick(ids).clone()),
                }
            }
            // Few, so that a counter that begins anew meets them.
            None if column.name == "id" => Some((1 + dice.roll(9)).to_string()),
            None => Some(value(dice, &column.data_type, schema)),
        };
        let field = field(&column.data_type, dialect);
        let number = given.len() + 1;
        let place = match dialect {
            Dialect::Postgres => placeholder(&column.data_type, number),
            Dialect::Sqlite => "?".to_owned(),
        };
        given.push((quoted(&column.name), field, text, place));
    }
    let name = quoted(&table.name.name);
    let sql = if given.is_empty() {
        format!("INSERT INTO {name} DEFAULT VALUES")
    } else {
        let names: Vec<&str> = given.iter().map(|(name, ..)| name.as_str()).collect();
        let places: Vec<&str> = given.iter().map(|(.., place)| place.as_str()).collect();
        format!(
            "INSERT INTO {name} ({}) VALUES ({})",
            names.join(", "),
            places.join(", ")
        )
    };
    // The tables change under the connection, and with them what a statement would be prepared for.
    let outcome = match connection {
        Connection::Postgres { connection, .. } => {
            let mut query = sqlx::query(AssertSqlSafe(sql.clone())).persistent(false);
            for (_, field, text, _) in &given {
                query = bind_postgres(query, *field, text.as_ref());
            }
            query.execute(&mut **connection).await.map(drop)
        }
        Connection::Sqlite(connection) => {
            let mut query = sqlx::query(AssertSqlSafe(sql.clone())).persistent(false);
            for (_, field, text, _) in &given {
                query = bind_sqlite(query, *field, text.as_ref());
            }
            query.execute(&mut **connection).await.map(drop)
        }
        other => panic!("{:?} is no database here", other.dialect()),
    };
    outcome.map_err(|error| {
        let kind = error.as_database_error().map(DatabaseError::kind);
        let by_constraint = kind.is_some_and(|kind| !matches!(kind, ErrorKind::Other));
        let values: Vec<&Option<String>> = given.iter().map(|(_, _, text, _)| text).collect();
        NotTaken {
            by_constraint,
            message: format!("{sql} with {values:?}: {error}"),
        }
    })
}

/// Whether the refusal is one of a number that the database gave by itself.
pub(crate) fn is_number_taken(table: &Table, error: &NotTaken, dialect: Dialect) -> bool {
    let numbered = table.columns.iter().filter(|one| one.identity.is_some());
    let numbered: Vec<&str> = numbered.map(|one| one.name.as_str()).collect();
    let keys = table
        .constraints
        .values()
        .filter_map(|one| match &one.kind {
            ConstraintKind::PrimaryKey(key) => Some((&one.name, &key.columns)),
            ConstraintKind::Unique(key) => Some((&one.name, &key.columns)),
            _ => None,
        });
    let mut of_numbers =
        keys.filter(|(_, columns)| columns.iter().all(|one| numbered.contains(&one.as_str())));
    of_numbers.any(|(name, columns)| match dialect {
        Dialect::Postgres => error.message.contains(&format!("\"{name}\"")),
        Dialect::Sqlite => error.message.contains(&format!(
            "UNIQUE constraint failed: {}.{}",
            table.name, columns[0]
        )),
    })
}

/// Reads every value of a table as a program with such fields does.
pub(crate) async fn read_through_driver(
    connection: &mut Connection,
    table: &Table,
) -> Result<(), String> {
    let dialect = connection.dialect();
    let columns = table.columns.iter();
    let columns = columns.map(|one| (one.name.as_str(), field(&one.data_type, dialect)));
    let columns: Vec<(&str, Field)> = columns.filter(|(_, field)| *field != Field::Cast).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = columns.iter().map(|(name, _)| quoted(name)).collect();
    let sql = format!(
        "SELECT {} FROM {}",
        names.join(", "),
        quoted(&table.name.name)
    );
    let told =
        |name: &str, error: sqlx::Error| format!("{}.{name} cannot be read: {error}", table.name);
    match connection {
        Connection::Postgres { connection, .. } => {
            let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
            for row in query
                .fetch_all(&mut **connection)
                .await
                .map_err(|error| error.to_string())?
            {
                for (at, (name, field)) in columns.iter().enumerate() {
                    let read = match field {
                        Field::Bool => row.try_get::<Option<bool>, _>(at).map(drop),
                        Field::I16 => row.try_get::<Option<i16>, _>(at).map(drop),
                        Field::I32 => row.try_get::<Option<i32>, _>(at).map(drop),
                        Field::I64 => row.try_get::<Option<i64>, _>(at).map(drop),
                        Field::F32 => row.try_get::<Option<f32>, _>(at).map(drop),
                        Field::F64 => row.try_get::<Option<f64>, _>(at).map(drop),
                        Field::Decimal => row.try_get::<Option<Decimal>, _>(at).map(drop),
                        Field::Text | Field::Cast => row.try_get::<Option<String>, _>(at).map(drop),
                        Field::Bytes => row.try_get::<Option<Vec<u8>>, _>(at).map(drop),
                        Field::Uuid => row.try_get::<Option<Uuid>, _>(at).map(drop),
                        Field::Date => row.try_get::<Option<NaiveDate>, _>(at).map(drop),
                        Field::Time => row.try_get::<Option<NaiveTime>, _>(at).map(drop),
                        Field::Naive => row.try_get::<Option<NaiveDateTime>, _>(at).map(drop),
                        Field::Utc => row.try_get::<Option<DateTime<Utc>>, _>(at).map(drop),
                    };
                    read.map_err(|error| told(name, error))?;
                }
            }
        }
        Connection::Sqlite(connection) => {
            let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
            for row in query
                .fetch_all(&mut **connection)
                .await
                .map_err(|error| error.to_string())?
            {
                for (at, (name, field)) in columns.iter().enumerate() {
                    let read = match field {
                        Field::Bool => row.try_get::<Option<bool>, _>(at).map(drop),
                        Field::I16 => row.try_get::<Option<i16>, _>(at).map(drop),
                        Field::I32 => row.try_get::<Option<i32>, _>(at).map(drop),
                        Field::I64 => row.try_get::<Option<i64>, _>(at).map(drop),
                        Field::F32 | Field::F64 | Field::Decimal => row
                            .try_get::<Option<f64>, _>(at)
                            .map(drop)
                            .or_else(|_| row.try_get::<Option<i64>, _>(at).map(drop)),
                        Field::Text | Field::Cast => row.try_get::<Option<String>, _>(at).map(drop),
                        Field::Bytes => row.try_get::<Option<Vec<u8>>, _>(at).map(drop),
                        Field::Uuid => row.try_get::<Option<Uuid>, _>(at).map(drop),
                        Field::Date => row.try_get::<Option<NaiveDate>, _>(at).map(drop),
                        Field::Time => row.try_get::<Option<NaiveTime>, _>(at).map(drop),
                        Field::Naive => row.try_get::<Option<NaiveDateTime>, _>(at).map(drop),
                        Field::Utc => row.try_get::<Option<DateTime<Utc>>, _>(at).map(drop),
                    };
                    read.map_err(|error| told(name, error))?;
                }
            }
        }
        other => panic!("{:?} is no database here", other.dialect()),
    }
    Ok(())
}

/// What a database would make of the values of a column as another type and back, asked before
/// anything is changed: `None` where it casts them in no way.
pub(crate) async fn casts(
    connection: &mut Connection,
    table: &QualifiedName,
    column: &str,
    types: &[String],
) -> Option<Vec<String>> {
    let name = quoted(column);
    let mut text = name.clone();
    for one in types {
        text = format!("CAST({text} AS {one})");
    }
    let sql = format!(
        "SELECT COALESCE(({text})::text, '<null>') FROM {}",
        quoted(&table.name)
    );
    let read = connection.query_text(&sql).await.ok()?;
    let mut values: Vec<String> = read.into_iter().flatten().flatten().collect();
    values.sort();
    Some(values)
}
