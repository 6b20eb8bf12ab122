//! Copies of a template database on a PostgreSQL server.

use std::time::{Duration, Instant};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, RevisionId};
use limbeck_core::sql::{quote_identifier, quote_literal};

use super::{PREFIX, Place, TestDatabase, failed, name};
use crate::connection::{ConnectError, Connection, QueryError, TextRow};
use crate::migrator::{Migrator, MigratorError, log};
use crate::own_names;
use crate::url::DatabaseUrl;

/// How the name of each template begins.
const TEMPLATE_PREFIX: &str = "limbeck_tests_";

/// How many templates of one owner stay.
const KEPT_TEMPLATES: usize = 5;

/// How long a session that has ended may still be there for the server.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);
const PAUSE_FOR_TEMPLATE: Duration = Duration::from_millis(50);

const DUPLICATE_DATABASE: &str = "42P04";
const NO_SUCH_DATABASE: &str = "3D000";
const IN_USE: &str = "55006";
const TOO_MANY_CONNECTIONS: &str = "53300";

/// A database of one test. While its session is there, nobody clears it away.
#[derive(Debug)]
pub(super) struct Copy {
    /// The database that the URL of the caller named.
    server: DatabaseUrl,
    name: String,
    session: Option<Connection>,
}

/// Copies the template, and makes it first where it is missing.
pub(super) async fn copy(
    migrator: &Migrator,
    server: &DatabaseUrl,
    hash: &str,
) -> Result<TestDatabase, MigratorError> {
    let template = format!("{TEMPLATE_PREFIX}{hash}");
    let name = name();
    let limit = migrator.options().wait_for_lock;
    let begun = Instant::now();
    loop {
        let mut session = connect(server, limit).await?;
        let left = announce(&mut session, &name).await?;
        for name in left {
            // Somebody may clear it away at the same time, or have connected to it.
            let _ = session.batch(&drop_sql(&name, "")).await;
        }
        if ready(migrator, &mut session, server, &template).await? == Template::Ready {
            let sql = format!(
                "CREATE DATABASE {} TEMPLATE {}",
                quote(&name),
                quote(&template)
            );
            match when_free(&mut session, &sql).await {
                Ok(()) => {
                    return Ok(TestDatabase {
                        url: server.with_database(&name),
                        place: Place::Postgres(Copy {
                            server: server.clone(),
                            name,
                            session: Some(session),
                        }),
                    });
                }
                // Whoever made it may drop it in between, since newer ones are there.
                Err(error) if error.has_code(NO_SUCH_DATABASE) => {}
                Err(error) => return Err(failed(format!("copy `{template}` for a test"), error)),
            }
        }
        // Whoever makes it needs a connection, of which the server may have no more.
        let _ = session.close().await;
        if begun.elapsed() > limit {
            return Err(failed(
                format!("make `{template}`"),
                "another process has been making it for longer than `wait_for_lock`",
            ));
        }
        tokio::time::sleep(PAUSE_FOR_TEMPLATE).await;
    }
}

impl Copy {
    pub(super) async fn close(mut self) -> Result<(), MigratorError> {
        let Some(mut session) = self.session.take() else {
            return Ok(());
        };
        // Pools of the test may still be connected.
        let dropped = session.batch(&drop_sql(&self.name, " WITH (FORCE)")).await;
        let _ = session.close().await;
        dropped.map_err(|error| failed(format!("drop `{}`", self.name), error))
    }
}

impl Drop for Copy {
    /// The runtime of the test may be gone, or be the one that waits here: another thread has one of its own.
    fn drop(&mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        // On a server that is full, it may be this one that is in the way of the next.
        drop(session);
        let (server, name) = (self.server.clone(), self.name.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else {
                return;
            };
            runtime.block_on(async {
                // What stays is cleared away by a later test.
                if let Ok(mut connection) = connect(&server, PATIENCE).await {
                    let _ = connection.batch(&drop_sql(&name, " WITH (FORCE)")).await;
                    let _ = connection.close().await;
                }
            });
        });
        let _ = thread.join();
    }
}

