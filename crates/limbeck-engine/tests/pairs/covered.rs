//! Which kinds of operation the pairs go through. What kinds there are is read from the source of
//! `limbeck-core`, so that a new one fails here until a pair has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{ConstraintOp, Operation, SqlObjectOp};
use limbeck_core::plan::Plan;
use limbeck_core::schema::{Object, Schema, SqlObject, SqlObjectKind};
use limbeck_engine::sides::Way;
use serde::Serialize;
use serde_json::{Value, json, to_value};

/// What no operation of a database is, by the first words of a kind.
fn impossible(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        // Only SQLite has virtual tables. Privileges go with their table: two servers have roles of
        // their own, and those of a new table are not compared.
        Dialect::Postgres => &[
            "sql_object create virtual_table",
            "sql_object drop virtual_table",
            "sql_object create privileges",
        ],
        // It has no such objects, and no comments; a constraint of a table holds for all its rows, and
        // nothing that models do not describe can be changed in place.
        Dialect::Sqlite => &[
            "sql_object alter",
            "namespace",
            "sequence",
            "comment",
            "constraint validate",
            "constraint add exclusion",
            "constraint drop exclusion",
            "sql_object create",
            "sql_object drop",
        ],
    }
}

/// What SQLite has of the objects that models do not describe.
const SQL_OBJECTS_ON_SQLITE: &[&str] = &["view", "trigger", "virtual_table"];

/// The kinds that are possible and not among those found; and those that are found and not possible.
pub(crate) fn uncovered(found: &[&String], dialect: Dialect) -> Vec<String> {
    let possible: BTreeSet<String> = kinds()
        .into_iter()
        .filter(|kind| is_possible(kind, dialect))
        .collect();
    let found: BTreeSet<String> = found.iter().map(|&kind| kind.clone()).collect();
    let missing = possible.difference(&found);
    let missing = missing.map(|kind| format!("no pair has: {kind}"));
    let unknown = found.difference(&possible);
    let unknown = unknown.map(|kind| format!("is said to be impossible: {kind}"));
    missing.chain(unknown).collect()
}

fn is_possible(kind: &str, dialect: Dialect) -> bool {
    let is_there = || {
        let object = kind.rsplit(' ').next();
        dialect == Dialect::Sqlite && object.is_some_and(|it| SQL_OBJECTS_ON_SQLITE.contains(&it))
    };
    let is_impossible = |words: &&str| kind.starts_with(words);
    is_there() || !impossible(dialect).iter().any(is_impossible)
}

/// The kinds of the operations of a way: what is done, and to what where that has kinds of its own.
pub(crate) fn kinds_of(way: &Way, before: &Schema) -> Vec<String> {
    let kinds = way.operations.iter().map(kind);
    let about: BTreeSet<Object> = way.operations.iter().map(Operation::object).collect();
    // The plan alone sets aside: it drops what no operation is about.
    let set_aside = before
        .sql_objects
        .iter()
        .filter(|object| !about.contains(&Object::SqlObject(Box::new(object.key()))))
        .filter(|object| is_dropped(object, &way.upgrade))
        .map(|object| kind(&Operation::SqlObject(SqlObjectOp::SetAside(object.clone()))));
    kinds.chain(set_aside).collect()
}

fn is_dropped(object: &SqlObject, plan: &Plan) -> bool {
    let drop = format!("DROP {} ", object.kind.noun().to_uppercase());
    plan.steps
        .iter()
        .flat_map(|step| &step.statements)
        .map(|statement| statement.sql.as_str())
        .any(|sql| sql.starts_with(&drop) && sql.contains(&object.name.name))
}

fn kind(operation: &Operation) -> String {
    let subject = match operation {
        Operation::Constraint(
            ConstraintOp::Add { constraint, .. } | ConstraintOp::Drop { constraint, .. },
        ) => Some(word(&constraint.kind)),
        Operation::SqlObject(SqlObjectOp::Create(object) | SqlObjectOp::Drop(object)) => {
            Some(word(&object.kind))
        }
        Operation::Comment(comment) => return format!("comment {}", word(&comment.object)),
        _ => None,
    };
    let (object, done) = first(&to_value(operation).expect("is written"));
    let done = first(&done.expect("an operation")).0;
    let words = [Some(object), Some(done), subject];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What a variant is called in a file.
fn word(variant: &impl Serialize) -> String {
    first(&to_value(variant).expect("is written")).0
}

fn first(value: &Value) -> (String, Option<Value>) {
    match value {
        Value::Object(fields) => {
            let (name, value) = fields.iter().next().expect("a variant");
            (name.clone(), Some(value.clone()))
        }
        other => (other.as_str().expect("a variant").to_owned(), None),
    }
}

/// All kinds that the source has.
fn kinds() -> BTreeSet<String> {
    let enums = enums();
    let mut kinds = BTreeSet::new();
    for (object, operations) in &enums["Operation"] {
        // A comment is one operation, whatever it stands on.
        for (done, _) in enums.get(operations).map_or(&[][..], Vec::as_slice) {
            let subjects = match (object.as_str(), done.as_str()) {
                ("constraint", "add" | "drop") => &enums["ConstraintKind"][..],
                ("sql_object", "create" | "drop") => &enums["SqlObjectKind"][..],
                _ => &[],
            };
            let is_written = |subject: &str| object != "sql_object" || is_written(subject);
            for (subject, _) in subjects.iter().filter(|(subject, _)| is_written(subject)) {
                kinds.insert(format!("{object} {done} {subject}"));
            }
            if subjects.is_empty() {
                kinds.insert(format!("{object} {done}"));
            }
        }
    }
    // Those of other objects belong to what is written of them.
    let commented = ["enum", "table", "column", "constraint", "index"];
    kinds.extend(commented.map(|object| format!("comment {object}")));
    kinds
}

/// Whether a plan writes objects of the kind; else they are refused by name.
fn is_written(kind: &str) -> bool {
    let kind: SqlObjectKind = serde_json::from_value(json!(kind)).expect("a kind");
    kind.is_written()
}

/// The variants of each enum of the operations and the schema, as files call them, with the type of
/// their first field.
fn enums() -> BTreeMap<String, Vec<(String, String)>> {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../limbeck-core/src");
    let mut enums = BTreeMap::new();
    for folder in ["op", "schema"] {
        for entry in fs::read_dir(core.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(path).expect("is read");
            let file = syn::parse_file(&text).expect("is Rust");
            enums.extend(file.items.iter().filter_map(|item| match item {
                syn::Item::Enum(item) => Some((item.ident.to_string(), variants(item))),
                _ => None,
            }));
        }
    }
    enums
}

fn variants(item: &syn::ItemEnum) -> Vec<(String, String)> {
    let variant = |variant: &syn::Variant| {
        let field = variant.fields.iter().next().map(|field| &field.ty);
        let inner = match field {
            Some(syn::Type::Path(path)) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        };
        (
            snake_case(&variant.ident.to_string()),
            inner.unwrap_or_default(),
        )
    };
    item.variants.iter().map(variant).collect()
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
