//! What holds for every history: of the order, of what has been run, and of the way there and back.

use std::collections::BTreeSet;

use limbeck_core::revision::{DowngradeTarget, Graph, Revision, RevisionId};
use proptest::prelude::*;

use super::revision;

/// A history: each revision has parents and dependencies among those before it, and perhaps a label.
pub(super) fn history() -> impl Strategy<Value = Graph> {
    let one = (
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        prop::collection::vec(any::<prop::sample::Index>(), 0..2),
        prop::bool::weighted(0.3),
    );
    prop::collection::vec(one, 1..14).prop_map(|drawn| {
        let mut revisions: Vec<(Revision, String)> = Vec::new();
        for (number, (parents, needed, has_label)) in drawn.into_iter().enumerate() {
            let pick = |drawn: Vec<prop::sample::Index>, prefix: &str| -> BTreeSet<String> {
                let found = drawn.into_iter().filter(|_| number > 0);
                let found = found.map(|one| format!("{prefix}{}", name(one.index(number))));
                found.collect()
            };
            let mut words: Vec<String> = pick(parents, "").into_iter().collect();
            words.extend(pick(needed, "+"));
            words.extend(has_label.then(|| format!("#label{number}")));
            revisions.push(revision(&format!("{}: {}", name(number), words.join(" "))));
        }
        Graph::new(revisions).expect("nothing is missing, and nothing goes in circles")
    })
}

/// Ids that do not stand in the order of the history, and begin alike.
fn name(number: usize) -> String {
    format!("{:02x}{number}", (number * 7) % 5)
}

/// A history with revisions of it that have been run, and one more revision.
fn run_history() -> impl Strategy<Value = (Graph, Vec<RevisionId>, RevisionId)> {
    let drawn = (
        history(),
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        any::<prop::sample::Index>(),
    );
    drawn.prop_map(|(graph, run, other)| {
        let all: Vec<RevisionId> = graph.iter().map(|one| one.id.clone()).collect();
        let run: Vec<RevisionId> = run
            .iter()
            .map(|one| all[one.index(all.len())].clone())
            .collect();
        let current = heads_of(&graph, &closed(&graph, &run));
        let other = all[other.index(all.len())].clone();
        (graph, current, other)
    })
}

/// These and all that they need.
pub(super) fn closed(graph: &Graph, ids: &[RevisionId]) -> BTreeSet<RevisionId> {
    let mut all: BTreeSet<RevisionId> = graph.ancestors_of(ids).into_iter().cloned().collect();
    all.extend(ids.iter().cloned());
    all
}

/// Those that none of the others needs.
fn heads_of(graph: &Graph, run: &BTreeSet<RevisionId>) -> Vec<RevisionId> {
    let inner = graph.ancestors_of(run);
    run.iter()
        .filter(|id| !inner.contains(id))
        .cloned()
        .collect()
}

pub(super) fn is_closed(graph: &Graph, run: &BTreeSet<RevisionId>) -> bool {
    run.iter()
        .all(|id| graph.required(id).all(|one| run.contains(one)))
}

/// Runs a path revision by revision, and looks after each whether what has been run holds all it needs.
fn run(
    graph: &Graph,
    from: &[RevisionId],
    path: &[&RevisionId],
    step: impl Fn(&mut BTreeSet<RevisionId>, &RevisionId) -> bool,
) -> Result<BTreeSet<RevisionId>, TestCaseError> {
    let mut run = closed(graph, from);
    for id in path {
        prop_assert!(step(&mut run, id), "{} twice, or not there", id);
        prop_assert!(is_closed(graph, &run), "after {}", id);
    }
    Ok(run)
}

fn up(run: &mut BTreeSet<RevisionId>, id: &RevisionId) -> bool {
    run.insert(id.clone())
}

fn down(run: &mut BTreeSet<RevisionId>, id: &RevisionId) -> bool {
    run.remove(id)
}

/// Every identifier that may be asked for in a history.
fn identifiers(graph: &Graph, other: &RevisionId) -> Vec<String> {
    let mut starts: Vec<String> = ["head", "heads", "base", "current", ""]
        .map(str::to_owned)
        .into();
    starts.push(other.to_string());
    starts.push(other.as_str()[..2].to_owned());
    let labels = graph.iter().filter_map(|one| one.label.clone());
    let labels: Vec<String> = labels.take(2).collect();
    starts.extend(labels.iter().cloned());
    let mut branches = labels;
    branches.push(other.to_string());
    let mut found = Vec::new();
    for start in starts {
        for steps in ["", "+1", "+2", "-1", "-2"] {
            let text = format!("{start}{steps}");
            found.extend(branches.iter().map(|branch| format!("{branch}@{text}")));
            found.push(text);
        }
    }
    found
}

