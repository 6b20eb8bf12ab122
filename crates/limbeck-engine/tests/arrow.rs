//! The whole arrow: versions of models, from Rust source to an upgraded database and back.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::folder;
use limbeck::run::{RunOptions, downgrade, upgrade};
use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::Decisions;
use limbeck_core::op::Operation;
use limbeck_core::revision::{Revision, RevisionId, Sections};
use limbeck_core::schema::QualifiedName;
use limbeck_engine::autogenerate::{compare, generate};
use limbeck_engine::compare::Project;
use limbeck_engine::drift::drift;
use limbeck_engine::inspect::InspectOptions;
use limbeck_engine::proof::verify;
use limbeck_engine::scratch::{Scratch, ScratchDatabase, ScratchOptions, ServerOptions};
use limbeck_engine::state::{Bench, BenchOptions};
use limbeck_models::{ScanOptions, scan};

use crate::common::answers::decisions;
use crate::common::benches::Names;

/// A version of models, with the answers that its revision needs.
struct Version {
    source: &'static str,
    answers: &'static [&'static str],
    /// What autogenerate finds, on PostgreSQL and on SQLite.
    expected: &'static [&'static str],
}

const fn version(source: &'static str, expected: &'static [&'static str]) -> Version {
    Version {
        source,
        answers: &[],
        expected,
    }
}

const fn answered(
    source: &'static str,
    answers: &'static [&'static str],
    expected: &'static [&'static str],
) -> Version {
    Version {
        source,
        answers,
        expected,
    }
}

