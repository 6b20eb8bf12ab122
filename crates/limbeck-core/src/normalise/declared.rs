//! Operations in the words of the models, after they were compared in those of the server.
//!
//! PostgreSQL stores `status IN ('a', 'b')` in a form that nobody would write. People read a revision, so it contains the
//! declared text; the server makes the same of both.

use crate::op::Operation;
use crate::schema::{Column, Index, Schema, Table};

/// `operations`, with the expressions that they bring in as `declared` has them.
#[must_use]
pub fn in_declared_words(operations: Vec<Operation>, declared: &Schema) -> Vec<Operation> {
    operations
        .into_iter()
        .map(|operation| in_words(operation, declared))
        .collect()
}

/// `state`, with what `target` keeps as it is in the words that `declared` has for it: a plan may have to
/// make it again.
#[must_use]
pub fn kept_in_declared_words(mut state: Schema, target: &Schema, declared: &Schema) -> Schema {
    for (name, table) in &mut state.tables {
        let (Some(kept), Some(declared)) = (target.tables.get(name), declared.tables.get(name))
        else {
            continue;
        };
        for (name, constraint) in &mut table.constraints {
            let is_kept = kept.constraints.get(name) == Some(&*constraint);
            if let Some(declared) = declared.constraints.get(name).filter(|_| is_kept) {
                constraint.kind.take_expression_of(&declared.kind);
            }
        }
        for (name, index) in &mut table.indexes {
            let is_kept = kept.indexes.get(name) == Some(&*index);
            if let Some(declared) = declared.indexes.get(name).filter(|_| is_kept) {
                index_in_words(index, declared);
            }
        }
    }
    state
}

fn in_words(mut operation: Operation, declared: &Schema) -> Operation {
    let table = operation.object().table().cloned();
    let Some(declared) = table.and_then(|table| declared.tables.get(&table)) else {
        return operation;
    };
    match &mut operation {
        Operation::Table(op) => {
            if let Some(table) = op.to_mut() {
                table_in_words(table, declared);
            }
        }
        Operation::Column(op) => {
            let from = op.sides().from.cloned();
            if let Some(to) = op.to_mut()
                && let Some(declared) = declared.column(&to.name)
            {
                let settled = to.clone();
                column_in_words(to, declared);
                // What stays keeps the server's words, or it would look like a change.
                if from
                    .as_ref()
                    .is_some_and(|from| from.default == settled.default)
                {
                    to.default = settled.default;
                }
                if from.is_some_and(|from| from.generated == settled.generated) {
                    to.generated = settled.generated;
                }
            }
        }
        Operation::Constraint(op) => {
            if let Some(to) = op.to_mut()
                && let Some(declared) = declared.constraints.get(&to.name)
            {
                to.kind.take_expression_of(&declared.kind);
            }
        }
        Operation::Index(op) => {
            if let Some(to) = op.to_mut()
                && let Some(declared) = declared.indexes.get(&to.name)
            {
                index_in_words(to, declared);
            }
        }
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => {}
    }
    operation
}

fn table_in_words(table: &mut Table, declared: &Table) {
    for column in &mut table.columns {
        if let Some(declared) = declared.column(&column.name) {
            column_in_words(column, declared);
        }
    }
    for (name, constraint) in &mut table.constraints {
        if let Some(declared) = declared.constraints.get(name) {
            constraint.kind.take_expression_of(&declared.kind);
        }
    }
    for (name, index) in &mut table.indexes {
        if let Some(declared) = declared.indexes.get(name) {
            index_in_words(index, declared);
        }
    }
}

fn column_in_words(column: &mut Column, declared: &Column) {
    if column.default.is_some() && declared.default.is_some() {
        column.default.clone_from(&declared.default);
    }
    if column.generated.is_some() && declared.generated.is_some() {
        column.generated.clone_from(&declared.generated);
    }
}

fn index_in_words(index: &mut Index, declared: &Index) {
    if index.keys.len() == declared.keys.len() {
        index.keys.clone_from(&declared.keys);
    }
    if index.predicate.is_some() && declared.predicate.is_some() {
        index.predicate.clone_from(&declared.predicate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Constraint, ConstraintKind, Expression, QualifiedName};

    #[test]
    fn what_is_kept_is_said_in_declared_words_and_what_changes_is_not() {
        let schema = |kept: &str, changed: &str| {
            let mut table = Table::new(QualifiedName::new("tasks"));
            for (name, text) in [("kept", kept), ("changed", changed)] {
                let kind = ConstraintKind::Check(Check {
                    expression: Expression(text.to_owned()),
                    no_inherit: false,
                    validated: true,
                });
                table.add_constraint(Constraint::new(name, kind));
            }
            let mut schema = Schema::default();
            schema.tables.insert(table.name.clone(), table);
            schema
        };
        let state = schema("(title <> ''::text)", "(id > 0)");
        let target = schema("(title <> ''::text)", "(id > 1)");
        let declared = schema("title <> ''", "id > 1");
        let said = kept_in_declared_words(state, &target, &declared);
        assert_eq!(said, schema("title <> ''", "(id > 0)"));
    }
}
