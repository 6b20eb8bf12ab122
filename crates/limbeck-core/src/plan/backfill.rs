//! Values for rows that are there: decided here, the same for every dialect.
//!
//! SQLite gives them while it copies a table; PostgreSQL in statements of their own, which are cut
//! out here.

use crate::dialect::Dialect;
use crate::op::{ColumnOp, Fills, Operation};
use crate::schema::{Column, Expression, QualifiedName};
use crate::sql::{self, TokenKind};

/// A part of an operation.
#[expect(
    clippy::large_enum_variant,
    reason = "parts are few, and plain values read better than boxes"
)]
pub(crate) enum Part {
    /// A change of structure.
    Change(Operation),
    /// A change of rows.
    Update(Update),
}

/// Gives a column of rows that are there a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) table: QualifiedName,
    pub(crate) column: String,
    pub(crate) value: Expression,
    pub(crate) rows: Rows,
}

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    All,
    WithoutValue,
}

/// The operation as changes of structure and of rows.
pub(crate) fn parts(operation: &Operation) -> Vec<Part> {
    match operation {
        Operation::Column(ColumnOp::Add {
            table,
            column,
            fill: Some(fill),
        }) => add(table, column, fill),
        Operation::Column(ColumnOp::Alter {
            table,
            from,
            to,
            casts,
            fills: Fills {
                upgrade: Some(fill),
                ..
            },
        }) if from.nullable && !to.nullable => {
            // Only a column that refuses NULL can begin to number itself.
            let begins_to_count = from.identity.is_none();
            let open = Column {
                nullable: true,
                identity: to.identity.clone().filter(|_| !begins_to_count),
                ..to.clone()
            };
            let change = (*from != open).then(|| {
                Part::Change(Operation::Column(ColumnOp::Alter {
                    table: table.clone(),
                    from: from.clone(),
                    to: open.clone(),
                    casts: casts.clone(),
                    fills: Fills::default(),
                }))
            });
            let update = update(table, &to.name, fill, Rows::WithoutValue);
            let close = alter(table, &open, to);
            change.into_iter().chain([update, close]).collect()
        }
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(_)
        | Operation::Column(_)
        | Operation::Constraint(_)
        | Operation::Index(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => vec![Part::Change(operation.clone())],
    }
}

fn add(table: &QualifiedName, column: &Column, fill: &Expression) -> Vec<Part> {
    let add = |column: &Column| {
        Part::Change(Operation::Column(ColumnOp::Add {
            table: table.clone(),
            column: column.clone(),
            fill: None,
        }))
    };
    if is_constant(fill) {
        // A constant default is kept in the catalog, so that no row is rewritten
        // (PostgreSQL manual, section 5.7.1).
        let filled = Column {
            default: Some(fill.clone()),
            ..column.clone()
        };
        return vec![add(&filled), alter(table, &filled, column)];
    }
    let open = Column {
        nullable: true,
        ..column.clone()
    };
    let mut parts = vec![add(&open), update(table, &column.name, fill, Rows::All)];
    if !column.nullable {
        parts.push(alter(table, &open, column));
    }
    parts
}

fn alter(table: &QualifiedName, from: &Column, to: &Column) -> Part {
    Part::Change(Operation::Column(ColumnOp::Alter {
        table: table.clone(),
        from: from.clone(),
        to: to.clone(),
        casts: None,
        fills: Fills::default(),
    }))
}

fn update(table: &QualifiedName, column: &str, value: &Expression, rows: Rows) -> Part {
    Part::Update(Update {
        table: table.clone(),
        column: column.to_owned(),
        value: value.clone(),
        rows,
    })
}

/// Whether the value is the same for every row, so that it can stand as a default.
fn is_constant(fill: &Expression) -> bool {
    let tokens: Vec<_> = sql::lex(&fill.0, Dialect::Postgres)
        .unwrap_or_default()
        .into_iter()
        .filter(sql::Token::is_significant)
        .collect();
    match tokens.as_slice() {
        [token] => {
            let word = token.text(&fill.0).to_ascii_lowercase();
            matches!(token.kind, TokenKind::String | TokenKind::Number)
                || word == "true"
                || word == "false"
        }
        [sign, number] => sign.text(&fill.0) == "-" && number.kind == TokenKind::Number,
        _ => false,
    }
}
