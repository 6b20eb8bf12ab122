//! How long whole commands take, beside the tools that do no more than run the same SQL.
//!
//! `cargo bench --package limbeck-cli [-- SIZE…]`; the sizes are numbers of revisions, 10, 100 and 1,000 by default. A
//! time is the median of five processes, from start to exit, in milliseconds; those that are compared take turns.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_engine::scratch::{Scratch, ScratchOptions, ServerOptions};

const LEGEND: &str = "\
current   `limbeck current` of a database that has all revisions
nothing   `limbeck upgrade head` with nothing to do
sqlx      `sqlx migrate run` with nothing to do, where that command is found
all       `limbeck upgrade head` on an empty database
floor     `psql -f` or `sqlite3` with the same SQL, a transaction for each revision
sqlx all  `sqlx migrate run` on an empty database";

const RUNS: usize = 5;

/// The SQL of a revision: a table of a few columns with an index.
fn upgrade(number: usize) -> String {
    format!(
        "CREATE TABLE table_{number:05} (\n    id bigint PRIMARY KEY,\n    name varchar(100) NOT NULL,\n    \
         note text,\n    done boolean DEFAULT false NOT NULL\n);\n\
         CREATE INDEX ix_table_{number:05}_name ON table_{number:05} (name);\n"
    )
}

/// The same revisions for each tool.
struct Projects {
    folder: tempfile::TempDir,
    revisions: usize,
}

impl Projects {
    fn write(revisions: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["limbeck/migrations", "sqlx/migrations"] {
            fs::create_dir_all(folder.path().join(name)).expect("is made");
        }
        let mut script = "\\set ON_ERROR_STOP on\n".to_owned();
        let mut plain = ".bail on\n".to_owned();
        for number in 0..revisions {
            let sql = upgrade(number);
            let parents = match number.checked_sub(1) {
                Some(before) => format!("{before:012x}"),
                None => "none".to_owned(),
            };
            let text = format!(
                "-- Make table {number}\n--\n-- revision: {number:012x}\n-- parents:  {parents}\n\n\
                 -- upgrade\n{sql}\n-- downgrade\nDROP TABLE table_{number:05};\n"
            );
            let file = format!("limbeck/migrations/{number:012x}_make_table.sql");
            fs::write(folder.path().join(file), text).expect("is written");
            let file = format!("sqlx/migrations/{:014}_make_table.sql", number + 1);
            fs::write(folder.path().join(file), &sql).expect("is written");
            for all in [&mut script, &mut plain] {
                let _ = write!(all, "BEGIN;\n{sql}COMMIT;\n");
            }
        }
        fs::write(folder.path().join("limbeck/limbeck.toml"), "").expect("is written");
        fs::write(folder.path().join("all.psql"), script).expect("is written");
        fs::write(folder.path().join("all.sqlite"), plain).expect("is written");
        Self { folder, revisions }
    }

    fn limbeck(&self, words: &[&str], url: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        command.args(words).env("DATABASE_URL", url);
        command.current_dir(self.folder.path().join("limbeck"));
        command
    }

    fn sqlx(&self, program: &Path, url: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["migrate", "run"]).env("DATABASE_URL", url);
        command.current_dir(self.folder.path().join("sqlx"));
        command
    }

    /// The client of the database with all the SQL.
    fn floor(&self, dialect: Dialect, program: &Path, url: &str) -> Command {
        let mut command = Command::new(program);
        match dialect {
            Dialect::Postgres => {
                command.args(["--no-psqlrc", "--quiet", "--file"]);
                command.arg(self.folder.path().join("all.psql")).arg(url);
            }
            Dialect::Sqlite => {
                let file = self.folder.path().join("all.sqlite");
                command.arg(url.trim_start_matches("sqlite://"));
                command.stdin(fs::File::open(file).expect("is there"));
            }
        }
        command
    }
}

