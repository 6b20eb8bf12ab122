//! Values as SQL literals, and the kinds of value that a type has.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::quote_literal;

/// A value that a row can be made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Null,
    /// A number or truth value.
    Plain(String),
    /// Anything that stands in quotes.
    Text(String),
    /// Bytes, as hexadecimal digits.
    Bytes(String),
}

impl Value {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Null => "",
            Self::Plain(text) | Self::Text(text) | Self::Bytes(text) => text,
        }
    }

    /// PostgreSQL reads a quoted literal as the type that its place asks for; SQLite keeps the
    /// class that the literal has.
    pub(super) fn literal(&self, dialect: Dialect) -> String {
        match (self, dialect) {
            (Self::Null, _) => "NULL".to_owned(),
            (Self::Plain(text), Dialect::Sqlite) => text.clone(),
            (Self::Plain(text) | Self::Text(text), _) => quote_literal(text),
            (Self::Bytes(digits), Dialect::Sqlite) => format!("X'{digits}'"),
            (Self::Bytes(digits), Dialect::Postgres) => format!("'\\x{digits}'"),
        }
    }

    /// As a database reports it in a row of text.
    pub(super) fn reported(text: Option<String>, shape: &Shape) -> Self {
        let Some(text) = text else {
            return Self::Null;
        };
        let digits = text
            .strip_prefix("X'")
            .and_then(|text| text.strip_suffix('\''));
        if let Some(digits) = digits {
            return Self::Bytes(digits.to_owned());
        }
        match shape {
            Shape::Boolean | Shape::Integer { .. } | Shape::Decimal(_) => Self::Plain(text),
            _ => Self::Text(text),
        }
    }
}

/// What kind of value a type has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Boolean,
    Integer {
        min: i64,
        max: i64,
    },
    /// A number with precision and scale, or without limits.
    Decimal(Option<(u16, i16)>),
    /// At most so many characters.
    Text(Option<usize>),
    Bytes,
    Uuid,
    Date,
    Time,
    Timestamp,
    Json,
    /// Bits, at most or exactly so many.
    Bits(Option<usize>),
    Enum(Vec<String>),
    Array(Box<Shape>),
    Composite(Vec<Shape>),
    /// These and others, in quotes.
    Listed(Vec<String>),
    /// Nothing is known of it.
    Unknown,
}

impl Shape {
    pub(super) fn integer(bits: u32) -> Self {
        let max = i64::MAX >> (64 - bits);
        Self::Integer { min: -max - 1, max }
    }

