//! Migrations of other tools become revisions: their files and what is made of each, in one table.

use std::fmt::Write as _;

use limbeck::old_history::{OldHistory, OldOutcome, OldRow};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Tool, parse, render};
use limbeck_core::schema::QualifiedName;
use limbeck_engine::takeover::{
    Edited, SourceFile, TakeoverError, ToolSettings, VersionWidth, read, revisions,
};

/// What is read of files: a revision file for each, its header without checksums and times; or the errors.
pub(crate) fn taken(tool: Tool, files: &[(&str, &str)], dialect: Dialect) -> String {
    let files: Vec<SourceFile> = files.iter().map(file).collect();
    let migrations = match read(tool, &files, &ToolSettings::default(), dialect) {
        Ok(migrations) => migrations,
        Err(errors) => return errors.iter().map(|error| format!("{error}\n")).collect(),
    };
    let history = history(tool, &[]);
    let taken = revisions(&migrations, &history, dialect, Edited::Refuse);
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
            "# 0009 behind : a\n-- upgrade\n-- a\nSELECT 1;\n\n-- downgrade: irreversible, none was written\n\n\
             # 10 behind 0009: b\n-- upgrade\nSELECT 2;\n\n-- downgrade: irreversible, none was written\n\n",
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
                "SELECT 1;\nCOMMIT -- so far; not further\n;\nCREATE INDEX CONCURRENTLY i ON t (a);\nSTART TRANSACTION;\nSELECT 2;\nEND;\n",
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
        // Both prefixes are ways there; folders do not matter, and other names are no migrations.
        (
            Tool::Refinery,
            &[
                ("V10__b.sql", "SELECT 10;\n"),
                ("2026/U2__a_table.sql", "SELECT 2;\n"),
                ("V3__no-word.sql", "x"),
                ("V4_one.sql", "x"),
                ("V1.a__x.sql", "x"),
                ("mod.rs", "x"),
            ],
            "# 2 behind : a table\n-- upgrade\nSELECT 2;\n\n-- downgrade: irreversible, none was written\n\n\
             # 10 behind 2: b\n-- upgrade\nSELECT 10;\n\n-- downgrade: irreversible, none was written\n\n",
        ),
        (
            Tool::Refinery,
            &[("V1.5__x.sql", "x")],
            "V1.5__x.sql: refinery refuses the version `1.5`: it takes whole numbers of 64 bits\n",
        ),
        (
            Tool::Refinery,
            &[
                ("V1__a.sql", "SELECT 1;\n"),
                ("V2__b.rs", "pub fn migration() -> String {}"),
                ("V01__c.sql", "SELECT 1;\n"),
            ],
            "V2__b.rs: a program, which refinery alone can run\nV01__c.sql: the same version as V1__a.sql\n",
        ),
        // Versions are text; comments before the first mark stay, and the options of each part are its own.
        (
            Tool::Dbmate,
            &[
                (
                    "20240201100000_add_b.sql",
                    "-- By hand\n\n-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n--migrate:down\nDROP INDEX i;\n",
                ),
                ("001-start.sql", "-- migrate:up\r\nSELECT 1;\r\n"),
                ("schema.sql", "x"),
                (
                    "3_c.sql",
                    "-- migrate:up\n-- migrate:down\n-- Nobody wrote it\n",
                ),
            ],
            "# 001 behind : start\n-- upgrade\nSELECT 1;\n\n-- downgrade: irreversible, none was written\n\n\
             # 20240201100000 behind 001: add b\n-- upgrade\n-- step: no transaction\n-- By hand\n\n\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n\
             -- downgrade\nDROP INDEX i;\n\n\
             # 3 behind 20240201100000: c\n-- upgrade\n-- nothing\n\n-- downgrade\n-- nothing\n\n",
        ),
        (
            Tool::Dbmate,
            &[
                ("1_a.sql", "CREATE TABLE t (a int);\n-- migrate:up\n"),
                ("2_b.sql", "CREATE TABLE t (a int);\n"),
                (
                    "3_c.sql",
                    "-- migrate:up\nSELECT 1;\n-- migrate:down\nROLLBACK;\n",
                ),
            ],
            "1_a.sql: does not begin with `-- migrate:up`\n2_b.sql: does not begin with `-- migrate:up`\n\
             3_c.sql:4: `ROLLBACK` cannot be taken over\n",
        ),
        // A file is sent as it is: a single statement is in no transaction.
        (
            Tool::GolangMigrate,
            &[
                (
                    "000002_index.up.sql",
                    "CREATE INDEX CONCURRENTLY i ON t (a);\n",
                ),
                ("000002_index.down.sql", "DROP INDEX CONCURRENTLY i;\n"),
                (
                    "000001_start.up.sql",
                    "BEGIN;\nCREATE TABLE t (a int);\nCOMMIT;\n",
                ),
                ("000001_start.down.sql", "DROP TABLE IF EXISTS t;\n"),
                ("000010_c.up.sql", "SELECT 10;\n"),
                ("000003_only.down.sql", "x"),
                ("4_x.sql", "x"),
            ],
            "# 000001 behind : start\n-- upgrade\nCREATE TABLE t (a int);\n\n-- downgrade\nDROP TABLE IF EXISTS t;\n\n\
             # 000002 behind 000001: index\n-- upgrade\n-- step: no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n\
             -- downgrade\n-- step: no transaction\nDROP INDEX CONCURRENTLY i;\n\n\
             # 000010 behind 000002: c\n-- upgrade\nSELECT 10;\n\n-- downgrade: irreversible, none was written\n\n",
        ),
        // A statement that is told where it ends may lack its semicolon.
        (
            Tool::Goose,
            &[
                (
                    "00001_start.sql",
                    "-- +goose Up\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int AS $$\nBEGIN\n    RETURN 1;\nEND;\n$$ LANGUAGE plpgsql -- the end\n-- +goose StatementEnd\nSELECT 1;\n\n-- +goose Down\n-- +goose StatementBegin\nDROP FUNCTION f;\n-- +goose StatementEnd\n",
                ),
                (
                    "20240101100000_index.sql",
                    "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
                ),
                ("0_x.sql", "x"),
                ("seed.sql", "x"),
                ("00003_x_test.go", "x"),
            ],
            "# 00001 behind : start\n-- upgrade\nCREATE FUNCTION f() RETURNS int AS $$\nBEGIN\n    RETURN 1;\nEND;\n$$ LANGUAGE plpgsql -- the end\n;\nSELECT 1;\n\n\
             -- downgrade\nDROP FUNCTION f;\n\n\
             # 20240101100000 behind 00001: index\n-- upgrade\n-- step: no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n\
             -- downgrade: irreversible, none was written\n\n",
        ),
        (
            Tool::Goose,
            &[
                ("1_a.go", "package migrations"),
                ("2_b.sql", "SELECT 1;\n"),
                (
                    "3_c.sql",
                    "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${X}';\n-- +goose Down\n",
                ),
                (
                    "4_d.sql",
                    "-- +goose Up\nSELECT 1;\n-- +goose Down\n\nSELECT 'x;\n",
                ),
                (
                    "5_e.sql",
                    "-- +goose up\nSELECT 1;\n-- +goose Donw\nSELECT 2;\n",
                ),
            ],
            "1_a.go: a program, which goose alone can run\n2_b.sql: does not begin with `-- +goose Up`\n\
             3_c.sql:2: `ENVSUB ON`: what goose fills in is not in the file\n\
             4_d.sql:5: the string opened on line 5 is never closed\n5_e.sql:3: goose knows no `-- +goose Donw`\n",
        ),
        // Dots are no letters of an id; `U` is the way back, and what is run again comes last.
        (
            Tool::Flyway,
            &[
                ("R__views.sql", "CREATE OR REPLACE VIEW v AS SELECT 1;\n"),
                ("V1_10__c.sql", "SELECT 110;\n"),
                ("V1.2__b.sql", "SELECT 12;\n"),
                ("U1_2__b.sql", "SELECT 21;\n"),
                ("old/V001__a.sql", "-- ${nobody} reads it\nSELECT 1;\n"),
                ("V2__d.sql", "CREATE INDEX CONCURRENTLY i ON t (a);\n"),
                ("V3__e.sql", "VACUUM;\n"),
                ("V3__e.sql.conf", "executeInTransaction=false\n"),
                ("beforeMigrate.sql", "x"),
            ],
            "# 001 behind : a\n-- upgrade\n-- ${nobody} reads it\nSELECT 1;\n\n-- downgrade: irreversible, none was written\n\n\
             # 1-2 behind 001: b\n-- upgrade\nSELECT 12;\n\n-- downgrade\nSELECT 21;\n\n\
             # 1-10 behind 1-2: c\n-- upgrade\nSELECT 110;\n\n-- downgrade: irreversible, none was written\n\n\
             # 2 behind 1-10: d\n-- upgrade\n-- step: no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n\n\
             -- downgrade: irreversible, none was written\n\n\
             # 3 behind 2: e\n-- upgrade\n-- step: no transaction\nVACUUM;\n\n-- downgrade: irreversible, none was written\n\n\
             # R__views behind 3: views\n-- upgrade\nCREATE OR REPLACE VIEW v AS SELECT 1;\n\n\
             -- downgrade: irreversible, none was written\n\n",
        ),
        (
            Tool::Flyway,
            &[
                ("B3__all.sql", "SELECT 3;\n"),
                ("B1__all.sql", "SELECT 1;\n"),
                ("V4__d.sql", "SELECT 4;\n"),
            ],
            "# 3 behind : all\n-- upgrade\nSELECT 3;\n\n-- downgrade: irreversible, none was written\n\n\
             # 4 behind 3: d\n-- upgrade\nSELECT 4;\n\n-- downgrade: irreversible, none was written\n\n",
        ),
        (
            Tool::Flyway,
            &[
                ("B3__all.sql", "SELECT 3;\n"),
                ("V2__b.sql", "SELECT 2;\n"),
                ("V3__c.sql", "SELECT 3;\n"),
            ],
            "# 2 behind : b\n-- upgrade\nSELECT 2;\n\n-- downgrade: irreversible, none was written\n\n\
             # 3 behind 2: c\n-- upgrade\nSELECT 3;\n\n-- downgrade: irreversible, none was written\n\n",
        ),
        (
            Tool::Flyway,
            &[
                ("V1__a.sql", "SELECT 1;\nSELECT '${schema}';\n"),
                ("V2__b.java", "class V2__b {}"),
                ("V3__c.sql", "SELECT 3;\n"),
                ("V3_0__d.sql", "SELECT 3;\n"),
            ],
            "V1__a.sql:2: `${schema}`: what Flyway fills in is not in the file\n\
             V2__b.java: a program, which Flyway alone can run\nV3_0__d.sql: the same version as V3__c.sql\n",
        ),
    ];
    for (tool, files, expected) in cases {
        let found = taken(*tool, files, Dialect::Postgres);
        assert_eq!(found, *expected, "{tool}: {files:?}");
    }
}

