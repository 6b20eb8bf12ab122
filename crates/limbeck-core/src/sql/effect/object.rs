//! Indexes, triggers and views that statements make and drop.

use super::Words;
use crate::sql::Statement;

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It is made.
    Create,
    /// It goes.
    Drop,
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
}
