//! The scan: from a project's folder to its models, without compiling anything.
//!
//! It reads the manifests, walks the `mod` trees of the libraries and binaries, resolves the type
//! of each field by module, and fails on whatever it cannot resolve. Only files that a `mod` tree
//! reaches are read. No macro is expanded: one that may make a model is an error.

mod body;
mod cfg;
mod depth;
mod diesel_file;
mod diesel_patch;
mod diesel_type;
mod features;
mod known_path;
mod known_type;
mod manifest;
mod misspelt;
mod models;
mod newtype;
mod packages;
mod pass_over;
mod resolve;
mod sea_orm_version;
mod skim;
mod table_call;
mod tokens;
mod tree;
mod types;
mod unread;
mod unseen;
mod walk;
mod within;

pub use within::Within;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use limbeck_core::schema::Models;

use crate::conventions::Conventions;
use crate::error::GrammarError;
use crate::suggest;

use self::manifest::{Package, Standing};
use self::pass_over::{Declares, Off};

/// What the scan is told.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// The packages whose tables count; all members where it is `None`.
    pub crates: Option<Vec<String>>,
    /// Files with models that belong to no package, from the folder that is scanned.
    pub files: Vec<PathBuf>,
    /// Features that are on besides the default ones: `name`, or `package/name`.
    pub features: BTreeSet<String>,
    /// What models go by where they say nothing.
    pub conventions: Conventions,
    /// Where files may be.
    pub within: Within,
    /// What entities of SeaORM are.
    pub entities: Entities,
    /// What tables of Diesel are.
    pub diesel: DieselTables,
    /// How long names may be.
    pub names: NameLength,
}

/// How long the names of models may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NameLength {
    /// As long as PostgreSQL keeps them.
    #[default]
    OfPostgres,
    /// As long as one likes: SQLite keeps them all.
    Any,
}

/// What entities of other libraries are to the scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Entities {
    /// Models, as far as no struct that derives `Table` declares the same table.
    #[default]
    Models,
    /// Somebody else's.
    Left,
}

/// What tables that Diesel's `table!` declares are to the scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DieselTables {
    /// Models, as far as no struct that derives `Table` declares the same table: those in the file that diesel.toml says
    /// `diesel print-schema` writes, or all of them where it says none.
    #[default]
    Found,
    /// Models, in these files, from the folder that is scanned.
    In(Vec<PathBuf>),
    /// Somebody else's.
    Left,
}

/// What the scan cannot read or resolve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScanError {
    /// The file, relative to the project's folder where it lies within.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to type instead.
    pub hint: Option<String>,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )
    }
}

impl std::error::Error for ScanError {}

