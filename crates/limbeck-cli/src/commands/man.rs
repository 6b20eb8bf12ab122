//! `limbeck man`: the manual page of the command, or of a subcommand.

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::command_error::{CommandError, Kind};
use crate::commands::Cli;
use crate::nearest::nearest;
use crate::ui::Ui;

/// Print the manual page, as `man` reads it
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command that the page is about; `limbeck` itself when none is named
    pub(crate) command: Option<String>,
}

pub(crate) fn cmd_man(ui: &Ui, args: &ManArgs) -> Result<(), CommandError> {
    let mut root = Cli::command();
    // Commands learn their full names, and the flags that all of them have.
    root.build();
    let command = match &args.command {
        None => root,
        Some(name) => match root.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let names = root.get_subcommands().map(clap::Command::get_name);
                let meant = nearest(name, names);
                return Err(CommandError::usage(format!("there is no command `{name}`"))
                    .hint_if(meant.map(|meant| format!("did you mean `{meant}`?"))));
            }
        },
    };
    let mut page = Vec::new();
    let rendered = Man::new(command).render(&mut page);
    rendered.map_err(|error| CommandError::of(Kind::Bug, &error))?;
    ui.verbatim(String::from_utf8_lossy(&page).trim_end());
    Ok(())
}
