//! The Rust type that sqlx reads a type of PostgreSQL into.
//!
//! The list is that of `sqlx::postgres::types`; `crates/limbeck-engine/tests/written.rs` reads a column of
//! every type through it.

use std::collections::BTreeMap;

use limbeck_core::schema::{Schema, SqlObjectKind};

use super::Import;

/// A Rust type, and what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rust {
    pub(super) text: String,
    pub(super) imports: Vec<Import>,
}

/// Domains stand on domains no further than this.
const DEEPEST: usize = 32;

const DECIMAL: Import = ("rust_decimal", "Decimal");
const NAIVE_DATE: Import = ("chrono", "NaiveDate");
const NAIVE_TIME: Import = ("chrono", "NaiveTime");
const NAIVE_DATE_TIME: Import = ("chrono", "NaiveDateTime");

/// Types that a column's type may stand on.
pub(super) struct ReadableTypes<'a> {
    pub(super) schema: &'a Schema,
    /// The Rust enums, by what their types are called in SQL.
    pub(super) enums: BTreeMap<String, &'a str>,
}

/// What reads a type as `format_type` prints it; `None` where nothing does.
pub(super) fn reads(known: &ReadableTypes<'_>, text: &str) -> Option<Rust> {
    reads_within(known, text, 0)
}

fn reads_within(known: &ReadableTypes<'_>, text: &str, depth: usize) -> Option<Rust> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(element) = text.strip_suffix("[]") {
        return array(known, element);
    }
    if let Some(found) = known.enums.get(text) {
        return Some(of_project(found));
    }
    let schema = known.schema;
    if let Some(found) = built_in(&without_modifiers(text)) {
        return Some(found);
    }
    if let Some(base) = domain(schema, text) {
        // sqlx looks through one domain, not through a domain over another.
        return match domain(schema, &base) {
            Some(_) => None,
            None => reads_within(known, &base, depth + 1),
        };
    }
    let bound = subtype(schema, text)?;
    let bound = built_in(&without_modifiers(&bound))?;
    let is_bound = [
        "i32",
        "i64",
        "Decimal",
        "NaiveDate",
        "NaiveDateTime",
        "DateTime<Utc>",
    ];
    is_bound
        .contains(&bound.text.as_str())
        .then(|| range(bound))
}

/// `Vec` of what reads the elements. An array of another type's own is compared by the array's name,
/// which only texts and enums get past.
fn array(known: &ReadableTypes<'_>, element: &str) -> Option<Rust> {
    let own = known.enums.get(element).map(|found| of_project(found));
    let found = match own.or_else(|| built_in(&without_modifiers(element))) {
        Some(found) => found,
        None => {
            let base = domain(known.schema, element)?;
            built_in(&without_modifiers(&base)).filter(|found| found.text == "String")?
        }
    };
    Some(Rust {
        text: format!("Vec<{}>", found.text),
        ..found
    })
}

/// An enum that is written beside the models.
fn of_project(ident: &str) -> Rust {
    Rust {
        text: ident.to_owned(),
        imports: Vec::new(),
    }
}

fn range(bound: Rust) -> Rust {
    Rust {
        text: format!("sqlx::postgres::types::PgRange<{}>", bound.text),
        ..bound
    }
}

