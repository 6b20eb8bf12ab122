//! The order of operations, in one place.
//!
//! Renames come in the order in which they were decided, and split the rest into segments. Within a
//! segment the order of [`Phase`]'s variants is the order of execution, unless an operation needs
//! another one that comes later: that one is made right before it (`needs.rs`).

use std::collections::{BTreeMap, BTreeSet};

use super::needs::in_order_of_need;
use super::set_aside::is_key;
use super::use_order::in_order_of_use;
use crate::dialect::Dialect;
use crate::op::{
    ColumnOp, ConstraintOp, EnumOp, IndexOp, NamespaceOp, Operation, SequenceOp, SqlObjectOp,
    TableOp,
};
use crate::schema::{
    Constraint, ConstraintKind, ForeignKey, QualifiedName, ReplicaIdentity, Schema, Sequence, Table,
};

/// When an operation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// First, since everything else may stand in it.
    CreateNamespace,
    /// Views, triggers and others that stand on tables, before anything changes under them.
    DropDependent,
    /// While the column that owns it is still there, which would take the sequence along; and
    /// before a column that it gets behind changes.
    ReleaseSequence,
    /// Before the keys and tables that they reference.
    DropForeignKey,
    /// Before columns change under them, and before another index takes a name.
    DropIndex,
    /// Checks, keys and uniques, before columns change under them.
    DropConstraint,
    /// Before tables and indexes of the same names are created.
    DropTable,
    /// A computed column, before the columns that it is computed from.
    DropGeneratedColumn,
    /// Before columns of the same name are added.
    DropColumn,
    /// Names are free by now, and the former ones may be taken again from here on.
    RenameMember,
    /// Before the columns and tables that use it. What used the former values is dropped by now.
    CreateOrAlterEnum,
    /// Before the defaults that call it: those of domains and partitioned tables, and functions with
    /// a body that is parsed, are foundations. It stands on nothing itself.
    CreateSequence,
    /// Functions, domains and extensions, before the tables that use them.
    CreateFoundation,
    /// Before computed columns are added that use the column as it becomes.
    AlterColumn,
    /// Before constraints and indexes on it.
    AddColumn,
    /// A computed column, after the columns that it is computed from.
    AddGeneratedColumn,
    /// Parents before children.
    CreateTable,
    /// Once the column that is to own it is there, and no longer changes.
    OwnSequence,
    /// After the columns are what they become.
    SetOptions,
    /// Keys and uniques, before the foreign keys that reference them.
    AddConstraint,
    /// After the columns; unique ones before foreign keys, which may reference them.
    CreateIndex,
    /// Once the index that names the rows is there.
    SetReplicaIdentity,
    /// After everything that it can reference.
    AddForeignKey,
    /// Once the object is there.
    Comment,
    /// Views, triggers and others that stand on tables, on what these have become.
    CreateDependent,
    /// After the tables and others that used it.
    DropFoundation,
    /// After the columns and tables that used it.
    DropSequence,
    /// After the columns and tables that used it.
    DropEnum,
    /// Last, since it must be empty.
    DropNamespace,
}

