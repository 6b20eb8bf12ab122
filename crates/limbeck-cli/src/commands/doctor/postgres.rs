//! What a PostgreSQL server tells about itself, its sessions and what this login may.

use limbeck::connection::{Connection, TextRow};
use limbeck::url::{DatabaseUrl, Encryption};
use limbeck::{own_names, run};
use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::postgres::version::ServerVersion;
use limbeck_core::sql::{quote_identifier, quote_literal};

use super::Found;
use crate::command_error::{CommandError, Kind};
use crate::workspace::Workspace;

pub(super) async fn look(
    workspace: &Workspace,
    url: &DatabaseUrl,
    connection: &mut Connection,
    found: &mut Found,
) {
    server(url, connection, found).await;
    match run::shares_session(connection).await {
        Ok(true) => found.note(
            "pooler",
            "a pooler gives each transaction another session: CREATE INDEX CONCURRENTLY and the like are refused here",
            "put the direct URL of the server into DATABASE_URL for `limbeck upgrade`",
        ),
        Ok(false) => found.fine("pooler", "none that shares sessions"),
        Err(error) => found.failed("pooler", CommandError::of(Kind::Database, &error)),
    }
    privileges(workspace, connection, found).await;
    in_the_way(connection, found).await;
}

/// The rows of a query whose names are those of `pg_catalog`.
async fn rows(
    connection: &mut Connection,
    about: &'static str,
    sql: &str,
    found: &mut Found,
) -> Vec<TextRow> {
    let sql = format!("{}{sql}", own_names::BEGIN);
    match connection.query_sets(&sql).await {
        Ok(sets) => sets.into_iter().next_back().unwrap_or_default(),
        Err(error) => {
            found.failed(about, CommandError::of(Kind::Database, &error));
            Vec::new()
        }
    }
}

fn text(row: &TextRow, index: usize) -> &str {
    row.get(index)
        .and_then(Option::as_deref)
        .unwrap_or_default()
}

async fn server(url: &DatabaseUrl, connection: &mut Connection, found: &mut Found) {
    let version = connection.server_version().unwrap_or(ServerVersion(0));
    if version.is_supported() {
        found.fine("server", format!("PostgreSQL {version}"));
    } else {
        found.wrong(
            "server",
            format!("PostgreSQL {version}, and Limbeck needs 13"),
            "pg_upgrade to a newer major version",
        );
    }
    let sql = "SELECT (SELECT s.version FROM pg_stat_ssl AS s WHERE s.pid = pg_backend_pid() AND s.ssl), \
               inet_client_addr() IS NULL OR inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1', \
               pg_is_in_recovery(), current_setting('default_transaction_read_only')";
    for row in rows(connection, "server", sql, found).await {
        tls(url.encryption(), text(&row, 0), text(&row, 1) == "t", found);
        if text(&row, 2) == "t" {
            found.wrong(
                "server",
                "it is a standby, and takes no writes",
                "put the URL of the primary into DATABASE_URL",
            );
        }
        if text(&row, 3) == "on" {
            found.wrong(
                "server",
                "transactions are read-only by default",
                "SET default_transaction_read_only = off; ALTER ROLE CURRENT_USER SET default_transaction_read_only = off",
            );
        }
    }
}

/// The version of TLS is what the server sees, as it sees whether the connection comes from its own machine: before it there may
/// be a proxy, to which the way is as the URL asks for it.
fn tls(asked: Encryption, version: &str, comes_from_server: bool, found: &mut Found) {
    let seen = if version.is_empty() {
        "up to a proxy, as the URL asks for it"
    } else {
        version
    };
    match asked {
        Encryption::Here if version.is_empty() => found.fine("tls", "none, on this machine"),
        Encryption::Here | Encryption::Verified => found.fine("tls", seen),
        Encryption::Required => found.fine(
            "tls",
            format!("{seen}; whose certificate it is nobody asks, but with sslmode=verify-full"),
        ),
        Encryption::Optional if !version.is_empty() => found.fine(
            "tls",
            format!("{seen}, as the server has it: sslmode=require insists on it, sslmode=verify-full asks whose certificate it is"),
        ),
        Encryption::Optional if comes_from_server => found.note(
            "tls",
            "none that the server knows of: it sees a proxy on its own machine, and whether the way there is open nobody can tell",
            "add ?sslmode=require to the URL",
        ),
        Encryption::Off | Encryption::Optional => found.note(
            "tls",
            "none: the password and all data can be read on the way",
            "add ?sslmode=require to the URL",
        ),
    }
}

