//! What statements say that they do to rows and names, as far as their tokens tell.
//!
//! Not here: what they really do. Limbeck finds that out by running them; this tells what is meant.

mod comment;
mod statement;
mod words;

use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql::{TokenKind, lex, unquoted};

pub use self::comment::{Announced, announced, readings};
pub use self::statement::{inserted, of_statement};
pub use self::words::Words;

/// One thing that a statement does. Names are as written: `public.t` is another one than `t`, which
/// the search path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// A table is made.
    CreateTable(QualifiedName),
    /// A table goes.
    DropTable(QualifiedName),
    /// Gives a table another name or schema.
    RenameTable(QualifiedName, QualifiedName),
    /// A column goes.
    DropColumn(QualifiedName, String),
    /// A column gets another name.
    RenameColumn(QualifiedName, String, String),
    /// Rows come, and from these tables, named without their schemas.
    Insert(QualifiedName, BTreeSet<String>),
    /// The columns of rows that are there get other values.
    Update(QualifiedName, Vec<String>),
    /// Some rows go.
    Delete(QualifiedName),
    /// All rows go.
    DeleteAll(QualifiedName),
    /// A schema gets another name.
    RenameSchema(String, String),
    /// A schema goes with all that is in it.
    DropSchema(String),
    /// Tables, columns or rows may go that are not named.
    Unknown(String),
}

/// Every name and word of a text, as a catalog would have them; strings that hold code are read too.
pub fn words(sql: &str, dialect: Dialect) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for token in lex(sql, dialect).unwrap_or_default() {
        let text = token.text(sql);
        if token.kind == TokenKind::Word {
            words.insert(text.to_lowercase());
        } else if token.kind == TokenKind::QuotedIdentifier {
            // A name in escapes is none that a catalog has.
            let name = unquoted(text).unwrap_or_else(|| text.to_owned());
            if dialect == Dialect::Sqlite {
                words.insert(name.to_lowercase());
            }
            words.insert(name);
        } else if token.kind == TokenKind::DollarString {
            words.extend(self::words(inside(text), dialect));
        }
    }
    words
}

/// The text between dollar delimiters.
pub fn inside(text: &str) -> &str {
    let end = text[1..].find('$').map_or(0, |end| end + 2);
    text.get(end..text.len().saturating_sub(end))
        .unwrap_or_default()
}

/// The schema of temporary tables, which is looked into first.
pub fn temporary(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "pg_temp",
        Dialect::Sqlite => "temp",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::split;

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
            let statements = split(sql, Dialect::Postgres).unwrap_or_default();
            let found: Vec<Effect> = statements.iter().flat_map(of_statement).collect();
            assert_eq!(found, expected, "{sql}");
        }
    }
}
