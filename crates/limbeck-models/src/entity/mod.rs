//! Entities of SeaORM as declarations of tables, in SeaORM's words alone.
//!
//! An entity is silent about much of its table, and what is silent about is the database's. Not here: structs that derive
//! `Table` of ours too, which say all that there is (`foreign`).

pub(crate) mod expanded;
mod key;
mod relation;
mod sqlite_type;

use syn::{Attribute, ItemStruct};

use crate::error::GrammarError;
use crate::table::{TableDeclaration, read_struct};
use crate::vocabulary::Vocabulary;

pub(crate) use self::key::unread;
pub(crate) use self::relation::{Relation, of_fields, of_variants};
pub(crate) use self::sqlite_type::sqlite_type;

/// The version of SeaORM that a project uses, as far as it matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// 0.x and 1.x.
    One,
    /// 2.x.
    #[default]
    Two,
}

/// Whether a struct is the model of an entity.
pub(crate) fn is_entity(attributes: &[Attribute]) -> bool {
    derives(attributes, "DeriveEntityModel")
}

fn derives(attributes: &[Attribute], derive: &str) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else {
            return false;
        };
        attribute.path().is_ident("derive")
            && list
                .tokens
                .clone()
                .into_iter()
                .any(|token| matches!(token, proc_macro2::TokenTree::Ident(name) if name == derive))
    })
}

/// Whether a struct is the model of an entity whose traits are written out.
pub(crate) fn is_expanded_model(attributes: &[Attribute]) -> bool {
    derives(attributes, "DeriveModel")
}

/// Whether a struct is an entity whose traits are written out.
pub(crate) fn is_expanded_entity(attributes: &[Attribute]) -> bool {
    derives(attributes, "DeriveEntity")
}

/// Reads the model of an entity; all its errors, not only the first.
pub(crate) fn read_entity(item: &ItemStruct) -> Result<TableDeclaration, Vec<GrammarError>> {
    let table = read_struct(item, Vocabulary::SeaOrm);
    let mut table = table.map_err(|errors| -> Vec<GrammarError> {
        errors.into_iter().map(in_words_of_sea_orm).collect()
    })?;
    // A unique column has its index by that.
    for column in table.columns.iter_mut().filter(|one| one.unique.is_some()) {
        column.index = None;
    }
    Ok(table)
}

/// What to type in an entity, where our attribute has no effect.
fn in_words_of_sea_orm(error: GrammarError) -> GrammarError {
    let theirs = error.hint.as_deref().and_then(|hint| match hint {
        _ if hint.contains("#[column(name") => Some("rename one of them: `column_name = \"…\"`"),
        _ if hint.contains("#[column(") => {
            Some("say it in words of SeaORM: `column_type = \"custom(\\\"…\\\")\"`")
        }
        _ if hint.contains("derive(Table)") => Some("add a field"),
        _ => None,
    });
    GrammarError {
        hint: theirs.map(str::to_owned).or(error.hint),
        ..error
    }
}
