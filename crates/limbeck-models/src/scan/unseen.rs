//! Models that the scan cannot see: code that may hold one is refused, or reported.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use limbeck_core::schema::Models;
use proc_macro2::{Ident, TokenStream};
use syn::Attribute;

use super::manifest::Package;
use super::pass_over::Off;
use super::resolve::{Found, is_our_derive, resolve};
use super::tokens::{self, Derived, Suspect, SuspectKind};
use super::tree::{ModuleId, Name, Tree, UsePath, display};
use super::{ScanError, SourceLocation, depth};

/// Attribute macros that leave the columns of a struct as they are.
const HARMLESS: [&str; 7] = [
    "derive_where::derive_where",
    "sea_orm::compact_model",
    "sea_orm::model",
    "serde_with::serde_as",
    "serde_with::serialize_always",
    "serde_with::skip_serializing_none",
    "typeshare::typeshare",
];

/// Refuses macros that make models, or are given some.
pub(super) fn refuse_macros(
    tree: &Tree,
    counts: &dyn Fn(usize) -> bool,
    errors: &mut Vec<ScanError>,
) {
    let counts = |module: ModuleId| counts(tree.crates[tree.modules[module].krate].package);
    let telling: BTreeSet<&str> = tree
        .suspects
        .iter()
        .filter(|suspect| suspect.kind == SuspectKind::Rules)
        .filter(|suspect| {
            suspect
                .derives
                .iter()
                .any(|one| matches!(one, Derived::Variable))
        })
        .map(|suspect| suspect.name.as_str())
        .collect();
    for suspect in tree
        .suspects
        .iter()
        .filter(|suspect| counts(suspect.module))
    {
        let derived = suspect.derives.iter().find_map(|derived| match derived {
            Derived::Path(path, span) => Some((ours(tree, suspect.module, path)?, *span)),
            Derived::Variable => None,
        });
        let told = || {
            let is_telling = telling.contains(suspect.name.as_str());
            suspect
                .words
                .iter()
                .filter(|_| is_telling)
                .find_map(|word| {
                    Some((
                        ours(tree, suspect.module, &word.clone().into())?,
                        word.span(),
                    ))
                })
        };
        let Some((derive, span)) = derived.or_else(told) else {
            continue;
        };
        errors.push(ScanError::at(
            tree.place(suspect.file, span),
            message(suspect, derive),
            match suspect.name.as_str() {
                "quote" | "quote_spanned" | "parse_quote" => {
                    "where a package makes models of others, name the packages with models as \
                     `crates` under `[models]`, and write its own out"
                }
                _ => "write it out, with its derive, outside of the macro",
            },
        ));
    }
}

fn message(suspect: &Suspect, derive: &str) -> String {
    let noun = if derive == "Table" {
        "a struct"
    } else {
        "an enum"
    };
    let verb = match suspect.kind {
        SuspectKind::Rules => "makes",
        SuspectKind::Call => "is given",
    };
    format!(
        "`{}!` {verb} {noun} that derives `{derive}`, and the scan expands no macro",
        suspect.name
    )
}

/// Which of Limbeck's derives a path names.
fn ours(tree: &Tree, module: ModuleId, path: &syn::Path) -> Option<&'static str> {
    ["Table", "Enum"]
        .into_iter()
        .find(|name| is_our_derive(tree, module, path, name))
}

/// Refuses attribute macros above the derive: what they make of the item, the derive reads.
pub(super) fn refuse_rewriting(
    tree: &Tree,
    (module, file): (ModuleId, usize),
    attributes: &[Attribute],
    ident: &Ident,
    errors: &mut Vec<ScanError>,
) {
    for attribute in attributes {
        let path = attribute.path();
        if path.is_ident("derive") {
            return;
        }
        if !is_attribute_macro(tree, module, path) {
            continue;
        }
        let shown = UsePath::of(path).segments.join("::");
        errors.push(ScanError::at(
            tree.place(file, attribute.pound_token.span),
            format!("`#[{shown}]` may write `{ident}` anew before it derives anything"),
            format!("put the derive above `#[{shown}]`"),
        ));
    }
}

