//! Templates for names: text with placeholders for what a member is made of.

use std::fmt;

use md5::Md5;
use sha2::{Digest, Sha256};

use super::cut;

/// What the name of a member is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The table.
    pub table: &'a str,
    /// The columns, in their order.
    pub columns: &'a [String],
    /// What a foreign key refers to: the table and its columns.
    pub references: Option<(&'a str, &'a [String])>,
}

impl<'a> Parts<'a> {
    /// Of a member that refers to nothing.
    pub fn new(table: &'a str, columns: &'a [String]) -> Self {
        Self {
            table,
            columns,
            references: None,
        }
    }
}

/// A template that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Table,
    Columns { joint: String },
    FirstColumn,
    OnlyColumn,
    ReferencedTable,
    ReferencedColumns { joint: String },
    Hash(Algorithm, usize, Template),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

/// Where a template stands: there is no hash of a hash, however many somebody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Name,
    Hash,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// No placeholder is called so.
    #[error("`{{{0}}}` is no placeholder")]
    Unknown(String),
    /// A brace without the other one.
    #[error("a brace stands alone")]
    Unclosed,
    /// Every member would have the same name.
    #[error("it has no placeholder")]
    Constant,
    /// A hash without its number of digits, or of more digits than there are.
    #[error("`{{{0}}}` says no number of digits, such as 8")]
    Digits(String),
}

const JOINT: &str = "_";

impl Template {
    /// Reads a template, one placeholder at least.
    ///
    /// # Errors
    ///
    /// What is none.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let template = Self::parse_part(text, Place::Name)?;
        template.with_a_placeholder()
    }

    fn with_a_placeholder(self) -> Result<Self, TemplateError> {
        let is_text = |piece: &Piece| matches!(piece, Piece::Text(_));
        if self.0.iter().all(is_text) {
            return Err(TemplateError::Constant);
        }
        Ok(self)
    }

    fn parse_part(text: &str, place: Place) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let end = closing(from).ok_or(TemplateError::Unclosed)?;
            pieces.push(placeholder(&from[1..end], place)?);
            rest = &from[end + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// Whether it names what is referred to, which only foreign keys do.
    pub fn names_references(&self) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::ReferencedTable | Piece::ReferencedColumns { .. } => true,
            Piece::Hash(_, _, of) => of.names_references(),
            Piece::Text(_)
            | Piece::Table
            | Piece::Columns { .. }
            | Piece::FirstColumn
            | Piece::OnlyColumn => false,
        })
    }

    /// Fills it. What has no value, such as the columns of a check of none, is left out with the
    /// joint before it.
    pub fn fill(&self, parts: &Parts<'_>) -> String {
        let mut name = self.fill_whole(parts);
        name.truncate(name.trim_end_matches('_').len());
        cut(&name)
    }

    fn fill_whole(&self, parts: &Parts<'_>) -> String {
        let mut name = String::new();
        let mut joint = 0;
        for piece in &self.0 {
            let value = piece.value(parts);
            if value.is_empty() {
                name.truncate(name.len() - joint);
            }
            name.push_str(&value);
            joint = piece.joint();
        }
        name
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| piece.fmt(f))
    }
}

impl Piece {
    /// The length of the joint that a text ends in.
    fn joint(&self) -> usize {
        let Self::Text(text) = self else {
            return 0;
        };
        text.len() - text.trim_end_matches(['_', '-', '.']).len()
    }

    fn value(&self, parts: &Parts<'_>) -> String {
        let (referenced_table, referenced_columns) = parts.references.unwrap_or(("", &[]));
        match self {
            Self::Text(text) => text.clone(),
            Self::Table => parts.table.to_owned(),
            Self::Columns { joint } => parts.columns.join(joint),
            Self::FirstColumn => parts.columns.first().cloned().unwrap_or_default(),
            Self::OnlyColumn => match parts.columns {
                [only] => only.clone(),
                _ => String::new(),
            },
            Self::ReferencedTable => referenced_table.to_owned(),
            Self::ReferencedColumns { joint } => referenced_columns.join(joint),
            Self::Hash(algorithm, digits, of) => {
                let text = of.fill_whole(parts);
                let mut hash = match algorithm {
                    Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
                    Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
                };
                hash.truncate(*digits);
                hash
            }
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, word: &str, joint: &String| {
            if joint == JOINT {
                write!(f, "{{{word}}}")
            } else {
                write!(f, "{{{word}:{joint}}}")
            }
        };
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Table => f.write_str("{table}"),
            Self::Columns { joint } => joined(f, "columns", joint),
            Self::FirstColumn => f.write_str("{first_column}"),
            Self::OnlyColumn => f.write_str("{only_column}"),
            Self::ReferencedTable => f.write_str("{referenced_table}"),
            Self::ReferencedColumns { joint } => joined(f, "referenced_columns", joint),
            Self::Hash(Algorithm::Md5, digits, of) => write!(f, "{{md5:{digits}:{of}}}"),
            Self::Hash(Algorithm::Sha256, digits, of) => write!(f, "{{sha256:{digits}:{of}}}"),
        }
    }
}

