//! Types that a program reads and writes alike.
//!
//! SQLite keeps the name of a type as it was written, and each library has names of its own, some of them other ones in each
//! version. A driver reads a value by its storage class; the name only has to lead to it
//! (sqlite.org/datatype3.html, section 3.1).

use crate::schema::Type;

/// Whether a column with the type name `there` is one of the portable type `declared` to a program.
pub(in crate::dialect) fn is_of_family(declared: &Type, there: &str) -> bool {
    let name = there.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let is_text = has(&["CHAR", "CLOB", "TEXT"]);
    // The storage class of anything, in a STRICT table.
    if name == "ANY" {
        return true;
    }
    match declared {
        Type::Text | Type::Varchar(_) | Type::Char(_) | Type::Enum(_) => is_text,
        Type::SmallInt | Type::Integer | Type::BigInt => has(&["INT"]),
        Type::Boolean => has(&["BOOL", "INT"]),
        Type::Real | Type::Double => has(&["REAL", "FLOA", "DOUB", "NUM", "DEC"]),
        Type::Numeric(_) => has(&["REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL", "TEXT"]),
        Type::Date => is_text || name == "DATE",
        Type::Time { .. } => is_text || name == "TIME",
        Type::Timestamp { .. } => is_text || has(&["DATETIME", "TIMESTAMP"]),
        Type::Bytes => has(&["BLOB", "BINARY", "BYTEA"]) || name.is_empty(),
        Type::Uuid => is_text || has(&["BLOB", "BINARY", "UUID"]),
        Type::Json | Type::Jsonb => is_text || has(&["JSON"]),
        // SQL says it: what keeps the same values is the same to the driver.
        Type::Sql(said) => {
            let classes = storage_classes(said);
            classes.is_some() && classes == storage_classes(there)
        }
        Type::Interval | Type::Array(_) | Type::PerDialect(_) => false,
    }
}

/// The storage classes that a driver reads out of a column with this type name; `None` where it reads any, or where
/// values of one kind are kept in several ways, as those of dates are.
pub fn storage_classes(name: &str) -> Option<&'static [&'static str]> {
    let name = name.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    // In the order in which SQLite looks for affinities (sqlite.org/datatype3.html, section 3.1).
    if has(&["INT"]) || has(&["BOOL"]) {
        Some(&["integer"])
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Some(&["text"])
    } else if has(&["BLOB"]) {
        None
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Some(&["real", "integer"])
    } else if has(&["NUMERIC", "DECIMAL"]) {
        Some(&["integer", "real"])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_version_lead_to_the_same_values() {
        let timestamp = Type::Timestamp {
            precision: None,
            zone: true,
        };
        for (declared, there, expected) in [
            (Type::BigInt, "BIGINT", true),
            (Type::BigInt, "INTEGER", true),
            (Type::BigInt, "TEXT", false),
            (Type::Uuid, "UUID_TEXT", true),
            (Type::Uuid, "BLOB", true),
            (Type::Varchar(None), "VARCHAR(64)", true),
            (Type::Varchar(None), "UUID_TEXT", true),
            (Type::Varchar(None), "BLOB", false),
            (Type::Numeric(None), "REAL_DECIMAL", true),
            (Type::Numeric(Some((16, 4))), "REAL(16, 4)", true),
            (timestamp.clone(), "TIMESTAMP_WITH_TIMEZONE_TEXT", true),
            (timestamp.clone(), "DATETIME", true),
            (timestamp, "INTEGER", false),
            (Type::Sql("varchar".to_owned()), "TEXT", true),
            (Type::Sql("bigint".to_owned()), "INTEGER", true),
            (Type::Sql("bigint".to_owned()), "TEXT", false),
            (Type::Boolean, "BOOLEAN", true),
            (Type::Json, "JSON_TEXT", true),
            (Type::Bytes, "VARBINARY_BLOB", true),
        ] {
            assert_eq!(
                is_of_family(&declared, there),
                expected,
                "{declared} {there}"
            );
        }
    }
}
