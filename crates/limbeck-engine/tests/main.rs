//! The tests of this crate, on real databases; a PostgreSQL server that is missing is a failure.

mod arrow;
mod arrows;
mod common;
mod conventions;
mod driver;
mod images;
mod inspect_postgres;
mod inspect_sqlite;
mod kinds;
mod laws;
mod pairs;
mod property;
mod reverse;
mod rows;
mod run;
mod scratch_on_postgres;
mod sides;
mod takeover;
mod takeover_alembic;
mod takeover_laws;
mod takeover_sea_orm;
mod written;
