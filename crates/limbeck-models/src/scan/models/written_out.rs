//! Entities whose traits are written out: what the traits say is joined with what the model does.

use syn::{Attribute, ItemStruct};

use crate::entity::{self, expanded};
use crate::error::GrammarError;
use crate::foreign::arguments;
use crate::scan::tree::{ItemId, ItemKind, ModuleId, Name, Tree};
use crate::table::TableDeclaration;

/// The entity that stands beside its model, where somebody has written it.
pub(super) fn entity(tree: &Tree, module: ModuleId, attributes: &[Attribute]) -> Option<ItemId> {
    if !entity::is_expanded_model(attributes) {
        return None;
    }
    let Some(Name::Item(id)) = tree.modules[module].names.get("Entity") else {
        return None;
    };
    match &tree.items[*id].kind {
        ItemKind::Struct(item) => entity::is_expanded_entity(&item.attrs).then_some(*id),
        ItemKind::Enum(_) | ItemKind::Alias(_) => None,
    }
}

/// The table with what the traits in its module say.
pub(super) fn join(
    tree: &Tree,
    module: ModuleId,
    model: &ItemStruct,
    mut table: TableDeclaration,
) -> Result<TableDeclaration, Vec<GrammarError>> {
    let mut is_named = says_name(&model.attrs);
    let mut errors = Vec::new();
    let traits = || {
        tree.entity_traits
            .iter()
            .filter(|(here, _, _)| *here == module)
    };
    let named = |name: &str| match tree.modules[module].names.get(name) {
        Some(Name::Item(item)) => Some(&tree.items[*item].kind),
        _ => None,
    };
    if let (false, Some(ItemKind::Struct(entity))) = (is_named, named("Entity"))
        && entity::is_expanded_entity(&entity.attrs)
        && let Some(name) = table_name(&entity.attrs)
    {
        table.name = name;
        is_named = true;
    }
    if let (Some(ItemKind::Enum(columns)), false) =
        (named("Column"), entity::is_entity(&model.attrs))
    {
        expanded::join_columns(columns, &mut table);
    }
    if let (Some(ItemKind::Enum(key)), false) =
        (named("PrimaryKey"), entity::is_entity(&model.attrs))
    {
        expanded::join_key(key, &mut table);
    }
    for (_, _, item) in traits() {
        let joined = match expanded::trait_name(item).as_deref() {
            Some("EntityName") => {
                is_named = true;
                expanded::join_name(item, &mut table)
            }
            Some("ColumnTrait") => expanded::join_definitions(item, &mut table),
            Some("PrimaryKeyTrait") => {
                expanded::join_auto_increment(item, &mut table);
                Ok(())
            }
            _ => Ok(()),
        };
        errors.extend(joined.err());
    }
    if !is_named {
        errors.push(GrammarError::new(
            model.ident.span(),
            "the entity says no name of a table",
            "write `#[sea_orm(table_name = \"…\")]`",
        ));
    }
    if errors.is_empty() {
        Ok(table)
    } else {
        Err(errors)
    }
}

fn says_name(attributes: &[Attribute]) -> bool {
    table_name(attributes).is_some()
}

fn table_name(attributes: &[Attribute]) -> Option<crate::attribute::Located<String>> {
    let said = arguments(attributes, "sea_orm");
    let said = said
        .iter()
        .find(|argument| argument.key() == "table_name")?;
    said.text().ok()
}
