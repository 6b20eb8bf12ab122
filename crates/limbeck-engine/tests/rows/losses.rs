//! Values that go without a word: each way to lose one is refused, unless a comment announces it or
//! the way back brings it again; what loses none is not.

use limbeck_core::dialect::Dialect;

/// What becomes of a revision that is written by hand.
enum Verdict {
    /// It loses this, in either direction.
    Loses(&'static str),
    /// Nothing is lost that no comment names.
    Keeps,
    /// Refused with these words.
    Says(&'static str),
}
use Verdict::{Keeps, Loses, Says};

use super::told::{benches, hand};
use crate::common::left_out::LeftOut;

struct Case {
    /// `None` for both.
    dialect: Option<Dialect>,
    before: &'static str,
    upgrade: &'static str,
    downgrade: &'static str,
    verdict: Verdict,
}

const fn case(upgrade: &'static str, downgrade: &'static str, verdict: Verdict) -> Case {
    Case {
        dialect: None,
        before: A,
        upgrade,
        downgrade,
        verdict,
    }
}

const fn on(dialect: Dialect, before: &'static str, case: Case) -> Case {
    Case {
        dialect: Some(dialect),
        before,
        ..case
    }
}

const fn from(before: &'static str, case: Case) -> Case {
    Case { before, ..case }
}

const A: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, bio TEXT, age INTEGER NOT NULL, done BOOLEAN NOT NULL DEFAULT false);
CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES a (id) ON DELETE CASCADE, note TEXT)";
const POSTGRES: Dialect = Dialect::Postgres;
const SQLITE: Dialect = Dialect::Sqlite;
const NOTHING: &str = "SELECT 1";
const ADD_BIO: &str = "ALTER TABLE a ADD COLUMN bio TEXT";

/// A table of its own becomes a column again.
const JOIN: &str = "ALTER TABLE a ADD COLUMN bio TEXT; UPDATE a SET bio = (SELECT bio FROM bios WHERE a_id = a.id); DROP TABLE bios";

