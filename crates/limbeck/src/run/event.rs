//! What a run tells while it is under way.

use std::time::Duration;

use limbeck_core::revision::{Direction, Revision, RevisionId, StepMode, Tool};

use super::Left;
use crate::history::Half;

/// What a run tells while it is under way.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another run is under way; told once a second.
    Waiting {
        /// For how long it has been waited.
        seconds: u64,
    },
    /// Another connection, of whatever program, writes to the SQLite file; told once a second.
    WaitingForWriter {
        /// For how long it has been waited.
        seconds: u64,
    },
    /// Others use the tables that a step changes, and it has not begun, or was rolled back; told once a second.
    InUse {
        /// For how long it has been waited.
        seconds: u64,
        /// Who they are, as far as this role may see.
        by: &'a [String],
    },
    /// A statement outside of a transaction waits in the server for transactions of others, and goes on behind them; told
    /// once a second.
    Blocked {
        /// For how long the statement has been under way.
        seconds: u64,
        /// Who they are, as far as this role may see.
        by: &'a [String],
    },
    /// Something that is made again, and of which it cannot be told whether somebody changed it.
    NotCompared {
        /// What it is.
        object: &'a str,
        /// Why not.
        why: &'a str,
    },
    /// A statement outside of a transaction finds what an attempt before it has left.
    Settled {
        /// What it is, as SQL names it.
        object: &'a str,
        /// What was left of it.
        left: Left,
    },
    /// The history of another tool says that revisions have been run, and they stand in Limbeck's own now.
    TakenOver {
        /// The tool.
        tool: Tool,
        /// The revisions, in their order.
        revisions: &'a [RevisionId],
    },
    /// A revision begins.
    Running {
        /// Which way.
        direction: Direction,
        /// The revision.
        revision: &'a Revision,
    },
    /// A revision that was begun goes on.
    Resuming {
        /// Which way.
        direction: Direction,
        /// The revision.
        revision: &'a Revision,
        /// How far it is.
        half: &'a Half,
    },
    /// A step begins.
    Step {
        /// Its number, counted from 1.
        number: u32,
        /// How many there are.
        of: u32,
        /// How it is run.
        mode: StepMode,
    },
    /// A statement is sent; those of a transaction on PostgreSQL are sent together.
    Statement {
        /// Its number within the step, counted from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// The line of the file.
        line: u32,
    },
    /// A revision has come to its end.
    Done {
        /// The revision.
        revision: &'a Revision,
        /// How long this run worked on it.
        elapsed: Duration,
    },
}

/// Takes the events of a run; a run may be moved between threads, so it may too.
pub type OnEvent<'a> = &'a mut (dyn FnMut(Event<'_>) + Send);
