//! What a tool is told of its migrations: where they are, which table it has, what its checksums leave out.

use std::path::Path;

use limbeck_core::schema::QualifiedName;
use limbeck_engine::layout::Layout;
use limbeck_engine::takeover::ToolSettings;

use crate::command_error::CommandError;
use crate::neighbours::{DIESEL, SQLX, Settings};
use crate::workspace::Workspace;

impl Workspace {
    /// The table in which the tool keeps what it has run.
    pub(crate) fn table_of_layout(&self) -> Option<QualifiedName> {
        let layout = self.layout()?;
        // What is wrong with the settings is told where the migrations are read.
        let table = self.table_in(layout).ok();
        table.or_else(|| Some(QualifiedName::new(layout.tool().table())))
    }

    pub(super) fn table_in(&self, layout: Layout) -> Result<QualifiedName, CommandError> {
        let said = match layout {
            Layout::Sqlx => self.settings_of_sqlx(&self.shown(""))?.table_name()?,
            Layout::Diesel | Layout::Refinery => None,
        };
        Ok(said.unwrap_or_else(|| QualifiedName::new(layout.tool().table())))
    }

    /// The folder of the migrations, as the tool is told; none where it is told nothing.
    pub(super) fn place_in_settings(&self, layout: Layout) -> Result<Option<String>, CommandError> {
        let file = match layout {
            Layout::Sqlx => SQLX,
            Layout::Diesel => DIESEL,
            Layout::Refinery => return Ok(None),
        };
        file.folder(&file.read(&self.shown(""), &self.within)?)
    }

    /// What else the tool is told.
    pub(super) fn settings_of(&self, layout: Layout) -> Result<ToolSettings, CommandError> {
        let ignored = match layout {
            Layout::Sqlx => self.settings_of_sqlx(&self.shown(""))?.ignored()?,
            // refinery tells of its build nowhere: both sums are of its files.
            Layout::Diesel | Layout::Refinery => Default::default(),
        };
        Ok(ToolSettings {
            ignored,
            ..ToolSettings::default()
        })
    }

    /// What the file of sqlx in a folder says.
    pub(crate) fn settings_of_sqlx(&self, folder: &Path) -> Result<Settings, CommandError> {
        SQLX.read(folder, &self.within)
    }
}
