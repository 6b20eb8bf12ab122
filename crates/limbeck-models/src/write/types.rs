//! Rust types for column types.

use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::sqlite::declared_type as sqlite_type;
use limbeck_core::schema::{Column, Table, Type};
use limbeck_core::sql::quote_identifier;

use super::column::may_count;
use super::{Import, WriteContext, postgres, sqlite};

/// How a driver reads a column whose type only SQL can say.
pub(crate) struct Read {
    pub(crate) rust: &'static str,
    pub(crate) imports: &'static [Import],
    pub(crate) unread: Option<&'static str>,
}

impl Read {
    /// By a type of the standard library, whatever the column holds.
    pub(crate) fn by(rust: &'static str) -> Self {
        Self {
            rust,
            imports: &[],
            unread: None,
        }
    }
}

/// The type of a field, without `Option`.
pub(crate) struct FieldType {
    /// As written.
    pub(crate) rust: String,
    /// What the attribute says of it.
    pub(crate) arguments: Vec<String>,
    /// What it is to the scan; `None` where `sql_type` says it.
    pub(crate) portable: Option<Type>,
    pub(crate) imports: Vec<Import>,
    /// What cannot be said.
    pub(crate) unsaid: Option<String>,
    /// Why the Rust type does not read all that the column may hold.
    pub(crate) unread: Option<String>,
}

impl FieldType {
    fn plain(rust: &str, portable: Type) -> Self {
        Self {
            rust: rust.to_owned(),
            arguments: Vec::new(),
            portable: Some(portable),
            imports: Vec::new(),
            unsaid: None,
            unread: None,
        }
    }

    fn of(mut self, import: Import) -> Self {
        self.imports.push(import);
        self
    }

    fn with(mut self, key: &str, value: impl std::fmt::Display) -> Self {
        self.arguments.push(format!("{key} = {value}"));
        self
    }
}

/// The type of the field for a column.
pub(crate) fn field_type(context: &WriteContext<'_>, table: &Table, column: &Column) -> FieldType {
    let portable = match (&column.data_type, context.dialect) {
        (Type::Sql(text), Dialect::Sqlite) => sqlite::portable(text, table.options.strict),
        (other, _) => Some(other.clone()),
    };
    let found = portable.and_then(|portable| known(context, &portable));
    let admits = |found: &FieldType| column.collation.is_none() || takes_collation(found);
    let found = match found.filter(admits) {
        _ if holds_uuids(context.dialect, column) => uuid(context, &column.data_type),
        Some(found) => found,
        None => spelled(context, &column.data_type),
    };
    by_convention(context, table, column, found)
}

/// Whether a column of SQLite holds UUIDs: its rows tell, and its type need not.
fn holds_uuids(dialect: Dialect, column: &Column) -> bool {
    dialect == Dialect::Sqlite && column.declared.data_type == Some(Type::Uuid)
}

/// The field of such a column.
fn uuid(context: &WriteContext<'_>, data_type: &Type) -> FieldType {
    let found = FieldType::plain("Uuid", Type::Uuid).of(("uuid", "Uuid"));
    let text = sql(context.dialect, data_type);
    if sqlite_type(&Type::Uuid).as_deref() == Some(text.as_str()) {
        return found;
    }
    FieldType {
        arguments: vec![super::text::said("sql_type", &text)],
        portable: None,
        ..found
    }
}

/// A field whose type is said by its Rust type and by SQL, and by no length or the like.
pub(crate) struct Plain {
    /// The path of the Rust type, as `[types]` has it; that of the elements for a list.
    pub(crate) path: String,
    /// The SQL type, in the same way.
    pub(crate) sql: String,
    /// Whether the Rust type says it, with nothing in `[types]`.
    pub(crate) is_usual: bool,
}

/// What `[types]` could say of a field; `None` where its attribute says more than a type in SQL.
pub(crate) fn plain_type(
    context: &WriteContext<'_>,
    table: &Table,
    column: &Column,
) -> Option<Plain> {
    let found = field_type(context, table, column);
    let (path, sql) = plain_parts(context, table, column, &found)?;
    found.unread.is_none().then_some(Plain {
        path,
        sql,
        is_usual: found.arguments.is_empty(),
    })
}

