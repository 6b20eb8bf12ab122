//! Values that an expression contains: its literals and their neighbours, texts for its patterns and lengths, and
//! documents with its keys. The database decides whether a value satisfies the expression.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Schema, SqlObjectKind};
use limbeck_core::sql::effect::{self, inside};
use limbeck_core::sql::{Token, TokenKind, lex};

use super::document::documents;
use super::draft::{Demand, Draft, Sides};
use super::moment::{date, distances, timestamp};
use super::pattern::{glob, like, matching};
use super::value::{Shape, Value};

/// So many bodies of functions are read for one expression.
const MOST_BODIES: usize = 6;
/// So many literals are put together with others.
const MOST_PARTS: usize = 6;
/// So many texts are made by putting literals together.
const MOST_COMPOSED: usize = 120;
/// Longer texts are not made for a number in SQL.
const LONGEST: usize = 1000;

impl Draft {
    /// Adds to the values of columns what their checks speak of.
    pub(super) fn add_hints(&mut self, sides: &Sides<'_>) {
        for at in 0..self.columns.len() {
            let wish = &self.columns[at];
            let mut found: Vec<Value> = Vec::new();
            let is_asked = |check: &&Demand| check.columns.contains(&wish.name);
            for check in self.checks.iter().filter(is_asked) {
                let is_number = |name: &&String| {
                    let wish = self.wish(name);
                    wish.is_some_and(|one| {
                        matches!(one.shape, Shape::Integer { .. } | Shape::Decimal(_))
                    })
                };
                let numbers = check.columns.iter().filter(is_number).count();
                let said = Said::of(&check.expression, sides);
                for value in said.values(&wish.shape, numbers) {
                    if !found.contains(&value) && !wish.values.contains(&value) {
                        found.push(value);
                    }
                }
            }
            let wish = &mut self.columns[at];
            wish.hints = found.len();
            let rest = wish.values.split_off(wish.values.len().min(3));
            wish.values.extend(found);
            wish.values.extend(rest);
        }
    }
}

