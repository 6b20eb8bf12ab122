//! The models of a database, and the limbeck.toml that says how they are read.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{QualifiedName, Schema};
use limbeck_models::{Conventions, ModelFiles, SqlType, conventions, rust, rust_files};

use super::configuration::{self, ModelsKey};
use super::existing::Start;
use super::files::Files;
use super::others::ToOthers;
use super::place::ModelsFile;
use crate::command_error::CommandError;
use crate::config::FILE;
use crate::workspace::Workspace;

/// Writes the configuration and the models, and reads the project anew.
pub(super) fn write(
    start: &Start<'_>,
    files: &mut Files,
    schema: &Schema,
    left: &[ToOthers],
) -> Result<(Workspace, Option<String>), CommandError> {
    let place = start.place.as_ref();
    let config = start.workspace.shown(FILE);
    let root = start.workspace.shown("");
    let is_left = |table: &QualifiedName| left.iter().any(|one| one.name == table.to_string());
    let mut schema = schema.clone();
    schema
        .tables
        .retain(|name, _| !is_left(name) && !start.declared.schema.tables.contains_key(name));
    // A package needs a source, and what an earlier round has written is out of date.
    let has_source = place.is_some_and(|place| {
        !schema.tables.is_empty() || place.new_package.is_some() || place.file.exists()
    });
    let own_file = place.map_or(String::new(), |place| {
        let file = place.file.strip_prefix(&root).unwrap_or(&place.file);
        file.display().to_string()
    });
    let manifest = place.and_then(|place| place.manifest.as_ref());
    let in_packages = manifest.and_then(|manifest| {
        let folder = manifest.parent()?.strip_prefix(&root).ok()?;
        let is_elsewhere = !start.workspace.models_root().join("Cargo.toml").is_file();
        (is_elsewhere && !folder.as_os_str().is_empty()).then_some(folder)
    });
    let key = match (manifest, in_packages) {
        (None, _) if let Some(folder) = &start.models_in => ModelsKey::Path(folder),
        (None, _) if has_source => ModelsKey::File(&own_file),
        (_, Some(folder)) => ModelsKey::Path(folder),
        (_, None) => ModelsKey::Unsaid,
    };
    let conventions = conventions_of(start, &schema, has_source);
    match &start.configured {
        Some(text) => {
            // Where packages are is said there already.
            let key = match key {
                ModelsKey::Path(_) if start.models_in.is_none() => ModelsKey::Unsaid,
                ModelsKey::Path(_) | ModelsKey::File(_) | ModelsKey::Unsaid => key,
            };
            let more = configuration::more(text, key, &conventions, left);
            let more =
                more.map_err(|table| configuration::no_room(&config, table, &own_file, left))?;
            if !more.is_empty() {
                files.append(&config, &more)?;
            }
        }
        None => {
            let folder = start.own_folder;
            let text = configuration::text(&start.url, start.from, folder, key, &conventions, left);
            files.write(&config, &text)?;
        }
    }
    let unused = |name: &QualifiedName| schema.users_of_enum(name).next().is_none();
    let declared: Vec<QualifiedName> = start.declared.schema.enums.keys().cloned().collect();
    let declared: Vec<QualifiedName> = declared.into_iter().filter(unused).collect();
    schema.enums.retain(|name, _| !declared.contains(name));
    let mut source = None;
    let Some(place) = place else {
        return Ok((Workspace::begin(start.global, start.from)?, source));
    };
    if has_source {
        source = Some(write_source(start, files, place, &schema, &conventions)?);
    }
    if let (Some(name), Some(manifest)) = (&place.new_package, &place.manifest) {
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n"
        );
        files.write(manifest, &text)?;
    }
    if let (Some((parent, line)), true) = (&place.declaration, source.is_some()) {
        files.append(parent, &format!("\n{line}\n"))?;
    }
    Ok((Workspace::begin(start.global, start.from)?, source))
}

/// Writes the models; all that was written.
fn write_source(
    start: &Start<'_>,
    files: &mut Files,
    place: &ModelsFile,
    schema: &Schema,
    conventions: &Conventions,
) -> Result<String, CommandError> {
    let dialect = start.url.dialect();
    if !start.args.file_per_table {
        let text = rust(schema, dialect, conventions);
        files.write(&place.file, &text)?;
        return Ok(text);
    }
    let own = place.file.file_stem().unwrap_or_default();
    let own = own.to_string_lossy();
    let ModelFiles {
        module,
        files: parts,
    } = rust_files(schema, dialect, conventions, &own);
    let folder = place.folder();
    let path = |name: &String| folder.join(format!("{name}.rs"));
    // A table that an earlier round had written may be left to others by now.
    files.take_back(&place.file, &folder, &parts.keys().map(path).collect())?;
    files.write(&place.file, &module)?;
    for (name, text) in &parts {
        files.write(&path(name), text)?;
    }
    let texts = parts.into_values().collect::<Vec<String>>();
    Ok(module + &texts.concat())
}

/// What models go by: what the project says, and where it says nothing, what the database shows. Models that are there
/// already go on as they are.
fn conventions_of(start: &Start<'_>, schema: &Schema, has_source: bool) -> Conventions {
    let said = start.workspace.conventions();
    if !has_source || !start.declared.schema.tables.is_empty() {
        return said;
    }
    let dialect = start.url.dialect();
    let mut found = conventions(schema, dialect, &said);
    if !start.others.is_empty() {
        // Of the other databases nothing is known yet.
        found.numbering = said.numbering;
    }
    if !start.others.is_empty() || dialect == Dialect::Sqlite {
        // Few words of SQLite are types of another database.
        for sql in found.types.values_mut() {
            if let SqlType::Everywhere(text) = sql {
                let own = (dialect.as_str().to_owned(), std::mem::take(text));
                *sql = SqlType::PerDialect([own].into());
            }
        }
    }
    start.workspace.conventions_or(found)
}
