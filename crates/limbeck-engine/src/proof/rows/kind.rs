//! The kind of a column's values, from its type and what the catalog tells of types by name.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Column, QualifiedName, Schema, Table, Type};
use limbeck_core::sql::quoted;
use serde::Deserialize;

use super::value::Shape;
use crate::inspect::parse_type;
use limbeck::connection::{Connection, QueryError};

/// Types that a schema does not describe, by the name that columns give them.
pub(super) type Types = BTreeMap<String, NamedType>;

/// What the catalog of PostgreSQL tells of a type.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct NamedType {
    name: String,
    kind: String,
    /// The type that a domain is of, or a range is over.
    base: Option<String>,
    pub(super) not_null: bool,
    /// A domain's checks, as `CHECK (VALUE > 0)`.
    pub(super) checks: Vec<String>,
    /// The types of a composite's attributes.
    attributes: Vec<String>,
    labels: Vec<String>,
    /// Values that a domain's checks take, once they were asked for.
    #[serde(skip)]
    pub(super) accepted: Vec<String>,
}

impl NamedType {
    /// Whether it is a domain whose checks say what values it has.
    pub(super) fn is_checked(&self) -> bool {
        self.kind == "d" && !self.checks.is_empty()
    }
}

/// The domains that a name stands for, one upon the other, the named one first.
pub(super) fn domains<'a>(name: &'a str, types: &'a Types) -> Vec<(&'a str, &'a NamedType)> {
    let mut found: Vec<(&str, &NamedType)> = Vec::new();
    let mut next = Some(name);
    while let Some((name, named)) = next.and_then(|name| types.get_key_value(name))
        && named.kind == "d"
        && found.len() < types.len()
    {
        found.push((name.as_str(), named));
        next = named.base.as_deref();
    }
    found
}

/// Asks for the types that only the catalog knows; nothing is asked when there are none.
pub(super) async fn named_types<'a>(
    connection: &mut Connection,
    tables: impl Iterator<Item = &'a Table>,
    schema: &Schema,
) -> Result<Types, QueryError> {
    let mut columns = tables.flat_map(|table| &table.columns);
    let is_open = |column: &Column| open(&column.data_type, schema);
    if connection.dialect() == Dialect::Sqlite || !columns.any(is_open) {
        return Ok(Types::new());
    }
    let rows = connection.query_text(NAMED_TYPES).await?;
    let types = rows
        .into_iter()
        .filter_map(|row| row.into_iter().next()?)
        .filter_map(|text| serde_json::from_str::<NamedType>(&text).ok());
    Ok(types.map(|one| (one.name.clone(), one)).collect())
}

fn open(data_type: &Type, schema: &Schema) -> bool {
    match data_type {
        Type::Sql(text) => of_name(text) == Shape::Unknown,
        Type::Enum(name) => !schema.enums.contains_key(name),
        Type::Array(element) => open(element, schema),
        _ => false,
    }
}

/// Scratch databases have the search path under which columns were read, so that names are the same.
const NAMED_TYPES: &str = "\
SELECT pg_catalog.row_to_json(r) FROM (
    SELECT pg_catalog.format_type(t.oid, NULL) AS name, t.typtype AS kind,
           CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
                          WHEN 'r' THEN pg_catalog.format_type(r.rngsubtype, NULL) END AS base,
           t.typnotnull AS not_null,
           ARRAY(SELECT pg_catalog.pg_get_constraintdef(c.oid) FROM pg_catalog.pg_constraint c
                 WHERE c.contypid = t.oid AND c.contype = 'c' ORDER BY c.conname) AS checks,
           ARRAY(SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped AND t.typtype = 'c'
                 ORDER BY a.attnum) AS attributes,
           ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid
                 ORDER BY e.enumsortorder) AS labels
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
    LEFT JOIN pg_catalog.pg_class k ON k.oid = t.typrelid
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND (t.typtype IN ('d', 'r', 'e') OR t.typtype = 'c' AND k.relkind = 'c')
) r";

