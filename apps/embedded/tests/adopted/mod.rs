//! Entities as `limbeck adopt` writes them, built without Limbeck: a test of the command holds these files.

#![expect(unreachable_pub, reason = "entities are written for a library")]

#[rustfmt::skip]
mod buyer;
#[rustfmt::skip]
mod order;

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Schema};

/// SeaORM reads its own keys as Limbeck means them, and passes over ours.
#[tokio::test]
async fn what_is_adopted_is_what_sea_orm_makes() {
    let schema = Schema::new(DbBackend::Postgres);
    let buyers = DbBackend::Postgres.build(&schema.create_table_from_entity(buyer::Entity));
    for part in [
        r#""email" varchar(254) NOT NULL UNIQUE"#,
        r#""full_name" text DEFAULT 'nobody'"#,
        r#""kind" bigint NOT NULL DEFAULT 7"#,
    ] {
        assert!(buyers.to_string().contains(part), "{buyers}");
    }
    // What the columns say runs.
    let database = Database::connect("sqlite::memory:").await.unwrap();
    let schema = Schema::new(DbBackend::Sqlite);
    for table in [
        schema.create_table_from_entity(buyer::Entity),
        schema.create_table_from_entity(order::Entity),
    ] {
        database.execute(&table).await.unwrap();
    }
}
