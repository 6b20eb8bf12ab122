//! What one statement does to values that are there, in its own words.
//!
//! Not here: what it creates, drops and renames, which `effects` tells.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{Words, inside};
use limbeck_core::sql::{Statement, TokenKind, has_word, lex};

use crate::run::prepare::shown;

/// One thing that a statement does to values.
#[derive(Debug)]
pub(super) enum Change {
    /// A column gets another type.
    Retype {
        table: QualifiedName,
        column: String,
        data_type: String,
        using: Option<String>,
    },
    /// Rows get other values: each column with the expression, where there is one.
    Assign {
        table: QualifiedName,
        rows: Rows,
        values: Vec<(String, Option<String>)>,
    },
    /// Rows go.
    Remove { table: QualifiedName, rows: Rows },
    /// A table is made, with the types of its columns.
    Make {
        table: QualifiedName,
        types: Vec<(String, String)>,
    },
    /// Rows of one table are put into another one.
    Copy {
        into: QualifiedName,
        from: QualifiedName,
        rows: Rows,
        /// The columns there; none where the statement does not name them.
        columns: Option<Vec<String>>,
        /// What each of them gets; a lone `*` is every column.
        items: Vec<String>,
    },
    /// Values may change, or rows go, in a way that no query tells.
    Touch { what: String, reach: Reach },
    /// A function is made that later statements may call.
    Define(String),
    /// What is written to a table goes elsewhere from here on, too: it gets a trigger or a rule.
    Divert(String),
}

/// The rows that a statement speaks of, as its own text says it.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The table with its alias.
    pub(super) target: String,
    /// The name by which its columns are told from those of others.
    pub(super) name: String,
    /// Other tables: FROM or USING.
    pub(super) others: Option<String>,
    pub(super) filter: Option<String>,
    /// Whether anything else decides which rows they are.
    pub(super) is_told: bool,
}

/// Which tables a statement may reach.
#[derive(Debug)]
pub(super) enum Reach {
    /// Those of these names.
    Named(BTreeSet<String>),
    /// Any, when one of these functions is of a kind that writes.
    Functions(BTreeSet<String>),
    Any,
}

/// What the statement does to values.
pub(super) fn changes(statement: &Statement) -> Vec<Change> {
    let words = statement.words(3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let text = Words::new(&statement.text, statement.dialect);
    let mut found = match words.as_slice() {
        ["alter", "table", ..] => retypes(&text),
        ["update", ..] => update(&text).into_iter().collect(),
        ["delete", "from", ..] => delete(&text).into_iter().collect(),
        ["create", "table" | "temp" | "temporary" | "unlogged", ..] => make(&text),
        ["create", "function" | "procedure", ..] | ["create", "or", "replace"] => {
            return define(&text)
                .or_else(|| divert(&text))
                .into_iter()
                .collect();
        }
        ["insert" | "replace", ..] => insert(&text, statement),
        ["merge", ..] => merge(&text, statement).into_iter().collect(),
        ["with" | "prepare" | "explain", ..] => nested(&text, statement).into_iter().collect(),
        ["create", "trigger" | "rule" | "constraint" | "view", ..] => {
            return divert(&text).into_iter().collect();
        }
        ["alter", "type", ..] => return attribute(statement, &text).into_iter().collect(),
        // What a table is taken to hold is written by hand.
        ["pragma", "writable_schema", ..] if !is_off(&text) => {
            return vec![Change::Touch {
                what: format!("what `{}` allows", shown(&statement.text)),
                reach: Reach::Any,
            }];
        }
        ["do", ..] => return block(statement),
        ["select" | "call" | "values" | "execute" | "refresh", ..] => Vec::new(),
        _ => return Vec::new(),
    };
    found.extend(calls(&text, &shown(&statement.text)));
    found
}

fn retypes(text: &Words<'_>) -> Vec<Change> {
    let at = text.skip(2, &["if", "exists", "only"]);
    let Some((table, at)) = text.name(at) else {
        return Vec::new();
    };
    let actions = text.listed(text.skip(at, &["*"]), text.len());
    let changes = actions.into_iter().filter_map(|(at, end)| {
        if !text.is(at, "alter") {
            return None;
        }
        let at = text.skip(at + 1, &["column"]);
        let column = text.identifier(at)?;
        let at = text.skip(at + 1, &["set", "data"]);
        if !text.is(at, "type") {
            return None;
        }
        let type_end = text.outside(at + 1, &["using", "collate", ","]).min(end);
        let using = text.outside(type_end, &["using", ","]);
        let using = (using < end).then(|| text.between(using + 1, end).to_owned());
        Some(Change::Retype {
            table: table.clone(),
            column,
            data_type: text.between(at + 1, type_end).to_owned(),
            using,
        })
    });
    changes.collect()
}

/// The table at this place with its alias, and where that ends.
fn target(text: &Words<'_>, start: usize) -> Option<(QualifiedName, Rows, usize)> {
    let at = text.skip(start, &["only"]);
    let (table, end) = text.name(at)?;
    let own = text.between(end - 1, end).to_owned();
    let end = text.skip(end, &["*"]);
    let after = text.skip(end, &["as"]);
    let ends = [
        "set",
        "using",
        "where",
        "returning",
        "from",
        ";",
        "indexed",
        "not",
    ];
    let has_alias = after > end || !ends.iter().any(|word| text.is(after, word));
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
        end = text.outside(filter + 1, &["returning", "order", "limit"]);
        rows.filter = Some(text.between(filter + 1, end).to_owned());
    }
    rows.is_told = !text.is(end, "order") && !text.is(end, "limit");
}

