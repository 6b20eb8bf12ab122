//! What stands in the way of a change although it stays the same: it is dropped before the change and
//! made again after it.
//!
//! PostgreSQL refuses to change the type of a column that a view shows, and to drop what something
//! else depends on (PostgreSQL manual, section 5.14). A check, a predicate or a computed column is
//! kept as a parsed expression over the types of its columns: where such a type changes, it keeps
//! casts of the former type, so that its spelling would differ for ever, or the change is refused.
//! SQLite does not look, and a rebuild makes what stands on its table again by itself.
//!
//! Not here: a column's own default, which is cast with it (`dialect/postgres/column.rs`).

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::{Dialect, RenderError};
use crate::op::{Act, ColumnOp, ConstraintOp, IndexOp, Operation, SqlObjectOp};
use crate::schema::{
    Column, Constraint, ConstraintKind, Expression, ForeignKey, Index, IndexTarget, Object,
    QualifiedName, Schema, SqlObject, Table,
};
use crate::sql;

/// The operations, none of them a rename of a table, column or type, with all that is in their way
/// dropped before them and made again after them, as it is in `target`.
///
/// # Errors
///
/// An object is in the way and cannot be created again: it uses what goes, or its definition cannot
/// be told.
pub(super) fn with_set_aside(
    mut operations: Vec<Operation>,
    state: &Schema,
    target: &Schema,
    dialect: Dialect,
) -> Result<Vec<Operation>, RenderError> {
    if dialect == Dialect::Postgres {
        operations = operations.into_iter().flat_map(computed_anew).collect();
    }
    let found = in_the_way(&operations, state, dialect);
    let mut aside = BTreeSet::new();
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for (dependent, of) in found {
        if let Some((drop, create)) = dependent.set_aside(&of, &operations, target)? {
            aside.extend([dependent.object(), create.object()]);
            first.push(drop);
            last.push(create);
        }
    }
    // What is set aside is made again as it becomes.
    operations.retain(|operation| !aside.contains(&operation.object()));
    Ok([first, operations, last].concat())
}

/// A column that is computed from then on, or otherwise, is another column (PostgreSQL manual, ALTER
/// TABLE).
fn computed_anew(operation: Operation) -> Vec<Operation> {
    let Operation::Column(ColumnOp::Alter {
        table, from, to, ..
    }) = &operation
    else {
        return vec![operation];
    };
    if to.generated.is_none() || from.generated == to.generated {
        return vec![operation];
    }
    let drop = ColumnOp::Drop {
        table: table.clone(),
        column: from.clone(),
        fill: None,
    };
    let add = ColumnOp::Add {
        table: table.clone(),
        column: to.clone(),
        fill: None,
    };
    vec![Operation::Column(drop), Operation::Column(add)]
}

/// What is done to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    object: Object,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// It goes for good.
    Dropped,
    /// It is dropped, and made again.
    Remade,
    /// It stays, with values of another type.
    Retyped,
}

/// Something that stands on other objects.
#[derive(Debug, Clone, Copy)]
enum Dependent<'a> {
    /// A column that is computed from others.
    Computed(&'a Table, &'a Column),
    Constraint(&'a Table, &'a Constraint),
    Index(&'a Table, &'a Index),
    SqlObject(&'a SqlObject),
}