const CASES: &[Case] = &[
    // What goes, and does not come back.
    case("ALTER TABLE a DROP COLUMN bio", ADD_BIO, Loses("a.bio")),
    case("-- loses: a.bio\nALTER TABLE a DROP COLUMN bio", ADD_BIO, Keeps),
    case("ALTER TABLE a DROP COLUMN bio", "-- loses: a.bio\nALTER TABLE a ADD COLUMN bio TEXT", Loses("a.bio")),
    case("DELETE FROM b", NOTHING, Loses("b")),
    case("-- loses: b\nDELETE FROM b", NOTHING, Keeps),
    case("DELETE FROM b WHERE note = 'old'", NOTHING, Loses("b")),
    case("DELETE FROM b WHERE id < 10", NOTHING, Loses("b")),
    case("DELETE FROM b WHERE note IS NULL", NOTHING, Loses("b")),
    case("DELETE FROM b WHERE length(note) > 300", NOTHING, Loses("b")),
    case("DELETE FROM a WHERE age BETWEEN 70 AND 80", NOTHING, Loses("b")),
    case("DELETE FROM a", NOTHING, Loses("b")),
    case(NOTHING, "DELETE FROM b", Loses("b")),
    case("DROP TABLE b", "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES a (id) ON DELETE CASCADE, note TEXT)", Loses("b")),
    case("CREATE TABLE c (id INTEGER PRIMARY KEY, x TEXT)", "DROP TABLE c", Loses("c")),
    case("CREATE TABLE c (id INTEGER PRIMARY KEY, x TEXT)", "-- loses: c\nDROP TABLE c", Keeps),
    case("ALTER TABLE a ADD COLUMN x TEXT", "ALTER TABLE a DROP COLUMN x", Loses("a.x")),
    case("ALTER TABLE a ADD COLUMN x TEXT", "-- loses: a.x\nALTER TABLE a DROP COLUMN x", Keeps),
    case("CREATE VIEW v AS SELECT id FROM a", "DROP VIEW v", Keeps),
    // What an UPDATE makes of values.
    case("UPDATE a SET bio = substr(bio, 1, 1)", NOTHING, Loses("a.bio")),
    case("UPDATE a SET bio = substr(bio, 1, 100)", NOTHING, Loses("a.bio")),
    case("UPDATE a SET bio = lower(bio)", NOTHING, Loses("a.bio")),
    case("UPDATE a SET bio = trim(bio)", NOTHING, Loses("a.bio")),
    case("UPDATE a SET bio = coalesce(bio, '')", NOTHING, Loses("a.bio")),
    case("UPDATE a SET bio = nullif(bio, '')", NOTHING, Loses("a.bio")),
    case("UPDATE a SET bio = NULL", NOTHING, Loses("a.bio")),
    case("UPDATE a SET bio = id", NOTHING, Loses("a.bio")),
    case("UPDATE a SET bio = 'x' WHERE age > 17", NOTHING, Loses("a.bio")),
    case("UPDATE a SET age = abs(age)", NOTHING, Loses("a.age")),
    case("UPDATE a SET age = age / 10", NOTHING, Loses("a.age")),
    case("UPDATE a SET age = 0", NOTHING, Loses("a.age")),
    case("UPDATE a SET done = true", NOTHING, Loses("a.done")),
    case("UPDATE a SET bio = bio || age, age = 0", NOTHING, Loses("a.age")),
    case("-- loses: a.bio\nUPDATE a SET bio = lower(bio)", NOTHING, Keeps),
    case(NOTHING, "UPDATE a SET bio = lower(bio)", Loses("a.bio")),
    case("UPDATE a SET age = age + 1", NOTHING, Keeps),
    case("UPDATE a SET age = age + 1", "UPDATE a SET age = age - 1", Keeps),
    case("UPDATE a SET bio = bio || '!'", NOTHING, Keeps),
    case("UPDATE a SET done = NOT done", NOTHING, Keeps),
    // Values that move.
    case("CREATE TABLE bios (a_id INTEGER PRIMARY KEY REFERENCES a (id), bio TEXT); INSERT INTO bios SELECT id, bio FROM a; ALTER TABLE a DROP COLUMN bio", JOIN, Keeps),
    case("CREATE TABLE bios (a_id INTEGER PRIMARY KEY REFERENCES a (id), bio TEXT); ALTER TABLE a DROP COLUMN bio", JOIN, Loses("a.bio")),
    case("CREATE TABLE bios (a_id INTEGER PRIMARY KEY REFERENCES a (id), bio TEXT); INSERT INTO bios SELECT id, NULL FROM a; ALTER TABLE a DROP COLUMN bio", JOIN, Loses("a.bio")),
    case("CREATE TABLE bios (a_id INTEGER PRIMARY KEY REFERENCES a (id), bio TEXT); INSERT INTO bios SELECT id, bio FROM a WHERE age > 40; ALTER TABLE a DROP COLUMN bio", JOIN, Loses("a.bio")),
    case("CREATE TABLE bios (a_id INTEGER PRIMARY KEY REFERENCES a (id), bio TEXT); INSERT INTO bios SELECT id, bio FROM a WHERE done; ALTER TABLE a DROP COLUMN bio", JOIN, Loses("a.bio")),
    case("CREATE TABLE bios (a_id INTEGER PRIMARY KEY REFERENCES a (id), bio TEXT); INSERT INTO bios SELECT id, bio FROM a; ALTER TABLE a DROP COLUMN bio", "ALTER TABLE a ADD COLUMN bio TEXT; DROP TABLE bios", Loses("a.bio")),
    from(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT, y TEXT)",
        case("UPDATE a SET x = coalesce(x, '') || ' ' || coalesce(y, ''); ALTER TABLE a DROP COLUMN y", "ALTER TABLE a ADD COLUMN y TEXT", Loses("a.y")),
    ),
    // Comments that announce what is not there.
    case("-- loses: a.boi\nALTER TABLE a DROP COLUMN bio", ADD_BIO, Says("`-- loses: a.boi`, and there is no such table or column")),
    case("-- loses: c\nDELETE FROM b", NOTHING, Says("`-- loses: c`, and there is no such table or column")),
    // What only one database has.
    on(POSTGRES, A, case("TRUNCATE b", NOTHING, Loses("b"))),
    on(POSTGRES, A, case("TRUNCATE a CASCADE", NOTHING, Loses("b"))),
    on(POSTGRES, A, case("DROP TABLE b CASCADE", "CREATE TABLE b (id integer PRIMARY KEY, a_id integer NOT NULL REFERENCES a (id) ON DELETE CASCADE, note text)", Loses("b"))),
    on(POSTGRES, A, case("MERGE INTO b USING a ON a.id = b.a_id WHEN MATCHED THEN DELETE", NOTHING, Loses("b"))),
    on(POSTGRES, A, case("MERGE INTO b USING a ON a.id = b.a_id WHEN MATCHED THEN UPDATE SET note = a.bio", NOTHING, Loses("b.note"))),
    on(POSTGRES, A, case("DO $$ BEGIN DELETE FROM b; END $$", NOTHING, Loses("b"))),
    on(POSTGRES, A, case("DO $$ BEGIN EXECUTE 'DELETE ' || 'FROM b'; END $$", NOTHING, Loses("b"))),
    on(POSTGRES, A, case("ALTER TABLE a ADD x integer; DO $$ BEGIN EXECUTE 'DELETE ' || 'FROM b'; END $$", "-- loses: a.x\nALTER TABLE a DROP x", Loses("b"))),
    on(
        POSTGRES,
        "CREATE TABLE b (id integer PRIMARY KEY, note text); CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS 'DELETE FROM b'",
        case("SELECT purge()", NOTHING, Loses("b")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE b (id integer PRIMARY KEY, note text); CREATE TABLE c (id integer PRIMARY KEY, n integer);
         CREATE FUNCTION purge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM b; RETURN NEW; END $$;
         CREATE TRIGGER purge AFTER UPDATE ON c FOR EACH STATEMENT EXECUTE FUNCTION purge()",
        case("UPDATE c SET n = n + 1", "UPDATE c SET n = n - 1", Loses("b")),
    ),
    on(POSTGRES, A, case("CREATE TABLE bios AS SELECT bio FROM a; ALTER TABLE a DROP COLUMN bio", "ALTER TABLE a ADD bio text; DROP TABLE bios", Loses("a.bio"))),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c varchar(10))",
        case("ALTER TABLE a ALTER c TYPE varchar(3) USING left(c, 3)", "ALTER TABLE a ALTER c TYPE varchar(10)", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c text)",
        case("ALTER TABLE a ALTER c TYPE text USING left(c, 3)", NOTHING, Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c text[])",
        case("ALTER TABLE a ALTER c TYPE text USING c[1]", "ALTER TABLE a ALTER c TYPE text[] USING ARRAY[c]", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c int4range)",
        case("ALTER TABLE a ALTER c TYPE integer USING lower(c)", "ALTER TABLE a ALTER c TYPE int4range USING int4range(c, c + 1)", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c timestamp)",
        case("ALTER TABLE a ALTER c TYPE date", "ALTER TABLE a ALTER c TYPE timestamp", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c timestamp)",
        case("ALTER TABLE a ALTER c TYPE timestamp(0)", "ALTER TABLE a ALTER c TYPE timestamp", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c double precision)",
        case("ALTER TABLE a ALTER c TYPE real", "ALTER TABLE a ALTER c TYPE double precision", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c double precision)",
        case("ALTER TABLE a ALTER c TYPE numeric", "ALTER TABLE a ALTER c TYPE double precision", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c numeric(9, 4))",
        case("ALTER TABLE a ALTER c TYPE numeric(9, 2)", "ALTER TABLE a ALTER c TYPE numeric(9, 4)", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c numeric(10, 2))",
        case("ALTER TABLE a ALTER c TYPE numeric(12, 4)", "ALTER TABLE a ALTER c TYPE numeric(10, 2)", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c numeric(10, 2))",
        case("ALTER TABLE a ALTER c TYPE numeric(12, 4)", "-- loses: a.c\nALTER TABLE a ALTER c TYPE numeric(10, 2)", Keeps),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c integer)",
        case("ALTER TABLE a ALTER c TYPE boolean USING c <> 0", "ALTER TABLE a ALTER c TYPE integer USING c::integer", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c json)",
        case("ALTER TABLE a ALTER c TYPE jsonb", "ALTER TABLE a ALTER c TYPE json", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c varchar(10))",
        case("ALTER TABLE a ALTER c TYPE char(10)", "ALTER TABLE a ALTER c TYPE varchar(10)", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c text)",
        case("UPDATE a SET c = normalize(c)", NOTHING, Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c integer)",
        case("ALTER TABLE a ALTER c TYPE bigint", "-- hazard: may_fail: a.c: values that are no integer\nALTER TABLE a ALTER c TYPE integer", Keeps),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, c integer)",
        case("ALTER TABLE a ALTER c TYPE text", "ALTER TABLE a ALTER c TYPE integer USING c::integer", Loses("a.c")),
    ),
    on(
        POSTGRES,
        "CREATE TABLE a (id integer PRIMARY KEY, n text); CREATE TABLE p (id integer PRIMARY KEY, k integer) PARTITION BY RANGE (id)",
        case("DELETE FROM p", NOTHING, Loses("p")),
    ),
    on(
        SQLITE,
        "CREATE TABLE a (id INTEGER PRIMARY KEY, bio TEXT, n INTEGER)",
        case("CREATE TABLE new (id INTEGER PRIMARY KEY, bio TEXT, n INTEGER); INSERT INTO new SELECT id, bio, n FROM a WHERE n > 40; DROP TABLE a; ALTER TABLE new RENAME TO a", NOTHING, Loses("a")),
    ),
    on(
        SQLITE,
        "CREATE TABLE a (id INTEGER PRIMARY KEY, bio TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, note TEXT);
         CREATE TRIGGER purge AFTER UPDATE ON a BEGIN DELETE FROM b; END",
        case("UPDATE a SET bio = bio || '!'", NOTHING, Loses("b")),
    ),
    // A way back that does not exist.
    case("ALTER TABLE a DROP COLUMN bio", "irreversible", Loses("a.bio")),
    case("UPDATE a SET bio = lower(bio)", "irreversible", Loses("a.bio")),
    case("DELETE FROM b WHERE note = 'old'", "irreversible", Loses("b")),
    case("UPDATE a SET bio = bio || '!'", "irreversible", Keeps),
];

