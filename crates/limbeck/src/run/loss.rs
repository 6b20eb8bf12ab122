//! What a downgrade would take away that is there: asked before anything of it is run.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Section};
use limbeck_core::schema::{Object, QualifiedName};
use limbeck_core::sql::quote_literal;

use crate::connection::{Connection, QueryError};
use crate::effects::{self, Effect, announced, effects, readings};
use crate::run::prepare::Pending;
use crate::run::{RunError, RunOptions};

/// What a downgrade does about rows and values that would be gone afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Stops before anything is run.
    #[default]
    Refuse,
    /// Goes on.
    Accept,
}

/// Refuses a downgrade that would lose rows of a table, or values of a column, that are there now.
///
/// What would go is what comments announce (`-- loses: tasks.note`) and what statements drop or empty.
pub(super) async fn check(
    connection: &mut Connection,
    options: &RunOptions,
    pending: &[Pending<'_>],
) -> Result<(), RunError> {
    let dialect = connection.dialect();
    let objects: Vec<Doomed> = doomed(pending, dialect).into_iter().collect();
    if objects.is_empty() {
        return Ok(());
    }
    let failed = |source| RunError::Query {
        action: "look for what would be lost",
        done: Vec::new(),
        source,
    };
    let there = existing(connection, options, &objects)
        .await
        .map_err(failed)?;
    let held = held(connection, options, &there).await.map_err(failed)?;
    if held.is_empty() {
        return Ok(());
    }
    Err(RunError::WouldLose { objects: held })
}

/// A table, or a column of it, by the name that it has before anything is run.
type Doomed = (QualifiedName, Option<String>);

fn doomed(pending: &[Pending<'_>], dialect: Dialect) -> BTreeSet<Doomed> {
    let mut walk = Walk {
        dialect,
        tables: BTreeMap::new(),
        columns: BTreeMap::new(),
        made: BTreeSet::new(),
        rebuilt: BTreeSet::new(),
        found: BTreeSet::new(),
    };
    for one in pending {
        let section = one.revision.section(Direction::Downgrade, dialect);
        let Ok(section) = section else { continue };
        let steps = effects::steps(section);
        let rest = steps.get(one.done as usize..).unwrap_or_default();
        walk.section(&Section::Steps(rest.to_vec()));
    }
    walk.found
}

/// Goes through the statements and keeps account of names.
struct Walk {
    dialect: Dialect,
    /// Names on the way, with those of the beginning.
    tables: BTreeMap<QualifiedName, QualifiedName>,
    columns: BTreeMap<(QualifiedName, String), String>,
    /// Tables that were made on the way.
    made: BTreeSet<QualifiedName>,
    /// Tables that were dropped for another one to take their name.
    rebuilt: BTreeSet<QualifiedName>,
    found: BTreeSet<Doomed>,
}

impl Walk {
    fn section(&mut self, section: &Section) {
        let announced = announced(section, self.dialect);
        // What is announced is called as at the start of the section or as at its end.
        self.announce(&announced.losses);
        let effects = effects(section, self.dialect);
        for (place, effect) in effects.iter().enumerate() {
            self.take(effect, &effects[place + 1..]);
        }
        self.announce(&announced.losses);
    }

    fn announce(&mut self, losses: &BTreeSet<String>) {
        for text in losses {
            for (table, column) in readings(text, self.dialect) {
                self.lose(&table, column.as_deref());
            }
        }
    }

    fn key(&self, table: &QualifiedName) -> QualifiedName {
        match self.dialect {
            Dialect::Postgres => table.clone(),
            Dialect::Sqlite => QualifiedName::new(table.name.to_lowercase()),
        }
    }

    fn lose(&mut self, table: &QualifiedName, column: Option<&str>) {
        let key = self.key(table);
        if self.made.contains(&key) {
            return;
        }
        let origin = self.tables.get(&key).unwrap_or(table).clone();
        let column = column.map(|column| {
            let place = (key, column.to_owned());
            self.columns.get(&place).cloned().unwrap_or(place.1)
        });
        self.found.insert((origin, column));
    }

    fn take(&mut self, effect: &Effect, later: &[Effect]) {
        match effect {
            Effect::CreateTable(table) => drop(self.made.insert(self.key(table))),
            Effect::DropTable(table) => {
                // Another table that takes the name is the same one, rebuilt.
                let key = self.key(table);
                let is_rebuilt = later
                    .iter()
                    .any(|one| matches!(one, Effect::RenameTable(_, to) if self.key(to) == key));
                if is_rebuilt {
                    self.rebuilt.insert(key.clone());
                } else {
                    self.lose(table, None);
                }
                self.made.remove(&key);
            }
            Effect::RenameTable(from, to) => {
                let (from_key, to_key) = (self.key(from), self.key(to));
                if self.made.remove(&from_key) {
                    // A rebuilt table holds the rows that it held.
                    if !self.rebuilt.contains(&to_key) {
                        self.made.insert(to_key);
                    }
                    return;
                }
                let origin = self
                    .tables
                    .remove(&from_key)
                    .unwrap_or_else(|| from.clone());
                let moved: Vec<(String, String)> = self
                    .columns
                    .iter()
                    .filter(|((table, _), _)| *table == from_key)
                    .map(|((_, column), origin)| (column.clone(), origin.clone()))
                    .collect();
                for (column, origin) in moved {
                    self.columns.insert((to_key.clone(), column), origin);
                }
                self.tables.insert(to_key, origin);
            }
            Effect::RenameColumn(table, from, to) => {
                let key = self.key(table);
                let place = (key.clone(), from.clone());
                let origin = self.columns.remove(&place).unwrap_or_else(|| from.clone());
                self.columns.insert((key, to.clone()), origin);
            }
            Effect::DropColumn(table, column) => self.lose(table, Some(column)),
            Effect::DeleteAll(table) => self.lose(table, None),
            Effect::Insert(_) | Effect::Update(..) | Effect::Delete(_) => {}
        }
    }
}

/// Those that are there now, in one round trip.
async fn existing(
    connection: &mut Connection,
    options: &RunOptions,
    objects: &[Doomed],
) -> Result<Vec<Doomed>, QueryError> {
    let dialect = connection.dialect();
    let queries = objects.iter().map(|(table, column)| match dialect {
        Dialect::Postgres => {
            let place = match &table.schema {
                Some(schema) => format!("n.nspname = {}", quote_literal(schema)),
                None => "pg_catalog.pg_table_is_visible(c.oid)".to_owned(),
            };
            // What is generated can be generated again.
            let column = column.as_ref().map_or(String::new(), |column| {
                format!(
                    " AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid \
                     AND a.attname = {} AND NOT a.attisdropped AND a.attgenerated = '')",
                    quote_literal(column)
                )
            });
            format!(
                "SELECT 1 FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p') AND c.relname = {} AND {place}{column}",
                quote_literal(&table.name)
            )
        }
        Dialect::Sqlite => {
            let name = quote_literal(&table.name);
            match column {
                None => format!(
                    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower({name})"
                ),
                Some(column) => format!(
                    "SELECT 1 FROM pragma_table_xinfo({name}) \
                     WHERE lower(name) = lower({}) AND hidden = 0",
                    quote_literal(column)
                ),
            }
        }
    });
    let sets = ask(connection, options, queries.collect()).await?;
    let there = objects
        .iter()
        .zip(sets)
        .filter(|(_, rows)| !rows.is_empty());
    Ok(there.map(|(object, _)| object.clone()).collect())
}

/// The names of those that hold something, in one round trip.
async fn held(
    connection: &mut Connection,
    options: &RunOptions,
    objects: &[Doomed],
) -> Result<Vec<String>, QueryError> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let queries = objects.iter().map(|(table, column)| {
        let name: Vec<String> = table.parts().into_iter().map(quoted).collect();
        let condition = column.as_ref().map_or(String::new(), |column| {
            format!(" WHERE {} IS NOT NULL", quoted(column))
        });
        format!("SELECT 1 FROM {}{condition} LIMIT 1", name.join("."))
    });
    let sets = ask(connection, options, queries.collect()).await?;
    let held = objects
        .iter()
        .zip(sets)
        .filter(|(_, rows)| !rows.is_empty());
    let names = held.map(|((table, column), _)| match column {
        Some(column) => Object::Column(table.clone(), column.clone()).to_string(),
        None => table.to_string(),
    });
    Ok(names.collect())
}

/// The rows of each query, asked as the run will ask.
async fn ask(
    connection: &mut Connection,
    options: &RunOptions,
    queries: Vec<String>,
) -> Result<Vec<Vec<Vec<Option<String>>>>, QueryError> {
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let settings = options.local_settings(connection.dialect());
    let mut sets = connection
        .query_sets(&format!("{settings}{}", queries.join("; ")))
        .await?;
    // Settings answer, too, and come first.
    Ok(sets.split_off(sets.len().saturating_sub(queries.len())))
}
