//! Whether an application can insert a row that leaves every column with a default to the database.
//!
//! The other values come from a row that is already in the table, so types, NOT NULL and checks accept them. Both
//! databases look at those before they look at keys (PostgreSQL: `ExecInsert`; SQLite:
//! `sqlite3GenerateConstraintChecks`). A row that only a key refuses therefore shows that its defaults are valid.
//! Not here: numbers that are in use (`counters`).

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Hazard, HazardCode};
use limbeck_core::schema::{Column, Object, QualifiedName, Schema, Table};
use limbeck_core::sql::quoted;

use super::kind::table_sql;
use super::report::Finding;
use super::unfit::unfit;
use super::verdict::Leg;
use super::walk::Walk;
use crate::proof::ProofError;
use limbeck::connection::{Connection, DatabaseError, QueryError};

/// A default that no row can be left to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) column: String,
    /// What the database says.
    pub(super) message: String,
    pub(super) cause: Cause,
}

/// What is wrong with a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// It is no value of the column, so that it serves nothing.
    Unfit,
    /// A constraint refuses it, which may be meant: a value must be given then.
    Forbidden,
}

/// The defaults that are refused, by table. Nothing stays of the rows.
pub(super) async fn refusals(
    connection: &mut Connection,
    schema: &Schema,
    tables: &BTreeSet<QualifiedName>,
) -> Result<BTreeMap<QualifiedName, Vec<Refusal>>, QueryError> {
    let tables = tables.iter().filter_map(|name| schema.tables.get(name));
    let tables: Vec<&Table> = tables
        .filter(|table| table.columns.iter().any(has_default))
        .collect();
    let whole: Vec<String> = tables.iter().map(|table| next_row(table, &[])).collect();
    let mut found = BTreeMap::new();
    for table in &tables {
        let unfit = unfit(connection, table, schema).await?.into_iter();
        let unfit = unfit.map(|(column, message)| Refusal {
            column,
            message,
            cause: Cause::Unfit,
        });
        let unfit: Vec<Refusal> = unfit.collect();
        if !unfit.is_empty() {
            found.insert(table.name.clone(), unfit);
        }
    }
    if whole.is_empty() || attempt(connection, &whole.join(";\n")).await?.is_none() {
        return Ok(found);
    }
    for (table, sql) in tables.into_iter().zip(whole) {
        let Some(error) = attempt(connection, &sql).await? else {
            continue;
        };
        if !speaks_of_values(&error, connection.dialect()) {
            continue;
        }
        let refused = refused(connection, table).await?;
        if !refused.is_empty() {
            found
                .entry(table.name.clone())
                .or_insert_with(Vec::new)
                .extend(refused);
        }
    }
    Ok(found)
}

impl Walk<'_> {
    /// A default that is no value of its column refuses the revision, and one that a constraint refuses
    /// is told, where neither was so before.
    pub(super) fn check_defaults(
        &self,
        before: &BTreeMap<QualifiedName, Vec<Refusal>>,
        now: BTreeMap<QualifiedName, Vec<Refusal>>,
        leg: Leg,
    ) -> Result<Vec<Finding>, ProofError> {
        let direction = self.direction(leg);
        let was_so = |table: &QualifiedName| {
            let origin = match leg {
                Leg::There => self.change.origin(table),
                Leg::Back => Some(table),
            };
            origin.is_some_and(|origin| before.contains_key(origin))
        };
        let mut findings = Vec::new();
        for (table, refusals) in now {
            if was_so(&table) {
                continue;
            }
            for refusal in refusals {
                let Refusal {
                    column,
                    message,
                    cause,
                } = refusal;
                if cause == Cause::Unfit {
                    return Err(ProofError::DefaultRefused {
                        dialect: self.dialect,
                        direction,
                        table,
                        column,
                        reason: message,
                    });
                }
                let reason = format!("rows that leave it to its default ({message})");
                let object = Object::Column(table.clone(), column);
                findings.push(Finding {
                    hazard: Hazard::new(HazardCode::MayFail, object, reason),
                    direction,
                    statement: None,
                });
            }
        }
        Ok(findings)
    }
}

