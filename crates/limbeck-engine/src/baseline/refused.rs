//! What a scratch database cannot make of a live one: what stands on something that no statement of
//! ours makes, such as an operator class, an access method or a role.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{EnumOp, NamespaceOp, Operation, SequenceOp, SqlObjectOp, TableOp};
use limbeck_core::plan::{in_order_of_use, plan};
use limbeck_core::schema::{ConstraintKind, Object, Schema, Sequence, SqlObject, SqlObjectKind};

use super::BaselineError;
use crate::compare::Project;
use crate::inspect::{InspectError, Supplement, Supplements, quoted_title, residue_key};
use crate::state::Bench;
use limbeck::connection::Connection;

/// What the server refuses, each with what it says.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// Objects.
    pub(super) objects: BTreeMap<Object, String>,
    /// Statements about objects: owners, privileges and what is beside the schema.
    statements: BTreeMap<String, String>,
}

impl Refused {
    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.statements.is_empty()
    }

    /// All of it, in sentences.
    pub(super) fn sentences(&self) -> Vec<String> {
        let objects = self.objects.iter();
        let objects =
            objects.map(|(object, reason)| format!("`{object}`, which cannot be made: {reason}"));
        let statements = self.statements.iter();
        let statements = statements.map(|(statement, reason)| format!("`{statement}`: {reason}"));
        objects.chain(statements).collect()
    }

    /// Whether a key of a residue is that of one of the objects.
    pub(super) fn is_about(&self, key: &str) -> bool {
        self.objects.keys().any(|object| match object {
            Object::Enum(name) => key == format!("enum type {}", quoted_title(name)),
            Object::Sequence(name) => key == format!("sequence {}", quoted_title(name)),
            Object::SqlObject(key_of) if key_of.kind == SqlObjectKind::Function => {
                key.strip_prefix("function ").is_some_and(|title| {
                    title.replace(", ", ",") == key_of.name.to_string().replace(", ", ",")
                })
            }
            Object::SqlObject(key_of) => {
                key == format!("{} {}", key_of.kind.noun(), quoted_title(&key_of.name))
            }
            other => residue_key(other).is_some_and(|one| one == key),
        })
    }

    /// Takes it out of what a baseline makes.
    pub(super) fn take_out(&self, schema: &mut Schema, supplements: &mut Supplements) {
        let is_refused = |object: &Object| self.objects.contains_key(object);
        let is_made = |statement: &str| !self.statements.contains_key(statement);
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
        let objects = std::mem::take(&mut schema.sql_objects).into_iter();
        schema.sql_objects = objects
            .filter(|object| {
                let table = object.table.clone().map(Object::Table);
                let key = Object::SqlObject(Box::new(object.key()));
                !is_refused(&key) && !table.as_ref().is_some_and(is_refused)
            })
            .map(|mut object| {
                object.privileges.retain(|statement| is_made(statement));
                object
            })
            .collect();
        supplements.retain(|one| is_made(&one.make));
    }
}

/// What the server refuses of a baseline. Each is tried behind what it may stand on, so that what stands
/// on one of them is among them.
pub(super) async fn refused(
    bench: &mut Bench,
    project: Project<'_>,
    target: &Schema,
    supplements: &Supplements,
) -> Result<Refused, BaselineError> {
    let mut copy = bench.copy(project.folder, &[]).await?;
    let outcome = tried(&mut copy.connection, target, supplements).await;
    bench.discard(copy).await?;
    let mut refused = outcome?;
    // A table whose keys lead to one of them cannot be made as it is, either.
    loop {
        let is_refused = |table: &Object| refused.objects.contains_key(table);
        let found = target.tables.values().find_map(|table| {
            let object = Object::Table(table.name.clone());
            let mut keys = table.foreign_keys();
            let (_, key) =
                keys.find(|(_, key)| is_refused(&Object::Table(key.references.clone())))?;
            (!is_refused(&object)).then(|| (object, format!("it references `{}`", key.references)))
        });
        match found {
            Some((object, reason)) => refused.objects.insert(object, reason),
            None => return Ok(refused),
        };
    }
}

