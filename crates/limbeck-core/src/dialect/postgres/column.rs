//! Columns in the SQL of PostgreSQL: their definition, and how one is altered in place.

use super::types::name as type_name;
use super::{comment, identifier, identity, qualified, sequence};
use crate::op::{Cast, Casts, ColumnOp};
use crate::schema::{Column, Expression, QualifiedName, Schema, Type};

pub(super) fn statements(op: &ColumnOp, state: &Schema) -> Vec<String> {
    match op {
        ColumnOp::Add { table, column, .. } => {
            let mut statements: Vec<String> =
                identity::made_before(table, column).into_iter().collect();
            statements.push(format!(
                "ALTER TABLE {} ADD COLUMN {}",
                qualified(table),
                definition(table, column)
            ));
            statements.extend(identity::made_after(table, column));
            statements.extend(comment::of_column(table, column));
            statements
        }
        ColumnOp::Drop { table, column, .. } => vec![format!(
            "ALTER TABLE {} DROP COLUMN {}",
            qualified(table),
            identifier(&column.name)
        )],
        ColumnOp::Rename { table, from, to } => rename(table, from, to, state),
        ColumnOp::Alter {
            table,
            from,
            to,
            casts,
            ..
        } => alter(table, from, to, casts.as_ref(), state),
    }
}

/// Gives every row that is there a value.
pub(crate) fn fill_all(table: &QualifiedName, column: &str, value: &Expression) -> String {
    format!(
        "UPDATE {} SET {} = {value}",
        qualified(table),
        identifier(column)
    )
}

/// Gives every row without a value one.
pub(crate) fn fill_null(table: &QualifiedName, column: &str, value: &Expression) -> String {
    let all = fill_all(table, column, value);
    format!("{all} WHERE {} IS NULL", identifier(column))
}

/// A column as CREATE TABLE and ADD COLUMN spell it.
pub(super) fn definition(table: &QualifiedName, column: &Column) -> String {
    let Column {
        name,
        data_type,
        nullable,
        default,
        generated,
        identity,
        collation,
        not_null_conflict: _,
        comment: _,
        declared: _,
    } = column;
    let serial = identity::is_plain_serial(column);
    let data_type = match (data_type, serial) {
        (Type::SmallInt, true) => "smallserial".to_owned(),
        (Type::BigInt, true) => "bigserial".to_owned(),
        (_, true) => "serial".to_owned(),
        (data_type, false) => type_name(data_type),
    };
    let mut words = vec![identifier(name), data_type];
    if let Some(collation) = collation {
        words.push(format!("COLLATE {}", collation_name(collation)));
    }
    if let Some(generated) = generated {
        let storage = if generated.stored {
            "STORED"
        } else {
            "VIRTUAL"
        };
        words.push(format!(
            "GENERATED ALWAYS AS ({}) {storage}",
            generated.expression
        ));
    }
    match (identity, identity::default(table, column)) {
        (Some(_), _) if serial => {}
        (Some(_), Some(default)) => words.push(format!("DEFAULT {default}")),
        (Some(identity), None) => words.push(identity::clause(table, column, identity)),
        (None, _) => {}
    }
    if let Some(default) = default {
        words.push(format!("DEFAULT {default}"));
    }
    if !nullable {
        words.push("NOT NULL".to_owned());
    }
    words.join(" ")
}

/// A collation, which may be qualified: `C`, `app.german`.
pub(super) fn collation_name(collation: &str) -> String {
    match collation.parse::<QualifiedName>() {
        Ok(name) => {
            let quoted = |part: &str| format!("\"{}\"", part.replace('"', "\"\""));
            match name.schema {
                Some(schema) => format!("{}.{}", quoted(&schema), quoted(&name.name)),
                None => quoted(&name.name),
            }
        }
        Err(_) => identifier(collation),
    }
}

