//! What a proof tells of revisions that are planned or written by hand.

use std::fs;
use std::path::Path;

use limbeck::folder;
use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided, diff};
use limbeck_core::op::fold;
use limbeck_core::plan::{plan, plan_downgrade};
use limbeck_core::revision::{Direction, Section, section};
use limbeck_engine::compare::Project;
use limbeck_engine::inspect::inspect;
use limbeck_engine::proof::rows::announce;
use limbeck_engine::proof::{ProofError, verify};
use limbeck_engine::state::Bench;

use super::place;
use crate::common::benches::Benches;

/// Benches that keep nothing.
pub(crate) fn benches(dialect: Dialect) -> Benches {
    Benches::new(dialect, &place::options("proof"))
}

fn text_of(section: &Section) -> String {
    match section {
        Section::Irreversible(_) | Section::Unwritten(_) => String::new(),
        Section::Steps(steps) => {
            let steps = steps.iter().map(|step| match step.mode {
                limbeck_core::plan::StepMode::Transaction => format!("-- step\n{}", step.sql),
                mode => format!("-- step: {}\n{}", mode.as_str(), step.sql),
            });
            steps.collect::<Vec<String>>().join("\n")
        }
    }
}

pub(crate) fn write(folder: &Path, id: &str, parent: &str, upgrade: &str, downgrade: &str) {
    let back = match downgrade {
        "irreversible" => "-- downgrade: irreversible, it is meant".to_owned(),
        sql => format!("-- downgrade\n{sql};"),
    };
    let text = format!(
        "-- {id}\n--\n-- revision: {id}\n-- parents: {parent}\n\n-- upgrade\n{upgrade};\n\n{back}\n"
    );
    fs::write(folder.join(format!("{id}.sql")), text).expect("is written");
}

/// Why rows refuse the revision that Limbeck would write from one schema to another; `None` when they
/// do not, or when there is none.
pub(crate) async fn kept(bench: &mut Bench, before: &str, after: &str) -> Option<Vec<String>> {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().to_owned();
    write(&folder, "aaaa", "none", before, "SELECT 1");
    let (upgrade, downgrade) = planned(bench, &folder, after).await?;
    write(&folder, "bbbb", "aaaa", &upgrade, &downgrade);
    let read = folder::read(&[folder]).expect("is read");
    let unmanaged = Unmanaged::default();
    let project = Project {
        folder: &read,
        parents: &[],
        unmanaged: &unmanaged,
    };
    let error = verify(bench, project, &"bbbb".parse().expect("an id"))
        .await
        .err()?;
    let of_rows = matches!(
        error,
        ProofError::RowsChanged { .. } | ProofError::RowsRefused { .. }
    );
    of_rows.then(|| told_of(&error))
}

/// The sections that Limbeck would write; `None` where it refuses, or nothing differs.
pub(crate) async fn planned(
    bench: &mut Bench,
    folder: &Path,
    after: &str,
) -> Option<(String, String)> {
    let dialect = bench.dialect();
    let read = folder::read(&[folder.to_owned()]).expect("is read");
    let heads: Vec<_> = read.graph.heads().into_iter().cloned().collect();
    let mut there = bench.copy(&read, &heads).await.ok()?;
    let mut wanted = bench.copy(&read, &[]).await.expect("is empty");
    let made = wanted.connection.batch(after).await;
    let options = bench.inspect_options().clone();
    let before = inspect(&mut there.connection, &options)
        .await
        .expect("is read");
    let target = inspect(&mut wanted.connection, &options)
        .await
        .expect("is read");
    bench.discard(there).await.expect("is dropped");
    bench.discard(wanted).await.expect("is dropped");
    made.ok()?;
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..Decisions::default()
    };
    let operations = diff(&before, &target, &decisions, dialect).expect("all is decided");
    let after = fold(&operations, before.clone(), dialect).expect("fits");
    let upgrade = section(&plan(&operations, &before, dialect).ok()?, dialect);
    let downgrade = section(&plan_downgrade(&operations, &after, dialect).ok()?, dialect);
    (!operations.is_empty()).then(|| (text_of(&upgrade), text_of(&downgrade)))
}

/// What the proof of a revision tells that is written by hand.
pub(crate) async fn hand(
    bench: &mut Bench,
    before: &str,
    upgrade: &str,
    downgrade: &str,
) -> Vec<String> {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().to_owned();
    write(&folder, "aaaa", "none", before, "SELECT 1");
    write(&folder, "bbbb", "aaaa", upgrade, downgrade);
    verified(bench, folder).await
}

/// What the proof of the second revision of a folder tells.
pub(crate) async fn verified(bench: &mut Bench, folder: std::path::PathBuf) -> Vec<String> {
    let read = folder::read(&[folder]).expect("is read");
    let unmanaged = Unmanaged::default();
    let project = Project {
        folder: &read,
        parents: &[],
        unmanaged: &unmanaged,
    };
    let id = "bbbb".parse().expect("an id");
    match verify(bench, project, &id).await {
        Ok(proof) => {
            let hazards = proof
                .rows
                .findings
                .iter()
                .map(|finding| finding.hazard.to_string());
            let lines: Vec<String> = [proof.rows.to_string()]
                .into_iter()
                .chain(hazards)
                .collect();
            // What is known already is not written again.
            let revision = read.graph.get(&id).expect("is there");
            let section = revision
                .section(Direction::Upgrade, bench.dialect())
                .expect("is there");
            let announced = announce(section, &proof.rows, Direction::Upgrade);
            assert_eq!(
                announce(&announced, &proof.rows, Direction::Upgrade),
                announced
            );
            lines
        }
        Err(error) => told_of(&error),
    }
}

fn told_of(error: &ProofError) -> Vec<String> {
    use std::error::Error as _;
    let mut lines = vec![error.to_string()];
    lines.extend(error.details());
    let mut source = error.source();
    while let Some(cause) = source {
        lines.push(cause.to_string());
        source = cause.source();
    }
    lines
}
