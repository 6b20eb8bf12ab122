//! The residue of a SQLite database, read from pragmas and tokens, not from the parsers beside.
//!
//! What no pragma tells (checks, generated columns, collations of columns, AUTOINCREMENT, conflict
//! clauses, DEFERRABLE) is found by a scan of the statement's tokens. Names of constraints, the order of
//! columns and the place of a constraint, next to its column or after all of them, are not part of it.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::sqlite::folded_default;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::{Token, TokenKind, fold, lex, with_strings_quoted};

use limbeck::connection::{Connection, TextRow};
use limbeck::inspect::sqlite::{is_column, unquoted};
use limbeck::inspect::without_parentheses;

use crate::inspect::{InspectError, InspectOptions};

/// A key that is the row number, which has no index, counts as NOT NULL, as it does in a schema; a
/// foreign key that names no columns references the primary key.
const QUERY: &str = "\
    SELECT type, name, tbl_name, sql FROM main.sqlite_schema \
    WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name;\n\
    SELECT name, type, 'without rowid ' || wr || ', strict ' || strict FROM pragma_table_list \
    WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\';\n\
    SELECT m.name, x.name, upper(x.type), x.dflt_value, \
        'not null ' || (x.\"notnull\" OR x.pk > 0 AND NOT EXISTS \
            (SELECT 1 FROM pragma_index_list(m.name, 'main') WHERE origin = 'pk')) || ', key ' || x.pk || ', hidden ' || x.hidden \
    FROM main.sqlite_schema m, pragma_table_xinfo(m.name, 'main') x WHERE m.type = 'table';\n\
    SELECT m.name, f.id, f.\"from\", lower(f.\"table\"), coalesce(f.\"to\", p.name), f.on_update, f.on_delete, f.match \
    FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f \
    LEFT JOIN pragma_table_info(f.\"table\", 'main') p ON p.pk = f.seq + 1 WHERE m.type = 'table' \
    ORDER BY m.name, f.id, f.seq;\n\
    SELECT m.name, l.name, l.origin, l.\"unique\", l.partial, x.name, x.desc, x.coll \
    FROM main.sqlite_schema m, pragma_index_list(m.name, 'main') l, pragma_index_xinfo(l.name, 'main') x \
    WHERE m.type = 'table' AND x.key ORDER BY m.name, l.name, x.seqno;";

/// Facts by key; a key that has several holds them in order, so that a missing one shows.
#[derive(Default)]
struct Facts(BTreeMap<String, Vec<String>>);

impl Facts {
    fn add(&mut self, key: String, fact: impl Into<String>) {
        self.0.entry(key).or_default().push(fact.into());
    }

    fn into_texts(self) -> BTreeMap<String, String> {
        let texts = self.0.into_iter().map(|(key, mut facts)| {
            facts.sort();
            (key, facts.join("\n"))
        });
        texts.collect()
    }
}

pub(in crate::inspect) async fn residue(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<BTreeMap<String, String>, InspectError> {
    let results = connection.query_sets(QUERY).await?;
    let found = results.len();
    let Ok([kept, tables, columns, keys, indexes]) = <[_; 5]>::try_from(results) else {
        return Err(InspectError::Results { expected: 5, found });
    };
    let mut facts = Facts::default();
    let mut ordinary = BTreeSet::new();
    for row in &tables {
        let [name, kind, text] = [0, 1, 2].map(|position| value(row, position));
        if kind == "table" && !options.ignore.contains(&QualifiedName::new(name)) {
            ordinary.insert(name);
            facts.add(format!("table {name}"), text);
        }
    }
    let is_ordinary = |row: &&TextRow| ordinary.contains(value(row, 0));
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in &columns {
        let column = value(row, 1).to_owned();
        names.entry(value(row, 0)).or_default().push(column);
    }
    let columns_of = |table: &str| names.get(table).map_or(&[][..], Vec::as_slice);
    for row in columns.iter().filter(is_ordinary) {
        let [table, name, data_type, default, text] =
            [0, 1, 2, 3, 4].map(|position| value(row, position));
        let default = folded_default(without_parentheses(default, Dialect::Sqlite));
        let (data_type, default) = (folded(data_type), default.unwrap_or_default());
        let fact = format!("type `{data_type}`, {text}, default `{default}`");
        facts.add(format!("column {table}.{name}"), fact);
    }
    for (table, text) in foreign_keys(keys.iter().filter(is_ordinary)) {
        facts.add(format!("foreign keys of {table}"), text);
    }
    let mut index_keys: BTreeMap<(&str, &str, bool), String> = BTreeMap::new();
    for row in indexes.iter().filter(is_ordinary) {
        let [
            table,
            name,
            origin,
            unique,
            partial,
            column,
            descending,
            collation,
        ] = [0, 1, 2, 3, 4, 5, 6, 7].map(|position| value(row, position));
        let text = index_keys
            .entry((table, name, origin == "c"))
            .or_insert_with(|| format!("unique {unique}, partial {partial}, origin {origin}:"));
        let column = column.to_ascii_lowercase();
        let collation = collation.to_ascii_lowercase();
        text.push_str(&format!(" {column} {collation} {descending};"));
    }
    for ((table, name, is_created), text) in index_keys {
        let key = if is_created {
            format!("index {name}")
        } else {
            format!("unique keys of {table}")
        };
        facts.add(key, text);
    }
    for row in &kept {
        let [kind, name, table, sql] = [0, 1, 2, 3].map(|position| value(row, position));
        if options.ignore.contains(&QualifiedName::new(table)) {
            continue;
        }
        match kind {
            "table" if ordinary.contains(name) => {
                let clauses =
                    clauses(sql, columns_of(name)).map_err(|source| InspectError::Tokens {
                        name: name.to_owned(),
                        source,
                    })?;
                for (clause, text) in clauses {
                    facts.add(format!("table {name}: {clause}"), text);
                }
            }
            "table" => facts.add(format!("virtual table {name}"), folded(sql)),
            "index" if ordinary.contains(table) => {
                facts.add(format!("index {name}"), index_words(sql, columns_of(table)));
            }
            "trigger" => facts.add(format!("trigger on {table}: {name}"), folded(sql)),
            _ => facts.add(format!("{kind} {name}"), folded(sql)),
        }
    }
    Ok(facts.into_texts())
}

fn value(row: &TextRow, position: usize) -> &str {
    row.get(position)
        .and_then(Option::as_deref)
        .unwrap_or_default()
}

fn folded(sql: &str) -> String {
    fold(sql, Dialect::Sqlite).join(" ")
}

/// The statement of an index; ASC is what every key is unless it says otherwise.
fn index_words(sql: &str, columns: &[String]) -> String {
    let tokens = lex(sql, Dialect::Sqlite).unwrap_or_default();
    let open = tokens.iter().find(|token| token.text(sql) == "(");
    let (head, keys) = sql.split_at(open.map_or(sql.len(), |token| token.range.start));
    let mut tokens = fold(&format!("{head}{}", meant(keys, columns)), Dialect::Sqlite);
    tokens.retain(|token| token != "asc");
    tokens.join(" ")
}

/// The expression with the strings that stand in double quotes told from names.
fn meant(expression: &str, columns: &[String]) -> String {
    with_strings_quoted(expression, |name| is_column(columns, name))
}

/// The foreign keys, one text each; their numbers count from the last one declared.
fn foreign_keys<'a>(rows: impl Iterator<Item = &'a TextRow>) -> Vec<(&'a str, String)> {
    let mut keys: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for row in rows {
        let [table, id, from, parent, to, on_update, on_delete, matching] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|position| value(row, position));
        let text = keys.entry((table, id)).or_insert_with(|| {
            format!("{parent}, on update {on_update}, on delete {on_delete}, match {matching}:")
        });
        let (from, to) = (from.to_ascii_lowercase(), to.to_ascii_lowercase());
        text.push_str(&format!(" {from} to {to};"));
    }
    keys.into_iter()
        .map(|((table, _), text)| (table, text))
        .collect()
}

