//! The version of SeaORM that a project uses, from its lock file, or else from its manifests.

use std::fs;
use std::path::Path;

use crate::entity::Version;

use super::Within;
use super::manifest::Package;

/// Reads it; the newest one where there are several, or none is said.
pub(super) fn read(root: &Path, within: &Within, packages: &[Package]) -> Version {
    let text = |path: &Path| match within.outside(path) {
        Some(_) => None,
        None => fs::read_to_string(path).ok(),
    };
    // A package may lie in a workspace whose lock file is further up.
    let locked = root
        .ancestors()
        .find_map(|folder| text(&folder.join("Cargo.lock")));
    let locked = locked.and_then(|text| in_lock_file(&text));
    let manifests = packages.iter().map(|package| package.folder.as_path());
    let said = || {
        let manifests = std::iter::once(root).chain(manifests);
        let texts = manifests.filter_map(|folder| text(&folder.join("Cargo.toml")));
        texts.filter_map(|text| in_manifest(&text)).max()
    };
    locked.or_else(said).unwrap_or_default()
}

fn in_lock_file(text: &str) -> Option<Version> {
    let mut lines = text.lines();
    let mut found = None;
    while let Some(line) = lines.next() {
        if line == "name = \"sea-orm\"" {
            let version = lines.next()?.strip_prefix("version = \"")?;
            found = found.max(Some(of_number(version)));
        }
    }
    found
}

fn in_manifest(text: &str) -> Option<Version> {
    let table: toml::Table = text.parse().ok()?;
    let of_workspace = table
        .get("workspace")
        .and_then(|one| one.get("dependencies"));
    let dependencies = [table.get("dependencies"), of_workspace];
    let versions = dependencies
        .into_iter()
        .flatten()
        .filter_map(|dependencies| {
            let said = dependencies.get("sea-orm")?;
            let version = said.as_str().or_else(|| said.get("version")?.as_str())?;
            Some(of_number(version))
        });
    versions.max()
}

/// The version that a number or a requirement starts with: `1.1.19`, `^2`, `=2.0.0-rc.1`, `~0.12`.
fn of_number(text: &str) -> Version {
    let text = text.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    match text.split(['.', ',', ' ', '-']).next() {
        Some("0" | "1") => Version::One,
        _ => Version::Two,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_counts() {
        let lock = |versions: &[&str]| {
            let packages = versions.iter().map(|version| {
                format!("[[package]]\nname = \"sea-orm\"\nversion = \"{version}\"\n")
            });
            in_lock_file(&packages.collect::<String>())
        };
        assert_eq!(lock(&[]), None);
        assert_eq!(lock(&["1.1.19"]), Some(Version::One));
        assert_eq!(lock(&["1.1.19", "2.0.4"]), Some(Version::Two));
        for (text, expected) in [
            ("[dependencies]\nsea-orm = \"1.1\"", Some(Version::One)),
            (
                "[dependencies]\nsea-orm = { version = \"^2.0.0-rc\" }",
                Some(Version::Two),
            ),
            (
                "[workspace.dependencies]\nsea-orm = \"0.12\"",
                Some(Version::One),
            ),
            ("[dependencies]\nsea-orm = { workspace = true }", None),
            ("[dependencies]\nserde = \"1\"", None),
        ] {
            assert_eq!(in_manifest(text), expected, "{text}");
        }
    }
}
