//! Copies in which expressions are folded to tokens, so that `==` compares meaning, not layout.

use super::constant::{constant, moment};
use crate::dialect::Dialect;
use crate::dialect::sqlite::folded_default;
use crate::schema::{
    Column, Constraint, ConstraintKind, Expression, Index, QualifiedName, Schema, Type,
};
use crate::sql;

fn folded(expression: &Expression, dialect: Dialect) -> Expression {
    Expression(sql::fold(&expression.0, dialect).join(" "))
}

/// A column of `table` without its comment.
pub(super) fn column(column: &Column, table: &QualifiedName, dialect: Dialect) -> Column {
    let mut copy = column.clone().with_usual_sequence_unsaid(table);
    copy.comment = None;
    copy.default = copy
        .default
        .and_then(|text| default(&text, &copy.data_type, dialect));
    if let Some(generated) = &mut copy.generated {
        generated.expression = folded(&generated.expression, dialect);
    }
    copy
}

/// Whether two defaults are one to a column of the lowered type, however they are spelled.
#[must_use]
pub fn is_same_default(
    one: &Expression,
    other: &Expression,
    data_type: &Type,
    dialect: Dialect,
) -> bool {
    default(one, data_type, dialect) == default(other, data_type, dialect)
}

fn default(text: &Expression, data_type: &Type, dialect: Dialect) -> Option<Expression> {
    match dialect {
        Dialect::Postgres => {
            let one = constant(&text.0, data_type);
            let one = one.or_else(|| moment(&text.0).map(str::to_owned));
            Some(one.map_or_else(|| folded(text, dialect), Expression))
        }
        Dialect::Sqlite => folded_default(&text.0).map(Expression),
    }
}

/// A constraint without its comment and name.
pub(super) fn constraint(constraint: &Constraint, dialect: Dialect) -> ConstraintKind {
    let mut kind = constraint.kind.clone();
    if let Some(expression) = kind.expression_mut() {
        *expression = folded(expression, dialect);
    }
    kind
}

/// An index without its comment and name.
pub(super) fn index(index: &Index, dialect: Dialect) -> Index {
    let mut copy = index.clone();
    copy.comment = None;
    copy.name.clear();
    for expression in copy.expressions_mut() {
        *expression = folded(expression, dialect);
    }
    copy
}

/// The schema with its columns by name and its expressions folded: equal schemas are equal then,
/// the order of columns aside.
#[must_use]
pub fn without_order(schema: &Schema, dialect: Dialect) -> Schema {
    let mut copy = schema.clone();
    for table in copy.tables.values_mut() {
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        for member in &mut table.columns {
            let comment = member.comment.take();
            *member = column(member, &table.name, dialect);
            member.comment = comment;
        }
        for member in table.constraints.values_mut() {
            member.kind = constraint(member, dialect);
        }
        for member in table.indexes.values_mut() {
            let comment = member.comment.take();
            let name = member.name.clone();
            *member = index(member, dialect);
            member.comment = comment;
            member.name = name;
        }
    }
    copy
}