/// What `upgrade` needs, as docs/roles.md says it.
async fn privileges(workspace: &Workspace, connection: &mut Connection, found: &mut Found) {
    let options = workspace.run_options();
    let role = options.role.as_deref();
    let me = role.map_or("current_user".to_owned(), |role| {
        quote_literal(role) + "::name"
    });
    let schema = match &options.search_path {
        Some(_) => {
            let schema = workspace.inspect_options().default_schema;
            quote_literal(schema.name(Dialect::Postgres))
        }
        // The path of the session is what is asked for.
        None => {
            let asked = connection
                .query_text("SELECT pg_catalog.current_schema()")
                .await;
            let name = asked
                .unwrap_or_default()
                .into_iter()
                .flatten()
                .flatten()
                .next();
            quote_literal(&name.unwrap_or_default())
        }
    };
    let sql = format!(
        "SELECT r.rolname, r.rolsuper, n.nspname, n.oid IS NOT NULL AND has_schema_privilege(r.oid, n.oid, 'CREATE'), \
         n.oid IS NOT NULL AND has_schema_privilege(r.oid, n.oid, 'USAGE'), \
         pg_has_role(current_user, r.oid, 'MEMBER'), \
         (SELECT min(format('%I.%I', n.nspname, c.relname)) FROM pg_class AS c \
            WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')) \
         FROM pg_roles AS r LEFT JOIN pg_namespace AS n ON n.nspname = {schema} WHERE r.rolname = {me}"
    );
    let answer = rows(connection, "privileges", &sql, found).await;
    let Some(row) = answer.first() else {
        if let Some(role) = role {
            let own = quote_identifier(role, Dialect::Postgres);
            found.wrong(
                "privileges",
                format!("`role` in limbeck.toml names `{role}`, and there is none"),
                format!("CREATE ROLE {own}"),
            );
        }
        return;
    };
    let own = quote_identifier(text(row, 0), Dialect::Postgres);
    if text(row, 5) != "t" {
        return found.wrong(
            "privileges",
            format!("this login is no member of `{}`", text(row, 0)),
            format!("GRANT {own} TO CURRENT_USER"),
        );
    }
    if text(row, 2).is_empty() {
        let name = workspace.inspect_options().default_schema;
        let name = quote_identifier(name.name(Dialect::Postgres), Dialect::Postgres);
        return found.wrong(
            "privileges",
            "no schema of the search path is there, or may be used",
            format!("CREATE SCHEMA {name} AUTHORIZATION {own}"),
        );
    }
    let schema = quote_identifier(text(row, 2), Dialect::Postgres);
    if text(row, 3) == "t" && text(row, 4) == "t" {
        found.fine(
            "privileges",
            format!("`{}` may create in schema `{}`", text(row, 0), text(row, 2)),
        );
    } else {
        found.wrong(
            "privileges",
            format!(
                "`{}` may not create in schema `{}`",
                text(row, 0),
                text(row, 2)
            ),
            format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {own}"),
        );
    }
    if !text(row, 6).is_empty() {
        found.note(
            "privileges",
            format!(
                "{} belongs to another role, and cannot be altered",
                text(row, 6)
            ),
            format!("ALTER TABLE {} OWNER TO {own}", text(row, 6)),
        );
    }
}

