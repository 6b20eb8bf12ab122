//! Whether the next row that an application inserts gets a number that is free.
//!
//! Made-up rows are inserted with their numbers, which does not move a sequence. The sequences are therefore set behind
//! these numbers first, as if the rows had been inserted one by one.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Hazard, HazardCode};
use limbeck_core::schema::{Column, Object, QualifiedName, Schema, SequenceOptions, Table};
use limbeck_core::sql::{TokenKind, lex, names, quote_literal, quoted};

use super::change::Place;
use super::kind::table_sql;
use super::report::Finding;
use super::verdict::Leg;
use super::walk::Walk;
use crate::proof::ProofError;
use limbeck::connection::{Connection, QueryError};

/// Tables whose next number is taken, with the column and what was found.
pub(super) type Stuck = BTreeMap<QualifiedName, (String, String)>;

/// The largest number that a column has given, by table. On SQLite the row of a table in
/// `sqlite_sequence` (sqlite.org/autoinc.html) is all that keeps a number from being given twice; what a
/// sequence of PostgreSQL gives next is asked by [`stuck`].
pub(super) type Given = BTreeMap<QualifiedName, i64>;

/// Lets the counters of AUTOINCREMENT keys run ahead, as they do where the last rows were deleted, and
/// tells where they stand.
pub(super) async fn run_ahead(
    connection: &mut Connection,
    schema: &Schema,
    tables: &BTreeSet<QualifiedName>,
) -> Result<Given, QueryError> {
    if connection.dialect() == Dialect::Sqlite && autoincremented(schema, tables).next().is_some() {
        let ahead = "UPDATE sqlite_sequence SET seq = seq + 7";
        connection.batch(ahead).await?;
    }
    given(connection, schema, tables).await
}

/// Where the counters of AUTOINCREMENT keys stand.
pub(super) async fn given(
    connection: &mut Connection,
    schema: &Schema,
    tables: &BTreeSet<QualifiedName>,
) -> Result<Given, QueryError> {
    let mut given = Given::new();
    let is_sqlite = connection.dialect() == Dialect::Sqlite;
    if !is_sqlite || autoincremented(schema, tables).next().is_none() {
        return Ok(given);
    }
    let rows = connection.query_text("SELECT name, seq FROM sqlite_sequence");
    for row in rows.await? {
        let [Some(name), Some(number)] = row.as_slice() else {
            continue;
        };
        let mut tables = autoincremented(schema, tables);
        let table = tables.find(|table| table.name.name.eq_ignore_ascii_case(name));
        if let (Some(table), Ok(number)) = (table, number.parse()) {
            given.insert(table.name.clone(), number);
        }
    }
    Ok(given)
}

/// The column that a table is numbered by.
pub(super) fn key(table: &Table) -> Option<&Column> {
    table.columns.iter().find(|one| one.identity.is_some())
}

fn autoincremented<'a>(
    schema: &'a Schema,
    tables: &'a BTreeSet<QualifiedName>,
) -> impl Iterator<Item = &'a Table> {
    tables
        .iter()
        .filter_map(|name| schema.tables.get(name))
        .filter(|table| key(table).is_some())
}

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
    schema
        .sequences
        .values()
        .find(|one| names(default, &one.name.name, Dialect::Postgres))
        .map(|sequence| &sequence.options)
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
    // A column that is to be unique only at the other end begins there as it stands here.
    for (table, column) in numbered(schema, tables) {
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

impl Walk<'_> {
    /// The next number of each table is free, where it was and counts as it did.
    pub(super) fn check_counters(
        &self,
        before: &Stuck,
        now: Stuck,
        leg: Leg,
    ) -> Result<(), ProofError> {
        // The table and the column where the way begins.
        let origin = |table: &QualifiedName, column: &str| match leg {
            Leg::Back => Some((table.clone(), column.to_owned())),
            Leg::There => {
                let origin = self.change.origin(table)?;
                let mut staying = self.change.staying(origin);
                let (former, _) = staying.find(|(_, now)| *now == column)?;
                Some((origin.clone(), former.to_owned()))
            }
        };
        let counts_alike = |place: &Place| {
            let now = self.change.tables.get(&place.0)?;
            let now = self.to.tables.get(now)?;
            let now = now.column(self.change.columns.get(place)?)?;
            let former = self.from.tables.get(&place.0)?.column(&place.1)?;
            Some(counts_alike((&self.from, former), (&self.to, now)))
        };
        let is_fault = |table: &QualifiedName, column: &str| match origin(table, column) {
            None => true,
            Some(place) => !before.contains_key(&place.0) && counts_alike(&place).unwrap_or(true),
        };
        match now
            .into_iter()
            .find(|(table, (column, _))| is_fault(table, column))
        {
            None => Ok(()),
            Some((table, (_, reason))) => Err(ProofError::NextRowRefused {
                dialect: self.dialect,
                direction: self.direction(leg),
                table,
                reason,
            }),
        }
    }

    /// Tables numbered on both ends that give numbers twice.
    pub(super) fn given_again(&self, before: &Given, now: &Given, leg: Leg) -> Vec<Finding> {
        let mut found = Vec::new();
        for (name, number) in before {
            let target = self.change.target(&self.to, name);
            let is_told = |table: &Option<&Table>| table.is_some_and(|one| key(one).is_some());
            let is_lost = self.change.there.lost.contains(name);
            let end = match leg {
                Leg::There => target,
                Leg::Back => self.from.tables.get(name),
            };
            let Some(end) = end.filter(|_| is_told(&target) && !is_lost) else {
                continue;
            };
            let Some(key) = key(end) else {
                continue;
            };
            if now.get(&end.name).is_none_or(|now| now < number) {
                let object = Object::Column(end.name.clone(), key.name.clone());
                let reason = "numbers that it gave before are given again, unless sqlite_sequence keeps them";
                found.push(Finding {
                    hazard: Hazard::new(HazardCode::BreaksClients, object, reason),
                    direction: self.direction(leg),
                    statement: None,
                });
            }
        }
        found
    }
}

/// Columns that are numbered and in which each number stands once.
fn counted<'a>(
    schema: &'a Schema,
    tables: &'a BTreeSet<QualifiedName>,
) -> impl Iterator<Item = (&'a Table, &'a Column)> {
    numbered(schema, tables).filter(|(table, column)| is_unique(table, &column.name))
}

/// Columns that may be numbered.
fn numbered<'a>(
    schema: &'a Schema,
    tables: &'a BTreeSet<QualifiedName>,
) -> impl Iterator<Item = (&'a Table, &'a Column)> {
    tables
        .iter()
        .filter_map(|name| schema.tables.get(name))
        .flat_map(|table| {
            table
                .columns
                .iter()
                .filter(|one| one.identity.is_some() || one.default.is_some())
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
