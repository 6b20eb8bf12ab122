//! The rounds see what goes wrong: revisions that lose values, rows, words or numbers behind the back of
//! the proof are found.

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::schema::{QualifiedName, Schema, Table};
use limbeck_core::sql::quoted;

use super::change::{Change, draw};
use super::round::{Ground, Tamper, go};
use super::{bench, clear};
use crate::common::benches::Names;
use crate::common::plans;

/// A column of a table that stays and can be emptied, by its names after the upgrade.
fn victim(change: &Change) -> Option<(QualifiedName, String)> {
    change.columns.iter().find_map(|((table, column), now)| {
        let target = change.tables.get(table)?;
        let from = change.from.tables.get(table)?.column(column)?;
        let to = change.to.tables.get(target)?.column(now)?;
        let is_free = from.data_type == to.data_type && from.nullable && to.nullable;
        let is_plain = from.generated.is_none() && to.generated.is_none();
        (is_free && is_plain).then(|| (target.clone(), now.clone()))
    })
}

fn append(section: &mut Section, sql: &str) {
    if let Section::Steps(steps) = section
        && let Some(step) = steps.last_mut()
    {
        step.sql.push_str(sql);
    }
}

/// Takes out each line that holds some words.
fn without(section: &mut Section, words: &str) {
    if let Section::Steps(steps) = section {
        for step in steps {
            let kept = step.sql.lines().filter(|line| !line.contains(words));
            step.sql = kept.collect::<Vec<&str>>().join("\n");
        }
    }
}

fn empties_a_column(change: &Change, upgrade: &mut Section, _: &mut Section) {
    if let Some((table, column)) = victim(change) {
        let (table, column) = (quoted(&table.name), quoted(&column));
        append(upgrade, &format!("\nUPDATE {table} SET {column} = NULL;"));
    }
}

fn deletes_rows(change: &Change, _: &mut Section, downgrade: &mut Section) {
    if let Some(table) = referencing_nothing(&change.from, change) {
        append(
            downgrade,
            &format!("\nDELETE FROM {};", quoted(&table.name)),
        );
    }
}

/// A table that stays and that no other table needs.
fn referencing_nothing(schema: &Schema, change: &Change) -> Option<QualifiedName> {
    let mut names = change.tables.keys();
    let is_needed = |name: &QualifiedName| {
        schema
            .tables
            .values()
            .flat_map(|table| table.foreign_keys())
            .any(|(_, key)| key.references == *name)
    };
    names.find(|name| !is_needed(name)).cloned()
}

fn says_no_loss(_: &Change, upgrade: &mut Section, downgrade: &mut Section) {
    without(upgrade, "-- loses: ");
    without(downgrade, "-- loses: ");
}

fn says_no_failure(_: &Change, upgrade: &mut Section, downgrade: &mut Section) {
    without(upgrade, "-- hazard: may_fail");
    without(downgrade, "-- hazard: may_fail");
}

fn forgets_numbers(_: &Change, upgrade: &mut Section, downgrade: &mut Section) {
    without(upgrade, "setval(");
    without(downgrade, "setval(");
}

/// What is done, how many rounds are gone, and in how many of them it is found at least.
const TAMPERS: [(&str, Tamper<'static>, u64, usize); 4] = [
    ("a column is emptied", &empties_a_column, 30, 8),
    ("rows are deleted", &deletes_rows, 30, 8),
    ("losses are not said", &says_no_loss, 30, 3),
    ("failures are not said", &says_no_failure, 60, 3),
];

#[tokio::test]
async fn what_goes_wrong_is_found_on_sqlite_at_length() {
    let mut bench = bench(Dialect::Sqlite, "none", Names::Usual);
    for (what, tamper, rounds, at_least) in TAMPERS {
        let mut found = 0;
        for seed in 1..=rounds {
            let mut live = Connection::memory().await.expect("memory");
            let ground = Ground {
                bench: &mut bench,
                live: &mut live,
            };
            found += usize::from(go(ground, seed, Some(tamper)).await.is_err());
        }
        assert!(found >= at_least, "{what}: found in {found} of {rounds}");
    }
}

/// Seeds of rounds in which a key with rows comes to be numbered.
fn numbered() -> impl Iterator<Item = u64> {
    let comes_to_be = |seed: &u64| {
        let change = draw(*seed, Dialect::Postgres);
        let is_numbered =
            |table: &Table| table.column("id").is_some_and(|id| id.identity.is_some());
        let mut tables = change.tables.iter();
        tables.any(|(from, to)| {
            !is_numbered(&change.from.tables[from]) && is_numbered(&change.to.tables[to])
        })
    };
    (1..).filter(comes_to_be)
}

#[tokio::test]
async fn numbers_that_are_forgotten_are_found_on_postgres() {
    let mut bench = bench(Dialect::Postgres, "numbers", Names::Usual);
    let mut scratch = plans::scratch("property-numbers").await;
    let database = scratch
        .create_database("live", None)
        .await
        .expect("is made");
    let mut live = database.connect().await.expect("connects");
    let mut found = 0;
    for seed in numbered().take(10) {
        clear(&mut live).await;
        let ground = Ground {
            bench: &mut bench,
            live: &mut live,
        };
        let outcome = go(ground, seed, Some(&forgets_numbers)).await;
        found += usize::from(outcome.is_err_and(|fault| fault.what.contains("number is taken")));
    }
    assert!(found >= 3, "found in {found} of 10");
    live.close().await.expect("is closed");
    bench.close().await.expect("stops");
    scratch.close().await.expect("stops");
}
