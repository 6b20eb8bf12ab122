//! Constraints: columns for fields, and foreign keys checked against what they refer to.

use std::collections::BTreeSet;

use limbeck_core::schema::{
    Action, Check, ConstraintKind, Deferrable, Exclusion, Expression, ForeignKey, MatchType,
    PrimaryKey, QualifiedName, Type, Unique,
};
use proc_macro2::{Ident, Span};

use crate::column::{ColumnDeclaration, column_name};
use crate::column_rules;
use crate::constraint::{
    CheckDeclaration, ExclusionDeclaration, ForeignKeyRules, KeyDeclaration, UniqueDeclaration,
};
use crate::default_name;
use crate::reference::Reference;
use crate::scan::ScanError;
use crate::scan::tree::UsePath;
use crate::scan::types::shown;
use crate::suggest;
use crate::vocabulary::Vocabulary;

use super::column::followed;
use super::names::{Member, MemberKind};
use super::{Model, Sources};

/// The columns of fields.
pub(crate) fn column_names(model: &Model, fields: &[Ident]) -> Vec<String> {
    fields
        .iter()
        .filter_map(|field| model.table.column(field))
        .map(|column| column.name.value.clone())
        .collect()
}

/// The primary key, from the table or from the columns.
pub(crate) fn primary_key(model: &Model) -> Option<Member> {
    if let Some(key) = &model.table.primary_key {
        return Some(key_member(model, key, |columns, include| {
            ConstraintKind::PrimaryKey(PrimaryKey {
                on_conflict: key.on_conflict.clone(),
                columns,
                include,
                deferrable: key.deferrable,
            })
        }));
    }
    let columns = model.table.key_columns();
    let first = columns.first()?;
    let names: Vec<String> = columns
        .iter()
        .map(|column| column.name.value.clone())
        .collect();
    Some(Member {
        name: None,
        span: first.primary_key.unwrap_or_else(|| first.field.span()),
        path: match columns.as_slice() {
            [only] => model.field_path(only),
            _ => model.table.ident.to_string(),
        },
        columns: names.clone(),
        comment: None,
        known_as: BTreeSet::new(),
        unsaid: BTreeSet::new(),
        kind: MemberKind::Constraint(ConstraintKind::PrimaryKey(PrimaryKey {
            on_conflict: None,
            columns: names,
            include: Vec::new(),
            deferrable: Deferrable::No,
        })),
    })
}

/// `unique(…)` of the table.
pub(crate) fn unique(model: &Model, unique: &UniqueDeclaration) -> Member {
    let mut member = key_member(model, &unique.key, |columns, include| {
        ConstraintKind::Unique(Unique {
            on_conflict: unique.key.on_conflict.clone(),
            columns,
            include,
            nulls_not_distinct: unique.nulls_not_distinct,
            deferrable: unique.key.deferrable,
        })
    });
    if let (Some(label), Vocabulary::SeaOrm) = (&unique.label, model.vocabulary) {
        // Named by its word, it is found again when its columns change; SeaORM's own name for it is the other one.
        let table = &model.table.name.value;
        member.columns = vec![label.clone()];
        member.known_as = BTreeSet::from([label.clone(), format!("idx-{table}-{label}")]);
    }
    member
}

fn key_member(
    model: &Model,
    key: &KeyDeclaration,
    kind: impl FnOnce(Vec<String>, Vec<String>) -> ConstraintKind,
) -> Member {
    let columns = column_names(model, &key.fields);
    let include = column_names(model, &key.include);
    Member {
        name: key.name.clone(),
        span: key.span,
        path: model.table.ident.to_string(),
        columns: columns.clone(),
        comment: key.comment.clone(),
        known_as: BTreeSet::new(),
        unsaid: BTreeSet::new(),
        kind: MemberKind::Constraint(kind(columns, include)),
    }
}

/// `unique` of a column.
pub(crate) fn column_unique(model: &Model, column: &ColumnDeclaration) -> Option<Member> {
    let unique = column.unique.as_ref()?;
    let columns = vec![column.name.value.clone()];
    Some(Member {
        name: super::names::given(unique),
        span: unique.span,
        path: model.field_path(column),
        columns: columns.clone(),
        comment: None,
        known_as: BTreeSet::new(),
        unsaid: BTreeSet::new(),
        kind: MemberKind::Constraint(ConstraintKind::Unique(Unique {
            on_conflict: None,
            columns,
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
        })),
    })
}

