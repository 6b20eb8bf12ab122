//! What an attempt that was killed has left of a statement that runs outside of a transaction: the catalog
//! tells it of indexes that are built CONCURRENTLY. One that is to be dropped and is not there says nothing: it may
//! have been dropped, or have another name.
//!
//! A build that fails leaves an invalid index (PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently"), and
//! the server may bring one to its end whose client is gone.

use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{
    About, Class, Verb, Words, about, detached, is_repeatable, needs_no_transaction,
};
use limbeck_core::sql::{Statement, quote_literal, quoted};

use crate::connection::{Connection, QueryError};
use crate::own_names;
use crate::run::lock::{Wait, WaitFor};
use crate::run::loss::is_denied;
use crate::run::{Event, OnEvent, RunError, RunErrorKind, RunOptions, remade};

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
    own_name: String,
    /// Its name with its schema, as SQL.
    name: String,
    is_valid: bool,
    /// The process that builds it.
    builder: Option<String>,
}

/// Whether a statement was begun before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// It was not, or its failure is known.
    First,
    /// It was, and nobody saw its end.
    Again,
}

/// Looks for what is left of a statement, and clears away what is of no use.
pub(super) async fn settle(
    connection: &mut Connection,
    options: &RunOptions,
    statement: &Statement,
    mut attempt: Attempt,
    on_event: OnEvent<'_>,
) -> Result<Verdict, RunError> {
    if !needs_no_transaction(statement) {
        return Ok(Verdict::Run);
    }
    if let Some((table, partition)) = detached(statement) {
        return finalized(connection, &table, &partition, on_event).await;
    }
    if statement.words(1) == ["reindex"] {
        rebuilt(connection, statement, on_event).await?;
        return Ok(Verdict::Run);
    }
    let mut building = Building {
        wait: Wait::new(WaitFor::Run, options.wait_for_lock, &options.stop),
        told: false,
    };
    loop {
        let left = match Unnamed::of(statement) {
            Some(unnamed) => unnamed.find(connection, options, attempt).await,
            None => named(connection, options, statement).await,
        };
        let Some((index, is_same)) = left.map_err(failed)? else {
            return Ok(Verdict::Run);
        };
        if let Some(process) = &index.builder {
            building.pause(&index.name, process, on_event).await?;
        } else if !index.is_valid {
            let drop = format!("DROP INDEX CONCURRENTLY {}", index.name);
            connection.batch(&drop).await.map_err(failed)?;
            tell(&index.name, Left::Invalid, on_event);
            // That was it.
            attempt = Attempt::First;
        } else if is_same {
            tell(&index.name, Left::Whole, on_event);
            return Ok(Verdict::Done);
        } else {
            return Ok(Verdict::Run);
        }
    }
}

fn tell(object: &str, left: Left, on_event: OnEvent<'_>) {
    on_event(Event::Settled { object, left });
}

/// Waits for the end of a build that the server goes on with.
struct Building {
    wait: Wait,
    told: bool,
}

impl Building {
    async fn pause(
        &mut self,
        index: &str,
        process: &str,
        on_event: OnEvent<'_>,
    ) -> Result<(), RunError> {
        if !self.told {
            tell(index, Left::Building, on_event);
            self.told = true;
        }
        if self.wait.pause(&mut |_| {}).await {
            return Ok(());
        }
        let over = self.wait.over(None);
        Err(match over.kind() {
            RunErrorKind::Locked { seconds, .. } => RunErrorKind::Building {
                index: index.to_owned(),
                process: process.to_owned(),
                seconds: *seconds,
            }
            .into(),
            _ => over,
        })
    }
}

/// The index that a statement builds.
fn created(statement: &Statement) -> Option<(About, QualifiedName)> {
    let created = about(statement)
        .into_iter()
        .find(|one| one.subject.class == Class::Index && one.verb == Verb::Create)?;
    let table = created.subject.table.clone()?;
    Some((created, table))
}

