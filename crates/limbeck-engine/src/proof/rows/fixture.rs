//! Rows that a project brings for the proofs of its revisions.

use limbeck_core::dialect::Dialect;
use limbeck_core::plan::StepMode;
use limbeck_core::revision::{Section, Step};
use limbeck_core::schema::Schema;
use limbeck_core::sql::effect::{inserted, same_name};
use limbeck_core::sql::{Statement, split};

use limbeck::folder::{Fixture, FixtureScope};

/// A fixture as a section of one step. One for the whole project brings rows of tables and columns that
/// a state does not have yet, or no longer: these statements are left out there, and keep their lines.
pub(super) fn section(fixture: &Fixture, state: &Schema, dialect: Dialect) -> Section {
    chosen(fixture, dialect, &|statement| {
        fits(statement, state, dialect)
    })
}

/// What a fixture for the whole project brings besides, once a state is there that has tables and
/// columns which the one before it has not.
pub(super) fn rest(
    fixture: &Fixture,
    before: &Schema,
    state: &Schema,
    dialect: Dialect,
) -> Option<Section> {
    let is_new = |statement: &Statement| {
        inserted(statement).is_some()
            && fits(statement, state, dialect)
            && !fits(statement, before, dialect)
    };
    let statements = split(&fixture.sql, dialect).unwrap_or_default();
    let is_any = fixture.reach == FixtureScope::Project && statements.iter().any(is_new);
    is_any.then(|| chosen(fixture, dialect, &is_new))
}

fn chosen(fixture: &Fixture, dialect: Dialect, is_run: &dyn Fn(&Statement) -> bool) -> Section {
    let mut sql = fixture.sql.clone();
    if fixture.reach == FixtureScope::Project {
        let statements = split(&sql, dialect).unwrap_or_default();
        for statement in statements.into_iter().rev().filter(|one| !is_run(one)) {
            let end = statement.offset + statement.text.len();
            blank(&mut sql, statement.offset..end);
        }
    }
    Section::Steps(vec![Step {
        mode: StepMode::Transaction,
        sql,
        line: 1,
    }])
}

/// Whether a state has the table and the columns into which a statement inserts; true of any other.
fn fits(statement: &Statement, state: &Schema, dialect: Dialect) -> bool {
    let Some((table, columns)) = inserted(statement) else {
        return true;
    };
    let found = state.table_named(&table, dialect);
    found.is_some_and(|table| {
        let has = |name: &String| {
            table
                .columns
                .iter()
                .any(|one| same_name(&one.name, name, dialect))
        };
        columns.iter().all(has)
    })
}

/// Takes text out and leaves its lines.
fn blank(sql: &mut String, range: std::ops::Range<usize>) {
    let lines = sql[range.clone()].matches('\n').count();
    sql.replace_range(range, &"\n".repeat(lines));
}
