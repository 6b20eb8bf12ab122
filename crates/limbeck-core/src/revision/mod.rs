//! A revision: one file with the SQL of an upgrade and of a downgrade, and its place in history.
//!
//! Not here: reading folders, running steps, and writing what was run into the database.

mod checksum;
mod file;
mod gap;
mod graph;
mod graph_error;
mod header;
mod id;
mod kept;
mod located;
mod marker;
mod nearest;
mod path;
mod planned;
mod problem;
mod replaced;
mod resolve;
mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;

pub use crate::plan::StepMode;
pub use crate::revision::checksum::{checksum, checksum_behind};
pub use crate::revision::file::{parse, render, with_dialects, with_replaced, with_section};
pub use crate::revision::gap::Gap;
pub use crate::revision::graph::Graph;
pub use crate::revision::graph_error::{CycleStep, GraphError, Needs};
pub use crate::revision::id::{FileKind, InvalidRevisionId, RevisionId, file_name, slug};
pub use crate::revision::kept::{keep, kept};
pub use crate::revision::located::{HeaderLines, Located};
pub use crate::revision::marker::as_comments;
pub use crate::revision::path::DowngradeTarget;
pub use crate::revision::planned::section;
pub use crate::revision::problem::{Problem, RevisionError};
pub use crate::revision::replaced::{Replaced, Tool};

/// A revision file as it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The id that history and other revisions refer to.
    pub id: RevisionId,
    /// The revisions that it builds on; none for the first one, several for a merge.
    pub parents: Vec<RevisionId>,
    /// What it is about; the first line is its title. Without blanks at the ends of lines.
    pub description: String,
    /// When it was written, as RFC 3339 text; empty when the file does not say.
    pub created: String,
    /// The name of the branch that starts here.
    pub label: Option<String>,
    /// Revisions of other branches that must have been run before.
    pub depends_on: Vec<RevisionId>,
    /// Dialects whose section is still to be written.
    pub pending: BTreeSet<Dialect>,
    /// Dialects that sections without one are for; empty when the file does not say it, and whoever runs
    /// it has to know.
    pub dialects: BTreeSet<Dialect>,
    /// What has to be there besides the database when its upgrade is run.
    pub requires: BTreeSet<Requirement>,
    /// The migrations of another tool that it stands for, in their order: a database whose history has them is there
    /// without running it.
    pub replaces: Vec<Replaced>,
    /// Where its file says that.
    pub lines: HeaderLines,
    /// The way from the parents' state to this one.
    pub upgrade: Sections,
    /// The way back.
    pub downgrade: Sections,
}

/// What has to be there besides the database when an upgrade is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// A function of the application, which changes data behind the SQL.
    Hook,
}

impl Requirement {
    /// Returns its word in the header.
    pub fn as_str(self) -> &'static str {
        match self {
            Requirement::Hook => "hook",
        }
    }
}

/// The sections of one direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sections {
    /// The section without a dialect.
    pub common: Option<Section>,
    /// The sections of one dialect, which win over the common one.
    pub dialects: BTreeMap<Dialect, Section>,
}

/// What runs in one direction on one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// Steps in their order; none when there is nothing to do.
    Steps(Vec<Step>),
    /// There is no way back, for this reason.
    Irreversible(String),
    /// Nobody has written yet what it does: it has no SQL, and does not say that there is nothing to do.
    Unwritten(Unwritten),
}

/// Where a section stands that nobody has written yet.
///
/// All are equal: two revisions are equal when they say the same, wherever they say it.
#[derive(Debug, Clone, Default)]
pub struct Unwritten {
    /// The file; empty when it is in none yet.
    pub file: String,
    /// The line of its marker, counted from 1; 0 when it is in no file yet.
    pub line: u32,
}

impl PartialEq for Unwritten {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Unwritten {}

/// `migrations/1a2b_x.sql:7: `, as messages begin; nothing when it is in no file yet.
impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file.as_str() {
            "" => Ok(()),
            file => write!(f, "{file}:{}: ", self.line),
        }
    }
}

/// One transaction's worth of SQL, or statements that run outside of one.
///
/// Two steps are equal when they say the same, wherever they stand.
#[derive(Debug, Clone)]
pub struct Step {
    /// How the statements are run.
    pub mode: StepMode,
    /// The text as it is in the file, without blank lines around it.
    pub sql: String,
    /// The line of the file, counted from 1, on which the text starts; 0 when it is in no file yet.
    pub line: u32,
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        (self.mode, &self.sql) == (other.mode, &other.sql)
    }
}

impl Eq for Step {}

