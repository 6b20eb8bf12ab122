//! Two schemas of any origin, and the way from one to the other: what `diff` compares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use limbeck_core::dialect::postgres::version::Need;
use limbeck_core::dialect::{Dialect, LowerError, lower};
use limbeck_core::diff::{
    Decisions, RenameError, Undecided, acting_hints, diff, inherit, keep_validated, parse_renames,
};
use limbeck_core::normalise::in_declared_words;
use limbeck_core::op::{Mismatch, Operation, TableOp, fold};
use limbeck_core::plan::{Plan, PlanError, StepMode, plan, plan_downgrade};
use limbeck_core::revision::{RevisionId, Section, Step, section};
use limbeck_core::schema::{Models, Object, QualifiedName, RenamedFrom, Schema};
use limbeck_core::sql;

use crate::ask::{AskError, settle};
use crate::autogenerate::{keep_extensions, older_than};
use crate::connection::{ConnectError, Connection};
use crate::folder::Folder;
use crate::inspect::{
    InspectError, Residue, Snapshot, quoted_title, residue_difference, residue_key, snapshot,
};
use crate::proof::changes;
use crate::state::{Bench, Copy, StateError, without};
use crate::url::DatabaseUrl;

/// One of the two.
#[derive(Debug, Clone)]
pub enum Side<'a> {
    /// Models.
    Models(&'a Models),
    /// What revisions build.
    Revisions(&'a Folder, Vec<RevisionId>),
    /// A database, which is only looked at.
    Database(DatabaseUrl),
    /// A file of SQL, which is run on a scratch database.
    Sql {
        /// The file.
        path: PathBuf,
        /// Its text.
        text: String,
    },
}

/// Why two sides cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// The models say what the dialect does not have.
    #[error("the models cannot be spelled for {dialect}")]
    Lower {
        /// The dialect.
        dialect: Dialect,
        /// What it does not have.
        errors: Vec<LowerError>,
    },
    /// The models say what the server is too old for.
    #[error("{server} is too old for the models")]
    TooOld {
        /// The server, as messages name it.
        server: String,
        /// What it does not have.
        needs: Vec<Need>,
    },
    /// The database of a side cannot be opened.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A side cannot be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// A side cannot be made on a scratch database.
    #[error(transparent)]
    State(#[from] StateError),
    /// The server refuses a declaration.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Questions are open.
    #[error("undecided")]
    Undecided(Vec<Undecided>),
    /// A rename names nothing of the first side.
    #[error(transparent)]
    Rename(#[from] RenameError),
    /// The dialect cannot make a change.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The two differ in what Limbeck does not write.
    #[error("the two sides differ in what Limbeck does not write")]
    Unwritten {
        /// What differs, in sentences.
        differences: Vec<String>,
    },
}

impl From<Mismatch> for SideError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Plan(PlanError::Mismatch(mismatch))
    }
}

/// The way from one side to the other, and back.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// What must be done; empty where the sides are equal.
    pub operations: Vec<Operation>,
    /// The statements there.
    pub upgrade: Plan,
    /// The statements back.
    pub downgrade: Plan,
}

/// A side that was read, with a scratch database in its state where there is one.
struct Loaded {
    state: Snapshot,
    /// What of the schema the revisions do not make themselves.
    prelude: Schema,
    copy: Option<Copy>,
    is_models: bool,
    hints: Vec<RenamedFrom>,
}

/// Answers: decisions, and renames that are still to be read against the first side.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The decisions.
    pub decisions: Decisions,
    /// Renames as `tasks.text:title`.
    pub renames: Vec<String>,
}

/// Finds the way between two sides. Where the first is made on a scratch database, the way is tried
/// there, both directions.
///
/// # Errors
///
/// A side cannot be read, a question is open, or there is no way: objects are named then.
pub async fn way(
    bench: &mut Bench,
    from: &Side<'_>,
    to: &Side<'_>,
    answers: &Answers,
) -> Result<Way, SideError> {
    let mut before = load(bench, from).await?;
    let target = load(bench, to).await;
    let outcome = match target {
        Ok(mut target) => {
            let outcome = compare(bench, &mut before, &target, answers).await;
            discard(bench, target.copy.take()).await?;
            outcome
        }
        Err(error) => Err(error),
    };
    discard(bench, before.copy.take()).await?;
    outcome
}

async fn discard(bench: &mut Bench, copy: Option<Copy>) -> Result<(), SideError> {
    match copy {
        Some(copy) => Ok(bench.discard(copy).await?),
        None => Ok(()),
    }
}