fn update(text: &Words<'_>) -> Option<Change> {
    let start = if text.is(1, "or") { 3 } else { 1 };
    let (table, mut rows, end) = target(text, start)?;
    let set = text.outside(end, &["set"]);
    let values_end = text.outside(set + 1, &["from", "where", "returning", "order", "limit"]);
    let mut values = Vec::new();
    for (start, end) in text.listed(set + 1, values_end) {
        if text.text(start) == "(" {
            let close = text.outside(start + 1, &[]);
            let columns = (start + 1..close).filter_map(|at| text.identifier(at));
            values.extend(columns.map(|column| (column, None)));
            continue;
        }
        let Some(column) = text.identifier(start) else {
            continue;
        };
        let is_whole = text.text(start + 1) == "=";
        let expression = is_whole.then(|| text.between(start + 2, end).to_owned());
        values.push((column, expression));
    }
    clauses(text, values_end, "from", &mut rows);
    Some(Change::Assign {
        table,
        rows,
        values,
    })
}

fn delete(text: &Words<'_>) -> Option<Change> {
    let (table, mut rows, end) = target(text, 2)?;
    clauses(text, end, "using", &mut rows);
    Some(Change::Remove { table, rows })
}

fn make(text: &Words<'_>) -> Vec<Change> {
    let at = text.skip(1, &["temp", "temporary", "unlogged"]);
    if !text.is(at, "table") {
        return Vec::new();
    }
    let at = text.skip(at + 1, &["if", "not", "exists"]);
    let Some((table, at)) = text.name(at) else {
        return Vec::new();
    };
    if text.is(at, "as") {
        return copy(text, table, None, at + 1).into_iter().collect();
    }
    if text.text(at) != "(" {
        return Vec::new();
    }
    let ends = [
        "constraint",
        "primary",
        "not",
        "null",
        "unique",
        "check",
        "default",
        "collate",
        "references",
        "generated",
        "as",
        ",",
    ];
    let close = text.outside(at + 1, &[]);
    let members = text.listed(at + 1, close).into_iter();
    let types = members.filter_map(|(start, end)| {
        let column = text.identifier(start)?;
        let type_end = text.outside(start + 1, &ends).min(end);
        Some((column, text.between(start + 1, type_end).to_owned()))
    });
    let types = types.collect();
    vec![Change::Make { table, types }]
}

fn define(text: &Words<'_>) -> Option<Change> {
    let at = text.skip(1, &["or", "replace"]);
    if !text.is(at, "function") && !text.is(at, "procedure") {
        return None;
    }
    Some(Change::Define(text.name(at + 1)?.0.name))
}

/// Whether the last word switches something off.
fn is_off(text: &Words<'_>) -> bool {
    let last = text.skip(3, &["("]);
    ["off", "0", "no", "false"]
        .iter()
        .any(|word| text.is(last, word))
}

/// The table that a trigger or a rule is made for, or a view.
fn divert(text: &Words<'_>) -> Option<Change> {
    let at = text.skip(1, &["or", "replace", "constraint", "temp", "temporary"]);
    let start = at + 1;
    if text.is(at, "view") {
        let start = text.skip(start, &["if", "not", "exists"]);
        return Some(Change::Divert(text.name(start)?.0.name));
    }
    let word = match text.text(at).to_ascii_lowercase().as_str() {
        "trigger" => "on",
        "rule" => "to",
        _ => return None,
    };
    // The first ON of a rule is that of its event.
    let on = text.outside(start, &[word]);
    Some(Change::Divert(text.name(on + 1)?.0.name))
}

/// An attribute of a composite type goes, and with it what columns hold of it.
fn attribute(statement: &Statement, text: &Words<'_>) -> Option<Change> {
    let mut at = 0..text.len();
    let goes = at.any(|at| {
        text.is(at, "drop") && text.is(at + 1, "attribute")
            || text.is(at, "alter") && text.is(at + 1, "attribute")
    });
    goes.then(|| Change::Touch {
        what: format!("what `{}` takes along", shown(&statement.text)),
        reach: Reach::Any,
    })
}

