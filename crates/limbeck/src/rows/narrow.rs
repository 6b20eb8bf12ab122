//! Rows that the state before takes and the state after does not: what an upgrade may fail on.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{
    Constraint, ConstraintKind, IndexTarget, Object, QualifiedName, Schema, Table,
};
use limbeck_core::sql::{mentions, quoted};

use super::change::Change;
use super::compose::Row;
use super::draft::{Demand, Draft, Sides};
use super::fill::{Filled, insert};
use super::kind::{shape, table_sql};
use super::search::{Group, Wanted, ask};
use super::value::{Shape, Value, array_element};
use crate::connection::{Connection, QueryError};

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
        let Some(rows) = filled.known.get(name).filter(|rows| !rows.is_empty()) else {
            continue;
        };
        let narrowing = Narrowing {
            sides,
            after,
            change,
            draft,
            table,
            target,
            rows,
            known: &filled.known,
        };
        narrowing.columns(&mut probes);
        narrowing.keys(&mut probes);
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
    rows: &'a [Row],
    known: &'a BTreeMap<QualifiedName, Vec<Row>>,
}

impl Narrowing<'_> {
    fn name(&self) -> &QualifiedName {
        &self.table.name
    }

    /// A row like the first one, with other values where they must differ, and these.
    fn row(&self, with: &[(&str, Value)]) -> Row {
        self.nth_row(0, with)
    }

    /// One of several such rows.
    fn nth_row(&self, number: usize, with: &[(&str, Value)]) -> Row {
        let mut row = self.rows.first().cloned().unwrap_or_default();
        let is_given = |name: &str| with.iter().any(|(one, _)| *one == name);
        for key in &self.draft.keys {
            // Only what the table itself demands is to be heeded.
            let Some(name) = key.columns.iter().find(|name| !is_given(name)) else {
                continue;
            };
            let is_used = |value: &Value| self.rows.iter().any(|row| row.get(name) == Some(value));
            let wish = self.draft.wish(name);
            let free = wish.and_then(|wish| {
                let mut free = wish.values.iter().filter(|value| !is_used(value));
                free.nth(number)
            });
            if let Some(value) = free
                && !self
                    .draft
                    .references
                    .iter()
                    .any(|one| one.columns.contains(name))
            {
                row.insert(name.clone(), value.clone());
            }
        }
        for (name, value) in with {
            row.insert((*name).to_owned(), value.clone());
        }
        row
    }

    fn probe(&self, object: Object, rows: String, made: Vec<Row>) -> Probe {
        let dialect = self.sides.dialect;
        Probe {
            object,
            rows,
            attempts: made
                .iter()
                .map(|row| insert(self.draft, std::slice::from_ref(row), dialect))
                .collect(),
            values: None,
        }
    }

    /// NULL, values too long or too large, and values of another kind.
    fn columns(&self, probes: &mut Vec<Probe>) {
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
                let made = vec![self.row(&[(from, Value::Null)])];
                let values = Some(self.values(from));
                probes.push(Probe {
                    values,
                    ..self.probe(object(), rows, made)
                });
            }
            // What fills them may be the same value for all, or one that is there.
            if column.nullable && !target.nullable && is_unique(self.target, to, self.sides.dialect)
            {
                let rows = [0, 1].map(|number| self.nth_row(number, &[(from, Value::Null)]));
                probes.push(Probe {
                    object: object(),
                    rows: format!("several rows with NULL in {name}.{from}"),
                    attempts: vec![insert(self.draft, &rows, self.sides.dialect)],
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
                let made = vec![self.row(&[(from, value)])];
                let values = Some(self.values(from));
                probes.push(Probe {
                    values,
                    ..self.probe(object(), rows, made)
                });
            }
        }
    }

    fn values(&self, column: &str) -> String {
        let (column, table) = (quoted(column), table_sql(self.name()));
        format!("SELECT {column} FROM {table}")
    }

    /// The same values twice, where they are to be unique.
    fn keys(&self, probes: &mut Vec<Probe>) {
        let name = self.name();
        let origin = |to: &str| {
            let mut columns = self.change.staying(name);
            columns
                .find(|(_, after)| *after == to)
                .map(|(from, _)| from.to_owned())
        };
        let own = |columns: &[String]| -> Option<Vec<String>> {
            columns.iter().map(|one| origin(one)).collect()
        };
        let unique = |constraint: &Constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => own(&key.columns),
            ConstraintKind::Unique(key) => own(&key.columns),
            ConstraintKind::Exclusion(exclusion) => {
                let columns = self
                    .change
                    .staying(name)
                    .filter(|(_, to)| mentions(&exclusion.definition.0, to, self.sides.dialect));
                Some(columns.map(|(from, _)| from.to_owned()).collect())
            }
            ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => None,
        };
        let constraints = self.target.constraints.values().filter_map(|one| {
            Some((
                Object::Constraint(name.clone(), one.name.clone()),
                unique(one)?,
            ))
        });
        let indexes = self
            .target
            .indexes
            .values()
            .filter(|index| index.unique)
            .filter_map(|index| {
                let columns = index.keys.iter().map(|key| match &key.target {
                    IndexTarget::Column(column) => origin(column),
                    IndexTarget::Expression(_) => None,
                });
                let columns: Option<Vec<String>> = columns.collect();
                Some((Object::Index(name.clone(), index.name.clone()), columns?))
            });
        let found: Vec<(Object, Vec<String>)> = constraints.chain(indexes).collect();
        for (object, columns) in found {
            let is_there = self.is_unique_before(&columns);
            if columns.is_empty() || is_there {
                continue;
            }
            let Some(first) = self.rows.first() else {
                continue;
            };
            let values: Option<Vec<(&str, Value)>> = columns
                .iter()
                .map(|column| Some((column.as_str(), first.get(column)?.clone())))
                .collect();
            let Some(values) = values else { continue };
            let rows = format!("rows with the same {} in {name}", columns.join(", "));
            probes.push(self.probe(object, rows, vec![self.row(&values)]));
        }
    }

    /// Whether the state before keeps some of the columns unique already.
    fn is_unique_before(&self, columns: &[String]) -> bool {
        let within = |key: &[String]| key.iter().all(|column| columns.contains(column));
        let constraints =
            self.table
                .constraints
                .values()
                .any(|constraint| match &constraint.kind {
                    ConstraintKind::PrimaryKey(key) => within(&key.columns),
                    ConstraintKind::Unique(key) => within(&key.columns),
                    ConstraintKind::Exclusion(exclusion) => columns.iter().all(|column| {
                        mentions(&exclusion.definition.0, column, self.sides.dialect)
                    }),
                    ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => false,
                });
        let indexes = self.table.indexes.values().any(|index| {
            index.unique
                && index.predicate.is_none()
                && index.keys.iter().all(|key| match &key.target {
                    IndexTarget::Column(column) => columns.contains(column),
                    IndexTarget::Expression(_) => false,
                })
        });
        constraints || indexes
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
            let parents = reference
                .table
                .as_ref()
                .and_then(|table| self.known.get(table));
            let parents = parents.map(Vec::as_slice).unwrap_or_default();
            let values: Option<Vec<(&str, Value)>> = reference
                .columns
                .iter()
                .enumerate()
                .map(|(place, column)| {
                    let referenced = reference.referenced.get(place);
                    let is_there = |value: &Value| {
                        parents.iter().any(|row| {
                            referenced
                                .and_then(|one| row.get(one))
                                .is_some_and(|one| one.text() == value.text())
                        })
                    };
                    let wish = self.draft.wish(column)?;
                    let others = (0..).map_while(|number| wish.shape.numbered(FAR + number));
                    let mut values = wish.values.iter().cloned().chain(others);
                    let value = values.find(|value| !is_there(value))?;
                    Some((column.as_str(), value))
                })
                .collect();
            let Some(values) = values else { continue };
            let rows = format!(
                "rows of {name} whose {} is in no row of {}",
                reference.columns.join(", "),
                key.references
            );
            let object = Object::Constraint(name.clone(), constraint.name.clone());
            probes.push(self.probe(object, rows, vec![self.row(&values)]));
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
                checks: vec![demand.clone()],
                candidates: Vec::new(),
            };
            group.fill(self.draft, &BTreeMap::new());
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
            let rows = answers.iter().take(3).map(|answer| {
                let values = group
                    .columns
                    .iter()
                    .map(String::as_str)
                    .zip(answer.iter().cloned());
                self.row(&values.collect::<Vec<(&str, Value)>>())
            });
            let rows: Vec<Row> = rows.collect();
            if rows.is_empty() {
                continue;
            }
            let what = format!("rows of {name} that do not satisfy {}", demand.name);
            let object = Object::Constraint(name.clone(), demand.name.clone());
            probes.push(self.probe(object, what, rows));
        }
        Ok(())
    }
}

/// Whether rows must differ in the column, by itself or with others.
fn is_unique(table: &Table, column: &str, dialect: Dialect) -> bool {
    let holds = |columns: &[String]| columns.iter().any(|one| one == column);
    let by_constraint = table.constraints.values().any(|one| match &one.kind {
        ConstraintKind::PrimaryKey(key) => holds(&key.columns),
        ConstraintKind::Unique(key) => holds(&key.columns),
        ConstraintKind::Exclusion(_) | ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => {
            false
        }
    });
    let mut indexes = table.indexes.values().filter(|index| index.unique);
    by_constraint
        || indexes.any(|index| {
            index.keys.iter().any(|key| match &key.target {
                IndexTarget::Column(name) => name == column,
                IndexTarget::Expression(text) => mentions(&text.0, column, dialect),
            })
        })
}

/// Values from this number on are those of no row.
const FAR: usize = 500;
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