/// The kind of a type's values.
pub(super) fn shape(data_type: &Type, schema: &Schema, types: &Types, dialect: Dialect) -> Shape {
    match data_type {
        Type::Boolean => Shape::Boolean,
        Type::SmallInt => Shape::integer(16),
        Type::Integer => Shape::integer(32),
        Type::BigInt => Shape::integer(64),
        Type::Real | Type::Double => Shape::Decimal(None),
        Type::Numeric(limits) => Shape::Decimal(*limits),
        Type::Text | Type::Varchar(None) => Shape::Text(None),
        Type::Varchar(Some(length)) | Type::Char(length) => {
            Shape::Text(usize::try_from(*length).ok())
        }
        Type::Bytes => Shape::Bytes,
        Type::Uuid => Shape::Uuid,
        Type::Date => Shape::Date,
        Type::Time { zone: false, .. } => Shape::Time,
        Type::Time { zone: true, .. } => listed(&[
            "01:02:03+00",
            "04:05:06+00",
            "10:11:12+00",
            "01:02:03+02",
            "01:02:03.456789+00",
        ]),
        Type::Timestamp { .. } => Shape::Timestamp,
        Type::Interval => listed(&INTERVALS),
        Type::Json | Type::Jsonb => Shape::Json,
        Type::Enum(name) => match schema.enums.get(name) {
            Some(enum_type) => Shape::Enum(enum_type.values.clone()),
            None => by_name(&name.to_string(), schema, types, dialect),
        },
        Type::Array(element) => match element_shape(element, schema, types, dialect) {
            Shape::Unknown => Shape::Unknown,
            element => Shape::Array(Box::new(element)),
        },
        Type::Sql(text) if dialect == Dialect::Sqlite => affinity(text),
        Type::Sql(text) => by_name(text, schema, types, dialect),
        Type::PerDialect(_) => Shape::Unknown,
    }
}

fn element_shape(element: &Type, schema: &Schema, types: &Types, dialect: Dialect) -> Shape {
    let accepted = match element {
        Type::Sql(name) => types.get(name).map(|named| &named.accepted),
        _ => None,
    };
    match accepted {
        Some(accepted) if !accepted.is_empty() => Shape::Listed(accepted.clone()),
        _ => shape(element, schema, types, dialect),
    }
}

fn by_name(text: &str, schema: &Schema, types: &Types, dialect: Dialect) -> Shape {
    let Some(named) = types.get(text) else {
        return of_name(text);
    };
    let of = |text: &str| shape(&parse_type(text), schema, types, dialect);
    // The checks of a domain that is part of another type are asked by themselves.
    let inner = |text: &str| match types.get(text) {
        Some(part) if !part.accepted.is_empty() => Shape::Listed(part.accepted.clone()),
        _ => of(text),
    };
    match (named.kind.as_str(), &named.base) {
        ("d", Some(base)) => of(base),
        ("r", Some(base)) => range(&inner(base)),
        ("e", _) => Shape::Enum(named.labels.clone()),
        ("c", _) => Shape::Composite(named.attributes.iter().map(|one| inner(one)).collect()),
        _ => Shape::Unknown,
    }
}

/// Ranges that do not overlap.
fn range(base: &Shape) -> Shape {
    let texts: Vec<String> = match base {
        Shape::Integer { .. } | Shape::Decimal(_) => [
            "[1,5)", "[11,15)", "[21,25)", "empty", "[1,9)", "[3,5)", "[1,)", "(,0)", "[1,5]",
            "(1,5)", "(1,5]",
        ]
        .map(str::to_owned)
        .into(),
        Shape::Date | Shape::Timestamp => ["2001", "2002", "2003"]
            .map(|year| format!("[{year}-01-01,{year}-06-01)"))
            .into_iter()
            .chain(
                [
                    "[2001-01-01,2001-09-01)",
                    "[2001-03-01,2001-06-01)",
                    "empty",
                    "[2001-01-01,)",
                    "(,2001-01-01)",
                    "[2001-01-01,2001-06-01]",
                    "(2001-01-01,2001-06-01)",
                    "[2001-01-01 10:11:12,2001-06-01)",
                ]
                .map(str::to_owned),
            )
            .collect(),
        _ => base
            .values()
            .iter()
            .take(3)
            .map(|value| format!("[\"{0}\",\"{0}\"]", value.text()))
            .collect(),
    };
    Shape::Listed(texts)
}

