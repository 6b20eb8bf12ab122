//! `limbeck database`: a scratch database in the state of models or revisions, for other programs.

mod keeper;
mod program;
mod standing;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use limbeck::folder::Folder;
use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::RevisionId;
use limbeck_core::schema::Models;
use limbeck_engine::compare::Project;
use limbeck_engine::standing::{self as engine, StandingError};
use limbeck_engine::state::{Bench, Copy};
use serde::Serialize;

use super::GlobalArgs;
use crate::command_error::CommandError;
use crate::commands::identifier;
use crate::config::written_duration;
use crate::explain;
use crate::ui::Ui;
use crate::workspace::Workspace;

const MODELS: &str = "models";

/// Make a scratch database of models or revisions, and print its URL or run a command on it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  limbeck database -- cargo sqlx prepare
  limbeck database --at head -- diesel print-schema
  export DATABASE_URL=$(limbeck database)")]
pub(crate) struct DatabaseArgs {
    /// The state: `models`, or revisions, as `head`, `heads`, `base` or an id
    ///
    /// [default: models]
    #[arg(long, value_name = "STATE", allow_negative_numbers = true)]
    pub(crate) at: Option<String>,
    /// End and remove what stands of this project; with --at this one alone
    #[arg(long, conflicts_with_all = ["command", "idle"])]
    pub(crate) drop: bool,
    /// How long a database of PostgreSQL stands that nobody uses, such as 30min or 8h
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = idle, conflicts_with = "command")]
    pub(crate) idle: Duration,
    /// The process that keeps a database of PostgreSQL
    #[arg(long, hide = true)]
    pub(crate) keep: bool,
    /// The command, with its arguments; DATABASE_URL in its environment is the database
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

impl DatabaseArgs {
    fn at(&self) -> &str {
        self.at.as_deref().unwrap_or(MODELS)
    }
}

fn idle(text: &str) -> Result<Duration, String> {
    written_duration(text).ok_or_else(|| "write a time such as 30min or 8h".to_owned())
}

/// A database that stands, as programs read it.
#[derive(Debug, Serialize)]
struct Standing {
    url: String,
    at: String,
    dialect: &'static str,
    /// Whether it was there already.
    reused: bool,
}

/// The state that is asked for, and all that it is made from.
struct Wanted {
    dialect: Dialect,
    at: String,
    folder: Folder,
    revisions: Vec<RevisionId>,
    models: Option<Models>,
    unmanaged: Unmanaged,
}

impl Wanted {
    async fn read(
        ui: &Ui,
        workspace: &Workspace,
        args: &DatabaseArgs,
    ) -> Result<Self, CommandError> {
        let dialect = dialect(workspace)?;
        let folder = workspace.folder()?;
        workspace.refuse_unsaid(&folder.graph, dialect)?;
        let (models, revisions) = if args.at() == MODELS {
            let heads = folder.graph.heads().into_iter().cloned().collect();
            (Some(workspace.models(ui)?), heads)
        } else {
            let revisions = identifier::in_files(ui, workspace, &folder.graph, args.at()).await?;
            (None, revisions)
        };
        Ok(Self {
            dialect,
            at: args.at().to_owned(),
            folder,
            revisions,
            models,
            unmanaged: workspace.unmanaged(),
        })
    }

    fn project(&self) -> Project<'_> {
        Project {
            folder: &self.folder,
            parents: &self.revisions,
            unmanaged: &self.unmanaged,
        }
    }

    async fn fingerprint(&self, bench: &mut Bench) -> Result<String, CommandError> {
        let found = engine::fingerprint(bench, self.project(), self.models.as_ref()).await;
        found.map_err(|error| self.explain(&error))
    }

    async fn make(&self, bench: &mut Bench) -> Result<Copy, CommandError> {
        let made = engine::make(bench, self.project(), self.models.as_ref()).await;
        made.map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &StandingError) -> CommandError {
        explain::standing(error, self.models.as_ref())
    }

    /// As messages name it: `the models`, `head`.
    fn shown(&self) -> String {
        match self.models {
            Some(_) => "the models".to_owned(),
            None => format!("`{}`", self.at),
        }
    }
}

pub(crate) async fn cmd_database(
    ui: &Ui,
    workspace: &Workspace,
    global: &GlobalArgs,
    args: &DatabaseArgs,
) -> Result<ExitCode, CommandError> {
    if args.drop {
        standing::drop_all(ui, workspace, args).await?;
    } else if args.keep {
        keeper::keep(ui, workspace, args).await?;
    } else if args.command.is_empty() {
        standing::print(ui, workspace, global, args).await?;
    } else {
        return program::run(ui, workspace, args).await;
    }
    Ok(ExitCode::SUCCESS)
}

/// The one dialect that the database is of: that of a flag, of the URL, or the only one of the project.
fn dialect(workspace: &Workspace) -> Result<Dialect, CommandError> {
    let possible = workspace.dialects()?;
    if let [dialect] = possible.as_slice() {
        return Ok(*dialect);
    }
    if let Ok(Some(url)) = workspace.url()
        && possible.contains(&url.dialect())
    {
        return Ok(url.dialect());
    }
    Err(CommandError::usage(
        "the project is for both databases, and no URL says which one is meant",
    )
    .hint("add --dialect postgres or --dialect sqlite"))
}
