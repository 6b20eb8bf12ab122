//! Extensions: the objects that models declare, and those that their types ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::identifier;
use crate::schema::{QualifiedName, Schema, SqlObject, SqlObjectKind, Table, Type};

/// Types of well-known extensions, by the extension that brings them.
const TYPES: &[(&str, &[&str])] = &[
    ("citext", &["citext"]),
    ("cube", &["cube"]),
    ("hstore", &["hstore"]),
    ("intarray", &["query_int"]),
    (
        "isn",
        &[
            "ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc",
        ],
    ),
    ("ltree", &["lquery", "ltree", "ltxtquery"]),
    ("postgis", &["box2d", "box3d", "geography", "geometry"]),
    ("seg", &["seg"]),
    ("vector", &["halfvec", "sparsevec", "vector"]),
];

/// Operator classes of well-known extensions on types that are not their own.
const OPERATOR_CLASSES: &[(&str, &[&str])] = &[
    (
        "intarray",
        &["gin__int_ops", "gist__int_ops", "gist__intbig_ops"],
    ),
    ("pg_trgm", &["gin_trgm_ops", "gist_trgm_ops"]),
];

/// An extension as models declare it.
pub fn extension(name: &str) -> SqlObject {
    let definition = format!("CREATE EXTENSION IF NOT EXISTS {}", identifier(name));
    SqlObject {
        definition: Some(definition),
        ..SqlObject::new(SqlObjectKind::Extension, QualifiedName::new(name))
    }
}

/// The well-known extension that has a type, or an array of it; a qualified name is nobody's but its
/// schema's.
pub fn of_type(data_type: &Type) -> Option<&'static str> {
    match data_type {
        Type::Array(element) => of_type(element),
        Type::Sql(text) => {
            let name = base_name(text);
            found(TYPES, &name)
        }
        Type::Boolean
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::Real
        | Type::Double
        | Type::Numeric(_)
        | Type::Text
        | Type::Varchar(_)
        | Type::Char(_)
        | Type::Bytes
        | Type::Uuid
        | Type::Date
        | Type::Time { .. }
        | Type::Timestamp { .. }
        | Type::Interval
        | Type::Json
        | Type::Jsonb
        | Type::Enum(_)
        | Type::PerDialect(_) => None,
    }
}

/// The well-known extensions that the types and operator classes of a table come from, each with the
/// names that ask for it.
pub fn of_table(table: &Table) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut needed: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for column in &table.columns {
        if let Some(extension) = of_type(&column.data_type) {
            let name = base_name(&column.data_type.to_string());
            needed.entry(extension).or_default().insert(name);
        }
    }
    let keys = table.indexes.values().flat_map(|index| &index.keys);
    for key in keys {
        let class = key.operator_class.as_deref().map(base_name);
        if let Some(class) = class
            && let Some(extension) = found(OPERATOR_CLASSES, &class)
        {
            needed.entry(extension).or_default().insert(class);
        }
    }
    needed
}

/// The extensions that `declared` needs and `there` lacks: those that it declares, and the
/// well-known ones of its types. A type of the same name that a revision or the prelude made is that
/// type.
pub fn missing(declared: &Schema, there: &[&Schema]) -> BTreeSet<SqlObject> {
    let is_there = |kind: SqlObjectKind, name: &str| {
        there
            .iter()
            .flat_map(|schema| &schema.sql_objects)
            .any(|one| one.kind == kind && one.name.schema.is_none() && one.name.name == name)
    };
    let is_type = |name: &String| {
        let plain = QualifiedName::new(name.as_str());
        let is_enum = |schema: &&Schema| schema.enums.contains_key(&plain);
        is_enum(&declared)
            || there.iter().any(is_enum)
            || [
                SqlObjectKind::Domain,
                SqlObjectKind::CompositeType,
                SqlObjectKind::RangeType,
            ]
            .into_iter()
            .any(|kind| is_there(kind, name))
    };
    let said = declared
        .sql_objects
        .iter()
        .filter(|one| one.kind == SqlObjectKind::Extension)
        .map(|one| one.name.name.clone());
    let implied = declared
        .tables
        .values()
        .flat_map(of_table)
        .filter(|(_, names)| !names.iter().all(is_type))
        .map(|(extension, _)| extension.to_owned());
    said.chain(implied)
        .filter(|name| !is_there(SqlObjectKind::Extension, name))
        .map(|name| extension(&name))
        .collect()
}

fn found(known: &[(&'static str, &[&str])], name: &str) -> Option<&'static str> {
    known
        .iter()
        .find(|(_, names)| names.contains(&name))
        .map(|(extension, _)| *extension)
}

/// `vector(3)[]` as `vector`.
fn base_name(text: &str) -> String {
    let end = text.find(['(', '[', ' ']).unwrap_or(text.len());
    text[..end].to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Index};

    #[test]
    fn types_have_their_extensions() {
        let cases = [
            ("citext", Some("citext")),
            ("CITEXT[]", Some("citext")),
            ("vector(3)", Some("vector")),
            ("geometry(Point, 4326)", Some("postgis")),
            ("isbn13", Some("isn")),
            ("lquery", Some("ltree")),
            ("extensions.citext", None),
            ("\"citext\"", None),
            ("text", None),
        ];
        for (text, expected) in cases {
            assert_eq!(of_type(&Type::Sql(text.to_owned())), expected, "{text}");
        }
        let array = Type::Array(Box::new(Type::Sql("hstore".to_owned())));
        assert_eq!(of_type(&array), Some("hstore"));
    }

    fn declared() -> Schema {
        let mut table = Table::new(QualifiedName::new("t"));
        let citext = Type::Sql("citext".to_owned());
        table.columns.push(Column::new("name", citext));
        let mut index = Index::on_columns("i", ["name"]);
        index.keys[0].operator_class = Some("gin_trgm_ops (siglen='32')".to_owned());
        table.add_index(index);
        let mut schema = Schema::default();
        schema.sql_objects.insert(extension("uuid-ossp"));
        schema.tables.insert(table.name.clone(), table);
        schema
    }

    #[test]
    fn what_is_there_is_not_missing() {
        let object = |kind: SqlObjectKind, name: &str| Schema {
            sql_objects: [SqlObject {
                kind,
                definition: None,
                ..extension(name)
            }]
            .into(),
            ..Schema::default()
        };
        let nothing = Schema::default();
        let citext = object(SqlObjectKind::Extension, "citext");
        let domain = object(SqlObjectKind::Domain, "citext");
        let said = object(SqlObjectKind::Extension, "uuid-ossp");
        let cases: [(&[&Schema], &[&str]); 4] = [
            (&[&nothing], &["citext", "pg_trgm", "uuid-ossp"]),
            (&[&nothing, &citext], &["pg_trgm", "uuid-ossp"]),
            (&[&domain], &["pg_trgm", "uuid-ossp"]),
            (&[&citext, &said], &["pg_trgm"]),
        ];
        for (there, expected) in cases {
            let missing = missing(&declared(), there);
            let names: Vec<&str> = missing.iter().map(|one| one.name.name.as_str()).collect();
            assert_eq!(names, expected, "{there:?}");
        }
        assert_eq!(
            extension("uuid-ossp").definition.as_deref(),
            Some("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"")
        );
    }
}
