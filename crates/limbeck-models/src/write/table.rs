//! Structs for tables.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{QualifiedName, Schema, Table};

use crate::case::snake_case;
use crate::comment::doc_lines;

use super::repeats::{ALLOW, repeats};
use super::text::{attribute, not_said, said};
use super::{Import, Item, WriteContext, column, constraint, extension, index, name, sequence};

/// The Rust names of a table.
pub(crate) struct TableNames {
    pub(crate) ident: String,
    /// The fields, by column.
    pub(crate) fields: BTreeMap<String, String>,
}

impl TableNames {
    /// The fields of columns, as a list in an attribute.
    pub(crate) fn list(&self, columns: &[String]) -> String {
        columns
            .iter()
            .map(|column| self.field(column))
            .collect::<Vec<&str>>()
            .join(", ")
    }

    /// The field of a column.
    pub(crate) fn field<'a>(&'a self, column: &'a str) -> &'a str {
        self.fields.get(column).map_or(column, String::as_str)
    }

    /// A flag in a list that may hold fields, too: a bare word would be the field of that name.
    pub(crate) fn flag(&self, word: &str) -> String {
        if self.fields.values().any(|field| field == word) {
            format!("{word} = true")
        } else {
            word.to_owned()
        }
    }
}

/// What the members of a table add to its attribute and to those of its columns.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) table: Vec<String>,
    /// By column, each under its key: most keys stand once.
    pub(crate) columns: BTreeMap<String, Vec<(&'static str, String)>>,
    pub(crate) unsaid: Vec<String>,
}

impl Members {
    /// Whether the column's attribute has no such key yet.
    pub(crate) fn is_free(&self, column: &str, key: &str) -> bool {
        let said = self.columns.get(column);
        said.is_none_or(|said| said.iter().all(|(other, _)| *other != key))
    }

    /// Adds to the attribute of a column.
    pub(crate) fn add(&mut self, column: &str, key: &'static str, argument: String) {
        self.columns
            .entry(column.to_owned())
            .or_default()
            .push((key, argument));
    }
}

/// The table whose members are written.
pub(crate) struct Writing<'a> {
    pub(crate) context: &'a WriteContext<'a>,
    pub(crate) table: &'a Table,
    pub(crate) names: &'a TableNames,
}

impl Writing<'_> {
    /// Whether the column is in the primary key.
    pub(crate) fn is_key(&self, column: &str) -> bool {
        let key = self.table.primary_key();
        key.is_some_and(|(_, key)| key.columns.iter().any(|one| one == column))
    }
}

type Named<'a> = BTreeMap<&'a QualifiedName, TableNames>;

/// The names of the tables that structs can declare, and what is wrong with the others.
pub(crate) fn names(schema: &Schema, dialect: Dialect) -> (Named<'_>, Vec<String>) {
    let mut taken = name::reserved();
    let mut named = Named::new();
    let mut refused = Vec::new();
    let wanted = wanted(schema);
    for (table_name, table) in &schema.tables {
        if let Some(why) = refusal(table, dialect) {
            refused.push(format!("table `{table_name}`, {why}"));
            continue;
        }
        let base = &table_name.name;
        let one = name::singular(base);
        // Where something else has that name, the table's own is better than one with a number.
        let base = if wanted.get(&camel(&one)).is_some_and(|count| *count == 1) {
            &one
        } else {
            base
        };
        let mut base = base.clone();
        if let Some(schema) = &table_name.schema
            && taken.contains(&camel(&base))
        {
            base = format!("{schema} {base}");
        }
        let mut taken_fields = BTreeSet::new();
        let fields = table.columns.iter().map(|column| {
            let field = name::field(&column.name, &mut taken_fields);
            (column.name.clone(), field)
        });
        let names = TableNames {
            fields: fields.collect(),
            ident: name::upper_camel(&base, "Table", &mut taken),
        };
        named.insert(table_name, names);
    }
    (named, refused)
}

/// How many tables and enum types could be called so.
fn wanted(schema: &Schema) -> BTreeMap<String, usize> {
    let mut wanted = BTreeMap::new();
    for reserved in name::reserved() {
        wanted.insert(reserved, 1);
    }
    let tables = schema.tables.keys().flat_map(|table| {
        let names = [camel(&table.name), camel(&name::singular(&table.name))];
        BTreeSet::from(names)
    });
    let enums = schema.enums.keys().map(|name| camel(&name.name));
    for name in tables.chain(enums) {
        *wanted.entry(name).or_insert(0) += 1;
    }
    wanted
}

fn camel(name: &str) -> String {
    name::upper_camel(name, "Table", &mut BTreeSet::new())
}