/// Spans that differ in one field alone, and some that only sorting calls the same.
const INTERVALS: [&str; 16] = [
    "1 day",
    "2 hours",
    "00:03:00",
    "0",
    "1 mon",
    "-1 day",
    "1 day 00:00:01.5",
    "1 day 00:00:01",
    "24:00:00",
    "30 days",
    "1 year 2 mons",
    "00:00:01",
    "00:00:01.234567",
    "10 days",
    "100 days",
    "10 years",
];

/// The types that PostgreSQL and its well-known extensions bring.
fn of_name(text: &str) -> Shape {
    let base = text.split(['(', ' ']).next().unwrap_or_default();
    let base = base.rsplit('.').next().unwrap_or_default();
    let length = text
        .split_once('(')
        .and_then(|(_, rest)| rest.split([',', ')']).next()?.trim().parse::<usize>().ok());
    match base {
        "bit" if text.starts_with("bit varying") => Shape::VaryingBits(length),
        "bit" => Shape::Bits(length.unwrap_or(1)),
        "interval" if text.contains("to month") || text.ends_with("year") => {
            listed(&["1 year", "2 years", "3 years"])
        }
        "interval" => listed(&INTERVALS),
        "bpchar" | "citext" => Shape::Text(length),
        "name" => Shape::Text(Some(63)),
        "\"char\"" => Shape::Text(Some(1)),
        "money" => listed(&["1.00", "2.00", "3.00", "-1.00", "1.25", "12345.67"]),
        "oid" | "xid" | "cid" | "xid8" => listed(&["1001", "1002", "1003"]),
        "inet" => listed(&[
            "192.0.2.1",
            "192.0.2.2",
            "2001:db8::1",
            "192.0.2.1/24",
            "192.0.2.2/24",
            "192.0.2.0/24",
            "2001:db8::/64",
            "10.0.0.1",
            "127.0.0.1",
        ]),
        "cidr" => listed(&["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"]),
        "macaddr" => listed(&[
            "02:00:00:00:00:01",
            "02:00:00:00:00:02",
            "02:00:00:00:00:03",
        ]),
        "macaddr8" => listed(&[
            "02:00:00:00:00:00:00:01",
            "02:00:00:00:00:00:00:02",
            "02:00:00:00:00:00:00:03",
        ]),
        // The usual conversions keep a part: a coordinate, a centre, the bounds, the corners in order.
        "point" => listed(&["(1,1)", "(2,2)", "(3,3)", "(1,2)", "(2,1)", "(1.5,2.25)"]),
        "line" => listed(&["{1,2,3}", "{2,3,4}", "{3,4,5}", "{1,2,4}", "{1,3,3}"]),
        "lseg" => listed(&[
            "[(0,0),(1,1)]",
            "[(0,0),(2,2)]",
            "[(0,0),(3,3)]",
            "[(1,1),(0,0)]",
            "[(0,1),(1,0)]",
        ]),
        "box" => listed(&[
            "(1,1),(0,0)",
            "(12,12),(10,10)",
            "(23,23),(20,20)",
            "(2,2),(-1,-1)",
            "(1,2),(0,0)",
        ]),
        "path" => listed(&[
            "[(0,0),(1,1)]",
            "[(0,0),(2,2)]",
            "[(0,0),(3,3)]",
            "((0,0),(1,1))",
            "[(1,1),(0,0)]",
        ]),
        "polygon" => listed(&[
            "((0,0),(1,1),(1,0))",
            "((5,5),(6,6),(6,5))",
            "((9,9),(8,8),(8,9))",
            "((1,1),(1,0),(0,0))",
            "((0,0),(0,1),(1,1))",
        ]),
        "circle" => listed(&[
            "<(0,0),1>",
            "<(10,10),1>",
            "<(20,20),1>",
            "<(0,0),2>",
            "<(1,0),1>",
        ]),
        "tsvector" => listed(&[
            "'a':1", "'b':1", "'c':1", "'a':1A", "'a':1,2", "'a' 'b'", "'a'",
        ]),
        "tsquery" => listed(&[
            "'a'",
            "'b'",
            "'c'",
            "'a' & 'b'",
            "'a' | 'b'",
            "!'a'",
            "'a':*",
        ]),
        "xml" => listed(&["<a/>", "<b/>", "<c/>"]),
        "jsonpath" => listed(&["$.\"a\"", "$.\"b\"", "$.\"c\""]),
        "pg_lsn" => listed(&["0/1", "0/2", "0/3"]),
        "pg_snapshot" | "txid_snapshot" => listed(&["1:1:", "2:2:", "3:3:"]),
        "hstore" => listed(&[
            "\"a\"=>\"1\"",
            "\"b\"=>\"2\"",
            "\"c\"=>\"3\"",
            "",
            "\"a\"=>NULL",
            "\"a\"=>\"1\", \"b\"=>\"2\"",
        ]),
        "ltree" => listed(&["a.b", "a.c", "d"]),
        "regclass" | "regtype" | "regproc" => match base {
            "regclass" => listed(&["pg_class", "pg_type", "pg_proc"]),
            "regtype" => listed(&["integer", "text", "date"]),
            _ => listed(&["now", "pi", "random"]),
        },
        "vector" | "halfvec" => {
            let vector = |first: usize| {
                let rest = (1..length.unwrap_or(3)).map(|_| ",0".to_owned());
                format!("[{first}{}]", rest.collect::<String>())
            };
            Shape::Listed((1..=3).map(vector).collect())
        }
        "geometry" | "geography" => listed(&["POINT(1 1)", "POINT(2 2)", "POINT(3 3)"]),
        "int4range" | "int8range" | "numrange" => range(&Shape::integer(32)),
        "daterange" | "tsrange" | "tstzrange" => range(&Shape::Date),
        "int4multirange" | "int8multirange" | "nummultirange" => listed(&[
            "{[1,5)}",
            "{[11,15)}",
            "{[21,25)}",
            "{[1,5),[11,15)}",
            "{[1,15)}",
            "{}",
        ]),
        "datemultirange" | "tsmultirange" | "tstzmultirange" => listed(&[
            "{[2001-01-01,2001-06-01)}",
            "{[2002-01-01,2002-06-01)}",
            "{[2003-01-01,2003-06-01)}",
            "{[2001-01-01,2001-06-01),[2002-01-01,2002-06-01)}",
            "{[2001-01-01,2002-06-01)}",
            "{}",
        ]),
        _ => Shape::Unknown,
    }
}

