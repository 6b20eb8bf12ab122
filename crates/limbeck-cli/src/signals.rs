//! SIGINT and SIGTERM while a database is being changed: the run is stopped, and the second one ends the command.

use std::future::Future;

use limbeck::run::{RunError, RunErrorKind, Stop};

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
                    if let (RunErrorKind::Stopped { .. }, Some(signal)) = (error.kind(), asked) {
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

/// A signal for a program that this one runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ForProgram {
    Interrupt,
    Terminate,
    HangUp,
}

impl ForProgram {
    /// Sends it on. What a key of the terminal sends, the terminal sends to the program, too.
    pub(crate) fn pass_to(self, process: u32) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process};
            let signal = match self {
                Self::Interrupt if std::io::IsTerminal::is_terminal(&std::io::stdin()) => return,
                Self::Interrupt => Signal::INT,
                Self::Terminate => Signal::TERM,
                Self::HangUp => Signal::HUP,
            };
            let process = i32::try_from(process).ok().and_then(Pid::from_raw);
            // One that has ended meanwhile is what was wanted.
            let _ = process.map(|process| kill_process(process, signal));
        }
        #[cfg(not(unix))]
        let _ = process;
    }
}

/// The signals that would end this process, kept from it.
pub(crate) struct Passed {
    signals: Signals,
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
}

impl Passed {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            signals: Signals::new()?,
            #[cfg(unix)]
            hang_up: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?,
        })
    }

    pub(crate) async fn next(&mut self) -> ForProgram {
        #[cfg(unix)]
        let hang_up = self.hang_up.recv();
        #[cfg(not(unix))]
        let hang_up = std::future::pending::<()>();
        tokio::select! {
            signal = self.signals.next() => match signal {
                Signal::Interrupt => ForProgram::Interrupt,
                Signal::Terminate => ForProgram::Terminate,
            },
            _ = hang_up => ForProgram::HangUp,
        }
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
