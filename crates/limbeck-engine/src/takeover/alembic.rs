//! Alembic: a Python file for each migration says its place in the graph, and its SQL is what Alembic prints for `--sql`.
//!
//! No Python is run.

mod docstring;
mod python;
mod script;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Tool;

use self::python::{Module, Unclosed, Value, Variable};
use self::script::{Printed, Scripts};
use super::{Ancestry, FileError, Migration, Node, SourceFile, ToolSettings, text};

/// Why a way back is missing.
const NO_WAY_BACK: &str = "its SQL was not at hand";

pub(super) fn read(
    files: &[SourceFile],
    settings: &ToolSettings,
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let versions = versions(files, errors);
    if !errors.is_empty() || versions.is_empty() {
        return Vec::new();
    }
    if settings.scripts.is_empty() {
        errors.push(FileError::NotPrinted {
            heads: heads(&versions),
        });
        return Vec::new();
    }
    let usual = Tool::Alembic.table();
    let table = settings.table.as_ref().map_or(usual, |table| &table.name);
    let Scripts {
        mut upgrades,
        mut downgrades,
    } = script::read(&settings.scripts, table, dialect, errors);
    let mut migrations = Vec::new();
    for version in versions.into_values() {
        let upgrade = upgrades.remove(&version.id);
        let downgrade = downgrades.remove(&version.id);
        for printed in upgrade.iter().chain(&downgrade) {
            errors.extend(other_parents(&version, printed));
        }
        let Some(upgrade) = upgrade else {
            errors.push(FileError::Script {
                place: version.file,
                reason: format!(
                    "no script has the SQL of `{}`: alembic upgrade base:heads --sql",
                    version.id
                ),
            });
            continue;
        };
        let upgrade = upgrade.section;
        let downgrade = match downgrade {
            None => text::not_written(NO_WAY_BACK),
            Some(printed) => text::unless_empty(printed.section, &upgrade),
        };
        migrations.push(Migration {
            version: version.id,
            name: version.description,
            file: version.file,
            downgrade_file: None,
            checksums: Vec::new(),
            upgrade,
            downgrade,
            ancestry: Ancestry::Graph(version.node),
        });
    }
    let unasked = upgrades.into_iter().chain(downgrades);
    errors.extend(unasked.map(|(version, printed)| FileError::Script {
        place: printed.place,
        reason: format!("SQL of `{version}`, and no file has that version"),
    }));
    migrations
}

/// What a file says.
struct Version {
    id: String,
    file: String,
    description: String,
    node: Node,
    labels: Vec<String>,
}

/// The migrations by their versions, with dependencies on labels resolved.
fn versions(files: &[SourceFile], errors: &mut Vec<FileError>) -> BTreeMap<String, Version> {
    let mut found: BTreeMap<String, Version> = BTreeMap::new();
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let is_version =
            name.ends_with(".py") && !name.starts_with(".#") && !name.starts_with("__init__");
        if !is_version {
            continue;
        }
        match version(file, name) {
            Ok(version) => {
                if let Some(first) = found.get(&version.id) {
                    errors.push(FileError::SameVersion {
                        first: first.file.clone(),
                        second: version.file,
                    });
                } else {
                    found.insert(version.id.clone(), version);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for version in found.values() {
        for label in &version.labels {
            labels.insert(label.clone(), version.id.clone());
        }
    }
    let ids: BTreeSet<String> = found.keys().cloned().collect();
    for version in found.values_mut() {
        for needed in &mut version.node.depends_on {
            if let (false, Some(id)) = (ids.contains(needed), labels.get(needed)) {
                needed.clone_from(id);
            }
        }
        let needed = version.node.parents.iter().chain(&version.node.depends_on);
        errors.extend(
            needed
                .filter(|one| !ids.contains(*one))
                .map(|one| FileError::Unknown {
                    file: version.file.clone(),
                    version: one.clone(),
                }),
        );
    }
    found
}

fn version(file: &SourceFile, name: &str) -> Result<Version, FileError> {
    let python = |line: u32, reason: String| FileError::Script {
        place: format!("{}:{line}", file.path),
        reason,
    };
    let Module {
        docstring,
        mut variables,
    } = python::read(text::of_file(file)?)
        .map_err(|Unclosed(line)| python(line, "what is opened here is never closed".to_owned()))?;
    let mut take = |name: &str| -> Result<Option<Vec<String>>, FileError> {
        match variables.remove(name) {
            None => Ok(None),
            Some(Variable { line, value }) => match value {
                Value::None => Ok(Some(Vec::new())),
                Value::Text(text) => Ok(Some(vec![text])),
                Value::Several(texts) => Ok(Some(texts)),
                Value::Computed => Err(python(
                    line,
                    format!("`{name}` is no literal, and Python is not run"),
                )),
            },
        }
    };
    let revision = take("revision")?;
    let id = match revision.as_deref() {
        Some([id]) => id.clone(),
        Some(_) => return Err(python(1, "`revision` is not one text".to_owned())),
        None => legacy(name).ok_or_else(|| python(1, "it has no `revision`".to_owned()))?,
    };
    let parents = take("down_revision")?;
    let parents = parents.ok_or_else(|| python(1, "it has no `down_revision`".to_owned()))?;
    let depends_on = take("depends_on")?.unwrap_or_default();
    let labels = take("branch_labels")?.unwrap_or_default();
    let said = docstring::read(&docstring);
    // A revision has one label.
    let label = labels.iter().find(|label| docstring::is_word(label));
    let others: Vec<&str> = labels
        .iter()
        .filter(|one| Some(*one) != label)
        .map(String::as_str)
        .collect();
    let mut description = said.description;
    if !others.is_empty() {
        description.push_str(&format!("\n\nLabels in Alembic: {}", others.join(", ")));
    }
    Ok(Version {
        id,
        file: file.path.clone(),
        description,
        node: Node {
            parents: unique(parents),
            depends_on: unique(depends_on),
            label: label.cloned(),
            created: said.created,
        },
        labels,
    })
}

/// Before `revision` there were names such as `1975ea83b712.py`.
fn legacy(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".py")?;
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (!stem.is_empty() && stem.bytes().all(is_hex)).then(|| stem.to_owned())
}

fn unique(texts: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let texts = texts.into_iter();
    texts.filter(|text| seen.insert(text.clone())).collect()
}

/// The versions on which no other one builds.
fn heads(versions: &BTreeMap<String, Version>) -> Vec<String> {
    let inner: BTreeSet<&String> = versions
        .values()
        .flat_map(|version| &version.node.parents)
        .collect();
    let heads = versions.keys().filter(|version| !inner.contains(version));
    heads.cloned().collect()
}

/// The script is of other files than these.
fn other_parents(version: &Version, printed: &Printed) -> Option<FileError> {
    let set = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<String>>();
    let (of_file, of_script) = (set(&version.node.parents), set(&printed.parents));
    let said = |ids: &BTreeSet<String>| {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        match ids.as_slice() {
            [] => "nothing".to_owned(),
            ids => format!("`{}`", ids.join("`, `")),
        }
    };
    (of_file != of_script).then(|| FileError::Script {
        place: printed.place.clone(),
        reason: format!(
            "`{}` builds on {} here, and on {} in {}",
            version.id,
            said(&of_script),
            said(&of_file),
            version.file
        ),
    })
}
