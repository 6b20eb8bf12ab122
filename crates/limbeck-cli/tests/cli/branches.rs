//! Branches of which it matters which runs first.

use std::fs;

use crate::project::Project;

fn revision(project: &Project, dialect: &str, id: &str, parents: &str, up: &str, down: &str) {
    project.write(
        &format!("migrations/{id}_x.sql"),
        &format!(
            "-- {id}\n--\n-- revision: {id}\n-- parents:  {parents}\n-- dialects: {dialect}\n\n-- upgrade\n{up}\n\n-- downgrade\n{down}\n"
        ),
    );
}

/// One branch adds a column, the other one makes the table again as it was.
fn sqlite() -> Project {
    let project = Project::without_url();
    project.write("limbeck.toml", "dialects = [\"sqlite\"]\n");
    let table = "(id INTEGER PRIMARY KEY, x INTEGER)";
    revision(
        &project,
        "sqlite",
        "aaaa1111",
        "none",
        &format!("CREATE TABLE a {table};"),
        "-- loses: a\nDROP TABLE a;",
    );
    revision(
        &project,
        "sqlite",
        "bbbb2222",
        "aaaa1111",
        "ALTER TABLE a ADD COLUMN b1 INTEGER;",
        "-- loses: a.b1\nALTER TABLE a DROP COLUMN b1;",
    );
    let again = |table: &str| {
        format!(
            "-- step: foreign keys off\nCREATE TABLE n {table};\nINSERT INTO n (id, x) SELECT id, x FROM a;\nDROP TABLE a;\nALTER TABLE n RENAME TO a;"
        )
    };
    revision(
        &project,
        "sqlite",
        "cccc3333",
        "aaaa1111",
        &again("(id INTEGER PRIMARY KEY, x INTEGER DEFAULT 1)"),
        &again(table),
    );
    project
}

#[test]
fn orders_that_differ_are_told() {
    let project = sqlite();
    let shown = project.run("verify --all");
    assert!(shown.ends_with("exit 1\n"), "{shown}");
    for part in [
        "bbbb2222 and cccc3333 make another database when cccc3333 runs first",
        "with `bbbb2222` first",
        "with `cccc3333` first",
        "`column a.b1`",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // The second time out of the cache.
    assert_eq!(project.run("verify --all"), shown);
    let check = project.run("check --only branches");
    assert!(
        check.starts_with("out| branches: bbbb2222 and cccc3333 make another"),
        "{check}"
    );
    assert!(check.ends_with("exit 1\n"), "{check}");
    let json = project.run("check --only branches --format json");
    assert!(json.contains("\"what\": \"branches\""), "{json}");
    insta::assert_snapshot!(project.run("heads"), @r#"
    out| bbbb2222 (head)
    out| cccc3333 (head)
    err| note: bbbb2222 and cccc3333 both name `a`: whether it matters which runs first, limbeck verify tells
    exit 0
    "#);
}

/// A merge that makes the same of both orders settles it; one that does not is told as well.
#[test]
fn a_merge_may_settle_it() {
    let project = sqlite();
    revision(
        &project,
        "sqlite",
        "dddd4444",
        "bbbb2222, cccc3333",
        "-- nothing",
        "-- nothing",
    );
    let shown = project.run("verify --all");
    assert!(
        shown.contains("bbbb2222 and cccc3333 make another"),
        "{shown}"
    );
    assert!(shown.ends_with("exit 1\n"), "{shown}");
    // There is one head, and nothing more is run for it.
    assert_eq!(
        project.run("check --only branches"),
        "err| Nothing differs\nexit 0\n"
    );
    let table = "-- step: foreign keys off\n-- loses: a\nDROP TABLE a;\nCREATE TABLE a (id INTEGER PRIMARY KEY);";
    revision(
        &project,
        "sqlite",
        "dddd4444",
        "bbbb2222, cccc3333",
        table,
        "-- downgrade: irreversible, both are gone",
    );
    project.edit(
        "migrations/dddd4444_x.sql",
        "-- downgrade\n-- downgrade",
        "-- downgrade",
    );
    let shown = project.run("verify --all");
    assert!(!shown.contains("make another"), "{shown}");
}

#[test]
fn branches_that_do_not_meet_are_fine() {
    let project = sqlite();
    revision(
        &project,
        "sqlite",
        "cccc3333",
        "aaaa1111",
        "CREATE TABLE c (id INTEGER);",
        "-- loses: c\nDROP TABLE c;",
    );
    let shown = project.run("verify --all");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let check = project.run("check --only branches");
    assert!(
        check.ends_with("err| error: 2 heads\nerr| hint: limbeck merge heads\nexit 1\n"),
        "{check}"
    );
    assert_eq!(
        project.run("heads"),
        "out| bbbb2222 (head)\nout| cccc3333 (head)\nexit 0\n"
    );
}

/// On PostgreSQL: a text that both make again, and a statement that fails in one order.
#[test]
fn orders_that_differ_are_told_on_postgres() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    let function = |number: u8| {
        format!("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT {number}';")
    };
    revision(
        &project,
        "postgres",
        "aaaa1111",
        "none",
        &format!("{}\nCREATE TABLE t (a int);", function(1)),
        "DROP FUNCTION f();\nDROP TABLE t;",
    );
    for (id, number) in [("bbbb2222", 2), ("cccc3333", 3)] {
        revision(
            &project,
            "postgres",
            id,
            "aaaa1111",
            &function(number),
            &function(1),
        );
    }
    let shown = project.run("check --only branches");
    assert!(
        shown.starts_with("out| branches: bbbb2222 and cccc3333 make another"),
        "{shown}"
    );
    assert!(shown.contains("function f()"), "{shown}");
    assert!(shown.ends_with("exit 1\n"), "{shown}");
    revision(
        &project,
        "postgres",
        "bbbb2222",
        "aaaa1111",
        "ALTER TABLE t RENAME TO u;",
        "ALTER TABLE u RENAME TO t;",
    );
    revision(
        &project,
        "postgres",
        "cccc3333",
        "aaaa1111",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
        "ALTER TABLE t ALTER COLUMN a DROP NOT NULL;",
    );
    let shown = project.run("check --only branches");
    assert!(
        shown.contains("with `bbbb2222` first, cannot run revision `cccc3333`"),
        "{shown}"
    );
    assert!(shown.ends_with("exit 1\n"), "{shown}");
}