async fn all(dialect: Dialect) {
    let mut benches = benches(dialect);
    let mut wrong = Vec::new();
    let mut left_out = LeftOut::default();
    let version = benches.usual.server_version().await.expect("has a version");
    for case in CASES
        .iter()
        .filter(|case| case.dialect.is_none_or(|own| own == dialect))
    {
        let text = format!("{};\n{}", case.before, case.upgrade);
        if left_out.note(version, case.upgrade, &text).is_some() {
            continue;
        }
        let text = text + case.downgrade;
        let bench = benches.of(case.upgrade, &text);
        let told = hand(bench, case.before, case.upgrade, case.downgrade).await;
        let is_refused = told.first().is_some_and(|line| {
            line.contains("loses values") || line.contains("changes rows that it should leave")
        });
        let holds = match case.verdict {
            Keeps => told.first().is_some_and(|line| line.starts_with("rows: ")),
            Loses(object) => {
                is_refused
                    && told
                        .iter()
                        .any(|line| line.starts_with(&format!("{object}: ")))
            }
            Says(words) => told.iter().any(|line| line.contains(words)),
        };
        if !holds {
            let way = [case.upgrade, case.downgrade].join(" | ");
            wrong.push(format!("{way}:\n  {}", told.join("\n  ")));
        }
    }
    left_out.tell();
    benches.close().await;
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn every_loss_is_found_on_sqlite() {
    all(Dialect::Sqlite).await;
}

#[tokio::test]
async fn every_loss_is_found_on_postgres() {
    all(Dialect::Postgres).await;
}
