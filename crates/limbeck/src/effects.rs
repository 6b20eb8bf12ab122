//! What statements say that they do to rows and names, as far as their tokens tell.
//!
//! Not here: what they really do. Limbeck finds that out by running them; this tells what is meant.

mod statement;

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, Step};
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::{TokenKind, lex, split, unquoted};

pub(crate) use statement::{Words, inserted, of_statement};

/// One thing that a statement does. Names are as written: `public.t` is another one than `t`, which
/// the search path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    CreateTable(QualifiedName),
    DropTable(QualifiedName),
    /// Gives a table another name or schema.
    RenameTable(QualifiedName, QualifiedName),
    DropColumn(QualifiedName, String),
    RenameColumn(QualifiedName, String, String),
    /// Rows come, and from these tables, named without their schemas.
    Insert(QualifiedName, BTreeSet<String>),
    /// The columns of rows that are there get other values.
    Update(QualifiedName, Vec<String>),
    /// Some rows go.
    Delete(QualifiedName),
    /// All rows go.
    DeleteAll(QualifiedName),
    RenameSchema(String, String),
    /// A schema goes with all that is in it.
    DropSchema(String),
    /// Tables, columns or rows may go that are not named.
    Unknown(String),
}

/// What the comments of a section announce.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Announced {
    /// The objects behind `-- loses:`.
    pub(crate) losses: BTreeSet<String>,
    /// The objects behind `-- hazard: may_fail:`.
    pub(crate) failures: BTreeSet<String>,
}

/// The effects of a section's statements, in their order. Text that cannot be split has none: it is
/// refused when it is run.
pub(crate) fn effects(section: &Section, dialect: Dialect) -> Vec<Effect> {
    let statements = steps(section)
        .iter()
        .flat_map(|step| split(&step.sql, dialect).unwrap_or_default());
    statements
        .flat_map(|statement| of_statement(&statement))
        .collect()
}

/// What the comment lines of a section announce.
pub(crate) fn announced(section: &Section, dialect: Dialect) -> Announced {
    let mut announced = Announced::default();
    for step in steps(section) {
        for token in lex(&step.sql, dialect).unwrap_or_default() {
            if token.kind != TokenKind::LineComment {
                continue;
            }
            let text = token.text(&step.sql).trim_start_matches('-').trim();
            if let Some(object) = text.strip_prefix("loses:") {
                announced.losses.insert(object.trim().to_owned());
            } else if let Some(rest) = text.strip_prefix("hazard: may_fail:") {
                let object = rest.split(": ").next().unwrap_or_default();
                announced.failures.insert(object.trim().to_owned());
            }
        }
    }
    announced
}

/// Every name and word of the section's statements, as a catalog would have them; strings that hold
/// code are read too.
pub(crate) fn words(section: &Section, dialect: Dialect) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for step in steps(section) {
        collect(&step.sql, dialect, &mut words);
    }
    words
}

pub(crate) fn steps(section: &Section) -> &[Step] {
    match section {
        Section::Steps(steps) => steps,
        Section::Irreversible(_) => &[],
    }
}

/// The parts of a name as messages show it.
fn parts(text: &str, dialect: Dialect) -> Vec<String> {
    // A name that needs no quotes in a message may need them in SQL, and is cut at its dots.
    if !text.contains('"') {
        return text.split('.').map(str::to_owned).collect();
    }
    let tokens = lex(text, dialect).unwrap_or_default();
    let names = tokens.iter().filter_map(|token| match token.kind {
        TokenKind::QuotedIdentifier => unquoted(token.text(text)),
        TokenKind::Word | TokenKind::Number => Some(token.text(text).to_owned()),
        _ => None,
    });
    names.collect()
}

