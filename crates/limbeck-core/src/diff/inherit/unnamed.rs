//! Names that nobody has given follow what they are made up of: on SQLite a constraint without a name is told by its table and
//! its columns, and so by another name once these are renamed.

use crate::dialect::Dialect;
use crate::schema::naming::{self, Naming, Parts};
use crate::schema::{Constraint, ConstraintKind, Expression, Table};
use crate::sql::{self, TokenKind};

/// Names that are longer may have been cut, and then nothing tells what they are made up of.
const LONGEST: usize = 56;

/// Gives unnamed constraints the names that the database tells them by as the table is called now.
pub(super) fn follow(table: &mut Table) {
    let stale = table.constraints.values().filter_map(|constraint| {
        let name = made_up(table, constraint)?;
        (!is_made_of(&constraint.name, &name)).then(|| (constraint.name.clone(), name))
    });
    for (former, name) in stale.collect::<Vec<(String, String)>>() {
        let Some(constraint) = table.constraints.remove(&former) else {
            continue;
        };
        let name = naming::unused(name, |name| table.constraints.contains_key(name));
        table.add_constraint(Constraint { name, ..constraint });
    }
}

/// The name by which the database tells it; none where it has one of its own, or it cannot be told.
fn made_up(table: &Table, constraint: &Constraint) -> Option<String> {
    let kind = &constraint.kind;
    let columns = match kind {
        ConstraintKind::Unique(_) | ConstraintKind::ForeignKey(_) => kind.key_columns().to_vec(),
        ConstraintKind::Check(check) => vec![first_mentioned(&check.expression, table)?],
        // The key is compared without its name.
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Exclusion(_) => return None,
    };
    let naming = Naming::default();
    let name = naming::fill(
        naming.of_constraint(kind),
        &Parts::new(&table.name.name, &columns),
    );
    (constraint.unnamed.0 && name.len() <= LONGEST).then_some(name)
}

/// Whether it is that name, or that with a number behind it, where several are alike. SQLite knows no case.
fn is_made_of(name: &str, of: &str) -> bool {
    let start = name.get(..of.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(of))
        && name[of.len()..].bytes().all(|byte| byte.is_ascii_digit())
}

/// The first column of the table that an expression names.
fn first_mentioned(expression: &Expression, table: &Table) -> Option<String> {
    let Expression(text) = expression;
    let tokens = sql::lex(text, Dialect::Sqlite).ok()?;
    let mut names = tokens
        .iter()
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier))
        .map(|token| token.text(text))
        .map(|name| sql::unquoted(name).unwrap_or_else(|| name.to_owned()));
    names.find_map(|name| {
        let mut columns = table.columns.iter();
        let column = columns.find(|column| column.name.eq_ignore_ascii_case(&name))?;
        Some(column.name.clone())
    })
}
