//! What a revision is called, in files and on the command line.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;

/// The longest slug, in characters, so that file names stay readable in a listing.
const SLUG_LENGTH: usize = 40;

/// Words that stand for something else wherever an id is expected.
const RESERVED: [&str; 5] = ["base", "current", "head", "heads", "none"];

/// Identifies a revision: letters, digits, `_` and `-`, not starting with `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RevisionId(String);

impl RevisionId {
    /// Makes an id of 12 hexadecimal digits; the caller provides the randomness.
    pub fn new_from_entropy(bytes: [u8; 6]) -> Self {
        RevisionId(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for RevisionId {
    type Err = InvalidRevisionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_word(text) && !RESERVED.contains(&text) {
            Ok(RevisionId(text.to_owned()))
        } else {
            Err(InvalidRevisionId(text.to_owned()))
        }
    }
}

impl TryFrom<String> for RevisionId {
    type Error = InvalidRevisionId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Borrow<str> for RevisionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<RevisionId> for String {
    fn from(id: RevisionId) -> Self {
        id.0
    }
}

/// Says that a text cannot be a revision id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no revision id: use letters, digits, `_` and `-`, and none of the words `base`, \
     `current`, `head`, `heads`, `none`"
)]
pub struct InvalidRevisionId(pub String);

/// Returns the words of a description in lower case, joined by `_`, for use in a file name.
pub fn slug(description: &str) -> String {
    let lower = description.to_ascii_lowercase();
    let mut slug = String::new();
    let words = lower
        .split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'')
        .map(|word| word.replace(|c: char| !c.is_ascii_alphanumeric(), ""))
        .filter(|word| !word.is_empty());
    for word in words {
        if slug.is_empty() {
            slug.extend(word.chars().take(SLUG_LENGTH));
        } else if slug.len() + 1 + word.len() <= SLUG_LENGTH {
            slug.push('_');
            slug.push_str(&word);
        } else {
            break;
        }
    }
    slug
}

/// Returns the name of a revision's file; an id that ends with the description says it once.
pub fn file_name(id: &RevisionId, description: &str) -> String {
    match slug(description).as_str() {
        "" => format!("{id}.sql"),
        slug if id.as_str().ends_with(&format!("_{slug}")) => format!("{id}.sql"),
        slug => format!("{id}_{slug}.sql"),
    }
}

/// What a file in a folder of revisions is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A revision.
    Revision,
    /// What others own and revisions refer to: `scratch.sql`, or `scratch.postgres.sql` for one dialect.
    Prelude(Option<Dialect>),
    /// None of a project's.
    Other,
}

impl FileKind {
    /// The kind of a file of this name.
    pub fn of(name: &str) -> Self {
        let Some(stem) = name.strip_suffix(".sql").filter(|_| !name.starts_with('.')) else {
            return Self::Other;
        };
        if stem == "scratch" {
            return Self::Prelude(None);
        }
        let dialect = stem
            .strip_prefix("scratch.")
            .and_then(|dialect| dialect.parse().ok());
        dialect.map_or(Self::Revision, |dialect| Self::Prelude(Some(dialect)))
    }
}

/// Tells whether a text can be an id or a label by its characters.
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        let id = RevisionId::new_from_entropy([0x7f, 0x3c, 0x1a, 0x9b, 0xe0, 0x02]);
        assert_eq!(id.as_str(), "7f3c1a9be002");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"7f3c1a9be002\"");
        for text in ["", "-1", "a+1", "a:b", "a@b", "a b", "é", "head", "none"] {
            let error = text.parse::<RevisionId>().unwrap_err();
            assert_eq!(error, InvalidRevisionId(text.to_owned()));
            assert!(serde_json::from_str::<RevisionId>(&format!("{text:?}")).is_err());
        }
    }

    #[test]
    fn file_names() {
        let id: RevisionId = "1a".parse().unwrap();
        let cases = [
            ("Add conversations", "1a_add_conversations.sql"),
            ("  Fix: user's e-mail! ", "1a_fix_users_e_mail.sql"),
            ("Größe ändern", "1a_gre_ndern.sql"),
            ("日本", "1a.sql"),
            ("", "1a.sql"),
            (
                "one two three four five six seven eight nine ten",
                "1a_one_two_three_four_five_six_seven_eight.sql",
            ),
        ];
        for (description, expected) in cases {
            assert_eq!(file_name(&id, description), expected);
        }
        let id: RevisionId = "m20240101_000001_create_users".parse().unwrap();
        assert_eq!(
            file_name(&id, "create users"),
            "m20240101_000001_create_users.sql"
        );
        assert_eq!(slug(&"x".repeat(50)).len(), 40);
    }
}
