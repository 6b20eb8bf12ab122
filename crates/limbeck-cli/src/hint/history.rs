//! History tables that cannot be read, or are not taken for such.

use limbeck::history::{HistoryError, HistoryTable, Untaken};
use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::quote_identifier;

pub(crate) fn history(error: &HistoryError) -> Option<String> {
    match error {
        HistoryError::Query { table, source } if source.has_code("42501") => Some(format!(
            "grant this role SELECT on `{table}` and on `{}`, and USAGE on their schema, or set `role` in \
             limbeck.toml",
            HistoryTable {
                name: table.clone()
            }
            .journal()
        )),
        HistoryError::NotTaken { table, reason } => Some(untaken(reason, table)),
        HistoryError::NoJournal { .. } | HistoryError::Damaged { .. } => {
            Some("limbeck stamp --purge with the revision that the database is at".to_owned())
        }
        HistoryError::Query { .. } => None,
    }
}

fn untaken(reason: &Untaken, relation: &QualifiedName) -> String {
    let table = relation
        .parts()
        .iter()
        .map(|part| quote_identifier(part, Dialect::Postgres))
        .collect::<Vec<_>>()
        .join(".");
    let quoted = |name: &str| quote_identifier(name, Dialect::Postgres);
    match reason {
        Untaken::Owner { owner, role } => format!(
            "if you know it for your history: ALTER TABLE {table} OWNER TO {}, or `role = \"{owner}\"` in \
             limbeck.toml; else drop it, or name another place with `history_table`",
            quoted(role)
        ),
        Untaken::NoPlainTable | Untaken::Columns => {
            "another tool may own it: set `history_table` in limbeck.toml".to_owned()
        }
        Untaken::Trigger(name) => format!("DROP TRIGGER {} ON {table}", quoted(name)),
        Untaken::Rule(name) => format!("DROP RULE {} ON {table}", quoted(name)),
        Untaken::RowSecurity => format!(
            "drop its policies, and: ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
        ),
        Untaken::Constraint(name) => {
            format!("ALTER TABLE {table} DROP CONSTRAINT {}", quoted(name))
        }
        Untaken::Index(name) => {
            let index = relation.sibling(name.clone());
            let parts = index.parts();
            let parts: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
            format!("DROP INDEX {}", parts.join("."))
        }
        Untaken::Meanwhile => {
            format!("take what changes {table} out of the revision, or run it again")
        }
    }
}