/// Transactions that a run would wait for, and what dead runs have left.
async fn in_the_way(connection: &mut Connection, found: &mut Found) {
    let sql = "SELECT pid, coalesce(nullif(application_name, ''), usename::text, '?'), state, \
               date_trunc('second', clock_timestamp() - xact_start)::text \
               FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
               AND backend_type = 'client backend' AND xact_start IS NOT NULL \
               AND clock_timestamp() - xact_start > CASE WHEN state LIKE 'idle in transaction%' \
               THEN interval '10 seconds' ELSE interval '1 minute' END ORDER BY xact_start";
    for row in rows(connection, "sessions", sql, found).await {
        found.wrong(
            "sessions",
            format!(
                "a transaction is open for {}: pid {} ({}, {})",
                text(&row, 3),
                text(&row, 0),
                text(&row, 1),
                text(&row, 2)
            ),
            format!("SELECT pg_terminate_backend({})", text(&row, 0)),
        );
    }
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
               AND usename IS NOT NULL AND backend_type IS NULL HAVING count(*) > 0";
    for row in rows(connection, "sessions", sql, found).await {
        found.note(
            "sessions",
            format!(
                "of {} sessions of other roles it is hidden from this login what they do",
                text(&row, 0)
            ),
            "GRANT pg_read_all_stats TO CURRENT_USER",
        );
    }
    let sql = "SELECT gid, owner::text, date_trunc('second', clock_timestamp() - prepared)::text \
               FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared";
    for row in rows(connection, "sessions", sql, found).await {
        found.wrong(
            "sessions",
            format!(
                "a prepared transaction of `{}` holds its locks for {}: {}",
                text(&row, 1),
                text(&row, 2),
                text(&row, 0)
            ),
            format!("ROLLBACK PREPARED {}", quote_literal(text(&row, 0))),
        );
    }
    invalid_indexes(connection, found).await;
    // What the process of a run called so: its number, the time and a random part.
    let sql = "SELECT d.datname FROM pg_database AS d WHERE d.datname ~ '^limbeck_.+_[0-9]+_[0-9]+_[0-9a-f]{8}$' \
               AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datid = d.oid) ORDER BY 1";
    for row in rows(connection, "scratch", sql, found).await {
        let name = quote_identifier(text(&row, 0), Dialect::Postgres);
        found.note(
            "scratch",
            format!(
                "{} is a scratch database that a dead run has left",
                text(&row, 0)
            ),
            format!("DROP DATABASE {name}"),
        );
    }
}

/// Indexes that a build CONCURRENTLY has left. What rebuilding one leaves is a copy of it, and only in the way (PostgreSQL
/// manual, REINDEX, "Rebuilding Indexes Concurrently").
async fn invalid_indexes(connection: &mut Connection, found: &mut Found) {
    // One that is being built is no leftover; a table and its TOAST are rebuilt together.
    let sql = "SELECT format('%I.%I', n.nspname, c.relname), (c.relname ~ '_cc(new|old)[0-9]*$')::text \
               FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid \
               JOIN pg_class AS t ON t.oid = i.indrelid LEFT JOIN pg_class AS o ON o.reltoastrelid = i.indrelid \
               JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND c.relkind = 'i' AND NOT EXISTS \
               (SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = c.oid \
               OR p.relid IN (t.oid, t.reltoastrelid, o.oid)) ORDER BY 1";
    for row in rows(connection, "indexes", sql, found).await {
        let index = text(&row, 0);
        let (why, fix) = match text(&row, 1) {
            "true" => (
                "rebuilding an index CONCURRENTLY has left it",
                "DROP INDEX CONCURRENTLY",
            ),
            _ => (
                "a build CONCURRENTLY has failed",
                "REINDEX INDEX CONCURRENTLY",
            ),
        };
        found.note(
            "indexes",
            format!("{index} is invalid: {why}"),
            format!("{fix} {index}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn tls_is_told_as_far_as_it_is_known() {
        use Encryption::{Here, Off, Optional, Required, Verified};
        // What the URL asks for, what the server sees, and whether it sees its own machine.
        for (asked, version, comes_from_server, state, begins) in [
            (Here, "", true, State::Fine, "none, on this machine"),
            (Optional, "", false, State::Note, "none: the password"),
            (
                Optional,
                "",
                true,
                State::Note,
                "none that the server knows of",
            ),
            (Optional, "TLSv1.3", false, State::Fine, "TLSv1.3, as"),
            // It is the proxy that has TLS.
            (Off, "TLSv1.3", false, State::Note, "none: the password"),
            (
                Required,
                "TLSv1.3",
                false,
                State::Fine,
                "TLSv1.3; whose certificate",
            ),
            (Required, "", true, State::Fine, "up to a proxy"),
            (Verified, "TLSv1.3", false, State::Fine, "TLSv1.3"),
        ] {
            let mut found = Found::default();
            tls(asked, version, comes_from_server, &mut found);
            let told = found.0.remove(0);
            assert_eq!(told.state, state, "{asked:?} {version}");
            assert!(told.text.starts_with(begins), "{asked:?}: {}", told.text);
        }
    }
}
