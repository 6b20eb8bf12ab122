//! Names in Limbeck's own statements on a PostgreSQL database in which others may create objects.
//!
//! Names and operators in them are those of `pg_catalog`; the path of the session is for what users wrote. PostgreSQL takes
//! an operator that fits the types better from any schema of the path, also from one behind `pg_catalog` (manual, section
//! 10.2). So either these schemas are off the path, as between [`BEGIN`] and [`END`], or the operator is spelled
//! `OPERATOR(pg_catalog.=)`.

/// Keeps the session's path for [`END`] or the end of the transaction, and leaves `pg_catalog` alone on it.
pub const BEGIN: &str = "SELECT \
     pg_catalog.set_config('limbeck.search_path', pg_catalog.current_setting('search_path'), true), \
     pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true); ";

/// Puts the session's path back; it may follow a statement that has no semicolon.
pub const END: &str = "; SELECT \
     pg_catalog.set_config('search_path', pg_catalog.current_setting('limbeck.search_path'), true)";

/// The statements with [`BEGIN`] before and [`END`] behind them.
pub fn alone(statements: &str) -> String {
    format!("{BEGIN}{statements}{END}")
}

/// The text with operators that are those of `pg_catalog` on every path.
pub(crate) fn spelled(text: &str) -> String {
    text.replace(" == ", " OPERATOR(pg_catalog.=) ")
        .replace(" != ", " OPERATOR(pg_catalog.<>) ")
}
