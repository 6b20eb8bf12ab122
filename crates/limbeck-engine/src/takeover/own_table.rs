//! Statements on the table in which a tool keeps what it has run: they are left out, since Limbeck keeps that elsewhere.

use std::ops::Range;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::sql::{Statement, lex, split, unquoted};

/// A section without the statements on a table; a step of nothing else goes with them.
pub(super) fn left_out(section: &mut Section, table: &str, dialect: Dialect) {
    let Section::Steps(steps) = section else {
        return;
    };
    steps.retain_mut(|step| {
        // What cannot be cut into statements has its error where it is cut.
        let statements = split(&step.sql, dialect).unwrap_or_default();
        let is_own = |one: &&Statement| is_of_table(one, table);
        let own = statements.iter().filter(is_own).count();
        if own == 0 {
            return true;
        }
        let whole = 0..step.sql.len();
        let kept = without(&step.sql, whole, statements.iter().filter(is_own));
        let text = kept.trim_start_matches('\n');
        let above = u32::try_from(kept.len() - text.len()).unwrap_or(u32::MAX);
        step.line = step.line.saturating_add(above);
        step.sql = text.trim_end().to_owned();
        own < statements.len()
    });
}

/// A part of a text, with lines in the place of some of its statements.
pub(super) fn without<'a>(
    sql: &str,
    inside: Range<usize>,
    statements: impl Iterator<Item = &'a Statement>,
) -> String {
    let mut kept = String::new();
    let mut copied = inside.start;
    for one in statements {
        kept.push_str(sql.get(copied..one.offset).unwrap_or_default());
        let left_out = sql.get(one.offset..one.end).unwrap_or_default();
        kept.extend(left_out.chars().filter(|char| *char == '\n'));
        copied = one.end;
    }
    kept.push_str(sql.get(copied..inside.end).unwrap_or_default());
    kept
}

/// Whether a statement makes, changes or fills the table, in whatever schema, or something that stands on it.
pub(super) fn is_of_table(statement: &Statement, table: &str) -> bool {
    let tokens = lex(&statement.text, statement.dialect).unwrap_or_default();
    let texts = tokens.iter().filter(|token| token.is_significant());
    let texts: Vec<&str> = texts.map(|token| token.text(&statement.text)).collect();
    let words = statement.words(5);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let before = match words.as_slice() {
        ["create" | "drop" | "alter", "table", ..]
        | ["insert", "into", ..]
        | ["delete", "from", ..]
        | ["truncate", "table", ..] => 2,
        ["update" | "truncate", ..] => 1,
        ["create" | "drop" | "alter", rest @ ..]
            if rest.iter().any(|word| MEMBERS.contains(word)) =>
        {
            let on = texts
                .iter()
                .position(|text| text.eq_ignore_ascii_case("on"));
            on.map_or(texts.len(), |on| on + 1)
        }
        ["comment", "on", "table", ..] => 3,
        _ => return false,
    };
    let behind = texts.into_iter().skip(before);
    let mut names = behind
        .skip_while(|word| BEFORE_NAME.iter().any(|one| one.eq_ignore_ascii_case(word)))
        .peekable();
    let mut name = None;
    while let Some(part) = names.next() {
        name = Some(part);
        if names.next_if_eq(&".").is_none() {
            break;
        }
    }
    name.is_some_and(|name| match unquoted(name) {
        Some(name) => name == table,
        None => name.eq_ignore_ascii_case(table),
    })
}

/// What stands on a table.
const MEMBERS: [&str; 3] = ["index", "trigger", "policy"];

/// Words that stand before the name of a table, behind those that say what is done.
const BEFORE_NAME: [&str; 4] = ["if", "not", "exists", "only"];
