//! The command as people run it: arguments in, both outputs and the exit code out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adopt;
mod alembic;
mod beyond_models;
mod branches;
mod checkout;
mod configured;
#[cfg(unix)]
mod conventions;
mod damaged;
mod database;
mod default_schema;
mod dialects;
mod diesel;
mod diff;
mod diff_postgres;
mod doctor;
mod documents;
mod errors;
mod existing;
mod gap;
mod graph;
mod guide;
mod guides;
mod hooks;
mod hostile;
mod hygiene;
mod inspect;
mod json;
mod layouts;
mod layouts_of_tools;
mod leaks;
mod line_ends;
mod messages;
mod neighbours;
mod offline;
mod packages;
mod planted;
mod postgres;
mod project;
mod questions;
mod readme;
mod repair;
mod roles;
mod rows;
mod sea_orm;
mod sea_orm_drift;
mod sea_orm_history;
mod shown;
#[cfg(unix)]
mod stopped;
mod take_over;
mod take_over_names;
mod take_over_tools;
#[cfg(target_os = "linux")]
mod terminal;
mod transcript;
mod two_databases;
mod unsaid;
