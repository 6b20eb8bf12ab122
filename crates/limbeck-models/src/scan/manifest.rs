//! `Cargo.toml`: which packages there are, their targets, features and path dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

use super::{ScanError, SourceLocation, Within};

/// A package whose sources are read.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Its library and binaries, the library first.
    pub(crate) targets: Vec<Target>,
    /// Its dependencies, by the name that sources use.
    pub(crate) dependencies: BTreeMap<String, Dependency>,
    /// Its features.
    pub(super) features: BTreeMap<String, Vec<String>>,
    /// Features that other packages ask of it.
    pub(super) requested: BTreeSet<String>,
    /// What it is to the project.
    pub(crate) standing: Standing,
}

/// What a package is to the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A member of the workspace, or the root.
    Member,
    /// Reached from a member by its path, and none itself.
    Reached,
    /// A file with models that belongs to no package.
    File,
}

/// A library or a binary.
#[derive(Debug)]
pub(crate) struct Target {
    /// The name that sources use.
    pub(crate) name: String,
    /// Whether it is the library.
    pub(crate) is_library: bool,
    /// The file that it starts with.
    pub(crate) file: PathBuf,
}

/// A dependency.
#[derive(Debug)]
pub(crate) struct Dependency {
    /// The package's name.
    pub(crate) package: String,
    /// Its folder, where it is a path dependency.
    folder: Option<PathBuf>,
    pub(super) features: Vec<String>,
}

impl Package {
    /// Whether it depends on `limbeck` under whatever name.
    pub(crate) fn uses_limbeck(&self) -> bool {
        self.dependencies
            .values()
            .any(|dependency| dependency.package == "limbeck")
    }
}

/// The packages to read, in a fixed order: members first, then what they reach by path.
pub(crate) fn read_packages(
    root: &Path,
    within: &Within,
    errors: &mut Vec<ScanError>,
) -> Vec<Package> {
    let manifest = root.join("Cargo.toml");
    let Some(table) = read(&manifest, within, errors) else {
        return Vec::new();
    };
    let mut folders = Vec::new();
    if table.contains_key("package") {
        folders.push(clean(root));
    }
    let workspace = table.get("workspace").and_then(Value::as_table);
    if let Some(workspace) = workspace {
        folders.extend(members(root, workspace, within, errors));
    }
    // To Cargo path dependencies below the root of a workspace are members of it.
    let excluded = workspace.map(|workspace| excluded(root, workspace));
    let is_member = |folder: &Path| {
        excluded.as_ref().is_some_and(|excluded| {
            folder.starts_with(root) && !excluded.iter().any(|one| folder.starts_with(one))
        })
    };
    if folders.is_empty() {
        errors.push(ScanError::in_file(
            &manifest,
            "there is no package in this `Cargo.toml`",
            "add `[package]`, or `members` to `[workspace]`",
        ));
    }
    let mut packages: Vec<Package> = Vec::new();
    let mut is_first = true;
    let mut open = folders;
    while !open.is_empty() {
        let mut following = Vec::new();
        for folder in open {
            if packages.iter().any(|package| package.folder == folder) {
                continue;
            }
            let standing = if is_first || is_member(&folder) {
                Standing::Member
            } else {
                Standing::Reached
            };
            if let Some(package) = read_package(&folder, standing, within, errors) {
                for dependency in package.dependencies.values() {
                    // Limbeck itself declares no models of its users.
                    if dependency.package != "limbeck" {
                        following.extend(dependency.folder.clone());
                    }
                }
                packages.push(package);
            }
        }
        is_first = false;
        open = following;
    }
    packages
}

fn read(manifest: &Path, within: &Within, errors: &mut Vec<ScanError>) -> Option<Table> {
    let place = SourceLocation {
        file: manifest.display().to_string(),
        line: 1,
        column: 1,
    };
    if let Some(error) = within.refuse(manifest, place) {
        errors.push(error);
        return None;
    }
    let text = match fs::read_to_string(manifest) {
        Ok(text) => text,
        Err(error) => {
            errors.push(ScanError::in_file(
                manifest,
                format!("`Cargo.toml` cannot be read: {error}"),
                "name the folder of a Cargo package or workspace",
            ));
            return None;
        }
    };
    match text.parse::<Table>() {
        Ok(table) => Some(table),
        Err(error) => {
            let line = error.span().map_or(1, |span| {
                text[..span.start.min(text.len())].matches('\n').count() + 1
            });
            let mut fault = ScanError::in_file(
                manifest,
                format!("`Cargo.toml` is not TOML: {}", error.message()),
                "run `cargo metadata` to see what Cargo says",
            );
            fault.line = u32::try_from(line).unwrap_or(u32::MAX);
            errors.push(fault);
            None
        }
    }
}

