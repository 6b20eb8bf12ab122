//! What to type about the errors of the libraries, which know nothing of the command and its settings.
//!
//! Several ways out are several lines.

mod connection;
mod folder;
mod gap;
mod history;
mod question;
mod run;
mod scratch;
mod url;

pub(crate) use self::connection::{connect, query};
pub(crate) use self::folder::folder;
pub(crate) use self::gap::gap;
pub(crate) use self::history::history;
pub(crate) use self::question::{flag, flags};
pub(crate) use self::run::run;
pub(crate) use self::scratch::{rights, state, supply};
pub(crate) use self::url::url;

#[cfg(test)]
mod tests;
