//! What is in a PostgreSQL database beside its schema, as statements that make it.

use super::run_batch;
use crate::inspect::{InspectError, InspectOptions, Supplement, Supplements};
use limbeck::connection::Connection;

const QUERY: &str = include_str!("supplements.sql");
const ROLES: &str = include_str!("roles.sql");

pub(in crate::inspect) async fn supplements(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Supplements, InspectError> {
    let results = run_batch(connection, options, &[QUERY]).await?;
    let mut supplements = Supplements::default();
    for row in results.into_iter().flatten() {
        if let Ok([Some(place), Some(make), undo, Some(subject)]) = <[_; 4]>::try_from(row) {
            let part = match place.as_str() {
                "0" => &mut supplements.first,
                "1" => &mut supplements.behind_functions,
                _ => &mut supplements.last,
            };
            part.push(Supplement {
                make,
                undo,
                subject,
            });
        }
    }
    Ok(supplements)
}

pub(in crate::inspect) async fn roles(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Vec<String>, InspectError> {
    let results = run_batch(connection, options, &[ROLES]).await?;
    let names = results.into_iter().flatten().flatten().flatten();
    Ok(names.collect())
}