/// A check of the table, or of a column.
pub(crate) fn check(
    model: &Model,
    column: Option<&ColumnDeclaration>,
    check: &CheckDeclaration,
) -> Member {
    let text = &check.expression.value;
    Member {
        name: check.name.clone(),
        span: check.span,
        path: match column {
            Some(column) => model.field_path(column),
            None => model.table.ident.to_string(),
        },
        columns: match column {
            Some(column) => vec![column.name.value.clone()],
            None => mentioned(model, text),
        },
        comment: check.comment.clone(),
        known_as: BTreeSet::new(),
        unsaid: BTreeSet::new(),
        kind: MemberKind::Constraint(ConstraintKind::Check(Check {
            expression: Expression::new(text.trim()),
            no_inherit: check.no_inherit,
            validated: !check.not_valid,
        })),
    }
}

/// An exclusion constraint.
pub(crate) fn exclusion(model: &Model, exclusion: &ExclusionDeclaration) -> Member {
    let text = &exclusion.definition.value;
    Member {
        name: exclusion.name.clone(),
        span: exclusion.span,
        path: model.table.ident.to_string(),
        columns: mentioned(model, text),
        comment: exclusion.comment.clone(),
        known_as: BTreeSet::new(),
        unsaid: BTreeSet::new(),
        kind: MemberKind::Constraint(ConstraintKind::Exclusion(Exclusion {
            definition: Expression::new(text.clone()),
        })),
    }
}

/// The columns that an expression names outside its strings, the first mentioned first.
pub(crate) fn mentioned(model: &Model, expression: &str) -> Vec<String> {
    let columns: Vec<&str> = model
        .table
        .columns
        .iter()
        .map(|column| column.name.value.as_str())
        .collect();
    default_name::mentioned(&columns, expression)
}

/// A foreign key as declared on a column or on the table.
pub(crate) struct ForeignKeySource<'a> {
    pub(crate) span: Span,
    pub(crate) path: String,
    pub(crate) fields: &'a [Ident],
    pub(crate) references: &'a Reference,
    pub(crate) rules: &'a ForeignKeyRules,
    pub(crate) comment: Option<String>,
}

/// A foreign key; `None` where what it refers to is an error.
pub(crate) fn foreign_key(
    sources: &Sources<'_>,
    model: &Model,
    source: &ForeignKeySource<'_>,
    errors: &mut Vec<ScanError>,
) -> Option<Member> {
    let columns = column_names(model, source.fields);
    check_set_null(sources, model, source, errors);
    let (references, referenced) = match source.references {
        Reference::Table {
            name,
            columns: referenced,
            span,
        } => {
            check_count(
                sources,
                model,
                columns.len(),
                referenced.len(),
                *span,
                errors,
            )?;
            (name.clone(), referenced.clone())
        }
        Reference::Model { path, fields } => {
            model_reference(sources, model, source, path, fields, errors)?
        }
    };
    let rules = source.rules;
    let key = ForeignKey {
        on_delete: rules
            .on_delete
            .as_ref()
            .map_or(Action::NoAction, |action| action.value),
        on_update: rules
            .on_update
            .as_ref()
            .map_or(Action::NoAction, |action| action.value),
        on_delete_columns: column_names(model, &rules.on_delete_fields),
        match_type: rules
            .match_type
            .as_ref()
            .map_or(MatchType::Simple, |kind| kind.value),
        deferrable: rules
            .deferrable
            .as_ref()
            .map_or(Deferrable::No, |when| when.value),
        validated: !rules.not_valid,
        ..ForeignKey::new(columns.clone(), references, referenced)
    };
    Some(Member {
        name: rules.name.clone(),
        span: source.span,
        path: source.path.clone(),
        columns,
        comment: source.comment.clone(),
        known_as: BTreeSet::new(),
        unsaid: BTreeSet::new(),
        kind: MemberKind::Constraint(ConstraintKind::ForeignKey(key)),
    })
}