async fn tried(
    connection: &mut Connection,
    target: &Schema,
    supplements: &Supplements,
) -> Result<Refused, BaselineError> {
    let mut refused = Refused::default();
    run(connection, "BEGIN").await?;
    // What a function reads may be made after it.
    run(connection, "SET LOCAL check_function_bodies = off").await?;
    let Parts {
        namespaces,
        foundations,
        others,
    } = operations(target);
    objects(connection, namespaces, &mut refused).await?;
    statements(connection, &supplements.first, &mut refused).await?;
    objects(connection, foundations, &mut refused).await?;
    statements(connection, &supplements.behind_functions, &mut refused).await?;
    objects(connection, others, &mut refused).await?;
    statements(connection, &supplements.last, &mut refused).await?;
    run(connection, "ROLLBACK").await?;
    Ok(refused)
}

async fn run(connection: &mut Connection, sql: &str) -> Result<(), BaselineError> {
    let outcome = connection.execute(sql).await;
    outcome.map_err(|source| BaselineError::Inspect(InspectError::from(source)))?;
    Ok(())
}

/// Why the server refuses some statements, if it does; then it is as it was.
async fn refusal(connection: &mut Connection, sql: &str) -> Result<Option<String>, BaselineError> {
    run(connection, "SAVEPOINT one").await?;
    let Err(error) = connection.batch(sql).await else {
        return Ok(None);
    };
    run(connection, "ROLLBACK TO SAVEPOINT one").await?;
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    Ok(Some(cause.unwrap_or_else(|| error.to_string())))
}

async fn statements(
    connection: &mut Connection,
    supplements: &[Supplement],
    refused: &mut Refused,
) -> Result<(), BaselineError> {
    for one in supplements {
        if let Some(reason) = refusal(connection, &one.make).await? {
            refused.statements.insert(one.make.clone(), reason);
        }
    }
    Ok(())
}

/// Each object, and then who owns it and may use it: that the server does not know a role is no reason
/// to leave out the object.
async fn objects(
    connection: &mut Connection,
    operations: Vec<Operation>,
    refused: &mut Refused,
) -> Result<(), BaselineError> {
    for mut operation in operations {
        let mut privileges = Vec::new();
        if let Operation::SqlObject(SqlObjectOp::Create(object)) = &mut operation {
            privileges = std::mem::take(&mut object.privileges);
        }
        let made = plan(
            std::slice::from_ref(&operation),
            &Schema::default(),
            Dialect::Postgres,
        )?;
        let made = made.steps.iter().flat_map(|step| &step.statements);
        let made: Vec<&str> = made.map(|statement| statement.sql.as_str()).collect();
        if let Some(reason) = refusal(connection, &made.join(";\n")).await? {
            refused.objects.insert(operation.object(), reason);
            continue;
        }
        for statement in privileges {
            if let Some(reason) = refusal(connection, &statement).await? {
                refused.statements.insert(statement, reason);
            }
        }
    }
    Ok(())
}

/// What makes each object by itself, behind what it may stand on.
struct Parts {
    namespaces: Vec<Operation>,
    foundations: Vec<Operation>,
    others: Vec<Operation>,
}

/// Tables come without their foreign keys, and sequences without their owners, which nothing else stands
/// on.
fn operations(target: &Schema) -> Parts {
    let namespaces = target.namespaces.iter();
    let namespaces = namespaces
        .map(|name| Operation::Namespace(NamespaceOp::Create(name.clone())))
        .collect();
    let mut foundations: Vec<Operation> = Vec::new();
    foundations.extend(
        target
            .enums
            .values()
            .map(|one| Operation::Enum(EnumOp::Create(one.clone()))),
    );
    foundations.extend(target.sequences.values().map(|sequence| {
        Operation::Sequence(SequenceOp::Create(Sequence {
            owned_by: None,
            ..sequence.clone()
        }))
    }));
    let (dependents, under): (Vec<_>, Vec<_>) = target
        .sql_objects
        .iter()
        .partition(|object| object.stands_on_tables() || object.kind.is_relation());
    let (relations, dependents): (Vec<_>, Vec<_>) = dependents
        .into_iter()
        .partition(|object| !object.stands_on_tables());
    let created = |objects: Vec<&SqlObject>| {
        let created = objects
            .into_iter()
            .map(|one| Operation::SqlObject(SqlObjectOp::Create(one.clone())));
        in_order_of_use(created.collect())
    };
    foundations.extend(created(under));
    let mut others = created(relations);
    others.extend(target.tables.values().map(|table| {
        let mut table = table.clone();
        table
            .constraints
            .retain(|_, one| !matches!(one.kind, ConstraintKind::ForeignKey(_)));
        Operation::Table(TableOp::Create(table))
    }));
    others.extend(created(dependents));
    Parts {
        namespaces,
        foundations,
        others,
    }
}
