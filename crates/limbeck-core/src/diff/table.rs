//! When two tables differ.

use super::{Context, Pair, column, constraint, index, pairs, rename};
use crate::op::{CommentOp, Operation, TableOp};
use crate::schema::{Object, Schema, Table};

pub(super) fn diff(context: &mut Context<'_>, before: &Schema, target: &Schema) {
    let matched = pairs(before.tables.values(), target.tables.values(), |one| {
        &one.name
    });
    let mut dropped = Vec::new();
    let mut added = Vec::new();
    for pair in &matched {
        match pair {
            Pair::Dropped(from) => dropped.push(*from),
            Pair::Added(to) => added.push(*to),
            Pair::Kept(..) => {}
        }
    }
    let asked = rename::ask_about_tables(context, (before, &dropped), (target, &added));
    for pair in matched {
        match pair {
            Pair::Added(to) => context.push(Operation::Table(TableOp::Create(to.clone()))),
            Pair::Dropped(from) => {
                if !asked.contains(&&from.name)
                    && context.may_drop(Object::Table(from.name.clone()))
                {
                    context.push(Operation::Table(TableOp::Drop(from.clone())));
                }
            }
            // Most tables are the same, and not worth a look at each member.
            Pair::Kept(from, to) if from == to => {}
            Pair::Kept(from, to) => members(context, (before, from), (target, to)),
        }
    }
}

fn members(
    context: &mut Context<'_>,
    (before, from): (&Schema, &Table),
    (target, to): (&Schema, &Table),
) {
    if from.options != to.options {
        context.push(Operation::Table(TableOp::SetOptions {
            table: to.name.clone(),
            from: from.options.clone(),
            to: to.options.clone(),
        }));
    }
    column::diff(context, (before, from), (target, to));
    constraint::diff(context, from, to);
    index::diff(context, from, to);
    if from.comment != to.comment {
        context.push(Operation::Comment(CommentOp {
            object: Object::Table(to.name.clone()),
            from: from.comment.clone(),
            to: to.comment.clone(),
        }));
    }
}
