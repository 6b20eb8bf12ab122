//! A row that its defaults fill is read as the model's field.

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::plan::plan;
use limbeck_core::schema::{Column, Expression, Schema};

use super::value::{Field, models, read};
use crate::common::plans::{changes, run};

#[tokio::test]
async fn what_a_default_gives_is_read_by_the_driver() {
    for (field, default) in [
        (Field::Date, "now()"),
        (Field::Time, "now()"),
        (Field::Naive, "now()"),
        (Field::Utc, "now()"),
        (Field::Text, "now()"),
        (Field::Uuid, "gen_random_uuid()"),
        (Field::Uuid, "'67e55044-10b1-426f-9247-bb680e5fe0c8'"),
        (Field::Bool, "true"),
        (Field::I16, "-7"),
        (Field::I32, "+7"),
        (Field::I64, "0x1F"),
        (Field::F64, "1"),
        (Field::F64, "-1.5e3"),
        (Field::Decimal, "1.50"),
        (Field::Text, "'it''s'"),
        (Field::Text, "pending"),
        (Field::Varchar, "\"pending\""),
        (Field::Json, "'{}'"),
        (Field::Bytes, "x'00ff'"),
        (Field::Date, "'2026-11-25'"),
        (Field::Time, "'14:16:16'"),
        (Field::Naive, "'2026-11-25 14:16:16'"),
        (Field::Utc, "'2026-11-25T14:16:16Z'"),
        (Field::Enum, "'sad'"),
    ] {
        let column = Column {
            nullable: false,
            default: Some(Expression::new(default)),
            ..Column::new("c", field.portable())
        };
        let mut connection = Connection::memory().await.expect("memory");
        let made = changes(&Schema::default(), &models(column), Dialect::Sqlite);
        let made = plan(&made, &Schema::default(), Dialect::Sqlite).expect("is planned");
        run(&mut connection, &made).await.expect("is made");
        let filled = connection.execute("INSERT INTO t DEFAULT VALUES").await;
        filled.expect("is filled");
        let value = read(&mut connection, field).await;
        assert!(value.is_ok(), "{field:?} by {default}: {value:?}");
    }
}
