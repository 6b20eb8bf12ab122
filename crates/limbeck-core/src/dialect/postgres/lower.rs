//! From portable models to what PostgreSQL has.

use crate::dialect::LowerError;
use crate::schema::{ConstraintKind, Object, Schema, Table, Type};

/// Spells the models for PostgreSQL.
pub(in crate::dialect) fn lower(schema: &Schema) -> Result<Schema, Vec<LowerError>> {
    let mut lowered = schema.clone();
    let mut errors = Vec::new();
    for table in lowered.tables.values_mut() {
        if let Some(schema) = &table.name.schema {
            lowered.namespaces.insert(schema.clone());
        }
        errors.extend(refusals(table));
        errors.extend(conflicts(table));
        let name = table.name.clone();
        for column in &mut table.columns {
            if let Type::PerDialect(names) = &column.data_type {
                match names.get("postgres") {
                    Some(name) => column.data_type = Type::Sql(name.clone()),
                    None => errors.push(LowerError::new(
                        Object::Column(name.clone(), column.name.clone()),
                        "has no `sql_type` for PostgreSQL",
                    )),
                }
            }
            if let Type::Sql(text) = &column.data_type {
                column.data_type = spelled(text);
            }
        }
    }
    for sequence in lowered.sequences.values_mut() {
        sequence.options = sequence.options.without_defaults(&sequence.data_type);
    }
    lowered.file_serial_sequences();
    for enum_type in lowered.enums.values() {
        if let Some(schema) = &enum_type.name.schema {
            lowered.namespaces.insert(schema.clone());
        }
        // PostgreSQL manual, section 8.7.4: NAMEDATALEN - 1 bytes.
        for value in enum_type.values.iter().filter(|value| value.len() > 63) {
            errors.push(LowerError::new(
                Object::EnumValue(enum_type.name.clone(), value.clone()),
                "is longer than the 63 bytes that PostgreSQL admits in an enum value",
            ));
        }
    }
    if errors.is_empty() {
        Ok(lowered)
    } else {
        Err(errors)
    }
}

/// A type in SQL: an array is one in any spelling, and PostgreSQL does not keep its dimensions.
fn spelled(text: &str) -> Type {
    let element = text.trim_end();
    let mut base = element;
    while let Some(rest) = base.strip_suffix("[]") {
        base = rest.trim_end();
    }
    let base_type = Type::Sql(base.to_owned());
    if base == element {
        base_type
    } else {
        Type::Array(Box::new(base_type))
    }
}

/// ON CONFLICT of constraints, which SQLite alone has.
fn conflicts(table: &Table) -> Vec<LowerError> {
    let of_columns = table.columns.iter().filter_map(|column| {
        let word = column.not_null_conflict.as_ref()?;
        Some((
            Object::Column(table.name.clone(), column.name.clone()),
            word,
        ))
    });
    let of_keys = table.constraints.values().filter_map(|constraint| {
        let word = match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => key.on_conflict.as_ref()?,
            ConstraintKind::Unique(unique) => unique.on_conflict.as_ref()?,
            ConstraintKind::Check(_)
            | ConstraintKind::Exclusion(_)
            | ConstraintKind::ForeignKey(_) => return None,
        };
        let name = constraint.name.clone();
        Some((Object::Constraint(table.name.clone(), name), word))
    });
    let all = of_columns.chain(of_keys);
    all.map(|(object, word)| {
        LowerError::new(
            object,
            format!("has ON CONFLICT {word}, which only SQLite has"),
        )
    })
    .collect()
}

fn refusals(table: &Table) -> Vec<LowerError> {
    let object = || Object::Table(table.name.clone());
    let mut errors = Vec::new();
    let key = table.primary_key().map(|(_, key)| key.columns.as_slice());
    for column in &table.columns {
        if column.nullable && key.unwrap_or_default().contains(&column.name) {
            errors.push(LowerError::new(
                Object::Column(table.name.clone(), column.name.clone()),
                "is in the primary key and admits NULL, which only SQLite lets it",
            ));
        }
    }
    if table.options.strict {
        errors.push(LowerError::new(
            object(),
            "is STRICT, which only SQLite has",
        ));
    }
    if table.options.without_rowid {
        errors.push(LowerError::new(
            object(),
            "is WITHOUT ROWID, which only SQLite has",
        ));
    }
    errors
}