fn rename(table: &QualifiedName, from: &str, to: &str, state: &Schema) -> Vec<String> {
    let mut statements = vec![format!(
        "ALTER TABLE {} RENAME COLUMN {} TO {}",
        qualified(table),
        identifier(from),
        identifier(to)
    )];
    let column = state.tables.get(table).and_then(|table| table.column(from));
    if let Some(identity) = column.and_then(|column| column.identity.as_ref()) {
        let name = |column: &str| identity.sequence_name(table, column);
        statements.extend(identity::renamed(&name(from), &name(to)));
    }
    statements
}

fn alter(
    table: &QualifiedName,
    from: &Column,
    to: &Column,
    casts: Option<&Casts>,
    state: &Schema,
) -> Vec<String> {
    let table_name = qualified(table);
    let name = identifier(&to.name);
    let mut statements = Vec::new();
    let mut clause = |clause: String| {
        statements.push(format!(
            "ALTER TABLE {table_name} ALTER COLUMN {name} {clause}"
        ));
    };
    let retyped = from.data_type != to.data_type || from.collation != to.collation;
    // A default is cast along with the column, which fails or changes its spelling.
    if from.default.is_some() && (retyped || to.default.is_none()) {
        clause("DROP DEFAULT".to_owned());
    }
    // A column that is computed otherwise is dropped and added: the plan sees to it.
    if from.generated.is_some() && to.generated.is_none() {
        clause("DROP EXPRESSION".to_owned());
    }
    statements.extend(identity::end(table, from, to));
    if retyped {
        let mut change = format!("TYPE {}", type_name(&to.data_type));
        if let Some(collation) = &to.collation {
            change.push_str(&format!(" COLLATE {}", collation_name(collation)));
        }
        if let Some(casts) = casts {
            change.push_str(&format!(" USING {}", casts.upgrade.value));
        }
        statements.push(format!(
            "ALTER TABLE {table_name} ALTER COLUMN {name} {change}"
        ));
    }
    if from.nullable && !to.nullable {
        statements.push(format!(
            "ALTER TABLE {table_name} ALTER COLUMN {name} SET NOT NULL"
        ));
    } else if !from.nullable && to.nullable {
        statements.push(format!(
            "ALTER TABLE {table_name} ALTER COLUMN {name} DROP NOT NULL"
        ));
    }
    if let Some(default) = &to.default
        && (retyped || from.default.as_ref() != Some(default))
    {
        statements.push(format!(
            "ALTER TABLE {table_name} ALTER COLUMN {name} SET DEFAULT {default}"
        ));
        statements.extend(sequence::begins_to_call(table, from, to, state));
    }
    statements.extend(identity::begin(table, from, to));
    statements
}

/// The expressions that turn values of one column into values of the other, where PostgreSQL does
/// not find a cast by itself.
pub(in crate::dialect) fn casts(from: &Column, to: &Column) -> Option<Casts> {
    let upgrade = cast(&from.name, &from.data_type, &to.data_type);
    let downgrade = cast(&from.name, &to.data_type, &from.data_type);
    if upgrade.is_none() && downgrade.is_none() {
        return None;
    }
    let plain = || Expression(identifier(&from.name));
    Some(Casts {
        upgrade: Cast::new(upgrade.unwrap_or_else(plain)),
        downgrade: Cast::new(downgrade.unwrap_or_else(plain)),
    })
}

