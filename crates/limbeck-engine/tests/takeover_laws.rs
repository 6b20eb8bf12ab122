//! What holds of migrations of every tool whose files are SQL.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Tool;

use crate::takeover::taken;

/// Tools whose files are SQL: what a migration is called in a folder, and the lines that its text stands between.
const SQL_TOOLS: [(Tool, &str, &str, &str); 7] = [
    (Tool::Sqlx, "1_NAME.sql", "", ""),
    (Tool::Diesel, "1_NAME/up.sql", "", ""),
    (Tool::Refinery, "V1__NAME.sql", "", ""),
    (
        Tool::Dbmate,
        "1_NAME.sql",
        "-- migrate:up\n",
        "-- migrate:down\n",
    ),
    (Tool::GolangMigrate, "1_NAME.up.sql", "", ""),
    (
        Tool::Goose,
        "1_NAME.sql",
        "-- +goose up\n",
        "-- +goose DOWN\n",
    ),
    (Tool::Flyway, "V1__NAME.sql", "", ""),
];

fn with_text(tool: &(Tool, &str, &str, &str), name: &str, text: &str) -> (String, String) {
    let (_, path, before, behind) = tool;
    let text = format!("{before}{text}{behind}");
    (path.replace("NAME", name), text)
}

/// However a file is called, its revision reads back.
#[test]
fn names_of_files_become_titles() {
    for tool in &SQL_TOOLS {
        let odd = ["-a-", "revision:_x", "a b "];
        // refinery takes letters, digits and `_` alone.
        let odd = odd.into_iter().filter(|_| tool.0 != Tool::Refinery);
        for name in ["a_", "_a", "_", "a__b"].into_iter().chain(odd) {
            let (path, text) = with_text(tool, name, "SELECT 1;\n");
            let found = taken(tool.0, &[(&path, &text)], Dialect::Sqlite);
            assert!(found.contains("SELECT 1;"), "{path}: {found}");
        }
    }
}

/// What a migration does to the table in which its tool keeps what was run is no part of a revision.
#[test]
fn statements_on_the_own_table_are_left_out() {
    for tool in &SQL_TOOLS {
        let table = tool.0.table();
        let text = format!(
            "-- It was renamed.\nDELETE FROM public.{table} WHERE 1 = 2;\nSELECT 1;\nCREATE TABLE IF NOT EXISTS \"{table}\" (a int);\n\
             CREATE OR REPLACE TRIGGER x BEFORE INSERT ON {table} EXECUTE FUNCTION f();\nCREATE UNIQUE INDEX i ON ONLY {table} (a);\n\
             COMMENT ON TABLE {table} IS 'x' -- one; two\n;\n"
        );
        let (path, text) = with_text(tool, "a", &text);
        let found = taken(tool.0, &[(&path, &text)], Dialect::Postgres);
        let kept = found.contains("-- It was renamed.\n\nSELECT 1;\n\n-- downgrade");
        assert!(kept && !found.contains(table), "{path}: {found}");
        let (path, text) = with_text(tool, "a", &format!("UPDATE {table} SET a = 1;\n"));
        let found = taken(tool.0, &[(&path, &text)], Dialect::Postgres);
        assert!(
            found.contains("-- upgrade\n-- nothing\n"),
            "{path}: {found}"
        );
    }
}

/// A table that is made again is dropped in between, and its children go with it where foreign keys are enforced; so they do
/// where rows are taken away and put back.
#[test]
fn foreign_keys_of_sqlite_are_as_the_tool_leaves_them() {
    let rebuild = "CREATE TABLE n (a int);\nINSERT INTO n SELECT a FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n";
    let texts = [
        (rebuild, true),
        ("DELETE FROM t;\nINSERT INTO t SELECT a FROM n;\n", true),
        ("INSERT OR REPLACE INTO t VALUES (1);\n", true),
        ("WITH c AS (SELECT 1) DELETE FROM t;\n", true),
        (
            "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n",
            false,
        ),
    ];
    for tool in &SQL_TOOLS {
        for (text, takes_rows) in texts {
            let (path, text) = with_text(tool, "a", text);
            let is_off = |dialect| {
                taken(tool.0, &[(&path, &text)], dialect).contains("-- step: foreign keys off\n")
            };
            let leaves_them_off = !matches!(tool.0, Tool::Sqlx | Tool::Refinery);
            assert_eq!(
                is_off(Dialect::Sqlite),
                leaves_them_off && takes_rows,
                "{path}: {text}"
            );
            assert!(!is_off(Dialect::Postgres), "{path}");
        }
    }
    // Outside of a transaction, unless the file switches them itself.
    for (own, expected) in [
        ("", true),
        ("PRAGMA foreign_keys = OFF;\n", false),
        ("VACUUM;\n", false),
    ] {
        let text = format!("-- +goose NO TRANSACTION\n-- +goose Up\n{own}{rebuild}");
        let found = taken(Tool::Goose, &[("1_a.sql", &text)], Dialect::Sqlite);
        assert_eq!(
            found.contains("-- step: foreign keys off\n"),
            expected,
            "{found}"
        );
        assert_eq!(
            found.contains("-- step: no transaction\n"),
            !expected,
            "{found}"
        );
    }
}
