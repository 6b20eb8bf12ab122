//! Rows that a project brings for the proof of a revision.

use limbeck_core::plan::StepMode;
use limbeck_core::revision::{Section, Step};

use crate::folder::Fixture;

/// A fixture as a section of one step.
pub(super) fn section(fixture: &Fixture) -> Section {
    Section::Steps(vec![Step {
        mode: StepMode::Transaction,
        sql: fixture.sql.clone(),
        line: 1,
    }])
}
