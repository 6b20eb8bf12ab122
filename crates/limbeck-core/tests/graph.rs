//! History: what is refused, what identifiers mean, and what an upgrade or a downgrade runs.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use limbeck_core::revision::{Graph, GraphError, Revision, RevisionId, parse};

fn id(text: &str) -> RevisionId {
    text.parse().unwrap()
}

fn ids(text: &str) -> Vec<RevisionId> {
    text.split_whitespace().map(id).collect()
}

/// Reads `id: parents`, with `#label` and `+dependency` among the parents.
fn revision(line: &str) -> (Revision, String) {
    let (name, rest) = line.split_once(':').unwrap();
    let words = |prefix: char| -> Vec<&str> {
        rest.split_whitespace()
            .filter_map(|word| word.strip_prefix(prefix))
            .collect()
    };
    let parents: Vec<&str> = rest
        .split_whitespace()
        .filter(|word| !word.starts_with(['#', '+']))
        .collect();
    let mut text = format!("-- revision: {name}\n-- parents: {}\n", parents.join(","));
    text.push_str(&format!("-- depends_on: {}\n", words('+').join(",")));
    for label in words('#') {
        text.push_str(&format!("-- label: {label}\n"));
    }
    text.push_str("\n-- upgrade\n-- nothing\n-- downgrade\n-- nothing\n");
    let file = format!("{name}.sql");
    (parse(&text, &file).unwrap(), file)
}

fn try_graph(lines: &[&str]) -> Result<Graph, GraphError> {
    Graph::new(lines.iter().map(|line| revision(line)).collect())
}

fn graph(lines: &[&str]) -> Graph {
    try_graph(lines).unwrap()
}

fn joined<'a>(ids: impl IntoIterator<Item = &'a RevisionId>) -> String {
    let ids: Vec<&str> = ids.into_iter().map(RevisionId::as_str).collect();
    ids.join(" ")
}

const LINE: &[&str] = &["d4:c3", "a1:", "c3:b2", "b2:a1"];
const BRANCHES: &[&str] = &[
    "base1:",
    "left1:base1 #left",
    "left2:left1",
    "right1:base1 #right",
    "right2:right1 +left1",
];
const MERGED: &[&str] = &["a:", "b:a", "c:a", "m:b c", "n:m"];

#[test]
fn broken_histories_are_refused() {
    let cases: [(&[&str], &str); 7] = [
        (
            &["a:", "a:"],
            "revision `a` is in two files: a.sql and a.sql",
        ),
        (&["a:", "b:x"], "b.sql: parent `x` is in no file"),
        (&["a:+x"], "a.sql: `x` in `depends_on` is in no file"),
        (
            &["a: #l", "b: #l"],
            "label `l` is in two files: a.sql and b.sql",
        ),
        (
            &["a:a"],
            "revisions go in a circle: a.sql: `a` builds on `a`",
        ),
        (
            &["a:", "b:a d", "c:b", "d:c", "e:d"],
            "revisions go in a circle: c.sql: `c` builds on `b`, d.sql: `d` builds on `c`, b.sql: `b` builds on `d`",
        ),
        (
            &["a:+b", "b:a"],
            "revisions go in a circle: b.sql: `b` builds on `a`, a.sql: `a` builds on `b`",
        ),
    ];
    for (lines, message) in cases {
        assert_eq!(try_graph(lines).unwrap_err().to_string(), message);
    }
}

#[test]
fn shape() {
    let line = graph(LINE);
    assert_eq!(
        joined(line.iter().map(|revision| &revision.id)),
        "a1 b2 c3 d4"
    );
    assert_eq!(joined(line.heads()), "d4");
    assert_eq!(joined(line.bases()), "a1");
    assert_eq!(joined(line.ancestors(&id("c3"))), "a1 b2");
    assert_eq!(line.file(&id("a1")), Some("a1.sql"));
    assert_eq!(line.len(), 4);

    let branches = graph(BRANCHES);
    assert_eq!(joined(branches.heads()), "left2 right2");
    assert_eq!(joined(branches.children(&id("base1"))), "left1 right1");
    assert_eq!(
        joined(branches.ancestors(&id("right2"))),
        "base1 left1 right1"
    );

    let empty = graph(&[]);
    assert!(empty.is_empty());
    assert_eq!(empty.resolve("head", &[]), Ok(vec![]));
}

