//! Defaults that are no value of their column, where the database keeps any value in any column.
//!
//! SQLite converts a default as its column's type says, keeps it as it is where that cannot be
//! (sqlite.org/datatype3.html, section 3), and says nothing. A driver cannot read such a row.

use limbeck_core::dialect::{Dialect, sqlite, type_name};
use limbeck_core::schema::{Column, Schema, Table, Type};
use limbeck_core::sql::{quote_literal, quoted};

use limbeck::connection::{Connection, QueryError};

const PROBE: &str = "limbeck_defaults";

/// The columns of a table whose defaults are no values of them, with what is wrong. Nothing stays of what is tried.
pub(super) async fn unfit(
    connection: &mut Connection,
    table: &Table,
    schema: &Schema,
) -> Result<Vec<(String, String)>, QueryError> {
    let asked: Vec<(&Column, Asked)> = match connection.dialect() {
        Dialect::Postgres => return Ok(Vec::new()),
        Dialect::Sqlite => table
            .columns
            .iter()
            .filter_map(|column| Some((column, asked(column, schema)?)))
            .collect(),
    };
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let columns = asked.iter().map(|(_, asked)| asked.definition.as_str());
    let made = format!(
        "BEGIN;\nCREATE TEMP TABLE {PROBE} ({});\nINSERT INTO {PROBE} DEFAULT VALUES",
        columns.collect::<Vec<_>>().join(", ")
    );
    let told = asked.iter().map(|(column, asked)| {
        let name = quoted(&column.name);
        format!(
            "CASE WHEN {name} IS NULL OR {} THEN NULL ELSE quote({name}) END",
            asked.holds
        )
    });
    let query = format!(
        "SELECT {} FROM temp.{PROBE}",
        told.collect::<Vec<_>>().join(", ")
    );
    let tried = match connection.batch(&made).await {
        Ok(()) => connection.query_text(&query).await,
        Err(error) => Err(error),
    };
    match connection.batch("ROLLBACK").await {
        Err(error) if error.database().is_none() => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let rows = match tried {
        Ok(rows) => rows,
        // What no row can have is told by the row that is tried next.
        Err(error) if error.database().is_some() => Vec::new(),
        Err(error) => return Err(error),
    };
    let values = rows.into_iter().flatten();
    let unfit = asked
        .into_iter()
        .zip(values)
        .filter_map(|((column, asked), value)| {
            let value = value?;
            Some((column.name.clone(), format!("{value} is {}", asked.wanted)))
        });
    Ok(unfit.collect())
}

/// How the default of a column is tried.
struct Asked {
    definition: String,
    /// The condition that holds for a value of the column.
    holds: String,
    /// What it is not, where the condition does not hold.
    wanted: String,
}

/// `None` where there is no default, or where the type admits anything.
fn asked(column: &Column, schema: &Schema) -> Option<Asked> {
    let default = column.default.as_ref()?;
    let name = quoted(&column.name);
    let (data_type, holds, wanted) = match &column.data_type {
        Type::Enum(of) => {
            let values = schema.enums.get(of)?.values.iter();
            let values: Vec<String> = values.map(|value| quote_literal(value)).collect();
            let holds = format!("{name} IN ({})", values.join(", "));
            ("TEXT".to_owned(), holds, format!("no value of `{of}`"))
        }
        other => {
            let data_type = type_name(other, Dialect::Sqlite);
            let kinds = sqlite::storage_classes(&data_type)?;
            let listed = kinds.iter().map(|kind| quote_literal(kind));
            let listed = listed.collect::<Vec<_>>().join(", ");
            let wanted = format!("no {data_type}");
            (data_type, format!("typeof({name}) IN ({listed})"), wanted)
        }
    };
    Some(Asked {
        definition: format!("{name} {data_type} DEFAULT ({default})"),
        holds,
        wanted,
    })
}
