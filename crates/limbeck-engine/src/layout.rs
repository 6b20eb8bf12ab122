//! The next revision in the layout of another tool, whose files stay where they are and which runs them.
//!
//! Pure. Not here: how its files are read (`takeover`).

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Revision, RevisionId, Section, StepMode, Tool, file_name};

use crate::takeover::{self, SourceFile, ToolSettings};

/// The layout of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// `<version>_<name>.sql`, or a pair of `.up.sql` and `.down.sql`.
    Sqlx,
    /// `<version>_<name>/up.sql` and `down.sql`.
    Diesel,
    /// `V<version>__<name>.sql`, which has no way back.
    Refinery,
}

/// Why a layout cannot hold a revision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotHold {
    /// It is cut into several transactions.
    #[error("{} has no place for the several steps of this revision", .0.tool())]
    Steps(Layout),
    /// It is to run with foreign keys off, which only works outside of a transaction.
    #[error("{} cannot turn foreign keys off around a transaction, which this revision needs", .0.tool())]
    ForeignKeys(Layout),
    /// It is to run outside of a transaction.
    #[error("{} runs each migration in a transaction, which this revision cannot be in", .0.tool())]
    NoTransaction(Layout),
    /// One way runs in a transaction, and the other one does not.
    #[error("{} runs both ways in a transaction, or none of them", .0.tool())]
    Modes(Layout),
    /// The tool would read something else.
    #[error("{} would read this revision otherwise than it was proven", .0.tool())]
    Otherwise(Layout),
    /// A migration that is there comes behind it.
    #[error("`{version}` would come before `{last}`, which is there")]
    Later {
        /// The version.
        version: String,
        /// The last one that is there.
        last: String,
    },
    /// The tool takes such a version only as some are built.
    #[error(
        "`{version}` is more than {}, and no version that is there is: {} takes it only where it was built for that",
        i32::MAX,
        layout.tool()
    )]
    Wide {
        /// The layout.
        layout: Layout,
        /// The version.
        version: String,
    },
    /// The tool takes no such version.
    #[error("`{version}` is no version for {}", layout.tool())]
    Version {
        /// The layout.
        layout: Layout,
        /// The version.
        version: String,
    },
}

/// The migrations that are there, as far as the next one follows them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Last<'a> {
    /// The version of the last one, as its file spells it.
    pub version: Option<&'a str>,
    /// Whether it has a file for the way back; where there is none yet, the next one gets one.
    pub has_way_back: bool,
}

impl Layout {
    /// Whose it is.
    #[must_use]
    pub fn tool(self) -> Tool {
        match self {
            Self::Sqlx => Tool::Sqlx,
            Self::Diesel => Tool::Diesel,
            Self::Refinery => Tool::Refinery,
        }
    }

