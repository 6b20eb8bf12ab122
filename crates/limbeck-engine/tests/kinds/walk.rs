//! One case, walked there and back on databases of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::section;
use limbeck_core::schema::{QualifiedName, Schema};
use limbeck_engine::ask::settle;
use limbeck_engine::compare::CompareError;
use limbeck_engine::inspect::{inspect, residue, residue_difference};
use limbeck_engine::proof::rows::{Change, Leg, differences, fill, read_after, read_before};
use limbeck_engine::scratch::Scratch;
use limbeck_engine::sides::{self, Answers, Side, SideError, Way};
use limbeck_engine::state::Bench;

use super::{Case, Ends};
use crate::common::benches::{Names, own_server};
use crate::common::equal::{difference, reason};
use crate::common::plans::{changes, described, run};
use crate::common::rows::{Place, rows};

/// What was seen of a case that ended as it is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Detected, applied, found no more and undone; every value is as it was.
    AllKept,
    /// The same, but for the values that the change itself takes.
    RestKept,
    /// Detected, applied and found no more; what the change takes is missing on the way back.
    BackWithoutRows,
    /// Nothing is to be done.
    Equal,
    /// Nothing but the order of the columns differs, and it is told.
    Reported,
    /// There is no way, and that is said.
    Refused,
}

/// The first promise that was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Loaded,
    Filled,
    Detected,
    Applied,
    Again,
    Restored,
    Kept,
}

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) stage: Stage,
    pub(super) reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.stage, self.reason)
    }
}

fn failure(stage: Stage, reason: impl Into<String>) -> Failure {
    Failure {
        stage,
        reason: reason.into(),
    }
}

/// A database to walk on, and one that is made of the new side.
pub(super) struct Ground {
    old: Database,
    new: Database,
}

struct Database {
    url: DatabaseUrl,
    connection: Connection,
}

async fn connected(url: DatabaseUrl) -> Database {
    let connection = Connection::connect(&url).await;
    Database {
        connection: connection.expect("connects"),
        url,
    }
}

/// Two databases on a server, for one case after the other.
pub(super) async fn ground(scratch: &mut Scratch, names: Names) -> Ground {
    let old = scratch.create_database("old", None).await.expect("made");
    let new = scratch.create_database("new", None).await.expect("made");
    if let Some(path) = names.search_path() {
        for database in [&old, &new] {
            let set = scratch.set_search_path(database, &path).await;
            set.expect("is set");
        }
    }
    Ground {
        old: connected(old.url).await,
        new: connected(new.url).await,
    }
}

/// Removes what a case has made on a server.
pub(super) async fn clear(connection: &mut Connection) {
    let sql = "RESET ALL;
        DO $$
        DECLARE name text;
        BEGIN
            FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
                EXECUTE format('DROP SCHEMA %I CASCADE', name);
            END LOOP;
            CREATE SCHEMA public;
            IF current_setting('search_path') = 'app' THEN
                CREATE SCHEMA app;
            END IF;
        END $$";
    connection.batch(sql).await.expect("is cleared");
}

/// The old and the new side of SQL with `<<old => new>>` in it.
pub(super) fn both_sides(sql: &str) -> (String, String) {
    let (mut old, mut new) = (String::new(), String::new());
    let mut rest = sql;
    while let Some((before, from)) = rest.split_once("<<") {
        let (change, after) = from.split_once(">>").expect("`<<` has its `>>`");
        let (left, right) = change.split_once("=>").expect("a change has its `=>`");
        for (side, own) in [(&mut old, left), (&mut new, right)] {
            side.push_str(before);
            side.push_str(own.trim());
        }
        rest = after;
    }
    old.push_str(rest);
    new.push_str(rest);
    (old, new)
}

fn side(file: &str, text: String) -> Side<'static> {
    Side::Sql {
        path: PathBuf::from(file),
        text,
    }
}

/// The answers as the flags that a person gives.
fn answers(flags: &[&str]) -> Answers {
    Answers {
        flags: crate::common::answers::flags(flags),
        ..Answers::default()
    }
}

/// What `limbeck diff old.sql new.sql` finds.
pub(super) async fn find(bench: &mut Bench, case: &Case) -> Result<Way, SideError> {
    let (old, new) = both_sides(case.sql);
    let (from, to) = (side("old.sql", old), side("new.sql", new));
    let given = [case.answers, case.volunteers].concat();
    sides::way(bench, &from, &to, &answers(&given)).await
}

/// Whether each answer of a case is one to a question.
async fn is_asked(bench: &mut Bench, case: &Case) -> Result<(), Failure> {
    let (old, new) = both_sides(case.sql);
    let (from, to) = (side("old.sql", old), side("new.sql", new));
    for left_out in case.answers {
        let given = case.answers.iter().filter(|one| *one != left_out);
        let given: Vec<&str> = given.chain(case.volunteers).copied().collect();
        match sides::way(bench, &from, &to, &answers(&given)).await {
            Err(SideError::Compare(CompareError::Undecided(_))) => {}
            Err(error) => return Err(failure(Stage::Detected, reason(&error))),
            Ok(_) => {
                let reason = format!("nobody asks for `{left_out}`");
                return Err(failure(Stage::Detected, reason));
            }
        }
    }
    Ok(())
}

