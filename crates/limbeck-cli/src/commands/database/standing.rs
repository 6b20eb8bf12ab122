//! A database that stands beyond the command: found where it is as it should be, else made.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_engine::scratch::Lifetime;
use limbeck_engine::standing::{self as engine, Place, Record, StandingError};
use limbeck_engine::state::Bench;

use super::{DatabaseArgs, MODELS, Standing, Wanted};
use crate::command_error::{CommandError, Kind};
use crate::commands::GlobalArgs;
use crate::environment::cache_folder;
use crate::explain;
use crate::ui::{Ui, count};
use crate::workspace::Workspace;

/// How long another process may take to make a database, or to end one.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(50);

pub(super) async fn print(
    ui: &Ui,
    workspace: &Workspace,
    global: &GlobalArgs,
    args: &DatabaseArgs,
) -> Result<(), CommandError> {
    let wanted = Wanted::read(ui, workspace, args).await?;
    let place = place(workspace, &wanted)?;
    let mut bench = workspace.bench_apart(wanted.dialect, place.name(), lifetime(&wanted.at))?;
    let progress = ui.progress(format!("Making a database of {}", wanted.shown()));
    let outcome = found_or_made(workspace, &wanted, &place, &mut bench, (global, args)).await;
    drop(progress);
    let closed = bench.close().await.map_err(|error| explain::state(&error));
    let (record, reused) = outcome?;
    closed?;
    if ui.is_json() {
        return ui.json(&Standing {
            url: record.url,
            at: wanted.at,
            dialect: wanted.dialect.as_str(),
            reused,
        });
    }
    ui.data(record.url);
    Ok(())
}

/// Where the database of this project and this state is noted.
pub(super) fn place(workspace: &Workspace, wanted: &Wanted) -> Result<Place, CommandError> {
    let folder = workspace.real_folder();
    Ok(Place::new(
        &cache()?,
        &folder,
        wanted.dialect.as_str(),
        &wanted.at,
    ))
}

/// How long the server of a state is kept, stopped: one that is asked for again and again has it at once, and
/// keeps its URL.
pub(super) fn lifetime(at: &str) -> Lifetime {
    match at {
        MODELS | "head" | "heads" => Lifetime::Kept,
        _ => Lifetime::OneRun,
    }
}

fn cache() -> Result<PathBuf, CommandError> {
    cache_folder().ok_or_else(|| {
        CommandError::usage("there is no folder to note the database in")
            .hint("set HOME or XDG_CACHE_HOME")
            .hint("or give the command that needs it: limbeck database -- COMMAND")
    })
}

/// The record, and whether the database was there.
async fn found_or_made(
    workspace: &Workspace,
    wanted: &Wanted,
    place: &Place,
    bench: &mut Bench,
    arguments: (&GlobalArgs, &DatabaseArgs),
) -> Result<(Record, bool), CommandError> {
    let fingerprint = wanted.fingerprint(bench).await?;
    let explain = |error| wanted.explain(&error);
    let started = Instant::now();
    let mut may_be_found = workspace.lifetime() == Lifetime::Kept;
    loop {
        let lock = place.lock().map_err(explain)?;
        let record = place.read();
        let stands = match wanted.dialect {
            Dialect::Postgres => lock.is_none(),
            Dialect::Sqlite => lock.is_some() && place.file().is_file(),
        };
        if let Some(record) = record {
            let is_it = may_be_found && stands && record.fingerprint == fingerprint;
            if is_it && is_unchanged(bench, &record).await {
                return Ok((record, true));
            }
            // Who keeps it ends it when it sees that.
            place.remove().map_err(explain)?;
            may_be_found = true;
            if lock.is_none() {
                continue;
            }
        }
        match (lock, wanted.dialect) {
            (Some(_lock), Dialect::Sqlite) => {
                let record = written(workspace, wanted, place, bench, fingerprint).await?;
                return Ok((record, false));
            }
            (Some(lock), Dialect::Postgres) => {
                drop(lock);
                return Ok((spawned(arguments.0, arguments.1)?, false));
            }
            (None, _) if started.elapsed() > PATIENCE => {
                let text = format!(
                    "another process does not end its database of {}",
                    wanted.shown()
                );
                return Err(CommandError::new(Kind::Scratch, text).hint("limbeck database --drop"));
            }
            (None, _) => tokio::time::sleep(POLL).await,
        }
    }
}