const CASES: &[(&str, &[Version])] = &[
    (
        "a column comes and goes",
        &[
            version(
                "#[derive(Table)] #[table(name = \"tasks\")] pub struct Task { #[column(primary_key)] id: i32, title: String }",
                &["create table tasks"],
            ),
            version(
                "#[derive(Table)] #[table(name = \"tasks\")] pub struct Task { #[column(primary_key)] id: i32, title: String, #[column(default = 0)] priority: i32 }",
                &["add column tasks.priority"],
            ),
            version(
                "#[derive(Table)] #[table(name = \"tasks\")] pub struct Task { #[column(primary_key)] id: i32, title: String }",
                &["drop column tasks.priority"],
            ),
        ],
    ),
    (
        "an enum gains, loses and renames values",
        &[
            version(
                "#[derive(Enum)] pub enum Status { Pending, Done } #[derive(Table)] #[table(name = \"tasks\")] pub struct Task { #[column(primary_key)] id: i32, #[column(default = Status::Pending, index)] status: Status }",
                &["create enum status (pending, done)", "create table tasks"],
            ),
            version(
                "#[derive(Enum)] pub enum Status { Pending, Active, Done } #[derive(Table)] #[table(name = \"tasks\")] pub struct Task { #[column(primary_key)] id: i32, #[column(default = Status::Active, index)] status: Status }",
                &[
                    "alter enum status: add value active",
                    "alter column tasks.status: set default",
                ],
            ),
            version(
                "#[derive(Enum)] pub enum Status { #[enum_type(renamed_from = \"pending\")] Open, Active, Done } #[derive(Table)] #[table(name = \"tasks\")] pub struct Task { #[column(primary_key)] id: i32, #[column(default = Status::Active, index)] status: Status }",
                &["alter enum status: rename value pending to open"],
            ),
            version(
                "#[derive(Enum)] pub enum Status { Open, Done } #[derive(Table)] #[table(name = \"tasks\")] pub struct Task { #[column(primary_key)] id: i32, #[column(default = Status::Open, index)] status: Status }",
                &[
                    "alter enum status: remove value active",
                    "alter column tasks.status: set default",
                ],
            ),
        ],
    ),
    (
        "a column is renamed, and everything that names it",
        &[
            version(
                "#[derive(Table)] #[table(name = \"tasks\", check(\"length(text) > 0\"))] pub struct Task { #[column(primary_key)] id: i32, #[column(index, max_length = 50, unique)] text: String }",
                &["create table tasks"],
            ),
            answered(
                "#[derive(Table)] #[table(name = \"tasks\", check(\"length(title) > 0\"))] pub struct Task { #[column(primary_key)] id: i32, #[column(index, max_length = 50, unique)] title: String }",
                &["--rename tasks.text:title"],
                &[
                    "rename column tasks.text to title",
                    "rename constraint tasks.tasks_text_check to tasks_title_check",
                    "rename constraint tasks.tasks_text_key to tasks_title_key",
                    "rename index tasks.ix_tasks_text to ix_tasks_title",
                ],
            ),
            version(
                "#[derive(Table)] #[table(name = \"todos\", renamed_from = \"tasks\", check(\"length(title) > 0\"))] pub struct Task { #[column(primary_key)] id: i32, #[column(index, max_length = 50, unique)] title: String }",
                &[
                    "rename table tasks to todos",
                    "rename constraint",
                    "rename constraint",
                    "rename constraint",
                    "rename index",
                ],
            ),
        ],
    ),
    (
        "types widen and change family under a check with IN",
        &[
            version(
                "#[derive(Table)] #[table(name = \"t\", check(\"status IN ('a', 'b')\"))] pub struct T { #[column(primary_key)] id: i32, #[column(max_length = 10, default = \"a\")] status: String, n: i32 }",
                &["create table t"],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\", check(\"status IN ('a', 'b')\"))] pub struct T { #[column(primary_key)] id: i64, #[column(default = \"a\")] status: String, n: Option<String> }",
                &[],
            ),
        ],
    ),
    (
        "not null arrives with a fill and with a default",
        &[
            version(
                "#[derive(Table)] #[table(name = \"t\")] pub struct T { #[column(primary_key)] id: i32, a: Option<i32> }",
                &["create table t"],
            ),
            answered(
                "#[derive(Table)] #[table(name = \"t\")] pub struct T { #[column(primary_key)] id: i32, #[column(default = 7)] a: i32, b: String, c: String }",
                &["--fill t.b='x'", "--fill t.c=upper('y')"],
                &[
                    "alter column t.a: set not null, set default 7",
                    "add column t.b",
                    "add column t.c",
                ],
            ),
        ],
    ),
    (
        "tables reference each other in a circle",
        &[
            version(
                "#[derive(Table)] #[table(name = \"a\")] pub struct A { #[column(primary_key)] id: i32, #[column(references = B)] b: Option<i32> } #[derive(Table)] #[table(name = \"b\")] pub struct B { #[column(primary_key)] id: i32, #[column(references = A, on_delete = cascade)] a: Option<i32> }",
                &["create table a", "create table b"],
            ),
            answered(
                "#[derive(Table)] #[table(name = \"c\")] pub struct C { #[column(primary_key)] id: i32 }",
                &["--drop a", "--drop b"],
                &["create table c", "drop table a", "drop table b"],
            ),
        ],
    ),
    (
        "keys of several columns, partial and ordered indexes, comments",
        &[
            version(
                "#[derive(Table)] #[table(name = \"t\", comment = \"things\", index(b, a desc), index(name = \"part\", columns(b), unique, where = \"a > 0\"), unique(b, c))] pub struct T { #[column(primary_key)] a: i32, #[column(primary_key, comment = \"the other\")] b: i32, c: String, #[column(generated = \"a + b\")] d: i32 }",
                &["create table t"],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\", index(b desc, a), index(name = \"part\", columns(b), unique, where = \"a > 1\"), unique(c))] pub struct T { #[column(primary_key)] a: i32, b: i32, c: String, #[column(generated = \"a - b\")] d: i32 }",
                &[],
            ),
        ],
    ),
    (
        "a table is renamed with its column, and keeps the names of its indexes",
        &[
            version(
                "#[derive(Table)] #[table(name = \"tasks\", index(name = \"by_text\", columns(text), where = \"text <> 'x'\"))] pub struct Task { #[column(primary_key)] id: i32, text: String } #[derive(Table)] #[table(name = \"notes\")] pub struct Note { #[column(primary_key)] id: i32, #[column(references = Task, on_delete = cascade)] task: i32 }",
                &["create table notes", "create table tasks"],
            ),
            answered(
                "#[derive(Table)] #[table(name = \"todos\", index(name = \"by_text\", columns(title), where = \"title <> 'x'\"))] pub struct Todo { #[column(primary_key)] id: i32, title: String } #[derive(Table)] #[table(name = \"notes\")] pub struct Note { #[column(primary_key)] id: i32, #[column(references = Todo, on_delete = cascade)] task: i32 }",
                &["--rename tasks:todos", "--rename todos.text:title"],
                &[
                    "rename table tasks to todos",
                    "rename column todos.text to title",
                    "rename constraint todos.tasks_pkey to todos_pkey",
                ],
            ),
        ],
    ),
    (
        "indexes swap, move and pass on their names",
        &[
            version(
                "#[derive(Table)] #[table(name = \"t\", index(name = \"one\", columns(a)), index(name = \"two\", columns(b)), unique(name = \"u\", columns(a)), unique(name = \"v\", columns(b)), check(x = \"a > 0\"), check(y = \"b > 1\"))] pub struct T { #[column(primary_key)] id: i32, a: i32, b: i32 } #[derive(Table)] #[table(name = \"s\", index(name = \"moved\", columns(a)), index(name = \"first\", columns(b)))] pub struct S { #[column(primary_key)] id: i32, a: i32, b: i32 }",
                &[],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\", index(name = \"two\", columns(a)), index(name = \"one\", columns(b)), unique(name = \"v\", columns(a)), unique(name = \"u\", columns(b)), check(y = \"a > 0\"), check(x = \"b > 1\"), index(name = \"moved\", columns(a, b)))] pub struct T { #[column(primary_key)] id: i32, a: i32, b: i32 } #[derive(Table)] #[table(name = \"s\", index(name = \"second\", columns(b)))] pub struct S { #[column(primary_key)] id: i32, a: i32, b: i32 } #[derive(Table)] #[table(name = \"new\", index(name = \"first\", columns(a)))] pub struct N { #[column(primary_key)] id: i32, a: i32 }",
                &[],
            ),
        ],
    ),
    (
        "columns pass their names on",
        &[
            version(
                "#[derive(Table)] #[table(name = \"t\", check(\"a > b\"))] pub struct T { #[column(primary_key)] id: i32, a: i32, b: i32 }",
                &["create table t"],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\", check(\"b > c\"))] pub struct T { #[column(primary_key)] id: i32, #[column(renamed_from = \"a\")] b: i32, #[column(renamed_from = \"b\")] c: i32 }",
                &[
                    "rename column t.b to c",
                    "rename column t.a to b",
                    "rename constraint t.t_a_b_check to t_b_c_check",
                ],
            ),
        ],
    ),
    (
        "an enum is renamed under a default, a check and a partial index",
        &[
            version(
                "#[derive(Enum)] pub enum Status { Pending, Done } #[derive(Table)] #[table(name = \"t\", check(c = \"status <> 'done' OR id > 0\"), index(name = \"i\", columns(id), where = \"status = 'pending'\"))] pub struct T { #[column(primary_key)] id: i32, #[column(default = Status::Pending)] status: Status }",
                &["create enum status (pending, done)", "create table t"],
            ),
            version(
                "#[derive(Enum)] #[enum_type(renamed_from = \"status\")] pub enum State { Pending, Done } #[derive(Table)] #[table(name = \"t\", check(c = \"status <> 'done' OR id > 0\"), index(name = \"i\", columns(id), where = \"status = 'pending'\"))] pub struct T { #[column(primary_key)] id: i32, #[column(default = State::Pending)] status: State }",
                &["rename enum status to state"],
            ),
            version(
                "#[derive(Enum)] pub enum State { Pending, Active, Done } #[derive(Table)] #[table(name = \"t\", check(c = \"status <> 'done' OR id > 0\"), index(name = \"i\", columns(id), where = \"status = 'pending'\"))] pub struct T { #[column(primary_key)] id: i32, #[column(default = State::Pending)] status: State }",
                &["alter enum state: add value active"],
            ),
        ],
    ),
    (
        "keys change type on both sides, and a new table references what becomes unique",
        &[
            version(
                "#[derive(Table)] #[table(name = \"p\")] pub struct P { #[column(primary_key)] id: i32, code: String } #[derive(Table)] #[table(name = \"c\")] pub struct C { #[column(primary_key)] id: i32, #[column(references = P, on_delete = cascade, index)] p: i32 }",
                &[],
            ),
            version(
                "#[derive(Table)] #[table(name = \"p\")] pub struct P { #[column(primary_key)] id: i64, #[column(unique)] code: String } #[derive(Table)] #[table(name = \"c\")] pub struct C { #[column(primary_key)] id: i64, #[column(references = P, on_delete = cascade, index)] p: i64, #[column(comment = \"new\", default = 1)] n: i32 } #[derive(Table)] #[table(name = \"d\", foreign_key(columns(code), references = P(code)))] pub struct D { #[column(primary_key)] id: i32, code: String }",
                &[],
            ),
        ],
    ),
];

