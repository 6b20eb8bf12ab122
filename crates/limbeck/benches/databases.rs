//! How long it takes to read a database, to compare, and to prove a revision of one column.
//!
//! `cargo bench --package limbeck [-- SIZE…]`; the sizes are numbers of tables, 10, 100 and 1,000 by
//! default. Times are the fastest of three, in milliseconds.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant};

use limbeck::autogenerate::{Project, Unmanaged, compare, generate};
use limbeck::folder::{self, Folder};
use limbeck::inspect::{InspectOptions, inspect};
use limbeck::scratch::{ScratchOptions, ServerOptions};
use limbeck::state::{Bench, BenchOptions};
use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::diff::{Decisions, WhenUndecided, diff};
use limbeck_core::plan::plan;
use limbeck_core::revision::{Revision, RevisionId, Section, Sections, section};
use limbeck_core::schema::{
    Column, Constraint, ConstraintKind, Expression, ForeignKey, Identity, IdentityKind, Index,
    Models, PrimaryKey, QualifiedName, Schema, Table, Type,
};

/// A table of twelve columns, two indexes, a check on its title and a key to the table before it.
fn table(number: usize) -> Table {
    let name = format!("table_{number:05}");
    let mut table = Table::new(QualifiedName::new(&name));
    let mut id = Column::new("id", Type::Integer);
    id.nullable = false;
    id.identity = Some(Identity::new(IdentityKind::ByDefault));
    table.columns.push(id);
    for place in 0..10 {
        let mut column = Column::new(format!("column_{place}"), Type::Text);
        if place % 3 == 0 {
            column.nullable = false;
            column.default = Some(Expression::new("''"));
        }
        table.columns.push(column);
    }
    table.columns.push(Column::new("parent", Type::Integer));
    table.add_constraint(Constraint::new(
        format!("{name}_pkey"),
        ConstraintKind::PrimaryKey(PrimaryKey {
            columns: vec!["id".to_owned()],
            include: Vec::new(),
            deferrable: Default::default(),
            on_conflict: None,
        }),
    ));
    let parent = format!("table_{:05}", number.saturating_sub(1));
    table.add_constraint(Constraint::new(
        format!("{name}_parent_fkey"),
        ConstraintKind::ForeignKey(ForeignKey::new(
            vec!["parent".to_owned()],
            QualifiedName::new(parent),
            vec!["id".to_owned()],
        )),
    ));
    for column in ["column_1", "column_2"] {
        table.add_index(Index::on_columns(format!("ix_{name}_{column}"), [column]));
    }
    table
}

fn models(tables: usize) -> Models {
    let mut schema = Schema::default();
    for number in 0..tables {
        let table = table(number);
        schema.tables.insert(table.name.clone(), table);
    }
    Models {
        schema,
        ..Models::default()
    }
}

async fn fastest<F: Future>(mut run: impl FnMut() -> F) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        run().await;
        best = best.min(started.elapsed());
    }
    best
}

fn shown(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
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
        id: id.clone(),
        parents: Vec::new(),
        description: "All tables".to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        label: None,
        depends_on: Vec::new(),
        pending: Default::default(),
        upgrade: sections(section(&made)),
        downgrade: sections(Section::Irreversible("a benchmark".to_owned())),
    };
    folder::write(place, &revision).expect("is written");
    let folder = folder::read(&[place.to_owned()]).expect("is read");
    (folder, id)
}

async fn measure(dialect: Dialect, tables: usize) {
    let place = tempfile::tempdir().expect("a folder");
    let mut models = models(tables);
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
    let mut bench = Bench::new(dialect, options.clone());
    let started = Instant::now();
    bench.state(&folder, &head).await.expect("is replayed");
    let replay = started.elapsed();

    let mut copy = bench.copy(&folder, &head).await.expect("is copied");
    let connection = &mut copy.connection;
    let floor = match dialect {
        Dialect::Postgres => {
            "SELECT * FROM pg_attribute WHERE attrelid >= 16384; \
             SELECT pg_get_constraintdef(oid) FROM pg_constraint; \
             SELECT pg_get_indexdef(indexrelid) FROM pg_index"
        }
        Dialect::Sqlite => "SELECT * FROM sqlite_schema",
    };
    let mut bare = Duration::MAX;
    let mut read = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        connection.query_sets(floor).await.expect("is read");
        bare = bare.min(started.elapsed());
        let started = Instant::now();
        inspect(connection, &options.inspect)
            .await
            .expect("is read");
        read = read.min(started.elapsed());
    }
    bench.discard(copy).await.expect("is dropped");

    let same = fastest(async || {
        let mut bench = Bench::new(dialect, options.clone());
        let found = compare(&mut bench, project, &models, &Decisions::default()).await;
        assert!(found.expect("is compared").operations.is_empty());
        bench.close().await.expect("is closed");
    })
    .await;

    let name = QualifiedName::new("table_00000");
    let changed = models.schema.tables.get_mut(&name).expect("is there");
    changed.columns.push(Column::new("another", Type::BigInt));
    let mut proof = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        let found = compare(&mut bench, project, &models, &Decisions::default()).await;
        let found = found.expect("is compared");
        let generated = generate(&mut bench, project, found, None)
            .await
            .expect("is proven");
        assert!(generated.is_some());
        proof = proof.min(started.elapsed());
    }
    bench.close().await.expect("is closed");
    println!(
        "{dialect:>8} {tables:>6} {:>10} {:>10} {:>10} {:>10} {:>10}",
        shown(bare),
        shown(read),
        shown(same),
        shown(proof),
        shown(replay)
    );
}

fn main() {
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
    println!("dialect  tables       bare    inspect    compare      proof     replay");
    for dialect in Dialect::ALL {
        for tables in &sizes {
            runtime.block_on(measure(dialect, *tables));
        }
    }
}
