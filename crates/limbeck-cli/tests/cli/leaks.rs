//! Passwords and a planted secret are looked for wherever a command leaves something: its outputs, files,
//! cache, the log of its server, and the list of processes while it runs.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::project::Project;

/// The passwords, each as a URL, a statement or a variable holds it.
const SECRETS: [&str; 4] = [
    "planted/secret",
    "planted%2Fsecret",
    "planted-in-sql",
    "planted-variable",
];

fn holds_secret(bytes: &[u8]) -> Option<&'static str> {
    let holds = |secret: &&str| {
        bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes())
    };
    SECRETS.into_iter().find(holds)
}

/// Files below a folder that hold one of them, but those that the test has put there.
fn leaks(folder: &Path, found: &mut Vec<String>) {
    for path in fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
    {
        let is_planted = path.ends_with("app/.env")
            || path
                .parent()
                .is_some_and(|parent| parent.ends_with("app/migrations"));
        if path.is_symlink() || is_planted {
            continue;
        }
        if path.is_dir() {
            leaks(&path, found);
        } else if let Some(secret) = fs::read(&path).ok().and_then(|bytes| holds_secret(&bytes)) {
            found.push(format!("{}: {secret}", path.display()));
        }
    }
}

/// Watches the processes that work below a folder until it is told to stop.
fn watch(home: String, stop: Arc<AtomicBool>) -> thread::JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut found = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let text = String::from_utf8_lossy(&line);
                if let Some(secret) = holds_secret(&line)
                    && (text.contains("limbeck") || text.contains("postgres"))
                {
                    found.push(format!("{text}: {secret}"));
                }
                // The command itself is given its environment; its server must not be.
                if text.contains("postgres") && text.contains(&home) {
                    let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
                    if let Some(secret) = holds_secret(&environment) {
                        found.push(format!("environment of {text}: {secret}"));
                    }
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        found
    })
}

fn revision(id: &str, parent: &str, upgrade: &str) -> String {
    format!(
        "-- Revision {id}\n--\n-- revision: {id}\n-- parents:  {parent}\n\n-- upgrade\n{upgrade};\n\n-- downgrade\n-- nothing\n"
    )
}

/// Statements that hold a password and fail.
const FAILING: [&str; 6] = [
    "CREATE ROLE x PASSWORD 'planted-in-sql' NO_SUCH_OPTION",
    "CREATE ROLE x PASSWORD 'planted-in-sql' IN ROLE no_such_role",
    "ALTER USER MAPPING FOR CURRENT_USER SERVER no_such_server OPTIONS (SET password 'planted-in-sql')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1 password=planted-in-sql' PUBLICATION p",
    "DO $$ BEGIN EXECUTE 'CREATE ROLE x PASSWORD ''planted-in-sql'' IN ROLE no_such_role'; END $$",
    "DO $$ BEGIN EXECUTE format('CREATE ROLE x PASSWORD %L IN ROLE no_such_role', 'planted-in-sql'); END $$",
];

#[tokio::test]
async fn no_password_is_left_anywhere_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    let url = database
        .url
        .to_string()
        .replacen('@', ":planted%2Fsecret@", 1);
    let wrong = "postgres://nobody:planted%2Fsecret@127.0.0.1:1/x";
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write("src/models.rs", "");
    project.write(".env", &format!("DATABASE_URL={url}\n"));
    project.set("PLANTED", "planted-variable");
    project.set("PGPASSWORD", "planted/secret");
    fs::write(project.beside("pgpass"), "*:*:*:*:planted/secret\n").unwrap();
    let pgpass = project.beside("pgpass").display().to_string();
    project.set("PGPASSFILE", pgpass);
    let home = project.beside("").display().to_string();
    let stop = Arc::new(AtomicBool::new(false));
    let watcher = watch(home, stop.clone());
    let mut shown = Vec::new();
    project.write(
        "migrations/aaaa1111_first.sql",
        &revision("aaaa1111", "none", "CREATE TABLE notes (id bigint)"),
    );
    for command in [
        "upgrade",
        "current",
        "history",
        "heads",
        "show head",
        "check",
        "check --format json",
        "inspect",
        "inspect --format json",
        "diff revisions models",
        "verify",
        "upgrade --sql",
        "stamp head",
        "revision -m More",
        "revision --autogenerate -m Less --drop notes",
        "downgrade base --allow-loss",
        "no-such-command",
        "upgrade no-such-target",
    ] {
        shown.push((command.to_owned(), project.run(command)));
    }
    for file in fs::read_dir(project.path("migrations")).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    for sql in FAILING {
        project.write(
            "migrations/bbbb2222_fails.sql",
            &revision("bbbb2222", "none", sql),
        );
        for command in [
            "verify",
            "verify --trust-revisions",
            "check --only models",
            "upgrade",
            "upgrade --verbose",
        ] {
            let output = project.run(command);
            assert!(!output.ends_with("exit 0\n"), "{sql}: {command}: {output}");
            shown.push((format!("{command}: {sql}"), output));
        }
    }
    project.write(".env", &format!("DATABASE_URL={wrong}\n"));
    for command in [
        "upgrade",
        "current",
        "inspect",
        "check",
        "stamp head",
        "downgrade base",
    ] {
        shown.push((command.to_owned(), project.run(command)));
    }
    stop.store(true, Ordering::SeqCst);
    let seen = watcher.join().unwrap();
    assert_eq!(seen, [""; 0]);
    for (command, output) in &shown {
        assert_eq!(holds_secret(output.as_bytes()), None, "{command}: {output}");
    }
    fs::remove_file(project.beside("pgpass")).unwrap();
    let mut found = Vec::new();
    leaks(&project.beside(""), &mut found);
    assert_eq!(found, [""; 0]);
    scratch.close().await.unwrap();
}

/// Whatever it is that is written on stderr: errors of arguments, what a database advises, the log.
#[test]
fn passwords_are_taken_out_of_all_that_is_on_stderr_on_postgres() {
    let mut project = Project::without_url();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.set("DATABASE_URL", "");
    let url = "postgres://u:planted-secret@h/d";
    for arguments in [
        format!("check {url}"),
        format!("verify --dialect {url}"),
        url.to_owned(),
    ] {
        let shown = project.run(&arguments);
        assert!(!shown.contains("planted-secret"), "{shown}");
        assert!(shown.contains("postgres://u:***@h/d"), "{shown}");
        assert!(shown.ends_with("exit 2\n"), "{shown}");
    }
    // What the prelude lacks is named in a hint.
    let statement = format!("SELECT FROM \"{url}\"");
    project.write(
        "migrations/a.sql",
        &format!(
            "-- Select\n--\n-- revision: aaaa1111\n-- parents:\n-- created:  2026-01-01T00:00:00Z\n\n\
             -- upgrade\n{statement};\n\n-- downgrade\n-- nothing\n"
        ),
    );
    project.set("LIMBECK_LOG", "trace");
    for arguments in ["verify -v", "check --only models"] {
        let shown = project.run(arguments);
        assert!(!shown.contains("planted-secret"), "{shown}");
        assert!(
            shown.contains("CREATE TABLE postgres://u:***@h/d"),
            "{shown}"
        );
    }
}
