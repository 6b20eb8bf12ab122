//! Tables, and which changes of a table ALTER TABLE can make.

use std::collections::{BTreeMap, BTreeSet};

use super::rebuild::{self, Rebuild};
use super::{column, constraint, identifier, index, sql_object, table_name};
use crate::dialect::{Dialect, Piece, RenderError, StepMode};
use crate::op::{ColumnOp, ConstraintOp, EnumOp, Operation, TableOp, fold, reads};
use crate::schema::{Column, Constraint, ConstraintKind, Object, QualifiedName, Schema, Table};

/// The statements that make `operations`, none of them a rename of a table or column, on a
/// database in `before`. All changes of a table that ALTER TABLE cannot make are made by one
/// rebuild of it.
///
/// # Errors
///
/// A change that SQLite has no way to make, or an operation that does not fit.
pub(crate) fn statements(
    operations: &[Operation],
    before: &Schema,
) -> Result<Vec<Piece>, RenderError> {
    let after = fold(operations, before.clone(), Dialect::Sqlite)?;
    let mut by_table: BTreeMap<&QualifiedName, Vec<&Operation>> = BTreeMap::new();
    let mut renamed_values = BTreeMap::new();
    let mut rebuilt: BTreeSet<&QualifiedName> = BTreeSet::new();
    for operation in operations {
        if let Some(table) = member_of(operation) {
            by_table.entry(table).or_default().push(operation);
        }
        if let Operation::Enum(EnumOp::Alter { from, renamed, .. }) = operation {
            renamed_values.insert(from.name.clone(), renamed.clone());
            rebuilt.extend(users(&from.name, before));
        }
    }
    let needing = by_table.iter();
    let needing = needing.filter(|(_, members)| !can_be_altered(members, before, &after));
    rebuilt.extend(needing.map(|(table, _)| *table));
    rebuilt.retain(|name| before.tables.contains_key(*name) && after.tables.contains_key(*name));

    let mut pieces: Vec<Piece> = Vec::new();
    let mut rebuilds: BTreeMap<&QualifiedName, usize> = BTreeMap::new();
    let mut made_along: Vec<&Operation> = Vec::new();
    for operation in operations {
        let own = member_of(operation).filter(|table| rebuilt.contains(table));
        // A table is rebuilt for its enum type alone where nothing else of it changes.
        let of_type = users_of_altered(operation, before).into_iter();
        let of_type = of_type.filter(|one| rebuilt.contains(one) && !by_table.contains_key(one));
        for table in own.into_iter().chain(of_type) {
            for table in behind_readers(table, &rebuilt, &by_table)? {
                if rebuilds.contains_key(table) {
                    continue;
                }
                rebuilds.insert(table, pieces.len());
                let members: &[&Operation] = by_table.get(table).map_or(&[], Vec::as_slice);
                pieces.push(Piece {
                    operations: Vec::new(),
                    statements: rebuild(table, members, before, &after, &renamed_values)?,
                    mode: StepMode::ForeignKeysOff,
                });
            }
        }
        let piece = match operation {
            Operation::Table(TableOp::Create(table)) => {
                Piece::new(operation, create(table, &after))
            }
            Operation::Table(TableOp::Drop(table)) => drop(operation, table, before, &pieces)?,
            Operation::SqlObject(op) => Piece::new(operation, sql_object::statements(op)?),
            Operation::Column(_) | Operation::Index(_) if own.is_none() => {
                Piece::new(operation, alter(operation, operations, &after))
            }
            Operation::Namespace(_)
            | Operation::Enum(_)
            | Operation::Sequence(_)
            | Operation::Table(TableOp::Rename { .. } | TableOp::SetOptions { .. })
            | Operation::Column(_)
            | Operation::Constraint(_)
            | Operation::Index(_)
            | Operation::Comment(_) => {
                made_along.push(operation);
                continue;
            }
        };
        pieces.push(piece);
    }
    for operation in made_along {
        let rebuild_in = |schema| {
            let tables = member_of(operation).into_iter();
            let tables = tables.chain(users_of_altered(operation, schema));
            tables
                .filter_map(|table| rebuilds.get(table).copied())
                .min()
        };
        let place = rebuild_in(before)
            .or_else(|| rebuild_in(&after))
            .or_else(|| {
                pieces
                    .iter()
                    .position(|piece| piece.operations.iter().any(|one| brings(one, operation)))
            });
        match place {
            Some(place) => pieces[place].operations.push(operation.clone()),
            None => pieces.push(Piece::new(operation, Vec::new())),
        }
    }
    Ok(pieces)
}

