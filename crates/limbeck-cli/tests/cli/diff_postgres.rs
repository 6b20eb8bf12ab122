//! `limbeck diff` where a PostgreSQL server is asked; one that is missing is a failure.

use std::fs;

use crate::project::Project;

/// What a server does not take of a file or of the way is told with the statement, and is no failure
/// of the server.
#[test]
fn what_the_server_refuses_has_no_way() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    let tables = "CREATE TABLE o (a int); CREATE TABLE p () INHERITS (o);
        CREATE TABLE t (a int);";
    project.write("a.sql", tables);
    project.write(
        "b.sql",
        &format!(
            "{tables} CREATE UNIQUE INDEX i ON p (a);
            ALTER TABLE t ADD CONSTRAINT t_a FOREIGN KEY (a) REFERENCES p (a);"
        ),
    );
    insta::assert_snapshot!(project.run("diff a.sql b.sql --dialect postgres"), @r#"
    err| error: the database refuses the way there
    err| cause: the way there:2: `ALTER TABLE t ADD CONSTRAINT t_a FOREIGN KEY (a) REFERENCES p (a)` failed
    err| cause: there is no unique constraint matching given keys for referenced table "p"
    err| hint: write a revision by hand for it; limbeck verify proves it
    exit 2
    "#);
}

