//! What an operation needs to be there, or gone, before it: it follows from what operations make, take
//! away, stand on and read.

use std::collections::{BTreeMap, BTreeSet};

use super::fills;
use crate::dialect::Dialect;
use crate::op::{Act, ColumnOp, Operation, TableOp, reads};
use crate::schema::{
    Column, Constraint, ConstraintKind, Expression, Object, QualifiedName, Schema, SqlObject,
    SqlObjectKind, Table, Type,
};
use crate::sql;

/// The operations in the order given, but each behind those that it needs. Where two need each other,
/// as two functions with parsed bodies can, the server is left to refuse them.
#[must_use]
pub fn in_order_of_need(
    operations: Vec<Operation>,
    state: &Schema,
    dialect: Dialect,
) -> Vec<Operation> {
    let Needs { first, awaited } = needs(&operations, state, dialect);
    let mut waiting: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    let mut sorted = Vec::with_capacity(waiting.len());
    let mut seen = BTreeSet::new();
    let mut late: Vec<usize> = Vec::new();
    for place in 0..waiting.len() {
        let is_late = |place: &usize, seen: &BTreeSet<usize>| !awaited[*place].is_subset(seen);
        if is_late(&place, &seen) {
            late.push(place);
            continue;
        }
        let mut next = vec![place];
        while !next.is_empty() {
            for place in next {
                // Depth first, without recursion: a chain of tables can be long.
                let mut path = vec![place];
                while let Some(place) = path.last().copied() {
                    seen.insert(place);
                    let mut before = first[place].union(&awaited[place]);
                    if let Some(other) = before.find(|other| !seen.contains(*other)) {
                        path.push(*other);
                    } else {
                        path.pop();
                        sorted.extend(waiting[place].take());
                    }
                }
            }
            (late, next) = late.into_iter().partition(|place| is_late(place, &seen));
        }
    }
    sorted.extend(waiting.into_iter().flatten());
    sorted
}

/// For each operation, the places of others.
struct Needs {
    /// Those that are made right before it, where they would come later.
    first: Vec<BTreeSet<usize>>,
    /// Those that it waits for, unless another needs it before them.
    awaited: Vec<BTreeSet<usize>>,
}

fn needs(operations: &[Operation], state: &Schema, dialect: Dialect) -> Needs {
    let types: Vec<&QualifiedName> = operations.iter().filter_map(type_of).collect();
    let mut makers: BTreeMap<Object, usize> = BTreeMap::new();
    let mut takers: BTreeMap<Object, usize> = BTreeMap::new();
    let mut leaving: BTreeMap<Object, Vec<usize>> = BTreeMap::new();
    let mut overloads: BTreeMap<QualifiedName, Vec<usize>> = BTreeMap::new();
    for (place, operation) in operations.iter().enumerate() {
        let effect = effect(operation, &types, dialect);
        if effect.makes {
            makers.insert(name(operation.object()), place);
        }
        if effect.takes {
            takers.insert(name(operation.object()), place);
            if let Some(function) = function(&operation.object()) {
                overloads.entry(function).or_default().push(place);
            }
        }
        for object in effect.leaves {
            leaving.entry(object).or_default().push(place);
        }
    }
    let all_of = |is_one: fn(&Operation) -> bool| -> Vec<usize> {
        let places = 0..operations.len();
        places.filter(|place| is_one(&operations[*place])).collect()
    };
    let loggings = all_of(|one| matches!(one, Operation::Table(TableOp::SetOptions { .. })));
    let readers = all_of(may_read);
    let mut first = vec![BTreeSet::new(); operations.len()];
    let mut awaited = first.clone();
    for (place, operation) in operations.iter().enumerate() {
        let own = name(operation.object());
        let effect = effect(operation, &types, dialect);
        let all = &mut first[place];
        for maker in effect.uses.iter().filter_map(|used| makers.get(used)) {
            // A table comes behind what else its defaults may call.
            if let Operation::Table(_) = operations[*maker] {
                awaited[place].insert(*maker);
            } else {
                all.insert(*maker);
            }
        }
        if effect.makes {
            // What has the name goes first.
            all.extend(takers.get(&own));
        }
        if operation.act() == Act::Create {
            // A call means what is left of the functions of a name.
            let called = effect.uses.iter().filter_map(function);
            all.extend(called.filter_map(|name| overloads.get(&name)).flatten());
        }
        if effect.takes {
            all.extend(leaving.get(&own).into_iter().flatten());
        }
        let is_before = |other: &&usize| keeps_logged(operation, &operations[**other], state);
        all.extend(loggings.iter().filter(is_before));
        let reads =
            |other: &&usize| is_read_by(operation, &operations[**other], operations, dialect);
        awaited[place].extend(readers.iter().filter(reads));
        all.remove(&place);
        awaited[place].remove(&place);
    }
    Needs { first, awaited }
}

/// What an operation does to what others need.
#[derive(Default)]
struct Effect {
    /// Whether its object is there from then on.
    makes: bool,
    /// Whether its object is gone from then on.
    takes: bool,
    /// What must be there.
    uses: Vec<Object>,
    /// What is not used any more.
    leaves: Vec<Object>,
}

