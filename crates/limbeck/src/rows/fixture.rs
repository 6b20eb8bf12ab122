//! Rows that a project brings for the proofs of its revisions.

use limbeck_core::dialect::Dialect;
use limbeck_core::plan::StepMode;
use limbeck_core::revision::{Section, Step};
use limbeck_core::schema::Schema;
use limbeck_core::sql::split;

use crate::effects::inserted;
use crate::folder::{Fixture, Reach};

/// A fixture as a section of one step. One for the whole project brings rows of tables and columns that
/// a state does not have yet, or no longer: these statements are left out there, and keep their lines.
pub(super) fn section(fixture: &Fixture, state: &Schema, dialect: Dialect) -> Section {
    let mut sql = fixture.sql.clone();
    if fixture.reach == Reach::Project {
        let statements = split(&sql, dialect).unwrap_or_default();
        for statement in statements.into_iter().rev() {
            let Some((table, columns)) = inserted(&statement) else {
                continue;
            };
            let default = match dialect {
                Dialect::Postgres => "public",
                Dialect::Sqlite => "main",
            };
            let is_same = |one: &str, other: &str| match dialect {
                Dialect::Postgres => one == other,
                Dialect::Sqlite => one.eq_ignore_ascii_case(other),
            };
            let schema = table.schema.as_deref().filter(|schema| *schema != default);
            let mut tables = state.tables.values();
            let found = tables.find(|one| {
                is_same(&one.name.name, &table.name) && one.name.schema.as_deref() == schema
            });
            let has = |name: &String| {
                found.is_some_and(|table| table.columns.iter().any(|one| is_same(&one.name, name)))
            };
            if found.is_none() || !columns.iter().all(has) {
                let end = statement.offset + statement.text.len();
                blank(&mut sql, statement.offset..end);
            }
        }
    }
    Section::Steps(vec![Step {
        mode: StepMode::Transaction,
        sql,
        line: 1,
    }])
}

/// Takes text out and leaves its lines.
fn blank(sql: &mut String, range: std::ops::Range<usize>) {
    let lines = sql[range.clone()].matches('\n').count();
    sql.replace_range(range, &"\n".repeat(lines));
}
