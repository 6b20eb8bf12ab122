//! Rows that the state before accepts and the state after refuses: those on which an upgrade may fail.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{ConstraintKind, Object, QualifiedName, Schema, Table, Type};
use limbeck_core::sql::{mentions, quoted, rename_identifier};

use super::beside::{Beside, Given};
use super::change::Change;
use super::draft::{Demand, Draft, Sides};
use super::exclusive::Exclusive;
use super::fill::{Filled, referenced_values};
use super::kind::{shape, table_sql};
use super::search::{Element, Group, Wanted, ask, conflicts};
use super::value::{Shape, Value, array_element};
use limbeck::connection::{Connection, QueryError};

/// Rows of one kind, to be tried.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    /// What refuses them.
    pub(super) object: Object,
    /// `rows with NULL in tasks.note`.
    pub(super) rows: String,
    /// Statements of which one inserts them, the first one that the database takes.
    pub(super) attempts: Vec<String>,
    /// The query for the values that the way may take without a word.
    pub(super) values: Option<String>,
}

/// What is tried for a change; nothing when it narrows nothing.
pub(super) async fn probes(
    connection: &mut Connection,
    sides: &Sides<'_>,
    filled: &Filled,
) -> Result<Vec<Probe>, QueryError> {
    let Some((after, change)) = sides.after else {
        return Ok(Vec::new());
    };
    let mut probes = Vec::new();
    for (name, draft) in &filled.drafts {
        let Some(table) = sides.before.tables.get(name) else {
            continue;
        };
        let Some(target) = change.target(after, name) else {
            continue;
        };
        if filled.known.get(name).is_none_or(Vec::is_empty) {
            continue;
        }
        let narrowing = Narrowing {
            sides,
            after,
            change,
            draft,
            table,
            target,
            beside: Beside::new(filled, sides.dialect),
        };
        narrowing.columns(connection, &mut probes).await?;
        narrowing.keys(connection, &mut probes).await?;
        narrowing.references(&mut probes);
        narrowing.checks(connection, &mut probes).await?;
    }
    Ok(probes)
}

/// A table on both sides.
struct Narrowing<'a> {
    sides: &'a Sides<'a>,
    after: &'a Schema,
    change: &'a Change,
    draft: &'a Draft,
    table: &'a Table,
    target: &'a Table,
    beside: Beside<'a>,
}

