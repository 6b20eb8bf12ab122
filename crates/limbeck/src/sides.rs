//! Two schemas of any origin, and the way from one to the other: what `diff` compares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use limbeck_core::dialect::postgres::version::Need;
use limbeck_core::dialect::{Dialect, LowerError, lower};
use limbeck_core::diff::{
    Decisions, FlagError, Flags, Undecided, acting_hints, after_renames, diff, inherit,
    keep_validated,
};
use limbeck_core::normalise::in_declared_words;
use limbeck_core::op::{Mismatch, Operation, TableOp, fold};
use limbeck_core::plan::{Plan, PlanError, StepMode, plan, plan_downgrade};
use limbeck_core::revision::{RevisionId, Section, Step, section};
use limbeck_core::schema::{Models, Object, QualifiedName, RenamedFrom, Schema, Unmodelled};
use limbeck_core::sql;

use crate::ask::{AskError, settle};
use crate::autogenerate::{Unmanaged, keep_extensions, leave_what_models_do_not_say, older_than};
use crate::connection::{ConnectError, Connection};
use crate::folder::Folder;
use crate::inspect::{
    InspectError, Residue, Snapshot, quoted_title, residue_difference, residue_key,
    sides_difference, snapshot,
};
use crate::proof::{changes, reordered};
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
    /// The database refuses a statement of a file.
    #[error("`{}` cannot be loaded", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The statement, and why.
        source: StateError,
    },
    /// The database refuses a statement of the way when it is tried.
    #[error("the database refuses {what}")]
    Way {
        /// Which way.
        what: &'static str,
        /// The statement, and why.
        source: StateError,
    },
    /// The server refuses a declaration.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Questions are open.
    #[error("undecided")]
    Undecided(Vec<Undecided>),
    /// A flag names nothing of the two sides.
    #[error(transparent)]
    Flag(#[from] FlagError),
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
    /// Tables whose columns stand in another order then. That is no difference, and nothing changes
    /// it.
    pub reordered: Vec<QualifiedName>,
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

/// Answers: decisions, and flags that are still to be read against the two sides.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The decisions.
    pub decisions: Decisions,
    /// Flags as they were given.
    pub flags: Flags,
    /// What models leave to others.
    pub unmanaged: Unmanaged,
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
            let state = match load_file(bench, &mut copy.connection, path, text).await {
                Ok(state) => state,
                Err(error) => {
                    bench.discard(copy).await?;
                    return Err(error);
                }
            };
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

/// Runs a file of SQL on a scratch database, and reads what it has made.
async fn load_file(
    bench: &mut Bench,
    connection: &mut Connection,
    path: &Path,
    text: &str,
) -> Result<Snapshot, SideError> {
    let step = Step {
        mode: StepMode::Transaction,
        sql: without_control(text, bench.dialect()),
        line: 1,
    };
    let file = path.display().to_string();
    let what = format!("`{file}`");
    let section = Section::Steps(vec![step]);
    let outcome = bench.run(connection, &section, &file, what).await;
    outcome.map_err(|source| match source.is_refusal() {
        true => SideError::File {
            path: path.to_owned(),
            source,
        },
        false => source.into(),
    })?;
    if bench.dialect() == Dialect::Postgres {
        // A dump empties the search path of its session.
        let reset = connection.execute("RESET ALL").await;
        reset.map_err(InspectError::from)?;
    }
    let options = bench.inspect_options();
    Ok(snapshot(connection, options).await?)
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
    if before.is_models && !target.is_models {
        let mut declared = inherit(&before.state.schema, &target.state.schema);
        leave_what_models_do_not_say(&mut declared, &target.state.schema, &target.prelude);
        keep_extensions(
            &mut declared,
            &target.state.schema,
            &target.prelude,
            dialect,
        );
        keep_unmanaged(&mut declared, &target.state.schema, &answers.unmanaged);
        before.state.schema = declared;
    }
    let from = &before.state.schema;
    let mut decisions = answers.decisions.clone();
    let sides = ([from], [&target.state.schema]);
    let given = answers.flags.read(&target.hints, &sides.0, &sides.1)?;
    decisions
        .renames
        .extend(acting_hints(&target.hints).cloned());
    decisions.extend(given);
    let renamed = after_renames(from, &target.state.schema, &decisions, dialect);
    let mut to = inherit(&target.state.schema, &renamed);
    without(&mut to, &before.prelude);
    if target.is_models {
        leave_what_models_do_not_say(&mut to, &renamed, &before.prelude);
        keep_extensions(&mut to, &renamed, &before.prelude, dialect);
        keep_unmanaged(&mut to, &renamed, &answers.unmanaged);
    }
    let declared = to.clone();
    let (from, mut to) = if changes(from, &to, dialect).is_empty() {
        (from.clone(), to)
    } else {
        settled(bench, before, &to).await?
    };
    if target.is_models {
        let renamed = after_renames(&from, &to, &decisions, dialect);
        keep_validated(&mut to, &renamed);
    }
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
        reordered: reordered(&after, &to),
        operations,
    };
    refuse_unwritten(bench, before, target, &way).await?;
    Ok(way)
}

