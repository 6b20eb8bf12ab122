//! Statements with which SQLite reaches beyond the database that it has open.
//!
//! SQLite runs in the process of the command, with all that this may do, and `ATTACH` opens any file of its
//! user. So these statements do not run on a scratch database. Every text that comes from a checkout passes
//! here, in whole steps: a statement begins at the start of a text, behind each `;`, and behind EXPLAIN, also
//! where `sql::split` sees the body of a trigger. Triggers and views can hold none of them (SQLite
//! documentation, "CREATE TRIGGER"), and no function or virtual table of the library that the driver builds in
//! opens files; `load_extension()` is switched off in it.
//!
//! Not here: `upgrade`, whose revisions were reviewed.

use limbeck_core::revision::Section;
use limbeck_core::sql::effect::reaches_files;

use super::guard::{BeyondDatabase, Outside};

/// Refuses a section that reaches for files.
pub(super) fn refuse_files(section: &Section, file: &str) -> Result<(), BeyondDatabase> {
    for step in section.steps() {
        // Text that cannot be cut into tokens is refused, with its line, before any of it is run.
        if let Some(token) = reaches_files(&step.sql) {
            let words = step.sql[token.range.start..].lines().next();
            return Err(BeyondDatabase {
                file: file.to_owned(),
                line: step.line.max(1) - 1 + token.line,
                words: words.unwrap_or_default().to_owned(),
                reach: Outside::Files,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use limbeck_core::plan::StepMode;
    use limbeck_core::revision::Step;

    use super::*;
    use limbeck::connection::Connection;

    fn section(sql: &str) -> Section {
        Section::Steps(vec![Step {
            mode: StepMode::NoTransaction,
            sql: sql.to_owned(),
            line: 10,
        }])
    }

    #[test]
    fn what_reaches_for_files_is_refused_with_its_line() {
        for sql in [
            "ATTACH 'x.db' AS x",
            "/* a */ attach DATABASE\n'x.db' AS x",
            "EXPLAIN ATTACH 'x.db' AS x",
            "EXPLAIN QUERY PLAN ATTACH 'x.db' AS x",
            "VACUUM INTO 'x.db'",
            "vacuum main into 'x.db'",
            "PRAGMA writable_schema = on",
            "PRAGMA main.writable_schema(1)",
            "PRAGMA \"temp_store_directory\" = '/etc'",
            "SELECT load_extension('/tmp/x.so')",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; ATTACH 'x.db' AS x",
        ] {
            let refused = refuse_files(&section(&format!("SELECT 1;\n{sql}")), "a.sql");
            assert!(refused.is_err_and(|error| error.line >= 11), "{sql}");
        }
        for sql in [
            "CREATE TABLE attach (vacuum text, \"into\" text)",
            "INSERT INTO t VALUES ('ATTACH ''x'' AS y; ATTACH')",
            "VACUUM",
            "PRAGMA foreign_keys = off",
            "SELECT load_extension FROM t",
        ] {
            assert_eq!(refuse_files(&section(sql), "a.sql"), Ok(()), "{sql}");
        }
    }

    /// Whatever text passes makes no file: pieces that open and close strings, names, comments and
    /// blocks stand around the statement, as SQLite and our lexer may read them otherwise.
    #[tokio::test]
    async fn no_text_that_passes_makes_a_file_on_sqlite() {
        const PIECES: [&str; 25] = [
            "'",
            "\"",
            "`",
            "[",
            "]",
            "--",
            "\n",
            "/*",
            "*/",
            ";",
            " ",
            "x'",
            "E'",
            "\\'",
            "$a$",
            "$$",
            "BEGIN",
            "END;",
            "CASE",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;",
            "(",
            ")",
            "\u{c}",
            "EXPLAIN ",
            "''",
        ];
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("made.db");
        let attack = format!("ATTACH '{}' AS m; CREATE TABLE m.t (a)", target.display());
        let mut state = 1_u64;
        let mut next = |limit: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        let mut passed = 0;
        for _ in 0..4000 {
            let mut text = String::new();
            for _ in 0..next(5) {
                text.push_str(PIECES[usize::try_from(next(25)).unwrap_or_default()]);
            }
            text.push_str(&attack);
            for _ in 0..next(3) {
                text.push_str(PIECES[usize::try_from(next(25)).unwrap_or_default()]);
            }
            let section = section(&text);
            if refuse_files(&section, "a.sql").is_err() {
                continue;
            }
            passed += 1;
            let mut connection = Connection::memory().await.expect("memory");
            connection
                .execute("CREATE TABLE a (b)")
                .await
                .expect("a table");
            // Most of it is no SQL.
            let _ = limbeck::run::section(&mut connection, &section, "a.sql", &mut |_, _| {}).await;
            assert!(!target.exists(), "{text}");
        }
        assert!(passed > 100, "{passed}");
    }
}
