//! The guides of docs/guides, followed from an empty folder to their last line, on both databases.
//!
//! A fence says what becomes of it: ```` ```rust file=PATH ```` (in any language) is written to that file,
//! ```` ```diff file=PATH ```` changes it, and of a ```` ```console ```` each line after `$ ` is run and prints what
//! stands below it. A last word `postgres` or `sqlite` keeps a fence for that database. Others are refused. With
//! LIMBECK_UPDATE=1 what SQLite, or a fence of PostgreSQL's own, prints is written into the document.

use std::fs;
use std::path::{Path, PathBuf};

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

use crate::guides::{
    GUIDE_0_CATALOG, GUIDE_1_CATALOG, GUIDE_2_CATALOG, GUIDE_3_CATALOG, GUIDE_4_CATALOG, catalog,
    sorted,
};
use crate::project::{Project, program};
use crate::transcript::{Exchange, Fence, console, fences, without_ids};

/// Which database a document is followed on; as fences call it.
const DATABASES: [&str; 2] = ["postgres", "sqlite"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides")
}

/// What a fence is for.
enum Purpose<'a> {
    Write(&'a str),
    Edit(&'a str),
    Run,
}

/// The purpose of a fence, and the database that it is for.
fn purpose<'a>(fence: &Fence<'a>) -> (Purpose<'a>, Option<&'a str>) {
    let (last, words) = fence.words.split_last().expect("a fence says what it is");
    let (database, words) = if DATABASES.contains(last) {
        (Some(*last), words)
    } else {
        (None, &fence.words[..])
    };
    let purpose = match words {
        ["console"] => Purpose::Run,
        [language, file] => {
            let file = file.strip_prefix("file=").expect("a fence names its file");
            match *language {
                "diff" => Purpose::Edit(file),
                _ => Purpose::Write(file),
            }
        }
        _ => panic!("line {}: neither a file nor a console", fence.line),
    };
    (purpose, database)
}

/// Follows a document; what prints something else than stands there comes back, with the line of its fence.
fn follow(project: &Project, document: &str, database: &str, url: &str) -> Vec<(usize, String)> {
    let mut differences = Vec::new();
    for fence in fences(document) {
        let (purpose, only) = purpose(&fence);
        if only.is_some_and(|only| only != database) {
            continue;
        }
        match purpose {
            Purpose::Write(".env") => project.write(".env", &with_url(&fence.text, url)),
            Purpose::Write(file) => project.write(file, &fence.text),
            Purpose::Edit(file) => {
                let [from, to] = ['-', '+'].map(|side| one_side(&fence, side));
                let times = project.read(file).matches(&from).count();
                assert_eq!(times, 1, "line {}: times that {file} has this", fence.line);
                project.edit(file, &from, &to);
            }
            Purpose::Run => {
                let documented = fence.exchanges();
                assert!(!documented.is_empty(), "line {}: no command", fence.line);
                let printed: Vec<Exchange> = documented
                    .iter()
                    .map(|exchange| run(project, &exchange.command))
                    .collect();
                let sides = [&documented, &printed].map(|side| comparable(&console(side)));
                if sides[0] != sides[1] {
                    differences.push((fence.line, console(&printed)));
                }
            }
        }
    }
    differences
}

fn run(project: &Project, command: &str) -> Exchange {
    if command.split(' ').any(|word| word == "todo") {
        let service = Path::new(&program()).with_file_name("todo");
        assert!(
            service.exists(),
            "{} is not there: cargo build --workspace --bins",
            service.display()
        );
    }
    let (mut output, code) = project.bash(command);
    // A failure that belongs to the guide is shown by `; echo $?`.
    assert_eq!(code, Some(0), "$ {command}\n{output}");
    if !output.is_empty() && !output.ends_with('\n') {
        output.push('\n');
    }
    Exchange {
        command: command.to_owned(),
        output,
    }
}

