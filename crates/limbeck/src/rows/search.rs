//! Values that satisfy checks together: the server is asked which ones of a bounded number do.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::Type;
use limbeck_core::sql::quoted;

use super::draft::{Demand, Draft};
use super::kind::{Types, cast};
use super::value::Value;
use crate::connection::{Connection, QueryError};

/// So many combinations are asked about in one query, at most.
const MOST_COMBINATIONS: usize = 4000;
/// So many answers are enough.
const MOST_ANSWERS: usize = 120;

/// Columns that checks hold together, with the values that are tried.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) columns: Vec<String>,
    pub(super) checks: Vec<Demand>,
    pub(super) candidates: Vec<Vec<Value>>,
}

/// What is asked of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of them hold.
    Satisfied,
    /// The last one does not, the others do.
    LastViolated,
}

/// Rows of a group: a value for each of its columns.
pub(super) type Answers = Vec<Vec<Value>>;

/// The groups of a table. `given` has the candidates of columns that are not free.
pub(super) fn groups(draft: &Draft, given: &BTreeMap<String, Vec<Value>>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for check in &draft.checks {
        let mut joined = Group {
            columns: check.columns.clone(),
            checks: vec![check.clone()],
            candidates: Vec::new(),
        };
        let (touching, apart): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(|group| {
            group
                .columns
                .iter()
                .any(|name| joined.columns.contains(name))
        });
        for group in touching.into_iter().rev() {
            joined.columns.extend(group.columns);
            joined.checks.splice(0..0, group.checks);
        }
        joined.columns.sort();
        joined.columns.dedup();
        groups = apart;
        groups.push(joined);
    }
    for group in &mut groups {
        group.fill(draft, given);
    }
    groups
}

impl Group {
    pub(super) fn fill(&mut self, draft: &Draft, given: &BTreeMap<String, Vec<Value>>) {
        let most = match self.columns.len() {
            0 | 1 => 200,
            2 => 60,
            count => {
                let mut most = 2usize;
                while u32::try_from(count)
                    .ok()
                    .and_then(|count| (most + 1).checked_pow(count))
                    .is_some_and(|all| all <= MOST_COMBINATIONS)
                {
                    most += 1;
                }
                most
            }
        };
        self.candidates = self
            .columns
            .iter()
            .map(|name| {
                let wish = draft.wish(name);
                let own = wish.map(|wish| wish.values.as_slice()).unwrap_or_default();
                let values = given.get(name).map_or(own, Vec::as_slice);
                let mut values: Vec<Value> = values.iter().take(most).cloned().collect();
                if wish.is_some_and(|wish| wish.nullable) && !values.contains(&Value::Null) {
                    values.truncate(most.saturating_sub(1).max(1));
                    values.push(Value::Null);
                }
                values
            })
            .collect();
    }

    /// `check a`, `checks a and b`.
    pub(super) fn named(&self) -> String {
        let mut names: Vec<&str> = self
            .checks
            .iter()
            .map(|check| check.name.as_str())
            .collect();
        names.dedup();
        match names.as_slice() {
            [one] => format!("check {one}"),
            several => format!("checks {}", several.join(" and ")),
        }
    }

