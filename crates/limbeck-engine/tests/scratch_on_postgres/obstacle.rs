//! What keeps a database from being dropped is taken away first.

use std::time::Duration;

use limbeck::connection::Connection;
use limbeck_engine::scratch::{Scratch, Trust};

use super::{cache, scratch_options};

/// What a trusted revision may leave in its database or note of it on the server.
const LEFT: &[&str] = &[
    "CREATE TABLE t (a int); CREATE PUBLICATION p FOR TABLE t;
     CREATE SUBSCRIPTION \"it's\" CONNECTION 'host=/nowhere dbname=x' PUBLICATION p WITH (connect = false)",
    "CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere dbname=x' PUBLICATION p WITH (connect = false);
     CREATE SUBSCRIPTION t CONNECTION 'host=/nowhere dbname=x' PUBLICATION p WITH (connect = false);
     ALTER SUBSCRIPTION t ENABLE;
     INSERT INTO pg_subscription_rel SELECT oid, 'pg_class'::regclass, 'i' FROM pg_subscription",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I IS_TEMPLATE true', current_database()); END $$",
];

#[tokio::test]
async fn what_a_revision_leaves_does_not_keep_its_database() {
    let cache = cache();
    let mut options = scratch_options(&cache);
    options.server.trust = Trust::Everything;
    let mut scratch = Scratch::open(&options).await.unwrap();
    let mut admin = Connection::connect(scratch.url()).await.unwrap();
    let dead = "limbeck_replay_4294967295_1000000000_0123abcd";
    for sql in LEFT {
        let database = scratch.create_database("replay", None).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        connection.batch(sql).await.unwrap();
        connection.close().await.unwrap();
        scratch.drop_database(&database.name).await.unwrap();
        assert!(
            !scratch.has_database(&database.name).await.unwrap(),
            "{sql}"
        );

        // The same of a run that was killed.
        let create = format!("CREATE DATABASE {dead}");
        admin.execute(&create).await.unwrap();
        let mut connection = scratch.database(dead).connect().await.unwrap();
        connection.batch(sql).await.unwrap();
        connection.close().await.unwrap();
        // The backend outlives its client by a moment, and keeps it.
        let mut dropped = Vec::new();
        for _ in 0..100 {
            dropped.extend(scratch.remove_leftovers().await.unwrap());
            if !dropped.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(dropped, [dead], "{sql}");
    }
    let left = admin.query_text("SELECT subname FROM pg_subscription");
    assert!(left.await.unwrap().is_empty());
    admin.close().await.unwrap();
    scratch.close().await.unwrap();
}
