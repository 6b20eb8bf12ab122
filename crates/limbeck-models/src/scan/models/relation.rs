//! Foreign keys that follow from the relations of an entity.

use limbeck_core::schema::{Action, ConstraintKind, ForeignKey, MemberFact};
use proc_macro2::Ident;
use syn::ItemStruct;

use crate::case::RenameRule;
use crate::column::{ColumnDeclaration, column_name};
use crate::entity::{self, Relation};
use crate::enum_type::derive_paths;
use crate::error::GrammarError;
use crate::foreign::arguments;
use crate::scan::ScanError;
use crate::scan::resolve::{Found, resolve};
use crate::scan::tree::{ItemKind, ModuleId, Name, Tree, UsePath};

use super::column::followed;
use super::names::{Member, MemberKind};
use super::{Model, Sources};

/// The relations that stand beside the model of an entity, or on its fields.
pub(super) fn declared(
    tree: &Tree,
    module: ModuleId,
    model: &ItemStruct,
) -> Vec<Result<Relation, GrammarError>> {
    let mut relations = entity::of_fields(model);
    if let Some(Name::Item(item)) = tree.modules[module].names.get("Relation")
        && let ItemKind::Enum(item) = &tree.items[*item].kind
        && derive_paths(&item.attrs).iter().any(|path| {
            let last = path.segments.last();
            last.is_some_and(|last| last.ident == "DeriveRelation")
        })
    {
        relations.extend(entity::of_variants(item));
    }
    for (here, _, item) in &tree.entity_traits {
        let is_here = *here == module;
        if is_here && entity::expanded::trait_name(item).as_deref() == Some("RelationTrait") {
            relations.extend(entity::expanded::relations(item));
        }
    }
    relations
}

/// Leaves to the database what an entity cannot say of a key or an index. What stands in our words says it all.
pub(super) fn leave_details(member: &mut Member) {
    let is_said = match &member.kind {
        MemberKind::Constraint(
            ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) | ConstraintKind::ForeignKey(_),
        ) => true,
        MemberKind::Constraint(ConstraintKind::PrimaryKey(_)) => false,
        MemberKind::Constraint(ConstraintKind::Unique(_)) => member.name.is_some(),
        // That of a field is SeaORM's `indexed`, unless it has a name.
        MemberKind::Index(_) => member.name.is_some() || !member.path.contains("::"),
    };
    if !is_said {
        leave(member);
    }
}

/// Leaves to the database what stands beside columns and targets, and the name unless there is one.
pub(super) fn leave(member: &mut Member) {
    member.unsaid.insert(MemberFact::Details);
    if member.name.is_none() {
        member.unsaid.insert(MemberFact::Name);
    }
}

/// The foreign keys of an entity.
pub(super) fn foreign_keys(
    sources: &Sources<'_>,
    model: &Model,
    errors: &mut Vec<ScanError>,
) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for relation in &model.relations {
        let Some(member) = foreign_key(sources, model, relation, errors) else {
            continue;
        };
        // Two relations to the same rows are two ways to ask for them.
        if members.iter().all(|other| !is_same(&member, other)) {
            members.push(member);
        }
    }
    members
}

fn is_same(one: &Member, other: &Member) -> bool {
    let ends = |member: &Member| match &member.kind {
        MemberKind::Constraint(ConstraintKind::ForeignKey(key)) => Some((
            key.columns.clone(),
            key.references.clone(),
            key.referenced_columns.clone(),
        )),
        MemberKind::Constraint(_) | MemberKind::Index(_) => None,
    };
    ends(one) == ends(other)
}

fn foreign_key(
    sources: &Sources<'_>,
    model: &Model,
    relation: &Relation,
    errors: &mut Vec<ScanError>,
) -> Option<Member> {
    let place = sources.place(model.file, relation.span);
    let path = UsePath::of(&relation.entity);
    let Some(item) = followed(sources, model.module, &path) else {
        // An entity of another crate makes its table there.
        if !matches!(
            resolve(sources.tree, model.module, &path),
            Some(Found::Foreign(_))
        ) {
            errors.push(ScanError::at(
                place,
                format!(
                    "the entity `{}` cannot be resolved",
                    path.segments.join("::")
                ),
                "write its path, as `sea-orm-cli generate entity` does: `super::user::Entity`",
            ));
        }
        return None;
    };
    let target = match sources.by_item.get(&item) {
        Some(Some(position)) => &sources.models[*position],
        // Its own error says enough.
        Some(None) => return None,
        None => {
            errors.push(ScanError::at(
                place,
                format!("`{}` is no entity", path.segments.join("::")),
                "write the path of an `Entity`",
            ));
            return None;
        }
    };
    let mut columns = |of: &Model, words: &[String]| -> Option<Vec<String>> {
        let mut names = Vec::new();
        for word in words {
            match column(sources, of, word) {
                Some(column) => names.push(column.name.value.clone()),
                None => {
                    errors.push(ScanError::at(
                        place.clone(),
                        format!(
                            "the entity of `{}` has no column `{word}`",
                            of.table.name.value
                        ),
                        "name a variant of its `Column`",
                    ));
                    return None;
                }
            }
        }
        Some(names)
    };
    let own = columns(model, &relation.from)?;
    let referenced = columns(target, &relation.to)?;
    if own.len() != referenced.len() {
        errors.push(ScanError::at(
            place,
            format!(
                "the relation names {} of its own columns and {} of the other entity's",
                own.len(),
                referenced.len()
            ),
            "name as many columns on both sides",
        ));
        return None;
    }
    let rules = &relation.rules;
    let said = |action: &Option<crate::attribute::Located<Action>>| {
        action
            .as_ref()
            .map_or(Action::NoAction, |action| action.value)
    };
    let key = ForeignKey {
        on_delete: said(&rules.on_delete),
        on_update: said(&rules.on_update),
        ..ForeignKey::new(own.clone(), target.table.qualified_name(), referenced)
    };
    let mut member = Member {
        name: rules.name.clone(),
        span: relation.span,
        path: model.table.ident.to_string(),
        columns: own,
        comment: None,
        known_as: std::collections::BTreeSet::new(),
        unsaid: std::collections::BTreeSet::new(),
        kind: MemberKind::Constraint(ConstraintKind::ForeignKey(key)),
    };
    leave(&mut member);
    for (action, fact) in [
        (&rules.on_delete, MemberFact::OnDelete),
        (&rules.on_update, MemberFact::OnUpdate),
    ] {
        if action.is_none() {
            member.unsaid.insert(fact);
        }
    }
    Some(member)
}

/// The column that a variant of `Column` stands for, or a field's name.
fn column<'a>(
    sources: &Sources<'_>,
    model: &'a Model,
    word: &str,
) -> Option<&'a ColumnDeclaration> {
    let ItemKind::Struct(structure) = &sources.tree.items[model.item?].kind else {
        return None;
    };
    let field = structure.fields.iter().find_map(|field| {
        let ident = field.ident.as_ref()?;
        is_variant(field, ident, word).then_some(ident)
    })?;
    model.table.column(field)
}

fn is_variant(field: &syn::Field, ident: &Ident, word: &str) -> bool {
    let renamed = arguments(&field.attrs, "sea_orm")
        .iter()
        .find(|argument| argument.key() == "enum_name")
        .and_then(|argument| argument.text().ok());
    let name = column_name(ident);
    match renamed {
        Some(renamed) if renamed.value == word => true,
        _ => word == name || RenameRule::PascalCase.apply(&name) == word.trim_end_matches('_'),
    }
}
