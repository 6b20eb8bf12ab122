//! What statements say that they do to rows and names, as far as their tokens tell.
//!
//! Not here: what they really do. Limbeck finds that out by running them; this tells what is meant.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, Step};
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::{Statement, Token, TokenKind, lex, split};

/// One thing that a statement does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    CreateTable(QualifiedName),
    DropTable(QualifiedName),
    RenameTable(QualifiedName, QualifiedName),
    DropColumn(QualifiedName, String),
    RenameColumn(QualifiedName, String, String),
    /// Rows come.
    Insert(QualifiedName),
    /// The columns of rows that are there get other values.
    Update(QualifiedName, Vec<String>),
    /// Some rows go.
    Delete(QualifiedName),
    /// All rows go.
    DeleteAll(QualifiedName),
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
        TokenKind::QuotedIdentifier => Some(unquoted(token.text(text))),
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
                let name = unquoted(text);
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
fn inside(text: &str) -> &str {
    let end = text[1..].find('$').map_or(0, |end| end + 2);
    text.get(end..text.len().saturating_sub(end))
        .unwrap_or_default()
}

fn unquoted(text: &str) -> String {
    let inner = text
        .get(1..text.len().saturating_sub(1))
        .unwrap_or_default();
    match text.as_bytes().first() {
        Some(b'"') => inner.replace("\"\"", "\""),
        Some(b'`') => inner.replace("``", "`"),
        _ => inner.to_owned(),
    }
}

fn of_statement(statement: &Statement) -> Vec<Effect> {
    let words = statement.words(2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let text = Words::new(&statement.text, statement.dialect);
    match words.as_slice() {
        ["alter", "table"] => alter_table(&text, 0),
        ["create", ..] => create_table(&text).into_iter().collect(),
        ["drop", "table"] => listed(&text, 2, Effect::DropTable),
        ["truncate", ..] => listed(&text, 1, Effect::DeleteAll),
        ["do", ..] => {
            let mut tokens = lex(&statement.text, statement.dialect).unwrap_or_default();
            tokens.retain(|token| token.kind == TokenKind::DollarString);
            let bodies = tokens.iter().flat_map(|token| {
                let body = inside(token.text(&statement.text));
                let text = Words::new(body, statement.dialect);
                (0..text.tokens.len())
                    .flat_map(|at| anywhere(&text, at))
                    .collect::<Vec<Effect>>()
            });
            bodies.collect()
        }
        [
            "insert" | "replace" | "update" | "delete" | "merge" | "with",
            ..,
        ] => {
            let found = (0..text.tokens.len()).flat_map(|at| changes_rows(&text, at));
            found.collect()
        }
        _ => Vec::new(),
    }
}

/// Tokens that mean something, with the text they are cut from.
struct Words<'a> {
    sql: &'a str,
    dialect: Dialect,
    tokens: Vec<Token>,
}

impl<'a> Words<'a> {
    fn new(sql: &'a str, dialect: Dialect) -> Self {
        let mut tokens = lex(sql, dialect).unwrap_or_default();
        tokens.retain(Token::is_significant);
        Self {
            sql,
            dialect,
            tokens,
        }
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text(self.sql))
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.text(at).eq_ignore_ascii_case(word)
    }

    fn skip(&self, mut at: usize, words: &[&str]) -> usize {
        while words.iter().any(|word| self.is(at, word)) {
            at += 1;
        }
        at
    }

    fn identifier(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        let text = token.text(self.sql);
        match (token.kind, self.dialect) {
            (TokenKind::QuotedIdentifier, _) => Some(unquoted(text)),
            (TokenKind::Word, Dialect::Postgres) => Some(text.to_lowercase()),
            // SQLite keeps the case in which a name was written.
            (TokenKind::Word, Dialect::Sqlite) => Some(text.to_owned()),
            _ => None,
        }
    }

    /// A name with or without schema, and where it ends.
    fn name(&self, at: usize) -> Option<(QualifiedName, usize)> {
        let first = self.identifier(at)?;
        if self.text(at + 1) != "." {
            return Some((QualifiedName::new(first), at + 1));
        }
        let name = self.identifier(at + 2)?;
        let default = match self.dialect {
            Dialect::Postgres => "public",
            Dialect::Sqlite => "main",
        };
        let schema = Some(first.as_str()).filter(|schema| *schema != default);
        Some((QualifiedName::within(schema, name), at + 3))
    }
}

fn anywhere(text: &Words<'_>, at: usize) -> Vec<Effect> {
    if text.is(at, "alter") && text.is(at + 1, "table") {
        alter_table(text, at)
    } else if text.is(at, "drop") && text.is(at + 1, "table") {
        listed(text, at + 2, Effect::DropTable)
    } else if text.is(at, "truncate") {
        listed(text, at + 1, Effect::DeleteAll)
    } else {
        changes_rows(text, at).into_iter().collect()
    }
}

fn create_table(text: &Words<'_>) -> Option<Effect> {
    let at = text.skip(1, &["temp", "temporary", "unlogged", "global", "local"]);
    if !text.is(at, "table") {
        return None;
    }
    let at = text.skip(at + 1, &["if", "not", "exists"]);
    Some(Effect::CreateTable(text.name(at)?.0))
}

