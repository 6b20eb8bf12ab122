//! Who holds the locks for which a statement has waited in vain.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::effect::words;
use limbeck_core::sql::quote_literal;

use crate::connection::Connection;
use crate::own_names;
use crate::run::prepare::Prepared;
use crate::run::traffic::Traffic;
use crate::run::{RunError, RunErrorKind, RunOptions};

/// What is told of a lock `l`, of the relation that it is on, where that is known, and of the session `a` as far as this
/// role may see it.
pub(super) fn told(relation: Option<&str>) -> String {
    let on = relation.map_or_else(
        || "''".to_owned(),
        |relation| format!("pg_catalog.format(' on `%s`', {relation})"),
    );
    TOLD.replace("{on}", &on)
}

/// A statement that speaks of a password is not shown.
const TOLD: &str = "pg_catalog.format('%s (%s)%s%s',
    CASE WHEN l.pid IS NULL THEN pg_catalog.format('the prepared transaction %L', (SELECT x.gid
            FROM pg_catalog.pg_prepared_xacts AS x JOIN pg_catalog.pg_locks AS o ON o.transactionid == x.transaction
            WHERE o.pid IS NULL AND o.virtualtransaction == l.virtualtransaction))
        ELSE pg_catalog.format('pid %s', l.pid) END,
    pg_catalog.concat_ws(', ',
        coalesce(CASE WHEN a.application_name != '' THEN a.application_name END, a.usename::pg_catalog.text, '?'),
        a.state, CASE WHEN a.xact_start IS NOT NULL THEN pg_catalog.to_char(
            a.xact_start AT TIME ZONE 'UTC', '\"open since \"YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') END),
    {on}, CASE WHEN a.state IS NOT NULL AND a.query != '' AND a.query OPERATOR(pg_catalog.!~*) 'password'
        THEN pg_catalog.format(': %s', pg_catalog.left(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), 80)) END)";

const HOLDERS: &str = "SELECT DISTINCT {told} FROM pg_catalog.pg_locks AS l
    JOIN pg_catalog.pg_class AS c ON c.oid == l.relation
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid == l.pid
    WHERE l.granted AND (l.pid IS NULL OR l.pid != pg_catalog.pg_backend_pid())
    AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m,v}'::pg_catalog.\"char\"[])
    AND l.database == (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname == pg_catalog.current_database())
    AND ({which})";

/// Looks for those who hold locks on what the statement that failed names, or on what the step changes: once it has
/// failed, the server no longer knows for whom it waited.
pub(super) async fn name(
    connection: &mut Connection,
    step: &Prepared,
    traffic: Option<&Traffic<'_>>,
    options: &RunOptions,
    error: &mut RunError,
) {
    let (names, blockers) = match error.kind_mut() {
        RunErrorKind::Statement(error) if error.source.has_code("55P03") => {
            let mut statements = step.statements.iter();
            let failed = statements.rfind(|statement| statement.line <= error.line);
            let names = failed.map(|failed| words(&failed.text, failed.dialect));
            (names.unwrap_or_default(), &mut error.blockers)
        }
        RunErrorKind::InUse { by, .. } => (BTreeSet::new(), by),
        _ => return,
    };
    let used = traffic.and_then(Traffic::used_sql);
    let mut which: Vec<String> = Vec::new();
    if !names.is_empty() {
        let names: Vec<String> = names.iter().map(|name| quote_literal(name)).collect();
        which.push(format!(
            "c.relname OPERATOR(pg_catalog.=) ANY (ARRAY[{}]::pg_catalog.name[])",
            names.join(", ")
        ));
    }
    if used.is_some() {
        which.push(
            "EXISTS (SELECT FROM used AS u WHERE u.oid OPERATOR(pg_catalog.=) c.oid)".to_owned(),
        );
    }
    if which.is_empty() {
        return;
    }
    let sql = format!(
        "{}{}{}",
        options.local_settings(Dialect::Postgres),
        used.unwrap_or_default(),
        own_names::spelled(&HOLDERS.replace("{told}", &told(Some("c.relname"))))
            .replace("{which}", &which.join(" OR "))
    );
    if let Ok(sets) = connection.query_sets(&sql).await {
        let rows = sets.into_iter().next_back().unwrap_or_default().into_iter();
        blockers.extend(rows.filter_map(|row| row.into_iter().next()?));
    }
}
