//! What the history keeps: edited files are taken for what was run, and revisions that are in no file are taken back.

use crate::project::Project;

fn revision(id: &str, parents: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "-- Make {id}\n--\n-- revision: {id}\n-- parents: {parents}\n-- dialects: sqlite\n\n\
         -- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
    )
}

fn project() -> Project {
    let mut project = Project::without_url();
    project.set("DATABASE_URL", "sqlite:///todo.db");
    project.write("limbeck.toml", "dialects = [\"sqlite\"]\n");
    let first = revision(
        "aaaa",
        "none",
        "CREATE TABLE a (x INTEGER);",
        "DROP TABLE a;",
    );
    project.write("migrations/a.sql", &first);
    let second = revision(
        "bbbb",
        "aaaa",
        "CREATE TABLE b (x INTEGER);",
        "DROP TABLE b;",
    );
    project.write("migrations/b.sql", &second);
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    project
}

#[test]
fn an_edited_file_is_taken_for_what_was_run() {
    let project = project();
    assert!(project.run("repair").contains("Nothing to repair"));
    assert!(
        project
            .run("resume --done")
            .contains("Nothing is half applied")
    );
    assert!(project.run("resume").ends_with("exit 2\n"));
    let edited = revision("bbbb", "aaaa", "CREATE TABLE b (x TEXT);", "DROP TABLE b;");
    project.write("migrations/b.sql", &edited);
    let refused = project.run("upgrade");
    assert!(
        refused.contains(
            "hint: or, if the database is as the file says by now, take it so: limbeck repair bbbb"
        ),
        "{refused}"
    );
    let asked = project.run("repair bbbb");
    for part in [
        "out| bbbb migrations/b.sql\n",
        "run:  sha256:",
        "file: sha256:",
        "hint: limbeck repair bbbb --yes",
        "exit 2",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(
        project.run("upgrade").ends_with("exit 2\n"),
        "nothing was written"
    );
    assert!(
        project
            .run("repair bbbb --yes")
            .contains("Repaired 1 revision")
    );
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    // The downgrade is no reason to refuse, and what is kept of it is written anew.
    let edited = revision(
        "bbbb",
        "aaaa",
        "CREATE TABLE b (x TEXT);",
        "DROP TABLE IF EXISTS b;",
    );
    project.write("migrations/b.sql", &edited);
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    assert!(
        project
            .run("repair --yes")
            .contains("the history keeps another downgrade")
    );
    assert!(project.run("repair --yes").contains("Nothing to repair"));
    assert!(project.run("repair cccc").ends_with("exit 2\n"));
}

#[test]
fn what_is_in_no_file_is_told_and_taken_back() {
    let project = project();
    std::fs::remove_file(project.path("migrations/b.sql")).unwrap();
    let current = project.run("current");
    assert!(
        current.contains("out| bbbb (in no file), Make bbbb, run "),
        "{current}"
    );
    let refused = project.run("upgrade");
    assert!(refused.contains("`bbbb` (Make bbbb, run "), "{refused}");
    let back = project.run("downgrade aaaa");
    for part in [
        "bbbb is in no file, and the history keeps its downgrade: Make bbbb, run ",
        "exit 0",
    ] {
        assert!(back.contains(part), "{part}: {back}");
    }
    assert!(project.run("current").contains("out| aaaa (head)\n"));
    assert!(project.run("upgrade").ends_with("exit 0\n"));
}
