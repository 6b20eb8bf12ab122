//! Migrations of other tools become revisions: their files and what is made of each, in one table.

use std::fmt::Write as _;

use limbeck::old_history::{OldHistory, OldOutcome, OldRow};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Tool, parse, render};
use limbeck_core::schema::QualifiedName;
use limbeck_engine::takeover::{Edited, SourceFile, TakeoverError, ToolSettings, read, revisions};

/// What is read of files: a revision file for each, its header without checksums and times; or the errors.
fn taken(tool: Tool, files: &[(&str, &str)]) -> String {
    let files: Vec<SourceFile> = files.iter().map(file).collect();
    let migrations = match read(tool, &files, &ToolSettings::default(), Dialect::Postgres) {
        Ok(migrations) => migrations,
        Err(errors) => return errors.iter().map(|error| format!("{error}\n")).collect(),
    };
    let history = history(tool, &[]);
    let taken = revisions(&migrations, &history, Dialect::Postgres, Edited::Refuse);
    let mut told = String::new();
    for revision in taken.expect("they fit").revisions {
        let text = render(&revision);
        // What is written is read back as it was meant.
        assert_eq!(parse(&text, "x.sql").as_ref(), Ok(&revision), "{text}");
        let parents: Vec<String> = revision.parents.iter().map(ToString::to_string).collect();
        let (_, sections) = text.split_once("\n\n").expect("has sections");
        writeln!(
            told,
            "# {} behind {}: {}\n{sections}",
            revision.id,
            parents.join(", "),
            revision.title()
        )
        .expect("is text");
    }
    told
}

