//! A side as it is read, or made on a scratch database.

use std::collections::BTreeSet;
use std::path::Path;

use limbeck_core::compare::{SideSchema, Source};
use limbeck_core::dialect::Dialect;
use limbeck_core::plan::StepMode;
use limbeck_core::revision::{Section, Step};
use limbeck_core::schema::{RenamedFrom, Schema};
use limbeck_core::sql::{self, quote_identifier};

use super::{Side, SideError};
use crate::compare::lowered;
use crate::inspect::{InspectError, Residue, Snapshot, Supplements, roles, snapshot};
use crate::remake::{Whole, whole};
use crate::scratch::ServerVersion;
use crate::state::{Bench, Copy, Missing, StateError, prelude_keys};
use limbeck::connection::Connection;
use limbeck::folder::Folder;
use limbeck_core::sql::effect::needs_no_transaction;

/// A side that was read, with a scratch database in its state where there is one.
pub(super) struct Loaded {
    pub(super) state: Snapshot,
    /// What of the schema the revisions do not make themselves.
    pub(super) prelude: Schema,
    /// What of the residue the prelude makes.
    pub(super) prelude_keys: BTreeSet<String>,
    pub(super) copy: Option<Copy>,
    pub(super) origin: LoadedFrom,
    pub(super) hints: Vec<RenamedFrom>,
}

/// Where a side is from.
pub(super) enum LoadedFrom {
    Models,
    /// Revisions or a file, made on a scratch database.
    Made,
    Database(Box<Live>),
    /// Revisions or a file, read and let go of: what is made again of it is compared.
    Remade(Box<Live>),
}

/// What is known of a database that was looked at beside its objects.
pub(super) struct Live {
    pub(super) supplements: Supplements,
    /// The roles that it speaks of.
    pub(super) roles: Vec<String>,
    /// Its server, where that tells its version.
    pub(super) version: Option<ServerVersion>,
}

impl Loaded {
    /// The side as it is compared.
    pub(super) fn side(&self) -> SideSchema<'_> {
        SideSchema {
            schema: &self.state.schema,
            prelude: &self.prelude,
            source: match self.origin {
                LoadedFrom::Models => Source::Models(&self.hints),
                LoadedFrom::Made | LoadedFrom::Database(_) | LoadedFrom::Remade(_) => {
                    Source::Database
                }
            },
        }
    }

    pub(super) fn is_models(&self) -> bool {
        matches!(self.origin, LoadedFrom::Models)
    }

    pub(super) fn is_database(&self) -> bool {
        matches!(self.origin, LoadedFrom::Database(_))
    }

    /// What is known beside the objects, where there is no scratch database in its state.
    pub(super) fn live(&self) -> Option<&Live> {
        match &self.origin {
            LoadedFrom::Database(live) | LoadedFrom::Remade(live) => Some(live),
            LoadedFrom::Models | LoadedFrom::Made => None,
        }
    }

    fn made(state: Snapshot, copy: Copy) -> Self {
        Self {
            state,
            prelude: Schema::default(),
            prelude_keys: BTreeSet::new(),
            copy: Some(copy),
            origin: LoadedFrom::Made,
            hints: Vec::new(),
        }
    }
}

pub(super) async fn load(bench: &mut Bench, side: &Side<'_>) -> Result<Loaded, SideError> {
    let options = bench.inspect_options().clone();
    match side {
        Side::Models(models) => {
            let schema = lowered(bench, models).await?;
            Ok(Loaded {
                state: Snapshot {
                    schema,
                    ..Snapshot::default()
                },
                prelude: Schema::default(),
                prelude_keys: BTreeSet::new(),
                copy: None,
                origin: LoadedFrom::Models,
                hints: models.renamed_from.clone(),
            })
        }
        Side::Revisions(folder, revisions) => {
            let prelude_keys = prelude_keys(bench, folder).await?;
            let state = bench.state(folder, revisions).await?;
            let residue = bench.residue(folder, revisions).await?;
            let copy = bench.copy(folder, revisions).await?;
            let snapshot = Snapshot {
                schema: state.schema.clone(),
                residue: Residue::clone(&residue),
            };
            Ok(Loaded {
                prelude: state.prelude.clone(),
                prelude_keys,
                ..Loaded::made(snapshot, copy)
            })
        }
        Side::Database(url) => {
            let mut connection = Connection::connect(url).await?;
            let Whole {
                snapshot,
                supplements,
            } = whole(&mut connection, &options).await?;
            let roles = roles(&mut connection, &options).await?;
            let version = connection.server_version();
            // What is said to a database that was only looked at does not matter.
            let _ = connection.close().await;
            Ok(Loaded {
                state: snapshot,
                prelude: Schema::default(),
                prelude_keys: BTreeSet::new(),
                copy: None,
                origin: LoadedFrom::Database(Box::new(Live {
                    supplements,
                    roles,
                    version,
                })),
                hints: Vec::new(),
            })
        }
        Side::Sql { path, text } => load_file(bench, path, text).await,
    }
}