/// What a CREATE TABLE statement says beyond the pragmas.
fn clauses(
    sql: &str,
    columns: &[String],
) -> Result<Vec<(&'static str, String)>, limbeck_core::sql::SqlError> {
    let mut tokens = lex(sql, Dialect::Sqlite)?;
    tokens.retain(Token::is_significant);
    let word = |position: usize| -> String {
        let token = tokens.get(position);
        let token = token.filter(|token| token.kind == TokenKind::Word);
        token.map_or_else(String::new, |token| token.text(sql).to_ascii_lowercase())
    };
    let name = |position: usize| -> String {
        let token = tokens.get(position);
        token.map_or_else(String::new, |token| {
            unquoted(token.text(sql)).to_ascii_lowercase()
        })
    };
    let symbol = |position: usize| tokens.get(position).map_or("", |token| token.text(sql));
    let mut clauses = Vec::new();
    let mut depth = 0_usize;
    let mut item = 0;
    let mut holder = String::new();
    let mut position = 0;
    while position < tokens.len() {
        let next_is_group = symbol(position + 1) == "(";
        match word(position).as_str() {
            // At the start of an item these words are names, except for CHECK.
            keyword @ ("check" | "as" | "default")
                if next_is_group && (position != item || keyword == "check") =>
            {
                let end = end_of_group(&tokens, sql, position + 1);
                let inside = &sql[tokens[position + 1].range.start..tokens[end].range.end];
                let inside = folded(&meant(inside, columns));
                match keyword {
                    "check" => clauses.push(("check", inside)),
                    "as" => {
                        clauses.push(("generated", format!("{} {inside}", name(item))));
                    }
                    _ => {}
                }
                holder.clear();
                position = end + 1;
                continue;
            }
            "collate" if depth == 1 && position != item && name(position + 1) != "binary" => {
                clauses.push(("collate", format!("{} {}", name(item), name(position + 1))));
            }
            "autoincrement" if position != item => {
                clauses.push(("autoincrement", "yes".to_owned()));
            }
            "primary" if word(position + 1) == "key" => holder = "primary key".to_owned(),
            "unique" => holder = "unique".to_owned(),
            "not" if word(position + 1) == "null" => holder = format!("{} not null", name(item)),
            "conflict" if word(position - 1) == "on" => {
                let resolution = word(position + 1);
                if resolution != "abort" && !holder.is_empty() {
                    clauses.push(("on conflict", format!("{holder} {resolution}")));
                }
            }
            "deferrable" if position != item && word(position - 1) != "not" => {
                let text = match word(position + 2).as_str() {
                    "deferred" => "initially deferred",
                    _ => "initially immediate",
                };
                clauses.push(("deferrable", text.to_owned()));
            }
            _ => {}
        }
        match symbol(position) {
            "(" => {
                depth += 1;
                if depth == 1 {
                    item = position + 1;
                }
            }
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 1 => item = position + 1,
            _ => {}
        }
        position += 1;
    }
    Ok(clauses)
}

/// The position of the parenthesis that closes the one at `open`.
fn end_of_group(tokens: &[Token], sql: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (position, token) in tokens.iter().enumerate().skip(open) {
        match token.text(sql) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return position;
        }
    }
    tokens.len() - 1
}
