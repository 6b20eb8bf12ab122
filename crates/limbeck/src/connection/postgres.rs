//! A connection to a PostgreSQL server, and whose it is.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

/// A connection to a PostgreSQL server.
#[derive(Debug)]
pub enum PostgresHandle {
    /// One of its own.
    Own(PgConnection),
    /// One of a pool, to look by single queries, after which nothing is set on it.
    Pooled(PoolConnection<Postgres>),
}

impl PostgresHandle {
    /// What a query is to begin with, so that it is answered as it is on a connection of its own: a pool may set a role and
    /// a search path after it has connected. It holds as long as the query.
    pub(super) fn as_own(&self) -> &'static str {
        match self {
            Self::Own(_) => "",
            Self::Pooled(_) => {
                "SET LOCAL session_authorization TO DEFAULT; SET LOCAL role TO DEFAULT; \
                 SET LOCAL search_path TO DEFAULT; "
            }
        }
    }
}

impl Deref for PostgresHandle {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for PostgresHandle {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}
