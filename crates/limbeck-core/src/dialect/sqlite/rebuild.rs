//! The rebuild of a table: create it anew, copy its rows, put it in the place of the former one.
//!
//! The steps and their order are those of sqlite.org/lang_altertable.html, section 7. They need
//! foreign keys switched off, which is a property of the step they stand in: with foreign keys on,
//! DROP TABLE deletes the rows that reference the table.

use std::collections::BTreeMap;

use super::{enum_type, identifier, index, list, table, table_name};
use crate::dialect::{Dialect, RenderError};
use crate::op::{Act, ColumnOp, Operation};
use crate::schema::{
    Column, Expression, Member, Object, QualifiedName, Schema, SqlObjectKind, Table, Word,
};
use crate::sql::{self, quote_literal};

/// What a rebuild needs to know.
pub(super) struct Rebuild<'a> {
    /// The schema with the table as it is.
    pub(super) before: &'a Schema,
    /// The schema with the table as it becomes.
    pub(super) after: &'a Schema,
    /// The table.
    pub(super) table: &'a QualifiedName,
    /// The operations on the table.
    pub(super) operations: &'a [&'a Operation],
    /// Values of enum types that go on under another name.
    pub(super) renamed_values: &'a BTreeMap<QualifiedName, Vec<(String, String)>>,
}

/// The statements of a rebuild.
pub(super) fn statements(rebuild: &Rebuild<'_>) -> Result<Vec<String>, RenderError> {
    let (Some(from), Some(to)) = (
        rebuild.before.tables.get(rebuild.table),
        rebuild.after.tables.get(rebuild.table),
    ) else {
        return Err(RenderError::refused(
            Object::Table(rebuild.table.clone()),
            "a table that is not there cannot be rebuilt",
        ));
    };
    refuse_lost_columns(rebuild)?;
    refuse_own_name(to)?;
    let name = table_name(&to.name);
    let interim = format!("limbeck_new_{}", to.name.name);
    let interim_name = identifier(&interim);
    let mut statements = vec![
        table::create_as(&interim, to, rebuild.after),
        copy(rebuild, from, to, &interim_name),
    ];
    statements.extend(check_values(rebuild, to, &interim_name));
    let counts = |table: &Table| table.columns.iter().any(|column| column.identity.is_some());
    if counts(from) && counts(to) {
        // The counter may be ahead of the largest row.
        let interim_text = quote_literal(&interim);
        statements.push(format!(
            "DELETE FROM sqlite_sequence WHERE name = {interim_text}"
        ));
        statements.push(format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {interim_text}, seq FROM sqlite_sequence WHERE name = {}",
            quote_literal(&from.name.name)
        ));
    }
    statements.push(format!("DROP TABLE {name}"));
    // Otherwise the rename would look for the dropped table in views and triggers, and fail.
    statements.push("PRAGMA legacy_alter_table = ON".to_owned());
    statements.push(format!("ALTER TABLE {interim_name} RENAME TO {name}"));
    statements.push("PRAGMA legacy_alter_table = OFF".to_owned());
    statements.extend(
        to.indexes
            .values()
            .map(|index| index::create(&to.name, index)),
    );
    let triggers = rebuild.before.sql_objects.iter().filter(|object| {
        object.kind == SqlObjectKind::Trigger && object.table.as_ref() == Some(&to.name)
    });
    for trigger in triggers {
        let Some(definition) = &trigger.definition else {
            return Err(RenderError::refused(
                Object::Table(to.name.clone()),
                format!(
                    "trigger `{}` must be made again, and what a rename has made of its text cannot be told; make the rename in a revision of its own",
                    trigger.name
                ),
            ));
        };
        statements.push(definition.clone());
    }
    Ok(statements)
}

