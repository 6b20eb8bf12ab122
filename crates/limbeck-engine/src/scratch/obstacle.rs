//! What a revision may leave behind that keeps its database from being dropped.
//!
//! Subscriptions, replication slots and prepared transactions are noted for the whole server and tied to a
//! database, which stays as long as they do (PostgreSQL manual, DROP DATABASE).

use limbeck::connection::{Connection, QueryError};
use limbeck::url::DatabaseUrl;

use super::{OBJECT_IN_USE, ScratchError, database, literal, query_error, quote, rows};

/// A template is not dropped.
const WRONG_OBJECT_TYPE: &str = "42809";

/// Whether a database was not dropped because of something that can be taken away.
pub(super) fn may_be_cleared(error: &QueryError) -> bool {
    error.has_code(OBJECT_IN_USE) || error.has_code(WRONG_OBJECT_TYPE)
}

/// Takes away what keeps a scratch database from being dropped. Nothing of it is undone on another server:
/// a slot that a subscription has there is given up, as nobody could say whose it is.
pub(super) async fn clear(
    admin: &mut Connection,
    url: &DatabaseUrl,
    name: &str,
) -> Result<(), ScratchError> {
    let failed = |what: &str, source| query_error(format!("{what} database `{name}`"), source);
    let settings = format!(
        "ALTER DATABASE {} IS_TEMPLATE false ALLOW_CONNECTIONS true",
        quote(name)
    );
    admin
        .batch(&settings)
        .await
        .map_err(|source| failed("take back settings of", source))?;
    release_slots(admin, name)
        .await
        .map_err(|source| failed("drop replication slots of", source))?;
    let mut inside = database::connect(url, name).await?;
    let outcome = match drop_subscriptions(&mut inside).await {
        Ok(()) => roll_back_prepared(&mut inside)
            .await
            .map_err(|source| failed("roll back prepared transactions of", source)),
        Err(source) => Err(failed("drop subscriptions of", source)),
    };
    let _ = inside.close().await;
    outcome
}

async fn release_slots(admin: &mut Connection, name: &str) -> Result<(), QueryError> {
    let of_database = format!(
        "FROM pg_replication_slots WHERE database = {}",
        literal(name)
    );
    let stop =
        format!("SELECT pg_terminate_backend(active_pid) {of_database} AND active_pid IS NOT NULL");
    rows(admin, &stop).await?;
    // One that its reader has not let go of yet is told by the database that is not dropped.
    let drop = format!("SELECT pg_drop_replication_slot(slot_name) {of_database} AND NOT active");
    rows(admin, &drop).await.map(|_| ())
}

async fn drop_subscriptions(inside: &mut Connection) -> Result<(), QueryError> {
    let names =
        "SELECT s.subname FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid
         WHERE d.datname = current_database()";
    for name in rows(inside, names).await?.into_iter().flatten().flatten() {
        let subscription = quote(&name);
        inside
            .execute(&format!("ALTER SUBSCRIPTION {subscription} DISABLE"))
            .await?;
        inside
            .execute(&format!(
                "ALTER SUBSCRIPTION {subscription} SET (slot_name = NONE)"
            ))
            .await?;
        // For a table that is not in step the other server would be asked, which may not be there. Who is no
        // superuser waits for its answer.
        let tables = format!(
            "DELETE FROM pg_catalog.pg_subscription_rel WHERE srsubid OPERATOR(pg_catalog.=) \
             (SELECT oid FROM pg_catalog.pg_subscription WHERE subname OPERATOR(pg_catalog.=) {} \
              AND subdbid OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database \
                  WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()))",
            literal(&name)
        );
        if let Err(error) = inside.execute(&tables).await {
            tracing::debug!(%error, subscription, "its tables are not forgotten");
        }
        inside
            .execute(&format!("DROP SUBSCRIPTION {subscription}"))
            .await?;
    }
    Ok(())
}

async fn roll_back_prepared(inside: &mut Connection) -> Result<(), QueryError> {
    let names = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
    for name in rows(inside, names).await?.into_iter().flatten().flatten() {
        inside
            .execute(&format!("ROLLBACK PREPARED {}", literal(&name)))
            .await?;
    }
    Ok(())
}
