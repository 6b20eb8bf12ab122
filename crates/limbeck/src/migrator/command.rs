//! A subcommand that an application mounts in its own clap parser.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Subcommand;
use limbeck_core::revision::{Direction, Graph, Revision, RevisionId};

use super::{Database, Migrator, MigratorError, Status, log};
use crate::run::{Event, Loss, RunOptions};

/// What an application's command can do with its database, in the words of `limbeck`.
///
/// ```
/// use std::io;
/// use std::process::ExitCode;
///
/// use clap::Parser;
/// use limbeck::migrator::{Command, Migrator};
///
/// static MIGRATOR: Migrator = limbeck::embed!("examples/migrations");
///
/// #[derive(Parser)]
/// enum Notes {
///     /// Serve notes
///     Serve,
///     /// Look at the database, and change its schema
///     #[command(subcommand)]
///     Migrate(Command),
/// }
///
/// async fn run(notes: Notes, pool: sqlx::SqlitePool) -> Result<ExitCode, Box<dyn std::error::Error>> {
///     match notes {
///         Notes::Serve => Ok(ExitCode::SUCCESS),
///         Notes::Migrate(command) => {
///             let (mut out, mut notes) = (io::stdout(), io::stderr());
///             let outcome = command.run(&MIGRATOR, &pool, &mut out, &mut notes).await?;
///             Ok(outcome.into())
///         }
///     }
/// }
/// # Notes::parse_from(["notes", "migrate", "downgrade", "-1", "--allow-loss"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Run revisions up to a target
    Upgrade {
        /// An id, the start of one, a label, `head`, `heads`, steps such as `+1`, or one branch: `label@head`
        #[arg(default_value = "heads", allow_negative_numbers = true)]
        target: String,
        /// Go on though what no revision made, or another branch, will be gone
        #[arg(long)]
        allow_loss: bool,
    },
    /// Take revisions back down to a target
    Downgrade {
        /// An id, the start of one, a label, `base`, or steps such as `-1`
        #[arg(allow_negative_numbers = true)]
        target: String,
        /// Go on though rows or values will be gone
        #[arg(long)]
        allow_loss: bool,
    },
    /// Show at which revisions the database is
    Current,
    /// List revisions, newest first
    History,
    /// Tell the database at which revision it is, without running anything
    Stamp {
        /// An id, the start of one, a label, `head`, `heads` or `base`
        target: String,
    },
    /// List what is pending; exit 1 when anything is
    CheckPending,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and nothing is left to do.
    Done,
    /// Something is pending.
    Pending,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Pending => Self::from(1),
        }
    }
}

impl Command {
    /// Does it. What programs may read goes to `out`, the rest to `notes`.
    ///
    /// # Errors
    ///
    /// As [`Migrator::upgrade`]; nothing can be written.
    pub async fn run<D: Database + ?Sized>(
        &self,
        migrator: &Migrator,
        database: &D,
        out: &mut (dyn Write + Send),
        notes: &mut (dyn Write + Send),
    ) -> Result<Outcome, MigratorError> {
        match self {
            Self::Upgrade { target, allow_loss } => {
                let asked = Asked(Direction::Upgrade, target, *allow_loss);
                let ran = asked.run(migrator, database, notes).await?;
                if ran.is_empty() {
                    writeln!(notes, "There is nothing to run").map_err(unwritten)?;
                }
            }
            Self::Downgrade { target, allow_loss } => {
                let asked = Asked(Direction::Downgrade, target, *allow_loss);
                let ran = asked.run(migrator, database, notes).await?;
                if ran.is_empty() {
                    writeln!(notes, "There is nothing to take back").map_err(unwritten)?;
                }
            }
            Self::Current => {
                let status = migrator.status(database).await?;
                current(migrator.graph()?, &status, out, notes).map_err(unwritten)?;
            }
            Self::History => {
                let status = migrator.status(database).await?;
                history(migrator.graph()?, &status, out).map_err(unwritten)?;
            }
            Self::Stamp { target } => {
                for id in migrator.stamp_and_tell(database, target).await? {
                    let again = "the next upgrade runs it again";
                    writeln!(notes, "Forgotten: {id}, {again}").map_err(unwritten)?;
                }
            }
            Self::CheckPending => {
                let status = migrator.status(database).await?;
                return check(migrator.graph()?, &status, out, notes).map_err(unwritten);
            }
        }
        Ok(Outcome::Done)
    }
}

/// A run: which way, where to, and whether losses are accepted.
struct Asked<'a>(Direction, &'a str, bool);