/// What only PostgreSQL has.
const POSTGRES_CASES: &[(&str, &[Version])] = &[
    (
        "constraints are not valid, and are validated later",
        &[
            version(
                "#[derive(Table)] #[table(name = \"p\")] pub struct P { #[column(primary_key)] id: i32 } #[derive(Table)] #[table(name = \"t\", check(born = \"n <> 7\", not_valid))] pub struct T { #[column(primary_key)] id: i32, n: i32, p: i32 }",
                &["create table p", "create table t"],
            ),
            version(
                "#[derive(Table)] #[table(name = \"p\")] pub struct P { #[column(primary_key)] id: i32 } #[derive(Table)] #[table(name = \"t\", check(born = \"n <> 7\", not_valid), check(late = \"n > 0\", not_valid, comment = \"c\"))] pub struct T { #[column(primary_key)] id: i32, n: i32, #[column(references = P, not_valid, deferrable = \"initially deferred\")] p: i32 }",
                &[
                    "add check constraint t.late (n > 0)",
                    "add foreign key t.t_p_fkey (p) references p (id)",
                ],
            ),
            version(
                "#[derive(Table)] #[table(name = \"p\")] pub struct P { #[column(primary_key)] id: i32 } #[derive(Table)] #[table(name = \"t\", check(born = \"n <> 7\"), check(late = \"n > 0\", comment = \"d\"))] pub struct T { #[column(primary_key)] id: i32, n: i32, #[column(references = P, deferrable = \"initially deferred\")] p: i32 }",
                &[
                    "validate check constraint t.late",
                    "comment on t.late",
                    "validate foreign key t.t_p_fkey",
                ],
            ),
            version(
                "#[derive(Table)] #[table(name = \"p\")] pub struct P { #[column(primary_key)] id: i32 } #[derive(Table)] #[table(name = \"t\", check(born = \"n <> 7\", not_valid), check(late = \"n > 1\", not_valid, comment = \"d\"))] pub struct T { #[column(primary_key)] id: i32, n: i32, #[column(references = P, not_valid, deferrable = \"initially deferred\")] p: i32 }",
                &[
                    "drop check constraint t.late",
                    "add check constraint t.late (n > 1)",
                ],
            ),
        ],
    ),
    (
        "counters get narrower limits, and turn around",
        &[
            version(
                "#[derive(Table)] #[table(name = \"t\", sequence(name = \"s\"))] pub struct T { #[column(primary_key, identity(start = 5))] id: i32, #[column(identity(serial, increment = -1, min_value = -9))] n: i32, #[column(identity(serial, min_value = 3))] m: i32 }",
                &["create sequence s", "create table t"],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\", sequence(name = \"s\", increment = -2))] pub struct T { #[column(primary_key, identity(start = 50, min_value = 10, max_value = 100))] id: i32, #[column(identity(serial))] n: i32, #[column(identity(serial, min_value = 6, max_value = 8))] m: i32 }",
                &[],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\", sequence(name = \"s\", increment = -2, max_value = -10))] pub struct T { #[column(primary_key, identity(start = 500, min_value = 101))] id: i32, #[column(identity(serial))] n: i32, #[column(identity(serial, min_value = 6))] m: i32 }",
                &[],
            ),
        ],
    ),
    (
        "sequences are made, changed, owned and left alone",
        &[
            version(
                "#[derive(Table)] #[table(name = \"t\", sequence(name = \"numbers\", start = 1, min_value = 1, cache = 5))] pub struct T { #[column(primary_key)] id: i32, #[column(default_sql = \"nextval('numbers')\")] n: i64 }",
                &["create sequence numbers", "create table t"],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\", sequence(name = \"numbers\", start = 20, cycle, owned_by = n))] pub struct T { #[column(primary_key)] id: i32, #[column(default_sql = \"nextval('numbers')\")] n: i64 }",
                &[
                    "put sequence numbers behind column t.n",
                    "alter column t.n: change identity",
                ],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\", sequence(name = \"numbers\", sql_type = \"integer\"))] pub struct T { #[column(primary_key)] id: i32, #[column(default = 7)] n: i64 }",
                &[
                    "alter column t.n: change identity",
                    "no longer keep sequence numbers behind column t.n",
                ],
            ),
            version(
                "#[derive(Table)] #[table(name = \"t\")] pub struct T { #[column(primary_key)] id: i32, #[column(default = 8)] n: i64 }",
                &["alter column t.n: set default 8"],
            ),
        ],
    ),
];