/// The path of a field's type and its SQL type, where `[types]` may have a word on it.
fn plain_parts(
    context: &WriteContext<'_>,
    table: &Table,
    column: &Column,
    found: &FieldType,
) -> Option<(String, String)> {
    // The scan reads such a key as its Rust type, whatever the other fields are.
    if is_integer(&found.rust) && may_count(table, column) {
        return None;
    }
    // The digits of a second are the project's, other lengths are a field's own.
    let is_said = |argument: &String| {
        argument.starts_with("sql_type = ")
            || (argument.starts_with("precision = ") && is_time(found.portable.as_ref()))
    };
    if !found.arguments.iter().all(is_said) {
        return None;
    }
    let sql = sql(context.dialect, &column.data_type);
    let list = found.rust.strip_prefix("Vec<");
    let element = list.and_then(|rest| rest.strip_suffix('>'));
    let (rust, sql) = match (element, sql.strip_suffix("[]")) {
        (Some(element), Some(sql)) => (element, sql.to_owned()),
        _ => (found.rust.as_str(), sql),
    };
    let name = rust.split('<').next().unwrap_or_default();
    let import = found.imports.iter().find(|(_, import)| *import == name);
    let is_own = context.enums.values().any(|one| one.ident == name);
    let path = match import {
        Some((krate, name)) => format!("{krate}::{name}"),
        None if is_own || name == "Vec" => return None,
        None => name.to_owned(),
    };
    (!sql.trim().is_empty()).then_some((path, sql))
}

/// The type as `[types]` lets it be said.
fn by_convention(
    context: &WriteContext<'_>,
    table: &Table,
    column: &Column,
    found: FieldType,
) -> FieldType {
    if context.conventions.types.is_empty() {
        return found;
    }
    let Some((path, own)) = plain_parts(context, table, column, &found) else {
        return found;
    };
    let said = context.conventions.types.get(&path);
    let Some(said) = said.and_then(|said| said.on(context.dialect)) else {
        return found;
    };
    let is_same = match context.dialect {
        Dialect::Postgres => said == own,
        Dialect::Sqlite => limbeck_core::dialect::sqlite::canonical_type(said) == own,
    };
    if !is_same && is_time(found.portable.as_ref()) && !found.arguments.is_empty() {
        // A precision at the field is the field's own.
        return found;
    }
    let whole = sql(context.dialect, &column.data_type);
    FieldType {
        arguments: if is_same {
            Vec::new()
        } else {
            vec![super::text::said("sql_type", &whole)]
        },
        portable: None,
        ..found
    }
}

/// Whether fields that are still to come may have the SQL type without a word. A domain, a length or another modifier
/// is what some columns need; only the digits of a second are a project's.
pub(crate) fn is_for_new_fields(context: &WriteContext<'_>, sql: &str) -> bool {
    let name = match sql.split_once('(') {
        Some((name, _)) if !is_time_name(name) => return false,
        Some((name, _)) => name,
        None => sql,
    };
    match context.dialect {
        Dialect::Postgres => {
            !postgres::is_domain(context.schema, sql) && !postgres::is_limited_interval(name)
        }
        Dialect::Sqlite => sqlite::is_common(name.trim()),
    }
}

fn is_time_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("time") || name.starts_with("datetime")
}

/// Whether it is a type of Rust's whose column may be numbered.
pub(crate) fn is_integer(path: &str) -> bool {
    matches!(path, "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32")
}

fn is_time(portable: Option<&Type>) -> bool {
    matches!(portable, Some(Type::Time { .. } | Type::Timestamp { .. }))
}

/// Whether the grammar admits `collation` beside the type.
fn takes_collation(found: &FieldType) -> bool {
    let element = match &found.portable {
        Some(Type::Array(element)) => Some(element.as_ref()),
        other => other.as_ref(),
    };
    matches!(element, Some(Type::Text | Type::Varchar(_)))
}

