//! What a downgrade would take away that is there: asked before anything of it is run.

mod walk;

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::schema::{Object, QualifiedName};
use limbeck_core::sql::{quote_literal, quoted};

use crate::connection::{Connection, QueryError};
use crate::effects::{self, Effect};
use crate::run::prepare::Pending;
use crate::run::{RunError, RunOptions};
use walk::{Catalog, Doomed, doomed};

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
pub(super) async fn check(
    connection: &mut Connection,
    options: &RunOptions,
    pending: &[Pending<'_>],
) -> Result<(), RunError> {
    let dialect = connection.dialect();
    let sections: Vec<Section> = pending.iter().map(left).collect();
    if !sections.iter().any(|section| may_lose(section, dialect)) {
        return Ok(());
    }
    let held = held(connection, options, &sections).await;
    let held = held.map_err(|source| RunError::Query {
        action: "look for what would be lost",
        done: Vec::new(),
        source,
    })?;
    if held.is_empty() {
        return Ok(());
    }
    Err(RunError::WouldLose { objects: held })
}

/// The steps that are still to be run.
fn left(pending: &Pending<'_>) -> Section {
    let steps = effects::steps(pending.section);
    let rest = steps.get(pending.done as usize..).unwrap_or_default();
    Section::Steps(rest.to_vec())
}

/// Whether the database has to be asked at all.
fn may_lose(section: &Section, dialect: Dialect) -> bool {
    let loses = |effect: &Effect| match effect {
        Effect::DropTable(_)
        | Effect::DropColumn(..)
        | Effect::DeleteAll(_)
        | Effect::DropSchema(_)
        | Effect::Unknown(_) => true,
        Effect::CreateTable(_)
        | Effect::RenameTable(..)
        | Effect::RenameColumn(..)
        | Effect::RenameSchema(..)
        | Effect::Insert(..)
        | Effect::Update(..)
        | Effect::Delete(_) => false,
    };
    let announced = effects::announced(section, dialect);
    !announced.losses.is_empty() || effects::effects(section, dialect).iter().any(loses)
}

/// What would be lost, as a message shows it.
async fn held(
    connection: &mut Connection,
    options: &RunOptions,
    sections: &[Section],
) -> Result<Vec<String>, QueryError> {
    let catalog = match connection.dialect() {
        Dialect::Postgres => read_postgres(connection, options).await?,
        Dialect::Sqlite => read_sqlite(connection, options).await?,
    };
    let doomed: Vec<Doomed> = doomed(&catalog, sections).into_iter().collect();
    let doomed = existing(connection, options, doomed).await?;
    let doomed = holding(connection, options, doomed).await?;
    let names = doomed.into_iter().map(|object| match object {
        Doomed::Table(table) => shown(table, &catalog).to_string(),
        Doomed::Column(table, column) => Object::Column(shown(table, &catalog), column).to_string(),
        Doomed::Several(what, _) => what,
    });
    Ok(names.collect())
}

/// The name without its schema where the search path leads to it.
fn shown(table: QualifiedName, catalog: &Catalog) -> QualifiedName {
    let path = catalog.path.iter();
    let mut places = path.map(|schema| QualifiedName::within(Some(schema), table.name.clone()));
    let found = places.find(|place| catalog.tables.contains(place));
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
    let tables = "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' \
         AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
             WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
             AND d.objid = c.oid AND d.deptype = 'e')";
    let users = "SELECT DISTINCT tn.nspname::text, n.nspname::text, c.relname::text \
         FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace \
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT a.attisdropped \
         AND tn.oid <> n.oid AND tn.nspname <> 'pg_catalog' \
         AND n.nspname NOT IN ('pg_catalog', 'information_schema')";
    let queries = [path, tables, users].map(str::to_owned);
    let mut sets = ask(connection, options, &queries).await?.into_iter();
    let mut next = || -> Vec<Vec<String>> {
        let rows = sets.next().unwrap_or_default().into_iter();
        rows.map(|row| row.into_iter().flatten().collect())
            .collect()
    };
    let path = next().into_iter().flatten().collect();
    let tables = next().into_iter().filter_map(|row| match row.as_slice() {
        [schema, name] => Some(QualifiedName::within(Some(schema), name.clone())),
        _ => None,
    });
    let tables: BTreeSet<QualifiedName> =
        tables.filter(|table| !is_history(table, options)).collect();
    let users = next().into_iter().filter_map(|row| match row.as_slice() {
        [types, schema, name] => Some((
            types.clone(),
            QualifiedName::within(Some(schema), name.clone()),
        )),
        _ => None,
    });
    Ok(Catalog {
        dialect: Dialect::Postgres,
        path,
        tables,
        users: users.collect(),
    })
}

