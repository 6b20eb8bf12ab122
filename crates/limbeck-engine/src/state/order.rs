//! What revisions make in an order that somebody says.

use std::sync::Arc;

use limbeck_core::revision::RevisionId;

use super::{Bench, StateError, cache};
use crate::inspect::{Residue, residue};
use limbeck::folder::Folder;

impl Bench {
    /// The whole database after `common` and then these, one after the other; the inner error is that
    /// one of these does not run.
    pub(crate) async fn residue_in_order(
        &mut self,
        folder: &Folder,
        common: &[RevisionId],
        then: &[RevisionId],
    ) -> Result<Result<Arc<Residue>, StateError>, StateError> {
        let mut path = folder.graph.upgrade_path(&[], common)?;
        path.extend(then);
        // The order is part of what a state is known by.
        let hash = self.hash(folder, &path).await?;
        if let Some(known) = cache::read::<Residue>(self.cache(), "residue", &hash) {
            return Ok(Ok(Arc::new(known)));
        }
        let mut copy = self.copy(folder, common).await?;
        let mut outcome = Ok(());
        for id in then {
            outcome = self.replay(&mut copy.connection, folder, id).await;
            if outcome.is_err() {
                break;
            }
        }
        let outcome = match outcome {
            Ok(()) => Ok(residue(&mut copy.connection, &self.options.inspect).await),
            Err(error) => Err(error),
        };
        self.discard(copy).await?;
        match outcome {
            Ok(residue) => {
                let residue = residue?;
                cache::write(self.cache(), "residue", &hash, &residue);
                Ok(Ok(Arc::new(residue)))
            }
            Err(error @ StateError::Replay { .. }) => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }
}
