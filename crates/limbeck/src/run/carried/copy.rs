//! Databases in memory that have what a schema has, and no rows.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;
use std::time::Instant;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, RevisionId, Section};
use limbeck_core::schema::Schema;
use limbeck_core::sql::Statement;

use crate::connection::{Connection, QueryError};
use crate::inspect::InspectOptions;
use crate::inspect::sqlite::inspect;
use crate::run::prepare;
use crate::run::step::{self, SCRATCH};

/// The schema of a database, in memory.
pub(super) struct Copy {
    pub(super) connection: Connection,
    /// The collations of the connection to the database.
    pub(super) collations: Vec<String>,
    /// The tables, in lower case, of which something is not in the copy, and why.
    pub(super) lacks: BTreeMap<String, String>,
    /// Why a definition could not be made in the copy, which is not as the database will be from there on.
    pub(super) failed: Option<String>,
}

impl Copy {
    pub(super) async fn of(
        connection: &mut Connection,
        inspected: &InspectOptions,
    ) -> Result<Self, QueryError> {
        let sql = "SELECT tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL \
                   AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
                   ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, rowid";
        let rows = connection.query_text(sql).await?;
        let collations = connection.collations().await?;
        let mut copy = memory(&collations).await?;
        let mut lacks = BTreeMap::new();
        for row in rows {
            let [Some(table), Some(sql)] = row.as_slice() else {
                continue;
            };
            if inspected.ignore.iter().any(|own| own.name == *table) {
                continue;
            }
            // What keeps the rows of a virtual table comes with that, and a module or a function may be missing here.
            if let Err(error) = copy.batch(sql).await {
                tracing::debug!(%error, table, "not in the copy of the schema");
                let why = format!("a copy of the schema lacks something of it: {error}");
                lacks.entry(table.to_lowercase()).or_insert(why);
            }
        }
        Ok(Self {
            connection: copy,
            collations,
            lacks,
            failed: None,
        })
    }

    /// Runs what is left of a revision.
    pub(super) async fn run(&mut self, section: &Section, file: &str) {
        if let Err(why) = define(&mut self.connection, section, file).await {
            tracing::debug!(why, file, "not defined in the copy of the schema");
            self.failed.get_or_insert(why);
        }
    }
}

async fn memory(collations: &[String]) -> Result<Connection, QueryError> {
    let connection = Connection::memory().await;
    let mut connection =
        connection.map_err(|error| QueryError::Lost(std::io::Error::other(error)))?;
    // Without rows nothing is sorted.
    connection.stand_in_for_collations(collations).await?;
    connection.batch("PRAGMA foreign_keys = OFF").await?;
    Ok(connection)
}

/// Runs the statements of a section where there are no rows. One that is about rows may fail for that, as one that
/// inserts what it does not find, and leaves the schema as it is; the first other one that fails is told.
async fn define(connection: &mut Connection, section: &Section, file: &str) -> Result<(), String> {
    let steps = prepare::steps(section, file, Dialect::Sqlite);
    let steps = steps.map_err(|error| error.to_string())?;
    let mut outcome = Ok(());
    for one in &steps {
        for statement in &one.statements {
            let started = Instant::now();
            let run = connection.batch(&statement.text).await;
            step::log_at(SCRATCH, slice::from_ref(statement), started.elapsed());
            match run {
                Err(error) if outcome.is_ok() && !is_about_rows(statement) => {
                    let line = statement.line;
                    outcome = Err(format!(
                        "{file}:{line} fails on a copy of the schema: {error}"
                    ));
                }
                Ok(()) | Err(_) => {}
            }
        }
        // Nothing is left open, or set, for the next step: it fails where no SAVEPOINT is open.
        let _ = connection.batch("COMMIT").await;
        let set = "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = OFF";
        if let Err(error) = connection.batch(set).await {
            outcome = outcome.and(Err(error.to_string()));
        }
    }
    outcome
}

/// Whether a statement leaves every definition as it is; one that names the table of definitions may not.
fn is_about_rows(statement: &Statement) -> bool {
    const FIRST: [&str; 11] = [
        "analyze", "delete", "explain", "insert", "pragma", "reindex", "replace", "select",
        "update", "vacuum", "with",
    ];
    let text = statement.text.to_lowercase();
    let names_schema = text.contains("sqlite_schema") || text.contains("sqlite_master");
    let words = statement.words(1);
    words.iter().any(|word| FIRST.contains(&word.as_str())) && !names_schema
}

/// What revisions build, of those that were asked for last.
pub(super) struct BuiltSchemas {
    collations: Vec<String>,
    run: BTreeSet<RevisionId>,
    connection: Option<Connection>,
}

impl BuiltSchemas {
    /// None yet, where a connection has these collations.
    pub(super) fn with(collations: Vec<String>) -> Self {
        Self {
            collations,
            run: BTreeSet::new(),
            connection: None,
        }
    }

    /// What was there when the revision was written: what its ancestors build, and on the way back
    /// itself, too. None where they cannot be run by themselves.
    pub(super) async fn before(
        &mut self,
        graph: &Graph,
        id: &RevisionId,
        direction: Direction,
        inspected: &InspectOptions,
    ) -> Option<Schema> {
        let mut wanted: BTreeSet<RevisionId> = graph.ancestors(id).into_iter().cloned().collect();
        if direction == Direction::Downgrade {
            wanted.insert(id.clone());
        }
        if self.connection.is_none() || !self.run.is_subset(&wanted) {
            self.run.clear();
            self.connection = memory(&self.collations).await.ok();
        }
        let connection = self.connection.as_mut()?;
        for revision in graph.iter() {
            if !wanted.contains(&revision.id) || self.run.contains(&revision.id) {
                continue;
            }
            let section = revision.section(Direction::Upgrade, Dialect::Sqlite).ok()?;
            let file = graph.file(&revision.id).unwrap_or_default();
            if let Err(why) = define(connection, section, file).await {
                tracing::debug!(why, "the revisions do not run by themselves");
                self.connection = None;
                return None;
            }
            self.run.insert(revision.id.clone());
        }
        inspect(connection, inspected).await.ok()
    }
}