    /// Values of the kind, those first that differ in every row.
    pub(super) fn values(&self) -> Vec<Value> {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| Value::Text((*text).to_owned()))
                .collect()
        };
        match self {
            Self::Boolean => ["true", "false"]
                .map(|text| Value::Plain(text.to_owned()))
                .into(),
            Self::Integer { min, max } => NUMBERS
                .iter()
                .filter(|number| **number >= *min && **number <= *max)
                .map(|number| Value::Plain(number.to_string()))
                .collect(),
            Self::Decimal(_) => {
                let mut values: Vec<Value> = NUMBERS
                    .iter()
                    .map(|number| Value::Plain(number.to_string()))
                    .chain(
                        FRACTIONS
                            .iter()
                            .map(|text| Value::Plain((*text).to_owned())),
                    )
                    .collect();
                values.retain(|value| self.fits(value));
                values
            }
            Self::Text(limit) => TEXTS
                .iter()
                .map(|text| text.chars().take(limit.unwrap_or(usize::MAX)).collect())
                .fold(Vec::new(), |mut values, text: String| {
                    if !values.iter().any(|value: &Value| value.text() == text) {
                        values.push(Value::Text(text));
                    }
                    values
                }),
            Self::Bytes => (1..=6)
                .map(|number| Value::Bytes(format!("0{number}").repeat(16)))
                .chain(["", "00", "0000", "41", "61"].map(|digits| Value::Bytes(digits.to_owned())))
                .collect(),
            Self::Uuid => (1..=6)
                .map(|number| Value::Text(format!("00000000-0000-4000-8000-00000000100{number}")))
                .collect(),
            Self::Date => texts(&DATES),
            Self::Time => texts(&[
                "01:02:03",
                "04:05:06",
                "10:11:12",
                "00:00:00",
                "23:59:59",
                "01:02:03.456789",
                "01:02:03.456",
            ]),
            Self::Timestamp => DATES
                .iter()
                .map(|date| Value::Text(format!("{date} 01:02:03")))
                .chain(
                    DATES
                        .iter()
                        .map(|date| Value::Text(format!("{date} 00:00:00"))),
                )
                .chain(texts(&[
                    "2001-02-03 23:59:59",
                    "2001-02-03 01:02:03.456789",
                    "2001-02-03 01:02:03.456",
                ]))
                .collect(),
            Self::Json => texts(&[
                "{\"a\": 1}",
                "{\"a\": 2}",
                "{\"a\": 3}",
                "{}",
                "[]",
                "[1]",
                "[\"a\"]",
                "\"a\"",
                "1",
                "true",
                "null",
                "{\"a\":1}",
                "{\"b\": 1, \"a\": 2}",
                "{\"a\": 2, \"a\": 1}",
                "{\"a\": null}",
                "[1, 2]",
                "[\"a\", \"b\"]",
                "\"A\"",
            ]),
            Self::Bits(length) => (0..3)
                .map(|number: usize| {
                    let length = length.unwrap_or(4);
                    let bits = (0..length).map(|bit| {
                        if bit < 8 && number >> bit & 1 == 1 {
                            '1'
                        } else {
                            '0'
                        }
                    });
                    Value::Text(bits.collect())
                })
                .collect(),
            Self::Enum(values) => values.iter().cloned().map(Value::Text).collect(),
            Self::Array(element) => {
                let elements = element.values();
                let quoted: Vec<String> = elements.iter().map(array_element).collect();
                let mut values: Vec<Value> = quoted
                    .iter()
                    .take(3)
                    .map(|element| Value::Text(format!("{{{element}}}")))
                    .collect();
                values.push(Value::Text("{}".to_owned()));
                if let [first, second, rest @ ..] = quoted.as_slice() {
                    values.push(Value::Text(format!("{{{first},{second}}}")));
                    values.push(Value::Text(format!("{{{second},{first}}}")));
                    values.push(Value::Text(format!("{{{first},NULL}}")));
                    values.push(Value::Text(format!("{{{first},{first}}}")));
                    let third = rest.first().into_iter();
                    values.extend(third.flat_map(|third| {
                        [
                            format!("{{{first},{third}}}"),
                            format!("{{{first},{second},{third}}}"),
                        ]
                        .map(Value::Text)
                    }));
                }
                values
            }
            Self::Composite(shapes) => (0..3)
                .map(|row| {
                    let fields = shapes.iter().map(|shape| {
                        let values = shape.values();
                        let value = values.get(row % values.len().max(1));
                        value.map_or(String::new(), composite_field)
                    });
                    Value::Text(format!("({})", fields.collect::<Vec<_>>().join(",")))
                })
                .collect(),
            Self::Listed(values) => values.iter().cloned().map(Value::Text).collect(),
            Self::Unknown => Vec::new(),
        }
    }

    /// Whether a value is one of the kind, as far as can be told without asking the database.
    pub(super) fn fits(&self, value: &Value) -> bool {
        let text = value.text();
        if *value == Value::Null {
            return true;
        }
        match self {
            Self::Boolean => matches!(text, "true" | "false" | "1" | "0" | "t" | "f"),
            Self::Integer { min, max } => text
                .parse::<i64>()
                .is_ok_and(|number| number >= *min && number <= *max),
            Self::Decimal(limits) => {
                let number = text.strip_prefix('-').unwrap_or(text);
                let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
                let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                let whole_digits = whole.trim_start_matches('0').len();
                is_digits(whole)
                    && is_digits(fraction)
                    && !number.is_empty()
                    && limits.is_none_or(|(precision, scale)| {
                        i64::try_from(fraction.len())
                            .is_ok_and(|digits| digits <= i64::from(scale.max(0)))
                            && i64::try_from(whole_digits).is_ok_and(|digits| {
                                digits <= i64::from(precision) - i64::from(scale)
                            })
                    })
            }
            Self::Text(limit) => limit.is_none_or(|limit| text.chars().count() <= limit),
            Self::Bytes => {
                let is_digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
                matches!(value, Value::Bytes(_)) && is_digits && text.len().is_multiple_of(2)
            }
            Self::Uuid => {
                text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4
            }
            Self::Date => is_like(text, "9999-99-99"),
            Self::Time => is_like(whole_seconds(text), "99:99:99"),
            Self::Timestamp => {
                is_like(text, "9999-99-99") || is_like(whole_seconds(text), "9999-99-99 99:99:99")
            }
            Self::Json => serde_json::from_str::<serde_json::Value>(text).is_ok(),
            Self::Bits(length) => {
                text.bytes().all(|byte| matches!(byte, b'0' | b'1'))
                    && length.is_none_or(|length| text.len() == length)
            }
            Self::Array(_) => {
                text.starts_with('{') && text.ends_with('}') && self.values().contains(value)
            }
            Self::Enum(_) | Self::Composite(_) | Self::Listed(_) => self.values().contains(value),
            Self::Unknown => false,
        }
    }

    /// A value of the kind for each number, where the kind has so many that nothing tells of them.
    pub(super) fn numbered(&self, number: usize) -> Option<Value> {
        let number = number + 1100;
        match self {
            Self::Integer { .. } | Self::Decimal(_) => Some(Value::Plain(number.to_string())),
            Self::Text(_) => Some(Value::Text(format!("k{number}"))),
            Self::Bytes => Some(Value::Bytes(format!("{number:032}"))),
            Self::Uuid => Some(Value::Text(format!("00000000-0000-4000-8000-{number:012}"))),
            Self::Date => Some(Value::Text(format!("{:04}-07-01", number + 900))),
            Self::Timestamp => Some(Value::Text(format!("{:04}-07-01 01:02:03", number + 900))),
            Self::Json => Some(Value::Text(format!("{{\"a\": {number}}}"))),
            Self::Boolean
            | Self::Time
            | Self::Bits(_)
            | Self::Enum(_)
            | Self::Array(_)
            | Self::Composite(_)
            | Self::Listed(_)
            | Self::Unknown => None,
        }
    }

    /// A text as a value of the kind.
    pub(super) fn value(&self, text: String) -> Value {
        match self {
            Self::Boolean | Self::Integer { .. } | Self::Decimal(_) => Value::Plain(text),
            Self::Bytes => Value::Bytes(text),
            Self::Array(_) => Value::Text(format!("{{\"{text}\"}}")),
            _ => Value::Text(text),
        }
    }

    /// Texts, or the digits of bytes, of a length that an expression asks for.
    pub(super) fn of_length(&self, length: usize) -> Vec<String> {
        match self {
            Self::Bytes => (1..=3)
                .map(|one| format!("0{one}").repeat(length))
                .collect(),
            _ => ["x", "1"].map(|one| one.repeat(length)).into(),
        }
    }

    /// Values that are of both kinds; those of the first where there are none.
    pub(super) fn common(&self, other: &Self) -> Vec<Value> {
        if self == other {
            return self.values();
        }
        let mut common: Vec<Value> = Vec::new();
        for value in self.values().into_iter().chain(other.values()) {
            if self.fits(&value) && other.fits(&value) && !common.contains(&value) {
                common.push(value);
            }
        }
        if common.is_empty() {
            self.values()
        } else {
            common
        }
    }
}

