//! From portable models to what SQLite has.

use std::collections::BTreeSet;

use super::default;
use crate::dialect::LowerError;
use crate::schema::{
    Column, ConstraintKind, Deferrable, Identity, IdentityKind, Object, Schema, SequenceOptions,
    Table, Type,
};

/// Spells the models for SQLite.
///
/// Comments are left out: SQLite keeps none. Enum types that no column uses are left out: an enum
/// is the CHECK of its columns. One that a column says, and that another library makes without a CHECK, stays until it is
/// known whether the database has the CHECK (`diff/inherit/enum_type.rs`).
pub(in crate::dialect) fn lower(schema: &Schema) -> Result<Schema, Vec<LowerError>> {
    let mut lowered = schema.clone();
    let mut errors = Vec::new();
    for table in lowered.tables.values_mut() {
        lower_table(table, &mut errors);
    }
    let used: BTreeSet<_> = lowered
        .tables
        .values()
        .flat_map(|table| &table.columns)
        .filter_map(|column| column.said_type().enum_name().cloned())
        .collect();
    // Extensions, which PostgreSQL alone has: what needs one is refused or spelled otherwise.
    lowered.sql_objects.clear();
    lowered.enums.retain(|name, _| used.contains(name));
    for enum_type in lowered.enums.values_mut() {
        enum_type.comment = None;
        if enum_type.name.schema.is_some() {
            errors.push(LowerError::new(
                Object::Enum(enum_type.name.clone()),
                "has a schema, which SQLite has not",
            ));
        }
    }
    for sequence in lowered.sequences.keys() {
        errors.push(LowerError::new(
            Object::Sequence(sequence.clone()),
            "is a sequence, which SQLite has not",
        ));
    }
    if errors.is_empty() {
        Ok(lowered)
    } else {
        Err(errors)
    }
}

fn lower_table(table: &mut Table, errors: &mut Vec<LowerError>) {
    let name = table.name.clone();
    if name.schema.is_some() {
        errors.push(LowerError::new(
            Object::Table(name.clone()),
            "has a schema, which SQLite has not",
        ));
    }
    table.comment = None;
    if table.options.unlogged || !table.options.parameters.is_empty() {
        errors.push(LowerError::new(
            Object::Table(name.clone()),
            "is UNLOGGED or has storage parameters, which only PostgreSQL has",
        ));
    }
    let key: Vec<String> = table
        .primary_key()
        .map(|(_, key)| key.columns.clone())
        .unwrap_or_default();
    let strict = table.options.strict;
    for column in &mut table.columns {
        lower_column(&name, column, &key, strict, errors);
    }
    for constraint in table.constraints.values_mut() {
        constraint.comment = None;
        let object = Object::Constraint(name.clone(), constraint.name.clone());
        let mut refuse = |what: &str| errors.push(LowerError::new(object.clone(), what));
        if !constraint.kind.is_validated() {
            refuse("is NOT VALID, which only PostgreSQL has");
        }
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => {
                if !key.include.is_empty() || key.deferrable != Deferrable::No {
                    refuse("has INCLUDE or DEFERRABLE, which a key has on PostgreSQL only");
                }
            }
            ConstraintKind::Unique(unique) => {
                if !unique.include.is_empty()
                    || unique.deferrable != Deferrable::No
                    || unique.nulls_not_distinct
                {
                    refuse(
                        "has INCLUDE, DEFERRABLE or NULLS NOT DISTINCT, which a unique constraint has on PostgreSQL only",
                    );
                }
            }
            ConstraintKind::Exclusion(_) => {
                refuse("is an exclusion constraint, which only PostgreSQL has");
            }
            ConstraintKind::ForeignKey(key) => {
                if !key.on_delete_columns.is_empty() {
                    refuse("names columns behind ON DELETE, which only PostgreSQL admits");
                }
            }
            ConstraintKind::Check(check) => {
                if check.no_inherit {
                    refuse("is NO INHERIT, which only PostgreSQL has");
                }
            }
        }
    }
    for index in table.indexes.values_mut() {
        index.comment = None;
        let object = Object::Index(name.clone(), index.name.clone());
        let foreign = index.method.is_some()
            || !index.include.is_empty()
            || index.nulls_not_distinct
            || !index.options.is_empty()
            || index
                .keys
                .iter()
                .any(|key| key.operator_class.is_some() || key.nulls.is_some());
        if foreign {
            errors.push(LowerError::new(
                object,
                "has a method, INCLUDE, NULLS, an operator class or options, which only PostgreSQL has",
            ));
        }
    }
}

