//! Reads what the history keeps of revisions.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::RevisionId;
use limbeck_core::sql::quote_literal;

use super::guard::Question;
use super::queries::guarded_sql;
use super::tables::table_names;
use super::{HistoryError, HistoryTable, Refused, refused};
use crate::connection::Connection;

/// What the history keeps of these revisions.
pub(crate) async fn kept(
    connection: &mut Connection,
    settings: &str,
    table: &HistoryTable,
    ids: &[RevisionId],
) -> Result<BTreeMap<RevisionId, String>, HistoryError> {
    let dialect = connection.dialect();
    let [history, _] = table_names(table, dialect);
    let listed: Vec<String> = ids.iter().map(|id| quote_literal(id.as_str())).collect();
    let equal = match dialect {
        Dialect::Postgres => "OPERATOR(pg_catalog.=) ANY (ARRAY[",
        Dialect::Sqlite => "IN (",
    };
    let end = match dialect {
        Dialect::Postgres => "])",
        Dialect::Sqlite => ")",
    };
    let select = format!(
        "SELECT revision, downgrade FROM {history} WHERE revision {equal}{}{end}",
        listed.join(", ")
    );
    let sql = settings.to_owned() + &guarded_sql(table, dialect, Question::Whole, &select);
    let mut sets = match connection.query_sets(&sql).await {
        Ok(sets) => sets,
        Err(source) => {
            return match refused(connection, settings, table, source).await {
                Refused::Because(error) => Err(error),
                Refused::NoMore => Ok(BTreeMap::new()),
            };
        }
    };
    if dialect == Dialect::Postgres {
        // The path that is put back.
        sets.pop();
    }
    let rows = sets.pop().unwrap_or_default().into_iter();
    let pairs = rows.filter_map(|row| {
        let [id, text] = <[Option<String>; 2]>::try_from(row).ok()?;
        Some((id?.parse().ok()?, text?))
    });
    Ok(pairs.collect())
}