fn known(context: &WriteContext<'_>, portable: &Type) -> Option<FieldType> {
    let plain = |rust: &str| FieldType::plain(rust, portable.clone());
    let precise = |found: FieldType, precision: &Option<u8>| match precision {
        Some(digits) => found.with("precision", digits),
        None => found,
    };
    Some(match portable {
        Type::Boolean => plain("bool"),
        Type::SmallInt => plain("i16"),
        Type::Integer => plain("i32"),
        Type::BigInt => plain("i64"),
        Type::Real => plain("f32"),
        Type::Double => plain("f64"),
        Type::Numeric(digits) => {
            // `Decimal` has 96 bits.
            let found = match digits {
                Some((29.., _)) => plain("sqlx::types::BigDecimal"),
                _ => plain("Decimal").of(("rust_decimal", "Decimal")),
            };
            match digits {
                None => found,
                Some((precision, 0)) => found.with("precision", precision),
                Some((precision, scale)) => found.with("precision", precision).with("scale", scale),
            }
        }
        Type::Text => plain("String"),
        Type::Varchar(Some(length)) if *length > 0 => plain("String").with("max_length", length),
        Type::Bytes => plain("Vec<u8>"),
        Type::Uuid => plain("Uuid").of(("uuid", "Uuid")),
        Type::Date => plain("NaiveDate").of(("chrono", "NaiveDate")),
        Type::Time {
            precision,
            zone: false,
        } => precise(plain("NaiveTime").of(("chrono", "NaiveTime")), precision),
        Type::Timestamp {
            precision,
            zone: false,
        } => {
            let found = plain("NaiveDateTime").of(("chrono", "NaiveDateTime"));
            precise(found, precision)
        }
        Type::Timestamp {
            precision,
            zone: true,
        } => {
            let found = plain("DateTime<Utc>").of(("chrono", "DateTime"));
            precise(found.of(("chrono", "Utc")), precision)
        }
        Type::Json => {
            let mut found = plain("Value").of(("serde_json", "Value"));
            found.arguments.push("json".to_owned());
            found
        }
        Type::Jsonb => plain("Value").of(("serde_json", "Value")),
        Type::Enum(name) => plain(&context.enums.get(name)?.ident),
        Type::Array(element) => match element.as_ref() {
            // `json` would be said of the whole column.
            Type::Array(_) | Type::Json => return None,
            element => {
                let found = known(context, element)?;
                FieldType {
                    rust: format!("Vec<{}>", found.rust),
                    portable: Some(portable.clone()),
                    ..found
                }
            }
        },
        Type::Time {
            precision,
            zone: true,
        } => {
            let found = plain("sqlx::postgres::types::PgTimeTz<NaiveTime, FixedOffset>");
            let found = found.of(("chrono", "NaiveTime"));
            precise(found.of(("chrono", "FixedOffset")), precision)
        }
        Type::Interval => plain("sqlx::postgres::types::PgInterval"),
        Type::Varchar(_) | Type::Char(_) | Type::Sql(_) | Type::PerDialect(_) => return None,
    })
}

/// A type that only SQL can say, with the Rust type that reads what it holds most likely.
fn spelled(context: &WriteContext<'_>, data_type: &Type) -> FieldType {
    let text = sql(context.dialect, data_type);
    let mut imports = Vec::new();
    let mut unread = None;
    let rust = match context.dialect {
        Dialect::Postgres => match postgres::reads(&known_types(context), &text) {
            Some(found) => {
                imports = found.imports;
                found.text
            }
            None => {
                let (rust, cast) = match data_type {
                    Type::Array(_) => ("Vec<String>", "text[]"),
                    _ => ("String", "text"),
                };
                unread = Some(format!("sqlx reads no `{text}`: select it as `::{cast}`"));
                rust.to_owned()
            }
        },
        Dialect::Sqlite => {
            let read = sqlite::read(&text);
            imports = read.imports.to_vec();
            unread = read.unread.map(str::to_owned);
            read.rust.to_owned()
        }
    };
    let is_sayable = !text.trim().is_empty();
    FieldType {
        rust,
        arguments: is_sayable
            .then(|| super::text::said("sql_type", &text))
            .into_iter()
            .collect(),
        portable: None,
        imports,
        unread,
        unsaid: (!is_sayable).then(|| "a column without a type".to_owned()),
    }
}

fn known_types<'a>(context: &'a WriteContext<'_>) -> postgres::ReadableTypes<'a> {
    let enums = context.enums.iter();
    let enums = enums.map(|(name, names)| {
        let text = sql(Dialect::Postgres, &Type::Enum((*name).clone()));
        (text, names.ident.as_str())
    });
    postgres::ReadableTypes {
        schema: context.schema,
        enums: enums.collect(),
    }
}

fn sql(dialect: Dialect, data_type: &Type) -> String {
    match (data_type, dialect) {
        (Type::Enum(_), Dialect::Sqlite) => "TEXT".to_owned(),
        (Type::Enum(name), Dialect::Postgres) => {
            let parts = name.parts();
            let parts: Vec<String> = parts
                .into_iter()
                .map(|part| quote_identifier(part, dialect))
                .collect();
            parts.join(".")
        }
        (Type::Array(element), _) => format!("{}[]", sql(dialect, element)),
        (other, _) => other.to_string(),
    }
}
