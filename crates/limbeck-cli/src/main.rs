//! The `limbeck` command: parses arguments, runs one subcommand, and turns its outcome into an exit code.

mod allowed;
mod answers;
mod checkout;
mod code;
mod command_error;
mod commands;
mod config;
mod dotenv;
mod environment;
mod explain;
mod hint;
mod ignore;
mod nearest;
mod neighbours;
mod signals;
mod ui;
mod workspace;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::Parser as _;

use crate::command_error::{CommandError, Kind};
use crate::commands::Cli;
use crate::ui::Ui;

fn main() -> ExitCode {
    panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|at| format!("{}:{}", at.file(), at.line()));
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied().map(str::to_owned);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        let error = CommandError::new(Kind::Bug, text.unwrap_or_else(|| "panic".to_owned()))
            .cause(format!("at {}", place.unwrap_or_default()))
            .hint(concat!(
                "this is a bug in Limbeck: please report it at ",
                env!("CARGO_PKG_REPOSITORY"),
                "/issues"
            ));
        ui::print_error(&error);
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(run));
    outcome.unwrap_or_else(|_| ExitCode::from(Kind::Bug.exit_code()))
}

fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if ui::asks_for_json() && error.use_stderr() {
                ui::print_usage_as_json(&error);
            }
            return ExitCode::from(ui::print_usage(&error));
        }
    };
    let ui = Ui::new(&cli.global);
    let outcome = commands::run(&ui, &cli);
    let code = match &outcome {
        Ok(code) => *code,
        Err(error) => {
            ui.failed(error);
            ExitCode::from(error.kind.exit_code())
        }
    };
    match ui.finish() {
        Err(error) => {
            ui::print_error(&error);
            // What has gone wrong before says more.
            if outcome.is_ok() {
                ExitCode::from(error.kind.exit_code())
            } else {
                code
            }
        }
        Ok(()) => code,
    }
}
