//! What models and revisions leave open, without a terminal.

use crate::project::Project;

fn started() -> Project {
    let project = Project::new();
    let run = project.run("revision --autogenerate -m First --rev-id aaaa1111");
    assert!(run.ends_with("exit 0\n"), "{run}");
    project
}

#[test]
fn a_column_without_a_default_needs_a_value() {
    let project = started();
    project.edit(
        "src/models.rs",
        "    pub title: String,\n",
        "    pub title: String,\n    pub priority: i32,\n",
    );
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    out| src/models.rs:26: Task::priority: column `tasks.priority` is NOT NULL without a default, and `tasks` may have rows
    err| error: 1 difference between models and revisions
    err| hint: limbeck revision --autogenerate -m "…"
    exit 1
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Priority"), @r#"
    err| error: a question is open
    err|   column `tasks.priority` is NOT NULL without a default, and `tasks` may have rows
    err|     --fill tasks.priority=0  an SQL expression for the rows that are there
    err| hint: add one flag for each question, or answer at a terminal
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Priority --fill tasks.prio=0"), @r#"
    err| error: --fill: there is no column `tasks.prio` to fill
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Priority --fill priority"), @r#"
    err| error: --fill: `priority` is not of the form `table.column=SQL`
    err| hint: --fill tasks.priority=0
    exit 2
    "#);
    insta::assert_snapshot!(project
            .run("revision --autogenerate -m Priority --fill tasks.priority=0 --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_priority.sql
    err| Detected: add column tasks.priority INTEGER not null (src/models.rs:26)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    err| Nothing differs
    exit 0
    "#);
}

#[test]
fn an_answer_that_nothing_uses_is_refused() {
    let project = started();
    insta::assert_snapshot!(project.run("revision --autogenerate -m None --fill tasks.title=1"), @r#"
    err| error: --fill: the rows of `tasks.title` keep their values
    err| hint: --fill is for a new column, and for one that becomes NOT NULL; other changes of rows are written into a revision
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m None --drop tasks"), @r#"
    err| error: --drop: nothing drops `tasks`, since the models or others have it still
    err| hint: take it out of the models first, or leave --drop out
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m None --drop tasks.title"), @r#"
    err| error: --drop: nothing drops `tasks.title`, since the models or others have it still
    err| hint: take it out of the models first, or leave --drop out
    exit 2
    "#);
    project.edit("src/models.rs", "pub title: String", "pub title: i32");
    insta::assert_snapshot!(project.run("revision --autogenerate -m Retyped --fill tasks.title=length(title)"), @r#"
    err| error: --fill: the rows of `tasks.title` keep their values, converted to its new type
    err| hint: without --fill a revision is written with the usual conversion; write another one into it, then: limbeck verify
    exit 2
    "#);
    project.edit("src/models.rs", "pub title: i32", "pub named: String");
    let used = "revision --autogenerate -m Used --drop tasks.title --fill tasks.named=upper(title)";
    let shown = project.run(used);
    assert!(shown.ends_with("exit 0\n"), "{shown}");
}

#[test]
fn a_rename_is_no_guess() {
    let project = started();
    project.edit("src/models.rs", "pub title: String", "pub name: String");
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    out| src/models.rs:25: Task::name: `tasks.name` may be `tasks.title` renamed (same type, both not null, both behind `user_id`, names 4 letters apart)
    err| error: 1 difference between models and revisions
    err| hint: limbeck revision --autogenerate -m "…"
    exit 1
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Rename"), @r#"
    err| error: a question is open
    err|   `tasks.name` may be `tasks.title` renamed (same type, both not null, both behind `user_id`, names 4 letters apart)
    err|     --rename tasks.title:name  keep the data under the new name
    err|     --drop tasks.title         drop the one, create the other
    err| hint: add one flag for each question, or answer at a terminal
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Rename --rename tasks.titel:name"), @r#"
    err| error: --rename: `tasks.titel` is neither a table, a column, an enum type, an enum value nor a sequence that is there: did you mean `tasks.title`?
    err| hint: `from` is the name that is there, `to` the one that is to be
    exit 2
    "#);
    insta::assert_snapshot!(project
            .run("revision --autogenerate -m Rename --rename tasks.title:name --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_rename.sql
    err| Detected: rename column tasks.title to name (src/models.rs:25)
    err| hazard: breaks_clients: tasks.name: programs that say title
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
    project.edit(
        "src/models.rs",
        "    pub name: String",
        "    #[column(renamed_from = \"title\")]\n    pub name: String",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m Nothing"), @r#"
    err| warning: src/models.rs:26: `renamed_from = "title"` on `tasks.name` has nothing left to rename: remove it
    err| Nothing differs: no revision written
    exit 0
    "#);
}

/// Rows may hold NULL in a column that was nullable, so it asks as a new one does.
#[test]
fn a_column_that_takes_no_null_any_more_needs_a_value() {
    let project = started();
    project.edit(
        "src/models.rs",
        "    pub title: String,\n",
        "    pub title: String,\n    pub due: Option<chrono::NaiveDateTime>,\n",
    );
    let run = project.run("revision --autogenerate -m Due --rev-id bbbb2222");
    assert!(run.ends_with("exit 0\n"), "{run}");
    project.edit(
        "src/models.rs",
        "pub due: Option<chrono::NaiveDateTime>",
        "pub until: chrono::NaiveDateTime",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m Until --rename tasks.due:until"), @r#"
    err| error: a question is open
    err|   column `tasks.until` becomes NOT NULL, and rows of `tasks` may hold NULL in it
    err|     --fill tasks.until=CURRENT_TIMESTAMP  an SQL expression for the rows that are there
    err| hint: add one flag for each question, or answer at a terminal
    exit 2
    "#);
    let run = project.run(
        "revision --autogenerate -m Until --rename tasks.due:until --fill tasks.until=CURRENT_TIMESTAMP",
    );
    assert!(run.ends_with("exit 0\n"), "{run}");
}

#[test]
fn a_table_goes_only_when_somebody_says_so() {
    let project = started();
    let models = project.read("src/models.rs");
    let end = models.find("#[derive(Enum)]").unwrap();
    project.write(
        "src/models.rs",
        &models[..end].replace("use limbeck::{Enum, Table}", "use limbeck::Table"),
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m Less"), @r#"
    err| error: 2 questions are open
    err|   enum type `status` is in the revisions and in no model
    err|     --drop status  drop it
    err|   table `tasks` is in the revisions and in no model
    err|     --drop tasks  drop it
    err| hint: add one flag for each question, or answer at a terminal
    err| hint: a table of others stays when limbeck.toml says `[unmanaged]`, `tables = ["tasks"]`
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Less --drop task"), @r#"
    err| error: --drop: there is no `task` to drop: did you mean `tasks`?
    exit 2
    "#);
    project.write(
        "limbeck.toml",
        "[unmanaged]\ntables = [\"tasks\", \"status\"]\n",
    );
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    err| unmanaged: status
    err| unmanaged: tasks
    err| Nothing differs
    exit 0
    "#);
    project.write("limbeck.toml", "");
    insta::assert_snapshot!(project.run("revision --autogenerate -m Less --drop-all --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_less.sql
    err| Detected: drop enum status
    err| Detected: drop table tasks
    err| loses: tasks
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
}

#[test]
fn a_dialect_that_is_not_at_hand_waits() {
    let mut project = Project::new();
    project.write("limbeck.toml", "dialects = [\"postgres\", \"sqlite\"]\n");
    project.set(
        "LIMBECK_PG_BIN",
        project.beside("nowhere").display().to_string(),
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m First"), @r#"
    err| error: no `initdb` in `HOME/nowhere`
    err| cause: `postgres` is among the dialects of this project
    err| hint: set LIMBECK_PG_BIN to the folder that has `initdb` and `postgres`, such as /usr/lib/postgresql/15/bin, or take it out of the environment
    err| hint: leave PostgreSQL for later: `--dialect sqlite`
    exit 3
    "#);
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    err| error: no `initdb` in `HOME/nowhere`
    err| hint: set LIMBECK_PG_BIN to the folder that has `initdb` and `postgres`, such as /usr/lib/postgresql/15/bin, or take it out of the environment
    err| hint: leave PostgreSQL for later: `--dialect sqlite`
    exit 3
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m First --dialect sqlite --rev-id aaaa1111"), @r#"
    out| migrations/aaaa1111_first.sql
    err| Detected: create enum status (pending, completed) (src/models.rs:13)
    err| Detected: create table tasks (src/models.rs:20)
    err| Detected: create table users (src/models.rs:5)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Pending on postgres: limbeck revision --complete aaaa1111
    exit 0
    "#);
    assert!(
        project
            .read("migrations/aaaa1111_first.sql")
            .contains("-- pending:  postgres\n")
    );
    insta::assert_snapshot!(project.run("verify"), @r#"
    out| aaaa1111, First: proven on SQLite …: upgrade, downgrade, upgrade again
    err| error: migrations/aaaa1111_first.sql: revision `aaaa1111` is pending on postgres
    err| hint: limbeck revision --complete --all
    err| error: 1 of 2 proofs failed
    err| cause: aaaa1111  postgres  migrations/aaaa1111_first.sql: revision `aaaa1111` is pending on postgres
    exit 2
    "#);
    insta::assert_snapshot!(project.run("verify --dialect sqlite"), @r#"
    out| aaaa1111, First: proven on SQLite …: upgrade, downgrade, upgrade again
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade --sql base:head --url postgres://localhost/x"), @r#"
    err| error: revision `aaaa1111` is pending on postgres
    err| hint: limbeck revision --complete --all
    exit 2
    "#);
}