impl Dependent<'_> {
    fn object(&self) -> Object {
        match self {
            Self::Computed(table, column) => {
                Object::Column(table.name.clone(), column.name.clone())
            }
            Self::Constraint(table, constraint) => {
                Object::Constraint(table.name.clone(), constraint.name.clone())
            }
            Self::Index(table, index) => Object::Index(table.name.clone(), index.name.clone()),
            Self::SqlObject(object) => Object::SqlObject(Box::new(object.key())),
        }
    }

    /// Whether it cannot stay where it is while the change is made.
    fn is_hindered_by(&self, change: &Change, state: &Schema, dialect: Dialect) -> bool {
        if let Self::SqlObject(object) = self {
            return object.uses.contains(&change.object);
        }
        // What is dropped for good has no column's dependents any more; a rebuild reads types anew.
        let is_seen = match change.how {
            How::Remade => true,
            How::Retyped => dialect == Dialect::Postgres,
            How::Dropped => false,
        };
        let is_among = |owner: &QualifiedName, columns: &[String]| {
            is_seen
                && matches!(&change.object, Object::Column(table, column)
                    if table == owner && columns.contains(column))
        };
        let says = |owner: &QualifiedName, expression: &Expression| match &change.object {
            Object::Column(table, column) => {
                is_seen && table == owner && sql::mentions(&expression.0, column, dialect)
            }
            Object::Enum(name) => is_seen && sql::casts_to(&expression.0, &name.parts(), dialect),
            Object::Namespace(_)
            | Object::EnumValue(..)
            | Object::Sequence(_)
            | Object::Table(_)
            | Object::Constraint(..)
            | Object::Index(..)
            | Object::SqlObject(_) => false,
        };
        match self {
            Self::Computed(table, column) => column
                .generated
                .iter()
                .map(|one| &one.expression)
                .any(|one| says(&table.name, one)),
            Self::Constraint(table, constraint) => match &constraint.kind {
                ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => constraint
                    .kind
                    .expression()
                    .into_iter()
                    .any(|one| says(&table.name, one)),
                ConstraintKind::PrimaryKey(key) => {
                    change.how == How::Remade
                        && (is_among(&table.name, &key.columns)
                            || is_among(&table.name, &key.include))
                }
                ConstraintKind::Unique(key) => {
                    change.how == How::Remade
                        && (is_among(&table.name, &key.columns)
                            || is_among(&table.name, &key.include))
                }
                ConstraintKind::ForeignKey(key) => {
                    is_among(&table.name, &key.columns)
                        || is_among(&key.references, &key.referenced_columns)
                        || dialect == Dialect::Postgres && takes_key(&change.object, key, state)
                }
            },
            Self::Index(table, index) => {
                let columns: Vec<String> = index
                    .keys
                    .iter()
                    .filter_map(|key| match &key.target {
                        IndexTarget::Column(column) => Some(column.clone()),
                        IndexTarget::Expression(_) => None,
                    })
                    .chain(index.include.iter().cloned())
                    .collect();
                change.how == How::Remade && is_among(&table.name, &columns)
                    || index.expressions().any(|one| says(&table.name, one))
            }
            Self::SqlObject(_) => false,
        }
    }

    /// Its drop, and its creation as it becomes; none where it goes with its table.
    fn set_aside(
        &self,
        of: &Object,
        operations: &[Operation],
        target: &Schema,
    ) -> Result<Option<(Operation, Operation)>, RenderError> {
        let goal = |table: &Table| target.tables.get(&table.name);
        let both = |drop: Operation, create: Operation| Ok(Some((drop, create)));
        match self {
            Self::Computed(known, column) => {
                let to = goal(known).and_then(|table| table.column(&column.name));
                let Some(to) = to.cloned() else {
                    return Ok(None);
                };
                let (table, column) = (known.name.clone(), (*column).clone());
                let fill = None;
                let drop = Operation::Column(ColumnOp::Drop {
                    table,
                    column,
                    fill,
                });
                let (table, column, fill) = (known.name.clone(), to, None);
                both(
                    drop,
                    Operation::Column(ColumnOp::Add {
                        table,
                        column,
                        fill,
                    }),
                )
            }
            Self::Constraint(known, constraint) => {
                let name = renamed(self, operations).unwrap_or(&constraint.name);
                let Some(to) = goal(known).and_then(|table| table.constraints.get(name)) else {
                    return Ok(None);
                };
                let add = |constraint: &Constraint| ConstraintOp::Add {
                    table: known.name.clone(),
                    constraint: constraint.clone(),
                };
                both(
                    Operation::Constraint(add(constraint).inverse()),
                    Operation::Constraint(add(to)),
                )
            }
            Self::Index(known, index) => {
                let name = renamed(self, operations).unwrap_or(&index.name);
                let Some(to) = goal(known).and_then(|table| table.indexes.get(name)) else {
                    return Ok(None);
                };
                let create = |index: &Index| IndexOp::Create {
                    table: known.name.clone(),
                    index: index.clone(),
                };
                both(
                    Operation::Index(create(index).inverse()),
                    Operation::Index(create(to)),
                )
            }
            Self::SqlObject(object) => {
                let key = object.key();
                let Some(to) = target.sql_objects.iter().find(|other| other.key() == key) else {
                    return Ok(None);
                };
                refuse_without_way(to, of, target)?;
                both(
                    Operation::SqlObject(SqlObjectOp::SetAside((*object).clone())),
                    Operation::SqlObject(SqlObjectOp::Create(to.clone())),
                )
            }
        }
    }
}

