use std::path::{Path, PathBuf};

use limbeck::connection::{ConnectError, DatabaseError, QueryError};
use limbeck::folder::{FileProblem, FolderError};
use limbeck::history::{AppliedRevision, Entry, Half, HistoryError, Untaken};
use limbeck::run::{Leaves, LostObject, Misfit, RunError, RunErrorKind, StatementError};
use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::postgres::version::{Feature, ServerVersion};
use limbeck_core::revision::{self, Direction, RevisionId};
use limbeck_core::schema::QualifiedName;
use limbeck_engine::scratch::ScratchError;
use limbeck_engine::state::{Missing, StateError};

fn id(text: &str) -> RevisionId {
    text.parse().expect(text)
}

fn parse(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse(text, Path::new("/")).expect(text)
}

fn reported(code: &str, message: &str) -> DatabaseError {
    DatabaseError {
        code: Some(code.to_owned()),
        message: message.to_owned(),
        ..DatabaseError::default()
    }
}

fn failed(statement: &str, leaves: Leaves, source: DatabaseError) -> RunErrorKind {
    RunErrorKind::Statement(Box::new(StatementError {
        file: "b.sql".to_owned(),
        line: 9,
        statement: statement.to_owned(),
        leaves,
        blockers: Vec::new(),
        source: QueryError::Database(Box::new(source)),
    }))
}

fn lost(made_by: Vec<RevisionId>) -> RunErrorKind {
    RunErrorKind::WouldBeLost {
        file: "b.sql".to_owned(),
        line: 10,
        id: id("b"),
        direction: Direction::Downgrade,
        objects: vec![LostObject {
            kind: "column".to_owned(),
            name: "extra".to_owned(),
            table: Some("users".to_owned()),
        }],
        made_by,
    }
}

fn row(text: &str) -> AppliedRevision {
    AppliedRevision {
        id: id(text),
        description: "Tables".to_owned(),
        checksum: String::new(),
        applied_at: String::new(),
        parents: None,
        run_by: None,
        milliseconds: None,
        version: None,
        entry: Entry::Run,
    }
}

fn half(direction: Direction) -> RunErrorKind {
    RunErrorKind::HalfApplied(Box::new(Half {
        id: id("a"),
        direction,
        done: 1,
        of: 3,
        checksums: Vec::new(),
        part: None,
    }))
}

/// Each error with what its hint must hold.
#[test]
fn runs_that_stop_have_a_way_out() {
    let rolled_back = |code: &str| failed("CREATE TABLE t", Leaves::Nothing, reported(code, "x"));
    let null = DatabaseError {
        schema: Some("app".to_owned()),
        table: Some("tasks".to_owned()),
        column: Some("due date".to_owned()),
        ..reported("23502", "null value")
    };
    let concurrent = failed(
        "CREATE INDEX CONCURRENTLY i",
        Leaves::Statements(1),
        reported("42P07", "exists"),
    );
    let broken = RunErrorKind::Record {
        table: QualifiedName::new("limbeck_history"),
        source: QueryError::Lost(std::io::ErrorKind::ConnectionReset.into()),
    };
    for (error, expected) in [
        (
            failed("UPDATE t", Leaves::Unknown, reported("57P01", "x")),
            "what is done is not done twice",
        ),
        (broken, "what is done is not done twice"),
        (
            RunErrorKind::UnknownApplied {
                unknown: vec![id("a"), id("b")],
                rows: vec![row("a")],
            },
            "pull the branch that has `a`, `b`, and finish it",
        ),
        (
            RunErrorKind::UnknownApplied {
                unknown: vec![id("a"), id("b")],
                rows: vec![row("a"), row("b")],
            },
            "pull the branch that has `a`, `b`, or take them back with what the history keeps: limbeck downgrade REVISION",
        ),
        (half(Direction::Upgrade), "limbeck upgrade a"),
        (half(Direction::Downgrade), "limbeck downgrade a-1"),
        (
            RunErrorKind::Misplaced {
                file: "a.sql".to_owned(),
                line: 3,
                statement: "VACUUM".to_owned(),
                misfit: Misfit::NeedsNoTransaction,
            },
            "`-- step: no transaction`",
        ),
        (
            RunErrorKind::TooOld {
                file: "a.sql".to_owned(),
                line: 3,
                feature: Feature::VirtualColumn,
                found: ServerVersion(150_004),
            },
            "stored",
        ),
        (RunErrorKind::LockLost, "direct URL"),
        (
            lost(Vec::new()),
            "run this downgrade again with --allow-loss",
        ),
        (lost(vec![id("c")]), "as a revision that builds on `c`"),
        (rolled_back("55P03"), "blocking transaction"),
        (rolled_back("42P07"), "limbeck stamp"),
        (rolled_back("25001"), "`-- step: no transaction`"),
        (
            failed("UPDATE t", Leaves::Nothing, null),
            "--fill 'app.tasks.\"due date\"=VALUE'",
        ),
        (
            failed(
                "INSERT",
                Leaves::Statements(1),
                reported("1", "no such table"),
            ),
            "the statement before it in this step has been run and stays",
        ),
        (concurrent, "the next run drops that, and builds it anew"),
    ] {
        let error = RunError::from(error);
        let hint = super::run(&error).unwrap_or_default();
        assert!(hint.contains(expected), "{error}: {hint}");
    }
    // An invalid index of the attempt before this one is nothing that somebody has made by hand.
    let again = failed(
        "CREATE INDEX CONCURRENTLY i",
        Leaves::Statements(0),
        reported("42P07", "exists"),
    );
    assert!(
        !super::run(&again.into())
            .unwrap_or_default()
            .contains("stamp")
    );
}

