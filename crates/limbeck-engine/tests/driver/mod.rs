//! What sqlx reads of SQLite: values after a change of type, values that defaults give, and the
//! columns of models that were written from a database.

mod defaults;
mod models;
mod types;
mod value;

pub(crate) use self::value::driver;
