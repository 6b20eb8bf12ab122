//! What a server knows of extensions, and what is in the schemas of a database, as the session sees it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Connection, Handling, QueryError, refused};
use crate::connection::TextRow;
use crate::own_names;

/// What the verdict on a statement stands on.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Who says the statement.
    pub(super) role: String,
    /// Where things go that are made without a schema.
    pub(super) current_schema: Option<String>,
    pub(super) installed: BTreeMap<String, Installed>,
    versions: Vec<Version>,
    pub(super) schemas: BTreeMap<String, SchemaFacts>,
}

/// An extension of the database.
#[derive(Debug)]
pub(super) struct Installed {
    pub(super) schema: String,
    pub(super) version: String,
    pub(super) is_relocatable: bool,
    /// Whether the role owns it.
    pub(super) is_mine: bool,
}

/// A version of an extension that the server has.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) name: String,
    pub(super) version: String,
    is_default: bool,
    /// Whether only a superuser may install it.
    pub(super) needs_rights: bool,
    pub(super) is_relocatable: bool,
    /// The one schema that it goes into.
    pub(super) schema: Option<String>,
    pub(super) requires: Vec<String>,
}

/// A schema of the database.
#[derive(Debug)]
pub(super) struct SchemaFacts {
    pub(super) may_create: bool,
    /// Something in it that is neither of a superuser nor of an extension.
    foreign: Option<String>,
}

impl Facts {
    pub(super) fn version(&self, name: &str, version: Option<&str>) -> Option<&Version> {
        self.versions
            .iter()
            .filter(|one| one.name == name)
            .find(|one| match version {
                Some(version) => one.version == version,
                None => one.is_default,
            })
    }

    /// Refuses a script whose path has something that others made: a function or an operator of theirs
    /// that fits better than the one that is meant would run with the rights of the script.
    pub(super) fn refuse_foreign(&self, name: &str, path: &BTreeSet<&str>) -> Result<(), Handling> {
        for schema in path {
            let foreign = self
                .schemas
                .get(*schema)
                .and_then(|one| one.foreign.as_ref());
            if let Some(foreign) = foreign {
                let message = format!(
                    "extension \"{name}\" is installed with the rights of a superuser, \
                     and its script would see {foreign} of schema \"{schema}\""
                );
                let detail = "install it, and what it needs, in a schema that has nothing else in it, \
                              CREATE EXTENSION … SCHEMA …";
                return Err(refused("55000", &message, detail.to_owned()));
            }
        }
        Ok(())
    }
}

/// Asks the session, so that what its transaction has made is seen.
pub(super) async fn ask(connection: &mut Connection) -> Result<Facts, QueryError> {
    let asked = own_names::alone(include_str!("facts.sql"));
    let sql = format!("SELECT pg_catalog.current_schema(), current_user; {asked}");
    let mut sets = connection.query_sets(&sql).await?.into_iter();
    let mut facts = Facts::default();
    for row in sets.next().unwrap_or_default() {
        let [schema, role] = columns(row);
        facts.current_schema = schema;
        facts.role = role.unwrap_or_default();
    }
    // The path that is set aside.
    sets.next();
    for row in sets.next().unwrap_or_default() {
        let [name, schema, version, is_relocatable, is_mine] =
            columns(row).map(Option::unwrap_or_default);
        let installed = Installed {
            schema,
            version,
            is_relocatable: is_relocatable == "t",
            is_mine: is_mine == "t",
        };
        facts.installed.insert(name, installed);
    }
    for row in sets.next().unwrap_or_default() {
        let [
            name,
            version,
            is_default,
            needs_rights,
            is_relocatable,
            schema,
            requires,
        ] = columns(row);
        let is = |value: Option<String>| value.is_some_and(|value| value == "t");
        let requires = requires.unwrap_or_default();
        let requires = requires.split(',').filter(|name| !name.is_empty());
        facts.versions.push(Version {
            name: name.unwrap_or_default(),
            version: version.unwrap_or_default(),
            is_default: is(is_default),
            needs_rights: is(needs_rights),
            is_relocatable: is(is_relocatable),
            schema,
            requires: requires.map(ToOwned::to_owned).collect(),
        });
    }
    for row in sets.next().unwrap_or_default() {
        let [name, may_create, foreign] = columns(row);
        let schema = SchemaFacts {
            may_create: may_create.is_some_and(|value| value == "t"),
            foreign,
        };
        facts.schemas.insert(name.unwrap_or_default(), schema);
    }
    Ok(facts)
}

fn columns<const COUNT: usize>(row: TextRow) -> [Option<String>; COUNT] {
    let mut values = row.into_iter();
    std::array::from_fn(|_| values.next().flatten())
}
