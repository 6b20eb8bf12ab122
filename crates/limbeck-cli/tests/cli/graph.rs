//! Branches, labels, dependencies and merges, in Alembic's words.

use std::fmt::Write as _;

use crate::project::Project;

/// A revision that makes a table of its own, with more header lines.
fn revision(project: &Project, folder: &str, id: &str, parents: &str, more: &str) {
    let table = &id[..1];
    project.write(
        &format!("{folder}/{id}_x.sql"),
        &format!(
            "-- Make {table}\n--\n-- revision: {id}\n-- parents:  {parents}\n-- created:  2026-11-20T10:09:0{}Z\n{more}\n\
             -- upgrade\nCREATE TABLE {table} (id INTEGER PRIMARY KEY);\n\n-- downgrade\n-- loses: {table}\nDROP TABLE {table};\n",
            &id[7..],
        ),
    );
}

/// Two branches of one tree, and another tree that needs the first branch.
fn trees() -> Project {
    let project = Project::without_url();
    project.write(
        "limbeck.toml",
        "dialects = [\"sqlite\"]\nurl = \"sqlite:///todo.db\"\nmigrations = [\"migrations\", \"billing\"]\n",
    );
    revision(&project, "migrations", "aaaa1111", "none", "");
    revision(
        &project,
        "migrations",
        "bbbb2222",
        "aaaa1111",
        "-- label: left\n",
    );
    revision(&project, "migrations", "cccc3333", "aaaa1111", "");
    revision(
        &project,
        "billing",
        "dddd4444",
        "none",
        "-- label: billing\n-- depends_on: bbbb2222\n",
    );
    revision(&project, "billing", "eeee5555", "dddd4444", "");
    project
}

/// What commands say, one after the other.
fn told(project: &Project, commands: &[&str]) -> String {
    let mut shown = String::new();
    for command in commands {
        writeln!(shown, "$ limbeck {command}\n{}", project.run(command)).unwrap();
    }
    shown
}

#[test]
fn the_graph_is_told() {
    let project = trees();
    insta::assert_snapshot!(told(
        &project,
        &[
            "heads",
            "heads --resolve-dependencies",
            "heads -v",
            "branches",
            "history",
            "history -r bbbb:",
            "history -r -1:",
            "history -r billing@base:",
            "history -v -r :aaaa",
            "show left",
            "show base",
            "show -1",
            "show left@eeee",
        ]
    ));
    let json = project.run("branches --format json");
    for part in [
        "\"revision\": \"aaaa1111\"",
        "\"branches\": [",
        "\"label\": \"left\"",
    ] {
        assert!(json.contains(part), "{part}: {json}");
    }
}

#[test]
fn a_branch_is_run_and_taken_back_alone() {
    let project = trees();
    insta::assert_snapshot!(told(
        &project,
        &[
            "current --check-heads",
            "upgrade billing@+1",
            "current",
            "upgrade billing@head",
            "show current",
            "upgrade heads",
            "current --check-heads",
            "history -i -r current:",
            "downgrade billing@base",
            "current",
            "downgrade left@-1",
            "stamp left billing@head",
            "current",
            "stamp billing@base",
            "current",
            "stamp left base",
        ]
    ));
    let json = project.run("current --format json");
    assert!(json.contains("\"needed_by\": []"), "{json}");
    assert!(json.contains("\"branches\": [\n"), "{json}");
}

#[test]
fn a_revision_is_put_where_it_is_wanted() {
    let project = trees();
    insta::assert_snapshot!(told(
        &project,
        &[
            "revision -m x",
            "revision -m x --head aaaa",
            "revision -m x --rev-id ffff6666 --head aaaa --splice --branch-label third",
            "revision -m x --rev-id gggg7777 --head billing@head --depends-on third",
            "revision -m x --rev-id hhhh8888 --head base --version-path billing",
            "revision -m x --rev-id iiii9999 --head bbbb --head cccc",
            "revision -m x --head hhhh --branch-label left",
            "revision -m x --head hhhh --branch-label aaaa1111",
            "revision -m x --head hhhh --branch-label a@b",
            "revision -m x --head hhhh --version-path elsewhere",
            "revision -m x --head hhhh --depends-on heads",
            "revision -m x --head eeee --splice --depends-on dddd",
        ]
    ));
    let header = |file: &str| {
        let text = project.read(file);
        let lines = text.lines().filter(|line| !line.starts_with("-- created"));
        lines
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(header("migrations/ffff6666_x.sql"));
    insta::assert_snapshot!(header("billing/gggg7777_x.sql"));
    insta::assert_snapshot!(header("billing/hhhh8888_x.sql"));
    insta::assert_snapshot!(header("migrations/iiii9999_x.sql"));
}

#[test]
fn branches_that_make_the_same_are_merged() {
    let project = trees();
    insta::assert_snapshot!(told(
        &project,
        &[
            "merge bbbb",
            "merge aaaa bbbb --splice",
            "merge aaaa cccc",
            "merge bbbb cccc --rev-id ffff6666",
            "merge --rev-id gggg7777 -m 'All of it' --branch-label whole",
            "merge",
            "upgrade",
            "verify --all",
        ]
    ));
    assert!(
        project
            .read("migrations/ffff6666_merge_bbbb2222_and_cccc3333.sql")
            .contains("-- upgrade\n-- nothing\n")
    );
    let project = trees();
    let json = project.run("merge heads --rev-id ffff6666 --format json");
    assert!(
        json.contains("\"tried_on\": [\nout|     \"sqlite\"\n"),
        "{json}"
    );
}

/// One branch adds a column, the other one makes the table again as it was.
fn clashing() -> Project {
    let project = Project::without_url();
    project.write("limbeck.toml", "dialects = [\"sqlite\"]\n");
    let write = |id: &str, parents: &str, up: &str, down: &str| {
        project.write(
            &format!("migrations/{id}_x.sql"),
            &format!("-- {id}\n--\n-- revision: {id}\n-- parents:  {parents}\n\n-- upgrade\n{up}\n\n-- downgrade\n{down}\n"),
        );
    };
    write(
        "aaaa1111",
        "none",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER);",
        "-- loses: a\nDROP TABLE a;",
    );
    write(
        "bbbb2222",
        "aaaa1111",
        "ALTER TABLE a ADD COLUMN b INTEGER;",
        "-- loses: a.b\nALTER TABLE a DROP COLUMN b;",
    );
    let again = "-- step: foreign keys off\nCREATE TABLE n (id INTEGER PRIMARY KEY, x INTEGER);\nINSERT INTO n (id, x) SELECT id, x FROM a;\nDROP TABLE a;\nALTER TABLE n RENAME TO a;";
    write("cccc3333", "aaaa1111", again, again);
    project
}

