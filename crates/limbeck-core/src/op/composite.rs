//! Composite types: what turns one list of attributes into another while the type is in use.

use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::schema::{SqlObject, SqlObjectKind};
use crate::sql::{TokenKind, lex};

/// A change of one attribute, as ALTER TYPE spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeChange {
    /// ADD ATTRIBUTE, behind all others; its definition.
    Add(String),
    /// DROP ATTRIBUTE; its name in SQL.
    Drop(String),
    /// ALTER ATTRIBUTE … TYPE; its name in SQL, and its type.
    Retype(String, String),
}

/// The changes of attributes that lead from one composite type to another. `None` where there are
/// none that do: an attribute is added behind all others (PostgreSQL manual, ALTER TYPE), so one that
/// comes between two is not reached.
pub fn changes(from: &SqlObject, to: &SqlObject) -> Option<Vec<AttributeChange>> {
    if from.kind != SqlObjectKind::CompositeType || from.key() != to.key() {
        return None;
    }
    let (from, to) = (attributes(from)?, attributes(to)?);
    let names = |list: &[Attribute]| -> BTreeSet<String> {
        list.iter().map(|one| one.name.clone()).collect()
    };
    let (of_from, of_to) = (names(&from), names(&to));
    let (kept, added): (Vec<&Attribute>, Vec<&Attribute>) =
        to.iter().partition(|one| of_from.contains(&one.name));
    let staying: Vec<&Attribute> = from
        .iter()
        .filter(|one| of_to.contains(&one.name))
        .collect();
    let is_last = to[kept.len()..].iter().eq(added.iter().copied());
    let in_order = kept
        .iter()
        .map(|one| &one.name)
        .eq(staying.iter().map(|one| &one.name));
    if !is_last || !in_order {
        return None;
    }
    let gone = from.iter().filter(|one| !of_to.contains(&one.name));
    let mut changes: Vec<AttributeChange> = gone
        .map(|one| AttributeChange::Drop(one.name.clone()))
        .collect();
    for (from, to) in staying.iter().zip(&kept) {
        if from.data_type != to.data_type {
            let (name, data_type) = (to.name.clone(), to.data_type.clone());
            changes.push(AttributeChange::Retype(name, data_type));
        }
    }
    let added = added
        .iter()
        .map(|one| format!("{} {}", one.name, one.data_type));
    changes.extend(added.map(AttributeChange::Add));
    Some(changes)
}

/// An attribute as the definition of its type spells it.
#[derive(Debug, PartialEq, Eq)]
struct Attribute {
    name: String,
    data_type: String,
}

/// Reads `CREATE TYPE name AS (a integer, b numeric(8,2))`, as the inspection writes it.
fn attributes(object: &SqlObject) -> Option<Vec<Attribute>> {
    let text = object.definition.as_deref()?;
    let tokens = lex(text, Dialect::Postgres).ok()?;
    let mut depth = 0_usize;
    let mut attributes = Vec::new();
    let mut start = None;
    let mut read = |start: &mut Option<usize>, end: usize| {
        let attribute = text[start.take()?..end].trim();
        let name = lex(attribute, Dialect::Postgres)
            .ok()?
            .into_iter()
            .find(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier))?;
        attributes.push(Attribute {
            name: name.text(attribute).to_owned(),
            data_type: attribute[name.range.end..].trim().to_owned(),
        });
        Some(())
    };
    for token in tokens {
        match token.text(text) {
            "(" => {
                depth += 1;
                if depth == 1 {
                    start = Some(token.range.end);
                }
            }
            ")" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let is_empty =
                        start.is_none_or(|start| text[start..token.range.start].trim().is_empty());
                    if !is_empty {
                        read(&mut start, token.range.start)?;
                    }
                }
            }
            "," if depth == 1 => {
                read(&mut start, token.range.start)?;
                start = Some(token.range.end);
            }
            _ => {}
        }
    }
    Some(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::QualifiedName;

    fn composite(attributes: &str) -> SqlObject {
        SqlObject {
            definition: Some(format!("CREATE TYPE c AS ({attributes})")),
            ..SqlObject::new(SqlObjectKind::CompositeType, QualifiedName::new("c"))
        }
    }

    #[test]
    fn attributes_are_changed_in_place_as_far_as_the_database_can() {
        use AttributeChange::{Add, Drop, Retype};
        let own = |text: &str| text.to_owned();
        let cases = [
            (
                "a integer",
                "a integer, b text COLLATE \"C\"",
                Some(vec![Add(own("b text COLLATE \"C\""))]),
            ),
            (
                "",
                "\"B b\" numeric(8,2)",
                Some(vec![Add(own("\"B b\" numeric(8,2)"))]),
            ),
            (
                "a integer, b numeric(8,2)",
                "a integer",
                Some(vec![Drop(own("b"))]),
            ),
            (
                "a integer, b text",
                "a bigint, b text",
                Some(vec![Retype(own("a"), own("bigint"))]),
            ),
            (
                "a integer, b text",
                "b text, c date",
                Some(vec![Drop(own("a")), Add(own("c date"))]),
            ),
            ("a integer", "b text, a integer", None),
            ("a integer, b text", "b text, a integer", None),
        ];
        for (from, to, expected) in cases {
            assert_eq!(
                changes(&composite(from), &composite(to)),
                expected,
                "{from} -> {to}"
            );
        }
    }
}
