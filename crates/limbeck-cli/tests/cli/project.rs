//! A project in a folder of its own, and the command run in it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;
use limbeck_engine::scratch::{Scratch, ScratchOptions, ServerOptions, Trust};

use crate::planted;

/// Models of two tables and an enum.
pub(crate) const MODELS: &str = r#"use limbeck::{Enum, Table};

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    #[column(max_length = 255, unique)]
    pub email: String,
}

#[derive(Enum)]
pub enum Status {
    Pending,
    Completed,
}

#[derive(Table)]
#[table(name = "tasks")]
pub struct Task {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = User, on_delete = cascade, index)]
    pub user_id: i64,
    pub title: String,
    #[column(default = Status::Pending)]
    pub status: Status,
}
"#;

/// The folder goes with it, once it was searched for what the run has planted.
pub(crate) struct Project {
    home: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Project {
    /// A package with [`MODELS`], whose database is the file `todo.db`.
    pub(crate) fn new() -> Self {
        let project = Self::without_url();
        project.write(".env", "DATABASE_URL=sqlite:///todo.db\n");
        project
    }

    /// The same beside a PostgreSQL server of its own; one that is missing is a failure.
    pub(crate) async fn beside_postgres() -> (Self, Scratch) {
        let project = Self::without_url();
        let scratch = project.postgres().await;
        (project, scratch)
    }

    /// A PostgreSQL server beside it; one that is missing is a failure.
    pub(crate) async fn postgres(&self) -> Scratch {
        fs::create_dir(self.beside("cache")).unwrap();
        let mut server = ServerOptions::new(self.beside("server"));
        server.bin_dir = std::env::var_os("LIMBECK_PG_BIN").map(Into::into);
        server.temp_dir = self.beside("");
        // It stands for a server of somebody's own, with a superuser.
        server.trust = Trust::Everything;
        server.path =
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
        let options = ScratchOptions {
            scratch_url: None,
            url: None,
            same_server: false,
            server,
        };
        Scratch::open(&options)
            .await
            .expect("a PostgreSQL server is installed")
    }

    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let home = tempfile::Builder::new().prefix("lbk").tempdir().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // The account of a PostgreSQL server must reach its cluster, also when root runs the tests.
            fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let project = Self {
            home,
            variables: Vec::new(),
        };
        fs::create_dir(project.path("")).unwrap();
        project
    }

    /// A package with [`MODELS`], and no database.
    pub(crate) fn without_url() -> Self {
        let project = Self::empty();
        project.write(
            "Cargo.toml",
            "[package]\nname = \"todo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nlimbeck = \"0.1\"\n",
        );
        project.write("src/lib.rs", "pub mod models;\n");
        project.write("src/models.rs", MODELS);
        project
    }

    /// The package without models.
    pub(crate) fn without_models(self) -> Self {
        fs::remove_file(self.path("src/models.rs")).unwrap();
        self.write("src/lib.rs", "//! An application.\n");
        self
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.home.path().join("app").join(file)
    }

    /// A folder beside the project.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program with these files, and nothing of Limbeck's.
    pub(crate) fn with_program(self, files: &[(&str, &str)]) -> Self {
        for name in ["limbeck.toml", "src/models.rs", "src/lib.rs"] {
            let _ = fs::remove_file(self.path(name));
        }
        self.write("src/main.rs", "fn main() {}\n");
        for (name, text) in files {
            self.write(name, text);
        }
        self
    }

    async fn open(&self, file: &str) -> Connection {
        let url = format!("sqlite:///{}?mode=rwc", self.path(file).display());
        let url = DatabaseUrl::parse(&url, Path::new("/")).unwrap();
        Connection::connect(&url).await.unwrap()
    }

    /// Runs SQL on a SQLite file, which is made where it is missing.
    pub(crate) async fn batch(&self, file: &str, sql: &str) {
        let mut connection = self.open(file).await;
        connection.batch(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// All values that a query of a SQLite file gives; NULL is the empty text.
    pub(crate) async fn values(&self, file: &str, sql: &str) -> Vec<String> {
        let mut connection = self.open(file).await;
        let rows = connection.query_text(sql).await.unwrap();
        connection.close().await.unwrap();
        let values = rows.into_iter().flatten();
        values.map(Option::unwrap_or_default).collect()
    }

    /// What the revision with this word in its file's name does.
    pub(crate) fn sections(&self, word: &str) -> String {
        let entries = fs::read_dir(self.path("migrations")).unwrap().flatten();
        let mut files = entries.map(|entry| entry.file_name().into_string().unwrap());
        let file = files.find(|name| name.contains(word)).unwrap();
        let text = self.read(&format!("migrations/{file}"));
        let (_, sections) = text.split_once("\n\n").unwrap();
        sections.to_owned()
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Replaces a text that must be there.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{from} is not in {text}");
        self.write(file, &text.replace(from, to));
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.push((name.to_owned(), value.into()));
    }

    /// The value of a variable that was set.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let mut set = self.variables.iter().rev();
        let (_, value) = set.find(|(one, _)| one == name)?;
        Some(value)
    }

    /// Takes a variable away that was set, and returns its value.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let value = self.variable(name).map(str::to_owned);
        self.variables.retain(|(one, _)| one != name);
        value
    }

    /// Runs `limbeck` with arguments separated by blanks; quotes keep blanks.
    pub(crate) fn run(&self, arguments: &str) -> String {
        self.run_in(&self.path(""), arguments)
    }