/// A role is the server's, so a file may name one that it does not make; and a file is run as psql would.
#[test]
fn a_file_is_loaded_as_psql_loads_it() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("a.sql", "CREATE TABLE t (a int);");
    project.write(
        "b.sql",
        "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\nVACUUM t;\n
        CREATE POLICY p ON t TO \"the clerk\" USING (a > 0);",
    );
    insta::assert_snapshot!(project.run("diff a.sql b.sql --dialect postgres"), @r#"
    out| -- upgrade
    out| CREATE INDEX i ON t (a);
    out| CREATE POLICY p ON t TO "the clerk" USING ((a > 0));
    err| error: the sides differ in 2 operations
    exit 1
    "#);
    project.write(
        "c.sql",
        "CREATE TABLE t (a int);\nGRANT SELECT ON t TO \"the clerk\";",
    );
    insta::assert_snapshot!(project.run("diff a.sql c.sql --dialect postgres"), @r#"
    err| error: the two sides differ in what Limbeck does not write
    err| cause: `table t: privileges` is on the second side alone: `grant SELECT to "the clerk"`
    err| hint: write a revision by hand for these; limbeck verify proves it
    err| hint: leave them out of the comparison: --ignore privileges
    exit 2
    "#);
    project.write(
        "d.sql",
        "CREATE TABLE t (a int);\nVACUUM t;\nSELECT nothing();",
    );
    insta::assert_snapshot!(project.run("diff a.sql d.sql --dialect postgres"), @"
    err| error: `d.sql` cannot be loaded
    err| cause: d.sql:3: `SELECT nothing()` failed
    err| cause: function nothing() does not exist
    err| hint: put it into the file: CREATE FUNCTION …, or the extension that has it
    exit 2
    ");
}

/// A domain that takes less than before may not take what is stored; what a matview is filled with is no
/// change of it.
#[test]
fn a_narrower_domain_may_fail() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    let view = "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;";
    project.write(
        "a.sql",
        &format!("CREATE DOMAIN d AS int CHECK (VALUE > 0); {view}"),
    );
    project.write(
        "b.sql",
        &format!(
            "CREATE DOMAIN d AS int CHECK (VALUE > 1); {} COMMENT ON MATERIALIZED VIEW m IS 'one';",
            view.replace(';', " WITH NO DATA;")
        ),
    );
    insta::assert_snapshot!(project.run("diff a.sql b.sql --dialect postgres --both"), @r#"
    out| -- upgrade
    out| -- hazard: may_fail: d: values that do not satisfy it
    out| ALTER DOMAIN d DROP CONSTRAINT d_check;
    out| ALTER DOMAIN d ADD CONSTRAINT d_check CHECK ((VALUE > 1));
    out| COMMENT ON MATERIALIZED VIEW m IS 'one';
    out| 
    out| -- downgrade
    out| -- hazard: may_fail: d: values that do not satisfy it
    out| ALTER DOMAIN d DROP CONSTRAINT d_check;
    out| ALTER DOMAIN d ADD CONSTRAINT d_check CHECK ((VALUE > 0));
    out| COMMENT ON MATERIALIZED VIEW m IS NULL;
    err| error: the sides differ in 2 operations
    exit 1
    "#);
}

/// Owners and privileges count until they are ignored by name; whether a materialised view is filled is
/// a matter of rows.
#[tokio::test]
async fn owners_and_privileges_count_until_they_are_ignored() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let sql = "CREATE TABLE t (id int);
        CREATE VIEW v AS SELECT id FROM t;
        CREATE EXTENSION citext;
        CREATE MATERIALIZED VIEW m AS SELECT id FROM t";
    let database = scratch.create_database("live", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    let roles = "CREATE ROLE clerk; ALTER TABLE t OWNER TO clerk; GRANT SELECT ON t TO PUBLIC;
        ALTER DEFAULT PRIVILEGES FOR ROLE clerk GRANT SELECT ON TABLES TO PUBLIC;";
    live.batch(&format!("{sql}; {roles}")).await.unwrap();
    live.close().await.unwrap();
    project.write("schema.sql", &format!("{sql} WITH NO DATA;"));
    let url = database.url.to_string();
    for sides in [format!("schema.sql {url}"), format!("{url} schema.sql")] {
        let shown = project.run(&format!("diff {sides} --ignore privileges,owners"));
        let expected = "err| Nothing differs, owners and privileges ignored\nexit 0\n";
        assert_eq!(shown, expected, "{sides}");
    }
    insta::assert_snapshot!(project.run(&format!("diff schema.sql {url}")), @r#"
    err| error: the two sides differ in what Limbeck does not write
    err| cause: `default privileges of clerk on tables: privileges` is on the second side alone: `grant SELECT to PUBLIC`
    err| cause: `table t: owner` is on the second side alone: `clerk`
    err| cause: `table t: privileges` is on the second side alone: `grant SELECT to PUBLIC`
    err| hint: write a revision by hand for these; limbeck verify proves it
    err| hint: leave them out of the comparison: --ignore owners,privileges
    exit 2
    "#);
    scratch.close().await.unwrap();
}

/// Models do not speak of views and triggers: they stay, on whichever side they are, and go along with
/// a table that is renamed.
#[test]
fn what_models_do_not_say_is_no_difference() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write(
        "limbeck.toml",
        "dialects = [\"postgres\"]\n\n[unmanaged]\ntables = [\"app.their*\"]\n",
    );
    let model = |table: &str| {
        format!(
            "use limbeck::Table;\n\n#[derive(Table)]\n#[table({table})]\npub struct Note {{
    #[column(sql_type = \"app.mail\", default = \"a@b\")]\n    pub mail: String,\n}}\n"
        )
    };
    project.write("src/models.rs", &model("name = \"note\", schema = \"app\""));
    project.write(
        "migrations/aaaa1111_initial.sql",
        "-- Initial\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade
CREATE SCHEMA app;
CREATE SEQUENCE app.numbers;
CREATE TABLE app.theirs (id int);
CREATE DOMAIN app.mail AS text CHECK (VALUE <> '');
CREATE TABLE app.note (mail app.mail DEFAULT 'a@b' NOT NULL);
CREATE VIEW app.notes AS SELECT mail FROM app.note;
CREATE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON app.note FOR EACH ROW EXECUTE FUNCTION app.keep();

-- downgrade
DROP SCHEMA app CASCADE;
",
    );
    for sides in ["models revisions", "revisions models"] {
        let shown = project.run(&format!("diff {sides}"));
        assert_eq!(shown, "err| Nothing differs\nexit 0\n", "{sides}");
    }
    let renamed = "name = \"memo\", schema = \"app\", renamed_from = \"note\"";
    project.write("src/models.rs", &model(renamed));
    insta::assert_snapshot!(project.run("diff revisions models --both"), @r#"
    out| -- upgrade
    out| -- hazard: breaks_clients: app.memo: programs that say app.note
    out| ALTER TABLE app.note RENAME TO memo;
    out| 
    out| -- downgrade
    out| -- hazard: breaks_clients: app.note: programs that say app.memo
    out| ALTER TABLE app.memo RENAME TO note;
    err| error: the sides differ in 1 operation
    exit 1
    "#);
}

/// What is printed as a flag is pasted into a shell, until nothing is asked any more; names are as a
/// database allows them, within a schema and without.
#[test]
fn printed_flags_work_when_pasted() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    let side = |column: &str, table: &str, value: &str| {
        let quoted = |name: &str| name.replace('"', "\"\"");
        format!(
            "CREATE SCHEMA app; CREATE SCHEMA \"my app\";
            CREATE TABLE app.task (id int PRIMARY KEY, \"{}\" text);
            CREATE TABLE \"my app\".\"{}\" (id int PRIMARY KEY, note text);
            CREATE TYPE \"my app\".\"State:1\" AS ENUM ('a', '{}');",
            quoted(column),
            quoted(table),
            value.replace('\'', "''"),
        )
    };
    for (from, to) in [
        (["text", "task", "open"], ["title", "todo", "opened"]),
        (
            ["due.date", "a\"b", "it's"],
            ["due:date=1", "$x `y` \\", "it=is"],
        ),
        (["é😀", "-x", "a\nb"], ["\u{200b}é 😀", "a.b\t", "a\r\nb"]),
    ] {
        project.write("a.sql", &side(from[0], from[1], from[2]));
        project.write("b.sql", &side(to[0], to[1], to[2]));
        let mut flags = String::new();
        let mut told = String::new();
        for _ in 0..4 {
            told = project.paste(&format!("diff a.sql b.sql --dialect postgres {flags}"));
            let asked: Vec<&str> = told
                .lines()
                .filter_map(|line| {
                    line.trim_start_matches("err|")
                        .trim_start()
                        .strip_prefix("--rename ")
                })
                .filter_map(|line| line.rsplit_once("keep the data"))
                .map(|(flag, _)| flag.trim_end())
                .collect();
            for flag in asked {
                flags.push_str(&format!(" --rename {flag}"));
            }
        }
        assert!(told.ends_with("operations\nexit 1\n"), "{flags}: {told}");
        for renamed in ["RENAME COLUMN", "RENAME TO", "RENAME VALUE"] {
            assert!(told.contains(renamed), "{flags}: {told}");
        }
        assert!(!told.contains("DROP"), "{flags}: {told}");
    }
}

/// A value is added whatever stands on the type. Where no statement takes it out again, that is said.
#[test]
fn an_enum_value_is_added_whatever_stands_on_the_type() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    let irreversible =
        "-- downgrade: irreversible, st: a value cannot be taken out of an enum type";
    let again = "ALTER TYPE st RENAME TO limbeck_former_st;";
    for (rest, back) in [
        (
            "CREATE TABLE e (at date, s st) PARTITION BY RANGE (at);",
            irreversible,
        ),
        ("CREATE TABLE e (s st) PARTITION BY LIST (s);", irreversible),
        ("CREATE DOMAIN d AS st; CREATE TABLE t (x d);", irreversible),
        (
            "CREATE TYPE c AS (a st); CREATE TABLE t (x c[]);",
            irreversible,
        ),
        (
            "CREATE DOMAIN d AS st; CREATE TABLE t (x st, y st[]);",
            again,
        ),
        (
            "CREATE TABLE t (x st); CREATE FUNCTION f(s st) RETURNS st LANGUAGE plpgsql AS 'BEGIN RETURN s; END';",
            again,
        ),
        (
            "CREATE TABLE t (x st); CREATE VIEW v AS SELECT x FROM t;",
            again,
        ),
    ] {
        project.write("a.sql", &format!("CREATE TYPE st AS ENUM ('a'); {rest}"));
        project.write(
            "b.sql",
            &format!("CREATE TYPE st AS ENUM ('a', 'b'); {rest}"),
        );
        let shown = project.run("diff a.sql b.sql --dialect postgres --both");
        assert!(
            shown.contains("ALTER TYPE st ADD VALUE 'b';"),
            "{rest}: {shown}"
        );
        assert!(shown.contains(back), "{rest}: {shown}");
        assert!(shown.ends_with("exit 1\n"), "{rest}: {shown}");
    }
}

/// An attribute comes and goes while columns are of the type, as far as the database can bring it back.
#[test]
fn a_composite_type_in_use_changes_its_attributes() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    let sides = |from: &str, to: &str| {
        let text = |list: &str| format!("CREATE TYPE c AS ({list}); CREATE TABLE t (x c);");
        project.write("a.sql", &text(from));
        project.write("b.sql", &text(to));
        project.run("diff a.sql b.sql --dialect postgres --both")
    };
    let shown = sides("a int", "a int, \"B b\" text");
    assert!(
        shown.contains("ALTER TYPE c ADD ATTRIBUTE \"B b\" text CASCADE;"),
        "{shown}"
    );
    assert!(
        shown.contains("-- loses: c\n") && shown.contains("DROP ATTRIBUTE \"B b\" CASCADE;"),
        "{shown}"
    );
    let shown = sides("a int, b text", "b text");
    assert!(
        shown.contains("ALTER TYPE c DROP ATTRIBUTE a CASCADE;"),
        "{shown}"
    );
    assert!(
        shown.contains("-- downgrade: irreversible, c: an attribute"),
        "{shown}"
    );
}

/// A check that is made again around a change that leaves every value what it is, rows satisfy still.
#[test]
fn a_check_that_comes_back_is_no_hazard() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    let sides = |from: &str, to: &str| {
        project.write(
            "a.sql",
            &format!("CREATE TABLE t (a {from} CHECK (a > 0));"),
        );
        project.write("b.sql", &format!("CREATE TABLE t (a {to} CHECK (a > 0));"));
        project.run("diff a.sql b.sql --dialect postgres --both")
    };
    let shown = sides("int", "bigint");
    assert!(!shown.contains("t_a_check: rows"), "{shown}");
    let shown = sides("numeric", "int");
    assert!(shown.contains("t_a_check: rows"), "{shown}");
}
