//! The residue of a PostgreSQL database: a fingerprint that does not go through `Schema`.

use std::collections::BTreeMap;

use super::run_batch;
use crate::connection::Connection;
use crate::inspect::{InspectError, InspectOptions};

pub(in crate::inspect) async fn residue(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<BTreeMap<String, String>, InspectError> {
    let results = run_batch(connection, options, &[include_str!("residue.sql")]).await?;
    let mut residue: BTreeMap<String, String> = BTreeMap::new();
    for row in results.into_iter().flatten() {
        let mut row = row.into_iter();
        if let (Some(Some(key)), Some(Some(value))) = (row.next(), row.next()) {
            let slot = residue.entry(key).or_default();
            if !slot.is_empty() {
                slot.push('\n');
            }
            slot.push_str(&value);
        }
    }
    Ok(residue)
}