impl Narrowing<'_> {
    fn name(&self) -> &QualifiedName {
        &self.table.name
    }

    /// A probe for rows with these values, in the order in which they are tried.
    fn probe(&self, object: Object, rows: String, given: &[&Given<'_>]) -> Probe {
        let beside = self.beside;
        let turns = if given.len() == 1 { TURNS } else { 1 };
        let attempts = given.iter().flat_map(|given| {
            (0..turns).filter_map(|turn| beside.statements(self.name(), &[given], turn))
        });
        Probe {
            object,
            rows,
            attempts: attempts.collect(),
            values: None,
        }
    }

    /// NULL, values too long or too large, and values of another kind.
    async fn columns(
        &self,
        connection: &mut Connection,
        probes: &mut Vec<Probe>,
    ) -> Result<(), QueryError> {
        let name = self.name();
        for (from, to) in self.change.staying(name) {
            let (Some(column), Some(target), Some(wish)) = (
                self.table.column(from),
                self.target.column(to),
                self.draft.wish(from),
            ) else {
                continue;
            };
            let place = (name.clone(), from.to_owned());
            let object = || Object::Column(name.clone(), from.to_owned());
            let is_key = self
                .table
                .primary_key()
                .is_some_and(|(_, key)| key.columns.iter().any(|one| one == from));
            if column.nullable && !is_key && !target.nullable {
                let rows = format!("rows with NULL in {name}.{from}");
                let given = self.completed(connection, from, Value::Null).await?;
                let values = Some(self.values(from));
                probes.push(Probe {
                    values,
                    ..self.probe_of(object(), rows, &given)
                });
            }
            // What fills them may be the same value for all, or one that is there.
            if column.nullable && !target.nullable && is_unique(self.target, to, self.sides.dialect)
            {
                let row: &Given<'_> = &[(from, Value::Null)];
                let attempt = self.beside.statements(name, &[row, row], 0);
                probes.push(Probe {
                    object: object(),
                    rows: format!("several rows with NULL in {name}.{from}"),
                    attempts: attempt.into_iter().collect(),
                    values: None,
                });
            }
            let kind = shape(
                &target.data_type,
                self.after,
                &self.sides.types,
                self.sides.dialect,
            );
            let same_type = column.data_type == target.data_type && wish.shape == kind;
            if same_type || kind == Shape::Unknown || self.change.is_announced(&place) {
                continue;
            }
            for value in beyond(&wish.shape, &kind) {
                let rows = format!("rows with {} in {name}.{from}", shown(&value));
                let given = self.completed(connection, from, value).await?;
                let values = Some(self.values(from));
                probes.push(Probe {
                    values,
                    ..self.probe_of(object(), rows, &given)
                });
            }
        }
        Ok(())
    }

    /// A column's value, with values of other columns where the checks of the state before want it.
    async fn completed(
        &self,
        connection: &mut Connection,
        column: &str,
        value: Value,
    ) -> Result<Vec<Vec<(String, Value)>>, QueryError> {
        let alone = vec![vec![(column.to_owned(), value.clone())]];
        let mut group = Group {
            columns: vec![column.to_owned()],
            checks: Vec::new(),
            candidates: Vec::new(),
        };
        group.join(self.draft);
        // What only the state after wants is not to be heeded.
        group.checks.retain(|check| check.is_former);
        if group.checks.is_empty() {
            return Ok(alone);
        }
        group.fill(
            self.draft,
            &referenced_values(self.draft, self.beside.known),
        );
        for (name, candidates) in group.columns.iter().zip(&mut group.candidates) {
            if name == column {
                *candidates = vec![value.clone()];
            }
        }
        let types = &self.sides.types;
        let outcome = ask(
            connection,
            &[(self.draft, &group)],
            types,
            Wanted::Satisfied,
        )
        .await?;
        let Some(Ok(answers)) = outcome.into_iter().next() else {
            return Ok(alone);
        };
        let answers = answers.into_iter().take(3);
        Ok(answers
            .map(|answer| group.columns.iter().cloned().zip(answer).collect())
            .collect())
    }

    fn probe_of(&self, object: Object, rows: String, given: &[Vec<(String, Value)>]) -> Probe {
        let given: Vec<Vec<(&str, Value)>> = given
            .iter()
            .map(|row| {
                row.iter()
                    .map(|(name, value)| (name.as_str(), value.clone()))
                    .collect()
            })
            .collect();
        let given: Vec<&Given<'_>> = given.iter().map(Vec::as_slice).collect();
        self.probe(object, rows, &given)
    }

    fn values(&self, column: &str) -> String {
        let (column, table) = (quoted(column), table_sql(self.name()));
        format!("SELECT {column} FROM {table}")
    }

    /// Rows of which a key takes one only that is to come.
    async fn keys(
        &self,
        connection: &mut Connection,
        probes: &mut Vec<Probe>,
    ) -> Result<(), QueryError> {
        let name = self.name();
        let constraints = self.target.constraints.values().filter_map(|one| {
            let exclusive = match &one.kind {
                ConstraintKind::PrimaryKey(key) => Exclusive::of_columns(&key.columns, "="),
                ConstraintKind::Unique(key) => {
                    Exclusive::of_columns(&key.columns, self.equal(key.nulls_not_distinct))
                }
                ConstraintKind::Exclusion(exclusion) => {
                    Exclusive::of_exclusion(&exclusion.definition.0, self.sides.dialect)
                }
                ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => return None,
            };
            let object = Object::Constraint(name.clone(), one.name.clone());
            Some((object, exclusive))
        });
        let indexes = self.target.indexes.values().filter(|index| index.unique);
        let indexes = indexes.map(|index| {
            let object = Object::Index(name.clone(), index.name.clone());
            let equal = self.equal(index.nulls_not_distinct);
            (object, Exclusive::of_index(index, equal))
        });
        let found: Vec<(Object, Exclusive)> = constraints.chain(indexes).collect();
        for (object, exclusive) in found {
            let Some(exclusive) = exclusive.under(&|text| self.former(text)) else {
                continue;
            };
            if self.is_exclusive_before(&exclusive) {
                continue;
            }
            let (group, elements) = self.group_of(&exclusive);
            if group.columns.is_empty() {
                continue;
            }
            let types = &self.sides.types;
            let pairs = conflicts(connection, self.draft, &group, &elements, types).await?;
            let attempts = pairs.iter().filter_map(|(one, other)| {
                let given = |values: &[Value]| -> Vec<(&str, Value)> {
                    group
                        .columns
                        .iter()
                        .map(String::as_str)
                        .zip(values.iter().cloned())
                        .collect()
                };
                let (one, other) = (given(one), given(other));
                self.beside.statements(name, &[&one, &other], 0)
            });
            probes.push(Probe {
                attempts: attempts.collect(),
                rows: exclusive.rows(name),
                object,
                values: None,
            });
        }
        Ok(())
    }

    fn equal(&self, nulls_are_equal: bool) -> &'static str {
        match (nulls_are_equal, self.sides.dialect) {
            (false, _) => "=",
            (true, Dialect::Postgres) => "IS NOT DISTINCT FROM",
            (true, Dialect::Sqlite) => "IS",
        }
    }

    /// An expression under the names before; `None` where it names a column that is still to come.
    fn former(&self, text: &str) -> Option<String> {
        let dialect = self.sides.dialect;
        let mut text = text.to_owned();
        for column in &self.target.columns {
            if !mentions(&text, &column.name, dialect) {
                continue;
            }
            let mut staying = self.change.staying(self.name());
            let (from, to) = staying.find(|(_, to)| *to == column.name)?;
            if from != to {
                text = rename_identifier(&text, to, from, dialect);
            }
        }
        Some(text)
    }

    /// The columns that a key and its checks name, and the key as it is asked about.
    fn group_of(&self, exclusive: &Exclusive) -> (Group, Vec<Element>) {
        let dialect = self.sides.dialect;
        let texts = exclusive.texts();
        let named = |name: &&str| texts.iter().any(|text| mentions(text, name, dialect));
        let columns: Vec<String> = self
            .draft
            .columns
            .iter()
            .map(|wish| wish.name.as_str())
            .filter(named)
            .map(str::to_owned)
            .collect();
        let types: BTreeMap<String, Type> = self
            .change
            .staying(self.name())
            .filter_map(|(from, to)| {
                let to = &self.target.column(to)?.data_type;
                let former = &self.table.column(from)?.data_type;
                (former != to).then(|| (from.to_owned(), to.clone()))
            })
            .collect();
        let demand = |expression: String| Demand {
            name: String::new(),
            expression,
            columns: columns.clone(),
            types: types.clone(),
            is_former: false,
        };
        let elements = exclusive
            .elements
            .iter()
            .map(|(expression, operator)| Element {
                demand: demand(expression.clone()),
                operator: operator.clone(),
            });
        let elements = elements.collect();
        let mut group = Group {
            checks: Vec::new(),
            candidates: Vec::new(),
            columns: columns.clone(),
        };
        group.join(self.draft);
        group.checks.retain(|check| check.is_former);
        let predicate = exclusive.predicate.iter();
        let predicate = predicate.map(|text| demand(format!("({text}) IS TRUE")));
        group.checks.extend(predicate);
        group.fill(
            self.draft,
            &referenced_values(self.draft, self.beside.known),
        );
        (group, elements)
    }

    /// Whether the state before sees to it already that rows differ so.
    fn is_exclusive_before(&self, wanted: &Exclusive) -> bool {
        let dialect = self.sides.dialect;
        let constraints = self
            .table
            .constraints
            .values()
            .filter_map(|one| match &one.kind {
                ConstraintKind::PrimaryKey(key) => Some(Exclusive::of_columns(&key.columns, "=")),
                ConstraintKind::Unique(key) => Some(Exclusive::of_columns(
                    &key.columns,
                    self.equal(key.nulls_not_distinct),
                )),
                ConstraintKind::Exclusion(exclusion) => {
                    Some(Exclusive::of_exclusion(&exclusion.definition.0, dialect))
                }
                ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => None,
            });
        let indexes = self.table.indexes.values().filter(|index| index.unique);
        let indexes =
            indexes.map(|index| Exclusive::of_index(index, self.equal(index.nulls_not_distinct)));
        constraints
            .chain(indexes)
            .any(|former| former.implies(wanted, dialect))
    }

    /// Values that are no row's, where a key is to reference one.
    fn references(&self, probes: &mut Vec<Probe>) {
        let name = self.name();
        for (constraint, key) in self.target.foreign_keys().filter(|(_, key)| key.validated) {
            let reference = self
                .draft
                .references
                .iter()
                .find(|one| one.name == constraint.name);
            let is_there = self.table.foreign_keys().any(|(_, one)| {
                self.change.tables.get(&one.references) == Some(&key.references)
                    && one.columns.len() == key.columns.len()
                    && one.columns.iter().zip(&key.columns).all(|(from, to)| {
                        self.change.columns.get(&(name.clone(), from.clone())) == Some(to)
                    })
            });
            let Some(reference) = reference.filter(|_| !is_there) else {
                continue;
            };
            let Some(values) = self.beside.unreferenced(self.draft, reference) else {
                continue;
            };
            let rows = format!(
                "rows of {name} whose {} is in no row of {}",
                reference.columns.join(", "),
                key.references
            );
            let object = Object::Constraint(name.clone(), constraint.name.clone());
            probes.push(self.probe(object, rows, &[&values]));
        }
    }

    /// Rows that a check refuses that is to come.
    async fn checks(
        &self,
        connection: &mut Connection,
        probes: &mut Vec<Probe>,
    ) -> Result<(), QueryError> {
        let name = self.name();
        let is_new = |demand: &&Demand| {
            let own = self.table.constraints.values().any(|constraint| {
                matches!(&constraint.kind, ConstraintKind::Check(check) if check.expression.0 == demand.expression)
            });
            let theirs = self.target.constraints.get(&demand.name);
            let is_validated = theirs.is_some_and(|constraint| {
                matches!(&constraint.kind, ConstraintKind::Check(check) if check.validated)
            });
            !own && is_validated
        };
        for demand in self.draft.checks.iter().filter(is_new) {
            let mut group = Group {
                columns: demand.columns.clone(),
                checks: Vec::new(),
                candidates: Vec::new(),
            };
            group.join(self.draft);
            group.checks.retain(|check| check.is_former);
            group.checks.push(demand.clone());
            group.fill(
                self.draft,
                &referenced_values(self.draft, self.beside.known),
            );
            let outcome = ask(
                connection,
                &[(self.draft, &group)],
                &self.sides.types,
                Wanted::LastViolated,
            )
            .await?;
            let Some(Ok(answers)) = outcome.into_iter().next() else {
                continue;
            };
            let rows: Vec<Vec<(&str, Value)>> = answers
                .iter()
                .take(3)
                .map(|answer| {
                    group
                        .columns
                        .iter()
                        .map(String::as_str)
                        .zip(answer.iter().cloned())
                        .collect()
                })
                .collect();
            if rows.is_empty() {
                continue;
            }
            let rows: Vec<&Given<'_>> = rows.iter().map(Vec::as_slice).collect();
            let what = format!("rows of {name} that do not satisfy {}", demand.name);
            let object = Object::Constraint(name.clone(), demand.name.clone());
            probes.push(self.probe(object, what, &rows));
        }
        Ok(())
    }
}

