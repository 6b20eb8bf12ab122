//! The plan of every kind as a script: the shell of the database makes of it what a run makes, there and back.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::history::Applied;
use limbeck::run::{self, Event, Loss, RunOptions, ScriptRequest, ScriptTarget};
use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{DowngradeTarget, Graph, RevisionId, parse};
use limbeck_engine::inspect::{InspectOptions, residue};
use limbeck_engine::scratch::Scratch;

use super::{Case, GROUPS, walk};
use crate::common::benches::Names;
use crate::common::left_out::LeftOut;
use crate::common::plans;
use crate::common::shell::run_script;

/// The plans that the table of kinds holds, by the names of their kinds.
fn held(dialect: Dialect) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds/plans");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join(dialect.as_str())).expect("a folder") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("is text");
        for part in text.split("\n\n-- ## ").skip(1) {
            let (name, plan) = part.split_once("\n\n").expect("a name and a plan");
            found.push((name.to_owned(), plan.to_owned()));
        }
    }
    found.sort();
    found
}

/// A revision for the old side, and one for the plan; none where the way back is none.
fn graph(case: &Case, plan: &str) -> Option<Graph> {
    if plan.contains("-- irreversible") {
        return None;
    }
    let (old, _) = walk::both_sides(case.sql);
    let plan = plan.replace(
        "-- upgrade\n-- downgrade",
        "-- upgrade\n-- nothing\n-- downgrade",
    );
    let plan = match plan.trim_end().strip_suffix("-- downgrade") {
        Some(before) => format!("{before}-- downgrade\n-- nothing\n"),
        None => plan,
    };
    let first = format!(
        "-- It's the first\n--\n-- revision: aaaa1111\n-- parents: none\n\n-- upgrade\n{old};\n\
         -- downgrade: irreversible, it is the first\n"
    );
    let second = format!("-- Änderung\n--\n-- revision: bbbb2222\n-- parents: aaaa1111\n\n{plan}");
    let files = [("a.sql", first), ("b.sql", second)];
    let revisions = files.into_iter().map(|(file, text)| {
        let revision = parse(&text, file).unwrap_or_else(|error| panic!("{error}\n{text}"));
        (revision, file.to_owned())
    });
    Some(Graph::new(revisions.collect()).expect("a graph"))
}

/// What there is in a database, rows of the history included.
async fn seen(connection: &mut Connection, names: Names, options: &RunOptions) -> String {
    let mut text = String::new();
    // The tables of the history are compared, too.
    let everything = InspectOptions {
        ignore: Default::default(),
        ..names.inspect_options()
    };
    let found = residue(connection, &everything).await.expect("is read");
    writeln!(text, "{found:#?}").expect("is text");
    let applied = run::read_history(connection, options)
        .await
        .expect("is read");
    for row in applied.revisions {
        writeln!(text, "{} {} {}", row.id, row.description, row.checksum).expect("is text");
    }
    assert_eq!(applied.half, None);
    text
}

/// Two databases for one kind after the other.
struct Pair {
    run: (Connection, DatabaseUrl),
    script: (Connection, DatabaseUrl),
}

impl Pair {
    async fn of(run: DatabaseUrl, script: DatabaseUrl) -> Self {
        Self {
            run: (Connection::connect(&run).await.expect("connects"), run),
            script: (
                Connection::connect(&script).await.expect("connects"),
                script,
            ),
        }
    }