    /// What runs the migrations.
    #[must_use]
    pub fn upgrade(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx migrate run",
            Self::Diesel => "diesel migration run",
            Self::Refinery => "refinery migrate",
        }
    }

    /// What takes the last one back; none where the tool knows no way back.
    #[must_use]
    pub fn downgrade(self) -> Option<&'static str> {
        match self {
            Self::Sqlx => Some("sqlx migrate revert"),
            Self::Diesel => Some("diesel migration revert"),
            Self::Refinery => None,
        }
    }

    /// What has a migration run outside of a transaction; none where the tool always has one.
    #[must_use]
    pub fn no_transaction(self) -> Option<&'static str> {
        match self {
            Self::Sqlx => Some("write `-- no-transaction` at the very beginning of its file"),
            Self::Diesel => {
                Some("write run_in_transaction = false into metadata.toml beside its file")
            }
            Self::Refinery => None,
        }
    }

    /// The version that a path below the folder of the migrations says, as it spells it.
    #[must_use]
    pub fn version_of(self, path: &str) -> Option<&str> {
        match self {
            Self::Sqlx | Self::Diesel => {
                let first = path.split('/').next()?;
                Some(first.split_once('_')?.0)
            }
            Self::Refinery => {
                let name = path.rsplit('/').next()?;
                Some(name.strip_prefix(['V', 'U'])?.split_once("__")?.0)
            }
        }
    }

    /// The version of the next migration at a time of 14 digits, `20261126150000`: a number where those that are there
    /// are numbered.
    ///
    /// # Errors
    ///
    /// It would not come last.
    pub fn next(self, last: Last<'_>, now: &str) -> Result<String, CannotHold> {
        let Some(spelled) = last.version else {
            return Ok(match self {
                // A time is larger than the versions that it reads unless it was built for them.
                Self::Refinery => "1".to_owned(),
                Self::Sqlx | Self::Diesel => self.at(now, None),
            });
        };
        let version = spelled.replace('-', "");
        if version.len() < 14
            && let Ok(number) = version.parse::<u64>()
        {
            let next = (number + 1).to_string();
            return Ok(match self {
                Self::Sqlx | Self::Refinery => next,
                Self::Diesel => format!("{next:0>width$}", width = version.len()),
            });
        }
        let next = self.at(now, Some(&version));
        self.come_last(&next, last)?;
        Ok(next)
    }

    /// Refuses a version that a migration which is there comes behind.
    fn come_last(self, version: &str, last: Last<'_>) -> Result<(), CannotHold> {
        let Some(spelled) = last.version else {
            return Ok(());
        };
        let there = spelled.replace('-', "");
        let is_behind = match self {
            Self::Sqlx | Self::Refinery => version.parse::<i64>().ok() > there.parse().ok(),
            Self::Diesel => version > there.as_str(),
        };
        if is_behind {
            Ok(())
        } else {
            Err(CannotHold::Later {
                version: version.to_owned(),
                last: spelled.to_owned(),
            })
        }
    }

    /// A version that is a time. Diesel puts four digits behind it since 2.3.
    fn at(self, now: &str, last: Option<&str>) -> String {
        match self {
            Self::Diesel if last.is_none_or(|last| last.len() == 18) => format!("{now}0000"),
            Self::Sqlx | Self::Diesel | Self::Refinery => now.to_owned(),
        }
    }

    /// Refuses a version that the tool does not take, or that would not come last.
    ///
    /// # Errors
    ///
    /// It is no number, where the tool reads one, or not behind what is there.
    pub fn check(self, version: &RevisionId, last: Last<'_>) -> Result<(), CannotHold> {
        let text = version.as_str();
        let is_version = match self {
            Self::Sqlx | Self::Refinery => {
                text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i64>().is_ok()
            }
            Self::Diesel => !text.contains(['_', '-']),
        };
        let is_wide = |version: &str| {
            version
                .parse::<i64>()
                .is_ok_and(|it| i32::try_from(it).is_err())
        };
        if self == Self::Refinery && is_wide(text) && !last.version.is_some_and(is_wide) {
            return Err(CannotHold::Wide {
                layout: self,
                version: text.to_owned(),
            });
        }
        if is_version {
            self.come_last(text, last)
        } else {
            Err(CannotHold::Version {
                layout: self,
                version: text.to_owned(),
            })
        }
    }

    /// The id of a revision with a version: as its file will spell it, where that only says a number.
    #[must_use]
    pub fn id(self, version: &str, last: Last<'_>) -> String {
        match self {
            Self::Sqlx | Self::Refinery => self.spelled(version, last),
            Self::Diesel => version.to_owned(),
        }
    }

    /// A version as the files that are there spell theirs.
    fn spelled(self, version: &str, last: Last<'_>) -> String {
        match (self, last.version) {
            (Self::Sqlx | Self::Refinery, Some(last)) => {
                format!("{version:0>width$}", width = last.len())
            }
            (Self::Sqlx | Self::Refinery, None) => version.to_owned(),
            (Self::Diesel, last) if last.is_none_or(|last| last.contains('-')) => {
                with_dashes(version)
            }
            (Self::Diesel, _) => version.to_owned(),
        }
    }

    /// The files of a revision; the first one has the way there.
    ///
    /// # Errors
    ///
    /// [`CannotHold`], with what to hold is too much.
    pub fn files(
        self,
        revision: &Revision,
        last: Last<'_>,
        dialect: Dialect,
    ) -> Result<Vec<SourceFile>, CannotHold> {
        let empty = Section::Steps(Vec::new());
        let upgrade = revision.upgrade.common.as_ref().unwrap_or(&empty);
        let downgrade = revision.downgrade.common.as_ref().unwrap_or(&empty);
        let (up, up_mode) = self.text(upgrade)?;
        let name = file_name(&revision.id, revision.title());
        let name = name.strip_suffix(".sql").unwrap_or(&name);
        let name = name.strip_prefix(revision.id.as_str()).unwrap_or(name);
        let name = match name {
            "" => "_migration",
            name => name,
        };
        let name = match self {
            Self::Sqlx | Self::Diesel => name.to_owned(),
            Self::Refinery => format!("_{name}"),
        };
        let stem = format!("{}{name}", self.spelled(revision.id.as_str(), last));
        let file = |path: String, text: String| SourceFile {
            path,
            bytes: text.into_bytes(),
        };
        let files = match self {
            Self::Sqlx => {
                let marked = |text: String, mode: StepMode| match mode {
                    StepMode::NoTransaction => format!("-- no-transaction\n{text}"),
                    StepMode::Transaction | StepMode::ForeignKeysOff => text,
                };
                let up = marked(up, up_mode);
                if last.version.is_none() || last.has_way_back {
                    let (down, down_mode) = self.text(downgrade)?;
                    let down = marked(down, down_mode);
                    vec![
                        file(format!("{stem}.up.sql"), up),
                        file(format!("{stem}.down.sql"), down),
                    ]
                } else {
                    vec![file(format!("{stem}.sql"), up)]
                }
            }
            Self::Diesel => {
                let (down, down_mode) = self.text(downgrade)?;
                if up_mode != down_mode && !downgrade.steps().is_empty() {
                    return Err(CannotHold::Modes(self));
                }
                let mut files = vec![
                    file(format!("{stem}/up.sql"), up),
                    file(format!("{stem}/down.sql"), down),
                ];
                if up_mode == StepMode::NoTransaction {
                    let text = "run_in_transaction = false\n".to_owned();
                    files.push(file(format!("{stem}/metadata.toml"), text));
                }
                files
            }
            Self::Refinery => {
                if up_mode == StepMode::NoTransaction {
                    return Err(CannotHold::NoTransaction(self));
                }
                vec![file(format!("V{stem}.sql"), up)]
            }
        };
        let has_way_back = files.len() > 1;
        if self.reads(&files, upgrade, has_way_back.then_some(downgrade), dialect) {
            Ok(files)
        } else {
            Err(CannotHold::Otherwise(self))
        }
    }

    /// The text of a section that is one step at most, and how it is run.
    fn text(self, section: &Section) -> Result<(String, StepMode), CannotHold> {
        match section {
            Section::Irreversible(reason) => Ok((
                format!("-- There is no way back: {reason}\n"),
                StepMode::Transaction,
            )),
            Section::Unwritten(_) => {
                Ok(("-- Write the SQL here.\n".to_owned(), StepMode::Transaction))
            }
            Section::Steps(steps) => match steps.as_slice() {
                [] => Ok((
                    "-- Nothing is to be done.\n".to_owned(),
                    StepMode::Transaction,
                )),
                [step] if step.mode == StepMode::ForeignKeysOff => {
                    Err(CannotHold::ForeignKeys(self))
                }
                [step] => Ok((format!("{}\n", step.sql.trim_end()), step.mode)),
                _ => Err(CannotHold::Steps(self)),
            },
        }
    }

    /// Whether the files read back are what was to be written.
    fn reads(
        self,
        files: &[SourceFile],
        upgrade: &Section,
        downgrade: Option<&Section>,
        dialect: Dialect,
    ) -> bool {
        let Ok(read) = takeover::read(self.tool(), files, &ToolSettings::default(), dialect) else {
            return false;
        };
        let [read] = read.as_slice() else {
            return false;
        };
        let same = |one: &Section, other: &Section| {
            let told = |section: &Section| -> Vec<(StepMode, String)> {
                let steps = section.steps().iter();
                steps
                    .map(|step| (step.mode, step.sql.trim().to_owned()))
                    .collect()
            };
            told(one) == told(other)
        };
        same(&read.upgrade, upgrade)
            && downgrade.is_none_or(|downgrade| same(&read.downgrade, downgrade))
    }
}