/// The tables and columns that a name in a comment can mean.
pub(crate) fn readings(text: &str, dialect: Dialect) -> Vec<(QualifiedName, Option<String>)> {
    let parts = parts(text, dialect);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [table] => vec![(QualifiedName::new(*table), None)],
        [first, second] => vec![
            (QualifiedName::new(*first), Some((*second).to_owned())),
            (QualifiedName::within(Some(first), *second), None),
        ],
        [schema, table, column] => vec![(
            QualifiedName::within(Some(schema), *table),
            Some((*column).to_owned()),
        )],
        _ => Vec::new(),
    }
}

fn collect(sql: &str, dialect: Dialect, words: &mut BTreeSet<String>) {
    for token in lex(sql, dialect).unwrap_or_default() {
        let text = token.text(sql);
        match token.kind {
            TokenKind::Word => drop(words.insert(text.to_lowercase())),
            TokenKind::QuotedIdentifier => {
                // A name in escapes is none that a catalog has.
                let name = unquoted(text).unwrap_or_else(|| text.to_owned());
                if dialect == Dialect::Sqlite {
                    words.insert(name.to_lowercase());
                }
                words.insert(name);
            }
            TokenKind::DollarString => collect(inside(text), dialect, words),
            _ => {}
        }
    }
}

/// The text between dollar delimiters.
pub(crate) fn inside(text: &str) -> &str {
    let end = text[1..].find('$').map_or(0, |end| end + 2);
    text.get(end..text.len().saturating_sub(end))
        .unwrap_or_default()
}

/// The schema of temporary tables, which is looked into first.
pub(crate) fn temporary(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "pg_temp",
        Dialect::Sqlite => "temp",
    }
}

#[cfg(test)]
mod tests {
    use limbeck_core::plan::StepMode;

    use super::*;

    fn section(sql: &str) -> Section {
        Section::Steps(vec![Step {
            mode: StepMode::Transaction,
            sql: sql.to_owned(),
            line: 1,
        }])
    }

