//! The tables of other tools: how each is found and read.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Tool;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::{quote_identifier, quote_literal};

use super::{OldOutcome, OldRow, is_same_version};
use crate::connection::TextRow;
use crate::history::trusted_sql;

/// How a migration went, in the answer to [`select_sql`].
const FAILED: &str = "failed";
const UNDONE: &str = "undone";
const BASELINE: &str = "baseline";

/// How RFC 3339 text is asked for.
const SQLITE_TIME: &str = "'%Y-%m-%dT%H:%M:%SZ'";

/// Asks for the table: its schema, or on SQLite its name, and its owner where that is none to be believed.
pub(super) fn find_sql(name: &QualifiedName, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => format!(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = {} COLLATE NOCASE",
            quote_literal(&name.name)
        ),
        Dialect::Postgres => {
            let own = quote_identifier(&name.name, dialect);
            let shown = match &name.schema {
                Some(schema) => format!("{}.{own}", quote_identifier(schema, dialect)),
                None => own,
            };
            FIND.replace("{trusted}", &trusted_sql())
                .replace("{table}", &quote_literal(&shown))
        }
    }
}

const FIND: &str = "SELECT n.nspname::pg_catalog.text, CASE WHEN {trusted} THEN NULL ELSE o.rolname::pg_catalog.text END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_roles AS o ON o.oid OPERATOR(pg_catalog.=) c.relowner
JOIN pg_catalog.pg_roles AS me ON me.rolname OPERATOR(pg_catalog.=) CURRENT_USER
WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({table})::pg_catalog.oid
    AND c.relkind OPERATOR(pg_catalog.=) 'r'::pg_catalog.\"char\"";

/// What is selected of a tool's table, as SQL expressions.
struct Columns {
    version: &'static str,
    /// Text.
    checksum: String,
    /// RFC 3339 text.
    at: String,
    /// A condition.
    failed: String,
    /// A condition: that what came before is undone.
    undone: String,
    /// A condition: that nothing was run.
    baseline: String,
    order: &'static str,
    only: String,
}

impl Columns {
    fn new(version: &'static str) -> Self {
        Self {
            version,
            checksum: "NULL".to_owned(),
            at: "NULL".to_owned(),
            failed: "false".to_owned(),
            undone: "false".to_owned(),
            baseline: "false".to_owned(),
            order: version,
            only: "true".to_owned(),
        }
    }
}

/// Reads the rows: version, checksum, time, and how it went unless it was run to its end.
pub(super) fn select_sql(tool: Tool, table: &QualifiedName, dialect: Dialect) -> String {
    let own = quote_identifier(&table.name, dialect);
    let from = match (dialect, &table.schema) {
        (Dialect::Postgres, Some(schema)) => format!("{}.{own}", quote_identifier(schema, dialect)),
        (Dialect::Postgres, None) | (Dialect::Sqlite, _) => own,
    };
    let Columns {
        version,
        checksum,
        at,
        failed,
        undone,
        baseline,
        order,
        only,
    } = columns(tool, dialect);
    let text = |expression: &str| match dialect {
        Dialect::Postgres => format!("CAST({expression} AS pg_catalog.text)"),
        Dialect::Sqlite => format!("CAST({expression} AS text)"),
    };
    format!(
        "SELECT {}, {}, {at}, CASE WHEN {failed} THEN '{FAILED}' WHEN {undone} THEN '{UNDONE}' \
         WHEN {baseline} THEN '{BASELINE}' END FROM {from} WHERE {only} ORDER BY {order}",
        text(version),
        text(&checksum)
    )
}

