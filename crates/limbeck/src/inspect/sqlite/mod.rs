//! Reads a SQLite database from the statements that it keeps, in one query and one pragma.

mod create_index;
mod create_table;
mod enum_type;
mod reader;

mod table;

use std::collections::BTreeSet;

use limbeck_core::schema::{
    Expression, IndexTarget, Object, QualifiedName, Schema, SqlObject, SqlObjectKind,
};
use limbeck_core::sql::{quote_literal, with_strings_quoted};

use self::create_table::CreateTable;
pub use self::create_table::is_column;
use self::reader::Reader;
pub use self::reader::{ParseError, unquoted};
use self::table::Parents;
use super::{InspectError, InspectOptions};
use crate::connection::Connection;

/// Internal objects (`sqlite_sequence`, `sqlite_stat1`, `sqlite_autoindex_…`) are left out; names
/// that start like theirs are reserved (sqlite.org/fileformat2.html, section 2.6.2).
/// The tables that a virtual table keeps its rows in are told by the pragma alone.
const QUERY: &str = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema \
    WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name, type;\n\
    SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow';";

/// A row of `sqlite_schema`.
#[derive(Debug)]
struct Kept {
    kind: String,
    name: String,
    table: String,
    sql: String,
}

pub async fn inspect(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Schema, InspectError> {
    let results = connection.query_sets(QUERY).await?;
    let found = results.len();
    let Ok([kept, shadows]) = <[_; 2]>::try_from(results) else {
        return Err(InspectError::Results { expected: 2, found });
    };
    let kept = kept.into_iter().filter_map(kept_row).collect();
    let shadows = shadows
        .into_iter()
        .filter_map(|mut row| row.pop().flatten())
        .collect();
    schema(kept, &shadows, options)
}

fn kept_row(row: Vec<Option<String>>) -> Option<Kept> {
    let [kind, name, table, sql] = <[_; 4]>::try_from(row).ok()?;
    Some(Kept {
        kind: kind?,
        name: name?,
        table: table?,
        // An index that a constraint made has no statement.
        sql: sql?,
    })
}

fn schema(
    kept: Vec<Kept>,
    shadows: &BTreeSet<String>,
    options: &InspectOptions,
) -> Result<Schema, InspectError> {
    let is_ignored = |name: &str| options.ignore.contains(&QualifiedName::new(name));
    let mut schema = Schema::default();
    let mut parsed: Vec<CreateTable> = Vec::new();
    let mut indexes = Vec::new();
    for object in kept {
        if is_ignored(&object.table) {
            continue;
        }
        let failed = |source| InspectError::Definition {
            name: object.name.clone(),
            source,
        };
        let sql_objects = match object.kind.as_str() {
            // What a virtual table keeps its rows in comes and goes with it.
            "table" if shadows.contains(&object.name) => continue,
            "table" if is_virtual(&object.sql) => Some(SqlObjectKind::VirtualTable),
            "table" => {
                parsed.push(create_table::parse(&object.sql).map_err(failed)?);
                None
            }
            "index" => {
                if !shadows.contains(&object.table) {
                    let index = create_index::parse(&object.sql).map_err(failed)?;
                    indexes.push((index, object.table.clone()));
                }
                None
            }
            "trigger" => Some(SqlObjectKind::Trigger),
            _ => Some(SqlObjectKind::View),
        };
        if let Some(kind) = sql_objects {
            let is_trigger = kind == SqlObjectKind::Trigger;
            schema.sql_objects.insert(SqlObject {
                table: is_trigger.then(|| QualifiedName::new(object.table)),
                definition: Some(object.sql),
                ..SqlObject::new(kind, QualifiedName::new(object.name))
            });
        }
    }
    let parents: Parents = parsed
        .iter()
        .map(|table| (table.name.to_ascii_lowercase(), table::parent(table)))
        .collect();
    for table in &parsed {
        table::add_table(table, &parents, &mut schema);
    }
    for (index, table) in indexes {
        add_index(&mut schema, index, &table);
    }
    add_uses(&mut schema);
    Ok(schema)
}

/// A trigger on a view goes with the view. What else a view or trigger names is looked for in its
/// text, since SQLite keeps nothing but that.
fn add_uses(schema: &mut Schema) {
    let views: Vec<SqlObject> = schema
        .sql_objects
        .iter()
        .filter(|object| object.kind == SqlObjectKind::View)
        .cloned()
        .collect();
    schema.sql_objects = std::mem::take(&mut schema.sql_objects)
        .into_iter()
        .map(|mut object| {
            let view = views
                .iter()
                .find(|view| object.table.as_ref() == Some(&view.name));
            let view = view.map(|view| Object::SqlObject(Box::new(view.key())));
            object.uses.extend(view);
            object
        })
        .collect();
}

fn is_virtual(sql: &str) -> bool {
    Reader::new(sql).is_ok_and(|mut reader| reader.accept(&["CREATE", "VIRTUAL"]))
}

fn add_index(schema: &mut Schema, mut index: limbeck_core::schema::Index, table: &str) {
    let Some(table) = schema.tables.get_mut(&QualifiedName::new(table)) else {
        return;
    };
    let names: Vec<String> = table.columns.iter().map(|one| one.name.clone()).collect();
    let quoted = |expression: &mut Expression| {
        expression.0 = with_strings_quoted(&expression.0, |name| is_column(&names, name));
    };
    for key in &mut index.keys {
        match &mut key.target {
            IndexTarget::Column(name) if is_column(&names, name) => {
                let declared = names.iter().find(|one| one.eq_ignore_ascii_case(name));
                if let Some(declared) = declared {
                    name.clone_from(declared);
                }
            }
            // Only a string has no column of its name.
            IndexTarget::Column(name) => {
                key.target = IndexTarget::Expression(Expression(quote_literal(name)));
            }
            IndexTarget::Expression(expression) => quoted(expression),
        }
    }
    if let Some(predicate) = &mut index.predicate {
        quoted(predicate);
    }
    table.add_index(index);
}
