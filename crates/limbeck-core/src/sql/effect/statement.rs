//! What one statement says that it does.

use std::collections::BTreeSet;

use super::{Effect, Words, inside, temporary};
use crate::schema::QualifiedName;
use crate::sql::{Statement, TokenKind, lex, tables_named};

/// What the statement says that it does.
pub fn of_statement(statement: &Statement) -> Vec<Effect> {
    let words = statement.words(2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let text = Words::new(&statement.text, statement.dialect);
    match words.as_slice() {
        ["alter", "table"] => alter_table(&text, 0),
        ["alter", "schema"] => rename_schema(&text).into_iter().collect(),
        ["create", ..] => create_table(&text),
        ["drop", "table"] => listed(&text, 2, Effect::DropTable),
        ["drop", "owned"] => vec![taken_along(statement)],
        ["drop", "schema"] if text.cascades() => schemas(&text),
        ["drop", ..] if text.cascades() => vec![taken_along(statement)],
        ["truncate", ..] => {
            let mut found = listed(&text, 1, Effect::DeleteAll);
            found.extend(text.cascades().then(|| taken_along(statement)));
            found
        }
        ["do", ..] => {
            let mut tokens = lex(&statement.text, statement.dialect).unwrap_or_default();
            tokens.retain(|token| token.kind == TokenKind::DollarString);
            let bodies = tokens.iter().flat_map(|token| {
                let body = inside(token.text(&statement.text));
                let text = Words::new(body, statement.dialect);
                (0..text.len())
                    .flat_map(|at| anywhere(&text, at))
                    .collect::<Vec<Effect>>()
            });
            bodies.collect()
        }
        [
            "insert" | "replace" | "update" | "delete" | "merge" | "with",
            ..,
        ] => {
            let found = (0..text.len()).flat_map(|at| changes_rows(&text, at));
            found.collect()
        }
        _ => Vec::new(),
    }
}

/// The table that a statement inserts into, and the columns that it names.
pub fn inserted(statement: &Statement) -> Option<(QualifiedName, Vec<String>)> {
    let text = Words::new(&statement.text, statement.dialect);
    let is_insert = text.is(0, "insert") || text.is(0, "replace");
    let into = (1..4).find(|at| is_insert && text.is(*at, "into"))?;
    let (table, end) = text.name(into + 1)?;
    let mut columns = Vec::new();
    if text.text(end) == "(" {
        let names = (end + 1..text.len()).take_while(|at| text.text(*at) != ")");
        columns.extend(names.filter_map(|at| text.identifier(at)));
    }
    Some((table, columns))
}

fn taken_along(statement: &Statement) -> Effect {
    let words: Vec<&str> = statement.text.split_whitespace().collect();
    Effect::Unknown(format!("what `{}` takes along", words.join(" ")))
}

fn rename_schema(text: &Words<'_>) -> Option<Effect> {
    let (from, to) = (text.identifier(2)?, text.identifier(5)?);
    let is_rename = text.is(3, "rename") && text.is(4, "to");
    is_rename.then_some(Effect::RenameSchema(from, to))
}

fn schemas(text: &Words<'_>) -> Vec<Effect> {
    let start = text.skip(2, &["if", "exists"]);
    let names = (start..text.len()).step_by(2);
    let names = names.filter_map(|at| text.identifier(at));
    names.map(Effect::DropSchema).collect()
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

fn create_table(text: &Words<'_>) -> Vec<Effect> {
    let at = text.skip(1, &["temp", "temporary", "unlogged", "global", "local"]);
    if !text.is(at, "table") {
        return Vec::new();
    }
    let is_temporary = (1..at).any(|at| text.is(at, "temp") || text.is(at, "temporary"));
    let at = text.skip(at + 1, &["if", "not", "exists"]);
    let Some((mut table, end)) = text.name(at) else {
        return Vec::new();
    };
    if is_temporary {
        table.schema = Some(temporary(text.dialect()).to_owned());
    }
    let mut found = vec![Effect::CreateTable(table.clone())];
    // `AS` outside of parentheses brings the rows of a query, unless `WITH NO DATA` stands behind.
    let mut depth = 0usize;
    let is_selected = (end..text.len()).any(|at| {
        match text.text(at) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && text.is(at, "as")
    });
    let count = text.len();
    let is_empty = count > 2 && text.is(count - 2, "no") && text.is(count - 1, "data");
    if is_selected && !is_empty {
        let sources = sources(text, 0, &table);
        found.push(Effect::Insert(table, sources));
    }
    found
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
    if text.is(at, "set") && text.is(at + 1, "schema") {
        let schema = text.identifier(at + 2)?;
        let to = QualifiedName::within(Some(&schema), table.name.clone());
        return Some(Effect::RenameTable(table.clone(), to));
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
        let table = text.name(into + 1)?.0;
        let sources = sources(text, at, &table);
        return Some(Effect::Insert(table, sources));
    }
    if text.is(at, "merge") && text.is(at + 1, "into") {
        // Which columns it changes is not told apart.
        let at = text.skip(at + 2, &["only"]);
        return Some(Effect::Delete(text.name(at)?.0));
    }
    if text.is(at, "delete") && text.is(at + 1, "from") {
        let at = text.skip(at + 2, &["only"]);
        let (table, end) = text.name(at)?;
        let is_filtered = (end..text.len())
            .take_while(|at| text.text(*at) != ";")
            .any(|at| text.is(at, "where"));
        return Some(if is_filtered {
            Effect::Delete(table)
        } else {
            Effect::DeleteAll(table)
        });
    }
    if text.is(at, "update") && text.is(at + 1, "set") && (before("do") || before("then")) {
        // The table is named before: INSERT INTO or MERGE INTO.
        let into = (0..at).rev().find(|at| text.is(*at, "into"))?;
        let table = text.name(text.skip(into + 1, &["only"]))?.0;
        return Some(Effect::Update(table, assigned(text, at + 2)));
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
    for at in start..text.len() {
        match text.text(at) {
            ";" => break,
            // A list of targets stands in parentheses, too.
            "(" if !is_target => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "=" if depth == 0 => is_target = false,
            "," if depth == 0 => is_target = true,
            _ if depth == 0
                && ["where", "from", "returning", "when"]
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
