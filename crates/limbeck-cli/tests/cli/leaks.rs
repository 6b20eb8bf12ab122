//! Passwords and a planted secret are looked for wherever a command leaves something: its outputs, files,
//! cache, the log of its server, and the list of processes while it runs.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use limbeck_engine::scratch::ScratchDatabase;

use crate::planted::{files_that_hold, held};
use crate::project::{Project, program};

/// The passwords, each as a URL, a statement or a variable holds it.
const SECRETS: [&str; 4] = [
    "planted/secret",
    "planted%2Fsecret",
    "planted-in-sql",
    "planted-variable",
];

/// The files in which the test itself has put them.
fn is_of_test(path: &Path) -> bool {
    let parent = path.parent();
    path.ends_with("app/.env")
        || path.ends_with("pgpass")
        || parent.is_some_and(|parent| parent.ends_with("app/migrations"))
}

/// Watches the processes that work below a folder until it is told to stop.
fn watch(home: String, stop: Arc<AtomicBool>) -> thread::JoinHandle<Vec<String>> {
    let command = program();
    thread::spawn(move || {
        let mut found = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let text = String::from_utf8_lossy(&line);
                // What the command itself is given, the test has typed; what it starts must not be given it.
                if line.starts_with(command.as_bytes()) || !text.contains(&home) {
                    continue;
                }
                let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
                for (what, bytes) in [("arguments", &line), ("environment", &environment)] {
                    if let Some(place) = held(bytes, &SECRETS) {
                        found.push(format!("{what} of {text}: secret {place}"));
                    }
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        found
    })
}

fn revision(id: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "-- Revision {id}\n--\n-- revision: {id}\n-- parents:  none\n\n-- upgrade\n{upgrade};\n\n-- downgrade\n{downgrade}\n"
    )
}

/// Before 15, the schema `public` of a scratch database belongs to its login.
const PUBLIC_IS_KEEPERS: &str = "DO $$ BEGIN
    IF current_setting('server_version_num')::integer < 150000 THEN
        ALTER SCHEMA public OWNER TO keeper;
    END IF;
END $$";

/// Statements that hold a password and fail.
const FAILING: [&str; 6] = [
    "CREATE ROLE x PASSWORD 'planted-in-sql' NO_SUCH_OPTION",
    "CREATE ROLE x PASSWORD 'planted-in-sql' IN ROLE no_such_role",
    "ALTER USER MAPPING FOR CURRENT_USER SERVER no_such_server OPTIONS (SET password 'planted-in-sql')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1 password=planted-in-sql' PUBLICATION p",
    "DO $$ BEGIN EXECUTE 'CREATE ROLE x PASSWORD ''planted-in-sql'' IN ROLE no_such_role'; END $$",
    "DO $$ BEGIN EXECUTE format('CREATE ROLE x PASSWORD %L IN ROLE no_such_role', 'planted-in-sql'); END $$",
];

/// Has the server ask `keeper` for a password, and returns the URL with it.
async fn ask_for_password(database: &ScratchDatabase) -> String {
    let sql = r"SET password_encryption = 'scram-sha-256';
        CREATE ROLE keeper LOGIN SUPERUSER PASSWORD 'planted/secret';
        DO $$ BEGIN EXECUTE format(
            'COPY (SELECT unnest(ARRAY[''local all keeper scram-sha-256'', ''local all all trust''])) TO %L',
            current_setting('hba_file'));
        END $$;
        SELECT pg_reload_conf()";
    let mut connection = database.connect().await.unwrap();
    connection.batch(sql).await.unwrap();
    connection.batch(PUBLIC_IS_KEEPERS).await.unwrap();
    connection.close().await.unwrap();
    let url = database.url.to_string();
    let (_, rest) = url.split_once('@').expect("the URL names a role");
    format!("postgres://keeper:planted%2Fsecret@{rest}")
}

/// The port of a server on this machine that answers each connection with these bytes.
fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            // Whoever has gone again needs no answer.
            let _ = stream
                .read(&mut [0; 8])
                .and_then(|_| stream.write_all(bytes));
            open.push(stream);
        }
    });
    port
}