/// Connects; where tests have taken all connections of the server, it waits until some of them have ended.
async fn connect(server: &DatabaseUrl, limit: Duration) -> Result<Connection, ConnectError> {
    let begun = Instant::now();
    loop {
        match Connection::connect(server).await {
            Err(ConnectError::Rejected { source, .. })
                if source.has_code(TOO_MANY_CONNECTIONS) && begun.elapsed() < limit =>
            {
                tokio::time::sleep(PAUSE).await;
            }
            // So busy are the tests themselves.
            Err(ConnectError::Timeout { .. }) if begun.elapsed() < limit => {}
            outcome => return outcome,
        }
    }
}

/// Has the session hold the lock of a name, and tells which databases of ours nobody holds one of.
async fn announce(session: &mut Connection, name: &str) -> Result<Vec<String>, MigratorError> {
    // Locks are of a database; which one the other process has named is not asked.
    let sql = format!(
        "{}SELECT pg_advisory_lock({}); \
         SELECT d.datname FROM pg_database AS d WHERE starts_with(d.datname::text, {}) \
         AND pg_get_userbyid(d.datdba) = current_user AND NOT EXISTS (SELECT FROM pg_locks AS l \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND ((l.classid::bigint << 32) | l.objid::bigint) = {}){}",
        own_names::BEGIN,
        key_sql(&quote_literal(name)),
        quote_literal(PREFIX),
        key_sql("d.datname::text"),
        own_names::END
    );
    let sets = session.query_sets(&sql).await;
    let mut sets = sets.map_err(|error| failed("look for databases of tests", error))?;
    // The path that is put back comes last.
    sets.pop();
    Ok(texts(sets.pop().unwrap_or_default()))
}

/// Whose a template is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    We,
    Nobody,
}

/// Refuses a template of somebody else, who may have put anything into it.
async fn owner(session: &mut Connection, template: &str) -> Result<Owner, MigratorError> {
    let sql = format!(
        "{}SELECT pg_get_userbyid(datdba)::text, (pg_get_userbyid(datdba) = current_user)::text \
         FROM pg_database WHERE datname = {}{}",
        own_names::BEGIN,
        quote_literal(template),
        own_names::END
    );
    let sets = session.query_sets(&sql).await;
    let mut sets = sets.map_err(|error| failed("look for the template of tests", error))?;
    sets.pop();
    let rows = texts(sets.pop().unwrap_or_default());
    match rows.as_slice() {
        [_, is_ours] if is_ours == "true" => Ok(Owner::We),
        [owner, _] => Err(failed(
            format!("use `{template}`"),
            format!("it is of `{owner}`, who may have put anything into it"),
        )),
        _ => Ok(Owner::Nobody),
    }
}

/// Whether a template can be copied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Template {
    Ready,
    /// Another process is making it.
    BeingMade,
}

/// Makes the template where it is missing and nobody else is about it.
async fn ready(
    migrator: &Migrator,
    session: &mut Connection,
    server: &DatabaseUrl,
    template: &str,
) -> Result<Template, MigratorError> {
    if owner(session, template).await? == Owner::We {
        return Ok(Template::Ready);
    }
    let lock = key_sql(&quote_literal(template));
    let (begin, end) = (own_names::BEGIN, own_names::END);
    // Who waits inside of `pg_advisory_lock` holds a snapshot.
    let sql = format!("{begin}SELECT pg_try_advisory_lock({lock})::text{end}");
    let sets = session.query_sets(&sql).await;
    let mut sets = sets.map_err(|error| failed("lock the template of tests", error))?;
    sets.pop();
    if texts(sets.pop().unwrap_or_default()) != ["true"] {
        return Ok(Template::BeingMade);
    }
    let outcome = make(migrator, session, server, template).await;
    let release = format!("{begin}SELECT pg_advisory_unlock({lock}){end}");
    // A session that is lost has given it back.
    let _ = session.query_sets(&release).await;
    outcome.map(|()| Template::Ready)
}

