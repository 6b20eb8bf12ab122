//! Enum types that columns use.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::schema::{EnumType, Models, Object, QualifiedName, RenamedFrom};

use crate::case::snake_case;
use crate::enum_type::{
    EnumDeclaration, derive_paths, derives_sqlx_type, read_enum, says_name, says_values,
};
use crate::foreign::has_attribute;
use crate::scan::ScanError;
use crate::scan::tree::{ItemId, ItemKind};

use super::{Sources, record};

/// The enums that were read, by item.
#[derive(Default)]
pub(crate) struct Enums {
    read: BTreeMap<ItemId, Option<EnumDeclaration>>,
    used: BTreeSet<ItemId>,
}

impl Enums {
    /// The declaration of an enum; its errors are reported the first time.
    pub(crate) fn read(
        &mut self,
        sources: &Sources<'_>,
        item: ItemId,
        derives_enum: bool,
        errors: &mut Vec<ScanError>,
    ) -> Option<&EnumDeclaration> {
        let item = sources.same(item);
        self.read
            .entry(item)
            .or_insert_with(|| read(sources, item, derives_enum, errors))
            .as_ref()
    }

    /// Whether attributes of the enum say how the driver keeps it.
    pub(crate) fn is_of_driver(&self, sources: &Sources<'_>, item: ItemId) -> bool {
        let ItemKind::Enum(item) = &sources.tree.items[item].kind else {
            return false;
        };
        let derives = derive_paths(&item.attrs);
        let mut names = derives.iter().filter_map(|path| path.segments.last());
        has_attribute(item, "sea_orm")
            || has_attribute(item, "sqlx")
            || names.any(|last| {
                let name = last.ident.to_string();
                matches!(
                    name.as_str(),
                    "DeriveActiveEnum" | "DeriveValueType" | "Type" | "Enum"
                )
            })
    }

    /// Notes that a column of a table that counts has this type.
    pub(crate) fn used(&mut self, item: ItemId) {
        self.used.insert(item);
    }

    /// Puts the enums that columns use into the models.
    pub(crate) fn declare(
        &self,
        sources: &Sources<'_>,
        models: &mut Models,
        errors: &mut Vec<ScanError>,
    ) {
        let mut seen: BTreeMap<&QualifiedName, ItemId> = BTreeMap::new();
        for (item, declaration) in &self.read {
            let Some(declaration) = declaration else {
                continue;
            };
            if !self.used.contains(item) || declaration.plain.is_some() {
                continue;
            }
            let file = sources.tree.items[*item].file;
            let name = &declaration.name.value;
            let table = sources
                .models
                .iter()
                .find(|model| model.counts && model.table.qualified_name() == *name);
            if let Some(table) = table {
                let place = sources.place(table.file, table.table.span());
                errors.push(ScanError::at(
                    sources.place(file, declaration.name.span),
                    format!(
                        "the enum type `{name}` bears the name of the table of `{}` at {place}",
                        table.table.ident
                    ),
                    "give it another name: `#[enum_type(name = \"…\")]`",
                ));
            }
            if let Some(first) = seen.insert(name, *item) {
                let other = &sources.tree.items[first];
                let place = sources.place(other.file, other.ident().span());
                errors.push(ScanError::at(
                    sources.place(file, declaration.name.span),
                    format!(
                        "the enum type `{name}` is declared twice: by `{}` at {place} and by `{}`",
                        other.ident(),
                        declaration.ident
                    ),
                    "give one of them another name: `#[enum_type(name = \"…\")]`",
                ));
                continue;
            }
            declare(sources, file, declaration, models);
        }
    }
}

fn declare(sources: &Sources<'_>, file: usize, declaration: &EnumDeclaration, models: &mut Models) {
    let name = &declaration.name.value;
    let origin = sources.origin(file, declaration.span(), declaration.ident.to_string());
    if let Some(schema) = &name.schema {
        models.schema.namespaces.insert(schema.clone());
        record(models, Object::Namespace(schema.clone()), origin.clone());
    }
    record(models, Object::Enum(name.clone()), origin);
    models.schema.enums.insert(
        name.clone(),
        EnumType {
            name: name.clone(),
            values: declaration
                .variants
                .iter()
                .map(|variant| variant.value.value.clone())
                .collect(),
            comment: declaration.comment.clone(),
        },
    );
    if let Some(from) = &declaration.renamed_from {
        models.renamed_from.push(RenamedFrom::Enum {
            from: former(&from.value, name),
            to: name.clone(),
        });
    }
    for variant in &declaration.variants {
        if let Some(from) = &variant.renamed_from {
            models.renamed_from.push(RenamedFrom::EnumValue {
                enum_type: name.clone(),
                from: from.value.clone(),
                to: variant.value.value.clone(),
            });
        }
    }
}

/// A former name in the schema of the present one, unless it names a schema.
pub(crate) fn former(from: &QualifiedName, to: &QualifiedName) -> QualifiedName {
    QualifiedName {
        schema: from.schema.clone().or_else(|| to.schema.clone()),
        name: from.name.clone(),
    }
}

fn read(
    sources: &Sources<'_>,
    item: ItemId,
    derives_enum: bool,
    errors: &mut Vec<ScanError>,
) -> Option<EnumDeclaration> {
    let source = &sources.tree.items[item];
    let ItemKind::Enum(structure) = &source.kind else {
        return None;
    };
    match read_enum(structure) {
        Ok(declaration) => {
            // The derive sees no other derive, and would spell the name and the values in snake case.
            if derives_enum
                && derives_sqlx_type(&structure.attrs)
                && !has_attribute(structure, "sqlx")
                && (!says_values(structure) || !says_name(structure, &declaration))
            {
                errors.push(ScanError::at(
                    sources.place(source.file, structure.ident.span()),
                    format!(
                        "`{}` derives `Enum`, which spells its name and values in snake case, and \
                         `sqlx::Type`, which spells them as they stand",
                        structure.ident
                    ),
                    format!(
                        "add `#[sqlx(type_name = \"{}\", rename_all = \"snake_case\")]`",
                        snake_case(&structure.ident.to_string())
                    ),
                ));
            }
            Some(declaration)
        }
        Err(faults) => {
            errors.extend(
                faults
                    .into_iter()
                    .map(|fault| ScanError::of_grammar(sources.tree, source.file, fault)),
            );
            None
        }
    }
}
