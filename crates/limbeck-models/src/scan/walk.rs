//! The walk: from the file that a crate starts with to all that its modules hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use syn::{Block, Fields, Item, ItemEnum, ItemMacro, ItemMod, ItemStruct, Stmt};

use crate::column::column_name;
use crate::entity;

use super::body::{Bodies, attributes, is_active};
use super::manifest::clean;
use super::resolve::module_of_block;
use super::tokens::{self, Suspect, SuspectKind};
use super::tree::{ItemKind, ModuleId, Name, Tree, UsePath, display};
use super::{ScanError, cfg};

/// Files lead to files no further than this in sources that compile.
pub(super) const LONGEST_CHAIN: usize = 128;

/// What reading one crate needs to know.
pub(super) struct Walk<'a> {
    pub(super) krate: usize,
    pub(super) root: &'a Path,
    pub(super) features: &'a BTreeSet<String>,
}

/// Where the modules of a file lie.
pub(super) struct Folders {
    /// Of `mod x;` without `#[path]`.
    pub(super) modules: PathBuf,
    /// Of `#[path = "…"]`.
    pub(super) paths: PathBuf,
}

impl Folders {
    pub(super) fn both(folder: PathBuf) -> Self {
        Self {
            modules: folder.clone(),
            paths: folder,
        }
    }
}

/// The file that is read, and those that led to it.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) file: usize,
    pub(super) path: &'a Path,
    pub(super) folders: &'a Folders,
    pub(super) above: Option<&'a Here<'a>>,
}

impl Here<'_> {
    /// How many files led to it.
    pub(super) fn depth(&self) -> usize {
        self.above.map_or(1, |above| above.depth() + 1)
    }

    /// Whether it is, or was led to by, this file.
    pub(super) fn comes_from(&self, path: &Path) -> bool {
        self.path == path || self.above.is_some_and(|above| above.comes_from(path))
    }
}

/// The token that leads to a file.
struct Leads<'a> {
    here: Option<&'a Here<'a>>,
    span: Span,
}

/// Reads the file that a crate starts with.
pub(super) fn read_root(
    tree: &mut Tree,
    walk: &Walk<'_>,
    module: ModuleId,
    path: &Path,
    errors: &mut Vec<ScanError>,
) {
    let folder = path.parent().unwrap_or(walk.root).to_owned();
    let leads = Leads {
        here: None,
        span: Span::call_site(),
    };
    tree.read_file(walk, module, path, &Folders::both(folder), &leads, errors);
}

impl Tree {
    fn read_file(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        path: &Path,
        folders: &Folders,
        leads: &Leads<'_>,
        errors: &mut Vec<ScanError>,
    ) {
        if let Some(here) = leads.here {
            let fault = if here.comes_from(path) {
                Some("leads back to itself")
            } else if here.depth() >= LONGEST_CHAIN {
                Some("is led to by too many other files")
            } else {
                None
            };
            if let Some(fault) = fault {
                errors.push(ScanError::at(
                    self.place(here.file, leads.span),
                    format!("the file `{}` {fault}", display(walk.root, path)),
                    "let this name another file, or remove it",
                ));
                return;
            }
        }
        let Some((file, parsed)) = self.parse(walk.root, path, errors) else {
            return;
        };
        let here = Here {
            file,
            path,
            folders,
            above: leads.here,
        };
        if cfg::is_active(&parsed.attrs, walk.features) {
            self.read_items(walk, module, &here, &parsed.items, errors);
        }
    }

    fn read_items(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        here: &Here<'_>,
        items: &[Item],
        errors: &mut Vec<ScanError>,
    ) {
        for item in items {
            if is_active(attributes(item), walk.features) {
                self.read_item(walk, module, here, item, errors);
            } else {
                self.pass_over(walk, here, item);
            }
        }
    }

