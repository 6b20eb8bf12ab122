//! Which revisions an old history makes needless, and what of it does not fit them. Nothing is asked here.

use std::collections::BTreeMap;
use std::fmt;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, Replaced, Revision, RevisionId, Tool};

use super::{OldHistory, OldOutcome, OldRow, is_same_version, row_of};

/// A revision whose work another tool has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered<'a> {
    /// The revision.
    pub revision: &'a Revision,
    /// The tool.
    pub tool: Tool,
    /// When the tool did the last of it, where it says so.
    pub at: Option<&'a str>,
}

/// Why an old history does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncovered {
    /// A migration has been run and nothing stands for it.
    Unknown {
        /// Its version.
        version: String,
    },
    /// The tool was told that this was there before it, and nothing stands for that.
    Before {
        /// Its version.
        version: String,
    },
    /// It stopped in the middle.
    Failed {
        /// Its version.
        version: String,
    },
    /// What was run is not what the file says.
    Changed {
        /// Its version.
        version: String,
        /// The checksum of what was run.
        run: String,
        /// The checksum of the file.
        file: String,
        /// The file, or the revision that stands for it.
        place: String,
    },
    /// A revision stands for several migrations, and not all of them have been run.
    Part {
        /// The revision.
        id: RevisionId,
        /// The versions that have not been run.
        missing: Vec<String>,
    },
    /// A migration has been run and one before it has not.
    Gap {
        /// What has been run.
        id: RevisionId,
        /// What it builds on.
        missing: RevisionId,
    },
}

impl fmt::Display for Uncovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { version } => {
                write!(f, "`{version}` has been run, and nothing stands for it")
            }
            Self::Before { version } => write!(
                f,
                "what came up to `{version}` was there before the tool, and nothing stands for it"
            ),
            Self::Failed { version } => write!(f, "`{version}` stopped in the middle"),
            Self::Changed {
                version,
                run,
                file,
                place,
            } => write!(
                f,
                "{place}: changed since `{version}` was run: its checksum is {file}, and that of what was run {run}"
            ),
            Self::Part { id, missing } => write!(
                f,
                "revision `{id}` stands for {} as well, which {} not been run",
                missing.join(", "),
                if missing.len() == 1 { "has" } else { "have" }
            ),
            Self::Gap { id, missing } => write!(
                f,
                "`{id}` has been run, and `{missing}`, on which it builds, has not"
            ),
        }
    }
}

/// Compares a row with what stands for it.
#[must_use]
pub fn differences(row: &OldRow, file_sums: &[String], place: &str) -> Option<Uncovered> {
    if row.outcome == OldOutcome::Failed {
        return Some(Uncovered::Failed {
            version: row.version.clone(),
        });
    }
    let run = row.checksum.as_ref()?;
    let file = file_sums.first()?;
    (!file_sums.contains(run)).then(|| Uncovered::Changed {
        version: row.version.clone(),
        run: run.clone(),
        file: file.clone(),
        place: place.to_owned(),
    })
}

/// Tells which revisions the old history of a database makes needless, in the order of the graph.
///
/// # Errors
///
/// Everything that does not fit: then it is not known where the database is.
pub fn cover<'a>(
    graph: &'a Graph,
    history: &'a OldHistory,
    dialect: Dialect,
) -> Result<Vec<Covered<'a>>, Vec<Uncovered>> {
    let stands = |revision: &'a Revision| {
        let of = move |replaced: &&Replaced| {
            replaced.tool == history.tool
                && replaced.table() == history.table
                && replaced.is_on(dialect)
        };
        revision.replaces.iter().filter(of)
    };
    let known: Vec<(&Revision, &Replaced)> = graph
        .iter()
        .flat_map(|revision| stands(revision).map(move |replaced| (revision, replaced)))
        .collect();
    let mut reasons = Vec::new();
    let mut run: BTreeMap<&str, &OldRow> = BTreeMap::new();
    for row in &history.rows {
        let own = |(_, replaced): &&(&Revision, &Replaced)| {
            is_same_version(history.tool, &replaced.version, &row.version)
        };
        // A file may have several checksums, as builds of its tool differ.
        let fits = |(_, replaced): &&(&Revision, &Replaced)| replaced.checksum == row.checksum;
        let fitting = known.iter().filter(own).find(fits);
        let Some((revision, replaced)) = fitting.or_else(|| known.iter().find(own)) else {
            reasons.extend(nothing_stands_for(row, &known, history));
            continue;
        };
        let place = graph.file(&revision.id).unwrap_or_default();
        reasons.extend(differences(row, replaced.checksum.as_slice(), place));
        if history.tool == Tool::Alembic {
            // One row speaks for all before it.
            let mut below = graph.ancestors(&revision.id);
            below.insert(&revision.id);
            let below = below.into_iter().filter_map(|id| graph.get(id));
            let versions = below.flat_map(stands).map(|one| one.version.as_str());
            run.extend(versions.map(|version| (version, row)));
        }
    }
    for (_, replaced) in &known {
        if let Some(row) = row_of(history, &replaced.version) {
            run.insert(&replaced.version, row);
        }
    }
    let mut covered: Vec<Covered<'_>> = Vec::new();
    for revision in graph.iter() {
        let (done, missing): (Vec<&Replaced>, Vec<&Replaced>) =
            stands(revision).partition(|one| run.contains_key(one.version.as_str()));
        if done.is_empty() {
            continue;
        }
        if !missing.is_empty() {
            reasons.push(Uncovered::Part {
                id: revision.id.clone(),
                missing: missing.iter().map(|one| one.version.clone()).collect(),
            });
        }
        let times = done.iter().filter_map(|one| run.get(one.version.as_str()));
        covered.push(Covered {
            revision,
            tool: history.tool,
            at: times.filter_map(|row| row.at.as_deref()).max(),
        });
    }
    for one in &covered {
        let id = &one.revision.id;
        let mut required = graph.required(id);
        let missing = required.find(|id| !covered.iter().any(|one| one.revision.id == **id));
        if let Some(missing) = missing {
            reasons.push(Uncovered::Gap {
                id: id.clone(),
                missing: missing.clone(),
            });
        }
    }
    if reasons.is_empty() {
        Ok(covered)
    } else {
        Err(reasons)
    }
}

/// What a row means for which there is no revision.
fn nothing_stands_for(
    row: &OldRow,
    known: &[(&Revision, &Replaced)],
    history: &OldHistory,
) -> Option<Uncovered> {
    let version = row.version.clone();
    match row.outcome {
        // No migration of anybody: Diesel's set-up.
        _ if history.tool == Tool::Diesel && row.version == "00000000000000" => None,
        OldOutcome::Baseline => {
            let mut others = known.iter();
            let reaches_any = others.any(|(_, one)| row_of(history, &one.version) == Some(row));
            (!reaches_any).then_some(Uncovered::Before { version })
        }
        OldOutcome::Failed => Some(Uncovered::Failed { version }),
        OldOutcome::Done => Some(Uncovered::Unknown { version }),
    }
}
