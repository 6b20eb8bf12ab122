//! What is told of migrations of another tool: where a baseline stands for them, and of files that are none.

use std::collections::BTreeSet;
use std::path::Path;

use limbeck::old_history::OldHistory;
use limbeck_core::compare::Unmanaged;
use limbeck_core::revision::Tool;
use limbeck_core::schema::Object;
use limbeck_engine::takeover::{self, FileError, Migration, SourceFile};

use crate::commands::check::left_to_others;
use crate::ui::count;

/// So many places are enough to see why.
const SHOWN: usize = 6;

/// Of tables that say what was run, and nothing in the project is of their tool.
pub(super) fn without_files(old: &[OldHistory]) -> Vec<String> {
    let told = old.iter().map(|history| {
        format!(
            "The baseline stands for what {} has run, as `{}` says: no migrations of it were found here",
            history.tool, history.table
        )
    });
    told.collect()
}

/// Of a table whose migrations are not those that are taken over.
pub(super) fn of_another(history: &OldHistory) -> String {
    format!(
        "In no revision: what {} has run, as `{}` says ({})",
        history.tool,
        history.table,
        count(history.rows.len(), "row")
    )
}

/// Of what the database holds besides what the migrations make.
pub(super) fn besides(objects: &BTreeSet<Object>, unmanaged: &Unmanaged) -> Vec<String> {
    let is_told = |object: &&Object| {
        let is_left = |table| unmanaged.contains(table);
        // What is in a schema is told itself.
        !matches!(object, Object::Namespace(_)) && !object.table().is_some_and(is_left)
    };
    let objects: Vec<&Object> = objects.iter().filter(is_told).collect();
    let shown = objects.iter().take(SHOWN);
    let shown = shown.map(|object| {
        let object = left_to_others(object);
        format!("Unmanaged: {object} (no migration makes it)")
    });
    let more = objects.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| {
        format!(
            "and {}, as `limbeck check` tells",
            count(more, "more object")
        )
    });
    shown.chain(more).collect()
}

/// Of files among migrations that the tool does not take for migrations, and so are in no revision.
pub(super) fn left_out(
    tool: Tool,
    root: &Path,
    files: &[SourceFile],
    migrations: &[Migration],
) -> Vec<String> {
    let names = takeover::left_out(tool, files, migrations).into_iter();
    let told = names.map(|name| {
        format!(
            "{}: in no revision, since by its name {tool} does not run it as a migration",
            root.join(name).display()
        )
    });
    told.collect()
}

/// What is told of migrations that a baseline stands for, because some are programs and nothing else is wrong.
pub(super) fn programs(tool: Tool, root: &Path, errors: &[FileError]) -> Option<Vec<String>> {
    if let [FileError::NotPrinted { heads }] = errors {
        return Some(not_printed(heads));
    }
    let is_program = |error: &FileError| matches!(error, FileError::NoSql { .. });
    if !errors.iter().all(is_program) {
        return None;
    }
    let first =
        format!("The baseline stands for the migrations of {tool}: not all of them are SQL");
    let shown = errors
        .iter()
        .take(SHOWN)
        .map(|error| root.join(error.to_string()).display().to_string());
    let more = errors.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("and so in {}", count(more, "more place")));
    let lines = [first].into_iter().chain(shown).chain(more);
    Some(lines.chain([only_what_was_run(tool)]).collect())
}

/// A baseline is what the database holds.
fn only_what_was_run(tool: Tool) -> String {
    format!("One that has not been run here yet is in no revision: run it with {tool} first")
}

/// How Alembic is asked for its SQL: it prints a way back from one head at a time.
fn not_printed(heads: &[String]) -> Vec<String> {
    let (up, down) = ("alembic-upgrade.sql", "alembic-downgrade.sql");
    let mut lines = vec![
        "The baseline stands for the migrations of Alembic, whose SQL Alembic alone can print"
            .to_owned(),
        only_what_was_run(Tool::Alembic),
        "For a revision of each of them, take this back and begin with their SQL:".to_owned(),
        "  limbeck stamp base --purge --url URL, and remove the files that were created".to_owned(),
        format!("  alembic upgrade base:heads --sql > {up}"),
    ];
    for (index, head) in heads.iter().enumerate() {
        let into = if index == 0 { ">" } else { ">>" };
        lines.push(format!(
            "  alembic downgrade {head}:base --sql {into} {down}"
        ));
    }
    lines.push(format!(
        "  limbeck init --from URL --sql-from {up} --sql-from {down}"
    ));
    lines
}
