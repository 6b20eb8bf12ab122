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

/// A relation that a statement locks: a table, what can be read like one, or an index, which stands for its table.
pub type Locked = (QualifiedName, Stops);

/// Tells what a statement of definition locks against traffic. Names are as written.
pub fn locked(statement: &Statement) -> Vec<Locked> {
    if statement.dialect != Dialect::Postgres {
        return Vec::new();
    }
    let text = Words::new(&statement.text, statement.dialect);
    let mut found = match text.keyword(0).as_str() {
        "create" => created(&text),
        "alter" => altered(&text),
        "drop" => dropped(&text),
        "truncate" => listed(&text, text.skip(1, &["table", "only"]), Stops::All),
        "refresh" if !text.is(3, "concurrently") => listed(&text, 3, Stops::All),
        "cluster" => one(&text, text.skip(1, &["verbose"]), Stops::All),
        "reindex" => {
            let kind = (1..text.len()).find(|at| text.is_any(*at, &["table", "index"]));
            kind.map_or_else(Vec::new, |at| one(&text, at + 1, Stops::All))
        }
        _ => return Vec::new(),
    };
    if text.is_any(0, &["create", "alter"]) {
        found.extend(referenced(&text));
    }
    found
}

/// The table that a statement makes, of which nobody can know yet.
pub fn made_table(statement: &Statement) -> Option<QualifiedName> {
    new_table(&Words::new(&statement.text, statement.dialect))
}

fn new_table(text: &Words<'_>) -> Option<QualifiedName> {
    let at = text.skip(1, &["temp", "temporary", "unlogged", "local", "global"]);
    if !text.is(0, "create") || !text.is(at, "table") {
        return None;
    }
    let at = text.skip(at + 1, &["if", "not", "exists"]);
    text.name(at).map(|(name, _)| name)
}

/// Whether a statement defines something, and does not go through rows by itself.
pub fn is_definition(statement: &Statement) -> bool {
    let verbs = [
        "create", "alter", "drop", "comment", "grant", "revoke", "truncate",
    ];
    let text = Words::new(&statement.text, statement.dialect);
    text.is_any(0, &verbs)
}

fn one(text: &Words<'_>, at: usize, stops: Stops) -> Vec<Locked> {
    let named = text.name(at).map(|(name, _)| (name, stops));
    named.into_iter().collect()
}

fn listed(text: &Words<'_>, at: usize, stops: Stops) -> Vec<Locked> {
    let at = text.skip(at, &["if", "exists"]);
    let ranges = text.listed(at, text.len()).into_iter();
    let names = ranges.filter_map(|(start, _)| text.name(text.skip(start, &["only"])));
    names.map(|(name, _)| (name, stops)).collect()
}

/// The table that stands behind the first of these words.
fn behind(text: &Words<'_>, word: &str, stops: Stops) -> Vec<Locked> {
    let at = text.outside(0, &[word]);
    one(text, text.skip(at + 1, &["only"]), stops)
}

/// Tables of foreign keys; the key makes triggers on them.
fn referenced(text: &Words<'_>) -> Vec<Locked> {
    let places = (0..text.len()).filter(|at| text.keyword(*at) == "references");
    places
        .flat_map(|at| one(text, at + 1, Stops::Writers))
        .collect()
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
            return one(text, of + 2, Stops::All);
        }
    }
    Vec::new()
}

/// Where the name of a relation stands, behind its kind.
fn relation(text: &Words<'_>) -> Option<usize> {
    let at = text.skip(1, &["materialized", "foreign"]);
    let kinds = ["table", "view", "index", "sequence"];
    let at = text.is_any(at, &kinds).then_some(at + 1)?;
    Some(text.skip(at, &["if", "exists", "only"]))
}

fn dropped(text: &Words<'_>) -> Vec<Locked> {
    if text.is(1, "index") && text.is(2, "concurrently") {
        return Vec::new();
    }
    if text.is_any(1, &["trigger", "policy", "rule"]) {
        return behind(text, "on", Stops::All);
    }
    relation(text).map_or_else(Vec::new, |at| listed(text, at, Stops::All))
}

