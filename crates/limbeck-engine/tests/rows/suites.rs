//! Suites of others: what Limbeck writes for them keeps rows, as far as it says so.

use limbeck_core::dialect::Dialect;

use super::proof::{benches, kept};

#[derive(serde::Deserialize)]
struct Pair {
    name: String,
    #[serde(default)]
    dialect: Option<Dialect>,
    old: Sql,
    new: Sql,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Sql {
    One(String),
    Many(Vec<String>),
}

impl Sql {
    fn text(&self) -> String {
        match self {
            Sql::One(text) => text.clone(),
            Sql::Many(texts) => texts.join(";\n"),
        }
    }
}

/// Proves every pair of a file; the lines of those that rows refuse.
async fn refused(file: &str, dialect: Dialect) -> Vec<String> {
    let Some(text) = crate::common::cases::read(file) else {
        return Vec::new();
    };
    let mut pairs: Vec<Pair> = serde_json::from_str(&text).expect("cases are JSON");
    pairs.retain(|pair| pair.dialect.is_none_or(|own| own == dialect));
    let mut benches = benches(dialect);
    let mut refused = Vec::new();
    for pair in pairs {
        let (old, new) = (pair.old.text(), pair.new.text());
        let bench = benches.of(&pair.name, &format!("{old};{new}"));
        let lines = kept(bench, &old, &new).await;
        refused.extend(lines.map(|lines| format!("{}: {}", pair.name, lines.join("; "))));
    }
    benches.close().await;
    refused
}

#[tokio::test]
async fn changes_keep_rows_on_sqlite() {
    for file in ["change-kinds.json", "sqlite-pairs.json"] {
        assert_eq!(
            refused(file, Dialect::Sqlite).await,
            Vec::<String>::new(),
            "{file}"
        );
    }
}

#[tokio::test]
async fn changes_keep_rows_on_postgres() {
    let refused = refused("change-kinds.json", Dialect::Postgres).await;
    assert_eq!(refused, Vec::<String>::new());
}
