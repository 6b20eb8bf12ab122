//! What a downgrade would take away that is there: asked before anything of it is run.

mod catalog;
mod probe;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Section};
use limbeck_core::schema::{Object, QualifiedName};
use limbeck_core::sql::effect::Effect;
use limbeck_core::sql::quoted;

use crate::connection::{Connection, QueryError};
use crate::own_names;
use crate::run::prepare::Pending;
use crate::run::{RunError, RunErrorKind, RunOptions};
use catalog::{Catalog, Doomed};
use probe::Question;
use walk::{Way, doomed};

/// What a run does about what would be gone afterwards: rows and values on the way back, and on either
/// way what a revision does not know and would not carry over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Stops before anything is run.
    #[default]
    Refuse,
    /// Goes on.
    Accept,
}

/// Refuses a downgrade that would lose rows of a table, or values of a column, that are there now.
pub(super) async fn check(
    connection: &mut Connection,
    options: &RunOptions,
    pending: &[Pending<'_>],
) -> Result<(), RunError> {
    let dialect = connection.dialect();
    let ways = pending.iter().map(|one| {
        let back = one.revision.section(Direction::Upgrade, dialect);
        Way {
            there: one.left(),
            back: back.cloned().unwrap_or(Section::Steps(Vec::new())),
        }
    });
    let ways: Vec<Way> = ways.collect();
    if !ways.iter().any(|way| may_lose(&way.there, dialect)) {
        return Ok(());
    }
    let held = held(connection, options, &ways).await;
    let held = held.map_err(|source| RunErrorKind::Query {
        action: "look for what would be lost",
        source,
    })?;
    if held.is_empty() {
        return Ok(());
    }
    Err(RunErrorKind::WouldLose { objects: held }.into())
}

/// Whether the database has to be asked at all.
fn may_lose(section: &Section, dialect: Dialect) -> bool {
    !section.announced(dialect).losses.is_empty()
        || section.effects(dialect).iter().any(Effect::may_lose)
}

/// What would be lost, as a message shows it.
async fn held(
    connection: &mut Connection,
    options: &RunOptions,
    ways: &[Way],
) -> Result<Vec<String>, QueryError> {
    let catalog = match connection.dialect() {
        Dialect::Postgres => read_postgres(connection, options).await?,
        Dialect::Sqlite => read_sqlite(connection, options).await?,
    };
    let doomed: Vec<Doomed> = doomed(&catalog, ways).into_iter().collect();
    let doomed = holding(connection, options, &catalog, doomed).await?;
    let tables: BTreeSet<QualifiedName> = doomed
        .iter()
        .filter_map(|object| match object {
            Doomed::Table(table) => Some(table.clone()),
            _ => None,
        })
        .collect();
    let mut names: Vec<String> = Vec::new();
    for object in doomed {
        let name = match object {
            Doomed::Values(table, ..) | Doomed::Rows(table, _) if tables.contains(&table) => {
                continue;
            }
            Doomed::Table(table) => shown(table, &catalog).to_string(),
            Doomed::Rows(table, _) => format!("rows of {}", shown(table, &catalog)),
            Doomed::Column(table, column) | Doomed::Values(table, column, _) => {
                let column = catalog
                    .column(&table, &column)
                    .map_or(column.clone(), |own| own.0.clone());
                Object::Column(shown(table, &catalog), column).to_string()
            }
            Doomed::Several(what, _) => what,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// The name without its schema where the search path leads to it.
fn shown(table: QualifiedName, catalog: &Catalog) -> QualifiedName {
    let path = catalog.path.iter();
    let found = path
        .map(|schema| QualifiedName::within(Some(schema), table.name.clone()))
        .find(|place| catalog.tables.contains_key(place));
    if found.as_ref() == Some(&table) {
        QualifiedName::new(table.name)
    } else {
        table
    }
}

/// Everything about names, in one round trip.
async fn read_postgres(
    connection: &mut Connection,
    options: &RunOptions,
) -> Result<Catalog, QueryError> {
    let path = "SELECT schema::text FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) \
                WITH ORDINALITY AS p (schema, place) ORDER BY place";
    // What an extension made comes back with it.
    let tables = "SELECT n.nspname::text, c.relname::text, a.attname::text, \
         pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
             AND NOT a.attisdropped AND a.attgenerated = '' \
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' \
         AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
             WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
             AND d.objid = c.oid AND d.deptype = 'e') \
         ORDER BY c.oid, a.attnum";
    let functions = "SELECT DISTINCT p.proname::text FROM pg_catalog.pg_proc p \
         JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
         WHERE p.provolatile = 'v' AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
             WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
             AND d.objid = p.oid AND d.deptype = 'e')";
    let users = "SELECT DISTINCT tn.nspname::text, n.nspname::text, c.relname::text \
         FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace \
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT a.attisdropped \
         AND tn.oid <> n.oid AND tn.nspname <> 'pg_catalog' \
         AND n.nspname NOT IN ('pg_catalog', 'information_schema')";
    let elsewhere = format!(
        "SELECT c.relname::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND (c.relkind = 'v' \
         OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1') \
         OR EXISTS (SELECT FROM pg_catalog.pg_trigger t \
             JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid \
             JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
             WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' \
             AND (l.lanname NOT IN ('sql', 'plpgsql') OR p.prosrc ~* '{WRITES}')))"
    );
    // The path is the session's, and so are no other names.
    let own = own_names::BEGIN.trim_end().trim_end_matches(';');
    let queries = [path, own, tables, users, functions].map(str::to_owned);
    let queries: Vec<String> = queries.into_iter().chain([elsewhere]).collect();
    let mut sets = ask(connection, options, &queries).await?;
    sets.remove(1);
    let mut sets = sets.into_iter();
    let mut next = || -> Vec<Vec<String>> {
        sets.next()
            .unwrap_or_default()
            .into_iter()
            .map(|row| row.into_iter().flatten().collect())
            .collect()
    };
    let path = next().into_iter().flatten().collect();
    let tables = next().into_iter().filter_map(|row| match row.as_slice() {
        [schema, name, column @ ..] => Some((
            QualifiedName::within(Some(schema), name.clone()),
            column.to_vec(),
        )),
        _ => None,
    });
    let tables = with_columns(tables, options);
    let users = next().into_iter().filter_map(|row| match row.as_slice() {
        [types, schema, name] => Some((
            types.clone(),
            QualifiedName::within(Some(schema), name.clone()),
        )),
        _ => None,
    });
    let users = users.collect();
    Ok(Catalog {
        dialect: Dialect::Postgres,
        path,
        tables,
        users,
        functions: next().into_iter().flatten().collect(),
        elsewhere: next().into_iter().flatten().collect(),
    })
}

/// What the text of a trigger may write with.
const WRITES: &str = "\\m(delete|update|truncate|merge|drop|execute|perform|call)\\M";

/// Tables with their columns, each with its type; those that a run itself writes are left out.
fn with_columns(
    rows: impl Iterator<Item = (QualifiedName, Vec<String>)>,
    options: &RunOptions,
) -> BTreeMap<QualifiedName, Vec<(String, String)>> {
    let mut tables: BTreeMap<QualifiedName, Vec<(String, String)>> = BTreeMap::new();
    for (table, column) in rows.filter(|(table, _)| !is_history(table, options)) {
        let columns = tables.entry(table).or_default();
        if let [name, data_type] = column.as_slice() {
            columns.push((name.clone(), data_type.clone()));
        }
    }
    tables
}

async fn read_sqlite(
    connection: &mut Connection,
    options: &RunOptions,
) -> Result<Catalog, QueryError> {
    let names = "SELECT t.name, c.name, c.type FROM sqlite_schema t \
         LEFT JOIN pragma_table_xinfo(t.name) c ON c.hidden = 0 \
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'";
    let elsewhere = "SELECT name FROM sqlite_schema WHERE type = 'view' \
         UNION SELECT tbl_name FROM sqlite_schema WHERE type = 'trigger' \
         AND (sql LIKE '%begin%delete%' OR sql LIKE '%begin%update%' OR sql LIKE '%begin%replace%')";
    let queries = [names, elsewhere].map(str::to_owned);
    let mut sets = ask(connection, options, &queries).await?.into_iter();
    let names = sets.next().unwrap_or_default();
    let elsewhere = sets.next().unwrap_or_default().into_iter().flatten();
    let rows = names.into_iter().filter_map(|row| {
        let mut row = row.into_iter().flatten();
        Some((QualifiedName::new(row.next()?), row.collect()))
    });
    Ok(Catalog {
        dialect: Dialect::Sqlite,
        path: Vec::new(),
        tables: with_columns(rows, options),
        users: BTreeSet::new(),
        functions: BTreeSet::new(),
        elsewhere: elsewhere.flatten().collect(),
    })
}

/// Whether a run itself writes the table.
fn is_history(table: &QualifiedName, options: &RunOptions) -> bool {
    let history = [options.history.name.clone(), options.history.journal()];
    history
        .iter()
        .any(|own| own.name == table.name && (own.schema.is_none() || own.schema == table.schema))
}

/// Those that hold something.
async fn holding(
    connection: &mut Connection,
    options: &RunOptions,
    catalog: &Catalog,
    objects: Vec<Doomed>,
) -> Result<Vec<Doomed>, QueryError> {
    let asked = objects.iter().map(|object| queries(object, catalog));
    let asked: Vec<Vec<String>> = asked.collect();
    // Several objects may ask the same.
    let all: BTreeSet<&String> = asked.iter().flatten().collect();
    let all: Vec<String> = all.into_iter().cloned().collect();
    let mut answered = BTreeSet::new();
    for chunk in all.chunks(AT_ONCE) {
        let sets = ask_seen(connection, options, chunk).await?;
        let found = chunk.iter().zip(sets).filter(|(_, rows)| !rows.is_empty());
        answered.extend(found.map(|(query, _)| query));
    }
    let mut held = Vec::new();
    for (object, queries) in objects.into_iter().zip(&asked) {
        let is_there = queries.iter().any(|query| answered.contains(query));
        if is_there && is_lost(connection, options, catalog, &object).await? {
            held.push(object);
        }
    }
    Ok(held)
}

/// How many tables are asked for rows in one transaction. Each one is locked to its end, with its indexes and partitions,
/// and by default a server has room for 6,400 locks of all its sessions (`max_locks_per_transaction` times
/// `max_connections`).
const AT_ONCE: usize = 200;

/// The queries of which one answers with a row where there is something to lose.
fn queries(object: &Doomed, catalog: &Catalog) -> Vec<String> {
    let from = |table: &QualifiedName| {
        let name: Vec<String> = table.parts().into_iter().map(quoted).collect();
        format!("SELECT 1 FROM {}", name.join("."))
    };
    let any = |table| format!("{} LIMIT 1", from(table));
    match object {
        Doomed::Table(table) | Doomed::Rows(table, _) => vec![any(table)],
        Doomed::Column(table, column) | Doomed::Values(table, column, _) => {
            let own = catalog.column(table, column);
            let column = own.map_or(column.as_str(), |own| own.0.as_str());
            vec![format!(
                "{} WHERE {} IS NOT NULL LIMIT 1",
                from(table),
                quoted(column)
            )]
        }
        Doomed::Several(_, tables) => tables.iter().map(any).collect(),
    }
}

/// The rows of each query; what cannot be seen is taken to be there.
async fn ask_seen(
    connection: &mut Connection,
    options: &RunOptions,
    queries: &[String],
) -> Result<Vec<Vec<Vec<Option<String>>>>, QueryError> {
    match ask(connection, options, queries).await {
        Err(error) if is_denied(&error) => {}
        outcome => return outcome,
    }
    let mut sets = Vec::new();
    for query in queries {
        sets.extend(
            match ask(connection, options, std::slice::from_ref(query)).await {
                Err(error) if is_denied(&error) => vec![vec![Vec::new()]],
                rows => rows?,
            },
        );
    }
    Ok(sets)
}

/// Whether what is there would go, as far as a query tells; else it is taken to go.
async fn is_lost(
    connection: &mut Connection,
    options: &RunOptions,
    catalog: &Catalog,
    object: &Doomed,
) -> Result<bool, QueryError> {
    let question = match object {
        Doomed::Table(_) | Doomed::Column(..) | Doomed::Several(..) => return Ok(true),
        Doomed::Rows(_, query) => query.as_ref().map(|query| Question {
            query: query.clone(),
            there: None,
        }),
        Doomed::Values(table, column, probe) => {
            let own = catalog.column(table, column);
            own.and_then(|(name, data_type)| {
                probe.question(table, (name, data_type), catalog.dialect)
            })
        }
    };
    let Some(question) = question else {
        return Ok(true);
    };
    match ask(connection, options, &[question.query]).await {
        Ok(rows) => Ok(rows.iter().any(|rows| !rows.is_empty())),
        Err(error) if error.database().is_none() => Err(error),
        Err(error) => match question.there {
            // A value that the statement itself cannot convert stops it.
            Some(there) if is_of_a_value(&error) => {
                let outcome = ask(connection, options, &[there]).await;
                Ok(!outcome.is_err_and(|error| is_of_a_value(&error)))
            }
            _ => Ok(true),
        },
    }
}

/// Whether a value was the trouble, and not the query: class 22, data exceptions.
fn is_of_a_value(error: &QueryError) -> bool {
    let code = error.database().and_then(|error| error.code.as_deref());
    code.is_some_and(|code| code.len() == 5 && code.starts_with("22"))
}

pub(super) fn is_denied(error: &QueryError) -> bool {
    let refused = error.database();
    refused.is_some_and(|refused| refused.has_code("42501"))
}

/// The rows of each query, asked as the run will ask, and refused where row security hides some.
async fn ask(
    connection: &mut Connection,
    options: &RunOptions,
    queries: &[String],
) -> Result<Vec<Vec<Vec<Option<String>>>>, QueryError> {
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let mut settings = options.local_settings(connection.dialect());
    if connection.dialect() == Dialect::Postgres {
        settings += "SET LOCAL row_security = off; ";
    }
    let mut sets = connection
        .query_sets(&format!("{settings}{}", queries.join("; ")))
        .await?;
    // Settings answer, too, and come first.
    Ok(sets.split_off(sets.len().saturating_sub(queries.len())))
}
