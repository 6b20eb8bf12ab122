//! What one statement says that it does.

use super::code::{attribute, block, calls, function, is_off, touching};
use super::rows::{copied, deleted, inserted_rows, nested, part, updated};
use super::{Effect, Reach, Words, temporary};
use crate::schema::QualifiedName;
use crate::sql::Statement;

/// Words that begin what is no column of a table.
const CONSTRAINTS: [&str; 7] = [
    "constraint",
    "primary",
    "unique",
    "check",
    "foreign",
    "exclude",
    "like",
];

/// What the statement says that it does.
pub fn of_statement(statement: &Statement) -> Vec<Effect> {
    let words = statement.words(3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let text = Words::new(&statement.text, statement.dialect);
    let mut found = match words.as_slice() {
        ["alter", "table", ..] => alter_table(&text, 0),
        ["alter", "schema", ..] => return rename_schema(&text).into_iter().collect(),
        ["alter", "type", ..] => return attribute(statement, &text).into_iter().collect(),
        ["create", ..] => {
            let table = create_table(&text);
            if table.is_empty() {
                let made = function(&text).or_else(|| divert(&text));
                return made.into_iter().collect();
            }
            table
        }
        ["drop", "table", ..] => return listed(&text, 2, Effect::DropTable),
        ["drop", "schema", ..] if text.cascades() => return schemas(&text),
        ["drop", "owned", ..] => return vec![taken_along(statement)],
        ["drop", ..] if text.cascades() => return vec![taken_along(statement)],
        ["truncate", ..] => {
            let mut found = listed(&text, 1, Effect::DeleteAll);
            found.extend(text.cascades().then(|| taken_along(statement)));
            return found;
        }
        ["update", ..] => updated(&text).into_iter().collect(),
        ["delete", "from", ..] => deleted(&text).into_iter().collect(),
        ["insert" | "replace", ..] => inserted_rows(&text, statement),
        ["merge" | "with" | "prepare" | "explain", ..] => nested(&text, statement),
        // What a table is taken to hold is written by hand.
        ["pragma", "writable_schema", ..] if !is_off(&text) => {
            return vec![touching(statement, "allows", Reach::Any)];
        }
        ["do", ..] => return block(statement),
        ["select" | "call" | "values" | "execute" | "refresh", ..] => Vec::new(),
        _ => return Vec::new(),
    };
    found.extend(calls(&text, statement));
    found
}

/// What the statement that begins at this place of a block or of another statement does.
pub(super) fn anywhere(text: &Words<'_>, at: usize) -> Vec<Effect> {
    if text.is(at, "alter") && text.is(at + 1, "table") {
        alter_table(text, at)
    } else if text.is(at, "drop") && text.is(at + 1, "table") {
        listed(text, at + 2, Effect::DropTable)
    } else if text.is(at, "truncate") {
        listed(text, at + 1, Effect::DeleteAll)
    } else {
        part(text, at).into_iter().collect()
    }
}

fn taken_along(statement: &Statement) -> Effect {
    touching(statement, "takes along", Reach::Any)
}

fn rename_schema(text: &Words<'_>) -> Option<Effect> {
    let (from, to) = (text.identifier(2)?, text.identifier(5)?);
    let is_rename = text.is(3, "rename") && text.is(4, "to");
    is_rename.then_some(Effect::RenameSchema(from, to))
}

fn schemas(text: &Words<'_>) -> Vec<Effect> {
    let start = text.skip(2, &["if", "exists"]);
    let names = (start..text.len()).step_by(2);
    names
        .filter_map(|at| text.identifier(at))
        .map(Effect::DropSchema)
        .collect()
}

fn create_table(text: &Words<'_>) -> Vec<Effect> {
    let at = text.skip(1, &["temp", "temporary", "unlogged", "global", "local"]);
    if !text.is(at, "table") {
        return Vec::new();
    }
    let is_temporary = (1..at).any(|at| text.is_any(at, &["temp", "temporary"]));
    let at = text.skip(at + 1, &["if", "not", "exists"]);
    let Some((mut table, end)) = text.name(at) else {
        return Vec::new();
    };
    if is_temporary {
        table.schema = Some(temporary(text.dialect()).to_owned());
    }
    // A query may stand behind columns, and behind options.
    let query = text.outside(end, &["as"]);
    let count = text.len();
    let is_empty = count > 2 && text.is(count - 2, "no") && text.is(count - 1, "data");
    let columns = columns(text, end);
    let mut found = vec![Effect::CreateTable(table.clone(), columns)];
    if query < count && !is_empty {
        found.push(copied(text, 0, table, None, query + 1));
    }
    found
}

/// The columns that stand in parentheses here, with their types.
fn columns(text: &Words<'_>, at: usize) -> Vec<(String, String)> {
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
    if text.text(at) != "(" {
        return Vec::new();
    }
    let close = text.outside(at + 1, &[]);
    let columns = text
        .listed(at + 1, close)
        .into_iter()
        .filter_map(|(start, end)| {
            if text.is_any(start, &CONSTRAINTS) {
                return None;
            }
            let column = text.identifier(start)?;
            let type_end = text.outside(start + 1, &ends).min(end);
            Some((column, text.between(start + 1, type_end).to_owned()))
        });
    columns.collect()
}

/// The table or view on which writing has further effects from here on.
fn divert(text: &Words<'_>) -> Option<Effect> {
    let at = text.skip(1, &["or", "replace", "constraint", "temp", "temporary"]);
    let start = at + 1;
    if text.is(at, "view") {
        let start = text.skip(start, &["if", "not", "exists"]);
        return Some(Effect::Divert(text.name(start)?.0));
    }
    let word = match text.keyword(at).as_str() {
        "trigger" => "on",
        "rule" => "to",
        _ => return None,
    };
    // The first ON of a rule is that of its event.
    let on = text.outside(start, &[word]);
    Some(Effect::Divert(text.name(on + 1)?.0))
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
    let Some((table, at)) = text.name(at) else {
        return Vec::new();
    };
    // In a block, other statements follow.
    let end = text.outside(at, &[";"]);
    text.listed(text.skip(at, &["*"]), end)
        .into_iter()
        .filter_map(|(at, end)| action(text, &table, at, end))
        .collect()
}

fn action(text: &Words<'_>, table: &QualifiedName, at: usize, end: usize) -> Option<Effect> {
    match text.keyword(at).as_str() {
        "drop" if !text.is(at + 1, "constraint") => {
            let at = text.skip(at + 1, &["column"]);
            let at = text.skip(at, &["if", "exists"]);
            Some(Effect::DropColumn(table.clone(), text.identifier(at)?))
        }
        "alter" => {
            let at = text.skip(at + 1, &["column"]);
            let column = text.identifier(at)?;
            let at = text.skip(at + 1, &["set", "data"]);
            if !text.is(at, "type") {
                return None;
            }
            let type_end = text.outside(at + 1, &["using", "collate"]).min(end);
            let using = text.outside(type_end, &["using"]);
            let using = (using < end).then(|| text.between(using + 1, end).to_owned());
            Some(Effect::Retype {
                table: table.clone(),
                column,
                data_type: text.between(at + 1, type_end).to_owned(),
                using,
            })
        }
        "set" if text.is(at + 1, "schema") => {
            let schema = text.identifier(at + 2)?;
            let to = QualifiedName::within(Some(&schema), table.name.clone());
            Some(Effect::RenameTable(table.clone(), to))
        }
        "rename" if text.is(at + 1, "to") => {
            let to = table.sibling(text.identifier(at + 2)?);
            Some(Effect::RenameTable(table.clone(), to))
        }
        "rename" if !text.is(at + 1, "constraint") => {
            let at = text.skip(at + 1, &["column"]);
            let from = text.identifier(at)?;
            let to = text.identifier(at + 2).filter(|_| text.is(at + 1, "to"))?;
            Some(Effect::RenameColumn(table.clone(), from, to))
        }
        _ => None,
    }
}