/// The index of the name that a statement says, and whether it is as that builds it.
async fn named(
    connection: &mut Connection,
    options: &RunOptions,
    statement: &Statement,
) -> Result<Option<(Index, bool)>, QueryError> {
    let Some((one, table)) = created(statement) else {
        return Ok(None);
    };
    let name = &one.subject.name.name;
    let found = indexes(connection, &table).await?;
    let Some(index) = found.into_iter().find(|index| index.own_name == *name) else {
        return Ok(None);
    };
    let is_whole = index.builder.is_none() && index.is_valid;
    let is_same = is_whole && remade::is_as_made(connection, options, &one).await?;
    Ok(Some((index, is_same)))
}

/// A statement that leaves the name of its index to the server, around the place where it would stand.
struct Unnamed<'a> {
    statement: &'a Statement,
    before: String,
    after: String,
}

impl<'a> Unnamed<'a> {
    fn of(statement: &'a Statement) -> Option<Self> {
        let words = Words::new(&statement.text, statement.dialect);
        let at = words.skip(1, &["unique"]);
        let is_unnamed = words.is(0, "create")
            && words.is(at, "index")
            && words.is(at + 1, "concurrently")
            && words.is(at + 2, "on");
        is_unnamed.then(|| Self {
            statement,
            before: words.between(0, at + 2).to_owned(),
            after: words.between(at + 2, words.len()).to_owned(),
        })
    }

    fn with(&self, name: &str) -> Statement {
        let (before, after) = (&self.before, &self.after);
        Statement {
            text: format!("{before} {} {after}", quoted(name)),
            ..self.statement.clone()
        }
    }

    /// What an attempt before has left: an index of the table that is as the statement builds it, under a name as the
    /// server gives one. One that is whole, or being built, is taken for it only where an attempt has ended unseen: the
    /// statement may ask for a second one.
    async fn find(
        &self,
        connection: &mut Connection,
        options: &RunOptions,
        attempt: Attempt,
    ) -> Result<Option<(Index, bool)>, QueryError> {
        let Some((_, table)) = created(&self.with("any")) else {
            return Ok(None);
        };
        for index in indexes(connection, &table).await? {
            let is_left = attempt == Attempt::Again || !index.is_valid && index.builder.is_none();
            if !is_left || !is_given(&index.own_name) {
                continue;
            }
            if let Some((one, _)) = created(&self.with(&index.own_name))
                && remade::is_as_made(connection, options, &one).await?
            {
                return Ok(Some((index, true)));
            }
        }
        Ok(None)
    }
}

/// Whether the server may have chosen a name: `t_a_idx`, `t_a_idx1`.
fn is_given(name: &str) -> bool {
    name.trim_end_matches(|sign: char| sign.is_ascii_digit())
        .ends_with("_idx")
}

/// What became of a statement that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resumed {
    /// It runs again.
    Run,
    /// It was done.
    Done,
    /// Nothing tells.
    Unknown,
}

/// Tells what became of a statement that was begun by a run that did not see its end. What is left of one that runs
/// again is found by [`settle`].
pub(super) async fn resume(
    connection: &mut Connection,
    statement: &Statement,
) -> Result<Resumed, RunError> {
    if let Some((table, partition)) = detached(statement) {
        let found = attached(connection, &table, &partition).await?;
        return Ok(found.map_or(Resumed::Done, |_| Resumed::Run));
    }
    let words = statement.words(3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create", "index", ..] | ["create", "unique", "index"] => Ok(Resumed::Run),
        ["drop", "index", ..] => dropped(connection, statement).await,
        _ if is_repeatable(statement) => Ok(Resumed::Run),
        _ => Ok(Resumed::Unknown),
    }
}

