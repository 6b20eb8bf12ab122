//! Where revisions stand in their files.

use std::fmt;

use crate::revision::RevisionId;

/// The lines of a file on which its header says what; 0 where it does not say it, or is in no file yet.
///
/// All are equal: two revisions are equal when they say the same, wherever they say it.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeaderLines {
    /// The id.
    pub revision: u32,
    /// The parents.
    pub parents: u32,
    /// What it depends on.
    pub depends_on: u32,
    /// The label.
    pub label: u32,
}

impl PartialEq for HeaderLines {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for HeaderLines {}

/// A revision, and where a file says something of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The revision.
    pub id: RevisionId,
    /// Its file.
    pub file: String,
    /// The line, counted from 1; 0 when it is not known.
    pub line: u32,
}

impl Located {
    /// Returns the file and the line.
    pub fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}", self.file),
        }
    }
}

/// `` `1a2b` (migrations/1a2b_x.sql:3) ``.
impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.id, self.place())
    }
}
