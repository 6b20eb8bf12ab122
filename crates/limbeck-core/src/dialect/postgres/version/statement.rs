//! What a statement asks of its server, read from its tokens.

use super::{Feature, MULTIRANGES, ServerVersion};
use crate::dialect::Dialect;
use crate::sql::Statement;
use crate::sql::effect::Words;

/// The first thing in a statement that the server does not have, and its line.
///
/// What stands in strings is not looked at, bodies of functions among them: the server does not read
/// them before they are called.
pub fn too_new_in(statement: &Statement, server: ServerVersion) -> Option<(Feature, u32)> {
    let has_all = Feature::ALL.into_iter().all(|feature| server.has(feature));
    if statement.dialect != Dialect::Postgres || has_all {
        return None;
    }
    let text = Words::new(&statement.text, Dialect::Postgres);
    let words: Vec<String> = (0..text.len()).map(|at| text.keyword(at)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let head = Head::of(&words);
    (0..words.len()).find_map(|place| {
        let feature = at(head, &words, place)?;
        let line = statement.line + text.tokens()[place].line - 1;
        (!server.has(feature)).then_some((feature, line))
    })
}

/// What a statement is about, as far as its clauses depend on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    CreateTable,
    AlterTable,
    Index,
    View,
    Other,
}

impl Head {
    fn of(words: &[&str]) -> Self {
        const BETWEEN: [&str; 11] = [
            "or",
            "replace",
            "global",
            "local",
            "temporary",
            "temp",
            "unlogged",
            "unique",
            "foreign",
            "recursive",
            "materialized",
        ];
        let verb = words.first().copied().unwrap_or_default();
        let kind = words.iter().skip(1).find(|word| !BETWEEN.contains(*word));
        match (verb, kind.copied().unwrap_or_default()) {
            ("create", "table") => Self::CreateTable,
            ("alter", "table") => Self::AlterTable,
            ("create", "index") => Self::Index,
            ("create" | "alter", "view") => Self::View,
            _ => Self::Other,
        }
    }

    fn is_table(self) -> bool {
        matches!(self, Self::CreateTable | Self::AlterTable)
    }
}

/// What begins at a token.
fn at(head: Head, words: &[&str], place: usize) -> Option<Feature> {
    let before = |back: usize| {
        let place = place.checked_sub(back)?;
        words.get(place).copied()
    };
    let previous = before(1).unwrap_or_default();
    match &words[place..] {
        ["create", "or", "replace", "trigger", ..] if place == 0 => Some(Feature::ReplacedTrigger),
        ["create", "unlogged", "sequence", ..] if place == 0 => Some(Feature::UnloggedSequence),
        ["set", "logged" | "unlogged", ..] if words.starts_with(&["alter", "sequence"]) => {
            Some(Feature::UnloggedSequence)
        }
        ["merge", "into", ..] if place == 0 => Some(Feature::Merge),
        ["begin", "atomic", ..] => Some(Feature::AtomicBody),
        [word, ..] if MULTIRANGES.contains(word) => Some(Feature::MultirangeType),
        ["nulls", "not", "distinct", ..] if head.is_table() || head == Head::Index => {
            Some(Feature::NullsNotDistinct)
        }
        ["on", "delete", "set", "null" | "default", "(", ..] if head.is_table() => {
            Some(Feature::OnDeleteColumns)
        }
        ["generated", "always", "as", "(", rest @ ..] if head.is_table() => {
            // Neither word means VIRTUAL, from 18 on.
            (behind_parenthesis(rest) != Some("stored")).then_some(Feature::VirtualColumn)
        }
        ["not", "enforced", ..] if head.is_table() => Some(Feature::NotEnforced),
        ["without", "overlaps", ..] if head.is_table() => Some(Feature::WithoutOverlaps),
        ["add", "constraint", _, "not", "null", ..] if head == Head::AlterTable => {
            Some(Feature::NotNullConstraint)
        }
        ["set", "expression", "as", ..] if head == Head::AlterTable => Some(Feature::SetExpression),
        ["set", "access", "method", ..] => Some(Feature::SetAccessMethod),
        ["detach", "partition", _, .., "concurrently"] if head == Head::AlterTable => {
            Some(Feature::DetachConcurrently)
        }
        ["storage", "default", ..] if head.is_table() => Some(Feature::StorageClause),
        ["storage", "plain" | "external" | "extended" | "main", ..]
            if head.is_table() && previous != "set" =>
        {
            Some(Feature::StorageClause)
        }
        ["compression", "pglz" | "lz4" | "default", ..] if head.is_table() => {
            Some(Feature::Compression)
        }
        ["security_invoker", ..] if head == Head::View && matches!(previous, "(" | ",") => {
            let is_option = !words[..place].contains(&"as");
            is_option.then_some(Feature::SecurityInvoker)
        }
        _ => None,
    }
}

/// The token behind the parenthesis that closes the one before `words`.
fn behind_parenthesis<'a>(words: &[&'a str]) -> Option<&'a str> {
    let mut open = 1_u32;
    for (place, word) in words.iter().enumerate() {
        match *word {
            "(" => open += 1,
            ")" => open -= 1,
            _ => {}
        }
        if open == 0 {
            return words.get(place + 1).copied();
        }
    }
    None
}