#[test]
fn databases_that_cannot_be_had_have_a_way_out() {
    let io = |kind: std::io::ErrorKind| std::io::Error::new(kind, "x");
    let url = || parse("postgres://ann:s3cret@h.example/app");
    let refused = ConnectError::Refused {
        url: url(),
        source: io(std::io::ErrorKind::ConnectionRefused),
    };
    let absent = ConnectError::NoDatabase {
        url: url(),
        source: Box::new(reported("3D000", "x")),
    };
    let folder = ConnectError::CannotOpen {
        url: parse("sqlite:////no/such/folder/a.db"),
        source: Box::new(reported("14", "x")),
    };
    let other_host = ConnectError::OtherHost {
        url: url(),
        source: io(std::io::ErrorKind::InvalidData),
    };
    let authority = ConnectError::Certificate {
        url: url(),
        source: io(std::io::ErrorKind::InvalidData),
    };
    for (error, expected) in [
        (refused, "is the server running"),
        (absent, "create it: CREATE DATABASE \"app\""),
        (folder, "mkdir -p /no/such/folder"),
        (
            other_host,
            "write a host in the URL that the certificate names",
        ),
        (authority, "sslrootcert=FILE"),
    ] {
        let hint = super::connect(&error);
        assert!(hint.contains(expected), "{error}: {hint}");
        assert!(!hint.contains("s3cret"), "{hint}");
    }
    for (error, expected, unexpected) in [
        (
            ScratchError::NoServer { url: Some(url()) },
            "scratch = \"same-server\"",
            "CREATEDB",
        ),
        (
            ScratchError::NoServer { url: None },
            "apt-get install postgresql",
            "same-server",
        ),
        (
            ScratchError::MayNotCreate {
                role: "not so".to_owned(),
                url: url(),
                source: Box::new(QueryError::Database(Box::new(reported("42501", "x")))),
            },
            "ALTER ROLE \"not so\" CREATEDB",
            "s3cret",
        ),
        (
            ScratchError::Powerful {
                role: "root".to_owned(),
                rights: "is a superuser".to_owned(),
                url: url(),
            },
            "--trust-revisions",
            "s3cret",
        ),
        (
            ScratchError::Elsewhere {
                name: "limbeck_x".to_owned(),
                found: "production".to_owned(),
                url: url(),
            },
            "`scratch_url`",
            "s3cret",
        ),
    ] {
        let hint = super::state(&StateError::Scratch(error)).unwrap_or_default();
        assert!(hint.contains(expected), "{hint}");
        assert!(!hint.contains(unexpected), "{hint}");
    }
}

