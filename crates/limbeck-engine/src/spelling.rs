//! The server's spelling of what models declare, remembered from one run to the next.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::normalise::{Answers, normalise, open_questions, unsettled};
use limbeck_core::schema::{QualifiedName, Schema, Table};

use crate::ask::{ask, settle};
use crate::compare::{CompareError, Project};
use crate::state::{Bench, Copy, State, cache};

/// Answers by the hash of what was asked.
type Book = BTreeMap<String, Table>;

/// Both schemas in the server's spelling, as far as they say things in other words.
///
/// # Errors
///
/// The server refuses a declaration, or no scratch database can be had where one is needed.
pub(crate) async fn spell(
    bench: &mut Bench,
    project: Project<'_>,
    state: &State,
    before: Schema,
    declared: &Schema,
) -> Result<(Schema, Schema), CompareError> {
    if bench.dialect() == Dialect::Sqlite {
        // SQLite keeps text as it is written; diff compares its tokens.
        return Ok((before, declared.clone()));
    }
    let mut copy = None;
    let outcome = spelled(bench, &mut copy, project, state, before, declared).await;
    match (copy, &outcome) {
        // Whatever was asked was rolled back.
        (Some(copy), Ok(_)) => bench.put_back(copy).await?,
        (Some(copy), Err(_)) => bench.discard(copy).await?,
        (None, _) => {}
    }
    outcome
}

async fn spelled(
    bench: &mut Bench,
    copy: &mut Option<Copy>,
    project: Project<'_>,
    state: &State,
    before: Schema,
    declared: &Schema,
) -> Result<(Schema, Schema), CompareError> {
    let mut open = open_questions(declared, &before);
    if open.is_empty() {
        return Ok((before, declared.clone()));
    }
    let options = bench.inspect_options().clone();
    let place = surroundings(bench, state, declared).await?;
    let known: Book = cache::read(bench.cache(), "answers", &place).unwrap_or_default();
    let mut book = Book::new();
    let mut answers = Answers::default();
    open.retain(|name| {
        let Some(key) = key(declared, name) else {
            return false;
        };
        let Some(table) = known.get(&key) else {
            return true;
        };
        answers.reported.tables.insert(name.clone(), table.clone());
        book.insert(key, table.clone());
        false
    });
    if !open.is_empty() {
        let connection = opened(bench, copy, project).await?;
        let found = ask(connection, &before, declared, &open, &options).await?;
        for (name, table) in found.reported.tables {
            if let Some(key) = key(declared, &name) {
                book.insert(key, table.clone());
            }
            answers.reported.tables.insert(name, table);
        }
        cache::write(bench.cache(), "answers", &place, &book);
    }
    let target = normalise(declared, &answers);
    if unsettled(&target, &before).is_empty() {
        return Ok((before, target));
    }
    let connection = opened(bench, copy, project).await?;
    Ok(settle(connection, &before, &target, &options).await?)
}

async fn opened<'a>(
    bench: &mut Bench,
    copy: &'a mut Option<Copy>,
    project: Project<'_>,
) -> Result<&'a mut limbeck::connection::Connection, CompareError> {
    let copy = match copy {
        Some(copy) => copy,
        None => copy.insert(bench.copy(project.folder, project.parents).await?),
    };
    Ok(&mut copy.connection)
}

/// The hash of a declared table.
fn key(declared: &Schema, name: &QualifiedName) -> Option<String> {
    let table = declared.tables.get(name)?;
    let text = serde_json::to_string(table).ok()?;
    Some(cache::hash(&[text]))
}

/// The hash of all besides the table that the server's spelling of it depends on: the server, and the
/// types, functions and extensions that are there.
async fn surroundings(
    bench: &mut Bench,
    state: &State,
    declared: &Schema,
) -> Result<String, CompareError> {
    let server = bench.server().await?;
    let options = format!("{:?}", bench.inspect_options());
    let others = (
        &declared.enums,
        &declared.sql_objects,
        &state.schema.enums,
        &state.schema.namespaces,
        &state.schema.sql_objects,
        &state.prelude,
    );
    // A schema that cannot be written as JSON has no cached answers, and is asked about again.
    let others = serde_json::to_string(&others).unwrap_or_else(|_| state.hash.clone());
    Ok(cache::hash(&[server, options, others]))
}
