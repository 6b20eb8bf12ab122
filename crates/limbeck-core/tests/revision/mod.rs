//! Revision files: what is read, what is refused, and that writing one loses nothing.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod any;
mod mark;
mod replaced;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{
    Direction, Revision, Section, Step, StepMode, checksum, parse, render, with_section,
};

const FILE: &str = "\
-- Add conversations and messages
--
-- revision: 7f3c1a9be0d2
-- parents:  1f0e8f6d2c4b
-- created:  2026-11-20T10:09:00Z

-- upgrade
CREATE TABLE conversations (id int);

-- downgrade
DROP TABLE conversations;
";

const HEADER: &str = "-- revision: a\n-- parents: none\n\n";

fn steps(section: &Section) -> Vec<(StepMode, &str, u32)> {
    match section {
        Section::Steps(steps) => steps
            .iter()
            .map(|step| (step.mode, step.sql.as_str(), step.line))
            .collect(),
        Section::Irreversible(reason) => panic!("irreversible: {reason}"),
        Section::Unwritten(place) => panic!("{place}nobody has written it"),
    }
}

fn one_step(sql: &str) -> Section {
    Section::Steps(vec![Step {
        mode: StepMode::Transaction,
        sql: sql.to_owned(),
        line: 0,
    }])
}

#[test]
fn the_designed_file_is_read_and_written() {
    let revision = parse(FILE, "a.sql").unwrap();
    assert_eq!(revision.id.as_str(), "7f3c1a9be0d2");
    assert_eq!(revision.parents, ["1f0e8f6d2c4b".parse().unwrap()]);
    assert_eq!(revision.title(), "Add conversations and messages");
    assert_eq!(revision.created, "2026-11-20T10:09:00Z");
    let upgrade = revision
        .section(Direction::Upgrade, Dialect::Sqlite)
        .unwrap();
    let sql = "CREATE TABLE conversations (id int);";
    assert_eq!(steps(upgrade), [(StepMode::Transaction, sql, 8)]);
    assert_eq!(render(&revision), FILE);
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    let revision = parse(FILE, "a.sql").unwrap();
    let windows = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
    assert_eq!(parse(&windows, "a.sql").unwrap(), revision);
    let text = format!("{HEADER}-- upgrade\nSELECT 'a\nb';\n-- downgrade\n-- nothing");
    let unix = parse(&text, "a.sql").unwrap();
    let windows = parse(&text.replace('\n', "\r\n"), "a.sql").unwrap();
    let sum = |revision: &Revision| {
        checksum(
            revision
                .section(Direction::Upgrade, Dialect::Postgres)
                .unwrap(),
            Dialect::Postgres,
        )
    };
    assert_eq!(sum(&unix), sum(&windows));
}

#[test]
fn steps_keep_their_modes_text_and_lines() {
    let text = format!(
        "{HEADER}-- a remark\n-- upgrade postgres\n-- step\n\n  SELECT 1; -- step\n\n-- step: no transaction\n\
         CREATE INDEX CONCURRENTLY i ON t (a);\n-- upgrade sqlite\n-- step: foreign keys off\nSELECT [it's];\n\
         -- downgrade postgres: irreversible, the  data is gone\n-- downgrade sqlite\n-- nothing\n"
    );
    let revision = parse(&text, "a.sql").unwrap();
    let postgres = revision
        .section(Direction::Upgrade, Dialect::Postgres)
        .unwrap();
    assert_eq!(
        steps(postgres),
        [
            (StepMode::Transaction, "  SELECT 1; -- step", 8),
            (
                StepMode::NoTransaction,
                "CREATE INDEX CONCURRENTLY i ON t (a);",
                11
            ),
        ]
    );
    let sqlite = revision
        .section(Direction::Upgrade, Dialect::Sqlite)
        .unwrap();
    assert_eq!(
        steps(sqlite),
        [(StepMode::ForeignKeysOff, "SELECT [it's];", 14)]
    );
    assert_eq!(
        revision.section(Direction::Downgrade, Dialect::Postgres),
        Ok(&Section::Irreversible("the data is gone".to_owned()))
    );
    assert_eq!(
        revision.section(Direction::Downgrade, Dialect::Sqlite),
        Ok(&Section::Steps(vec![]))
    );
    assert_eq!(parse(&render(&revision), "a.sql").unwrap(), revision);
}