/// The name that a constraint or an index gets.
fn renamed<'a>(dependent: &Dependent<'_>, operations: &'a [Operation]) -> Option<&'a String> {
    let object = dependent.object();
    operations.iter().find_map(|operation| match operation {
        Operation::Constraint(ConstraintOp::Rename {
            table, from, to, ..
        }) if object == Object::Constraint(table.clone(), from.clone()) => Some(to),
        Operation::Index(IndexOp::Rename { table, from, to })
            if object == Object::Index(table.clone(), from.name.clone()) =>
        {
            Some(to)
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
    })
}

/// A foreign key depends on the unique or primary key of the columns that it references (PostgreSQL
/// manual, section 5.5.5), so it goes when that one goes.
fn takes_key(object: &Object, key: &ForeignKey, state: &Schema) -> bool {
    let sorted = |columns: &[String]| columns.iter().cloned().collect::<BTreeSet<_>>();
    let owner = object.table().filter(|table| **table == key.references);
    let Some(table) = owner.and_then(|table| state.tables.get(table)) else {
        return false;
    };
    match object {
        Object::Constraint(_, name) => table.constraints.get(name).is_some_and(|owner| {
            is_key(owner) && sorted(owner.kind.key_columns()) == sorted(&key.referenced_columns)
        }),
        Object::Index(_, name) => table
            .indexes
            .get(name)
            .is_some_and(|index| index.unique && index.keys.len() == key.referenced_columns.len()),
        Object::Namespace(_)
        | Object::Enum(_)
        | Object::EnumValue(..)
        | Object::Sequence(_)
        | Object::Table(_)
        | Object::Column(..)
        | Object::SqlObject(_) => false,
    }
}

/// Whether a foreign key can reference the constraint.
pub(super) fn is_key(constraint: &Constraint) -> bool {
    matches!(
        constraint.kind,
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
    )
}

/// An object that is in the way must be one that can be created again, as it becomes.
fn refuse_without_way(object: &SqlObject, of: &Object, target: &Schema) -> Result<(), RenderError> {
    let key = object.key();
    let refused = |reason: &str| {
        let reason = format!("{key} stands in the way, {reason}");
        Err(RenderError::refused(of.clone(), reason))
    };
    if let Object::Enum(_) = of
        && (object.kind.holds_rows() || is_type_of_columns(object, target))
    {
        let reason = format!(
            "a value cannot be taken out of an enum type (PostgreSQL manual, ALTER TYPE), and {key} is of it"
        );
        let object = of.clone();
        return Err(RenderError::NoWay { object, reason });
    }
    if let Some(gone) = object.uses.iter().find(|used| !target.has(used)) {
        if let Object::Column(table, _) = gone
            && !target.tables.contains_key(table)
        {
            let reason = format!(
                "{key} stands in the way, and uses it; drop or change it in a revision before this one"
            );
            return Err(RenderError::refused(Object::Table(table.clone()), reason));
        }
        return refused(&format!(
            "and it uses `{gone}`, which goes; drop or change it in a revision before this one"
        ));
    }
    if object.kind.holds_rows() {
        return refused("and its rows would go with it; make the change by hand");
    }
    if object.definition.is_none() {
        return refused(
            "and only the server can tell what a rename makes of its text; make the rename in a revision before this one, or drop and create it by hand",
        );
    }
    Ok(())
}

/// Whether columns of tables are of the type, which cannot be dropped then.
fn is_type_of_columns(object: &SqlObject, schema: &Schema) -> bool {
    object.kind.is_type()
        && schema.tables.values().any(|table| {
            table
                .columns
                .iter()
                .any(|column| column.data_type.is_named(&object.name))
        })
}

/// Finds what is in the way of each operation, with the object that it hinders the change of.
fn in_the_way<'a>(
    operations: &[Operation],
    state: &'a Schema,
    dialect: Dialect,
) -> Vec<(Dependent<'a>, Object)> {
    let mut by_table: Option<Dependents<'a>> = None;
    let mut found: BTreeMap<Object, (Dependent<'a>, Object)> = BTreeMap::new();
    for operation in operations {
        let mut changes = changes(operation, operations, state);
        while let Some(change) = changes.pop() {
            let all = by_table.get_or_insert_with(|| Dependents::of(state));
            for dependent in all.near(&change.object) {
                let object = dependent.object();
                if !found.contains_key(&object) && dependent.is_hindered_by(&change, state, dialect)
                {
                    found.insert(object.clone(), (*dependent, change.object.clone()));
                    let how = How::Remade;
                    changes.push(Change { object, how });
                }
            }
        }
    }
    // What is dropped anyway, for good or to be made otherwise, is not in the way.
    for operation in operations.iter().filter(|one| one.act() == Act::Drop) {
        found.remove(&operation.object());
    }
    found.into_values().collect()
}

/// All that stands on something, by the table that it can stand on.
struct Dependents<'a> {
    members: BTreeMap<&'a QualifiedName, Vec<Dependent<'a>>>,
    others: Vec<Dependent<'a>>,
}

