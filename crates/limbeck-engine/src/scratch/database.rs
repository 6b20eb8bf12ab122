//! A scratch database, and that a connection leads to it and nowhere else.

use super::{ScratchError, query_error};
use limbeck::connection::Connection;
use limbeck::connection::extension::Allowance;
use limbeck::url::DatabaseUrl;

/// A database on the scratch server.
#[derive(Clone, Debug)]
pub struct ScratchDatabase {
    /// Its name.
    pub name: String,
    /// How to connect to it.
    pub url: DatabaseUrl,
    /// The extensions that may be installed there beyond the rights of the login.
    pub(super) allowance: Option<Allowance>,
}

impl ScratchDatabase {
    /// Connects to it, and makes sure that it is it.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Connect`], and [`ScratchError::Elsewhere`] where the name leads to another
    /// database, as a pooler may do and a server that has only one.
    pub async fn connect(&self) -> Result<Connection, ScratchError> {
        let mut connection = connect(&self.url, &self.name).await?;
        if let Some(allowance) = &self.allowance {
            connection.allow(allowance.clone());
        }
        Ok(connection)
    }
}

/// Connects, and asks where that has led before anything is sent that could change something there.
pub(super) async fn connect(url: &DatabaseUrl, name: &str) -> Result<Connection, ScratchError> {
    let mut connection = Connection::connect(url).await?;
    let rows = connection
        .query_text("SELECT pg_catalog.current_database()")
        .await;
    let rows =
        rows.map_err(|source| query_error("ask for the name of the database".into(), source))?;
    let found = rows.into_iter().flatten().flatten().next();
    let found = found.unwrap_or_default();
    if found == name {
        return Ok(connection);
    }
    Err(ScratchError::Elsewhere {
        name: name.to_owned(),
        found,
        url: url.clone(),
    })
}