/// An index that was to be dropped is not there any more, or still is.
async fn dropped(connection: &mut Connection, statement: &Statement) -> Result<Resumed, RunError> {
    let words = Words::new(&statement.text, statement.dialect);
    let at = words.skip(2, &["concurrently", "if", "exists"]);
    let Some((name, _)) = words.name(at) else {
        return Ok(Resumed::Unknown);
    };
    let sql = format!("SELECT {}", class_sql(&name));
    let rows = connection.query_text(&sql).await.map_err(failed)?;
    let is_there = rows.iter().flatten().flatten().next().is_some();
    Ok(if is_there {
        Resumed::Run
    } else {
        Resumed::Done
    })
}

/// A partition, as the catalog has it.
struct Attached {
    /// Its name, as SQL.
    name: String,
    /// The statement that brings a detachment to its end, where one is under way.
    finalize: Option<String>,
}

/// The partition, unless it is none of the table any more.
async fn attached(
    connection: &mut Connection,
    table: &QualifiedName,
    partition: &QualifiedName,
) -> Result<Option<Attached>, RunError> {
    // Before PostgreSQL 14 there is no such column. The names are looked for on the path of the session.
    let sql = format!(
        "SELECT i.inhrelid::pg_catalog.regclass, \
         CASE WHEN (pg_catalog.to_jsonb(i) OPERATOR(pg_catalog.->>) 'inhdetachpending')::pg_catalog.bool \
         THEN pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', i.inhparent::pg_catalog.regclass, \
         i.inhrelid::pg_catalog.regclass) END \
         FROM pg_catalog.pg_inherits AS i WHERE i.inhparent OPERATOR(pg_catalog.=) ({}) \
         AND i.inhrelid OPERATOR(pg_catalog.=) ({})",
        class_sql(table),
        class_sql(partition)
    );
    let rows = connection.query_text(&sql).await.map_err(failed)?;
    let row = rows.into_iter().next();
    let row = row.and_then(|row| <[_; 2]>::try_from(row).ok());
    Ok(row.and_then(|[name, finalize]| {
        Some(Attached {
            name: name?,
            finalize,
        })
    }))
}

/// Brings to its end what an attempt before has left on its way (PostgreSQL manual, ALTER TABLE, "DETACH PARTITION").
async fn finalized(
    connection: &mut Connection,
    table: &QualifiedName,
    partition: &QualifiedName,
    on_event: OnEvent<'_>,
) -> Result<Verdict, RunError> {
    let found = attached(connection, table, partition).await?;
    let Some((name, finalize)) = found.and_then(|found| Some((found.name, found.finalize?))) else {
        return Ok(Verdict::Run);
    };
    connection.batch(&finalize).await.map_err(failed)?;
    on_event(Event::Settled {
        object: &name,
        left: Left::Detaching,
    });
    Ok(Verdict::Done)
}

/// What REINDEX CONCURRENTLY has not built to its end, or not dropped, stays as an invalid index beside the other
/// (PostgreSQL manual, REINDEX, "Rebuilding Indexes Concurrently"). Those of one table or index are dropped, those of its
/// partitions and of what holds a table's long values (TOAST) among them; those of more may be another one's, and are told.
async fn rebuilt(
    connection: &mut Connection,
    statement: &Statement,
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    let words = Words::new(&statement.text, statement.dialect);
    if !(0..words.len()).any(|at| words.is(at, "concurrently")) {
        return Ok(());
    }
    let at = words.outside(1, &["index", "table", "schema", "database", "system"]);
    let name = words.name(words.skip(at + 1, &["concurrently"]));
    let of = match (words.keyword(at).as_str(), &name) {
        ("index", Some((name, _))) => {
            let table = format!(
                "(SELECT x.indrelid FROM pg_catalog.pg_index AS x WHERE x.indexrelid OPERATOR(pg_catalog.=) ({}))",
                class_sql(name)
            );
            among("i.indrelid", &table)
        }
        ("table", Some((name, _))) => {
            let table = format!("({})", class_sql(name));
            among("coalesce(o.oid, i.indrelid)", &table)
        }
        _ => String::new(),
    };
    let sql = format!(
        "SELECT i.indexrelid::pg_catalog.regclass FROM pg_catalog.pg_index AS i \
         JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         JOIN pg_catalog.pg_class AS t ON t.oid OPERATOR(pg_catalog.=) i.indrelid \
         LEFT JOIN pg_catalog.pg_class AS o ON o.reltoastrelid OPERATOR(pg_catalog.=) i.indrelid \
         WHERE NOT i.indisvalid AND c.relkind OPERATOR(pg_catalog.=) 'i' \
         AND c.relname::pg_catalog.text OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$' {of} \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p \
         WHERE p.relid OPERATOR(pg_catalog.=) i.indrelid OR p.relid OPERATOR(pg_catalog.=) o.oid \
         OR p.relid OPERATOR(pg_catalog.=) t.reltoastrelid) ORDER BY 1"
    );
    let rows = connection.query_text(&sql).await.map_err(failed)?;
    for index in rows.into_iter().flatten().flatten() {
        let left = if of.is_empty() {
            Left::Beside
        } else {
            cleared(connection, &index).await?
        };
        on_event(Event::Settled {
            object: &index,
            left,
        });
    }
    Ok(())
}

