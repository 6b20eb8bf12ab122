//! Tables: their members collected, and the table itself.

use limbeck_core::dialect::postgres::extension::extension;
use limbeck_core::schema::{FactKind, Models, Object, RenamedFrom, Sequence, Table};

use crate::scan::ScanError;
use crate::sequence::SequenceDeclaration;
use crate::vocabulary::Vocabulary;

use super::constraint::{self, ForeignKeySource};
use super::enum_type::former;
use super::names::Member;
use super::{Model, Sources, column, diesel, index, record, relation};

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
    if model.vocabulary != Vocabulary::Limbeck {
        members.iter_mut().for_each(relation::leave_details);
        members.extend(relation::foreign_keys(sources, model, errors));
        members.extend(diesel::foreign_keys(sources, model));
    }
    members
}

/// Puts the table itself into the models, around the members that it has there.
pub(crate) fn declare(
    sources: &Sources<'_>,
    model: &Model,
    models: &mut Models,
    errors: &mut Vec<ScanError>,
) {
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
    let extensions = declaration.extensions.iter();
    let extensions = extensions.map(|name| extension(name));
    models.schema.sql_objects.extend(extensions);
    for sequence in &declaration.sequences {
        declare_sequence(sources, model, sequence, models, errors);
    }
    let table = models
        .schema
        .tables
        .entry(name.clone())
        .or_insert_with(|| Table::new(name.clone()));
    table.columns = column::columns(sources, model);
    table.comment.clone_from(&declaration.comment);
    table.options = declaration.options.clone();
    match model.vocabulary {
        // No attribute says it yet.
        Vocabulary::Limbeck => {
            table.unsaid.insert(FactKind::RowSecurity);
        }
        Vocabulary::SeaOrm => {
            let says = [FactKind::Enums, FactKind::KeyNulls];
            let unsaid = FactKind::ALL.into_iter();
            table
                .unsaid
                .extend(unsaid.filter(|kind| !says.contains(kind)));
        }
        Vocabulary::Diesel => {
            table.unsaid.extend(FactKind::ALL);
            table.unsaid_columns.clone_from(&model.left_out);
        }
    }
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

/// A sequence in the schema of its table.
fn declare_sequence(
    sources: &Sources<'_>,
    model: &Model,
    declaration: &SequenceDeclaration,
    models: &mut Models,
    errors: &mut Vec<ScanError>,
) {
    let table = model.table.qualified_name();
    let name = table.sibling(declaration.name.value.as_str());
    let owner = declaration.owned_by.as_ref();
    let owner = owner.and_then(|field| model.table.column(field));
    let sequence = Sequence {
        name: name.clone(),
        data_type: declaration.data_type.clone(),
        options: declaration.options.clone(),
        owned_by: owner.map(|column| (table, column.name.value.clone())),
        unlogged: false,
    };
    let object = Object::Sequence(name.clone());
    if models
        .schema
        .sequences
        .insert(name.clone(), sequence)
        .is_some()
    {
        let first = models.origins.get(&object);
        let first = first.map(|origin| format!(", first at {origin}"));
        errors.push(ScanError::at(
            sources.place(model.file, declaration.name.span),
            format!(
                "the sequence `{name}` is declared twice{}",
                first.unwrap_or_default()
            ),
            "declare it once, or give one of them another name",
        ));
    }
    let origin = sources.origin(model.file, declaration.span, model.table.ident.to_string());
    record(models, object, origin);
}
