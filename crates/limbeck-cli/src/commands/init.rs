//! `limbeck init`: a configuration to fill in, and a folder for revisions.

mod chosen;
mod configuration;
mod dependencies;
mod entities;
mod existing;
mod files;
mod models;
mod other_dialect;
mod others;
mod place;
mod report;
mod stamp;
mod stands_for;
mod take_over;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use limbeck_models::Within;

use self::files::Files;
use crate::allowed::Allowed;
use crate::checkout::{self, Readable};
use crate::command_error::CommandError;
use crate::commands::GlobalArgs;
use crate::config::FILE;
use crate::environment::Environment;
use crate::neighbours::{self, Migrations, Neighbour, OWN_FOLDER};
use crate::ui::Ui;
use crate::workspace::{Workspace, current_folder, relative, started_in};

/// Write a limbeck.toml and a folder for revisions
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Begin with a database that is there: write its models and a baseline, and stamp it
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,
    /// Write the models into this file
    #[arg(long, value_name = "FILE", requires = "from")]
    pub(crate) models: Option<PathBuf>,
    /// Write a file for each table, in the folder of the module that --models names
    #[arg(long, requires = "from")]
    pub(crate) file_per_table: bool,
    /// Begin with one revision of what the database holds, also where the migrations of another tool have made it
    #[arg(long, requires = "from")]
    pub(crate) baseline: bool,
    /// Take migrations over though their files changed since they were run
    #[arg(long, requires = "from", conflicts_with = "baseline")]
    pub(crate) accept_edited: bool,
    /// Make a revision of what was done to the database besides its migrations
    #[arg(long, requires = "from", conflicts_with = "baseline")]
    pub(crate) keep_drift: bool,
    /// Take the SQL of Alembic's migrations from what `alembic … --sql` has printed; once for each file
    #[arg(
        long,
        value_name = "FILE",
        requires = "from",
        conflicts_with = "baseline"
    )]
    pub(crate) sql_from: Vec<PathBuf>,
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
    let usual = root.join("migrations");
    let within = checkout::alone(&here.join(&root));
    let is_here = within.outside(&usual).is_none();
    let of_others = is_here.then(|| Migrations::below(&usual)).flatten();
    let text = match of_others {
        None => TEMPLATE.to_owned(),
        Some(_) => TEMPLATE.replace(
            "# migrations = \"migrations\"",
            &format!("# `migrations` is another tool's.\nmigrations = \"{OWN_FOLDER}\""),
        ),
    };
    let text = text + &entities::models_table(&root);
    let created = File::create_new(&file).and_then(|mut file| file.write_all(text.as_bytes()));
    match created {
        Ok(()) => ui.data(format!("Created {}", file.display())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            ui.note(format!("{} is there already", file.display()));
        }
        Err(error) => return Err(failed(&file, &error)),
    }
    let workspace = Workspace::find(global, Readable::Everywhere).ok();
    let kept = workspace
        .as_ref()
        .zip(workspace.as_ref().and_then(Workspace::layout));
    let folder = match (kept, &of_others) {
        (Some((workspace, layout)), _) => workspace.place_of(layout)?,
        (None, None) => usual,
        (None, Some(_)) => root.join(OWN_FOLDER),
    };
    if folder.is_dir() {
        ui.note(format!("{} is there already", folder.display()));
    } else {
        let mut files = Files::within(within.clone());
        files.folder(&folder)?;
        files.keep();
        ui.data(format!("Created {}", folder.display()));
    }
    write_beside(ui, &root, &within)?;
    let environment = Environment::read(
        &here.join(&root),
        // What stands there is the user's own.
        &Within::default(),
        &Allowed::by(global),
    );
    let entities = entities::of_project(global, &root).map(Neighbour::Entities);
    if let Some((_, layout)) = kept {
        if let Some(one) = &entities {
            ui.note(format!("Found {one}: {}", one.fate()));
        }
        ui.note("Next: limbeck revision --autogenerate -m \"What changes\", then");
        ui.note(format!("  {}", layout.upgrade()));
        return Ok(());
    }
    let migrations = Migrations::of_project(&root, &[], &within).into_iter();
    let migrations = migrations.map(Neighbour::Migrations);
    let found: Vec<Neighbour> = entities.into_iter().chain(migrations).collect();
    for one in &found {
        ui.note(format!("Found {one}: {}", one.fate()));
    }
    if !found.is_empty() {
        ui.note(format!("Next: {}", neighbours::HINT));
        return Ok(());
    }
    if environment.get("DATABASE_URL").is_none() {
        ui.note("Next: cp .env.example .env, and name your database there");
    }
    ui.note("Next: derive `Table` on your structs, then");
    ui.note("  limbeck revision --autogenerate -m \"Initial schema\"");
    ui.note("  limbeck upgrade");
    Ok(())
}

/// What keeps passwords and databases out of the repository, and says which variable there is.
const IGNORED: [&str; 4] = [".env", "*.db", "*.db-shm", "*.db-wal"];

const EXAMPLE: &str = "\
# Copy it to .env, which is read from here and never committed.
# DATABASE_URL=postgres://user:password@localhost:5432/database
DATABASE_URL=sqlite:///./app.db
";

/// Writes `.env.example`, and adds to `.gitignore` the lines that it lacks; nothing is overwritten.
fn write_beside(ui: &Ui, root: &Path, within: &Within) -> Result<(), CommandError> {
    let example = root.join(".env.example");
    let created =
        File::create_new(&example).and_then(|mut file| file.write_all(EXAMPLE.as_bytes()));
    match created {
        Ok(()) => ui.data(format!("Created {}", example.display())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(&example, &error)),
    }
    let ignore = root.join(".gitignore");
    // Git reads no `.gitignore` that is a link; one may lead out of the checkout.
    if ignore.is_symlink() || within.outside(&ignore).is_some() {
        ui.note(format!(
            "{} is a link: add {} to what Git ignores",
            ignore.display(),
            IGNORED.join(", ")
        ));
        return Ok(());
    }
    let text = match fs::read_to_string(&ignore) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(&ignore, &error)),
    };
    let has = |line: &str| {
        text.lines()
            .map(|one| one.trim().trim_start_matches('/'))
            .into_iter()
            .any(|one| one == line)
    };
    let missing: Vec<&str> = IGNORED.into_iter().filter(|line| !has(line)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line_end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let added = format!("{line_end}{}\n", missing.join("\n"));
    let appended = File::options().append(true).create(true).open(&ignore);
    appended
        .and_then(|mut file| file.write_all(added.as_bytes()))
        .map_err(|error| failed(&ignore, &error))?;
    ui.data(format!(
        "Added {} to {}",
        missing.join(", "),
        ignore.display()
    ));
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    CommandError::config(format!("cannot create {}", path.display())).cause(error.to_string())
}
