//! What an error of the database is to a client.

use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::{DatabaseError, ErrorKind};

use super::Error;

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let found = match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Kind::Unavailable,
            DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => kind(error),
            _ => Kind::Fault,
        };
        match found {
            Kind::Unavailable => Self::Unavailable(error.into()),
            Kind::Taken => Self::Conflict("it is there already"),
            Kind::Refers => Self::Conflict("what it belongs to is not there any more"),
            Kind::Refused => Self::field("body", "", "the database refuses a value"),
            Kind::Fault => Self::Internal(error.into()),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        DbErr::Query(RuntimeErr::SqlxError(error.into())).into()
    }
}

enum Kind {
    /// It may work in a moment.
    Unavailable,
    /// A unique value is taken.
    Taken,
    /// A row that is referenced is not there.
    Refers,
    /// A value is none of its column.
    Refused,
    /// The service has asked for what there is not.
    Fault,
}

fn kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Database(error) => of_database(error.as_ref()),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        // A connection that breaks in the middle of an answer.
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Kind::Unavailable,
        _ => Kind::Fault,
    }
}

fn of_database(error: &dyn DatabaseError) -> Kind {
    match error.kind() {
        ErrorKind::UniqueViolation => return Kind::Taken,
        ErrorKind::ForeignKeyViolation => return Kind::Refers,
        ErrorKind::CheckViolation => return Kind::Refused,
        _ => {}
    }
    let code = error.code().unwrap_or_default();
    if error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some()
    {
        return of_sqlite(&code);
    }
    match code.as_ref() {
        // The server is starting, stopping, full, or has given up this transaction for another one: classes 08 and 57,
        // 53300 too many connections, 40001 and 40P01, 55P03 a lock that was not to be had.
        "53300" | "40001" | "40P01" | "55P03" => Kind::Unavailable,
        // 57014 is a statement that took too long.
        code if code.starts_with("08") || code.starts_with("57") => Kind::Unavailable,
        // "Data exception": too long, out of range, a NUL character.
        code if code.starts_with("22") => Kind::Refused,
        _ => Kind::Fault,
    }
}

/// <https://www.sqlite.org/rescode.html>: the primary code is the lowest byte.
fn of_sqlite(code: &str) -> Kind {
    match code.parse::<u32>().map(|code| code & 0xff) {
        // Busy, locked, cannot be opened.
        Ok(5 | 6 | 14) => Kind::Unavailable,
        // Too big.
        Ok(18) => Kind::Refused,
        _ => Kind::Fault,
    }
}