#[tokio::test]
async fn no_password_is_left_anywhere_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    let other = scratch.create_database("other", None).await.unwrap();
    let url = ask_for_password(&database).await;
    let mut connection = other.connect().await.unwrap();
    connection.batch(PUBLIC_IS_KEEPERS).await.unwrap();
    let table = "SET ROLE keeper; CREATE TABLE things (id bigint PRIMARY KEY)";
    connection.batch(table).await.unwrap();
    connection.close().await.unwrap();
    let other = url.replace(&database.name, &other.name);
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
        &revision(
            "aaaa1111",
            "CREATE TABLE notes (id bigint)",
            "-- loses: notes\nDROP TABLE notes;",
        ),
    );
    for (command, code) in [
        ("upgrade", 0),
        ("current", 0),
        ("current --verbose", 0),
        ("history", 0),
        ("heads", 0),
        ("show head", 0),
        ("check", 1),
        ("check --format json", 1),
        ("inspect", 0),
        ("inspect --format json", 0),
        ("inspect --format rust", 0),
        ("inspect URL", 0),
        ("--url URL current", 0),
        ("diff revisions models --drop notes", 1),
        ("diff URL OTHER --drop notes", 1),
        ("diff OTHER URL --drop things", 1),
        ("diff revisions URL", 0),
        ("diff URL URL --both", 0),
        ("verify", 0),
        ("upgrade --sql", 0),
        ("stamp head", 0),
        ("revision --autogenerate -m Less --drop notes", 0),
        ("downgrade base --allow-loss", 0),
        ("revision -m More", 0),
        ("no-such-command", 2),
        ("upgrade no-such-target", 2),
    ] {
        let command = command.replace("URL", &url).replace("OTHER", &other);
        let output = project.run(&command);
        assert!(
            output.ends_with(&format!("exit {code}\n")),
            "{command}: {output}"
        );
        shown.push((command, output));
    }
    let begin = format!("init --from {other}");
    let begun = Project::without_url();
    fs::remove_file(begun.path("src/models.rs")).unwrap();
    begun.write("src/lib.rs", "");
    let output = begun.run(&begin);
    assert!(output.ends_with("exit 0\n"), "{output}");
    shown.push((begin, output));
    for file in fs::read_dir(project.path("migrations")).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    for sql in FAILING {
        project.write(
            "migrations/bbbb2222_fails.sql",
            &revision("bbbb2222", sql, "-- nothing"),
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
    let without_tls = answering(b"N");
    let silent = answering(b"");
    for (wrong, said) in [
        (
            "postgres://nobody:planted%2Fsecret@127.0.0.1:1/x".to_owned(),
            "Connection refused",
        ),
        (
            "postgres://nobody:planted%2Fsecret@no-such-host.invalid/x".to_owned(),
            "no-such-host.invalid",
        ),
        (
            url.replace("%2Fsecret", "%2Fsecret-of-before"),
            "password authentication failed",
        ),
        (
            url.replace("keeper", "nobody-here"),
            "role \"nobody-here\" does not exist",
        ),
        (
            url.replace(&database.name, "no_such_database"),
            "\"no_such_database\" does not exist",
        ),
        (
            format!("postgres://u:planted%2Fsecret@127.0.0.1:{without_tls}/x?sslmode=require"),
            "TLS",
        ),
        (
            format!("postgres://u:planted%2Fsecret@127.0.0.1:{silent}/x?connect_timeout=1"),
            "1 second",
        ),
        ("postgres://u:planted%2Fsecret@h:port/x".to_owned(), "port"),
        ("mysql://u:planted%2Fsecret@h/x".to_owned(), "mysql"),
        (
            "postgres://u:planted%2Fsecret@h/x?sslmode=maybe".to_owned(),
            "sslmode",
        ),
        (
            "postgres://u:planted/secret@127.0.0.1:1/x".to_owned(),
            "refuses the connection",
        ),
    ] {
        project.write(".env", &format!("DATABASE_URL={wrong}\n"));
        for command in [
            "upgrade",
            "current --verbose",
            "inspect URL",
            "diff OTHER URL",
            "init --from URL",
            "check --only drift",
            "stamp head",
        ] {
            let typed = command.replace("URL", &wrong).replace("OTHER", &other);
            let output = project.run(&typed);
            assert!(!output.ends_with("exit 0\n"), "{command}: {output}");
            // One begins a project where none is.
            if !command.starts_with("init") {
                assert!(output.contains(said), "{said}: {command}: {output}");
            }
            shown.push((typed, output));
        }
    }
    stop.store(true, Ordering::SeqCst);
    let seen = watcher.join().unwrap();
    assert_eq!(seen, [""; 0]);
    for (command, output) in &shown {
        assert_eq!(
            held(output.as_bytes(), &SECRETS),
            None,
            "{command}: {output}"
        );
    }
    for project in [&project, &begun] {
        let found = files_that_hold(&project.beside(""), &SECRETS, is_of_test);
        assert_eq!(found, [""; 0]);
    }
    // The search can fail.
    assert_eq!(held(b"SET x TO 'planted-in-sql'", &SECRETS), Some(2));
    fs::write(project.beside("leak"), "planted-variable").unwrap();
    let found = files_that_hold(&project.beside(""), &SECRETS, is_of_test);
    assert_eq!(found.len(), 1, "{found:?}");
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
