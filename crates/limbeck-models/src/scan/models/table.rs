//! Tables: their members collected, and the table itself.

use limbeck_core::schema::{FactKind, Models, Object, RenamedFrom, Table};

use crate::scan::ScanError;

use super::constraint::{self, ForeignKeySource};
use super::enum_type::former;
use super::names::Member;
use super::{Model, Sources, column, index, record};

/// The constraints and indexes of a model, still without the names that nobody gave.
pub(crate) fn members(
    sources: &Sources<'_>,
    model: &Model,
    errors: &mut Vec<ScanError>,
) -> Vec<Member> {
    if !model.counts {
        return Vec::new();
    }
    let table = &model.table;
    let mut members = Vec::new();
    members.extend(constraint::primary_key(model));
    for column in &table.columns {
        members.extend(constraint::column_unique(model, column));
    }
    for unique in &table.uniques {
        members.push(constraint::unique(model, unique));
    }
    for column in &table.columns {
        let Some(references) = &column.references else {
            continue;
        };
        let source = ForeignKeySource {
            span: references.span(),
            path: model.field_path(column),
            fields: std::slice::from_ref(&column.field),
            references,
            rules: &column.foreign_key,
            comment: None,
        };
        members.extend(constraint::foreign_key(sources, model, &source, errors));
    }
    for key in &table.foreign_keys {
        let source = ForeignKeySource {
            span: key.span,
            path: table.ident.to_string(),
            fields: &key.fields,
            references: &key.references,
            rules: &key.rules,
            comment: key.comment.clone(),
        };
        members.extend(constraint::foreign_key(sources, model, &source, errors));
    }
    for column in &table.columns {
        for check in &column.checks {
            members.push(constraint::check(model, Some(column), check));
        }
    }
    for check in &table.checks {
        members.push(constraint::check(model, None, check));
    }
    for exclusion in &table.exclusions {
        members.push(constraint::exclusion(model, exclusion));
    }
    for column in &table.columns {
        if let Some(declared) = &column.index {
            members.push(index::column_index(model, column, declared, false));
        }
        if let Some(declared) = &column.unique_index {
            members.push(index::column_index(model, column, declared, true));
        }
    }
    for declaration in &table.indexes {
        members.push(index::index(model, declaration));
    }
    members
}

/// Puts the table itself into the models, around the members that it has there.
pub(crate) fn declare(sources: &Sources<'_>, model: &Model, models: &mut Models) {
    let declaration = &model.table;
    let name = declaration.qualified_name();
    let origin = sources.origin(
        model.file,
        declaration.span(),
        declaration.ident.to_string(),
    );
    if let Some(schema) = &name.schema {
        models.schema.namespaces.insert(schema.clone());
        record(models, Object::Namespace(schema.clone()), origin.clone());
    }
    record(models, Object::Table(name.clone()), origin);
    let table = models
        .schema
        .tables
        .entry(name.clone())
        .or_insert_with(|| Table::new(name.clone()));
    table.columns = column::columns(model);
    table.comment.clone_from(&declaration.comment);
    table.options = declaration.options.clone();
    // No attribute says it yet.
    table.unmanaged.insert(FactKind::RowSecurity);
    if let Some(from) = &declaration.renamed_from {
        models.renamed_from.push(RenamedFrom::Table {
            from: former(&from.value, &name),
            to: name.clone(),
        });
    }
    for column in &declaration.columns {
        let to = column.name.value.clone();
        record(
            models,
            Object::Column(name.clone(), to.clone()),
            sources.origin(model.file, column.field.span(), model.field_path(column)),
        );
        if let Some(from) = &column.renamed_from {
            models.renamed_from.push(RenamedFrom::Column {
                table: name.clone(),
                from: from.value.clone(),
                to,
            });
        }
    }
}
