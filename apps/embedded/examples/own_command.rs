//! A command of an application that has the runs of its database as a subcommand.
//!
//! `cargo run --package embedded --example own_command -- sqlite:notes.db migrate upgrade`

use std::error::Error as _;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use limbeck::migrator::{Command, Migrator, MigratorError, Outcome};

static MIGRATOR: Migrator = limbeck::embed!("migrations");

/// Keeps notes
#[derive(Parser)]
pub(crate) struct Notes {
    /// The database
    url: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Say how many revisions this program has
    Count,
    /// Look at the database, and change its schema
    #[command(subcommand)]
    Migrate(Command),
}

pub(crate) async fn run(
    notes: &Notes,
    out: &mut (dyn Write + Send),
    error: &mut (dyn Write + Send),
) -> Result<Outcome, MigratorError> {
    match &notes.what {
        What::Count => {
            let count = MIGRATOR.graph()?.len();
            writeln!(out, "{count}").map_err(MigratorError::Unwritten)?;
            Ok(Outcome::Done)
        }
        What::Migrate(command) => command.run(&MIGRATOR, &notes.url, out, error).await,
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let (mut out, mut notes) = (io::stdout(), io::stderr());
    match run(&Notes::parse(), &mut out, &mut notes).await {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            // Nobody is left to tell where this cannot be written.
            let _ = writeln!(notes, "error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                let _ = writeln!(notes, "cause: {error}");
                cause = error.source();
            }
            ExitCode::from(3)
        }
    }
}