impl Asked<'_> {
    async fn run<D: Database + ?Sized>(
        &self,
        migrator: &Migrator,
        database: &D,
        notes: &mut (dyn Write + Send),
    ) -> Result<Vec<RevisionId>, MigratorError> {
        let Self(direction, target, allow_loss) = *self;
        let mut options = migrator.options();
        if allow_loss {
            options = RunOptions {
                loss: Loss::Accept,
                ..options
            };
        }
        // A run is not stopped half-way because nobody reads what it tells.
        let mut written = Ok(());
        let mut on_event = |event: Event<'_>| {
            log(event);
            let told = tell(event, notes);
            if written.is_ok() {
                written = told;
            }
        };
        let ran = migrator
            .run(database, direction, target, &options, &mut on_event)
            .await?;
        written.map_err(unwritten)?;
        Ok(ran)
    }
}

fn tell(event: Event<'_>, notes: &mut (dyn Write + Send)) -> io::Result<()> {
    match event {
        Event::Running {
            direction,
            revision,
            ..
        } => writeln!(notes, "Running {direction} {}", line(revision)),
        Event::Resuming {
            direction,
            revision,
            half,
        } => writeln!(
            notes,
            "Going on with {direction} {}, after {half}",
            line(revision)
        ),
        Event::Waiting { seconds: 0 } => writeln!(notes, "Another run is under way, waiting"),
        Event::WaitingForWriter { seconds: 0 } => {
            writeln!(notes, "Another connection is writing to the file, waiting")
        }
        Event::Settled { object, .. } => {
            writeln!(notes, "An attempt before has left something of {object}")
        }
        Event::NotCompared { object, why } => writeln!(
            notes,
            "Whether somebody changed {object} by hand cannot be told: {why}"
        ),
        // What others there are is told by `tracing` where it is worth it.
        _ => Ok(()),
    }
}

fn current(
    graph: &Graph,
    status: &Status,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> io::Result<()> {
    for id in &status.current {
        writeln!(
            out,
            "{id}{}",
            if is_head(graph, id) { " (head)" } else { "" }
        )?;
    }
    if status.current.is_empty() {
        writeln!(notes, "Nothing has been run on this database")?;
    }
    state(status, notes)
}

/// What of a database is not as a run leaves it.
fn state(status: &Status, notes: &mut dyn Write) -> io::Result<()> {
    if let Some(gap) = &status.gap {
        writeln!(notes, "An upgrade refuses this database: {gap}")?;
    }
    if let Some(half) = &status.half {
        let (direction, id, done, of) = (half.direction, &half.id, half.done, half.of);
        writeln!(
            notes,
            "The {direction} of {id} is half done (step {done} of {of})"
        )?;
    }
    if let Some(half) = &status.unknown_half {
        let (direction, id) = (half.direction, &half.id);
        writeln!(
            notes,
            "Not of this release: the {direction} of {id} is half done ({half})"
        )?;
    }
    for row in &status.unknown {
        let (id, title, at) = (&row.id, &row.description, &row.applied_at);
        writeln!(notes, "Not of this release: {id}, {title}, run at {at}")?;
    }
    for id in &status.changed {
        writeln!(notes, "Changed since it was run: {id}")?;
    }
    Ok(())
}

fn history(graph: &Graph, status: &Status, out: &mut dyn Write) -> io::Result<()> {
    for revision in graph.iter().rev() {
        let id = &revision.id;
        let mut marks = String::new();
        for (is_so, mark) in [
            (is_head(graph, id), " (head)"),
            (status.current.contains(id), " (current)"),
            (status.pending.contains(id), " (pending)"),
        ] {
            marks += if is_so { mark } else { "" };
        }
        let parents: Vec<&str> = revision.parents.iter().map(RevisionId::as_str).collect();
        let parents = match parents.as_slice() {
            [] => "<base>".to_owned(),
            parents => parents.join(", "),
        };
        writeln!(out, "{parents} -> {id}{marks}, {}", revision.title())?;
    }
    Ok(())
}

fn check(
    graph: &Graph,
    status: &Status,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> io::Result<Outcome> {
    for revision in status.pending.iter().filter_map(|id| graph.get(id)) {
        writeln!(out, "{}", line(revision))?;
    }
    state(status, notes)?;
    if status.is_at_head() {
        writeln!(notes, "Nothing is pending")?;
        return Ok(Outcome::Done);
    }
    Ok(Outcome::Pending)
}

fn line(revision: &Revision) -> String {
    format!("{}, {}", revision.id, revision.title())
}

fn is_head(graph: &Graph, id: &RevisionId) -> bool {
    graph.heads().contains(&id)
}

fn unwritten(error: io::Error) -> MigratorError {
    MigratorError::Unwritten(error)
}
