//! Values that satisfy checks together: the server is asked which ones of a bounded number do.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::Type;
use limbeck_core::sql::quoted;

use super::draft::{Demand, Draft};
use super::kind::{Types, cast};
use super::value::Value;
use limbeck::connection::{Connection, QueryError};

/// So many combinations are asked about in one query, at most.
const MOST_COMBINATIONS: usize = 4000;
/// So many are asked about where none of these will do.
const MORE_COMBINATIONS: usize = 60_000;
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
    /// Takes in the checks of its columns, and the columns that they name besides.
    pub(super) fn join(&mut self, draft: &Draft) {
        loop {
            let is_known = |check: &Demand| {
                self.checks
                    .iter()
                    .any(|one| one.name == check.name && one.expression == check.expression)
            };
            let touches = |check: &&Demand| {
                check.columns.iter().any(|name| self.columns.contains(name)) && !is_known(check)
            };
            let Some(check) = draft.checks.iter().find(touches) else {
                break;
            };
            let check = check.clone();
            self.columns.extend(check.columns.iter().cloned());
            self.checks.push(check);
        }
        self.columns.sort();
        self.columns.dedup();
    }

    pub(super) fn fill(&mut self, draft: &Draft, given: &BTreeMap<String, Vec<Value>>) {
        self.fill_up_to(draft, given, MOST_COMBINATIONS);
    }

    /// Gives each column as many values as make so many combinations.
    pub(super) fn fill_up_to(
        &mut self,
        draft: &Draft,
        given: &BTreeMap<String, Vec<Value>>,
        combinations: usize,
    ) {
        let count = self.columns.len();
        let most = match count {
            0 | 1 => 400,
            count => {
                let mut most = 2usize;
                while u32::try_from(count)
                    .ok()
                    .and_then(|count| (most + 1).checked_pow(count))
                    .is_some_and(|all| all <= combinations)
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
                let mut values: Vec<Value> = match (given.get(name), wish) {
                    (Some(given), _) => given.iter().take(most).cloned().collect(),
                    // Where few of them are tried, what the checks speak of comes first.
                    (None, Some(wish)) if count > 1 => {
                        let (start, rest) = own.split_at(own.len().min(3));
                        let (hints, rest) = rest.split_at(wish.hints.min(rest.len()));
                        let (first, others) = start.split_at(start.len().min(1));
                        first
                            .iter()
                            .chain(hints)
                            .chain(others)
                            .chain(rest)
                            .take(most)
                            .cloned()
                            .collect()
                    }
                    (None, _) => own.iter().take(most).cloned().collect(),
                };
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
        let numbers = self.numbers().join(", ");
        format!(
            "SELECT {numbers} {} LIMIT {MOST_ANSWERS}",
            self.satisfying(draft, types, dialect, wanted)
        )
    }

    /// The names of the numbers of the values that make up an answer.
    fn numbers(&self) -> Vec<String> {
        let places = 0..self.candidates.len();
        places.map(|place| format!("n{place}")).collect()
    }

    /// `FROM`, `WHERE` and `ORDER BY` for all combinations.
    fn satisfying(&self, draft: &Draft, types: &Types, dialect: Dialect, wanted: Wanted) -> String {
        let mut sources = Vec::new();
        let numbers = self.numbers();
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
        }
        let last = self.checks.len().saturating_sub(1);
        let mut conditions: Vec<String> = self
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
        if conditions.is_empty() {
            conditions.push("1 = 1".to_owned());
        }
        format!(
            "FROM {} WHERE {} ORDER BY {}, {}",
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
            let text = format!("v{place}");
            let value = match (check.types.get(name), own) {
                // A number is rounded as one of its former type.
                (Some(data_type), Some(own)) if is_number(own) && is_number(data_type) => {
                    let former = cast(&text, own, types, dialect);
                    cast(&former, data_type, types, dialect)
                }
                (Some(data_type), _) | (None, Some(data_type)) => {
                    cast(&text, data_type, types, dialect)
                }
                (None, None) => text,
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

fn is_number(data_type: &Type) -> bool {
    data_type.is_integer() || matches!(data_type, Type::Numeric(_) | Type::Real | Type::Double)
}

/// Asks about several groups in one round trip; one by one when one of them cannot be asked about.
pub(super) async fn ask(
    connection: &mut Connection,
    groups: &[(&Draft, &Group)],
    types: &Types,
    wanted: Wanted,
) -> Result<Vec<Result<Answers, String>>, QueryError> {
    let dialect = connection.dialect();
    if groups
        .iter()
        .any(|(_, group)| group.candidates.iter().any(Vec::is_empty))
    {
        // One by one, since nothing can be selected from no values.
        let mut outcomes = Vec::new();
        for pair in groups {
            let is_void = pair.1.candidates.iter().any(Vec::is_empty);
            if is_void {
                outcomes.push(Ok(Answers::new()));
            } else {
                let one = Box::pin(ask(connection, &[*pair], types, wanted)).await?;
                outcomes.extend(one);
            }
        }
        return Ok(outcomes);
    }
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

/// An expression of a key, and the operator that is true of two rows which the key does not take.
pub(super) struct Element {
    pub(super) demand: Demand,
    pub(super) operator: String,
}

/// So many pairs of equal rows, and of others, are enough.
const MOST_PAIRS: usize = 4;

/// Pairs of rows of a group of which a key takes one only, as the server says.
pub(super) async fn conflicts(
    connection: &mut Connection,
    draft: &Draft,
    group: &Group,
    elements: &[Element],
    types: &Types,
) -> Result<Vec<(Vec<Value>, Vec<Value>)>, QueryError> {
    let dialect = connection.dialect();
    let numbers = group.numbers();
    let of = |side: &str| -> Vec<String> {
        numbers
            .iter()
            .map(|name| format!("{side}.{name}"))
            .collect()
    };
    let (one, other) = (of("x"), of("y"));
    let expressions = elements.iter().enumerate().map(|(place, element)| {
        let row = group.row(&element.demand, draft, types, dialect);
        format!(
            ", (SELECT ({}) FROM {row}) AS e{place}",
            element.demand.expression
        )
    });
    let expressions: String = expressions.collect();
    let satisfying = group.satisfying(draft, types, dialect, Wanted::Satisfied);
    let conditions = elements
        .iter()
        .enumerate()
        .map(|(place, element)| format!("x.e{place} {} y.e{place}", element.operator));
    let conditions: Vec<String> = conditions.collect();
    let same: Vec<String> = one
        .iter()
        .zip(&other)
        .map(|(x, y)| format!("{x} = {y}"))
        .collect();
    let same = same.join(" AND ");
    let names = one.iter().chain(&other).enumerate();
    let names: Vec<String> = names.map(|(at, name)| format!("{name} AS p{at}")).collect();
    let pairs = |condition: &str, name: &str, order: &str| {
        let order_by: Vec<String> = one
            .iter()
            .chain(&other)
            .map(|name| format!("{name} {order}"))
            .collect();
        format!(
            "SELECT * FROM (SELECT {} FROM a AS x CROSS JOIN a AS y WHERE {} AND {condition} ORDER BY {} LIMIT {MOST_PAIRS}) AS {name}",
            names.join(", "),
            conditions.join(" AND "),
            order_by.join(", ")
        )
    };
    // NULL is the last of the values.
    let alike = format!("({same})");
    let sql = format!(
        "WITH a AS (SELECT {}{expressions} {satisfying} LIMIT {MOST_ANSWERS}) {} UNION ALL {} UNION ALL {}",
        numbers.join(", "),
        pairs(&alike, "alike", "ASC"),
        pairs(&alike, "last", "DESC"),
        pairs(&format!("NOT {alike}"), "unlike", "ASC")
    );
    let rows = match connection.query_text(&sql).await {
        Ok(rows) => rows,
        // What cannot be asked about is not tried.
        Err(error) if error.database().is_some() => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let pair = |mut row: Vec<Option<String>>| {
        let second = row.split_off(group.candidates.len().min(row.len()));
        let mut rows = group.answers(vec![row, second]).into_iter();
        Some((rows.next()?, rows.next()?))
    };
    Ok(rows.into_iter().filter_map(pair).collect())
}

/// Takes out the candidates on which the checks of their column alone do not end well, as
/// `json_type('a')` does not.
async fn keep_readable(
    connection: &mut Connection,
    draft: &Draft,
    group: &mut Group,
    types: &Types,
) -> Result<(), QueryError> {
    for place in 0..group.columns.len() {
        let name = group.columns[place].clone();
        let own = group
            .checks
            .iter()
            .filter(|check| check.columns == [name.clone()]);
        let mut alone = Group {
            columns: vec![name.clone()],
            checks: own.cloned().collect(),
            candidates: Vec::new(),
        };
        if alone.checks.is_empty() {
            continue;
        }
        let mut readable = Vec::new();
        let mut open = vec![group.candidates[place].clone()];
        while let Some(mut candidates) = open.pop() {
            alone.candidates = vec![candidates.clone()];
            let outcome = ask(connection, &[(draft, &alone)], types, Wanted::Satisfied).await?;
            if outcome.first().is_some_and(Result::is_ok) {
                readable.append(&mut candidates);
            } else if candidates.len() > 1 {
                let second = candidates.split_off(candidates.len() / 2);
                open.push(second);
                open.push(candidates);
            }
        }
        group.candidates[place] = readable;
    }
    Ok(())
}

/// What satisfies groups; where nothing does, more combinations are tried.
pub(super) async fn satisfied(
    connection: &mut Connection,
    groups: Vec<(&Draft, Group)>,
    given: &(dyn Fn(&Draft) -> BTreeMap<String, Vec<Value>> + Sync),
    types: &Types,
) -> Result<Vec<(Group, Result<Answers, String>)>, QueryError> {
    let pairs: Vec<(&Draft, &Group)> = groups
        .iter()
        .map(|(draft, group)| (*draft, group))
        .collect();
    let outcomes = ask(connection, &pairs, types, Wanted::Satisfied).await?;
    let mut found = Vec::new();
    for ((draft, mut group), mut outcome) in groups.into_iter().zip(outcomes) {
        if outcome.is_err() {
            keep_readable(connection, draft, &mut group, types).await?;
            let again = ask(connection, &[(draft, &group)], types, Wanted::Satisfied).await?;
            outcome = again.into_iter().next().unwrap_or(outcome);
        }
        if group.columns.len() > 1 && outcome.as_ref().is_ok_and(Vec::is_empty) {
            group.fill_up_to(draft, &given(draft), MORE_COMBINATIONS);
            let again = ask(connection, &[(draft, &group)], types, Wanted::Satisfied).await?;
            outcome = again.into_iter().next().unwrap_or(outcome);
        }
        found.push((group, outcome));
    }
    Ok(found)
}

impl Group {
    fn answers(&self, rows: Vec<Vec<Option<String>>>) -> Answers {
        let row = |row: Vec<Option<String>>| -> Option<Vec<Value>> {
            row.into_iter()
                .zip(&self.candidates)
                .map(|(number, candidates)| {
                    let number: usize = number?.parse().ok()?;
                    candidates.get(number).cloned()
                })
                .collect()
        };
        rows.into_iter().filter_map(row).collect()
    }
}
