//! Enums of SQLite: a named CHECK next to a TEXT column that lists string literals.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::{Token, TokenKind, lex};

use super::create_table::{ColumnDefinition, TableConstraint, TableConstraintKind};
use super::reader::unquoted;

/// The name and the values of the enum that a column's constraint spells.
pub(super) fn enum_of(
    column: &ColumnDefinition,
    constraint: &TableConstraint,
) -> Option<(String, Vec<String>)> {
    let name = constraint.name.as_ref()?;
    let TableConstraintKind::Check(expression) = &constraint.kind else {
        return None;
    };
    if column.data_type != "TEXT" {
        return None;
    }
    Some((name.clone(), listed_values(expression, &column.name)?))
}

/// Reads `column IN ('a', 'b')`.
fn listed_values(expression: &str, column: &str) -> Option<Vec<String>> {
    let mut tokens = lex(expression, Dialect::Sqlite).ok()?;
    tokens.retain(Token::is_significant);
    let [name, keyword, open, list @ .., close] = tokens.as_slice() else {
        return None;
    };
    let is = |token: &Token, text: &str| token.text(expression).eq_ignore_ascii_case(text);
    let is_column = matches!(name.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
        && unquoted(name.text(expression)).eq_ignore_ascii_case(column);
    if !is_column || !is(keyword, "IN") || !is(open, "(") || !is(close, ")") {
        return None;
    }
    let mut values = Vec::new();
    for pair in list.chunks(2) {
        let value = pair[0].text(expression);
        let ends_here = pair.get(1).is_none_or(|comma| is(comma, ","));
        if pair[0].kind != TokenKind::String || !value.starts_with('\'') || !ends_here {
            return None;
        }
        let value = unquoted(value);
        if values.contains(&value) {
            return None;
        }
        values.push(value);
    }
    (list.len() % 2 == 1).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_of_strings_is_an_enum() {
        for (expression, expected) in [
            ("status IN ('a', 'b')", Some(vec!["a", "b"])),
            ("\"Status\" in ('it''s')", Some(vec!["it's"])),
            ("status IN ('a', 1)", None),
            ("status IN ('a',)", None),
            ("status IN ('a', 'a')", None),
            ("status IN ()", None),
            ("status NOT IN ('a')", None),
            ("status IN ('a') OR status IN ('b')", None),
            ("other IN ('a')", None),
            ("lower(status) IN ('a')", None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|values| values.into_iter().map(str::to_owned).collect());
            assert_eq!(
                listed_values(expression, "status"),
                expected,
                "{expression}"
            );
        }
    }
}
