//! Columns of SQLite that hold UUIDs, which no declared type tells: the rows do.

use std::collections::BTreeMap;

use limbeck::connection::{Connection, TextRow};
use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Column, ConstraintKind, QualifiedName, Schema, Type};
use limbeck_core::sql::quote_identifier;

/// Rows that show it where neither the declared type nor the name of the column does: one in eight values of 16 bytes
/// at random looks like a UUID.
const SHOWN_BY: u64 = 4;

/// Columns of one question, which SQLite lets have 2000 results.
const AT_ONCE: usize = 500;

/// What the rows say of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    /// All of them are UUIDs.
    Uuids,
    /// Nothing: there is none.
    None,
    /// Some are not, or too few are.
    Others,
}

type Place = (QualifiedName, String);

/// Notes which columns hold UUIDs, as the 16 bytes that sqlx writes: of the columns that may, those whose rows all do,
/// and those without a row that refer to one of them. All rows of such columns are read; a column
/// whose rows SQLite cannot read is none of them.
pub async fn note_uuids(connection: &mut Connection, schema: &mut Schema) {
    if connection.dialect() != Dialect::Sqlite {
        return;
    }
    let mut found: BTreeMap<Place, Rows> = BTreeMap::new();
    for table in schema.tables.values() {
        // What is worked out may fail.
        let columns = table.columns.iter();
        let columns: Vec<&Column> = columns
            .filter(|column| column.generated.is_none() && may_hold(&column.data_type))
            .collect();
        for piece in columns.chunks(AT_ONCE) {
            // Where the rows cannot be read the declared types stand.
            let answer = connection.query_sets(&question(&table.name, piece)).await;
            let row = answer
                .as_deref()
                .ok()
                .and_then(|sets| sets.first()?.first());
            for (place, column) in piece.iter().enumerate() {
                let said = row.map(|row| rows_of(row, place, is_called_so(column)));
                let place = (table.name.clone(), column.name.clone());
                found.insert(place, said.unwrap_or(Rows::Others));
            }
        }
    }
    follow_references(schema, &mut found);
    for ((table, name), rows) in found {
        let table = schema.tables.get_mut(&table);
        let column = table.and_then(|table| table.columns.iter_mut().find(|one| one.name == name));
        if let (Rows::Uuids, Some(column)) = (rows, column) {
            column.declared.data_type = Some(Type::Uuid);
        }
    }
}

/// Whether a column of the declared type may hold bytes, with the name that says so: `BLOB`, `UUID`, `BINARY(16)`.
fn may_hold(data_type: &Type) -> bool {
    let Type::Sql(text) = data_type else {
        return false;
    };
    let name = text.split('(').next().unwrap_or_default().trim();
    matches!(name, "BLOB" | "UUID" | "GUID" | "BINARY" | "VARBINARY")
}

/// Whether the type or the name of a column says that it holds UUIDs, or keys.
fn is_called_so(column: &Column) -> bool {
    let name = column.name.to_ascii_lowercase();
    let is_typed = matches!(&column.data_type, Type::Sql(text) if text.contains("UUID") || text.contains("GUID"));
    is_typed
        || name == "id"
        || name.ends_with("id")
        || name.contains("uuid")
        || name.contains("guid")
}

/// For each column: its values, those of 16 bytes, and those of them with the version and the variant of a UUID
/// (RFC 9562, section 4).
fn question(table: &QualifiedName, columns: &[&Column]) -> String {
    let counts = columns.iter().map(|column| {
        let name = quote_identifier(&column.name, Dialect::Sqlite);
        let bytes = format!("typeof({name}) = 'blob' AND length({name}) = 16");
        let version = format!("substr(hex({name}), 13, 1) BETWEEN '1' AND '8'");
        let variant = format!("substr(hex({name}), 17, 1) IN ('8', '9', 'A', 'B')");
        format!(
            "count({name}), coalesce(sum({bytes}), 0), coalesce(sum({bytes} AND ({version} AND {variant} OR {name} = zeroblob(16))), 0)"
        )
    });
    let counts: Vec<String> = counts.collect();
    let table = quote_identifier(&table.name, Dialect::Sqlite);
    format!("SELECT {} FROM main.{table}", counts.join(", "))
}

fn rows_of(row: &TextRow, place: usize, is_named: bool) -> Rows {
    let number = |at: usize| -> u64 {
        let text = row.get(place * 3 + at).and_then(Option::as_deref);
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    let (values, bytes, uuids) = (number(0), number(1), number(2));
    match values {
        0 => Rows::None,
        _ if bytes < values || uuids < values => Rows::Others,
        few if few < SHOWN_BY && !is_named => Rows::Others,
        _ => Rows::Uuids,
    }
}

/// A column without rows is what it refers to, or what refers to it.
fn follow_references(schema: &Schema, found: &mut BTreeMap<Place, Rows>) {
    let mut pairs: Vec<(Place, Place)> = Vec::new();
    for table in schema.tables.values() {
        for constraint in table.constraints.values() {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                continue;
            };
            let columns = key.columns.iter().zip(&key.referenced_columns);
            pairs.extend(columns.into_iter().map(|(own, referenced)| {
                let own = (table.name.clone(), own.clone());
                (own, (key.references.clone(), referenced.clone()))
            }));
        }
    }
    loop {
        let mut is_done = true;
        for (one, other) in &pairs {
            let sides = (found.get(one).copied(), found.get(other).copied());
            let empty = match sides {
                (Some(Rows::Uuids), Some(Rows::None)) => other,
                (Some(Rows::None), Some(Rows::Uuids)) => one,
                _ => continue,
            };
            found.insert(empty.clone(), Rows::Uuids);
            is_done = false;
        }
        if is_done {
            return;
        }
    }
}