/// What reads a type of PostgreSQL itself, or of an extension that sqlx knows.
fn built_in(name: &str) -> Option<Rust> {
    let rust = |text: &str, imports: &[Import]| {
        Some(Rust {
            text: text.to_owned(),
            imports: imports.to_vec(),
        })
    };
    let own = |name: &str| rust(&format!("sqlx::postgres::types::{name}"), &[]);
    let plain = |text: &str| rust(text, &[]);
    match name {
        "boolean" => plain("bool"),
        "\"char\"" => plain("i8"),
        "smallint" => plain("i16"),
        "integer" => plain("i32"),
        "bigint" => plain("i64"),
        "real" => plain("f32"),
        "double precision" => plain("f64"),
        "numeric" => rust("Decimal", &[DECIMAL]),
        "text" | "varchar" | "char" | "character varying" | "character" | "bpchar" | "name"
        | "citext" => plain("String"),
        "bytea" => plain("Vec<u8>"),
        "uuid" => rust("Uuid", &[("uuid", "Uuid")]),
        "date" => rust("NaiveDate", &[NAIVE_DATE]),
        "time without time zone" => rust("NaiveTime", &[NAIVE_TIME]),
        "time with time zone" => rust(
            "sqlx::postgres::types::PgTimeTz<NaiveTime, FixedOffset>",
            &[NAIVE_TIME, ("chrono", "FixedOffset")],
        ),
        "timestamp without time zone" => rust("NaiveDateTime", &[NAIVE_DATE_TIME]),
        "timestamp with time zone" => rust(
            "DateTime<Utc>",
            &[("chrono", "DateTime"), ("chrono", "Utc")],
        ),
        "json" | "jsonb" => rust("Value", &[("serde_json", "Value")]),
        "money" => own("PgMoney"),
        "oid" => own("Oid"),
        "inet" | "cidr" => plain("sqlx::types::ipnetwork::IpNetwork"),
        "macaddr" => plain("sqlx::types::mac_address::MacAddress"),
        "bit" | "bit varying" => plain("sqlx::types::BitVec"),
        "point" => own("PgPoint"),
        "line" => own("PgLine"),
        "lseg" => own("PgLSeg"),
        "box" => own("PgBox"),
        "path" => own("PgPath"),
        "polygon" => own("PgPolygon"),
        "circle" => own("PgCircle"),
        "hstore" => own("PgHstore"),
        "ltree" => own("PgLTree"),
        "lquery" => own("PgLQuery"),
        "cube" => own("PgCube"),
        "int4range" => Some(range(plain("i32")?)),
        "int8range" => Some(range(plain("i64")?)),
        "numrange" => Some(range(rust("Decimal", &[DECIMAL])?)),
        "daterange" => Some(range(rust("NaiveDate", &[NAIVE_DATE])?)),
        "tsrange" => Some(range(rust("NaiveDateTime", &[NAIVE_DATE_TIME])?)),
        "tstzrange" => {
            let bound = rust(
                "DateTime<Utc>",
                &[("chrono", "DateTime"), ("chrono", "Utc")],
            )?;
            Some(range(bound))
        }
        _ if name == "interval" || is_limited_interval(name) => own("PgInterval"),
        _ => None,
    }
}

/// Whether a type is a domain.
pub(super) fn is_domain(schema: &Schema, text: &str) -> bool {
    domain(schema, text).is_some()
}

/// `interval day to second`, whose words leave out a part.
pub(super) fn is_limited_interval(name: &str) -> bool {
    name.starts_with("interval ")
}

/// The type that a domain stands on.
fn domain(schema: &Schema, text: &str) -> Option<String> {
    let rest = defined(
        schema,
        SqlObjectKind::Domain,
        &format!("CREATE DOMAIN {text} AS "),
    )?;
    let base = rest.split_once(" COLLATE ").map_or(rest, |(base, _)| base);
    Some(base.to_owned())
}

/// The type of the bounds of a range type.
fn subtype(schema: &Schema, text: &str) -> Option<String> {
    let start = format!("CREATE TYPE {text} AS RANGE (SUBTYPE = ");
    let rest = defined(schema, SqlObjectKind::RangeType, &start)?;
    let end = rest.find(", SUBTYPE_OPCLASS")?;
    Some(rest[..end].to_owned())
}

/// What follows `start` in the statement that creates an object.
fn defined<'a>(schema: &'a Schema, kind: SqlObjectKind, start: &str) -> Option<&'a str> {
    schema
        .sql_objects
        .iter()
        .filter(|object| object.kind == kind)
        .find_map(|object| object.definition.as_deref()?.strip_prefix(start))
}

/// `bit(3)` as `bit`, `interval day to second(3)` as `interval day to second`.
fn without_modifiers(text: &str) -> String {
    match text.split_once('(') {
        Some((before, rest)) if !text.starts_with('"') || text.starts_with("\"char\"") => {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        _ => text.to_owned(),
    }
}
