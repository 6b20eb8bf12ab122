//! `limbeck database`: what other programs find behind the URL that they get, and that nothing of it stays.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use limbeck::connection::Connection;
use limbeck::url::{DatabaseUrl, Location};

use crate::project::Project;

/// So long a process may take to do what it was told, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

const LATER: &str = "\n#[derive(Table)]\n#[table(name = \"notes\")]\npub struct Note {\n    #[column(primary_key)]\n    pub id: i64,\n}\n";

/// The first line on stdout, and the exit code.
fn printed(shown: &str) -> (String, i32) {
    let line = shown.lines().find_map(|line| line.strip_prefix("out| "));
    let exit = shown.rsplit_once("exit ").unwrap().1.trim();
    (line.unwrap_or_default().to_owned(), exit.parse().unwrap())
}

fn url(project: &Project, arguments: &str) -> DatabaseUrl {
    let shown = project.run(arguments);
    let (line, code) = printed(&shown);
    assert_eq!(code, 0, "{shown}");
    let line = line.replace("HOME", &project.beside("").display().to_string());
    DatabaseUrl::parse(line.trim_end_matches('/'), Path::new("/")).unwrap()
}

async fn tables(url: &DatabaseUrl) -> Vec<String> {
    let mut connection = Connection::connect(url).await.unwrap();
    let sql = match url.location() {
        Location::File { .. } => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
        }
        _ => {
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        }
    };
    let rows = connection.query_text(sql).await.unwrap();
    connection.close().await.unwrap();
    rows.into_iter().flatten().flatten().collect()
}

