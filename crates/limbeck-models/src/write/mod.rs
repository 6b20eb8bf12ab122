//! The way back: a schema as Rust source that declares it.
//!
//! What the attributes cannot say becomes a comment that starts with `not said:`, so that nothing is
//! lost without a word; what a field's type does not read is told behind `not read:`. Not here: how a database is read (`inspect` in `limbeck`).

mod column;
pub(crate) mod constraint;
pub(crate) mod default;
mod enum_type;
mod extension;
pub(crate) mod index;
mod name;
mod postgres;
mod sequence;
mod sqlite;
pub(crate) mod table;
pub(crate) mod text;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::naming::Naming;
use limbeck_core::schema::{ConstraintKind, QualifiedName, Schema, SqlObjectKind};

use self::enum_type::EnumNames;
use self::table::TableNames;
use self::text::not_said;

/// A name to import: the crate, and what is in it.
pub(crate) type Import = (&'static str, &'static str);

/// What every part of the writer reads.
pub(crate) struct WriteContext<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) dialect: Dialect,
    pub(crate) naming: &'a Naming,
    /// The structs; a table that cannot be declared has none.
    pub(crate) tables: BTreeMap<&'a QualifiedName, TableNames>,
    /// The enums; a type that cannot be declared has none.
    pub(crate) enums: BTreeMap<&'a QualifiedName, EnumNames>,
    /// Names of tables, indexes and constraints that an index keeps, with how often each is given.
    pub(crate) relations: BTreeMap<QualifiedName, usize>,
}

/// What was written so far.
#[derive(Default)]
pub(crate) struct Source {
    pub(crate) imports: BTreeSet<Import>,
    pub(crate) items: Vec<String>,
}

/// The models that declare `schema`, as one file of Rust source.
///
/// The schema is one of `dialect`, as inspection reports it. A name is left out where `naming` gives
/// it. A scan of the source with the same `naming` declares the schema again, except for what stands
/// under `not said`.
pub fn rust(schema: &Schema, dialect: Dialect, naming: &Naming) -> String {
    let (tables, refused_tables) = table::names(schema);
    let (enums, refused_enums) = enum_type::names(schema, &tables);
    let context = WriteContext {
        schema,
        dialect,
        naming,
        tables,
        enums,
        relations: relations(schema),
    };
    let mut source = Source::default();
    for (name, names) in &context.enums {
        enum_type::write(&context, name, names, &mut source);
    }
    for (name, names) in &context.tables {
        table::write(&context, name, names, &mut source);
    }
    let mut unsaid = unsaid_objects(&context);
    unsaid.extend(refused_enums);
    unsaid.extend(refused_tables);
    let mut parts = Vec::new();
    let imports = imports(&source.imports);
    if !imports.is_empty() {
        parts.push(imports);
    }
    parts.extend(source.items);
    if !unsaid.is_empty() {
        let lines: Vec<String> = unsaid.iter().map(|what| not_said(what)).collect();
        parts.push(lines.join("\n"));
    }
    let mut text = parts.join("\n\n");
    text.push('\n');
    text
}

fn imports(imports: &BTreeSet<Import>) -> String {
    let mut crates: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (krate, name) in imports {
        crates.entry(krate).or_default().push(name);
    }
    let lines: Vec<String> = crates
        .into_iter()
        .map(|(krate, names)| match names.as_slice() {
            [name] => format!("use {krate}::{name};"),
            names => format!("use {krate}::{{{}}};", names.join(", ")),
        })
        .collect();
    lines.join("\n")
}

pub(crate) fn relations(schema: &Schema) -> BTreeMap<QualifiedName, usize> {
    let mut relations = BTreeMap::new();
    let mut count = |name: QualifiedName| *relations.entry(name).or_insert(0) += 1;
    for table in schema.tables.values() {
        count(table.name.clone());
        for name in table.indexes.keys() {
            count(table.name.sibling(name));
        }
        for constraint in table.constraints.values() {
            match constraint.kind {
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::Exclusion(_) => count(table.name.sibling(&constraint.name)),
                ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => {}
            }
        }
    }
    relations
}

/// Objects besides tables and enum types that models cannot declare.
fn unsaid_objects(context: &WriteContext<'_>) -> Vec<String> {
    let schema = context.schema;
    let declares = |namespace: &str| {
        context
            .tables
            .keys()
            .chain(context.enums.keys())
            .any(|name| name.schema.as_deref() == Some(namespace))
    };
    let namespaces = schema.namespaces.iter().filter(|name| !declares(name));
    let namespaces = namespaces.map(|name| format!("schema `{name}`, which holds no table"));
    let sequences = schema.sequences.values();
    let sequences = sequences.filter(|one| sequence::owner(context, one).is_none());
    let sequences = sequences.map(|one| format!("sequence `{}`", one.name));
    let objects = schema.sql_objects.iter();
    let objects = objects.filter(|object| {
        object.kind != SqlObjectKind::Privileges && !extension::is_said(context, object)
    });
    let objects = objects.map(|object| match &object.table {
        Some(table) => format!("{} `{}` of `{table}`", object.kind.noun(), object.name),
        None => format!("{} `{}`", object.kind.noun(), object.name),
    });
    namespaces.chain(sequences).chain(objects).collect()
}
