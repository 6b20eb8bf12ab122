//! The way back: a schema as Rust source that declares it.
//!
//! What the attributes cannot say becomes a comment that starts with `not said:`, so that nothing is
//! lost without a word; what a field's type does not read is told behind `not read:`. Not here: how a database is read (`inspect` in `limbeck`).

pub(crate) mod column;
pub(crate) mod constraint;
pub(crate) mod default;
mod driver;
mod enum_type;
mod extension;
mod files;
pub(crate) mod index;
mod name;
mod postgres;
mod repeats;
mod sequence;
mod sqlite;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod types;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{ConstraintKind, QualifiedName, Schema, SqlObjectKind};

use crate::conventions::Conventions;

pub use self::driver::driver_features;
use self::enum_type::EnumNames;
pub use self::files::{ModelFiles, rust_files};
use self::table::TableNames;
use self::text::not_said;

/// A name to import: the crate, and what is in it.
pub(crate) type Import = (&'static str, &'static str);

/// What every part of the writer reads.
pub(crate) struct WriteContext<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) dialect: Dialect,
    pub(crate) conventions: &'a Conventions,
    /// The structs; a table that cannot be declared has none.
    pub(crate) tables: BTreeMap<&'a QualifiedName, TableNames>,
    /// The enums; a type that cannot be declared has none.
    pub(crate) enums: BTreeMap<&'a QualifiedName, EnumNames>,
    /// Names of tables, indexes and constraints that an index keeps, with how often each is given.
    pub(crate) relations: BTreeMap<QualifiedName, usize>,
    /// The enum types and tables that cannot be declared, with what is wrong with them.
    pub(crate) refused: Vec<String>,
}

impl<'a> WriteContext<'a> {
    pub(crate) fn new(schema: &'a Schema, dialect: Dialect, conventions: &'a Conventions) -> Self {
        let (tables, refused_tables) = table::names(schema, dialect);
        let (enums, mut refused) = enum_type::names(schema, &tables);
        refused.extend(refused_tables);
        Self {
            schema,
            dialect,
            conventions,
            tables,
            enums,
            relations: relations(schema),
            refused,
        }
    }
}

/// A struct or an enum that was written.
pub(crate) struct Item {
    pub(crate) ident: String,
    pub(crate) imports: BTreeSet<Import>,
    pub(crate) text: String,
}

/// The models that declare `schema`, as one file of Rust source.
///
/// The schema is one of `dialect`, as inspection reports it. What `conventions` say is left out. A scan of the source
/// with the same conventions declares the schema again, except for what stands under `not said`.
pub fn rust(schema: &Schema, dialect: Dialect, conventions: &Conventions) -> String {
    let context = WriteContext::new(schema, dialect, conventions);
    let (enums, tables) = items(&context);
    let items: Vec<Item> = enums.into_values().chain(tables.into_values()).collect();
    let imported = items.iter().flat_map(|item| item.imports.iter().copied());
    let mut parts = vec![imports(&imported.collect())];
    parts.extend(items.into_iter().map(|item| item.text));
    parts.push(unsaid(&context));
    paragraphs(parts)
}

type Items<'a> = BTreeMap<&'a QualifiedName, Item>;

/// The enums and the structs.
fn items<'a>(context: &WriteContext<'a>) -> (Items<'a>, Items<'a>) {
    let enums = context.enums.iter().filter_map(|(name, names)| {
        let item = enum_type::write(context, name, names)?;
        Some((*name, item))
    });
    let tables = context.tables.iter().filter_map(|(name, names)| {
        let item = table::write(context, name, names)?;
        Some((*name, item))
    });
    (enums.collect(), tables.collect())
}

fn paragraphs(parts: Vec<String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut text = parts.join("\n\n");
    text.push('\n');
    text
}

/// What models cannot declare, besides what stands at their items.
fn unsaid(context: &WriteContext<'_>) -> String {
    let mut unsaid = unsaid_objects(context);
    unsaid.extend(context.refused.iter().cloned());
    let lines: Vec<String> = unsaid.iter().map(|what| not_said(what)).collect();
    lines.join("\n")
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
