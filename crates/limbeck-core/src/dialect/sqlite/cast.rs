//! What becomes of a column's values when its type changes.
//!
//! SQLite keeps any value in any column, and converts little by itself (sqlite.org/datatype3.html,
//! section 3). So the copy of a rebuild makes of each value what the driver reads as the other type,
//! in the words in which PostgreSQL makes it; what it cannot convert it leaves as it is, and the
//! check behind the copy fails. CAST alone would turn what is no number into 0 without a word.

use super::{identifier, table_name};
use crate::op::{Cast, CastOutcome, Casts, HazardCode};
use crate::schema::{Column, Expression, QualifiedName, Type};

/// How sqlx keeps a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// 0 or 1.
    Boolean,
    /// A whole number, within bounds where a model has them.
    Integer(Option<(i64, i64)>),
    Real,
    /// A whole number or a real one.
    Numeric,
    Text,
    /// Text that is JSON.
    Json,
    /// Text that a CHECK lists.
    Enum,
    /// 16 bytes.
    Uuid,
    Bytes,
    /// A BLOB of which only the database tells: the bytes of a `Vec<u8>` or of a `Uuid`.
    Blob,
    /// `2026-11-25`.
    Date,
    /// `14:16:16.5`.
    Time,
    /// `2026-11-25 14:16:16.5`, or with `T` and an offset.
    Timestamp(Zone),
    /// Whatever was put there.
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    None,
    Utc,
}

/// The expressions for both directions of a change of type in `table`.
pub(in crate::dialect) fn casts(
    table: &QualifiedName,
    from: &Column,
    to: &Column,
) -> Option<Casts> {
    (from.data_type != to.data_type).then(|| Casts {
        upgrade: cast(table, from, to, Way::There),
        downgrade: cast(table, to, from, Way::Back),
    })
}

/// Whether what is a value of one column is one of the other too, whatever their types are called.
pub(in crate::dialect) fn is_of_one_form(from: &Column, to: &Column) -> bool {
    match (form(from), form(to)) {
        (Form::Any, Form::Any) => false,
        (Form::Integer(_), Form::Integer(_) | Form::Real | Form::Numeric)
        | (Form::Real | Form::Numeric, Form::Real | Form::Numeric) => true,
        (from, to) => from == to,
    }
}

/// Back, a BLOB is what it was made text from; on the way to one, nothing tells what is wanted in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

fn cast(table: &QualifiedName, from: &Column, to: &Column, way: Way) -> Cast {
    let source = Source {
        form: form(from),
        value: identifier(&to.name),
        table: table_name(table),
    };
    let target = form(to);
    let (value, risks) = convert(&source, target, way);
    let is_left = value == source.value && risks.is_empty();
    let check = check(target, &source.value).filter(|_| !is_left);
    Cast {
        value: Expression(value),
        outcome: Some(CastOutcome {
            check: check.map(Expression),
            risks,
        }),
    }
}

/// What the driver keeps in a column: a model says it, else the name of the type does, as the driver
/// and SQLite read it.
fn form(column: &Column) -> Form {
    match column.said_type() {
        Type::Boolean => Form::Boolean,
        Type::SmallInt => Form::Integer(Some((i64::from(i16::MIN), i64::from(i16::MAX)))),
        Type::Integer => Form::Integer(Some((i64::from(i32::MIN), i64::from(i32::MAX)))),
        Type::BigInt => Form::Integer(None),
        Type::Real | Type::Double => Form::Real,
        Type::Numeric(_) => Form::Numeric,
        Type::Text | Type::Varchar(_) | Type::Char(_) => Form::Text,
        Type::Bytes => Form::Bytes,
        Type::Uuid => Form::Uuid,
        Type::Date => Form::Date,
        Type::Time { .. } => Form::Time,
        Type::Timestamp { zone: false, .. } => Form::Timestamp(Zone::None),
        Type::Timestamp { zone: true, .. } => Form::Timestamp(Zone::Utc),
        Type::Json | Type::Jsonb => Form::Json,
        Type::Enum(_) => Form::Enum,
        Type::Interval | Type::Array(_) => Form::Any,
        Type::Sql(name) => named(name),
        Type::PerDialect(_) => {
            if let Type::Sql(name) = &column.data_type {
                named(name)
            } else {
                Form::Any
            }
        }
    }
}

