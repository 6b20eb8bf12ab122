//! What is said when something is wrong, and the exit code.

use crate::project::{MODELS, Project};

const REVISION: &str = "-- First\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade\nCREATE TABLE t (a INTEGER);\n\n-- downgrade\nDROP TABLE t;\n";

#[test]
fn a_word_that_is_almost_one_is_named() {
    let project = Project::new();
    let revision = "-- revision: aaaa1111\n-- parents: none\n\n-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n";
    project.write("migrations/a.sql", revision);
    for (typed, meant) in [("hed", "head"), ("Heads", "heads"), ("basse", "base")] {
        let shown = project.run(&format!("upgrade {typed}"));
        assert!(
            shown.contains(&format!("did you mean `{meant}`?")),
            "{shown}"
        );
        assert!(shown.ends_with("exit 2\n"), "{shown}");
    }
}

#[test]
fn each_shell_gets_its_completions() {
    let project = Project::without_url();
    for (shell, word) in [
        ("bash", "complete -F _limbeck"),
        ("zsh", "#compdef limbeck"),
        ("fish", "complete -c limbeck"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        // A configuration that cannot be read stops nobody here.
        project.write("limbeck.toml", "dialects = 3");
        let shown = project.run(&format!("completions {shell}"));
        assert!(
            shown.contains(word) && shown.contains("autogenerate"),
            "{shell}: {shown}"
        );
        assert!(shown.ends_with("exit 0\n"), "{shell}");
    }
    assert!(project.run("completions csh").ends_with("exit 2\n"));
}

#[test]
fn no_project() {
    let project = Project::new();
    let outside = project.beside("");
    insta::assert_snapshot!(project.run_in(&outside, "heads"), @r#"
    err| error: no project here: neither limbeck.toml nor Cargo.toml in this folder or above it
    err| hint: limbeck init
    exit 2
    "#);
}

#[test]
fn no_url() {
    let project = Project::without_url();
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: no database URL is configured
    err| hint: set DATABASE_URL in the environment or in .env
    err| hint: set `url` in limbeck.toml
    err| hint: give --url postgres://user@host/database or --url sqlite:///app.db
    exit 2
    "#);
    insta::assert_snapshot!(project.run("check --only pending"), @r#"
    err| error: no database URL is configured
    err| hint: set DATABASE_URL in the environment or in .env
    err| hint: set `url` in limbeck.toml
    err| hint: give --url postgres://user@host/database or --url sqlite:///app.db
    exit 2
    "#);
}

#[test]
fn wrong_urls_never_show_a_password() {
    let project = Project::without_url();
    project.write("migrations/a.sql", REVISION);
    for (url, expected) in [
        ("mysql://u:secret@h/d", "unknown scheme `mysql`"),
        (
            "postgres://u:secret@127.0.0.1:1/d",
            "refuses the connection",
        ),
        (
            "postgres://u:sec/secret@127.0.0.1:1/d",
            "refuses the connection",
        ),
        ("postgres://u:secret@h:port/d", "invalid port"),
        ("sqlite:///no/such/folder/x.db", "cannot be opened"),
    ] {
        let shown = project.run(&format!("upgrade --url {url}"));
        assert!(
            shown.contains(expected) && !shown.contains("secret"),
            "{shown}"
        );
        let exit = if expected.contains("refuses") || expected.contains("opened") {
            3
        } else {
            2
        };
        assert!(shown.ends_with(&format!("exit {exit}\n")), "{shown}");
        project.write(".env", &format!("DATABASE_URL={url}\n"));
        for command in [
            "current",
            "check",
            "history -i",
            "stamp head",
            "upgrade postgres://u:secret@h/d",
        ] {
            let shown = project.run(command);
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
    project.write(".env", "DATABASE_URL postgres://u:secret@h/d\n");
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: HOME/app/.env:1: this line cannot be read: it has no `=`
    exit 2
    "#);
    project.write(
        "limbeck.toml",
        "url = \"postgres://u:secret@h/d\nrole = 1\n",
    );
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: limbeck.toml:1: invalid basic string, expected `"`
    exit 2
    "#);
}

#[test]
fn configuration() {
    let project = Project::new();
    project.write("limbeck.toml", "# comment\nmigratons = \"x\"\n");
    insta::assert_snapshot!(project.run("heads"), @r#"
    err| error: limbeck.toml:2: unknown key `migratons`
    err| hint: did you mean `migrations`?
    exit 2
    "#);
    project.write("limbeck.toml", "dialects = [\"mysql\"]\n");
    insta::assert_snapshot!(project.run("heads"), @r#"
    err| error: limbeck.toml:1: `mysql` is nothing that `dialects` can be
    err| hint: write one of `postgres`, `sqlite`
    exit 2
    "#);
    project.write(
        "limbeck.toml",
        "url = \"${TODO_URL}\"\n[env.production]\nrole = \"owner\"\n",
    );
    insta::assert_snapshot!(project.run("current"), @r#"
    err| error: `url` in limbeck.toml asks for the variable `TODO_URL`, which it could send anywhere
    err| hint: if that is meant: --variable TODO_URL
    err| hint: a URL may hold DATABASE_URL and variables of PostgreSQL, such as PGPASSWORD
    exit 2
    "#);
    insta::assert_snapshot!(project.run("current --variable TODO_URL"), @r#"
    err| error: `url` in limbeck.toml needs the variable `TODO_URL`, which is not set
    err| hint: set `TODO_URL` in the environment or in .env
    exit 2
    "#);
    insta::assert_snapshot!(project.run("current --env prodution"), @r#"
    err| error: limbeck.toml has no `[env.prodution]`
    err| hint: did you mean `production`?
    exit 2
    "#);
}

/// A URL that cannot be made out is nothing to commands that open no database.
#[test]
fn a_url_is_asked_for_where_it_is_used() {
    let project = Project::without_url();
    project.write("src/models.rs", MODELS);
    project.write(
        "limbeck.toml",
        "url = \"${DATABASE_URL}\"\ndialects = [\"sqlite\"]\n",
    );
    for command in [
        "check --only models",
        "revision --autogenerate -m Names",
        "history",
        "heads",
        "show head",
        "verify",
        "branches",
        "diff models revisions",
        "upgrade base:head --sql",
        "downgrade head:base --sql",
        "database -- true",
    ] {
        let shown = project.run(command);
        assert!(!shown.contains("DATABASE_URL"), "{command}: {shown}");
        assert!(!shown.ends_with("exit 2\n"), "{command}: {shown}");
    }
    for command in [
        "current",
        "upgrade",
        "upgrade --sql",
        "downgrade base",
        "stamp head",
    ] {
        let shown = project.run(command);
        assert!(
            shown.contains("needs the variable `DATABASE_URL`") && shown.ends_with("exit 2\n"),
            "{command}: {shown}"
        );
    }
}

#[test]
fn revisions() {
    let project = Project::new();
    project.write("migrations/a.sql", REVISION);
    insta::assert_snapshot!(project.run("upgrade bbbb"), @r#"
    err| error: no revision is called `bbbb`
    err| hint: limbeck history lists the revisions
    exit 2
    "#);
    insta::assert_snapshot!(project.run("show aaab"), @r#"
    err| error: no revision is called `aaab`: did you mean `aaaa1111` (migrations/a.sql:3)?
    err| hint: limbeck history lists the revisions
    exit 2
    "#);
    insta::assert_snapshot!(project.run("downgrade"), @r#"
    err| error: the following required arguments were not provided:
    err|   <TARGET>
    err| 
    err| Usage: limbeck downgrade <TARGET>
    err| 
    err| For more information, try '--help'.
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate"), @r#"
    err| error: the revision needs a description
    err| hint: -m "Add tasks"
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision -m x --rev-id aaaa1111"), @r#"
    err| error: --rev-id: `aaaa1111` is taken by migrations/a.sql
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision -m x --rev-id head"), @r#"
    err| error: --rev-id: `head` is no revision id: use letters, digits, `_` and `-`, and none of the words `base`, `current`, `head`, `heads`, `none`
    exit 2
    "#);
    project.write(
        "migrations/b.sql",
        &REVISION.replace("aaaa1111", "bbbb2222"),
    );
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: there are several heads: `aaaa1111` (migrations/a.sql:3), `bbbb2222` (migrations/b.sql:3)
    err| hint: name one of them, or `heads` for all; to join them: limbeck merge heads
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision -m x"), @r#"
    err| error: there are several heads: `aaaa1111` (migrations/a.sql:3), `bbbb2222` (migrations/b.sql:3)
    err| hint: name one of them, or `heads` for all; to join them: limbeck merge heads
    exit 2
    "#);
    project.write(
        "migrations/b.sql",
        &REVISION.replace("-- upgrade", "-- upgarde"),
    );
    insta::assert_snapshot!(project.run("heads"), @r#"
    err| error: migrations/b.sql:6: `-- upgarde` is no marker: did you mean `-- upgrade`?
    err| hint: a marker is a whole lower-case line; to keep the comment, begin it with another word or indent it
    exit 2
    "#);
    project.write("migrations/b.sql", REVISION);
    insta::assert_snapshot!(project.run("heads"), @r#"
    err| error: revision `aaaa1111` is in two files: migrations/a.sql:3 and migrations/b.sql:3
    err| hint: give migrations/b.sql an id of its own, in its header and in its name
    exit 2
    "#);
}

#[test]
fn statements_that_fail_name_file_and_line() {
    let project = Project::new();
    project.write("migrations/a.sql", REVISION);
    let second = REVISION
        .replace("aaaa1111", "bbbb2222")
        .replace("none", "aaaa1111")
        .replace("DROP TABLE t", "SELECT 1");
    project.write("migrations/b.sql", &second);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade  -> aaaa1111, First
    err| Running upgrade aaaa1111 -> bbbb2222, First
    err| error: migrations/b.sql:7: `CREATE TABLE t (a INTEGER)` failed
    err| cause: table t already exists
    err| cause: 1 revision ran before it, and it stays
    err| hint: the database already holds what the revision makes: compare with limbeck check, and if it was made by hand, tell the database so with limbeck stamp REVISION
    exit 3
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    out| aaaa1111
    err| 1 revision pending: limbeck upgrade
    exit 0
    "#);
    insta::assert_snapshot!(project.run("verify bbbb"), @r#"
    err| error: migrations/b.sql: cannot run the upgrade on a scratch sqlite database
    err| cause: migrations/b.sql:7: `CREATE TABLE t (a INTEGER)` failed
    err| cause: table t already exists
    err| hint: a revision before it, or the prelude, makes it already: take it out of one of them
    exit 3
    "#);
}

#[test]
fn a_run_that_stopped_goes_on() {
    let project = Project::new();
    let broken = REVISION.replace(
        "CREATE TABLE t (a INTEGER);",
        "CREATE TABLE t (a INTEGER);\n-- step\nINSERT INTO u VALUES (1);",
    );
    project.write("migrations/a.sql", &broken);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade  -> aaaa1111, First
    err| error: migrations/a.sql:9: `INSERT INTO u VALUES (1)` failed
    err| cause: no such table: u
    exit 3
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    out| aaaa1111 (upgrade, step 1 of 2)
    err| 1 revision pending: limbeck upgrade
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check --only pending"), @r#"
    out| pending: aaaa1111 is half run (upgrade, step 1 of 2)
    err| error: 1 revision pending
    err| hint: limbeck upgrade
    exit 1
    "#);
    insta::assert_snapshot!(project.run("check --only drift"), @r#"
    out| drift: the database stands between two revisions: its objects were not compared
    err| error: 1 difference between the database and its revisions
    err| hint: write the change into a revision, or undo it in the database
    exit 1
    "#);
    project.write("migrations/a.sql", &broken.replace("INTO u", "INTO t"));
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade  -> aaaa1111, First (after step 1 of 2)
    exit 0
    "#);
}

#[test]
fn a_check_on_a_field_that_is_not_there_is_refused() {
    let project = Project::new();
    project.edit(
        "src/models.rs",
        "(name = \"tasks\")",
        "(name = \"tasks\", check(not_blank = \"length(titel) > 0\"))",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m First"), @r#"
    err| error: cannot run the upgrade on a scratch sqlite database
    err| cause: the new revision's upgrade:7: `CREATE TABLE tasks (` failed
    err| cause: no such column: titel
    err| hint: no file is written: the database refuses what the models declare
    exit 3
    "#);
    assert!(!project.path("migrations").exists(), "no file is written");
}

#[test]
fn a_downgrade_that_does_not_lead_back_is_not_proven() {
    let project = Project::new();
    project.write(
        "migrations/a.sql",
        &REVISION.replace("DROP TABLE t;", "-- nothing"),
    );
    insta::assert_snapshot!(project.run("verify"), @r#"
    err| error: migrations/a.sql: the downgrade does not lead back to the state before the upgrade on sqlite
    err| cause: it would take: drop table t
    err| cause: `column t.a` is left over: `type "integer", not null 0, key 0, hidden 0, default ""`
    err| cause: `table t` is left over: `without rowid 0, strict 0`
    exit 1
    "#);
}

#[test]
fn models() {
    let project = Project::new();
    project.write(
        "src/models.rs",
        &MODELS.replace("references = User", "references = Person"),
    );
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    err| error: src/models.rs:23:27: `Person` cannot be resolved
    err| hint: name a model, or a table as `references = "users.id"`
    exit 2
    "#);
    project.write(
        "src/models.rs",
        &MODELS.replace("name = \"tasks\"", "name = \"users\""),
    );
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    err| error: src/models.rs:19:16: the table `users` is declared twice: by `User` at src/models.rs:5 and by `Task`
    err| hint: give one of them another name: `#[table(name = "…")]`
    exit 2
    "#);
    project.write(
        "src/models.rs",
        &MODELS.replace("pub title: String", "pub title: Strnig"),
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m x"), @r#"
    err| error: src/models.rs:25:16: `Task::title`: the type `Strnig` cannot be resolved
    err| hint: add `#[column(sql_type = "…")]` to the field, or `"Strnig" = "…"` to `[types]` in `limbeck.toml`
    exit 2
    "#);
}

#[test]
fn no_model_is_not_no_difference() {
    let project = Project::new();
    project.write(
        "src/lib.rs",
        "use limbeck::Table;\nmacro_rules! model { ($n:ident) => { #[derive(Table)] struct $n { id: i32 } } }\nmodel!(A);\n",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m x"), @r#"
    err| error: src/lib.rs:2:47: `model!` makes a struct that derives `Table`, and the scan expands no macro
    err| hint: write it out, with its derive, outside of the macro
    exit 2
    "#);
    project.write("src/lib.rs", "struct A;\n");
    insta::assert_snapshot!(project.run("revision --autogenerate -m x"), @r#"
    err| warning: Cargo.toml:1:1: no struct derives `Table` in `todo`: derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml
    err| warning: src/models.rs:3:1: this derives `Table`, and no `mod` reaches the file: add `mod` for it where it belongs, or remove it
    err| There is no model to compare with: no revision written
    exit 0
    "#);
    insta::assert_snapshot!(project.run("diff revisions models"), @r#"
    err| warning: Cargo.toml:1:1: no struct derives `Table` in `todo`: derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml
    err| warning: src/models.rs:3:1: this derives `Table`, and no `mod` reaches the file: add `mod` for it where it belongs, or remove it
    err| There is no model to compare with
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    err| warning: Cargo.toml:1:1: no struct derives `Table` in `todo`: derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml
    err| warning: src/models.rs:3:1: this derives `Table`, and no `mod` reaches the file: add `mod` for it where it belongs, or remove it
    err| error: there is nothing to compare: no model and no revision
    err| hint: derive `limbeck::Table` on a struct, then: limbeck revision --autogenerate -m "…"
    exit 2
    "#);
}

#[test]
fn a_crate_that_does_not_compile_has_models_all_the_same() {
    let project = Project::new();
    project.write("src/lib.rs", "pub mod api;\npub mod models;\n");
    project.write(
        "src/api.rs",
        "pub fn f() -> u8 { undefined(\"x\") + sqlx::query!(\"SELECT 1\") }\n",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m First --rev-id aaaa1111"), @r#"
    out| migrations/aaaa1111_first.sql
    err| Detected: create enum status (pending, completed) (src/models.rs:13)
    err| Detected: create table tasks (src/models.rs:20)
    err| Detected: create table users (src/models.rs:5)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    exit 0
    "#);
    project.write("src/api.rs", "pub fn f() { let = ; }\n");
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    err| Nothing differs
    exit 0
    "#);
}

#[test]
fn what_others_did_to_the_database_is_drift() {
    let project = Project::new();
    project.write("migrations/a.sql", REVISION);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade  -> aaaa1111, First
    exit 0
    "#);
    project.write(
        "migrations/a.sql",
        &REVISION.replace("a INTEGER", "a INTEGER, b TEXT"),
    );
    insta::assert_snapshot!(project.run("check --only drift"), @r#"
    out| drift: migrations/a.sql: changed since it was run as revision `aaaa1111`
    out| drift: besides the revisions: drop column t.b
    err| error: 2 differences between the database and its revisions
    err| hint: write the change into a revision, or undo it in the database
    exit 1
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: migrations/a.sql: changed since it was run as revision `aaaa1111`
    err| hint: restore migrations/a.sql, and write what is to change into a new revision
    err| hint: or, if the database is as the file says by now, take it so: limbeck repair aaaa1111
    exit 2
    "#);
    std::fs::remove_file(project.path("migrations/a.sql")).unwrap();
    insta::assert_snapshot!(project.run("current"), @r#"
    out| aaaa1111 (in no file), First, run …
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: the database has revisions that are in no file: `aaaa1111` (First, run …
    err| hint: pull the branch that has `aaaa1111`, or take it back with what the history keeps: limbeck downgrade REVISION
    err| hint: or tell the database where it is: limbeck stamp --purge REVISION
    exit 2
    "#);
    insta::assert_snapshot!(project.run("stamp base --purge"), @r#"
    err| Running stamp  -> 
    err| Forgotten, and in no file: aaaa1111
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check --only drift"), @r#"
    err| unmanaged: t
    err| Nothing differs
    exit 0
    "#);
}

/// What fails does not keep the others from being tried, and what builds on it is told apart.
#[test]
fn verify_all_goes_on_after_a_failure() {
    let project = Project::new();
    let file = |id: &str, parents: &str, upgrade: &str, downgrade: &str| {
        let text = format!(
            "-- {id}\n--\n-- revision: {id}\n-- parents:  {parents}\n\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
        );
        project.write(&format!("migrations/{id}.sql"), &text);
    };
    file(
        "aaaa",
        "none",
        "CREATE TABLE a (x TEXT);",
        "-- loses: a\nDROP TABLE a;",
    );
    file("bbbb", "aaaa", "CREATE TABLE b (x TEXT);", "-- nothing");
    file("cccc", "bbbb", "CREATE TABLE b (x TEXT);", "-- nothing");
    file(
        "dddd",
        "cccc",
        "CREATE TABLE d (x TEXT);",
        "-- loses: d\nDROP TABLE d;",
    );
    insta::assert_snapshot!(project.run("verify --all"), @r#"
    out| aaaa, aaaa: proven on SQLite …: upgrade, downgrade, upgrade again
    err| error: migrations/bbbb.sql: the downgrade does not lead back to the state before the upgrade on sqlite
    err| cause: it would take: drop table b
    err| cause: `column b.x` is left over: `type "text", not null 0, key 0, hidden 0, default ""`
    err| cause: `table b` is left over: `without rowid 0, strict 0`
    err| error: migrations/cccc.sql: cannot run the upgrade on a scratch sqlite database
    err| cause: migrations/cccc.sql:7: `CREATE TABLE b (x TEXT)` failed
    err| cause: table b already exists
    err| hint: a revision before it, or the prelude, makes it already: take it out of one of them
    err| error: migrations/dddd.sql: what it builds on does not run on sqlite
    err| cause: cannot run revision `cccc` on a scratch sqlite database
    err| cause: migrations/cccc.sql:7: `CREATE TABLE b (x TEXT)` failed
    err| cause: table b already exists
    err| hint: a revision before it, or the prelude, makes it already: take it out of one of them
    err| error: 3 of 4 proofs failed
    err| cause: bbbb  sqlite  migrations/bbbb.sql: the downgrade does not lead back to the state before the upgrade on sqlite
    err| cause: cccc  sqlite  migrations/cccc.sql: cannot run the upgrade on a scratch sqlite database
    err| cause: dddd  sqlite  migrations/dddd.sql: what it builds on does not run on sqlite
    exit 3
    "#);
}
