//! The `todo` command.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use limbeck::migrator::MigratorError;
use sea_orm::DatabaseConnection;
use todo::scripts::{self, Confirmation, Verdict};
use todo::serve::{ServeError, serve};
use todo::settings::{LogFormat, Settings, SettingsError};
use tracing_subscriber::EnvFilter;

/// Keep tasks for users, and what they say about them
#[derive(Parser)]
#[command(version)]
enum Todo {
    /// Serve the API
    Serve {
        /// The address to listen at, instead of HOST
        #[arg(long)]
        host: Option<std::net::IpAddr>,
        /// The port to listen at, instead of PORT
        #[arg(long)]
        port: Option<u16>,
    },
    /// Connect to the database once, and say where or why not
    TestConnection,
    /// Run the revisions, and list the tables
    InitDb,
    /// Try users and todos, and leave nothing behind
    TestDb,
    /// Try every table, and leave nothing behind
    TestModels,
    /// Make a test user with three tasks (development)
    Seed,
    /// Delete every row (development)
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Look at the database, and change its schema
    #[command(subcommand)]
    Migrate(limbeck::migrator::Command),
}

fn main() -> ExitCode {
    let command = Todo::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(run(command)) {
        Ok(code) => code,
        Err(error) => failed(error.as_ref()),
    }
}

async fn run(command: Todo) -> Result<ExitCode, Box<dyn std::error::Error>> {
    // Cargo tells where the package is; a binary that was installed takes the folder it is started in.
    let base = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(std::env::current_dir, |folder| Ok(PathBuf::from(folder)))?;
    match dotenvy::from_path(base.join(".env")) {
        Ok(()) => {}
        Err(error) if error.not_found() => {}
        // The text of a line may be a secret.
        Err(_) => return Err(format!("{} cannot be read", base.join(".env").display()).into()),
    }
    let settings = Settings::read(&|key| std::env::var(key).ok(), &base)?;
    log(&settings, &command);
    if let Todo::Serve { host, port } = command {
        let mut settings = settings;
        if let Some(host) = host {
            settings.address.set_ip(host);
        }
        if let Some(port) = port {
            settings.address.set_port(port);
        }
        serve(&settings).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let db = todo::pool::open(&settings)?;
    let code = script(command, &settings, &db).await?;
    db.close().await?;
    Ok(code)
}

/// What is done once.
async fn script(
    command: Todo,
    settings: &Settings,
    db: &DatabaseConnection,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut out = io::stdout();
    let verdict = match command {
        Todo::TestConnection => scripts::test_connection(&settings.database, &mut out).await?,
        Todo::TestDb => scripts::test_db(db, &mut out).await?,
        Todo::TestModels => scripts::test_models(db, &mut out).await?,
        Todo::InitDb => {
            scripts::init_db(&settings.database, db, &mut out).await?;
            Verdict::Passed
        }
        Todo::Seed => {
            scripts::seed(settings, db, &mut out).await?;
            Verdict::Passed
        }
        Todo::Reset { yes } => {
            let mut answers = io::BufReader::new(io::stdin());
            let confirmation = match (yes, io::stdin().is_terminal()) {
                (true, _) => Confirmation::Given,
                (false, true) => Confirmation::Ask(&mut answers),
                (false, false) => Confirmation::Impossible,
            };
            scripts::reset(settings, db, confirmation, &mut out).await?;
            Verdict::Passed
        }
        Todo::Migrate(command) => {
            let mut notes = io::stderr();
            let outcome = command.run(&todo::MIGRATOR, db, &mut out, &mut notes);
            return Ok(outcome.await?.into());
        }
        // It has no end, and is not here.
        Todo::Serve { .. } => Verdict::Passed,
    };
    Ok(match verdict {
        Verdict::Passed => ExitCode::SUCCESS,
        Verdict::Failed => ExitCode::FAILURE,
    })
}

fn log(settings: &Settings, command: &Todo) {
    let statements = if settings.debug { "info" } else { "warn" };
    let revisions = match command {
        Todo::Serve { .. } => "info",
        // They tell by themselves what they do.
        _ => "warn",
    };
    let usual = format!(
        "{},sqlx={statements},limbeck={revisions}",
        settings.log_level
    );
    // `RUST_LOG` says it in more words, and wins.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    let mut lines = Vec::new();
    match error.downcast_ref::<SettingsError>() {
        Some(SettingsError(all)) => {
            lines.extend(all.iter().map(|wrong| format!("error: {wrong}")));
        }
        None => lines.push(format!("error: {error}")),
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        lines.push(format!("cause: {error}"));
        cause = error.source();
    }
    if let Some(ServeError::Revisions(MigratorError::Pending(_))) = error.downcast_ref() {
        lines.push("hint: todo migrate upgrade, or MIGRATE_ON_START=upgrade".to_owned());
    }
    lines.push(String::new());
    // There is nowhere to tell that this fails.
    let _ = io::stderr().write_all(lines.join("\n").as_bytes());
    ExitCode::FAILURE
}
