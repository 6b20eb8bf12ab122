//! Rows of the catalog as structs: the fields stand in the order of the query's columns.
//!
//! Plain columns, since `row_to_json` costs the server more than most of the queries themselves.

use serde::de::value::SeqDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde_json::Error;

/// Reads a row; one of a single column is JSON.
pub(super) fn from_row<T: DeserializeOwned>(row: &[Option<String>]) -> Result<T, Error> {
    match row {
        [Some(json)] => serde_json::from_str(json),
        cells => T::deserialize(SeqDeserializer::new(
            cells.iter().map(|cell| Cell(cell.as_deref())),
        )),
    }
}

/// A value in the text format.
#[derive(Clone, Copy)]
struct Cell<'a>(Option<&'a str>);

impl<'a> Cell<'a> {
    fn text(self) -> Result<&'a str, Error> {
        self.0
            .ok_or_else(|| Error::custom("null where a value is needed"))
    }

    fn number(self) -> Result<i64, Error> {
        let text = self.text()?;
        text.parse()
            .map_err(|_| Error::custom(format!("`{text}` is no number")))
    }
}

impl IntoDeserializer<'_, Error> for Cell<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Cell<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text()? {
            "t" => visitor.visit_bool(true),
            "f" => visitor.visit_bool(false),
            other => Err(Error::custom(format!("`{other}` is no boolean"))),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            None => visitor.visit_none(),
            Some(_) => visitor.visit_some(self),
        }
    }

    /// An array of numbers (`{1,2}`), a vector of them (`1 2`), or JSON.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = self.text()?;
        if text.starts_with('[') {
            return serde_json::Deserializer::from_reader(text.as_bytes()).deserialize_seq(visitor);
        }
        let cells = text
            .trim_matches(['{', '}'])
            .split([',', ' '])
            .filter(|number| !number.is_empty())
            .map(|number| Cell(Some(number)));
        SeqDeserializer::new(cells).deserialize_seq(visitor)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i128 u16 u32 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row {
        name: String,
        kind: char,
        is_set: bool,
        number: Option<i64>,
        key: Vec<i64>,
        options: Option<Vec<String>>,
    }

    fn row(cells: &[Option<&str>]) -> Result<Row, String> {
        let cells: Vec<Option<String>> = cells.iter().map(|cell| cell.map(str::to_owned)).collect();
        from_row(&cells).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_fields_in_order() {
        for (key, numbers) in [("{1,-2}", vec![1, -2]), ("3 4", vec![3, 4]), ("{}", vec![])] {
            let cells = [
                Some("a"),
                Some("p"),
                Some("t"),
                None,
                Some(key),
                Some(r#"["x=1"]"#),
            ];
            assert_eq!(
                row(&cells),
                Ok(Row {
                    name: "a".to_owned(),
                    kind: 'p',
                    is_set: true,
                    number: None,
                    key: numbers,
                    options: Some(vec!["x=1".to_owned()]),
                })
            );
        }
    }

    #[test]
    fn what_a_query_does_not_promise_is_an_error() {
        let whole = [Some("a"), Some("p"), Some("t"), Some("1"), Some("{}"), None];
        assert!(row(&whole).is_ok());
        for (place, cell) in [(0, None), (1, Some("pq")), (2, Some("yes")), (3, Some("x"))] {
            let mut cells = whole;
            cells[place] = cell;
            assert!(row(&cells).is_err(), "{place}");
        }
        assert!(row(&whole[..5]).is_err());
        let longer: Vec<Option<&str>> = whole.into_iter().chain([Some("b")]).collect();
        assert!(row(&longer).is_err());
    }
}
