//! The SQL types that `table!` names, by their paths.

use limbeck_core::schema::Type;

use crate::foreign::plain_type_of_diesel;

use super::known_type::KnownType;

/// What is known of a path; its first segment is the crate.
pub(super) fn known(path: &[String]) -> Option<KnownType> {
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let sql = |name: &str| Some(KnownType::Type(Type::Sql(name.to_owned())));
    match segments.as_slice() {
        ["diesel", .., "sql_types", last] => match *last {
            "Nullable" => Some(KnownType::Nullable),
            "Array" => Some(KnownType::List),
            "Range" => Some(KnownType::Range),
            "Multirange" => Some(KnownType::Multirange),
            last => plain_type_of_diesel(last).map(KnownType::Type),
        },
        ["diesel_full_text_search", .., "Tsvector" | "TsVector"] => sql("tsvector"),
        ["diesel_full_text_search", .., "Tsquery" | "TsQuery"] => sql("tsquery"),
        ["diesel_ltree", .., "Ltree"] => sql("ltree"),
        ["diesel_ltree", .., "Lquery"] => sql("lquery"),
        ["pgvector", "sql_types", "Vector"] => sql("vector"),
        ["pgvector", "sql_types", "HalfVector"] => sql("halfvec"),
        ["pgvector", "sql_types", "SparseVector"] => sql("sparsevec"),
        ["postgis_diesel", "sql_types", "Geometry"] => sql("geometry"),
        ["postgis_diesel", "sql_types", "Geography"] => sql("geography"),
        _ => None,
    }
}