fn phase(operation: &Operation) -> Phase {
    let is_foreign_key =
        |constraint: &Constraint| matches!(constraint.kind, ConstraintKind::ForeignKey(_));
    match operation {
        Operation::Namespace(NamespaceOp::Create(_)) => Phase::CreateNamespace,
        Operation::Namespace(NamespaceOp::Drop(_)) => Phase::DropNamespace,
        Operation::Enum(EnumOp::Drop(_)) => Phase::DropEnum,
        // A rename is a segment of its own.
        Operation::Enum(EnumOp::Create(_) | EnumOp::Alter { .. } | EnumOp::Rename { .. }) => {
            Phase::CreateOrAlterEnum
        }
        Operation::Sequence(SequenceOp::Drop(_)) => Phase::DropSequence,
        Operation::Sequence(SequenceOp::Create(_) | SequenceOp::Rename { .. }) => {
            Phase::CreateSequence
        }
        Operation::Sequence(SequenceOp::Adopt(_)) => Phase::ReleaseSequence,
        Operation::Sequence(SequenceOp::Release(_)) => Phase::OwnSequence,
        Operation::Sequence(SequenceOp::Alter { from, to }) => {
            match (&from.owned_by, &to.owned_by) {
                (Some(_), None) => Phase::ReleaseSequence,
                (None, Some(_)) => Phase::OwnSequence,
                (None, None) | (Some(_), Some(_)) => Phase::CreateSequence,
            }
        }
        Operation::Table(TableOp::Create(_)) => Phase::CreateTable,
        Operation::Table(TableOp::Drop(_)) => Phase::DropTable,
        Operation::Table(TableOp::SetOptions { to, .. })
            if matches!(to.replica_identity, ReplicaIdentity::Index(_)) =>
        {
            Phase::SetReplicaIdentity
        }
        Operation::Table(TableOp::SetOptions { .. } | TableOp::Rename { .. }) => Phase::SetOptions,
        Operation::Column(ColumnOp::Add { column, .. }) if column.generated.is_some() => {
            Phase::AddGeneratedColumn
        }
        Operation::Column(ColumnOp::Drop { column, .. }) if column.generated.is_some() => {
            Phase::DropGeneratedColumn
        }
        Operation::Column(ColumnOp::Add { .. }) => Phase::AddColumn,
        Operation::Column(ColumnOp::Drop { .. }) => Phase::DropColumn,
        Operation::Column(ColumnOp::Alter { .. } | ColumnOp::Rename { .. }) => Phase::AlterColumn,
        Operation::Constraint(ConstraintOp::Add { constraint, .. }) => {
            if is_foreign_key(constraint) {
                Phase::AddForeignKey
            } else {
                Phase::AddConstraint
            }
        }
        Operation::Constraint(ConstraintOp::Drop { constraint, .. }) => {
            if is_foreign_key(constraint) {
                Phase::DropForeignKey
            } else {
                Phase::DropConstraint
            }
        }
        Operation::Constraint(ConstraintOp::Validate { to, .. }) => {
            if is_foreign_key(to) {
                Phase::AddForeignKey
            } else {
                Phase::AddConstraint
            }
        }
        Operation::Index(IndexOp::Create { .. }) => Phase::CreateIndex,
        Operation::Index(IndexOp::Drop { .. }) => Phase::DropIndex,
        Operation::Constraint(ConstraintOp::Rename { .. })
        | Operation::Index(IndexOp::Rename { .. }) => Phase::RenameMember,
        Operation::Comment(_) => Phase::Comment,
        Operation::SqlObject(op) => of_sql_object(op),
    }
}

fn of_sql_object(op: &SqlObjectOp) -> Phase {
    match (op, op.subject().stands_on_tables()) {
        (SqlObjectOp::Drop(_), true) | (SqlObjectOp::SetAside(_), true | false) => {
            Phase::DropDependent
        }
        (SqlObjectOp::Drop(_), false) => Phase::DropFoundation,
        (SqlObjectOp::Create(_) | SqlObjectOp::Alter { .. }, true) => Phase::CreateDependent,
        (SqlObjectOp::Create(_) | SqlObjectOp::Alter { .. }, false) => Phase::CreateFoundation,
    }
}

/// A run of operations.
pub(super) enum Segment<'a> {
    /// A rename of a table, a column or a type.
    Rename(&'a Operation),
    /// Operations between renames.
    Rest(Vec<Operation>),
}

/// Splits at renames. Schemas are made before them and dropped after them, since a table may be
/// renamed into one or out of one.
pub(super) fn segments(operations: &[Operation]) -> Vec<Segment<'_>> {
    let of_namespaces = |phase_of: Phase| {
        let operations = operations.iter().filter(|one| phase(one) == phase_of);
        let operations: Vec<Operation> = operations.cloned().collect();
        (!operations.is_empty()).then_some(Segment::Rest(operations))
    };
    let mut segments: Vec<Segment<'_>> =
        of_namespaces(Phase::CreateNamespace).into_iter().collect();
    let mut rest = Vec::new();
    for operation in operations {
        let is_rename = matches!(
            operation,
            Operation::Table(TableOp::Rename { .. })
                | Operation::Column(ColumnOp::Rename { .. })
                | Operation::Enum(EnumOp::Rename { .. })
                | Operation::Sequence(SequenceOp::Rename { .. })
        );
        if is_rename {
            if !rest.is_empty() {
                segments.push(Segment::Rest(std::mem::take(&mut rest)));
            }
            segments.push(Segment::Rename(operation));
        } else if !matches!(operation, Operation::Namespace(_)) {
            rest.push(operation.clone());
        }
    }
    if !rest.is_empty() {
        segments.push(Segment::Rest(rest));
    }
    segments.extend(of_namespaces(Phase::DropNamespace));
    segments
}