    /// Runs there and back with Limbeck and with the shell; tells the first difference.
    async fn go(&mut self, graph: &Graph, names: Names) -> Result<(), String> {
        let dialect = self.run.0.dialect();
        let options = RunOptions {
            loss: Loss::Accept,
            search_path: names.search_path(),
            ..RunOptions::default()
        };
        let (first, second): (RevisionId, RevisionId) = (
            "aaaa1111".parse().expect("an id"),
            "bbbb2222".parse().expect("an id"),
        );
        let top = [second.clone()];
        let back = DowngradeTarget::to([first]);
        let begun = Applied::default();
        let done = run::assumed(graph, &top, dialect).map_err(|error| error.to_string())?;
        let mut ignore = |_: Event<'_>| {};
        for (applied, target) in [
            (&begun, ScriptTarget::Upgrade(&top)),
            (&done, ScriptTarget::Downgrade(&back)),
        ] {
            let connection = &mut self.run.0;
            match target {
                ScriptTarget::Upgrade(target) => {
                    run::upgrade(connection, graph, target, &options, &mut ignore).await
                }
                ScriptTarget::Downgrade(target) => {
                    run::downgrade(connection, graph, target, &options, &mut ignore).await
                }
                ScriptTarget::Stamp(..) => unreachable!("no kind is stamped"),
            }
            .map_err(|error| format!("the run: {error:?}"))?;
            let request = ScriptRequest {
                graph,
                dialect,
                applied,
                target,
                options: &options,
            };
            let script = run::script(&request).map_err(|error| error.to_string())?;
            let script = script.ok_or("there is nothing to do")?;
            let output = run_script(&self.script.1, &script);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            if !output.status.success() {
                return Err(format!("{said}\n{script}"));
            }
            let run = seen(&mut self.run.0, names, &options).await;
            let by_script = seen(&mut self.script.0, names, &options).await;
            if run != by_script {
                let differs = run.lines().zip(by_script.lines()).find(|(a, b)| a != b);
                return Err(format!("{differs:?}"));
            }
        }
        Ok(())
    }
}

async fn every_kind(dialect: Dialect) {
    let mut wrong = Vec::new();
    let mut gone = 0;
    let mut left_out = LeftOut::default();
    let mut server = match dialect {
        Dialect::Postgres => Some(plans::scratch("scripts").await),
        Dialect::Sqlite => None,
    };
    let plans = held(dialect);
    for names in Names::ALL {
        let mut pair = None;
        for (name, plan) in &plans {
            let mut kinds = GROUPS.iter().flat_map(|group| group.kinds);
            let kind = kinds
                .find(|kind| kind.name == name)
                .expect("a kind has the plan");
            let case = kind.case(dialect).expect("it is tried there");
            if Names::of(dialect, kind.name, case.sql) != names {
                continue;
            }
            let (old, new) = walk::both_sides(case.sql);
            let version = server.as_ref().map(Scratch::server_version);
            let sides = format!("{old};\n{new}");
            if left_out.note(version, kind.name, &sides).is_some() {
                continue;
            }
            let Some(graph) = graph(case, plan) else {
                continue;
            };
            gone += 1;
            let folder = tempfile::tempdir().expect("a folder");
            let outcome = match &mut server {
                None => {
                    let url = |file: &str| {
                        DatabaseUrl::parse(&format!("sqlite:///{file}"), folder.path())
                            .expect("a URL")
                    };
                    let mut pair = Pair::of(url("run.db"), url("script.db")).await;
                    pair.go(&graph, names).await
                }
                Some(server) => {
                    if pair.is_none() {
                        let run = server.create_database("run", None).await.expect("made");
                        let script = server.create_database("script", None).await.expect("made");
                        pair = Some(Pair::of(run.url, script.url).await);
                    }
                    let pair = pair.as_mut().expect("is made");
                    for connection in [&mut pair.run.0, &mut pair.script.0] {
                        walk::clear(connection).await;
                        if names == Names::InApp {
                            let made = connection.batch("CREATE SCHEMA app").await;
                            made.expect("is made");
                        }
                    }
                    pair.go(&graph, names).await
                }
            };
            if let Err(reason) = outcome {
                wrong.push(format!("{name}: {reason}"));
            }
        }
    }
    if let Some(server) = server {
        server.close().await.expect("stops");
    }
    left_out.tell();
    assert!(gone > 100, "{gone} kinds have a way there and back");
    assert!(
        wrong.is_empty(),
        "{} of {gone}:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[tokio::test]
async fn every_kind_is_run_by_a_script_as_by_a_run_at_length_on_sqlite() {
    every_kind(Dialect::Sqlite).await;
}

#[tokio::test]
async fn every_kind_is_run_by_a_script_as_by_a_run_on_postgres() {
    every_kind(Dialect::Postgres).await;
}
