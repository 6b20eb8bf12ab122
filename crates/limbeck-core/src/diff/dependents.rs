//! What stands in the way of a change and is dropped and created again although it stays the same.
//!
//! A server keeps a check, a predicate or a computed column as a parsed expression over the types
//! of its columns. When such a type changes, the stored expression keeps casts of the former type,
//! so that its spelling would differ from the model's for ever, or the change is refused.

use std::collections::BTreeSet;

use super::column::must_be_replaced;
use super::{Context, canonical};
use crate::dialect::Dialect;
use crate::op::{EnumOp, Operation};
use crate::schema::{
    Constraint, ConstraintKind, Expression, ForeignKey, Index, IndexTarget, QualifiedName, Schema,
};
use crate::sql;

/// Columns whose dependents cannot stay.
pub(super) struct Disturbed {
    dialect: Dialect,
    /// Columns that get another type or collation.
    retyped: BTreeSet<(QualifiedName, String)>,
    /// Columns that are dropped and added again.
    replaced: BTreeSet<(QualifiedName, String)>,
    /// Foreign keys that reference a key which is dropped, by table and name.
    keyless: BTreeSet<(QualifiedName, String)>,
}

/// Finds the disturbed columns. The operations on enum types are there by then.
pub(super) fn disturbed(context: &Context<'_>, before: &Schema, target: &Schema) -> Disturbed {
    let dialect = context.dialect;
    let mut disturbed = Disturbed {
        dialect,
        retyped: BTreeSet::new(),
        replaced: BTreeSet::new(),
        keyless: BTreeSet::new(),
    };
    if dialect == Dialect::Sqlite {
        // Whatever changes here changes by a rebuild of the table, which re-reads every member;
        // only computed columns have to be left out of the copy.
        disturbed.replace_columns(before, target);
        return disturbed;
    }
    let rewritten: BTreeSet<&QualifiedName> = context
        .operations
        .iter()
        .filter_map(|operation| {
            let Operation::Enum(op @ EnumOp::Alter { from, .. }) = operation else {
                return None;
            };
            // Where values are only added, the way back is what another type must be made for; it
            // drops and makes again what it can without a change of columns.
            let is_rewritten = !op.keeps_values() || ties_columns(before, &from.name, dialect);
            is_rewritten.then_some(&from.name)
        })
        .collect();
    for (name, to) in &target.tables {
        let Some(from) = before.tables.get(name) else {
            continue;
        };
        if rewritten.is_empty() && from == to {
            continue;
        }
        for column in &to.columns {
            let Some(former) = from.column(&column.name) else {
                continue;
            };
            let rewritten = column
                .data_type
                .enum_name()
                .is_some_and(|name| rewritten.contains(name));
            if rewritten
                || former.data_type != column.data_type
                || former.collation != column.collation
            {
                disturbed
                    .retyped
                    .insert((name.clone(), column.name.clone()));
            }
        }
    }
    disturbed.replace_columns(before, target);
    disturbed.find_keyless(context, before, target);
    disturbed
}

impl Disturbed {
    /// Whether everything that stays the same can stay where it is.
    pub(super) fn is_empty(&self) -> bool {
        self.retyped.is_empty() && self.replaced.is_empty() && self.keyless.is_empty()
    }

    /// Whether the column is dropped and added again.
    pub(super) fn replaces(&self, table: &QualifiedName, column: &str) -> bool {
        self.replaced.contains(&(table.clone(), column.to_owned()))
    }

