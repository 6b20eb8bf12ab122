//! The module trees of the crates: which names each module has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proc_macro2::{Ident, Span};
use syn::{Fields, Item, ItemEnum, ItemMod, ItemStruct, UseTree};

use crate::column::column_name;

use super::manifest::{Package, clean};
use super::{Place, ScanError, cfg, skim};

/// A position in [`Tree::modules`].
pub(crate) type ModuleId = usize;
/// A position in [`Tree::items`].
pub(crate) type ItemId = usize;

/// All that was read.
#[derive(Default)]
pub(crate) struct Tree {
    /// The crates: libraries and binaries.
    pub(crate) crates: Vec<Crate>,
    /// The modules of all of them.
    pub(crate) modules: Vec<Module>,
    /// The structs, enums and aliases of all of them.
    pub(crate) items: Vec<SourceItem>,
    /// The files, as messages call them.
    pub(crate) files: Vec<String>,
    parsed: BTreeMap<PathBuf, Option<(usize, Rc<syn::File>)>>,
}

/// A library or a binary.
pub(crate) struct Crate {
    /// The package.
    pub(crate) package: usize,
    /// Its module tree.
    pub(crate) root: ModuleId,
    /// The crates that its sources can name.
    pub(crate) externs: BTreeMap<String, Extern>,
}

/// A crate that sources can name.
#[derive(Clone)]
pub(crate) enum Extern {
    /// One that is read too, by the root of its modules.
    Local(ModuleId),
    /// One that is not, by its own name.
    Foreign(String),
}

/// A module.
pub(crate) struct Module {
    /// Its crate.
    pub(crate) krate: usize,
    /// The module around it.
    pub(crate) parent: Option<ModuleId>,
    /// Its path, with the crate first.
    pub(crate) path: String,
    /// The names in it.
    pub(crate) names: BTreeMap<String, Name>,
    /// What `use path::*` names.
    pub(crate) globs: Vec<UsePath>,
}

/// What a name stands for.
#[derive(Clone)]
pub(crate) enum Name {
    /// A module.
    Module(ModuleId),
    /// A struct, an enum or an alias.
    Item(ItemId),
    /// Something imported.
    Import(UsePath),
}

/// A path as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UsePath {
    /// It starts with `::`.
    pub(crate) absolute: bool,
    /// Its segments.
    pub(crate) segments: Vec<String>,
}

/// A struct, an enum or an alias.
pub(crate) struct SourceItem {
    pub(crate) module: ModuleId,
    pub(crate) file: usize,
    pub(crate) kind: ItemKind,
}

/// The kinds of item that a column's type can lead to.
pub(crate) enum ItemKind {
    /// A struct.
    Struct(ItemStruct),
    /// An enum.
    Enum(ItemEnum),
    /// `type A = B`.
    Alias(Box<syn::ItemType>),
}

impl SourceItem {
    /// Its name.
    pub(crate) fn ident(&self) -> &Ident {
        match &self.kind {
            ItemKind::Struct(item) => &item.ident,
            ItemKind::Enum(item) => &item.ident,
            ItemKind::Alias(item) => &item.ident,
        }
    }
}

/// What reading one crate needs to know.
struct Walk<'a> {
    krate: usize,
    root: &'a Path,
    features: &'a BTreeSet<String>,
}

/// Where the modules of a file lie.
struct Folders {
    /// Of `mod x;` without `#[path]`.
    modules: PathBuf,
    /// Of `#[path = "…"]`.
    paths: PathBuf,
}

/// Reads the module trees of the packages.
pub(crate) fn read(
    root: &Path,
    packages: &[Package],
    chosen: &BTreeSet<String>,
    errors: &mut Vec<ScanError>,
) -> Tree {
    let mut tree = Tree::default();
    let mut libraries: BTreeMap<&Path, ModuleId> = BTreeMap::new();
    for (position, package) in packages.iter().enumerate() {
        let features = package.active_features(chosen);
        for target in &package.targets {
            let krate = tree.crates.len();
            let module = tree.add_module(krate, None, target.name.clone());
            tree.crates.push(Crate {
                package: position,
                root: module,
                externs: BTreeMap::new(),
            });
            if target.is_library {
                libraries.insert(&package.folder, module);
            }
            let walk = Walk {
                krate,
                root,
                features: &features,
            };
            let folder = target.file.parent().unwrap_or(root).to_owned();
            let folders = Folders {
                modules: folder.clone(),
                paths: folder,
            };
            tree.read_file(&walk, module, &target.file, &folders, errors);
        }
    }
    link(&mut tree, packages, &libraries);
    tree
}