fn named(name: &str) -> Form {
    let name = name.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    match name.split('(').next().unwrap_or_default().trim() {
        "BOOLEAN" | "BOOL" => Form::Boolean,
        "DATE" => Form::Date,
        "TIME" => Form::Time,
        "DATETIME" | "TIMESTAMP" => Form::Timestamp(Zone::None),
        "JSON" => Form::Json,
        _ if has(&["INT"]) => Form::Integer(None),
        _ if has(&["CHAR", "CLOB", "TEXT"]) => Form::Text,
        _ if has(&["BLOB"]) => Form::Blob,
        _ if has(&["REAL", "FLOA", "DOUB"]) => Form::Real,
        "NUMERIC" | "DECIMAL" => Form::Numeric,
        _ => Form::Any,
    }
}

/// A column whose values are converted.
struct Source {
    form: Form,
    value: String,
    table: String,
}

use HazardCode::{DeletesData, MayFail};

/// The expression for the values, and what it puts at risk: that a value fits nowhere, and that two
/// values become one.
fn convert(source: &Source, target: Form, way: Way) -> (String, Vec<HazardCode>) {
    let Source { form, value, table } = source;
    let left = || value.clone();
    let is_text = matches!(form, Form::Text | Form::Json | Form::Enum | Form::Any);
    match (*form, target) {
        (from, to) if from == to => (left(), vec![]),
        (_, Form::Blob) if is_text && way == Way::Back => {
            (blob(value, table), vec![MayFail, DeletesData])
        }
        (_, Form::Any | Form::Blob) | (Form::Blob | Form::Uuid, Form::Bytes) => (left(), vec![]),
        (Form::Any, Form::Text) => (left(), vec![MayFail]),
        (_, Form::Text) => (text(source), vec![]),
        (Form::Integer(_) | Form::Boolean | Form::Numeric, Form::Json) => (text(source), vec![]),
        (_, Form::Json | Form::Enum) => (text(source), vec![MayFail]),
        (_, Form::Bytes) if is_text => (bytes(value), vec![MayFail, DeletesData]),
        (_, Form::Bytes) => (format!("CAST({} AS BLOB)", text(source)), vec![]),
        (_, Form::Uuid) if is_text => (
            format!(
                "CASE WHEN typeof({value}) = 'text' AND length(unhex({value}, '{{-}}')) = 16 \
                 THEN unhex({value}, '{{-}}') ELSE {value} END"
            ),
            vec![MayFail, DeletesData],
        ),
        // Bounds of a model that only another name of the type brings in.
        (Form::Integer(_), Form::Integer(_)) => (left(), vec![]),
        (Form::Boolean, Form::Integer(_) | Form::Real | Form::Numeric) => (left(), vec![]),
        (Form::Integer(_) | Form::Real, Form::Numeric) => (left(), vec![]),
        // A real number holds 53 bits of a whole one.
        (Form::Integer(Some(_)), Form::Real) => (left(), vec![]),
        (Form::Integer(None) | Form::Numeric, Form::Real) => (left(), vec![DeletesData]),
        (Form::Real | Form::Numeric, Form::Integer(_)) => {
            (whole(*form, value), vec![MayFail, DeletesData])
        }
        (Form::Integer(_) | Form::Real | Form::Numeric, Form::Boolean) => (
            format!(
                "CASE WHEN typeof({value}) IN ('integer', 'real') THEN {value} <> 0 ELSE {value} END"
            ),
            vec![DeletesData],
        ),
        (_, Form::Boolean) if is_text => (truth(value), vec![MayFail, DeletesData]),
        // The column's affinity makes numbers of texts that are some.
        (_, Form::Integer(_) | Form::Real | Form::Numeric) if is_text => {
            (left(), vec![MayFail, DeletesData])
        }
        (Form::Timestamp(_), Form::Timestamp(_)) => (left(), vec![]),
        (Form::Timestamp(_), Form::Date) => (
            format!(
                "coalesce(CASE typeof({value}) WHEN 'integer' THEN date({value}, 'unixepoch') \
                 ELSE date({value}) END, {value})"
            ),
            vec![DeletesData],
        ),
        (Form::Timestamp(_), Form::Time) => (time_of(value), vec![DeletesData]),
        (Form::Date, Form::Timestamp(zone)) => (midnight(value, zone), vec![]),
        (_, Form::Timestamp(zone)) if is_text => (
            format!(
                "CASE WHEN {} THEN {} ELSE {value} END",
                is_date(value),
                midnight(value, zone)
            ),
            vec![MayFail, DeletesData],
        ),
        (
            _,
            Form::Boolean
            | Form::Integer(_)
            | Form::Real
            | Form::Numeric
            | Form::Uuid
            | Form::Date
            | Form::Time
            | Form::Timestamp(_),
        ) => (left(), vec![MayFail]),
    }
}

