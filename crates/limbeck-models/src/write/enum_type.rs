//! Enums for enum types.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{EnumType, QualifiedName, Schema};
use limbeck_core::sql::quote_identifier;

use crate::case::RenameRule;

use super::table::{TableNames, documented};
use super::text::{attribute, not_said, said};
use super::{Item, WriteContext, name};

/// The Rust names of an enum type.
pub(crate) struct EnumNames {
    pub(crate) ident: String,
    /// The variants, in the order of the values.
    pub(crate) variants: Vec<String>,
}

type Named<'a> = BTreeMap<&'a QualifiedName, EnumNames>;

/// The names of the enum types that enums can declare, and what is wrong with the others.
pub(crate) fn names<'a>(
    schema: &'a Schema,
    tables: &BTreeMap<&QualifiedName, TableNames>,
) -> (Named<'a>, Vec<String>) {
    let mut taken = name::reserved();
    taken.extend(tables.values().map(|table| table.ident.clone()));
    let mut named = Named::new();
    let mut refused = Vec::new();
    for (enum_name, enum_type) in &schema.enums {
        if let Some(why) = refusal(schema, enum_type) {
            let values = enum_type.values.join("`, `");
            refused.push(format!("enum type `{enum_name}` (`{values}`), {why}"));
            continue;
        }
        let mut taken_variants: BTreeSet<String> = ["Self".to_owned()].into();
        let variants = enum_type
            .values
            .iter()
            .map(|value| name::upper_camel(value, "Value", &mut taken_variants));
        let names = EnumNames {
            variants: variants.collect(),
            ident: ident(schema, enum_name, tables, &mut taken),
        };
        named.insert(enum_name, names);
    }
    (named, refused)
}

/// The name of an enum: that of its type in the singular, and where something else is called so, with what tells it
/// apart.
fn ident(
    schema: &Schema,
    enum_name: &QualifiedName,
    tables: &BTreeMap<&QualifiedName, TableNames>,
    taken: &mut BTreeSet<String>,
) -> String {
    let name = &enum_name.name;
    let camel = |name: &str| name::upper_camel(name, "Type", &mut BTreeSet::new());
    let one = name::singular(name);
    let others = schema.enums.keys().filter(|other| *other != enum_name);
    let is_wanted = others
        .map(|other| &other.name)
        .any(|other| camel(other) == camel(&one) || camel(&name::singular(other)) == camel(&one));
    let mut candidates = if is_wanted { Vec::new() } else { vec![one] };
    candidates.push(name.clone());
    candidates.extend(
        enum_name
            .schema
            .iter()
            .map(|schema| format!("{schema} {name}")),
    );
    candidates.extend(only_user(schema, enum_name, tables).map(|user| format!("{user} {name}")));
    candidates.push(format!("{name} type"));
    let free = candidates.iter().find(|one| !taken.contains(&camel(one)));
    name::upper_camel(free.unwrap_or(name), "Type", taken)
}

/// The struct of the only table that has columns of the type.
fn only_user<'a>(
    schema: &Schema,
    enum_name: &QualifiedName,
    tables: &'a BTreeMap<&QualifiedName, TableNames>,
) -> Option<&'a str> {
    let users: BTreeSet<&QualifiedName> = schema
        .users_of_enum(enum_name)
        .map(|(table, _)| &table.name)
        .collect();
    let only = users.first().filter(|_| users.len() == 1)?;
    tables.get(*only).map(|names| names.ident.as_str())
}

fn refusal(schema: &Schema, enum_type: &EnumType) -> Option<&'static str> {
    if schema.users_of_enum(&enum_type.name).next().is_none() {
        return Some("which no column has");
    }
    if schema.tables.contains_key(&enum_type.name) {
        return Some("which bears the name of a table");
    }
    if enum_type.name.name.contains('.') || !name::is_value(&enum_type.name.name) {
        return Some("whose name no attribute can say");
    }
    if enum_type.values.is_empty() || enum_type.values.iter().any(|value| !name::is_value(value)) {
        return Some("which has values that no attribute can say");
    }
    None
}

/// Writes an enum.
pub(crate) fn write(
    context: &WriteContext<'_>,
    name: &QualifiedName,
    names: &EnumNames,
) -> Option<Item> {
    let enum_type = context.schema.enums.get(name)?;
    let (spelled, rule) = best_rule(names, &enum_type.values);
    let parts: Vec<String> = name
        .parts()
        .into_iter()
        .map(|part| quote_identifier(part, Dialect::Postgres))
        .collect();
    // The driver's words, which are Limbeck's, too.
    let mut driver = vec![said("type_name", &parts.join("."))];
    if rule != RenameRule::AsIs {
        driver.push(said("rename_all", spelled));
    }
    let mut arguments = Vec::new();
    let mut text = String::new();
    let mut unsaid = Vec::new();
    let remark = enum_type.comment.as_deref();
    let (doc, said_comment) = documented(remark, "", "the enum type", &mut unsaid);
    arguments.extend(said_comment);
    for what in &unsaid {
        text.push_str(&not_said(what));
        text.push('\n');
    }
    text.push_str(&doc);
    text.push_str("#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum)]\n");
    text.push_str(&attribute("", "sqlx", &driver));
    text.push_str(&attribute("", "enum_type", &arguments));
    text.push_str(&format!("pub enum {} {{\n", names.ident));
    for (variant, value) in names.variants.iter().zip(&enum_type.values) {
        if rule.apply(variant) != *value || !value.is_ascii() {
            text.push_str(&attribute("    ", "sqlx", &[said("rename", value)]));
        }
        text.push_str(&format!("    {variant},\n"));
    }
    text.push('}');
    Some(Item {
        ident: names.ident.clone(),
        imports: [("limbeck", "Enum")].into(),
        text,
    })
}

/// The rule that gives the most values; the default one where another gives no more.
fn best_rule(names: &EnumNames, values: &[String]) -> (&'static str, RenameRule) {
    let given = |rule: RenameRule| {
        names
            .variants
            .iter()
            .zip(values)
            .filter(|(variant, value)| rule.apply(variant) == **value)
            .count()
    };
    let mut best = ("snake_case", RenameRule::SnakeCase);
    for name in RenameRule::NAMES {
        if let Some(rule) = RenameRule::from_name(name)
            && given(rule) > given(best.1)
        {
            best = (name, rule);
        }
    }
    best
}
