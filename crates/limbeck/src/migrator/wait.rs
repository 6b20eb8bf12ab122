//! What passes by itself while an application waits for its database.

use super::MigratorError;
use crate::connection::{ConnectError, DatabaseError, QueryError};
use crate::history::HistoryError;
use crate::run::RunErrorKind;

/// Whether it may be well later, though nobody changes the application: the server, or its database, is not there yet.
pub(super) fn passes(error: &MigratorError) -> bool {
    match error {
        MigratorError::Connect(error) => of_connect(error),
        MigratorError::Pool(error) => match &**error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| is_of_server(&code)),
            _ => false,
        },
        MigratorError::History(error) => of_history(error),
        MigratorError::Run(error) => match error.kind() {
            RunErrorKind::History(error) => of_history(error),
            _ => false,
        },
        _ => false,
    }
}

fn of_history(error: &HistoryError) -> bool {
    match error {
        HistoryError::Query { source, .. } => match source {
            QueryError::Lost(_) => true,
            QueryError::Database(error) => has_code_of_server(error),
            QueryError::Driver(_) => false,
        },
        _ => false,
    }
}

fn of_connect(error: &ConnectError) -> bool {
    match error {
        ConnectError::HostNotFound { .. }
        | ConnectError::Refused { .. }
        | ConnectError::Unreachable { .. }
        | ConnectError::Timeout { .. }
        | ConnectError::NoDatabase { .. }
        | ConnectError::NoRole { .. }
        | ConnectError::CannotOpen { .. } => true,
        ConnectError::Rejected { source, .. } => has_code_of_server(source),
        ConnectError::Authentication { .. }
        | ConnectError::TlsRequired { .. }
        | ConnectError::Certificate { .. }
        | ConnectError::OtherHost { .. }
        | ConnectError::NoTls { .. }
        | ConnectError::TlsFile { .. }
        | ConnectError::Tls { .. }
        | ConnectError::Damaged { .. }
        | ConnectError::NotSqlite { .. }
        | ConnectError::Driver { .. } => false,
    }
}

fn has_code_of_server(error: &DatabaseError) -> bool {
    error.code.as_deref().is_some_and(is_of_server)
}

/// Classes of PostgreSQL (manual, appendix A): the connection, insufficient resources, and an operator, who stops or starts
/// the server.
fn is_of_server(code: &str) -> bool {
    code.len() == 5
        && ["08", "53", "57P"]
            .iter()
            .any(|class| code.starts_with(class))
}
