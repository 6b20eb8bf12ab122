//! What an attempt that was killed has left of a statement that runs outside of a transaction: the catalog
//! tells it of indexes that are built CONCURRENTLY. One that is to be dropped and is not there says nothing: it may
//! have been dropped, or have another name.
//!
//! A build that fails leaves an invalid index (PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently"), and
//! the server may bring one to its end whose client is gone.

use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{Class, Verb, about, needs_no_transaction};
use limbeck_core::sql::{Statement, quote_literal, quoted};

use crate::connection::{Connection, QueryError};
use crate::own_names;
use crate::run::lock::{Wait, WaitFor};
use crate::run::{Event, OnEvent, RunError, RunOptions, remade};

/// What is to be done about a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It runs.
    Run,
    /// An attempt before has done it.
    Done,
}

/// An index, as the catalog has it.
struct Index {
    /// Its name, as SQL.
    name: String,
    is_valid: bool,
    /// The process that builds it.
    builder: Option<String>,
}

/// Looks for what is left of a statement, and clears away what is of no use.
pub(super) async fn settle(
    connection: &mut Connection,
    options: &RunOptions,
    statement: &Statement,
    on_event: OnEvent<'_>,
) -> Result<Verdict, RunError> {
    if !needs_no_transaction(statement) {
        return Ok(Verdict::Run);
    }
    let created = about(statement)
        .into_iter()
        .find(|one| one.subject.class == Class::Index && one.verb == Verb::Create);
    let Some((one, table)) = created.and_then(|one| {
        let table = one.subject.table.clone()?;
        Some((one, table))
    }) else {
        return Ok(Verdict::Run);
    };
    let mut told = false;
    let mut wait = Wait::new(WaitFor::Run, options.wait_for_lock, &options.stop);
    loop {
        let found = find(connection, &table, &one.subject.name.name).await;
        let Some(index) = found.map_err(failed)? else {
            return Ok(Verdict::Run);
        };
        let mut tell = |left| {
            on_event(Event::Settled {
                object: &index.name,
                left,
            });
        };
        if let Some(process) = index.builder {
            if !told {
                tell(Left::Building);
                told = true;
            }
            if !wait.pause(&mut |_| {}).await {
                return Err(match wait.over(None) {
                    RunError::Locked { seconds, .. } => RunError::Building {
                        index: index.name,
                        process,
                        seconds,
                        done: Vec::new(),
                    },
                    other => other,
                });
            }
        } else if !index.is_valid {
            let drop = format!("DROP INDEX CONCURRENTLY {}", index.name);
            connection.batch(&drop).await.map_err(failed)?;
            tell(Left::Invalid);
        } else {
            let is_same = remade::is_as_made(connection, options, &one).await;
            if !is_same.map_err(failed)? {
                return Ok(Verdict::Run);
            }
            tell(Left::Whole);
            return Ok(Verdict::Done);
        }
    }
}

/// What an attempt before has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// An index that was not built to its end; it is dropped, and built anew.
    Invalid,
    /// The index as the statement builds it; the statement is not run.
    Whole,
    /// An index that the server is still building; its end is waited for.
    Building,
}

/// The index of this name on a table.
async fn find(
    connection: &mut Connection,
    table: &QualifiedName,
    name: &str,
) -> Result<Option<Index>, QueryError> {
    let parts: Vec<String> = table.parts().into_iter().map(quoted).collect();
    let table = quote_literal(&parts.join("."));
    // The table is looked for on the path of the session.
    let sql = format!(
        "SELECT pg_catalog.set_config('limbeck.table', \
         coalesce(pg_catalog.to_regclass({table})::pg_catalog.oid::pg_catalog.text, '0'), true); \
         {}SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid, p.pid \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = c.oid AND p.datid = \
         (SELECT oid FROM pg_database WHERE datname = current_database()) \
         WHERE i.indrelid = current_setting('limbeck.table')::oid AND c.relname = {} AND c.relkind = 'i'{}",
        own_names::BEGIN,
        quote_literal(name),
        own_names::END
    );
    let mut sets = connection.query_sets(&sql).await?;
    // The path that is put back.
    sets.pop();
    let row = sets.pop().and_then(|rows| rows.into_iter().next());
    let Some([name, is_valid, builder]) = row.and_then(|row| <[_; 3]>::try_from(row).ok()) else {
        return Ok(None);
    };
    Ok(name.map(|name| Index {
        name,
        is_valid: is_valid.as_deref() == Some("t"),
        builder,
    }))
}

fn failed(source: QueryError) -> RunError {
    RunError::Query {
        action: "tell what an attempt before has left",
        done: Vec::new(),
        source,
    }
}