/// The first ones are not what rows written by hand have.
const NUMBERS: [i64; 24] = [
    1001,
    1002,
    1003,
    101,
    102,
    103,
    11,
    12,
    13,
    1,
    2,
    3,
    0,
    5,
    10,
    50,
    -1,
    2000,
    // What a sign, a remainder or a float takes away.
    -1001,
    21,
    30_001,
    16_777_217,
    9_007_199_254_740_992,
    9_007_199_254_740_993,
];
const FRACTIONS: [&str; 15] = [
    "0.01",
    "0.02",
    "0.03",
    "0.5",
    "0.1",
    "0.2",
    "0.3",
    "1.5",
    "99.99",
    "-0.5",
    "1.25",
    "0.123456789",
    "0.1234567890123456",
    "0.30000000000000004",
    "1001.0000000001",
];
const DATES: [&str; 8] = [
    "2001-02-03",
    "2002-03-04",
    "2003-04-05",
    "2024-12-31",
    "1999-01-01",
    "1970-01-01",
    "2100-01-01",
    "1901-01-01",
];
/// Texts that the usual checks ask for come after those that differ in their first letter.
const TEXTS: [&str; 46] = [
    "a1001",
    "b1002",
    "c1003",
    "d",
    "e@example.com",
    "f@example.org",
    "https://example.com/g",
    "+15550000001",
    "15550000002",
    "12345",
    "2001-02-03",
    "01:02",
    "#aabbcc",
    "AB",
    "CD",
    "ABC",
    "abc",
    "a-b",
    "a_b",
    "A",
    "Abc",
    "/a",
    "192.0.2.1",
    "00000000-0000-4000-8000-000000001001",
    "00000000-0000-4000-8000-000000001002",
    "00000000-0000-4000-8000-000000001003",
    "a long text of more than forty letters, to be sure",
    "",
    // Pairs that case, space, Unicode, a part of the text or a number takes the difference from.
    "A1001",
    "a1001 ",
    " a1001",
    "a1009",
    "z1001",
    "a  b",
    "a b",
    "a\tb",
    "\u{e9}",
    "e\u{301}",
    "E",
    "E@EXAMPLE.COM",
    "012345",
    "1.50",
    "00000000-0000-4000-8000-00000000ABCD",
    "a long text of more than forty letters, to be safe",
    "a, b",
    "a@example.com",
];

