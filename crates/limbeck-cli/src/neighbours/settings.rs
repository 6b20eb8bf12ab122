//! What other tools are told of their migrations, in files of their own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use limbeck_core::schema::QualifiedName;
use limbeck_models::Within;

use super::places::LARGEST;
use crate::checkout;
use crate::command_error::CommandError;

/// The file of a tool, and the words in it.
pub(crate) struct SettingsFile {
    name: &'static str,
    /// The table that is about migrations.
    table: &'static str,
    /// The key of their folder.
    pub(super) folder: &'static str,
}

/// What sqlx is told.
pub(crate) const SQLX: SettingsFile = SettingsFile {
    name: "sqlx.toml",
    table: "migrate",
    folder: "migrations-dir",
};

/// What Diesel is told.
pub(crate) const DIESEL: SettingsFile = SettingsFile {
    name: "diesel.toml",
    table: "migrations_directory",
    folder: "dir",
};

/// What is said about migrations, with the words for errors.
pub(crate) struct Settings {
    shown: String,
    said: toml::Table,
}

impl SettingsFile {
    /// Whether a folder has the file.
    pub(crate) fn is_in(&self, folder: &Path) -> bool {
        folder.join(self.name).is_file()
    }

    /// Reads the file of a folder; nothing is said where there is none. A stranger's checkout may have a link to a device
    /// there, or a file without an end.
    pub(crate) fn read(&self, folder: &Path, within: &Within) -> Result<Settings, CommandError> {
        let path = folder.join(self.name);
        let shown = path.display().to_string();
        let failed = |error: &dyn ToString| {
            CommandError::config(format!("cannot read {shown}")).cause(error.to_string())
        };
        checkout::refuse(within, &path, self.name)?;
        let text = match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(&error)),
            Ok(found) if !found.is_file() => return Err(failed(&"it is no file")),
            Ok(found) if found.len() > LARGEST => {
                return Err(failed(&"it is larger than 1 MiB"));
            }
            Ok(_) => fs::read_to_string(&path).map_err(|error| failed(&error))?,
        };
        let mut all: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            CommandError::config(format!("{shown} is not TOML")).cause(error.message().to_owned())
        })?;
        let said = match all.remove(self.table) {
            None => toml::Table::new(),
            Some(toml::Value::Table(said)) => said,
            Some(_) => {
                let text = format!("`{}` in {shown} is no table", self.table);
                return Err(CommandError::config(text));
            }
        };
        Ok(Settings { shown, said })
    }

    /// The folder of the migrations, from where the file is; none where the tool is told nothing.
    pub(crate) fn folder(&self, settings: &Settings) -> Result<Option<String>, CommandError> {
        match settings.said.get(self.folder) {
            None => Ok(None),
            Some(toml::Value::String(folder)) if !folder.is_empty() => Ok(Some(folder.clone())),
            Some(said) => {
                Err(settings.error(self.folder, "names no folder", format!("it is {said}")))
            }
        }
    }
}

impl Settings {
    /// The table in which sqlx keeps what it has run.
    pub(crate) fn table_name(&self) -> Result<Option<QualifiedName>, CommandError> {
        const KEY: &str = "table-name";
        let Some(said) = self.said.get(KEY) else {
            return Ok(None);
        };
        let name = said.as_str().ok_or_else(|| format!("it is {said}"));
        let table = name.and_then(str::parse);
        table
            .map(Some)
            .map_err(|reason| self.error(KEY, "names no table", reason))
    }

    /// The characters that sqlx leaves out of checksums.
    pub(crate) fn ignored(&self) -> Result<BTreeSet<char>, CommandError> {
        const KEY: &str = "ignored-chars";
        let Some(said) = self.said.get(KEY) else {
            return Ok(BTreeSet::new());
        };
        let texts = said.as_array().map(|texts| texts.iter());
        let texts = texts.and_then(|texts| texts.map(toml::Value::as_str).collect());
        let texts: Vec<&str> =
            texts.ok_or_else(|| self.error(KEY, "is no list of texts", format!("it is {said}")))?;
        Ok(texts.into_iter().flat_map(str::chars).collect())
    }

    fn error(&self, key: &str, what: &str, reason: String) -> CommandError {
        CommandError::config(format!("`{key}` in {} {what}", self.shown)).cause(reason)
    }
}