/// Whether a database is there, and its schema the one that was made.
async fn is_unchanged(bench: &Bench, record: &Record) -> bool {
    let Ok(url) = DatabaseUrl::parse(&record.url, std::path::Path::new("/")) else {
        return false;
    };
    let seen = engine::look(bench, &url).await;
    seen.is_ok_and(|schema| schema == record.schema)
}

/// Writes a file of SQLite, and notes it.
async fn written(
    workspace: &Workspace,
    wanted: &Wanted,
    place: &Place,
    bench: &mut Bench,
    fingerprint: String,
) -> Result<Record, CommandError> {
    let explain = |error| wanted.explain(&error);
    let mut copy = wanted.make(bench).await?;
    let url = engine::replace(&mut copy, &place.file())
        .await
        .map_err(explain)?;
    let record = Record {
        project: workspace.real_folder(),
        at: wanted.at.clone(),
        dialect: wanted.dialect.as_str().to_owned(),
        fingerprint,
        schema: engine::look(bench, &url).await.map_err(explain)?,
        url: url.for_others().text,
        process: None,
    };
    place.write(&record).map_err(explain)?;
    Ok(record)
}

/// Starts the process that keeps a database of PostgreSQL, and waits for what it says of it.
fn spawned(global: &GlobalArgs, args: &DatabaseArgs) -> Result<Record, CommandError> {
    let bug = |error: std::io::Error| {
        CommandError::of(Kind::Bug, &error)
            .cause("the process that keeps the database is not started")
    };
    let mut keeper = Command::new(std::env::current_exe().map_err(bug)?);
    keeper
        .args(global.again())
        .args(["--format", "json", "database", "--keep", "--at", args.at()])
        .arg(format!("--idle={}s", args.idle.as_secs().max(1)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // What the terminal sends to this command is not for it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut keeper, 0);
    let mut child = keeper.spawn().map_err(bug)?;
    // A password is for no command line.
    if let Some(mut stdin) = child.stdin.take() {
        let text =
            serde_json::to_vec(&global.url).map_err(|error| CommandError::of(Kind::Bug, &error))?;
        // One that has ended already says why.
        let _ = stdin.write_all(&text);
    }
    let mut text = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut text).map_err(bug)?;
        if serde_json::from_str::<Record>(&text).is_err() {
            // A failure is a document of many lines.
            std::io::Read::read_to_string(&mut stdout, &mut text).map_err(bug)?;
        }
    }
    match serde_json::from_str(&text) {
        Ok(record) => Ok(record),
        Err(_) => {
            let _ = child.wait();
            Err(CommandError::from_json(&text).unwrap_or_else(|| {
                CommandError::new(
                    Kind::Scratch,
                    "the process that keeps the database has ended",
                )
            }))
        }
    }
}

/// Ends and removes what stands.
pub(super) async fn drop_all(
    ui: &Ui,
    workspace: &Workspace,
    args: &DatabaseArgs,
) -> Result<(), CommandError> {
    let refused = |error: StandingError| explain::standing(&error, None);
    let all = Place::all(&cache()?, &workspace.real_folder()).map_err(refused)?;
    let mut dropped = 0;
    for place in all {
        let Some(record) = place.read() else { continue };
        if args.at.as_ref().is_some_and(|at| *at != record.at) {
            continue;
        }
        let is_kept = place.lock().map_err(refused)?.is_none();
        place.remove().map_err(refused)?;
        if record.process.is_some() && !is_kept {
            // The process was killed, and its server goes on alone.
            let mut bench =
                workspace.bench_apart(Dialect::Postgres, place.name(), lifetime(&record.at))?;
            let swept = bench.sweep().await;
            let closed = bench.close().await;
            swept.and(closed).map_err(|error| explain::state(&error))?;
        }
        let started = Instant::now();
        while record.process.is_some() && place.lock().map_err(refused)?.is_none() {
            if started.elapsed() > PATIENCE {
                let text = format!(
                    "the process that keeps the database of `{}` does not end",
                    record.at
                );
                return Err(CommandError::new(Kind::Scratch, text));
            }
            tokio::time::sleep(POLL).await;
        }
        dropped += 1;
    }
    ui.note(match dropped {
        0 => "No database stands".to_owned(),
        number => format!("{} dropped", count(number, "database")),
    });
    Ok(())
}
