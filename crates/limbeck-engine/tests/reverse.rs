//! The way back: a database, the models that are written from it, and nothing between the two.

use std::fs;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided};
use limbeck_core::op::Operation;
use limbeck_core::plan::plan;
use limbeck_core::schema::naming::Naming;
use limbeck_core::schema::{Action, ConstraintKind, Schema};
use limbeck_core::sql;
use limbeck_engine::inspect::{InspectOptions, inspect, residue, residue_difference};
use limbeck_engine::scratch::{ScratchOptions, ServerOptions};
use limbeck_engine::sides::{Answers, Side, way};
use limbeck_engine::state::{Bench, BenchOptions};
use limbeck_models::{Conventions, ScanOptions, conventions, rust, scan};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::{left_out, plans, schemas};

/// A database, and all that its models cannot say.
struct Database {
    sql: &'static str,
    unsaid: &'static [&'static str],
    /// What the models differ in for that.
    differs: &'static [&'static str],
}

const NOTHING: Database = Database {
    sql: "",
    unsaid: &[],
    differs: &[],
};
const MUSIC: &str = include_str!("databases/music.sql");
const RENTAL_POSTGRES: &str = include_str!("databases/rental_postgres.sql");
const SINCE_15: &str = include_str!("databases/since_15.sql");
const RENTAL_SQLITE: &str = include_str!("databases/rental_sqlite.sql");
const RENTAL_AND_BEYOND: &str = concat!(
    include_str!("databases/rental_postgres.sql"),
    include_str!("databases/rental_beyond.sql")
);
const MUSIC_AND_BEYOND: &str = concat!(
    include_str!("databases/music.sql"),
    include_str!("databases/music_beyond_sqlite.sql")
);

