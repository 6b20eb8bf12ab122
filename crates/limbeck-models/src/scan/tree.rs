//! The module trees of the crates: which names each module has.
//!
//! Not here: how files are walked (`walk`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proc_macro2::{Ident, Span};
use syn::{ItemEnum, ItemImpl, ItemStruct, UseTree};

use crate::column::column_name;

use super::manifest::Package;
use super::pass_over::{Off, Passed};
use super::table_call::Calls;
use super::tokens::Suspect;
use super::walk::{Walk, read_root};
use super::{ScanError, SourceLocation, Within, depth, skim};

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
    /// Macros that may make models.
    pub(crate) suspects: Vec<Suspect>,
    /// Files that only the build makes and the sources include, by crate.
    pub(crate) generated: Vec<(usize, SourceLocation)>,
    /// Models behind features that are off.
    pub(crate) off: Vec<Off>,
    /// Files behind features that are off.
    pub(crate) passed: Vec<Passed>,
    /// Implementations of the traits by which entities of SeaORM say what they are: the module, and the file.
    pub(crate) entity_traits: Vec<(ModuleId, usize, ItemImpl)>,
    /// Calls of Diesel's macros.
    pub(crate) diesel: Calls,
    /// Files that are being read; one may be named by several modules.
    parsed: BTreeMap<PathBuf, Result<(usize, Rc<syn::File>), ScanError>>,
    /// The files that were reached.
    reached: BTreeSet<PathBuf>,
    /// Where files may be.
    pub(super) within: Within,
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
    /// Whether it is a block, which sees all that the module around it does.
    pub(crate) is_block: bool,
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

/// Libraries whose tables are models.
const LIBRARIES: [&str; 2] = ["diesel", "sea_orm"];

/// Reads the module trees of the packages.
pub(crate) fn read(
    root: &Path,
    packages: &[Package],
    (within, chosen): (&Within, &BTreeSet<String>),
    errors: &mut Vec<ScanError>,
) -> Tree {
    let mut tree = Tree {
        within: within.clone(),
        ..Tree::default()
    };
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
            read_root(&mut tree, &walk, module, &target.file, errors);
        }
    }
    link(&mut tree, packages, &libraries);
    // What models are made of has been taken from them; the rest is the larger part of what they hold.
    tree.reached = std::mem::take(&mut tree.parsed).into_keys().collect();
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
                // A fork in the place of a library has its macros and its types.
                _ if LIBRARIES.contains(&key.as_str()) => Extern::Foreign(key.clone()),
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
    pub(super) fn add_module(
        &mut self,
        krate: usize,
        parent: Option<ModuleId>,
        path: String,
    ) -> ModuleId {
        self.modules.push(Module {
            krate,
            parent,
            is_block: false,
            path,
            names: BTreeMap::new(),
            globs: Vec::new(),
        });
        self.modules.len() - 1
    }

    /// A block in a module, or in another block.
    pub(super) fn add_block(&mut self, krate: usize, module: ModuleId) -> ModuleId {
        let path = self.modules[module].path.clone();
        let block = self.add_module(krate, Some(module), path);
        self.modules[block].is_block = true;
        block
    }

    /// Whether a file was reached.
    pub(super) fn has_read(&self, path: &Path) -> bool {
        self.reached.contains(path)
    }

    /// Where a token stands.
    pub(crate) fn place(&self, file: usize, span: Span) -> SourceLocation {
        let start = span.start();
        SourceLocation {
            file: self.files[file].clone(),
            line: u32::try_from(start.line).unwrap_or(u32::MAX),
            column: u32::try_from(start.column + 1).unwrap_or(u32::MAX),
        }
    }

    /// Parses a file, or answers with what it was parsed to before.
    pub(super) fn parse(
        &mut self,
        root: &Path,
        path: &Path,
        errors: &mut Vec<ScanError>,
    ) -> Option<(usize, Rc<syn::File>)> {
        if !self.parsed.contains_key(path) {
            let file = self.files.len();
            self.files.push(display(root, path));
            let parsed = self.parse_file(file, path);
            self.parsed.insert(path.to_owned(), parsed);
        }
        match self.parsed.get(path)? {
            Ok(parsed) => Some(parsed.clone()),
            Err(error) => {
                errors.push(error.clone());
                None
            }
        }
    }

    fn parse_file(&self, file: usize, path: &Path) -> Result<(usize, Rc<syn::File>), ScanError> {
        let at = |line: u32, column: u32| SourceLocation {
            file: self.files[file].clone(),
            line,
            column,
        };
        if let Some(error) = self.within.refuse(path, at(1, 1)) {
            return Err(error);
        }
        let text = fs::read_to_string(path).map_err(|error| {
            ScanError::at(
                at(1, 1),
                format!("this file cannot be read: {error}"),
                "check the path and its permissions",
            )
        })?;
        // In a comment the compiler takes it; what a database is to get cannot hold one.
        if let Some(byte) = text.find('\0') {
            let line = text[..byte].matches('\n').count() + 1;
            return Err(ScanError::at(
                at(u32::try_from(line).unwrap_or(u32::MAX), 1),
                "this file holds a NUL byte",
                "save it as UTF-8, without the byte",
            ));
        }
        match parse_text(&text) {
            Ok(parsed) => Ok((file, Rc::new(parsed))),
            Err(Unparsed::TooDeep(byte)) => {
                let before = &text.as_bytes()[..byte.min(text.len())];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                Err(ScanError::at(
                    at(u32::try_from(line).unwrap_or(u32::MAX), 1),
                    "this is nested too deeply to be read",
                    "write it flatter, or in several items",
                ))
            }
            Err(Unparsed::Syntax(error)) => {
                let message = match error.to_string().as_str() {
                    // What proc-macro2 says of a bracket without its partner.
                    "cannot parse string into token stream" => {
                        "this file cannot be parsed: a bracket or quote has no partner".to_owned()
                    }
                    error => format!("this file cannot be parsed: {error}"),
                };
                Err(ScanError::at(
                    self.place(file, error.span()),
                    message,
                    "correct the syntax; `cargo check` shows more",
                ))
            }
        }
    }

    pub(super) fn add_item(&mut self, module: ModuleId, file: usize, kind: ItemKind) -> ItemId {
        let item = SourceItem { module, file, kind };
        let name = column_name(item.ident());
        self.items.push(item);
        let id = self.items.len() - 1;
        self.add_name(module, name, Name::Item(id));
        id
    }

    /// The first of a name wins: a second one stands behind a `cfg` that excludes the first.
    pub(super) fn add_name(&mut self, module: ModuleId, name: String, meaning: Name) {
        self.modules[module].names.entry(name).or_insert(meaning);
    }

    pub(super) fn add_use(
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
}

/// Why a text is no syntax tree.
enum Unparsed {
    /// It is nested too deeply, at this byte.
    TooDeep(usize),
    Syntax(syn::Error),
}

fn parse_text(text: &str) -> Result<syn::File, Unparsed> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = |text: &str| match depth::too_deep(text) {
        Some(byte) => Err(Unparsed::TooDeep(byte)),
        None => syn::parse_file(text).map_err(Unparsed::Syntax),
    };
    match skim::skim(text) {
        // What the lexer took for an item may not be one; the whole file says what is wrong.
        Some(skimmed) => parsed(&skimmed).or_else(|error| match error {
            Unparsed::TooDeep(_) => Err(error),
            Unparsed::Syntax(_) => parsed(text),
        }),
        None => parsed(text),
    }
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
