//! The subcommand that an application mounts in its own parser.

use clap::{CommandFactory as _, Parser as _};
use limbeck::migrator::{MigratorError, Outcome};

use super::server::{Postgres, sqlite};

#[path = "../examples/own_command.rs"]
#[expect(dead_code, reason = "`main` is what the example runs")]
mod example;

use example::Notes;

/// What it says on both streams, and how it ends.
async fn run(url: &str, words: &str) -> String {
    let words = ["notes", url].into_iter().chain(words.split(' '));
    let notes = Notes::try_parse_from(words).unwrap();
    let (mut out, mut error) = (Vec::new(), Vec::new());
    let outcome = example::run(&notes, &mut out, &mut error).await;
    let end = match &outcome {
        Ok(Outcome::Done) => "done".to_owned(),
        Ok(Outcome::Pending) => "pending".to_owned(),
        Err(error) => error.to_string(),
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let mark = |text: String, mark: &str| -> String {
        text.lines().map(|line| format!("{mark}{line}\n")).collect()
    };
    mark(text(error), "note: ") + &mark(text(out), "") + &end
}

#[test]
fn the_parser_is_sound() {
    Notes::command().debug_assert();
}

#[tokio::test]
async fn an_application_has_a_command_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    walk(&sqlite(&folder)).await;
}

#[tokio::test]
async fn an_application_has_a_command_on_postgres() {
    let mut server = Postgres::start().await;
    walk(&server.database().await).await;
}

async fn walk(url: &str) {
    for (words, expected) in [
        ("count", "3\ndone"),
        (
            "migrate current",
            "note: Nothing has been run on this database\ndone",
        ),
        (
            "migrate check-pending",
            "5b1e0c7a9d42, Create notes\nc3d8f1a64e90, Index notes\n\
             e72b95d04c18, Names are not empty\npending",
        ),
        (
            "migrate upgrade +1",
            "note: Running upgrade 5b1e0c7a9d42, Create notes\ndone",
        ),
        ("migrate current", "5b1e0c7a9d42\ndone"),
        (
            "migrate upgrade",
            "note: Running upgrade c3d8f1a64e90, Index notes\n\
             note: Running upgrade e72b95d04c18, Names are not empty\ndone",
        ),
        ("migrate upgrade", "note: There is nothing to run\ndone"),
        ("migrate check-pending", "note: Nothing is pending\ndone"),
        (
            "migrate downgrade -1",
            "note: Running downgrade e72b95d04c18, Names are not empty\ndone",
        ),
        (
            "migrate history",
            "c3d8f1a64e90 -> e72b95d04c18 (head) (pending), Names are not empty\n\
             5b1e0c7a9d42 -> c3d8f1a64e90 (current), Index notes\n\
             <base> -> 5b1e0c7a9d42, Create notes\ndone",
        ),
        ("migrate stamp head", "done"),
        ("migrate current", "e72b95d04c18 (head)\ndone"),
    ] {
        assert_eq!(run(url, words).await, expected, "{words}");
    }
    let unknown = run(url, "migrate upgrade nothing").await;
    assert!(unknown.contains("`nothing`"), "{unknown}");
}

#[tokio::test]
async fn rows_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite(&folder);
    // The first revision brings a row on SQLite.
    assert!(run(&url, "migrate upgrade").await.ends_with("done"));
    let refused = run(&url, "migrate downgrade base").await;
    assert!(
        refused.ends_with("the downgrade would lose data that is there: authors, notes"),
        "{refused}"
    );
    let accepted = run(&url, "migrate downgrade base --allow-loss").await;
    assert!(accepted.ends_with("done"), "{accepted}");
}

/// What nobody reads stops no run.
#[tokio::test]
async fn a_run_goes_on_where_nothing_can_be_written() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite(&folder);
    let notes = Notes::try_parse_from(["notes", &url, "migrate", "upgrade"]).unwrap();
    let error = example::run(&notes, &mut Closed, &mut Closed).await;
    assert!(
        matches!(error, Err(MigratorError::Unwritten(_))),
        "{error:?}"
    );
    assert_eq!(
        run(&url, "migrate check-pending").await,
        "note: Nothing is pending\ndone"
    );
}