fn insert(text: &Words<'_>, statement: &Statement) -> Vec<Change> {
    let replaces = text.is(0, "replace") || text.is(2, "replace");
    let conflict = text.outside(0, &["conflict"]);
    let updates = text.outside(conflict, &["update"]) < text.len();
    let into = text.outside(0, &["into"]);
    let Some((table, end)) = text.name(into + 1) else {
        return Vec::new();
    };
    if replaces || updates {
        return vec![touch(statement, &table.name)];
    }
    if text.text(end) != "(" || text.is(end + 1, "select") {
        return copy(text, table, None, end).into_iter().collect();
    }
    let close = text.outside(end + 1, &[]);
    let columns = text.listed(end + 1, close).into_iter();
    let columns = columns.filter_map(|(at, _)| text.identifier(at)).collect();
    let copied = copy(text, table, Some(columns), close + 1);
    copied.into_iter().collect()
}

/// `SELECT a, b FROM t` behind INSERT or CREATE TABLE.
fn copy(
    text: &Words<'_>,
    into: QualifiedName,
    columns: Option<Vec<String>>,
    at: usize,
) -> Option<Change> {
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
    let items: Vec<String> = items
        .map(|(start, end)| text.between(start, end).to_owned())
        .collect();
    if !text.is(from, "from") {
        return None;
    }
    let (table, mut rows, end) = target(text, from + 1)?;
    clauses(text, end, "using", &mut rows);
    rows.is_told &= end == text.len() || [";", "where"].iter().any(|word| text.is(end, word));
    let filter = rows.filter.as_deref().unwrap_or_default();
    rows.is_told &= !has_word(filter, "group") && !has_word(filter, "having");
    Some(Change::Copy {
        into,
        from: table,
        rows,
        columns,
        items,
    })
}

fn merge(text: &Words<'_>, statement: &Statement) -> Option<Change> {
    let at = text.skip(2, &["only"]);
    let (table, _) = text.name(at)?;
    let writes = (0..text.len()).any(|at| {
        let is_action = ["update", "delete"].iter().any(|word| text.is(at, word));
        is_action && at > 0 && text.is(at - 1, "then")
    });
    writes.then(|| touch(statement, &table.name))
}

/// UPDATE, DELETE, MERGE and INSERT within WITH.
fn nested(text: &Words<'_>, statement: &Statement) -> Option<Change> {
    let writes = ["update", "delete", "merge", "truncate"];
    let writes = (0..text.len()).any(|at| writes.iter().any(|word| text.is(at, word)));
    writes.then(|| Change::Touch {
        what: format!("what `{}` changes", shown(&statement.text)),
        reach: Reach::Named(names(text)),
    })
}

fn touch(statement: &Statement, table: &str) -> Change {
    Change::Touch {
        what: format!("what `{}` changes", shown(&statement.text)),
        reach: Reach::Named(BTreeSet::from([table.to_owned()])),
    }
}

fn names(text: &Words<'_>) -> BTreeSet<String> {
    (0..text.len())
        .filter_map(|at| text.identifier(at))
        .collect()
}

/// Functions that a statement calls.
fn calls(text: &Words<'_>, shown: &str) -> Option<Change> {
    let called = (0..text.len()).filter(|at| text.text(at + 1) == "(");
    let called: BTreeSet<String> = called.filter_map(|at| text.identifier(at)).collect();
    (!called.is_empty()).then(|| Change::Touch {
        what: format!("what `{shown}` changes"),
        reach: Reach::Functions(called),
    })
}

/// A DO block: which of its statements run, and with which values, is not known.
fn block(statement: &Statement) -> Vec<Change> {
    const WHAT: &str = "what a DO block changes or deletes";
    let tokens = lex(&statement.text, statement.dialect).unwrap_or_default();
    let bodies = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::DollarString);
    let mut found = Vec::new();
    if !tokens
        .iter()
        .any(|token| token.kind == TokenKind::DollarString)
    {
        // In a plain string, with or without escapes, it is not read.
        found.push(Change::Touch {
            what: WHAT.to_owned(),
            reach: Reach::Any,
        });
    }
    for token in bodies {
        let body = inside(token.text(&statement.text));
        let text = Words::new(body, Dialect::Postgres);
        let has = |word: &str| has_word(body, word);
        let writes = ["drop", "delete", "truncate", "update", "merge"];
        let reach = if has("execute") {
            // What is put together from strings is not known.
            Some(Reach::Any)
        } else if writes.iter().any(|word| has(word)) || (has("alter") && has("type")) {
            Some(Reach::Named(names(&text)))
        } else {
            None
        };
        found.extend(reach.map(|reach| Change::Touch {
            what: WHAT.to_owned(),
            reach,
        }));
        found.extend(calls(&text, "DO"));
    }
    found
}