/// Where a token stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourceLocation {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl ScanError {
    fn at(place: SourceLocation, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            file: place.file,
            line: place.line,
            column: place.column,
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    fn in_file(path: &Path, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let place = SourceLocation {
            file: path.to_string_lossy().into_owned(),
            line: 1,
            column: 1,
        };
        Self::at(place, message, hint)
    }

    fn of_grammar(tree: &tree::Tree, file: usize, error: GrammarError) -> Self {
        let place = tree.place(file, error.span);
        let other = error.other.map(|other| tree.place(file, other));
        let message = match other {
            Some(other) => format!("{} (at {other})", error.message),
            None => error.message,
        };
        Self {
            hint: error.hint,
            ..Self::at(place, message, "")
        }
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// The models.
    pub models: Models,
    /// What was left out and may have been meant.
    pub warnings: Vec<ScanError>,
}

/// The stack of the thread that scans: far more than what [`depth`] lets through takes, and none of
/// it is touched before it is needed.
const STACK: usize = 256 << 20;

/// Reads the models of the package or workspace in `root`; all errors, in the order of the sources.
///
/// In a workspace every member counts. A package counts with the packages that it reaches by path:
/// their types are resolved, and their tables count if they depend on `limbeck` themselves.
pub fn scan(root: &Path, options: &ScanOptions) -> Result<Scan, Vec<ScanError>> {
    with_room(|| scan_here(root, options)).unwrap_or_else(|error| {
        Err(vec![ScanError::in_file(
            Path::new("Cargo.toml"),
            format!("the system starts no thread to read the sources: {error}"),
            "let this process use more memory (`ulimit -v`)",
        )])
    })
}

/// Runs what parses source with [`parse_whole`], where it has room for it.
///
/// # Errors
///
/// The system starts no thread.
pub fn with_room<T: Send>(parses: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    let ended = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let spawned = thread.spawn_scoped(scope, parses);
        spawned.map(|thread| thread.join())
    });
    Ok(ended?.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// Parses a whole file, unless it is nested more deeply than [`with_room`] has room for.
///
/// # Errors
///
/// It is no Rust, or nested too deeply.
pub fn parse_whole(text: &str) -> syn::Result<syn::File> {
    if depth::too_deep(text).is_some() {
        let place = proc_macro2::Span::call_site();
        return Err(syn::Error::new(place, "it is nested too deeply"));
    }
    syn::parse_file(text)
}

/// Reads the module trees, with the features that the project turns on.
fn read_tree(
    root: &Path,
    packages: &mut [Package],
    options: &ScanOptions,
    files: &diesel_file::SchemaFiles,
    errors: &mut Vec<ScanError>,
) -> tree::Tree {
    let mut chosen = options.features.clone();
    features::request(packages, &chosen);
    let mut found = Vec::new();
    let mut tree = tree::read(root, packages, (&options.within, &chosen), &mut found);
    let more = files.behind_features(&tree, packages);
    if !more.is_empty() {
        chosen.extend(more);
        features::request(packages, &chosen);
        found.clear();
        tree = tree::read(root, packages, (&options.within, &chosen), &mut found);
    }
    errors.extend(found);
    tree
}

fn scan_here(root: &Path, options: &ScanOptions) -> Result<Scan, Vec<ScanError>> {
    let mut errors = Vec::new();
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let root = manifest::clean(&root);
    // Files need no package beside them.
    let mut packages = if options.files.is_empty() || root.join("Cargo.toml").is_file() {
        manifest::read_packages(&root, &options.within, &mut errors)
    } else {
        Vec::new()
    };
    packages.extend(packages::of_files(&root, &options.files, &mut errors));
    for fault in &mut errors {
        fault.file = tree::display(&root, Path::new(&fault.file));
    }
    if packages.is_empty() {
        return Err(errors);
    }
    for name in options.crates.iter().flatten() {
        if !packages.iter().any(|package| package.name == *name) {
            let names = packages.iter().map(|package| package.name.as_str());
            errors.push(ScanError::at(
                SourceLocation {
                    file: "Cargo.toml".to_owned(),
                    line: 1,
                    column: 1,
                },
                format!("there is no package `{name}`"),
                suggest::hint(name, names),
            ));
        }
    }
    errors.extend(packages::unknown_features(&packages, &options.features));
    let files = diesel_file::SchemaFiles::read(&root, options, &packages);
    let tree = read_tree(&root, &mut packages, options, &files, &mut errors);
    let counts = |package: usize| {
        let package = &packages[package];
        match &options.crates {
            _ if package.standing == Standing::File => true,
            Some(names) => names.contains(&package.name),
            None => {
                package.name != "limbeck"
                    && (package.standing == Standing::Member || package.uses_limbeck())
            }
        }
    };
    let mut warnings = Vec::new();
    let sea_orm = || sea_orm_version::read(&root, &options.within, &packages);
    let told = (&mut errors, &mut warnings);
    let models = models::build((&root, &tree), &counts, options, (&sea_orm, &files), told);
    errors.extend(files.unread(&tree));
    unseen::refuse_macros(&tree, &counts, &mut errors);
    unseen::refuse_generated(&tree, &packages, &counts, &mut errors);
    errors.sort();
    errors.dedup();
    if !errors.is_empty() {
        return Err(errors);
    }
    let is_model = |off: &&Off| match off.of {
        Declares::Ours => true,
        Declares::Entity => options.entities == Entities::Models,
        Declares::Table(file) => files.count(&tree.files[file]),
    };
    let off: Vec<&Off> = tree.off.iter().filter(is_model).collect();
    let read = (&tree, off.as_slice());
    warnings.extend(unseen::warnings(&root, read, &packages, &counts, &models));
    if options.crates.is_none() {
        let unread = manifest::unread_members(&root, &options.within, &packages);
        warnings.extend(unread::warnings(&unread));
    }
    Ok(Scan { models, warnings })
}