/// What only SQLite has.
const SQLITE_CASES: &[(&str, &[Version])] = &[(
    "conflict clauses come and go",
    &[
        version(
            "#[derive(Table)] #[table(name = \"t\", strict, unique(a, b, on_conflict = ignore))] pub struct T { #[column(primary_key)] id: i32, #[column(on_conflict = replace, default = 1)] a: i32, b: String }",
            &["create table t"],
        ),
        version(
            "#[derive(Table)] #[table(name = \"t\", strict, primary_key(id, on_conflict = replace), unique(a, b, on_conflict = abort))] pub struct T { #[column(identity = false)] id: i32, #[column(default = 1)] a: i32, b: String }",
            &[],
        ),
        version(
            "#[derive(Table)] #[table(name = \"t\", without_rowid, primary_key(id, on_conflict = rollback), unique(a, b, on_conflict = fail))] pub struct T { #[column(identity = false)] id: i32, #[column(on_conflict = fail)] a: i32, b: String }",
            &[],
        ),
    ],
)];

fn server(cache: &Path) -> ServerOptions {
    ServerOptions {
        bin_dir: std::env::var_os("LIMBECK_PG_BIN").map(Into::into),
        ..ServerOptions::new(cache)
    }
}

fn bench(dialect: Dialect, cache: &Path, names: Names) -> Bench {
    let options = BenchOptions {
        scratch: ScratchOptions {
            scratch_url: None,
            url: None,
            same_server: false,
            server: server(cache),
        },
        inspect: InspectOptions {
            ignore: ["limbeck_history", "limbeck_history_journal"]
                .map(QualifiedName::new)
                .into(),
            ..names.inspect_options()
        },
        search_path: names.search_path(),
        cache: Some(cache.join("states")),
    };
    Bench::new(dialect, options)
}