/// Sorts for PostgreSQL, where a foreign key needs the table that it references: tables come
/// parents first, and a key that closes a cycle becomes an operation of its own.
pub(super) fn for_postgres(operations: &[Operation], state: &Schema) -> Vec<Operation> {
    let mut sorted = Vec::new();
    let mut created = Vec::new();
    let mut dropped = Vec::new();
    for operation in operations {
        match operation {
            Operation::Table(TableOp::Create(table)) => created.push(table),
            Operation::Table(TableOp::Drop(table)) => dropped.push(table),
            Operation::Sequence(op) => sorted.extend(with_owner_apart(op)),
            Operation::Namespace(_)
            | Operation::Enum(_)
            | Operation::Table(TableOp::Rename { .. } | TableOp::SetOptions { .. })
            | Operation::Column(_)
            | Operation::Constraint(_)
            | Operation::Index(_)
            | Operation::Comment(_)
            | Operation::SqlObject(_) => sorted.push(operation.clone()),
        }
    }
    let rekeyed = rekeyed(operations);
    let (order, late) = parents_first(&created);
    let mut there: BTreeSet<&QualifiedName> = state.tables.keys().collect();
    for table in order {
        let table = created[table];
        let (now, later) = split_foreign_keys(table, |key| {
            if key.references == table.name {
                has_key(table, key)
            } else {
                let comes_later =
                    late.contains(&key.references) && !there.contains(&key.references);
                !comes_later && !rekeyed.contains(&key.references)
            }
        });
        there.insert(&table.name);
        sorted.push(Operation::Table(TableOp::Create(now)));
        sorted.extend(later.into_iter().map(|constraint| {
            Operation::Constraint(ConstraintOp::Add {
                table: table.name.clone(),
                constraint,
            })
        }));
    }
    let (order, _) = parents_first(&dropped);
    let mut gone: BTreeSet<&QualifiedName> = BTreeSet::new();
    let mut keys = Vec::new();
    let mut drops = Vec::new();
    let names: BTreeSet<&QualifiedName> = dropped.iter().map(|table| &table.name).collect();
    for table in order.into_iter().rev() {
        let table = dropped[table];
        // Whatever references a table must be gone before it; in a cycle that is only its key.
        let (now, earlier) = split_foreign_keys(table, |key| {
            key.references == table.name
                || !(names.contains(&key.references) && gone.contains(&key.references)
                    || rekeyed.contains(&key.references))
        });
        gone.insert(&table.name);
        keys.extend(earlier.into_iter().map(|constraint| {
            Operation::Constraint(ConstraintOp::Drop {
                table: table.name.clone(),
                constraint,
            })
        }));
        drops.push(Operation::Table(TableOp::Drop(now)));
    }
    sorted.extend(keys);
    sorted.extend(drops);
    let mut sorted = in_order_of_use(sorted);
    sorted.sort_by_key(phase);
    in_order_of_need(sorted, state, Dialect::Postgres)
}

/// A change of a sequence as the loss of its owner, the change itself, and a new owner: each has
/// its own time.
fn with_owner_apart(op: &SequenceOp) -> Vec<Operation> {
    let free = |sequence: &Sequence| Sequence {
        owned_by: None,
        ..sequence.clone()
    };
    let alter = |from: Sequence, to: Sequence| {
        (from != to).then_some(Operation::Sequence(SequenceOp::Alter { from, to }))
    };
    match op {
        SequenceOp::Create(sequence) => {
            let create = Operation::Sequence(SequenceOp::Create(free(sequence)));
            let own = alter(free(sequence), sequence.clone());
            [create].into_iter().chain(own).collect()
        }
        SequenceOp::Drop(sequence) => {
            let release = alter(sequence.clone(), free(sequence));
            let drop = Operation::Sequence(SequenceOp::Drop(free(sequence)));
            release.into_iter().chain([drop]).collect()
        }
        SequenceOp::Alter { from, to } if from.owned_by != to.owned_by => {
            let release = alter(from.clone(), free(from));
            let change = alter(free(from), free(to));
            let own = alter(free(to), to.clone());
            release.into_iter().chain(change).chain(own).collect()
        }
        SequenceOp::Alter { .. }
        | SequenceOp::Rename { .. }
        | SequenceOp::Adopt(_)
        | SequenceOp::Release(_) => vec![Operation::Sequence(op.clone())],
    }
}

