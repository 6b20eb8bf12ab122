//! `limbeck revision --mark`: files from before headers said which database they are for.

use std::path::Path;

use limbeck::folder;

use crate::command_error::CommandError;
use crate::explain;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Writes into each file that does not say it which database it was written for. What was run stays as
/// it is: a checksum is one of SQL.
pub(super) fn mark(ui: &Ui, workspace: &Workspace) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let unsaid: Vec<_> = graph.iter().filter(|one| one.is_unsaid()).collect();
    if unsaid.is_empty() {
        ui.note("Every revision says which database it is for");
        return Ok(());
    }
    let dialects = workspace.dialects_to_mark(graph)?;
    let words: Vec<&str> = dialects.iter().map(|dialect| dialect.as_str()).collect();
    for revision in unsaid {
        let file = graph.file(&revision.id).unwrap_or_default();
        folder::mark(Path::new(file), &dialects).map_err(|error| explain::folder(&error))?;
        ui.data(format!("Marked {file}: {}", words.join(", ")));
    }
    Ok(())
}
