//! Which databases the project is for.

use limbeck_core::dialect::Dialect;

use super::Workspace;
use crate::command_error::CommandError;

impl Workspace {
    /// The dialects that a comparison of things without one can be about.
    pub(crate) fn possible_dialects(&self) -> Result<Vec<Dialect>, CommandError> {
        if self.dialects.is_empty() {
            self.listed_dialects()
        } else {
            Ok(self.dialects.clone())
        }
    }

    /// Whether a flag, the configuration or a URL names a dialect.
    pub(crate) fn tells_dialect(&self) -> Result<bool, CommandError> {
        let is_named = !self.dialects.is_empty() || self.config.dialects.is_some();
        Ok(is_named || self.url()?.is_some() || !self.dialects_of_revisions()?.is_empty())
    }

    /// The dialects that a revision of this project is written for.
    pub(crate) fn listed_dialects(&self) -> Result<Vec<Dialect>, CommandError> {
        let mut dialects = match &self.config.dialects {
            Some(dialects) if dialects.is_empty() => {
                let text = format!("{}: `dialects` is empty", self.config_file);
                return Err(CommandError::config(text).hint("list `postgres`, `sqlite` or both"));
            }
            Some(dialects) => dialects.clone(),
            None if !self.dialects.is_empty() => self.dialects.clone(),
            None => match self.url()? {
                Some(url) => vec![url.dialect()],
                None => self.dialects_of_revisions()?,
            },
        };
        if dialects.is_empty() {
            let text = "nothing says which database this project is for";
            return Err(CommandError::config(text).hint(format!(
                "set DATABASE_URL in .env, such as DATABASE_URL=sqlite:///app.db\n\
                 write dialects = [\"postgres\"] or dialects = [\"sqlite\"] into {}\n\
                 for this time: --dialect postgres or --dialect sqlite",
                self.config_file
            )));
        }
        dialects.sort_unstable();
        dialects.dedup();
        Ok(dialects)
    }

    /// The dialects that revisions are written for, by their headers and marked sections.
    fn dialects_of_revisions(&self) -> Result<Vec<Dialect>, CommandError> {
        let folder = self.folder()?;
        let named = folder.graph.iter().flat_map(|revision| {
            let marked = revision.upgrade.dialects.keys();
            marked.chain(&revision.dialects).chain(&revision.pending)
        });
        Ok(named.copied().collect())
    }

    /// The dialects to work on now: those that flags choose of the listed ones.
    pub(crate) fn dialects(&self) -> Result<Vec<Dialect>, CommandError> {
        let listed = self.listed_dialects()?;
        for dialect in &self.dialects {
            if !listed.contains(dialect) {
                let text = format!(
                    "`{dialect}` is not among the `dialects` of {}",
                    self.config_file
                );
                return Err(
                    CommandError::usage(text).hint(format!("add `{dialect}` to `dialects`"))
                );
            }
        }
        let chosen =
            |dialect: &Dialect| self.dialects.is_empty() || self.dialects.contains(dialect);
        Ok(listed.into_iter().filter(chosen).collect())
    }
}