/// What models leave to others is with them as it is on the other side.
fn keep_unmanaged(declared: &mut Schema, other: &Schema, unmanaged: &Unmanaged) {
    fn keep<T: Clone>(
        declared: &mut BTreeMap<QualifiedName, T>,
        other: &BTreeMap<QualifiedName, T>,
        unmanaged: &Unmanaged,
    ) {
        for (name, object) in other.iter().filter(|(name, _)| unmanaged.contains(name)) {
            let declared = declared.entry(name.clone());
            declared.or_insert_with(|| object.clone());
        }
    }
    keep(&mut declared.tables, &other.tables, unmanaged);
    keep(&mut declared.enums, &other.enums, unmanaged);
    keep(&mut declared.sequences, &other.sequences, unmanaged);
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
        &changes(&Schema::default(), &with_foundations(from), bench.dialect()),
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
        Ok(()) => {
            let settled = settle(&mut copy.connection, from, to, &options).await;
            settled.map_err(SideError::from)
        }
        // It stands on something that its schema does not tell, such as a function. Compared as
        // spelled, what is only spelled otherwise is shown as a difference, and nothing is hidden.
        Err(StateError::Replay { source, .. }) => {
            tracing::warn!(reason = %source, "the sides are compared as they are spelled");
            Ok((from.clone(), to.clone()))
        }
        Err(error) => Err(error.into()),
    };
    bench.discard(copy).await?;
    settled
}

/// A schema as far as its tables need it, to be made on a server that has other roles.
fn with_foundations(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    let objects = schema.unmodelled.into_iter();
    schema.unmodelled = objects
        .filter(|object| object.definition.is_some() && !object.stands_on_tables())
        .map(|object| Unmodelled {
            privileges: Vec::new(),
            ..object
        })
        .collect();
    schema
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

const THERE: &str = "the way there";

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
        (&way.upgrade, &target.state, THERE),
        (&way.downgrade, before, "the way back"),
    ];
    for (plan, expected, what) in walks {
        let run = bench
            .run(connection, &section(plan), what, what.to_owned())
            .await;
        run.map_err(|source| match source.is_refusal() {
            true => SideError::Way { what, source },
            false => source.into(),
        })?;
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
        if what == THERE && target.copy.is_none() {
            expected = without_roles(&expected);
            reached.residue = without_roles(&reached.residue);
        }
        if spelled_otherwise {
            // The text of just these members differs, too.
            for key in rest.iter().filter_map(|one| residue_key(&one.object())) {
                expected.remove(&key);
                reached.residue.remove(&key);
            }
        }
        differences.extend(match what == THERE {
            true => sides_difference(&reached.residue, &expected),
            false => residue_difference(&expected, &reached.residue),
        });
    }
    Ok(differences)
}

/// A residue without owners and privileges: two servers have roles of their own.
fn without_roles(residue: &Residue) -> Residue {
    let is_of_roles = |key: &str| {
        key.ends_with(": owner")
            || key.ends_with(": privileges")
            || key.starts_with("default privileges of ")
    };
    let entries = residue.iter().filter(|(key, _)| !is_of_roles(key));
    entries
        .map(|(key, text)| {
            let parts = text.split(", ").filter(|part| !part.starts_with("owner "));
            (key.clone(), parts.collect::<Vec<_>>().join(", "))
        })
        .collect()
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
        };
        tables.contains(key) || untold.iter().any(is_of_untold)
    };
    let compared = |state: &Snapshot| -> Residue {
        let mut residue = without_roles(&state.residue);
        residue.retain(|key, _| is_compared(key));
        residue
    };
    sides_difference(&compared(before), &compared(target))
}