/// The table behind those whose rows are filled from columns that its rebuild takes away, and behind
/// those that these wait for.
///
/// # Errors
///
/// Two tables wait for each other.
fn behind_readers<'a>(
    table: &'a QualifiedName,
    rebuilt: &BTreeSet<&'a QualifiedName>,
    by_table: &BTreeMap<&'a QualifiedName, Vec<&'a Operation>>,
) -> Result<Vec<&'a QualifiedName>, RenderError> {
    let of = |table: &QualifiedName| by_table.get(table).map_or(&[][..], Vec::as_slice);
    let mut order: Vec<&QualifiedName> = Vec::new();
    let mut path = vec![table];
    while let Some(table) = path.last().copied() {
        let others = rebuilt.iter().copied();
        let others = others.filter(|other| *other != table && !order.contains(other));
        let pairs = others.flat_map(|other| {
            let readers = of(other).iter();
            readers
                .flat_map(move |reader| of(table).iter().map(move |gone| (other, *reader, *gone)))
        });
        let mut waited = pairs.filter(|(_, reader, gone)| reads(reader, gone, Dialect::Sqlite));
        match waited.next() {
            Some((other, reader, gone)) if path.contains(&other) => {
                return Err(RenderError::filled_from(reader.object(), &gone.object()));
            }
            Some((other, ..)) => path.push(other),
            None => order.extend(path.pop()),
        }
    }
    Ok(order)
}

/// The table whose member changes, or whose options do.
fn member_of(operation: &Operation) -> Option<&QualifiedName> {
    match operation {
        Operation::Column(op) => Some(op.table()),
        Operation::Constraint(op) => Some(op.table()),
        Operation::Index(op) => Some(op.table()),
        Operation::Table(TableOp::SetOptions { table, .. }) => Some(table),
        Operation::Table(TableOp::Create(_) | TableOp::Drop(_) | TableOp::Rename { .. })
        | Operation::Enum(_)
        | Operation::Namespace(_)
        | Operation::Sequence(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => None,
    }
}

/// The tables with a column of an enum type.
fn users<'a>(enum_type: &'a QualifiedName, schema: &'a Schema) -> BTreeSet<&'a QualifiedName> {
    let users = schema.users_of_enum(enum_type);
    users.map(|(table, _)| &table.name).collect()
}

/// The tables with a column of the enum type whose values change.
fn users_of_altered<'a>(
    operation: &'a Operation,
    schema: &'a Schema,
) -> BTreeSet<&'a QualifiedName> {
    if let Operation::Enum(EnumOp::Alter { from, .. }) = operation {
        users(&from.name, schema)
    } else {
        BTreeSet::new()
    }
}

/// Whether the statement for one operation makes the other: a new column brings its foreign key, and a
/// table or column the values of its enum type.
fn brings(one: &Operation, other: &Operation) -> bool {
    let is_of = |column: &Column, name: &QualifiedName| column.data_type.enum_name() == Some(name);
    match (one, other) {
        (
            Operation::Column(ColumnOp::Add { table, column, .. }),
            Operation::Constraint(ConstraintOp::Add {
                table: owner,
                constraint,
            }),
        ) => owner == table && constraint.kind.key_columns().contains(&column.name),
        (
            Operation::Column(ColumnOp::Add { column, .. }),
            Operation::Enum(EnumOp::Alter { to, .. }),
        ) => is_of(column, &to.name),
        (Operation::Table(TableOp::Create(table)), Operation::Enum(EnumOp::Alter { to, .. })) => {
            table.columns.iter().any(|column| is_of(column, &to.name))
        }
        _ => false,
    }
}

