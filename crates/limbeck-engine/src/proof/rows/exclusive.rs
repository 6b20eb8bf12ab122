//! The expressions in which a key wants two rows to differ.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Index, IndexTarget, QualifiedName};
use limbeck_core::sql::{Token, TokenKind, lex, quoted, same};

/// A key, an unique index or an exclusion constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exclusive {
    /// Expressions, and the operators that are true of two rows which exclude each other.
    pub(super) elements: Vec<(String, String)>,
    /// What is true of the rows that it is about.
    pub(super) predicate: Option<String>,
}

impl Exclusive {
    pub(super) fn of_columns(columns: &[String], equal: &str) -> Self {
        let element = |column: &String| (quoted(column), equal.to_owned());
        Self {
            elements: columns.iter().map(element).collect(),
            predicate: None,
        }
    }

    pub(super) fn of_index(index: &Index, equal: &str) -> Self {
        let elements = index.keys.iter().map(|key| {
            let mut expression = match &key.target {
                IndexTarget::Column(column) => quoted(column),
                IndexTarget::Expression(expression) => format!("({expression})"),
            };
            if let Some(collation) = &key.collation {
                expression = format!("{expression} COLLATE {collation}");
            }
            (expression, equal.to_owned())
        });
        Self {
            elements: elements.collect(),
            predicate: index.predicate.as_ref().map(|one| one.0.clone()),
        }
    }

    /// Reads `USING gist (room WITH =, during WITH &&) WHERE (…)`.
    pub(super) fn of_exclusion(definition: &str, dialect: Dialect) -> Self {
        let mut tokens = lex(definition, dialect).unwrap_or_default();
        tokens.retain(Token::is_significant);
        let mut exclusive = Self {
            elements: Vec::new(),
            predicate: None,
        };
        let Some((start, end)) = parenthesised(&tokens, definition, 0) else {
            return exclusive;
        };
        let mut depth = 0usize;
        let mut from = start + 1;
        for at in start + 1..=end {
            let text = tokens[at].text(definition);
            let is_end = depth == 0 && (text == "," || at == end);
            match text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if is_end {
                exclusive
                    .elements
                    .extend(element(&tokens[from..at], definition));
                from = at + 1;
            }
        }
        let rest = tokens.iter().enumerate().skip(end);
        let mut words =
            rest.filter(|(_, token)| token.text(definition).eq_ignore_ascii_case("where"));
        if let Some((at, _)) = words.next()
            && let Some((open, close)) = parenthesised(&tokens, definition, at)
        {
            let inner = tokens[open].range.end..tokens[close].range.start;
            exclusive.predicate = Some(definition[inner].to_owned());
        }
        exclusive
    }

    /// The same with each expression as `rename` gives it; `None` where it gives none.
    pub(super) fn under(&self, rename: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let elements = self.elements.iter();
        let elements = elements.map(|(text, operator)| Some((rename(text)?, operator.clone())));
        Some(Self {
            elements: elements.collect::<Option<_>>()?,
            predicate: match &self.predicate {
                Some(text) => Some(rename(text)?),
                None => None,
            },
        })
    }

    /// All that it says of a row.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.elements
            .iter()
            .map(|(text, _)| text.as_str())
            .chain(self.predicate.as_deref())
            .collect()
    }

    /// Whether rows that satisfy this one satisfy the other.
    pub(super) fn implies(&self, other: &Self, dialect: Dialect) -> bool {
        let is_among = |(text, operator): &(String, String)| {
            other
                .elements
                .iter()
                .any(|(one, by)| same(one, text, dialect) && by == operator)
        };
        let covers = match (&self.predicate, &other.predicate) {
            (None, _) => true,
            (Some(one), Some(wanted)) => same(one, wanted, dialect),
            (Some(_), None) => false,
        };
        covers && !self.elements.is_empty() && self.elements.iter().all(is_among)
    }

    /// `rows with the same title in tasks`.
    pub(super) fn rows(&self, table: &QualifiedName) -> String {
        let is_equal = self
            .elements
            .iter()
            .all(|(_, by)| !by.contains(['&', '<', '>', '@', '-']));
        let plain = |text: &String| {
            let name = text.trim_matches('"');
            let is_plain = name
                .bytes()
                .all(|one| one.is_ascii_alphanumeric() || one == b'_');
            if is_plain {
                name.to_owned()
            } else {
                text.clone()
            }
        };
        let names: Vec<String> = self.elements.iter().map(|(text, _)| plain(text)).collect();
        let names = names.join(", ");
        if is_equal {
            format!("rows with the same {names} in {table}")
        } else {
            format!("rows of {table} that exclude each other in {names}")
        }
    }
}

/// The places of the first parenthesis from a token on, and of its partner.
fn parenthesised(tokens: &[Token], text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = || tokens.iter().enumerate().skip(from);
    let (start, _) = rest().find(|(_, token)| token.text(text) == "(")?;
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text(text) {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((start, at));
        }
    }
    None
}

/// `room WITH =`, perhaps with an operator class before WITH.
fn element(tokens: &[Token], text: &str) -> Option<(String, String)> {
    let is_with = |token: &Token| token.text(text).eq_ignore_ascii_case("with");
    let with = tokens.iter().rposition(is_with)?;
    let (operand, operator) = (&tokens[..with], &tokens[with + 1..]);
    let is_name =
        |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    // What follows a whole operand is an operator class, or an order.
    let ends_operand = |at: &usize| {
        let before = &operand[at - 1];
        is_name(&operand[*at]) && (is_name(before) || before.text(text) == ")")
    };
    let end = (1..operand.len())
        .find(ends_operand)
        .unwrap_or(operand.len());
    let span = |tokens: &[Token]| {
        let (first, last) = (tokens.first()?, tokens.last()?);
        Some(text[first.range.start..last.range.end].to_owned())
    };
    Some((span(&operand[..end])?, span(operator)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusions_are_read() {
        for (definition, elements, predicate) in [
            ("USING gist (r WITH &&)", vec![("r", "&&")], None),
            (
                "EXCLUDE USING gist (room WITH =, tsrange(a, b) WITH &&) WHERE ((x > 3))",
                vec![("room", "="), ("tsrange(a, b)", "&&")],
                Some("(x > 3)"),
            ),
            (
                "USING gist (lower(c) gist_text_ops WITH OPERATOR(pg_catalog.=)) DEFERRABLE",
                vec![("lower(c)", "OPERATOR(pg_catalog.=)")],
                None,
            ),
            ("USING", vec![], None),
        ] {
            let read = Exclusive::of_exclusion(definition, Dialect::Postgres);
            let found: Vec<(&str, &str)> = read
                .elements
                .iter()
                .map(|(text, operator)| (text.as_str(), operator.as_str()))
                .collect();
            assert_eq!(found, elements, "{definition}");
            assert_eq!(read.predicate.as_deref(), predicate, "{definition}");
        }
    }
}
