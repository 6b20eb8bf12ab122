//! Indexes: columns for fields.

use std::collections::BTreeSet;

use limbeck_core::schema::{Expression, Index, IndexKey, IndexTarget};

use crate::attribute::Located;
use crate::column::ColumnDeclaration;
use crate::index::IndexDeclaration;

use super::Model;
use super::constraint::{column_names, mentioned};
use super::names::{Member, MemberKind, given};

/// `index` or `unique_index` of a column.
pub(crate) fn column_index(
    model: &Model,
    column: &ColumnDeclaration,
    declared: &Located<Option<String>>,
    unique: bool,
) -> Member {
    let columns = vec![column.name.value.clone()];
    Member {
        name: given(declared),
        span: declared.span,
        path: model.field_path(column),
        known_as: BTreeSet::new(),
        unsaid: BTreeSet::new(),
        kind: MemberKind::Index(Index {
            unique,
            ..Index::on_columns("", &columns)
        }),
        columns,
        comment: None,
    }
}

/// `index(…)` of the table.
pub(crate) fn index(model: &Model, declaration: &IndexDeclaration) -> Member {
    let mut columns = Vec::new();
    let mut keys = Vec::new();
    for key in &declaration.keys {
        let target = match &key.target {
            Ok(field) => {
                let names = column_names(model, std::slice::from_ref(field));
                mention(&mut columns, &names);
                IndexTarget::Column(names.concat())
            }
            Err(expression) => {
                mention(&mut columns, &mentioned(model, &expression.value));
                IndexTarget::Expression(Expression::new(expression.value.trim()))
            }
        };
        keys.push(IndexKey {
            order: key.order,
            nulls: key.nulls,
            collation: key.collation.clone(),
            operator_class: key.operator_class.clone(),
            ..IndexKey::new(target)
        });
    }
    Member {
        name: declaration.name.clone(),
        span: declaration.span,
        path: model.table.ident.to_string(),
        columns,
        comment: declaration.comment.clone(),
        known_as: BTreeSet::new(),
        unsaid: BTreeSet::new(),
        kind: MemberKind::Index(Index {
            name: String::new(),
            unique: declaration.unique,
            method: declaration.method.clone(),
            keys,
            include: column_names(model, &declaration.include),
            predicate: declaration
                .predicate
                .as_ref()
                .map(|text| Expression::new(text.trim())),
            nulls_not_distinct: declaration.nulls_not_distinct,
            options: declaration.options.clone(),
            comment: declaration.comment.clone(),
        }),
    }
}

fn mention(columns: &mut Vec<String>, names: &[String]) {
    for name in names {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
}
