//! Plans run on real databases, as the runner would run them.

use std::path::PathBuf;

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided, diff};
use limbeck_core::op::Operation;
use limbeck_core::plan::{Plan, StepMode};
use limbeck_core::schema::Schema;
use limbeck_engine::scratch::{Scratch, ScratchOptions, ServerOptions, Trust};

/// What turns one schema into the other, everything decided for drop and create.
pub(crate) fn changes(before: &Schema, target: &Schema, dialect: Dialect) -> Vec<Operation> {
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..Decisions::default()
    };
    diff(before, target, &decisions, dialect).expect("all is decided")
}

/// The operations in words.
pub(crate) fn described(operations: &[Operation]) -> String {
    let lines: Vec<String> = operations.iter().map(Operation::describe).collect();
    lines.join("; ")
}

/// Runs a plan; a failing step is rolled back.
pub(crate) async fn run(connection: &mut Connection, plan: &Plan) -> Result<(), String> {
    for step in &plan.steps {
        if step.mode == StepMode::ForeignKeysOff {
            connection
                .execute("PRAGMA foreign_keys = OFF")
                .await
                .expect("a pragma");
        }
        connection.execute("BEGIN").await.expect("begins");
        for statement in &step.statements {
            if let Err(error) = connection.execute(&statement.sql).await {
                connection.execute("ROLLBACK").await.expect("rolls back");
                return Err(format!("{error:?}\n  in {}", statement.sql));
            }
        }
        connection
            .execute("COMMIT")
            .await
            .map_err(|error| format!("{error:?}"))?;
        if step.mode == StepMode::ForeignKeysOff {
            connection
                .execute("PRAGMA foreign_keys = ON")
                .await
                .expect("a pragma");
        }
    }
    Ok(())
}

/// A scratch server of the tests' own.
pub(crate) async fn scratch(name: &str) -> Scratch {
    let options = ScratchOptions {
        scratch_url: None,
        url: None,
        same_server: false,
        server: ServerOptions {
            cache_dir: std::env::temp_dir().join(format!("limbeck-test-{name}")),
            bin_dir: std::env::var_os("LIMBECK_PG_BIN").map(Into::into),
            // Rows are put in without their keys, which only a superuser may do.
            trust: Trust::Everything,
            ..ServerOptions::new(PathBuf::new())
        },
    };
    Scratch::open(&options)
        .await
        .expect("PostgreSQL is installed")
}
