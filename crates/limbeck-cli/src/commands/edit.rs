//! `limbeck edit`: opens the files of revisions in an editor.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::command_error::CommandError;
use crate::commands::identifier;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Open the file of a revision in the editor that VISUAL or EDITOR names
#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// Its id, the start of it, a label, or a word such as `head` or `current`
    #[arg(allow_negative_numbers = true)]
    pub(crate) revision: String,
}

pub(crate) async fn cmd_edit(
    ui: &Ui,
    workspace: &Workspace,
    args: &EditArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let ids = identifier::in_files(ui, workspace, graph, &args.revision).await?;
    let files: Vec<PathBuf> = ids
        .iter()
        .filter_map(|id| graph.file(id))
        .map(PathBuf::from)
        .collect();
    if files.is_empty() {
        return Err(
            CommandError::usage(format!("`{}` is no file of a revision", args.revision))
                .hint("limbeck history lists the revisions"),
        );
    }
    // What a project says starts no program: only the variables of the process are asked.
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.trim().is_empty()).then_some((name, value))
    });
    let Some((name, editor)) = named.into_iter().next() else {
        let names: Vec<String> = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        return Err(
            CommandError::usage("no editor is named: neither VISUAL nor EDITOR is set").hint(
                format!(
                    "EDITOR=vi limbeck edit {}, or open {}",
                    args.revision,
                    names.join(", ")
                ),
            ),
        );
    };
    let outcome = command(&editor).args(&files).status();
    let failed = |why: String| {
        CommandError::usage(format!("the editor `{editor}` of {name} has failed")).cause(why)
    };
    let status = outcome.map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(status.to_string()));
    }
    ui.note("limbeck verify proves what was changed");
    Ok(())
}

/// The editor with its own arguments. A shell reads quotes in it, as it does for git.
#[cfg(unix)]
fn command(editor: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    // What stands behind the script is the name of the shell, for its messages.
    command.args(["-c", &format!("{editor} \"$@\""), editor]);
    command
}

#[cfg(not(unix))]
fn command(editor: &str) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}