/// INSERT … SELECT of all rows.
fn copy(rebuild: &Rebuild<'_>, from: &Table, to: &Table, interim: &str) -> String {
    let mut targets = Vec::new();
    let mut sources = Vec::new();
    // A table without an INTEGER PRIMARY KEY has row numbers all the same, which others may keep.
    let has_own_rowid = !from.options.without_rowid
        && !to.options.without_rowid
        && !has_rowid_key(from)
        && !has_rowid_key(to)
        && !has_column(from, "rowid")
        && !has_column(to, "rowid");
    if has_own_rowid {
        targets.push("rowid".to_owned());
        sources.push("rowid".to_owned());
    }
    for column in to
        .columns
        .iter()
        .filter(|column| column.generated.is_none())
    {
        if let Some(source) = source(rebuild, from, column) {
            targets.push(column.name.clone());
            sources.push(source);
        }
    }
    if targets.is_empty() {
        return format!(
            "INSERT INTO {interim} SELECT * FROM {} WHERE false",
            table_name(&from.name)
        );
    }
    format!(
        "INSERT INTO {interim} ({}) SELECT {} FROM {}",
        list(&targets),
        sources.join(", "),
        table_name(&from.name)
    )
}

/// Fails where a value of the copy is not what the driver reads from the type that its column has got.
fn check_values(rebuild: &Rebuild<'_>, to: &Table, interim: &str) -> Vec<String> {
    let checked = rebuild.operations.iter().filter_map(|operation| {
        let Operation::Column(op) = operation else {
            return None;
        };
        let outcome = op.casts()?.upgrade.outcome.as_ref()?;
        op.sides().to.zip(outcome.check.as_ref())
    });
    let checked: Vec<(&Column, &Expression)> = checked.collect();
    if checked.is_empty() {
        return Vec::new();
    }
    let mut members = Vec::new();
    let mut counts = Vec::new();
    for (place, (column, check)) in checked.iter().enumerate() {
        let says = format!(
            "{}.{} holds a value that is no {}",
            to.name,
            column.name,
            column.said_type()
        );
        let member = format!("unfit_{place}");
        members.push(format!(
            "{member} INTEGER CONSTRAINT {} CHECK ({member} = 0)",
            sql::quoted(&says)
        ));
        let name = identifier(&column.name);
        counts.push(format!(
            "count(*) FILTER (WHERE {name} IS NOT NULL AND ({check}) IS NOT TRUE)"
        ));
    }
    vec![
        format!(
            "CREATE TEMP TABLE limbeck_value_check (\n    {}\n)",
            members.join(",\n    ")
        ),
        format!(
            "INSERT INTO limbeck_value_check SELECT {} FROM {interim}",
            counts.join(", ")
        ),
        "DROP TABLE limbeck_value_check".to_owned(),
    ]
}

/// The expression that a column's values come from; `None` leaves it to the column's default.
fn source(rebuild: &Rebuild<'_>, from: &Table, column: &Column) -> Option<String> {
    let mut fill = None;
    let mut cast = None;
    for operation in rebuild.operations {
        let Operation::Column(op) = operation else {
            continue;
        };
        if op.sides().to.is_none_or(|to| to.name != column.name) {
            continue;
        }
        if op.sides().act() == Act::Create {
            return op.fill().map(ToString::to_string);
        }
        cast = op.casts().map(|casts| &casts.upgrade);
        fill = op.fill();
    }
    let former = from.column(&column.name)?;
    let name = identifier(&column.name);
    let renamed = former
        .data_type
        .enum_name()
        .and_then(|name| rebuild.renamed_values.get(name))
        .filter(|renamed| !renamed.is_empty());
    let value = match (cast, renamed) {
        (Some(cast), _) => cast.value.to_string(),
        (None, Some(renamed)) => enum_type::renamed_value(&name, renamed),
        (None, None) => name,
    };
    Some(match fill {
        Some(fill) => format!("coalesce({value}, {fill})"),
        None => value,
    })
}

fn has_column(table: &Table, name: &str) -> bool {
    table
        .columns
        .iter()
        .any(|column| column.name.eq_ignore_ascii_case(name))
}