fn refusal(table: &Table, dialect: Dialect) -> Option<&'static str> {
    if table.columns.is_empty() {
        return Some("which has no columns");
    }
    if table.name.name.contains('.') || !name::is_sayable(&table.name.name, dialect) {
        return Some("whose name no attribute can say");
    }
    table
        .columns
        .iter()
        .any(|column| !name::is_sayable(&column.name, dialect))
        .then_some("which has a column whose name no attribute can say")
}

/// Writes a struct.
pub(crate) fn write(
    context: &WriteContext<'_>,
    name: &QualifiedName,
    names: &TableNames,
) -> Option<Item> {
    let table = context.schema.tables.get(name)?;
    let mut imports: BTreeSet<Import> = [("limbeck", "Table")].into();
    let writing = Writing {
        context,
        table,
        names,
    };
    let mut members = Members::default();
    for constraint in table.constraints.values() {
        constraint::write(&writing, constraint, &mut members);
    }
    for index in table.indexes.values() {
        index::write(&writing, index, &mut members);
    }
    let mut arguments = Vec::new();
    // What the struct's name says by itself.
    if !name.name.is_ascii() || snake_case(&names.ident) != name.name {
        arguments.push(said("name", &name.name));
    }
    if let Some(schema) = &name.schema {
        arguments.push(said("schema", schema));
    }
    let text = table.comment.as_deref();
    let (doc, said_comment) = documented(text, "", "the table", &mut members.unsaid);
    arguments.extend(said_comment);
    if context.dialect == Dialect::Postgres {
        arguments.extend(extension::argument(context.schema, table));
        arguments.extend(sequence::arguments(&writing));
    }
    arguments.append(&mut members.table);
    arguments.extend(options(table, &mut members.unsaid));
    let mut text = String::new();
    for what in &members.unsaid {
        text.push_str(&not_said(what));
        text.push('\n');
    }
    text.push_str(&doc);
    if repeats(&arguments) {
        text.push_str(ALLOW);
    }
    text.push_str("#[derive(Clone, Debug, Table)]\n");
    text.push_str(&attribute("", "table", &arguments));
    text.push_str(&format!("pub struct {} {{\n", names.ident));
    for column in &table.columns {
        let said = members.columns.remove(&column.name).unwrap_or_default();
        text.push_str(&column::write(&writing, column, said, &mut imports));
    }
    text.push('}');
    Some(Item {
        ident: names.ident.clone(),
        imports,
        text,
    })
}

fn options(table: &Table, unsaid: &mut Vec<String>) -> Vec<String> {
    let options = &table.options;
    let flags = [
        (options.strict, "strict"),
        (options.without_rowid, "without_rowid"),
        (options.unlogged, "unlogged"),
    ];
    let flags = flags.into_iter().filter(|(is_on, _)| *is_on);
    let mut arguments: Vec<String> = flags.map(|(_, word)| word.to_owned()).collect();
    arguments.extend(storage(&options.parameters, "the table", unsaid));
    arguments
}

/// `with(fillfactor = 70)`.
pub(crate) fn storage(
    parameters: &BTreeMap<String, String>,
    of: &str,
    unsaid: &mut Vec<String>,
) -> Option<String> {
    let mut said_ones = Vec::new();
    for (key, value) in parameters {
        let number = value.parse::<u32>();
        if !name::is_word(key) {
            unsaid.push(format!("WITH ({key} = {value}) of {of}"));
        } else if number.is_ok_and(|number| number.to_string() == *value) {
            said_ones.push(format!("{key} = {value}"));
        } else {
            said_ones.push(said(key, value));
        }
    }
    (!said_ones.is_empty()).then(|| format!("with({})", said_ones.join(", ")))
}

/// A doc comment for the comment of a table or a column, and the word that makes it one; `comment = "…"` for a text that
/// no doc comment holds.
pub(crate) fn documented(
    text: Option<&str>,
    indent: &str,
    of: &str,
    unsaid: &mut Vec<String>,
) -> (String, Option<String>) {
    let Some(lines) = text.and_then(doc_lines) else {
        return (String::new(), comment(text, of, unsaid));
    };
    let lines: Vec<String> = lines
        .into_iter()
        .map(|line| format!("{indent}{line}\n"))
        .collect();
    (lines.concat(), Some("comment".to_owned()))
}

/// `comment = "…"`.
pub(crate) fn comment(comment: Option<&str>, of: &str, unsaid: &mut Vec<String>) -> Option<String> {
    let comment = comment?;
    if comment.trim().is_empty() {
        unsaid.push(format!("a comment of blanks on {of}"));
        return None;
    }
    Some(said("comment", comment))
}
