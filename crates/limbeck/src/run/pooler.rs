//! Whether a connection has a session to itself from one statement to the next: behind a pooler that
//! gives sessions out by the transaction it has none.
//!
//! No port and no host name tells. Two connections of ours do: while neither is in a transaction,
//! such a pooler leads both to one process of the server, or one of them now here, now there.

use std::time::Duration;

use crate::connection::{Connection, QueryError, TextRow};

/// How long the second connection may take; a pool whose sessions are all taken lets it wait.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whom each question goes to. The order is uneven, for a pooler that gives its sessions out in turn.
const ORDER: [Whom; 8] = {
    use Whom::{Other, This};
    [This, This, Other, This, Other, Other, This, Other]
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    This,
    Other,
}

/// Tells whether the connection shares its session with others.
///
/// # Errors
///
/// [`QueryError`] when the server does not answer.
pub async fn shares_session(connection: &mut Connection) -> Result<bool, QueryError> {
    let own = process(connection).await?;
    let mut other = another(connection).await;
    let mut others = None;
    for whom in ORDER {
        match whom {
            Whom::This => {
                if process(connection).await? != own {
                    return Ok(true);
                }
            }
            Whom::Other => {
                let Some(second) = &mut other else {
                    continue;
                };
                // Who waits for a session is not led to that of another: this one is kept for us.
                let Ok(Ok(found)) = tokio::time::timeout(PATIENCE, process(second)).await else {
                    other = None;
                    continue;
                };
                if found == own || others.get_or_insert_with(|| found.clone()) != &found {
                    return Ok(true);
                }
            }
        }
    }
    if let Some(other) = other {
        let _ = other.close().await;
    }
    Ok(false)
}

/// A second connection, where there is room for one.
async fn another(connection: &Connection) -> Option<Connection> {
    let attempt = tokio::time::timeout(PATIENCE, connection.another()?).await;
    attempt.ok()?.ok()
}

/// The process of the server that answers.
async fn process(connection: &mut Connection) -> Result<Vec<TextRow>, QueryError> {
    connection
        .query_text("SELECT pg_catalog.pg_backend_pid()")
        .await
}
