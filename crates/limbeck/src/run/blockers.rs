//! Who holds the locks for which a statement has waited in vain.

use limbeck_core::sql::effect::words;
use limbeck_core::sql::quote_literal;

use crate::connection::Connection;
use crate::own_names;
use crate::run::RunError;
use crate::run::prepare::Prepared;

/// Looks for those who hold locks on tables that the statement names: once it has failed, the
/// server no longer knows for whom it waited.
pub(super) async fn name(connection: &mut Connection, step: &Prepared, error: &mut RunError) {
    let RunError::Statement(error) = error else {
        return;
    };
    if !error.source.has_code("55P03") {
        return;
    }
    let Some(statement) = step
        .statements
        .iter()
        .rfind(|statement| statement.line <= error.line)
    else {
        return;
    };
    let names: Vec<String> = words(&statement.text, statement.dialect)
        .iter()
        .map(|name| quote_literal(name))
        .collect();
    let sql = format!(
        "{}SELECT DISTINCT format('pid %s (%s%s) on `%s`', l.pid, \
         coalesce(nullif(a.application_name, ''), a.usename::text, '?'), \
         coalesce(', ' || a.state || ', open since ' || \
         to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ''), c.relname) \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation \
         LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE l.granted AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p', 'm', 'v') \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
         AND c.relname IN ({})",
        own_names::BEGIN,
        names.join(", ")
    );
    if let Ok(sets) = connection.query_sets(&sql).await {
        let rows = sets.into_iter().next_back().unwrap_or_default().into_iter();
        error
            .blockers
            .extend(rows.filter_map(|row| row.into_iter().next()?));
    }
}