    fn read_item(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        here: &Here<'_>,
        item: &Item,
        errors: &mut Vec<ScanError>,
    ) {
        self.note_derives_that_are_off(walk, here, item);
        match item {
            Item::Struct(item) => {
                let item = active_struct(item.clone(), walk.features);
                let is_entity = entity::is_entity(&item.attrs);
                let id = self.add_item(module, here.file, ItemKind::Struct(item));
                // The derive makes a struct of this name, by which others refer to the table.
                if is_entity {
                    self.add_name(module, "Entity".to_owned(), Name::Item(id));
                }
            }
            Item::Enum(item) => {
                let item = active_enum(item.clone(), walk.features);
                self.add_item(module, here.file, ItemKind::Enum(item));
            }
            Item::Type(item) => {
                self.add_item(module, here.file, ItemKind::Alias(Box::new(item.clone())));
            }
            Item::Use(item) => {
                let absolute = item.leading_colon.is_some();
                self.add_use(module, absolute, &mut Vec::new(), &item.tree);
            }
            Item::ExternCrate(item) => {
                let name = match &item.rename {
                    Some((_, name)) => name,
                    None => &item.ident,
                };
                let is_self = item.ident == "self";
                let own = if is_self {
                    "crate".to_owned()
                } else {
                    item.ident.to_string()
                };
                let path = UsePath {
                    absolute: !is_self,
                    segments: vec![own],
                };
                self.add_name(module, name.to_string(), Name::Import(path));
            }
            Item::Impl(item) => {
                let name = entity::expanded::trait_name(item);
                if name.is_some_and(|name| entity::expanded::TRAITS.contains(&name.as_str())) {
                    self.entity_traits.push((module, here.file, item.clone()));
                }
            }
            Item::Mod(item) => self.read_module(walk, module, here, item, errors),
            Item::Macro(item) => self.read_macro(walk, module, here, item, errors),
            _ => {}
        }
        let bodies = Bodies::of_item(item, walk.features);
        self.read_bodies(walk, module, here, bodies, errors);
    }

    fn read_bodies(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        here: &Here<'_>,
        bodies: Bodies<'_>,
        errors: &mut Vec<ScanError>,
    ) {
        for call in bodies.macros {
            self.suspect(
                module,
                here,
                SuspectKind::Call,
                &name_of(&call.path),
                &call.tokens,
            );
        }
        for block in bodies.blocks {
            self.read_block(walk, module, here, block, errors);
        }
    }

    /// A block is a module without a name: its items hide those around it.
    fn read_block(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        here: &Here<'_>,
        block: &Block,
        errors: &mut Vec<ScanError>,
    ) {
        let mut items = Vec::new();
        for statement in &block.stmts {
            match statement {
                Stmt::Item(item) => items.push(item.clone()),
                Stmt::Macro(statement) => items.push(Item::Macro(ItemMacro {
                    attrs: statement.attrs.clone(),
                    ident: None,
                    mac: statement.mac.clone(),
                    semi_token: statement.semi_token,
                })),
                _ => {}
            }
        }
        let inner = if items.is_empty() {
            module
        } else {
            self.add_block(walk.krate, module)
        };
        self.read_items(walk, inner, here, &items, errors);
        for statement in &block.stmts {
            let bodies = Bodies::of_statement(statement, walk.features);
            self.read_bodies(walk, inner, here, bodies, errors);
        }
    }

    fn read_macro(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        here: &Here<'_>,
        item: &ItemMacro,
        errors: &mut Vec<ScanError>,
    ) {
        let name = name_of(&item.mac.path);
        let tokens = &item.mac.tokens;
        match (&item.ident, name.as_str()) {
            (Some(ident), _) => {
                self.suspect(module, here, SuspectKind::Rules, &ident.to_string(), tokens);
            }
            (None, "include") => self.read_include(walk, module, here, item, errors),
            (None, "cfg_if") => match tokens::branches(tokens) {
                Some(branches) => {
                    for branch in branches {
                        let holds = branch.condition.as_ref().map_or(Some(true), |condition| {
                            cfg::holds(condition, Some(walk.features))
                        });
                        if holds != Some(false) {
                            self.read_items(walk, module, here, &branch.items, errors);
                        } else {
                            for item in &branch.items {
                                self.pass_over(walk, here, item);
                            }
                        }
                        // What no feature decides counts as met, and so does its opposite.
                        if holds == Some(true) {
                            break;
                        }
                    }
                }
                None => self.suspect(module, here, SuspectKind::Call, &name, tokens),
            },
            _ => {
                self.note_diesel(walk, (module, here.file), &item.mac.path, tokens);
                self.suspect(module, here, SuspectKind::Call, &name, tokens);
            }
        }
    }

    fn suspect(
        &mut self,
        module: ModuleId,
        here: &Here<'_>,
        kind: SuspectKind,
        name: &str,
        tokens: &TokenStream,
    ) {
        let suspect = Suspect::read((module, here.file), kind, name, tokens);
        self.suspects.extend(suspect);
    }

    /// `include!("models.rs")` stands for what is in the file.
    fn read_include(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        here: &Here<'_>,
        item: &ItemMacro,
        errors: &mut Vec<ScanError>,
    ) {
        let span = item
            .mac
            .path
            .segments
            .first()
            .map_or_else(Span::call_site, |one| one.ident.span());
        match syn::parse2::<syn::LitStr>(item.mac.tokens.clone()) {
            Ok(text) => {
                let folder = here.path.parent().unwrap_or(walk.root);
                let path = clean(&folder.join(text.value()));
                let folder = path.parent().unwrap_or(walk.root).to_owned();
                let leads = Leads {
                    here: Some(here),
                    span,
                };
                self.read_file(walk, module, &path, &Folders::both(folder), &leads, errors);
            }
            // A path that only the build knows.
            Err(_) => {
                let place = self.place(here.file, span);
                self.generated.push((walk.krate, place));
            }
        }
    }

