//! What a scratch database cannot make of a live one: what stands on something that no statement of
//! ours makes, such as a collation, an operator class or an access method.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{EnumOp, NamespaceOp, Operation, SequenceOp, TableOp, UnmodelledOp};
use limbeck_core::plan::{in_order_of_use, plan};
use limbeck_core::schema::{ConstraintKind, Object, Schema, Sequence, Unmodelled};

use super::BaselineError;
use crate::autogenerate::Project;
use crate::connection::{Connection, QueryError};
use crate::inspect::InspectError;
use crate::state::Bench;

/// The objects of `target` that the server refuses, each with what it says. Each is tried behind what
/// it may stand on, so that what stands on one of them is among them.
pub(super) async fn refused(
    bench: &mut Bench,
    project: Project<'_>,
    target: &Schema,
) -> Result<BTreeMap<Object, String>, BaselineError> {
    let mut copy = bench.copy(project.folder, &[]).await?;
    let outcome = tried(&mut copy.connection, target).await;
    bench.discard(copy).await?;
    let mut refused = outcome?;
    // A table whose keys lead to one of them cannot be made as it is, either.
    loop {
        let is_refused = |table: &Object| refused.contains_key(table);
        let found = target.tables.values().find_map(|table| {
            let object = Object::Table(table.name.clone());
            let mut keys = table.foreign_keys();
            let (_, key) =
                keys.find(|(_, key)| is_refused(&Object::Table(key.references.clone())))?;
            (!is_refused(&object)).then(|| (object, format!("it references `{}`", key.references)))
        });
        match found {
            Some((object, reason)) => refused.insert(object, reason),
            None => return Ok(refused),
        };
    }
}

/// The schema without what is refused.
pub(super) fn take_out(schema: &mut Schema, refused: &BTreeMap<Object, String>) {
    let is_refused = |object: &Object| refused.contains_key(object);
    schema
        .tables
        .retain(|name, _| !is_refused(&Object::Table(name.clone())));
    schema
        .enums
        .retain(|name, _| !is_refused(&Object::Enum(name.clone())));
    schema.sequences.retain(|name, sequence| {
        let owner = sequence.owned_by.as_ref();
        let owner = owner.map(|(table, _)| Object::Table(table.clone()));
        !is_refused(&Object::Sequence(name.clone())) && !owner.as_ref().is_some_and(is_refused)
    });
    schema.unmodelled.retain(|object| {
        let table = object
            .table
            .as_ref()
            .map(|table| Object::Table(table.clone()));
        let key = Object::Unmodelled(Box::new(object.key()));
        !is_refused(&key) && !table.as_ref().is_some_and(is_refused)
    });
}

async fn tried(
    connection: &mut Connection,
    target: &Schema,
) -> Result<BTreeMap<Object, String>, BaselineError> {
    let mut refused = BTreeMap::new();
    let told = |source: QueryError| BaselineError::Inspect(InspectError::from(source));
    connection.execute("BEGIN").await.map_err(told)?;
    // What a function reads may be made after it.
    let lenient = connection.execute("SET LOCAL check_function_bodies = off");
    lenient.await.map_err(told)?;
    for operation in operations(target) {
        let made = plan(
            std::slice::from_ref(&operation),
            &Schema::default(),
            Dialect::Postgres,
        )?;
        let statements: Vec<String> = made
            .steps
            .iter()
            .flat_map(|step| &step.statements)
            .map(|statement| statement.sql.clone())
            .collect();
        connection.execute("SAVEPOINT one").await.map_err(told)?;
        if let Err(error) = connection.batch(&statements.join(";\n")).await {
            let back = connection.execute("ROLLBACK TO SAVEPOINT one");
            back.await.map_err(told)?;
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            refused.insert(
                operation.object(),
                cause.unwrap_or_else(|| error.to_string()),
            );
        }
    }
    connection.execute("ROLLBACK").await.map_err(told)?;
    Ok(refused)
}

/// What makes each object by itself, behind what it may stand on. Tables come without their foreign
/// keys, and sequences without their owners, which nothing else stands on.
fn operations(target: &Schema) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    let namespaces = target.namespaces.iter();
    operations
        .extend(namespaces.map(|name| Operation::Namespace(NamespaceOp::Create(name.clone()))));
    let enums = target.enums.values();
    operations.extend(enums.map(|one| Operation::Enum(EnumOp::Create(one.clone()))));
    let sequences = target.sequences.values();
    operations.extend(sequences.map(|sequence| {
        Operation::Sequence(SequenceOp::Create(Sequence {
            owned_by: None,
            ..sequence.clone()
        }))
    }));
    let (dependents, foundations): (Vec<_>, Vec<_>) = target
        .unmodelled
        .iter()
        .partition(|object| object.stands_on_tables());
    let created = |objects: Vec<&Unmodelled>| {
        let created = objects
            .into_iter()
            .map(|one| Operation::Unmodelled(UnmodelledOp::Create(one.clone())));
        in_order_of_use(created.collect())
    };
    operations.extend(created(foundations));
    operations.extend(target.tables.values().map(|table| {
        let mut table = table.clone();
        table
            .constraints
            .retain(|_, one| !matches!(one.kind, ConstraintKind::ForeignKey(_)));
        Operation::Table(TableOp::Create(table))
    }));
    operations.extend(created(dependents));
    operations
}
