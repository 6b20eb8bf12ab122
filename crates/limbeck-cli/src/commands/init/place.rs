//! Where the models of a database go, so that a scan of the project finds them.

use std::fs;
use std::path::{Path, PathBuf};

use super::files;
use crate::command_error::CommandError;
use crate::workspace::{clean, relative};

/// A file for models. All paths are as messages show them.
#[derive(Debug)]
pub(super) struct ModelsFile {
    /// The file, which is not there yet.
    pub(super) file: PathBuf,
    /// The manifest of its package; none where it belongs to no package.
    pub(super) manifest: Option<PathBuf>,
    /// The name of the package, where there is none yet.
    pub(super) new_package: Option<String>,
    /// The file that must declare the module, and the line that does; none where it does already.
    pub(super) declaration: Option<(PathBuf, String)>,
}

impl ModelsFile {
    /// Where the modules of the file's own module stand.
    pub(super) fn folder(&self) -> PathBuf {
        let stem = self.file.file_stem().unwrap_or_default();
        let is_root = ["lib", "main", "mod"].iter().any(|root| stem == *root);
        if is_root || self.manifest.is_none() {
            return self.file.parent().unwrap_or(&self.file).to_owned();
        }
        self.file.with_extension("")
    }
}

/// The file for models that belong to no package.
const OWN_FILE: &str = "limbeck/models.rs";

/// Where models may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefer {
    /// Into the package, so that the program uses them.
    Package,
    /// Beside what the program has already.
    Own,
}

/// Finds the place in the project that starts in `start`: `wanted`, else a module `models` of the
/// package in `package`, else a new package; a file of no package where that is preferred, or no module can be had.
pub(super) fn find(
    here: &Path,
    start: &Path,
    package: &Path,
    wanted: Option<&Path>,
    prefer: Prefer,
) -> Result<ModelsFile, CommandError> {
    let is_package = package.join("Cargo.toml").is_file();
    match (wanted, prefer) {
        (Some(_), _) => in_package(here, start, package, wanted),
        (None, Prefer::Own) if is_package => own_file(here, start),
        (None, _) if is_package => {
            let found = in_package(here, start, package, None);
            found.or_else(|_| own_file(here, start))
        }
        (None, _) => in_package(here, start, package, None),
    }
}

/// What becomes of a file that is in the way.
const AWAY: &str = "nothing is overwritten: move it away, and run this again";

fn own_file(here: &Path, start: &Path) -> Result<ModelsFile, CommandError> {
    let file = relative(here, &start.join(OWN_FILE));
    if files::is_taken(&file) {
        return Err(files::exists(&file).hint(AWAY));
    }
    Ok(ModelsFile {
        file,
        manifest: None,
        new_package: None,
        declaration: None,
    })
}

fn in_package(
    here: &Path,
    start: &Path,
    package: &Path,
    wanted: Option<&Path>,
) -> Result<ModelsFile, CommandError> {
    let shown = |path: &Path| relative(here, path);
    let file = match wanted {
        Some(wanted) => clean(&start.join(wanted)),
        None if package.join("Cargo.toml").is_file() => package.join("src/models.rs"),
        None => return new_package(here, package),
    };
    if file.extension().is_none_or(|extension| extension != "rs") {
        let text = format!("{} is no Rust file", shown(&file).display());
        return Err(CommandError::usage(text).hint("--models src/models.rs"));
    }
    if files::is_taken(&file) {
        return Err(files::exists(&shown(&file)).hint("name another file: --models src/schema.rs"));
    }
    let mut folders = file.ancestors().skip(1);
    let package = folders.find(|folder| folder.join("Cargo.toml").is_file());
    let Some(package) = package.filter(|package| package.starts_with(start)) else {
        let text = format!(
            "{} lies in no package of this project",
            shown(&file).display()
        );
        return Err(CommandError::usage(text).hint("--models PACKAGE/src/models.rs"));
    };
    let declaration = declaration(package, &file).map_err(|missing| {
        let text = format!(
            "no module of the package reaches {}",
            shown(&file).display()
        );
        CommandError::usage(text)
            .cause(format!("there is no {}", shown(&missing).display()))
            .hint("name a file that one reaches: --models PACKAGE/src/models.rs")
    })?;
    Ok(ModelsFile {
        manifest: Some(shown(&package.join("Cargo.toml"))),
        new_package: None,
        declaration: declaration.map(|(parent, line)| (shown(&parent), line)),
        file: shown(&file),
    })
}

