//! Which databases the project is for.

use std::collections::BTreeSet;

use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Graph;

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

    /// The dialects that flags name.
    pub(crate) fn flagged_dialects(&self) -> &[Dialect] {
        &self.dialects
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
        Ok(dialects_of(&self.folder_to_begin()?.graph)
            .into_iter()
            .collect())
    }

    /// The database that SQL is for where its file says none: the only one that the project is for, by
    /// limbeck.toml, else by the other revisions, else by its URL, else by a flag.
    fn dialect_of_unmarked(&self, graph: &Graph) -> Option<Dialect> {
        let said = match &self.config.dialects {
            Some(listed) => listed.iter().copied().collect(),
            None => dialects_of(graph),
        };
        let flags = || self.dialects.iter().copied().collect();
        let of_url = |url: Option<DatabaseUrl>| url.map(|url| url.dialect()).into_iter().collect();
        let places: [&dyn Fn() -> BTreeSet<Dialect>; 4] = [
            &|| said.clone(),
            &|| of_url(self.own_url().ok().flatten()),
            &flags,
            &|| of_url(self.url().ok().flatten()),
        ];
        let found = places.iter().map(|place| place());
        let found = found.into_iter().find(|found| !found.is_empty())?;
        match found.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Whether the project itself says that it is for a dialect, whatever flags say this time.
    pub(crate) fn is_for(&self, dialect: Dialect) -> bool {
        let own = Self {
            url: None,
            dialects: Vec::new(),
            ..self.clone()
        };
        own.listed_dialects()
            .is_ok_and(|listed| listed.contains(&dialect))
    }

    /// Refuses to run on `dialect` what no file says to be for it, and what the project is not for alone.
    pub(crate) fn refuse_unsaid(
        &self,
        graph: &Graph,
        dialect: Dialect,
    ) -> Result<(), CommandError> {
        let unsaid = || graph.iter().filter(|revision| revision.is_unsaid());
        let Some(first) = unsaid().next() else {
            return Ok(());
        };
        let project = self.dialect_of_unmarked(graph);
        if project == Some(dialect) {
            return Ok(());
        }
        let file = graph.file(&first.id).unwrap_or_default();
        let others = match unsaid().count() - 1 {
            0 => String::new(),
            1 => ", nor does another one".to_owned(),
            number => format!(", nor do {number} others"),
        };
        let error = CommandError::config(format!(
            "{file} does not say which database its SQL is for{others}"
        ));
        Err(match project {
            Some(project) => error
                .cause(format!("the project is for {project}, and this is {dialect}"))
                .hint(format!(
                    "mark what was written for {project}: limbeck revision --mark --dialect {project}"
                )),
            None => error
                .hint("mark what was written for PostgreSQL: limbeck revision --mark --dialect postgres")
                .hint("mark what was written for SQLite: limbeck revision --mark --dialect sqlite")
                .hint("mark what runs on both: limbeck revision --mark --dialect postgres --dialect sqlite"),
        })
    }

    /// The databases that files are marked with: those of the flags, else the only one of the project.
    pub(crate) fn dialects_to_mark(
        &self,
        graph: &Graph,
    ) -> Result<BTreeSet<Dialect>, CommandError> {
        if !self.dialects.is_empty() {
            return Ok(self.dialects()?.into_iter().collect());
        }
        let project = self.dialect_of_unmarked(graph);
        project.map(|one| BTreeSet::from([one])).ok_or_else(|| {
            CommandError::usage("nothing says which database the revisions were written for")
                .hint("--dialect postgres or --dialect sqlite; both flags for what runs on both")
        })
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

/// The dialects that headers and marked sections name.
fn dialects_of(graph: &Graph) -> BTreeSet<Dialect> {
    let named = graph.iter().flat_map(|revision| {
        revision
            .upgrade
            .dialects
            .keys()
            .chain(&revision.dialects)
            .chain(&revision.pending)
    });
    named.copied().collect()
}
