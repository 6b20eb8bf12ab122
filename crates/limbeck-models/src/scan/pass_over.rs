//! Items behind features that are off: which models they would bring, and which files.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::{Item, ItemMod};

use super::body::attributes;
use super::tokens::{self, Derived};
use super::tree::Tree;
use super::walk::{Here, LONGEST_CHAIN, ModulePlace, Walk, name_of, place_of};
use super::{SourceLocation, cfg};

/// A model behind a feature that is off, or a module that holds one.
pub(crate) struct Off {
    pub(crate) krate: usize,
    pub(crate) place: SourceLocation,
    pub(crate) name: String,
    pub(crate) condition: String,
    pub(crate) of: Declares,
}

/// A file behind features that are off.
pub(crate) struct Passed {
    pub(crate) krate: usize,
    pub(crate) file: usize,
    /// The features that the conditions above it ask for.
    pub(crate) features: BTreeSet<String>,
}

/// Whose model it would be.
#[derive(Clone, Copy)]
pub(crate) enum Declares {
    Ours,
    /// An entity of SeaORM.
    Entity,
    /// A table of Diesel, in this file.
    Table(usize),
}

impl Tree {
    /// Notes the files that an item which is off leads to, and models that a feature would bring.
    pub(super) fn pass_over(&mut self, walk: &Walk<'_>, here: &Here<'_>, item: &Item) {
        let attributes = attributes(item);
        let for_a_feature =
            cfg::could_be_active(attributes) && !cfg::is_active(attributes, walk.features);
        let mut found = declared(here.file, std::slice::from_ref(item));
        if let Item::Mod(item) = item {
            let features = cfg::features_of(attributes);
            found = found.or(self.pass_over_module(walk, here, item, &features));
        }
        let (true, Some(of)) = (for_a_feature, found) else {
            return;
        };
        let (span, name) = match item {
            Item::Struct(item) => (item.ident.span(), item.ident.to_string()),
            Item::Mod(item) => (item.ident.span(), item.ident.to_string()),
            Item::Macro(item) => {
                let last = item.mac.path.segments.last();
                let Some(last) = last else { return };
                (last.ident.span(), format!("{}!", last.ident))
            }
            _ => return,
        };
        self.off.push(Off {
            krate: walk.krate,
            place: self.place(here.file, span),
            name,
            condition: cfg::shown(attributes),
            of,
        });
    }

    /// Whose model a module that is off holds.
    fn pass_over_module(
        &mut self,
        walk: &Walk<'_>,
        here: &Here<'_>,
        item: &ItemMod,
        features: &BTreeSet<String>,
    ) -> Option<Declares> {
        let (path, folders) = match place_of(walk, here, item) {
            ModulePlace::Missing(_) => return None,
            ModulePlace::Here(folders, items) => {
                let here = Here {
                    folders: &folders,
                    ..*here
                };
                return self.pass_over_modules(walk, &here, items, features);
            }
            ModulePlace::File(path, folders) => (path, folders),
        };
        if here.comes_from(&path) || here.depth() >= LONGEST_CHAIN {
            return None;
        }
        // Whether it can be parsed is nobody's concern.
        let (file, parsed) = self.parse(walk.root, &path, &mut Vec::new())?;
        let features = features | &cfg::features_of(&parsed.attrs);
        let items = &parsed.items;
        let here = Here {
            file,
            path: &path,
            folders: &folders,
            above: Some(here),
        };
        let inner = self.pass_over_modules(walk, &here, items, &features);
        self.passed.push(Passed {
            krate: walk.krate,
            file,
            features,
        });
        inner.or_else(|| declared(file, items))
    }

    fn pass_over_modules(
        &mut self,
        walk: &Walk<'_>,
        here: &Here<'_>,
        items: &[Item],
        features: &BTreeSet<String>,
    ) -> Option<Declares> {
        let mut found = None;
        for item in items {
            if let Item::Mod(item) = item {
                let features = features | &cfg::features_of(&item.attrs);
                found = found.or(self.pass_over_module(walk, here, item, &features));
            }
        }
        found
    }

    /// Notes `#[cfg_attr(feature = "x", derive(Table))]` where the feature is off.
    pub(super) fn note_derives_that_are_off(
        &mut self,
        walk: &Walk<'_>,
        here: &Here<'_>,
        item: &Item,
    ) {
        let Item::Struct(item) = item else {
            return;
        };
        for attribute in &item.attrs {
            let Some(condition) = cfg::off_for_a_feature(attribute, walk.features) else {
                continue;
            };
            if let Some(of) = derived(&quote::quote!(#attribute)) {
                self.off.push(Off {
                    krate: walk.krate,
                    place: self.place(here.file, item.ident.span()),
                    name: item.ident.to_string(),
                    condition,
                    of,
                });
            }
        }
    }
}

/// Whose model the items hold; by its name, since what is off is not resolved.
fn declared(file: usize, items: &[Item]) -> Option<Declares> {
    derived(&quote::quote!(#(#items)*)).or_else(|| {
        let mut items = items.iter();
        items.find_map(|item| match item {
            Item::Macro(item) if item.ident.is_none() && name_of(&item.mac.path) == "table" => {
                Some(Declares::Table(file))
            }
            Item::Mod(item) => {
                let (_, inner) = item.content.as_ref()?;
                declared(file, inner)
            }
            _ => None,
        })
    })
}

/// Whose model something derives.
fn derived(tokens: &TokenStream) -> Option<Declares> {
    let mut derives = Vec::new();
    tokens::look(tokens, &mut derives);
    derives.iter().find_map(|derived| match derived {
        Derived::Path(path, _) => match path.segments.last()?.ident.to_string().as_str() {
            "Table" => Some(Declares::Ours),
            "DeriveEntityModel" => Some(Declares::Entity),
            _ => None,
        },
        Derived::Variable => None,
    })
}
