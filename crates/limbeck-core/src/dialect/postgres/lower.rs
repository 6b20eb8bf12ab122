//! From portable models to what PostgreSQL has.

use crate::dialect::LowerError;
use crate::schema::{Object, Schema, Table, Type};

/// Spells the models for PostgreSQL.
pub(in crate::dialect) fn lower(schema: &Schema) -> Result<Schema, Vec<LowerError>> {
    let mut lowered = schema.clone();
    let mut errors = Vec::new();
    for table in lowered.tables.values_mut() {
        if let Some(schema) = &table.name.schema {
            lowered.namespaces.insert(schema.clone());
        }
        errors.extend(refusals(table));
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
        }
    }
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

fn refusals(table: &Table) -> Vec<LowerError> {
    let object = || Object::Table(table.name.clone());
    let mut errors = Vec::new();
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
