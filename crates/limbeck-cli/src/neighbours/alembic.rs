//! Where Alembic keeps its version files, as `alembic.ini` or `pyproject.toml` says it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use limbeck_models::Within;

use super::places;

/// Files in which Alembic is told where its versions are, and the folder that relative paths in it are below.
const INI: [(&str, &str); 2] = [
    ("alembic.ini", ""),
    ("migrations/alembic.ini", "migrations"),
];

/// So often a value may name another one.
const MOST_NAMES: usize = 16;

/// Where the versions are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) depth: Depth,
}

/// Which files of a folder are migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Those in it.
    Top,
    /// Those in the folders in it, too.
    All,
}

/// Where the configuration of a project says that they are; what is said and cannot be read, or lies outside of `within`,
/// is nowhere.
pub(crate) fn versions(root: &Path, within: &Within) -> Option<Versions> {
    let toml = places::text(&root.join("pyproject.toml"), within).unwrap_or_default();
    let toml = toml.parse::<toml::Table>().unwrap_or_default();
    let toml = toml
        .get("tool")
        .and_then(|tool| tool.get("alembic"))
        .and_then(toml::Value::as_table);
    for (file, below) in INI {
        if let Some(text) = places::text(&root.join(file), within) {
            let section = section(&text, "alembic");
            let mut found = of_ini(&section).or(of_toml(toml));
            if let (None, "migrations") = (&found, below) {
                // Flask-Migrate says it when it runs: the folder of the file.
                found = Some((vec!["versions".to_owned()], depth(section.get(RECURSIVE))));
            }
            let said =
                found.map(|(folders, depth)| absolute(&root.join(below), &folders, depth, within));
            return said.filter(|said| !said.folders.is_empty());
        }
    }
    of_toml(toml).map(|(folders, depth)| absolute(root, &folders, depth, within))
}

/// The first folder that the configuration names outside of `within`.
pub(crate) fn outside(root: &Path, within: &Within) -> Option<PathBuf> {
    let named = versions(root, &Within::default())?.folders;
    named
        .into_iter()
        .find(|folder| within.outside(folder).is_some())
}

const RECURSIVE: &str = "recursive_version_locations";

fn depth(said: Option<&String>) -> Depth {
    match said {
        Some(said) if said.trim().eq_ignore_ascii_case("true") => Depth::All,
        Some(_) | None => Depth::Top,
    }
}

fn of_ini(section: &BTreeMap<String, String>) -> Option<(Vec<String>, Depth)> {
    let depth = depth(section.get(RECURSIVE));
    let Some(locations) = section.get("version_locations") else {
        let location = resolved(section, section.get("script_location")?)?;
        return Some((vec![format!("{location}/versions")], depth));
    };
    let locations = resolved(section, locations)?;
    let separator = section
        .get("path_separator")
        .or_else(|| section.get("version_path_separator"));
    let is_between = |char: char| match separator.map(String::as_str) {
        None => char == ' ' || char == ',' || char == '\n',
        Some("space") => char == ' ',
        Some("newline") => char == '\n',
        Some(";") => char == ';',
        Some("os") if cfg!(windows) => char == ';',
        Some(_) => char == ':',
    };
    let locations = locations.split(is_between).map(str::trim);
    let locations = locations.filter(|location| !location.is_empty());
    Some((locations.map(str::to_owned).collect(), depth))
}

fn of_toml(table: Option<&toml::Table>) -> Option<(Vec<String>, Depth)> {
    let table = table?;
    let text = |value: &toml::Value| {
        let text = value.as_str()?;
        resolved(&BTreeMap::new(), text)
    };
    let is_deep = table.get(RECURSIVE).and_then(toml::Value::as_bool);
    let depth = match is_deep {
        Some(true) => Depth::All,
        Some(false) | None => Depth::Top,
    };
    if let Some(locations) = table.get("version_locations") {
        let locations = locations.as_array()?.iter().map(text);
        return Some((locations.collect::<Option<_>>()?, depth));
    }
    let location = text(table.get("script_location")?)?;
    Some((vec![format!("{location}/versions")], depth))
}

/// The values of a section, in the words of Python's `configparser`.
fn section(text: &str, wanted: &str) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let mut is_in = false;
    let mut last: Option<String> = None;
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(value) = last.as_ref().and_then(|key| values.get_mut(key)) {
                value.push('\n');
                value.push_str(bare);
            }
            continue;
        }
        last = None;
        if let Some(name) = bare.strip_prefix('[') {
            let name = name.split(']').next().unwrap_or_default();
            is_in = name == wanted || name == "DEFAULT";
            continue;
        }
        if let (true, Some((key, value))) = (is_in, bare.split_once(['=', ':'])) {
            let key = key.trim().to_ascii_lowercase();
            values.insert(key.clone(), value.trim().to_owned());
            last = Some(key);
        }
    }
    values
}

/// A value with the names in it replaced: `%(here)s` is the folder of the file.
fn resolved(section: &BTreeMap<String, String>, value: &str) -> Option<String> {
    let mut text = value.to_owned();
    for _ in 0..MOST_NAMES {
        let Some(start) = text.find("%(") else {
            return Some(text.replace("%%", "%"));
        };
        let end = start + text[start..].find(")s")?;
        let name = &text[start + 2..end];
        let named = match name {
            "here" => ".",
            name => section.get(&name.to_ascii_lowercase())?,
        };
        text = format!("{}{named}{}", &text[..start], &text[end + 2..]);
    }
    None
}