fn effect(operation: &Operation, types: &[&QualifiedName], dialect: Dialect) -> Effect {
    let of_column = |column: &Column| type_used(&column.data_type, types);
    let of_table = |table: &Table| {
        // SQLite takes a key that references a table which comes later.
        let keys = table.foreign_keys();
        let keys = keys
            .filter(|_| dialect == Dialect::Postgres)
            .map(|(_, key)| Object::Table(key.references.clone()));
        let types = table.columns.iter().flat_map(of_column);
        keys.chain(types).collect()
    };
    let of_constraint = |owner: &QualifiedName, constraint: &Constraint| {
        let referenced = match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(&key.references),
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::Check(_)
            | ConstraintKind::Exclusion(_) => None,
        };
        [owner]
            .into_iter()
            .chain(referenced)
            .cloned()
            .map(Object::Table)
            .collect()
    };
    let of_sql_object = |object: &SqlObject| {
        let uses = object.uses.iter().flat_map(|used| {
            used.table()
                .cloned()
                .map(Object::Table)
                .into_iter()
                .chain([name(used.clone())])
        });
        uses.collect()
    };
    let (from, to) = match operation {
        Operation::Table(op) => op.sides().lists(of_table),
        Operation::Column(op) => op.sides().lists(of_column),
        Operation::Constraint(op) => op.sides().lists(|one| of_constraint(op.table(), one)),
        Operation::SqlObject(op) => op.sides().lists(of_sql_object),
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Index(_)
        | Operation::Comment(_) => Default::default(),
    };
    let act = operation.act();
    // Values are new in an enum type that is altered, and what is kept as SQL is read anew.
    let is_remade =
        act == Act::Change && matches!(operation, Operation::Enum(_) | Operation::SqlObject(_));
    Effect {
        makes: act == Act::Create || is_remade,
        takes: act == Act::Drop,
        leaves: from
            .iter()
            .filter(|one| !to.contains(one))
            .cloned()
            .collect(),
        uses: to
            .into_iter()
            .filter(|one| is_remade || !from.contains(one))
            .collect(),
    }
}

/// The object under which others find it: a partitioned table is a table to a foreign key, and a domain a
/// type to a column.
fn name(object: Object) -> Object {
    match object {
        Object::SqlObject(key) if key.kind.is_relation() => Object::Table(key.name),
        Object::SqlObject(key) if key.kind.is_type() => Object::Enum(key.name),
        Object::Namespace(_)
        | Object::Enum(_)
        | Object::EnumValue(..)
        | Object::Sequence(_)
        | Object::Table(_)
        | Object::Column(..)
        | Object::Constraint(..)
        | Object::Index(..)
        | Object::SqlObject(_) => object,
    }
}

/// The name of a function without its arguments, which several may have.
fn function(object: &Object) -> Option<QualifiedName> {
    match object {
        Object::SqlObject(key) if key.kind == SqlObjectKind::Function => {
            let own = key.name.name.split('(').next();
            Some(key.name.sibling(own.unwrap_or_default()))
        }
        Object::Namespace(_)
        | Object::Enum(_)
        | Object::EnumValue(..)
        | Object::Sequence(_)
        | Object::Table(_)
        | Object::Column(..)
        | Object::Constraint(..)
        | Object::Index(..)
        | Object::SqlObject(_) => None,
    }
}

/// The type that an operation makes or takes away.
fn type_of(operation: &Operation) -> Option<&QualifiedName> {
    let Operation::SqlObject(op) = operation else {
        return None;
    };
    let object = op.subject();
    object.kind.is_type().then_some(&object.name)
}

fn type_used(data_type: &Type, types: &[&QualifiedName]) -> Vec<Object> {
    let named = types.iter().filter(|name| data_type.is_named(name));
    data_type
        .enum_name()
        .into_iter()
        .chain(named.copied())
        .cloned()
        .map(Object::Enum)
        .collect()
}

/// Whether rows are filled by the operation, or a column goes that may be computed from others.
fn may_read(operation: &Operation) -> bool {
    let Operation::Column(column) = operation else {
        return false;
    };
    let gone = column.sides().gone();
    column.fill().is_some() || gone.is_some_and(|gone| gone.generated.is_some())
}

/// Whether the operation takes away what rows are filled from, or what another column is computed from,
/// and does not make it again.
fn is_read_by(
    operation: &Operation,
    reader: &Operation,
    operations: &[Operation],
    dialect: Dialect,
) -> bool {
    let is_computed_from = || {
        let (Operation::Column(ColumnOp::Drop { table, column, .. }), Operation::Column(reader)) =
            (operation, reader)
        else {
            return false;
        };
        let computed = reader.sides().gone().and_then(|one| one.generated.as_ref());
        let is_named = |text: &Expression| sql::mentions(&text.0, &column.name, dialect);
        reader.table() == table && computed.is_some_and(|one| is_named(&one.expression))
    };
    (reads(reader, operation, dialect) || is_computed_from())
        && !fills::comes_again(operation, operations)
}

/// Whether a table begins or ceases to be logged before another: a logged table cannot reference one
/// that is not (PostgreSQL manual, ALTER TABLE, `SET LOGGED`).
fn keeps_logged(operation: &Operation, before: &Operation, state: &Schema) -> bool {
    let change = |operation: &'_ Operation| match operation {
        Operation::Table(TableOp::SetOptions { table, from, to })
            if from.unlogged != to.unlogged =>
        {
            Some((table.clone(), to.unlogged))
        }
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(_)
        | Operation::Column(_)
        | Operation::Constraint(_)
        | Operation::Index(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => None,
    };
    let (Some((one, is_unlogged)), Some((other, also))) = (change(operation), change(before))
    else {
        return false;
    };
    let (child, parent) = if is_unlogged {
        (other, one)
    } else {
        (one, other)
    };
    let child = state.tables.get(&child);
    let mut keys = child.into_iter().flat_map(Table::foreign_keys);
    is_unlogged == also && keys.any(|(_, key)| key.references == parent)
}
