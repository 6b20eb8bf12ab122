//! What a new user meets, and what is said: each situation is provoked, and the whole answer stands in a
//! snapshot. Every answer is held to the same few rules besides.

mod server;

use std::fmt::Write as _;
use std::fs;

use crate::project::{MODELS, Project};

/// Words of a parser or of Rust, which nobody who reads a message knows or looks for.
const WORDS_OF_OTHERS: [&str; 14] = [
    "untagged",
    "unknown variant",
    "unknown field",
    "invalid type",
    "expected a sequence",
    "expected a map",
    "expected struct",
    "docs.rs",
    "SqlType",
    "Some(",
    "None",
    "Err(",
    "panicked",
    "RUST_BACKTRACE",
];

const COMMANDS: [&str; 21] = [
    "adopt",
    "branches",
    "check",
    "completions",
    "current",
    "database",
    "diff",
    "downgrade",
    "edit",
    "heads",
    "history",
    "init",
    "inspect",
    "merge",
    "repair",
    "resume",
    "revision",
    "show",
    "stamp",
    "upgrade",
    "verify",
];

/// Holds an answer to what every message must be like.
fn judge(situation: &str, shown: &str) {
    for word in WORDS_OF_OTHERS {
        assert!(!shown.contains(word), "{situation}: {word}: {shown}");
    }
    let errors = shown.matches("err| error: ").count();
    let fails = !shown.ends_with("exit 0\n") && !shown.ends_with("exit 1\n");
    assert!(
        !fails || errors >= 1,
        "{situation}: it fails without an error: {shown}"
    );
    for line in shown.lines() {
        assert!(
            !line.contains("``"),
            "{situation}: nothing in backticks: {line}"
        );
        assert!(!line.contains("`a` to `a`"), "{situation}: {line}");
        let Some(hint) = line.strip_prefix("err| hint: ") else {
            continue;
        };
        for (place, _) in hint.match_indices("limbeck ") {
            let is_word = hint[..place].ends_with([' ', '`', '(']) || place == 0;
            let command = hint[place + "limbeck ".len()..]
                .split([' ', '`', ',', '"', ')'])
                .next();
            let command = command.unwrap_or_default();
            assert!(
                !is_word || COMMANDS.contains(&command),
                "{situation}: no such command: {hint}"
            );
        }
    }
}