fn project_at(folder: &Path, source: &str) {
    fs::create_dir_all(folder.join("src")).expect("a folder");
    let manifest = "[package]\nname = \"models\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(folder.join("Cargo.toml"), manifest).expect("is written");
    let text = format!("use limbeck::{{Enum, Table}};\n{source}\nfn broken() {{ let x: = ; }}\n");
    fs::write(folder.join("src/lib.rs"), text).expect("is written");
}

async fn case(name: &str, versions: &[Version], bench: &mut Bench, live: &mut Connection) {
    let dialect = bench.dialect();
    let place = tempfile::tempdir().expect("a folder");
    let migrations = place.path().join("migrations");
    let unmanaged = Unmanaged::default();
    let options = RunOptions::default();
    let mut head: Vec<RevisionId> = Vec::new();
    for (number, version) in versions.iter().enumerate() {
        let what = format!("{name}, version {number}, {dialect}");
        project_at(place.path(), version.source);
        let found = scan(place.path(), &ScanOptions::default())
            .unwrap_or_else(|errors| panic!("{what}: {errors:?}"));
        let models = found.models;
        let folder = folder::read(std::slice::from_ref(&migrations)).expect("is read");
        let project = Project {
            folder: &folder,
            parents: &head,
            unmanaged: &unmanaged,
        };
        let before = bench.state(&folder, &head).await.expect("is replayed");
        let decisions = decisions(version.answers, &before.schema, &models.schema);
        let comparison = compare(bench, project, &models, &decisions)
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let described: Vec<String> = comparison
            .operations
            .iter()
            .map(Operation::describe)
            .collect();
        for expected in version.expected {
            let found = described.iter().any(|line| line.starts_with(expected));
            assert!(found, "{what}: {expected} among {described:#?}");
        }
        if !version.expected.is_empty() && dialect == Dialect::Postgres {
            assert_eq!(
                described.len(),
                version.expected.len(),
                "{what}: {described:#?}"
            );
        }
        let generated = generate(bench, project, comparison, None)
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}\n{described:#?}"))
            .expect("something differs");
        let id = RevisionId::new_from_entropy([0, 0, 0, 0, 0, number as u8 + 1]);
        let section = |section| Sections {
            common: Some(section),
            dialects: BTreeMap::new(),
        };
        let revision = Revision {
            id: id.clone(),
            parents: head.clone(),
            description: format!("Version {number}"),
            created: "2026-01-01T00:00:00Z".to_owned(),
            label: None,
            depends_on: Vec::new(),
            pending: Default::default(),
            dialects: Default::default(),
            requires: Default::default(),
            replaces: Vec::new(),
            lines: Default::default(),
            upgrade: section(generated.upgrade),
            downgrade: section(generated.downgrade),
        };
        folder::write(&migrations, &revision).expect("is written");
        head = vec![id];
        let folder = folder::read(std::slice::from_ref(&migrations)).expect("is read back");
        upgrade(live, &folder.graph, &head, &options, &mut |_| {})
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let project = Project {
            folder: &folder,
            parents: &head,
            unmanaged: &unmanaged,
        };
        let rest = compare(bench, project, &models, &Decisions::default())
            .await
            .unwrap_or_else(|error| panic!("{what}, again: {error:?}"));
        let rest: Vec<String> = rest.operations.iter().map(Operation::describe).collect();
        assert_eq!(
            rest,
            Vec::<String>::new(),
            "{what}: a second comparison finds nothing"
        );
        let drift = drift(bench, &folder, live, &head, &unmanaged)
            .await
            .expect("is compared");
        assert_eq!(drift.operations, Vec::new(), "{what}: no drift");
        verify(bench, project, &head[0])
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
    }
    let folder = folder::read(&[migrations]).expect("is read");
    for number in (0..versions.len()).rev() {
        let target = folder
            .graph
            .resolve_downgrade("-1", &head)
            .expect("one less");
        downgrade(live, &folder.graph, &target, &options, &mut |_| {})
            .await
            .unwrap_or_else(|error| panic!("{name}, back to {number}, {dialect}: {error:?}"));
        let what = format!("{name}, back to {number}, {dialect}");
        let drift = drift(bench, &folder, live, &target.revisions, &unmanaged)
            .await
            .expect("is compared");
        assert_eq!(drift.operations, Vec::new(), "{what}");
        assert!(drift.unmanaged.is_empty(), "{what}: nothing is left over");
        head = target.revisions;
    }
    let heads: Vec<RevisionId> = folder.graph.heads().into_iter().cloned().collect();
    upgrade(live, &folder.graph, &heads, &options, &mut |_| {})
        .await
        .expect("goes up again");
}

