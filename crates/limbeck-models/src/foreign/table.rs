//! What foreign attributes say of a struct.

use std::collections::BTreeSet;

use limbeck_core::schema::Deferrable;
use syn::Attribute;

use crate::case::RenameRule;
use crate::column::{ColumnDeclaration, column_name};
use crate::constraint::{KeyDeclaration, UniqueDeclaration};
use crate::error::GrammarError;
use crate::table::TableDeclaration;
use crate::vocabulary::Vocabulary;

use super::name::{ForeignName, Named, join_names};
use super::{Said, diesel, sea_orm, sqlx};

/// What they say of a table.
pub(crate) struct ForeignTable {
    /// Its name, as SQL or as a Rust path that stands for it.
    pub(super) names: Vec<Said<ForeignName>>,
    pub(super) schema: Option<Said<String>>,
    /// How fields become columns.
    pub(super) rules: Vec<Said<RenameRule>>,
    /// The fields of the primary key.
    pub(super) key: Option<Said<Vec<syn::Ident>>>,
    pub(super) comment: Option<Said<String>>,
    pub(super) faults: Vec<GrammarError>,
    /// Whose words the struct is in.
    pub(crate) vocabulary: Vocabulary,
}

impl ForeignTable {
    /// Reads the attributes of a struct.
    pub(crate) fn read(attributes: &[Attribute], vocabulary: Vocabulary) -> Self {
        let mut table = Self {
            names: Vec::new(),
            schema: None,
            rules: Vec::new(),
            key: None,
            comment: None,
            faults: Vec::new(),
            vocabulary,
        };
        if vocabulary == Vocabulary::Limbeck {
            sqlx::table(attributes, &mut table);
        }
        sea_orm::table(attributes, &mut table);
        if vocabulary == Vocabulary::Limbeck {
            diesel::table(attributes, &mut table);
        }
        table
    }

    /// Takes over what `declaration` is silent about, and refuses what contradicts it.
    ///
    /// The columns are there already: whether one is in the key is known.
    pub(crate) fn join(
        self,
        declaration: &mut TableDeclaration,
        said: Ours,
        errors: &mut Vec<GrammarError>,
    ) {
        errors.extend(self.faults);
        let named = Named {
            kind: "table",
            subject: "the table",
            is_ours: said.name,
        };
        join_names(&mut declaration.name, self.names, &named, errors);
        if let Some(schema) = self.schema {
            match &declaration.schema {
                Some(own) if *own != schema.value => errors.push(GrammarError::against(
                    declaration.ident.span(),
                    schema.span,
                    format!(
                        "the table is in the schema `{own}`, and in `{}` for {}",
                        schema.value, schema.by
                    ),
                    "make the two schemas one",
                )),
                _ => declaration.schema = Some(schema.value),
            }
        }
        if let (None, Some(comment)) = (&declaration.comment, self.comment) {
            declaration.comment = Some(comment.value);
        }
        if let Some(key) = self.key {
            join_key(&key, declaration, errors);
        }
        join_unique_keys(declaration);
    }
}

/// Makes a unique constraint of the columns that name the same one, unless it is declared.
fn join_unique_keys(declaration: &mut TableDeclaration) {
    let mut keys: Vec<(String, Vec<&ColumnDeclaration>)> = Vec::new();
    for column in &declaration.columns {
        let Some(name) = &column.unique_key else {
            continue;
        };
        match keys.iter_mut().find(|(other, _)| *other == name.value) {
            Some((_, columns)) => columns.push(column),
            None => keys.push((name.value.clone(), vec![column])),
        }
    }
    let mut uniques = Vec::new();
    for (label, columns) in keys {
        let names = |fields: &[syn::Ident]| {
            let names: BTreeSet<String> = fields.iter().map(column_name).collect();
            names
        };
        let fields: Vec<syn::Ident> = columns.iter().map(|column| column.field.clone()).collect();
        if declaration
            .uniques
            .iter()
            .any(|unique| names(&unique.key.fields) == names(&fields))
        {
            continue;
        }
        let span = columns[0].field.span();
        uniques.push(UniqueDeclaration {
            key: KeyDeclaration {
                span,
                name: None,
                fields,
                include: Vec::new(),
                deferrable: Deferrable::No,
                on_conflict: None,
                comment: None,
            },
            nulls_not_distinct: false,
            label: Some(label),
        });
    }
    declaration.uniques.extend(uniques);
}

/// What our own attribute says, where a default stands in the declaration otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Ours {
    /// Whether it says `name`.
    pub(crate) name: bool,
}

fn join_key(
    key: &Said<Vec<syn::Ident>>,
    declaration: &mut TableDeclaration,
    errors: &mut Vec<GrammarError>,
) {
    let named: Vec<String> = key.value.iter().map(column_name).collect();
    let own: Vec<String> = declaration
        .key_columns()
        .iter()
        .map(|column| column_name(&column.field))
        .collect();
    if own.is_empty() {
        for name in &named {
            let column = declaration
                .columns
                .iter_mut()
                .find(|column| column_name(&column.field) == *name);
            match column {
                Some(column) => column.primary_key = Some(key.span),
                None => errors.push(GrammarError::new(
                    key.span,
                    format!("{} names `{name}`, which is no field", key.by),
                    "name fields of the struct",
                )),
            }
        }
        return;
    }
    let (mut sorted, mut theirs) = (own.clone(), named.clone());
    sorted.sort();
    theirs.sort();
    if sorted != theirs {
        errors.push(GrammarError::against(
            declaration.ident.span(),
            key.span,
            format!(
                "the primary key is `{}`, and `{}` for {}",
                own.join("`, `"),
                named.join("`, `"),
                key.by
            ),
            "make the two keys one",
        ));
    }
}