/// The condition that holds for each value that is not NULL, once it is in a column of the form.
fn check(form: Form, value: &str) -> Option<String> {
    Some(match form {
        Form::Boolean => format!("typeof({value}) = 'integer' AND {value} IN (0, 1)"),
        Form::Integer(None) => format!("typeof({value}) = 'integer'"),
        Form::Integer(Some((least, most))) => {
            format!("typeof({value}) = 'integer' AND {value} BETWEEN {least} AND {most}")
        }
        Form::Real => format!("typeof({value}) = 'real'"),
        Form::Numeric => format!("typeof({value}) IN ('integer', 'real')"),
        Form::Text => format!("typeof({value}) = 'text'"),
        Form::Json => format!("typeof({value}) = 'text' AND json_valid({value})"),
        Form::Uuid => format!("typeof({value}) = 'blob' AND length({value}) = 16"),
        Form::Bytes | Form::Blob => format!("typeof({value}) = 'blob'"),
        Form::Date => format!("typeof({value}) = 'text' AND {}", is_date(value)),
        Form::Time => format!(
            "typeof({value}) = 'text' AND {value} GLOB '[0-2][0-9]:[0-5][0-9]*' \
             AND substr({value}, 1, 2) < '24' AND time({value}) IS NOT NULL"
        ),
        Form::Timestamp(_) => format!(
            "typeof({value}) = 'text' AND {value} GLOB '????-??-??[ T][0-2][0-9]:[0-5][0-9]*' \
             AND date(substr({value}, 1, 10)) = substr({value}, 1, 10) AND datetime({value}) IS NOT NULL"
        ),
        // A CHECK of the table says it, or nothing does.
        Form::Enum | Form::Any => return None,
    })
}

/// The value as text, as PostgreSQL spells it.
fn text(source: &Source) -> String {
    let Source { form, value, table } = source;
    let digits = format!("lower(hex({value}))");
    let uuid = || {
        let part = |from: u8, length: u8| format!("substr({digits}, {from}, {length})");
        let parts = [
            part(1, 8),
            part(9, 4),
            part(13, 4),
            part(17, 4),
            part(21, 12),
        ];
        parts.join(" || '-' || ")
    };
    let blob =
        |text: String| format!("CASE WHEN typeof({value}) = 'blob' THEN {text} ELSE {value} END");
    match form {
        Form::Boolean => {
            format!("CASE {value} WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE {value} END")
        }
        // CAST writes 15 digits, and a real number may have 17.
        Form::Real | Form::Numeric => format!(
            "CASE WHEN typeof({value}) = 'real' AND CAST(CAST({value} AS TEXT) AS REAL) <> {value} \
             THEN format('%!.17g', {value}) ELSE CAST({value} AS TEXT) END"
        ),
        Form::Uuid => blob(uuid()),
        Form::Bytes => blob(format!("'\\x' || {digits}")),
        // Values that are 16 bytes each are those of a `Uuid`; either text tells every byte.
        Form::Blob => blob(format!(
            "CASE WHEN EXISTS (SELECT 1 FROM {table} WHERE length({value}) <> 16) \
             THEN '\\x' || {digits} ELSE {} END",
            uuid()
        )),
        // The column's affinity makes text of a whole number.
        Form::Integer(_)
        | Form::Text
        | Form::Json
        | Form::Enum
        | Form::Date
        | Form::Time
        | Form::Timestamp(_)
        | Form::Any => value.clone(),
    }
}

