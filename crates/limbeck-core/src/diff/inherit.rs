//! Facts of which a source does not speak are taken over from the state it is compared with.
//!
//! What the source says all the same counts: a default that is declared is not that of the state.

mod default;
mod enum_type;
mod member;

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::{Dialect, is_declared_type, postgres, takes_collation};
use crate::schema::{
    Binding, Column, FactKind, MemberFact, QualifiedName, Schema, Table, TableOptions, unnamed,
};
use crate::sql;

pub(crate) use self::default::{Sides, fills_by_default};

/// `target`, with every fact that its source is silent about as `before` has it.
#[must_use]
pub fn inherit(mut target: Schema, before: &Schema, dialect: Dialect) -> Schema {
    let enums = target.enums.clone();
    enum_type::keep_order(&mut target, before);
    let sides = Sides {
        before: &before.enums,
        target: &enums,
        dialect,
    };
    let gone: BTreeSet<&QualifiedName> = before
        .tables
        .keys()
        .filter(|name| !target.tables.contains_key(name))
        .collect();
    let has_table = |name: &QualifiedName| !gone.contains(name);
    for table in target.tables.values_mut() {
        if table.is_whole() {
            continue;
        }
        let silence = Silence {
            kinds: std::mem::take(&mut table.unsaid),
            of_members: std::mem::take(&mut table.unsaid_of),
            known_as: std::mem::take(&mut table.known_as),
            dialect,
        };
        let columns = std::mem::take(&mut table.unsaid_columns);
        let state = before;
        if let Some(before) = before.tables.get(&table.name) {
            for column in &before.columns {
                if columns.contains(&column.name) && table.column(&column.name).is_none() {
                    table.columns.push(column.clone());
                }
            }
            silence.take_over_columns(table, (before, state), sides);
            silence.take_over_members(table, before, &has_table);
            if dialect == Dialect::Sqlite {
                unnamed::follow(table);
            }
            silence.take_over_options(table, before);
        }
    }
    if dialect == Dialect::Sqlite {
        enum_type::keep_used(&mut target, before);
    }
    target
}

/// `NOT VALID` in models says that the rows which are there need not satisfy a constraint, not that
/// some must not: a constraint that has been validated all the same stays so, and in a new table
/// every one is valid.
pub fn keep_validated(target: &mut Schema, before: &Schema) {
    for table in target.tables.values_mut() {
        let before = before.tables.get(&table.name);
        for (name, constraint) in &mut table.constraints {
            let validated = constraint.kind.validated();
            let holds = before.is_none_or(|before| {
                let from = before.constraints.get(name);
                from.is_some_and(|from| from.kind == validated)
            });
            if holds {
                constraint.kind = validated;
            }
        }
    }
}

/// What a source does not say of a table.
struct Silence {
    kinds: BTreeSet<FactKind>,
    of_members: BTreeMap<String, BTreeSet<MemberFact>>,
    known_as: BTreeMap<String, BTreeSet<String>>,
    dialect: Dialect,
}

impl Silence {
    fn is_about(&self, kind: FactKind) -> bool {
        self.kinds.contains(&kind)
    }

    fn take_over_columns(
        &self,
        table: &mut Table,
        (before, state): (&Table, &Schema),
        sides: Sides<'_>,
    ) {
        let gone = member::gone(table, before);
        let key: Vec<String> = match table.primary_key() {
            Some((_, key)) if self.is_about(FactKind::KeyNulls) => key.columns.clone(),
            Some(_) | None => Vec::new(),
        };
        for column in &mut table.columns {
            let Some(from) = before.column(&column.name) else {
                continue;
            };
            if is_declared_type(column, (&from.data_type, state), self.dialect) {
                column.data_type.clone_from(&from.data_type);
                // Whoever asks the database is told that a column of such a domain is NOT NULL.
                if postgres::is_never_null(&from.data_type, state) {
                    column.nullable |= from.nullable;
                }
            }
            if key.contains(&column.name) {
                column.nullable = from.nullable;
            }
            if self.is_about(FactKind::Identity) && may_be_numbered(column) {
                column.identity.clone_from(&from.identity);
                column.not_null_conflict.clone_from(&from.not_null_conflict);
            }
            if self.is_about(FactKind::Generated) {
                let stays = |text: &str| {
                    gone.iter()
                        .all(|column| !sql::mentions(text, column, self.dialect))
                };
                let from = from.generated.as_ref();
                let from = from.filter(|from| stays(&from.expression.0));
                take(&mut column.generated, from);
            }
            if self.is_about(FactKind::Defaults) && sides.may_keep(from, column) {
                take(&mut column.default, from.default.as_ref());
            }
            let stays = takes_collation(&from.data_type, &column.data_type, self.dialect);
            if self.is_about(FactKind::Collations) && stays {
                take(&mut column.collation, from.collation.as_ref());
            }
            if self.is_about(FactKind::Comments) {
                take(&mut column.comment, from.comment.as_ref());
            }
        }
    }

    fn take_over_options(&self, table: &mut Table, before: &Table) {
        if self.is_about(FactKind::Options) {
            table.options = TableOptions {
                row_security: table.options.row_security,
                replica_identity: table.options.replica_identity.clone(),
                ..before.options.clone()
            };
        }
        if self.is_about(FactKind::RowSecurity) {
            let options = &before.options;
            table.options.row_security = options.row_security;
            let identity = &mut table.options.replica_identity;
            identity.clone_from(&options.replica_identity);
        }
        if self.is_about(FactKind::Comments) {
            take(&mut table.comment, before.comment.as_ref());
            for (name, constraint) in &mut table.constraints {
                let from = before.constraints.get(name);
                take(
                    &mut constraint.comment,
                    from.and_then(|from| from.comment.as_ref()),
                );
            }
            for (name, index) in &mut table.indexes {
                let from = before.indexes.get(name);
                take(
                    &mut index.comment,
                    from.and_then(|from| from.comment.as_ref()),
                );
            }
        }
    }
}

/// Whether it holds integers, as far as its source tells.
fn may_be_numbered(column: &Column) -> bool {
    column.said_type().is_integer() || column.declared.binding == Binding::Unknown
}

/// Fills what is not said.
fn take<T: Clone>(said: &mut Option<T>, there: Option<&T>) {
    if said.is_none() {
        *said = there.cloned();
    }
}