/// Where the brace that the text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn placeholder(text: &str, place: Place) -> Result<Piece, TemplateError> {
    let unknown = || TemplateError::Unknown(text.to_owned());
    let (word, argument) = match text.split_once(':') {
        Some((word, argument)) => (word, Some(argument)),
        None => (text, None),
    };
    let joint = || match argument {
        Some(joint) if joint.contains(['{', '}']) => Err(unknown()),
        Some(joint) => Ok(joint.to_owned()),
        None => Ok(JOINT.to_owned()),
    };
    Ok(match (word, argument) {
        ("table", None) => Piece::Table,
        ("columns", _) => Piece::Columns { joint: joint()? },
        ("first_column", None) => Piece::FirstColumn,
        ("only_column", None) => Piece::OnlyColumn,
        ("referenced_table", None) => Piece::ReferencedTable,
        ("referenced_columns", _) => Piece::ReferencedColumns { joint: joint()? },
        ("md5" | "sha256", _) if place == Place::Name => {
            hash(text, word, argument.unwrap_or_default())?
        }
        _ => return Err(unknown()),
    })
}

fn hash(text: &str, word: &str, argument: &str) -> Result<Piece, TemplateError> {
    let wrong = || TemplateError::Digits(text.to_owned());
    let (algorithm, longest) = match word {
        "md5" => (Algorithm::Md5, 32),
        _ => (Algorithm::Sha256, 64),
    };
    let (digits, of) = argument.split_once(':').ok_or_else(wrong)?;
    let digits: usize = digits.parse().map_err(|_| wrong())?;
    if !(1..=longest).contains(&digits) {
        return Err(wrong());
    }
    let of = Template::parse_part(of, Place::Hash)?.with_a_placeholder()?;
    Ok(Piece::Hash(algorithm, digits, of))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, columns: &[&str]) -> String {
        let columns: Vec<String> = columns.iter().map(|one| (*one).to_owned()).collect();
        let referenced = ["id".to_owned()];
        let parts = Parts {
            references: Some(("users", &referenced)),
            ..Parts::new("tasks", &columns)
        };
        let read = Template::parse(template).expect("is a template");
        assert_eq!(read.to_string(), template);
        read.fill(&parts)
    }

    /// The last two are names as Rails and Django give them.
    #[test]
    fn placeholders_are_filled() {
        for (template, columns, expected) in [
            ("ix_{table}_{columns}", &["a", "b"][..], "ix_tasks_a_b"),
            ("ix_{table}_{columns}", &[], "ix_tasks"),
            ("{table}_{columns}_check", &[], "tasks_check"),
            ("{table}_{only_column}_check", &["a"], "tasks_a_check"),
            ("{table}_{only_column}_check", &["a", "b"], "tasks_check"),
            ("uq-{table}-{first_column}", &["a", "b"], "uq-tasks-a"),
            (
                "index_{table}_on_{columns:_and_}",
                &["a", "b"],
                "index_tasks_on_a_and_b",
            ),
            ("FK_{table}{columns:}", &["A", "B"], "FK_tasksAB"),
            (
                "{table}_{columns}_{referenced_table}_{referenced_columns}_fk",
                &["user_id"],
                "tasks_user_id_users_id_fk",
            ),
            (
                "fk_rails_{sha256:10:{table}_{columns}_fk}",
                &["user_id"],
                "fk_rails_4d2a9e4d7e",
            ),
            (
                "{table}_{columns}_{md5:8:{table}{columns:}}_fk_{referenced_table}_{referenced_columns}",
                &["user_id"],
                "tasks_user_id_a61564ca_fk_users_id",
            ),
        ] {
            assert_eq!(filled(template, columns), expected, "{template}");
        }
    }

    #[test]
    fn what_is_no_template_says_why() {
        for (text, expected) in [
            ("same", "it has no placeholder"),
            ("", "it has no placeholder"),
            ("{tabel}_x", "`{tabel}` is no placeholder"),
            ("{table:_}", "`{table:_}` is no placeholder"),
            ("{columns:{table}}", "`{columns:{table}}` is no placeholder"),
            ("{table", "a brace stands alone"),
            ("table}", "a brace stands alone"),
            (
                "{md5:{table}}",
                "`{md5:{table}}` says no number of digits, such as 8",
            ),
            (
                "{md5:33:{table}}",
                "`{md5:33:{table}}` says no number of digits, such as 8",
            ),
            (
                "{sha256:0:{table}}",
                "`{sha256:0:{table}}` says no number of digits, such as 8",
            ),
            ("{md5:8:x}", "it has no placeholder"),
            (
                "{md5:8:{md5:8:{table}}}",
                "`{md5:8:{table}}` is no placeholder",
            ),
        ] {
            let error = Template::parse(text).expect_err("is none");
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }
}
