//! What a statement does to rows.

use std::collections::BTreeSet;

use super::code::touching;
use super::{Copy, Effect, Reach, Rows, Words};
use crate::schema::QualifiedName;
use crate::sql::{Statement, has_word, tables_named};

/// Words that end the rows of a query or of a statement.
const LIMITS: [&str; 3] = ["returning", "order", "limit"];

/// Words that may stand behind a table, and are no other name of it.
const NO_ALIASES: [&str; 24] = [
    "set",
    "using",
    "where",
    "returning",
    "from",
    ";",
    "indexed",
    "not",
    "group",
    "having",
    "window",
    "order",
    "limit",
    "offset",
    "for",
    "union",
    "except",
    "intersect",
    "join",
    "left",
    "right",
    "full",
    "cross",
    "natural",
];

/// The table that a statement inserts into, and the columns that it names.
pub fn inserted(statement: &Statement) -> Option<(QualifiedName, Vec<String>)> {
    let text = Words::new(&statement.text, statement.dialect);
    let is_insert = text.is_any(0, &["insert", "replace"]);
    let into = (1..4).find(|at| is_insert && text.is(*at, "into"))?;
    let (table, end) = text.name(into + 1)?;
    Some((table, named(&text, end).map_or(Vec::new(), |named| named.0)))
}

/// The names in parentheses at a place, and where they end.
fn named(text: &Words<'_>, at: usize) -> Option<(Vec<String>, usize)> {
    if text.text(at) != "(" || text.is_any(at + 1, &["select", "with", "values", "("]) {
        return None;
    }
    let close = text.outside(at + 1, &[]);
    let columns = text.listed(at + 1, close).into_iter();
    let columns = columns.filter_map(|(at, _)| text.identifier(at));
    Some((columns.collect(), close + 1))
}

/// INSERT and REPLACE.
pub(super) fn inserted_rows(text: &Words<'_>, statement: &Statement) -> Vec<Effect> {
    let replaces = text.is(0, "replace") || text.is(2, "replace");
    let conflict = text.outside(0, &["conflict"]);
    let update = text.outside(conflict, &["update"]);
    let into = text.outside(0, &["into"]);
    let Some((table, end)) = text.name(into + 1) else {
        return Vec::new();
    };
    let (columns, start) =
        named(text, end).map_or((None, end), |(columns, end)| (Some(columns), end));
    let mut insert = copied(text, 0, table.clone(), columns, start);
    if !replaces && update >= text.len() {
        return vec![insert];
    }
    if let Effect::Insert { copy, .. } = &mut insert {
        *copy = None;
    }
    let mut found = vec![insert];
    found.extend(part(text, update));
    let reach = Reach::Named(BTreeSet::from([table.name]));
    found.push(touching(statement, "changes", reach));
    found
}

/// UPDATE.
pub(super) fn updated(text: &Words<'_>) -> Option<Effect> {
    let start = if text.is(1, "or") { 3 } else { 1 };
    let (table, mut rows, end) = target(text, start)?;
    let set = text.outside(end, &["set"]);
    let (values, end) = assigned(text, set + 1);
    clauses(text, end, "from", &mut rows);
    Some(Effect::Update {
        table,
        values,
        rows: Some(rows),
    })
}

/// DELETE.
pub(super) fn deleted(text: &Words<'_>) -> Option<Effect> {
    let (table, mut rows, end) = target(text, 2)?;
    clauses(text, end, "using", &mut rows);
    let is_all = rows.filter.is_none() && rows.others.is_none() && rows.is_told;
    Some(if is_all {
        Effect::DeleteAll(table)
    } else {
        Effect::Delete(table, Some(rows))
    })
}