/// The kind that SQLite's affinities give a declared type (sqlite.org/datatype3.html, section 3.1),
/// and what its name promises beyond that.
fn affinity(declared: &str) -> Shape {
    let name = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let numbers: Vec<usize> = name
        .split_once('(')
        .map(|(_, rest)| rest.trim_end_matches(')').split(','))
        .into_iter()
        .flatten()
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    if has(&["INT"]) {
        Shape::integer(64)
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Shape::Text(numbers.first().copied())
    } else if has(&["BLOB"]) || name.is_empty() {
        Shape::Bytes
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Shape::Decimal(None)
    } else if has(&["BOOL"]) {
        Shape::Boolean
    } else if has(&["DATETIME", "TIMESTAMP"]) {
        Shape::Timestamp
    } else if has(&["DATE"]) {
        Shape::Date
    } else if has(&["TIME"]) {
        Shape::Time
    } else if has(&["JSON"]) {
        Shape::Json
    } else if has(&["UUID"]) {
        Shape::Uuid
    } else {
        let limits = match numbers.as_slice() {
            [precision] => u16::try_from(*precision)
                .ok()
                .map(|precision| (precision, 0)),
            [precision, scale] => u16::try_from(*precision)
                .ok()
                .zip(i16::try_from(*scale).ok()),
            _ => None,
        };
        Shape::Decimal(limits)
    }
}

fn listed(values: &[&str]) -> Shape {
    Shape::Listed(values.iter().map(|value| (*value).to_owned()).collect())
}

/// A name as SQL has it.
pub(super) fn table_sql(name: &QualifiedName) -> String {
    let parts = name.parts();
    parts
        .into_iter()
        .map(quoted)
        .collect::<Vec<String>>()
        .join(".")
}

/// A literal as a value of the type, where the place does not tell the type.
pub(super) fn cast(text: &str, data_type: &Type, types: &Types, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => text.to_owned(),
        Dialect::Postgres => {
            // The checks of a domain are asked by themselves.
            let base = match data_type {
                Type::Sql(name) => domains(name, types)
                    .last()
                    .and_then(|(_, one)| one.base.clone()),
                _ => None,
            };
            let name = base.unwrap_or_else(|| limbeck_core::dialect::type_name(data_type, dialect));
            format!("CAST({text} AS {name})")
        }
    }
}