/// Tries a case to its end, which must be the one that it names, and tells the way that was found.
pub(super) async fn ending(
    bench: &mut Bench,
    case: &Case,
    ground: Option<&mut Ground>,
) -> Result<(Seen, Option<Way>), Failure> {
    is_asked(bench, case).await?;
    let found = find(bench, case).await;
    let way = match (found, case.ends) {
        (Ok(way), _) => way,
        (Err(error), Ends::Refused(words)) if reason(&error).contains(words) => {
            return Ok((Seen::Refused, None));
        }
        (Err(error), _) => return Err(failure(Stage::Detected, reason(&error))),
    };
    is_detected(&way, case)?;
    let seen = match case.ends {
        Ends::Refused(_) => return Err(failure(Stage::Detected, "must be refused")),
        Ends::Walked | Ends::BackWithoutRows(_) => None,
        Ends::Equal => Some(Seen::Equal),
        Ends::Reported if way.reordered.is_empty() => {
            return Err(failure(Stage::Detected, "no order of columns is told"));
        }
        Ends::Reported => Some(Seen::Reported),
    };
    let seen = match (seen, ground) {
        (Some(seen), _) => seen,
        (None, Some(ground)) => {
            clear(&mut ground.old.connection).await;
            clear(&mut ground.new.connection).await;
            walk(bench, case, &way, ground).await?
        }
        (None, None) => on_sqlite(bench, case, &way).await?,
    };
    Ok((seen, Some(way)))
}

pub(super) async fn on_sqlite(bench: &mut Bench, case: &Case, way: &Way) -> Result<Seen, Failure> {
    let folder = tempfile::tempdir().expect("a folder");
    let url = |name: &str| DatabaseUrl::parse(name, folder.path()).expect("is a URL");
    let mut ground = Ground {
        old: connected(url("sqlite://old.db")).await,
        new: connected(url("sqlite://new.db")).await,
    };
    for database in [&mut ground.old, &mut ground.new] {
        // Nothing of it must outlive a failure of the machine.
        let hasty = database.connection.execute("PRAGMA synchronous = OFF");
        hasty.await.expect("a pragma");
    }
    walk(bench, case, way, &mut ground).await
}

/// Whether what was found is what the case is about, and no more.
fn is_detected(way: &Way, case: &Case) -> Result<(), Failure> {
    let found: Vec<String> = way.operations.iter().map(|one| one.describe()).collect();
    let fits = found.len() == case.detected.len()
        && found
            .iter()
            .zip(case.detected)
            .all(|(found, start)| found.starts_with(start));
    if fits {
        Ok(())
    } else {
        Err(failure(Stage::Detected, format!("{found:#?}")))
    }
}