/// Whether the table's key is its row number (sqlite.org/lang_createtable.html, section 5).
pub(super) fn has_rowid_key(table: &Table) -> bool {
    let Some((_, key)) = table.primary_key() else {
        return false;
    };
    let [name] = key.columns.as_slice() else {
        return false;
    };
    let column = table.column(name);
    column.is_some_and(|column| column.data_type == crate::schema::Type::Sql("INTEGER".to_owned()))
}

/// A check that says `tasks.title` within `tasks` is not understood while the table has its interim
/// name.
fn refuse_own_name(table: &Table) -> Result<(), RenderError> {
    let qualified = |expression: &Expression| {
        let tokens = sql::fold(&expression.0, Dialect::Sqlite);
        let own = sql::fold(&table_name(&table.name), Dialect::Sqlite);
        tokens
            .windows(2)
            .any(|pair| own.first() == Some(&pair[0]) && pair[1] == ".")
    };
    // Indexes are made when the table has its own name again.
    let own = table
        .members()
        .filter(|member| !matches!(member, Member::Index(_)));
    let mut refused = own.filter(|member| {
        member
            .words()
            .into_iter()
            .filter_map(Word::expression)
            .any(qualified)
    });
    match refused.next().map(|member| member.object(&table.name)) {
        Some(object) => Err(RenderError::refused(
            object,
            format!(
                "its expression names `{}`, which is called otherwise while it is rebuilt; leave the table's name out of it",
                table.name
            ),
        )),
        None => Ok(()),
    }
}

/// A view or trigger keeps the text it was made from, so it would fail when it is used.
fn refuse_lost_columns(rebuild: &Rebuild<'_>) -> Result<(), RenderError> {
    for operation in rebuild.operations {
        let Operation::Column(ColumnOp::Drop { table, column, .. }) = operation else {
            continue;
        };
        let comes_back = rebuild.operations.iter().any(|other| {
            matches!(other, Operation::Column(ColumnOp::Add { column: added, .. }) if added.name == column.name)
        });
        if comes_back {
            continue;
        }
        if let Some((kind, name)) = mentioned_by(rebuild.before, table, &column.name) {
            return Err(RenderError::refused(
                Object::Column(table.clone(), column.name.clone()),
                format!(
                    "{} `{name}` uses it; drop or change that one first, in a revision of its own",
                    kind.noun()
                ),
            ));
        }
    }
    Ok(())
}

/// A view or trigger that names the table and the column.
pub(super) fn mentioned_by<'a>(
    schema: &'a Schema,
    table: &QualifiedName,
    column: &str,
) -> Option<(SqlObjectKind, &'a QualifiedName)> {
    schema
        .sql_objects
        .iter()
        .filter(|object| matches!(object.kind, SqlObjectKind::View | SqlObjectKind::Trigger))
        .find(|object| {
            object.definition.as_ref().is_some_and(|text| {
                sql::names(text, &table.name, Dialect::Sqlite)
                    && sql::names(text, column, Dialect::Sqlite)
            })
        })
        .map(|object| (object.kind, &object.name))
}

/// A view or trigger that a dropped table would leave behind broken; its own triggers go with it.
pub(super) fn left_broken_by_drop<'a>(
    schema: &'a Schema,
    table: &QualifiedName,
) -> Option<(SqlObjectKind, &'a QualifiedName)> {
    schema
        .sql_objects
        .iter()
        .filter(|object| matches!(object.kind, SqlObjectKind::View | SqlObjectKind::Trigger))
        .filter(|object| object.kind == SqlObjectKind::View || object.table.as_ref() != Some(table))
        .find(|object| {
            let text = object.definition.as_ref();
            let named = text.map_or(Vec::new(), |text| sql::tables_named(text, Dialect::Sqlite));
            named
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&table.name))
        })
        .map(|object| (object.kind, &object.name))
}
