//! Values as SQL literals, and the kinds of value that a type has.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::quote_literal;

use super::stock::{DATES, FRACTIONS, NUMBERS, TEXTS};

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
    /// Exactly so many bits.
    Bits(usize),
    /// At most so many bits, or any number.
    VaryingBits(Option<usize>),
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
            Self::Bits(length) => bits(*length),
            Self::VaryingBits(limit) => {
                let most = limit.unwrap_or(12);
                let shorter = [3, 1, 0, 4].into_iter().filter(|length| *length < most);
                let mut values = bits(most);
                values.extend(shorter.flat_map(bits));
                values.dedup();
                values
            }
            Self::Enum(values) => values.iter().cloned().map(Value::Text).collect(),
            Self::Array(element) => {
                let quoted: Vec<String> = element.values().iter().map(array_element).collect();
                let alone = |element: &String| Value::Text(format!("{{{element}}}"));
                let mut values: Vec<Value> = quoted.iter().take(3).map(alone).collect();
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
                    let deep = format!("{{{{{first},{second}}},{{{second},{first}}}}}");
                    let flat = format!("{{{first},{second},{second},{first}}}");
                    let from_zero = format!("[0:1]={{{first},{second}}}");
                    values.extend([deep, flat, from_zero].map(Value::Text));
                }
                // What becomes of an element becomes of it here, too.
                values.extend(quoted.iter().skip(3).take(MOST_ELEMENTS).map(alone));
                values
            }
            Self::Composite(shapes) => {
                let fields: Vec<Vec<Value>> = shapes.iter().map(Self::values).collect();
                let row = |number_of: &dyn Fn(usize) -> usize| {
                    let fields = fields.iter().enumerate().map(|(place, values)| {
                        let value = values.get(number_of(place) % values.len().max(1));
                        value.map_or(String::new(), composite_field)
                    });
                    Value::Text(format!("({})", fields.collect::<Vec<_>>().join(",")))
                };
                let all = (0..6).map(|number| row(&|_| number));
                // Rows that differ in one field alone.
                let one = |field: usize| row(&|place| usize::from(place == field));
                all.chain((0..fields.len()).map(one)).collect()
            }
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
            Self::Bits(length) => is_bits(text) && text.len() == *length,
            Self::VaryingBits(limit) => {
                is_bits(text) && limit.is_none_or(|limit| text.len() <= limit)
            }
            Self::Array(element) => {
                only_element(text).is_some_and(|text| element.fits(&element.value(text)))
                    || self.values().contains(value)
            }
            Self::Enum(_) | Self::Composite(_) | Self::Listed(_) => self.values().contains(value),
            Self::Unknown => false,
        }
    }

    /// Whether a database reports values in the words in which they were made up.
    pub(super) fn is_reported_as_written(&self) -> bool {
        matches!(
            self,
            Self::Integer { .. } | Self::Text(_) | Self::Uuid | Self::Date | Self::Enum(_)
        )
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
            | Self::VaryingBits(_)
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
            _ => ["x", "1", "A"].map(|one| one.repeat(length)).into(),
        }
    }

    /// Arrays of elements that an expression speaks of, and of the lengths that it asks for.
    pub(super) fn arrays(
        &self,
        elements: &[Value],
        texts: &[String],
        lengths: &[usize],
    ) -> Vec<Value> {
        let Self::Array(element) = self else {
            return Vec::new();
        };
        let own = element.values();
        let spoken: Vec<String> = elements.iter().map(array_element).collect();
        let listed = |elements: &[String]| Value::Text(format!("{{{}}}", elements.join(",")));
        let mut values: Vec<Value> = Vec::new();
        let mut put = |value: Value| {
            if !values.contains(&value) {
                values.push(value);
            }
        };
        // Texts that are no value of the element alone may be arrays already.
        for text in texts.iter().filter(|text| text.starts_with('{')) {
            put(Value::Text(text.clone()));
        }
        for one in spoken.iter().take(20) {
            put(listed(std::slice::from_ref(one)));
        }
        for pair in spoken.windows(2).take(10) {
            put(listed(pair));
        }
        for length in lengths
            .iter()
            .filter(|length| (1..=LONGEST_ARRAY).contains(*length))
        {
            for source in [
                &spoken,
                &own.iter().map(array_element).collect::<Vec<String>>(),
            ] {
                let elements: Vec<String> = source.iter().cycle().take(*length).cloned().collect();
                if !elements.is_empty() {
                    put(listed(&elements));
                }
            }
        }
        values
    }

    /// Whether it is an array of the other kind, which becomes its first element.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        matches!(self, Self::Array(element) if **element == *other)
    }

    /// Values that are of both kinds; those of the first where there are none.
    pub(super) fn common(&self, other: &Self) -> Vec<Value> {
        if self == other {
            return self.values();
        }
        if self.is_of(other) {
            let mut values = self.values();
            values.retain(|value| {
                let elements = value.text().trim_start_matches('{');
                !elements.starts_with('}') && !elements.starts_with("NULL")
            });
            return values;
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

/// So many elements stand alone in an array besides the first ones.
const MOST_ELEMENTS: usize = 40;

/// Bits of a length: none, the first, the last, each other one.
fn bits(length: usize) -> Vec<Value> {
    let is_set: [fn(usize, usize) -> bool; 4] = [
        |_, _| false,
        |place, _| place == 0,
        |place, length| place + 1 == length,
        |place, _| place % 2 == 1,
    ];
    let mut values: Vec<Value> = Vec::new();
    for is_set in is_set {
        let bits = (0..length).map(|place| if is_set(place, length) { '1' } else { '0' });
        let value = Value::Text(bits.collect());
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn is_bits(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'1'))
}

/// The element of an array that has one, where it needs no escapes.
fn only_element(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if inner.contains(['\\', '{', '}']) {
        return None;
    }
    let element = match inner.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').filter(|rest| !rest.contains('"'))?,
        None if inner.is_empty() || inner == "NULL" || inner.contains(',') => return None,
        None => inner,
    };
    Some(element.to_owned())
}
/// Longer arrays are not made.
const LONGEST_ARRAY: usize = 60;

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

pub(super) fn array_element(value: &Value) -> String {
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
            (Shape::Bits(3), 3),
            (Shape::VaryingBits(Some(8)), 3),
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
