//! The plan of every kind in a file of its group: what Limbeck writes, with hazards and losses.

use std::collections::BTreeMap;
use std::path::Path;

use limbeck_core::dialect::Dialect;
use limbeck_core::plan::{Plan, StepMode};
use limbeck_core::revision::{Section, section};
use limbeck_engine::sides::Way;

use super::{Group, Kind};
use crate::common::expected::assert_file;

const INTRODUCTION: &str = "\
-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.
";

/// Both directions of a way.
pub(super) fn text(way: &Way, dialect: Dialect) -> String {
    let mut text = String::new();
    for (title, plan) in [("upgrade", &way.upgrade), ("downgrade", &way.downgrade)] {
        text += &format!("-- {title}\n{}", direction(plan, dialect));
    }
    text
}

fn direction(plan: &Plan, dialect: Dialect) -> String {
    let steps = match section(plan, dialect) {
        Section::Irreversible(reason) => return format!("-- irreversible: {reason}\n"),
        Section::Unwritten(_) => return "-- not written\n".to_owned(),
        Section::Steps(steps) => steps,
    };
    let mut text = String::new();
    for (number, step) in steps.iter().enumerate() {
        text += match step.mode {
            StepMode::Transaction if number == 0 => "",
            StepMode::Transaction => "-- step\n",
            StepMode::NoTransaction => "-- step: no transaction\n",
            StepMode::ForeignKeysOff => "-- step: foreign keys off\n",
        };
        text += &step.sql;
        text.push('\n');
    }
    text
}

/// Fails unless the files hold the plans.
pub(super) fn hold(dialect: Dialect, groups: &[Group], plans: &BTreeMap<&str, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds/plans");
    let folder = folder.join(dialect.as_str());
    for group in groups {
        let plan = |kind: &Kind| Some((kind.name, plans.get(kind.name)?));
        let plans: Vec<String> = group
            .kinds
            .iter()
            .filter_map(plan)
            .map(|(name, plan)| format!("\n\n-- ## {name}\n\n{plan}"))
            .collect();
        if plans.is_empty() {
            continue;
        }
        let title = group.title.to_lowercase().replace(", ", " ");
        let file = folder.join(format!("{}.sql", title.replace(' ', "-")));
        assert_file(&file, &format!("{INTRODUCTION}{}", plans.concat()));
    }
}