/// Whether an attribute is a macro beyond doubt: it has a path, or is imported.
fn is_attribute_macro(tree: &Tree, module: ModuleId, path: &syn::Path) -> bool {
    let written = UsePath::of(path);
    let found = resolve(tree, module, &written);
    let full = match &found {
        Some(Found::Foreign(path)) => path,
        _ => &written.segments,
    };
    if HARMLESS.contains(&full.join("::").as_str()) {
        return false;
    }
    let of_tools = ["rustfmt", "clippy", "diagnostic", "rust_analyzer", "miri"];
    match written.segments.as_slice() {
        // A crate itself is no macro: the attribute is that of a derive, as `#[serde(…)]` is.
        [name] => {
            let names = &tree.modules[module].names;
            matches!(names.get(name), Some(Name::Import(_)))
                && matches!(&found, Some(Found::Foreign(path)) if path.len() > 1)
        }
        [first, ..] => !of_tools.contains(&first.as_str()),
        [] => false,
    }
}

/// Refuses what only the build writes, where it seems to write models.
pub(super) fn refuse_generated(
    tree: &Tree,
    packages: &[Package],
    counts: &dyn Fn(usize) -> bool,
    errors: &mut Vec<ScanError>,
) {
    for (krate, place) in &tree.generated {
        let package = tree.crates[*krate].package;
        let writes_models = || {
            let script = packages[package].folder.join("build.rs");
            let text = fs::read_to_string(&script);
            tree.within.outside(&script).is_none()
                && text.is_ok_and(|text| text.contains("limbeck") || text.contains("Table"))
        };
        if counts(package) && writes_models() {
            errors.push(ScanError::at(
                place.clone(),
                "this includes what the build writes, models as it seems, and the scan builds nothing",
                "let the models stand in `src/`",
            ));
        }
    }
}

/// What was not read and may have been meant.
pub(super) fn warnings(
    root: &Path,
    (tree, off): (&Tree, &[&Off]),
    packages: &[Package],
    counts: &dyn Fn(usize) -> bool,
    models: &Models,
) -> Vec<ScanError> {
    let mut warnings = Vec::new();
    for off in off {
        if counts(tree.crates[off.krate].package) {
            let (name, condition) = (&off.name, &off.condition);
            warnings.push(ScanError::at(
                off.place.clone(),
                format!("`{name}` holds a model and is left out: `{condition}` is off"),
                "name the feature under `[models]`, as `features = [\"…\"]`, if it belongs to the schema",
            ));
        }
    }
    for (position, package) in packages.iter().enumerate() {
        if counts(position) {
            warnings.extend(orphans(root, tree, &package.folder.join("src")));
        }
    }
    if models.schema.tables.is_empty() {
        let names: Vec<String> = packages
            .iter()
            .enumerate()
            .filter(|(position, _)| counts(*position))
            .map(|(_, package)| format!("`{}`", package.name))
            .collect();
        let place = SourceLocation {
            file: "Cargo.toml".to_owned(),
            line: 1,
            column: 1,
        };
        let names = match names.as_slice() {
            [] => "any package that depends on limbeck".to_owned(),
            names => names.join(", "),
        };
        warnings.push(ScanError::at(
            place,
            format!("no struct derives `Table` in {names}"),
            "derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml",
        ));
    }
    warnings.sort();
    warnings.dedup();
    warnings
}

/// Files in a folder that no `mod` reaches and that derive `Table`.
fn orphans(root: &Path, tree: &Tree, folder: &Path) -> Vec<ScanError> {
    let mut warnings = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            // A link to a folder may lead around in a circle.
            let is_folder = path.is_dir() && !path.is_symlink();
            if is_folder && !path.join("Cargo.toml").exists() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !tree.has_read(&path)
                && tree.within.outside(&path).is_none()
                && let Some(line) = model_in(&path)
            {
                warnings.push(ScanError {
                    file: display(root, &path),
                    line,
                    column: 1,
                    message: "this derives `Table`, and no `mod` reaches the file".to_owned(),
                    hint: Some("add `mod` for it where it belongs, or remove it".to_owned()),
                });
            }
        }
    }
    warnings
}

/// The line of the first derive of `Table` in a file that was not read.
fn model_in(path: &PathBuf) -> Option<u32> {
    let text = fs::read_to_string(path).ok()?;
    let is_ours = ["limbeck", "#[column", "#[table"]
        .iter()
        .any(|word| text.contains(word));
    if !is_ours || depth::too_deep(&text).is_some() {
        return None;
    }
    let tokens: TokenStream = text.parse().ok()?;
    let mut derives = Vec::new();
    tokens::look(&tokens, &mut derives);
    derives.iter().find_map(|derived| match derived {
        Derived::Path(path, span) if path.segments.last()?.ident == "Table" => {
            u32::try_from(span.start().line).ok()
        }
        _ => None,
    })
}
