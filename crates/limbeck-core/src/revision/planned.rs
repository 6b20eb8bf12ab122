//! A plan as the section of a file.

use super::{Section, Step};
use crate::dialect::Dialect;
use crate::plan::Plan;
use crate::sql::with_plain_line_ends;

/// Writes a plan's statements down, each with a comment for what it puts at risk.
pub fn section(plan: &Plan, dialect: Dialect) -> Section {
    if let Some(reason) = &plan.irreversible {
        return Section::Irreversible(reason.clone());
    }
    let steps = plan.steps.iter().map(|step| {
        let statements: Vec<String> = step
            .statements
            .iter()
            .enumerate()
            .map(|(number, statement)| {
                let mut text = String::new();
                // A long statement begins a paragraph.
                if number > 0 && statement.sql.contains('\n') {
                    text.push('\n');
                }
                for hazard in &statement.hazards {
                    // A name may hold the end of a line, and a comment ends there.
                    let hazard = hazard.to_string().replace(['\n', '\r'], " ");
                    let line = format!("-- {hazard}\n");
                    // Values may go for two reasons, and a comment names none.
                    if !text.contains(&line) {
                        text.push_str(&line);
                    }
                }
                text.push_str(&with_plain_line_ends(&statement.sql, dialect));
                text.push(';');
                text
            })
            .collect();
        Step {
            mode: step.mode,
            sql: statements.join("\n"),
            line: 0,
        }
    });
    Section::Steps(steps.collect())
}