#[tokio::test]
async fn from_struct_to_database_and_back_on_sqlite() {
    let cache = tempfile::tempdir().expect("a folder");
    for (name, versions) in CASES.iter().chain(SQLITE_CASES) {
        let mut bench = bench(Dialect::Sqlite, cache.path(), Names::Usual);
        let mut live = Connection::memory().await.expect("memory");
        case(name, versions, &mut bench, &mut live).await;
        bench.close().await.expect("is closed");
    }
}

#[tokio::test]
async fn from_struct_to_database_and_back_on_postgres() {
    let cache = std::env::temp_dir().join("limbeck-test-arrow");
    let live_cache = std::env::temp_dir().join("limbeck-test-arrow-live");
    let options = ScratchOptions {
        scratch_url: None,
        url: None,
        same_server: false,
        server: server(&live_cache),
    };
    let mut server = Scratch::open(&options)
        .await
        .expect("PostgreSQL is installed");
    let mut benches = Names::ALL.map(|names| (names, bench(Dialect::Postgres, &cache, names)));
    for (name, versions) in CASES.iter().chain(POSTGRES_CASES) {
        let text: Vec<&str> = versions.iter().map(|version| version.source).collect();
        let led = Names::of(Dialect::Postgres, name, &text.concat());
        let mut benches = benches.iter_mut();
        let (names, bench) = benches.find(|(names, _)| *names == led).expect("is one");
        let database: ScratchDatabase = server
            .create_database("live", None)
            .await
            .expect("a database");
        if let Some(path) = names.search_path() {
            let set = server.set_search_path(&database, &path).await;
            set.expect("is set");
        }
        let mut live = database.connect().await.expect("connects");
        if *names == Names::InApp {
            live.execute("CREATE SCHEMA app").await.expect("is made");
        }
        case(name, versions, bench, &mut live).await;
        live.close().await.expect("is closed");
        server
            .drop_database(&database.name)
            .await
            .expect("is dropped");
    }
    for (_, bench) in benches {
        bench.close().await.expect("is closed");
    }
    server.close().await.expect("is closed");
}
