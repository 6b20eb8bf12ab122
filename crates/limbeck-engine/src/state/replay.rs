//! Revisions, the prelude and other sections, run on a scratch database.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, RevisionId, Section, Step};
use limbeck_core::sql::{has_word, quote_identifier};

use super::{Bench, Part, StateError, files, guard, missing_from_prelude, prelude, roles};
use crate::inspect::InspectError;
use crate::scratch::Scratch;
use limbeck::connection::Connection;
use limbeck::folder::Folder;
use limbeck::run;

impl Bench {
    pub(super) async fn replay(
        &mut self,
        connection: &mut Connection,
        folder: &Folder,
        id: &RevisionId,
    ) -> Result<(), StateError> {
        let Some(revision) = folder.graph.get(id) else {
            return Ok(());
        };
        let section = revision.section(Direction::Upgrade, self.dialect)?;
        let file = folder.graph.file(id).unwrap_or_default();
        let what = format!("revision `{id}`");
        self.run(connection, section, file, what).await
    }

    /// Runs a section on a scratch database.
    ///
    /// # Errors
    ///
    /// A statement fails, or would reach beyond the database.
    pub async fn run(
        &mut self,
        connection: &mut Connection,
        section: &Section,
        file: &str,
        what: impl Into<Part>,
    ) -> Result<(), StateError> {
        let adapted = self.adapted(section, file)?;
        let outcome = run::section(connection, &adapted, file, &mut |_, _| {}).await;
        outcome.map_err(|source| StateError::Replay {
            what: what.into(),
            dialect: self.dialect,
            missing: missing_from_prelude(&source).map(|one| one.from(section, self.dialect)),
            source,
        })
    }

    /// The section as it may run on a scratch database.
    pub(crate) fn adapted(&self, section: &Section, file: &str) -> Result<Section, StateError> {
        let own = self.scratch.as_ref().is_none_or(Scratch::is_own);
        match self.dialect {
            Dialect::Sqlite => {
                files::refuse_files(section, file)?;
                Ok(section.clone())
            }
            Dialect::Postgres if own => Ok(roles::tolerated(section)),
            Dialect::Postgres => {
                guard::refuse_beyond_database(section, file)?;
                Ok(section.clone())
            }
        }
    }

    /// Makes the schema that everything without one goes into, unless a revision makes it: a live
    /// database has it before the first revision runs.
    pub(super) async fn make_default_schema(
        &self,
        connection: &mut Connection,
        folder: &Folder,
    ) -> Result<(), StateError> {
        let default = &self.options.inspect.default_schema;
        let name = default.name(self.dialect);
        let makes_it = |step: &Step| has_word(&step.sql, "schema") && has_word(&step.sql, name);
        let is_made = folder.graph.iter().any(|revision| {
            let section = revision.section(Direction::Upgrade, self.dialect);
            matches!(section, Ok(Section::Steps(steps)) if steps.iter().any(makes_it))
        });
        if default.is_usual() || is_made {
            return Ok(());
        }
        let name = quote_identifier(name, self.dialect);
        let create = format!("CREATE SCHEMA IF NOT EXISTS {name}");
        let made = connection.execute(&create).await;
        made.map_err(InspectError::from)?;
        Ok(())
    }

    pub(super) async fn run_prelude(
        &mut self,
        connection: &mut Connection,
        folder: &Folder,
    ) -> Result<(), StateError> {
        let Some(prelude) = folder.prelude(self.dialect) else {
            return Ok(());
        };
        let section = prelude::section(&prelude.sql);
        let file = prelude.path.display().to_string();
        let what = format!("the prelude `{file}`");
        self.run(connection, &section, &file, what).await
    }
}
