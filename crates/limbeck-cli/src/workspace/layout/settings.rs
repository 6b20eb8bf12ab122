//! What a tool is told of its migrations: where they are, which table it has, what its checksums leave out.

use std::collections::BTreeSet;
use std::fs;

use limbeck_core::schema::QualifiedName;
use limbeck_engine::layout::Layout;
use limbeck_engine::takeover::ToolSettings;

use super::failed;
use crate::checkout;
use crate::command_error::CommandError;
use crate::workspace::Workspace;

/// What sqlx is told.
const SQLX: &str = "sqlx.toml";

/// What Diesel is told.
const DIESEL: &str = "diesel.toml";

impl Workspace {
    /// The table in which the tool keeps what it has run.
    pub(crate) fn table_of_layout(&self) -> Option<QualifiedName> {
        let layout = self.layout()?;
        // What is wrong with the settings is told where the migrations are read.
        let table = self.table_in(layout).ok();
        table.or_else(|| Some(QualifiedName::new(layout.tool().table())))
    }

    pub(super) fn table_in(&self, layout: Layout) -> Result<QualifiedName, CommandError> {
        let Some(said) = self.setting_of(layout, "table-name")? else {
            return Ok(QualifiedName::new(layout.tool().table()));
        };
        let name = said
            .as_str()
            .ok_or_else(|| format!("`{said}` is not a name"));
        let table = name.and_then(str::parse::<QualifiedName>);
        table.map_err(|reason| {
            let file = self.shown(SQLX);
            let text = format!("`table-name` in {} names no table", file.display());
            CommandError::config(text).cause(reason)
        })
    }

    /// The folder of the migrations, as the tool is told; none where it is told nothing.
    pub(super) fn place_in_settings(&self, layout: Layout) -> Result<Option<String>, CommandError> {
        let (file, key) = match layout {
            Layout::Sqlx => (SQLX, "migrations-dir"),
            Layout::Diesel => (DIESEL, "dir"),
            Layout::Refinery => return Ok(None),
        };
        let Some(said) = self.setting_of(layout, key)? else {
            return Ok(None);
        };
        match said.as_str() {
            Some(folder) => Ok(Some(folder.to_owned())),
            None => {
                let text = format!("`{key}` in {} names no folder", self.shown(file).display());
                Err(CommandError::config(text).cause(format!("`{said}` is not a text")))
            }
        }
    }

    /// What else the tool is told.
    pub(super) fn settings_of(&self, layout: Layout) -> Result<ToolSettings, CommandError> {
        let mut settings = ToolSettings::default();
        match layout {
            Layout::Sqlx => {
                let ignored = self.setting_of(layout, "ignored-chars")?;
                let ignored = ignored.as_ref().and_then(toml::Value::as_array);
                let ignored = ignored.into_iter().flatten();
                let ignored = ignored.filter_map(toml::Value::as_str);
                settings.ignored = ignored.flat_map(str::chars).collect::<BTreeSet<char>>();
            }
            // refinery tells of its build nowhere: both sums are of its files.
            Layout::Diesel | Layout::Refinery => {}
        }
        Ok(settings)
    }

    /// A setting of the tool, where it has a file of them.
    fn setting_of(&self, layout: Layout, key: &str) -> Result<Option<toml::Value>, CommandError> {
        let (file, table) = match layout {
            Layout::Sqlx => (SQLX, "migrate"),
            Layout::Diesel => (DIESEL, "migrations_directory"),
            Layout::Refinery => return Ok(None),
        };
        let path = self.shown(file);
        checkout::refuse(&self.within, &path, file)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, &error)),
        };
        let all: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            CommandError::config(format!("{} is not TOML", path.display()))
                .cause(error.message().to_owned())
        })?;
        let table = all.get(table);
        Ok(table.and_then(|table| table.get(key)).cloned())
    }
}
