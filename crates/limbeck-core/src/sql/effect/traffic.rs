//! Which relations of PostgreSQL a definition locks against those who read or write them.
//!
//! What is not told here is not known to lock anything: code in DO blocks and functions, what CASCADE reaches, what stands
//! behind a type or a schema.

use super::Words;
use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql::Statement;

/// Who has to wait while the lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stops {
    /// Those who write: SHARE and SHARE ROW EXCLUSIVE.
    Writers,
    /// Those who read, too: ACCESS EXCLUSIVE.
    All,
}

/// How far a lock goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// The relation itself.
    Alone,
    /// Its partitions, and the tables that inherit from it, too.
    Parts,
    /// Not the relation, but its default partition.
    Default,
    /// Not the relation, but the tables at the other end of its foreign keys, of this constraint or with this column, or
    /// of all; and the table that it is a partition of.
    Keys(Option<String>),
}

/// What a statement locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// A table, what can be read like one, or an index, which stands for its table.
    pub name: QualifiedName,
    /// Who has to wait.
    pub stops: Stops,
    /// What is locked of it.
    pub extent: Extent,
}

/// What a statement says of locks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// What it locks against traffic where it is a definition. Names are as written.
    pub locked: Vec<Locked>,
    /// The table that it makes, of which nobody can know yet.
    pub made: Option<QualifiedName>,
    /// The schemas of the search path that it sets; nothing where it sets none.
    pub path: Option<Vec<String>>,
    /// Whether it defines or sets something, and does not go through rows by itself.
    pub is_definition: bool,
    /// Whether it is SET.
    pub is_setting: bool,
    /// Whether it says itself how long the statements behind it wait for a lock.
    pub has_own_limit: bool,
}

/// Tells all that a statement says of locks; it is read once.
pub fn traffic(statement: &Statement) -> Traffic {
    let text = Words::new(&statement.text, statement.dialect);
    let is_setting = text.is(0, "set");
    let sets = is_setting || statement.text.contains("set_config");
    Traffic {
        locked: match statement.dialect {
            Dialect::Postgres => locked(&text),
            Dialect::Sqlite => Vec::new(),
        },
        made: new_table(&text),
        path: path_set(&text),
        is_definition: text.is_any(0, &DEFINITIONS),
        is_setting,
        has_own_limit: sets && statement.text.contains("lock_timeout"),
    }
}

const DEFINITIONS: [&str; 9] = [
    "create", "alter", "drop", "comment", "grant", "revoke", "truncate", "set", "reset",
];

fn locked(text: &Words<'_>) -> Vec<Locked> {
    let mut found = match text.keyword(0).as_str() {
        "create" => created(text),
        "alter" => altered(text),
        "drop" => dropped(text),
        "truncate" => truncated(text),
        "refresh" if !text.is(3, "concurrently") => listed(text, 3, Stops::All),
        "cluster" => one(text, text.skip(1, &["verbose"]), Stops::All),
        "reindex" => {
            let kind = (1..text.len()).find(|at| text.is_any(*at, &["table", "index"]));
            kind.map_or_else(Vec::new, |at| one(text, at + 1, Stops::All))
        }
        _ => return Vec::new(),
    };
    if text.is_any(0, &["create", "alter"]) {
        found.extend(referenced(text));
    }
    found
}

fn new_table(text: &Words<'_>) -> Option<QualifiedName> {
    let at = text.skip(1, &["temp", "temporary", "unlogged", "local", "global"]);
    if !text.is(0, "create") || !text.is(at, "table") {
        return None;
    }
    let at = text.skip(at + 1, &["if", "not", "exists"]);
    text.name(at).map(|(name, _)| name)
}

fn path_set(text: &Words<'_>) -> Option<Vec<String>> {
    let at = text.skip(1, &["local", "session"]);
    if !text.is(0, "set") || !text.is(at, "search_path") {
        return None;
    }
    let schemas = text.listed(at + 2, text.len()).into_iter();
    let name = |(at, _): (usize, usize)| match text.keyword(at).as_str() {
        "'" => Some(text.text(at).trim_matches('\'').to_owned()),
        _ => text.identifier(at),
    };
    Some(schemas.filter_map(name).collect())
}

