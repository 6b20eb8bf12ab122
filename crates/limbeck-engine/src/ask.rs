//! Questions to a scratch server: how does it spell what was declared?

mod blame;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::normalise::{Answers, normalise, open_questions, unsettled};
use limbeck_core::op::{EnumOp, Operation, SequenceOp, SqlObjectOp, TableOp};
use limbeck_core::plan::{PlanError, in_order_of_need, in_order_of_use};
use limbeck_core::schema::{
    ConstraintKind, Expression, Object, QualifiedName, Schema, Sequence, SequenceOptions,
    SqlObject, Table, Type,
};
use limbeck_core::sql::quote_identifier;

use crate::inspect::{self, InspectError, InspectOptions};
use limbeck::connection::{Connection, QueryError};

/// A spelling that has not settled by then never will.
const MOST_ROUNDS: usize = 6;

/// How many tables are asked about in one transaction. Each holds up to 15 locks, on itself, its
/// indexes, sequence and types, dropped and made again; the server has room for 6,400 by default
/// (PostgreSQL manual, section 20.12).
const MOST_TABLES: usize = 400;

/// Why the server gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The server refuses what was declared.
    #[error("the database refuses `{object}`")]
    Refused {
        /// The declared table or type.
        object: Object,
        /// What it says.
        source: QueryError,
    },
    /// The server does not answer.
    #[error("the scratch database does not answer")]
    Query(#[from] QueryError),
    /// The catalog cannot be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// What was declared cannot be spelled.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Brings both schemas to the server's own spelling, as far as they say things in other words.
///
/// `connection` is on a copy of the state that `before` was read from; it is left as it was.
/// A report is not always the report of itself: a restored dump spells some checks differently. So
/// what still differs after one answer is asked about again, on both sides, until it settles.
///
/// # Errors
///
/// The server refuses a declaration, or does not answer.
pub async fn settle(
    connection: &mut Connection,
    before: &Schema,
    target: &Schema,
    options: &InspectOptions,
) -> Result<(Schema, Schema), AskError> {
    let mut before = before.clone();
    let mut target = target.clone();
    if connection.dialect() == Dialect::Sqlite {
        // SQLite keeps text as it is written; diff compares its tokens.
        return Ok((before, target));
    }
    let open = open_questions(&target, &before);
    if open.is_empty() {
        return Ok((before, target));
    }
    let answers = ask(connection, &before, &target, &open, options).await?;
    target = normalise(&target, &answers);
    for _ in 0..MOST_ROUNDS {
        let open = unsettled(&target, &before);
        if open.is_empty() {
            break;
        }
        let of_target = ask(connection, &before, &target, &open, options).await?;
        let of_before = ask(connection, &before, &before, &open, options).await?;
        let next_target = normalise(&target, &of_target);
        let next_before = normalise(&before, &of_before);
        if next_target == target && next_before == before {
            break;
        }
        target = next_target;
        before = next_before;
    }
    Ok((before, target))
}

/// Has the server make the tables and report them, in transactions that are rolled back.
pub(crate) async fn ask(
    connection: &mut Connection,
    before: &Schema,
    declared: &Schema,
    tables: &BTreeSet<QualifiedName>,
    options: &InspectOptions,
) -> Result<Answers, AskError> {
    let tables: Vec<&QualifiedName> = tables.iter().collect();
    let mut answers = Answers::default();
    for portion in tables.chunks(MOST_TABLES) {
        let portion = portion.iter().map(|name| (*name).clone()).collect();
        connection.execute("BEGIN").await?;
        let outcome = ask_within(connection, before, declared, &portion, options).await;
        connection.execute("ROLLBACK").await?;
        answers.reported.tables.extend(outcome?);
    }
    Ok(answers)
}

async fn ask_within(
    connection: &mut Connection,
    before: &Schema,
    declared: &Schema,
    tables: &BTreeSet<QualifiedName>,
    options: &InspectOptions,
) -> Result<BTreeMap<QualifiedName, Table>, AskError> {
    let qualified = |name: &QualifiedName| match &name.schema {
        Some(schema) => format!(
            "{}.{}",
            quote_identifier(schema, Dialect::Postgres),
            quote_identifier(&name.name, Dialect::Postgres)
        ),
        None => quote_identifier(&name.name, Dialect::Postgres),
    };
    let created: BTreeSet<QualifiedName> = tables
        .iter()
        .filter_map(|name| declared.tables.get(name))
        .flat_map(relations)
        .collect();
    let mut removal = Vec::new();
    let mut removed = BTreeSet::new();
    // A table that is renamed, or gives an index away, holds the names until it goes.
    let in_the_way = before.tables.values().filter(|table| {
        tables.contains(&table.name) || relations(table).iter().any(|name| created.contains(name))
    });
    for name in in_the_way.map(|table| &table.name) {
        removed.insert(name);
        removal.push(format!("DROP TABLE IF EXISTS {} CASCADE", qualified(name)));
    }
    for name in before
        .sequences
        .keys()
        .filter(|name| created.contains(*name))
    {
        removal.push(format!(
            "DROP SEQUENCE IF EXISTS {} CASCADE",
            qualified(name)
        ));
    }
    let other_values = |name: &QualifiedName| {
        let values = |schema: &Schema| schema.enums.get(name).map(|one| one.values.clone());
        values(before) != values(declared)
    };
    let enums: Vec<&QualifiedName> = declared
        .enums
        .keys()
        .filter(|name| other_values(name))
        .collect();
    for name in &enums {
        removal.push(format!("DROP TYPE IF EXISTS {} CASCADE", qualified(name)));
    }
    if !removal.is_empty() {
        connection.batch(&removal.join(";\n")).await?;
    }

    let mut operations = Vec::new();
    for name in declared.namespaces.difference(&before.namespaces) {
        // What only a prelude knows may be there all the same.
        let name = quote_identifier(name, Dialect::Postgres);
        connection
            .execute(&format!("CREATE SCHEMA IF NOT EXISTS {name}"))
            .await?;
    }
    let sequences = declared.sequences.iter();
    // A sequence goes with the table that owns it.
    let is_gone = |sequence: &Sequence| {
        let owner = sequence.owned_by.as_ref();
        owner.is_some_and(|(table, _)| removed.contains(table))
    };
    let lacking = sequences.filter(|(name, _)| before.sequences.get(*name).is_none_or(is_gone));
    operations.extend(lacking.map(|(_, sequence)| {
        Operation::Sequence(SequenceOp::Create(Sequence {
            owned_by: None,
            ..sequence.clone()
        }))
    }));
    operations.extend(
        enums
            .iter()
            .filter_map(|name| declared.enums.get(*name))
            .map(|one| Operation::Enum(EnumOp::Create(one.clone()))),
    );
    let gone = |name: &QualifiedName| removed.contains(name) || !before.tables.contains_key(name);
    let is_new = |object: &&SqlObject| {
        let key = object.key();
        before.sql_objects.iter().all(|one| one.key() != key)
            || object.kind.is_type() && object.uses.iter().filter_map(Object::table).any(gone)
    };
    let lacking: Vec<&SqlObject> = declared.sql_objects.iter().filter(is_new).collect();
    let (mut foundations, others): (Vec<&SqlObject>, Vec<&SqlObject>) =
        lacking.into_iter().partition(|one| !one.stands_on_tables());
    // Types over the rows of tables, with these.
    let mut tables_too = tables.clone();
    let mut upon: Vec<&SqlObject> = others
        .into_iter()
        .filter(|one| one.kind.is_type())
        .collect();
    loop {
        let is_used = |one: &SqlObject| {
            let made = tables_too
                .iter()
                .filter_map(|name| declared.tables.get(name));
            made.flat_map(|table| &table.columns)
                .any(|column| column.data_type.is_named(&one.name))
        };
        let (used, rest): (Vec<&SqlObject>, Vec<&SqlObject>) =
            upon.into_iter().partition(|one| is_used(one));
        upon = rest;
        let under = used.iter().flat_map(|one| &one.uses);
        let under = under.filter_map(Object::table).filter(|name| gone(name));
        tables_too.extend(under.cloned());
        if used.is_empty() {
            break;
        }
        foundations.extend(used);
    }
    let foundations: Vec<Operation> = foundations
        .into_iter()
        .map(|one| Operation::SqlObject(SqlObjectOp::Create(one.clone())))
        .collect();
    let foundations = in_order_of_use(foundations);
    if !foundations.is_empty() {
        // What a function reads may be made after it.
        connection
            .execute("SET LOCAL check_function_bodies = off")
            .await?;
    }
    operations.extend(foundations);
    let made: Vec<&Table> = tables_too
        .iter()
        .filter_map(|name| declared.tables.get(name))
        .collect();
    let is_there = |sequence: &QualifiedName| {
        let numbered = before.numbered_by(sequence);
        before.sequences.contains_key(sequence) || numbered.is_some_and(|(table, _)| !gone(&table))
    };
    let stand_ins = called(&made, declared).into_iter();
    operations.extend(
        stand_ins
            .filter(|sequence| !is_there(&sequence.name))
            .map(|sequence| Operation::Sequence(SequenceOp::Create(sequence))),
    );
    for table in made {
        operations.push(Operation::Table(TableOp::Create(without_keys(table))));
    }
    for operation in &in_order_of_need(operations, before, Dialect::Postgres) {
        let text = format!(
            "SAVEPOINT {};\n{}",
            blame::SAVEPOINT,
            blame::text(operation)?
        );
        if let Err(source) = connection.batch(&text).await {
            return Err(blame::refused(connection, operation, source).await?);
        }
    }
    Ok(inspect::tables(connection, options, tables).await?)
}

/// Sequences that defaults of the tables call, and that belong to columns of tables beside them.
fn called(tables: &[&Table], declared: &Schema) -> Vec<Sequence> {
    let names: BTreeSet<QualifiedName> = tables
        .iter()
        .flat_map(|table| &table.columns)
        .filter_map(|column| column.default.as_ref())
        .filter_map(Expression::called_sequence)
        .collect();
    let is_beside = |name: &QualifiedName| {
        let owner = declared.numbered_by(name);
        owner.is_some_and(|(owner, _)| tables.iter().all(|table| table.name != owner))
    };
    names
        .into_iter()
        .filter(is_beside)
        .map(|name| Sequence {
            name,
            data_type: Type::BigInt,
            options: SequenceOptions::default(),
            owned_by: None,
            unlogged: false,
        })
        .collect()
}

/// The names that the table takes among the relations of its schema: its own, its indexes', and those
/// of the sequences behind its columns.
fn relations(table: &Table) -> Vec<QualifiedName> {
    let keys = table.constraints.values().filter(|constraint| {
        matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::Exclusion(_)
        )
    });
    let members = keys.map(|key| &key.name).chain(table.indexes.keys());
    let members = members.map(|name| table.name.sibling(name));
    let sequences = table.columns.iter().filter_map(|column| {
        let identity = column.identity.as_ref()?;
        Some(identity.sequence_name(&table.name, &column.name))
    });
    let own = std::iter::once(table.name.clone());
    own.chain(members).chain(sequences).collect()
}

/// The table without its foreign keys, which say nothing that could be spelled otherwise.
fn without_keys(table: &Table) -> Table {
    let mut table = table.clone();
    table
        .constraints
        .retain(|_, constraint| !matches!(constraint.kind, ConstraintKind::ForeignKey(_)));
    table
}
