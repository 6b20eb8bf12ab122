//! Revisions that need a function of the application.

use std::fmt::Write as _;

use crate::project::Project;

fn project() -> Project {
    let project = Project::without_url();
    project.write(
        "limbeck.toml",
        "dialects = [\"sqlite\"]\nurl = \"sqlite:///todo.db\"\n",
    );
    for (id, parents, more, upgrade) in [
        ("aaaa1111", "none", "", "CREATE TABLE a (name text);"),
        (
            "bbbb2222",
            "aaaa1111",
            "-- requires: hook\n",
            "ALTER TABLE a ADD COLUMN first text;",
        ),
    ] {
        project.write(
            &format!("migrations/{id}_x.sql"),
            &format!(
                "-- Make {id}\n--\n-- revision: {id}\n-- parents:  {parents}\n-- created:  2026-11-20T10:09:00Z\n{more}\n\
                 -- upgrade\n{upgrade}\n\n-- downgrade: irreversible, it is a test\n"
            ),
        );
    }
    project
}

/// Nothing is run, not even what comes before.
#[test]
fn the_command_refuses_what_only_the_application_can_run() {
    let project = project();
    let mut told = String::new();
    for command in [
        "upgrade head",
        "upgrade bbbb",
        "upgrade base:head --sql",
        "current",
        "show bbbb",
        "verify bbbb",
        "upgrade aaaa",
    ] {
        writeln!(told, "$ limbeck {command}\n{}", project.run(command)).unwrap();
    }
    insta::assert_snapshot!(told);
}
