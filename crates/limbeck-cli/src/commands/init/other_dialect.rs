//! `limbeck init --from` a second time, on a database of the other dialect: what it holds goes into the revision that the
//! project began with.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::folder::Folder;
use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::Dialect;
use limbeck_core::op::Operation;
use limbeck_core::revision::{
    Direction, Graph, Replaced, Revision, RevisionError, Sections, with_replaced, with_section,
};
use limbeck_core::schema::Object;
use limbeck_core::sql::effect::{Effect, of_statement};
use limbeck_engine::baseline::baseline;
use limbeck_engine::compare::Project;
use limbeck_engine::state::Bench;

use super::configuration;
use super::existing::{Begun, Origin, Start};
use super::files::Files;
use crate::command_error::{CommandError, Kind};
use crate::config::FILE;
use crate::explain;

/// What is typed where the first database has more revisions than a baseline.
pub(super) const BOTH: &str = "two databases that are there begin with a baseline each, before there is another revision: limbeck init --from URL --baseline with the one, and then with the other";

/// The revision of a project that has no other one, and nothing for a dialect in that.
pub(super) fn lacking(graph: &Graph, dialect: Dialect) -> Option<&Revision> {
    let mut all = graph.iter();
    let only = all.next().filter(|_| all.next().is_none())?;
    only.section(Direction::Upgrade, dialect)
        .is_err()
        .then_some(only)
}

/// Leaves a revision open for the other dialects of its project.
pub(super) fn leave_open(revision: &mut Revision, dialect: Dialect, others: &[Dialect]) {
    if others.is_empty() {
        return;
    }
    for sections in [&mut revision.upgrade, &mut revision.downgrade] {
        if let Some(section) = sections.common.take() {
            sections.dialects.insert(dialect, section);
        }
    }
    for one in &mut revision.replaces {
        one.dialect = Some(dialect);
    }
    revision.dialects.clear();
    revision.pending = others.iter().copied().collect();
}

/// Writes what the database holds into the revision that lacks it.
pub(super) async fn complete(
    start: &Start<'_>,
    files: &mut Files,
    bench: &mut Bench,
    live: &mut Connection,
    (folder, unmanaged): (&Folder, &Unmanaged),
    (before, replaces): (&Revision, Vec<Replaced>),
) -> Result<(Folder, Begun), CommandError> {
    let dialect = start.url.dialect();
    let of_others = without_made(unmanaged, before, dialect);
    let project = Project {
        folder,
        parents: &[],
        unmanaged: &of_others,
    };
    let revision = Revision {
        pending: BTreeSet::new(),
        dialects: BTreeSet::new(),
        replaces: replaces.clone(),
        upgrade: Sections::default(),
        downgrade: Sections::default(),
        ..before.clone()
    };
    let progress = start
        .ui
        .progress("Proving the baseline on a scratch database");
    let made = baseline(bench, project, live, revision).await;
    drop(progress);
    let baseline = made.map_err(|error| explain::baseline(&error))?;
    if baseline.operations.is_empty() {
        return Err(CommandError::usage(format!(
            "`{}` holds nothing to begin with",
            start.url
        )));
    }
    let file = folder.graph.file(&before.id).unwrap_or_default();
    let path = Path::new(file);
    let text = fs::read_to_string(path).map_err(|error| {
        CommandError::config(format!("cannot read {file}")).cause(error.to_string())
    })?;
    let [upgrade, downgrade] = [Direction::Upgrade, Direction::Downgrade]
        .map(|one| baseline.revision.section(one, dialect));
    let (Ok(upgrade), Ok(downgrade)) = (upgrade, downgrade) else {
        return Err(CommandError::new(
            Kind::Bug,
            "the baseline has nothing for its own database",
        ));
    };
    let failed = |error: RevisionError| CommandError::config(error.to_string());
    let text = with_section(&text, file, dialect, upgrade, downgrade).map_err(failed)?;
    let text = with_replaced(&text, file, dialect, &replaces).map_err(failed)?;
    files.replace(path, &text)?;
    // What no model says gets none here, either.
    let mut schema = baseline.schema.clone();
    unmanaged.take_out(&mut schema);
    let begun = Begun {
        heads: vec![before.id.clone()],
        schema,
        said: baseline.left_out.clone(),
        told: Vec::new(),
        origin: Origin::Baseline(Box::new(baseline)),
    };
    start.ui.note(format!("Completed {file} for {dialect}"));
    Ok((start.workspace.folder()?, begun))
}

/// The patterns without the tables that the revision makes on another database: no model says them, and a baseline has them
/// all the same.
fn without_made(unmanaged: &Unmanaged, before: &Revision, dialect: Dialect) -> Unmanaged {
    let mut made = BTreeSet::new();
    for other in Dialect::ALL.into_iter().filter(|other| *other != dialect) {
        let Ok(section) = before.section(Direction::Upgrade, other) else {
            continue;
        };
        let statements = section.statements(other);
        for effect in statements.flat_map(|statement| of_statement(&statement)) {
            if let Effect::CreateTable(name, _) = effect {
                made.insert(name.to_string());
            }
        }
    }
    let mut left = unmanaged.clone();
    left.patterns.retain(|pattern| !made.contains(pattern));
    left
}

/// Parts what the models of the project say otherwise, which a revision is to settle, from tables that they do not say.
pub(super) fn of_models(
    start: &Start<'_>,
    operations: Vec<Operation>,
) -> (Vec<Operation>, Vec<Operation>) {
    let declared = &start.declared.schema;
    operations.into_iter().partition(|operation| {
        let object = operation.object();
        match &object {
            Object::Enum(name) | Object::EnumValue(name, _) => declared.enums.contains_key(name),
            other => other
                .table()
                .is_some_and(|table| declared.tables.contains_key(table)),
        }
    })
}

/// Lists both dialects in the configuration.
pub(super) fn list_dialects(
    start: &Start<'_>,
    files: &mut Files,
    dialects: &BTreeSet<Dialect>,
) -> Result<(), CommandError> {
    let path = start.workspace.shown(FILE);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let Some(listed) = configuration::with_dialects(&text, dialects) else {
        let words: Vec<String> = dialects.iter().map(|one| format!("\"{one}\"")).collect();
        let text = format!("{} does not list both databases", path.display());
        return Err(CommandError::config(text).hint(format!("dialects = [{}]", words.join(", "))));
    };
    if listed == text {
        return Ok(());
    }
    if path.is_file() {
        files.replace(&path, &listed)
    } else {
        files.write(&path, &listed)
    }
}