const POSTGRES: &[Database] = &[
    Database {
        sql: MUSIC,
        unsaid: &[],
        differs: &[],
    },
    Database {
        sql: RENTAL_POSTGRES,
        unsaid: &[],
        differs: &[],
    },
    Database {
        sql: SINCE_15,
        unsaid: &[],
        differs: &[],
    },
    Database {
        sql: RENTAL_AND_BEYOND,
        unsaid: &[
            "view `category_path`",
            "view `film_list`",
            "view `nicer_film_list`",
            "materialized view `sales_by_film`",
            "function `close_store(uuid)`",
            "function `film_in_stock(integer)`",
            "function `is_fair(numeric)`",
            "function `last_updated()`",
            "function `rewards(numeric)`",
            "trigger `last_updated` of `film`",
            "trigger `late` of `rental`",
            "trigger `of price` of `film`",
            "rule `no_delete` of `nicer_film_list`",
            "policy `own` of `customer`",
            "policy `paying` of `customer`",
            "domain `Bag of words`",
            "domain `release`",
            "composite type `dimensions`",
            "range type `price_span`",
            "statistics `film_lengths` of `film`",
        ],
        differs: &[],
    },
    Database {
        sql: "CREATE SCHEMA bare; CREATE SEQUENCE free; CREATE SEQUENCE other AS smallint INCREMENT BY -2 START WITH -5 CYCLE; CREATE TYPE unused AS ENUM ('a'); CREATE TYPE blank AS ENUM ('');
            CREATE TABLE none (); CREATE TABLE \"a.b\" (id integer PRIMARY KEY);
            CREATE TABLE p (id integer PRIMARY KEY, mood blank, n integer DEFAULT nextval('free'));
            CREATE TABLE t (id bigint NOT NULL REFERENCES p ON DELETE SET NULL, other integer REFERENCES \"a.b\", CONSTRAINT \"no inherit\" CHECK (other > 0) NO INHERIT);
            ALTER TABLE t ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
            CREATE SEQUENCE of_p CACHE 7 OWNED BY p.id; CREATE SEQUENCE bare.lost;
            COMMENT ON COLUMN p.n IS ' '",
        unsaid: &[
            "a comment of blanks on the column",
            "ON DELETE SET NULL of foreign key `t_id_fkey`, a column of which is never null",
            "schema `bare`, which holds no table",
            "sequence `bare.lost`",
            "enum type `blank` (``), which has values that no attribute can say",
            "enum type `unused` (`a`), which no column has",
            "table `\"a.b\"`, whose name no attribute can say",
            "table `none`, which has no columns",
        ],
        differs: &[
            "drop enum blank",
            "drop enum unused",
            "drop table \"a.b\"",
            "drop table none",
            "drop comment on p.n",
            "drop foreign key t.t_id_fkey",
            "add foreign key t.t_id_fkey (id) references p (id)",
        ],
    },
    Database {
        sql: "CREATE EXTENSION btree_gist; CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto;
            CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE DOMAIN \"Odd \"\"one\" AS varchar(20);
            CREATE TYPE pair AS (a integer, b text); CREATE TYPE floatrange AS RANGE (subtype = float8);
            CREATE TABLE t (id integer PRIMARY KEY, name citext NOT NULL, names citext[] DEFAULT '{}' NOT NULL, attrs hstore, n positive, many positive[],
                odd \"Odd \"\"one\", two pair, twos pair[], r floatrange, m floatmultirange, during tstzrange, room integer, note text,
                EXCLUDE USING gist (room WITH =, during WITH &&));
            CREATE INDEX by_note ON t USING gin (note gin_trgm_ops);
            CREATE TABLE u (id integer PRIMARY KEY, t integer CHECK (t > 0));
            ALTER TABLE u ADD CONSTRAINT later FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE NOT VALID, ADD CONSTRAINT two CHECK (t > 2) NOT VALID",
        unsaid: &[
            "domain `\"Odd \"\"one\"`",
            "domain `positive`",
            "composite type `pair`",
            "range type `floatrange`",
            "extension `pgcrypto`",
        ],
        differs: &[],
    },
];

const SQLITE: &[Database] = &[
    Database {
        sql: MUSIC,
        unsaid: &[],
        differs: &[],
    },
    Database {
        sql: RENTAL_SQLITE,
        unsaid: &[],
        differs: &[],
    },
    Database {
        sql: MUSIC_AND_BEYOND,
        unsaid: &["view `album_length`", "view `long_albums`", "trigger `invoice_total` of `invoice_line`", "trigger `rename_album` of `album_length`", "virtual table `album_search`"],
        differs: &[],
    },
    Database {
        sql: "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a, b TEXT NOT NULL ON CONFLICT IGNORE, UNIQUE (b DESC));
            CREATE TABLE t_b_key (id INTEGER PRIMARY KEY, c TEXT CONSTRAINT t UNIQUE)",
        unsaid: &[
            "`t_b_key`, UNIQUE (b DESC)",
            "a column without a type",
            "the name of unique constraint `t`",
        ],
        differs: &[
            "alter column t.a: type none to BLOB",
            "drop exclusion constraint t.t_b_key",
            "drop unique constraint t_b_key.t",
            "add unique constraint t_b_key.t_b_key_c_key (c)",
        ],
    },
    Database {
        sql: "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT, a TEXT NOT NULL ON CONFLICT IGNORE COLLATE NOCASE, b INTEGER, c INTEGER AS (b + 1) VIRTUAL,
                CONSTRAINT one UNIQUE (a, b) ON CONFLICT FAIL);
            CREATE TABLE u (a INTEGER, b TEXT, PRIMARY KEY (b, a) ON CONFLICT ROLLBACK, FOREIGN KEY (a) REFERENCES t DEFERRABLE INITIALLY DEFERRED) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX by_b ON u (b COLLATE RTRIM DESC, a) WHERE a > 0",
        unsaid: &[],
        differs: &[],
    },
    Database {
        sql: "CREATE TABLE t (k TEXT PRIMARY KEY, d DATE DEFAULT CURRENT_DATE, e TIME DEFAULT CURRENT_TIME NOT NULL, s TEXT DEFAULT pending CHECK (s <> \"x\"), p DECIMAL(5,2) DEFAULT 0, u UUID);
            CREATE TABLE u (a TEXT, b INTEGER NOT NULL, PRIMARY KEY (a, b)); CREATE TABLE c (k TEXT NOT NULL REFERENCES t, PRIMARY KEY (k))",
        unsaid: &[],
        differs: &[],
    },
    Database {
        sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE VIEW v AS SELECT 1; CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END",
        unsaid: &["view `v`", "trigger `g` of `t`"],
        differs: &[],
    },
];