async fn load(bench: &mut Bench, side: &Side<'_>) -> Result<Loaded, SideError> {
    let dialect = bench.dialect();
    let options = bench.inspect_options().clone();
    match side {
        Side::Models(models) => {
            let schema = lower(&models.schema, dialect)
                .map_err(|errors| SideError::Lower { dialect, errors })?;
            if let Some((server, needs)) = older_than(bench, &schema).await? {
                return Err(SideError::TooOld { server, needs });
            }
            Ok(Loaded {
                state: Snapshot {
                    schema,
                    ..Snapshot::default()
                },
                prelude: Schema::default(),
                copy: None,
                is_models: true,
                hints: models.renamed_from.clone(),
            })
        }
        Side::Revisions(folder, revisions) => {
            let state = bench.state(folder, revisions).await?;
            let residue = bench.residue(folder, revisions).await?;
            let copy = bench.copy(folder, revisions).await?;
            Ok(Loaded {
                state: Snapshot {
                    schema: state.schema.clone(),
                    residue: Residue::clone(&residue),
                },
                prelude: state.prelude.clone(),
                copy: Some(copy),
                is_models: false,
                hints: Vec::new(),
            })
        }
        Side::Database(url) => {
            let mut connection = Connection::connect(url).await?;
            let state = snapshot(&mut connection, &options).await?;
            // What is said to a database that was only looked at does not matter.
            let _ = connection.close().await;
            Ok(Loaded {
                state,
                prelude: Schema::default(),
                copy: None,
                is_models: false,
                hints: Vec::new(),
            })
        }
        Side::Sql { path, text } => {
            let mut copy = bench.copy(&Folder::default(), &[]).await?;
            let step = Step {
                mode: StepMode::Transaction,
                sql: without_control(text, dialect),
                line: 1,
            };
            let file = path.display().to_string();
            let what = format!("`{file}`");
            let section = Section::Steps(vec![step]);
            let outcome = bench.run(&mut copy.connection, &section, &file, what).await;
            if let Err(error) = outcome {
                bench.discard(copy).await?;
                return Err(error.into());
            }
            if dialect == Dialect::Postgres {
                // A dump empties the search path of its session.
                let reset = copy.connection.execute("RESET ALL").await;
                reset.map_err(InspectError::from)?;
            }
            let state = snapshot(&mut copy.connection, &options).await?;
            Ok(Loaded {
                state,
                prelude: Schema::default(),
                copy: Some(copy),
                is_models: false,
                hints: Vec::new(),
            })
        }
    }
}

/// The text of a dump without what steers the program that reads it, every line in its place.
///
/// pg_dump puts its dump between `\restrict` and `\unrestrict`, which only psql understands; the
/// sqlite3 shell puts its own into a transaction.
fn without_control(text: &str, dialect: Dialect) -> String {
    let is_meta = |line: &str| line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| if is_meta(line) { "" } else { line })
        .collect();
    let mut text = lines.join("\n");
    // Text that cannot be split is refused, with its line, when it is run.
    let statements = sql::split(&text, dialect).unwrap_or_default();
    for statement in statements.iter().rev() {
        let tokens = sql::fold(&statement.text, dialect);
        let switches_keys = tokens.starts_with(&["pragma".to_owned(), "foreign_keys".to_owned()]);
        if sql::is_transaction_control(statement) || switches_keys {
            let end = statement.offset + statement.text.len();
            let blank: String = statement
                .text
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' })
                .collect();
            text.replace_range(statement.offset..end, &blank);
        }
    }
    text
}

async fn compare(
    bench: &mut Bench,
    before: &mut Loaded,
    target: &Loaded,
    answers: &Answers,
) -> Result<Way, SideError> {
    let dialect = bench.dialect();
    let from = &before.state.schema;
    let mut to = inherit(&target.state.schema, from);
    without(&mut to, &before.prelude);
    if target.is_models {
        // Models do not speak of these.
        to.namespaces.extend(from.namespaces.iter().cloned());
        keep_extensions(&mut to, from, &before.prelude, dialect);
    }
    let declared = to.clone();
    let (from, to) = if changes(from, &to, dialect).is_empty() {
        (from.clone(), to)
    } else {
        settled(bench, before, &to).await?
    };
    let mut to = to;
    if target.is_models {
        keep_validated(&mut to, &from);
    }
    let mut decisions = answers.decisions.clone();
    let renames = parse_renames(&answers.renames, &target.hints, &from)?;
    decisions
        .renames
        .extend(acting_hints(&target.hints).cloned());
    decisions.renames.extend(renames);
    let operations = diff(&from, &to, &decisions, dialect).map_err(SideError::Undecided)?;
    let after = fold(&operations, from.clone(), dialect)?;
    let operations = if target.is_models {
        in_declared_words(operations, &declared)
    } else {
        operations
    };
    let way = Way {
        upgrade: plan(&operations, &from, dialect)?,
        downgrade: plan_downgrade(&operations, &after, dialect)?,
        operations,
    };
    refuse_unwritten(bench, before, target, &way).await?;
    Ok(way)
}