/// Whether rows must differ in the column, by itself or with others.
fn is_unique(table: &Table, column: &str, dialect: Dialect) -> bool {
    table
        .members()
        .any(|member| member.tells_apart_by(column, dialect))
}

/// Other choices that are tried for a row.
const TURNS: usize = 3;
/// So many values of a column are tried that its next type does not have.
const MOST_BEYOND: usize = 6;

/// Values of the first kind that are not of the second.
fn beyond(from: &Shape, to: &Shape) -> Vec<Value> {
    let mut values = Vec::new();
    if let Shape::Text(Some(length)) = to {
        values.push(Value::Text("x".repeat(length + 1)));
    }
    if let Shape::Integer { max, .. } = to {
        values.push(Value::Plain(max.checked_add(1).unwrap_or(*max).to_string()));
        values.push(Value::Plain("0.5".to_owned()));
    }
    if let Shape::Decimal(Some((precision, scale))) = to {
        let whole = usize::try_from(i64::from(*precision) - i64::from(*scale)).unwrap_or(0);
        values.push(Value::Plain(format!("1{}", "0".repeat(whole))));
        let digits = usize::try_from(*scale).unwrap_or(0);
        values.push(Value::Plain(format!("0.{}1", "0".repeat(digits))));
    }
    if let (Shape::Decimal(limits), Shape::Listed(_) | Shape::Unknown) = (from, to) {
        let digits = limits.map_or(9, |(_, scale)| usize::try_from(scale).unwrap_or(0));
        values.push(Value::Plain(format!(
            "0.{}1",
            "0".repeat(digits.max(1) - 1)
        )));
    }
    if let Shape::Text(_) = from {
        values.extend(respelled(to).into_iter().map(Value::Text));
    }
    if let (Shape::Array(from), Shape::Array(to)) = (from, to) {
        let elements = beyond(from, to).into_iter();
        values.extend(elements.map(|one| Value::Text(format!("{{{}}}", array_element(&one)))));
    }
    values.extend(from.values());
    values.retain(|value| from.fits(value) && !to.fits(value));
    if from.is_of(to) {
        values.insert(0, Value::Text("{}".to_owned()));
    }
    values.dedup();
    values.truncate(MOST_BEYOND);
    values
}

