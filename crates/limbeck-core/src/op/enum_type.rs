//! Changes of enum types.

use serde::{Deserialize, Serialize};

use super::{Hazard, HazardCode, Mismatch, Sides, object};
use crate::dialect::Dialect;
use crate::schema::{EnumType, Object, QualifiedName, Schema};
use crate::sql;

/// A change of an enum type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnumOp {
    /// CREATE TYPE … AS ENUM.
    Create(EnumType),
    /// DROP TYPE.
    Drop(EnumType),
    /// ALTER TYPE … RENAME TO.
    Rename {
        /// The former name.
        from: QualifiedName,
        /// The name from then on.
        to: QualifiedName,
    },
    /// Another list of values.
    Alter {
        /// The type as it was.
        from: EnumType,
        /// The type as it becomes.
        to: EnumType,
        /// Values that go on under another name, from and to.
        renamed: Vec<(String, String)>,
    },
}

impl EnumOp {
    /// Values of `from` that `to` has no longer, under any name.
    pub fn removed_values(&self) -> Vec<&str> {
        match self {
            Self::Alter { from, to, renamed } => from
                .values
                .iter()
                .filter(|value| {
                    !to.values.contains(value) && !renamed.iter().any(|(from, _)| from == *value)
                })
                .map(String::as_str)
                .collect(),
            Self::Create(_) | Self::Drop(_) | Self::Rename { .. } => Vec::new(),
        }
    }

    /// Values of `to` that `from` had not, under any name.
    pub fn added_values(&self) -> Vec<&str> {
        match self {
            Self::Alter { from, to, renamed } => to
                .values
                .iter()
                .filter(|value| {
                    !from.values.contains(value) && !renamed.iter().any(|(_, to)| to == *value)
                })
                .map(String::as_str)
                .collect(),
            Self::Create(_) | Self::Drop(_) | Self::Rename { .. } => Vec::new(),
        }
    }

    /// Values that the type itself gains: those of a type whose values stay in their order.
    pub fn appended_values(&self) -> Vec<&str> {
        if self.keeps_values() {
            self.added_values()
        } else {
            Vec::new()
        }
    }

    /// Whether values are only added and renamed, and stay in their order.
    pub fn keeps_values(&self) -> bool {
        match self {
            Self::Alter { from, to, renamed } => {
                let kept = from.values.iter().map(|value| {
                    let new = renamed.iter().find(|(old, _)| old == value);
                    new.map_or(value, |(_, new)| new)
                });
                let kept: Vec<&String> = kept.collect();
                to.values
                    .iter()
                    .filter(|value| kept.contains(value))
                    .eq(kept.iter().copied())
            }
            Self::Create(_) | Self::Drop(_) | Self::Rename { .. } => true,
        }
    }

    /// The type before and after.
    pub fn sides(&self) -> Sides<'_, EnumType> {
        match self {
            Self::Create(enum_type) => Sides::created(enum_type),
            Self::Drop(enum_type) => Sides::dropped(enum_type),
            Self::Alter { from, to, .. } => Sides::changed(from, to),
            Self::Rename { .. } => Sides::of_part(),
        }
    }

    pub(super) fn apply(&self, schema: &mut Schema, dialect: Dialect) -> Result<(), Mismatch> {
        match self {
            Self::Create(enum_type) => {
                let name = enum_type.name.clone();
                match schema.enums.insert(name, enum_type.clone()) {
                    Some(_) => Err(Mismatch::Exists(self.object())),
                    None => Ok(()),
                }
            }
            Self::Drop(enum_type) => match schema.enums.remove(&enum_type.name) {
                Some(_) => Ok(()),
                None => Err(Mismatch::Missing(self.object())),
            },
            Self::Rename { from, to } => {
                let Some(mut enum_type) = schema.enums.remove(from) else {
                    return Err(Mismatch::Missing(Object::Enum(from.clone())));
                };
                if schema.enums.contains_key(to) {
                    return Err(Mismatch::Exists(Object::Enum(to.clone())));
                }
                enum_type.name = to.clone();
                schema.enums.insert(to.clone(), enum_type);
                for table in schema.tables.values_mut() {
                    for column in &mut table.columns {
                        column.data_type = column.data_type.with_enum_renamed(from, to);
                    }
                    for expression in table.expressions_mut() {
                        expression.0 =
                            sql::rename_type(&expression.0, &from.parts(), &to.parts(), dialect);
                    }
                }
                object::enum_changed(schema, from, to);
                Ok(())
            }
            Self::Alter { from, to, renamed } => {
                let Some(enum_type) = schema.enums.get_mut(&from.name) else {
                    return Err(Mismatch::Missing(self.object()));
                };
                enum_type.values.clone_from(&to.values);
                if !renamed.is_empty() {
                    object::enum_changed(schema, &from.name, &to.name);
                }
                Ok(())
            }
        }
    }

    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Create(enum_type) => Self::Drop(enum_type.clone()),
            Self::Drop(enum_type) => Self::Create(enum_type.clone()),
            Self::Rename { from, to } => Self::Rename {
                from: to.clone(),
                to: from.clone(),
            },
            Self::Alter { from, to, renamed } => Self::Alter {
                from: to.clone(),
                to: from.clone(),
                renamed: renamed
                    .iter()
                    .map(|(from, to)| (to.clone(), from.clone()))
                    .collect(),
            },
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Create(enum_type) => {
                format!(
                    "create enum {} ({})",
                    enum_type.name,
                    enum_type.values.join(", ")
                )
            }
            Self::Drop(enum_type) => format!("drop enum {}", enum_type.name),
            Self::Rename { from, to } => format!("rename enum {from} to {to}"),
            Self::Alter { from, to, renamed } => {
                let mut changes: Vec<String> = renamed
                    .iter()
                    .map(|(from, to)| format!("rename value {from} to {to}"))
                    .collect();
                changes.extend(
                    self.added_values()
                        .iter()
                        .map(|value| format!("add value {value}")),
                );
                changes.extend(
                    self.removed_values()
                        .iter()
                        .map(|value| format!("remove value {value}")),
                );
                if changes.is_empty() {
                    changes.push(format!("reorder values: {}", to.values.join(", ")));
                }
                format!("alter enum {}: {}", from.name, changes.join(", "))
            }
        }
    }

    pub(super) fn hazards(&self) -> Vec<Hazard> {
        match self {
            Self::Rename { .. } | Self::Create(_) | Self::Drop(_) => Vec::new(),
            Self::Alter { renamed, .. } => {
                let mut hazards: Vec<Hazard> = self
                    .removed_values()
                    .iter()
                    .map(|value| {
                        let reason = format!("rows that hold the value {value}");
                        Hazard::new(HazardCode::MayFail, self.object(), reason)
                    })
                    .collect();
                hazards.extend(renamed.iter().map(|(from, _)| {
                    let reason = format!("programs that write the value {from}");
                    Hazard::new(HazardCode::BreaksClients, self.object(), reason)
                }));
                hazards
            }
        }
    }

    pub(super) fn object(&self) -> Object {
        match self {
            Self::Create(enum_type) | Self::Drop(enum_type) => Object::Enum(enum_type.name.clone()),
            Self::Rename { to, .. } => Object::Enum(to.clone()),
            Self::Alter { from, .. } => Object::Enum(from.name.clone()),
        }
    }
}