fn one(text: &Words<'_>, at: usize, stops: Stops) -> Vec<Locked> {
    reached(text, at, stops, Extent::Alone)
        .into_iter()
        .collect()
}

/// The relation whose name stands at a place, perhaps behind ONLY, which leaves its parts out.
fn reached(text: &Words<'_>, at: usize, stops: Stops, extent: Extent) -> Option<Locked> {
    let name_at = text.skip(at, &["only"]);
    let is_only = name_at > at && extent == Extent::Parts;
    let extent = if is_only { Extent::Alone } else { extent };
    let (name, _) = text.name(name_at)?;
    Some(Locked {
        name,
        stops,
        extent,
    })
}

fn listed(text: &Words<'_>, at: usize, stops: Stops) -> Vec<Locked> {
    let at = text.skip(at, &["if", "exists"]);
    let ranges = text.listed(at, text.len()).into_iter();
    let names = ranges.filter_map(|(start, _)| reached(text, start, stops, Extent::Parts));
    names.collect()
}

/// The table that stands behind the first of these words.
fn behind(text: &Words<'_>, word: &str, stops: Stops) -> Vec<Locked> {
    let at = text.outside(0, &[word]);
    let found = reached(text, at + 1, stops, Extent::Parts);
    found.into_iter().collect()
}

/// Tables of foreign keys; the key makes triggers on them.
fn referenced(text: &Words<'_>) -> Vec<Locked> {
    let places = (0..text.len()).filter(|at| text.keyword(*at) == "references");
    places
        .filter_map(|at| reached(text, at + 1, Stops::Writers, Extent::Parts))
        .collect()
}

/// The same relations again, with all of their foreign keys.
fn with_keys(mut found: Vec<Locked>) -> Vec<Locked> {
    let keys = found.clone().into_iter().map(|one| Locked {
        extent: Extent::Keys(None),
        ..one
    });
    found.extend(keys);
    found
}

fn truncated(text: &Words<'_>) -> Vec<Locked> {
    let found = listed(text, text.skip(1, &["table"]), Stops::All);
    if (1..text.len()).any(|at| text.keyword(at) == "cascade") {
        with_keys(found)
    } else {
        found
    }
}

fn created(text: &Words<'_>) -> Vec<Locked> {
    let replaces = text.is(1, "or") && text.is(2, "replace");
    let at = if replaces { 3 } else { 1 };
    let at = text.skip(at, &["unique", "constraint"]);
    if text.is(at, "index") && !text.is(at + 1, "concurrently") {
        return behind(text, "on", Stops::Writers);
    }
    if text.is(at, "trigger") {
        return behind(text, "on", Stops::Writers);
    }
    if text.is(at, "policy") {
        return behind(text, "on", Stops::All);
    }
    if text.is(at, "rule") {
        return behind(text, "to", Stops::All);
    }
    if text.is(at, "view") && replaces {
        return one(text, at + 1, Stops::All);
    }
    if new_table(text).is_some() {
        let of = text.outside(0, &["partition"]);
        if text.is(of + 1, "of") {
            let reaches = [Extent::Alone, Extent::Default].into_iter();
            let found = reaches.filter_map(|extent| reached(text, of + 2, Stops::All, extent));
            return found.collect();
        }
    }
    Vec::new()
}

/// Where the name of a relation stands, behind its kind.
fn relation(text: &Words<'_>) -> Option<usize> {
    let at = text.skip(1, &["materialized", "foreign"]);
    let kinds = ["table", "view", "index", "sequence"];
    let at = text.is_any(at, &kinds).then_some(at + 1)?;
    Some(text.skip(at, &["if", "exists"]))
}

fn dropped(text: &Words<'_>) -> Vec<Locked> {
    if text.is(1, "index") && text.is(2, "concurrently") {
        return Vec::new();
    }
    if text.is_any(1, &["trigger", "policy", "rule"]) {
        return behind(text, "on", Stops::All);
    }
    let found = relation(text).map_or_else(Vec::new, |at| listed(text, at, Stops::All));
    if text.is(1, "table") {
        with_keys(found)
    } else {
        found
    }
}