/// Both schemas in the server's spelling, asked on a database in the first one's state.
async fn settled(
    bench: &mut Bench,
    before: &mut Loaded,
    to: &Schema,
) -> Result<(Schema, Schema), SideError> {
    let options = bench.inspect_options().clone();
    let from = &before.state.schema;
    if let Some(copy) = &mut before.copy {
        return Ok(settle(&mut copy.connection, from, to, &options).await?);
    }
    let mut copy = bench.copy(&Folder::default(), &[]).await?;
    let made = plan(
        &changes(&Schema::default(), from, bench.dialect()),
        &Schema::default(),
        bench.dialect(),
    );
    let outcome = match made {
        Ok(made) => {
            let what = "the first side".to_owned();
            bench
                .run(&mut copy.connection, &section(&made), &what, what.clone())
                .await
        }
        Err(error) => {
            bench.discard(copy).await?;
            return Err(error.into());
        }
    };
    let settled = match outcome {
        Ok(()) => Ok(settle(&mut copy.connection, from, to, &options).await?),
        // It stands on something that its schema does not tell, such as a function. Compared as
        // spelled, what is only spelled otherwise is shown as a difference, and nothing is hidden.
        Err(error @ StateError::Replay { .. }) => {
            tracing::warn!(%error, "the sides are compared as they are spelled");
            Ok((from.clone(), to.clone()))
        }
        Err(error) => Err(error.into()),
    };
    bench.discard(copy).await?;
    settled
}

/// Refuses a way that would end elsewhere than at the target without a word.
async fn refuse_unwritten(
    bench: &mut Bench,
    before: &mut Loaded,
    target: &Loaded,
    way: &Way,
) -> Result<(), SideError> {
    if target.is_models || before.is_models {
        return Ok(());
    }
    let differences = match &mut before.copy {
        Some(copy) => {
            let from = (&before.state, &before.prelude);
            tried(bench, &mut copy.connection, from, target, way).await?
        }
        None => untried(&before.state, &target.state, way, bench.dialect()),
    };
    if differences.is_empty() {
        Ok(())
    } else {
        Err(SideError::Unwritten { differences })
    }
}

/// Walks the way there and back, and says what is not as it should be.
async fn tried(
    bench: &mut Bench,
    connection: &mut Connection,
    (before, prelude): (&Snapshot, &Schema),
    target: &Loaded,
    way: &Way,
) -> Result<Vec<String>, SideError> {
    let options = bench.inspect_options().clone();
    let dialect = bench.dialect();
    let mut differences = Vec::new();
    let walks = [
        (&way.upgrade, &target.state, "the way there"),
        (&way.downgrade, before, "the way back"),
    ];
    for (plan, expected, what) in walks {
        bench
            .run(connection, &section(plan), what, what.to_owned())
            .await?;
        let mut reached = snapshot(connection, &options).await?;
        without(&mut reached.schema, prelude);
        let mut wanted = expected.schema.clone();
        without(&mut wanted, prelude);
        let rest = changes(&reached.schema, &wanted, dialect);
        let spelled_otherwise = !rest.is_empty() && {
            let (reached, wanted) = settle(connection, &reached.schema, &wanted, &options).await?;
            changes(&reached, &wanted, dialect).is_empty()
        };
        if !rest.is_empty() && !spelled_otherwise {
            differences.extend(rest.iter().map(Operation::describe));
        }
        let mut expected = expected.residue.clone();
        if spelled_otherwise {
            // The text of just these members differs, too.
            for key in rest.iter().filter_map(|one| residue_key(&one.object())) {
                expected.remove(&key);
                reached.residue.remove(&key);
            }
        }
        differences.extend(residue_difference(&expected, &reached.residue));
    }
    Ok(differences)
}

/// What a way that cannot be tried leaves as it is: what else the catalog says of tables that both
/// have, and of objects whose definition cannot be told.
///
/// Owners and privileges are no part of it: two servers have roles of their own.
fn untried(before: &Snapshot, target: &Snapshot, way: &Way, dialect: Dialect) -> Vec<String> {
    let is_changed = |name: &QualifiedName| {
        way.operations.iter().any(|operation| {
            matches!(operation, Operation::Table(TableOp::SetOptions { table, .. }) if table == name)
        })
    };
    // On SQLite the schema says all that there is of a table.
    let tables = before.schema.tables.keys().filter(|name| {
        dialect == Dialect::Postgres
            && target.schema.tables.contains_key(*name)
            && !is_changed(name)
    });
    let tables: BTreeSet<String> = tables
        .filter_map(|name| residue_key(&Object::Table(name.clone())))
        .collect();
    let untold = before.schema.unmodelled.iter();
    let untold: Vec<String> = untold
        .filter(|object| object.definition.is_none())
        .map(|object| quoted_title(&object.name))
        .collect();
    let is_compared = |key: &str| {
        let is_of_untold = |title: &String| {
            let subject = key.split_once(' ').map_or(key, |(_, subject)| subject);
            let subject = subject.strip_prefix("on ").unwrap_or(subject);
            let rest = subject.strip_prefix(title.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':']))
                && !key.ends_with(": owner")
                && !key.ends_with(": privileges")
        };
        tables.contains(key) || untold.iter().any(is_of_untold)
    };
    let compared = |state: &Snapshot| -> BTreeMap<String, String> {
        let entries = state.residue.iter().filter(|(key, _)| is_compared(key));
        entries
            .map(|(key, text)| (key.clone(), text.clone()))
            .collect()
    };
    residue_difference(&compared(before), &compared(target))
}
