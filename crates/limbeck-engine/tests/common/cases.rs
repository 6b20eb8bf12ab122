//! Cases of other suites, which lie beside the checkout and not in it.

use std::io::Write as _;
use std::path::Path;

use limbeck_core::dialect::Dialect;

/// The text of a file of cases. That it is not there is said past the harness, which keeps what a test
/// prints to itself.
pub(crate) fn read(name: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases");
    let text = std::fs::read_to_string(folder.join(name)).ok();
    if text.is_none() {
        let line = format!("left out: the cases of {name}, which are not beside this checkout\n");
        let told = std::io::stderr().write_all(line.as_bytes());
        told.expect("is written");
    }
    text
}

/// A pair of schemas, each as SQL.
#[derive(serde::Deserialize)]
pub(crate) struct SqlPair {
    #[serde(default)]
    pub(crate) file: String,
    pub(crate) name: String,
    #[serde(default)]
    dialect: Option<Dialect>,
    #[serde(deserialize_with = "joined")]
    pub(crate) old: String,
    #[serde(deserialize_with = "joined")]
    pub(crate) new: String,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Sql {
    One(String),
    Many(Vec<String>),
}

fn joined<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match serde::Deserialize::deserialize(deserializer)? {
        Sql::One(text) => text,
        Sql::Many(texts) => texts.join(";\n"),
    })
}

/// The pairs of a file that are for a dialect; none where it is not there.
pub(crate) fn pairs(file: &str, dialect: Dialect) -> Option<Vec<SqlPair>> {
    let mut pairs: Vec<SqlPair> = serde_json::from_str(&read(file)?).expect("cases are JSON");
    pairs.retain(|pair| pair.dialect.is_none_or(|own| own == dialect));
    Some(pairs)
}