fn bench(dialect: Dialect, cache: &Path) -> Bench {
    let options = BenchOptions {
        scratch: ScratchOptions {
            scratch_url: None,
            url: None,
            same_server: false,
            server: ServerOptions {
                bin_dir: std::env::var_os("LIMBECK_PG_BIN").map(Into::into),
                ..ServerOptions::new(cache)
            },
        },
        inspect: InspectOptions::default(),
        search_path: None,
        cache: Some(cache.join("states")),
    };
    Bench::new(dialect, options)
}

async fn make(connection: &mut Connection, text: &str) {
    let dialect = connection.dialect();
    for statement in sql::split(text, dialect).expect("is SQL") {
        connection
            .execute(&statement.text)
            .await
            .unwrap_or_else(|error| panic!("{error:?} in {}", statement.text));
    }
}

/// The models of a database, and what they differ in.
async fn law(
    bench: &mut Bench,
    url: &DatabaseUrl,
    wanted: Option<&Naming>,
) -> (String, Vec<String>) {
    let mut connection = Connection::connect(url).await.expect("connects");
    let schema = inspect(&mut connection, &InspectOptions::default())
        .await
        .expect("is inspected");
    connection.close().await.expect("is closed");
    let found = conventions(&schema, bench.dialect(), &Conventions::default());
    let conventions = match wanted {
        Some(naming) => Conventions {
            naming: naming.clone(),
            ..Conventions::default()
        },
        None => found,
    };
    let source = rust(&schema, bench.dialect(), &conventions);
    let place = tempfile::tempdir().expect("a folder");
    fs::create_dir(place.path().join("src")).expect("a folder");
    let manifest = "[package]\nname = \"models\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(place.path().join("Cargo.toml"), manifest).expect("is written");
    fs::write(place.path().join("src/lib.rs"), &source).expect("is written");
    let options = ScanOptions {
        conventions,
        ..ScanOptions::default()
    };
    let models =
        scan(place.path(), &options).unwrap_or_else(|errors| panic!("{errors:#?}\n{source}"));
    let models = models.models;
    let from = Side::Database(url.clone());
    let to = Side::Models(&models);
    let answers = Answers {
        decisions: Decisions {
            when_undecided: WhenUndecided::DropAndCreate,
            ..Decisions::default()
        },
        ..Answers::default()
    };
    let way = way(bench, &from, &to, &answers)
        .await
        .unwrap_or_else(|error| panic!("{error:?}\n{source}"));
    let described = way.operations.iter().map(Operation::describe).collect();
    (source, described)
}

fn unsaid(source: &str) -> Vec<&str> {
    source
        .lines()
        .map(str::trim_start)
        .filter_map(|line| line.strip_prefix("// not said: "))
        .collect()
}

/// Names as some guides have them, so that what is a default in one is written in the other.
fn namings() -> [Naming; 2] {
    let other = Naming {
        index: "idx_{table}_{columns}".to_owned(),
        primary_key: "pk_{table}".to_owned(),
        ..Naming::default()
    };
    [Naming::default(), other]
}

/// What a database that is made from what was inspected differs in.
async fn remade(from: &DatabaseUrl, into: &mut Connection) -> Vec<String> {
    let options = InspectOptions::default();
    let mut connection = Connection::connect(from).await.expect("connects");
    let schema = inspect(&mut connection, &options).await;
    let schema = schema.expect("is inspected");
    make_schema(into, &schema).await;
    if into.dialect() == Dialect::Sqlite {
        // SQLite keeps white space as it was written.
        let here = inspect(into, &options).await.expect("is inspected");
        let changes = plans::changes(&here, &schema, Dialect::Sqlite);
        return changes.iter().map(Operation::describe).collect();
    }
    let there = residue(&mut connection, &options).await.expect("is read");
    let here = residue(into, &options).await.expect("is read");
    connection.close().await.expect("is closed");
    residue_difference(&there, &here)
}

async fn check(bench: &mut Bench, url: &DatabaseUrl, expected: &Database) {
    let namings = namings();
    // Without any, those that the database shows.
    for naming in namings.iter().map(Some).chain([None]) {
        let (source, operations) = law(bench, url, naming).await;
        assert_eq!(unsaid(&source), expected.unsaid, "{source}");
        assert_eq!(operations, expected.differs, "{source}");
    }
}