fn cast(column: &str, from: &Type, to: &Type) -> Option<Expression> {
    let name = identifier(column);
    let target = type_name(to);
    if assigns(from, to) {
        return None;
    }
    let text = match (from, to) {
        // Without a zone named here the session's own would decide
        // (PostgreSQL manual, section 9.9.4).
        (Type::Timestamp { zone, .. }, Type::Timestamp { zone: other, .. }) if zone != other => {
            format!("{name} AT TIME ZONE 'UTC'")
        }
        (Type::Array(former), Type::Array(next)) => match step_between(former, next) {
            Some(step) => format!("{name}::{step}[]::{target}"),
            None => format!("{name}::{target}"),
        },
        // A cast to it cuts what is too long, and an assignment refuses it (PostgreSQL manual,
        // section 8.3).
        (_, Type::Varchar(Some(_)) | Type::Char(_)) => format!("{name}::text"),
        (Type::Array(element), _) if **element == *to => format!("{name}[1]"),
        (_, Type::Array(element)) if **element == *from => {
            format!("CASE WHEN {name} IS NULL THEN NULL ELSE ARRAY[{name}] END")
        }
        (
            Type::Boolean,
            Type::SmallInt | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double,
        ) => {
            format!("{name}::integer::{target}")
        }
        (Type::SmallInt | Type::BigInt, Type::Boolean) => format!("{name} <> 0"),
        (Type::Numeric(_) | Type::Real | Type::Double, Type::Boolean) => format!("{name} <> 0"),
        (Type::Integer, Type::Boolean) | (Type::Boolean, Type::Integer) => {
            format!("{name}::{target}")
        }
        (from, to) if is_text(from) || is_text(to) || same_family(from, to) => {
            format!("{name}::{target}")
        }
        (from, to) if is_money(from) && is_number(to) || is_number(from) && is_money(to) => {
            match (from, to) {
                (Type::Numeric(_), _) | (_, Type::Numeric(_)) => format!("{name}::{target}"),
                _ => format!("{name}::numeric::{target}"),
            }
        }
        (from, to) if reads_otherwise(from, to) => format!("{name}::{target}"),
        // Every type has a text form and reads one (PostgreSQL manual, CREATE CAST).
        _ => format!("{name}::text::{target}"),
    };
    Some(Expression(text))
}

/// The type over which values become those of the other, where there is no cast from one to the other.
fn step_between(from: &Type, to: &Type) -> Option<&'static str> {
    let Expression(text) = cast("x", from, to)?;
    let mut steps = ["text", "integer", "numeric"].into_iter();
    steps.find(|step| text.starts_with(&format!("x::{step}::")))
}

/// Whether ALTER COLUMN TYPE finds the cast by itself: an assignment cast.
fn assigns(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (from, to) if is_number(from) && is_number(to) => true,
        (
            Type::Text | Type::Varchar(_) | Type::Char(_),
            Type::Text | Type::Varchar(_) | Type::Char(_),
        ) => true,
        (Type::Array(_), _) | (_, Type::Array(_)) => from == to,
        (_, Type::Text | Type::Varchar(_)) => true,
        (Type::Time { .. }, Type::Time { .. }) => true,
        (Type::Timestamp { zone, .. }, Type::Timestamp { zone: other, .. }) => zone == other,
        (Type::Json, Type::Jsonb) | (Type::Jsonb, Type::Json) => true,
        _ => from == to,
    }
}

fn is_number(data_type: &Type) -> bool {
    data_type.is_integer() || matches!(data_type, Type::Numeric(_) | Type::Real | Type::Double)
}

/// The text of money has the sign of a currency, which no number has.
fn is_money(data_type: &Type) -> bool {
    matches!(data_type, Type::Sql(name) if name == "money")
}

/// Whether the other type has the same values and does not read their text: a range in braces is a
/// multirange, and the name of an object stands for its number (PostgreSQL manual, section 8.19).
fn reads_otherwise(from: &Type, to: &Type) -> bool {
    let (from, to) = (type_name(from), type_name(to));
    let is_number = |name: &str| matches!(name, "oid" | "integer" | "bigint");
    let is_name = |name: &str| OBJECT_NAMES.contains(&name);
    let range = from.strip_suffix("range");
    range.is_some_and(|of| to == format!("{of}multirange"))
        || is_name(&from) && is_number(&to)
        || is_number(&from) && is_name(&to)
}

/// Types whose values are numbers of objects, written as their names.
const OBJECT_NAMES: [&str; 11] = [
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
];

fn is_text(data_type: &Type) -> bool {
    matches!(data_type, Type::Text | Type::Varchar(_) | Type::Char(_))
}

fn same_family(from: &Type, to: &Type) -> bool {
    let time = |data_type: &Type| matches!(data_type, Type::Date | Type::Timestamp { .. });
    time(from) && time(to)
}
