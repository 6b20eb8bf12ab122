//! `limbeck doctor`: looks at everything that a run needs, and says of each trouble what to type. It writes nothing.

mod postgres;

use std::fs;

use clap::Args;
use limbeck::connection::Connection;
use limbeck::run;
use limbeck::url::{DatabaseUrl, Location};
use limbeck_core::dialect::Dialect;
use limbeck_core::passwords::without_passwords;
use serde::Serialize;

use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::hint;
use crate::ui::{Ui, count};
use crate::workspace::Workspace;

/// Look at everything that a run needs, and say what to type about each trouble
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {}

/// What was looked at.
#[derive(Debug, Serialize)]
struct Diagnosis {
    url: Option<String>,
    checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    about: &'static str,
    state: State,
    text: String,
    fix: Option<String>,
}

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Fine,
    /// Worth knowing.
    Note,
    /// A run would fail, or wait.
    Wrong,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
        }
    }
}

/// What has been found so far.
#[derive(Debug, Default)]
struct Found(Vec<Check>);

impl Found {
    fn push(&mut self, about: &'static str, state: State, text: String, fix: Option<String>) {
        self.0.push(Check {
            about,
            state,
            text: without_passwords(&text),
            fix: fix.map(|fix| without_passwords(&fix)),
        });
    }

    fn fine(&mut self, about: &'static str, text: impl Into<String>) {
        self.push(about, State::Fine, text.into(), None);
    }

    fn note(&mut self, about: &'static str, text: impl Into<String>, fix: impl Into<String>) {
        self.push(about, State::Note, text.into(), Some(fix.into()));
    }

    fn wrong(&mut self, about: &'static str, text: impl Into<String>, fix: impl Into<String>) {
        self.push(about, State::Wrong, text.into(), Some(fix.into()));
    }

    /// An error of another command, with its first way out.
    fn failed(&mut self, about: &'static str, error: CommandError) {
        let text = std::iter::once(error.message).chain(error.causes);
        let text = text.collect::<Vec<_>>().join(": ");
        self.push(
            about,
            State::Wrong,
            text.lines().collect::<Vec<_>>().join("; "),
            error.hints.into_iter().next(),
        );
    }
}

pub(crate) async fn cmd_doctor(
    ui: &Ui,
    workspace: &Workspace,
    _args: &DoctorArgs,
) -> Result<(), CommandError> {
    let mut found = Found::default();
    project(workspace, &mut found);
    let url = url(workspace, &mut found);
    if let Some(url) = &url {
        database(workspace, url, &mut found).await;
    }
    let is_for_postgres = workspace.is_for(Dialect::Postgres);
    if is_for_postgres {
        match workspace.scratch_place() {
            Ok(place) => found.fine("scratch", format!("scratch databases are made on {place}")),
            Err(error) => found.failed("scratch", error),
        }
    }
    let diagnosis = Diagnosis {
        url: url.as_ref().map(ToString::to_string),
        checks: found.0,
    };
    if ui.is_json() {
        ui.json(&diagnosis)?;
    } else {
        show(ui, &diagnosis);
    }
    let wrong = diagnosis.checks.iter();
    match wrong.filter(|check| check.state == State::Wrong).count() {
        0 => Ok(()),
        number => Err(CommandError::new(
            Kind::Differs,
            format!("{} in the way of a run", count(number, "trouble")),
        )),
    }
}

fn show(ui: &Ui, diagnosis: &Diagnosis) {
    for check in &diagnosis.checks {
        ui.data(format!(
            "{:<6} {}: {}",
            check.state.word(),
            check.about,
            check.text
        ));
        if let Some(fix) = &check.fix {
            for line in fix.lines() {
                ui.data(format!("       -> {line}"));
            }
        }
    }
}

/// Models and revision files.
fn project(workspace: &Workspace, found: &mut Found) {
    match workspace.scan() {
        Ok(models) => match models.models.schema.tables.len() {
            0 => found.note(
                "models",
                "no struct derives `Table`",
                "derive `limbeck::Table` on a struct, or set `path` or `crates` under [models] in limbeck.toml",
            ),
            number => found.fine("models", count(number, "table")),
        },
        Err(_) if !workspace.expects_models() => found.note(
            "models",
            "no Cargo.toml is here, and a run needs none",
            "where models are meant to be read, set `path` under [models] in limbeck.toml",
        ),
        Err(error) => found.failed("models", error),
    }
    match workspace.folder() {
        Ok(folder) => match folder.graph.heads().len() {
            0 => found.note(
                "revisions",
                "there are none",
                "limbeck revision --autogenerate -m \"First\"",
            ),
            1 => found.fine("revisions", count(folder.graph.len(), "revision")),
            heads => found.note(
                "revisions",
                format!(
                    "{}, and {heads} heads",
                    count(folder.graph.len(), "revision")
                ),
                "limbeck merge heads -m \"Join\"",
            ),
        },
        Err(error) => found.failed("revisions", error),
    }
}

