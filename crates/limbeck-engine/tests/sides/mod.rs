//! Two sides are equal only where their residues are: what Limbeck cannot write it still sees.

mod baseline;
mod cases;
mod majors;
mod newer;
mod sqlite;

use std::path::PathBuf;

use limbeck_core::compare::{Aspect, Ignored};
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided};
use limbeck_engine::remake::{remake, whole};
use limbeck_engine::scratch::{Scratch, ScratchDatabase, ScratchOptions, Trust};
use limbeck_engine::sides::{Answers, Side, SideError, way};
use limbeck_engine::state::Bench;

use self::cases::{CASES, ROLES, with_roles};
use self::newer::NEWER;
use crate::common::benches::{Benches, Names, own_server};
use crate::common::left_out::LeftOut;
use crate::common::plans;

/// Each so many cases are tried as files, too.
const FILES: usize = 12;

fn options(bin_dir: Option<PathBuf>) -> ScratchOptions {
    let mut options = own_server("sides-bench");
    options.server.bin_dir = bin_dir;
    // Much of what two databases differ in only a superuser can make.
    options.server.trust = Trust::Everything;
    options
}

fn own_bin_dir() -> Option<PathBuf> {
    std::env::var_os("LIMBECK_PG_BIN").map(Into::into)
}

fn bench() -> Bench {
    bench_with(own_bin_dir())
}

fn bench_with(bin_dir: Option<PathBuf>) -> Bench {
    Names::Usual.bench(Dialect::Postgres, options(bin_dir))
}

/// What a comparison ends in: the program's exit code, and what it says.
async fn verdict(
    bench: &mut Bench,
    from: &Side<'_>,
    to: &Side<'_>,
    ignored: Ignored,
) -> (u8, String) {
    let answers = Answers {
        decisions: Decisions {
            when_undecided: WhenUndecided::DropAndCreate,
            ..Decisions::default()
        },
        ignored,
        ..Answers::default()
    };
    match way(bench, from, to, &answers).await {
        Ok(way) if way.operations.is_empty() => (0, String::new()),
        Ok(way) => (1, plans::described(&way.operations)),
        Err(SideError::Unwritten { differences, .. }) => (2, differences.join("; ")),
        Err(error @ (SideError::Plan(_) | SideError::Way { .. })) => (2, format!("{error:?}")),
        Err(error) => panic!("{error:?}"),
    }
}

fn file(sql: &str) -> Side<'static> {
    Side::Sql {
        path: PathBuf::from("side.sql"),
        text: sql.to_owned(),
    }
}

async fn database(scratch: &mut Scratch, sql: &str) -> ScratchDatabase {
    database_where(scratch, Names::Usual, sql).await
}

async fn database_where(scratch: &mut Scratch, names: Names, sql: &str) -> ScratchDatabase {
    let database = empty(scratch, "side", names).await;
    let mut connection = database.connect().await.expect("connects");
    let loaded = connection.batch(sql).await;
    loaded.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    connection.close().await.expect("is closed");
    database
}

/// A database in which names lead as said.
async fn empty(scratch: &mut Scratch, purpose: &str, names: Names) -> ScratchDatabase {
    let database = scratch.create_database(purpose, None).await.expect("made");
    if let Some(path) = names.search_path() {
        let set = scratch.set_search_path(&database, &path).await;
        set.expect("is set");
    }
    database
}