/// Texts that are read as a value of the kind, and that the value is not spelled as.
fn respelled(to: &Shape) -> Vec<String> {
    let texts: &[&str] = match to {
        Shape::Boolean => &["yes", "T"],
        Shape::Integer { .. } => &[" 7", "+7"],
        Shape::Decimal(_) => &["1e2", " 1.5"],
        Shape::Uuid => &["{00000000-0000-4000-8000-000000001001}"],
        Shape::Date => &["2001-2-3", "20010203"],
        Shape::Time => &["1:02:03"],
        Shape::Timestamp => &["2001-2-3 1:02:03", "2001-02-03T01:02:03"],
        Shape::Listed(_) | Shape::Array(_) => {
            let values = to.values().into_iter().take(1);
            return values.map(|value| format!(" {}", value.text())).collect();
        }
        Shape::Text(_)
        | Shape::Bytes
        | Shape::Json
        | Shape::Bits(_)
        | Shape::VaryingBits(_)
        | Shape::Enum(_)
        | Shape::Composite(_)
        | Shape::Unknown => &[],
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn shown(value: &Value) -> String {
    let length = value.text().chars().count();
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Text(_) if length > 20 => format!("{length} characters"),
        Value::Text(text) => format!("'{text}'"),
        Value::Plain(text) => text.clone(),
        Value::Bytes(_) => format!("{} bytes", length / 2),
    }
}
