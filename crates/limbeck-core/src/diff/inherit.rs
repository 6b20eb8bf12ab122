//! Facts of which a source does not speak are taken over from the state it is compared with.

use crate::schema::{ConstraintKind, FactKind, Identity, Schema, Table, TableOptions};

/// `target`, with every fact that its source is silent about as `before` has it.
#[must_use]
pub fn inherit(target: &Schema, before: &Schema) -> Schema {
    let mut result = target.clone();
    for table in result.tables.values_mut() {
        let kinds = std::mem::take(&mut table.unsaid);
        if let Some(before) = before.tables.get(&table.name) {
            for kind in kinds {
                take_over(kind, table, before);
            }
        }
    }
    result
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

fn take_over(kind: FactKind, table: &mut Table, before: &Table) {
    match kind {
        FactKind::Indexes => {
            for (name, index) in before.indexes.iter().filter(|(_, index)| !index.unique) {
                table
                    .indexes
                    .entry(name.clone())
                    .or_insert_with(|| index.clone());
            }
        }
        FactKind::Checks | FactKind::Exclusions => {
            for (name, constraint) in &before.constraints {
                let of_kind = match constraint.kind {
                    ConstraintKind::Check(_) => kind == FactKind::Checks,
                    ConstraintKind::Exclusion(_) => kind == FactKind::Exclusions,
                    ConstraintKind::PrimaryKey(_)
                    | ConstraintKind::Unique(_)
                    | ConstraintKind::ForeignKey(_) => false,
                };
                if of_kind {
                    table
                        .constraints
                        .entry(name.clone())
                        .or_insert_with(|| constraint.clone());
                }
            }
        }
        FactKind::Options => {
            table.options = TableOptions {
                row_security: table.options.row_security,
                replica_identity: table.options.replica_identity.clone(),
                ..before.options.clone()
            };
        }
        FactKind::RowSecurity => {
            let options = &before.options;
            table.options.row_security = options.row_security;
            let identity = &mut table.options.replica_identity;
            identity.clone_from(&options.replica_identity);
        }
        FactKind::Comments => {
            table.comment.clone_from(&before.comment);
            for (name, constraint) in &mut table.constraints {
                let from = before.constraints.get(name);
                constraint.comment = from.and_then(|from| from.comment.clone());
            }
            for (name, index) in &mut table.indexes {
                let from = before.indexes.get(name);
                index.comment = from.and_then(|from| from.comment.clone());
            }
            for column in &mut table.columns {
                let from = before.column(&column.name);
                column.comment = from.and_then(|from| from.comment.clone());
            }
        }
        FactKind::Defaults
        | FactKind::Collations
        | FactKind::Generated
        | FactKind::IdentityOptions => {
            for column in &mut table.columns {
                let Some(from) = before.column(&column.name) else {
                    continue;
                };
                match kind {
                    FactKind::Defaults if column.identity.is_none() => {
                        column.default.clone_from(&from.default);
                    }
                    FactKind::Collations => column.collation.clone_from(&from.collation),
                    FactKind::Generated => column.generated.clone_from(&from.generated),
                    FactKind::IdentityOptions => {
                        if let (Some(Identity { options, .. }), Some(from)) =
                            (&mut column.identity, &from.identity)
                        {
                            options.clone_from(&from.options);
                        }
                    }
                    FactKind::Defaults
                    | FactKind::Indexes
                    | FactKind::Checks
                    | FactKind::Exclusions
                    | FactKind::Comments
                    | FactKind::Options
                    | FactKind::RowSecurity => {}
                }
            }
        }
    }
}