    fn read_module(
        &mut self,
        walk: &Walk<'_>,
        parent: ModuleId,
        here: &Here<'_>,
        item: &ItemMod,
        errors: &mut Vec<ScanError>,
    ) {
        let name = column_name(&item.ident);
        let path = format!("{}::{name}", self.modules[parent].path);
        // `super` leads out of a block, to the module that it stands in.
        let outer = module_of_block(self, parent);
        let module = self.add_module(walk.krate, Some(outer), path);
        self.add_name(parent, name.clone(), Name::Module(module));
        match place_of(walk, here, item) {
            ModulePlace::Here(folders, items) => {
                let here = Here {
                    folders: &folders,
                    ..*here
                };
                self.read_items(walk, module, &here, items, errors);
            }
            ModulePlace::File(path, folders) => {
                let leads = Leads {
                    here: Some(here),
                    span: item.ident.span(),
                };
                self.read_file(walk, module, &path, &folders, &leads, errors);
            }
            ModulePlace::Missing(candidates) => {
                let names: Vec<String> = candidates
                    .iter()
                    .map(|path| format!("`{}`", display(walk.root, path)))
                    .collect();
                errors.push(ScanError::at(
                    self.place(here.file, item.ident.span()),
                    format!("the file of the module `{name}` is not there"),
                    format!("create {}", names.join(" or ")),
                ));
            }
        }
    }
}

pub(super) fn name_of(path: &syn::Path) -> String {
    let last = path.segments.last();
    last.map(|last| column_name(&last.ident))
        .unwrap_or_default()
}

/// Where the items of a module stand.
pub(super) enum ModulePlace<'a> {
    Here(Folders, &'a [Item]),
    File(PathBuf, Folders),
    /// The files that it may stand in, none of which is there.
    Missing(Vec<PathBuf>),
}

pub(super) fn place_of<'a>(walk: &Walk<'_>, here: &Here<'_>, item: &'a ItemMod) -> ModulePlace<'a> {
    let mut attributes = item.attrs.clone();
    cfg::expand(&mut attributes, walk.features);
    let name = column_name(&item.ident);
    let explicit = explicit_path(&attributes).map(|path| clean(&here.folders.paths.join(path)));
    if let Some((_, items)) = &item.content {
        let folder = explicit.unwrap_or_else(|| here.folders.modules.join(&name));
        return ModulePlace::Here(Folders::both(folder), items);
    }
    // Only `x.rs` that was found by its name keeps its modules in `x/`.
    let is_explicit = explicit.is_some();
    let mut candidates = match explicit {
        Some(path) => vec![path],
        None => vec![
            here.folders.modules.join(format!("{name}.rs")),
            here.folders.modules.join(&name).join("mod.rs"),
        ],
    };
    let Some(position) = candidates.iter().position(|path| path.is_file()) else {
        return ModulePlace::Missing(candidates);
    };
    let path = candidates.swap_remove(position);
    let folder = path.parent().unwrap_or(walk.root).to_owned();
    let by_name = !is_explicit && !path.ends_with("mod.rs");
    let folders = Folders {
        modules: if by_name {
            folder.join(&name)
        } else {
            folder.clone()
        },
        paths: folder,
    };
    ModulePlace::File(path, folders)
}

fn explicit_path(attributes: &[syn::Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(path),
                    ..
                }) => Some(path.value()),
                _ => None,
            },
            _ => None,
        })
}

fn active_struct(mut item: ItemStruct, features: &BTreeSet<String>) -> ItemStruct {
    cfg::expand(&mut item.attrs, features);
    let fields = match &mut item.fields {
        Fields::Named(fields) => &mut fields.named,
        Fields::Unnamed(fields) => &mut fields.unnamed,
        Fields::Unit => return item,
    };
    *fields = std::mem::take(fields)
        .into_iter()
        .filter_map(|mut field| is_kept(&mut field.attrs, features).then_some(field))
        .collect();
    item
}

fn active_enum(mut item: ItemEnum, features: &BTreeSet<String>) -> ItemEnum {
    cfg::expand(&mut item.attrs, features);
    item.variants = std::mem::take(&mut item.variants)
        .into_iter()
        .filter_map(|mut variant| is_kept(&mut variant.attrs, features).then_some(variant))
        .collect();
    item
}

/// Whether a member is there with these features; its attributes become those that are.
fn is_kept(attributes: &mut Vec<syn::Attribute>, features: &BTreeSet<String>) -> bool {
    cfg::expand(attributes, features);
    cfg::is_active(attributes, features)
}
