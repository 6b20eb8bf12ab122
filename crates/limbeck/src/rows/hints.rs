//! Values that an expression speaks of: literals and what lies beside them. Whether a value satisfies
//! the expression is for the database to say.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::{Token, TokenKind, lex};

use super::draft::{Draft, Sides};
use super::value::{Shape, Value};
use crate::effects::inside;

impl Draft {
    /// Adds to the values of columns what their checks speak of.
    pub(super) fn add_hints(&mut self, sides: &Sides<'_>) {
        for wish in &mut self.columns {
            let mut found: Vec<Value> = Vec::new();
            for check in self
                .checks
                .iter()
                .filter(|check| check.columns.contains(&wish.name))
            {
                let texts = hints(&check.expression, sides.dialect);
                let lengths = match &wish.shape {
                    Shape::Text(_) | Shape::Bytes => lengths(&check.expression, sides.dialect),
                    _ => Vec::new(),
                };
                let long = lengths
                    .into_iter()
                    .flat_map(|length| wish.shape.of_length(length));
                for text in texts.into_iter().chain(long) {
                    let value = wish.shape.value(text);
                    let is_allowed = match &wish.shape {
                        Shape::Array(element) => matches!(**element, Shape::Text(_)),
                        shape => shape.fits(&value),
                    };
                    if is_allowed && !found.contains(&value) && !wish.values.contains(&value) {
                        found.push(value);
                    }
                }
            }
            let rest = wish.values.split_off(wish.values.len().min(3));
            wish.values.extend(found);
            wish.values.extend(rest);
        }
    }
}

/// Longer texts are not made for a number in SQL.
const LONGEST: usize = 600;

/// Values that SQL tells apart from others: its literals and what lies beside them, and for a number
/// two texts that differ behind so many characters only.
pub(super) fn told_apart(sql: &str, dialect: Dialect) -> Vec<String> {
    let mut found = hints(sql, dialect);
    for token in lex(sql, dialect).unwrap_or_default() {
        let text = token.text(sql);
        match token.kind {
            TokenKind::Number => {
                let length = text.parse::<usize>().ok();
                let length = length.filter(|length| (1..=LONGEST).contains(length));
                let pair = length.into_iter().flat_map(|length| {
                    ["a", "b"].map(|end| format!("{}{end}", "x".repeat(length)))
                });
                found.extend(pair);
            }
            TokenKind::DollarString => found.extend(told_apart(inside(text), dialect)),
            _ => {}
        }
    }
    found
}

/// Texts that may satisfy an expression, or just not.
fn hints(expression: &str, dialect: Dialect) -> Vec<String> {
    let mut tokens = lex(expression, dialect).unwrap_or_default();
    tokens.retain(Token::is_significant);
    let mut found = Vec::new();
    let mut add = |text: String| {
        if !found.contains(&text) {
            found.push(text);
        }
    };
    for (at, token) in tokens.iter().enumerate() {
        let text = token.text(expression);
        let before = |back: usize| {
            let at = at.checked_sub(back)?;
            Some(tokens[at].text(expression).to_ascii_lowercase())
        };
        match token.kind {
            TokenKind::Number => {
                let is_negative = before(1).as_deref() == Some("-");
                around(&if is_negative {
                    format!("-{text}")
                } else {
                    text.to_owned()
                })
                .into_iter()
                .for_each(&mut add);
            }
            TokenKind::String => {
                let inner = text.trim_start_matches(['E', 'e', 'N', 'n']);
                let inner = inner.trim_matches('\'').replace("''", "'");
                let operator = before(1).unwrap_or_default();
                let is_pattern =
                    ["like", "ilike", "glob", "~~", "~~*", "!~~"].contains(&operator.as_str());
                let is_regular =
                    ["~", "~*", "regexp", "similar", "to"].contains(&operator.as_str());
                if is_regular {
                    samples(&inner).into_iter().for_each(&mut add);
                } else if is_pattern {
                    let filled = inner.replace(['_', '?'], "a");
                    add(filled.replace(['%', '*'], ""));
                    add(filled.replace(['%', '*'], "x"));
                } else {
                    // A cast literal such as '0'::numeric is a bound, too.
                    around(&inner).into_iter().for_each(&mut add);
                    // 'a' under `= ANY ('{a,b}')`.
                    let list = inner
                        .strip_prefix('{')
                        .and_then(|list| list.strip_suffix('}'));
                    list.into_iter()
                        .flat_map(|list| list.split(','))
                        .for_each(|one| add(one.trim_matches('"').to_owned()));
                }
            }
            _ => {}
        }
    }
    found
}

/// Lengths that an expression speaks of, and those beside them.
fn lengths(expression: &str, dialect: Dialect) -> Vec<usize> {
    let tokens = lex(expression, dialect).unwrap_or_default();
    let numbers = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Number)
        .filter_map(|token| token.text(expression).parse::<usize>().ok())
        .filter(|number| *number <= 1000);
    let mut lengths: Vec<usize> = numbers
        .flat_map(|number| [number, number + 1, number.saturating_sub(1)])
        .collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

fn around(text: &str) -> Vec<String> {
    let mut texts = vec![text.to_owned()];
    if let Ok(number) = text.parse::<i64>() {
        let beside = [
            number.checked_add(1),
            number.checked_sub(1),
            number.checked_mul(2),
        ];
        texts.extend(
            beside
                .into_iter()
                .flatten()
                .map(|number| number.to_string()),
        );
    } else if let Ok(number) = text.parse::<f64>()
        && number.is_finite()
        && text.bytes().any(|byte| byte.is_ascii_digit())
    {
        texts
            .extend([number.floor(), number.ceil(), number / 2.0].map(|number| number.to_string()));
    }
    texts
}