/// Goes there and back, with rows.
async fn walk(
    bench: &mut Bench,
    case: &Case,
    way: &Way,
    ground: &mut Ground,
) -> Result<Seen, Failure> {
    let options = bench.inspect_options().clone();
    let dialect = bench.dialect();
    let (old_sql, new_sql) = both_sides(case.sql);
    let Ground { old, new } = ground;
    for (database, sql) in [(&mut *old, &old_sql), (&mut *new, &new_sql)] {
        let loaded = database.connection.batch(sql).await;
        loaded.map_err(|error| failure(Stage::Loaded, format!("{error:?}")))?;
    }
    let urls = [&old.url, &new.url].map(|url| Side::Database(url.clone()));
    let (old, new) = (&mut old.connection, &mut new.connection);
    let given = old.batch(case.rows).await;
    given.map_err(|error| failure(Stage::Filled, format!("{error:?}")))?;
    let before = inspect(old, &options).await.expect("is inspected");
    let target = inspect(new, &options).await.expect("is inspected");
    let [upgrade, downgrade] = [&way.upgrade, &way.downgrade].map(|plan| section(plan, dialect));
    let change = Change::new(&before, &target, &upgrade, &downgrade, dialect);
    let tables = fill_all(case, old, &before, &target, &change).await?;
    let before_residue = residue(old, &options).await.expect("has a residue");
    let held = read_before(old, &before, &tables).await.expect("is read");
    let values = rows(old, &before).await;

    let applied = run(old, &way.upgrade).await;
    applied.map_err(|error| failure(Stage::Applied, error))?;
    if let Some(difference) = difference(old, new, &options).await {
        return Err(failure(Stage::Applied, difference));
    }
    let reached = read_after(old, &change, &tables).await.expect("is read");
    let mut changed = differences(&change, &held, &reached, Leg::There);
    changed.retain(|one| !case.rewrites.contains(&one.object().as_str()));
    if !changed.is_empty() {
        return Err(failure(Stage::Kept, format!("upgrade: {changed:?}")));
    }
    let reached = rows(old, &target).await;
    let rewritten = rewritten(&change, &values, &reached);
    if rewritten != named(case.rewrites) {
        return Err(failure(Stage::Kept, format!("rewritten: {rewritten:?}")));
    }

    let [from, to] = &urls;
    let again = sides::way(bench, from, to, &Answers::default()).await;
    let again = again.map_err(|error| failure(Stage::Again, reason(&error)))?;
    if !again.operations.is_empty() {
        return Err(failure(Stage::Again, described(&again.operations)));
    }

    match (run(old, &way.downgrade).await, case.ends) {
        // The way was tried without rows when it was found.
        (Err(error), Ends::BackWithoutRows(words)) if error.contains(words) => {
            return Ok(Seen::BackWithoutRows);
        }
        (Ok(()), Ends::BackWithoutRows(_)) => {
            return Err(failure(Stage::Restored, "must fail on rows"));
        }
        (outcome, _) => outcome.map_err(|error| failure(Stage::Restored, error))?,
    }
    let back = inspect(old, &options).await.expect("is inspected");
    let back_residue = residue(old, &options).await.expect("has a residue");
    let is_other = |key: &&String| before_residue.get(*key) != back_residue.get(*key);
    let respelled: BTreeSet<String> = before_residue
        .keys()
        .chain(back_residue.keys())
        .filter(is_other)
        .cloned()
        .collect();
    if respelled != named(case.respelled) {
        let left = residue_difference(&before_residue, &back_residue);
        return Err(failure(Stage::Restored, left.join("; ")));
    }
    let rest = match case.respelled {
        [] => changes(&back, &before, dialect),
        _ => {
            let settled = settle(old, &back, &before, &options).await;
            let (back, before) = settled.expect("is settled");
            changes(&back, &before, dialect)
        }
    };
    if !rest.is_empty() {
        return Err(failure(Stage::Restored, described(&rest)));
    }
    let back = read_before(old, &before, &tables).await.expect("is read");
    let text = format!("{upgrade:?}");
    let is_said = |name: &&str| text.contains(&format!("-- loses: {name}"));
    let mut dropped = case.loses.iter().filter(|one| !case.rewrites.contains(one));
    if let Some(unsaid) = dropped.find(|name| !is_said(name)) {
        let reason = format!("no comment says that `{unsaid}` is lost");
        return Err(failure(Stage::Kept, reason));
    }
    let mut changed = differences(&change, &held, &back, Leg::Back);
    changed.retain(|one| !case.loses.contains(&one.object().as_str()));
    if !changed.is_empty() {
        return Err(failure(Stage::Kept, format!("downgrade: {changed:?}")));
    }
    let lost = lost(&before, &values, &rows(old, &before).await);
    if lost != named(case.loses) {
        return Err(failure(Stage::Kept, format!("lost: {lost:?}")));
    }
    Ok(if lost.is_empty() {
        Seen::AllKept
    } else {
        Seen::RestKept
    })
}

/// Gives every table rows, besides those that the case wants empty.
async fn fill_all(
    case: &Case,
    old: &mut Connection,
    before: &Schema,
    target: &Schema,
    change: &Change,
) -> Result<BTreeSet<QualifiedName>, Failure> {
    let is_filled = |name: &&QualifiedName| !case.empty.contains(&name.to_string().as_str());
    let tables: BTreeSet<QualifiedName> = before.tables.keys().filter(is_filled).cloned().collect();
    let filled = fill(old, before, Some((target, change)), &tables).await;
    let filled = filled.map_err(|error| failure(Stage::Filled, format!("{error:?}")))?;
    let all = rows(old, before).await;
    let empty: Vec<&Place> = all
        .iter()
        .filter(|((table, _), values)| values.is_empty() && tables.contains(table))
        .map(|(place, _)| place)
        .collect();
    if filled.without.is_empty() && empty.is_empty() {
        Ok(tables)
    } else {
        let reason = format!("{:?}; without a row: {empty:?}", filled.without);
        Err(failure(Stage::Filled, reason))
    }
}

fn named(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

type Values = BTreeMap<Place, Vec<Option<String>>>;

/// Columns that stay, and whose values read otherwise now.
fn rewritten(change: &Change, before: &Values, after: &Values) -> BTreeSet<String> {
    let staying = change.columns.iter().filter_map(|(place, column)| {
        let table = change.tables.get(&place.0)?.clone();
        let now = after.get(&(table, column.clone()));
        (now != before.get(place)).then(|| format!("{}.{}", place.0, place.1))
    });
    staying.collect()
}

/// Columns whose values are not as they were; a table where that holds for all that it has.
fn lost(schema: &Schema, before: &Values, back: &Values) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    for table in schema.tables.values() {
        let is_lost = |column: &&String| {
            let place = (table.name.clone(), (*column).clone());
            before.get(&place) != back.get(&place)
        };
        let columns: Vec<&String> = table.columns.iter().map(|one| &one.name).collect();
        let gone: Vec<&String> = columns.iter().copied().filter(is_lost).collect();
        if !gone.is_empty() && gone.len() == columns.len() {
            lost.insert(table.name.to_string());
        } else {
            let gone = gone.into_iter();
            lost.extend(gone.map(|column| format!("{}.{column}", table.name)));
        }
    }
    lost
}

/// Where the ways are found.
pub(super) fn bench(dialect: Dialect, names: Names) -> Bench {
    names.bench(dialect, own_server("kinds-bench"))
}
