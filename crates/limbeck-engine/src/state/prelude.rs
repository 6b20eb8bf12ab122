//! The prelude: SQL for what others own and the revisions stand on.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::plan::StepMode;
use limbeck_core::revision::{Section, Step};
use limbeck_core::sql::effect::{Effect, of_statement};

use super::{Bench, StateError};
use crate::scratch::login::is_own;
use limbeck::folder::Folder;
use limbeck::run::{RunError, RunErrorKind};

/// The prelude as a section of one step.
pub(super) fn section(sql: &str) -> Section {
    Section::Steps(vec![Step {
        mode: StepMode::Transaction,
        sql: sql.to_owned(),
        line: 1,
    }])
}

/// What others own of a residue: a prelude makes only as much of it as the revisions need.
pub(crate) async fn prelude_keys(
    bench: &mut Bench,
    folder: &Folder,
) -> Result<BTreeSet<String>, StateError> {
    if folder.prelude(bench.dialect()).is_none() {
        return Ok(BTreeSet::new());
    }
    let pristine = bench.residue(&Folder::default(), &[]).await?;
    let made = bench.residue(folder, &[]).await?;
    let new = made
        .iter()
        .filter(|(key, text)| pristine.get(*key) != Some(*text));
    Ok(new.map(|(key, _)| key.clone()).collect())
}

/// The roles among `names` that the prelude does not make, where it can make any: roles are the
/// server's, and Limbeck's own one has none but those.
///
/// # Errors
///
/// There is no server.
pub async fn missing_roles(
    bench: &mut Bench,
    folder: &Folder,
    names: &[String],
) -> Result<Vec<String>, StateError> {
    if bench.dialect() != Dialect::Postgres || names.is_empty() || !bench.has_own_server().await? {
        return Ok(Vec::new());
    }
    let made = folder.prelude(bench.dialect());
    let made = made.map_or(Vec::new(), |prelude| {
        super::roles::created(&section(&prelude.sql))
    });
    let missing = names
        .iter()
        .filter(|name| !made.contains(name) && !is_own(name));
    Ok(missing.cloned().collect())
}

/// What a statement misses, by its name where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A role.
    Role(String),
    /// A type.
    Type(String),
    /// A schema.
    Schema(String),
    /// A table, or what can be in its place.
    Table(String),
    /// A table that the same statements make further down.
    Later(String),
    /// A function.
    Function,
}

impl Missing {
    /// What is missing of statements that make tables themselves.
    pub(super) fn from(self, section: &Section, dialect: Dialect) -> Self {
        let Self::Table(name) = self else {
            return self;
        };
        let makes = |effect: Effect| match effect {
            Effect::CreateTable(table, _) => table.to_string() == name || table.name == name,
            _ => false,
        };
        let mut statements = section.statements(dialect);
        if statements.any(|statement| of_statement(&statement).into_iter().any(makes)) {
            Self::Later(name)
        } else {
            Self::Table(name)
        }
    }
}

/// What a failed statement missed, as far as the error tells.
#[must_use]
pub fn missing_from_prelude(error: &RunError) -> Option<Missing> {
    let RunErrorKind::Statement(failed) = error.kind() else {
        return None;
    };
    // Who drops what is not there has its name wrong.
    if failed.statement.to_ascii_uppercase().starts_with("DROP ") {
        return None;
    }
    let database = failed.source.database()?;
    let code = database.code.as_deref()?;
    let name = || Some(database.message.split('"').nth(1)?.to_owned());
    match code {
        // undefined_object: a role, a type, an extension.
        "42704" if database.message.starts_with("role ") => name().map(Missing::Role),
        "42704" if database.message.starts_with("type ") => name().map(Missing::Type),
        "3F000" => name().map(Missing::Schema),
        "42P01" => name().map(Missing::Table),
        "42883" => Some(Missing::Function),
        _ => None,
    }
}
