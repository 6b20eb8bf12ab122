//! Values of each type, written and read by sqlx.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use limbeck::connection::Connection;
use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::schema::{
    Column, Constraint, ConstraintKind, Deferrable, EnumType, PrimaryKey, QualifiedName, Schema,
    Table, Type,
};
use sqlx::types::Json;
use sqlx::{Decode, Sqlite, SqliteConnection};
use uuid::Uuid;

/// A type of a model's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Bool,
    I16,
    I32,
    I64,
    F64,
    Decimal,
    Text,
    Varchar,
    Json,
    Bytes,
    Uuid,
    Date,
    Time,
    Naive,
    Utc,
    Enum,
}

pub(crate) const FIELDS: [Field; 16] = [
    Field::Bool,
    Field::I16,
    Field::I32,
    Field::I64,
    Field::F64,
    Field::Decimal,
    Field::Text,
    Field::Varchar,
    Field::Json,
    Field::Bytes,
    Field::Uuid,
    Field::Date,
    Field::Time,
    Field::Naive,
    Field::Utc,
    Field::Enum,
];

impl Field {
    pub(crate) fn portable(self) -> Type {
        match self {
            Field::Bool => Type::Boolean,
            Field::I16 => Type::SmallInt,
            Field::I32 => Type::Integer,
            Field::I64 => Type::BigInt,
            Field::F64 => Type::Double,
            Field::Decimal => Type::Numeric(Some((12, 2))),
            Field::Text => Type::Text,
            Field::Varchar => Type::Varchar(Some(40)),
            Field::Json => Type::Jsonb,
            Field::Bytes => Type::Bytes,
            Field::Uuid => Type::Uuid,
            Field::Date => Type::Date,
            Field::Time => Type::Time {
                precision: None,
                zone: false,
            },
            Field::Naive => Type::Timestamp {
                precision: None,
                zone: false,
            },
            Field::Utc => Type::Timestamp {
                precision: None,
                zone: true,
            },
            Field::Enum => Type::Enum(QualifiedName::new("mood")),
        }
    }
}

/// Models of one table `t` with a key and a column `c`, spelled for SQLite.
pub(crate) fn models(column: Column) -> Schema {
    let mut table = Table::new(QualifiedName::new("t"));
    table.columns.push(Column {
        nullable: false,
        ..Column::new("id", Type::BigInt)
    });
    table.columns.push(column);
    let key = PrimaryKey {
        columns: vec!["id".to_owned()],
        include: Vec::new(),
        deferrable: Deferrable::No,
        on_conflict: None,
    };
    table.add_constraint(Constraint::new("t_pkey", ConstraintKind::PrimaryKey(key)));
    let mut schema = Schema::default();
    schema.tables.insert(table.name.clone(), table);
    let name = QualifiedName::new("mood");
    let mood = EnumType {
        name: name.clone(),
        values: vec!["ok".to_owned(), "sad".to_owned()],
        comment: None,
    };
    schema.enums.insert(name, mood);
    lower(&schema, Dialect::Sqlite).expect("SQLite has it")
}

pub(crate) fn driver(connection: &mut Connection) -> &mut SqliteConnection {
    match connection {
        Connection::Sqlite(connection) => connection,
        other => panic!("{:?} is no SQLite database", other.dialect()),
    }
}

/// Inserts a value as a program with that field does.
pub(crate) async fn write(connection: &mut Connection, field: Field, text: &str) {
    let insert = sqlx::query("INSERT INTO t (c) VALUES (?)");
    let insert = match field {
        Field::Bool => insert.bind(text.parse::<bool>().expect("a bool")),
        Field::I16 => insert.bind(text.parse::<i16>().expect("an i16")),
        Field::I32 => insert.bind(text.parse::<i32>().expect("an i32")),
        Field::I64 => insert.bind(text.parse::<i64>().expect("an i64")),
        Field::Decimal if text.parse::<i64>().is_ok() => insert.bind(text.parse::<i64>().ok()),
        Field::F64 | Field::Decimal => insert.bind(text.parse::<f64>().expect("an f64")),
        Field::Text | Field::Varchar | Field::Enum => insert.bind(text.to_owned()),
        Field::Json => {
            let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
            insert.bind(Json(value))
        }
        Field::Bytes => insert.bind(text.as_bytes().to_vec()),
        Field::Uuid => insert.bind(text.parse::<Uuid>().expect("a Uuid")),
        Field::Date => insert.bind(text.parse::<NaiveDate>().expect("a date")),
        Field::Time => insert.bind(text.parse::<NaiveTime>().expect("a time")),
        Field::Naive => insert.bind(text.parse::<NaiveDateTime>().expect("a time")),
        Field::Utc => insert.bind(text.parse::<DateTime<Utc>>().expect("a time")),
    };
    let written = insert.execute(driver(connection)).await;
    written.unwrap_or_else(|error| panic!("{field:?} {text}: {error}"));
}

/// Reads the only value of the column as a program with that field does.
pub(crate) async fn read(connection: &mut Connection, field: Field) -> Result<String, String> {
    let connection = driver(connection);
    match field {
        Field::Bool => shown(connection, |value: bool| value.to_string()).await,
        Field::I16 => shown(connection, |value: i16| value.to_string()).await,
        Field::I32 => shown(connection, |value: i32| value.to_string()).await,
        Field::I64 => shown(connection, |value: i64| value.to_string()).await,
        Field::F64 => shown(connection, |value: f64| value.to_string()).await,
        // The driver has no decimals: whole ones are integers to it.
        Field::Decimal => match shown(connection, |value: i64| value.to_string()).await {
            Ok(text) => Ok(text),
            Err(_) => shown(connection, |value: f64| value.to_string()).await,
        },
        Field::Text | Field::Varchar => shown(connection, |value: String| value).await,
        Field::Enum => match shown(connection, |value: String| value).await? {
            known if ["ok", "sad"].contains(&known.as_str()) => Ok(known),
            other => Err(format!("`{other}` is no variant")),
        },
        Field::Json => {
            shown(connection, |value: Json<serde_json::Value>| {
                value.0.to_string()
            })
            .await
        }
        Field::Bytes => {
            shown(connection, |value: Vec<u8>| {
                String::from_utf8_lossy(&value).into_owned()
            })
            .await
        }
        Field::Uuid => shown(connection, |value: Uuid| value.to_string()).await,
        Field::Date => shown(connection, |value: NaiveDate| value.to_string()).await,
        Field::Time => shown(connection, |value: NaiveTime| value.to_string()).await,
        Field::Naive => shown(connection, |value: NaiveDateTime| format!("{value:?}")).await,
        Field::Utc => shown(connection, |value: DateTime<Utc>| format!("{value:?}")).await,
    }
}

async fn shown<T>(
    connection: &mut SqliteConnection,
    show: impl Fn(T) -> String,
) -> Result<String, String>
where
    T: for<'r> Decode<'r, Sqlite> + sqlx::Type<Sqlite> + Send + Unpin,
{
    let value = sqlx::query_scalar::<_, T>("SELECT c FROM t");
    let value = value.fetch_one(connection).await;
    value.map(show).map_err(|error| error.to_string())
}