/// The columns of a table that cannot be left out alone, while the others are given.
async fn refused(connection: &mut Connection, table: &Table) -> Result<Vec<Refusal>, QueryError> {
    let dialect = connection.dialect();
    let defaults = table.columns.iter().filter(|one| one.default.is_some());
    let defaults: Vec<&str> = defaults.map(|one| one.name.as_str()).collect();
    // What refuses a row that has all of its values is no default.
    if let Some(error) = attempt(connection, &next_row(table, &defaults)).await?
        && speaks_of_values(&error, dialect)
    {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for column in &defaults {
        let others = defaults.iter().copied().filter(|one| one != column);
        let others: Vec<&str> = others.collect();
        let Some(error) = attempt(connection, &next_row(table, &others)).await? else {
            continue;
        };
        if speaks_of_values(&error, dialect) {
            found.push(Refusal {
                column: (*column).to_owned(),
                cause: cause(&error, dialect),
                message: error.message,
            });
        }
    }
    Ok(found)
}

fn has_default(column: &Column) -> bool {
    column.default.is_some() || column.identity.is_some()
}

/// The statement that inserts one more row: what has no default, and what is `given`, is as in a row
/// that is there.
fn next_row(table: &Table, given: &[&str]) -> String {
    let is_given = |column: &&Column| {
        let is_left = has_default(column) && !given.contains(&column.name.as_str());
        column.generated.is_none() && !is_left
    };
    let names = table.columns.iter().filter(is_given);
    let names: Vec<String> = names.map(|one| quoted(&one.name)).collect();
    let table = table_sql(&table.name);
    if names.is_empty() {
        return format!("INSERT INTO {table} DEFAULT VALUES");
    }
    let names = names.join(", ");
    format!("INSERT INTO {table} ({names}) SELECT {names} FROM {table} LIMIT 1")
}

/// Why the database refuses a statement, which is rolled back in any case.
async fn attempt(
    connection: &mut Connection,
    sql: &str,
) -> Result<Option<DatabaseError>, QueryError> {
    let tried = connection.batch(&format!("BEGIN;\n{sql}")).await;
    match connection.batch("ROLLBACK").await {
        Err(error) if error.database().is_none() => return Err(error),
        // A statement with ON CONFLICT ROLLBACK has ended the transaction by itself.
        Ok(()) | Err(_) => {}
    }
    match tried {
        Ok(()) => Ok(None),
        Err(error) => match error.database() {
            Some(refused) => Ok(Some(refused.clone())),
            None => Err(error),
        },
    }
}

/// Whether a refusal is about the values of the row alone, and not about what other rows hold.
fn speaks_of_values(error: &DatabaseError, dialect: Dialect) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    match dialect {
        // Keys, exclusion constraints, and a sequence that has run out.
        Dialect::Postgres => !["23505", "23P01", "2200H"].contains(&code),
        // SQLITE_CONSTRAINT_UNIQUE, …_PRIMARYKEY and …_ROWID (sqlite.org/rescode.html).
        Dialect::Sqlite => !["2067", "1555", "2579"].contains(&code),
    }
}

fn cause(error: &DatabaseError, dialect: Dialect) -> Cause {
    let code = error.code.as_deref().unwrap_or_default();
    let is_unfit = match dialect {
        // Data exceptions, and names that are not there (PostgreSQL manual, appendix A).
        Dialect::Postgres => code.starts_with("22") || code.starts_with("42"),
        // SQLITE_CONSTRAINT_DATATYPE, of a STRICT table.
        Dialect::Sqlite => code == "3091",
    };
    if is_unfit {
        Cause::Unfit
    } else {
        Cause::Forbidden
    }
}
