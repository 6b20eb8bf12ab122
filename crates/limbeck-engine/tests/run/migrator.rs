//! Revisions that applications run on their pools.

use limbeck::migrator::{AtStart, Migrator, MigratorError};
use limbeck::run::RunErrorKind;
use limbeck::url::Target;
use sqlx::postgres::{PgPool, PgPoolOptions};

use super::place::{Place, Postgres, ids, tables};

static MIGRATOR: Migrator = limbeck::embed!("../limbeck/examples/migrations");

async fn pool(place: &Place) -> PgPool {
    let Target::Postgres(options) = place.url.target() else {
        panic!("{:?}", place.url);
    };
    let pool = PgPoolOptions::new().max_connections(2);
    pool.connect_with(options.clone()).await.unwrap()
}

#[tokio::test]
async fn applications_start_on_their_pools_on_postgres() {
    let mut server = Postgres::start().await;
    for _ in 0..2 {
        let place = server.place().await;
        let pools = [pool(&place).await, pool(&place).await, pool(&place).await];
        let before = MIGRATOR.status(&pools[0]).await.unwrap();
        assert_eq!(before.pending, ids(&["3f1c9a70b2d4", "a90d44e6c175"]));
        // Nothing is made by looking.
        let mut connection = place.connect().await;
        assert!(tables(&mut connection).await.is_empty());
        let error = MIGRATOR.start(&pools[0], AtStart::Check).await.unwrap_err();
        assert!(matches!(error, MigratorError::Pending(_)), "{error:?}");
        let starts = (0..9).map(|number| {
            let pool = pools[number % 3].clone();
            tokio::spawn(async move { MIGRATOR.start(&pool, AtStart::Upgrade).await })
        });
        for start in starts.collect::<Vec<_>>() {
            let status = start.await.unwrap().unwrap();
            assert!(status.is_at_head());
            assert_eq!(status.current, ids(&["a90d44e6c175"]));
        }
        sqlx::query("INSERT INTO notes (text, done) VALUES ('x', true)")
            .execute(&pools[1])
            .await
            .unwrap();
        let error = MIGRATOR.downgrade(&pools[2], "base").await.unwrap_err();
        assert!(
            matches!(&error, MigratorError::Run(run) if matches!(run.kind(), RunErrorKind::WouldLose { objects, .. } if objects.len() == 2)),
            "{error:?}"
        );
        sqlx::query("DELETE FROM notes")
            .execute(&pools[1])
            .await
            .unwrap();
        let gone = MIGRATOR.downgrade(&pools[2], "base").await.unwrap();
        assert_eq!(gone, ids(&["a90d44e6c175", "3f1c9a70b2d4"]));
        // No setting and no lock stays with a connection of a pool.
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
        let held: i64 = sqlx::query_scalar(held).fetch_one(&pools[0]).await.unwrap();
        assert_eq!(held, 0);
        for pool in pools {
            pool.close().await;
        }
        connection.close().await.unwrap();
        server.leave(place).await;
    }
    server.scratch.close().await.unwrap();
}