/// A time without the fraction of its last second.
fn whole_seconds(text: &str) -> &str {
    let parts = text.split_once('.');
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    parts.map_or(
        text,
        |(whole, fraction)| if is_digits(fraction) { whole } else { text },
    )
}

/// Whether each character is of the kind of the pattern's: `9` is a digit, others themselves.
fn is_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, like)| match like {
                b'9' => byte.is_ascii_digit(),
                _ => byte == like,
            })
}

fn array_element(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bytes(digits) => format!("\"\\\\x{digits}\""),
        Value::Plain(text) => text.clone(),
        Value::Text(text) => escaped(text),
    }
}

fn composite_field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bytes(digits) => format!("\"\\\\x{digits}\""),
        Value::Plain(text) => text.clone(),
        Value::Text(text) => escaped(text),
    }
}

fn escaped(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_of_their_kind_and_differ() {
        for (shape, at_least) in [
            (Shape::Boolean, 2),
            (Shape::integer(16), 3),
            (Shape::Decimal(Some((2, 2))), 3),
            (Shape::Decimal(Some((3, 0))), 3),
            (Shape::Text(Some(1)), 3),
            (Shape::Uuid, 3),
            (Shape::Timestamp, 3),
            (Shape::Bits(Some(3)), 3),
            (Shape::Array(Box::new(Shape::Text(None))), 3),
            (
                Shape::Composite(vec![Shape::integer(32), Shape::Text(None)]),
                3,
            ),
        ] {
            let mut values = shape.values();
            assert!(values.iter().all(|value| shape.fits(value)), "{shape:?}");
            values.truncate(3);
            values.sort();
            values.dedup();
            assert!(values.len() >= at_least, "{shape:?}: {values:?}");
        }
    }

    #[test]
    fn common_values_are_of_both_kinds() {
        let text = |limit| Shape::Text(Some(limit));
        for (from, to) in [
            (text(50), text(3)),
            (text(20), Shape::integer(32)),
            (Shape::integer(64), Shape::integer(16)),
            (Shape::Decimal(None), Shape::Decimal(Some((3, 2)))),
            (Shape::Timestamp, Shape::Date),
            (text(40), Shape::Uuid),
            (
                Shape::Enum(vec!["a".into(), "b".into()]),
                Shape::Enum(vec!["b".into()]),
            ),
        ] {
            let values = from.common(&to);
            assert!(!values.is_empty());
            for value in values {
                assert!(from.fits(&value) && to.fits(&value), "{value:?}");
            }
        }
        // Nothing is of both: the rows at least are what the parent takes.
        assert_eq!(Shape::Boolean.common(&Shape::Date), Shape::Boolean.values());
    }
}