/// For each thing that two databases can differ in: they are not equal, in either direction, be they
/// files or live, and what is the same is. What makes one again makes all of it but for what it names.
#[tokio::test]
async fn what_differs_is_never_nothing_on_postgres() {
    let mut benches = Benches::new(Dialect::Postgres, &options(own_bin_dir()));
    let mut scratch = plans::scratch("sides").await;
    let mut wrong = Vec::new();
    let with_roles = ROLES.iter().map(|case| (case, with_roles("")));
    let cases = CASES.iter().chain(NEWER).map(|case| (case, String::new()));
    let mut left_out = LeftOut::default();
    for (number, (case, roles)) in cases.chain(with_roles).enumerate() {
        let names = Names::of(
            Dialect::Postgres,
            case.name,
            &format!("{} {}", case.base, case.change),
        );
        let schema = match names {
            Names::Usual => "",
            Names::InApp => "CREATE SCHEMA IF NOT EXISTS app; ",
        };
        let bench = benches.of_names(names);
        let base = format!("{schema}{roles}{};", case.base);
        let changed = format!("{base}\n{};", case.change);
        let version = Some(scratch.server_version());
        if left_out.note(version, case.name, &changed).is_some() {
            continue;
        }
        let one = database_where(&mut scratch, names, &base).await;
        let other = database_where(&mut scratch, names, &changed).await;
        let live = |database: &ScratchDatabase| Side::Database(database.url.clone());
        let mut pairs = vec![("databases", live(&one), live(&other))];
        // What a file makes is compared as a database is, which takes a scratch database each.
        if number % FILES == 0 {
            pairs.push(("files", file(&base), file(&changed)));
            pairs.push(("a file and a database", file(&base), live(&other)));
            let same = (&file(&changed), &live(&other));
            for (from, to) in [same, (same.1, same.0)] {
                let (code, said) = verdict(bench, from, to, Ignored::default()).await;
                if code != 0 {
                    wrong.push(format!("{}: the same differs: {said}", case.name));
                }
            }
        }
        for (what, from, to) in &pairs {
            for (from, to) in [(from, to), (to, from)] {
                let (code, _) = verdict(bench, from, to, Ignored::default()).await;
                if code == 0 {
                    wrong.push(format!("{}: nothing differs of {what}", case.name));
                }
            }
        }
        let (from, to) = (live(&other), live(&other));
        let (code, said) = verdict(bench, &from, &to, Ignored::default()).await;
        if code != 0 {
            wrong.push(format!("{}: the same differs: {said}", case.name));
        }
        wrong.extend(made_again(&mut scratch, case.name, names, &other).await);
        for database in [one, other] {
            let dropped = scratch.drop_database(&database.name).await;
            dropped.expect("is dropped");
        }
    }
    left_out.tell();
    benches.close().await;
    scratch.close().await.expect("stops");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a database that is made again differs in, but for what is named.
async fn made_again(
    scratch: &mut Scratch,
    name: &str,
    names: Names,
    there: &ScratchDatabase,
) -> Vec<String> {
    let options = names.inspect_options();
    let mut connection = there.connect().await.expect("connects");
    let read = whole(&mut connection, &options).await.expect("is read");
    connection.close().await.expect("is closed");
    let made = remake(&read, Dialect::Postgres).expect("is spelled");
    let here = empty(scratch, "again", names).await;
    let mut connection = here.connect().await.expect("connects");
    let mut wrong = Vec::new();
    // Statement by statement, as psql runs a file.
    for statement in &made.statements {
        if let Err(error) = connection.execute(statement).await {
            wrong.push(format!("{name}: {statement}: {error:?}"));
        }
    }
    let again = whole(&mut connection, &options).await.expect("is read");
    connection.close().await.expect("is closed");
    let dropped = scratch.drop_database(&here.name).await;
    dropped.expect("is dropped");
    let (from, to) = (read.snapshot.residue, again.snapshot.residue);
    let unwritten = read.snapshot.schema.unwritten();
    let renamed = made.left_out.iter().any(|line| line.starts_with("index "));
    for key in from.keys().chain(to.keys()) {
        let is_named = made.left_out.iter().any(|line| {
            let rest = key.strip_prefix(line.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
        }) || unwritten
            .iter()
            .any(|one| key.contains(one.name.name.as_str()));
        // The server gives it another name.
        let is_other_index = renamed && key.starts_with("index ") && !from.contains_key(key);
        if from.get(key) != to.get(key) && !is_named && !is_other_index {
            let (from, to) = (from.get(key), to.get(key));
            wrong.push(format!("{name}: `{key}` is {to:?}, not {from:?}"));
        }
    }
    wrong
}

/// What is ignored by name makes no difference, and nothing else is hidden behind it; where much else
/// changes, what stays as it is is no difference either.
#[tokio::test]
async fn what_is_ignored_is_left_out_on_postgres() {
    let mut bench = bench();
    let mut scratch = plans::scratch("ignored").await;
    let base =
        "CREATE TABLE t (a text, b int); CREATE VIEW v AS SELECT a FROM t; CREATE PUBLICATION p;";
    let more = [
        (Aspect::Owners, "ALTER TABLE t OWNER TO clerk"),
        (Aspect::Privileges, "GRANT SELECT ON v TO clerk"),
        (
            Aspect::Comments,
            "COMMENT ON TABLE t IS 'x'; COMMENT ON VIEW v IS 'y'; COMMENT ON SCHEMA public IS 'z'",
        ),
        (Aspect::Storage, "ALTER TABLE t ALTER a SET STORAGE PLAIN"),
        (Aspect::Statistics, "ALTER TABLE t ALTER b SET STATISTICS 5"),
        (Aspect::Publications, "CREATE PUBLICATION q FOR ALL TABLES"),
        (Aspect::Foreign, "CREATE FOREIGN DATA WRAPPER w"),
    ];
    let one = database(&mut scratch, &with_roles(base)).await;
    for (aspect, sql) in more {
        let other = database(&mut scratch, &with_roles(&format!("{base} {sql}"))).await;
        let (from, to) = (
            Side::Database(one.url.clone()),
            Side::Database(other.url.clone()),
        );
        let (code, said) = verdict(&mut bench, &from, &to, Ignored([aspect].into())).await;
        assert_eq!(code, 0, "{aspect}: {said}");
        let others = Aspect::ALL.into_iter().filter(|one| *one != aspect);
        let (code, _) = verdict(&mut bench, &from, &to, Ignored(others.collect())).await;
        assert_ne!(code, 0, "{aspect}");
        // With a real change beside it, and on both sides alike.
        let column = "ALTER TABLE t ADD COLUMN c int";
        let third = format!("{base} {sql}; {column}");
        let third = database(&mut scratch, &with_roles(&third)).await;
        let to_third = Side::Database(third.url.clone());
        let (code, said) = verdict(&mut bench, &to, &to_third, Ignored::default()).await;
        assert_eq!(
            (code, said.as_str()),
            (1, "add column t.c integer"),
            "{aspect}"
        );
        let (code, said) = verdict(&mut bench, &from, &to_third, Ignored([aspect].into())).await;
        assert_eq!(
            (code, said.as_str()),
            (1, "add column t.c integer"),
            "{aspect}"
        );
        let (code, said) = verdict(&mut bench, &from, &to_third, Ignored::default()).await;
        assert!(code == 2 || said.contains(';'), "{aspect}: {said}");
        for database in [other, third] {
            let dropped = scratch.drop_database(&database.name).await;
            dropped.expect("is dropped");
        }
    }
    bench.close().await.expect("stops");
    scratch.close().await.expect("stops");
}

/// Collations are made before the tables that stand on them and go after them, be the sides files or
/// live, in whatever schema.
#[tokio::test]
async fn collations_come_and_go_with_their_tables_on_postgres() {
    let mut bench = bench();
    let mut scratch = plans::scratch("grounds").await;
    let base = "CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, n text);";
    let more = "CREATE SCHEMA s; CREATE COLLATION s.c (PROVIDER = libc, LOCALE = 'C'); \
        CREATE TABLE s.t (id int PRIMARY KEY, n text COLLATE s.c);";
    let beside = format!("{more} CREATE TABLE s.u (n text COLLATE s.c);");
    let mut live = Vec::new();
    for sql in [base, more, &beside] {
        live.push(database(&mut scratch, sql).await);
    }
    let texts = [base, more, &beside];
    let side = |number: usize, is_live: bool| {
        if is_live {
            Side::Database(live[number].url.clone())
        } else {
            file(texts[number])
        }
    };
    for (from, to, expected) in [
        (0, 1, "alter column s.t.n"),
        (1, 0, "alter column s.t.n"),
        (1, 2, "create table s.u"),
    ] {
        for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
            let (one, other) = (side(from, first), side(to, second));
            let (code, said) = verdict(&mut bench, &one, &other, Ignored::default()).await;
            let fits = code == 1 && said.starts_with(expected) && !said.contains(';');
            assert!(fits, "{from} to {to}, live {first} {second}: {code} {said}");
        }
    }
    for database in live {
        let dropped = scratch.drop_database(&database.name).await;
        dropped.expect("is dropped");
    }
    bench.close().await.expect("stops");
    scratch.close().await.expect("stops");
}