#[test]
fn markers_inside_of_sql_are_sql() {
    let bodies = [
        "SELECT '\n-- downgrade\n';",
        "SELECT $x$\n-- Upgrade\n$x$;",
        "/*\n-- step\n-- nothing\n*/ SELECT 1;",
        "SELECT E'\\'\n-- upgrade mysql\n';",
        "-- upgrades are slow\n-- a step: no\n  -- nothing else\n-- something\n-- stop\nSELECT 1;",
    ];
    for body in bodies {
        let text = format!("{HEADER}-- upgrade\n{body}\n-- downgrade\n-- nothing\n");
        let revision = parse(&text, "a.sql").unwrap();
        let upgrade = revision
            .section(Direction::Upgrade, Dialect::Postgres)
            .unwrap();
        assert_eq!(steps(upgrade), [(StepMode::Transaction, body, 5)]);
    }
    let text = format!("{HEADER}-- upgrade\nSELECT [it's];\n-- downgrade\n-- nothing\n");
    assert!(parse(&text, "a.sql").is_ok(), "only SQLite can read this");
}

#[test]
fn own_sections_win_and_pending_ones_are_refused() {
    let text = "-- revision: a\n-- parents:\n-- pending: postgres\n\n-- upgrade\nSELECT 1;\n\
                -- upgrade sqlite\nSELECT 2;\n-- downgrade\n-- nothing";
    let revision = parse(text, "a.sql").unwrap();
    let sqlite = revision
        .section(Direction::Upgrade, Dialect::Sqlite)
        .unwrap();
    assert_eq!(steps(sqlite)[0].1, "SELECT 2;");
    assert_eq!(
        revision
            .section(Direction::Upgrade, Dialect::Postgres)
            .unwrap_err()
            .to_string(),
        "revision `a` is pending on postgres"
    );
    let text = format!("{HEADER}-- upgrade sqlite\nSELECT 1;\n-- downgrade sqlite\n-- nothing");
    let revision = parse(&text, "a.sql").unwrap();
    assert_eq!(
        revision
            .section(Direction::Upgrade, Dialect::Postgres)
            .unwrap_err()
            .to_string(),
        "revision `a` has no upgrade for postgres"
    );
}

