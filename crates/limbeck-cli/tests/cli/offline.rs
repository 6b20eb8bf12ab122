//! `--sql`: scripts that `psql` and `sqlite3` run unchanged, made without a database.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::project::Project;

/// Text that a shell could take for a command of its own, in every place where SQL may have it.
const POSTGRES: &str = "CREATE TABLE t (id int, a int[], s text);
INSERT INTO t VALUES (1, '{1,2,3}', '
\\dt :quiet :''quiet''
\\! touch harm');
CREATE VIEW slices AS SELECT a[1:id] AS one, a[id:2] AS two, a[id :id] AS three, s::varchar FROM t;
CREATE FUNCTION f(id int) RETURNS int LANGUAGE sql AS $$ SELECT :id -- :quiet
$$;
";

const SQLITE: &str = "CREATE TABLE t (id int, s text DEFAULT '
.exit
go
/
');
INSERT INTO t (id) VALUES (8);
CREATE VIEW halves AS SELECT id -- a half
/
2 AS half FROM t
  go
WHERE main -- of t
.t.id > 0;
";

/// A branch of two, a merge, and a revision of several steps, the last of them outside of a transaction.
fn project(name: &str, sql: &str) -> Project {
    let project = Project::without_url();
    let write = |id: &str, parents: &str, body: &str| {
        project.write(
            &format!("migrations/{id}_r.sql"),
            &format!(
                "-- Make {id}, it's :new\n--\n-- revision: {id}\n-- parents:  {parents}\n-- dialects: {name}\n\n{body}"
            ),
        );
    };
    let sql = sql.replace("$$ SELECT :id", "$$ SELECT id");
    let drop = match name {
        "sqlite" => "DROP VIEW halves;\nDROP TABLE t;",
        _ => "DROP FUNCTION f(int);\nDROP VIEW slices;\nDROP TABLE t;",
    };
    write(
        "aaaa1111",
        "none",
        &format!("-- upgrade\n{sql}\n-- downgrade\n{drop}\n"),
    );
    write(
        "bbbb2222",
        "aaaa1111",
        "-- upgrade\nCREATE TABLE b (id int)\n-- no semicolon;\n\n-- downgrade\nDROP TABLE b;\n",
    );
    // SQLite has no such word.
    let concurrently = match name {
        "sqlite" => "",
        _ => "CONCURRENTLY ",
    };
    write(
        "cccc3333",
        "aaaa1111",
        &"-- upgrade\nCREATE TABLE c (id int);\n-- step\nCREATE TABLE d (id int);\n-- step: no transaction\nCREATE TABLE e (id int);\nCREATE INDEX CONCURRENTLY i ON d (id);\nCREATE TABLE f (id int);\n\n-- downgrade\nDROP TABLE f;\nDROP TABLE e;\nDROP TABLE d;\n-- step\nDROP TABLE c;\n".replace("CONCURRENTLY ", concurrently),
    );
    write(
        "dddd4444",
        "bbbb2222, cccc3333",
        "-- upgrade\n-- nothing\n\n-- downgrade\n-- nothing\n",
    );
    project.write("limbeck.toml", &format!("dialects = [\"{name}\"]\n"));
    project
}

/// What a command wrote to stdout, without how the tests mark it.
fn script(shown: &str) -> String {
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let lines = shown.lines().filter_map(|line| line.strip_prefix("out| "));
    lines.map(|line| line.to_owned() + "\n").collect()
}

/// The exit code of the shell, and what it says on stderr.
fn run(command: &mut Command, script: &str) -> (Option<i32>, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the shell is installed");
    let mut input = child.stdin.take().unwrap();
    // It may have stopped before it has read all.
    let _ = input.write_all(script.as_bytes());
    drop(input);
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    // What the shell says around it differs between its versions.
    let said = String::from_utf8_lossy(&said).into_owned();
    let own = said.lines().filter(|line| !line.starts_with("CONTEXT"));
    let own = own.map(|line| line.find("limbeck:").map_or(line, |at| &line[at..]));
    (output.status.code(), own.collect::<Vec<_>>().join("\n"))
}

fn psql(url: &str, script: &str) -> (Option<i32>, String) {
    let mut command = Command::new(crate::project::psql());
    // As a file of settings could have it.
    command.args([
        "-X",
        "-v",
        "id=0",
        "-v",
        "quiet=harm",
        "-v",
        "AUTOCOMMIT=off",
    ]);
    run(command.args(["-d", url, "-f", "-"]), script)
}

fn sqlite3(path: &Path, script: &str) -> (Option<i32>, String) {
    run(Command::new("sqlite3").arg(path), script)
}

/// The script up to where a step begins.
fn cut<'a>(script: &'a str, before: &str) -> &'a str {
    let at = script.find(before).expect("is in the script");
    let begins = ["\nBEGIN IMMEDIATE;", "\n:limbeck_begin"];
    let begin = begins
        .iter()
        .filter_map(|one| script[..at].rfind(one))
        .max();
    &script[..begin.expect("a transaction begins") + 1]
}

