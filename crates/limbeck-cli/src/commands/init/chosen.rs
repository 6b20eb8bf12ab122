//! Which of the migrations in a project a database has run: those that its table knows.

use limbeck::old_history::{OldHistory, is_same_version};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Tool;
use limbeck_core::schema::Schema;
use limbeck_engine::takeover::{self, Edited};

use super::existing::Start;
use super::stands_for;
use super::take_over::{Found, Source, of_history};
use crate::command_error::CommandError;
use crate::neighbours::Migrations;

/// The migrations in the project of which a table speaks; `schema` is the database as it is.
pub(super) fn migrations<'a>(
    start: &Start<'_>,
    old: &'a [OldHistory],
    schema: &Schema,
) -> Result<Source<'a>, CommandError> {
    if start.args.baseline {
        return Ok(Source::Database(Vec::new()));
    }
    let dialect = start.url.dialect();
    let mut there = start.workspace.migrations_of_others();
    // Where a tool looks into all folders, each may be for a program or a database of its own.
    let parts: Vec<Migrations> = there.iter().flat_map(Migrations::parts).collect();
    there.extend(parts);
    there.sort_by_key(|there| match meant_for(there) {
        Some(other) if other != dialect => 2,
        Some(_) => 0,
        None => 1,
    });
    let is_of_alembic = |history: &OldHistory| history.tool == Tool::Alembic;
    if old.iter().any(is_of_alembic) {
        start.workspace.refuse_alembic_outside()?;
    }
    let candidates = there.iter().flat_map(|there| {
        let histories = old.iter().filter(|one| there.may_be_of(one.tool));
        histories.map(move |history| (there, history))
    });
    let candidates: Vec<_> = candidates.collect();
    let has_alembic = candidates.iter().any(|(_, history)| is_of_alembic(history));
    if !start.args.sql_from.is_empty() && !has_alembic {
        let text = "--sql-from is for migrations of Alembic, and the project and the database do not both have them";
        return Err(CommandError::usage(text)
            .hint("version files are looked for where alembic.ini or pyproject.toml says they are, and the database has its `alembic_version`"));
    }
    let read = |(there, history)| of_history(start, there, history, schema);
    let read: Vec<_> = candidates.into_iter().map(read).collect();
    let mut chosen = match best(read, dialect) {
        Some(source) => source?,
        None => Source::Database(stands_for::without_files(old)),
    };
    if let Source::Migrations(found) = &mut chosen {
        let history = found.history;
        let others = old.iter().filter(|other| other.table != history.table);
        found.told.extend(others.map(stands_for::of_another));
    }
    Ok(chosen)
}

/// The first one that fits the table best. Where none does, the first one of all, with what is wrong with it.
fn best<'a>(
    read: Vec<Result<Source<'a>, CommandError>>,
    dialect: Dialect,
) -> Option<Result<Source<'a>, CommandError>> {
    let fits = |one: &Result<Source<'a>, CommandError>| match one {
        Ok(Source::Migrations(found)) => fit(found, dialect),
        Ok(Source::Database(_)) | Err(_) => Fit::None,
    };
    let best = read.iter().map(fits).max()?;
    read.into_iter().find(|one| fits(one) == best)
}

/// How well migrations fit a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    None,
    /// There is one for each row.
    Rows,
    /// They are what was run.
    Whole,
}

fn fit(found: &Found<'_>, dialect: Dialect) -> Fit {
    let (history, migrations) = (found.history, &found.migrations);
    let has_all_rows = history.rows.iter().all(|row| {
        let mut migrations = migrations.iter();
        migrations.any(|one| is_same_version(history.tool, &one.version, &row.version))
    });
    if !has_all_rows {
        return Fit::None;
    }
    match takeover::revisions(migrations, history, dialect, Edited::Refuse) {
        Ok(_) => Fit::Whole,
        Err(_) => Fit::Rows,
    }
}

/// The database that the path of migrations names, as `migrations/sqlite` does.
fn meant_for(there: &Migrations) -> Option<Dialect> {
    let place = there.place().to_ascii_lowercase();
    let names = |names: &[&str]| names.iter().any(|name| place.contains(name));
    match (names(&["postgres", "pgsql"]), names(&["sqlite"])) {
        (true, false) => Some(Dialect::Postgres),
        (false, true) => Some(Dialect::Sqlite),
        (true, true) | (false, false) => None,
    }
}