    pub(crate) fn run_in(&self, folder: &Path, arguments: &str) -> String {
        let mut command = Command::new(program());
        command.args(words(arguments));
        self.output(folder, &mut command)
    }

    /// Runs `limbeck` with arguments as a POSIX shell reads them.
    pub(crate) fn paste(&self, arguments: &str) -> String {
        let mut command = Command::new("sh");
        let script = format!("{} {arguments}", program());
        command.arg("-c").arg(script);
        self.output(&self.path(""), &mut command)
    }

    /// Runs a line as bash does, with `limbeck` and what was built beside it, and the shells of the databases: what
    /// the terminal shows, and the exit code.
    pub(crate) fn bash(&self, line: &str) -> (String, Option<i32>) {
        let built = Path::new(&program()).parent().map(Path::to_owned);
        let servers = std::env::var_os("LIMBECK_PG_BIN").map(PathBuf::from);
        let usual = std::env::var_os("PATH").unwrap_or_default();
        let folders = built
            .into_iter()
            .chain(servers)
            .chain(std::env::split_paths(&usual));
        let mut command = Command::new("bash");
        command.args(["-c", &format!("exec 2>&1; {line}")]);
        self.prepare(&self.path(""), &mut command);
        // What the developer has in files of settings is none of a document's business.
        command
            .env_remove("CARGO_MANIFEST_DIR")
            .env("HOME", self.beside("nobody"))
            .env("PATH", std::env::join_paths(folders).unwrap());
        let output = command.stdin(Stdio::null()).output().unwrap();
        planted::assert_untold(line, &output.stdout);
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        (shown, output.status.code())
    }

    /// Begins to run `limbeck`; [`Self::end`] waits for it.
    pub(crate) fn start(&self, arguments: &str) -> Child {
        let mut command = Command::new(program());
        command
            .args(words(arguments))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        self.prepare(&self.path(""), &mut command);
        command.spawn().unwrap()
    }

    /// What a command that was begun has shown.
    pub(crate) fn end(&self, child: Child) -> String {
        self.shown("limbeck", &child.wait_with_output().unwrap())
    }

    fn output(&self, folder: &Path, command: &mut Command) -> String {
        self.prepare(folder, command);
        let output = command.output().unwrap();
        self.shown(&format!("limbeck {:?}", command.get_args()), &output)
    }

    fn prepare(&self, folder: &Path, command: &mut Command) {
        command
            .current_dir(folder)
            .env_remove("DATABASE_URL")
            .env_remove("LIMBECK_ENV")
            .env_remove("LIMBECK_LOG")
            .env_remove("CI")
            .env("XDG_CACHE_HOME", self.beside("cache"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    fn shown(&self, what: &str, output: &Output) -> String {
        for bytes in [&output.stdout, &output.stderr] {
            planted::assert_untold(what, bytes);
        }
        let mut shown = String::new();
        for (name, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
            for line in String::from_utf8(bytes.clone()).unwrap().lines() {
                writeln!(shown, "{name}| {line}").unwrap();
            }
        }
        writeln!(shown, "exit {}", output.status.code().unwrap()).unwrap();
        self.redacted(&shown)
    }

    /// Takes out what differs from machine to machine.
    fn redacted(&self, text: &str) -> String {
        let home = self.home.path().display().to_string();
        let text = text.replace(&home, "HOME");
        let text = cut(&text, "SQLite ", "3.");
        let text = cut(&text, "PostgreSQL ", "1");
        cut(&text, "run ", "2")
    }

    /// Names of all tables of `todo.db`, in order.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let path = self.path("todo.db");
        let url = format!("sqlite:///{}", path.display());
        let url = limbeck::url::DatabaseUrl::parse(&url, Path::new("/")).unwrap();
        let mut connection = limbeck::connection::Connection::connect(&url)
            .await
            .unwrap();
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1";
        let rows = connection.query_text(sql).await.unwrap();
        rows.into_iter().flatten().flatten().collect()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let planted = planted::planted();
        // A test that fails says why by itself.
        if !planted.is_empty() && !std::thread::panicking() {
            let found = planted::files_that_hold(self.home.path(), &planted, |_| false);
            assert_eq!(found, [""; 0]);
        }
    }
}

/// The command that was built, or a copy of it where its folder is closed to the user who runs the tests.
/// `psql`: the one beside the server where it has one, since it may be of another version than the one on the path.
pub(crate) fn psql() -> PathBuf {
    let beside = std::env::var_os("LIMBECK_PG_BIN").map(|folder| Path::new(&folder).join("psql"));
    let beside = beside.filter(|psql| psql.exists());
    beside.unwrap_or_else(|| "psql".into())
}

pub(crate) fn program() -> String {
    std::env::var("CARGO_BIN_EXE_limbeck").unwrap_or_else(|_| env!("CARGO_BIN_EXE_limbeck").into())
}

/// Puts `…` in place of each word after `before` that begins with `start`.
fn cut(text: &str, before: &str, start: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    let needle = format!("{before}{start}");
    while let Some(place) = rest.find(&needle) {
        let (head, tail) = rest.split_at(place + before.len());
        let end = tail.find([':', ',', ' ', '\n', '"']).unwrap_or(tail.len());
        shown.push_str(head);
        shown.push('…');
        rest = &tail[end..];
        // The time of a day has colons.
        if before == "run " {
            let end = rest.find([',', '\n']).unwrap_or(rest.len());
            rest = &rest[end..];
        }
    }
    shown + rest
}

fn words(arguments: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in arguments.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
