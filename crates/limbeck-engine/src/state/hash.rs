//! What a state is known by.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Revision, RevisionId, SectionError, checksum};

use super::{Bench, FORMAT, StateError, cache};
use limbeck::folder::Folder;

impl Bench {
    /// The checksum of an upgrade, taken once: a long way is hashed for each of its parts.
    fn checksum(&mut self, revision: &Revision) -> Result<String, SectionError> {
        let section = revision.section(Direction::Upgrade, self.dialect)?;
        if let Some((known, checksum)) = self.checksums.get(&revision.id)
            && known == section
        {
            return Ok(checksum.clone());
        }
        let checksum = checksum(section, self.dialect);
        let known = (section.clone(), checksum.clone());
        self.checksums.insert(revision.id.clone(), known);
        Ok(checksum)
    }

    /// What a state is known by: all that it is made from.
    pub(super) async fn hash(
        &mut self,
        folder: &Folder,
        path: &[&RevisionId],
    ) -> Result<String, StateError> {
        let hashes = self.hashes(folder, path).await?;
        Ok(hashes.into_iter().next_back().unwrap_or_default())
    }

    /// What each state on the way is known by, each made of the one before it.
    pub(super) async fn hashes(
        &mut self,
        folder: &Folder,
        path: &[&RevisionId],
    ) -> Result<Vec<String>, StateError> {
        let mut base = vec![
            FORMAT.to_string(),
            self.dialect.to_string(),
            self.server().await?,
            format!("{:?}", self.options.inspect),
            format!("{:?}", self.options.search_path),
        ];
        let extensions = &self.options.scratch.server.extensions;
        if self.dialect == Dialect::Postgres && !extensions.is_empty() {
            // What was allowed once is allowed for who says so again.
            base.push(format!("allowed: {extensions:?}"));
        }
        base.extend(folder.prelude(self.dialect).map(|one| one.sql.clone()));
        let mut last = cache::hash(&base);
        let mut hashes = vec![last.clone()];
        for id in path {
            let checksum = match folder.graph.get(id) {
                Some(revision) => self.checksum(revision)?,
                None => String::new(),
            };
            last = cache::hash(&[last, id.to_string(), checksum]);
            hashes.push(last.clone());
        }
        Ok(hashes)
    }
}
