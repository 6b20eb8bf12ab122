//! A revision that has been run while one that it builds on has not: each command tells so, and what it says to type works.

use crate::project::Project;

fn revision(project: &Project, id: &str, parents: &str, upgrade: &str, downgrade: &str) {
    project.write(
        &format!("migrations/{id}_x.sql"),
        &format!(
            "-- Do {}\n--\n-- revision: {id}\n-- parents:  {parents}\n\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n",
            &id[..4]
        ),
    );
}

/// A file that came in below one that has been run, which is not to be run twice.
fn slipped_in() -> Project {
    let project = Project::new().without_models();
    let make =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);\nINSERT INTO t VALUES (1, 100);";
    revision(&project, "aaaa1111", "none", make, "DROP TABLE t;");
    let double = "UPDATE t SET n = n * 2;";
    revision(
        &project,
        "bbbb2222",
        "aaaa1111",
        double,
        "UPDATE t SET n = n / 2;",
    );
    project.run("upgrade");
    let table = "CREATE TABLE x (id INTEGER);";
    revision(&project, "cccc3333", "aaaa1111", table, "DROP TABLE x;");
    project.edit(
        "migrations/bbbb2222_x.sql",
        "parents:  aaaa1111",
        "parents:  cccc3333",
    );
    project
}

const SAID: &str = "revision `bbbb2222` has been run, and `cccc3333`, on which it builds, has not";
const STAMP: &str = "limbeck stamp bbbb2222";
const BACK: &str = "limbeck downgrade aaaa1111";

/// Whoever asks whether all has been run is told that it has not, with the ways out.
#[test]
fn each_command_tells_of_a_gap() {
    let project = slipped_in();
    for (command, exit) in [
        ("upgrade", 2),
        ("upgrade --sql", 2),
        ("downgrade -1", 2),
        ("downgrade cccc", 2),
        ("downgrade cccc --sql", 2),
        ("current", 0),
        ("current --check-heads", 1),
        ("check --only pending", 1),
        ("check --only drift", 1),
        ("check", 1),
        ("doctor", 1),
    ] {
        let told = project.run(command);
        assert!(
            told.ends_with(&format!("exit {exit}\n")),
            "{command}: {told}"
        );
        for part in [SAID, STAMP, BACK] {
            assert!(
                told.contains(part),
                "{command} does not say `{part}`: {told}"
            );
        }
    }
    for (command, part) in [
        (
            "current --format json",
            "\"missing\": [\n    \"cccc3333\"\n  ]",
        ),
        (
            "current --format json",
            "\"pending\": [\n    \"cccc3333\"\n  ]",
        ),
        ("check --only pending --format json", SAID),
        ("doctor --format json", SAID),
        ("history -i --format json", "\"is_missing\": true"),
        ("upgrade --format json", "\"code\": \"gap\""),
    ] {
        // Line by line, as the project shows what it prints.
        let told = project.run(command).replace("out| ", "");
        let told = told.replace("    out", "out");
        assert!(
            told.contains(part),
            "{command} does not say `{part}`: {told}"
        );
    }
    insta::assert_snapshot!(project.run("upgrade"));
    insta::assert_snapshot!(project.run("check --only pending"));
    insta::assert_snapshot!(project.run("history -i"));
}

async fn state(project: &Project) -> [Vec<String>; 3] {
    let mut found = [const { Vec::new() }; 3];
    for (index, sql) in [
        "SELECT revision FROM limbeck_history ORDER BY 1",
        "SELECT n FROM t",
        "SELECT name FROM sqlite_schema WHERE name = 'x'",
    ]
    .into_iter()
    .enumerate()
    {
        found[index] = project.values("todo.db", sql).await;
    }
    found
}

/// As typed, none runs twice what has been run.
#[tokio::test]
async fn each_way_out_of_a_gap_works() {
    let all = ["aaaa1111", "bbbb2222", "cccc3333"];
    // It has been run by hand.
    let project = slipped_in();
    project
        .batch("todo.db", "CREATE TABLE x (id INTEGER)")
        .await;
    insta::assert_snapshot!(project.run(STAMP.trim_start_matches("limbeck ")));
    insta::assert_snapshot!(project.run("upgrade"));
    let [run, n, x] = state(&project).await;
    assert_eq!(
        (run, n, x.len()),
        (all.map(str::to_owned).into(), vec!["200".to_owned()], 1)
    );
    // It comes last.
    let project = slipped_in();
    project.edit(
        "migrations/cccc3333_x.sql",
        "-- parents:  aaaa1111",
        "-- parents: bbbb2222",
    );
    project.edit(
        "migrations/bbbb2222_x.sql",
        "-- parents:  cccc3333",
        "-- parents: aaaa1111",
    );
    insta::assert_snapshot!(project.run("upgrade"));
    let [run, n, x] = state(&project).await;
    assert_eq!(
        (run, n, x.len()),
        (all.map(str::to_owned).into(), vec!["200".to_owned()], 1)
    );
    // It comes before, and what was run without it is run again after it.
    let project = slipped_in();
    insta::assert_snapshot!(project.run(&format!(
        "{} --allow-loss",
        BACK.trim_start_matches("limbeck ")
    )));
    insta::assert_snapshot!(project.run("upgrade"));
    let [run, n, x] = state(&project).await;
    assert_eq!(
        (run, n, x.len()),
        (all.map(str::to_owned).into(), vec!["200".to_owned()], 1)
    );
    for told in [
        "current --check-heads",
        "check --only pending",
        "check --only drift",
    ] {
        assert!(project.run(told).ends_with("exit 0\n"), "{told}");
    }
}

/// A row of the history that is gone is a gap, too, and of several heads all are named.
#[tokio::test]
async fn a_row_that_is_gone_is_told_with_all_heads() {
    let project = slipped_in();
    project.edit(
        "migrations/bbbb2222_x.sql",
        "parents:  cccc3333",
        "parents:  aaaa1111",
    );
    project.run("upgrade heads");
    project
        .batch(
            "todo.db",
            "DELETE FROM limbeck_history WHERE revision = 'aaaa1111'",
        )
        .await;
    insta::assert_snapshot!(project.run("upgrade heads"));
    insta::assert_snapshot!(project.run("stamp bbbb2222 cccc3333"));
    insta::assert_snapshot!(project.run("upgrade heads"));
    assert_eq!(state(&project).await[1], ["200"]);
}

/// A stamp moves, and says what that comes to.
#[test]
fn a_stamp_says_what_it_forgets() {
    let project = slipped_in();
    insta::assert_snapshot!(project.run("stamp cccc"));
    project.run("stamp bbbb");
    insta::assert_snapshot!(project.run("stamp aaaa --format json"));
    project.run("stamp bbbb");
    insta::assert_snapshot!(project.run("stamp base"));
}