/// Sorts for SQLite, where a foreign key may reference a table that is not there yet: what goes
/// before the tables change, what changes, and what comes after.
pub(super) fn for_sqlite(operations: &[Operation], state: &Schema) -> [Vec<Operation>; 3] {
    let mut sorted: Vec<Operation> = Vec::new();
    let mut created = Vec::new();
    let mut dropped = Vec::new();
    for operation in operations {
        match operation {
            Operation::Table(TableOp::Create(table)) => created.push(table),
            Operation::Table(TableOp::Drop(table)) => dropped.push(table),
            Operation::Namespace(_)
            | Operation::Enum(_)
            | Operation::Sequence(_)
            | Operation::Table(TableOp::Rename { .. } | TableOp::SetOptions { .. })
            | Operation::Column(_)
            | Operation::Constraint(_)
            | Operation::Index(_)
            | Operation::Comment(_)
            | Operation::SqlObject(_) => sorted.push(operation.clone()),
        }
    }
    let create = |place: usize| Operation::Table(TableOp::Create(created[place].clone()));
    let drop = |place: usize| Operation::Table(TableOp::Drop(dropped[place].clone()));
    sorted.extend(parents_first(&created).0.into_iter().map(create));
    sorted.extend(parents_first(&dropped).0.into_iter().rev().map(drop));
    let mut sorted = in_order_of_use(sorted);
    sorted.sort_by_key(phase);
    let mut first = in_order_of_need(sorted, state, Dialect::Sqlite);
    let place = |operations: &[Operation], is_later: fn(Phase) -> bool| {
        operations
            .iter()
            .position(|one| is_later(phase(one)))
            .unwrap_or(operations.len())
    };
    let mut middle = first.split_off(place(&first, |phase| phase > Phase::DropDependent));
    let last = middle.split_off(place(&middle, |phase| phase >= Phase::CreateDependent));
    [first, middle, last]
}

/// Tables that gain or lose a key which a foreign key can reference.
fn rekeyed<'a>(operations: &'a [Operation]) -> BTreeSet<&'a QualifiedName> {
    let table = |operation: &'a Operation| match operation {
        Operation::Constraint(op) => op
            .sides()
            .lone()
            .filter(|one| is_key(one))
            .map(|_| op.table()),
        Operation::Index(op) => op
            .sides()
            .lone()
            .filter(|one| one.unique)
            .map(|_| op.table()),
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(_)
        | Operation::Column(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => None,
    };
    operations.iter().filter_map(table).collect()
}

/// Whether CREATE TABLE itself makes the key that the table's foreign key to itself references; a
/// unique index is made after it.
fn has_key(table: &Table, key: &ForeignKey) -> bool {
    table.constraints.values().any(|constraint| {
        let columns = constraint.kind.key_columns();
        is_key(constraint)
            && columns.len() == key.referenced_columns.len()
            && columns
                .iter()
                .all(|column| key.referenced_columns.contains(column))
    })
}

/// Moves the foreign keys that `keeps` does not admit out of the table.
fn split_foreign_keys(
    table: &Table,
    keeps: impl Fn(&ForeignKey) -> bool,
) -> (Table, Vec<Constraint>) {
    let moved: Vec<Constraint> = table
        .foreign_keys()
        .filter(|(_, key)| !keeps(key))
        .map(|(constraint, _)| constraint.clone())
        .collect();
    let mut rest = table.clone();
    for constraint in &moved {
        rest.constraints.remove(&constraint.name);
    }
    (rest, moved)
}

/// The places of the tables with every table behind those that it references, and the names of all.
/// In a cycle the first by name goes first.
fn parents_first<'a>(tables: &[&'a Table]) -> (Vec<usize>, BTreeSet<&'a QualifiedName>) {
    let names: BTreeSet<&QualifiedName> = tables.iter().map(|table| &table.name).collect();
    let mut waiting: BTreeMap<&QualifiedName, (usize, BTreeSet<&QualifiedName>)> = tables
        .iter()
        .enumerate()
        .map(|(place, table)| {
            let parents = table
                .foreign_keys()
                .map(|(_, key)| &key.references)
                .filter(|parent| **parent != table.name && names.contains(parent))
                .collect();
            (&table.name, (place, parents))
        })
        .collect();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let mut free: Vec<&QualifiedName> = waiting
            .iter()
            .filter(|(_, (_, parents))| !parents.iter().any(|parent| waiting.contains_key(*parent)))
            .map(|(name, _)| *name)
            .collect();
        if free.is_empty() {
            free.extend(waiting.keys().next().copied());
        }
        for name in free {
            if let Some((place, _)) = waiting.remove(name) {
                order.push(place);
            }
        }
    }
    (order, names)
}