/// Values that SQL tells apart from others: its literals and what lies beside them, and for a number
/// two texts that differ behind so many characters only.
pub(super) fn told_apart(sql: &str, dialect: Dialect) -> Vec<String> {
    let mut found = Said::alone(sql, dialect).texts();
    for token in lex(sql, dialect).unwrap_or_default() {
        let text = token.text(sql);
        match token.kind {
            TokenKind::Number => {
                let length = text.parse::<usize>().ok();
                let length = length.filter(|length| (1..=600).contains(length));
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

/// An expression, and the bodies of the functions that it calls.
struct Said {
    parts: Vec<(String, Vec<Token>)>,
    dialect: Dialect,
}

impl Said {
    fn alone(sql: &str, dialect: Dialect) -> Self {
        let mut tokens = lex(sql, dialect).unwrap_or_default();
        tokens.retain(Token::is_significant);
        Self {
            parts: vec![(sql.to_owned(), tokens)],
            dialect,
        }
    }

    fn of(expression: &str, sides: &Sides<'_>) -> Self {
        let mut said = Self::alone(expression, sides.dialect);
        let after = sides.after.map(|(after, _)| after);
        let mut known: Vec<&str> = Vec::new();
        let mut at = 0;
        while let Some((text, tokens)) = said.parts.get(at) {
            let called: Vec<&str> = [Some(sides.before), after]
                .into_iter()
                .flatten()
                .flat_map(|schema| bodies(text, tokens, schema))
                .filter(|body| !known.contains(body))
                .take(MOST_BODIES.saturating_sub(known.len()))
                .collect();
            for body in called {
                known.push(body);
                said.parts.extend(Self::alone(body, sides.dialect).parts);
                for inner in effect::bodies(body) {
                    said.parts.extend(Self::alone(inner, sides.dialect).parts);
                }
            }
            at += 1;
        }
        said
    }

    /// What it speaks of as values of a kind, the likeliest first. `numbers` is how many of the
    /// columns that it names hold numbers.
    fn values(&self, shape: &Shape, numbers: usize) -> Vec<Value> {
        let texts = self.texts();
        let lengths = self.lengths();
        let mut values: Vec<Value> = Vec::new();
        let mut put = |text: String| {
            let value = shape.value(text);
            if shape.fits(&value) && !values.contains(&value) {
                values.push(value);
            }
        };
        match shape {
            Shape::Integer { .. } | Shape::Decimal(_) => {
                self.shares(numbers).into_iter().for_each(&mut put);
                texts.into_iter().for_each(&mut put);
                self.remainders().into_iter().for_each(&mut put);
                // What rounds to a bound, from either side.
                for number in self.numbers() {
                    put(format!("{number}.2"));
                    put(format!("{}.8", number.saturating_sub(1)));
                }
            }
            Shape::Text(_) => {
                texts.iter().cloned().for_each(&mut put);
                if self.reads_documents() {
                    self.documents(&texts, &lengths)
                        .into_iter()
                        .for_each(&mut put);
                }
                self.moments().into_iter().for_each(&mut put);
                lengths
                    .iter()
                    .flat_map(|length| shape.of_length(*length))
                    .for_each(&mut put);
                self.composed(&lengths).into_iter().for_each(&mut put);
            }
            Shape::Bytes => {
                let long = lengths.iter().flat_map(|length| shape.of_length(*length));
                texts.into_iter().chain(long).for_each(&mut put);
            }
            Shape::Json => {
                self.documents(&texts, &lengths)
                    .into_iter()
                    .for_each(&mut put);
                texts.into_iter().for_each(&mut put);
            }
            Shape::Date => {
                texts.into_iter().for_each(&mut put);
                self.distances().into_iter().map(date).for_each(&mut put);
            }
            Shape::Timestamp => {
                texts.into_iter().for_each(&mut put);
                self.distances()
                    .into_iter()
                    .map(timestamp)
                    .for_each(&mut put);
            }
            Shape::Array(element) => {
                let elements = self.values(element, numbers);
                let of_text = matches!(**element, Shape::Text(_));
                values = shape.arrays(&elements, if of_text { &texts } else { &[] }, &lengths);
            }
            Shape::Boolean
            | Shape::Uuid
            | Shape::Time
            | Shape::Bits(_)
            | Shape::VaryingBits(_)
            | Shape::Enum(_)
            | Shape::Composite(_)
            | Shape::Listed(_)
            | Shape::Unknown => texts.into_iter().for_each(&mut put),
        }
        values
    }

    fn tokens(&self) -> impl Iterator<Item = (&str, &[Token], usize)> {
        self.parts.iter().flat_map(|(text, tokens)| {
            (0..tokens.len()).map(move |at| (text.as_str(), tokens.as_slice(), at))
        })
    }

    /// Whether one of the words stands in it.
    fn names(&self, words: &[&str]) -> bool {
        self.tokens().any(|(text, tokens, at)| {
            let word = tokens[at].text(text);
            words.iter().any(|one| word.eq_ignore_ascii_case(one))
        })
    }

    fn reads_documents(&self) -> bool {
        self.tokens().any(|(text, tokens, at)| {
            let word = tokens[at].text(text).to_ascii_lowercase();
            word.starts_with("json")
        })
    }

    /// Texts that may satisfy it, or just not: literals, texts of patterns, and what lies beside them.
    fn texts(&self) -> Vec<String> {
        let lengths = self.lengths();
        let mut exact = Vec::new();
        let mut beside = Vec::new();
        for (text, tokens, at) in self.tokens() {
            let before = |back: usize| {
                let at = at.checked_sub(back)?;
                Some(tokens[at].text(text).to_ascii_lowercase())
            };
            let token = &tokens[at];
            match token.kind {
                TokenKind::Number => {
                    let is_negative = before(1).as_deref() == Some("-");
                    let sign = if is_negative { "-" } else { "" };
                    around(
                        &format!("{sign}{}", token.text(text)),
                        &mut exact,
                        &mut beside,
                    );
                }
                TokenKind::String => {
                    let inner = literal(token.text(text));
                    let words = [before(1), before(2), before(3)];
                    match pattern_of(&words, &inner) {
                        Pattern::Regular => exact.extend(matching(&inner, &lengths)),
                        Pattern::Like => {
                            let escape = self.escape(text, tokens, at);
                            exact.extend(like(&inner, escape, &lengths));
                        }
                        Pattern::Glob => exact.extend(glob(&inner, &lengths)),
                        Pattern::None => {
                            // A cast literal such as '0'::numeric is a bound, too.
                            around(&inner, &mut exact, &mut beside);
                            // 'a' under `= ANY ('{a,b}')`.
                            let list = inner.strip_prefix('{');
                            let list = list.and_then(|list| list.strip_suffix('}'));
                            let members = list.into_iter().flat_map(|list| list.split(','));
                            exact.extend(members.map(|one| one.trim_matches('"').to_owned()));
                        }
                    }
                }
                _ => {}
            }
        }
        let mut found: Vec<String> = Vec::new();
        for text in exact.into_iter().chain(beside) {
            if !found.contains(&text) {
                found.push(text);
            }
        }
        found
    }

    /// What takes the meaning from a sign of the LIKE pattern at a place.
    fn escape(&self, text: &str, tokens: &[Token], at: usize) -> Option<char> {
        let next = tokens.get(at + 1..).unwrap_or_default().iter().take(6);
        let next: Vec<&Token> = next.collect();
        let says = |one: &&Token| one.text(text).eq_ignore_ascii_case("escape");
        let is_called = at >= 2
            && tokens[at - 2]
                .text(text)
                .eq_ignore_ascii_case("like_escape");
        if is_called || next.first().is_some_and(says) {
            let sign = next.iter().find(|one| one.kind == TokenKind::String)?;
            return literal(sign.text(text)).chars().next();
        }
        (self.dialect == Dialect::Postgres).then_some('\\')
    }

    /// Lengths that it speaks of, and those beside them.
    fn lengths(&self) -> Vec<usize> {
        let numbers = self.tokens().filter_map(|(text, tokens, at)| {
            let is_number = tokens[at].kind == TokenKind::Number;
            is_number.then(|| tokens[at].text(text).parse::<usize>().ok())?
        });
        let mut lengths: Vec<usize> = numbers
            .filter(|number| *number <= LONGEST)
            .flat_map(|number| [number, number + 1, number.saturating_sub(1)])
            .collect();
        lengths.sort_unstable();
        lengths.dedup();
        lengths
    }

    /// The whole numbers in it.
    fn numbers(&self) -> Vec<i64> {
        let mut found = Vec::new();
        for (text, tokens, at) in self.tokens() {
            let is_literal = matches!(tokens[at].kind, TokenKind::Number | TokenKind::String);
            let number = tokens[at].text(text).trim_matches('\'').parse::<i64>();
            if let (true, Ok(number)) = (is_literal, number)
                && !found.contains(&number)
            {
                found.push(number);
            }
        }
        found
    }

    /// Parts of a number that columns come to together.
    fn shares(&self, columns: usize) -> Vec<String> {
        let Some(columns) = i64::try_from(columns).ok().filter(|columns| *columns > 1) else {
            return Vec::new();
        };
        let shares = self
            .numbers()
            .into_iter()
            .filter(|number| *number > columns);
        let shares = shares.flat_map(|number| {
            let part = number / columns;
            [part, number - part * (columns - 1)]
        });
        shares.map(|number| number.to_string()).collect()
    }

    /// Numbers that leave one number of it when they are divided by another.
    fn remainders(&self) -> Vec<String> {
        if !self.names(&["%", "mod"]) {
            return Vec::new();
        }
        let numbers = self.numbers();
        let mut found = Vec::new();
        for divisor in numbers.iter().filter(|number| **number > 1) {
            for rest in numbers.iter().chain(&[0]).filter(|rest| *rest < divisor) {
                for start in numbers.iter().chain(&[0]) {
                    let times = start / divisor;
                    let times = [times, times + 1, times + 2].into_iter();
                    let made =
                        times.filter_map(|times| times.checked_mul(*divisor)?.checked_add(*rest));
                    found.extend(made.map(|number| number.to_string()));
                }
            }
        }
        found
    }

    fn documents(&self, texts: &[String], lengths: &[usize]) -> Vec<String> {
        self.parts
            .iter()
            .flat_map(|(text, tokens)| documents(text, tokens, texts, lengths))
            .collect()
    }

    fn distances(&self) -> Vec<i64> {
        self.parts
            .iter()
            .flat_map(|(text, tokens)| distances(text, tokens))
            .collect()
    }

    /// Texts that are read as dates and times where it does so.
    fn moments(&self) -> Vec<String> {
        let reads = [
            "date",
            "datetime",
            "timestamp",
            "timestamptz",
            "time",
            "strftime",
            "julianday",
            "unixepoch",
            "to_timestamp",
            "to_date",
        ];
        if !self.names(&reads) {
            return Vec::new();
        }
        let days = [0, 86_400, 3600];
        let whole = days.map(timestamp);
        let iso = days.map(|distance| format!("{}Z", timestamp(distance).replace(' ', "T")));
        let times = ["01:02:03", "04:05:06"].map(str::to_owned);
        whole
            .into_iter()
            .chain(iso)
            .chain(days.map(date))
            .chain(times)
            .collect()
    }

    /// Literals one behind the other, and filled up to a length; in capitals where it asks for them.
    fn composed(&self, lengths: &[usize]) -> Vec<String> {
        let literals = self
            .tokens()
            .filter(|(_, tokens, at)| tokens[*at].kind == TokenKind::String)
            .map(|(text, tokens, at)| literal(tokens[at].text(text)));
        let mut parts: Vec<String> = Vec::new();
        for part in literals.filter(|part| !part.is_empty() && part.len() < LONGEST) {
            if !parts.contains(&part) && parts.len() < MOST_PARTS {
                parts.push(part);
            }
        }
        let pairs = parts.iter().flat_map(|one| {
            parts
                .iter()
                .filter(move |other| *other != one)
                .flat_map(move |other| [format!("{one}{other}"), format!("{one}a{other}a")])
        });
        let starts: Vec<String> = parts.iter().cloned().chain(pairs).collect();
        let mut found: Vec<String> = Vec::new();
        for length in lengths.iter().take(12) {
            for start in &starts {
                let missing = length.saturating_sub(start.chars().count());
                if missing > 0 {
                    found.push(format!("{start}{}", "a".repeat(missing)));
                    found.push(format!("{start}{}", "1".repeat(missing)));
                }
            }
        }
        let ends = ["x", "1"];
        found.extend(
            starts
                .iter()
                .flat_map(|start| ends.map(|end| format!("{start}{end}"))),
        );
        found.extend(starts);
        found.truncate(MOST_COMPOSED);
        let texts = self.texts();
        if self.names(&["upper"]) {
            found.extend(texts.iter().map(|text| text.to_uppercase()));
        }
        if self.names(&["lower"]) {
            found.extend(texts.iter().map(|text| text.to_lowercase()));
        }
        found
    }
}

/// The definitions of a schema's functions that tokens call.
fn bodies<'a>(text: &str, tokens: &[Token], schema: &'a Schema) -> Vec<&'a str> {
    let called: Vec<String> = tokens
        .windows(2)
        .filter(|pair| pair[1].text(text) == "(")
        .map(|pair| pair[0].text(text).trim_matches('"').to_owned())
        .collect();
    let functions = schema.sql_objects.iter();
    functions
        .filter(|one| one.kind == SqlObjectKind::Function)
        .filter(|one| {
            let name = one.name.name.split('(').next().unwrap_or_default();
            called.iter().any(|word| word == name.trim_matches('"'))
        })
        .filter_map(|one| one.definition.as_deref())
        .collect()
}

/// What a string literal holds.
fn literal(text: &str) -> String {
    let inner = text.trim_start_matches(['E', 'e', 'N', 'n']);
    let is_escaped = text.starts_with(['E', 'e']);
    let inner = inner.strip_prefix('\'').unwrap_or(inner);
    let inner = inner.strip_suffix('\'').unwrap_or(inner).replace("''", "'");
    if is_escaped {
        inner.replace("\\\\", "\\")
    } else {
        inner
    }
}

/// What a literal is to the operator before it.
enum Pattern {
    None,
    Regular,
    Like,
    Glob,
}

/// What a literal is, by the words before it, the nearest first.
fn pattern_of(words: &[Option<String>; 3], literal: &str) -> Pattern {
    let word = |at: usize| words[at].as_deref().unwrap_or_default();
    let nearest = if word(0) == "(" { word(1) } else { word(0) };
    match nearest {
        "like" | "ilike" | "~~" | "~~*" | "!~~" | "like_escape" => Pattern::Like,
        "glob" => Pattern::Glob,
        "~" | "~*" | "regexp" | "similar" | "to" => Pattern::Regular,
        // An argument of regexp_match, perhaps.
        _ if literal.starts_with('^') || literal.contains("\\d") || literal.contains("[0-9") => {
            Pattern::Regular
        }
        _ => Pattern::None,
    }
}

fn around(text: &str, exact: &mut Vec<String>, beside: &mut Vec<String>) {
    exact.push(text.to_owned());
    if let Ok(number) = text.parse::<i64>() {
        let others = [
            number.checked_add(1),
            number.checked_sub(1),
            number.checked_mul(2),
        ];
        beside.extend(
            others
                .into_iter()
                .flatten()
                .map(|number| number.to_string()),
        );
    } else if let Ok(number) = text.parse::<f64>()
        && number.is_finite()
        && text.bytes().any(|byte| byte.is_ascii_digit())
    {
        let others = [number.floor(), number.ceil(), number / 2.0];
        beside.extend(others.map(|number| number.to_string()));
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
            ("c ~~ like_escape('x!_y%'::text, '!'::text)", vec!["x_y"]),
            ("code ~ '^[A-Z]{3}-[0-9]+$'", vec!["AAA-0"]),
            ("code ~ E'^\\\\d{3}$'", vec!["111"]),
            ("regexp_match(code, '^[A-Z]{2}$') IS NOT NULL", vec!["AA"]),
        ] {
            let found = Said::alone(expression, Dialect::Postgres).texts();
            for text in expected {
                assert!(
                    found.iter().any(|one| one == text),
                    "{expression}: {text} in {found:?}"
                );
            }
        }
        let said = |expression: &str| Said::alone(expression, Dialect::Sqlite);
        assert_eq!(said("length(x) > 10").lengths(), [9, 10, 11]);
        assert!(said("a + b + c = 100").shares(3).contains(&"34".to_owned()));
        assert!(
            said("a % 1000 = 7 AND a > 5000")
                .remainders()
                .contains(&"5007".to_owned())
        );
        let composed = said("substr(c, 1, 3) = 'de-' AND c = upper(c) AND length(c) = 6");
        assert!(
            composed
                .values(&Shape::Text(None), 0)
                .contains(&Value::Text("DE-".to_owned()))
        );
        assert!(composed.composed(&[6]).contains(&"de-111".to_owned()));
    }
}
