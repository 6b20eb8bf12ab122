//! What can be wrong with a revision file.

use crate::dialect::Dialect;
use crate::revision::Direction;
use crate::sql::SqlError;

/// Says what is wrong with a revision file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct RevisionError {
    /// The name of the file, as it was given to the parser.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a revision file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file does not begin with comment lines.
    #[error("the header is missing")]
    MissingHeader,
    /// A header key that every revision needs is not there.
    #[error("the header has no `{key}`")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A header key is there twice.
    #[error("the header has `{key}` twice")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A header key means nothing.
    #[error("unknown header key `{key}`{}", did_you_mean(*.nearest))]
    UnknownKey {
        /// The key as found.
        key: String,
        /// The key that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A line of the header has a character that a terminal obeys; a shell of a database may take what is behind one for
    /// a line of its own.
    #[error("the header has a control character, `{}`", .character.escape_default())]
    ControlCharacter {
        /// The character.
        character: char,
    },
    /// A line among the header keys is none.
    #[error("`{text}` stands among the header keys but is none")]
    NotAKey {
        /// The line without its dashes.
        text: String,
    },
    /// The value of a header key cannot be read.
    #[error("`{value}` is not valid for `{key}`: expected {expected}")]
    InvalidValue {
        /// The key.
        key: &'static str,
        /// The value as found.
        value: String,
        /// What would be valid.
        expected: &'static str,
    },
    /// A list in the header names something twice.
    #[error("`{key}` names `{value}` twice")]
    RepeatedValue {
        /// The key.
        key: &'static str,
        /// The repeated value.
        value: String,
    },
    /// A comment is almost a marker.
    #[error("`{found}` is no marker: did you mean `{suggestion}`?")]
    NearMiss {
        /// The comment as found.
        found: String,
        /// The marker that was probably meant.
        suggestion: String,
    },
    /// A marker does not start at the first column.
    #[error("the marker `{found}` must start at the first column")]
    Indented {
        /// The marker.
        found: String,
    },
    /// SQL stands before the first section.
    #[error("SQL before the first section")]
    SqlOutsideSection,
    /// A step or `-- nothing` stands before the first section.
    #[error("`{marker}` before the first section")]
    MarkerOutsideSection {
        /// The marker.
        marker: String,
    },
    /// A section is there twice.
    #[error("the section `{marker}` is there twice")]
    DuplicateSection {
        /// The section's marker.
        marker: String,
    },
    /// A step has no SQL.
    #[error("the step is empty")]
    EmptyStep,
    /// SQL or a marker stands in a section that says it has none.
    #[error("the section `{marker}` says it has no SQL, and then something follows")]
    NotEmpty {
        /// The section's marker.
        marker: String,
    },
    /// A direction has no section, or none that fits a dialect for which the other one has.
    #[error("there is no {direction} section{}", for_dialect(*.dialect))]
    MissingSection {
        /// The direction.
        direction: Direction,
        /// The dialect, when other dialects have one.
        dialect: Option<Dialect>,
    },
    /// A dialect has a section and is pending all the same.
    #[error("{dialect} is `pending` in the header but has a section")]
    NotPending {
        /// The dialect.
        dialect: Dialect,
    },
    /// The SQL cannot be taken apart.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |nearest| {
        format!(": did you mean `{nearest}`?")
    })
}

fn for_dialect(dialect: Option<Dialect>) -> String {
    dialect.map_or(String::new(), |dialect| format!(" for {dialect}"))
}
