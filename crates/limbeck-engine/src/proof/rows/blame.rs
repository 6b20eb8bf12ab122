//! What a refusal is about.

use limbeck_core::schema::{Object, QualifiedName, Table};
use limbeck_core::sql::names;

use super::verdict::Leg;
use super::walk::Walk;
use limbeck::run::StatementError;

/// What the check of all foreign keys at the end of a rebuild reads on SQLite.
const CHECK_OF_KEYS: &str = "pragma_foreign_key_check";

impl Walk<'_> {
    /// What the database names in its refusal, as far as it is a table of the way.
    pub(super) fn object(&self, failed: &StatementError) -> Option<Object> {
        let error = failed.source.database()?;
        let is_reported = |name: &&QualifiedName| {
            let table = error.table.as_deref();
            table.is_some_and(|table| name.name == table) || self.concerns(failed, name)
        };
        let table = self.tables.iter().find(is_reported)?.clone();
        let target = self.change.target(&self.to, &table)?;
        let constraint = error.constraint.as_deref();
        if let Some(name) = constraint {
            if target.indexes.contains_key(name) {
                return Some(Object::Index(table, name.to_owned()));
            }
            if target.constraints.contains_key(name) {
                return Some(Object::Constraint(table, name.to_owned()));
            }
        }
        match &error.column {
            Some(column) if target.column(column).is_some() => {
                Some(Object::Column(table, column.clone()))
            }
            _ => Some(Object::Table(table)),
        }
    }

    /// The table where the way begins that a name of the section means.
    pub(super) fn known(&self, table: &QualifiedName) -> Option<QualifiedName> {
        let there = self.to.table_named(table, self.dialect);
        let origin = there.and_then(|table| self.change.origin(&table.name));
        origin.cloned().or_else(|| {
            let here = self.from.table_named(table, self.dialect)?;
            Some(here.name.clone())
        })
    }

    /// All of a statement of which an error has the start.
    fn whole(&self, failed: &StatementError) -> String {
        let start = failed.statement.trim_end_matches('…');
        let sections = [Leg::There, Leg::Back].map(|leg| self.section(leg));
        sections
            .into_iter()
            .flat_map(|section| section.statements(self.dialect))
            .find(|one| one.text.starts_with(start))
            .map_or_else(|| failed.statement.clone(), |one| one.text)
    }

    /// Whether the check of all foreign keys failed, which names none, and this is one that the way makes.
    pub(super) fn checks_key(
        &self,
        failed: &StatementError,
        leg: Leg,
        table: &QualifiedName,
        name: &str,
    ) -> bool {
        let schemas = match leg {
            Leg::There => [&self.from, &self.to],
            Leg::Back => [&self.to, &self.from],
        };
        let [is_there, is_made] = schemas.map(|schema| {
            let table = schema.table_named(table, self.dialect);
            let mut keys = table.into_iter().flat_map(Table::foreign_keys);
            keys.any(|(key, _)| key.name == name)
        });
        is_made && !is_there && names(&self.whole(failed), CHECK_OF_KEYS, self.dialect)
    }

    pub(super) fn concerns(&self, failed: &StatementError, table: &QualifiedName) -> bool {
        let reported = failed.source.database();
        let by_report = reported
            .and_then(|error| error.table.as_ref())
            .is_some_and(|name| *name == table.name);
        let said = reported
            .map(|error| error.message.as_str())
            .unwrap_or_default();
        by_report
            || names(&self.whole(failed), &table.name, self.dialect)
            || said.contains(&format!("{}.", table.name))
    }
}
