//! Who holds the locks for which a statement has waited in vain.

use limbeck_core::sql::effect::words;
use limbeck_core::sql::quote_literal;

use crate::connection::Connection;
use crate::own_names;
use crate::run::RunError;
use crate::run::prepare::Prepared;
use crate::run::traffic::Traffic;

/// What is told of a lock `l` on a relation `c`, and of the session `a` as far as this role may see it. A statement that
/// speaks of a password is not shown.
pub(super) const TOLD: &str = "pg_catalog.format('%s (%s) on `%s`%s',
    CASE WHEN l.pid IS NULL THEN 'a prepared transaction' ELSE pg_catalog.format('pid %s', l.pid) END,
    pg_catalog.concat_ws(', ',
        coalesce(CASE WHEN a.application_name != '' THEN a.application_name END, a.usename::pg_catalog.text, '?'),
        a.state, CASE WHEN a.xact_start IS NOT NULL THEN pg_catalog.to_char(
            a.xact_start AT TIME ZONE 'UTC', '\"open since \"YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') END),
    c.relname, CASE WHEN a.state IS NOT NULL AND a.query != '' AND a.query OPERATOR(pg_catalog.!~*) 'password'
        THEN pg_catalog.format(': %s', pg_catalog.left(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), 80)) END)";

/// Looks for those who hold locks on what the statement that failed names, or on what the step changes: once it has
/// failed, the server no longer knows for whom it waited.
pub(super) async fn name(
    connection: &mut Connection,
    step: &Prepared,
    traffic: Option<&Traffic<'_>>,
    error: &mut RunError,
) {
    let (names, blockers) = match error {
        RunError::Statement(error) if error.source.has_code("55P03") => {
            let mut statements = step.statements.iter();
            let failed = statements.rfind(|statement| statement.line <= error.line);
            let names = failed.map(|failed| words(&failed.text, failed.dialect));
            (names.unwrap_or_default(), &mut error.blockers)
        }
        RunError::InUse { by, .. } => {
            let names = traffic.map(Traffic::names).unwrap_or_default();
            (names, by)
        }
        _ => return,
    };
    let names: Vec<String> = names.iter().map(|name| quote_literal(name)).collect();
    if names.is_empty() {
        return;
    }
    let sql = format!(
        "{}SELECT DISTINCT {} \
         FROM pg_locks l JOIN pg_class c ON c.oid = l.relation \
         LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
         WHERE l.granted AND (l.pid IS NULL OR l.pid <> pg_backend_pid()) AND c.relkind IN ('r', 'p', 'm', 'v') \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND c.relname IN ({})",
        own_names::BEGIN,
        own_names::spelled(TOLD),
        names.join(", ")
    );
    if let Ok(sets) = connection.query_sets(&sql).await {
        let rows = sets.into_iter().next_back().unwrap_or_default().into_iter();
        blockers.extend(rows.filter_map(|row| row.into_iter().next()?));
    }
}
