//! A program run with a database of its own, which is gone when the program has ended.

use std::ffi::OsString;
use std::process::{Child, Command, ExitCode, ExitStatus};

use limbeck_core::dialect::Dialect;
use limbeck_engine::scratch::ScratchError;
use limbeck_engine::standing::TemporaryFile;
use limbeck_engine::state::{Bench, StateError};

use super::{DatabaseArgs, Wanted};
use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::signals::Passed;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// What `env` and the shells give for a program that is not there, and for one that does not run.
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;

pub(super) async fn run(
    ui: &Ui,
    workspace: &Workspace,
    args: &DatabaseArgs,
) -> Result<ExitCode, CommandError> {
    let wanted = Wanted::read(ui, workspace, args).await?;
    let mut bench = workspace.bench(wanted.dialect)?;
    let outcome = with_bench(ui, &wanted, &mut bench, &args.command).await;
    let closed = bench.close().await.map_err(|error| explain::state(&error));
    let code = outcome?;
    closed?;
    Ok(code)
}

async fn with_bench(
    ui: &Ui,
    wanted: &Wanted,
    bench: &mut Bench,
    command: &[OsString],
) -> Result<ExitCode, CommandError> {
    let progress = ui.progress(format!("Making a database of {}", wanted.shown()));
    let mut copy = wanted.make(bench).await?;
    let (url, _file) = match wanted.dialect {
        Dialect::Sqlite => {
            let file = TemporaryFile::of(&mut copy, &std::env::temp_dir()).await;
            let file = file.map_err(|error| wanted.explain(&error))?;
            let url = file.url().map_err(|error| wanted.explain(&error))?;
            (url, Some(file))
        }
        Dialect::Postgres => {
            let stands = bench.let_stand(copy, None).await;
            let stands = stands.map_err(|error| explain::state(&error))?;
            let database = stands.ok_or_else(|| {
                let error = StateError::Scratch(ScratchError::NoServer { url: None });
                explain::state(&error)
            })?;
            (database.url, None)
        }
    };
    drop(progress);
    let (name, arguments) = command
        .split_first()
        .ok_or_else(|| CommandError::usage("no command stands behind `--`"))?;
    let mut program = Command::new(name);
    program
        .args(arguments)
        .env("DATABASE_URL", url.for_others().text);
    // From here on a signal is the program's, and the database goes after it.
    let signals = Passed::new().map_err(|error| CommandError::of(Kind::Bug, &error))?;
    let child = match program.spawn() {
        Ok(child) => child,
        Err(error) => {
            let shown = name.to_string_lossy();
            let text = format!("cannot run `{shown}`");
            ui.failed(&CommandError::usage(text).cause(error.to_string()));
            let code = match error.kind() {
                std::io::ErrorKind::NotFound => NOT_FOUND,
                _ => NOT_RUN,
            };
            return Ok(ExitCode::from(code));
        }
    };
    let status = ended(child, signals).await?;
    Ok(ExitCode::from(code(status)))
}

/// Waits for the end of the program, and passes signals on to it.
async fn ended(mut child: Child, mut signals: Passed) -> Result<ExitStatus, CommandError> {
    let process = child.id();
    let mut waiting = tokio::task::spawn_blocking(move || child.wait());
    loop {
        tokio::select! {
            biased;
            status = &mut waiting => {
                let status = status.map_err(std::io::Error::other).flatten();
                return status.map_err(|error| CommandError::of(Kind::Bug, &error));
            }
            signal = signals.next() => signal.pass_to(process),
        }
    }
}

/// The exit code as a shell has it: 128 and the number of a signal.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    #[cfg(unix)]
    let code = code.or_else(|| {
        let signal = std::os::unix::process::ExitStatusExt::signal(&status)?;
        u8::try_from(128 + signal).ok()
    });
    code.unwrap_or(1)
}