fn check_set_null(
    sources: &Sources<'_>,
    model: &Model,
    source: &ForeignKeySource<'_>,
    errors: &mut Vec<ScanError>,
) {
    let rules = source.rules;
    let nulled = match rules.on_delete_fields.as_slice() {
        [] => source.fields,
        fields => fields,
    };
    for action in [&rules.on_delete, &rules.on_update].into_iter().flatten() {
        if action.value != Action::SetNull {
            continue;
        }
        for field in nulled {
            if let Some((column, Some(facts))) = model.column(field)
                && !facts.nullable
            {
                errors.push(ScanError::at(
                    sources.place(model.file, action.span),
                    format!(
                        "`set_null` cannot null `{}`, which is not an `Option`",
                        model.field_path(column)
                    ),
                    format!(
                        "write `Option<{}>`, or another action",
                        shown(&column.rust_type)
                    ),
                ));
            }
        }
    }
}

fn check_count(
    sources: &Sources<'_>,
    model: &Model,
    own: usize,
    referenced: usize,
    span: Span,
    errors: &mut Vec<ScanError>,
) -> Option<()> {
    if own == referenced {
        return Some(());
    }
    errors.push(ScanError::at(
        sources.place(model.file, span),
        format!(
            "the foreign key has {} and refers to {referenced}",
            counted(own)
        ),
        "name as many columns on both sides",
    ));
    None
}

fn model_reference(
    sources: &Sources<'_>,
    model: &Model,
    source: &ForeignKeySource<'_>,
    path: &syn::Path,
    fields: &[Ident],
    errors: &mut Vec<ScanError>,
) -> Option<(QualifiedName, Vec<String>)> {
    let target = target(sources, model, source, path, errors)?;
    let table = &target.table;
    let span = source.references.span();
    let place = sources.place(model.file, span);
    let columns: Vec<&ColumnDeclaration> = if fields.is_empty() {
        let key = table.key_columns();
        if key.is_empty() {
            errors.push(ScanError::at(
                place,
                format!("`{}` has no primary key to refer to", table.ident),
                format!("name a unique field: `references = {}::email`", table.ident),
            ));
            return None;
        }
        if key.len() != source.fields.len() {
            let names: Vec<String> = key
                .iter()
                .map(|column| column_name(&column.field))
                .collect();
            errors.push(ScanError::at(
                place,
                format!(
                    "the primary key of `{}` has {}, and this foreign key {}",
                    table.ident,
                    counted(key.len()),
                    source.fields.len()
                ),
                format!(
                    "write `foreign_key(columns(…), references = {}({}))` in `#[table]`, or name \
                     one unique field",
                    table.ident,
                    names.join(", ")
                ),
            ));
            return None;
        }
        key
    } else {
        let mut columns = Vec::new();
        for field in fields {
            match table.column(field) {
                Some(column) => columns.push(column),
                None => {
                    let names: Vec<String> = table
                        .columns
                        .iter()
                        .map(|column| column_name(&column.field))
                        .collect();
                    errors.push(ScanError::at(
                        sources.place(model.file, field.span()),
                        format!("`{}` has no field `{field}`", table.ident),
                        suggest::hint(&column_name(field), names.iter().map(String::as_str)),
                    ));
                    return None;
                }
            }
        }
        check_count(
            sources,
            model,
            source.fields.len(),
            columns.len(),
            span,
            errors,
        )?;
        columns
    };
    for (field, referenced) in source.fields.iter().zip(&columns) {
        check_types(sources, model, field, target, referenced, errors);
    }
    let names: Vec<String> = columns
        .iter()
        .map(|column| column.name.value.clone())
        .collect();
    check_unique(sources, target, &names, place, errors);
    Some((table.qualified_name(), names))
}