#[test]
fn what_a_scratch_database_misses_is_named() {
    let replay = |source: RunErrorKind, missing: Option<Missing>| StateError::Replay {
        what: "revision `a`".to_owned().into(),
        dialect: Dialect::Postgres,
        source: source.into(),
        missing,
    };
    let sql =
        |code: &str, message: &str| failed("CREATE …", Leaves::Nothing, reported(code, message));
    for (error, expected) in [
        (
            replay(
                sql("42704", "x"),
                Some(Missing::Role("read only".to_owned())),
            ),
            "CREATE ROLE \"read only\";",
        ),
        (
            replay(sql("42P01", "x"), Some(Missing::Table("users".to_owned()))),
            "CREATE TABLE users (…);",
        ),
        (
            replay(
                sql("42501", "permission denied to create extension \"dblink\""),
                None,
            ),
            "`--allow-extension dblink`",
        ),
        (
            replay(sql("42501", "permission denied for table t"), None),
            "`--trust-revisions`",
        ),
        (
            replay(sql("42P07", "exists"), None),
            "a revision before it, or the prelude, makes it already",
        ),
        (
            replay(sql("23505", "twice"), None),
            "merge or change those rows",
        ),
    ] {
        let hint = super::state(&error).unwrap_or_default();
        assert!(hint.contains(expected), "{error}: {hint}");
    }
}

#[test]
fn urls_have_a_way_out_without_the_password() {
    for (text, expected) in [
        ("", "write `postgres://"),
        ("mysql://u:s3cret@h/d", "write `postgres://"),
        ("postgres://u:12/s3cret@h/db", "percent-encode"),
        ("postgres://u:s3cret@h:port/d", "write the port as a number"),
        ("postgres://u:s3cret@a,b/d", "the primary alone"),
        ("postgres://u:s3cret@h/d?schemas=app", "search_path"),
        ("postgres://u:s3cret@h/d?nothing=s3cret", "remove `nothing`"),
        ("postgres://u@h/d?passfile=/run/s3cret", "set PGPASSFILE"),
        ("sqlite:", "sqlite:///todo.db"),
    ] {
        let error = DatabaseUrl::parse(text, Path::new("/")).expect_err(text);
        let hint = super::url(&error);
        assert!(hint.contains(expected), "{text}: {error}: {hint}");
        assert!(!hint.contains("s3cret"), "{hint}");
    }
}

#[test]
fn files_and_histories_have_a_way_out() {
    let header = "-- revision: a\n-- parents: none\n\n";
    for (text, expected) in [
        ("SELECT 1;".to_owned(), "begin the file with"),
        (
            format!("{header}-- upgrade\nSELECT 1;\n"),
            "add `-- downgrade` with the SQL that undoes the upgrade or with `-- nothing`, or \
             `-- downgrade: irreversible, <reason>`",
        ),
        (
            format!("{header}-- upgrade\nSELECT 1;\n-- Step\n-- downgrade\n-- nothing\n"),
            "a marker is a whole lower-case line",
        ),
    ] {
        let error = revision::parse(&text, "a.sql").expect_err(&text);
        let error = FolderError::Files {
            problems: vec![FileProblem::Revision(error)],
        };
        let hint = super::folder(&error).unwrap_or_default();
        assert!(hint.contains(expected), "{error}: {hint}");
    }
    let denied = FolderError::Write {
        path: PathBuf::from("/m/a.sql"),
        source: std::io::ErrorKind::PermissionDenied.into(),
    };
    assert_eq!(
        super::folder(&denied).as_deref(),
        Some("let this user write into /m")
    );
    let trigger = HistoryError::NotTaken {
        table: QualifiedName::within(Some("app"), "limbeck_history"),
        reason: Untaken::Trigger("Sly".to_owned()),
    };
    assert_eq!(
        super::history(&trigger).as_deref(),
        Some("DROP TRIGGER \"Sly\" ON app.limbeck_history")
    );
}