fn members(
    root: &Path,
    workspace: &Table,
    within: &Within,
    errors: &mut Vec<ScanError>,
) -> Vec<PathBuf> {
    let excluded = excluded(root, workspace);
    let mut folders: Vec<PathBuf> = Vec::new();
    for pattern in strings(workspace.get("members")) {
        let is_pattern = pattern.contains(['*', '?']);
        for folder in matching(root, &pattern, within, errors) {
            if let Some(error) = refuse_folder(&folder, root, within) {
                errors.push(error);
                continue;
            }
            let is_package = folder.join("Cargo.toml").is_file();
            if !is_package && !is_pattern {
                errors.push(ScanError::in_file(
                    &root.join("Cargo.toml"),
                    format!("the workspace member `{pattern}` has no `Cargo.toml`"),
                    "correct `members` in `[workspace]`",
                ));
            }
            let is_excluded = excluded.iter().any(|prefix| folder.starts_with(prefix));
            if is_package && !is_excluded && !folders.contains(&folder) {
                folders.push(folder);
            }
        }
    }
    folders
}

/// The folders that a workspace leaves out.
fn excluded(root: &Path, workspace: &Table) -> Vec<PathBuf> {
    let paths = strings(workspace.get("exclude"));
    let paths = paths.iter().map(|path| clean(&root.join(path)));
    paths.collect()
}

/// The error for a folder outside of the checkout, of which not even what is in it may be asked.
fn refuse_folder(folder: &Path, root: &Path, within: &Within) -> Option<ScanError> {
    let place = SourceLocation {
        file: root.join("Cargo.toml").display().to_string(),
        line: 1,
        column: 1,
    };
    // What is not there is as much outside as the folder that it would be in.
    let there = folder.ancestors().find(|one| one.exists())?;
    within.refuse_all_of(there, place)
}

/// The folders that a member pattern names, in order of their names.
fn matching(
    root: &Path,
    pattern: &str,
    within: &Within,
    errors: &mut Vec<ScanError>,
) -> Vec<PathBuf> {
    let mut folders = vec![clean(root)];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        if !part.contains(['*', '?']) {
            folders = folders
                .iter()
                .map(|folder| clean(&folder.join(part)))
                .collect();
            continue;
        }
        let mut found = Vec::new();
        for folder in &folders {
            if let Some(error) = refuse_folder(folder, root, within) {
                errors.push(error);
                continue;
            }
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut names: Vec<String> = entries
                .filter(|entry| entry.path().is_dir())
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|name| !name.starts_with('.') && wildcard(part, name))
                .collect();
            names.sort();
            found.extend(names.iter().map(|name| folder.join(name)));
        }
        folders = found;
    }
    folders
}

fn wildcard(pattern: &str, name: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            name.char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .any(|at| wildcard(rest, &name[at..]))
        }
        Some('?') => {
            let mut name = name.chars();
            name.next().is_some() && wildcard(letters.as_str(), name.as_str())
        }
        Some(letter) => name
            .strip_prefix(letter)
            .is_some_and(|name| wildcard(letters.as_str(), name)),
    }
}

fn read_package(
    folder: &Path,
    standing: Standing,
    within: &Within,
    errors: &mut Vec<ScanError>,
) -> Option<Package> {
    let manifest = folder.join("Cargo.toml");
    let table = read(&manifest, within, errors)?;
    let package = table.get("package").and_then(Value::as_table)?;
    let Some(name) = package.get("name").and_then(Value::as_str) else {
        errors.push(ScanError::in_file(
            &manifest,
            "the package has no name",
            "add `name = \"…\"` to `[package]`",
        ));
        return None;
    };
    let features = table
        .get("features")
        .and_then(Value::as_table)
        .map(|features| {
            features
                .iter()
                .map(|(name, implied)| (name.clone(), strings(Some(implied))))
                .collect()
        })
        .unwrap_or_default();
    let targets = targets(folder, name, &table);
    if targets.is_empty() {
        errors.push(ScanError::in_file(
            &manifest,
            format!("the package `{name}` has no sources"),
            "create `src/lib.rs` or `src/main.rs`",
        ));
    }
    Some(Package {
        name: name.to_owned(),
        folder: folder.to_owned(),
        targets,
        dependencies: dependencies(folder, &table, within, errors),
        features,
        requested: BTreeSet::new(),
        standing,
    })
}

fn targets(folder: &Path, package: &str, table: &Table) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    let mut add = |name: &str, is_library, file: PathBuf| {
        if file.is_file() && !targets.iter().any(|target: &Target| target.file == file) {
            targets.push(Target {
                name: name.replace('-', "_"),
                is_library,
                file,
            });
        }
    };
    let text = |table: &Table, key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
    let library = table.get("lib").and_then(Value::as_table);
    let path = library.and_then(|library| text(library, "path"));
    let name = library.and_then(|library| text(library, "name"));
    add(
        &name.unwrap_or_else(|| package.to_owned()),
        true,
        clean(&folder.join(path.as_deref().unwrap_or("src/lib.rs"))),
    );
    for binary in table
        .get("bin")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let Some(binary) = binary.as_table() else {
            continue;
        };
        let name = text(binary, "name").unwrap_or_else(|| package.to_owned());
        match text(binary, "path") {
            Some(path) => add(&name, false, clean(&folder.join(path))),
            None => {
                for path in [
                    format!("src/bin/{name}.rs"),
                    format!("src/bin/{name}/main.rs"),
                ] {
                    add(&name, false, folder.join(path));
                }
            }
        }
    }
    add(package, false, folder.join("src/main.rs"));
    let entries = fs::read_dir(folder.join("src/bin"))
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    for path in found {
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        if path.is_dir() {
            add(name, false, path.join("main.rs"));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            add(name, false, path.clone());
        }
    }
    targets
}