/// From start to exit; one that fails ends the benchmark with what it says.
fn time(mut command: Command) -> Duration {
    let started = Instant::now();
    let done = command.stdout(Stdio::null()).output().expect("starts");
    let took = started.elapsed();
    assert!(
        done.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    took
}

/// A program by the search path.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// Where databases are made.
enum Place {
    Postgres(Box<Scratch>),
    Sqlite(tempfile::TempDir),
}

impl Place {
    async fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self::Sqlite(tempfile::tempdir().expect("a folder")),
            Dialect::Postgres => {
                let mut server = ServerOptions::new(std::env::temp_dir().join("limbeck-bench"));
                server.bin_dir = std::env::var_os("LIMBECK_PG_BIN").map(Into::into);
                let path = std::env::var_os("PATH").unwrap_or_default();
                server.path = std::env::split_paths(&path).collect();
                let options = ScratchOptions {
                    scratch_url: None,
                    url: None,
                    same_server: false,
                    server,
                };
                let scratch = Scratch::open(&options).await;
                Self::Postgres(Box::new(scratch.expect("PostgreSQL starts")))
            }
        }
    }

    /// An empty database of this name.
    async fn empty(&mut self, name: &str) -> String {
        match self {
            Self::Postgres(scratch) => {
                let database = scratch.create_database(name, None).await.expect("is made");
                let url: DatabaseUrl = database.url;
                url.to_string()
            }
            Self::Sqlite(folder) => {
                let file = folder.path().join(format!("{name}.db"));
                let _ = fs::remove_file(&file);
                fs::File::create(&file).expect("is made");
                format!("sqlite://{}", file.display())
            }
        }
    }

    async fn close(self) {
        match self {
            Self::Postgres(scratch) => scratch.close().await.expect("stops"),
            Self::Sqlite(folder) => folder.close().expect("is removed"),
        }
    }
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}

/// The columns of a line.
async fn measure(dialect: Dialect, projects: &Projects) -> [Option<Duration>; 6] {
    let mut place = Place::of(dialect).await;
    let sqlx = find("sqlx");
    let client = find(match dialect {
        Dialect::Postgres => "psql",
        Dialect::Sqlite => "sqlite3",
    });
    let mut times: [Vec<Duration>; 6] = Default::default();
    let [current, nothing, sqlx_nothing, all, floor, sqlx_all] = &mut times;
    let (mut ours, mut theirs) = (String::new(), String::new());
    for run in 0..RUNS {
        ours = place.empty(&format!("limbeck{run}")).await;
        all.push(time(projects.limbeck(&["upgrade", "head"], &ours)));
        if let Some(client) = &client {
            let url = place.empty(&format!("floor{run}")).await;
            floor.push(time(projects.floor(dialect, client, &url)));
        }
        if let Some(sqlx) = &sqlx {
            theirs = place.empty(&format!("sqlx{run}")).await;
            sqlx_all.push(time(projects.sqlx(sqlx, &theirs)));
        }
    }
    for _ in 0..RUNS {
        nothing.push(time(projects.limbeck(&["upgrade", "head"], &ours)));
        if let Some(sqlx) = &sqlx {
            sqlx_nothing.push(time(projects.sqlx(sqlx, &theirs)));
        }
        current.push(time(projects.limbeck(&["current"], &ours)));
    }
    place.close().await;
    times.map(median)
}

fn main() {
    // `cargo test --all-targets` starts this too, and has nothing to learn from it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let mut sizes: Vec<usize> = std::env::args()
        .filter_map(|word| word.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec![10, 100, 1000];
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    println!("{LEGEND}\n");
    let mut head = format!("{:<8} {:>9}", "ms", "revisions");
    for name in ["current", "nothing", "sqlx", "all", "floor", "sqlx all"] {
        let _ = write!(head, " {name:>9}");
    }
    println!("{head}");
    for size in sizes {
        let projects = Projects::write(size);
        for dialect in Dialect::ALL {
            let times = runtime.block_on(measure(dialect, &projects));
            let mut line = format!("{dialect:<8} {:>9}", projects.revisions);
            for time in times {
                let time = time.map(|time| format!("{:.1}", time.as_secs_f64() * 1000.0));
                let _ = write!(line, " {:>9}", time.as_deref().unwrap_or("-"));
            }
            println!("{line}");
        }
    }
}
