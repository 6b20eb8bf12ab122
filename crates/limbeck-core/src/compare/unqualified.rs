//! Names of models that say the default schema, which every other source leaves out.

use crate::dialect::Dialect;
use crate::op::{EnumOp, Operation, SequenceOp, TableOp};
use crate::schema::{ConstraintKind, DefaultSchema, Models, Object, QualifiedName, RenamedFrom};

/// Takes the default schema out of the names of models.
///
/// # Errors
///
/// The object that is declared with the default schema and without it.
pub fn unqualify(models: &mut Models, default: &DefaultSchema) -> Result<(), Object> {
    let says = |name: &QualifiedName| name.schema.as_deref().is_some_and(|one| default.is(one));
    let short = |name: &QualifiedName| QualifiedName {
        schema: name.schema.clone().filter(|_| !says(name)),
        name: name.name.clone(),
    };
    let schema = &models.schema;
    let sequences = schema.sequences.values();
    let named = |name: &&QualifiedName| says(name);
    let tables = schema
        .tables
        .keys()
        .filter(named)
        .map(|name| TableOp::Rename {
            from: name.clone(),
            to: short(name),
        });
    let enums = schema
        .enums
        .keys()
        .filter(named)
        .map(|name| EnumOp::Rename {
            from: name.clone(),
            to: short(name),
        });
    // Those of columns go with their tables.
    let sequences = sequences
        .filter(|one| one.owned_by.is_none() && says(&one.name))
        .map(|one| SequenceOp::Rename {
            from: one.name.clone(),
            to: short(&one.name),
        });
    let renames: Vec<Operation> = tables
        .map(Operation::Table)
        .chain(enums.map(Operation::Enum))
        .chain(sequences.map(Operation::Sequence))
        .collect();
    for rename in renames {
        let renamed = rename.apply(&mut models.schema, Dialect::Postgres);
        renamed.map_err(|_| rename.object())?;
    }
    // Tables that no model declares.
    for table in models.schema.tables.values_mut() {
        for constraint in table.constraints.values_mut() {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                key.references = short(&key.references);
            }
        }
    }
    models.schema.namespaces.retain(|name| !default.is(name));
    let origins = std::mem::take(&mut models.origins);
    let origins = origins
        .into_iter()
        .map(|(object, origin)| (with_name(object, short), origin));
    models.origins = origins.collect();
    for renamed in &mut models.renamed_from {
        match renamed {
            RenamedFrom::Table { from, to }
            | RenamedFrom::Enum { from, to }
            | RenamedFrom::Sequence { from, to } => {
                *from = short(from);
                *to = short(to);
            }
            RenamedFrom::Column { table: name, .. }
            | RenamedFrom::EnumValue {
                enum_type: name, ..
            } => *name = short(name),
        }
    }
    Ok(())
}

fn with_name(object: Object, short: impl Fn(&QualifiedName) -> QualifiedName) -> Object {
    match object {
        Object::Table(name) => Object::Table(short(&name)),
        Object::Enum(name) => Object::Enum(short(&name)),
        Object::Sequence(name) => Object::Sequence(short(&name)),
        Object::EnumValue(name, value) => Object::EnumValue(short(&name), value),
        Object::Column(name, column) => Object::Column(short(&name), column),
        Object::Constraint(name, constraint) => Object::Constraint(short(&name), constraint),
        Object::Index(name, index) => Object::Index(short(&name), index),
        Object::Namespace(_) | Object::SqlObject(_) => object,
    }
}
