//! Scratch databases that outlive a run, and those that should not have: templates and leftovers.

use std::collections::BTreeSet;
use std::time::Duration;

use super::database::ScratchDatabase;
use super::{Scratch, ScratchError, ServerKind, account, literal, name, query_error, quote};

/// How many templates are kept on one server.
pub const KEPT_TEMPLATES: usize = 20;

/// How old a leftover on a server that others use must be before it is dropped.
const LEFTOVER_AGE: Duration = Duration::from_secs(3600);

const DUPLICATE_DATABASE: &str = "42P04";

impl Scratch {
    /// The name a template has for a hash.
    #[must_use]
    pub fn template_name(hash: &str) -> String {
        format!("{}{hash}", name::TEMPLATE_PREFIX)
    }

    /// Keeps a copy of a database as the template of `hash`; nobody may be connected to it.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Query`] when it cannot be copied. A template that exists already is left.
    pub async fn save_template(
        &mut self,
        database: &ScratchDatabase,
        hash: &str,
    ) -> Result<String, ScratchError> {
        let template = Self::template_name(hash);
        match self.copy(&database.name, &template, "").await {
            Err(ScratchError::Query { source, .. }) if source.has_code(DUPLICATE_DATABASE) => {}
            outcome => outcome?,
        }
        self.mark_used(&template).await?;
        Ok(template)
    }

    /// Turns a database into the template of `hash` without copying it; nobody may be connected to it.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Query`] when it cannot be renamed.
    pub async fn into_template(
        &mut self,
        database: ScratchDatabase,
        hash: &str,
    ) -> Result<String, ScratchError> {
        let template = Self::template_name(hash);
        if self.templates().await?.contains(&template) {
            self.drop_database(&database.name).await?;
        } else {
            if self.is_own() {
                // Later runs stand on it, so the login may not touch it any more.
                let sql = format!(
                    "ALTER DATABASE {} OWNER TO current_user",
                    quote(&database.name)
                );
                self.query(&sql, "take over a template").await?;
            }
            let sql = format!(
                "ALTER DATABASE {} RENAME TO {}",
                quote(&database.name),
                quote(&template)
            );
            self.execute_when_free(&sql, &database.name)
                .await
                .map_err(|source| {
                    query_error(format!("rename database `{}`", database.name), source)
                })?;
            self.created.remove(&database.name);
        }
        self.mark_used(&template).await?;
        Ok(template)
    }

    /// The names of the templates that the server has and that were made by who we are: anybody else may
    /// have put anything into theirs.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Query`].
    pub async fn templates(&mut self) -> Result<BTreeSet<String>, ScratchError> {
        let sql = format!(
            "SELECT datname FROM pg_catalog.pg_database \
             WHERE pg_catalog.starts_with(datname::text, {}) \
               AND pg_catalog.pg_get_userbyid(datdba) = current_user",
            literal(name::TEMPLATE_PREFIX)
        );
        let rows = self.query(&sql, "look up templates").await?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }

    /// Whether templates are made here. They are not left on the configured server, which was not
    /// given for that.
    #[must_use]
    pub fn keeps_templates(&self) -> bool {
        match &self.place {
            ServerKind::Own(_) | ServerKind::Given => true,
            ServerKind::Configured => false,
        }
    }

    /// Notes on a template when it was used last; the comment is where that survives.
    pub(super) async fn mark_used(&mut self, template: &str) -> Result<(), ScratchError> {
        if !template.starts_with(name::TEMPLATE_PREFIX) {
            return Ok(());
        }
        let now = name::seconds_since_1970();
        let sql = format!("COMMENT ON DATABASE {} IS '{now}'", quote(template));
        match self.admin.execute(&sql).await {
            Ok(_) => Ok(()),
            Err(source) => Err(query_error(
                format!("comment on database `{template}`"),
                source,
            )),
        }
    }

    /// Drops the databases that dead runs left and the templates beyond the newest, and returns their
    /// names.
    ///
    /// On a server that others use, too, a database goes only when its process is not alive here, it
    /// is an hour old, and nobody is connected: a process of another machine may work on it.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Query`] when the databases cannot be listed. One that cannot be dropped stays.
    pub async fn remove_leftovers(&mut self) -> Result<Vec<String>, ScratchError> {
        // What somebody else calls so is not ours to drop; on our own server it is in the way.
        let mine = if self.is_own() {
            "true"
        } else {
            "pg_catalog.pg_get_userbyid(datdba) = current_user"
        };
        let sql = format!(
            "SELECT datname, coalesce(shobj_description(d.oid, 'pg_database'), ''), \
             EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid \
                 AND coalesce(a.backend_type, '') NOT LIKE 'logical replication%'), \
             pg_catalog.pg_get_userbyid(datdba) = current_user \
             FROM pg_catalog.pg_database AS d \
             WHERE datname LIKE 'limbeck\\_%' AND {mine} ORDER BY datname"
        );
        let rows = self.query(&sql, "list databases").await?;
        let mut templates = Vec::new();
        let mut leftovers = Vec::new();
        for row in rows {
            let mut row = row.into_iter().map(Option::unwrap_or_default);
            let name = row.next().unwrap_or_default();
            let used: u64 = row.next().and_then(|used| used.parse().ok()).unwrap_or(0);
            let is_used = row.next().is_none_or(|is_used| is_used != "f");
            let is_ours = row.next().is_some_and(|is_ours| is_ours == "t");
            if name.starts_with(name::TEMPLATE_PREFIX) {
                if !is_ours {
                    // Nobody makes one but us: what a revision has put there must not be in the way.
                    leftovers.extend(self.is_own().then_some(name));
                    continue;
                }
                templates.push((used, name));
            } else if !is_used && self.is_leftover(&name) {
                leftovers.push(name);
            }
        }
        templates.sort_by(|left, right| right.cmp(left));
        leftovers.extend(
            templates
                .into_iter()
                .skip(KEPT_TEMPLATES)
                .map(|(_, name)| name),
        );
        let mut dropped = Vec::new();
        for name in leftovers {
            // Without FORCE: whoever has connected in the meantime keeps it.
            if self.drop_with(&name, "").await.is_ok() {
                dropped.push(name);
            }
        }
        Ok(dropped)
    }

    fn is_leftover(&self, name: &str) -> bool {
        if self.created.contains(name) {
            return false;
        }
        if self.is_own() && name.starts_with(name::STANDING_PREFIX) {
            return true;
        }
        let Some(origin) = name::origin(name) else {
            return false;
        };
        if self.is_own() {
            // The lock on the data directory says that no other run is alive.
            return true;
        }
        let age = name::seconds_since_1970().saturating_sub(origin.created);
        age > LEFTOVER_AGE.as_secs() && !account::is_alive(origin.process)
    }
}
