//! The process that stays behind with a database of PostgreSQL, and ends it when nobody needs it any more.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use limbeck_core::dialect::Dialect;
use limbeck_engine::scratch::ScratchDatabase;
use limbeck_engine::standing::{self as engine, Place, Record, RecordLock};
use limbeck_engine::state::Bench;

use super::standing::{lifetime, place};
use super::{DatabaseArgs, Wanted};
use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::signals::Passed;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// How often it looks whether its record is still there.
const LOOK: Duration = Duration::from_millis(500);

/// How often it asks the server who uses the database.
const ASK: Duration = Duration::from_secs(30);

/// Makes the database and keeps it. The command that starts it says the URL of `--url`, if there is one, on stdin, and
/// reads the record on stdout when the database stands.
pub(super) async fn keep(
    ui: &Ui,
    workspace: &Workspace,
    args: &DatabaseArgs,
) -> Result<(), CommandError> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| CommandError::of(Kind::Usage, &error))?;
    let url: Option<String> = serde_json::from_str(&text)
        .map_err(|_| CommandError::usage("`--keep` is for the command itself"))?;
    let workspace = workspace.clone().with_url(url);
    let wanted = Wanted::read(ui, &workspace, args).await?;
    if wanted.dialect != Dialect::Postgres {
        return Err(CommandError::usage("`--keep` is for PostgreSQL"));
    }
    let place = place(&workspace, &wanted)?;
    let _lock = locked(&wanted, &place).await?;
    let mut bench = workspace.bench_apart(wanted.dialect, place.name(), lifetime(&wanted.at))?;
    let outcome = stand(&workspace, &wanted, &place, &mut bench, args.idle).await;
    // The lock goes after the server: who waits for it finds the server's place free.
    let closed = bench.close().await.map_err(|error| explain::state(&error));
    outcome.and(closed)
}

/// Waits for the lock, which two commands at the same time may want.
async fn locked(wanted: &Wanted, place: &Place) -> Result<RecordLock, CommandError> {
    let started = Instant::now();
    loop {
        if let Some(lock) = place.lock().map_err(|error| wanted.explain(&error))? {
            return Ok(lock);
        }
        if started.elapsed() > Duration::from_secs(10) {
            let text = "another command makes this database at the same time";
            return Err(CommandError::new(Kind::Scratch, text).hint("limbeck database"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn stand(
    workspace: &Workspace,
    wanted: &Wanted,
    place: &Place,
    bench: &mut Bench,
    idle: Duration,
) -> Result<(), CommandError> {
    let fingerprint = wanted.fingerprint(bench).await?;
    let copy = wanted.make(bench).await?;
    let name = name(&wanted.at);
    let stands = bench.let_stand(copy, Some(&name)).await;
    let stands = stands.map_err(|error| explain::state(&error))?;
    let Some(database) = stands else {
        return Err(CommandError::new(Kind::Scratch, "there is no database"));
    };
    let url = database.url.for_others();
    if url.has_password {
        let text = "the URL of the scratch server has a password, which is not printed";
        return Err(CommandError::usage(text)
            .hint("give the command that needs it: limbeck database -- COMMAND")
            .hint("or put the password into ~/.pgpass, and `scratch_url` without it into limbeck.toml"));
    }
    let schema = engine::look(bench, &database.url).await;
    let record = Record {
        project: workspace.real_folder(),
        at: wanted.at.clone(),
        dialect: wanted.dialect.as_str().to_owned(),
        fingerprint,
        schema: schema.map_err(|error| wanted.explain(&error))?,
        url: url.text,
        process: Some(std::process::id()),
    };
    let signals = Passed::new().map_err(|error| CommandError::of(Kind::Bug, &error))?;
    place
        .write(&record)
        .map_err(|error| wanted.explain(&error))?;
    let said =
        serde_json::to_string(&record).map_err(|error| CommandError::of(Kind::Bug, &error))?;
    // Where nobody listens any more the record tells it.
    let _ = writeln!(std::io::stdout().lock(), "{said}");
    // A folder that somebody wants to remove or unmount is not held.
    let _ = std::env::set_current_dir("/");
    wait(place, &record, bench, &database, idle, signals).await;
    if place.read().as_ref() == Some(&record) {
        place.remove().map_err(|error| wanted.explain(&error))?;
    }
    Ok(())
}

/// Waits until the database has no use any more: its record is gone, nobody has used it for long, its server does not
/// answer, or somebody ends the process.
async fn wait(
    place: &Place,
    record: &Record,
    bench: &mut Bench,
    database: &ScratchDatabase,
    idle: Duration,
    mut signals: Passed,
) {
    let mut used = Instant::now();
    let mut asked = Instant::now();
    let mut seen = None;
    let ask = ASK.min(idle / 2);
    loop {
        tokio::select! {
            biased;
            _ = signals.next() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        if place.read().as_ref() != Some(record) {
            return;
        }
        if asked.elapsed() < ask {
            continue;
        }
        asked = Instant::now();
        let Ok(found) = bench.use_of(database).await else {
            return;
        };
        if found.sessions > 0 || seen.replace(found) != Some(found) {
            used = Instant::now();
        }
        if used.elapsed() >= idle {
            return;
        }
    }
}

/// The state as a part of the database's name.
fn name(at: &str) -> String {
    const LIMIT: usize = 40;
    let letters = at.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    });
    letters.take(LIMIT).collect()
}