/// Which way a revision is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Towards the heads.
    Upgrade,
    /// Towards the base.
    Downgrade,
}

impl Direction {
    /// Returns the way back.
    pub fn opposite(self) -> Self {
        match self {
            Direction::Upgrade => Direction::Downgrade,
            Direction::Downgrade => Direction::Upgrade,
        }
    }

    /// Returns the word for the direction, as in the marker.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Revision {
    /// Returns the first line of the description.
    pub fn title(&self) -> &str {
        self.description.lines().next().unwrap_or_default()
    }

    /// Tells whether SQL stands in it of which nothing says what database it is for.
    pub fn is_unsaid(&self) -> bool {
        let has_sql = |section: &&Section| {
            !section.steps().is_empty() || matches!(section, Section::Irreversible(_))
        };
        let lacks = |sections: &Sections, dialect: &Dialect| {
            !self.pending.contains(dialect) && !sections.dialects.contains_key(dialect)
        };
        self.dialects.is_empty()
            && [&self.upgrade, &self.downgrade]
                .into_iter()
                .any(|sections| {
                    sections.common.as_ref().filter(has_sql).is_some()
                        && Dialect::ALL.iter().any(|dialect| lacks(sections, dialect))
                })
    }

    /// Returns the sections of one direction.
    pub fn sections(&self, direction: Direction) -> &Sections {
        match direction {
            Direction::Upgrade => &self.upgrade,
            Direction::Downgrade => &self.downgrade,
        }
    }

    /// Returns what is written for a dialect, whether it is pending or not.
    pub(crate) fn own_section(&self, direction: Direction, dialect: Dialect) -> Option<&Section> {
        let sections = self.sections(direction);
        let is_common = self.dialects.is_empty() || self.dialects.contains(&dialect);
        let common = sections.common.as_ref().filter(|_| is_common);
        sections.dialects.get(&dialect).or(common)
    }

    /// Returns what runs in a direction on a dialect: its own section, else the common one.
    ///
    /// # Errors
    ///
    /// When the dialect's section is still to be written, that of the other direction included, or there is none.
    pub fn section(
        &self,
        direction: Direction,
        dialect: Dialect,
    ) -> Result<&Section, SectionError> {
        if self.pending.contains(&dialect) {
            return Err(SectionError::Pending {
                id: self.id.clone(),
                dialect,
            });
        }
        for direction in [direction, direction.opposite()] {
            if let Some(Section::Unwritten(place)) = self.own_section(direction, dialect) {
                return Err(self.unwritten(direction, place));
            }
        }
        let section = self.own_section(direction, dialect);
        section.ok_or_else(|| SectionError::Missing {
            id: self.id.clone(),
            direction,
            dialect,
        })
    }

    /// Makes sure that each section is written, whatever database it is for.
    ///
    /// # Errors
    ///
    /// [`SectionError::Unwritten`] for the first one that is not.
    pub fn ensure_written(&self) -> Result<(), SectionError> {
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let sections = self.sections(direction);
            for section in sections.common.iter().chain(sections.dialects.values()) {
                if let Section::Unwritten(place) = section {
                    return Err(self.unwritten(direction, place));
                }
            }
        }
        Ok(())
    }

    fn unwritten(&self, direction: Direction, place: &Unwritten) -> SectionError {
        SectionError::Unwritten {
            id: self.id.clone(),
            direction,
            place: place.clone(),
        }
    }
}

impl Sections {
    /// Returns the dialect's own section, else the common one.
    pub fn get(&self, dialect: Dialect) -> Option<&Section> {
        self.dialects.get(&dialect).or(self.common.as_ref())
    }

    /// Tells whether there is no section at all.
    pub fn is_empty(&self) -> bool {
        self.common.is_none() && self.dialects.is_empty()
    }
}

/// Says why a revision cannot be run on a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    /// The dialect's section is still to be written.
    #[error("revision `{id}` is pending on {dialect}")]
    Pending {
        /// The revision.
        id: RevisionId,
        /// The dialect.
        dialect: Dialect,
    },
    /// Nobody has written yet what a section does.
    #[error("{place}nobody has written the {direction} of revision `{id}` yet")]
    Unwritten {
        /// The revision.
        id: RevisionId,
        /// The direction.
        direction: Direction,
        /// Where it stands.
        place: Unwritten,
    },
    /// The file has sections for other dialects only.
    #[error("revision `{id}` has no {direction} for {dialect}")]
    Missing {
        /// The revision.
        id: RevisionId,
        /// The direction.
        direction: Direction,
        /// The dialect.
        dialect: Dialect,
    },
}
