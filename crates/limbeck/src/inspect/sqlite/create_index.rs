//! Parses the CREATE INDEX statements that SQLite keeps (sqlite.org/lang_createindex.html).

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Expression, Index, IndexKey, IndexTarget, Order};

use super::reader::{ParseError, Reader};
use crate::inspect::expression::without_parentheses;

/// Parses a CREATE INDEX statement.
pub(super) fn parse(sql: &str) -> Result<Index, ParseError> {
    let mut reader = Reader::new(sql)?;
    reader.expect(&["CREATE"], "`CREATE`")?;
    let unique = reader.accept(&["UNIQUE"]);
    reader.expect(&["INDEX"], "`INDEX`")?;
    reader.accept(&["IF", "NOT", "EXISTS"]);
    let mut name = reader.name("an index name")?;
    if reader.accept_symbol(".") {
        name = reader.name("an index name")?;
    }
    reader.expect(&["ON"], "`ON`")?;
    reader.name("a table name")?;
    let mut index = Index::on_columns(name, Vec::<String>::new());
    index.unique = unique;
    reader.expect_symbol("(", "`(`")?;
    loop {
        index.keys.push(key(reader.until(&[","])?)?);
        if !reader.accept_symbol(",") {
            break;
        }
    }
    reader.expect_symbol(")", "`)`")?;
    if reader.accept(&["WHERE"]) {
        let predicate = without_parentheses(reader.until(&[])?, Dialect::Sqlite);
        index.predicate = Some(Expression::new(predicate));
    }
    if !reader.is_at_end() {
        return Err(reader.unexpected("the end"));
    }
    Ok(index)
}

/// Reads one key: a column or an expression, then COLLATE, then the order.
fn key(text: &str) -> Result<IndexKey, ParseError> {
    let (text, order) = match without_last(text, &["DESC"])? {
        Some(rest) => (rest, Order::Descending),
        None => (
            without_last(text, &["ASC"])?.unwrap_or(text),
            Order::Ascending,
        ),
    };
    let (text, collation) = without_collation(text)?;
    let mut reader = Reader::new(text)?;
    let is_name = reader.at_name();
    let name = reader.name("a column or an expression");
    let target = match name {
        Ok(name) if is_name && reader.is_at_end() => IndexTarget::Column(name),
        _ => {
            let expression = without_parentheses(text, Dialect::Sqlite);
            IndexTarget::Expression(Expression::new(expression))
        }
    };
    let mut key = IndexKey::new(target);
    key.order = order;
    key.collation = collation;
    Ok(key)
}

/// The text without its last token, if that is one of `keywords`.
fn without_last<'a>(text: &'a str, keywords: &[&str]) -> Result<Option<&'a str>, ParseError> {
    let tokens = Reader::new(text)?.into_tokens();
    Ok(match tokens.as_slice() {
        [.., before, last]
            if keywords
                .iter()
                .any(|keyword| last.text(text).eq_ignore_ascii_case(keyword)) =>
        {
            Some(&text[..before.range.end])
        }
        _ => None,
    })
}

/// The text without a COLLATE clause at its end, and the collation.
fn without_collation(text: &str) -> Result<(&str, Option<String>), ParseError> {
    let tokens = Reader::new(text)?.into_tokens();
    Ok(match tokens.as_slice() {
        [.., before, keyword, name] if keyword.text(text).eq_ignore_ascii_case("COLLATE") => (
            &text[..before.range.end],
            Some(super::reader::unquoted(name.text(text))),
        ),
        _ => (text, None),
    })
}