#[test]
fn a_script_is_made_and_run_without_limbeck_on_sqlite() {
    let project = project("sqlite", SQLITE);
    let file = project.path("app.db");
    let up = script(&project.run("upgrade base:heads --sql"));
    // Stopped in the middle of a revision.
    let (code, said) = sqlite3(&file, cut(&up, "CREATE TABLE f"));
    assert_eq!((code, said.as_str()), (Some(0), ""));
    insta::assert_snapshot!(project.run("current --url sqlite:///app.db"), @r"
    out| bbbb2222
    out| cccc3333 (upgrade, step 3 of 3, statement 2 of 3)
    err| 2 revisions pending: limbeck upgrade
    exit 0
    ");
    insta::assert_snapshot!(project.run("upgrade --url sqlite:///app.db"), @r"
    err| Running upgrade aaaa1111 -> cccc3333, Make cccc3333, it's :new (after step 3 of 3, statement 2 of 3)
    err| Running upgrade bbbb2222, cccc3333 -> dddd4444, Make dddd4444, it's :new
    exit 0
    ");
    // It is all there already.
    let (code, said) = sqlite3(&file, &up);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @r"limbeck: this script begins at base, and the database does not stand there: it has run dddd4444, Make dddd4444, it''s :new, and 3 more'");
    insta::assert_snapshot!(project.run("check --only drift --url sqlite:///app.db"), @r"
    err| Nothing differs
    exit 0
    ");
    let (code, said) = sqlite3(&file, &script(&project.run("downgrade heads:base --sql")));
    assert_eq!((code, said.as_str()), (Some(0), ""));
    // From a place that the database is not at.
    let later = script(&project.run("upgrade cccc3333:dddd4444 --sql"));
    let (code, said) = sqlite3(&file, &later);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @r"limbeck: this script begins at cccc3333, and the database does not stand there: it lacks aaaa1111, and 1 more'");
    let (code, said) = sqlite3(&file, &up);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let (code, said) = sqlite3(&file, &script(&project.run("stamp heads:aaaa1111 --sql")));
    assert_eq!((code, said.as_str()), (Some(0), ""));
    insta::assert_snapshot!(project.run("current --url sqlite:///app.db"), @r"
    out| aaaa1111
    err| 3 revisions pending: limbeck upgrade
    exit 0
    ");
    let (code, said) = sqlite3(&file, &script(&project.run("stamp heads --purge --sql")));
    assert_eq!((code, said.as_str()), (Some(0), ""));
    insta::assert_snapshot!(project.run("current --url sqlite:///app.db"), @r"
    out| dddd4444 (head)
    exit 0
    ");
}

#[test]
fn a_failing_statement_stops_the_script_and_leaves_its_revision_undone_on_sqlite() {
    let project = project("sqlite", SQLITE);
    let file = project.path("app.db");
    let (code, _) = sqlite3(&file, "CREATE TABLE b (id int);");
    assert_eq!(code, Some(0));
    let (code, said) = sqlite3(&file, &script(&project.run("upgrade base:heads --sql")));
    assert_eq!(code, Some(1));
    assert!(said.contains("table b already exists"), "{said}");
    insta::assert_snapshot!(project.run("current --url sqlite:///app.db"), @r"
    out| aaaa1111
    err| 3 revisions pending: limbeck upgrade
    exit 0
    ");
}

/// Outside of a transaction of a step, too, others wait behind a definition that waits, and none behind the rest.
#[test]
fn a_definition_between_others_waits_for_the_limit() {
    let project = Project::without_url();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write(
        "migrations/a_r.sql",
        "-- Make\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade\n-- step: no transaction\n\
         ALTER TABLE t ADD COLUMN a int;\nUPDATE t SET a = 1;\n\n-- downgrade\n-- nothing\n",
    );
    let up = script(&project.run("upgrade base:heads --sql"));
    let unlimited = |statement: &str| {
        let before = up[..up.find(statement).unwrap()].rsplit("limbeck_check");
        before.take(1).any(|own| own.contains("lock_timeout = 0"))
    };
    assert!(!unlimited("ALTER TABLE t"), "{up}");
    assert!(unlimited("UPDATE t"), "{up}");
}

#[tokio::test]
async fn a_script_is_made_and_run_without_limbeck_on_postgres() {
    let (_beside, mut scratch) = Project::beside_postgres().await;
    let project = project("postgres", POSTGRES);
    let database = scratch.create_database("offline", None).await.unwrap();
    let url = database.url.to_string();
    let mut connection = database.connect().await.unwrap();
    let schemas = "CREATE SCHEMA \"App's\"; CREATE ROLE \"the owner\"; GRANT ALL ON SCHEMA \"App's\" TO \"the owner\"";
    connection.batch(schemas).await.unwrap();
    project.write(
        "limbeck.toml",
        "dialects = [\"postgres\"]\nsearch_path = [\"\\\"App's\\\"\", \"public\"]\nrole = \"the owner\"\n",
    );
    let up = script(&project.run("upgrade :heads --sql"));
    let (code, said) = psql(&url, cut(&up, "CREATE TABLE f"));
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let at = |command: &str| project.run(&format!("{command} --url '{url}'"));
    insta::assert_snapshot!(at("current"), @r"
    out| bbbb2222
    out| cccc3333 (upgrade, step 3 of 3, in statement 2 of 3)
    err| 2 revisions pending: limbeck upgrade
    exit 0
    ");
    insta::assert_snapshot!(at("upgrade heads"), @r#"
    err| Running upgrade aaaa1111 -> cccc3333, Make cccc3333, it's :new (after step 3 of 3, in statement 2 of 3)
    err|   "App's".i is there already, as the revision builds it
    err| Running upgrade bbbb2222, cccc3333 -> dddd4444, Make dddd4444, it's :new
    exit 0
    "#);
    let (code, said) = psql(&url, &up);
    assert_eq!(code, Some(3));
    insta::assert_snapshot!(said, @r"
    limbeck: this script begins at base, and the database does not stand there: it has run dddd4444, Make dddd4444, it's :new, and 3 more
    HINT:  where it stands tells: limbeck current
    ");
    let rows = "SELECT a[1:id]::text, s FROM \"App's\".t; SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('t', 'limbeck_history', 'd') ORDER BY relname";
    let rows = connection.query_text(rows).await.unwrap();
    insta::assert_debug_snapshot!(rows, @r#"
    [
        [
            Some(
                "{1}",
            ),
            Some(
                "\n\\dt :quiet :'quiet'\n\\! touch harm",
            ),
        ],
        [
            Some(
                "the owner",
            ),
        ],
        [
            Some(
                "the owner",
            ),
        ],
        [
            Some(
                "the owner",
            ),
        ],
    ]
    "#);
    let (code, said) = psql(&url, &script(&project.run("downgrade heads:base --sql")));
    assert_eq!((code, said.as_str()), (Some(0), ""));
    // Another run holds the lock: the key is that of a run.
    let key = "SELECT pg_advisory_lock(hashtextextended(format('limbeck %I.%I.%I', current_database(), 'App''s', 'limbeck_history'), 0))";
    connection.batch(key).await.unwrap();
    let (code, said) = psql(&url, &up);
    assert_eq!(code, Some(3));
    insta::assert_snapshot!(said, @r"
    limbeck: another run is under way
    HINT:  run the rest when it has ended: `limbeck current` tells where the database stands
    ");
    connection
        .batch("SELECT pg_advisory_unlock_all()")
        .await
        .unwrap();
    let (code, said) = psql(&url, &up);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let (code, said) = psql(&url, &script(&project.run("stamp heads:aaaa1111 --sql")));
    assert_eq!((code, said.as_str()), (Some(0), ""));
    insta::assert_snapshot!(at("current"), @r"
    out| aaaa1111
    err| 3 revisions pending: limbeck upgrade
    exit 0
    ");
    // What hangs on the history would run with the rights of who runs the script.
    connection
        .batch("CREATE FUNCTION steal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER steal BEFORE INSERT ON \"App's\".limbeck_history EXECUTE FUNCTION steal()")
        .await
        .unwrap();
    let (code, said) = psql(&url, &script(&project.run("stamp heads --purge --sql")));
    assert_eq!(code, Some(3));
    insta::assert_snapshot!(said, @r"limbeck: `App's.limbeck_history` is not taken for the history: trigger steal");
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}