#[test]
fn near_misses_are_refused_with_their_line() {
    let cases = [
        ("--upgrade", "-- upgrade"),
        ("-- Upgrade", "-- upgrade"),
        ("--  upgrade", "-- upgrade"),
        ("--\tupgrade", "-- upgrade"),
        ("-- UPGRADE POSTGRES", "-- upgrade postgres"),
        ("-- upgrade:", "-- upgrade"),
        ("-- upgrade mysql", "-- upgrade"),
        ("-- upgrade postgresql", "-- upgrade postgres"),
        ("-- upgrade the users", "-- upgrade"),
        ("-- upgarde", "-- upgrade"),
        ("---- downgrade ----", "-- downgrade"),
        ("-- downgrad sqlite", "-- downgrade sqlite"),
        (
            "-- downgrade: irreversible",
            "-- downgrade: irreversible, <reason>",
        ),
        (
            "-- downgrade irreversible, x",
            "-- downgrade: irreversible, <reason>",
        ),
        ("-- upgrade: irreversible, x", "-- upgrade"),
        ("-- Step", "-- step"),
        ("-- steps", "-- step"),
        ("-- step 2", "-- step"),
        ("-- step: no transactions", "-- step: no transaction"),
        ("-- step: No Transaction", "-- step: no transaction"),
        ("-- step: foreign keys on", "-- step: foreign keys off"),
        ("-- step: fast", "-- step"),
        ("-- Nothing", "-- nothing"),
        ("-- nothing to do", "-- nothing"),
    ];
    for (found, suggestion) in cases {
        let text = format!("{HEADER}-- upgrade\nSELECT 1;\n{found}  \n-- downgrade\n-- nothing\n");
        let error = parse(&text, "m/a.sql").unwrap_err();
        let message = format!("m/a.sql:6: `{found}` is no marker: did you mean `{suggestion}`?");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn broken_files_are_refused_with_their_line() {
    let ends = "-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n";
    let whole = |header: &str| format!("{header}\n{ends}");
    let body = |body: &str| format!("{HEADER}{body}");
    let cases = [
        (String::new(), "1: the header is missing"),
        ("SELECT 1".to_owned(), "1: the header is missing"),
        (
            whole("-- x\n--\n-- parents: none\n"),
            "1: the header has no `revision`",
        ),
        (whole("-- revision: a\n"), "1: the header has no `parents`"),
        (
            whole("-- revision: a\n-- revision: b\n"),
            "2: the header has `revision` twice",
        ),
        (
            whole("-- revision: a\n-- parent: b\n"),
            "2: unknown header key `parent`: did you mean `parents`?",
        ),
        (
            whole("-- x\n--\n-- Revision: a\n"),
            "3: unknown header key `Revision`: did you mean `revision`?",
        ),
        (
            whole("-- revision: a\n-- author: b\n"),
            "2: unknown header key `author`",
        ),
        (
            whole("-- revision: a\n-- and more\n"),
            "2: `and more` stands among the header keys but is none",
        ),
        // A shell of a database may take what is behind it for a line of its own.
        (
            whole("-- x\r\\! id\n--\n-- revision: a\n"),
            "1: the header has a control character, `\\r`",
        ),
        (
            whole("-- revision: a\n-- created: \u{1b}[2J\n"),
            "2: the header has a control character, `\\u{1b}`",
        ),
        (
            whole("-- revision: a b\n"),
            "1: `a b` is not valid for `revision`: expected an id of letters, digits, `_` and `-`",
        ),
        (
            whole("-- revision: a\n-- parents: b, b\n"),
            "2: `parents` names `b` twice",
        ),
        (
            whole("-- revision: a\n-- pending: mysql\n"),
            "2: `mysql` is not valid for `pending`: expected `postgres`, `sqlite` or both",
        ),
        (
            whole("-- revision: a\n-- label: a b\n"),
            "2: `a b` is not valid for `label`: expected a word of letters, digits, `_` and `-`",
        ),
        (
            whole("-- revision: a\n-- requires: hooks\n"),
            "2: `hooks` is not valid for `requires`: expected `hook`",
        ),
        (
            whole("-- revision: a\n-- replaces: liquibase 1\n"),
            "2: `liquibase 1` is not valid for `replaces`: expected a tool and a version, such as `sqlx 20260101120000`",
        ),
        (
            whole(
                "-- revision: a\n-- replaces: sqlx 1\n-- replaces: diesel 1\n-- replaces: sqlx 1 ab\n",
            ),
            "4: `replaces` names `sqlx 1 ab` twice",
        ),
        (
            whole("-- revision: a\n-- require: hook\n"),
            "2: unknown header key `require`: did you mean `requires`?",
        ),
        (
            whole("-- revision: a\n-- created: today\n"),
            "2: `today` is not valid for `created`: expected a time such as `2026-11-20T10:09:00Z`",
        ),
        (
            whole("-- revision: a\n-- Upgrade\n"),
            "2: `-- Upgrade` is no marker: did you mean `-- upgrade`?",
        ),
        (
            body("SELECT 1;\n-- upgrade\n"),
            "4: SQL before the first section",
        ),
        (body("-- step\n"), "4: `-- step` before the first section"),
        (
            body("-- upgrade\nSELECT 1;\n"),
            "5: there is no downgrade section",
        ),
        (
            body("-- downgrade\nSELECT 1;\n"),
            "5: there is no upgrade section",
        ),
        (
            body("-- upgrade\nSELECT 1;\n-- downgrade sqlite\n-- nothing"),
            "7: there is no downgrade section for postgres",
        ),
        (
            body("-- upgrade sqlite\nSELECT 1;\n-- downgrade\n-- nothing"),
            "7: there is no upgrade section for postgres",
        ),
        (
            body("-- upgrade\n-- step\n-- x\n-- downgrade\n"),
            "5: the step is empty",
        ),
        (
            body("-- upgrade\n-- nothing\nSELECT 1"),
            "6: the section `-- upgrade` says it has no SQL, and then something follows",
        ),
        (
            body("-- upgrade\nSELECT 1;\n-- nothing"),
            "6: the section `-- upgrade` says it has no SQL, and then something follows",
        ),
        (
            body("-- downgrade: irreversible, x\nSELECT 1"),
            "5: the section `-- downgrade: irreversible, x` says it has no SQL, and then something follows",
        ),
        (
            body("-- upgrade\nSELECT 1;\n-- upgrade\nSELECT 1;"),
            "6: the section `-- upgrade` is there twice",
        ),
        (
            body("-- upgrade\nSELECT 1;\n  -- step\nSELECT 1;"),
            "6: the marker `-- step` must start at the first column",
        ),
        (
            body("-- upgrade\nSELECT 'a;\n-- downgrade\n"),
            "5: the string opened on line 5 is never closed",
        ),
        (
            "-- revision: a\n-- parents:\n-- pending: sqlite\n\n-- upgrade sqlite\nSELECT 1;"
                .to_owned(),
            "5: sqlite is `pending` in the header but has a section",
        ),
    ];
    for (text, message) in cases {
        let error = parse(&text, "a.sql").unwrap_err();
        assert_eq!(error.to_string(), format!("a.sql:{message}"), "{text}");
    }
}

#[test]
fn sections_are_completed_without_touching_the_rest() {
    let text = "-- x\n--\n-- revision: a\n-- parents:  none\n-- pending:  postgres\n\n-- keep  me\n-- upgrade sqlite\n\
                SELECT 1;\n\n\n-- downgrade sqlite\n-- nothing";
    let (upgrade, downgrade) = (one_step("SELECT 2;"), one_step("SELECT 3;"));
    let complete =
        |text: &str| with_section(text, "a.sql", Dialect::Postgres, &upgrade, &downgrade).unwrap();
    let expected = "-- x\n--\n-- revision: a\n-- parents:  none\n\n-- keep  me\n-- upgrade sqlite\n\
                    SELECT 1;\n\n\n-- upgrade postgres\nSELECT 2;\n\n-- downgrade sqlite\n-- nothing\n\n\
                    -- downgrade postgres\nSELECT 3;\n";
    assert_eq!(complete(text), expected);
    assert_eq!(
        complete(expected),
        expected,
        "replacing by the same changes nothing"
    );
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let expected = format!("\u{feff}{}", expected.replace('\n', "\r\n"));
    assert_eq!(complete(&windows), expected);

    let text = "-- revision: a\n-- parents: none\n-- pending: postgres, sqlite\n";
    let expected = "-- revision: a\n-- parents: none\n-- pending:  sqlite\n\n-- upgrade postgres\nSELECT 2;\n\n\
                    -- downgrade postgres\nSELECT 3;\n";
    assert_eq!(complete(text), expected);
}

/// What a header says that its unmarked sections are for runs nowhere else.
#[test]
fn unmarked_sections_are_for_the_dialects_of_the_header() {
    let text = "-- revision: a\n-- parents:  none\n-- dialects: sqlite\n\n-- upgrade\nSELECT 1;\n\n-- downgrade\nSELECT 2;\n";
    let revision = parse(text, "a.sql").unwrap();
    assert_eq!(render(&revision), text);
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        assert!(revision.section(direction, Dialect::Sqlite).is_ok());
        let error = revision.section(direction, Dialect::Postgres).unwrap_err();
        let expected = format!("revision `a` has no {direction} for postgres");
        assert_eq!(error.to_string(), expected);
    }
    for wrong in ["none", "", "mysql"] {
        let text = text.replace("sqlite", wrong);
        assert!(parse(&text, "a.sql").is_err(), "{wrong}");
    }
}

/// A section without SQL that does not say so is read, so that its file can be found, and never run.
#[test]
fn what_nobody_has_written_is_not_run() {
    let header = "-- revision: a\n-- parents:  none\n\n";
    let (up, down) = ("-- upgrade\nSELECT 1;\n", "-- downgrade\nSELECT 2;\n");
    for (body, upgrade, downgrade) in [
        (format!("{up}\n{down}"), None, None),
        (format!("-- upgrade\n-- nothing\n{down}"), None, None),
        (
            format!("-- upgrade\n\n{down}"),
            Some("4: nobody has written the upgrade"),
            Some("4: nobody has written the upgrade"),
        ),
        (
            format!("-- upgrade\n-- TODO\n/* more */\n{down}"),
            Some("4: nobody has written the upgrade"),
            Some("4: nobody has written the upgrade"),
        ),
        (
            format!("{up}-- downgrade\n"),
            Some("6: nobody has written the downgrade"),
            Some("6: nobody has written the downgrade"),
        ),
        (
            "-- upgrade\n-- downgrade\n".to_owned(),
            Some("4: nobody has written the upgrade"),
            Some("5: nobody has written the downgrade"),
        ),
        (
            format!("{up}-- upgrade sqlite\n-- later\n{down}"),
            None,
            None,
        ),
    ] {
        let revision = parse(&format!("{header}{body}"), "a.sql").expect(&body);
        assert_eq!(parse(&render(&revision), "a.sql").as_ref(), Ok(&revision));
        for (direction, expected) in [
            (Direction::Upgrade, upgrade),
            (Direction::Downgrade, downgrade),
        ] {
            let found = revision.section(direction, Dialect::Postgres).err();
            let found = found.map(|error| error.to_string());
            let expected = expected.map(|text| format!("a.sql:{text} of revision `a` yet"));
            // The section that is asked for is told first.
            assert_eq!(found, expected, "{body} {direction}");
        }
        let is_whole = upgrade.is_none() && !body.contains("later");
        assert_eq!(revision.ensure_written().is_ok(), is_whole, "{body}");
        assert_eq!(
            revision
                .section(Direction::Upgrade, Dialect::Sqlite)
                .is_ok(),
            is_whole,
            "{body}"
        );
    }
}