/// Texts that a regular expression matches, as far as its parts are the usual ones.
fn samples(pattern: &str) -> Vec<String> {
    let characters: Vec<char> = pattern.chars().collect();
    [0, 1]
        .iter()
        .map(|turn| {
            let mut reader = Regular {
                characters: &characters,
                at: 0,
                turn: *turn,
            };
            reader.alternatives()
        })
        .collect()
}

/// Reads a regular expression and writes one text that it matches.
struct Regular<'a> {
    characters: &'a [char],
    at: usize,
    turn: usize,
}

impl Regular<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += 1;
        next
    }

    fn alternatives(&mut self) -> String {
        let mut texts = vec![self.sequence()];
        while self.peek() == Some('|') {
            self.at += 1;
            texts.push(self.sequence());
        }
        texts.swap_remove(self.turn.min(texts.len() - 1))
    }

    fn sequence(&mut self) -> String {
        let mut text = String::new();
        while let Some(next) = self.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            let atom = self.atom();
            text.push_str(&atom.repeat(self.times()));
        }
        text
    }

    fn atom(&mut self) -> String {
        match self.next() {
            Some('^' | '$') | None => String::new(),
            Some('.') => "a".to_owned(),
            Some('(') => {
                if self.peek() == Some('?') {
                    // (?:…) and its like.
                    while self
                        .next()
                        .is_some_and(|next| !matches!(next, ':' | '=' | '!'))
                    {}
                }
                let text = self.alternatives();
                self.at += 1;
                text
            }
            Some('[') => self.class().to_string(),
            Some('\\') => match self.next() {
                Some('d') => "1".to_owned(),
                Some('w') => "a".to_owned(),
                Some('s') => " ".to_owned(),
                Some('m' | 'M' | 'y' | 'b' | 'A' | 'Z') | None => String::new(),
                Some(other) => other.to_string(),
            },
            Some(other) => other.to_string(),
        }
    }

    /// One member of `[…]`.
    fn class(&mut self) -> char {
        let is_negated = self.peek() == Some('^');
        if is_negated {
            self.at += 1;
        }
        let mut members = Vec::new();
        let start = self.at;
        while let Some(next) = self.next() {
            match next {
                ']' if self.at > start + 1 => break,
                '[' if self.peek() == Some(':') => {
                    let name: String = self.characters[self.at + 1..]
                        .iter()
                        .take_while(|one| **one != ':')
                        .collect();
                    self.at += name.chars().count() + 3;
                    members.push(match name.as_str() {
                        "digit" | "xdigit" => '1',
                        "upper" => 'A',
                        "space" | "blank" => ' ',
                        "punct" => '.',
                        _ => 'a',
                    });
                }
                '\\' => members.push(match self.next() {
                    Some('d') => '1',
                    Some('w') => 'a',
                    Some('s') => ' ',
                    Some(other) => other,
                    None => break,
                }),
                '-' if !members.is_empty() && self.peek() != Some(']') => {
                    self.at += 1;
                }
                other => members.push(other),
            }
        }
        if is_negated {
            let mut others = ['a', '1', 'Z', '_', 'x'].into_iter();
            return others.find(|one| !members.contains(one)).unwrap_or('q');
        }
        members.first().copied().unwrap_or('a')
    }

    fn times(&mut self) -> usize {
        let times = match self.peek() {
            Some('*' | '+') => 1,
            Some('?') => self.turn,
            Some('{') => {
                let number: String = self.characters[self.at + 1..]
                    .iter()
                    .take_while(|one| one.is_ascii_digit())
                    .collect();
                while self.peek().is_some_and(|next| next != '}') {
                    self.at += 1;
                }
                number.parse::<usize>().unwrap_or(1).min(1000)
            }
            _ => return 1,
        };
        self.at += 1;
        if self.peek() == Some('?') {
            self.at += 1;
        }
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_hint_at_values() {
        for (expression, expected) in [
            ("status IN ('open', 'done')", vec!["open", "done"]),
            (
                "(status)::text = ANY ('{open,done}'::text[])",
                vec!["open", "done"],
            ),
            ("n >= -5", vec!["-5", "-4", "-6"]),
            ("n BETWEEN 10 AND 20", vec!["10", "11", "9", "20"]),
            ("n > '0'::numeric", vec!["0", "1"]),
            ("share < 0.5", vec!["0.5", "0.25"]),
            ("code LIKE 'ab_%'", vec!["aba", "abax"]),
            ("code ~ '^[A-Z]{3}-[0-9]+$'", vec!["AAA-0"]),
            ("mail ~* '^[^@ ]+@[^@ ]+\\.[a-z]{2,}$'", vec!["a@a.aa"]),
            ("code ~ '^(?:x|y)\\d{2}(z)?$'", vec!["x11", "y11z"]),
            ("code ~ '^[[:upper:]]{2}$'", vec!["AA"]),
        ] {
            let found = hints(expression, Dialect::Postgres);
            for text in expected {
                assert!(
                    found.iter().any(|one| one == text),
                    "{expression}: {text} in {found:?}"
                );
            }
        }
        assert_eq!(lengths("length(x) > 10", Dialect::Sqlite), [9, 10, 11]);
        // Broken patterns end.
        for pattern in ["[", "(", "a{", "\\", "[^", "[[:", "(?", "a{99999999}"] {
            samples(pattern);
        }
    }
}