/// The condition that a table is this one, or a partition of it.
fn among(column: &str, table: &str) -> String {
    format!(
        "AND {column} OPERATOR(pg_catalog.=) ANY (SELECT {table} UNION ALL SELECT p.relid::pg_catalog.oid \
         FROM pg_catalog.pg_partition_tree({table}::pg_catalog.regclass) AS p)"
    )
}

/// Drops an invalid index; one that the role may not drop stays. Old minor versions of PostgreSQL count those of TOAST
/// as a part of the system.
async fn cleared(connection: &mut Connection, index: &str) -> Result<Left, RunError> {
    let drop = format!("DROP INDEX CONCURRENTLY {index}");
    match connection.batch(&drop).await {
        Ok(()) => Ok(Left::Invalid),
        Err(error) if is_denied(&error) => Ok(Left::Beside),
        Err(error) => Err(failed(error)),
    }
}

/// Looks for a relation on the path of the session.
fn class_sql(name: &QualifiedName) -> String {
    let parts: Vec<String> = name.parts().into_iter().map(quoted).collect();
    let name = quote_literal(&parts.join("."));
    format!("pg_catalog.to_regclass({name})::pg_catalog.oid")
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
    /// A partition that was on its way out; it is out now.
    Detaching,
    /// An invalid index that rebuilding many of them has left, this time or another; it stays.
    Beside,
}

/// The indexes of a table, that which was made last first.
async fn indexes(
    connection: &mut Connection,
    table: &QualifiedName,
) -> Result<Vec<Index>, QueryError> {
    let parts: Vec<String> = table.parts().into_iter().map(quoted).collect();
    let table = quote_literal(&parts.join("."));
    // The table is looked for on the path of the session.
    let sql = format!(
        "SELECT pg_catalog.set_config('limbeck.table', \
         coalesce(pg_catalog.to_regclass({table})::pg_catalog.oid::pg_catalog.text, '0'), true); \
         {}SELECT c.relname, pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid, p.pid \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = c.oid AND p.datid = \
         (SELECT oid FROM pg_database WHERE datname = current_database()) \
         WHERE i.indrelid = current_setting('limbeck.table')::oid AND c.relkind = 'i' ORDER BY c.oid DESC{}",
        own_names::BEGIN,
        own_names::END
    );
    let mut sets = connection.query_sets(&sql).await?;
    // The path that is put back.
    sets.pop();
    let rows = sets.pop().unwrap_or_default().into_iter();
    let rows = rows.filter_map(|row| {
        let [own_name, name, is_valid, builder] = <[_; 4]>::try_from(row).ok()?;
        Some(Index {
            own_name: own_name?,
            name: name?,
            is_valid: is_valid.as_deref() == Some("t"),
            builder,
        })
    });
    Ok(rows.collect())
}

fn failed(source: QueryError) -> RunError {
    RunErrorKind::Query {
        action: "tell what an attempt before has left",
        source,
    }
    .into()
}