/// `2026-11-26-150000`, with what follows behind another dash.
fn with_dashes(version: &str) -> String {
    let part = |from: usize, to: usize| version.get(from..to);
    let parts = [part(0, 4), part(4, 6), part(6, 8), part(8, 14)];
    let is_time = version.len() >= 14 && version.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts: Vec<&str> = parts.into_iter().flatten().collect();
    match version.get(14..) {
        Some(rest) if is_time => {
            if !rest.is_empty() {
                parts.push(rest);
            }
            parts.join("-")
        }
        Some(_) | None => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use limbeck_core::revision::parse;

    use super::*;

    #[test]
    fn a_version_follows_those_that_are_there() {
        let now = "20261126150000";
        for (layout, last, expected, spelled) in [
            (Layout::Sqlx, None, now, now),
            (Layout::Sqlx, Some("20240101000000"), now, now),
            (Layout::Sqlx, Some("7"), "8", "8"),
            (Layout::Sqlx, Some("0009"), "10", "0010"),
            (
                Layout::Diesel,
                None,
                "202611261500000000",
                "2026-11-26-150000-0000",
            ),
            (
                Layout::Diesel,
                Some("2026-07-30-140000-0000"),
                "202611261500000000",
                "2026-11-26-150000-0000",
            ),
            (
                Layout::Diesel,
                Some("2024-01-01-000000"),
                now,
                "2026-11-26-150000",
            ),
            (Layout::Diesel, Some("20170304182614"), now, now),
            (Layout::Diesel, Some("00007"), "00008", "00008"),
            (Layout::Refinery, None, "1", "1"),
            (Layout::Refinery, Some("7"), "8", "8"),
            (Layout::Refinery, Some("009"), "10", "010"),
            (Layout::Refinery, Some("20240101000000"), now, now),
        ] {
            let last = Last {
                version: last,
                has_way_back: true,
            };
            let next = layout.next(last, now).expect("comes behind it");
            assert_eq!(next, expected, "{last:?}");
            assert_eq!(layout.spelled(&next, last), spelled, "{last:?}");
        }
        for (layout, last) in [
            (Layout::Sqlx, "20261126150000"),
            (Layout::Diesel, "2027-01-01-000000"),
            (Layout::Refinery, "20270101000000"),
        ] {
            let last = Last {
                version: Some(last),
                has_way_back: true,
            };
            let error = layout.next(last, now).expect_err("comes before it");
            assert!(matches!(error, CannotHold::Later { .. }), "{error}");
        }
    }

    /// A revision with these sections.
    fn revision(upgrade: &str, downgrade: &str) -> Revision {
        let text = format!(
            "-- Names\n--\n-- revision: 20261126150000\n-- parents:  none\n-- created:  2026-11-26T15:00:00Z\n\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
        );
        parse(&text, "names.sql").expect("is a revision")
    }

    fn told(layout: Layout, revision: &Revision, last: Last<'_>) -> String {
        match layout.files(revision, last, Dialect::Postgres) {
            Ok(files) => {
                let files = files.iter().map(|file| {
                    let text = String::from_utf8_lossy(&file.bytes);
                    format!("{}: {}", file.path, text.trim_end().replace('\n', "; "))
                });
                files.collect::<Vec<_>>().join(" | ")
            }
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn a_layout_holds_one_transaction_or_none() {
        let index = "-- step: no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);";
        let drop = "-- step: no transaction\nDROP INDEX CONCURRENTLY i;";
        let two = "SELECT 1;\n-- step\nSELECT 2;";
        let none = "-- nothing";
        let pair = Last::default();
        let simple = Last {
            version: Some("20240101000000"),
            has_way_back: false,
        };
        for (layout, last, upgrade, downgrade, expected) in [
            (
                Layout::Sqlx,
                pair,
                index,
                drop,
                "20261126150000_names.up.sql: -- no-transaction; CREATE INDEX CONCURRENTLY i ON t (a); | 20261126150000_names.down.sql: -- no-transaction; DROP INDEX CONCURRENTLY i;",
            ),
            (
                Layout::Sqlx,
                simple,
                "SELECT 1;",
                "SELECT 2;",
                "20261126150000_names.sql: SELECT 1;",
            ),
            (
                Layout::Diesel,
                pair,
                index,
                drop,
                "2026-11-26-150000_names/up.sql: CREATE INDEX CONCURRENTLY i ON t (a); | 2026-11-26-150000_names/down.sql: DROP INDEX CONCURRENTLY i; | 2026-11-26-150000_names/metadata.toml: run_in_transaction = false",
            ),
            (
                Layout::Diesel,
                pair,
                "SELECT 1;",
                none,
                "2026-11-26-150000_names/up.sql: SELECT 1; | 2026-11-26-150000_names/down.sql: -- Nothing is to be done.",
            ),
            (Layout::Diesel, pair, index, "SELECT 1;", "Modes(Diesel)"),
            (Layout::Sqlx, pair, two, none, "Steps(Sqlx)"),
            (
                Layout::Sqlx,
                pair,
                "-- step: foreign keys off\nSELECT 1;",
                none,
                "ForeignKeys(Sqlx)",
            ),
            (
                Layout::Refinery,
                pair,
                "SELECT 1;",
                "-- step: foreign keys off\nSELECT 2;",
                "V20261126150000__names.sql: SELECT 1;",
            ),
            (
                Layout::Refinery,
                pair,
                index,
                drop,
                "NoTransaction(Refinery)",
            ),
            (Layout::Refinery, pair, two, none, "Steps(Refinery)"),
            (
                Layout::Sqlx,
                simple,
                "SELECT 1;",
                two,
                "20261126150000_names.sql: SELECT 1;",
            ),
        ] {
            let revision = revision(upgrade, downgrade);
            assert_eq!(
                told(layout, &revision, last),
                expected,
                "{upgrade} {downgrade}"
            );
        }
    }
}