/// A situation, how it comes about, and the commands that meet it.
type Case<'a> = (&'a str, &'a dyn Fn(&Project), &'a [&'a str]);

/// The answers of a group, one below the other.
fn answers(cases: &[Case<'_>]) -> String {
    let mut text = String::new();
    for (situation, prepare, commands) in cases {
        let project = Project::new();
        prepare(&project);
        writeln!(text, "## {situation}").unwrap();
        for command in *commands {
            let shown = project.run(command);
            judge(situation, &shown);
            write!(text, "$ limbeck {command}\n{shown}").unwrap();
        }
        text.push('\n');
    }
    text
}

/// A revision for SQLite.
fn revision(id: &str, parents: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "-- {id}\n--\n-- revision: {id}\n-- parents:  {parents}\n-- dialects: sqlite\n\n\
         -- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
    )
}

fn first(project: &Project) {
    project.write(
        "migrations/aaaa1111_first.sql",
        &revision(
            "aaaa1111",
            "none",
            "CREATE TABLE t (a INTEGER);",
            "-- loses: t\nDROP TABLE t;",
        ),
    );
}

fn second(project: &Project, parents: &str, upgrade: &str, downgrade: &str) {
    first(project);
    project.write(
        "migrations/bbbb2222_second.sql",
        &revision("bbbb2222", parents, upgrade, downgrade),
    );
}

#[test]
fn typed_wrong() {
    let cases: &[Case<'_>] = &[
        ("a command", &|_| (), &["revison"]),
        (
            "a flag",
            &first,
            &[
                "upgrade --alow-loss",
                "downgrade --sq base",
                "stamp --purg head",
            ],
        ),
        (
            "a value of a flag",
            &|_| (),
            &[
                "heads --format yaml",
                "heads --color blue",
                "check --only drfit",
            ],
        ),
        ("a dialect", &|_| (), &["verify --dialect mysql"]),
        ("what is ignored", &|_| (), &["check --ignore onwers"]),
        (
            "a revision",
            &first,
            &[
                "upgrade aaab",
                "show zzzz",
                "downgrade -2",
                "history -r zzzz:",
                "upgrade +2",
            ],
        ),
        (
            "a side",
            &|_| (),
            &[
                "diff models nowhere",
                "diff models x.sql",
                "diff models sqlite:///none.db",
            ],
        ),
        (
            "a folder",
            &|_| (),
            &["heads -C nowhere", "heads --config nowhere.toml"],
        ),
        ("a section of limbeck.toml", &|_| (), &["heads --env prod"]),
        ("a URL as revision", &first, &["upgrade sqlite:///todo.db"]),
        (
            "the other way",
            &first,
            &[
                "upgrade -1",
                "upgrade base:head",
                "downgrade head:base",
                "upgrade --lock-wait soon",
            ],
        ),
        (
            "nothing is there yet",
            &|_| (),
            &[
                "show head",
                "stamp head",
                "upgrade",
                "current",
                "downgrade base",
                "verify",
            ],
        ),
        (
            "a rename",
            &|project| {
                project.run("revision --autogenerate -m First");
            },
            &[
                "revision --autogenerate -m x --rename tsaks:todos",
                "revision --autogenerate -m x --drop tsaks",
            ],
        ),
    ];
    insta::assert_snapshot!(answers(cases));
}

/// Each key of limbeck.toml, wrong.
const CONFIGURATIONS: &[&str] = &[
    "dialects = \"sqlite\"",
    "dialects = []",
    "dialects = [1]",
    "dialects = [\"sqlit\"]",
    "url = 5",
    "url = \"\"",
    "url = \"nonsense\"",
    "url = \"${DATABASE_URL\"",
    "scratch_url = 5",
    "scratch = \"yes\"",
    "scratch = true",
    "migrations = 5",
    "migrations = []",
    "migrations = \"\"",
    "history_table = \"\"",
    "history_table = 5",
    "search_path = 5",
    "role = 5",
    "lock_timeout = \"soon\"",
    "lock_timeout = -1",
    "models = \"x\"",
    "[models]\ncrates = \"todo\"",
    "[models]\ncrates = [\"tood\"]",
    "[models]\nfeatures = [\"nope\"]",
    "[models]\npath = \"nowhere\"",
    "[models]\npath = 5",
    "types = 5",
    "[types]\n\"a::B\" = 5",
    "[types]\n\"a::B\" = { mysql = \"x\" }",
    "[unmanaged]\ntables = \"x\"",
    "[unmanaged]\ntable = [\"x\"]",
    "[unmanaged]\ndefaults = \"t.at\"",
    "[unmanaged]\ndefaults = [\"at\"]",
    "[names]\nindex = 5",
    "[names]\nindex = \"ix_{table\"",
    "[names]\nindex = \"{md5:{table}}\"",
    "[names]\nindex = \"{sha256:999:{table}}\"",
    "[names]\nindex = \"ix_{table}_{referenced_table}\"",
    "[names]\nindex = \"{table}\\u0000\"",
    "[names]\nindex = \"ix_{tabel}\"",
    "[names]\nindex = \"same\"",
    "[names]\nidx = \"x\"",
    "[diff]\nignore = [\"onwers\"]",
    "[diff]\nignore = \"owners\"",
    "[env]\nprod = 5",
    "[env.prod]\nurll = \"x\"",
    "[env.prod.env.x]\nurl = \"x\"",
    "url = \"a\"\nurl = \"b\"",
    "= 5",
    "[models\n",
];

#[test]
fn each_key_of_the_configuration() {
    let mut text = String::new();
    for configuration in CONFIGURATIONS {
        let project = Project::without_url();
        project.write("limbeck.toml", configuration);
        project.write(
            "migrations/a.sql",
            &revision("aaaa1111", "none", "SELECT 1;", "-- nothing"),
        );
        let shown = project.run("check --ignore owners");
        judge(configuration, &shown);
        assert!(shown.ends_with("exit 2\n"), "{configuration}: {shown}");
        write!(text, "## {}\n{shown}\n", configuration.replace('\n', " ⏎ ")).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn urls() {
    let mut text = String::new();
    for url in [
        "",
        "todo.db",
        "file:x.db",
        "mysql://u@h/d",
        "sqlite:",
        "sqlite:///no/such/folder/x.db",
        "sqlite:///src",
        "sqlite:///Cargo.toml",
        "postgres://u:secret@nohost.invalid/d",
        "postgres://u:secret@127.0.0.1:1/d",
        "postgres://u:secret@h:port/d",
        "postgres://u:secret@h/d?sslmode=maybe",
        "postgres://u:secret@h/d?foo=bar",
    ] {
        let project = Project::without_url();
        first(&project);
        let shown = project.run(&format!("upgrade --url \"{url}\""));
        judge(url, &shown);
        assert!(!shown.contains("secret"), "{shown}");
        write!(text, "## {url}\n{shown}\n").unwrap();
    }
    // What the resolver says differs from system to system.
    let text = text
        .lines()
        .filter(|line| !line.contains("failed to lookup"));
    insta::assert_snapshot!(text.collect::<Vec<_>>().join("\n"));
}

#[test]
fn revisions() {
    let write = |name: &'static str, text: &'static [u8]| {
        move |project: &Project| {
            first(project);
            fs::write(project.path("migrations").join(name), text).unwrap();
        }
    };
    let cases: &[Case<'_>] = &[
        ("a parent is missing", &|project| second(project, "cccc3333", "SELECT 1;", "-- nothing"), &["upgrade"]),
        ("a circle", &|project| {
            second(project, "cccc3333", "SELECT 1;", "-- nothing");
            project.write("migrations/c.sql", &revision("cccc3333", "bbbb2222", "SELECT 1;", "-- nothing"));
        }, &["upgrade"]),
        ("two heads", &|project| second(project, "none", "CREATE TABLE u (a INTEGER);", "-- loses: u\nDROP TABLE u;"), &[
            "upgrade", "revision -m x", "stamp head", "upgrade heads", "merge heads -m Merge --rev-id cccc3333",
            "upgrade", "downgrade -1",
        ]),
        ("an id twice", &write("b.sql", b"-- revision: aaaa1111\n-- parents: none\n\n-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n"), &["heads"]),
        ("bytes that are no text", &write("b.sql", b"-- revision: b\n\xff\n"), &["heads"]),
        ("a NUL byte", &write("b.sql", b"-- revision: b\n\0\n"), &["heads"]),
        ("an empty file", &write("b.sql", b""), &["heads"]),
        ("SQL alone", &write("b.sql", b"CREATE TABLE u (a int);\n"), &["heads"]),
        ("no id", &write("b.sql", b"-- x\n--\n-- parents: none\n\n-- upgrade\nSELECT 1;\n"), &["heads"]),
        ("no parents", &write("b.sql", b"-- revision: bbbb2222\n\n-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n"), &["heads"]),
        ("a misspelt key", &write("b.sql", b"-- revision: bbbb2222\n-- parent: none\n\n-- upgrade\nSELECT 1;\n"), &["heads"]),
        ("a dialect that is none", &write("b.sql", b"-- revision: bbbb2222\n-- parents: none\n-- dialects: mysql\n\n-- upgrade\nSELECT 1;\n"), &["heads"]),
        ("no downgrade", &write("b.sql", b"-- revision: bbbb2222\n-- parents: aaaa1111\n\n-- upgrade\nSELECT 1;\n"), &["heads"]),
        ("an empty section", &write("b.sql", b"-- revision: bbbb2222\n-- parents: aaaa1111\n\n-- upgrade\n-- downgrade\n-- nothing\n"), &["heads", "verify", "upgrade", "upgrade --sql", "stamp head", "downgrade base"]),
        ("a misspelt marker", &write("b.sql", b"-- revision: bbbb2222\n-- parents: aaaa1111\n\n-- Upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n"), &["heads"]),
        ("a string that is never closed", &write("b.sql", b"-- revision: bbbb2222\n-- parents: aaaa1111\n\n-- upgrade\nSELECT 'x;\n-- downgrade\n-- nothing\n"), &["heads"]),
        ("a misspelt announcement", &|project| second(project, "aaaa1111", "-- looses: t\nDROP TABLE t;", "-- nothing"), &["verify"]),
        ("a loss of what is not there", &|project| second(project, "aaaa1111", "-- loses: x\nSELECT 1;", "-- nothing"), &["verify"]),
        ("a mistake in SQL", &|project| second(project, "aaaa1111", "SELECT 1;\n\nCREATE TABL u (a INTEGER);", "-- nothing"), &["verify", "upgrade"]),
        ("what is made is there already", &|project| second(project, "aaaa1111", "CREATE TABLE t (a INTEGER);", "-- nothing"), &["verify", "upgrade"]),
        ("a downgrade that does not lead back", &|project| second(project, "aaaa1111", "CREATE TABLE u (a INTEGER);", "-- nothing"), &["verify"]),
        ("a fixture of no revision", &|project| {
            first(project);
            project.write("migrations/fixtures/zzzz.sql", "SELECT 1;");
        }, &["verify"]),
        ("a file that was run is edited", &|project| {
            first(project);
            project.run("upgrade");
            project.edit("migrations/aaaa1111_first.sql", "a INTEGER", "a TEXT");
            project.write("migrations/b.sql", &revision("bbbb2222", "aaaa1111", "CREATE INDEX i ON t (b);", "DROP INDEX i;"));
        }, &["upgrade", "check --only drift", "current"]),
        ("a file that was run is gone", &|project| {
            first(project);
            project.run("upgrade");
            fs::remove_file(project.path("migrations/aaaa1111_first.sql")).unwrap();
        }, &["upgrade", "current", "check --only drift"]),
    ];
    insta::assert_snapshot!(answers(cases));
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere() {
    let project = Project::new();
    first(&project);
    std::os::unix::fs::symlink("nowhere.sql", project.path("migrations/b.sql")).unwrap();
    let shown = project.run("heads");
    judge("a link", &shown);
    insta::assert_snapshot!(shown);
}

/// Breaks `todo.db` after the first revision.
fn broken(project: &Project, damage: &dyn Fn(&mut Vec<u8>)) {
    second(
        project,
        "aaaa1111",
        "CREATE TABLE u (a INTEGER);",
        "-- loses: u\nDROP TABLE u;",
    );
    project.run("upgrade aaaa1111");
    let file = project.path("todo.db");
    let mut bytes = fs::read(&file).unwrap();
    damage(&mut bytes);
    fs::write(&file, bytes).unwrap();
}

#[test]
fn sqlite_files() {
    let cases: &[Case<'_>] = &[
        (
            "damaged",
            &|project| broken(project, &|bytes| bytes[100..400].fill(0xff)),
            &["upgrade", "current", "check --only drift", "inspect"],
        ),
        (
            "cut off",
            &|project| broken(project, &|bytes| bytes.truncate(5000)),
            &["upgrade", "inspect"],
        ),
        (
            "no database",
            &|project| {
                first(project);
                project.write(
                    "todo.db",
                    "hello, this is no database at all, and long enough to be looked at\n",
                );
            },
            &["upgrade", "inspect", "check --only pending"],
        ),
        (
            "full",
            &|project| {
                second(
                    project,
                    "aaaa1111",
                    "PRAGMA max_page_count = 20;\nCREATE TABLE u AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 999) SELECT hex(zeroblob(500)) AS a FROM c;",
                    "-- loses: u\nDROP TABLE u;",
                );
            },
            &["upgrade"],
        ),
        (
            "not there",
            &first,
            &["current", "inspect", "downgrade base", "check --only drift"],
        ),
        (
            "empty",
            &|project| project.write("todo.db", ""),
            &["inspect", "current"],
        ),
    ];
    insta::assert_snapshot!(answers(cases));
}

/// What is written into `src/models.rs`.
const SOURCES: &[&str] = &[
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, b: Strng }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, b: std::collections::BTreeMap<String, i32> }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, b: u64 }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, b: Vec<String> }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, b: (i32, i32) }",
    "#[derive(Table)] struct A { #[column(primary_ky)] id: i32 }",
    "#[derive(Table)] struct A { #[column(primary_key, foo)] id: i32 }",
    "#[derive(Table)] struct A { #[colum(primary_key)] id: i32 }",
    "#[derive(Table)] #[tabel(name = \"x\")] struct A { #[column(primary_key)] id: i32 }",
    "#[derive(Debug, Table)] struct A { #[Column(primary_key)] id: i32 }",
    "#[derive(Table)] #[table(nam = \"x\")] struct A { #[column(primary_key)] id: i32 }",
    "#[derive(Table)] #[table(name = x)] struct A { #[column(primary_key)] id: i32 }",
    "#[derive(Table)] #[table(index(nope))] struct A { #[column(primary_key)] id: i32 }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, #[column(default = \"x\")] b: i32 }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, #[column(default = nwo)] b: chrono::NaiveDateTime }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, #[column(references = B)] b: i32 }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, #[column(references = \"b.id\")] b: i32 }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, #[column(references = \"a.nope\")] b: i32 }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, #[column(references = A, on_delete = casacde)] b: i32 }",
    "#[derive(Table)] struct A {}",
    "#[derive(Table)] struct A(i32);",
    "#[derive(Table)] enum A { B }",
    "#[derive(Table)] struct A<T> { #[column(primary_key)] id: T }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32 }\n#[derive(Table)] #[table(name = \"a\")] struct B { #[column(primary_key)] id: i32 }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, #[column(name = \"id\")] b: i32 }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32, #[column(generated = \"id +\")] b: i32 }",
    "#[derive(Enum)] enum E {}\n#[derive(Table)] struct A { #[column(primary_key)] id: i32, e: E }",
    "#[derive(Enum)] enum E { A(i32) }\n#[derive(Table)] struct A { #[column(primary_key)] id: i32, e: E }",
    "#[derive(Table)] struct A { #[column(primary_key)] id: i32",
];

