//! The subcommands, one file each, and the flags that all of them share.

mod adopt;
mod branches;
mod check;
mod completions;
mod current;
mod database;
mod diff;
mod doctor;
mod downgrade;
mod edit;
mod heads;
mod history;
mod identifier;
mod init;
mod inspect;
mod man;
mod merge;
mod repair;
mod resume;
mod revision;
mod script;
mod show;
mod stamp;
mod upgrade;
mod verify;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use limbeck_core::dialect::Dialect;

use crate::checkout::Readable;
use crate::command_error::{CommandError, Kind};
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Rust structs to proven, reversible SQL revisions
#[derive(Debug, Parser)]
#[command(name = "limbeck", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every subcommand.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Run as if started in this folder
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    /// Read this configuration instead of the nearest limbeck.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Use this database instead of `url` and DATABASE_URL
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) url: Option<String>,
    /// Use the settings of [env.NAME]; LIMBECK_ENV does the same
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Work on this dialect only; may be given more than once
    #[arg(long = "dialect", global = true, value_name = "DIALECT", value_parser = parse_dialect)]
    pub(crate) dialects: Vec<Dialect>,
    /// Run revisions as a superuser on scratch servers: whatever they say may read and run what the server can
    #[arg(long, global = true)]
    pub(crate) trust_revisions: bool,
    /// Let revisions install this extension on Limbeck's own scratch server, though only a superuser may; may be given more than once
    #[arg(long = "allow-extension", global = true, value_name = "NAME")]
    pub(crate) allow_extensions: Vec<String>,
    /// Let URLs in limbeck.toml hold this variable, besides DATABASE_URL and PG…; may be given more than once
    #[arg(long = "variable", global = true, value_name = "NAME")]
    pub(crate) variables: Vec<String>,
    /// Keep nothing for the next run, and use nothing that an earlier one kept
    #[arg(long, global = true)]
    pub(crate) no_cache: bool,
    /// Read files of this folder, too, where the checkout names them; may be given more than once
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) read_outside: Vec<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = ColorWhen::Auto, value_name = "WHEN")]
    pub(crate) color: ColorWhen,
    /// Tell errors and warnings only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Tell more
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Write data as text or as JSON
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,
}