/// MERGE, and what stands within WITH, PREPARE or EXPLAIN: which rows and values, no query tells.
pub(super) fn nested(text: &Words<'_>, statement: &Statement) -> Vec<Effect> {
    let merges = text.is(0, "merge");
    let mut found = Vec::new();
    if merges || text.is(0, "with") {
        found.extend((0..text.len()).filter_map(|at| part(text, at)));
    }
    let writes = (0..text.len()).any(|at| {
        let writes = text.is_any(at, &["update", "delete", "merge", "truncate"]);
        // Only its actions do.
        writes && (!merges || at > 0 && text.is(at - 1, "then"))
    });
    if writes {
        let target = text.name(text.skip(2, &["only"])).filter(|_| merges);
        let names = match target {
            Some((table, _)) => BTreeSet::from([table.name]),
            None => text.identifiers().collect(),
        };
        found.push(touching(statement, "changes", Reach::Named(names)));
    }
    found
}

/// What the statement that begins at a place does, as a part of another one or of a block.
pub(super) fn part(text: &Words<'_>, at: usize) -> Option<Effect> {
    let before = |word: &str| at > 0 && text.is(at - 1, word);
    match text.keyword(at).as_str() {
        "insert" | "replace" if !before("or") => {
            let into = (at + 1..at + 4).find(|at| text.is(*at, "into"))?;
            let table = text.name(into + 1)?.0;
            Some(Effect::Insert {
                sources: sources(text, at, &table),
                table,
                copy: None,
            })
        }
        "merge" if text.is(at + 1, "into") => {
            // Which columns it changes is not told apart.
            let at = text.skip(at + 2, &["only"]);
            Some(Effect::Delete(text.name(at)?.0, None))
        }
        "delete" if text.is(at + 1, "from") => {
            let at = text.skip(at + 2, &["only"]);
            let (table, end) = text.name(at)?;
            let mut rest = (end..text.len()).take_while(|at| text.text(*at) != ";");
            Some(if rest.any(|at| text.is(at, "where")) {
                Effect::Delete(table, None)
            } else {
                Effect::DeleteAll(table)
            })
        }
        "update" if text.is(at + 1, "set") && (before("do") || before("then")) => {
            // The table is named before: INSERT INTO or MERGE INTO.
            let into = (0..at).rev().find(|at| text.is(*at, "into"))?;
            let table = text.name(text.skip(into + 1, &["only"]))?.0;
            Some(Effect::Update {
                table,
                values: assigned(text, at + 2).0,
                rows: None,
            })
        }
        "update" if !before("do") && !before("for") && !before("on") => {
            let mut name = text.skip(at + 1, &["only"]);
            if text.is(name, "or") {
                name += 2;
            }
            let (table, end) = text.name(name)?;
            let set = (end..end + 4).find(|at| text.is(*at, "set"))?;
            Some(Effect::Update {
                table,
                values: assigned(text, set + 1).0,
                rows: None,
            })
        }
        _ => None,
    }
}

/// What columns get behind SET, and where that ends.
fn assigned(text: &Words<'_>, start: usize) -> (Vec<(String, Option<String>)>, usize) {
    let end = end_of_values(text, start);
    let mut values = Vec::new();
    for (start, end) in text.listed(start, end) {
        if let Some((columns, _)) = named(text, start) {
            values.extend(columns.into_iter().map(|column| (column, None)));
        } else if let Some(column) = text.identifier(start) {
            let is_whole = text.text(start + 1) == "=";
            let expression = is_whole.then(|| text.between(start + 2, end).to_owned());
            values.push((column, expression));
        }
    }
    (values, end)
}

/// Where the list behind SET ends: `CASE WHEN` and `IS DISTINCT FROM` belong to a value.
fn end_of_values(text: &Words<'_>, start: usize) -> usize {
    let mut cases = 0usize;
    let mut at = start;
    loop {
        let words = [
            "case",
            "end",
            "when",
            "from",
            "where",
            "returning",
            "order",
            "limit",
        ];
        at = text.outside(at, &words);
        match text.keyword(at).as_str() {
            "case" => cases += 1,
            "end" if cases > 0 => cases -= 1,
            "when" if cases > 0 => {}
            "from" if text.is(at - 1, "distinct") => {}
            _ => return at,
        }
        at += 1;
    }
}