    /// Whether a constraint of `before` must go while its columns change.
    pub(super) fn constraint(&self, table: &QualifiedName, constraint: &Constraint) -> bool {
        match &constraint.kind {
            ConstraintKind::Check(check) => self.expression(table, &check.expression),
            ConstraintKind::Exclusion(exclusion) => self.expression(table, &exclusion.definition),
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) => {
                self.any(&self.replaced, table, constraint.kind.columns())
            }
            ConstraintKind::ForeignKey(key) => self.foreign_key(table, &constraint.name, key),
        }
    }

    /// Whether an index of `before` must go while its columns change.
    pub(super) fn index(&self, table: &QualifiedName, index: &Index) -> bool {
        let of_key = index.keys.iter().any(|key| match &key.target {
            IndexTarget::Column(column) => self.replaces(table, column),
            IndexTarget::Expression(expression) => self.expression(table, expression),
        });
        let predicate = index.predicate.as_ref();
        of_key
            || self.any(&self.replaced, table, &index.include)
            || predicate.is_some_and(|predicate| self.expression(table, predicate))
    }

    fn foreign_key(&self, table: &QualifiedName, name: &str, key: &ForeignKey) -> bool {
        self.keyless.contains(&(table.clone(), name.to_owned()))
            || [&self.retyped, &self.replaced].into_iter().any(|columns| {
                self.any(columns, table, &key.columns)
                    || self.any(columns, &key.references, &key.referenced_columns)
            })
    }

    fn any(
        &self,
        disturbed: &BTreeSet<(QualifiedName, String)>,
        table: &QualifiedName,
        columns: &[String],
    ) -> bool {
        columns
            .iter()
            .any(|column| disturbed.contains(&(table.clone(), column.clone())))
    }

    fn expression(&self, table: &QualifiedName, expression: &Expression) -> bool {
        self.retyped
            .iter()
            .chain(&self.replaced)
            .any(|(owner, column)| {
                owner == table && sql::mentions(&expression.0, column, self.dialect)
            })
    }

    fn replace_columns(&mut self, before: &Schema, target: &Schema) {
        for (name, to) in &target.tables {
            let Some(from) = before.tables.get(name) else {
                continue;
            };
            if from == to && self.is_empty() {
                continue;
            }
            for column in &to.columns {
                let Some(former) = from.column(&column.name) else {
                    continue;
                };
                let computed_from_disturbed = former
                    .generated
                    .as_ref()
                    .is_some_and(|generated| self.expression(name, &generated.expression));
                if must_be_replaced(name, former, column, self.dialect) || computed_from_disturbed {
                    self.replaced.insert((name.clone(), column.name.clone()));
                }
            }
        }
    }

    /// A foreign key depends on the unique or primary key of the columns that it references
    /// (PostgreSQL manual, section 5.5.5), so it goes when that one goes.
    fn find_keyless(&mut self, context: &Context<'_>, before: &Schema, target: &Schema) {
        for table in before.tables.values() {
            for (constraint, key) in table.foreign_keys() {
                let (Some(from), Some(to)) = (
                    before.tables.get(&key.references),
                    target.tables.get(&key.references),
                ) else {
                    continue;
                };
                if from == to && self.retyped.is_empty() && self.replaced.is_empty() {
                    continue;
                }
                let is_its_key = |kind: &ConstraintKind| {
                    matches!(
                        kind,
                        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
                    ) && same_columns(kind.columns(), &key.referenced_columns)
                };
                let stays = |name: &str, other: &str| {
                    name == other || context.renames_member_to(&to.name, other)
                };
                let gone = from.constraints.values().any(|owner| {
                    let kept = to
                        .constraints
                        .values()
                        .any(|other| other.kind == owner.kind && stays(&owner.name, &other.name));
                    is_its_key(&owner.kind) && (!kept || self.constraint(&from.name, owner))
                });
                let index_gone = from.indexes.values().any(|index| {
                    let same = |other: &Index| {
                        canonical::index(other, self.dialect)
                            == canonical::index(index, self.dialect)
                    };
                    let kept = to
                        .indexes
                        .values()
                        .any(|other| stays(&index.name, &other.name) && same(other));
                    index.unique
                        && index.keys.len() == key.referenced_columns.len()
                        && (!kept || self.index(&from.name, index))
                });
                if gone || index_gone {
                    self.keyless
                        .insert((table.name.clone(), constraint.name.clone()));
                }
            }
        }
    }
}

/// Whether a column of the enum type is computed from, or is part of a foreign key.
fn ties_columns(schema: &Schema, enum_type: &QualifiedName, dialect: Dialect) -> bool {
    schema.users_of_enum(enum_type).any(|(table, column)| {
        let in_computed = table.columns.iter().any(|other| {
            let generated = other.generated.as_ref();
            generated.is_some_and(|one| sql::mentions(&one.expression.0, &column.name, dialect))
        });
        let refers = table
            .foreign_keys()
            .any(|(_, key)| key.columns.contains(&column.name));
        let mut referencing = schema.referencing(&table.name);
        let is_referenced = referencing.any(|(_, constraint)| {
            matches!(&constraint.kind, ConstraintKind::ForeignKey(key)
                if key.referenced_columns.contains(&column.name))
        });
        in_computed || refers || is_referenced
    })
}

fn same_columns(a: &[String], b: &[String]) -> bool {
    let sorted = |columns: &[String]| columns.iter().cloned().collect::<BTreeSet<_>>();
    sorted(a) == sorted(b)
}
