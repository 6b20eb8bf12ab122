//! Constraints of PostgreSQL.

use std::collections::BTreeMap;

use limbeck_core::schema::{
    Action, Check, Constraint, ConstraintKind, Deferrable, Exclusion, ForeignKey, MatchType,
    PrimaryKey, Unique,
};
use serde::Deserialize;

use super::{Names, expression, unwrapped};

/// A row of `constraints.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct ConstraintRow {
    pub(super) table_oid: i64,
    name: String,
    kind: char,
    key: Vec<i64>,
    references_oid: i64,
    references_schema: Option<String>,
    references_name: Option<String>,
    references_key: Vec<i64>,
    delete_columns: Option<Vec<i64>>,
    on_delete: char,
    on_update: char,
    match_type: char,
    deferrable: bool,
    deferred: bool,
    validated: bool,
    no_inherit: bool,
    expression: Option<String>,
    index_key: Option<Vec<i64>>,
    index_key_count: Option<usize>,
    nulls_not_distinct: bool,
    definition: Option<String>,
    comment: Option<String>,
}

/// Names of columns by table and number.
pub(super) type ColumnNames = BTreeMap<(i64, i64), String>;

/// The constraint of a row.
pub(super) fn constraint(
    row: ConstraintRow,
    columns: &ColumnNames,
    names: &Names<'_>,
) -> Constraint {
    let named = |table: i64, numbers: &[i64]| -> Vec<String> {
        numbers
            .iter()
            .filter_map(|number| columns.get(&(table, *number)).cloned())
            .collect()
    };
    let own = |numbers: &[i64]| named(row.table_oid, numbers);
    let include = || match (&row.index_key, row.index_key_count) {
        (Some(key), Some(count)) if key.len() > count => own(&key[count..]),
        _ => Vec::new(),
    };
    let deferrable = match (row.deferrable, row.deferred) {
        (false, _) => Deferrable::No,
        (true, false) => Deferrable::InitiallyImmediate,
        (true, true) => Deferrable::InitiallyDeferred,
    };
    let kind = match (row.kind, &row.definition) {
        (_, Some(definition)) => ConstraintKind::Exclusion(Exclusion {
            definition: expression(definition),
        }),
        ('p', None) => ConstraintKind::PrimaryKey(PrimaryKey {
            columns: own(&row.key),
            include: include(),
            deferrable,
            on_conflict: None,
        }),
        ('u', None) => ConstraintKind::Unique(Unique {
            columns: own(&row.key),
            include: include(),
            nulls_not_distinct: row.nulls_not_distinct,
            deferrable,
            on_conflict: None,
        }),
        ('f', None) => ConstraintKind::ForeignKey(ForeignKey {
            columns: own(&row.key),
            references: names.qualified(
                row.references_schema.as_deref().unwrap_or_default(),
                row.references_name.as_deref().unwrap_or_default(),
            ),
            referenced_columns: named(row.references_oid, &row.references_key),
            on_delete: action(row.on_delete),
            on_update: action(row.on_update),
            on_delete_columns: own(row.delete_columns.as_deref().unwrap_or_default()),
            match_type: match row.match_type {
                'f' => MatchType::Full,
                _ => MatchType::Simple,
            },
            deferrable,
            validated: row.validated,
        }),
        (_, None) => ConstraintKind::Check(Check {
            expression: unwrapped(row.expression.as_deref().unwrap_or_default()),
            no_inherit: row.no_inherit,
            validated: row.validated,
        }),
    };
    Constraint {
        comment: row.comment,
        ..Constraint::new(row.name, kind)
    }
}

/// The letters of `confdeltype` (PostgreSQL manual, section 53.13, pg_constraint).
fn action(letter: char) -> Action {
    match letter {
        'r' => Action::Restrict,
        'c' => Action::Cascade,
        'n' => Action::SetNull,
        'd' => Action::SetDefault,
        _ => Action::NoAction,
    }
}
