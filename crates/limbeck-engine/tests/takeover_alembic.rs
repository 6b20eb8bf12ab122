//! Migrations of Alembic become revisions: version files, what Alembic printed of them, and what is made of both.

use std::fmt::Write as _;

use limbeck::old_history::{OldHistory, OldOutcome, OldRow};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Tool, parse, render};
use limbeck_core::schema::QualifiedName;
use limbeck_engine::takeover::{
    Edited, FileError, SourceFile, TakeoverError, ToolSettings, read, revisions,
};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

/// Files and the text of one script; a line for each revision with its sections behind it, or the errors.
fn taken(files: &[(&str, &str)], script: &str, table: &str, dialect: Dialect) -> String {
    let files: Vec<SourceFile> = files.iter().map(|(path, text)| file(path, text)).collect();
    let settings = ToolSettings {
        scripts: vec![file("up.sql", script)],
        table: Some(table.parse().expect("is a name")),
        ..ToolSettings::default()
    };
    let migrations = match read(Tool::Alembic, &files, &settings, dialect) {
        Ok(migrations) => migrations,
        Err(errors) => return errors.iter().map(|error| format!("{error}\n")).collect(),
    };
    let taken = revisions(&migrations, &history(&[]), dialect, Edited::Refuse);
    let mut told = String::new();
    for revision in taken.expect("they fit").revisions {
        let text = render(&revision);
        // What is written is read back as it was meant.
        assert_eq!(parse(&text, "x.sql").as_ref(), Ok(&revision), "{text}");
        let ids = |ids: &[limbeck_core::revision::RevisionId]| -> Vec<String> {
            ids.iter().map(ToString::to_string).collect()
        };
        let (_, sections) = text.split_once("\n\n").expect("has sections");
        writeln!(
            told,
            "# {} behind {:?}, needs {:?}, label {:?}, created {:?}: {:?}\n{}",
            revision.id,
            ids(&revision.parents),
            ids(&revision.depends_on),
            revision.label.unwrap_or_default(),
            revision.created,
            revision.description,
            sections.trim_end()
        )
        .expect("is text");
    }
    told
}

fn history(versions: &[&str]) -> OldHistory {
    OldHistory {
        tool: Tool::Alembic,
        table: QualifiedName::new(Tool::Alembic.table()),
        rows: versions
            .iter()
            .map(|version| OldRow {
                version: (*version).to_owned(),
                checksum: None,
                at: None,
                outcome: OldOutcome::Done,
            })
            .collect(),
    }
}

const A: (&str, &str) = ("v/a.py", "revision = 'a'\ndown_revision = None\n");
const B: (&str, &str) = ("v/b.py", "revision = 'b'\ndown_revision = 'a'\n");