impl GlobalArgs {
    /// The same flags for another process: without those about what is shown, and without the URL, whose password
    /// is for no command line.
    pub(crate) fn again(&self) -> Vec<OsString> {
        let Self {
            directory,
            config,
            url: _,
            env,
            dialects,
            trust_revisions,
            allow_extensions,
            variables,
            no_cache,
            read_outside,
            color: _,
            quiet: _,
            verbose: _,
            format: _,
        } = self;
        let mut arguments = Vec::new();
        let mut add = |flag: &str, value: &OsStr| {
            let mut argument = OsString::from(format!("{flag}="));
            argument.push(value);
            arguments.push(argument);
        };
        for (flag, paths) in [
            ("--directory", directory.as_slice()),
            ("--config", config.as_slice()),
            ("--read-outside", read_outside.as_slice()),
        ] {
            paths.iter().for_each(|path| add(flag, path.as_os_str()));
        }
        for (flag, texts) in [
            ("--env", env.as_slice()),
            ("--allow-extension", allow_extensions.as_slice()),
            ("--variable", variables.as_slice()),
        ] {
            texts.iter().for_each(|text| add(flag, text.as_ref()));
        }
        for dialect in dialects {
            add("--dialect", dialect.as_str().as_ref());
        }
        for (flag, is_set) in [
            ("--trust-revisions", *trust_revisions),
            ("--no-cache", *no_cache),
        ] {
            arguments.extend(is_set.then(|| OsString::from(flag)));
        }
        arguments
    }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// At a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// What data is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// As models, which only `inspect` writes
    #[value(skip)]
    Rust,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a limbeck.toml and a folder for revisions, or begin with a database that is there
    Init(init::InitArgs),
    /// Write a new revision
    Revision(Box<revision::RevisionArgs>),
    /// Run revisions up to a target
    Upgrade(upgrade::UpgradeArgs),
    /// Take revisions back down to a target
    Downgrade(downgrade::DowngradeArgs),
    /// Show at which revisions the database is
    Current(current::CurrentArgs),
    /// List revisions, newest first
    History(history::HistoryArgs),
    /// Show the revisions that no other builds on
    Heads(heads::HeadsArgs),
    /// Show the revisions from which branches go out
    Branches(branches::BranchesArgs),
    /// Join branches, if they make the same in either order
    Merge(merge::MergeArgs),
    /// Show one revision
    Show(show::ShowArgs),
    /// Open the file of a revision in an editor
    Edit(edit::EditArgs),
    /// Tell the database at which revision it is, without running anything
    Stamp(stamp::StampArgs),
    /// Say what became of a statement that a killed run has begun, and go on
    Resume(resume::ResumeArgs),
    /// Take edited files for what has been run, once you have looked at them
    Repair(repair::RepairArgs),
    /// Compare models, revisions and database; exit 1 when anything differs
    Check(check::CheckArgs),
    /// Print the way from one schema to another; exit 1 when they differ
    Diff(diff::DiffArgs),
    /// Print what a database holds, as SQL, JSON or models
    Inspect(inspect::InspectArgs),
    /// Prove revisions on a scratch database: upgrade, downgrade, upgrade again
    Verify(verify::VerifyArgs),
    /// Write into entities of SeaORM what the database has and they do not say
    ///
    /// What the revisions build and an entity leaves to the database (defaults, indexes, unique and check constraints,
    /// comments, lengths, …) is shown as a patch, and written once you say yes, or with --write. SeaORM's own keys are used
    /// where it has them; the rest is `#[cfg_attr(any(), limbeck(…))]`, which needs no dependency: every compiler drops it.
    /// From then on these facts are the entity's, and compared. Exit 1 when something is to be written and is not.
    Adopt(adopt::AdoptArgs),
    /// Make a scratch database of models or revisions, and print its URL or run a command on it
    ///
    /// For programs that look at a database when they are built or when they write code: the macros of sqlx, `cargo sqlx
    /// prepare`, `diesel print-schema`, `sea-orm-cli generate entity`. It holds what revisions put into it, and no row of yours.
    ///
    /// With a command it is gone when that ends, and the exit code is that of the command. Without one its URL is printed,
    /// which stays the same for a project and a state: a second call with the same models and revisions is quick, and with
    /// others the database is made anew. On SQLite it is a file in Limbeck's cache folder, which stays until --drop. On PostgreSQL a
    /// process stays behind that keeps a server for it, and ends both at --drop or when nobody has used the database for --idle.
    /// No other user of the machine can read either.
    Database(database::DatabaseArgs),
    /// Look at everything that a run needs, and say what to type about each trouble; exit 1 when there is one
    Doctor(doctor::DoctorArgs),
    /// Print a script that makes a shell complete commands and flags
    Completions(completions::CompletionsArgs),
    /// Print the manual page, as `man` reads it: limbeck man | man -l -
    Man(man::ManArgs),
}

