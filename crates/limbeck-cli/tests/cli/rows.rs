//! Rows in proofs and downgrades.

use crate::project::Project;

const FIRST: &str = "-- First\n--\n-- revision: aaaa\n-- parents:  none\n\n-- upgrade\nCREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\nCREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, text TEXT, price INTEGER CHECK (price * price = 17));\n\n-- downgrade\nDROP TABLE notes;\nDROP TABLE users;\n";

/// A project with the first revision and this one on it.
fn with_second(upgrade: &str, downgrade: &str) -> Project {
    let project = Project::new();
    project.write("migrations/aaaa_first.sql", FIRST);
    project.write(
        "migrations/bbbb_second.sql",
        &format!(
            "-- Second\n--\n-- revision: bbbb\n-- parents:  aaaa\n\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
        ),
    );
    project
}

#[test]
fn a_revision_that_forgets_a_column_is_refused() {
    let project = with_second(
        "CREATE TABLE new (id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT);\nINSERT INTO new (id, email) SELECT id, 'nobody' FROM users;\nDROP TABLE users;\nALTER TABLE new RENAME TO users;",
        "-- loses: users.name\nALTER TABLE users DROP COLUMN name;",
    );
    insta::assert_snapshot!(project.run("verify bbbb"), @r#"
    err| error: migrations/bbbb_second.sql: the upgrade changes rows that it should leave as they are, on sqlite
    err| cause: notes: 56 rows became 0 rows
    err| cause: users.email: 'a_b' became 'nobody'
    err| hint: if that is meant, say so above the statement: -- loses: notes, -- loses: users.email
    exit 1
    "#);
    // What is meant is said, and proven.
    project.edit(
        "migrations/bbbb_second.sql",
        "DROP TABLE users;\nALTER",
        "-- loses: users.email\n-- loses: notes\nDROP TABLE users;\nALTER",
    );
    insta::assert_snapshot!(project.run("verify bbbb"), @r#"
    out| bbbb, Second: proven on SQLite …: upgrade, downgrade, upgrade again
    out|   rows: 2 of 2 tables
    exit 0
    "#);
}

#[test]
fn a_table_without_rows_is_named_and_a_fixture_brings_some() {
    let project = with_second(
        "ALTER TABLE notes ADD COLUMN more TEXT;\nCREATE UNIQUE INDEX one_text ON notes (text);",
        "DROP INDEX one_text;\n-- loses: notes.more\nALTER TABLE notes DROP COLUMN more;",
    );
    project.edit(
        "migrations/aaaa_first.sql",
        "price INTEGER",
        "price INTEGER NOT NULL",
    );
    insta::assert_snapshot!(project.run("verify bbbb"), @r#"
    out| bbbb, Second: proven on SQLite …: upgrade, downgrade, upgrade again
    out|   rows: 1 of 2 tables; notes: check notes_price_check
    out|   what cannot be made up can be given: INSERTs in `fixtures/all.sql` beside the revisions
    exit 0
    "#);
    project.edit(
        "migrations/aaaa_first.sql",
        "= 17",
        "= 289 AND id > 4000000",
    );
    project.write(
        "migrations/fixtures/bbbb.sql",
        "INSERT INTO users VALUES (1, 'a');\nINSERT INTO notes VALUES (4000001, 1, 'x', 17);\n",
    );
    insta::assert_snapshot!(project.run("verify bbbb --format json"), @r#"
    out| [
    out|   {
    out|     "revision": "bbbb",
    out|     "dialect": "sqlite",
    out|     "server": "SQLite …",
    out|     "irreversible": null,
    out|     "rows": {
    out|       "filled": 2,
    out|       "of": 2,
    out|       "without": {},
    out|       "hazards": []
    out|     },
    out|     "error": null
    out|   }
    out| ]
    exit 0
    "#);
    project.write(
        "migrations/fixtures/bbbb.sql",
        "-- Rows\nINSERT INTO users VALUES (1);\n",
    );
    insta::assert_snapshot!(project.run("verify bbbb"), @r#"
    err| error: migrations/bbbb_second.sql: cannot run the rows of `migrations/fixtures/bbbb.sql` on a scratch sqlite database
    err| cause: migrations/fixtures/bbbb.sql:2: `INSERT INTO users VALUES (1)` failed
    err| cause: table users has 2 columns but 1 values were supplied
    exit 3
    "#);
}

#[test]
fn one_fixture_is_for_every_revision() {
    let project = with_second(
        "ALTER TABLE notes ADD COLUMN more TEXT;\nALTER TABLE users ADD COLUMN name TEXT;",
        "-- loses: users.name\nALTER TABLE users DROP COLUMN name;\n-- loses: notes.more\nALTER TABLE notes DROP COLUMN more;",
    );
    project.edit(
        "migrations/aaaa_first.sql",
        "price INTEGER CHECK (price * price = 17)",
        "price INTEGER NOT NULL CHECK (price * price = 289 AND id > 4000000)",
    );
    project.edit(
        "migrations/aaaa_first.sql",
        "DROP TABLE notes;\nDROP TABLE users;",
        "-- loses: notes\nDROP TABLE notes;\n-- loses: users\nDROP TABLE users;",
    );
    // The second statement is of a column that only the second revision has, the third of no table.
    project.write(
        "migrations/fixtures/all.sql",
        "INSERT INTO users (id, email) VALUES (1, 'a');\nINSERT INTO users (id, email, name) VALUES (2, 'b', 'B');\nINSERT INTO nowhere VALUES (1);\nINSERT INTO notes (id, user_id, text, price) VALUES (4000001, 1, 'x', 17);\n",
    );
    insta::assert_snapshot!(project.run("verify --all"), @r#"
    out| aaaa, First: proven on SQLite …: upgrade, downgrade, upgrade again
    out| bbbb, Second: proven on SQLite …: upgrade, downgrade, upgrade again
    out|   rows: 2 of 2 tables
    exit 0
    "#);
    // One that names no revision is nobody's.
    project.write("migrations/fixtures/cccc.sql", "SELECT 1;\n");
    insta::assert_snapshot!(project.run("verify bbbb"), @r#"
    err| error: migrations/fixtures/cccc.sql brings rows for revision `cccc`, which is not there
    err| hint: give the file the id of a revision, or `all.sql` for every one
    exit 2
    "#);
}

#[test]
fn a_downgrade_that_loses_rows_asks() {
    let project = with_second(
        "ALTER TABLE users ADD COLUMN name TEXT;\nINSERT INTO users VALUES (1, 'a', 'A');",
        "DELETE FROM users WHERE id = 1;\nALTER TABLE users DROP COLUMN name;",
    );
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade  -> aaaa, First
    err| Running upgrade aaaa -> bbbb, Second
    exit 0
    "#);
    insta::assert_snapshot!(project.run("downgrade base"), @r#"
    err| error: the downgrade would lose data that is there: users, users.name
    err| hint: limbeck downgrade base --allow-loss
    exit 2
    "#);
    insta::assert_snapshot!(project.run("downgrade -1"), @r#"
    err| error: the downgrade would lose data that is there: users.name, rows of users
    err| hint: limbeck downgrade -1 --allow-loss
    exit 2
    "#);
    insta::assert_snapshot!(project.run("downgrade base --allow-loss"), @r#"
    err| Running downgrade bbbb -> aaaa, Second
    err| Running downgrade aaaa -> , First
    exit 0
    "#);
}
