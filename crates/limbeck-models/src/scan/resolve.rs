//! Name resolution: what a path means in a module.

use std::collections::BTreeSet;

use crate::column::column_name;

use super::diesel_type;
use super::known_type;
use super::tree::{Extern, ItemId, ModuleId, Name, Tree, UsePath};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A module that was read.
    Module(ModuleId),
    /// A struct, enum or alias that was read.
    Item(ItemId),
    /// Something of another crate, or of the prelude.
    Foreign(Vec<String>),
}

type Visited = BTreeSet<(ModuleId, String)>;

impl UsePath {
    /// The path of a type.
    pub(crate) fn of(path: &syn::Path) -> Self {
        Self {
            absolute: path.leading_colon.is_some(),
            segments: path
                .segments
                .iter()
                .map(|segment| column_name(&segment.ident))
                .collect(),
        }
    }
}

/// What `path` means in `module`.
pub(crate) fn resolve(tree: &Tree, module: ModuleId, path: &UsePath) -> Option<Found> {
    resolve_within(tree, module, path, &mut Visited::new())
}

fn resolve_within(
    tree: &Tree,
    module: ModuleId,
    path: &UsePath,
    visited: &mut Visited,
) -> Option<Found> {
    let (first, rest) = path.segments.split_first()?;
    let start = if path.absolute {
        crate_named(tree, module, first)?
    } else {
        first_segment(tree, module, first, rest.is_empty(), visited)?
    };
    rest.iter().try_fold(start, |found, segment| match found {
        Found::Module(inner) => match segment.as_str() {
            "self" => Some(Found::Module(inner)),
            "super" => tree.modules[inner].parent.map(Found::Module),
            _ => lookup(tree, inner, segment, visited),
        },
        Found::Foreign(mut path) => {
            path.push(segment.clone());
            Some(Found::Foreign(path))
        }
        Found::Item(_) => None,
    })
}

fn first_segment(
    tree: &Tree,
    module: ModuleId,
    name: &str,
    alone: bool,
    visited: &mut Visited,
) -> Option<Found> {
    match name {
        "crate" => {
            let krate = tree.modules[module].krate;
            return Some(Found::Module(tree.crates[krate].root));
        }
        "self" => return Some(Found::Module(module_of_block(tree, module))),
        "super" => {
            let module = module_of_block(tree, module);
            return tree.modules[module].parent.map(Found::Module);
        }
        _ => {}
    }
    // What a block does not hide is what stands around it.
    let mut around = Some(module);
    while let Some(here) = around {
        if let Some(found) = lookup(tree, here, name, visited) {
            return Some(found);
        }
        let module = &tree.modules[here];
        around = module.parent.filter(|_| module.is_block);
    }
    if alone && known_type::in_prelude(name) {
        return Some(Found::Foreign(vec![name.to_owned()]));
    }
    match crate_named(tree, module, name) {
        Some(found) => Some(found),
        // A crate that the manifest does not name: `sqlx` by way of a re-export, or a manifest
        // that is behind its sources.
        None if !alone => Some(Found::Foreign(vec![name.to_owned()])),
        None => None,
    }
}

/// The module that a block stands in; a module stands for itself.
pub(crate) fn module_of_block(tree: &Tree, mut module: ModuleId) -> ModuleId {
    while let Some(parent) = tree.modules[module]
        .parent
        .filter(|_| tree.modules[module].is_block)
    {
        module = parent;
    }
    module
}

fn crate_named(tree: &Tree, module: ModuleId, name: &str) -> Option<Found> {
    if matches!(name, "std" | "core" | "alloc") {
        return Some(Found::Foreign(vec!["std".to_owned()]));
    }
    let krate = &tree.crates[tree.modules[module].krate];
    match krate.externs.get(name)? {
        Extern::Local(root) => Some(Found::Module(*root)),
        Extern::Foreign(name) => Some(Found::Foreign(vec![name.clone()])),
    }
}

