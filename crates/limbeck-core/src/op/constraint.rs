//! Changes of constraints.

use serde::{Deserialize, Serialize};

use super::table::table_mut;
use super::{Hazard, HazardCode, Mismatch, Sides};
use crate::schema::{
    Action, Constraint, ConstraintKind, Deferrable, ForeignKey, MatchType, Object, QualifiedName,
    Schema, Unnamed,
};

/// A change of a constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintOp {
    /// ADD CONSTRAINT.
    Add {
        /// The table.
        table: QualifiedName,
        /// The constraint.
        constraint: Constraint,
    },
    /// DROP CONSTRAINT.
    Drop {
        /// The table.
        table: QualifiedName,
        /// The constraint.
        constraint: Constraint,
    },
    /// VALIDATE CONSTRAINT; on the way back it is dropped and added NOT VALID.
    ///
    /// `from` and `to` differ in nothing but whether the rows that are there are known to satisfy it.
    Validate {
        /// The table.
        table: QualifiedName,
        /// The constraint as it was.
        from: Constraint,
        /// The constraint as it becomes.
        to: Constraint,
    },
    /// RENAME CONSTRAINT.
    Rename {
        /// The table.
        table: QualifiedName,
        /// The former name.
        from: String,
        /// The name from then on.
        to: String,
        /// Whether nobody has given it the one, and the other.
        unnamed: [Unnamed; 2],
    },
}

impl ConstraintOp {
    /// The table that the constraint belongs to.
    pub fn table(&self) -> &QualifiedName {
        match self {
            Self::Add { table, .. }
            | Self::Drop { table, .. }
            | Self::Validate { table, .. }
            | Self::Rename { table, .. } => table,
        }
    }

