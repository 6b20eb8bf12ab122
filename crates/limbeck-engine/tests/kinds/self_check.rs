//! The harness sees what goes wrong: ways that were spoilt fail where they should.

use limbeck_core::dialect::Dialect;
use limbeck_core::plan::{Plan, PlannedStatement};
use limbeck_engine::sides::Way;

use super::walk::{Stage, bench, ending, find, on_sqlite};
use super::{CASE, Case, Ends};
use crate::common::benches::Names;

const ADDED: Case = Case {
    sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text NOT NULL<<=>, due date>>);
          <<=>CREATE INDEX tasks_title ON tasks (title);>>",
    detected: &["add column tasks.due", "create index tasks.tasks_title"],
    ..CASE
};

const REBUILT: Case = Case {
    sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text<<=> NOT NULL>>, points integer)",
    detected: &["alter column tasks.title"],
    ..CASE
};

fn statement(sql: &str) -> PlannedStatement {
    PlannedStatement {
        sql: sql.to_owned(),
        hazards: Vec::new(),
    }
}

fn drop_last(plan: &mut Plan) {
    let step = plan.steps.last_mut().expect("has a step");
    step.statements.pop().expect("has a statement");
}

fn add_to(plan: &mut Plan, sql: &str) {
    let step = plan.steps.last_mut().expect("has a step");
    step.statements.push(statement(sql));
}

/// What is done to a way, and where that must be seen.
struct Spoilt {
    name: &'static str,
    case: Case,
    spoil: fn(&mut Way),
    expected: Stage,
}

const SPOILT: &[Spoilt] = &[
    Spoilt {
        name: "a statement of the upgrade is missing",
        case: ADDED,
        spoil: |way| drop_last(&mut way.upgrade),
        expected: Stage::Applied,
    },
    Spoilt {
        name: "a statement of the downgrade is missing",
        case: ADDED,
        spoil: |way| drop_last(&mut way.downgrade),
        expected: Stage::Restored,
    },
    Spoilt {
        name: "something is left behind",
        case: ADDED,
        spoil: |way| add_to(&mut way.downgrade, "CREATE TABLE left_behind (id integer)"),
        expected: Stage::Restored,
    },
    Spoilt {
        name: "a row is lost on the way there",
        case: ADDED,
        spoil: |way| {
            let sql = "DELETE FROM tasks WHERE id = (SELECT max(id) FROM tasks)";
            add_to(&mut way.upgrade, sql);
        },
        expected: Stage::Kept,
    },
    Spoilt {
        name: "a value is changed on the way there",
        case: REBUILT,
        spoil: |way| add_to(&mut way.upgrade, "UPDATE tasks SET points = 77"),
        expected: Stage::Kept,
    },
    Spoilt {
        name: "a value is changed on the way back",
        case: REBUILT,
        spoil: |way| add_to(&mut way.downgrade, "UPDATE tasks SET title = 'other'"),
        expected: Stage::Kept,
    },
    Spoilt {
        name: "a rebuild forgets the rows",
        case: REBUILT,
        spoil: |way| {
            let statements = way.upgrade.steps.iter_mut().flat_map(|step| {
                step.statements
                    .iter_mut()
                    .filter(|one| one.sql.starts_with("INSERT INTO"))
            });
            statements.for_each(|one| *one = statement("SELECT 1"));
        },
        expected: Stage::Kept,
    },
];

#[tokio::test]
async fn spoilt_ways_are_seen_on_sqlite() {
    let mut bench = bench(Dialect::Sqlite, Names::Usual);
    for Spoilt {
        name,
        case,
        spoil,
        expected,
    } in SPOILT
    {
        let mut way = find(&mut bench, case).await.expect("is found");
        let whole = on_sqlite(&mut bench, case, &way).await;
        assert!(whole.is_ok(), "{name}: {whole:?}");
        spoil(&mut way);
        let outcome = on_sqlite(&mut bench, case, &way).await;
        let failure = outcome.expect_err(name);
        assert_eq!(failure.stage, *expected, "{name}: {failure}");
    }
    bench.close().await.expect("stops");
}

#[tokio::test]
async fn cases_that_say_something_else_are_seen_on_sqlite() {
    let mut bench = bench(Dialect::Sqlite, Names::Usual);
    for (name, case, expected) in [
        (
            "an operation too few",
            Case {
                detected: &["add column tasks.due"],
                ..ADDED
            },
            Stage::Detected,
        ),
        (
            "another operation",
            Case {
                detected: &["add column tasks.due", "drop index tasks.tasks_title"],
                ..ADDED
            },
            Stage::Detected,
        ),
        (
            "a question without an answer",
            Case {
                sql: "CREATE TABLE tasks (id integer PRIMARY KEY<<=>, title text NOT NULL>>)",
                detected: &["add column tasks.title"],
                ..CASE
            },
            Stage::Detected,
        ),
        (
            "nothing is lost where it is said to be",
            Case {
                loses: &["tasks.title"],
                ..REBUILT
            },
            Stage::Kept,
        ),
        (
            "nothing is refused",
            Case {
                ends: Ends::Refused("no way"),
                ..ADDED
            },
            Stage::Detected,
        ),
        (
            "a table that takes no row",
            Case {
                sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text CHECK (1 = 0)<<=>, due date>>)",
                detected: &["add column tasks.due"],
                ..CASE
            },
            Stage::Filled,
        ),
    ] {
        let failure = ending(&mut bench, &case, None).await.expect_err(name);
        assert_eq!(failure.stage, expected, "{name}: {failure}");
    }
    bench.close().await.expect("stops");
}
