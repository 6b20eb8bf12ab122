//! Questions at a terminal: the command runs under `script` of util-linux, which gives it one.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::project::{Project, program};

/// So long a question may be waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the command at a terminal and gives an answer to each question once it is shown; all that was
/// shown, and the exit code. What is left to be asked then meets the end of the input.
fn talk(project: &Project, arguments: &str, answers: &[(&str, &str)]) -> (String, Option<i32>) {
    let command = format!("{} {arguments}", program());
    let mut child = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &command,
            "/dev/null",
        ])
        .current_dir(project.path(""))
        .env_remove("DATABASE_URL")
        .env("NO_COLOR", "1")
        .env("TERM", "dumb")
        .env("XDG_CACHE_HOME", project.beside("cache"))
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`script` of util-linux is installed");
    let mut input = child.stdin.take();
    let mut output = child.stdout.take().unwrap();
    let (sender, pieces) = mpsc::channel::<Vec<u8>>();
    let reader = thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count) = output.read(&mut buffer)
            && count > 0
            && sender.send(buffer[..count].to_vec()).is_ok()
        {}
    });
    let mut shown = Vec::new();
    let mut seen = 0;
    for (question, answer) in answers {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = String::from_utf8_lossy(&shown[seen..]).into_owned();
            if text.contains(question) {
                seen = shown.len();
                break;
            }
            let left = end.saturating_duration_since(Instant::now());
            match pieces.recv_timeout(left) {
                Ok(piece) => shown.extend(piece),
                Err(error) => {
                    let _ = child.kill();
                    panic!("{question}: {error}\n{}", String::from_utf8_lossy(&shown));
                }
            }
        }
        let input = input.as_mut().unwrap();
        input.write_all(answer.as_bytes()).unwrap();
        input.flush().unwrap();
    }
    drop(input.take());
    let end = Instant::now() + PATIENCE;
    while let Ok(piece) = pieces.recv_timeout(end.saturating_duration_since(Instant::now())) {
        shown.extend(piece);
    }
    let status = child.wait().unwrap();
    reader.join().unwrap();
    crate::planted::assert_untold(arguments, &shown);
    let shown = String::from_utf8_lossy(&shown).replace('\r', "");
    (shown, status.code())
}

/// A project with its first revision, whose models have changed since.
fn changed() -> Project {
    let project = Project::new();
    let run = project.run("revision --autogenerate -m First --rev-id aaaa1111");
    assert!(run.ends_with("exit 0\n"), "{run}");
    project.edit("src/models.rs", "pub title: String,", "pub name: String,\n    pub priority: i32,\n    #[column(max_length = 3)]\n    pub code: String,");
    project.edit(
        "src/models.rs",
        "    pub email: String,\n",
        "    pub email: String,\n    pub since: String,\n",
    );
    project
}

/// The revision files of the project.
fn files(project: &Project) -> Vec<String> {
    let folder = std::fs::read_dir(project.path("migrations")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = names.filter(|name| name.ends_with(".sql")).collect();
    files.sort();
    files
}

const AUTOGENERATE: &str = "revision --autogenerate -m Second --rev-id bbbb2222";

#[test]
fn questions_are_answered_one_by_one() {
    let project = changed();
    let (shown, code) = talk(
        &project,
        AUTOGENERATE,
        &[
            ("Was `tasks.title` renamed to `tasks.name`?", "y\n"),
            ("[0]:", "nonsense(\n"),
            // Asked again, and only that.
            ("[0]:", "\n"),
            ("['']:", "NULL\n"),
            ("The column takes no NULL", "'abc'\n"),
            ("['']:", "\n"),
        ],
    );
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("The database refuses `nonsense(`"),
        "{shown}"
    );
    assert_eq!(
        shown.matches("renamed to `tasks.name`?").count(),
        1,
        "{shown}"
    );
    let text = std::fs::read_to_string(project.path("migrations/bbbb2222_second.sql")).unwrap();
    assert!(text.contains("RENAME COLUMN title TO name"), "{text}");
    assert!(
        text.contains("'abc'") && !text.contains("nonsense"),
        "{text}"
    );
}

#[test]
fn a_table_is_dropped_when_somebody_says_so() {
    let project = changed();
    project.write("src/models.rs", "use limbeck::Table;\n\n#[derive(Table)]\n#[table(name = \"users\")]\npub struct User {\n    #[column(primary_key)]\n    pub id: i64,\n    #[column(max_length = 255, unique)]\n    pub email: String,\n}\n");
    let first = "Drop `status` with all that it holds?";
    let second = "Drop `tasks` with all that it holds?";
    let (shown, code) = talk(&project, AUTOGENERATE, &[(first, "n\n")]);
    assert_eq!(code, Some(2), "{shown}");
    assert_eq!(files(&project).len(), 1, "{shown}");
    let (shown, code) = talk(&project, AUTOGENERATE, &[(first, "y\n"), (second, "y\n")]);
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(files(&project).len(), 2, "{shown}");
}

#[test]
fn what_is_not_answered_writes_nothing() {
    let project = changed();
    let question = "Was `tasks.title` renamed to `tasks.name`?";
    // The input ends.
    let (shown, code) = talk(
        &project,
        AUTOGENERATE,
        &[(question, "y\n"), ("[0]:", "\u{4}")],
    );
    assert_eq!(code, Some(2), "{shown}");
    assert!(shown.contains("--fill tasks.priority=0"), "{shown}");
    assert_eq!(files(&project).len(), 1, "{shown}");
    // Ctrl-C.
    let (shown, code) = talk(&project, AUTOGENERATE, &[(question, "\u{3}")]);
    assert_ne!(code, Some(0), "{shown}");
    assert_eq!(files(&project).len(), 1, "{shown}");
    assert!(!project.path("migrations/bbbb2222_second.sql").exists());
}

/// Through a pipe it is one line each, with the parents.
#[test]
fn a_history_is_drawn() {
    let project = Project::new();
    let write = |id: &str, parents: &str| {
        let text = format!(
            "-- Make {id}\n--\n-- revision: {id}\n-- parents:  {parents}\n\n-- upgrade\n-- nothing\n\n-- downgrade\n-- nothing\n"
        );
        project.write(&format!("migrations/{id}.sql"), &text);
    };
    write("aaaa1111", "none");
    write("bbbb2222", "aaaa1111");
    write("cccc3333", "aaaa1111");
    write("dddd4444", "bbbb2222, cccc3333");
    project.run("upgrade bbbb2222");
    let (shown, code) = talk(&project, "history -i", &[]);
    assert_eq!(code, Some(0), "{shown}");
    insta::assert_snapshot!(shown);
}