fn link(tree: &mut Tree, packages: &[Package], libraries: &BTreeMap<&Path, ModuleId>) {
    let by_name: BTreeMap<&str, ModuleId> = packages
        .iter()
        .filter_map(|package| {
            let root = libraries.get(package.folder.as_path())?;
            Some((package.name.as_str(), *root))
        })
        .collect();
    let library_names: BTreeMap<ModuleId, String> = libraries
        .values()
        .map(|root| (*root, tree.modules[*root].path.clone()))
        .collect();
    for krate in &mut tree.crates {
        let package = &packages[krate.package];
        for (key, dependency) in &package.dependencies {
            let name = match by_name.get(dependency.package.as_str()) {
                Some(root) if dependency.package != "limbeck" => {
                    // A library may have another name than its package, which sources then use.
                    if *key == dependency.package.replace('-', "_")
                        && let Some(name) = library_names.get(root)
                    {
                        krate.externs.insert(name.clone(), Extern::Local(*root));
                    }
                    Extern::Local(*root)
                }
                _ => Extern::Foreign(dependency.package.replace('-', "_")),
            };
            krate.externs.insert(key.clone(), name);
        }
        if let Some(own) = libraries.get(package.folder.as_path())
            && let Some(name) = library_names.get(own)
        {
            krate.externs.insert(name.clone(), Extern::Local(*own));
        }
    }
}

impl Tree {
    fn add_module(&mut self, krate: usize, parent: Option<ModuleId>, path: String) -> ModuleId {
        self.modules.push(Module {
            krate,
            parent,
            path,
            names: BTreeMap::new(),
            globs: Vec::new(),
        });
        self.modules.len() - 1
    }

    /// Where a token stands.
    pub(crate) fn place(&self, file: usize, span: Span) -> Place {
        let start = span.start();
        Place {
            file: self.files[file].clone(),
            line: u32::try_from(start.line).unwrap_or(u32::MAX),
            column: u32::try_from(start.column + 1).unwrap_or(u32::MAX),
        }
    }

    fn parse(
        &mut self,
        root: &Path,
        path: &Path,
        errors: &mut Vec<ScanError>,
    ) -> Option<(usize, Rc<syn::File>)> {
        if let Some(parsed) = self.parsed.get(path) {
            return parsed.clone();
        }
        let file = self.files.len();
        self.files.push(display(root, path));
        let parsed = match fs::read_to_string(path) {
            Ok(text) => match parse_text(&text) {
                Ok(parsed) => Some((file, Rc::new(parsed))),
                Err(error) => {
                    let place = self.place(file, error.span());
                    errors.push(ScanError::at(
                        place,
                        match error.to_string().as_str() {
                            // What proc-macro2 says of a bracket without its partner.
                            "cannot parse string into token stream" => {
                                "this file cannot be parsed: a bracket or quote has no partner"
                                    .to_owned()
                            }
                            error => format!("this file cannot be parsed: {error}"),
                        },
                        "correct the syntax; `cargo check` shows more",
                    ));
                    None
                }
            },
            Err(error) => {
                let place = Place {
                    file: self.files[file].clone(),
                    line: 1,
                    column: 1,
                };
                errors.push(ScanError::at(
                    place,
                    format!("this file cannot be read: {error}"),
                    "check the path and its permissions",
                ));
                None
            }
        };
        self.parsed.insert(path.to_owned(), parsed.clone());
        parsed
    }

    fn read_file(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        path: &Path,
        folders: &Folders,
        errors: &mut Vec<ScanError>,
    ) {
        let Some((file, parsed)) = self.parse(walk.root, path, errors) else {
            return;
        };
        if cfg::is_active(&parsed.attrs, walk.features) {
            self.read_items(walk, module, file, &parsed.items, folders, errors);
        }
    }

    fn read_items(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        file: usize,
        items: &[Item],
        folders: &Folders,
        errors: &mut Vec<ScanError>,
    ) {
        for item in items {
            match item {
                Item::Struct(item) if cfg::is_active(&item.attrs, walk.features) => {
                    let item = active_struct(item.clone(), walk.features);
                    self.add_item(module, file, ItemKind::Struct(item));
                }
                Item::Enum(item) if cfg::is_active(&item.attrs, walk.features) => {
                    let item = active_enum(item.clone(), walk.features);
                    self.add_item(module, file, ItemKind::Enum(item));
                }
                Item::Type(item) if cfg::is_active(&item.attrs, walk.features) => {
                    self.add_item(module, file, ItemKind::Alias(Box::new(item.clone())));
                }
                Item::Use(item) if cfg::is_active(&item.attrs, walk.features) => {
                    let absolute = item.leading_colon.is_some();
                    self.add_use(module, absolute, &mut Vec::new(), &item.tree);
                }
                Item::ExternCrate(item) if cfg::is_active(&item.attrs, walk.features) => {
                    let name = match &item.rename {
                        Some((_, name)) => name,
                        None => &item.ident,
                    };
                    let path = UsePath {
                        absolute: item.ident != "self",
                        segments: vec![match item.ident == "self" {
                            true => "crate".to_owned(),
                            false => item.ident.to_string(),
                        }],
                    };
                    self.add_name(module, name.to_string(), Name::Import(path));
                }
                Item::Mod(item) if cfg::is_active(&item.attrs, walk.features) => {
                    self.read_module(walk, module, file, item, folders, errors);
                }
                _ => {}
            }
        }
    }