#[test]
fn identifiers() {
    let cases: [(&[&str], &str, &str, &str); 30] = [
        (LINE, "", "d4", "d4"),
        (LINE, "", "c", "c3"),
        (LINE, "", "head", "d4"),
        (LINE, "", "heads", "d4"),
        (LINE, "b2", "base", ""),
        (LINE, "b2", "current", "b2"),
        (LINE, "", "+1", "a1"),
        (LINE, "b2", "+2", "d4"),
        (LINE, "b2", "-1", "a1"),
        (LINE, "b2", "-2", ""),
        (LINE, "", "b+1", "c3"),
        (LINE, "", "head-3", "a1"),
        (LINE, "", "base+2", "b2"),
        (LINE, "b2", "+0", "b2"),
        (
            LINE,
            "b2",
            "-3",
            "error: `-3` goes beyond the history, which has 2 in that direction",
        ),
        (
            LINE,
            "d4",
            "+1",
            "error: `+1` goes beyond the history, which has 0 in that direction",
        ),
        (LINE, "", "", "error: no revision is called ``"),
        (
            LINE,
            "",
            "d5",
            "error: no revision is called `d5`: did you mean `d4`?",
        ),
        (LINE, "", "zz+1", "error: no revision is called `zz`"),
        (
            LINE,
            "gone",
            "-1",
            "error: the database is at revision `gone`, which is in no file",
        ),
        (BRANCHES, "", "heads", "left2 right2"),
        (
            BRANCHES,
            "",
            "head",
            "error: there are several heads: `left2`, `right2`",
        ),
        (BRANCHES, "", "left@head", "left2"),
        (
            BRANCHES,
            "",
            "up@head",
            "error: no revision has the label `up`",
        ),
        (
            BRANCHES,
            "",
            "left",
            "error: `left` is the start of several revisions: `left1`, `left2`",
        ),
        (
            BRANCHES,
            "base1",
            "+1",
            "error: `+1` would have to choose between branches: `left1`, `right1`",
        ),
        (
            BRANCHES,
            "left1 right1",
            "-1",
            "error: `-1` would have to choose between branches: `left1`, `right1`",
        ),
        (
            MERGED,
            "n",
            "-2",
            "error: `-2` would have to choose between branches: `b`, `c`",
        ),
        (
            MERGED,
            "b",
            "+1",
            "error: `+1` would have to choose between branches: `b`, `c`",
        ),
        (&["x-1:", "x:x-1", "y:x"], "", "x-1", "x-1"),
    ];
    for (lines, current, text, expected) in cases {
        let found = match graph(lines).resolve(text, &ids(current)) {
            Ok(found) => joined(&found),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(found, expected, "{text} from {current}");
    }
}

#[test]
fn paths() {
    let upgrades: [(&[&str], &str, &str, &str); 7] = [
        (LINE, "", "d4", "a1 b2 c3 d4"),
        (LINE, "b2", "d4", "c3 d4"),
        (LINE, "d4", "b2", ""),
        (BRANCHES, "", "right2", "base1 left1 right1 right2"),
        (BRANCHES, "right2", "left2 right2", "left2"),
        (MERGED, "b", "m", "c m"),
        (
            LINE,
            "zz",
            "d4",
            "error: the database is at revision `zz`, which is in no file",
        ),
    ];
    for (lines, current, target, expected) in upgrades {
        let graph = graph(lines);
        let found = match graph.upgrade_path(&ids(current), &ids(target)) {
            Ok(path) => joined(path),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(found, expected, "upgrade from {current} to {target}");
    }
    let downgrades: [(&[&str], &str, &str, &str); 9] = [
        (LINE, "d4", "b2", "d4 c3"),
        (LINE, "c3", "", "c3 b2 a1"),
        (LINE, "c3", "c3", ""),
        (
            LINE,
            "b2",
            "d4",
            "error: cannot downgrade to `d4`: it has not been run, the database is at `b2`",
        ),
        (
            LINE,
            "",
            "a1",
            "error: cannot downgrade to `a1`: it has not been run, the database is at the base",
        ),
        (BRANCHES, "left2 right1", "right1", ""),
        (
            BRANCHES,
            "left2 right2",
            "base1",
            "right2 right1 left2 left1",
        ),
        (BRANCHES, "left2 right2", "left1", "right2 left2"),
        (MERGED, "n", "b", "n m"),
    ];
    for (lines, current, target, expected) in downgrades {
        let graph = graph(lines);
        let found = match graph.downgrade_path(&ids(current), &ids(target)) {
            Ok(path) => joined(path),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(found, expected, "downgrade from {current} to {target}");
    }
}
