//! One path for each well-known type: the re-exports of sqlx, SeaORM and Diesel followed.

/// Crates whose types are known, as others re-export them.
const CRATES: &[&str] = &[
    "bigdecimal",
    "chrono",
    "ipnet",
    "ipnetwork",
    "mac_address",
    "rust_decimal",
    "serde_json",
    "sqlx",
    "time",
    "uuid",
];

/// One path for each type: re-exports followed, modules of the standard library left out.
pub(super) fn canonical(path: &[String]) -> String {
    let mut segments: Vec<&str> = path.iter().map(String::as_str).collect();
    loop {
        let inner = match segments.as_slice() {
            ["std" | "core" | "alloc", .., last] => return (*last).to_owned(),
            ["sqlx", "types", rest @ ..] => of_sqlx(rest),
            ["sqlx_core", rest @ ..] => Some(joined("sqlx", rest)),
            ["sea_orm" | "sea_query" | "loco_rs", rest @ ..] => of_sea_orm(rest),
            ["diesel", "pg" | "prelude", rest @ ..] => Some(joined("diesel", rest)),
            ["diesel", "data_types", _] => None,
            ["chrono", "prelude" | "naive" | "offset", last] => Some(vec!["chrono", *last]),
            ["rust_decimal", "prelude" | "decimal", last] => Some(vec!["rust_decimal", *last]),
            ["serde_json", "value", "Value"] => Some(vec!["serde_json", "Value"]),
            ["serde_json", "map", "Map"] => Some(vec!["serde_json", "Map"]),
            ["jiff_sqlx", last] => return format!("jiff_sqlx::{last}"),
            _ => None,
        };
        match inner {
            Some(inner) => segments = inner,
            None => return segments.join("::"),
        }
    }
}

fn joined<'a>(krate: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    std::iter::once(krate).chain(rest.iter().copied()).collect()
}

/// A path in `sqlx::types`.
fn of_sqlx<'a>(rest: &[&'a str]) -> Option<Vec<&'a str>> {
    Some(match rest {
        [krate, _, ..] if CRATES.contains(krate) => rest.to_vec(),
        ["Uuid"] => vec!["uuid", "Uuid"],
        ["Decimal"] => vec!["rust_decimal", "Decimal"],
        ["BigDecimal"] => vec!["bigdecimal", "BigDecimal"],
        ["BitVec"] => vec!["bit_vec", "BitVec"],
        ["BString"] => vec!["bstr", "BString"],
        ["JsonValue" | "JsonRawValue"] => vec!["serde_json", "Value"],
        ["json", "Json"] => vec!["sqlx", "types", "Json"],
        _ => return None,
    })
}

/// A path in SeaORM, whose prelude renames the types of others: its `DateTime` is chrono's
/// `NaiveDateTime`.
fn of_sea_orm<'a>(rest: &[&'a str]) -> Option<Vec<&'a str>> {
    let rest = match rest {
        ["entity" | "sea_query", "prelude", rest @ ..] | ["prelude" | "value", rest @ ..] => rest,
        rest => rest,
    };
    Some(match rest {
        [krate, _, ..] if CRATES.contains(krate) => rest.to_vec(),
        ["Date" | "ChronoDate"] => vec!["chrono", "NaiveDate"],
        ["Time" | "ChronoTime"] => vec!["chrono", "NaiveTime"],
        ["DateTime" | "ChronoDateTime"] => vec!["chrono", "NaiveDateTime"],
        [
            "DateTimeWithTimeZone"
            | "DateTimeUtc"
            | "DateTimeLocal"
            | "ChronoDateTimeWithTimeZone"
            | "ChronoDateTimeUtc"
            | "ChronoDateTimeLocal",
        ] => vec!["chrono", "DateTimeOfAnyZone"],
        ["TimeDate"] => vec!["time", "Date"],
        ["TimeTime"] => vec!["time", "Time"],
        ["TimeDateTime"] => vec!["time", "PrimitiveDateTime"],
        ["TimeDateTimeWithTimeZone"] => vec!["time", "OffsetDateTime"],
        ["JiffDate"] => vec!["jiff", "civil", "Date"],
        ["JiffTime"] => vec!["jiff", "civil", "Time"],
        ["JiffDateTime"] => vec!["jiff", "civil", "DateTime"],
        ["JiffTimestamp"] => vec!["jiff", "Timestamp"],
        ["JiffZoned"] => vec!["jiff", "Zoned"],
        [
            "ChronoUnixTimestamp"
            | "ChronoUnixTimestampMillis"
            | "TimeUnixTimestamp"
            | "TimeUnixTimestampMillis",
        ] => vec!["chrono", "UnixTimestamp"],
        ["Json" | "JsonValue"] => vec!["serde_json", "Value"],
        ["Decimal"] => vec!["rust_decimal", "Decimal"],
        ["BigDecimal"] => vec!["bigdecimal", "BigDecimal"],
        ["Uuid"] => vec!["uuid", "Uuid"],
        ["IpNetwork"] => vec!["ipnetwork", "IpNetwork"],
        ["MacAddress"] => vec!["mac_address", "MacAddress"],
        ["PgVector"] => vec!["pgvector", "Vector"],
        ["TextUuid"] => vec!["uuid", "TextUuid"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn re_exports_lead_to_the_crate_itself() {
        for (path, expected) in [
            ("std::string::String", "String"),
            ("sqlx::types::chrono::NaiveDate", "chrono::NaiveDate"),
            ("sqlx::types::Uuid", "uuid::Uuid"),
            ("sqlx_core::types::Uuid", "uuid::Uuid"),
            ("chrono::prelude::DateTime", "chrono::DateTime"),
            (
                "sea_orm::entity::prelude::DateTime",
                "chrono::NaiveDateTime",
            ),
            ("sea_orm::prelude::Uuid", "uuid::Uuid"),
            ("sea_orm::prelude::chrono::NaiveDate", "chrono::NaiveDate"),
            ("sea_orm::sqlx::types::Decimal", "rust_decimal::Decimal"),
            ("sea_orm::prelude::DateTimeUtc", "chrono::DateTimeOfAnyZone"),
            ("sea_orm::JsonValue", "serde_json::Value"),
            ("loco_rs::prelude::Date", "chrono::NaiveDate"),
            (
                "diesel::pg::data_types::PgMoney",
                "diesel::data_types::PgMoney",
            ),
            ("sea_orm::prelude::Entity", "sea_orm::prelude::Entity"),
        ] {
            let path: Vec<String> = path.split("::").map(str::to_owned).collect();
            assert_eq!(canonical(&path), expected);
        }
    }
}
