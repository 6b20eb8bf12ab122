//! How long it takes to read a database, to compare, to check, and to prove a revision of one column.
//!
//! `cargo bench --package limbeck [-- SIZE…]`; the sizes are numbers of tables, 10, 100, 1,000 and
//! 5,000 by default. Times are the fastest of three, in milliseconds.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use limbeck::connection::Connection;
use limbeck::folder::{self, Folder};
use limbeck_core::compare::Ignored;
use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::diff::{Decisions, WhenUndecided, diff};
use limbeck_core::plan::plan;
use limbeck_core::revision::{Revision, RevisionId, Section, Sections, section};
use limbeck_core::schema::{Column, Models, QualifiedName, Schema, Type};
use limbeck_engine::autogenerate::{compare, generate};
use limbeck_engine::compare::Project;
use limbeck_engine::drift::{drift_of, look};
use limbeck_engine::inspect::{InspectOptions, inspect, snapshot};
use limbeck_engine::scratch::{ScratchOptions, ServerOptions};
use limbeck_engine::state::{Bench, BenchOptions};
use limbeck_models::{ScanOptions, scan};

/// What the columns of the report are.
const LEGEND: &str = "\
catalog  the bare catalog queries: the least that names tables, columns, constraints, indexes, enum
         types and sequences with their definitions, sent as one string, its rows read and dropped
inspect  the database as a `Schema`
residue  the database as a `Schema`, and its residue
diff     two schemas compared that do not differ
scan     the sources of the models, one file for ten tables
check    `check` without a database: scan, comparison with the revisions' cached state
live     `check` with a database: the same, while it is inspected, and then compared with that state
proof    one column more: compared, planned, and proven (up, down, up again)
replay   the first replay of all revisions, and its state";

/// What the server must tell whoever wants to know a database's tables.
const CATALOG: &str = "\
    SELECT n.oid, n.nspname FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';
    SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';
    SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';
    SELECT o.conrelid, o.conname, pg_get_constraintdef(o.oid)
    FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';
    SELECT i.indrelid, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';
    SELECT t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
    ORDER BY t.typname, e.enumsortorder;
    SELECT s.* FROM pg_sequence s;";

/// A struct of twelve columns, two indexes and a key to the table before it.
fn table(number: usize) -> String {
    let parent = number.saturating_sub(1);
    let mut text = format!(
        "#[derive(Table)]\n#[table(name = \"table_{number:05}\")]\npub struct Table{number} {{\n\
         #[column(primary_key)]\npub id: i32,\n"
    );
    for place in 0..10 {
        let column = match place {
            1 | 2 => format!("#[column(index)]\npub column_{place}: Option<String>,\n"),
            0 | 3 | 6 | 9 => format!("#[column(default = \"\")]\npub column_{place}: String,\n"),
            _ => format!("pub column_{place}: Option<String>,\n"),
        };
        text.push_str(&column);
    }
    let _ = writeln!(
        text,
        "#[column(references = crate::file_{}::Table{parent})]\npub parent: Option<i32>,\n}}",
        parent / 10
    );
    text
}

/// Writes a crate of models, ten in a file.
fn write_sources(place: &Path, tables: usize) {
    let sources = place.join("src");
    fs::create_dir(&sources).expect("the folder is empty");
    let manifest = "[package]\nname = \"models\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                    [dependencies]\nlimbeck = \"0.1\"\n";
    fs::write(place.join("Cargo.toml"), manifest).expect("is written");
    let mut root = String::new();
    for (file, start) in (0..tables).step_by(10).enumerate() {
        let _ = writeln!(root, "pub mod file_{file};");
        let mut text = "use limbeck::Table;\n".to_owned();
        for number in start..tables.min(start + 10) {
            text.push_str(&table(number));
        }
        fs::write(sources.join(format!("file_{file}.rs")), text).expect("is written");
    }
    fs::write(sources.join("lib.rs"), root).expect("is written");
}

fn read_sources(place: &Path) -> Models {
    let found = scan(place, &ScanOptions::default()).expect("the sources are valid");
    found.models
}

/// The fastest of three runs.
async fn fastest<T>(mut run: impl AsyncFnMut() -> T) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        run().await;
        best = best.min(started.elapsed());
    }
    best
}

/// One revision that makes all tables.
fn history(schema: &Schema, dialect: Dialect, place: &Path) -> (Folder, RevisionId) {
    let everything = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..Decisions::default()
    };
    let empty = Schema::default();
    let operations = diff(&empty, schema, &everything, dialect).expect("all is decided");
    let made = plan(&operations, &empty, dialect).expect("is planned");
    let sections = |section| Sections {
        common: Some(section),
        dialects: Default::default(),
    };
    let id = RevisionId::new_from_entropy([0, 0, 0, 0, 0, 1]);
    let revision = Revision {
        requires: Default::default(),
        replaces: Vec::new(),
        lines: Default::default(),
        id: id.clone(),
        parents: Vec::new(),
        description: "All tables".to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        label: None,
        depends_on: Vec::new(),
        pending: Default::default(),
        dialects: Default::default(),
        upgrade: sections(section(&made, dialect)),
        downgrade: sections(Section::Irreversible("a benchmark".to_owned())),
    };
    folder::write(place, &revision).expect("is written");
    let folder = folder::read(&[place.to_owned()]).expect("is read");
    (folder, id)
}