impl<'a> Dependents<'a> {
    fn of(schema: &'a Schema) -> Self {
        let mut members: BTreeMap<&QualifiedName, Vec<Dependent<'a>>> = BTreeMap::new();
        for table in schema.tables.values() {
            let own = members.entry(&table.name).or_default();
            let computed = table.columns.iter().filter(|one| one.generated.is_some());
            own.extend(computed.map(|column| Dependent::Computed(table, column)));
            let constraints = table.constraints.values();
            own.extend(constraints.map(|one| Dependent::Constraint(table, one)));
            own.extend(
                table
                    .indexes
                    .values()
                    .map(|one| Dependent::Index(table, one)),
            );
            for (constraint, key) in table.foreign_keys() {
                let others = members.entry(&key.references).or_default();
                others.push(Dependent::Constraint(table, constraint));
            }
        }
        let others = schema
            .sql_objects
            .iter()
            .map(Dependent::SqlObject)
            .collect();
        Self { members, others }
    }

    fn near(&self, object: &Object) -> impl Iterator<Item = &Dependent<'a>> {
        let of_table = object.table().and_then(|table| self.members.get(table));
        let everywhere = matches!(object, Object::Enum(_)).then(|| self.members.values().flatten());
        of_table
            .into_iter()
            .flatten()
            .chain(everywhere.into_iter().flatten())
            .chain(&self.others)
    }
}

/// What an operation drops, or changes in a way that nothing may stand on.
fn changes(operation: &Operation, operations: &[Operation], state: &Schema) -> Vec<Change> {
    let change = |how: How| move |object: Object| Change { object, how };
    let (dropped, remade, retyped) = (
        change(How::Dropped),
        change(How::Remade),
        change(How::Retyped),
    );
    let object = operation.object();
    match operation {
        Operation::Column(op) => {
            let is_retyped = op.sides().both().is_some_and(|(from, to)| {
                from.data_type != to.data_type || from.collation != to.collation
            });
            let mut others = operations.iter();
            let mut comes_again =
                || others.any(|other| other.act() == Act::Create && other.object() == object);
            match op.sides().act() {
                Act::Drop if comes_again() => vec![remade(object)],
                Act::Drop => vec![dropped(object)],
                Act::Change if is_retyped => vec![retyped(object)],
                Act::Create | Act::Change => Vec::new(),
            }
        }
        Operation::Table(op) => {
            let all = op.sides().gone().into_iter().flat_map(|table| {
                let columns = table.columns.iter();
                let columns =
                    columns.map(|column| Object::Column(table.name.clone(), column.name.clone()));
                columns.chain([object.clone()])
            });
            all.map(dropped).collect()
        }
        Operation::Enum(op) if !op.keeps_values() => {
            let users = op.sides().from.into_iter();
            let users = users.flat_map(|one| state.users_of_enum(&one.name));
            users
                .map(|(table, column)| Object::Column(table.name.clone(), column.name.clone()))
                .map(retyped)
                .chain([remade(object)])
                .collect()
        }
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Constraint(_)
        | Operation::Index(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => {
            let is_gone = operation.act() == Act::Drop;
            is_gone.then(|| dropped(object)).into_iter().collect()
        }
    }
}
