//! Where additions stand in the text of a file. Everything else keeps its bytes.

use std::collections::BTreeMap;

use proc_macro2::LineColumn;
use syn::spanned::Spanned;
use syn::{Attribute, Field, Item, ItemStruct, Visibility};

use crate::column::column_name;
use crate::scan::{parse_whole, with_room};
use crate::vocabulary::OVERLAY;

use super::{Addition, Words};

/// The longest line that an attribute of SeaORM is made by one more argument.
const LINE: usize = 100;

/// Text to be put into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The byte before which it goes.
    pub offset: usize,
    /// The text.
    pub text: String,
}

/// A struct or field that is not where it was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: the struct or field that was read there is not there any more")]
pub struct Misplaced {
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
}

/// What to put into the text of a file for additions, all of which are to this file, in the order of the text.
///
/// # Errors
///
/// The text is another one than that which was read.
pub fn insertions(text: &str, additions: &[Addition]) -> Result<Vec<Insertion>, Misplaced> {
    let Some(first) = additions.first() else {
        return Ok(Vec::new());
    };
    let found = with_room(|| insertions_here(text, additions));
    found.unwrap_or_else(|_| {
        Err(Misplaced {
            file: first.file.clone(),
            line: first.line,
        })
    })
}

fn insertions_here(text: &str, additions: &[Addition]) -> Result<Vec<Insertion>, Misplaced> {
    let misplaced = |addition: &Addition| Misplaced {
        file: addition.file.clone(),
        line: addition.line,
    };
    let mut by_place: BTreeMap<(usize, Option<&str>), Vec<&Addition>> = BTreeMap::new();
    for addition in additions {
        let place = (addition.line, addition.field.as_deref());
        by_place.entry(place).or_default().push(addition);
    }
    let Some(first) = additions.first() else {
        return Ok(Vec::new());
    };
    let file = parse_whole(text).map_err(|_| misplaced(first))?;
    let lines = Lines::of(text);
    let mut found = Vec::new();
    for ((line, field), additions) in by_place {
        let node = node(&file.items, line, field).ok_or_else(|| misplaced(additions[0]))?;
        found.extend(of_node(&lines, &node, &additions));
    }
    found.sort_by_key(|insertion| insertion.offset);
    Ok(found)
}

/// A struct or a field.
struct Node<'a> {
    attributes: &'a [Attribute],
    /// Where it begins behind its attributes.
    start: LineColumn,
}

fn node<'a>(items: &'a [Item], line: usize, field: Option<&str>) -> Option<Node<'a>> {
    items.iter().find_map(|item| match item {
        Item::Struct(item) => of_struct(item, line, field),
        Item::Mod(item) => node(&item.content.as_ref()?.1, line, field),
        _ => None,
    })
}

fn of_struct<'a>(item: &'a ItemStruct, line: usize, field: Option<&str>) -> Option<Node<'a>> {
    let Some(name) = field else {
        let is_it = item.ident.span().start().line == line;
        return is_it.then(|| Node {
            attributes: &item.attrs,
            start: match &item.vis {
                Visibility::Inherited => item.struct_token.span().start(),
                visibility => visibility.span().start(),
            },
        });
    };
    let is_it = |one: &&'a Field| {
        let ident = one.ident.as_ref();
        ident.is_some_and(|ident| {
            column_name(ident) == name.trim_start_matches("r#") && ident.span().start().line == line
        })
    };
    let found = item.fields.iter().find(is_it)?;
    Some(Node {
        attributes: &found.attrs,
        start: match (&found.vis, &found.ident) {
            (Visibility::Inherited, Some(ident)) => ident.span().start(),
            (visibility, _) => visibility.span().start(),
        },
    })
}

fn of_node(lines: &Lines<'_>, node: &Node<'_>, additions: &[&Addition]) -> Vec<Insertion> {
    let mut found = Vec::new();
    let mut above = Vec::new();
    let theirs: Vec<&str> = additions
        .iter()
        .filter_map(|addition| match &addition.words {
            Words::SeaOrm(text) => Some(text.as_str()),
            Words::Limbeck(_) => None,
        })
        .collect();
    if !theirs.is_empty() {
        let text = theirs.join(", ");
        match joined(lines, node, &text) {
            Some(insertion) => found.push(insertion),
            None => above.push(format!("#[sea_orm({text})]")),
        }
    }
    above.extend(
        additions
            .iter()
            .filter_map(|addition| match &addition.words {
                Words::Limbeck(text) => Some(format!("#[cfg_attr(any(), {OVERLAY}({text}))]")),
                Words::SeaOrm(_) => None,
            }),
    );
    if !above.is_empty() {
        let offset = lines.offset(node.start);
        let indent = lines.before(node.start);
        let is_first = indent.chars().all(char::is_whitespace);
        let behind = if is_first {
            format!("{}{indent}", lines.ending)
        } else {
            " ".to_owned()
        };
        let text = above.iter().map(|one| format!("{one}{behind}")).collect();
        found.push(Insertion { offset, text });
    }
    found
}