/// The URL as it is understood, and where it comes from.
fn url(workspace: &Workspace, found: &mut Found) -> Option<DatabaseUrl> {
    let source = workspace.url_source();
    match workspace.required_url() {
        Ok(url) => {
            let place = source.as_ref().map_or("", |source| source.place.as_str());
            found.fine("url", format!("{url}, from {place}"));
            if let Some(file) = source.and_then(|source| source.passed_over) {
                found.note(
                    "url",
                    format!("{} says something else, and is passed over", file.display()),
                    "unset DATABASE_URL",
                );
            }
            Some(url)
        }
        Err(error) => {
            found.failed("url", error);
            None
        }
    }
}

async fn database(workspace: &Workspace, url: &DatabaseUrl, found: &mut Found) {
    if let Location::File { path, .. } = url.location() {
        let meta = fs::metadata(path);
        match &meta {
            Err(_) if path.parent().is_some_and(|folder| !folder.is_dir()) => {
                let folder = path.parent().unwrap_or(path).display();
                return found.wrong(
                    "connection",
                    format!("the folder of {} is not there", path.display()),
                    format!("mkdir -p {folder}"),
                );
            }
            Err(_) => {
                return found.note(
                    "connection",
                    format!("{} is not there yet", path.display()),
                    "limbeck upgrade",
                );
            }
            Ok(meta) if meta.permissions().readonly() => found.wrong(
                "privileges",
                format!("{} may not be written", path.display()),
                format!("chmod u+w {}", path.display()),
            ),
            Ok(_) => {}
        }
    }
    let mut connection = match Connection::connect(url).await {
        Ok(connection) => connection,
        Err(error) => return found.failed("connection", explain::connect(&error)),
    };
    found.fine("connection", "it answers");
    match connection.dialect() {
        Dialect::Sqlite => sqlite(&mut connection, found).await,
        Dialect::Postgres => postgres::look(workspace, url, &mut connection, found).await,
    }
    history(workspace, &mut connection, found).await;
    let _ = connection.close().await;
}

async fn sqlite(connection: &mut Connection, found: &mut Found) {
    let sql = "SELECT sqlite_version(), (SELECT journal_mode FROM pragma_journal_mode), (SELECT count(*) FROM pragma_foreign_key_check)";
    let rows = connection.query_text(sql).await;
    match rows.map(|rows| rows.into_iter().next().unwrap_or_default()) {
        Ok(row) => {
            let text = |index: usize| row.get(index).cloned().flatten().unwrap_or_default();
            found.fine(
                "server",
                format!("SQLite {}, journal mode {}", text(0), text(1)),
            );
            if text(2) != "0" {
                found.wrong(
                    "rows",
                    format!("rows reference what is not there: {}", text(2)),
                    "sqlite3 FILE 'PRAGMA foreign_key_check'",
                );
            }
        }
        Err(error) => found.failed("server", CommandError::of(Kind::Database, &error)),
    }
}

/// Where the database stands, and who is at work on it.
async fn history(workspace: &Workspace, connection: &mut Connection, found: &mut Found) {
    match run::lock_holder(connection, &workspace.run_options()).await {
        Ok(Some(holder)) => found.wrong(
            "lock",
            format!("a run is under way: {holder}"),
            "wait for its end; a dead one is ended by: SELECT pg_terminate_backend(PID)",
        ),
        Ok(None) => {}
        Err(error) => found.failed("lock", explain::run(&error)),
    }
    // What is wrong with the files is said already.
    let Ok(folder) = workspace.folder() else {
        return;
    };
    let applied = workspace.applied_or_taken_over(connection, &folder.graph);
    let applied = match applied.await {
        Ok(applied) => applied,
        Err(error) => return found.failed("history", error),
    };
    if let Some(half) = &applied.half {
        found.wrong(
            "history",
            format!(
                "the {} of `{}` is half done (step {} of {})",
                half.direction, half.id, half.done, half.of
            ),
            format!("limbeck {}", half.direction),
        );
    }
    for id in applied.unknown(&folder.graph) {
        found.wrong(
            "history",
            format!("`{id}` has been run, and is in no file"),
            format!("git log --all -- '*{id}*'"),
        );
    }
    for id in applied.changed(&folder.graph, connection.dialect()) {
        let file = folder.graph.file(&id).unwrap_or_default();
        found.wrong(
            "history",
            format!("{file} says something else than what was run"),
            format!("git log -p -- {file}"),
        );
    }
    if let Some(gap) = applied.gap(&folder.graph) {
        found.wrong("history", gap.to_string(), hint::gap(&gap));
        return;
    }
    match applied.pending(&folder.graph).len() {
        0 => {
            let is_told = |check: &Check| check.about == "history";
            if !found.0.iter().any(is_told) {
                found.fine("history", "all revisions have been run");
            }
        }
        number => {
            let target = match folder.graph.heads().len() {
                1 => "",
                _ => " heads",
            };
            found.note(
                "history",
                format!("{} pending", count(number, "revision")),
                format!("{}{target}", workspace.upgrade_command()),
            );
        }
    }
}