    /// The constraint before and after.
    pub fn sides(&self) -> Sides<'_, Constraint> {
        match self {
            Self::Add { constraint, .. } => Sides::created(constraint),
            Self::Drop { constraint, .. } => Sides::dropped(constraint),
            Self::Validate { from, to, .. } => Sides::changed(from, to),
            Self::Rename { .. } => Sides::of_part(),
        }
    }

    /// The constraint as it becomes, to be said otherwise.
    pub(crate) fn to_mut(&mut self) -> Option<&mut Constraint> {
        match self {
            Self::Add { constraint: to, .. } | Self::Validate { to, .. } => Some(to),
            Self::Drop { .. } | Self::Rename { .. } => None,
        }
    }

    pub(super) fn apply(&self, schema: &mut Schema) -> Result<(), Mismatch> {
        let table = table_mut(schema, self.table())?;
        match self {
            Self::Add { constraint, .. } => match table.add_constraint(constraint.clone()) {
                Some(_) => Err(Mismatch::Exists(self.object())),
                None => Ok(()),
            },
            Self::Drop { constraint, .. } => match table.constraints.remove(&constraint.name) {
                Some(_) => Ok(()),
                None => Err(Mismatch::Missing(self.object())),
            },
            Self::Validate { to, .. } => match table.constraints.get_mut(&to.name) {
                Some(constraint) => {
                    constraint.kind.clone_from(&to.kind);
                    Ok(())
                }
                None => Err(Mismatch::Missing(self.object())),
            },
            Self::Rename {
                from,
                to,
                table: name,
                unnamed: [_, unnamed],
            } => {
                let Some(mut constraint) = table.constraints.remove(from) else {
                    return Err(Mismatch::Missing(Object::Constraint(
                        name.clone(),
                        from.clone(),
                    )));
                };
                to.clone_into(&mut constraint.name);
                constraint.unnamed = *unnamed;
                match table.add_constraint(constraint) {
                    Some(_) => Err(Mismatch::Exists(self.object())),
                    None => Ok(()),
                }
            }
        }
    }

    pub(crate) fn inverse(&self) -> Self {
        match self {
            Self::Add { table, constraint } => Self::Drop {
                table: table.clone(),
                constraint: constraint.clone(),
            },
            Self::Drop { table, constraint } => Self::Add {
                table: table.clone(),
                constraint: constraint.clone(),
            },
            Self::Validate { table, from, to } => Self::Validate {
                table: table.clone(),
                from: to.clone(),
                to: from.clone(),
            },
            Self::Rename {
                table,
                from,
                to,
                unnamed: [before, after],
            } => Self::Rename {
                table: table.clone(),
                from: to.clone(),
                to: from.clone(),
                unnamed: [*after, *before],
            },
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Add { table, constraint } => {
                format!(
                    "add {} {table}.{}{}",
                    constraint.kind.noun(),
                    constraint.name,
                    detail(constraint)
                )
            }
            Self::Drop { table, constraint } => {
                format!(
                    "drop {} {table}.{}",
                    constraint.kind.noun(),
                    constraint.name
                )
            }
            Self::Validate { table, to, .. } if to.kind.is_validated() => {
                format!("validate {} {table}.{}", to.kind.noun(), to.name)
            }
            Self::Validate { table, to, .. } => {
                format!("make {} {table}.{} NOT VALID", to.kind.noun(), to.name)
            }
            Self::Rename {
                table, from, to, ..
            } => {
                format!("rename constraint {table}.{from} to {to}")
            }
        }
    }

    pub(super) fn hazards(&self) -> Vec<Hazard> {
        let constraint = match self {
            Self::Add { constraint, .. } => constraint,
            Self::Validate { to, .. } => to,
            Self::Drop { .. } | Self::Rename { .. } => return Vec::new(),
        };
        let reason = match &constraint.kind {
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) => {
                "rows that are equal in its columns"
            }
            ConstraintKind::Check(check) if check.validated => "rows that do not satisfy it",
            ConstraintKind::ForeignKey(key) if key.validated => "rows that reference nothing",
            ConstraintKind::Exclusion(_) => "rows that exclude each other",
            ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => return Vec::new(),
        };
        vec![Hazard::new(HazardCode::MayFail, self.object(), reason)]
    }

    pub(super) fn object(&self) -> Object {
        match self {
            Self::Add { table, constraint } | Self::Drop { table, constraint } => {
                Object::Constraint(table.clone(), constraint.name.clone())
            }
            Self::Validate { table, to, .. } => Object::Constraint(table.clone(), to.name.clone()),
            Self::Rename { table, to, .. } => Object::Constraint(table.clone(), to.clone()),
        }
    }
}

fn detail(constraint: &Constraint) -> String {
    match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => format!(" ({})", key.columns.join(", ")),
        ConstraintKind::Unique(unique) => format!(" ({})", unique.columns.join(", ")),
        ConstraintKind::Check(check) => format!(" ({})", check.expression),
        ConstraintKind::Exclusion(_) => String::new(),
        ConstraintKind::ForeignKey(key) => format!(
            " ({}) references {} ({}){}",
            key.columns.join(", "),
            key.references,
            key.referenced_columns.join(", "),
            rules(key)
        ),
    }
}

/// What a foreign key does besides keeping rows out, ` on delete cascade`: two of one name may differ in nothing else.
fn rules(key: &ForeignKey) -> String {
    let action = |on: &str, action: Action| match action {
        Action::NoAction => String::new(),
        Action::Restrict => format!(" on {on} restrict"),
        Action::Cascade => format!(" on {on} cascade"),
        Action::SetNull => format!(" on {on} set null"),
        Action::SetDefault => format!(" on {on} set default"),
    };
    let match_type = match key.match_type {
        MatchType::Simple => "",
        MatchType::Full => " match full",
    };
    let deferrable = match key.deferrable {
        Deferrable::No => "",
        Deferrable::InitiallyImmediate => " deferrable",
        Deferrable::InitiallyDeferred => " deferrable initially deferred",
    };
    let delete = action("delete", key.on_delete);
    let update = action("update", key.on_update);
    format!("{delete}{update}{match_type}{deferrable}")
}