/// What `name` is among the names of `module` itself, its imports and globs included.
fn lookup(tree: &Tree, module: ModuleId, name: &str, visited: &mut Visited) -> Option<Found> {
    if !visited.insert((module, name.to_owned())) {
        return None;
    }
    let found = lookup_unvisited(tree, module, name, visited);
    // What was not found stays visited, or globs that name each other take for ever.
    if found.is_some() {
        visited.remove(&(module, name.to_owned()));
    }
    found
}

fn lookup_unvisited(
    tree: &Tree,
    module: ModuleId,
    name: &str,
    visited: &mut Visited,
) -> Option<Found> {
    match tree.modules[module].names.get(name) {
        Some(Name::Module(inner)) => return Some(Found::Module(*inner)),
        Some(Name::Item(item)) => return Some(Found::Item(*item)),
        Some(Name::Import(path)) => return resolve_import(tree, module, path, visited),
        None => {}
    }
    for glob in &tree.modules[module].globs {
        match resolve_import(tree, module, glob, visited) {
            Some(Found::Module(inner)) if inner != module => {
                if let Some(found) = lookup(tree, inner, name, visited) {
                    return Some(found);
                }
            }
            Some(Found::Foreign(mut path)) => {
                path.push(name.to_owned());
                let is_known =
                    known_type::known(&path).is_some() || diesel_type::known(&path).is_some();
                if is_known || is_derive(&path) {
                    return Some(Found::Foreign(path));
                }
            }
            _ => {}
        }
    }
    None
}

fn resolve_import(
    tree: &Tree,
    module: ModuleId,
    path: &UsePath,
    visited: &mut Visited,
) -> Option<Found> {
    match resolve_within(tree, module, path, visited) {
        Some(found) => Some(found),
        // `use uuid;` imports a crate under its own name.
        None if path.segments.len() == 1 => {
            let first = path.segments.first()?;
            Some(crate_named(tree, module, first).unwrap_or(Found::Foreign(vec![first.clone()])))
        }
        None => None,
    }
}

/// Whether the path is one of Limbeck's derives.
fn is_derive(path: &[String]) -> bool {
    let first = path.first().map(String::as_str);
    let last = path.last().map(String::as_str);
    matches!(first, Some("limbeck" | "limbeck_macros")) && matches!(last, Some("Table" | "Enum"))
}

/// Whether a path in `derive(…)` is Limbeck's derive called `name`.
///
/// What leads nowhere counts by its last name: the scan works before the `use` is written, and a
/// table that is passed over in silence would be dropped.
pub(crate) fn is_our_derive(tree: &Tree, module: ModuleId, path: &syn::Path, name: &str) -> bool {
    let path = UsePath::of(path);
    if path.segments.last().is_none_or(|last| last != name) && path.segments.len() > 1 {
        return false;
    }
    let alone = path.segments.len() == 1 && path.segments[0] == name;
    match resolve(tree, module, &path) {
        Some(Found::Foreign(path)) => {
            is_derive(&path) && path.last().is_some_and(|last| last == name)
        }
        // A struct of the same name does not hide a derive: macros have names of their own.
        Some(Found::Item(_) | Found::Module(_)) => {
            alone
                && tree.modules[module].globs.iter().any(|glob| {
                    glob.segments
                        .first()
                        .is_some_and(|first| first == "limbeck")
                })
        }
        None => path.segments.len() > 1 || (alone && !is_imported(tree, module, name)),
    }
}

fn is_imported(tree: &Tree, mut module: ModuleId, name: &str) -> bool {
    loop {
        let here = &tree.modules[module];
        if here.names.contains_key(name) {
            return true;
        }
        match here.parent.filter(|_| here.is_block) {
            Some(parent) => module = parent,
            None => return false,
        }
    }
}

/// Whether a derive is Limbeck's beyond doubt, and not by its name alone.
pub(crate) fn is_certainly_ours(tree: &Tree, module: ModuleId, path: &syn::Path) -> bool {
    match resolve(tree, module, &UsePath::of(path)) {
        Some(Found::Foreign(path)) => is_derive(&path),
        _ => false,
    }
}