proptest! {
    #[test]
    fn the_order_has_what_is_needed_first(graph in history()) {
        let all: Vec<&RevisionId> = graph.iter().map(|one| &one.id).collect();
        let done = run(&graph, &[], &all, up)?;
        prop_assert_eq!(done.len(), graph.len());
        for id in all {
            let below = graph.ancestors(id);
            prop_assert!(!below.contains(id));
            for other in graph.iter().map(|one| &one.id) {
                let is_above = graph.descendants_of([other]).contains(id);
                prop_assert_eq!(below.contains(other), is_above, "{} and {}", id, other);
                let line = graph.lineage(id).contains(other);
                prop_assert_eq!(line, graph.lineage(other).contains(id), "{} and {}", id, other);
            }
        }
    }

    #[test]
    fn an_upgrade_runs_what_lacks_and_no_more((graph, current, target) in run_history()) {
        let before = closed(&graph, &current);
        let target = [target];
        let path = graph.upgrade_path(&current, &target).expect("both are known");
        let after = run(&graph, &current, &path, up)?;
        let wanted: BTreeSet<RevisionId> = before.union(&closed(&graph, &target)).cloned().collect();
        prop_assert_eq!(&after, &wanted);
        // A second one has nothing to do.
        let heads = heads_of(&graph, &after);
        prop_assert_eq!(graph.upgrade_path(&heads, &target).expect("is known").len(), 0);
    }

    #[test]
    fn a_downgrade_leaves_its_target_and_no_more((graph, current, target) in run_history()) {
        let before = closed(&graph, &current);
        if before.contains(&target) {
            let to = DowngradeTarget::to([target.clone()]);
            let path = graph.downgrade_path(&current, &to).expect("it has been run");
            let after = run(&graph, &current, &path, down)?;
            prop_assert!(after.contains(&target));
            prop_assert!(graph.children(&target).all(|child| !after.contains(child)));
            // What goes builds on the target, or needs what does.
            let children: Vec<&RevisionId> = graph.children(&target).collect();
            let above = graph.descendants_of(children.iter().copied());
            prop_assert!(path.iter().all(|id| children.contains(id) || above.contains(id)));
            // And what went comes again, in the other order.
            let again = graph.upgrade_path(&heads_of(&graph, &after), &current);
            let back: Vec<&RevisionId> = path.into_iter().rev().collect();
            prop_assert_eq!(again.expect("is known"), back);
        }
        let path = graph.downgrade_path(&current, &DowngradeTarget::base()).expect("is known");
        prop_assert_eq!(run(&graph, &current, &path, down)?.len(), 0);
    }

    #[test]
    fn an_upgrade_and_its_downgrade_are_nothing((graph, current, target) in run_history()) {
        // On a line of its own, what an upgrade ran is what builds on where it began.
        let line: Vec<RevisionId> = graph.lineage(&target).into_iter().cloned().collect();
        let path = graph.upgrade_path(&current, &[target]).expect("is known");
        let after = run(&graph, &current, &path, up)?;
        if let [start] = current.as_slice()
            && path.iter().all(|id| line.contains(id))
            && path.iter().all(|id| graph.lineage(start).contains(id))
        {
            let to = DowngradeTarget::to([start.clone()]);
            let back = graph.downgrade_path(&heads_of(&graph, &after), &to).expect("it has been run");
            let forth: Vec<&RevisionId> = path.into_iter().rev().collect();
            prop_assert_eq!(back, forth);
        }
    }

    #[test]
    fn whatever_is_asked_for_keeps_the_history_whole((graph, current, other) in run_history()) {
        for text in identifiers(&graph, &other) {
            if let Ok(target) = graph.resolve(&text, &current) {
                let path = graph.upgrade_path(&current, &target).expect("what is found is known");
                run(&graph, &current, &path, up)?;
            }
            let Ok(target) = graph.resolve_downgrade(&text, &current) else {
                continue;
            };
            let Ok(path) = graph.downgrade_path(&current, &target) else {
                continue;
            };
            let after = run(&graph, &current, &path, down)?;
            prop_assert!(target.revisions.iter().all(|id| after.contains(id)), "{}", text);
            // A branch takes back no more than all branches do.
            if target.along.is_some() {
                let all = DowngradeTarget::to(target.revisions.clone());
                let all = graph.downgrade_path(&current, &all).expect("as before");
                prop_assert!(path.iter().all(|id| all.contains(id)), "{}", text);
            }
        }
    }

    #[test]
    fn a_range_goes_from_one_end_to_the_other((graph, current, other) in run_history()) {
        for end in &current {
            let whole = graph.range(&[], std::slice::from_ref(end)).expect("from the base");
            prop_assert_eq!(whole.len(), closed(&graph, std::slice::from_ref(end)).len());
            let part = graph.range(std::slice::from_ref(&other), std::slice::from_ref(end));
            let Ok(part) = part else {
                prop_assert!(!closed(&graph, std::slice::from_ref(end)).contains(&other));
                continue;
            };
            prop_assert_eq!(part.first(), Some(&&other));
            prop_assert!(part.iter().all(|id| graph.lineage(&other).contains(id)));
        }
    }

    #[test]
    fn an_abbreviation_is_of_one_revision(graph in history()) {
        for one in graph.iter() {
            let short = graph.abbreviation(&one.id, 1);
            let found = graph.resolve(short, &[]).expect("it is of one alone");
            prop_assert_eq!(found, [one.id.clone()]);
            let shorter = &short[..short.len() - 1];
            let is_whole = graph.iter().any(|one| one.id.as_str() == shorter);
            prop_assert!(graph.resolve(shorter, &[]).is_err() || is_whole);
        }
    }
}
