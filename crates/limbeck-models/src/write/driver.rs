//! What written models need of sqlx.

use std::collections::BTreeSet;

/// What a path in the models begins with, and the feature of sqlx that it stands behind.
const FEATURES: &[(&str, &str)] = &[
    ("sqlx::Type", "derive"),
    ("sqlx::postgres::", "postgres"),
    ("sqlx::types::BigDecimal", "bigdecimal"),
    ("sqlx::types::BitVec", "bit-vec"),
    ("sqlx::types::ipnetwork::", "ipnetwork"),
    ("sqlx::types::mac_address::", "mac_address"),
    ("use chrono::", "chrono"),
    ("use rust_decimal::", "rust_decimal"),
    ("use serde_json::", "json"),
    ("use uuid::", "uuid"),
];

/// The features of sqlx that read what written models hold; none where they do without sqlx.
#[must_use]
pub fn driver_features(source: &str) -> BTreeSet<&'static str> {
    if !source.contains("sqlx::") {
        return BTreeSet::new();
    }
    let needed = FEATURES.iter().filter(|(path, _)| source.contains(path));
    needed.map(|(_, feature)| *feature).collect()
}