/// Runs the revisions in a new database, and has it be the template once they have all been run.
async fn make(
    migrator: &Migrator,
    session: &mut Connection,
    server: &DatabaseUrl,
    template: &str,
) -> Result<(), MigratorError> {
    if owner(session, template).await? == Owner::We {
        return Ok(());
    }
    // A run that is killed leaves a database of this name, and no template.
    let name = name();
    announce(session, &name).await?;
    let making = || format!("make `{template}`");
    let created = session
        .batch(&format!("CREATE DATABASE {}", quote(&name)))
        .await;
    created.map_err(|error| failed(making(), error))?;
    let run = run(migrator, &server.with_database(&name)).await;
    let outcome = match run {
        Err(error) => Err(error),
        Ok(_) => named(session, &name, template)
            .await
            .map_err(|error| failed(making(), error)),
    };
    if outcome.is_err() {
        let _ = session.batch(&drop_sql(&name, " WITH (FORCE)")).await;
    }
    outcome?;
    drop_former(session).await;
    Ok(())
}

async fn run(migrator: &Migrator, url: &DatabaseUrl) -> Result<Vec<RevisionId>, MigratorError> {
    let options = migrator.options();
    let mut connection = connect(url, options.wait_for_lock).await?;
    let ran = migrator
        .run_on(
            &mut connection,
            Direction::Upgrade,
            "heads",
            &options,
            &mut log,
        )
        .await;
    // It failed with a better reason, or has done what it was to do.
    let _ = connection.close().await;
    ran
}

/// Nobody connects to it by mistake, since a session in it would have every copy wait.
async fn named(session: &mut Connection, name: &str, template: &str) -> Result<(), QueryError> {
    let made = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    session
        .batch(&format!("COMMENT ON DATABASE {} IS '{made}'", quote(name)))
        .await?;
    session
        .batch(&format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS false",
            quote(name)
        ))
        .await?;
    let sql = format!(
        "ALTER DATABASE {} RENAME TO {}",
        quote(name),
        quote(template)
    );
    match when_free(session, &sql).await {
        // Somebody has made it by way of another database of this server.
        Err(error) if error.has_code(DUPLICATE_DATABASE) => {
            session.batch(&drop_sql(name, " WITH (FORCE)")).await
        }
        outcome => outcome,
    }
}

/// Drops our templates but the newest.
async fn drop_former(session: &mut Connection) {
    let sql = format!(
        "{}SELECT datname FROM pg_database AS d WHERE starts_with(datname::text, {}) \
         AND pg_get_userbyid(datdba) = current_user \
         ORDER BY coalesce(shobj_description(d.oid, 'pg_database'), '') DESC OFFSET {KEPT_TEMPLATES}{}",
        own_names::BEGIN,
        quote_literal(TEMPLATE_PREFIX),
        own_names::END
    );
    let Ok(mut sets) = session.query_sets(&sql).await else {
        return;
    };
    sets.pop();
    for name in texts(sets.pop().unwrap_or_default()) {
        // One that is being copied is waited for, and whoever wants it next makes it anew.
        let _ = session.batch(&drop_sql(&name, "")).await;
    }
}

/// Runs a statement that wants nobody to be connected to a database; the server ends a session some time
/// after its client has gone.
async fn when_free(session: &mut Connection, sql: &str) -> Result<(), QueryError> {
    let begun = Instant::now();
    loop {
        match session.batch(sql).await {
            Err(error) if error.has_code(IN_USE) && begun.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// The key of the lock of a database, whose name is given as SQL.
fn key_sql(name: &str) -> String {
    format!("hashtextextended('limbeck test ' || {name}, 0)")
}

fn drop_sql(name: &str, with: &str) -> String {
    format!("DROP DATABASE IF EXISTS {}{with}", quote(name))
}

fn quote(name: &str) -> String {
    quote_identifier(name, Dialect::Postgres)
}

fn texts(rows: Vec<TextRow>) -> Vec<String> {
    rows.into_iter().flatten().flatten().collect()
}