fn lower_column(
    table: &crate::schema::QualifiedName,
    column: &mut Column,
    key: &[String],
    strict: bool,
    errors: &mut Vec<LowerError>,
) {
    let object = Object::Column(table.clone(), column.name.clone());
    column.comment = None;
    if let Some(Identity { options, .. }) = &column.identity {
        if *options != SequenceOptions::default() {
            errors.push(LowerError::new(
                object.clone(),
                "has options of a sequence, which SQLite has not",
            ));
        }
        if key == [column.name.clone()] && column.data_type.is_integer() {
            column.identity = Some(Identity::new(IdentityKind::ByDefault));
        } else {
            errors.push(LowerError::new(
                object.clone(),
                "is an identity column and not the whole primary key, which SQLite cannot number",
            ));
        }
    }
    let declared = column.data_type.clone();
    column.default = column
        .default
        .take()
        .and_then(|text| default::lowered(&text, &declared));
    let lowered = match (&column.declared.sqlite_name, strict) {
        (Some(name), false) => Ok(Type::Sql(canonical(name))),
        (Some(_), true) | (None, _) => lower_type(&declared, strict),
    };
    match lowered {
        Ok(data_type) => {
            column.data_type = data_type;
            column.declared.data_type = Some(declared);
        }
        Err(reason) => errors.push(LowerError::new(object, reason)),
    }
}

/// What a portable type is on SQLite.
///
/// The names are those that sqlx decodes its types from and that give the right affinity
/// (sqlite.org/datatype3.html, section 3.1); a STRICT table admits only the storage classes.
fn lower_type(data_type: &Type, strict: bool) -> Result<Type, &'static str> {
    let name = |loose: &str, storage: &str| {
        let name = if strict { storage } else { loose };
        Ok(Type::Sql(name.to_owned()))
    };
    match data_type {
        Type::Boolean => name("BOOLEAN", "INTEGER"),
        Type::SmallInt | Type::Integer | Type::BigInt => name("INTEGER", "INTEGER"),
        Type::Real | Type::Double => name("REAL", "REAL"),
        Type::Numeric(None) => name("NUMERIC", "ANY"),
        Type::Numeric(Some((precision, scale))) => {
            name(&format!("NUMERIC({precision}, {scale})"), "ANY")
        }
        Type::Text | Type::Varchar(None) => name("TEXT", "TEXT"),
        Type::Varchar(Some(length)) => name(&format!("VARCHAR({length})"), "TEXT"),
        Type::Char(length) => name(&format!("CHAR({length})"), "TEXT"),
        // sqlx writes a Uuid as its 16 bytes.
        Type::Bytes | Type::Uuid => name("BLOB", "BLOB"),
        Type::Date => name("DATE", "TEXT"),
        Type::Time { .. } => name("TIME", "TEXT"),
        Type::Timestamp { .. } => name("DATETIME", "TEXT"),
        Type::Json | Type::Jsonb => name("TEXT", "TEXT"),
        Type::Enum(enum_name) => Ok(Type::Enum(enum_name.clone())),
        Type::Interval => {
            Err("is an interval, which SQLite has not: give it an `sql_type` for sqlite")
        }
        Type::Array(_) => Err(
            "is an array, which SQLite has not: give it an `sql_type` for sqlite, or store it as JSON",
        ),
        Type::Sql(text) => Ok(Type::Sql(canonical(text))),
        Type::PerDialect(names) => names
            .get("sqlite")
            .map(|text| Type::Sql(canonical(text)))
            .ok_or("has no `sql_type` for SQLite"),
    }
}

/// How a portable type is declared, in a table that is not STRICT; `None` for what SQLite has not.
pub fn declared(data_type: &Type) -> Option<String> {
    match lower_type(data_type, false) {
        Ok(Type::Sql(text)) => Some(text),
        Ok(_) | Err(_) => None,
    }
}

/// A declared type as inspection reports it: upper case, single spaces, `NUMERIC(10, 2)`.
pub fn canonical(text: &str) -> String {
    let mut result = String::new();
    for word in text
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace(',', " , ")
        .split_whitespace()
    {
        let glued = matches!(word, "(" | ")" | ",") || result.ends_with('(') || result.is_empty();
        if !glued {
            result.push(' ');
        }
        result.push_str(&word.to_uppercase());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn declared_types_have_one_spelling() {
        for (text, expected) in [
            ("integer", "INTEGER"),
            ("numeric( 10,2 )", "NUMERIC(10, 2)"),
            ("double   precision", "DOUBLE PRECISION"),
            ("", ""),
        ] {
            assert_eq!(canonical(text), expected);
        }
    }
}
