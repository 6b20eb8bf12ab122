//! History: what is refused, what identifiers mean, and what an upgrade or a downgrade runs.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod gap;
mod laws;

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
    let cases: [(&[&str], &str); 10] = [
        (
            &["a:", "a:"],
            "revision `a` is in two files: a.sql:1 and a.sql:1",
        ),
        (&["a:", "b:gone"], "b.sql:2: parent `gone` is in no file"),
        (
            &["a1b2c3:", "b:a1b2c4"],
            "b.sql:2: parent `a1b2c4` is in no file: did you mean `a1b2c3` (a1b2c3.sql:1)?",
        ),
        (&["a:+x"], "a.sql:3: `x` in `depends_on` is in no file"),
        (
            &["a: #l", "b: #l"],
            "label `l` is in two files: a.sql:4 and b.sql:4",
        ),
        (
            &["a: #b", "b:"],
            "a.sql:4: the label `b` is the id of b.sql:1",
        ),
        (
            &["a:a"],
            "revisions go in a circle: a.sql:2: `a` builds on `a`",
        ),
        (
            &["a:", "b:a d", "c:b", "d:c", "e:d"],
            "revisions go in a circle: c.sql:2: `c` builds on `b`, d.sql:2: `d` builds on `c`, b.sql:2: `b` builds on `d`",
        ),
        (
            &["a:+b", "b:a"],
            "revisions go in a circle: b.sql:2: `b` builds on `a`, a.sql:3: `a` depends on `b`",
        ),
        (
            &["a:+a"],
            "revisions go in a circle: a.sql:3: `a` depends on `a`",
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

/// What an identifier stands for, or what is said instead.
fn resolved(lines: &[&str], current: &str, text: &str) -> String {
    match graph(lines).resolve(text, &ids(current)) {
        Ok(found) => joined(&found),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn identifiers() {
    let cases: [(&[&str], &str, &str, &str); 31] = [
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
        (
            LINE,
            "",
            "base-1",
            "error: `base-1` goes beyond the history, which has 0 in that direction",
        ),
        (LINE, "", "", "error: no revision is called ``"),
        (
            LINE,
            "",
            "d5",
            "error: no revision is called `d5`: did you mean `d4` (d4.sql:1)?",
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
            "error: there are several heads: `left2` (left2.sql:1), `right2` (right2.sql:1)",
        ),
        (
            BRANCHES,
            "",
            "lef",
            "error: `lef` is the start of several revisions: `left1` (left1.sql:1), `left2` (left2.sql:1)",
        ),
        (
            BRANCHES,
            "base1",
            "+1",
            "error: `+1` would have to choose between branches: `left1` (left1.sql:1), `right1` (right1.sql:1)",
        ),
        (
            BRANCHES,
            "left1 right1",
            "-1",
            "error: `-1` would have to choose between branches: `left1` (left1.sql:1), `right1` (right1.sql:1)",
        ),
        (
            MERGED,
            "n",
            "-2",
            "error: `-2` would have to choose between branches: `b` (b.sql:1), `c` (c.sql:1)",
        ),
        // The merge brings what it joins along, as in Alembic.
        (MERGED, "b", "+1", "m"),
        (MERGED, "b", "+2", "n"),
        (
            MERGED,
            "b c",
            "+1",
            "error: `+1` would have to choose between branches: `b` (b.sql:1), `c` (c.sql:1)",
        ),
        (&["x-1:", "x:x-1", "y:x"], "", "x-1", "x-1"),
    ];
    for (lines, current, text, expected) in cases {
        let found = resolved(lines, current, text);
        assert_eq!(found, expected, "{text} from {current}");
    }
}

/// Two trees, of which one forks behind its label; `right2` needs a revision of the other tree.
const TREES: &[&str] = &[
    "l1: #left",
    "l2:l1",
    "l3a:l2",
    "l3b:l2 #fork",
    "r1: #right",
    "r2:r1 +l2",
];

#[test]
fn identifiers_on_a_branch() {
    let cases: [(&[&str], &str, &str, &str); 27] = [
        // A label is a name of the revision that carries it.
        (BRANCHES, "", "left", "left1"),
        (BRANCHES, "", "left+1", "left2"),
        (BRANCHES, "", "left-1", "base1"),
        (BRANCHES, "", "left@head", "left2"),
        (BRANCHES, "", "left@heads", "left2"),
        (BRANCHES, "left1", "left@base", ""),
        (BRANCHES, "", "left@left2", "left2"),
        (
            BRANCHES,
            "",
            "left@l",
            "error: `l` is the start of several revisions: `left1` (left1.sql:1), `left2` (left2.sql:1)",
        ),
        // What both branches build on is on both.
        (BRANCHES, "", "left@base1", "base1"),
        (
            BRANCHES,
            "",
            "left@right2",
            "error: `right2` (right2.sql:1) is not on the branch `left`",
        ),
        (
            BRANCHES,
            "",
            "left@rig",
            "error: `right1` (right1.sql:1) is not on the branch `left`",
        ),
        // A revision names the branch that it is on.
        (BRANCHES, "", "right2@head", "right2"),
        (
            BRANCHES,
            "",
            "up@head",
            "error: no revision has the label `up`",
        ),
        (
            BRANCHES,
            "",
            "lift@head",
            "error: no revision has the label `lift`: did you mean `left`?",
        ),
        // Steps on a branch begin where the database is on it.
        (BRANCHES, "", "left@+1", "base1"),
        (BRANCHES, "", "left@+2", "left1"),
        (BRANCHES, "base1", "left@+1", "left1"),
        (BRANCHES, "left1 right1", "left@+1", "left2"),
        (BRANCHES, "left1 right1", "right@-1", "base1"),
        // `right2` has brought `left1` along.
        (BRANCHES, "right2", "left@+1", "left2"),
        (BRANCHES, "right2", "left@-1", "base1"),
        (TREES, "", "left@+2", "l2"),
        (TREES, "r2", "left@-1", "l1"),
        (
            TREES,
            "r1",
            "left@-1",
            "error: there is nothing of the branch `left` to start from",
        ),
        (
            TREES,
            "",
            "left@head",
            "error: there are several heads: `l3a` (l3a.sql:1), `l3b` (l3b.sql:1)",
        ),
        (TREES, "", "left@heads", "l3a l3b"),
        (TREES, "l2", "fork@+1", "l3b"),
    ];
    for (lines, current, text, expected) in cases {
        let found = resolved(lines, current, text);
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
}

#[test]
fn downgrades() {
    let cases: [(&[&str], &str, &str, &str); 21] = [
        (LINE, "d4", "b2", "d4 c3"),
        (LINE, "c3", "base", "c3 b2 a1"),
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
        // `right2` needs `left1`, which stays.
        (BRANCHES, "left2 right2", "left1", "left2"),
        (MERGED, "n", "b", "n m"),
        // A branch alone, with what needs it.
        (BRANCHES, "left2 right1", "left@base1", "left2 left1"),
        (BRANCHES, "left2 right1", "right@base1", "right1"),
        (BRANCHES, "left2 right2", "right@-1", "right2"),
        (BRANCHES, "left1 right1", "left@-1", "left1"),
        (BRANCHES, "right2", "left@-1", "right2 left1"),
        // Steps take back the line that the database is on: `left1` is of another one.
        (BRANCHES, "right2", "-1", "right2"),
        (BRANCHES, "right2", "-2", "right2 right1"),
        (TREES, "l3a r2", "right@base", "r2 r1"),
        (TREES, "l3a r2", "left@base", "r2 l3a l2 l1"),
        (TREES, "l3a l3b", "left@l2", "l3b l3a"),
        (TREES, "l3a l3b", "fork@l2", "l3b"),
        (TREES, "l3a l3b r1", "base", "r1 l3b l3a l2 l1"),
    ];
    for (lines, current, text, expected) in cases {
        let graph = graph(lines);
        let current = ids(current);
        let target = graph.resolve_downgrade(text, &current);
        let found = target.and_then(|target| Ok(joined(graph.downgrade_path(&current, &target)?)));
        let found = found.unwrap_or_else(|error| format!("error: {error}"));
        assert_eq!(found, expected, "downgrade from {current:?} to {text}");
    }
}

#[test]
fn ranges() {
    let cases: [(&[&str], &str, &str, &str); 15] = [
        (LINE, "", ":", "a1 b2 c3 d4"),
        (LINE, "", "b2:c3", "b2 c3"),
        (LINE, "", "b2:", "b2 c3 d4"),
        (LINE, "", ":b2", "a1 b2"),
        (LINE, "c3", "-1:current", "b2 c3"),
        (LINE, "b2", "current:", "b2 c3 d4"),
        // Steps count from the other end, and end at the base.
        (LINE, "", "-1:", "c3 d4"),
        (LINE, "", "b2:+1", "b2 c3"),
        (LINE, "", "-9:", "a1 b2 c3 d4"),
        (LINE, "", "c3:b2", "error: `b2` does not build on `c3`"),
        // Only what builds on the first revision, not all that the last one needs.
        (BRANCHES, "", "right1:right2", "right1 right2"),
        (BRANCHES, "", "-1:", "left1 left2 right1 right2"),
        (BRANCHES, "", "left@base:", "base1 left1 left2"),
        (MERGED, "", "b:", "b m n"),
        (
            BRANCHES,
            "",
            "left2:right2",
            "error: `right2` does not build on `left2`",
        ),
    ];
    for (lines, current, range, expected) in cases {
        let (from, to) = range.split_once(':').unwrap();
        let found = match graph(lines).resolve_range(from, to, &ids(current)) {
            Ok(found) => joined(found),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(found, expected, "{range} from {current}");
    }
}

#[test]
fn abbreviations() {
    let graph = graph(&["abcdefghij:", "abcdefghik:", "abcdefgh:", "b:"]);
    let cases = [
        ("abcdefghij", 8, "abcdefghij"),
        ("abcdefgh", 8, "abcdefgh"),
        ("abcdefgh", 2, "abcdefgh"),
        ("b", 8, "b"),
        ("bcdefghijk", 4, "bcde"),
    ];
    for (text, least, expected) in cases {
        assert_eq!(graph.abbreviation(&id(text), least), expected, "{text}");
    }
}