/// What models can say of a random schema.
fn sayable(mut schema: Schema) -> Schema {
    for table in schema.tables.values_mut() {
        let key: Vec<String> = table
            .primary_key()
            .map(|(_, key)| key.columns.clone())
            .unwrap_or_default();
        let nullable: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.nullable && !key.contains(&column.name))
            .map(|column| column.name.clone())
            .collect();
        for constraint in table.constraints.values_mut() {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                && key.on_delete == Action::SetNull
                && !key.columns.iter().all(|column| nullable.contains(column))
            {
                key.on_delete = Action::Restrict;
            }
        }
    }
    let unused: Vec<_> = schema
        .enums
        .keys()
        .filter(|name| schema.users_of_enum(name).next().is_none())
        .cloned()
        .collect();
    for name in unused {
        schema.enums.remove(&name);
    }
    schema
}

/// The same schemas on every run.
fn random(dialect: Dialect, count: usize) -> Vec<Schema> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = schemas::schema(dialect);
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("is drawn").current())
        .map(sayable)
        .collect()
}

async fn make_schema(connection: &mut Connection, schema: &Schema) {
    let empty = Schema::default();
    let dialect = connection.dialect();
    let made = plan(&plans::changes(&empty, schema, dialect), &empty, dialect);
    plans::run(connection, &made.expect("is planned"))
        .await
        .expect("is made");
}

fn sqlite_url(folder: &Path, number: usize) -> DatabaseUrl {
    let path = folder.join(format!("{number}.db"));
    let url = format!("sqlite:///{}", path.display());
    DatabaseUrl::parse(&url, folder).expect("is a URL")
}

#[tokio::test]
async fn models_of_a_database_are_that_database_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = bench(Dialect::Sqlite, folder.path());
    for (number, database) in SQLITE.iter().enumerate() {
        let url = sqlite_url(folder.path(), number);
        let mut connection = Connection::connect(&url).await.expect("connects");
        make(&mut connection, database.sql).await;
        connection.close().await.expect("is closed");
        check(&mut bench, &url, database).await;
        let mut again = Connection::memory().await.expect("memory");
        assert_eq!(remade(&url, &mut again).await, Vec::<String>::new());
    }
    for (number, schema) in random(Dialect::Sqlite, 100).iter().enumerate() {
        let url = sqlite_url(folder.path(), 100 + number);
        let mut connection = Connection::connect(&url).await.expect("connects");
        make_schema(&mut connection, schema).await;
        connection.close().await.expect("is closed");
        check(&mut bench, &url, &NOTHING).await;
    }
    bench.close().await.expect("is closed");
}

#[tokio::test]
async fn models_of_a_database_are_that_database_on_postgres() {
    let cache = std::env::temp_dir().join("limbeck-test-reverse-bench");
    let mut bench = bench(Dialect::Postgres, &cache);
    let mut server = plans::scratch("reverse").await;
    let version = Some(server.server_version());
    let mut left_out = left_out::LeftOut::default();
    for database in POSTGRES {
        let first_line = database.sql.lines().next().unwrap_or_default();
        if left_out.note(version, first_line, database.sql).is_some() {
            continue;
        }
        let made = server.create_database("live", None).await.expect("is made");
        let mut connection = made.connect().await.expect("connects");
        make(&mut connection, database.sql).await;
        connection.close().await.expect("is closed");
        check(&mut bench, &made.url, database).await;
        let other = server.create_database("again", None).await;
        let other = other.expect("is made");
        let mut again = other.connect().await.expect("connects");
        assert_eq!(remade(&made.url, &mut again).await, Vec::<String>::new());
        again.close().await.expect("is closed");
        for database in [made, other] {
            let dropped = server.drop_database(&database.name).await;
            dropped.expect("is dropped");
        }
    }
    left_out.tell();
    for schema in random(Dialect::Postgres, 30) {
        let made = server.create_database("live", None).await.expect("is made");
        let mut connection = made.connect().await.expect("connects");
        make_schema(&mut connection, &schema).await;
        connection.close().await.expect("is closed");
        check(&mut bench, &made.url, &NOTHING).await;
        server.drop_database(&made.name).await.expect("is dropped");
    }
    bench.close().await.expect("is closed");
    server.close().await.expect("is closed");
}
