//! Packages as the configuration names them: files that belong to none, and features.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::ScanError;
use super::manifest::{Package, Standing, Target, clean};

/// Files with models as packages of their own: what they name of other crates is foreign to them.
pub(crate) fn of_files(
    root: &Path,
    files: &[PathBuf],
    errors: &mut Vec<ScanError>,
) -> Vec<Package> {
    let mut packages: Vec<Package> = Vec::new();
    for file in files.iter().map(|file| clean(&root.join(file))) {
        let shown = super::tree::display(root, &file);
        if !file.is_file() {
            errors.push(ScanError::in_file(
                Path::new(&shown),
                "this file of `files` under `[models]` is not there",
                "correct `files` under `[models]` in limbeck.toml",
            ));
            continue;
        }
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        packages.push(Package {
            folder: file.parent().unwrap_or(root).to_owned(),
            targets: vec![Target {
                name: stem.replace('-', "_"),
                is_library: true,
                file: file.clone(),
            }],
            name: shown,
            dependencies: BTreeMap::new(),
            features: BTreeMap::new(),
            requested: BTreeSet::new(),
            standing: Standing::File,
        });
    }
    packages
}

/// Features that no package has: what they would turn on would go unread.
pub(crate) fn unknown_features(packages: &[Package], chosen: &BTreeSet<String>) -> Vec<ScanError> {
    let known = |chosen: &str| {
        packages.iter().any(|package| {
            let own = chosen.strip_prefix(&format!("{}/", package.name));
            package.has_feature(chosen) || own.is_some_and(|own| package.has_feature(own))
        })
    };
    let names = || {
        packages
            .iter()
            .flat_map(|package| package.features.keys().map(String::as_str))
    };
    chosen
        .iter()
        .filter(|chosen| *chosen != "default" && !known(chosen))
        .map(|chosen| {
            let place = super::SourceLocation {
                file: "Cargo.toml".to_owned(),
                line: 1,
                column: 1,
            };
            let text = format!("no package has the feature `{chosen}`");
            let hint = match names().next() {
                Some(_) => crate::suggest::hint(chosen, names()),
                None => "remove it from `features` under `[models]` in limbeck.toml".to_owned(),
            };
            ScanError::at(place, text, hint)
        })
        .collect()
}