fn dependencies(
    folder: &Path,
    table: &Table,
    within: &Within,
    errors: &mut Vec<ScanError>,
) -> BTreeMap<String, Dependency> {
    let mut sections: Vec<&Table> = Vec::new();
    let collect = |table: &Table| -> Vec<Table> {
        ["dependencies", "build-dependencies"]
            .iter()
            .filter_map(|key| table.get(*key).and_then(Value::as_table).cloned())
            .collect()
    };
    let mut owned = collect(table);
    if let Some(platforms) = table.get("target").and_then(Value::as_table) {
        for platform in platforms.values().filter_map(Value::as_table) {
            owned.extend(collect(platform));
        }
    }
    sections.extend(owned.iter());
    let inherits = |value: &Value| {
        value
            .get("workspace")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    };
    let outer = sections
        .iter()
        .any(|section| section.values().any(inherits))
        .then(|| outer_workspace(folder, within, errors))
        .flatten();
    let mut dependencies: BTreeMap<String, Dependency> = BTreeMap::new();
    for section in sections {
        for (key, value) in section {
            let (base, declared) = match &outer {
                Some((base, workspace)) if inherits(value) => (
                    base.as_path(),
                    workspace.get(key).cloned().unwrap_or(Value::Boolean(true)),
                ),
                _ => (folder, value.clone()),
            };
            let text = |name: &str| declared.get(name).and_then(Value::as_str);
            let mut features = strings(declared.get("features"));
            features.extend(strings(value.get("features")));
            let dependency = Dependency {
                package: text("package").unwrap_or(key).to_owned(),
                folder: text("path").map(|path| clean(&base.join(path))),
                features,
            };
            let before = dependencies.insert(key.replace('-', "_"), dependency);
            // A dependency of several sections has the features of all of them.
            if let (Some(before), Some(now)) =
                (before, dependencies.get_mut(&key.replace('-', "_")))
            {
                now.features.extend(before.features);
            }
        }
    }
    dependencies
}

/// The folder of the workspace that the package belongs to, and its shared dependencies.
fn outer_workspace(
    folder: &Path,
    within: &Within,
    errors: &mut Vec<ScanError>,
) -> Option<(PathBuf, Table)> {
    for ancestor in folder.ancestors() {
        let manifest = ancestor.join("Cargo.toml");
        // What lies above a checkout is not of it.
        if !manifest.is_file() || within.outside(&manifest).is_some() {
            continue;
        }
        let table = read(&manifest, within, errors)?;
        if let Some(workspace) = table.get("workspace").and_then(Value::as_table) {
            let shared = workspace.get("dependencies").and_then(Value::as_table);
            return Some((ancestor.to_owned(), shared.cloned().unwrap_or_default()));
        }
    }
    None
}

/// Members of the workspace around `root` that depend on `limbeck` and are not among `read`.
pub(crate) fn unread_members(root: &Path, within: &Within, read_ones: &[Package]) -> Vec<Package> {
    let mut ignored = Vec::new();
    let manifest = root.join("Cargo.toml");
    let is_workspace =
        read(&manifest, within, &mut ignored).is_none_or(|own| own.contains_key("workspace"));
    let around = root.ancestors().skip(1).find_map(|ancestor| {
        let manifest = ancestor.join("Cargo.toml");
        let table = manifest
            .is_file()
            .then(|| read(&manifest, within, &mut ignored))??;
        let workspace = table.get("workspace").and_then(Value::as_table)?.clone();
        Some((ancestor.to_owned(), workspace))
    });
    let Some((folder, workspace)) = around.filter(|_| !is_workspace) else {
        return Vec::new();
    };
    let members = members(&folder, &workspace, within, &mut ignored);
    if !members.iter().any(|member| member == root) {
        return Vec::new();
    }
    members
        .iter()
        .filter(|member| read_ones.iter().all(|package| package.folder != **member))
        .filter_map(|member| read_package(member, Standing::Member, within, &mut ignored))
        .filter(|package| package.name != "limbeck" && package.uses_limbeck())
        .collect()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The path without `.` and `..`, as far as it can be told without the disk.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) =>
            {
                cleaned.pop();
            }
            other => cleaned.push(other),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_patterns_match_names() {
        assert!(wildcard("*", "core") && wildcard("app-*", "app-web") && wildcard("v?", "v1"));
        assert!(!wildcard("app-*", "web") && !wildcard("v?", "v12"));
        assert_eq!(clean(Path::new("/a/./b/../c")), PathBuf::from("/a/c"));
    }
}