fn file((path, text): &(&str, &str)) -> SourceFile {
    SourceFile {
        path: (*path).to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

fn history(tool: Tool, rows: &[(&str, Option<&str>)]) -> OldHistory {
    OldHistory {
        tool,
        table: QualifiedName::new(tool.table()),
        rows: rows
            .iter()
            .map(|(version, checksum)| OldRow {
                version: (*version).to_owned(),
                checksum: checksum.map(str::to_owned),
                at: None,
                outcome: OldOutcome::Done,
            })
            .collect(),
    }
}

#[test]
fn files_become_revisions() {
    type Case<'a> = (Tool, &'a [(&'a str, &'a str)], &'a str);
    let cases: &[Case<'_>] = &[
        // The order is that of the numbers; what is no migration is left out.
        (
            Tool::Sqlx,
            &[
                ("10_b.sql", "SELECT 2;\n"),
                ("0009_a.sql", "-- a\nSELECT 1;\n"),
                ("README.md", "x"),
                ("seed.sql", "x"),
                ("old/1_x.sql", "SELECT 0;"),
            ],
            "# 9 behind : a\n-- upgrade\n-- a\nSELECT 1;\n\n-- downgrade: irreversible, none was written\n\n\
             # 10 behind 9: b\n-- upgrade\nSELECT 2;\n\n-- downgrade: irreversible, none was written\n\n",
        ),
        // Pairs; a way back of comments was not written.
        (
            Tool::Sqlx,
            &[
                ("1_a.up.sql", "CREATE TABLE t (a int);"),
                ("1_a.down.sql", "DROP TABLE t;"),
                ("2_b.up.sql", "CREATE TABLE u (a int);"),
                ("2_b.down.sql", "-- Add down migration script here\n"),
                ("3_c.up.sql", "-- nobody wrote it\n"),
                ("3_c.down.sql", ""),
            ],
            "# 1 behind : a\n-- upgrade\nCREATE TABLE t (a int);\n\n-- downgrade\nDROP TABLE t;\n\n\
             # 2 behind 1: b\n-- upgrade\nCREATE TABLE u (a int);\n\n-- downgrade: irreversible, none was written\n\n\
             # 3 behind 2: c\n-- upgrade\n-- nothing\n\n-- downgrade\n-- nothing\n\n",
        ),
        // The file's own transaction is that of the step; comments stay.
        (
            Tool::Sqlx,
            &[(
                "1_a.sql",
                "-- We wrap it\nBEGIN;\n    -- backfill\n    UPDATE t SET a = 1;\n    SELECT 'BEGIN;';\nCOMMIT;\n-- the end\n",
            )],
            "# 1 behind : a\n-- upgrade\n-- We wrap it\n    -- backfill\n    UPDATE t SET a = 1;\n    SELECT 'BEGIN;';\n-- the end\n\n\
             -- downgrade: irreversible, none was written\n\n",
        ),
        // What needs to be outside of it is.
        (
            Tool::Sqlx,
            &[(
                "1_a.sql",
                "SELECT 1;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON t (a);\nSTART TRANSACTION;\nSELECT 2;\nEND;\n",
            )],
            "# 1 behind : a\n-- upgrade\n-- step\nSELECT 1;\n\n-- step: no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n\
             -- step\nSELECT 2;\n\n-- downgrade: irreversible, none was written\n\n",
        ),
        (
            Tool::Sqlx,
            &[(
                "1_a.sql",
                "-- no-transaction\r\nCREATE INDEX CONCURRENTLY i ON t (a);\r\n",
            )],
            "# 1 behind : a\n-- upgrade\n-- step: no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n\
             -- downgrade: irreversible, none was written\n\n",
        ),
        // Comments that a revision would take for its own.
        (
            Tool::Sqlx,
            &[(
                "1_a.sql",
                "-- Upgrade\nSELECT 1; -- step\n  -- step\n-- downgrade\n",
            )],
            "# 1 behind : a\n-- upgrade\n-- | Upgrade\nSELECT 1; -- step\n  -- | step\n-- | downgrade\n\n\
             -- downgrade: irreversible, none was written\n\n",
        ),
        (
            Tool::Sqlx,
            &[
                ("1_a.sql", "SELECT 1;\nROLLBACK;\n"),
                ("2_b.sql", "SELECT 'x;\n"),
                ("3_c.sql", "SELECT '\0';\n"),
                ("4_d.sql", "SELECT 1;"),
                ("04_e.sql", "SELECT 1;"),
            ],
            "1_a.sql:2: `ROLLBACK` cannot be taken over\n2_b.sql:1: the string opened on line 1 is never closed\n\
             3_c.sql: a NUL byte, which no database takes\n04_e.sql: the same version as 4_d.sql\n",
        ),
        (
            Tool::Diesel,
            &[
                ("2026-07-15-182934-0000_add-b/up.sql", "SELECT 2;\n"),
                ("2026-07-15-182934-0000_add-b/down.sql", "SELECT 3;\n"),
                ("00000000000000_setup/up.sql", "SELECT 1;\n"),
                (
                    "00000000000000_setup/down.sql",
                    "-- Drop what up.sql made\n",
                ),
                (
                    "2026-08-01-000000_c/up.sql",
                    "CREATE INDEX CONCURRENTLY i ON t (a);\n",
                ),
                (
                    "2026-08-01-000000_c/metadata.toml",
                    "run_in_transaction = false # slow\n",
                ),
                // A file that does not say it says no.
                ("2026-08-02-000000_d/up.sql", "SELECT 4;"),
                ("2026-08-02-000000_d/metadata.toml", ""),
                ("tidy.sql", "x"),
                (".hidden/up.sql", "x"),
            ],
            "# 00000000000000 behind : setup\n-- upgrade\nSELECT 1;\n\n-- downgrade: irreversible, none was written\n\n\
             # 202607151829340000 behind 00000000000000: add b\n-- upgrade\nSELECT 2;\n\n-- downgrade\nSELECT 3;\n\n\
             # 20260801000000 behind 202607151829340000: c\n-- upgrade\n-- step: no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n\
             -- downgrade: irreversible, none was written\n\n\
             # 20260802000000 behind 20260801000000: d\n-- upgrade\n-- step: no transaction\nSELECT 4;\n\n\
             -- downgrade: irreversible, none was written\n\n",
        ),
    ];
    for (tool, files, expected) in cases {
        assert_eq!(taken(*tool, files), *expected, "{tool}: {files:?}");
    }
}

/// The text whose checksums the tools' own crates give.
const VECTOR: &str = "CREATE TABLE t (id integer);\n";

#[test]
fn checksums_are_those_of_the_tools() {
    let sqlx = "a255a9b397e316a779787cc3bab81b965bd0370b6cfd10d161078f1a167732135ff4d993d5f14e3e00cdca63879df38c";
    for (tool, path, text, ignored, expected) in [
        (Tool::Sqlx, "1_initial.sql", VECTOR, "", &[sqlx][..]),
        (
            Tool::Sqlx,
            "1_initial.sql",
            "CREATE TABLE t (id integer);\r\n",
            "\r",
            &[sqlx],
        ),
    ] {
        let settings = ToolSettings {
            ignored: ignored.chars().collect(),
            ..ToolSettings::default()
        };
        let files = [file(&(path, text))];
        let read = read(tool, &files, &settings, Dialect::Postgres).expect("is read");
        assert_eq!(read[0].checksums, expected, "{path}");
    }
}

#[test]
fn files_and_rows_must_fit() {
    let files = [
        ("1_a.sql", "SELECT 1;"),
        ("2_b.sql", "SELECT 2;"),
        ("3_c.sql", "SELECT 3;"),
    ];
    let files: Vec<SourceFile> = files.iter().map(file).collect();
    let read = read(
        Tool::Sqlx,
        &files,
        &ToolSettings::default(),
        Dialect::Sqlite,
    );
    let migrations = read.expect("are read");
    let sums: Vec<&str> = migrations
        .iter()
        .map(|one| one.checksums[0].as_str())
        .collect();
    let outcome = |rows: &[(&str, Option<&str>)], edited| {
        let history = history(Tool::Sqlx, rows);
        match revisions(&migrations, &history, Dialect::Sqlite, edited) {
            Ok(taken) => {
                let order = taken.revisions.iter().map(|one| one.id.to_string());
                let run = taken.run.iter().map(ToString::to_string);
                let order: Vec<String> = order.collect();
                let run: Vec<String> = run.collect();
                format!("{} run {}", order.join(" "), run.join(" "))
            }
            Err(TakeoverError::Unfit(reasons)) => {
                let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                reasons.join("; ")
            }
            Err(error) => panic!("{error}"),
        }
    };
    let (one, two, three) = (Some(sums[0]), Some(sums[1]), Some(sums[2]));
    for (rows, edited, expected) in [
        (
            &[("1", one), ("2", two), ("3", three)][..],
            Edited::Refuse,
            "1 2 3 run 1 2 3".to_owned(),
        ),
        (
            &[("1", one), ("2", two)],
            Edited::Refuse,
            "1 2 3 run 1 2".to_owned(),
        ),
        // What is still to be run comes after what was.
        (
            &[("1", one), ("3", three)],
            Edited::Refuse,
            "1 3 2 run 1 3".to_owned(),
        ),
        (
            &[("1", Some("ab")), ("4", one)],
            Edited::Refuse,
            format!(
                "1_a.sql: changed since `1` was run: its checksum is {}, and that of what was run ab; \
                 `4` has been run, and nothing stands for it",
                sums[0]
            ),
        ),
        (
            &[("1", Some("ab")), ("2", two)],
            Edited::Accept,
            "1 2 3 run 1 2".to_owned(),
        ),
    ] {
        assert_eq!(outcome(rows, edited), expected, "{rows:?}");
    }
    // What was accepted stands in the file, with the checksum of what was run.
    let history = history(Tool::Sqlx, &[("1", Some("ab"))]);
    let taken = revisions(&migrations, &history, Dialect::Sqlite, Edited::Accept);
    let text = render(&taken.expect("they fit").revisions[0]);
    assert!(text.contains("-- replaces: sqlx 1 ab\n"), "{text}");
    assert!(text.contains("changed since sqlx ran it"), "{text}");
    assert!(text.contains(sums[0]), "{text}");
}