#[test]
fn what_alembic_printed_becomes_revisions() {
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        // A transaction for each migration, and a block outside of it; a script for each head repeats what they share.
        (
            &[A, B],
            "BEGIN;\n\nCREATE TABLE ops.versions (version_num VARCHAR(32) NOT NULL);\n\n\
             -- Running upgrade  -> a\n\nCREATE TABLE t (x int);;\n\nINSERT INTO ops.versions (version_num) VALUES ('a');\n\nCOMMIT;\n\nBEGIN;\n\n\
             -- Running upgrade a -> b\n\nCOMMIT;\n\nCREATE INDEX CONCURRENTLY i ON t (x);\n\nVACUUM t;\n\nBEGIN;\n\n\
             UPDATE ops.versions SET version_num='b' WHERE ops.versions.version_num = 'a';\n\nCOMMIT;\n\n\
             BEGIN;\n\n-- Running downgrade a ->\n\nDROP TABLE t;\n\nDELETE FROM ops.versions WHERE ops.versions.version_num = 'a';\n\nDROP TABLE ops.versions;\n\nCOMMIT;\n\
             BEGIN;\n\n-- Running downgrade a -> \n\nDROP TABLE t;\n\nDELETE FROM ops.versions WHERE ops.versions.version_num = 'a';\n\nCOMMIT;\n",
            "# a behind [], needs [], label \"\", created \"\": \"\"\n-- upgrade\nCREATE TABLE t (x int);;\n\n-- downgrade\nDROP TABLE t;\n\
             # b behind [\"a\"], needs [], label \"\", created \"\": \"\"\n-- upgrade\n-- step: no transaction\nCREATE INDEX CONCURRENTLY i ON t (x);\n\nVACUUM t;\n\n\
             -- downgrade: irreversible, its SQL was not at hand\n",
        ),
        // Told to know nothing of transactions; rows of a table that is only called alike stay.
        (
            &[A],
            "-- Running upgrade  -> a\nINSERT INTO versions (name) VALUES ('x');\nCREATE INDEX CONCURRENTLY i ON t (x);\nINSERT INTO versions (version_num) VALUES ('a');\n\
             -- Running downgrade a ->\n-- nobody wrote it\n",
            "# a behind [], needs [], label \"\", created \"\": \"\"\n-- upgrade\n-- step: no transaction\nINSERT INTO versions (name) VALUES ('x');\nCREATE INDEX CONCURRENTLY i ON t (x);\n\n\
             -- downgrade: irreversible, none was written\n",
        ),
        // A merge, a dependency by a label, several labels, and a version in the name of the file; a mark in a string is none.
        (
            &[
                (
                    "v/1f.py",
                    "'''first\n\nCreate Date: 2024-01-04 10:00:00+02:00\n'''\ndown_revision = None\nbranch_labels = ('my shop', 'shop', 'old')\n",
                ),
                (
                    "v/b.py",
                    "revision = 'b'\ndown_revision = None\ndepends_on = 'old'\n",
                ),
                (
                    "v/c.py",
                    "\"\"\"both\"\"\"\nrevision = 'c.1'\ndown_revision = ('1f', 'b')\n",
                ),
                ("v/__init__.py", "x"),
                ("v/notes.txt", "x"),
            ],
            "BEGIN;\n-- Running upgrade  -> 1f\nSELECT '\n-- Running upgrade x -> y\n';\n-- Running upgrade  -> b\n-- Running upgrade b, 1f -> c.1\nCOMMIT;\n",
            "# 1f behind [], needs [], label \"shop\", created \"2024-01-04T08:00:00Z\": \"first\\n\\nLabels in Alembic: my shop, old\"\n-- upgrade\nSELECT '\n-- Running upgrade x -> y\n';\n\n-- downgrade: irreversible, its SQL was not at hand\n\
             # b behind [], needs [\"1f\"], label \"\", created \"\": \"\"\n-- upgrade\n-- nothing\n\n-- downgrade: irreversible, its SQL was not at hand\n\
             # c-1 behind [\"1f\", \"b\"], needs [], label \"\", created \"\": \"both\"\n-- upgrade\n-- nothing\n\n-- downgrade: irreversible, its SQL was not at hand\n",
        ),
        // What is wrong is named, all of it.
        (
            &[
                A,
                ("v/a2.py", "revision = 'a'\ndown_revision = None\n"),
                (
                    "v/c.py",
                    "revision = 'c'\ndown_revision = 'gone'\ndepends_on = ['x']\n",
                ),
                ("v/d.py", "revision = 'd'\n"),
                ("v/more.py", "x = 1\n"),
                ("v/f.py", "revision = 'f'\ndown_revision = (\n"),
                ("v/g.py", "revision = ('g', 'h')\ndown_revision = None\n"),
            ],
            "",
            "v/a2.py: the same version as v/a.py\nv/d.py:1: it has no `down_revision`\nv/more.py:1: it has no `revision`\nv/f.py:2: what is opened here is never closed\n\
             v/g.py:1: `revision` is not one text\nv/c.py: it builds on `gone`, and no file is that\nv/c.py: it builds on `x`, and no file is that\n",
        ),
        (
            &[A, B],
            "BEGIN;\nSET x = 1;\n-- Running upgrade  -> a\nSELECT 1;\n-- Running upgrade  -> b\nSELECT 2;\n-- Running upgrade a -> b, c\nCOMMIT;\nBEGIN;\n\
             -- Running upgrade  -> a\nSELECT 3;\n-- Running upgrade b -> z\nROLLBACK;\n",
            "up.sql:2: this statement is before the first `-- Running …`, so it is of no migration\n\
             up.sql:7: a migration is `A -> B` here, and this is none\nup.sql:10: other SQL of `a` than up.sql:3\n\
             up.sql:13: `ROLLBACK` cannot be taken over\nup.sql:5: `b` builds on nothing here, and on `a` in v/b.py\n",
        ),
        (
            &[A],
            "-- Running upgrade  -> a\n-- Running downgrade z -> a\n",
            "up.sql:2: SQL of `z`, and no file has that version\n",
        ),
    ];
    for (files, script, expected) in cases {
        let told = taken(files, script, "versions", Dialect::Postgres);
        assert_eq!(told, *expected, "{files:?}\n{script}");
    }
}

#[test]
fn without_a_script_the_heads_are_told() {
    let files = [A, B, ("v/c.py", "revision = 'c'\ndown_revision = 'a'\n")];
    let files: Vec<SourceFile> = files.iter().map(|(path, text)| file(path, text)).collect();
    let read = read(
        Tool::Alembic,
        &files,
        &ToolSettings::default(),
        Dialect::Postgres,
    );
    let heads = vec!["b".to_owned(), "c".to_owned()];
    assert_eq!(read, Err(vec![FileError::NotPrinted { heads }]));
}

#[test]
fn a_row_stands_for_all_that_its_revision_builds_on() {
    let files = [
        A,
        B,
        ("v/c.py", "revision = 'c'\ndown_revision = 'a'\n"),
        (
            "v/d.py",
            "revision = 'd'\ndown_revision = None\ndepends_on = 'b'\n",
        ),
    ];
    let files: Vec<SourceFile> = files.iter().map(|(path, text)| file(path, text)).collect();
    let script = "-- Running upgrade  -> a\n-- Running upgrade a -> b\n-- Running upgrade a -> c\n-- Running upgrade  -> d\n";
    let settings = ToolSettings {
        scripts: vec![file("up.sql", script)],
        ..ToolSettings::default()
    };
    let migrations = read(Tool::Alembic, &files, &settings, Dialect::Sqlite).expect("are read");
    for (rows, expected) in [
        (&[][..], "run "),
        (&["a"], "run a"),
        (&["c"], "run a c"),
        (&["b", "c"], "run a b c"),
        // Alembic keeps no row of what another head depends on.
        (&["d"], "run a b d"),
        (&["c", "d"], "run a b c d"),
        (&["c", "x"], "`x` has been run, and nothing stands for it"),
    ] {
        let taken = revisions(&migrations, &history(rows), Dialect::Sqlite, Edited::Refuse);
        let told = match taken {
            Ok(taken) => {
                let mut run: Vec<String> = taken.run.iter().map(ToString::to_string).collect();
                run.sort();
                format!("run {}", run.join(" "))
            }
            Err(TakeoverError::Unfit(reasons)) => {
                let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                reasons.join("; ")
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(told, expected, "{rows:?}");
    }
}
