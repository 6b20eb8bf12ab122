//! Indexes, triggers and views that statements make and drop.

use super::Words;
use crate::schema::QualifiedName;
use crate::sql::Statement;

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// It is made.
    Create,
    /// It is made, or made otherwise: CREATE OR REPLACE.
    Replace,
    /// It goes, or has another name from here on.
    Drop,
    /// It gets this owner.
    Owner(String),
    /// Something else is said of it.
    Alter,
}

/// An index, a trigger or a view of which a statement says what becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defined {
    /// What becomes of it.
    pub verb: Verb,
    /// `index`, `trigger` or `view`.
    pub kind: &'static str,
    /// Its name, without the schema.
    pub name: String,
}

impl Defined {
    /// Reads a statement; any other than CREATE and DROP of these kinds is none.
    pub fn of(statement: &Statement) -> Option<Self> {
        let text = Words::new(&statement.text, statement.dialect);
        let verb = match text.keyword(0).as_str() {
            "create" => Verb::Create,
            "drop" => Verb::Drop,
            _ => return None,
        };
        let at = text.skip(1, &["unique", "temp", "temporary"]);
        let kinds = ["index", "trigger", "view"];
        let kind = kinds.into_iter().find(|kind| text.is(at, kind))?;
        let (name, _) = text.name(text.skip(at + 1, &["if", "not", "exists"]))?;
        Some(Self {
            verb,
            kind,
            name: name.name,
        })
    }

    /// Whether this becomes of an object of SQLite, which has no case in names.
    pub fn is(&self, verb: Verb, kind: &str, name: &str) -> bool {
        self.verb == verb && self.kind == kind && self.name.eq_ignore_ascii_case(name)
    }
}

/// What a statement of definition is about; of what hangs on a table, that table.
pub fn defined_name(statement: &Statement) -> Option<QualifiedName> {
    const KINDS: [&str; 10] = [
        "table",
        "view",
        "index",
        "type",
        "domain",
        "function",
        "procedure",
        "sequence",
        "trigger",
        "policy",
    ];
    let text = Words::new(&statement.text, statement.dialect);
    if !text.is_any(0, &["create", "alter", "drop"]) {
        return None;
    }
    let kind = (1..6).find(|at| text.is_any(*at, &KINDS))?;
    let on = text.outside(kind, &["on"]);
    let hangs = text.is_any(kind, &["index", "trigger", "policy"]);
    let at = if hangs && on < text.len() { on } else { kind };
    let at = text.skip(at + 1, &["concurrently", "if", "not", "exists", "only"]);
    text.name(at).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::sql::split;

    #[test]
    fn objects_are_seen() {
        for (sql, expected) in [
            (
                "DROP INDEX IF EXISTS main.\"a b\"",
                Some((Verb::Drop, "index", "a b")),
            ),
            (
                "create unique index if not exists i on t (a)",
                Some((Verb::Create, "index", "i")),
            ),
            (
                "CREATE TEMP VIEW [v] AS SELECT 1",
                Some((Verb::Create, "view", "v")),
            ),
            ("DROP TABLE t", None),
        ] {
            let statement = split(sql, Dialect::Sqlite).expect("is SQL").remove(0);
            let expected = expected.map(|(verb, kind, name)| Defined {
                verb,
                kind,
                name: name.to_owned(),
            });
            assert_eq!(Defined::of(&statement), expected, "{sql}");
        }
    }

    #[test]
    fn a_definition_is_about_a_table_or_what_hangs_on_none() {
        for (sql, expected) in [
            (
                "CREATE UNIQUE INDEX CONCURRENTLY i ON app.tasks (a)",
                Some("app.tasks"),
            ),
            (
                "CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()",
                Some("t"),
            ),
            ("ALTER TABLE IF EXISTS ONLY \"T t\" ADD a int", Some("T t")),
            (
                "CREATE OR REPLACE FUNCTION f() RETURNS int AS '' LANGUAGE sql",
                Some("f"),
            ),
            ("DROP INDEX i", Some("i")),
            ("INSERT INTO t SELECT 1", None),
        ] {
            let statement = split(sql, Dialect::Postgres).expect("is SQL").remove(0);
            let found = defined_name(&statement).map(|name| name.to_string());
            assert_eq!(found.as_deref(), expected, "{sql}");
        }
    }
}