fn altered(text: &Words<'_>) -> Vec<Locked> {
    if text.is_any(1, &["trigger", "policy", "rule"]) {
        return behind(text, "on", Stops::All);
    }
    let Some(name_at) = relation(text) else {
        return Vec::new();
    };
    let Some((name, at)) = text.name(text.skip(name_at, &["only"])) else {
        return Vec::new();
    };
    let of = |extent: Extent| reached(text, name_at, Stops::All, extent);
    let at = text.skip(at, &["*"]);
    let is_part = text.is(at + 1, "partition");
    if is_part && text.is_any(at, &["attach", "detach"]) {
        let parent = of(Extent::Alone).filter(|_| text.is(at, "detach"));
        let part = reached(text, at + 2, Stops::All, Extent::Parts);
        let rest = of(Extent::Default);
        return [parent, part, rest].into_iter().flatten().collect();
    }
    let actions = text.listed(at, text.len());
    let stops = actions
        .iter()
        .filter_map(|action| stopped_by(text, *action));
    let whole = stops
        .max()
        .and_then(|stops| reached(text, name_at, stops, Extent::Parts));
    let keys = actions.iter().filter_map(|action| ended(text, *action));
    let keys = keys.map(|key| Locked {
        name: name.clone(),
        stops: Stops::All,
        extent: Extent::Keys(Some(key)),
    });
    whole.into_iter().chain(keys).collect()
}

/// The constraint or the column that an action of ALTER TABLE drops, or makes another one: a foreign key may go with it.
fn ended(text: &Words<'_>, (from, _): (usize, usize)) -> Option<String> {
    let is_other = text.is(from, "alter");
    if !is_other && !text.is(from, "drop") {
        return None;
    }
    let at = text.skip(from + 1, &["column", "constraint", "if", "exists"]);
    let sets = text.is(at + 1, "set") && text.is(at + 2, "data");
    let is_typed = text.is(at + 1, "type") || sets;
    text.identifier(at).filter(|_| !is_other || is_typed)
}