    #[test]
    fn statements_tell_what_they_do() {
        use Effect::{
            CreateTable, Delete, DeleteAll, DropColumn, DropSchema, DropTable, Insert,
            RenameColumn, RenameSchema, RenameTable, Unknown, Update,
        };
        let t = || QualifiedName::new("t");
        let within = |schema: &str, name: &str| QualifiedName::within(Some(schema), name);
        let text = |text: &str| text.to_owned();
        let from = |names: &[&str]| names.iter().map(|name| text(name)).collect();
        let cases = [
            (
                "CREATE TEMP TABLE IF NOT EXISTS t (a int)",
                vec![CreateTable(within("pg_temp", "t"))],
            ),
            (
                "CREATE TABLE t (a int GENERATED ALWAYS AS (1) STORED)",
                vec![CreateTable(t())],
            ),
            (
                "CREATE TABLE t AS SELECT a FROM s.u",
                vec![CreateTable(t()), Insert(t(), from(&["u"]))],
            ),
            (
                "CREATE TABLE t AS SELECT a FROM u WITH NO DATA",
                vec![CreateTable(t())],
            ),
            (
                "DROP TABLE IF EXISTS public.t, a.\"U\" CASCADE",
                vec![
                    DropTable(within("public", "t")),
                    DropTable(within("a", "U")),
                ],
            ),
            (
                "TRUNCATE ONLY t, u",
                vec![DeleteAll(t()), DeleteAll(QualifiedName::new("u"))],
            ),
            (
                "ALTER TABLE t ADD COLUMN x numeric(3, 2), DROP COLUMN IF EXISTS a, DROP b CASCADE, DROP CONSTRAINT c, ALTER d DROP NOT NULL",
                vec![DropColumn(t(), text("a")), DropColumn(t(), text("b"))],
            ),
            (
                "alter table t rename column a to B",
                vec![RenameColumn(t(), text("a"), text("b"))],
            ),
            (
                "ALTER TABLE t RENAME a TO \"B\"",
                vec![RenameColumn(t(), text("a"), text("B"))],
            ),
            (
                "ALTER TABLE s.t RENAME TO u",
                vec![RenameTable(
                    QualifiedName::within(Some("s"), "t"),
                    QualifiedName::within(Some("s"), "u"),
                )],
            ),
            ("ALTER TABLE t RENAME CONSTRAINT a TO b", vec![]),
            (
                "ALTER TABLE IF EXISTS t SET SCHEMA \"S\"",
                vec![RenameTable(t(), within("S", "t"))],
            ),
            (
                "ALTER SCHEMA a RENAME TO b",
                vec![RenameSchema(text("a"), text("b"))],
            ),
            ("ALTER SCHEMA a OWNER TO b", vec![]),
            (
                "DROP SCHEMA IF EXISTS a, \"B\" CASCADE",
                vec![DropSchema(text("a")), DropSchema(text("B"))],
            ),
            // Without CASCADE it is refused when there is anything in it.
            ("DROP SCHEMA a", vec![]),
            ("DROP TYPE a", vec![]),
            (
                "DROP DOMAIN a\n  CASCADE",
                vec![Unknown(text("what `DROP DOMAIN a CASCADE` takes along"))],
            ),
            (
                "DROP OWNED BY a",
                vec![Unknown(text("what `DROP OWNED BY a` takes along"))],
            ),
            (
                "UPDATE ONLY t AS x SET a = (SELECT b FROM u), (c, d) = (1, 2) WHERE e = 1",
                vec![Update(t(), vec![text("a"), text("c"), text("d")])],
            ),
            ("DELETE FROM t", vec![DeleteAll(t())]),
            ("DELETE FROM t WHERE a", vec![Delete(t())]),
            (
                "INSERT INTO t (a) SELECT 1 ON CONFLICT (a) DO UPDATE SET b = 1",
                vec![Insert(t(), from(&[])), Update(t(), vec![text("b")])],
            ),
            (
                "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = u.b, c = 1 WHEN NOT MATCHED THEN DO NOTHING",
                vec![Delete(t()), Update(t(), vec![text("b"), text("c")])],
            ),
            (
                "INSERT INTO t SELECT a FROM u WHERE false",
                vec![Insert(t(), from(&[]))],
            ),
            (
                "DO $x$ BEGIN INSERT INTO t VALUES (1); INSERT INTO u TABLE w; PERFORM a FROM v; END $x$",
                vec![
                    Insert(t(), from(&[])),
                    Insert(QualifiedName::new("u"), from(&[])),
                ],
            ),
            (
                "WITH gone AS (DELETE FROM u WHERE true RETURNING a) INSERT INTO t SELECT a FROM gone",
                vec![
                    Delete(QualifiedName::new("u")),
                    Insert(t(), from(&["u", "gone"])),
                ],
            ),
            (
                "DO $x$ BEGIN UPDATE t SET a = 1; DELETE FROM t; END $x$",
                vec![Update(t(), vec![text("a")]), DeleteAll(t())],
            ),
            (
                "CREATE TRIGGER x AFTER UPDATE ON t EXECUTE FUNCTION f()",
                vec![],
            ),
            ("SELECT 1", vec![]),
        ];
        for (sql, expected) in cases {
            let found = effects(&section(sql), Dialect::Postgres);
            assert_eq!(found, expected, "{sql}");
        }
    }

    #[test]
    fn comments_announce() {
        let found = announced(
            &section(
                "-- loses: tasks.note\nSELECT '-- loses: x';\n-- hazard: may_fail: a.b: rows that hold NULL\n-- a comment\nSELECT 1",
            ),
            Dialect::Postgres,
        );
        assert_eq!(found.losses, ["tasks.note".to_owned()].into());
        assert_eq!(found.failures, ["a.b".to_owned()].into());
        assert_eq!(parts("\"a.b\".c", Dialect::Postgres), ["a.b", "c"]);
        assert_eq!(
            parts("task lists.c d", Dialect::Postgres),
            ["task lists", "c d"]
        );
    }
}
