//! The first revision of a database makes all that there is, or names what it does not make.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use limbeck::folder::{Folder, Prelude};
use limbeck_core::compare::Unmanaged;
use limbeck_core::revision::{Graph, Revision, RevisionId, Sections};
use limbeck_engine::baseline::baseline;
use limbeck_engine::compare::Project;
use limbeck_engine::drift::drift;
use limbeck_engine::inspect::{InspectOptions, Residue, residue};
use limbeck_engine::state::Bench;

use super::cases::{CASES, CLERK, ROLES, with_roles};
use super::newer::NEWER;
use super::{bench, database};
use crate::common::{left_out, plans};

/// Each so many cases are tried: a baseline is proven, which takes its time.
const EACH: usize = 3;

/// Of each case, everything is made or named.
#[tokio::test]
async fn what_a_baseline_does_not_make_is_named_on_postgres() {
    let mut bench = bench();
    let mut scratch = plans::scratch("baseline").await;
    let mut left_out = left_out::LeftOut::default();
    let mut wrong = Vec::new();
    let roles = ROLES.iter().map(|case| (case, with_roles("")));
    let cases = CASES.iter().chain(NEWER).map(|case| (case, String::new()));
    for (case, roles) in cases.chain(roles).step_by(EACH) {
        let sql = format!("{roles}{};\n{};", case.base, case.change);
        let version = Some(scratch.server_version());
        if left_out.note(version, case.name, &sql).is_some() {
            continue;
        }
        let live = database(&mut scratch, &sql).await;
        let mut connection = live.connect().await.expect("connects");
        let unnamed = unnamed(&mut bench, &mut connection).await;
        wrong.extend(unnamed.iter().map(|line| format!("{}: {line}", case.name)));
        connection.close().await.expect("is closed");
        let dropped = scratch.drop_database(&live.name).await;
        dropped.expect("is dropped");
    }
    left_out.tell();
    bench.close().await.expect("stops");
    scratch.close().await.expect("stops");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What of a database its baseline neither makes nor names.
async fn unnamed(bench: &mut Bench, live: &mut limbeck::connection::Connection) -> Vec<String> {
    let prelude = Prelude {
        path: PathBuf::from("scratch.sql"),
        sql: CLERK.to_owned(),
    };
    let folder = Folder {
        preludes: BTreeMap::from([(None, prelude)]),
        ..Folder::default()
    };
    let unmanaged = Unmanaged::default();
    let project = Project {
        folder: &folder,
        parents: &[],
        unmanaged: &unmanaged,
    };
    let id: RevisionId = "aaaa1111".parse().expect("is an id");
    let empty = Revision {
        id: id.clone(),
        parents: Vec::new(),
        description: "Baseline".to_owned(),
        created: String::new(),
        label: None,
        depends_on: Vec::new(),
        pending: BTreeSet::new(),
        dialects: BTreeSet::new(),
        requires: Default::default(),
        replaces: Vec::new(),
        lines: Default::default(),
        upgrade: Sections::default(),
        downgrade: Sections::default(),
    };
    let made = match baseline(bench, project, live, empty).await {
        Ok(made) => made,
        Err(error) => return vec![format!("{error:?}")],
    };
    let graph = Graph::new(vec![(made.revision, "baseline.sql".to_owned())]);
    let folder = Folder {
        graph: graph.expect("is one"),
        ..folder
    };
    let heads = [id];
    let drift = drift(bench, &folder, live, &heads, &unmanaged).await;
    let drift = drift.expect("is compared");
    let mut wrong: Vec<String> = drift
        .operations
        .iter()
        .map(|operation| format!("check would say: {}", operation.describe()))
        .collect();
    let there: Residue = residue(live, &InspectOptions::default())
        .await
        .expect("is read");
    let here = bench.residue(&folder, &heads).await.expect("is read");
    let sentences: Vec<&String> = made.left_out.iter().chain(&drift.said).collect();
    for key in there.keys().chain(here.keys()) {
        if there.get(key) == here.get(key) {
            continue;
        }
        let subject = key
            .rsplit_once(": ")
            .map_or(key.as_str(), |(subject, _)| subject);
        let relation = key
            .strip_prefix("column ")
            .and_then(|column| column.rsplit_once('.'))
            .map(|(relation, _)| format!(" {relation}"));
        let object = subject.split_once(' ').map_or(subject, |(_, name)| name);
        let is_named = sentences.iter().any(|sentence| {
            sentence.contains(key.as_str())
                || sentence.contains(subject)
                || sentence.contains(&format!("`{object}`"))
                || relation
                    .as_ref()
                    .is_some_and(|relation| sentence.contains(relation))
        });
        if !is_named {
            wrong.push(format!(
                "`{key}` is {:?} and not {:?}, and {sentences:?} do not say so",
                here.get(key),
                there.get(key)
            ));
        }
    }
    wrong
}
