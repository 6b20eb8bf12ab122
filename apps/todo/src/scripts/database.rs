//! Whether there is a database, and its tables.

use std::io::Write;

use limbeck::connection::{ConnectError, Connection};
use limbeck::url::{DatabaseUrl, Location};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use super::{ScriptError, Verdict};
use crate::MIGRATOR;

/// Connects once, and tells where, or why not.
///
/// # Errors
///
/// The output cannot be written.
pub async fn test_connection(
    url: &DatabaseUrl,
    out: &mut dyn Write,
) -> Result<Verdict, ScriptError> {
    match Connection::connect(url).await {
        Ok(connection) => {
            // What was to be seen has been seen.
            let _ = connection.close().await;
            writeln!(out, "✅ Database connection successful!")?;
            writeln!(out, "Connected to: {}", host(url))?;
            Ok(Verdict::Passed)
        }
        Err(error) => {
            writeln!(out, "❌ Connection failed: {}", reason(&error))?;
            Ok(Verdict::Failed)
        }
    }
}

/// Runs the revisions, and lists the tables that are there then.
///
/// # Errors
///
/// The revisions fail, or the output cannot be written.
pub async fn init_db(
    url: &DatabaseUrl,
    db: &DatabaseConnection,
    out: &mut dyn Write,
) -> Result<(), ScriptError> {
    writeln!(out, "Creating database schema...")?;
    writeln!(out, "Database URL: {url}")?;
    MIGRATOR.upgrade(db, "heads").await?;
    writeln!(out, "✅ Database schema created successfully!")?;
    writeln!(out, "Created tables:")?;
    for (table, columns) in tables(db).await? {
        writeln!(out, "  - {table} ({})", columns.join(", "))?;
    }
    Ok(())
}

/// The tables of the default schema but for Limbeck's own, with their columns.
async fn tables(db: &DatabaseConnection) -> Result<Vec<(String, Vec<String>)>, ScriptError> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => {
            "SELECT t.name AS table_name, c.name AS column_name FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND t.name NOT LIKE 'limbeck\\_%' ESCAPE '\\' ORDER BY t.name, c.cid"
        }
        _ => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name NOT LIKE 'limbeck\\_%' \
             ORDER BY table_name, ordinal_position"
        }
    };
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for row in db
        .query_all_raw(Statement::from_string(backend, sql))
        .await?
    {
        let (table, column): (String, String) = (
            row.try_get("", "table_name")?,
            row.try_get("", "column_name")?,
        );
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    Ok(tables)
}

/// The host, or the file: what may be shown to anybody.
fn host(url: &DatabaseUrl) -> String {
    match url.location() {
        Location::Tcp { host, .. } => host.clone(),
        Location::Socket { folder, .. } => folder.display().to_string(),
        Location::File { given, .. } => given.display().to_string(),
        Location::Memory => "memory".to_owned(),
    }
}

/// In one line, with what to do about it.
fn reason(error: &ConnectError) -> String {
    let what = error.to_string().replace('\n', " ");
    let fix = match error {
        ConnectError::HostNotFound { .. } => "look at the host in DATABASE_URL",
        ConnectError::Refused { .. } => "is the server running, and is this its port?",
        ConnectError::Unreachable { .. } => "look at the network and the firewall",
        ConnectError::Timeout { .. } => {
            "a database that sleeps is awake at the next try; else look at the firewall"
        }
        ConnectError::Authentication { .. } => "look at the password in DATABASE_URL",
        ConnectError::NoRole { .. } => "look at the user in DATABASE_URL",
        ConnectError::NoDatabase { .. } => "look at the database in DATABASE_URL, or `createdb` it",
        ConnectError::TlsRequired { .. } => "add ?sslmode=require to DATABASE_URL",
        ConnectError::NoTls { .. } => "the server has no TLS: take sslmode out of DATABASE_URL",
        ConnectError::Certificate { .. } | ConnectError::OtherHost { .. } => {
            "sslrootcert names the authority that signed it"
        }
        ConnectError::CannotOpen { .. } => "`todo init-db` makes the file",
        _ => return what,
    };
    format!("{what}: {fix}")
}
