//! Changes of columns.

use serde::{Deserialize, Serialize};

use super::conversion::{loses, widens};
use super::table::table_mut;
use super::{Hazard, HazardCode, Mismatch, Sides, object, sequence};
use crate::dialect::Dialect;
use crate::schema::{Column, Expression, Object, QualifiedName, Schema, Type, WordMut, unnamed};
use crate::sql;

/// A change of a column.
#[expect(
    clippy::large_enum_variant,
    reason = "operations are few, and plain values read better than boxes"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnOp {
    /// ADD COLUMN.
    Add {
        /// The table.
        table: QualifiedName,
        /// The column.
        column: Column,
        /// The value for rows that are there, where the column gives them none by itself.
        fill: Option<Expression>,
    },
    /// DROP COLUMN.
    Drop {
        /// The table.
        table: QualifiedName,
        /// The column.
        column: Column,
        /// The value for rows when the column is added again.
        fill: Option<Expression>,
    },
    /// RENAME COLUMN.
    Rename {
        /// The table.
        table: QualifiedName,
        /// The former name.
        from: String,
        /// The name from then on.
        to: String,
    },
    /// Another type, nullability, default, identity, generation or collation.
    Alter {
        /// The table.
        table: QualifiedName,
        /// The column as it was.
        from: Column,
        /// The column as it becomes.
        to: Column,
        /// How values become values of the other type, where the server must be told.
        casts: Option<Casts>,
        /// The values that replace NULL where it is not admitted any more.
        fills: Fills,
    },
}

/// How a column's values become values of its other type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Casts {
    /// From `from` to `to`.
    pub upgrade: Cast,
    /// From `to` to `from`.
    pub downgrade: Cast,
}

/// How values of one type become values of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// What a row gets.
    pub value: Expression,
    /// What the dialect knows of the values; where it says nothing, the types tell.
    pub outcome: Option<CastOutcome>,
}

impl Cast {
    /// A cast of which nothing more is known.
    pub fn new(value: Expression) -> Self {
        Self {
            value,
            outcome: None,
        }
    }
}

/// What values have come to by a cast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CastOutcome {
    /// What is true of each value but NULL afterwards, where the server does not see to it.
    pub check: Option<Expression>,
    /// Whether a value may not fit, and whether two may become one.
    pub risks: Vec<HazardCode>,
}

/// Values that replace NULL, in both directions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fills {
    /// Before `to` refuses NULL.
    pub upgrade: Option<Expression>,
    /// Before `from` refuses NULL.
    pub downgrade: Option<Expression>,
}

/// The reason of the hazard that rows hold NULL where it is not admitted any more.
pub(crate) const NULLS: &str = "rows that hold NULL";

impl ColumnOp {
    /// The table that the column belongs to.
    pub fn table(&self) -> &QualifiedName {
        match self {
            Self::Add { table, .. }
            | Self::Drop { table, .. }
            | Self::Rename { table, .. }
            | Self::Alter { table, .. } => table,
        }
    }