/// The arguments in the last `#[sea_orm(…)]` that stands on one line with room for them.
fn joined(lines: &Lines<'_>, node: &Node<'_>, text: &str) -> Option<Insertion> {
    let mut lists = node.attributes.iter().rev().filter_map(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else {
            return None;
        };
        let is_one_line = attribute.span().start().line == attribute.span().end().line;
        (attribute.path().is_ident("sea_orm") && is_one_line).then_some(list)
    });
    let list = lists.next()?;
    let end = list.delimiter.span().close().start();
    let last = list.tokens.clone().into_iter().last();
    let text = match last {
        None => text.to_owned(),
        Some(proc_macro2::TokenTree::Punct(comma)) if comma.as_char() == ',' => format!(" {text}"),
        Some(_) => format!(", {text}"),
    };
    let line = lines.line(end.line).trim_end();
    (line.chars().count() + text.chars().count() <= LINE).then(|| Insertion {
        offset: lines.offset(end),
        text,
    })
}

/// The lines of a text, and where they begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    ending: &'static str,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        // The parser leaves a byte order mark out of its count.
        let mark = text.len() - text.trim_start_matches('\u{feff}').len();
        let breaks = text.match_indices('\n').map(|(place, _)| place + 1);
        Self {
            text,
            starts: std::iter::once(mark).chain(breaks).collect(),
            ending: if text.contains("\r\n") { "\r\n" } else { "\n" },
        }
    }

    fn line(&self, number: usize) -> &'a str {
        let start = self.starts.get(number.saturating_sub(1)).copied();
        let rest = &self.text[start.unwrap_or(self.text.len())..];
        rest.split('\n').next().unwrap_or_default()
    }

    /// The text of a line in front of a place, whose column counts characters.
    fn before(&self, place: LineColumn) -> &'a str {
        let line = self.line(place.line);
        let end = line.char_indices().nth(place.column);
        &line[..end.map_or(line.len(), |(end, _)| end)]
    }

    fn offset(&self, place: LineColumn) -> usize {
        let start = self.starts.get(place.line.saturating_sub(1)).copied();
        start.unwrap_or(self.text.len()) + self.before(place).len()
    }
}

#[cfg(test)]
mod tests {
    use limbeck_core::schema::{Object, QualifiedName};

    use super::*;

    fn put(text: &str, line: usize, field: Option<&str>, words: &[Words]) -> Option<String> {
        let additions: Vec<Addition> = words
            .iter()
            .map(|words| Addition {
                file: "a.rs".to_owned(),
                line,
                field: field.map(str::to_owned),
                words: words.clone(),
                object: Object::Table(QualifiedName::new("t")),
            })
            .collect();
        let mut text = text.to_owned();
        for insertion in insertions(&text.clone(), &additions).ok()?.iter().rev() {
            text.insert_str(insertion.offset, &insertion.text);
        }
        Some(text)
    }

    #[test]
    fn additions_stand_where_they_belong() {
        let theirs = Words::SeaOrm("unique".to_owned());
        let ours = Words::Limbeck("check = \"a\"".to_owned());
        let long = Words::SeaOrm(format!("comment = \"{}\"", "x".repeat(90)));
        let above = "#[cfg_attr(any(), limbeck(check = \"a\"))]";
        for (text, line, field, words, expected) in [
            (
                "struct M {\n    a: i32,\n}",
                2,
                Some("a"),
                vec![theirs.clone(), ours.clone()],
                format!("struct M {{\n    #[sea_orm(unique)]\n    {above}\n    a: i32,\n}}"),
            ),
            (
                "struct M {\r\n\t#[sea_orm(indexed)] /* é */ pub(crate) a: i32,\r\n}",
                2,
                Some("a"),
                vec![theirs.clone(), ours.clone()],
                format!(
                    "struct M {{\r\n\t#[sea_orm(indexed, unique)] /* é */ {above} pub(crate) a: i32,\r\n}}"
                ),
            ),
            (
                "\u{feff}/* é */ struct M { a: i32, r#b: i32 }",
                1,
                Some("r#b"),
                vec![theirs.clone()],
                "\u{feff}/* é */ struct M { a: i32, #[sea_orm(unique)] r#b: i32 }".to_owned(),
            ),
            (
                "struct M {\r\n\t#[sea_orm(indexed,)]\r\n\ta: i32,\r\n}",
                2 + 1,
                Some("a"),
                vec![theirs.clone(), ours.clone()],
                format!(
                    "struct M {{\r\n\t#[sea_orm(indexed, unique)]\r\n\t{above}\r\n\ta: i32,\r\n}}"
                ),
            ),
            (
                "mod m {\n    #[sea_orm()]\n    pub struct M {}\n}",
                3,
                None,
                vec![theirs.clone()],
                "mod m {\n    #[sea_orm(unique)]\n    pub struct M {}\n}".to_owned(),
            ),
            (
                "#[sea_orm(indexed)]\nstruct M {}",
                2,
                None,
                vec![long.clone()],
                format!(
                    "#[sea_orm(indexed)]\n#[sea_orm(comment = \"{}\")]\nstruct M {{}}",
                    "x".repeat(90)
                ),
            ),
        ] {
            assert_eq!(put(text, line, field, &words), Some(expected), "{text}");
        }
        for (text, line, field) in [
            ("struct M { a: i32 }", 1, Some("b")),
            ("struct M { a: i32 }", 2, None),
            ("struct M {", 1, None),
        ] {
            assert_eq!(
                put(text, line, field, std::slice::from_ref(&theirs)),
                None,
                "{text}"
            );
        }
    }
}