/// DROP TABLE. Under the foreign key of a table that stays or of itself it needs foreign keys off, which
/// would delete the rows that reference it.
fn drop(
    operation: &Operation,
    table: &Table,
    before: &Schema,
    pieces: &[Piece],
) -> Result<Piece, RenderError> {
    refuse_broken_views(table, before)?;
    let mut keys = table.foreign_keys();
    let references_itself = keys.any(|(_, key)| key.references == table.name);
    let is_gone = |name: &QualifiedName| {
        pieces
            .iter()
            .flat_map(|piece| &piece.operations)
            .any(|one| matches!(one, Operation::Table(TableOp::Drop(table)) if table.name == *name))
    };
    let mut others = before.referencing(&table.name);
    let is_referenced = others.any(|(child, _)| !is_gone(&child.name));
    let mode = if references_itself || is_referenced {
        StepMode::ForeignKeysOff
    } else {
        StepMode::Transaction
    };
    let statements = vec![format!("DROP TABLE {}", table_name(&table.name))];
    Ok(Piece {
        mode,
        ..Piece::new(operation, statements)
    })
}

/// A rename, which ALTER TABLE makes everywhere it is mentioned. An enum type's is made by a rebuild of
/// every table with a column of it, whose CHECK bears the name.
///
/// # Errors
///
/// As [`statements`].
pub(crate) fn rename(
    operation: &Operation,
    before: &Schema,
    after: &Schema,
) -> Result<Piece, RenderError> {
    let statements = match operation {
        Operation::Table(TableOp::Rename { from, to }) => {
            let rename = |from: &QualifiedName, to: &QualifiedName| {
                format!(
                    "ALTER TABLE {} RENAME TO {}",
                    table_name(from),
                    table_name(to)
                )
            };
            // A name in other letters is taken, by the table itself.
            if from.name.eq_ignore_ascii_case(&to.name) {
                let aside = to.sibling(format!("limbeck_former_{}", to.name));
                vec![rename(from, &aside), rename(&aside, to)]
            } else {
                vec![rename(from, to)]
            }
        }
        Operation::Column(ColumnOp::Rename { table, from, to }) => vec![format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            table_name(table),
            identifier(from),
            identifier(to)
        )],
        Operation::Enum(EnumOp::Rename { from, .. }) => {
            let mut statements = Vec::new();
            for table in users(from, before) {
                statements.extend(rebuild(table, &[], before, after, &BTreeMap::new())?);
            }
            return Ok(Piece {
                mode: StepMode::ForeignKeysOff,
                ..Piece::new(operation, statements)
            });
        }
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(TableOp::Create(_) | TableOp::Drop(_) | TableOp::SetOptions { .. })
        | Operation::Column(
            ColumnOp::Add { .. } | ColumnOp::Drop { .. } | ColumnOp::Alter { .. },
        )
        | Operation::Constraint(_)
        | Operation::Index(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => Vec::new(),
    };
    Ok(Piece::new(operation, statements))
}

/// PostgreSQL refuses to drop a table that a view shows; SQLite would keep a view that fails.
fn refuse_broken_views(table: &Table, schema: &Schema) -> Result<(), RenderError> {
    match rebuild::left_broken_by_drop(schema, &table.name) {
        None => Ok(()),
        Some((kind, name)) => Err(RenderError::refused(
            Object::Table(table.name.clone()),
            format!(
                "{} `{name}` uses it; drop or change that one first, in a revision of its own",
                kind.noun()
            ),
        )),
    }
}

fn rebuild(
    table: &QualifiedName,
    operations: &[&Operation],
    before: &Schema,
    after: &Schema,
    renamed_values: &BTreeMap<QualifiedName, Vec<(String, String)>>,
) -> Result<Vec<String>, RenderError> {
    rebuild::statements(&Rebuild {
        before,
        after,
        table,
        operations,
        renamed_values,
    })
}

/// CREATE TABLE and its indexes.
pub(super) fn create(table: &Table, schema: &Schema) -> Vec<String> {
    let mut statements = vec![create_as(&table.name.name, table, schema)];
    statements.extend(
        table
            .indexes
            .values()
            .map(|index| index::create(&table.name, index)),
    );
    statements
}

/// CREATE TABLE under another name.
pub(super) fn create_as(name: &str, table: &Table, schema: &Schema) -> String {
    let autoincrement = table.columns.iter().any(|column| column.identity.is_some());
    let primary_key = table.primary_key();
    let mut members: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let key = primary_key.filter(|_| column.identity.is_some());
            column::definition(column, schema, key)
        })
        .collect();
    members.extend(constraint::definitions(table, |constraint| {
        !(autoincrement && matches!(constraint.kind, ConstraintKind::PrimaryKey(_)))
    }));
    let mut options = Vec::new();
    if table.options.strict {
        options.push("STRICT");
    }
    if table.options.without_rowid {
        options.push("WITHOUT ROWID");
    }
    let options = if options.is_empty() {
        String::new()
    } else {
        format!(" {}", options.join(", "))
    };
    format!(
        "CREATE TABLE {} (\n    {}\n){options}",
        identifier(name),
        members.join(",\n    ")
    )
}

