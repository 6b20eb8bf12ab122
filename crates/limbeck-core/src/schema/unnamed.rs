//! Names that nobody has given follow what they are made up of: on SQLite a constraint without a name is told by its table and
//! its columns, and so by another name once these are renamed.

use std::collections::BTreeSet;

use super::naming::{self, Naming, Parts};
use super::{Constraint, ConstraintKind, Table};
use crate::dialect::Dialect;
use crate::sql::{self, TokenKind};

/// Names that are longer may have been cut, and then nothing tells what they are made up of.
const LONGEST: usize = 56;

/// Gives unnamed constraints the names that the database tells them by as the table and its columns are called now.
pub(crate) fn follow(table: &mut Table) {
    let stale = in_order(table).filter_map(|constraint| {
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

/// The names of the constraints that are told by them though nobody writes them, in a table that is made with its constraints
/// [`in_order`].
pub(crate) fn nameless(table: &Table) -> BTreeSet<&str> {
    let mut nameless = BTreeSet::new();
    let mut named: BTreeSet<&str> = table
        .constraints
        .values()
        .filter(|one| !one.unnamed.0)
        .map(|one| one.name.as_str())
        .collect();
    for constraint in in_order(table) {
        let name = constraint.name.as_str();
        let told = made_up(table, constraint).map(|told| {
            naming::unused(told, |told| named.contains(told) || nameless.contains(told))
        });
        if told.as_deref() == Some(name) {
            nameless.insert(name);
        } else {
            named.insert(name);
        }
    }
    nameless
}

/// The constraints of a table by their names, of which those with a number behind them come in the order of these.
pub(crate) fn in_order(table: &Table) -> impl Iterator<Item = &Constraint> {
    let mut constraints: Vec<&Constraint> = table.constraints.values().collect();
    let of = |name: &str| {
        name.trim_end_matches(|last: char| last.is_ascii_digit())
            .len()
    };
    constraints.sort_by_key(|one| {
        let (base, number) = one.name.split_at(of(&one.name));
        (base, number.len(), number)
    });
    constraints.into_iter()
}

/// The name by which the database tells it; none where it has one of its own, or it cannot be told.
fn made_up(table: &Table, constraint: &Constraint) -> Option<String> {
    let kind = &constraint.kind;
    let columns = match kind {
        ConstraintKind::Unique(_) | ConstraintKind::ForeignKey(_) => kind.key_columns().to_vec(),
        ConstraintKind::Check(check) => vec![first_mentioned(&check.expression.0, table)?],
        ConstraintKind::PrimaryKey(_) => Vec::new(),
        ConstraintKind::Exclusion(_) => return None,
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

/// The first column of a table of SQLite that an expression names.
#[must_use]
pub fn first_mentioned(expression: &str, table: &Table) -> Option<String> {
    let tokens = sql::lex(expression, Dialect::Sqlite).ok()?;
    let mut names = tokens
        .iter()
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier))
        .map(|token| token.text(expression))
        .map(|name| sql::unquoted(name).unwrap_or_else(|| name.to_owned()));
    names.find_map(|name| {
        let mut columns = table.columns.iter();
        let column = columns.find(|column| column.name.eq_ignore_ascii_case(&name))?;
        Some(column.name.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Column, Expression, QualifiedName, Type, Unnamed};

    fn check(name: &str, unnamed: bool) -> Constraint {
        let kind = ConstraintKind::Check(Check {
            expression: Expression::new("a > 0"),
            no_inherit: false,
            validated: true,
        });
        Constraint {
            unnamed: Unnamed(unnamed),
            ..Constraint::new(name, kind)
        }
    }

    fn table(constraints: impl IntoIterator<Item = Constraint>) -> Table {
        let mut table = Table::new(QualifiedName::new("t"));
        table.columns = vec![Column::new("a", Type::Sql("INTEGER".to_owned()))];
        for constraint in constraints {
            table.add_constraint(constraint);
        }
        table
    }

    #[test]
    fn a_name_is_left_out_where_the_place_tells_it() {
        let number = |number: usize| match number {
            0 => "t_a_check".to_owned(),
            _ => format!("t_a_check{number}"),
        };
        let many = table((0..12).map(|one| check(&number(one), true)));
        let names: Vec<String> = in_order(&many).map(|one| one.name.clone()).collect();
        assert_eq!(names, (0..12).map(number).collect::<Vec<_>>());
        assert_eq!(nameless(&many).len(), 12);

        let gap = table([check("t_a_check", true), check("t_a_check2", true)]);
        assert_eq!(nameless(&gap), BTreeSet::from(["t_a_check"]));
        // A name that somebody has given is never told another one by.
        let given = table([check("t_a_check", false), check("t_a_check1", true)]);
        assert_eq!(nameless(&given), BTreeSet::from(["t_a_check1"]));
        let other = table([check("t_b_check", true)]);
        assert_eq!(nameless(&other), BTreeSet::new());
    }
}