fn columns(tool: Tool, dialect: Dialect) -> Columns {
    let time = |expression: &str| match dialect {
        Dialect::Postgres => format!(
            "pg_catalog.to_char(CAST({expression} AS pg_catalog.timestamptz) AT TIME ZONE 'UTC', \
             'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        ),
        Dialect::Sqlite => format!("strftime({SQLITE_TIME}, {expression})"),
    };
    let is_any = |types: &[&str]| {
        let equals = match dialect {
            Dialect::Postgres => "OPERATOR(pg_catalog.=)",
            Dialect::Sqlite => "=",
        };
        let types = types.iter().map(|one| format!("type {equals} '{one}'"));
        types.collect::<Vec<_>>().join(" OR ")
    };
    match tool {
        Tool::Sqlx => Columns {
            checksum: match dialect {
                Dialect::Postgres => "pg_catalog.encode(checksum, 'hex')".to_owned(),
                Dialect::Sqlite => "lower(hex(checksum))".to_owned(),
            },
            at: time("installed_on"),
            failed: "NOT success".to_owned(),
            ..Columns::new("version")
        },
        Tool::Diesel => Columns {
            at: time("run_on"),
            ..Columns::new("version")
        },
        Tool::Refinery => Columns {
            checksum: "checksum".to_owned(),
            at: time("applied_on"),
            ..Columns::new("version")
        },
        Tool::SeaOrm => Columns {
            at: match dialect {
                Dialect::Postgres => {
                    time("pg_catalog.to_timestamp(CAST(applied_at AS pg_catalog.float8))")
                }
                Dialect::Sqlite => format!("strftime({SQLITE_TIME}, applied_at, 'unixepoch')"),
            },
            ..Columns::new("version")
        },
        Tool::Flyway => Columns {
            checksum: "checksum".to_owned(),
            at: time("installed_on"),
            failed: "NOT success".to_owned(),
            // A row each: the way back, and what somebody told the tool to forget.
            undone: is_any(&[
                "UNDO_SQL",
                "UNDO_JDBC",
                "UNDO_SPRING_JDBC",
                "UNDO_SCRIPT",
                "UNDO_CUSTOM",
                "DELETE",
            ]),
            baseline: is_any(&["BASELINE", "SQL_BASELINE", "JDBC_BASELINE"]),
            order: "installed_rank",
            // The tool's own schemas are no migration.
            only: format!("NOT ({})", is_any(&["SCHEMA"])),
            // A repeatable one has no version.
            ..Columns::new("COALESCE(version, script)")
        },
        Tool::Goose => Columns {
            at: time("tstamp"),
            undone: "NOT is_applied".to_owned(),
            order: "id",
            ..Columns::new("version_id")
        },
        Tool::GolangMigrate => Columns {
            failed: "dirty".to_owned(),
            ..Columns::new("version")
        },
        Tool::Dbmate | Tool::Rails => Columns::new("version"),
        Tool::Alembic => Columns::new("version_num"),
    }
}

/// The answer to [`select_sql`].
pub(super) fn rows(tool: Tool, answer: Vec<TextRow>) -> Vec<OldRow> {
    let mut rows: Vec<OldRow> = Vec::new();
    for row in answer {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        let (version, checksum, at, went) = (next(), next(), next(), next());
        let Some(version) = version else { continue };
        let row = OldRow {
            version: match tool {
                Tool::Flyway => of_script(&version).to_owned(),
                _ => version,
            },
            checksum,
            at,
            outcome: match went.as_deref() {
                Some(FAILED) => OldOutcome::Failed,
                Some(BASELINE) => OldOutcome::Baseline,
                Some(_) | None => OldOutcome::Done,
            },
        };
        if matches!(tool, Tool::Goose | Tool::Flyway) {
            // A row for each run, there or back: the last one counts.
            rows.retain(|one| !is_same_version(tool, &one.version, &row.version));
        }
        // Version 0 of goose is the table itself.
        let is_table = tool == Tool::Goose && row.version == "0";
        if went.as_deref() != Some(UNDONE) && !is_table {
            rows.push(row);
        }
    }
    rows
}

/// A version as it is; of a script, which may lie in a folder, its name without the ending.
fn of_script(version: &str) -> &str {
    let name = version.rsplit('/').next().unwrap_or(version);
    name.strip_suffix(".sql").unwrap_or(name)
}