#[test]
fn branches_of_which_the_order_matters_are_not_merged() {
    let project = clashing();
    insta::assert_snapshot!(told(&project, &["merge heads"]));
    assert_eq!(
        std::fs::read_dir(project.path("migrations"))
            .unwrap()
            .count(),
        3
    );
    let shown = project.run("check --only branches");
    assert!(shown.contains("1 difference between branches"), "{shown}");
    // The line that is offered writes a merge to be filled by hand.
    let (_, line) = shown
        .split_once("limbeck revision")
        .expect("a line to type");
    let (line, _) = line.split_once(';').expect("and what comes after it");
    let shown = project.paste(&format!("revision{line}"));
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    assert_eq!(
        project.run("check --only branches"),
        "err| Nothing differs\nexit 0\n"
    );
}

#[test]
fn two_heads_are_told_with_a_line_that_works() {
    let project = trees();
    let shown = project.run("check --only branches");
    insta::assert_snapshot!(shown);
    let (_, line) = shown.split_once("hint: limbeck ").expect("a line to type");
    let line = line.lines().next().unwrap();
    assert!(project.paste(line).ends_with("exit 0\n"));
    assert_eq!(
        project.run("check --only branches"),
        "err| Nothing differs\nexit 0\n"
    );
    // Branches with labels are meant.
    let project = trees();
    project.run("merge bbbb cccc --rev-id ffff6666");
    let shown = project.run("check --only branches");
    assert!(shown.contains("each on a branch with a label"), "{shown}");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
}

#[test]
fn broken_graphs_name_file_line_and_the_way_out() {
    type File = (&'static str, &'static str, &'static str);
    let cases: &[(&str, &[File])] = &[
        ("a missing parent", &[("bbbb2222", "aaaa1112", "")]),
        (
            "a missing dependency",
            &[("bbbb2222", "aaaa1111", "-- depends_on: gone\n")],
        ),
        (
            "a circle",
            &[
                ("bbbb2222", "cccc3333", ""),
                ("cccc3333", "aaaa1111", "-- depends_on: bbbb2222\n"),
            ],
        ),
        (
            "a label twice",
            &[
                ("bbbb2222", "aaaa1111", "-- label: x\n"),
                ("cccc3333", "aaaa1111", "-- label: x\n"),
            ],
        ),
        (
            "a label that is an id",
            &[("bbbb2222", "aaaa1111", "-- label: aaaa1111\n")],
        ),
    ];
    let mut shown = String::new();
    for (what, revisions) in cases {
        let project = Project::new();
        revision(&project, "migrations", "aaaa1111", "none", "");
        for (id, parents, more) in *revisions {
            revision(&project, "migrations", id, parents, more);
        }
        writeln!(shown, "{what}\n{}", project.run("heads")).unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_file_is_opened_in_the_editor() {
    let mut project = trees();
    project.set("VISUAL", "");
    project.set("EDITOR", "");
    insta::assert_snapshot!(told(&project, &["edit left"]));
    project.set("EDITOR", "echo --wait");
    insta::assert_snapshot!(told(
        &project,
        &["edit left", "edit heads", "edit base", "edit current"]
    ));
    project.set("EDITOR", "echo 'two  words'");
    let shown = project.run("edit left");
    assert!(shown.contains("two  words migrations"), "{shown}");
    project.set("VISUAL", "false");
    insta::assert_snapshot!(told(&project, &["edit left"]));
}

#[test]
fn a_merge_is_tried_on_postgres() {
    let project = Project::without_url();
    std::fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    for (id, parents) in [
        ("aaaa1111", "none"),
        ("bbbb2222", "aaaa1111"),
        ("cccc3333", "aaaa1111"),
    ] {
        revision(&project, "migrations", id, parents, "");
    }
    // Each makes the view again, with a column of its own.
    let view =
        |number: u8| format!("DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT {number} AS a;");
    for (id, number) in [("bbbb2222", 2), ("cccc3333", 3)] {
        let file = format!("migrations/{id}_x.sql");
        let down = "-- downgrade\n";
        project.edit(
            &file,
            "\n-- downgrade\n",
            &format!("{}\n\n{down}DROP VIEW IF EXISTS v;\n", view(number)),
        );
    }
    insta::assert_snapshot!(told(&project, &["merge heads"]));
    project.edit(
        "migrations/cccc3333_x.sql",
        "CREATE VIEW v AS SELECT 3",
        "CREATE VIEW w AS SELECT 3",
    );
    project.edit(
        "migrations/cccc3333_x.sql",
        "DROP VIEW IF EXISTS v;\nCREATE",
        "CREATE",
    );
    insta::assert_snapshot!(told(&project, &["merge heads --rev-id ffff6666"]));
}