/// The text whose checksums the tools' own crates give.
const VECTOR: &str = "CREATE TABLE t (id integer);\n";

#[test]
fn checksums_are_those_of_the_tools() {
    let sqlx = "a255a9b397e316a779787cc3bab81b965bd0370b6cfd10d161078f1a167732135ff4d993d5f14e3e00cdca63879df38c";
    let four = VersionWidth::Four;
    for (tool, path, text, ignored, version_width, expected) in [
        (Tool::Sqlx, "1_initial.sql", VECTOR, "", four, sqlx),
        (
            Tool::Sqlx,
            "1_initial.sql",
            "CREATE TABLE t (id integer);\r\n",
            "\r",
            four,
            sqlx,
        ),
        (
            Tool::Refinery,
            "V1__initial.sql",
            VECTOR,
            "",
            four,
            "14893452217820592104",
        ),
        (
            Tool::Refinery,
            "below/U20260101__x_y.sql",
            VECTOR,
            "",
            four,
            "1545792205478091066",
        ),
        (
            Tool::Refinery,
            "V1__initial.sql",
            VECTOR,
            "",
            VersionWidth::Eight,
            "1434134024962984536",
        ),
        (
            Tool::Refinery,
            "U20260101__x_y.sql",
            VECTOR,
            "",
            VersionWidth::Eight,
            "3958124421922900946",
        ),
        // The check value of CRC-32, cbf43926, as a signed number; ends of lines and a mark of byte order do not count.
        (
            Tool::Flyway,
            "V1__a.sql",
            "123456789",
            "",
            four,
            "-873187034",
        ),
        (
            Tool::Flyway,
            "V1__a.sql",
            "\u{feff}123\r\n456\n\n789\n",
            "",
            four,
            "-873187034",
        ),
    ] {
        let settings = ToolSettings {
            ignored: ignored.chars().collect(),
            version_width,
            ..ToolSettings::default()
        };
        let files = [file(&(path, text))];
        let read = read(tool, &files, &settings, Dialect::Postgres).expect("is read");
        assert_eq!(read[0].checksums[0], expected, "{path}");
        // How refinery was built is not known for sure.
        let sums = if tool == Tool::Refinery { 2 } else { 1 };
        assert_eq!(read[0].checksums.len(), sums, "{path}");
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