    fn sql(&self, draft: &Draft, types: &Types, dialect: Dialect, wanted: Wanted) -> String {
        let mut sources = Vec::new();
        let mut numbers = Vec::new();
        for (place, candidates) in self.candidates.iter().enumerate() {
            let rows = candidates.iter().enumerate().map(|(number, value)| {
                let literal = value.literal(dialect);
                if number > 0 {
                    return format!("SELECT {number}, {literal}");
                }
                let first = match dialect {
                    // What is in quotes has no type there until it is given one.
                    Dialect::Postgres => format!("CAST({literal} AS text)"),
                    Dialect::Sqlite => literal,
                };
                format!("SELECT {number} AS n{place}, {first} AS v{place}")
            });
            let rows: Vec<String> = rows.collect();
            sources.push(format!("({}) AS c{place}", rows.join(" UNION ALL ")));
            numbers.push(format!("n{place}"));
        }
        let last = self.checks.len().saturating_sub(1);
        let conditions: Vec<String> = self
            .checks
            .iter()
            .enumerate()
            .map(|(number, check)| {
                let is_violated = wanted == Wanted::LastViolated && number == last;
                let outcome = if is_violated {
                    "IS FALSE"
                } else {
                    "IS NOT FALSE"
                };
                format!(
                    "(SELECT ({}) {outcome} FROM {})",
                    check.expression,
                    self.row(check, draft, types, dialect)
                )
            })
            .collect();
        format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {}, {} LIMIT {MOST_ANSWERS}",
            numbers.join(", "),
            sources.join(" CROSS JOIN "),
            conditions.join(" AND "),
            numbers.join(" + "),
            numbers.join(", ")
        )
    }

    /// A row of the table, as far as the check needs it, under the table's name.
    fn row(&self, check: &Demand, draft: &Draft, types: &Types, dialect: Dialect) -> String {
        let columns = self.columns.iter().enumerate().map(|(place, name)| {
            let own: Option<&Type> = draft.wish(name).map(|wish| &wish.data_type);
            let value = match check.types.get(name).or(own) {
                Some(data_type) => cast(&format!("v{place}"), data_type, types, dialect),
                None => format!("v{place}"),
            };
            format!("{value} AS {}", quoted(name))
        });
        let columns: Vec<String> = columns.collect();
        let table = quoted(&draft.table.name);
        let row = format!("(SELECT {}) AS {table}", columns.join(", "));
        // Generated columns whose columns are all there.
        let generated: Vec<String> = draft
            .generated
            .iter()
            .filter(|(name, expression)| {
                limbeck_core::sql::mentions(&check.expression, name, dialect)
                    && draft.columns.iter().all(|wish| {
                        self.columns.contains(&wish.name)
                            || !limbeck_core::sql::mentions(expression, &wish.name, dialect)
                    })
            })
            .map(|(name, expression)| format!(", ({expression}) AS {}", quoted(name)))
            .collect();
        if generated.is_empty() {
            row
        } else {
            format!(
                "(SELECT {table}.*{} FROM {row}) AS {table}",
                generated.concat()
            )
        }
    }
}

/// Asks about several groups in one round trip; one by one when one of them cannot be asked about.
pub(super) async fn ask(
    connection: &mut Connection,
    groups: &[(&Draft, &Group)],
    types: &Types,
    wanted: Wanted,
) -> Result<Vec<Result<Answers, String>>, QueryError> {
    let dialect = connection.dialect();
    let asked: Vec<String> = groups
        .iter()
        .map(|(draft, group)| group.sql(draft, types, dialect, wanted))
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let all = connection.query_sets(&asked.join(";\n")).await;
    if let Ok(sets) = all
        && sets.len() == groups.len()
    {
        let answers = sets.into_iter().zip(groups);
        return Ok(answers
            .map(|(rows, (_, group))| Ok(group.answers(rows)))
            .collect());
    }
    let mut outcomes = Vec::new();
    for (sql, (_, group)) in asked.iter().zip(groups) {
        outcomes.push(match connection.query_text(sql).await {
            Ok(rows) => Ok(group.answers(rows)),
            Err(error) => match error.database() {
                Some(refused) => Err(refused.message.clone()),
                None => return Err(error),
            },
        });
    }
    Ok(outcomes)
}

impl Group {
    fn answers(&self, rows: Vec<Vec<Option<String>>>) -> Answers {
        let row = |row: Vec<Option<String>>| -> Option<Vec<Value>> {
            let numbers = row.into_iter().zip(&self.candidates);
            numbers
                .map(|(number, candidates)| {
                    let number: usize = number?.parse().ok()?;
                    candidates.get(number).cloned()
                })
                .collect()
        };
        rows.into_iter().filter_map(row).collect()
    }
}
