//! What sqlx reads of SQLite: values after a change of type, values that defaults give, and the
//! columns of models that were written from a database.

mod defaults;
mod models;
#[path = "../common/plans.rs"]
#[expect(dead_code, reason = "only SQLite is asked here")]
mod plans;
mod types;
mod value;