/// The bytes of a text, or those that it tells as PostgreSQL does: `\x6869`.
fn bytes(value: &str) -> String {
    format!(
        "CASE WHEN typeof({value}) <> 'text' THEN {value} \
         WHEN instr({value}, '\\') = 0 THEN CAST({value} AS BLOB) \
         WHEN {value} LIKE '\\x%' THEN coalesce(unhex(substr({value}, 3)), {value}) ELSE {value} END"
    )
}

/// The bytes of texts that are UUIDs, each of them, as [`text`] writes them; else those of any text.
/// Where both are there nothing tells what the column is for, and the UUIDs stay what they are, so
/// that the check behind the copy names them.
fn blob(value: &str, table: &str) -> String {
    let is_uuid = format!(
        "{value} GLOB '????????-????-????-????-????????????' AND unhex({value}, '-') IS NOT NULL"
    );
    format!(
        "CASE WHEN NOT ({is_uuid}) THEN {} \
         WHEN EXISTS (SELECT 1 FROM {table} WHERE {value} IS NOT NULL AND NOT ({is_uuid})) \
         THEN {value} ELSE unhex({value}, '-') END",
        bytes(value)
    )
}

/// The nearest whole number; of two, PostgreSQL takes the even one for a real number and the greater
/// one for a decimal.
fn whole(form: Form, value: &str) -> String {
    let half = if form == Form::Real {
        format!(
            "WHEN abs({value} - CAST({value} AS INTEGER)) = 0.5 THEN CAST(2 * round({value} / 2) AS INTEGER) "
        )
    } else {
        String::new()
    };
    format!(
        "CASE WHEN typeof({value}) <> 'real' OR abs({value}) >= 9223372036854775807.0 THEN {value} \
         {half}ELSE CAST(round({value}) AS INTEGER) END"
    )
}

/// The truth of the words that PostgreSQL takes for it.
fn truth(value: &str) -> String {
    format!(
        "CASE WHEN lower(trim({value})) IN ('1', 't', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on') THEN 1 \
         WHEN lower(trim({value})) IN ('0', 'f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off') THEN 0 \
         ELSE {value} END"
    )
}

fn is_date(value: &str) -> String {
    format!("length({value}) = 10 AND date({value}) = {value}")
}

fn midnight(value: &str, zone: Zone) -> String {
    match zone {
        Zone::None => format!("{value} || ' 00:00:00'"),
        Zone::Utc => format!("{value} || 'T00:00:00+00:00'"),
    }
}

/// The time of day, in UTC, with all its digits where no offset has to be reckoned with.
fn time_of(value: &str) -> String {
    format!(
        "CASE WHEN typeof({value}) = 'integer' THEN time({value}, 'unixepoch') \
         WHEN {value} LIKE '%+00:00' THEN substr({value}, 12, length({value}) - 17) \
         WHEN {value} LIKE '%Z' THEN substr({value}, 12, length({value}) - 12) \
         WHEN typeof({value}) = 'text' AND substr({value}, 17) NOT GLOB '*[-+]*' THEN substr({value}, 12) \
         ELSE coalesce(strftime('%H:%M:%f', {value}), {value}) END"
    )
}