    /// The column before and after.
    pub fn sides(&self) -> Sides<'_, Column> {
        match self {
            Self::Add { column, .. } => Sides::created(column),
            Self::Drop { column, .. } => Sides::dropped(column),
            Self::Alter { from, to, .. } => Sides::changed(from, to),
            Self::Rename { .. } => Sides::of_part(),
        }
    }

    /// The column as it becomes, to be said otherwise.
    pub(crate) fn to_mut(&mut self) -> Option<&mut Column> {
        match self {
            Self::Add { column: to, .. } | Self::Alter { to, .. } => Some(to),
            Self::Drop { .. } | Self::Rename { .. } => None,
        }
    }

    /// How its values become values of another type, where the server must be told.
    pub fn casts(&self) -> Option<&Casts> {
        match self {
            Self::Alter { casts, .. } => casts.as_ref(),
            Self::Add { .. } | Self::Drop { .. } | Self::Rename { .. } => None,
        }
    }

    /// What rows get that would have no value.
    pub fn fill(&self) -> Option<&Expression> {
        match self {
            Self::Add { fill, .. } => fill.as_ref(),
            Self::Alter { fills, .. } => fills.upgrade.as_ref(),
            Self::Drop { .. } | Self::Rename { .. } => None,
        }
    }

    pub(super) fn apply(&self, schema: &mut Schema, dialect: Dialect) -> Result<(), Mismatch> {
        match self {
            Self::Add { table, column, .. } => {
                let table = table_mut(schema, table)?;
                if table.column(&column.name).is_some() {
                    return Err(Mismatch::Exists(self.object()));
                }
                table.columns.push(column.clone());
                Ok(())
            }
            Self::Drop { table, column, .. } => {
                let table = table_mut(schema, table)?;
                let count = table.columns.len();
                table.columns.retain(|other| other.name != column.name);
                if table.columns.len() == count {
                    return Err(Mismatch::Missing(self.object()));
                }
                Ok(())
            }
            Self::Rename { table, from, to } => rename(schema, table, from, to, dialect),
            Self::Alter {
                table, from, to, ..
            } => {
                let Some(column) = table_mut(schema, table)?.column_mut(&from.name) else {
                    return Err(Mismatch::Missing(self.object()));
                };
                column.clone_from(to);
                Ok(())
            }
        }
    }

    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Add {
                table,
                column,
                fill,
            } => Self::Drop {
                table: table.clone(),
                column: column.clone(),
                fill: fill.clone(),
            },
            Self::Drop {
                table,
                column,
                fill,
            } => Self::Add {
                table: table.clone(),
                column: column.clone(),
                fill: fill.clone(),
            },
            Self::Rename { table, from, to } => Self::Rename {
                table: table.clone(),
                from: to.clone(),
                to: from.clone(),
            },
            Self::Alter {
                table,
                from,
                to,
                casts,
                fills,
            } => Self::Alter {
                table: table.clone(),
                from: to.clone(),
                to: from.clone(),
                casts: casts.as_ref().map(|casts| Casts {
                    upgrade: casts.downgrade.clone(),
                    downgrade: casts.upgrade.clone(),
                }),
                fills: Fills {
                    upgrade: fills.downgrade.clone(),
                    downgrade: fills.upgrade.clone(),
                },
            },
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Add { table, column, .. } => {
                format!("add column {table}.{} {}", column.name, summary(column))
            }
            Self::Drop { table, column, .. } => format!("drop column {table}.{}", column.name),
            Self::Rename { table, from, to } => format!("rename column {table}.{from} to {to}"),
            Self::Alter {
                table, from, to, ..
            } => {
                format!(
                    "alter column {table}.{}: {}",
                    from.name,
                    changes(from, to).join(", ")
                )
            }
        }
    }

    pub(super) fn hazards(&self) -> Vec<Hazard> {
        let object = self.object();
        match self {
            Self::Add { column, fill, .. } if !column.fills_itself() && fill.is_none() => {
                vec![Hazard::new(
                    HazardCode::MayFail,
                    object,
                    "rows are there, and the column gives them no value",
                )]
            }
            Self::Add { .. } => Vec::new(),
            Self::Drop { column, .. } if column.generated.is_some() => Vec::new(),
            Self::Drop { .. } => vec![Hazard::new(
                HazardCode::DeletesData,
                object,
                "the column's values",
            )],
            Self::Rename { from, .. } => vec![Hazard::new(
                HazardCode::BreaksClients,
                object,
                format!("programs that say {from}"),
            )],
            Self::Alter {
                from,
                to,
                casts,
                fills,
                ..
            } => {
                let mut hazards = Vec::new();
                if from.generated.is_none() && to.generated.is_some() {
                    hazards.push(Hazard::new(
                        HazardCode::DeletesData,
                        object.clone(),
                        "the column's values",
                    ));
                }
                if from.nullable && !to.nullable && fills.upgrade.is_none() {
                    hazards.push(Hazard::new(HazardCode::MayFail, object.clone(), NULLS));
                }
                if is_first_of(from, to) && !to.nullable && !from.nullable {
                    hazards.push(Hazard::new(
                        HazardCode::MayFail,
                        object.clone(),
                        "rows whose array has no first element, or NULL there",
                    ));
                }
                if from.nullable && !to.nullable && fills.upgrade.is_some() {
                    hazards.push(Hazard::new(
                        HazardCode::DeletesData,
                        object.clone(),
                        "which rows held NULL",
                    ));
                }
                hazards.extend(
                    risks_of_type(from, to, casts.as_ref())
                        .into_iter()
                        .map(|code| {
                            let reason = match code {
                                HazardCode::MayFail => {
                                    format!("values that are no {}", to.said_type())
                                }
                                HazardCode::DeletesData | HazardCode::BreaksClients => {
                                    "values that become the same one".to_owned()
                                }
                            };
                            Hazard::new(code, object.clone(), reason)
                        }),
                );
                hazards
            }
        }
    }

    pub(super) fn object(&self) -> Object {
        match self {
            Self::Add { table, column, .. } | Self::Drop { table, column, .. } => {
                Object::Column(table.clone(), column.name.clone())
            }
            Self::Rename { table, to, .. } => Object::Column(table.clone(), to.clone()),
            Self::Alter { table, from, .. } => Object::Column(table.clone(), from.name.clone()),
        }
    }
}

