//! Versions of which one says what another one says: numbers with dots, and numbers that reach all below.

use limbeck_core::revision::Tool;

use super::{OldHistory, OldOutcome, OldRow};

/// A version of numbers between dots; `1`, `01` and `1.0` are the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionNumber(Vec<Digits>);

/// A number of any length: the longer one is the greater one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Digits {
    length: usize,
    text: String,
}

impl VersionNumber {
    /// Reads a version; `None` where something else stands between its dots.
    #[must_use]
    pub fn read(version: &str) -> Option<Self> {
        let parts = version.split('.').map(|part| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let text = part.trim_start_matches('0').to_owned();
            is_number.then_some(Digits {
                length: text.len(),
                text,
            })
        });
        let mut parts = parts.collect::<Option<Vec<Digits>>>()?;
        while parts.len() > 1 && parts.last().is_some_and(|last| last.length == 0) {
            parts.pop();
        }
        Some(Self(parts))
    }
}

/// Whether two spellings are one version to a tool.
#[must_use]
pub fn is_same_version(tool: Tool, one: &str, other: &str) -> bool {
    one == other
        || tool == Tool::Flyway
            && VersionNumber::read(one)
                .is_some_and(|number| Some(number) == VersionNumber::read(other))
}

/// The row that says that a version has been run: its own, or one that speaks for all below it.
#[must_use]
pub fn row_of<'a>(history: &'a OldHistory, version: &str) -> Option<&'a OldRow> {
    let mut rows = history.rows.iter();
    let own = rows.find(|row| is_same_version(history.tool, &row.version, version));
    own.or_else(|| {
        let number = VersionNumber::read(version)?;
        let reaches = |row: &&OldRow| {
            let speaks_for_all =
                history.tool == Tool::GolangMigrate || row.outcome == OldOutcome::Baseline;
            speaks_for_all && VersionNumber::read(&row.version).is_some_and(|to| number <= to)
        };
        history.rows.iter().find(reaches)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let versions = [
            "0",
            "1",
            "1.0.1",
            "1.1",
            "1.10",
            "2",
            "10.0",
            "99999999999999999999999",
        ];
        let read = versions.map(|version| VersionNumber::read(version).expect("is a version"));
        assert!(read.is_sorted());
        for (one, other) in [("1", "1.0"), ("001", "1"), ("1.0.0", "01.00"), ("0", "0.0")] {
            assert!(is_same_version(Tool::Flyway, one, other), "{one} {other}");
            assert!(!is_same_version(Tool::Dbmate, one, other), "{one} {other}");
        }
        for text in ["", "1.", ".1", "1.a", "R__x", "-1"] {
            assert_eq!(VersionNumber::read(text), None, "{text}");
        }
    }
}