fn target<'a>(
    sources: &'a Sources<'_>,
    model: &'a Model,
    source: &ForeignKeySource<'_>,
    path: &syn::Path,
    errors: &mut Vec<ScanError>,
) -> Option<&'a Model> {
    if path.is_ident("Self") {
        return Some(model);
    }
    let written = UsePath::of(path);
    let place = sources.place(model.file, source.references.span());
    let shown = written.segments.join("::");
    let Some(item) = followed(sources, model.module, &written) else {
        let names = sources
            .models
            .iter()
            .map(|model| model.table.ident.to_string());
        let names: Vec<String> = names.collect();
        let last = written.segments.last().map_or("", String::as_str);
        let hint = match suggest::nearest(last, names.iter().map(String::as_str)) {
            Some(near) if near != last => format!("did you mean `{near}`?"),
            Some(near) => format!("import it: `use …::{near};`"),
            None => "name a model, or a table as `references = \"users.id\"`".to_owned(),
        };
        errors.push(ScanError::at(
            place,
            format!("`{shown}` cannot be resolved"),
            hint,
        ));
        return None;
    };
    match sources.by_item.get(&item) {
        Some(Some(position)) => sources.models.get(*position),
        // Its declaration has errors of its own.
        Some(None) => None,
        None => {
            let other = &sources.tree.items[item];
            let declared = sources.place(other.file, other.ident().span());
            errors.push(ScanError::at(
                place,
                format!("`{shown}`, declared at {declared}, is not a model"),
                format!(
                    "add `#[derive(Table)]` to `{}`, or name the table: `references = \"users.id\"`",
                    other.ident()
                ),
            ));
            None
        }
    }
}

fn check_types(
    sources: &Sources<'_>,
    model: &Model,
    field: &Ident,
    target: &Model,
    referenced: &ColumnDeclaration,
    errors: &mut Vec<ScanError>,
) {
    let (Some((column, Some(from))), Some((_, Some(to)))) =
        (model.column(field), target.column(&referenced.field))
    else {
        return;
    };
    let (Some(from), Some(to)) = (family(&from.data_type), family(&to.data_type)) else {
        return;
    };
    if from == to {
        return;
    }
    let place = sources.place(target.file, referenced.type_span());
    errors.push(ScanError::at(
        sources.place(model.file, column.type_span()),
        format!(
            "`{}` is {} (`{}`), and `{}`, which it references, is {} (`{}`) at {place}",
            model.field_path(column),
            column_rules::noun(&from),
            shown(&column.rust_type),
            target.field_path(referenced),
            column_rules::noun(&to),
            shown(&referenced.rust_type),
        ),
        "give both fields the same type",
    ));
}

/// The type without length and precision; `None` where SQL text hides it.
fn family(data_type: &Type) -> Option<Type> {
    Some(match data_type {
        Type::Varchar(_) | Type::Char(_) => Type::Text,
        Type::Numeric(_) => Type::Numeric(None),
        Type::Time { zone, .. } => Type::Time {
            precision: None,
            zone: *zone,
        },
        Type::Timestamp { zone, .. } => Type::Timestamp {
            precision: None,
            zone: *zone,
        },
        Type::Sql(_) | Type::PerDialect(_) => return None,
        other => other.clone(),
    })
}

/// A foreign key needs a unique key at its other end (PostgreSQL manual, section 5.5.5).
fn check_unique(
    sources: &Sources<'_>,
    target: &Model,
    columns: &[String],
    place: super::SourceLocation,
    errors: &mut Vec<ScanError>,
) {
    let sorted = |names: Vec<String>| {
        let mut names = names;
        names.sort();
        names
    };
    let wanted = sorted(columns.to_vec());
    let table = &target.table;
    let mut keys: Vec<Vec<String>> = vec![
        table
            .key_columns()
            .iter()
            .map(|column| column.name.value.clone())
            .collect(),
    ];
    for column in &table.columns {
        if column.unique.is_some() || column.unique_index.is_some() {
            keys.push(vec![column.name.value.clone()]);
        }
    }
    for unique in &table.uniques {
        keys.push(column_names(target, &unique.key.fields));
    }
    for index in &table.indexes {
        let fields: Option<Vec<Ident>> = index
            .keys
            .iter()
            .map(|key| key.target.as_ref().ok().cloned())
            .collect();
        if let (true, None, Some(fields)) = (index.unique, &index.predicate, fields) {
            keys.push(column_names(target, &fields));
        }
    }
    if keys.into_iter().any(|key| sorted(key) == wanted) {
        return;
    }
    let declared = sources.place(target.file, table.span());
    errors.push(ScanError::at(
        place,
        format!(
            "nothing makes {} of `{}` at {declared} unique",
            suggest::listed(columns),
            table.ident
        ),
        match columns {
            [_] => format!("add `#[column(unique)]` to the field of `{}`", table.ident),
            _ => format!("add `unique(…)` to `#[table]` of `{}`", table.ident),
        },
    ));
}

fn counted(columns: usize) -> String {
    match columns {
        1 => "1 column".to_owned(),
        more => format!("{more} columns"),
    }
}
