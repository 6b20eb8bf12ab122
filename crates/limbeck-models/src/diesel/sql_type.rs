//! Types that a project declares for Diesel: what their attributes say they are in SQL.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::Type;
use limbeck_core::sql::quote_identifier;
use syn::Attribute;

use crate::attribute::{Argument, Value, split};
use crate::foreign::arguments;

/// The storage classes by which `sqlite_type(name = "…")` names a type, and what they are called in SQL.
const STORAGE: [(&str, &str); 7] = [
    ("Binary", "BLOB"),
    ("Double", "DOUBLE"),
    ("Float", "FLOAT"),
    ("Integer", "INTEGER"),
    ("Long", "BIGINT"),
    ("SmallInt", "SMALLINT"),
    ("Text", "TEXT"),
];

/// What `#[diesel(postgres_type(name = "…"))]` and its like say; `None` where no name is said.
pub(crate) fn of_attributes(attributes: &[Attribute]) -> Option<Type> {
    let mut names = BTreeMap::new();
    for argument in arguments(attributes, "diesel") {
        let Value::List(tokens) = &argument.value else {
            continue;
        };
        let inner = split(tokens.clone());
        match argument.key().as_str() {
            "postgres_type" => {
                if let Some(name) = said(&inner, "name") {
                    let schema = said(&inner, "schema");
                    names.insert("postgres".to_owned(), qualified(schema.as_deref(), &name));
                }
            }
            "sqlite_type" => {
                let name = said(&inner, "name");
                let known = STORAGE
                    .iter()
                    .find(|(class, _)| name.as_deref() == Some(class));
                if let Some((_, name)) = known {
                    names.insert("sqlite".to_owned(), (*name).to_owned());
                }
            }
            _ => {}
        }
    }
    // Diesel 1.
    if let Some(name) = said(&arguments(attributes, "postgres"), "type_name") {
        let name = qualified(None, &name);
        names.entry("postgres".to_owned()).or_insert(name);
    }
    let only = names.get("postgres").filter(|_| names.len() == 1);
    match only {
        // SQLite has no types of a project's own.
        Some(name) => Some(Type::Sql(name.clone())),
        None => (!names.is_empty()).then_some(Type::PerDialect(names)),
    }
}

fn said(arguments: &[Argument], key: &str) -> Option<String> {
    let found = arguments.iter().find(|argument| argument.key() == key)?;
    found.text().ok().map(|text| text.value)
}

fn qualified(schema: Option<&str>, name: &str) -> String {
    let quoted = |part: &str| quote_identifier(part, Dialect::Postgres);
    match schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(name)),
        None => quoted(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_what_its_attributes_say() {
        for (text, expected) in [
            ("#[diesel(postgres_type(name = \"ltree\"))]", Some("ltree")),
            (
                "#[diesel(postgres_type(name = \"State\"))]",
                Some("\"State\""),
            ),
            (
                "#[diesel(postgres_type(name = \"state\", schema = \"app\"))]",
                Some("app.state"),
            ),
            ("#[postgres(type_name = \"state\")]", Some("state")),
            (
                "#[diesel(sqlite_type(name = \"Long\"), postgres_type(name = \"state\"))]",
                Some("state or BIGINT"),
            ),
            (
                "#[diesel(postgres_type(oid = 3614, array_oid = 3643))]",
                None,
            ),
            ("#[derive(SqlType)]", None),
        ] {
            let item: syn::ItemStruct = syn::parse_str(&format!("{text} struct A;")).unwrap();
            let found = of_attributes(&item.attrs).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