#[test]
fn models() {
    let mut text = String::new();
    for source in SOURCES {
        let project = Project::new();
        project.write(
            "src/models.rs",
            &format!("use limbeck::{{Enum, Table}};\n{source}\n"),
        );
        let shown = project.run("revision --autogenerate -m First");
        judge(source, &shown);
        assert!(
            shown.ends_with("exit 2\n") || shown.ends_with("exit 3\n"),
            "{source}: {shown}"
        );
        assert!(!project.path("migrations").exists(), "{source}");
        write!(text, "## {}\n{shown}\n", source.replace('\n', " ⏎ ")).unwrap();
    }
    insta::assert_snapshot!(text);
}

/// An attribute that another derive may have is nobody's near miss, and words of SQL are names.
#[test]
fn what_only_looks_wrong() {
    for source in [
        "#[derive(Table, Columns)] struct A { #[columns] #[column(primary_key)] id: i32 }",
        "#[derive(Table)] struct Order { #[column(primary_key)] id: i32, r#type: String, select: String, group: Option<i32> }",
    ] {
        let project = Project::new();
        project.write("src/models.rs", &format!("use limbeck::Table;\n{source}\n"));
        for command in ["revision --autogenerate -m First", "upgrade", "check"] {
            let shown = project.run(command);
            assert!(shown.ends_with("exit 0\n"), "{source}: {shown}");
        }
    }
    assert!(MODELS.contains("derive(Table)"));
}
