//! `limbeck completions`: what a shell needs to complete commands and flags.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::commands::Cli;
use crate::ui::Ui;

/// Print a script that makes a shell complete commands and flags
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

pub(crate) fn cmd_completions(ui: &Ui, args: &CompletionsArgs) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "limbeck", &mut script);
    ui.verbatim(String::from_utf8_lossy(&script).trim_end());
}