/// Runs a file of SQL on a scratch database, and reads what it has made.
///
/// Roles are the server's, so a file gives them rights without making them. On a server of Limbeck's
/// own they are made when the file turns out to need them.
async fn load_file(bench: &mut Bench, path: &Path, text: &str) -> Result<Loaded, SideError> {
    let mut roles = Vec::new();
    loop {
        let mut copy = bench.copy(&Folder::default(), &[]).await?;
        let error = match run_file(bench, &mut copy.connection, &roles, path, text).await {
            Ok(state) => return Ok(Loaded::made(state, copy)),
            Err(error) => error,
        };
        bench.discard(copy).await?;
        match missing_role(&error) {
            Some(role) if bench.is_on_own_server() && !roles.contains(&role) => roles.push(role),
            _ => return Err(error),
        }
    }
}

/// The statement that makes the role for which a file failed.
fn missing_role(error: &SideError) -> Option<String> {
    match error {
        SideError::File {
            source:
                StateError::Replay {
                    missing: Some(Missing::Role(name)),
                    ..
                },
            ..
        } => Some(format!(
            "CREATE ROLE {};",
            quote_identifier(name, Dialect::Postgres)
        )),
        _ => None,
    }
}

async fn run_file(
    bench: &mut Bench,
    connection: &mut Connection,
    roles: &[String],
    path: &Path,
    text: &str,
) -> Result<Snapshot, SideError> {
    let file = path.display().to_string();
    let roles = Step {
        mode: StepMode::Transaction,
        sql: roles.join("\n"),
        line: 1,
    };
    let steps = steps(&without_control(text, bench.dialect()), bench.dialect());
    for (steps, what) in [
        (vec![roles], format!("the roles of `{file}`")),
        (steps, format!("`{file}`")),
    ] {
        let section = Section::Steps(steps);
        let outcome = bench.run(connection, &section, &file, what).await;
        outcome.map_err(|source| {
            if source.is_refusal() {
                let path = path.to_owned();
                SideError::File { path, source }
            } else {
                source.into()
            }
        })?;
    }
    if bench.dialect() == Dialect::Postgres {
        // A dump empties the search path of its session.
        let reset = connection.execute("RESET ALL").await;
        reset.map_err(InspectError::from)?;
    }
    let options = bench.inspect_options();
    Ok(snapshot(connection, options).await?)
}

/// The file in steps: statements that no transaction may hold stand alone. Text that cannot be split is
/// refused, with its line, when it is run.
fn steps(text: &str, dialect: Dialect) -> Vec<Step> {
    let statements = sql::split(text, dialect).unwrap_or_default();
    let alone = statements.iter().filter(|one| needs_no_transaction(one));
    let mut steps = Vec::new();
    let mut done = 0;
    let mut cut = |end: usize, mode: StepMode| {
        let sql = text[done..end].to_owned();
        let line = 1 + text[..done].matches('\n').count();
        done = end;
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        steps.push(Step { mode, sql, line });
    };
    for statement in alone {
        cut(statement.offset, StepMode::Transaction);
        let end = statement.offset + statement.text.len();
        cut(end, StepMode::NoTransaction);
    }
    cut(text.len(), StepMode::Transaction);
    steps
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
