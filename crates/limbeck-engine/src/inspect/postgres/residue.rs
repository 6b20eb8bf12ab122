//! The residue of a PostgreSQL database: a fingerprint that does not go through `Schema`.

use std::collections::BTreeMap;

use super::{QueryRows, run_batch};
use crate::inspect::{InspectError, InspectOptions, Residue};
use limbeck::connection::Connection;

/// One query in parts: which objects there are, what makes them, and what is said about them.
pub(super) const QUERY: &str = concat!(
    include_str!("residue/subjects.sql"),
    include_str!("residue/relations.sql"),
    include_str!("residue/definitions.sql"),
    include_str!("residue/facts.sql"),
);

pub(in crate::inspect) async fn residue(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Residue, InspectError> {
    Ok(texts(run_batch(connection, options, &[QUERY]).await?))
}

/// Rows of key and text; the texts of one key in order.
pub(super) fn texts(results: Vec<QueryRows>) -> Residue {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in results.into_iter().flatten() {
        if let Ok([Some(key), Some(text)]) = <[_; 2]>::try_from(row) {
            texts.entry(key).or_default().push(text);
        }
    }
    let residue = texts.into_iter().map(|(key, mut texts)| {
        texts.sort();
        (key, texts.join("\n"))
    });
    residue.collect()
}
