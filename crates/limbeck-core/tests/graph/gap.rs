//! What has been run without what it needs, and the ways out.

use std::collections::BTreeSet;

use limbeck_core::revision::{Graph, Revision, RevisionId};
use proptest::prelude::*;

use super::laws::{closed, history, is_closed};
use super::{graph, id, ids, joined};

/// A history, what of it has been run, and what is said then.
type Case<'a> = (&'a [&'a str], &'a str, Option<[&'a str; 5]>);

/// Each with what has been run; then the sentence, what is missing, the heads, where a downgrade goes, and headers.
#[test]
fn gaps() {
    let cases: &[Case<'_>] = &[
        (&["a:", "b:a", "c:b"], "a b c", None),
        (&["a:", "b:a", "c:b"], "a", None),
        (&["a:", "b:a", "c:b"], "a gone", None),
        // A file slipped in.
        (
            &["a:", "x:a", "b:x", "c:b"],
            "a b c",
            Some(["b x", "x", "c", "a", "x.sql c, b.sql a"]),
        ),
        // Below all.
        (
            &["x:", "a:x", "b:a"],
            "a b",
            Some(["a x", "x", "b", "base", "x.sql b, a.sql none"]),
        ),
        // Several, one on the other.
        (
            &["a:", "x:a", "y:x", "b:y"],
            "a b",
            Some(["b y", "x y", "b", "a", "x.sql b, b.sql a"]),
        ),
        // In two places: no header alone puts them in an order.
        (
            &["a:", "x:a", "b:x", "y:b", "c:y"],
            "a b c",
            Some(["b x", "x y", "c", "a", ""]),
        ),
        (
            &["a:", "x:a", "y:a", "b:x y"],
            "a b",
            Some(["b x", "x y", "b", "a", ""]),
        ),
        // Another branch stays as it is.
        (
            &["a:", "x:a", "b:x", "l:a", "m:l"],
            "a b l m",
            Some(["b x", "x", "m b", "b@a", "x.sql b, b.sql a"]),
        ),
        (
            &["a:", "l:a", "x:a", "b:x", "m:b l"],
            "a b l m",
            Some(["b x", "x", "m", "b@a", "x.sql m, b.sql a"]),
        ),
        // A root of its own joins in.
        (
            &["a:", "x:", "b:a x"],
            "a b",
            Some(["b x", "x", "b", "a", "x.sql b, b.sql a"]),
        ),
        // It is needed from another branch, which a header does not undo.
        (
            &["a:", "b:a", "p:", "q:p +b"],
            "a p q",
            Some(["q b", "b", "q", "a", ""]),
        ),
    ];
    for (lines, run, expected) in cases {
        let run = ids(run);
        let found = graph(lines).gap(&run).map(|gap| {
            let last = gap
                .last
                .iter()
                .map(|(file, parents)| match parents.as_slice() {
                    [] => format!("{file} none"),
                    parents => format!("{file} {}", joined(parents)),
                });
            [
                format!("{} {}", gap.child, gap.id),
                joined(&gap.missing),
                joined(&gap.heads),
                gap.below,
                last.collect::<Vec<_>>().join(", "),
            ]
        });
        let expected = expected.map(|texts| texts.map(str::to_owned));
        assert_eq!(found, expected, "{lines:?} with {}", joined(&run));
    }
    let gap = graph(&["x:", "a:x"]).gap(&[id("a")]).unwrap();
    assert_eq!(
        gap.to_string(),
        "revision `a` has been run, and `x`, on which it builds, has not"
    );
}

proptest! {
    #[test]
    fn every_way_out_of_a_gap_leads_out(
        graph in history(),
        chosen in prop::collection::vec(any::<bool>(), 14),
    ) {
        let all = graph.iter().map(|one| one.id.clone()).zip(chosen);
        let run: BTreeSet<RevisionId> = all.filter_map(|(id, is_run)| is_run.then_some(id)).collect();
        let Some(gap) = graph.gap(&run) else {
            prop_assert!(is_closed(&graph, &run));
            return Ok(());
        };
        prop_assert!(!is_closed(&graph, &run));
        prop_assert!(run.contains(&gap.child) && !run.contains(&gap.id));
        prop_assert!(graph.required(&gap.child).any(|id| *id == gap.id));
        // A stamp of the heads takes the missing ones as run, and forgets nothing.
        let mut stamped = run.clone();
        stamped.extend(gap.missing.iter().cloned());
        prop_assert_eq!(stamped.len(), run.len() + gap.missing.len());
        prop_assert_eq!(closed(&graph, &gap.heads), stamped);
        // A downgrade takes back what needs them, and goes to what has been run.
        let target = graph.resolve_downgrade(&gap.below, &gap.heads).expect("it can be typed");
        prop_assert!(target.revisions.iter().all(|id| run.contains(id)));
        let path = graph.downgrade_path(&gap.heads, &target).expect("it has been run");
        let mut rest = run.clone();
        rest.retain(|id| !path.contains(&id));
        prop_assert!(is_closed(&graph, &rest), "{} leaves {}", gap.below, joined(&rest));
        // With other parents nothing is missing, and the missing ones come later.
        if !gap.last.is_empty() {
            let moved = with_parents(&graph, &gap.last);
            prop_assert_eq!(moved.gap(&run), None);
        }
    }
}

fn with_parents(graph: &Graph, changes: &[(String, Vec<RevisionId>)]) -> Graph {
    let change = |revision: &Revision| {
        let file = graph.file(&revision.id).unwrap().to_owned();
        let mut revision = revision.clone();
        if let Some((_, parents)) = changes.iter().find(|(other, _)| *other == file) {
            revision.parents.clone_from(parents);
        }
        (revision, file)
    };
    Graph::new(graph.iter().map(change).collect()).unwrap()
}