/// Who has to wait for one action of ALTER TABLE; nobody for what takes SHARE UPDATE EXCLUSIVE.
fn stopped_by(text: &Words<'_>, (from, to): (usize, usize)) -> Option<Stops> {
    let has = |word: &str| (from..to).any(|at| text.keyword(at) == word);
    if text.is(from, "validate")
        || (text.is_any(from, &["set", "reset"]) && text.text(from + 1) == "(")
        || (text.is(from, "alter") && has("statistics"))
        || (text.is(from, "cluster") && text.is(from + 1, "on"))
    {
        return None;
    }
    let is_key = text.is(from, "add") && has("foreign") && has("references");
    let is_switch = text.is_any(from, &["enable", "disable"]) && has("trigger");
    let is_sequence = text.is(1, "sequence");
    Some(if is_key || is_switch || is_sequence {
        Stops::Writers
    } else {
        Stops::All
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::split;

    /// What is locked in one line; `!` stands behind what nobody can read meanwhile, and then how far it goes.
    fn told(sql: &str) -> String {
        let statement = split(sql, Dialect::Postgres).expect("is SQL").remove(0);
        let parts = traffic(&statement).locked.into_iter().map(|one| {
            let sign = if one.stops == Stops::All { "!" } else { "" };
            let extent = match one.extent {
                Extent::Alone => String::new(),
                Extent::Parts => "*".to_owned(),
                Extent::Default => ":default".to_owned(),
                Extent::Keys(of) => format!(":keys({})", of.unwrap_or_default()),
            };
            format!("{}{sign}{extent}", one.name)
        });
        parts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn locks_are_those_of_the_manual() {
        for (sql, expected) in [
            (
                "ALTER TABLE IF EXISTS ONLY app.\"T t\" ADD a int",
                "app.T t!",
            ),
            ("ALTER TABLE t ADD a int REFERENCES p (id)", "t!* p*"),
            (
                "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES s.p",
                "t* s.p*",
            ),
            (
                "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p, DROP b",
                "t!* t!:keys(b) p*",
            ),
            ("ALTER TABLE t VALIDATE CONSTRAINT k", ""),
            (
                "ALTER TABLE t DROP CONSTRAINT IF EXISTS k CASCADE",
                "t!* t!:keys(k)",
            ),
            (
                "ALTER TABLE ONLY t DROP a, ALTER COLUMN \"B\" TYPE text",
                "t! t!:keys(a) t!:keys(B)",
            ),
            (
                "ALTER TABLE t ALTER a SET DATA TYPE text, ALTER b SET NOT NULL",
                "t!* t!:keys(a)",
            ),
            ("TRUNCATE a, b CASCADE", "a!* b!* a!:keys() b!:keys()"),
            (
                "ALTER TABLE t ALTER a SET STATISTICS 100, SET (fillfactor = 70)",
                "",
            ),
            ("ALTER TABLE t DISABLE TRIGGER g", "t*"),
            (
                "ALTER TABLE p ATTACH PARTITION c FOR VALUES IN (1)",
                "c!* p!:default",
            ),
            ("ALTER TABLE p DETACH PARTITION c", "p! c!* p!:default"),
            ("ALTER INDEX i RENAME TO j", "i!*"),
            ("ALTER SEQUENCE q RESTART", "q*"),
            ("ALTER MATERIALIZED VIEW m RENAME TO n", "m!*"),
            ("ALTER TRIGGER g ON t RENAME TO h", "t!*"),
            ("ALTER TYPE e ADD VALUE 'x'", ""),
            ("CREATE UNIQUE INDEX i ON ONLY t USING btree (a)", "t"),
            ("CREATE INDEX ON t (a)", "t*"),
            ("CREATE INDEX CONCURRENTLY i ON t (a)", ""),
            (
                "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION f()",
                "t*",
            ),
            (
                "CREATE CONSTRAINT TRIGGER g AFTER UPDATE ON t EXECUTE FUNCTION f()",
                "t*",
            ),
            ("CREATE POLICY o ON t USING (true)", "t!*"),
            ("CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", "t!*"),
            (
                "CREATE TABLE c (a int REFERENCES p, b int REFERENCES \"P\")",
                "p* P*",
            ),
            (
                "CREATE TABLE c PARTITION OF p FOR VALUES IN (1)",
                "p! p!:default",
            ),
            ("CREATE VIEW v AS SELECT 1", ""),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", "v!"),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'ALTER TABLE t'",
                "",
            ),
            (
                "DROP TABLE IF EXISTS a, s.b CASCADE",
                "a!* s.b!* a!:keys() s.b!:keys()",
            ),
            ("DROP INDEX i, j", "i!* j!*"),
            ("DROP INDEX CONCURRENTLY i", ""),
            ("DROP POLICY IF EXISTS o ON t", "t!*"),
            ("DROP FUNCTION f", ""),
            ("TRUNCATE TABLE ONLY a, ONLY b", "a! b!"),
            ("REFRESH MATERIALIZED VIEW m", "m!*"),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", ""),
            ("REINDEX TABLE t", "t!"),
            ("COMMENT ON TABLE t IS 'x'", ""),
            ("UPDATE t SET a = 1", ""),
            ("DO $$ BEGIN ALTER TABLE t ADD a int; END $$", ""),
        ] {
            assert_eq!(told(sql), expected, "{sql}");
        }
    }

    #[test]
    fn paths_are_read() {
        for (sql, expected) in [
            ("SET LOCAL search_path = s, \"T t\"", Some("s|T t")),
            ("SET search_path TO 'a', public", Some("a|public")),
            ("SET LOCAL lock_timeout = '1s'", None),
            ("SELECT 1", None),
        ] {
            let statement = split(sql, Dialect::Postgres).expect("is SQL").remove(0);
            let path = traffic(&statement).path.map(|schemas| schemas.join("|"));
            assert_eq!(path.as_deref(), expected, "{sql}");
        }
    }

    #[test]
    fn tables_that_are_made_are_seen() {
        for (sql, expected) in [
            (
                "CREATE UNLOGGED TABLE IF NOT EXISTS app.t (a int)",
                Some("app.t"),
            ),
            ("CREATE TABLE t AS SELECT 1", Some("t")),
            ("CREATE VIEW t AS SELECT 1", None),
        ] {
            let statement = split(sql, Dialect::Postgres).expect("is SQL").remove(0);
            let name = traffic(&statement).made.map(|name| name.to_string());
            assert_eq!(name.as_deref(), expected, "{sql}");
        }
    }
}