fn absolute(root: &Path, folders: &[String], depth: Depth, within: &Within) -> Versions {
    let is_own = |folder: &PathBuf| folder.is_dir() && within.outside(folder).is_none();
    let folders = folders.iter().flat_map(|folder| {
        // `package:folder` is below the package, wherever that is found.
        let folder = folder.replace(':', "/");
        let own = root.join(Path::new(&folder));
        let in_src = root.join("src").join(Path::new(&folder));
        [own, in_src].into_iter().find(is_own)
    });
    Versions {
        folders: folders.map(|folder| clean(&folder)).collect(),
        depth,
    }
}

fn clean(path: &Path) -> PathBuf {
    let parts = path.components();
    parts.filter(|part| *part != Component::CurDir).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours::folder;

    #[test]
    fn the_configuration_says_where_versions_are() {
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], Depth);
        let cases: &[Case<'_>] = &[
            (
                &[
                    ("alembic.ini", "[alembic]\nscript_location = %(here)s/db\n"),
                    ("db/versions/a.py", ""),
                ],
                &["db/versions"],
                Depth::Top,
            ),
            (
                &[
                    (
                        "alembic.ini",
                        "[DEFAULT]\nbase = %(here)s/db\n[alembic]\n# script_location = no\nscript_location: db\nversion_locations = %(base)s/a:%(here)s/b\npath_separator = os\nrecursive_version_locations = true\n[loggers]\nscript_location = x\n",
                    ),
                    ("db/a/x.py", ""),
                    ("b/x.py", ""),
                ],
                &["db/a", "b"],
                Depth::All,
            ),
            (
                &[
                    (
                        "alembic.ini",
                        "[alembic]\nversion_locations =\n    a\n    b\npath_separator = newline\n",
                    ),
                    ("a/x.py", ""),
                    ("b/x.py", ""),
                ],
                &["a", "b"],
                Depth::Top,
            ),
            (
                &[
                    ("alembic.ini", "[alembic]\nscript_location = shop:db\n"),
                    ("src/shop/db/versions/a.py", ""),
                ],
                &["src/shop/db/versions"],
                Depth::Top,
            ),
            (
                &[
                    ("alembic.ini", "[alembic]\nsqlalchemy.url = x\n"),
                    (
                        "pyproject.toml",
                        "[tool.alembic]\nscript_location = \"%(here)s/db\"\nrecursive_version_locations = true\n",
                    ),
                    ("db/versions/a.py", ""),
                ],
                &["db/versions"],
                Depth::All,
            ),
            (
                &[
                    (
                        "pyproject.toml",
                        "[tool.alembic]\nscript_location = \"db\"\nversion_locations = [\"a\", \"%(here)s/b\"]\n",
                    ),
                    ("a/a.py", ""),
                    ("b/a.py", ""),
                ],
                &["a", "b"],
                Depth::Top,
            ),
            (
                &[
                    ("migrations/alembic.ini", "[alembic]\n"),
                    ("migrations/versions/a.py", ""),
                ],
                &["migrations/versions"],
                Depth::Top,
            ),
            // What lies outside of the project is left out.
            (
                &[
                    ("alembic.ini", "[alembic]\nversion_locations = / a .. b\n"),
                    ("a/a.py", ""),
                    ("b/a.py", ""),
                ],
                &["a", "b"],
                Depth::Top,
            ),
            (
                &[
                    (
                        "pyproject.toml",
                        "[tool.alembic]\nversion_locations = [\"/\", \"%(here)s/..\", \"a\"]\n",
                    ),
                    ("a/a.py", ""),
                ],
                &["a"],
                Depth::Top,
            ),
        ];
        for (files, folders, depth) in cases {
            let place = folder(files);
            let within = Within::folders([place.path().to_owned()]);
            let found = versions(place.path(), &within).unwrap_or_else(|| panic!("{files:?}"));
            let expected: Vec<PathBuf> = folders.iter().map(|one| place.path().join(one)).collect();
            assert_eq!(
                (found.folders, found.depth),
                (expected, *depth),
                "{files:?}"
            );
        }
        for files in [
            &[(
                "alembic.ini",
                "[alembic]\nscript_location = %(nobody)s/db\n",
            )][..],
            &[(
                "alembic.ini",
                "[alembic]\na = %(b)s\nb = %(a)s\nscript_location = %(a)s\n",
            )],
            &[("alembic.ini", "[alembic]\nscript_location = missing\n")],
            &[(
                "alembic.ini",
                "[alembic]\nversion_locations = /\nrecursive_version_locations = true\n",
            )],
            &[("alembic.ini", "[alembic]\nversion_locations = ..\n")],
            &[("pyproject.toml", "[project]\n")],
        ] {
            let place = folder(files);
            let within = Within::folders([place.path().to_owned()]);
            assert_eq!(versions(place.path(), &within), None, "{files:?}");
        }
    }
}
