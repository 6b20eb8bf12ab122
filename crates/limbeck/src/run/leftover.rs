//! What an attempt that was killed has left of a statement that runs outside of a transaction: the catalog
//! tells it of indexes that are built or dropped CONCURRENTLY.
//!
//! A build that fails leaves an invalid index (PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently"), and
//! the server may bring one to its end whose client is gone.

use limbeck_core::sql::effect::{About, Class, Verb, about, needs_no_transaction};
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
    let mut all = about(statement);
    let Some(one) = all
        .pop()
        .filter(|one| all.is_empty() && one.subject.class == Class::Index)
    else {
        return Ok(Verdict::Run);
    };
    let name = one.subject.name.to_string();
    let mut wait = Wait::new(WaitFor::Run, options.wait_for_lock, &options.stop);
    loop {
        let found = find(connection, &one).await.map_err(failed)?;
        match (&one.verb, found) {
            (Verb::Drop, None) => {
                on_event(Event::Settled {
                    object: &name,
                    left: Left::Gone,
                });
                return Ok(Verdict::Done);
            }
            (Verb::Create, Some(index)) => {
                if let Some(builder) = index.builder {
                    if !wait.pause(on_event).await {
                        let holder = format!("pid {builder} builds {}", index.name);
                        return Err(wait.over(Some(holder)));
                    }
                } else if !index.is_valid {
                    let drop = format!("DROP INDEX CONCURRENTLY {}", index.name);
                    connection.batch(&drop).await.map_err(failed)?;
                    on_event(Event::Settled {
                        object: &index.name,
                        left: Left::Invalid,
                    });
                } else if remade::is_as_made(connection, options, &one)
                    .await
                    .map_err(failed)?
                {
                    on_event(Event::Settled {
                        object: &index.name,
                        left: Left::Whole,
                    });
                    return Ok(Verdict::Done);
                } else {
                    return Ok(Verdict::Run);
                }
            }
            _ => return Ok(Verdict::Run),
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
    /// Nothing of an index that is to be dropped; the statement is not run.
    Gone,
}

/// The index that the statement names, on the table that it names.
async fn find(connection: &mut Connection, one: &About) -> Result<Option<Index>, QueryError> {
    let text = |name: &limbeck_core::schema::QualifiedName| {
        let parts: Vec<String> = name.parts().into_iter().map(quoted).collect();
        quote_literal(&parts.join("."))
    };
    // An index that is created is in the schema of its table.
    let place = match &one.subject.table {
        Some(table) => format!(
            "(SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
             WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid) \
             OPERATOR(pg_catalog.||) {}",
            text(table),
            quote_literal(&format!(".{}", quoted(&one.subject.name.name)))
        ),
        None => text(&one.subject.name),
    };
    let sql = format!(
        "SELECT pg_catalog.set_config('limbeck.index', coalesce(pg_catalog.to_regclass({place})::pg_catalog.oid::pg_catalog.text, '0'), true); \
         {}SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid, p.pid \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = c.oid AND p.datid = \
         (SELECT oid FROM pg_database WHERE datname = current_database()) \
         WHERE c.oid = current_setting('limbeck.index')::oid{}",
        own_names::BEGIN,
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
