//! Revisions of PostgreSQL over what models do not say: how values are stored, and views.

use std::fs;

use crate::project::Project;

/// A project for PostgreSQL whose first revision has these sections.
fn begun_with(sections: &str) -> Project {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write(
        "migrations/aaaa1111_initial.sql",
        &format!("-- Initial\n--\n-- revision: aaaa1111\n-- parents:  none\n\n{sections}"),
    );
    project
}

/// How values are stored is no matter of models: what a change takes of it is set again, both ways.
#[test]
fn how_values_are_stored_is_set_again_on_postgres() {
    let project = begun_with(
        "-- upgrade
CREATE TABLE note (body text NOT NULL, size text NOT NULL, gone text NOT NULL);
CREATE INDEX sorted ON note (body);
ALTER TABLE note CLUSTER ON sorted, ALTER COLUMN body SET STORAGE EXTERNAL,
    ALTER COLUMN size SET STORAGE MAIN, ALTER COLUMN gone SET STATISTICS 7;

-- downgrade
DROP TABLE note;
",
    );
    let models = |fields: &str, index: &str| {
        format!(
            "use limbeck::Table;\n\n#[derive(Table)]\n#[table(index({index}, name = \"sorted\"))]\npub struct Note {{\n{fields}}}\n"
        )
    };
    let fields = "    #[column(max_length = 9)]\n    pub text: String,\n    pub size: i32,\n";
    project.write("src/models.rs", &models(fields, "text desc"));
    let run = "revision --autogenerate -m Shorter --rev-id bbbb2222 --rename note.body:text --drop note.gone";
    let shown = project.run(run);
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let text = project.read("migrations/bbbb2222_shorter.sql");
    let (there, back) = text.split_once("-- downgrade").unwrap();
    for (way, expected) in [
        (there, "ALTER COLUMN text SET STORAGE EXTERNAL"),
        (there, "CLUSTER ON sorted"),
        (back, "ALTER COLUMN body SET STORAGE EXTERNAL"),
        (back, "ALTER COLUMN size SET STORAGE MAIN"),
        (back, "ALTER COLUMN gone SET STATISTICS 7"),
        (back, "CLUSTER ON sorted"),
    ] {
        assert_eq!(way.matches(expected).count(), 1, "{expected}\n{text}");
    }
    assert!(!there.contains("SET STORAGE MAIN"), "{text}");
}

/// What a rename makes of a view's text only the server can tell: the message says what comes first.
#[test]
fn a_rename_and_another_type_under_a_view_are_two_revisions_on_postgres() {
    let project = begun_with(
        "-- upgrade
CREATE TABLE note (body varchar(9) NOT NULL, size integer NOT NULL);
CREATE VIEW notes AS SELECT body, size FROM note;

-- downgrade
DROP VIEW notes;
DROP TABLE note;
",
    );
    let models = |fields: &str| {
        format!("use limbeck::Table;\n\n#[derive(Table)]\npub struct Note {{\n{fields}}}\n")
    };
    let renamed = "    #[column(max_length = 9)]\n    pub text: String,\n    pub size: i32,\n";
    let both = "    #[column(max_length = 9)]\n    pub text: String,\n    pub size: i64,\n";
    project.write("src/models.rs", &models(both));
    insta::assert_snapshot!(project.run("revision --autogenerate -m Both --rename note.body:text"), @r#"
    err| error: src/models.rs:7: cannot change `note.size`: view notes stands in the way, and only the server can tell what a rename makes of its text; make the rename in a revision before this one, or drop and create it by hand
    exit 2
    "#);
    for (number, fields, rename) in [
        ("bbbb2222", renamed, " --rename note.body:text"),
        ("cccc3333", both, ""),
    ] {
        project.write("src/models.rs", &models(fields));
        let shown = project.run(&format!(
            "revision --autogenerate -m Next --rev-id {number}{rename}"
        ));
        assert!(shown.ends_with("exit 0\n"), "{shown}");
    }
}