/// The table at this place with its alias, and where that ends.
fn target(text: &Words<'_>, start: usize) -> Option<(QualifiedName, Rows, usize)> {
    let at = text.skip(start, &["only"]);
    let (table, end) = text.name(at)?;
    let own = text.between(end - 1, end).to_owned();
    let end = text.skip(end, &["*"]);
    let after = text.skip(end, &["as"]);
    let has_alias = after > end || !text.is_any(after, &NO_ALIASES);
    let alias = text.identifier(after).filter(|_| has_alias);
    let (name, end) = match alias {
        Some(_) => (text.between(after, after + 1).to_owned(), after + 1),
        None => (own, end),
    };
    let rows = Rows {
        target: text.between(start, end).to_owned(),
        name,
        others: None,
        filter: None,
        is_told: true,
    };
    Some((table, rows, end))
}

/// Reads `word …` and WHERE behind a place.
fn clauses(text: &Words<'_>, from: usize, word: &str, rows: &mut Rows) {
    let ends = ["where", "returning", "order", "limit"];
    let others = text.outside(from, &[word, "where", "returning", "order", "limit"]);
    if text.is(others, word) {
        let end = text.outside(others + 1, &ends);
        rows.others = Some(text.between(others + 1, end).to_owned());
    }
    let filter = text.outside(from, &ends);
    let mut end = filter;
    if text.is(filter, "where") {
        end = text.outside(filter + 1, &LIMITS);
        rows.filter = Some(text.between(filter + 1, end).to_owned());
    }
    rows.is_told = !text.is_any(end, &["order", "limit"]);
}

/// Rows that come into a table: behind INSERT or CREATE TABLE, at a place where `SELECT a, b FROM t`
/// may stand.
pub(super) fn copied(
    text: &Words<'_>,
    start: usize,
    table: QualifiedName,
    columns: Option<Vec<String>>,
    at: usize,
) -> Effect {
    Effect::Insert {
        sources: sources(text, start, &table),
        copy: copy(text, columns, at),
        table,
    }
}

fn copy(text: &Words<'_>, columns: Option<Vec<String>>, at: usize) -> Option<Copy> {
    let at = if text.is(at, "overriding") {
        at + 3
    } else {
        at
    };
    if !text.is(at, "select") || text.is(at + 1, "distinct") {
        return None;
    }
    let from = text.outside(at + 1, &["from"]);
    let items = text.listed(at + 1, from).into_iter();
    let items = items.map(|(start, end)| text.between(start, end).to_owned());
    let items = items.collect();
    if !text.is(from, "from") {
        return None;
    }
    let (from, mut rows, end) = target(text, from + 1)?;
    clauses(text, end, "using", &mut rows);
    rows.is_told &= end == text.len() || text.is_any(end, &[";", "where"]);
    let filter = rows.filter.as_deref().unwrap_or_default();
    rows.is_told &= !has_word(filter, "group") && !has_word(filter, "having");
    Some(Copy {
        from,
        rows,
        columns,
        items,
    })
}

/// The tables whose rows the statement around this place puts into the table.
fn sources(text: &Words<'_>, at: usize, table: &QualifiedName) -> BTreeSet<String> {
    // A block has many statements.
    let is_end = |at: &usize| text.text(*at) == ";";
    let start = (0..at).rev().find(is_end).map_or(0, |end| end + 1);
    let end = (at..text.len()).find(is_end);
    let end = end.unwrap_or(text.len());
    if (start..end).any(|at| text.is(at, "where") && text.is(at + 1, "false")) {
        return BTreeSet::new();
    }
    let mut named = tables_named(text.between(start, end), text.dialect());
    // The table itself is named, too; where it is read as well, it is named twice.
    let mut names = named.iter();
    if let Some(own) = names.position(|name| name.eq_ignore_ascii_case(&table.name)) {
        named.remove(own);
    }
    named.into_iter().collect()
}