/// Whether an array becomes its first element.
fn is_first_of(from: &Column, to: &Column) -> bool {
    matches!(&from.data_type, Type::Array(element) if **element == to.data_type)
}

/// What a change of type puts at risk.
fn risks_of_type(from: &Column, to: &Column, casts: Option<&Casts>) -> Vec<HazardCode> {
    if from.data_type == to.data_type {
        return Vec::new();
    }
    match casts.and_then(|casts| casts.upgrade.outcome.as_ref()) {
        Some(outcome) => outcome.risks.clone(),
        None => {
            let (former, next) = (&from.data_type, &to.data_type);
            let is_lost = from.generated.is_none() && loses(former, next);
            let lost = is_lost.then_some(HazardCode::DeletesData);
            let fails = (!widens(former, next)).then_some(HazardCode::MayFail);
            lost.into_iter().chain(fails).collect()
        }
    }
}

fn summary(column: &Column) -> String {
    let mut words = vec![column.data_type.to_string()];
    if !column.nullable {
        words.push("not null".to_owned());
    }
    if let Some(default) = &column.default {
        words.push(format!("default {default}"));
    }
    if column.identity.is_some() {
        words.push("identity".to_owned());
    }
    if let Some(generated) = &column.generated {
        words.push(format!("generated as ({})", generated.expression));
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn changes(from: &Column, to: &Column) -> Vec<String> {
    let Column {
        data_type,
        nullable,
        default,
        identity,
        generated,
        collation,
        name: _,
        not_null_conflict: _,
        comment: _,
        declared: _,
    } = to;
    let mut changes = Vec::new();
    if from.data_type != *data_type {
        // SQLite has columns without a type.
        let shown = |data_type: &Type| match data_type.to_string() {
            text if text.is_empty() => "none".to_owned(),
            text => text,
        };
        changes.push(format!(
            "type {} to {}",
            shown(&from.data_type),
            shown(data_type)
        ));
    }
    match (from.nullable, nullable) {
        (true, false) => changes.push("set not null".to_owned()),
        (false, true) => changes.push("drop not null".to_owned()),
        _ => {}
    }
    if from.default != *default {
        changes.push(match default {
            Some(default) => format!("set default {default}"),
            None => "drop default".to_owned(),
        });
    }
    if from.identity != *identity {
        changes.push(match (&from.identity, identity) {
            (None, Some(_)) => "add identity".to_owned(),
            (_, None) => "drop identity".to_owned(),
            (Some(from), Some(to)) if (from.kind, &from.options) == (to.kind, &to.options) => {
                "change the sequence behind it".to_owned()
            }
            (Some(_), Some(_)) => "change identity".to_owned(),
        });
    }
    if from.generated != *generated {
        changes.push("change generation".to_owned());
    }
    if from.collation != *collation {
        changes.push(match collation {
            Some(collation) => format!("collate {collation}"),
            None => "default collation".to_owned(),
        });
    }
    if changes.is_empty() {
        changes.push("other clauses".to_owned());
    }
    changes
}

fn rename(
    schema: &mut Schema,
    name: &QualifiedName,
    from: &str,
    to: &str,
    dialect: Dialect,
) -> Result<(), Mismatch> {
    let table = table_mut(schema, name)?;
    if table.column(to).is_some() {
        return Err(Mismatch::Exists(Object::Column(
            name.clone(),
            to.to_owned(),
        )));
    }
    let Some(column) = table.column_mut(from) else {
        return Err(Mismatch::Missing(Object::Column(
            name.clone(),
            from.to_owned(),
        )));
    };
    let identity = column.identity.as_ref();
    let numbered = identity.map(|one| (one.sequence_name(name, from), one.sequence_name(name, to)));
    to.clone_into(&mut column.name);
    if let Some((from, to)) = numbered {
        sequence::renamed(schema, &from, &to);
    }
    for other in schema.tables.values_mut() {
        let is_own = other.name == *name;
        for word in other.words_mut() {
            match word {
                WordMut::Expression(one) if is_own => {
                    one.0 = sql::rename_identifier(&one.0, from, to, dialect);
                }
                WordMut::Column(column) if is_own && column == from => to.clone_into(column),
                WordMut::Referenced(table, column) if table == name && column == from => {
                    to.clone_into(column);
                }
                WordMut::Default(_)
                | WordMut::Expression(_)
                | WordMut::Column(_)
                | WordMut::Referenced(..) => {}
            }
        }
    }
    for sequence in schema.sequences.values_mut() {
        if let Some((table, column)) = &mut sequence.owned_by
            && table == name
            && column == from
        {
            to.clone_into(column);
        }
    }
    if let Some(table) = schema.tables.get_mut(name) {
        unnamed::follow(table);
    }
    object::column_renamed(schema, name, from, to, dialect);
    Ok(())
}
