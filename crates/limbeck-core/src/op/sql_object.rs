//! Changes of objects that models do not describe.

use serde::{Deserialize, Serialize};

use super::composite::{self, AttributeChange};
use super::partition::{self, ColumnChange};
use super::{Hazard, HazardCode, Mismatch, Sides};
use crate::schema::{Object, Schema, Setting, SettingKind, SqlObject, SqlObjectKind};

/// A change of a view, a function, a trigger or another object that models do not describe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlObjectOp {
    /// CREATE, with its settings and privileges.
    Create(SqlObject),
    /// DROP.
    Drop(SqlObject),
    /// DROP of what is created again once the change that it stands in the way of is made.
    SetAside(SqlObject),
    /// Another definition or other settings in place.
    Alter {
        /// The object as it was.
        from: SqlObject,
        /// The object as it becomes.
        to: SqlObject,
    },
}

impl SqlObjectOp {
    /// The object, as it becomes where it stays.
    pub fn subject(&self) -> &SqlObject {
        match self {
            Self::Create(object)
            | Self::Drop(object)
            | Self::SetAside(object)
            | Self::Alter { to: object, .. } => object,
        }
    }

    /// The object before and after.
    pub fn sides(&self) -> Sides<'_, SqlObject> {
        match self {
            Self::Create(object) => Sides::created(object),
            Self::Drop(object) | Self::SetAside(object) => Sides::dropped(object),
            Self::Alter { from, to } => Sides::changed(from, to),
        }
    }

    pub(super) fn apply(&self, schema: &mut Schema) -> Result<(), Mismatch> {
        let key = self.subject().key();
        let count = schema.sql_objects.len();
        schema.sql_objects.retain(|object| object.key() != key);
        let was_there = schema.sql_objects.len() < count;
        match self {
            Self::Create(_) if was_there => {
                return Err(Mismatch::Exists(Object::SqlObject(Box::new(key))));
            }
            Self::Drop(_) | Self::SetAside(_) | Self::Alter { .. } if !was_there => {
                return Err(Mismatch::Missing(Object::SqlObject(Box::new(key))));
            }
            Self::Create(object) | Self::Alter { to: object, .. } => {
                schema.sql_objects.insert(object.clone());
            }
            Self::Drop(_) | Self::SetAside(_) => {}
        }
        Ok(())
    }

    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Create(object) => Self::Drop(object.clone()),
            Self::Drop(object) | Self::SetAside(object) => Self::Create(object.clone()),
            Self::Alter { from, to } => Self::Alter {
                from: to.clone(),
                to: from.clone(),
            },
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Create(object) => format!("create {}", object.key()),
            Self::Drop(object) => format!("drop {}", object.key()),
            Self::SetAside(object) => format!("set {} aside", object.key()),
            Self::Alter { to, .. } => format!("change {}", to.key()),
        }
    }

    pub(super) fn hazards(&self) -> Vec<Hazard> {
        match self {
            Self::Drop(object) if object.kind.holds_data() => vec![Hazard::new(
                HazardCode::DeletesData,
                self.object(),
                "what is stored in it",
            )],
            Self::SetAside(object) if object.kind.has_privileges() => {
                let mut hazards = vec![Hazard::new(
                    HazardCode::BreaksClients,
                    self.object(),
                    "it is created again with the owner and the privileges that revisions and the server's defaults give",
                )];
                let definition = object.definition.as_deref().unwrap_or_default();
                if definition.ends_with("WITH NO DATA") {
                    hazards.push(Hazard::new(
                        HazardCode::BreaksClients,
                        self.object(),
                        "it is created again without rows: REFRESH MATERIALIZED VIEW fills it",
                    ));
                }
                hazards
            }
            Self::Alter { from, to }
                if matches!(to.kind, SqlObjectKind::Domain | SqlObjectKind::Partition) =>
            {
                let narrows = |setting: &Setting| {
                    setting.kind == SettingKind::Constraint && !from.settings.contains(setting)
                };
                let narrowed = to.settings.iter().any(narrows);
                let what = if to.kind == SqlObjectKind::Domain {
                    "values that do not satisfy it"
                } else {
                    "rows that do not satisfy it"
                };
                let narrowed =
                    narrowed.then(|| Hazard::new(HazardCode::MayFail, self.object(), what));
                let columns = partition::changes(from, to).unwrap_or_default();
                let columns = columns.into_iter().filter_map(|change| match change {
                    ColumnChange::Drop(column) => Some(Hazard::new(
                        HazardCode::DeletesData,
                        Object::Column(to.name.clone(), column),
                        "the values of the column",
                    )),
                    ColumnChange::Add(definition) => {
                        let has_value = [" DEFAULT ", " GENERATED ", "serial"]
                            .iter()
                            .any(|word| definition.contains(word));
                        let fails = definition.ends_with(" NOT NULL") && !has_value;
                        fails.then(|| {
                            Hazard::new(
                                HazardCode::MayFail,
                                self.object(),
                                "rows that have no value for the column",
                            )
                        })
                    }
                });
                narrowed.into_iter().chain(columns).collect()
            }
            Self::Alter { from, to } if to.kind == SqlObjectKind::CompositeType => {
                let changes = composite::changes(from, to).unwrap_or_default();
                let hazard = changes
                    .iter()
                    .any(|one| matches!(one, AttributeChange::Drop(_)))
                    .then(|| {
                        Hazard::new(
                            HazardCode::DeletesData,
                            self.object(),
                            "the values of the attribute",
                        )
                    });
                hazard.into_iter().collect()
            }
            Self::Create(_) | Self::Drop(_) | Self::SetAside(_) | Self::Alter { .. } => Vec::new(),
        }
    }

    pub(super) fn object(&self) -> Object {
        Object::SqlObject(Box::new(self.subject().key()))
    }
}
