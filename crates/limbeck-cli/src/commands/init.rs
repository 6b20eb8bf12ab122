//! `limbeck init`: a configuration to fill in, and a folder for revisions.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use clap::Args;

use crate::command_error::CommandError;
use crate::commands::GlobalArgs;
use crate::config::FILE;
use crate::ui::Ui;
use crate::workspace::{current_folder, relative, started_in};

/// Write a limbeck.toml and a folder for revisions
#[derive(Debug, Args)]
pub(crate) struct InitArgs {}

const TEMPLATE: &str = r#"# Everything has a default; remove the `#` of what you change.

# The databases that revisions are written for.
# dialects = ["postgres", "sqlite"]

# The database; without it DATABASE_URL of the environment or of .env.
# url = "${DATABASE_URL}"

# A PostgreSQL server for scratch databases, when none is installed here.
# scratch_url = "postgres://postgres@localhost/postgres"

# migrations = "migrations"

# Tables that belong to others.
# [unmanaged]
# tables = ["legacy_*"]
"#;

pub(crate) fn cmd_init(ui: &Ui, global: &GlobalArgs, _args: &InitArgs) -> Result<(), CommandError> {
    let here = current_folder()?;
    let root = relative(&here, &started_in(&here, global)?);
    let file = root.join(FILE);
    let created = File::create_new(&file).and_then(|mut file| file.write_all(TEMPLATE.as_bytes()));
    match created {
        Ok(()) => ui.data(format!("Created {}", file.display())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            ui.note(format!("{} is there already", file.display()));
        }
        Err(error) => return Err(failed(&file, &error)),
    }
    let folder = root.join("migrations");
    if folder.is_dir() {
        ui.note(format!("{} is there already", folder.display()));
    } else {
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        ui.data(format!("Created {}", folder.display()));
    }
    ui.note("Next: derive `Table` on your structs, then");
    ui.note("  limbeck revision --autogenerate -m \"Initial schema\"");
    ui.note("  limbeck upgrade");
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    CommandError::config(format!("cannot create {}", path.display())).cause(error.to_string())
}
