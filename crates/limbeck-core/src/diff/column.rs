//! When two columns differ.

use super::{Context, FillReason, Pair, Undecided, WhenUndecided, canonical, pairs, rename};
use crate::dialect::{self, Dialect};
use crate::op::{ColumnOp, CommentOp, Fills, Operation, neutral_value, offered_value};
use crate::schema::{Column, Expression, Object, QualifiedName, Schema, Table, Type};

pub(super) fn diff(
    context: &mut Context<'_>,
    (state, before): (&Schema, &Table),
    (target, after): (&Schema, &Table),
) {
    let matched = pairs(&before.columns, &after.columns, |one| &one.name);
    let mut dropped = Vec::new();
    let mut added = Vec::new();
    for pair in &matched {
        match pair {
            Pair::Dropped(from) => dropped.push(*from),
            Pair::Added(to) => added.push(*to),
            Pair::Kept(..) => {}
        }
    }
    if rename::ask_about_columns(context, (before, state), after, &dropped, &added) {
        return;
    }
    for pair in matched {
        match pair {
            Pair::Dropped(from) => drop(context, before, from, target),
            Pair::Added(to) => add(context, after, to, target),
            Pair::Kept(from, to) => {
                if must_be_replaced(&after.name, from, to, context.dialect) {
                    drop(context, before, from, target);
                    add(context, after, to, target);
                } else {
                    if may_refuse_rows(before, from, to, context.dialect) {
                        ask_for_fill(context, after, to, target, FillReason::BecomesNotNull);
                    }
                    alter(context, after, from, to);
                }
            }
        }
    }
}

/// Whether the change can only be made by dropping the column and adding it: what it holds is
/// computed, so nothing is lost.
fn must_be_replaced(table: &QualifiedName, from: &Column, to: &Column, dialect: Dialect) -> bool {
    let (from, to) = (
        canonical::column(from, table, dialect),
        canonical::column(to, table, dialect),
    );
    match (&from.generated, &to.generated) {
        (None, None) => false,
        // DROP EXPRESSION keeps the values of a stored column; a rebuild copies any.
        (Some(generated), None) => !generated.stored && dialect == Dialect::Postgres,
        (_, Some(_)) => from.generated != to.generated || from.data_type != to.data_type,
    }
}

fn add(context: &mut Context<'_>, table: &Table, column: &Column, target: &Schema) {
    if !column.fills_itself() {
        ask_for_fill(context, table, column, target, FillReason::IsNew);
    }
    let fill = fill(context, table, column);
    context.push(Operation::Column(ColumnOp::Add {
        table: table.name.clone(),
        column: column.clone(),
        fill,
    }));
}

/// Whether rows may hold NULL in a column that is not to.
fn may_refuse_rows(before: &Table, from: &Column, to: &Column, dialect: Dialect) -> bool {
    // A key admits NULL on SQLite alone, and no value would do for several rows of it.
    let is_key = before
        .primary_key()
        .is_some_and(|(_, key)| key.columns.contains(&from.name));
    let may = from.nullable && !to.fills_itself() && from.generated.is_none();
    may && !is_key && !before.refuses_null(&from.name, dialect)
}

fn ask_for_fill(
    context: &mut Context<'_>,
    table: &Table,
    column: &Column,
    target: &Schema,
    reason: FillReason,
) {
    if fill(context, table, column).is_none()
        && context.decisions.when_undecided == WhenUndecided::Ask
    {
        context.undecided.push(Undecided::Fill {
            table: table.name.clone(),
            column: column.name.clone(),
            offer: offered_value(offered_type(column), target),
            reason,
        });
    }
}

/// The type that an offered value is of: JSON is text to SQLite, and not any text is JSON.
fn offered_type(column: &Column) -> &Type {
    match &column.declared.data_type {
        Some(json @ (Type::Json | Type::Jsonb)) => json,
        _ => &column.data_type,
    }
}

fn drop(context: &mut Context<'_>, table: &Table, column: &Column, schema: &Schema) {
    // The values are gone: the way back needs some value, but none that a key would have to be unlike in.
    let keyed = table
        .constraints
        .values()
        .any(|constraint| constraint.kind.key_columns().contains(&column.name));
    let fill = if column.fills_itself() || keyed {
        None
    } else {
        neutral_value(&column.data_type, Some(schema))
    };
    context.push(Operation::Column(ColumnOp::Drop {
        table: table.name.clone(),
        column: column.clone(),
        fill,
    }));
}

fn alter(context: &mut Context<'_>, table: &Table, from: &Column, to: &Column) {
    let dialect = context.dialect;
    if canonical::column(from, &table.name, dialect) != canonical::column(to, &table.name, dialect)
    {
        let casts = dialect::casts(dialect, &table.name, from, to);
        let backfill = |column: &Column, default: &Option<Expression>| {
            let fill = fill(context, table, column);
            fill.or_else(|| default.clone())
        };
        let fills = Fills {
            upgrade: (from.nullable && !to.nullable)
                .then(|| backfill(to, &to.default))
                .flatten(),
            downgrade: (!from.nullable && to.nullable)
                .then(|| from.default.clone())
                .flatten(),
        };
        context.push(Operation::Column(ColumnOp::Alter {
            table: table.name.clone(),
            from: from.clone(),
            // A comment is an operation of its own.
            to: Column {
                comment: from.comment.clone(),
                ..to.clone()
            },
            casts,
            fills,
        }));
    }
    if from.comment != to.comment {
        context.push(Operation::Comment(CommentOp {
            object: Object::Column(table.name.clone(), to.name.clone()),
            from: from.comment.clone(),
            to: to.comment.clone(),
        }));
    }
}

fn fill(context: &Context<'_>, table: &Table, column: &Column) -> Option<Expression> {
    let object = Object::Column(table.name.clone(), column.name.clone());
    context.decisions.fills.get(&object).cloned()
}
