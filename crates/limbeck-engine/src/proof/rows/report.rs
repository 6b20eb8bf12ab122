//! What rows have shown, as it is told and written down.

use std::collections::BTreeSet;
use std::fmt;

use limbeck_core::op::{Hazard, HazardCode};
use limbeck_core::revision::{Direction, Section, Step};
use limbeck_core::schema::QualifiedName;

/// What a proof has shown about rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsReport {
    /// How many tables had rows.
    pub filled: usize,
    /// How many were to have rows.
    pub of: usize,
    /// The tables that had none, with the reason.
    pub without: Vec<(QualifiedName, String)>,
    /// What some rows are at risk of.
    pub findings: Vec<Finding>,
}

/// A hazard that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The hazard, with the rows and what the database said of them.
    pub hazard: Hazard,
    /// Which way it was seen on.
    pub direction: Direction,
    /// The first line of the statement that failed, when one did.
    pub statement: Option<String>,
}

impl fmt::Display for RowsReport {
    /// `rows: 11 of 12 tables; orders: check total_ok`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = if self.of == 1 { "table" } else { "tables" };
        write!(f, "rows: {} of {} {tables}", self.filled, self.of)?;
        for (table, reason) in &self.without {
            write!(f, "; {table}: {reason}")?;
        }
        Ok(())
    }
}

impl RowsReport {
    /// Whether rows are missing that a project could bring.
    #[must_use]
    pub fn lacks_some(&self) -> bool {
        let is_open =
            |(_, reason): &&(QualifiedName, String)| reason != LEFT_EMPTY && reason != NO_COLUMNS;
        self.without.iter().any(|one| is_open(&one))
    }
}

/// Why a table stays empty whose rows fail as it was said.
pub(super) const LEFT_EMPTY: &str = "left empty, since the rest would fail with it";
/// Why a table stays empty that takes no values.
pub(super) const NO_COLUMNS: &str = "no columns";

/// Writes what was found above the statements that it is about, where no comment of theirs says it
/// already. Statements stay as they are.
#[must_use]
pub fn announce(section: &Section, rows: &RowsReport, direction: Direction) -> Section {
    let Section::Steps(steps) = section else {
        return section.clone();
    };
    let mut steps = steps.clone();
    let mut said: BTreeSet<String> = steps
        .iter()
        .flat_map(|step| step.sql.lines())
        .filter(|line| line.starts_with("-- "))
        .filter_map(|line| start_of(line.trim_start_matches("-- ")))
        .collect();
    for finding in rows
        .findings
        .iter()
        .filter(|one| one.direction == direction)
    {
        let line = finding.hazard.to_string();
        // A value that cannot be kept is not a value that fails.
        if start_of(&line).is_some_and(|start| said.insert(start)) {
            put(&mut steps, finding, &line);
        }
    }
    Section::Steps(steps)
}

/// The code and the object of a hazard's line.
fn start_of(line: &str) -> Option<String> {
    if line.starts_with("loses: ") {
        return Some(line.to_owned());
    }
    let rest = line.strip_prefix("hazard: ")?;
    let mut parts = rest.splitn(3, ": ");
    Some(format!("{}: {}", parts.next()?, parts.next()?))
}

fn put(steps: &mut [Step], finding: &Finding, line: &str) {
    let comment = format!("-- {}\n", line.replace('\n', " "));
    let statement = finding.statement.as_deref().unwrap_or_default();
    let start = statement.trim_end_matches('…');
    let found = steps.iter_mut().find_map(|step| {
        if start.is_empty() {
            return None;
        }
        let mut place = 0;
        for line in step.sql.split_inclusive('\n') {
            if line.starts_with(start) {
                return Some((step, place));
            }
            place += line.len();
        }
        None
    });
    match found {
        Some((step, place)) => step.sql.insert_str(place, &comment),
        None => {
            if let Some(step) = steps.first_mut() {
                step.sql.insert_str(0, &comment);
            }
        }
    }
}

impl Finding {
    /// Whether an operation's own hazard says the same.
    #[must_use]
    pub fn is_said_by(&self, hazard: &Hazard) -> bool {
        self.hazard.code == hazard.code && self.hazard.object == hazard.object
    }

    /// Whether values are lost without a failure.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        self.hazard.code == HazardCode::DeletesData
    }
}

#[cfg(test)]
mod tests {
    use limbeck_core::plan::StepMode;
    use limbeck_core::schema::Object;

    use super::*;

    #[test]
    fn what_no_comment_says_is_written_above_its_statement() {
        let section = |sql: &str| {
            Section::Steps(vec![Step {
                mode: StepMode::Transaction,
                sql: sql.to_owned(),
                line: 0,
            }])
        };
        let column = |name: &str| Object::Column(QualifiedName::new("t"), name.to_owned());
        let finding = |code, name, statement: Option<&str>| Finding {
            hazard: Hazard::new(code, column(name), "rows with x"),
            direction: Direction::Upgrade,
            statement: statement.map(str::to_owned),
        };
        let rows = RowsReport {
            findings: vec![
                finding(HazardCode::MayFail, "a", Some("ALTER a")),
                finding(HazardCode::MayFail, "b", Some("ALTER b")),
                finding(HazardCode::DeletesData, "c", None),
            ],
            ..RowsReport::default()
        };
        let before = section("-- hazard: may_fail: t.a: rows that hold NULL\nALTER a;\nALTER b;");
        let after = section(
            "-- loses: t.c\n-- hazard: may_fail: t.a: rows that hold NULL\nALTER a;\n-- hazard: may_fail: t.b: rows with x\nALTER b;",
        );
        assert_eq!(announce(&before, &rows, Direction::Upgrade), after);
        assert_eq!(announce(&after, &rows, Direction::Upgrade), after);
        assert_eq!(announce(&before, &rows, Direction::Downgrade), before);
    }
}