fn new_package(here: &Path, folder: &Path) -> Result<ModelsFile, CommandError> {
    let shown = |path: &Path| relative(here, path);
    let mut above = folder.ancestors().skip(1);
    if let Some(package) = above.find(|folder| folder.join("Cargo.toml").is_file()) {
        let text = format!(
            "this folder lies in the package of {}",
            shown(package).display()
        );
        return Err(
            CommandError::usage(text).hint(format!("start there: -C {}", shown(package).display()))
        );
    }
    let file = folder.join("src/lib.rs");
    if files::is_taken(&file) {
        return Err(files::exists(&shown(&file))
            .cause("there is no Cargo.toml beside it")
            .hint(AWAY));
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let word = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(word).collect();
    let name = name.trim_matches('-');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    Ok(ModelsFile {
        file: shown(&file),
        manifest: Some(shown(&folder.join("Cargo.toml"))),
        new_package: Some(if is_name { name } else { "models" }.to_owned()),
        declaration: None,
    })
}

/// The file whose module holds the one of `file`, with the line that it lacks.
///
/// # Errors
///
/// The file that is missing.
fn declaration(package: &Path, file: &Path) -> Result<Option<(PathBuf, String)>, PathBuf> {
    let source = package.join("src");
    let root = || {
        ["lib.rs", "main.rs"]
            .map(|name| source.join(name))
            .into_iter()
            .find(|root| root.is_file())
    };
    let Ok(inner) = file.strip_prefix(&source) else {
        return Err(source.join("lib.rs"));
    };
    let mut module = inner.with_extension("");
    if module.ends_with("mod") {
        module.pop();
    }
    if module == Path::new("lib") || module == Path::new("main") {
        return Ok(None);
    }
    let name = module.file_name().unwrap_or_default().to_string_lossy();
    let above = module.parent().unwrap_or(Path::new(""));
    let parent = if above.as_os_str().is_empty() {
        root().ok_or_else(|| source.join("lib.rs"))?
    } else {
        let beside = source.join(above).with_extension("rs");
        let within = source.join(above).join("mod.rs");
        [beside.clone(), within]
            .into_iter()
            .find(|file| file.is_file())
            .ok_or(beside)?
    };
    let text = fs::read_to_string(&parent).map_err(|_| parent.clone())?;
    let ending = format!("mod {name};");
    let is_declared = text.lines().map(str::trim).any(|line| {
        line.strip_suffix(&ending)
            .map(str::trim_end)
            .is_some_and(|word| word.is_empty() || word.starts_with("pub"))
    });
    // In a program nothing outside can use it, and Rust would say so.
    let line = if parent.ends_with("main.rs") {
        ending
    } else {
        format!("pub {ending}")
    };
    Ok((!is_declared).then_some((parent, line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_declared_where_rust_looks_for_it() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        for (file, text) in [
            ("Cargo.toml", ""),
            ("src/main.rs", "pub(crate) mod models;\n"),
            ("src/db.rs", "mod inner;\n"),
            ("src/db/inner/mod.rs", "// mod tables;\n"),
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for (file, expected) in [
            ("src/models.rs", Ok(None)),
            ("src/models/mod.rs", Ok(None)),
            ("src/tables.rs", Ok(Some(("src/main.rs", "mod tables;")))),
            (
                "src/db/tables.rs",
                Ok(Some(("src/db.rs", "pub mod tables;"))),
            ),
            (
                "src/db/inner/tables.rs",
                Ok(Some(("src/db/inner/mod.rs", "pub mod tables;"))),
            ),
            ("src/api/tables.rs", Err("src/api.rs")),
            ("tables.rs", Err("src/lib.rs")),
        ] {
            let found = declaration(root, &root.join(file));
            let expected = expected
                .map(|one| one.map(|(parent, line)| (root.join(parent), line.to_owned())))
                .map_err(|missing| root.join(missing));
            assert_eq!(found, expected, "{file}");
        }
    }
}