async fn run(url: &DatabaseUrl, sql: &str) {
    let mut connection = Connection::connect(url).await.unwrap();
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn until(what: &str, mut is_done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_done() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Folders that a command has in the folder for temporary files.
fn temporary(project: &Project) -> Vec<PathBuf> {
    let entries = fs::read_dir(project.beside("tmp")).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn with_temporary_folder() -> Project {
    let mut project = Project::new();
    fs::create_dir(project.beside("tmp")).unwrap();
    let tmp = project.beside("tmp").display().to_string();
    project.set("TMPDIR", tmp);
    project
}

#[test]
fn a_command_has_the_database_and_its_exit_code_is_given_back() {
    let project = with_temporary_folder();
    for (command, expected, code) in [
        (
            "sh -c 'ls -d ${DATABASE_URL#sqlite://} | wc -l; exit 7'",
            "1",
            7,
        ),
        ("sh -c 'kill -9 $$'", "", 137),
        ("sh -c 'echo \"$@\"' x --at 'a b'", "--at a b", 0),
        ("no-such-command", "", 127),
        ("/", "", 126),
    ] {
        let shown = project.run(&format!("database -- {command}"));
        assert_eq!(printed(&shown), (expected.to_owned(), code), "{shown}");
        assert_eq!(temporary(&project), Vec::<PathBuf>::new(), "{command}");
    }
    let shown = project.run("database -- no-such-command");
    assert!(
        shown.contains("err| error: cannot run `no-such-command`"),
        "{shown}"
    );
    // Nothing was made beside it.
    assert!(!project.path("todo.db").exists());
    assert!(!project.beside("cache/limbeck/standing").exists());
}

#[tokio::test]
async fn each_state_is_a_database_of_its_own() {
    let project = with_temporary_folder();
    project.run("revision --autogenerate -m First --rev-id aaaa1111");
    project.write("migrations/own.sql", "-- revision: bbbb2222\n-- parents: aaaa1111\n-- dialects: sqlite\n\n-- upgrade\nCREATE VIEW v AS SELECT id FROM users;\nINSERT INTO users (email) VALUES ('a');\n\n-- downgrade\nDROP VIEW v;\nDELETE FROM users;\n");
    let text = project.read("src/models.rs") + LATER;
    project.write("src/models.rs", &text);
    let models = url(&project, "database");
    assert_eq!(tables(&models).await, ["notes", "tasks", "users"]);
    // What models do not speak of comes from the revisions, and so do their rows.
    run(&models, "INSERT INTO notes SELECT id FROM v").await;
    let head = url(&project, "database --at head");
    assert_eq!(tables(&head).await, ["tasks", "users"]);
    let first = url(&project, "database --at aaaa");
    assert_eq!(tables(&first).await, ["tasks", "users"]);
    let base = url(&project, "database --at base");
    assert_eq!(tables(&base).await, [""; 0]);
    let shown = project.run("database --at nothing");
    assert!(shown.ends_with("exit 2\n"), "{shown}");
    let shown = project.run("database --drop --at base");
    assert!(shown.contains("1 database dropped"), "{shown}");
    let shown = project.run("database --drop");
    assert!(shown.contains("3 databases dropped"), "{shown}");
    let shown = project.run("database --drop");
    assert!(shown.contains("No database stands"), "{shown}");
    let left = fs::read_dir(project.beside("cache/limbeck/standing")).unwrap();
    for entry in left {
        // An empty file on which two commands agree who is first.
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().len(), 0, "{entry:?}");
    }
}

#[tokio::test]
async fn a_database_is_given_again_while_it_is_what_is_asked_for() {
    let project = with_temporary_folder();
    let ask = || {
        let shown = project.run("database --format json");
        assert!(shown.ends_with("exit 0\n"), "{shown}");
        shown.contains("\"reused\": true")
    };
    assert!(!ask());
    assert!(ask());
    let standing = url(&project, "database");
    // Rows are the other program's.
    run(&standing, "INSERT INTO users (email) VALUES ('a')").await;
    assert!(ask());
    run(&standing, "DROP TABLE tasks").await;
    assert!(!ask());
    assert_eq!(tables(&standing).await, ["tasks", "users"]);
    let text = project.read("src/models.rs") + LATER;
    project.write("src/models.rs", &text);
    assert!(!ask());
    assert_eq!(url(&project, "database").to_string(), standing.to_string());
    assert_eq!(tables(&standing).await, ["notes", "tasks", "users"]);
    // Where nothing is kept, nothing of an earlier run is given.
    let shown = project.run("database --no-cache --format json");
    assert!(shown.contains("\"reused\": false"), "{shown}");
}

#[test]
fn what_stands_for_other_programs_is_closed_to_other_users() {
    let project = with_temporary_folder();
    let standing = url(&project, "database");
    let Location::File { path, .. } = standing.location() else {
        panic!("{standing}");
    };
    assert_eq!(mode(path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    let shown = project.run(
        "database -- sh -c 'stat -c %a $TMPDIR/limbeck-file-* $TMPDIR/limbeck-file-*/limbeck.db'",
    );
    assert!(shown.starts_with("out| 700\nout| 600\n"), "{shown}");
    // A record that somebody else may have written leads nowhere.
    let record = path.with_extension("json");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(
        &record,
        text.replace(&standing.for_others().text, "sqlite:///etc/passwd"),
    )
    .unwrap();
    fs::set_permissions(&record, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(url(&project, "database").to_string(), standing.to_string());
}

#[test]
fn a_signal_goes_on_to_the_command_and_the_database_goes_after_it() {
    let project = with_temporary_folder();
    let script = "trap 'echo got it; exit 5' TERM; echo up > up; while :; do sleep 0.05; done";
    let child = project.start(&format!(
        "database -- sh -c '{}'",
        script.replace('\'', "\"")
    ));
    until("the command runs", || project.path("up").exists());
    assert_eq!(temporary(&project).len(), 1);
    let sent = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let shown = project.end(child);
    assert_eq!(printed(&shown), ("got it".to_owned(), 5), "{shown}");
    assert_eq!(temporary(&project), Vec::<PathBuf>::new());
}

/// What a killed command leaves is removed by the next one.
#[test]
fn what_a_killed_command_leaves_is_removed() {
    let project = with_temporary_folder();
    let mut child = project.start("database -- sh -c 'echo $$ > up; exec sleep 60'");
    until("the command runs", || project.path("up").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let sleeps = project.read("up");
    let ended = Command::new("kill").arg(sleeps.trim()).status();
    assert!(ended.unwrap().success());
    assert_eq!(temporary(&project).len(), 1);
    project.run("database -- true");
    assert_eq!(temporary(&project), Vec::<PathBuf>::new());
}

/// A project for PostgreSQL, whose scratch server has its socket in a folder of the test.
fn for_postgres() -> Project {
    let mut project = with_temporary_folder();
    project.write(
        ".env",
        "DATABASE_URL=postgres://u:secret@nowhere.invalid/app\n",
    );
    fs::set_permissions(project.beside("tmp"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(project.beside("cache")).unwrap();
    if let Some(folder) = std::env::var_os("LIMBECK_PG_BIN") {
        project.set("LIMBECK_PG_BIN", folder.into_string().unwrap());
    }
    project
}

fn folder_of(url: &DatabaseUrl) -> PathBuf {
    match url.location() {
        Location::Socket { folder, .. } => folder.clone(),
        location => panic!("{location:?}"),
    }
}

#[test]
fn psql_is_run_on_a_database_that_is_gone_afterwards_on_postgres() {
    let project = for_postgres();
    let psql = crate::project::psql().display().to_string();
    let select = "SELECT string_agg(relname, 0x2C::text) FROM pg_class WHERE relkind = $$r$$ AND relnamespace = $$public$$::regnamespace";
    let select = select
        .replace("0x2C::text", "$$,$$ ORDER BY relname")
        .replace('$', "\\$");
    let shown = project.run(&format!(
        "database -- sh -c '{psql} $DATABASE_URL -AXtc \"{select}\"; exit 3'"
    ));
    assert_eq!(printed(&shown), ("tasks,users".to_owned(), 3), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
    assert_eq!(temporary(&project), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_stands_on_postgres_is_closed_to_other_users() {
    let project = for_postgres();
    let standing = url(&project, "database");
    assert_eq!(mode(&folder_of(&standing)), 0o700);
    assert!(!standing.for_others().has_password);
    assert_eq!(tables(&standing).await, ["tasks", "users"]);
    // Its login is that of scratch databases, and no superuser.
    let mut connection = Connection::connect(&standing).await.unwrap();
    let rows = connection
        .query_text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        .await
        .unwrap();
    assert_eq!(rows[0][0].as_deref(), Some("f"));
    drop(connection);
    // Other commands are not in its way, nor it in theirs.
    let shown = project.run("revision --autogenerate -m First");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    run(&standing, "CREATE TABLE others (a int)").await;
    assert_eq!(url(&project, "database").to_string(), standing.to_string());
    assert_eq!(tables(&standing).await, ["tasks", "users"]);
    let shown = project.run("database --drop");
    assert!(shown.contains("1 database dropped"), "{shown}");
    assert_eq!(temporary(&project), Vec::<PathBuf>::new());
}

#[test]
fn a_database_that_nobody_uses_ends_by_itself_on_postgres() {
    let project = for_postgres();
    let standing = url(&project, "database --at base --idle 1s");
    let folder = folder_of(&standing);
    until("the server ends", || !folder.exists());
    until("its files go", || temporary(&project).is_empty());
    let shown = project.run("database --drop");
    assert!(shown.contains("No database stands"), "{shown}");
}

/// Its server goes on, and is ended by who drops the database.
#[test]
fn a_killed_keeper_leaves_nothing_that_drop_does_not_find_on_postgres() {
    let project = for_postgres();
    let standing = url(&project, "database --at head");
    let folder = folder_of(&standing);
    let records = fs::read_dir(project.beside("cache/limbeck/standing")).unwrap();
    let record = records.map(|entry| entry.unwrap().path()).find(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    let record = fs::read_to_string(record.unwrap()).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let keeper = record["process"].to_string();
    let killed = Command::new("kill").args(["-KILL", &keeper]).status();
    assert!(killed.unwrap().success());
    until("the keeper ends", || {
        !Path::new("/proc").join(&keeper).join("exe").exists()
    });
    assert!(folder.exists());
    let shown = project.run("database --drop");
    assert!(shown.contains("1 database dropped"), "{shown}");
    assert_eq!(temporary(&project), Vec::<PathBuf>::new());
}

/// A server that is given has a login with a password, which is for a command and for no terminal.
#[tokio::test]
async fn no_password_is_printed_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    connection
        .execute("CREATE ROLE maker LOGIN CREATEDB PASSWORD 'open sesame'")
        .await
        .unwrap();
    connection.close().await.unwrap();
    let folder = folder_of(&database.url);
    let given = format!(
        "postgres://maker:open%20sesame@/postgres?host={}",
        folder.display()
    );
    project.set("DATABASE_URL", given.clone());
    project.write(
        "limbeck.toml",
        "dialects = [\"postgres\"]\nscratch_url = \"${DATABASE_URL}\"\n",
    );
    let shown = project.run("database");
    assert!(shown.contains("which is not printed"), "{shown}");
    assert!(!shown.contains("sesame"), "{shown}");
    assert!(shown.ends_with("exit 2\n"), "{shown}");
    let shown = project.run(
        "database -- sh -c 'case $DATABASE_URL in *:open%20sesame@*limbeck_*) echo has it;; esac'",
    );
    assert_eq!(printed(&shown), ("has it".to_owned(), 0), "{shown}");
    let mut admin = database.connect().await.unwrap();
    let rows = admin
        .query_text("SELECT datname FROM pg_database WHERE datname LIKE 'limbeck\\_%' AND datname NOT LIKE '%template%' AND datname NOT LIKE '%live%'")
        .await
        .unwrap();
    assert_eq!(rows, Vec::<Vec<Option<String>>>::new());
    drop(admin);
    scratch.close().await.unwrap();
}