/// Whether ALTER TABLE, CREATE INDEX and DROP INDEX can make all of a table's changes
/// (sqlite.org/lang_altertable.html).
fn can_be_altered(operations: &[&Operation], before: &Schema, after: &Schema) -> bool {
    operations.iter().all(|operation| match operation {
        Operation::Column(op @ ColumnOp::Add { .. }) => column::can_be_added(op),
        Operation::Column(ColumnOp::Drop { table, column, .. }) => {
            let without_members = before.tables.get(table).map(|table| {
                let mut table = table.clone();
                if let Some(after) = after.tables.get(&table.name) {
                    table
                        .indexes
                        .retain(|name, _| after.indexes.contains_key(name));
                }
                table
            });
            let unused = without_members
                .is_some_and(|table| column::can_be_dropped(&table, after, &column.name));
            unused
                && rebuild::mentioned_by(before, table, &column.name).is_none()
                && keeps_a_column(operations, before.tables.get(table))
        }
        Operation::Constraint(ConstraintOp::Add { table, constraint }) => {
            added_with_its_column(operations, table, constraint)
        }
        Operation::Index(_) => true,
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(_)
        | Operation::Column(ColumnOp::Rename { .. } | ColumnOp::Alter { .. })
        | Operation::Constraint(
            ConstraintOp::Drop { .. } | ConstraintOp::Validate { .. } | ConstraintOp::Rename { .. },
        )
        | Operation::Comment(_)
        | Operation::SqlObject(_) => false,
    })
}

/// Whether a column stays while others go: SQLite drops no column that is the only one, and what the
/// same revision adds comes later.
fn keeps_a_column(operations: &[&Operation], table: Option<&Table>) -> bool {
    let goes = |name: &str| {
        operations.iter().any(|operation| {
            matches!(operation, Operation::Column(ColumnOp::Drop { column, .. }) if column.name == name)
        })
    };
    table.is_some_and(|table| {
        table
            .columns
            .iter()
            .any(|column| column.generated.is_none() && !goes(&column.name))
    })
}

/// Whether a constraint is a foreign key of one new column without default, which ADD COLUMN can
/// declare along with it.
fn added_with_its_column(
    operations: &[&Operation],
    table: &QualifiedName,
    constraint: &Constraint,
) -> bool {
    let ConstraintKind::ForeignKey(key) = &constraint.kind else {
        return false;
    };
    let [column] = key.columns.as_slice() else {
        return false;
    };
    operations.iter().any(|operation| {
        matches!(operation, Operation::Column(ColumnOp::Add { table: owner, column: added, .. })
            if owner == table && added.name == *column && added.nullable && added.default.is_none())
    })
}

fn alter(operation: &Operation, operations: &[Operation], after: &Schema) -> Vec<String> {
    match operation {
        Operation::Column(ColumnOp::Add { table, column, .. }) => {
            let mut text = format!(
                "ALTER TABLE {} ADD COLUMN {}",
                table_name(table),
                column::definition(column, after, None)
            );
            for other in operations {
                if let Operation::Constraint(ConstraintOp::Add {
                    table: owner,
                    constraint,
                }) = other
                    && let ConstraintKind::ForeignKey(key) = &constraint.kind
                    && owner == table
                    && key.columns == [column.name.clone()]
                {
                    text.push_str(&format!(" {}", constraint::inline(constraint, key)));
                }
            }
            vec![text]
        }
        Operation::Column(ColumnOp::Drop { table, column, .. }) => vec![format!(
            "ALTER TABLE {} DROP COLUMN {}",
            table_name(table),
            identifier(&column.name)
        )],
        Operation::Index(op) => index::statements(op),
        // The rest is covered by the statement for another operation.
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(_)
        | Operation::Column(ColumnOp::Rename { .. } | ColumnOp::Alter { .. })
        | Operation::Constraint(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => Vec::new(),
    }
}