/// Reads what the server tells at least, as one who keeps nothing of it.
async fn read_catalog(connection: &mut Connection) {
    let catalog = match connection.dialect() {
        Dialect::Postgres => CATALOG,
        Dialect::Sqlite => "SELECT type, name, tbl_name, sql FROM sqlite_schema",
    };
    connection.query_sets(catalog).await.expect("is read");
}

async fn measure(dialect: Dialect, tables: usize) -> Vec<Duration> {
    let place = tempfile::tempdir().expect("a folder");
    write_sources(place.path(), tables);
    let mut models = read_sources(place.path());
    let schema = lower(&models.schema, dialect).expect("can be spelled");
    let (folder, id) = history(&schema, dialect, place.path());
    let head = [id];
    let unmanaged = Unmanaged::default();
    let project = Project {
        folder: &folder,
        parents: &head,
        unmanaged: &unmanaged,
    };
    let options = BenchOptions {
        scratch: ScratchOptions {
            scratch_url: None,
            url: None,
            same_server: false,
            server: ServerOptions::new(std::env::temp_dir().join("limbeck-bench")),
        },
        inspect: InspectOptions::default(),
        search_path: None,
        cache: Some(place.path().join("cache")),
    };
    let nothing = Decisions::default();
    let ignored = Ignored::default();
    let mut bench = Bench::new(dialect, options.clone());
    let started = Instant::now();
    let state = bench.state(&folder, &head).await.expect("is replayed");
    let replay = started.elapsed();
    let found = compare(&mut bench, project, &models, &nothing).await;
    assert!(found.expect("is compared").operations.is_empty());

    let mut copy = bench.copy(&folder, &head).await.expect("is copied");
    let live = &mut copy.connection;
    // The first queries of a connection fill the server's caches; here all are to have the same.
    snapshot(live, &options.inspect).await.expect("is read");
    let catalog = fastest(async || read_catalog(live).await).await;
    let read = fastest(async || inspect(live, &options.inspect).await.expect("is read")).await;
    let residue = fastest(async || snapshot(live, &options.inspect).await.expect("is read")).await;
    let same = fastest(async || diff(&state.schema, &state.schema, &nothing, dialect)).await;
    let scanned = fastest(async || read_sources(place.path())).await;
    let check = fastest(async || {
        let models = read_sources(place.path());
        let mut bench = Bench::new(dialect, options.clone());
        let found = compare(&mut bench, project, &models, &nothing).await;
        assert!(found.expect("is compared").operations.is_empty());
        bench.close().await.expect("is closed");
    })
    .await;
    let drifted = fastest(async || {
        let mut bench = Bench::new(dialect, options.clone());
        let sources = place.path().to_owned();
        let models = tokio::task::spawn_blocking(move || read_sources(&sources));
        let (models, read) = tokio::join!(models, look(&options.inspect, live));
        let models = models.expect("does not panic");
        let found = compare(&mut bench, project, &models, &nothing).await;
        assert!(found.expect("is compared").operations.is_empty());
        let read = read.expect("is read");
        let found = drift_of(&mut bench, &folder, read, &head, &unmanaged, &ignored).await;
        let found = found.expect("is compared");
        assert!(found.operations.is_empty() && found.said.is_empty());
        bench.close().await.expect("is closed");
    })
    .await;
    bench.discard(copy).await.expect("is dropped");

    let name = QualifiedName::new("table_00000");
    let changed = models.schema.tables.get_mut(&name).expect("is there");
    changed.columns.push(Column::new("another", Type::BigInt));
    let proof = fastest(async || {
        let found = compare(&mut bench, project, &models, &nothing).await;
        let found = found.expect("is compared");
        let made = generate(&mut bench, project, found, None).await;
        assert!(made.expect("is proven").is_some());
    })
    .await;
    bench.close().await.expect("is closed");
    vec![
        catalog, read, residue, same, scanned, check, drifted, proof, replay,
    ]
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
        sizes = vec![10, 100, 1000, 5000];
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    println!("{LEGEND}\n");
    let mut head = format!("{:<8} {:>6}", "ms", "tables");
    for name in [
        "catalog", "inspect", "residue", "diff", "scan", "check", "live", "proof", "replay",
    ] {
        let _ = write!(head, " {name:>8}");
    }
    println!("{head}");
    for dialect in Dialect::ALL {
        for tables in &sizes {
            let times = runtime.block_on(measure(dialect, *tables));
            let mut line = format!("{dialect:<8} {tables:>6}");
            for time in times {
                let _ = write!(line, " {:>8.1}", time.as_secs_f64() * 1000.0);
            }
            println!("{line}");
        }
    }
}
