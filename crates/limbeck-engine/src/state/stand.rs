//! What a database needs that stands for another program: to be known without being made, and to be let go of.

use limbeck_core::revision::RevisionId;

use super::{Bench, Copy, StateError};
use crate::scratch::{DatabaseUse, ScratchDatabase};
use limbeck::folder::Folder;

impl Bench {
    /// What the state after `revisions` is known by, without making it.
    ///
    /// # Errors
    ///
    /// A revision has nothing for the dialect, or no server can be had.
    pub async fn fingerprint(
        &mut self,
        folder: &Folder,
        revisions: &[RevisionId],
    ) -> Result<String, StateError> {
        let path = folder.graph.upgrade_path(&[], revisions)?;
        self.hash(folder, &path).await
    }

    /// Lets go of a scratch database of PostgreSQL that stays until the bench is closed; on a server of
    /// Limbeck's own it gets the name that is given. None on SQLite, whose copies are in memory.
    ///
    /// # Errors
    ///
    /// The server does not rename it.
    pub async fn let_stand(
        &mut self,
        copy: Copy,
        name: Option<&str>,
    ) -> Result<Option<ScratchDatabase>, StateError> {
        let Copy {
            connection,
            database,
            hash: _,
        } = copy;
        // Whatever the goodbye says, the session is over.
        let _ = connection.close().await;
        match (database, name) {
            (Some(database), Some(name)) => {
                Ok(Some(self.scratch().await?.give_name(database, name).await?))
            }
            (database, _) => Ok(database),
        }
    }

    /// Starts the server, and removes what dead runs have left on it.
    ///
    /// # Errors
    ///
    /// No server can be had.
    pub async fn sweep(&mut self) -> Result<(), StateError> {
        self.scratch().await.map(|_| ())
    }

    /// What the server knows about the use of a scratch database.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub async fn use_of(&mut self, database: &ScratchDatabase) -> Result<DatabaseUse, StateError> {
        Ok(self.scratch().await?.use_of(&database.name).await?)
    }
}