/// Runs the chosen subcommand.
pub(crate) fn run(ui: &Ui, cli: &Cli) -> Result<ExitCode, CommandError> {
    if let Command::Completions(args) = &cli.command {
        completions::cmd_completions(ui, args);
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Man(args) = &cli.command {
        return man::cmd_man(ui, args).map(|()| ExitCode::SUCCESS);
    }
    start_logging(ui);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::of(Kind::Bug, &error))?;
    if let Command::Init(args) = &cli.command {
        let outcome = runtime.block_on(init::cmd_init(ui, &cli.global, args));
        return outcome.map(|()| ExitCode::SUCCESS);
    }
    let workspace = match &cli.command {
        // What a database forgets needs no project.
        Command::Stamp(args) if args.forgets_all() => {
            Workspace::find_or_here(&cli.global, Readable::Everywhere)
        }
        // Their revisions run on a database of the user's: what they name is the user's word.
        Command::Upgrade(_)
        | Command::Downgrade(_)
        | Command::Stamp(_)
        | Command::Resume(_)
        | Command::Repair(_)
        | Command::Init(_) => Workspace::find(&cli.global, Readable::Everywhere),
        Command::Doctor(_) => Workspace::find_or_here(&cli.global, Readable::Checkout),
        // Databases can be looked at and compared anywhere.
        Command::Diff(_) | Command::Inspect(_) | Command::Completions(_) | Command::Man(_) => {
            Workspace::find_or_here(&cli.global, Readable::Checkout)
        }
        Command::Revision(_)
        | Command::Current(_)
        | Command::History(_)
        | Command::Heads(_)
        | Command::Branches(_)
        | Command::Merge(_)
        | Command::Show(_)
        | Command::Edit(_)
        | Command::Check(_)
        | Command::Adopt(_)
        | Command::Database(_)
        | Command::Verify(_) => Workspace::find(&cli.global, Readable::Checkout),
    }?;
    if let Some(text) = workspace.elsewhere() {
        ui.warning(text);
    }
    // The tool whose layout the files have does these, or has no place for them.
    match &cli.command {
        Command::Upgrade(_) => workspace.refuse_in_layout("upgrade")?,
        Command::Downgrade(_) => workspace.refuse_in_layout("downgrade")?,
        Command::Stamp(_) => workspace.refuse_in_layout("stamp")?,
        Command::Resume(_) => workspace.refuse_in_layout("resume")?,
        Command::Repair(_) => workspace.refuse_in_layout("repair")?,
        Command::Merge(_) => workspace.refuse_in_layout("merge")?,
        _ => {}
    }
    if let Command::Database(args) = &cli.command {
        let outcome = runtime.block_on(database::cmd_database(ui, &workspace, &cli.global, args));
        return outcome.map_err(|error| in_words_of(error, &workspace));
    }
    let outcome = runtime.block_on(async {
        match &cli.command {
            Command::Init(_) | Command::Database(_) | Command::Completions(_) | Command::Man(_) => {
                Ok(())
            }
            Command::Revision(args) => revision::cmd_revision(ui, &workspace, args).await,
            Command::Upgrade(args) => upgrade::cmd_upgrade(ui, &workspace, args).await,
            Command::Downgrade(args) => downgrade::cmd_downgrade(ui, &workspace, args).await,
            Command::Current(args) => current::cmd_current(ui, &workspace, args).await,
            Command::History(args) => history::cmd_history(ui, &workspace, args).await,
            Command::Heads(args) => heads::cmd_heads(ui, &workspace, args),
            Command::Show(args) => show::cmd_show(ui, &workspace, args).await,
            Command::Edit(args) => edit::cmd_edit(ui, &workspace, args).await,
            Command::Branches(args) => branches::cmd_branches(ui, &workspace, args),
            Command::Merge(args) => merge::cmd_merge(ui, &workspace, args).await,
            Command::Stamp(args) => stamp::cmd_stamp(ui, &workspace, args).await,
            Command::Resume(args) => resume::cmd_resume(ui, &workspace, args).await,
            Command::Repair(args) => repair::cmd_repair(ui, &workspace, args).await,
            Command::Check(args) => check::cmd_check(ui, &workspace, args).await,
            Command::Diff(args) => diff::cmd_diff(ui, &workspace, args).await,
            Command::Inspect(args) => inspect::cmd_inspect(ui, &workspace, args).await,
            Command::Adopt(args) => adopt::cmd_adopt(ui, &workspace, args).await,
            Command::Verify(args) => verify::cmd_verify(ui, &workspace, args).await,
            Command::Doctor(args) => doctor::cmd_doctor(ui, &workspace, args).await,
        }
    });
    outcome
        .map(|()| ExitCode::SUCCESS)
        .map_err(|error| in_words_of(error, &workspace))
}

/// An error with what can be typed in this project.
fn in_words_of(error: CommandError, workspace: &Workspace) -> CommandError {
    let error = workspace.in_words_of_layout(without_scratch(error, workspace));
    workspace.with_own_file(error)
}

/// Where no server can be had for scratch databases, the project's other dialects go on.
fn without_scratch(error: CommandError, workspace: &Workspace) -> CommandError {
    let works_elsewhere = error.kind == Kind::Scratch
        && workspace
            .listed_dialects()
            .is_ok_and(|listed| listed.contains(&Dialect::Sqlite));
    if works_elsewhere {
        error.hint("leave PostgreSQL for later: `--dialect sqlite`")
    } else {
        error
    }
}

fn parse_dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "postgresql" => Ok(Dialect::Postgres),
        _ => text
            .parse()
            .map_err(|error: limbeck_core::dialect::UnknownDialect| error.to_string()),
    }
}

fn start_logging(ui: &Ui) {
    let level = if ui.verbose {
        "limbeck=info,limbeck::run::sql=debug"
    } else {
        "limbeck=warn"
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("LIMBECK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| crate::ui::LogWriter)
        .with_ansi(false)
        .without_time()
        .try_init();
    // A second start, as in a test, changes nothing.
    drop(started);
}
