//! SIGINT and SIGTERM while a database is being changed: the run is stopped, and the second one ends the command.

use std::future::Future;

use limbeck::run::{RunError, Stop};

use crate::command_error::{CommandError, Kind};
use crate::ui::Ui;

/// What somebody has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    fn kind(self) -> Kind {
        match self {
            Self::Interrupt => Kind::Interrupted,
            Self::Terminate => Kind::Terminated,
        }
    }
}

/// Waits for the end of a run that minds `stop`, and stops it when a signal comes.
pub(crate) async fn mind<T>(
    ui: &Ui,
    stop: &Stop,
    run: impl Future<Output = Result<T, RunError>>,
    explain: impl Fn(&RunError) -> CommandError,
) -> Result<T, CommandError> {
    let mut run = std::pin::pin!(run);
    let mut signals = Signals::new().map_err(|error| {
        CommandError::of(Kind::Bug, &error).cause("signals cannot be waited for")
    })?;
    let mut asked = None;
    loop {
        let signal = tokio::select! {
            biased;
            outcome = &mut run => {
                return outcome.map_err(|error| {
                    let mut own = explain(&error);
                    if let (RunError::Stopped { .. }, Some(signal)) = (&error, asked) {
                        own.kind = Signal::kind(signal);
                    }
                    own
                });
            }
            signal = signals.next() => signal,
        };
        if asked.is_some() {
            let text = "ended at the second signal: the statement may go on in the server";
            return Err(CommandError::new(signal.kind(), text).hint("limbeck current"));
        }
        asked = Some(signal);
        ui.note("Stopping: what is under way is cancelled and rolled back");
        stop.ask();
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