async fn read_sqlite(
    connection: &mut Connection,
    options: &RunOptions,
) -> Result<Catalog, QueryError> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'";
    let sets = ask(connection, options, &[names.to_owned()]).await?;
    let names = sets.into_iter().flatten().flatten().flatten();
    let tables = names.map(QualifiedName::new);
    Ok(Catalog {
        dialect: Dialect::Sqlite,
        path: Vec::new(),
        tables: tables.filter(|table| !is_history(table, options)).collect(),
        users: BTreeSet::new(),
    })
}

/// Whether a run itself writes the table.
fn is_history(table: &QualifiedName, options: &RunOptions) -> bool {
    let history = [options.history.name.clone(), options.history.journal()];
    history
        .iter()
        .any(|own| own.name == table.name && (own.schema.is_none() || own.schema == table.schema))
}

/// Those that are there now: a comment may name what is not, and what is generated can be generated
/// again. All in one round trip.
async fn existing(
    connection: &mut Connection,
    options: &RunOptions,
    objects: Vec<Doomed>,
) -> Result<Vec<Doomed>, QueryError> {
    let dialect = connection.dialect();
    let queries = objects.iter().map(|object| match object {
        Doomed::Table(_) | Doomed::Several(..) => "SELECT 1".to_owned(),
        Doomed::Column(table, column) => match dialect {
            Dialect::Postgres => format!(
                "SELECT 1 FROM pg_catalog.pg_attribute a \
                 JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname = {} AND c.relname = {} AND a.attname = {} \
                 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''",
                quote_literal(table.schema.as_deref().unwrap_or_default()),
                quote_literal(&table.name),
                quote_literal(column)
            ),
            Dialect::Sqlite => format!(
                "SELECT 1 FROM pragma_table_xinfo({}) \
                 WHERE lower(name) = lower({}) AND hidden = 0",
                quote_literal(&table.name),
                quote_literal(column)
            ),
        },
    });
    let queries: Vec<String> = queries.collect();
    let sets = ask(connection, options, &queries).await?;
    let pairs = objects.into_iter().zip(sets);
    let there = pairs.filter(|(_, rows)| !rows.is_empty());
    Ok(there.map(|(object, _)| object).collect())
}

/// Those that hold something, in one round trip unless rows are hidden from this role.
async fn holding(
    connection: &mut Connection,
    options: &RunOptions,
    objects: Vec<Doomed>,
) -> Result<Vec<Doomed>, QueryError> {
    let from = |table: &QualifiedName| {
        let name: Vec<String> = table.parts().into_iter().map(quoted).collect();
        format!("SELECT 1 FROM {}", name.join("."))
    };
    let queries = objects.iter().map(|object| match object {
        Doomed::Table(table) => format!("{} LIMIT 1", from(table)),
        Doomed::Column(table, column) => {
            format!(
                "{} WHERE {} IS NOT NULL LIMIT 1",
                from(table),
                quoted(column)
            )
        }
        Doomed::Several(_, tables) => {
            let tables = tables
                .iter()
                .map(|table| format!(" OR EXISTS ({})", from(table)));
            format!("SELECT 1 WHERE 1 = 0{}", tables.collect::<String>())
        }
    });
    let queries: Vec<String> = queries.collect();
    let sets = match ask(connection, options, &queries).await {
        Ok(sets) => sets,
        Err(error) if is_denied(&error) => {
            let mut sets = Vec::new();
            for query in &queries {
                // What cannot be seen is taken to be there.
                sets.extend(
                    match ask(connection, options, std::slice::from_ref(query)).await {
                        Err(error) if is_denied(&error) => vec![vec![Vec::new()]],
                        rows => rows?,
                    },
                );
            }
            sets
        }
        Err(error) => return Err(error),
    };
    let pairs = objects.into_iter().zip(sets);
    let held = pairs.filter(|(_, rows)| !rows.is_empty());
    Ok(held.map(|(object, _)| object).collect())
}

fn is_denied(error: &QueryError) -> bool {
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