fn listed(text: &Words<'_>, at: usize, effect: fn(QualifiedName) -> Effect) -> Vec<Effect> {
    let mut at = text.skip(at, &["table", "if", "exists", "only"]);
    let mut found = Vec::new();
    while let Some((name, end)) = text.name(at) {
        found.push(effect(name));
        at = text.skip(end, &["*"]);
        if text.text(at) != "," {
            break;
        }
        at = text.skip(at + 1, &["only"]);
    }
    found
}

fn alter_table(text: &Words<'_>, at: usize) -> Vec<Effect> {
    let at = text.skip(at + 2, &["if", "exists", "only"]);
    let Some((table, mut at)) = text.name(at) else {
        return Vec::new();
    };
    at = text.skip(at, &["*"]);
    let mut found = Vec::new();
    loop {
        found.extend(action(text, &table, at));
        // The next action stands behind a comma outside parentheses.
        let mut depth = 0usize;
        loop {
            match text.text(at) {
                "" | ";" => return found,
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0 => break,
                _ => {}
            }
            at += 1;
        }
        at += 1;
    }
}

fn action(text: &Words<'_>, table: &QualifiedName, at: usize) -> Option<Effect> {
    if text.is(at, "drop") && !text.is(at + 1, "constraint") {
        let at = text.skip(at + 1, &["column"]);
        let at = text.skip(at, &["if", "exists"]);
        return Some(Effect::DropColumn(table.clone(), text.identifier(at)?));
    }
    if !text.is(at, "rename") || text.is(at + 1, "constraint") {
        return None;
    }
    if text.is(at + 1, "to") {
        let (name, _) = text.name(at + 2)?;
        let to = QualifiedName {
            schema: name.schema.or_else(|| table.schema.clone()),
            ..name
        };
        return Some(Effect::RenameTable(table.clone(), to));
    }
    let at = text.skip(at + 1, &["column"]);
    let from = text.identifier(at)?;
    let to = text.identifier(at + 2).filter(|_| text.is(at + 1, "to"))?;
    Some(Effect::RenameColumn(table.clone(), from, to))
}

fn changes_rows(text: &Words<'_>, at: usize) -> Option<Effect> {
    let before = |word: &str| at > 0 && text.is(at - 1, word);
    if (text.is(at, "insert") || text.is(at, "replace")) && !before("or") {
        let into = (at + 1..at + 4).find(|at| text.is(*at, "into"))?;
        return Some(Effect::Insert(text.name(into + 1)?.0));
    }
    if text.is(at, "merge") && text.is(at + 1, "into") {
        // Which columns it changes is not told apart.
        let at = text.skip(at + 2, &["only"]);
        return Some(Effect::Delete(text.name(at)?.0));
    }
    if text.is(at, "delete") && text.is(at + 1, "from") {
        let at = text.skip(at + 2, &["only"]);
        let (table, end) = text.name(at)?;
        let is_filtered = (end..text.tokens.len())
            .take_while(|at| text.text(*at) != ";")
            .any(|at| text.is(at, "where"));
        return Some(if is_filtered {
            Effect::Delete(table)
        } else {
            Effect::DeleteAll(table)
        });
    }
    if text.is(at, "update") && !before("do") && !before("for") && !before("on") {
        let mut name = text.skip(at + 1, &["only"]);
        if text.is(name, "or") {
            name += 2;
        }
        let (table, end) = text.name(name)?;
        let set = (end..end + 4).find(|at| text.is(*at, "set"))?;
        return Some(Effect::Update(table, assigned(text, set + 1)));
    }
    None
}

/// The columns that stand before `=` behind SET.
fn assigned(text: &Words<'_>, start: usize) -> Vec<String> {
    let mut columns = Vec::new();
    let mut depth = 0usize;
    let mut is_target = true;
    for at in start..text.tokens.len() {
        match text.text(at) {
            ";" => break,
            // A list of targets stands in parentheses, too.
            "(" if !is_target => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "=" if depth == 0 => is_target = false,
            "," if depth == 0 => is_target = true,
            _ if depth == 0
                && ["where", "from", "returning"]
                    .iter()
                    .any(|w| text.is(at, w)) =>
            {
                break;
            }
            _ if is_target => columns.extend(text.identifier(at)),
            _ => {}
        }
    }
    columns
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
            CreateTable, Delete, DeleteAll, DropColumn, DropTable, Insert, RenameColumn,
            RenameTable, Update,
        };
        let t = || QualifiedName::new("t");
        let text = |text: &str| text.to_owned();
        let cases = [
            (
                "CREATE TEMP TABLE IF NOT EXISTS t (a int)",
                vec![CreateTable(t())],
            ),
            (
                "DROP TABLE IF EXISTS public.t, a.\"U\" CASCADE",
                vec![
                    DropTable(t()),
                    DropTable(QualifiedName::within(Some("a"), "U")),
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
                "UPDATE ONLY t AS x SET a = (SELECT b FROM u), (c, d) = (1, 2) WHERE e = 1",
                vec![Update(t(), vec![text("a"), text("c"), text("d")])],
            ),
            ("DELETE FROM t", vec![DeleteAll(t())]),
            ("DELETE FROM t WHERE a", vec![Delete(t())]),
            (
                "INSERT INTO t (a) SELECT 1 ON CONFLICT (a) DO UPDATE SET b = 1",
                vec![Insert(t())],
            ),
            (
                "WITH gone AS (DELETE FROM u WHERE true RETURNING a) INSERT INTO t SELECT a FROM gone",
                vec![Delete(QualifiedName::new("u")), Insert(t())],
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