    fn add_item(&mut self, module: ModuleId, file: usize, kind: ItemKind) {
        let item = SourceItem { module, file, kind };
        let name = column_name(item.ident());
        self.items.push(item);
        let id = self.items.len() - 1;
        self.add_name(module, name, Name::Item(id));
    }

    /// The first of a name wins: a second one stands behind a `cfg` that excludes the first.
    fn add_name(&mut self, module: ModuleId, name: String, meaning: Name) {
        self.modules[module].names.entry(name).or_insert(meaning);
    }

    fn add_use(
        &mut self,
        module: ModuleId,
        absolute: bool,
        prefix: &mut Vec<String>,
        tree: &UseTree,
    ) {
        let path = |segments: Vec<String>| UsePath { absolute, segments };
        match tree {
            UseTree::Path(path) => {
                prefix.push(column_name(&path.ident));
                self.add_use(module, absolute, prefix, &path.tree);
                prefix.pop();
            }
            UseTree::Name(name) => {
                let mut segments = prefix.clone();
                if name.ident != "self" {
                    segments.push(column_name(&name.ident));
                }
                if let Some(last) = segments.last().cloned() {
                    self.add_name(module, last, Name::Import(path(segments)));
                }
            }
            UseTree::Rename(rename) => {
                let mut segments = prefix.clone();
                if rename.ident != "self" {
                    segments.push(column_name(&rename.ident));
                }
                self.add_name(
                    module,
                    column_name(&rename.rename),
                    Name::Import(path(segments)),
                );
            }
            UseTree::Glob(_) => self.modules[module].globs.push(path(prefix.clone())),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(module, absolute, prefix, tree);
                }
            }
        }
    }

    fn read_module(
        &mut self,
        walk: &Walk<'_>,
        parent: ModuleId,
        file: usize,
        item: &ItemMod,
        folders: &Folders,
        errors: &mut Vec<ScanError>,
    ) {
        let mut attributes = item.attrs.clone();
        cfg::expand(&mut attributes, walk.features);
        let name = column_name(&item.ident);
        let path = format!("{}::{name}", self.modules[parent].path);
        let module = self.add_module(walk.krate, Some(parent), path);
        self.add_name(parent, name.clone(), Name::Module(module));
        let explicit = explicit_path(&attributes).map(|path| clean(&folders.paths.join(path)));
        if let Some((_, items)) = &item.content {
            let folder = explicit.unwrap_or_else(|| folders.modules.join(&name));
            let folders = Folders {
                modules: folder.clone(),
                paths: folder,
            };
            self.read_items(walk, module, file, items, &folders, errors);
            return;
        }
        let candidates = match explicit {
            Some(path) => vec![path],
            None => vec![
                folders.modules.join(format!("{name}.rs")),
                folders.modules.join(&name).join("mod.rs"),
            ],
        };
        let Some(path) = candidates.iter().find(|path| path.is_file()) else {
            let names: Vec<String> = candidates
                .iter()
                .map(|path| format!("`{}`", display(walk.root, path)))
                .collect();
            errors.push(ScanError::at(
                self.place(file, item.ident.span()),
                format!("the file of the module `{name}` is not there"),
                format!("create {}", names.join(" or ")),
            ));
            return;
        };
        let folder = path.parent().unwrap_or(walk.root).to_owned();
        // Only `x.rs` that was found by its name keeps its modules in `x/`.
        let by_name = explicit_path(&attributes).is_none() && !path.ends_with("mod.rs");
        let folders = Folders {
            modules: if by_name {
                folder.join(&name)
            } else {
                folder.clone()
            },
            paths: folder,
        };
        self.read_file(walk, module, &path.clone(), &folders, errors);
    }
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

fn parse_text(text: &str) -> syn::Result<syn::File> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match skim::skim(text) {
        // What the lexer took for an item may not be one; the whole file says what is wrong.
        Some(skimmed) => syn::parse_file(&skimmed).or_else(|_| syn::parse_file(text)),
        None => syn::parse_file(text),
    }
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
        .filter_map(|mut field| {
            cfg::expand(&mut field.attrs, features);
            cfg::is_active(&field.attrs, features).then_some(field)
        })
        .collect();
    item
}

fn active_enum(mut item: ItemEnum, features: &BTreeSet<String>) -> ItemEnum {
    cfg::expand(&mut item.attrs, features);
    item.variants = std::mem::take(&mut item.variants)
        .into_iter()
        .filter_map(|mut variant| {
            cfg::expand(&mut variant.attrs, features);
            cfg::is_active(&variant.attrs, features).then_some(variant)
        })
        .collect();
    item
}

/// The path from the project's folder where the file lies within, with `/` on every system.
pub(crate) fn display(root: &Path, path: &Path) -> String {
    let shown = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = shown
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let joined = parts.join("/");
    match joined.strip_prefix("//") {
        Some(rest) => format!("/{rest}"),
        None => joined,
    }
}