/// Settings whose database is that of the run.
fn with_url(settings: &str, url: &str) -> String {
    let lines = settings.lines().map(|line| {
        if line.starts_with("DATABASE_URL=") {
            format!("DATABASE_URL=\"{url}\"\n")
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

/// The lines of a change on one side of it.
fn one_side(fence: &Fence, side: char) -> String {
    let lines = fence.text.lines().filter_map(|line| {
        assert!(
            line.starts_with([' ', '-', '+']),
            "line {}: `{line}` begins with neither blank, `-` nor `+`",
            fence.line
        );
        line.strip_prefix([' ', side])
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// What must differ from run to run taken out: ids, dates and times, names and versions of servers, and how a
/// database spells the type of a column.
fn comparable(text: &str) -> String {
    let text = without_ids(&without_uuids(text));
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = if line.contains(": add column ") {
            line.to_lowercase()
        } else {
            line.to_owned()
        };
        let line = line.replace("PostgreSQL ", "SQLite ");
        let words = line.split(' ').map(|word| {
            let core = word.trim_end_matches([',', ':']);
            let is_made_of = |others: &[char]| {
                core.starts_with(|c: char| c.is_ascii_digit())
                    && core.contains(others)
                    && core
                        .chars()
                        .all(|c| c.is_ascii_digit() || "TZ".contains(c) || others.contains(&c))
            };
            if is_made_of(&['-', ':']) && core.len() >= 8 {
                word.replace(core, "TIME")
            } else if is_made_of(&['.']) {
                word.replace(core, "VERSION")
            } else if DATABASES.contains(&core) {
                word.replace(core, "DATABASE")
            } else {
                word.to_owned()
            }
        });
        lines.push(words.collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

fn without_uuids(text: &str) -> String {
    let is_uuid = |word: &&str| {
        let mut bytes = word.bytes().enumerate();
        word.len() == 36
            && bytes.all(|(index, byte)| match index {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
    };
    text.split([' ', '\n', '(', ')'])
        .filter(is_uuid)
        .fold(text.to_owned(), |text, uuid| text.replace(uuid, "UUID"))
}

/// The facts of a catalog of PostgreSQL that SQLite can tell, without the types.
fn on_sqlite(facts: &[&str]) -> Vec<String> {
    let facts = facts.iter().filter_map(|fact| {
        let fact = fact
            .replace('"', "")
            .replace("public.", "")
            .replace(" USING btree", "");
        let is_own = ["enum ", "sequence "]
            .iter()
            .any(|kind| fact.starts_with(kind));
        if is_own || fact.contains(": CHECK ") {
            return None;
        }
        if fact.starts_with("CREATE ") || fact.contains(": ") {
            return Some(fact);
        }
        let mut told = fact.split(' ').next()?.to_owned();
        if fact.contains(" not null") {
            told.push_str(" not null");
        }
        if fact.contains(" default ") && !fact.contains("nextval(") {
            told.push_str(" default");
        }
        Some(told)
    });
    let mut facts: Vec<String> = facts.collect();
    facts.sort();
    facts
}

/// The catalog of a SQLite database in the words of [`on_sqlite`].
async fn catalog_of_sqlite(connection: &mut Connection) -> Vec<String> {
    let sql = "
        WITH t AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'limbeck%' AND name NOT LIKE 'sqlite%')
        SELECT t.name || '.' || c.name || iif(c.\"notnull\", ' not null', '') || iif(c.dflt_value IS NULL, '', ' default')
            FROM t, pragma_table_info(t.name) AS c
        UNION ALL
        SELECT t.name || '_pkey: PRIMARY KEY (' || group_concat(c.name, ', ' ORDER BY c.pk) || ')'
            FROM t, pragma_table_info(t.name) AS c WHERE c.pk > 0 GROUP BY t.name
        UNION ALL
        SELECT format('%s_%s_fkey: FOREIGN KEY (%s) REFERENCES %s(%s)', t.name, f.\"from\", f.\"from\", f.\"table\", f.\"to\")
            || iif(f.on_delete = 'NO ACTION', '', ' ON DELETE ' || f.on_delete)
            FROM t, pragma_foreign_key_list(t.name) AS f
        UNION ALL
        SELECT format('%s_%s_key: UNIQUE (%s)', t.name, group_concat(c.name, '_'), group_concat(c.name, ', '))
            FROM t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c WHERE i.origin = 'u' GROUP BY t.name, i.name
        UNION ALL
        SELECT replace(i.sql, '\"', '') FROM t, sqlite_schema AS i WHERE i.tbl_name = t.name AND i.type = 'index' AND i.sql IS NOT NULL";
    let rows = connection.query_text(sql).await.unwrap();
    let mut facts: Vec<String> = rows.into_iter().flatten().flatten().collect();
    facts.sort();
    facts
}

/// Fails on what differs, or writes it into the document.
fn settle(path: &Path, document: &str, differences: &[(usize, String)]) {
    if differences.is_empty() {
        return;
    }
    if std::env::var_os("LIMBECK_UPDATE").is_none() {
        let told: Vec<String> = differences
            .iter()
            .map(|(line, printed)| format!("{}:{line}: prints\n{printed}", path.display()))
            .collect();
        panic!("{}", told.join("\n"));
    }
    let mut updated = String::new();
    let mut rest = document.lines().enumerate();
    while let Some((index, line)) = rest.next() {
        updated.push_str(line);
        updated.push('\n');
        let printed = differences.iter().find(|(line, _)| *line == index + 1);
        if let Some((_, printed)) = printed {
            updated.push_str(printed);
            rest.by_ref().find(|(_, line)| *line == "```");
            updated.push_str("```\n");
        }
    }
    fs::write(path, updated).unwrap();
}

/// What the database holds at the end of a document.
enum End<'a> {
    /// These facts.
    Catalog(&'a [&'a str]),
    /// So many tasks.
    Tasks(&'a str),
}

async fn count_tasks(live: &mut Connection) -> String {
    let rows = live.query_text("SELECT count(*) FROM tasks").await.unwrap();
    rows[0][0].clone().unwrap()
}

async fn follow_on_postgres(file: &str, end: End<'_>) {
    let path = folder().join(file);
    let document = fs::read_to_string(&path).unwrap();
    let project = Project::empty();
    let mut scratch = project.postgres().await;
    let database = scratch.create_database("guide", None).await.unwrap();
    let url = database.url.to_string();
    let differences = follow(&project, &document, "postgres", &url);
    settle(&path, &document, &differences);
    let mut live = database.connect().await.unwrap();
    match end {
        End::Catalog(facts) => assert_eq!(catalog(&mut live).await, sorted(facts)),
        End::Tasks(tasks) => assert_eq!(count_tasks(&mut live).await, tasks),
    }
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

async fn follow_on_sqlite(file: &str, end: End<'_>) {
    let path = folder().join(file);
    let document = fs::read_to_string(&path).unwrap();
    let project = Project::empty();
    let differences = follow(&project, &document, "sqlite", "sqlite:///todo.db");
    settle(&path, &document, &differences);
    let url = DatabaseUrl::parse("sqlite:///todo.db", &project.path("")).unwrap();
    let mut live = Connection::connect(&url).await.unwrap();
    match end {
        End::Catalog(facts) => {
            assert_eq!(catalog_of_sqlite(&mut live).await, on_sqlite(facts));
        }
        End::Tasks(tasks) => assert_eq!(count_tasks(&mut live).await, tasks),
    }
    live.close().await.unwrap();
}

/// The facts, and that of the column which the guide adds.
fn with<'a>(facts: &[&'a str], column: &'a str) -> Vec<&'a str> {
    [facts, &[column]].concat()
}

const DIESEL_CATALOG: [&str; 12] = [
    "authors.id integer not null default nextval('authors_id_seq'::regclass)",
    "authors.name text not null",
    "authors_pkey: PRIMARY KEY (id)",
    "posts.author_id integer not null",
    "posts.draft boolean not null",
    "posts.id integer not null default nextval('posts_id_seq'::regclass)",
    "posts.published_at timestamp without time zone",
    "posts.title text not null",
    "posts_author_id_fkey: FOREIGN KEY (author_id) REFERENCES authors(id)",
    "posts_pkey: PRIMARY KEY (id)",
    "sequence authors_id_seq",
    "sequence posts_id_seq",
];

#[tokio::test]
async fn diesel_on_postgres() {
    follow_on_postgres("../diesel.md", End::Catalog(&DIESEL_CATALOG)).await;
}

#[tokio::test]
async fn diesel_on_sqlite() {
    follow_on_sqlite("../diesel.md", End::Catalog(&DIESEL_CATALOG)).await;
}

#[tokio::test]
async fn guide_0_on_postgres() {
    follow_on_postgres("0-quickstart.md", End::Catalog(&GUIDE_0_CATALOG)).await;
}

#[tokio::test]
async fn guide_0_on_sqlite() {
    follow_on_sqlite("0-quickstart.md", End::Catalog(&GUIDE_0_CATALOG)).await;
}

#[tokio::test]
async fn guide_1_on_postgres() {
    follow_on_postgres("1-schema.md", End::Catalog(&GUIDE_1_CATALOG)).await;
}

#[tokio::test]
async fn guide_1_on_sqlite() {
    follow_on_sqlite("1-schema.md", End::Catalog(&GUIDE_1_CATALOG)).await;
}

#[tokio::test]
async fn guide_2_on_postgres() {
    follow_on_postgres(
        "2-skill.md",
        End::Catalog(&with(&GUIDE_2_CATALOG, "todos.tags text")),
    )
    .await;
}

#[tokio::test]
async fn guide_2_on_sqlite() {
    follow_on_sqlite(
        "2-skill.md",
        End::Catalog(&with(&GUIDE_2_CATALOG, "todos.tags text")),
    )
    .await;
}

#[tokio::test]
async fn guide_3_on_postgres() {
    follow_on_postgres(
        "3-migrations.md",
        End::Catalog(&with(&GUIDE_3_CATALOG, "tasks.note text")),
    )
    .await;
}

#[tokio::test]
async fn guide_3_on_sqlite() {
    follow_on_sqlite(
        "3-migrations.md",
        End::Catalog(&with(&GUIDE_3_CATALOG, "tasks.note text")),
    )
    .await;
}

#[tokio::test]
async fn guide_4_on_postgres() {
    follow_on_postgres("4-setup.md", End::Catalog(&GUIDE_4_CATALOG)).await;
}

#[tokio::test]
async fn guide_4_on_sqlite() {
    follow_on_sqlite("4-setup.md", End::Catalog(&GUIDE_4_CATALOG)).await;
}

#[tokio::test]
async fn guide_5_on_postgres() {
    follow_on_postgres("5-service.md", End::Tasks("3")).await;
}

#[tokio::test]
async fn guide_5_on_sqlite() {
    follow_on_sqlite("5-service.md", End::Tasks("3")).await;
}

/// The cells of the rows of tables, below their heads.
fn rows(document: &str) -> Vec<Vec<String>> {
    let lines = document.lines().filter(|line| line.starts_with("| "));
    lines
        .map(|line| {
            // A bar that belongs to a command.
            let line = line.replace("\\|", "\u{1}");
            let cells = line.trim_matches('|').split('|');
            cells
                .map(|cell| cell.trim().replace('\u{1}', "|"))
                .collect()
        })
        .collect()
}

/// What stands in backticks.
fn in_backticks(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn each_command_of_the_table_stands_in_its_guide() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let mut seen = Vec::new();
    for row in rows(&readme) {
        let (Some(file), [_, _, commands, _]) =
            (row[0].split(['(', ')']).nth(1).map(str::to_owned), &row[..])
        else {
            continue;
        };
        let document = fs::read_to_string(folder().join(&file)).unwrap();
        let consoles = fences(&document).into_iter().filter(Fence::is_console);
        let guide: Vec<String> = consoles
            .flat_map(|fence| fence.exchanges())
            .map(|exchange| exchange.command)
            .collect();
        let commands = in_backticks(commands);
        assert!(!commands.is_empty(), "{row:?} has no command");
        for command in commands {
            let is_there = guide.iter().any(|line| line.starts_with(command));
            assert!(is_there, "{file} does not run `{command}`");
        }
        seen.push(file);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6, "{seen:?}");
    assert!(rows(&readme).len() > 40, "the table is there");
}

/// The page for those who come from elsewhere.
fn page() -> String {
    fs::read_to_string(folder().join("../coming-from-alembic.md")).unwrap()
}

#[test]
fn what_alembic_has_is_a_command_here() {
    let help = |arguments: &str| {
        let (shown, code) = Project::empty().bash(&format!("limbeck {arguments} --help"));
        assert_eq!(code, Some(0), "{shown}");
        shown
    };
    let list = help("");
    let list = list.split("Commands:\n").nth(1).unwrap();
    let names: Vec<&str> = list
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let page = page();
    let mut seen = 0;
    for row in rows(&page) {
        for command in row.iter().flat_map(|cell| in_backticks(cell)) {
            let Some(words) = command.strip_prefix("limbeck ") else {
                continue;
            };
            let words: Vec<&str> = words.split(' ').collect();
            let name = words.iter().find(|word| names.contains(word));
            let name = name.unwrap_or_else(|| panic!("`{command}` is no command"));
            let shown = help(name);
            let options = words.iter().filter(|word| {
                word.starts_with('-') && !word.contains(|c: char| c.is_ascii_digit())
            });
            for option in options {
                let is_known = shown
                    .split_whitespace()
                    .any(|word| word.trim_end_matches(',') == *option);
                assert!(is_known, "`{command}`: {option} is unknown");
            }
            seen += 1;
        }
    }
    assert!(seen > 25, "{seen} commands are on the page");
}

#[test]
fn what_a_field_says_in_sqlmodel_is_an_attribute_here() {
    let page = page();
    let project = Project::empty();
    project.write(
        "Cargo.toml",
        "[package]\nname = \"todo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nlimbeck = \"0.1\"\n",
    );
    let differences = follow(&project, &page, "sqlite", "sqlite:///todo.db");
    assert!(differences.is_empty(), "the page has no console");
    let revision = project.run("revision --autogenerate -m Fields --dialect sqlite");
    assert!(revision.ends_with("exit 0\n"), "{revision}");
    let models = project.read("src/lib.rs");
    let mut seen = 0;
    for row in rows(&page) {
        for attribute in row.iter().flat_map(|cell| in_backticks(cell)) {
            let Some((_, inner)) = attribute.split_once('(') else {
                continue;
            };
            let Some(inner) = inner
                .strip_suffix(")]")
                .filter(|_| attribute.starts_with("#["))
            else {
                continue;
            };
            let is_scanned = models.contains(inner)
                || inner.split(", ").all(|part| {
                    [format!("({part}"), format!(" {part}")]
                        .iter()
                        .any(|part| models.contains(part.as_str()))
                });
            assert!(is_scanned, "no model has `{attribute}`");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen} attributes are on the page");
}
