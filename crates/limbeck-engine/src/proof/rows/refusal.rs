//! Why a database refuses a row, in few words.

use limbeck::connection::DatabaseError;

/// `check total_ok`, `unique orders_key`, or what the database says.
pub(super) fn reason(error: &DatabaseError) -> String {
    let code = error.code.as_deref().unwrap_or_default();
    let name = error.constraint.as_deref();
    match (code, name) {
        ("23514", Some(name)) => return format!("check {name}"),
        ("23505", Some(name)) => return format!("unique {name}"),
        ("23503", Some(name)) => return format!("foreign key {name}"),
        ("23P01", Some(name)) => return format!("exclusion {name}"),
        _ => {}
    }
    // SQLite says it in its message only.
    for (start, noun) in [
        ("CHECK constraint failed: ", "check"),
        ("UNIQUE constraint failed: ", "unique"),
        ("NOT NULL constraint failed: ", "NULL in"),
    ] {
        if let Some(rest) = error.message.strip_prefix(start) {
            return format!("{noun} {rest}");
        }
    }
    error.message.clone()
}
