//! `limbeck init`: a configuration to fill in, and a folder for revisions.

mod configuration;
mod existing;
mod files;
mod others;
mod place;
mod report;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::command_error::CommandError;
use crate::commands::GlobalArgs;
use crate::config::FILE;
use crate::ui::Ui;
use crate::workspace::{current_folder, relative, started_in};

/// Write a limbeck.toml and a folder for revisions
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Begin with a database that is there: write its models and a baseline, and stamp it
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,
    /// Write the models into this file
    #[arg(long, value_name = "FILE", requires = "from")]
    pub(crate) models: Option<PathBuf>,
    /// Give the baseline this id
    #[arg(long, value_name = "ID", requires = "from")]
    pub(crate) rev_id: Option<String>,
}

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

pub(crate) async fn cmd_init(
    ui: &Ui,
    global: &GlobalArgs,
    args: &InitArgs,
) -> Result<(), CommandError> {
    match &args.from {
        Some(from) => existing::init_from(ui, global, args, from).await,
        None => init(ui, global),
    }
}

fn init(ui: &Ui, global: &GlobalArgs) -> Result<(), CommandError> {
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
