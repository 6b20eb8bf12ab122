//! What `limbeck init --from` tells.

use std::path::{Path, PathBuf};

use limbeck::url::{DatabaseUrl, Location};
use limbeck_engine::proof::Proof;

use super::existing::{Made, Origin, Start};
use super::take_over::TakenOver;
use crate::commands::verify;
use crate::config::FILE;
use crate::ui::{Ui, count};
use crate::workspace::Workspace;

/// More files than these in a folder are told by their number.
const LISTED: usize = 30;

/// Which files were written, in the order of writing. Hundreds of them in a folder would hide what else is told.
pub(super) fn created(ui: &Ui, paths: &[PathBuf]) {
    for of_folder in paths.chunk_by(|one, other| one.parent() == other.parent()) {
        match of_folder {
            [first, .., last] if of_folder.len() > LISTED => ui.data(format!(
                "Created {} in {}, from {} to {}",
                count(of_folder.len(), "file"),
                first.parent().unwrap_or(Path::new("")).display(),
                name(first),
                name(last)
            )),
            _ => of_folder
                .iter()
                .for_each(|path| ui.data(format!("Created {}", path.display()))),
        }
    }
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// What was made, and of what.
pub(super) fn made(start: &Start<'_>, made: &Made) {
    let (ui, begun) = (start.ui, &made.begun);
    let declaration = start
        .place
        .as_ref()
        .and_then(|place| place.declaration.as_ref())
        .filter(|_| made.source.is_some());
    if let Some((parent, line)) = declaration {
        ui.note(format!("Added `{line}` to {}", parent.display()));
    }
    match &begun.origin {
        Origin::Baseline(baseline) => {
            let tables = count(baseline.schema.tables.len(), "table");
            ui.note(format!("Baseline of {tables}"));
            proven(ui, &baseline.proof);
        }
        Origin::TakenOver(taken) => taken_over(ui, taken),
    }
    for line in &begun.told {
        ui.note(line);
    }
    for one in &made.left {
        ui.note(format!("Unmanaged: {} ({})", one.name, one.reason));
    }
    for what in &begun.said {
        ui.warning(match begun.origin {
            Origin::Baseline(_) => format!("not in the baseline: {what}"),
            Origin::TakenOver(_) => format!("in no revision: {what}"),
        });
    }
    for operation in &made.differences {
        ui.note(format!("Differs from the models: {}", operation.describe()));
    }
}

fn proven(ui: &Ui, proof: &Proof) {
    let mut sentence = verify::sentence(proof);
    sentence.replace_range(..1, "P");
    ui.note(sentence);
}

fn taken_over(ui: &Ui, taken: &TakenOver) {
    let number = count(taken.number, "migration");
    let open = taken.number - taken.run;
    let open = match open {
        0 => String::new(),
        open => format!(", {open} of them still to be run"),
    };
    ui.note(format!(
        "Revisions of {number} of {} in {}, which stay as they are{open}",
        taken.tool, taken.folder
    ));
    for file in &taken.repeatable {
        ui.note(format!(
            "{file}: run again by {} whenever it changes; from now on a change of it is a revision of its own",
            taken.tool
        ));
    }
    let Some(drift) = &taken.drift else {
        let but = if taken.is_all {
            ""
        } else {
            ", but for what is unmanaged"
        };
        ui.note(format!("Replayed: they make what the database holds{but}"));
        return;
    };
    for operation in &drift.generated.comparison.operations {
        ui.note(format!("Done by hand: {}", operation.describe()));
    }
    proven(ui, &drift.generated.proof);
}

/// Says what to do so that the next command finds the same database.
pub(super) fn url(start: &Start<'_>, workspace: &Workspace) {
    let url = &start.url;
    match workspace.own_url() {
        Ok(Some(own)) if is_same(&own, url) => {}
        // The project goes on to be on the database that it began with.
        Ok(Some(_)) if start.completes.is_some() => {}
        Ok(Some(own)) => start.ui.warning(format!(
            "DATABASE_URL or {FILE} names another database, `{own}`: the project is on `{url}`"
        )),
        Ok(None) | Err(_) => start.ui.note(
            "Next: set DATABASE_URL in the environment or in .env to the URL of the database",
        ),
    }
}

fn is_same(one: &DatabaseUrl, other: &DatabaseUrl) -> bool {
    match (one.location(), other.location()) {
        (Location::File { path: one, .. }, Location::File { path: other, .. }) => one == other,
        (one, other) => one == other,
    }
}