fn altered(text: &Words<'_>) -> Vec<Locked> {
    if text.is_any(1, &["trigger", "policy", "rule"]) {
        return behind(text, "on", Stops::All);
    }
    let Some((name, at)) = relation(text).and_then(|at| text.name(at)) else {
        return Vec::new();
    };
    let at = text.skip(at, &["*"]);
    if text.is(at, "attach") && text.is(at + 1, "partition") {
        return one(text, at + 2, Stops::All);
    }
    let actions = text.listed(at, text.len());
    let strongest = actions
        .iter()
        .filter_map(|action| stopped_by(text, *action))
        .max();
    let mut found: Vec<Locked> = strongest.map(|stops| (name, stops)).into_iter().collect();
    if text.is(at, "detach") && text.is(at + 1, "partition") {
        found.extend(one(text, at + 2, Stops::All));
    }
    found
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

    /// What is locked in one line; `!` stands behind what nobody can read meanwhile.
    fn told(sql: &str) -> String {
        let statement = split(sql, Dialect::Postgres).expect("is SQL").remove(0);
        let parts = locked(&statement).into_iter().map(|(name, stops)| {
            let sign = if stops == Stops::All { "!" } else { "" };
            format!("{name}{sign}")
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
            ("ALTER TABLE t ADD a int REFERENCES p (id)", "t! p"),
            (
                "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES s.p",
                "t s.p",
            ),
            (
                "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p, DROP b",
                "t! p",
            ),
            ("ALTER TABLE t VALIDATE CONSTRAINT k", ""),
            (
                "ALTER TABLE t ALTER a SET STATISTICS 100, SET (fillfactor = 70)",
                "",
            ),
            ("ALTER TABLE t DISABLE TRIGGER g", "t"),
            ("ALTER TABLE p ATTACH PARTITION c FOR VALUES IN (1)", "c!"),
            ("ALTER TABLE p DETACH PARTITION c", "p! c!"),
            ("ALTER INDEX i RENAME TO j", "i!"),
            ("ALTER SEQUENCE q RESTART", "q"),
            ("ALTER MATERIALIZED VIEW m RENAME TO n", "m!"),
            ("ALTER TRIGGER g ON t RENAME TO h", "t!"),
            ("ALTER TYPE e ADD VALUE 'x'", ""),
            ("CREATE UNIQUE INDEX i ON ONLY t USING btree (a)", "t"),
            ("CREATE INDEX ON t (a)", "t"),
            ("CREATE INDEX CONCURRENTLY i ON t (a)", ""),
            (
                "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION f()",
                "t",
            ),
            (
                "CREATE CONSTRAINT TRIGGER g AFTER UPDATE ON t EXECUTE FUNCTION f()",
                "t",
            ),
            ("CREATE POLICY o ON t USING (true)", "t!"),
            ("CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", "t!"),
            (
                "CREATE TABLE c (a int REFERENCES p, b int REFERENCES \"P\")",
                "p P",
            ),
            ("CREATE TABLE c PARTITION OF p FOR VALUES IN (1)", "p!"),
            ("CREATE VIEW v AS SELECT 1", ""),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", "v!"),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'ALTER TABLE t'",
                "",
            ),
            ("DROP TABLE IF EXISTS a, s.b CASCADE", "a! s.b!"),
            ("DROP INDEX i, j", "i! j!"),
            ("DROP INDEX CONCURRENTLY i", ""),
            ("DROP POLICY IF EXISTS o ON t", "t!"),
            ("DROP FUNCTION f", ""),
            ("TRUNCATE TABLE ONLY a, ONLY b", "a! b!"),
            ("REFRESH MATERIALIZED VIEW m", "m!"),
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
            let name = made_table(&statement).map(|name| name.to_string());
            assert_eq!(name.as_deref(), expected, "{sql}");
        }
    }
}
