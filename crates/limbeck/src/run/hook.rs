//! Functions of an application that change data in the transaction of a revision.

#[cfg(feature = "test")]
use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
#[cfg(feature = "sqlite")]
use std::sync::atomic::AtomicBool;
#[cfg(feature = "test")]
use std::sync::atomic::AtomicU64;
#[cfg(any(feature = "sqlite", feature = "test"))]
use std::sync::atomic::Ordering;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::RevisionId;
#[cfg(feature = "postgres")]
use sqlx::PgConnection;
#[cfg(feature = "sqlite")]
use sqlx::SqliteConnection;

use crate::connection::Connection;
#[cfg(feature = "sqlite")]
use crate::connection::SqliteHandle;
use crate::run::prepare::Pending;
use crate::run::{RunError, RunErrorKind};

/// Why a function failed.
pub type HookError = Box<dyn std::error::Error + Send + Sync>;

/// What a function gives back.
pub type HookResult = Result<(), HookError>;

type Running<'c> = Pin<Box<dyn Future<Output = HookResult> + Send + 'c>>;
type Boxed<C> = Arc<dyn for<'c> Fn(&'c mut C) -> Running<'c> + Send + Sync>;

/// A function that takes a connection and changes data: any `async fn(&mut PgConnection) -> Result<(), E>`, of whose error a
/// [`HookError`] can be made, as of those of sqlx, `anyhow` and `thiserror`.
pub trait HookFn<'c, C>: Send + Sync + 'static {
    /// Calls it.
    #[doc(hidden)]
    fn call(&self, connection: &'c mut C) -> Running<'c>;
}

impl<'c, C, F, R, E> HookFn<'c, C> for F
where
    C: 'c,
    F: Fn(&'c mut C) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), E>> + Send + 'c,
    E: Into<HookError>,
{
    fn call(&self, connection: &'c mut C) -> Running<'c> {
        let running = self(connection);
        Box::pin(async move { running.await.map_err(Into::into) })
    }
}

/// What a function takes: `sqlx::PgConnection` or `sqlx::SqliteConnection`.
pub trait HookConnection: Sized + 'static {
    /// Keeps a function that takes it.
    #[doc(hidden)]
    fn keep<F: for<'c> HookFn<'c, Self>>(hook: F) -> Hook;
}

#[cfg(feature = "postgres")]
impl HookConnection for PgConnection {
    fn keep<F: for<'c> HookFn<'c, Self>>(hook: F) -> Hook {
        let hook: Boxed<Self> = Arc::new(move |connection| hook.call(connection));
        Hook {
            kept: Kept::Postgres(hook),
            #[cfg(feature = "test")]
            identity: identity::<F>(),
        }
    }
}

#[cfg(feature = "sqlite")]
impl HookConnection for SqliteConnection {
    fn keep<F: for<'c> HookFn<'c, Self>>(hook: F) -> Hook {
        let hook: Boxed<Self> = Arc::new(move |connection| hook.call(connection));
        Hook {
            kept: Kept::Sqlite(hook),
            #[cfg(feature = "test")]
            identity: identity::<F>(),
        }
    }
}

/// A function, for one of the databases.
#[doc(hidden)]
#[derive(Clone)]
pub struct Hook {
    kept: Kept,
    #[cfg(feature = "test")]
    identity: String,
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hook").field(&self.dialect()).finish()
    }
}

#[derive(Clone)]
enum Kept {
    #[cfg(feature = "postgres")]
    Postgres(Boxed<PgConnection>),
    #[cfg(feature = "sqlite")]
    Sqlite(Boxed<SqliteConnection>),
}

impl Hook {
    fn dialect(&self) -> Dialect {
        match self.kept {
            #[cfg(feature = "postgres")]
            Kept::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "sqlite")]
            Kept::Sqlite(_) => Dialect::Sqlite,
        }
    }
}

/// The type is the function, unless it holds values, of which nothing can be told.
#[cfg(feature = "test")]
fn identity<F: 'static>() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let of_type = format!("{:?}", TypeId::of::<F>());
    if size_of::<F>() == 0 {
        return of_type;
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{of_type} {} {number}", std::process::id())
}

/// The functions of an application, by their revisions.
#[derive(Clone, Default)]
pub struct Hooks {
    by_revision: BTreeMap<(RevisionId, Dialect), Hook>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_revision.keys()).finish()
    }
}

impl Hooks {
    /// Adds the function of a revision on one of the databases.
    pub fn add<C: HookConnection, F: for<'c> HookFn<'c, C>>(&mut self, id: RevisionId, hook: F) {
        self.insert(id, C::keep(hook));
    }

    pub(crate) fn insert(&mut self, id: RevisionId, hook: Hook) {
        self.by_revision.insert((id, hook.dialect()), hook);
    }

    /// Texts that differ where the functions may, in one build of the application.
    #[cfg(feature = "test")]
    pub(crate) fn identities(&self, dialect: Dialect) -> Vec<String> {
        let of_dialect = self
            .by_revision
            .iter()
            .filter(|((_, on), _)| *on == dialect);
        of_dialect
            .map(|((id, _), hook)| format!("{id} {}", hook.identity))
            .collect()
    }

    /// Whether there is one already that this one would replace.
    pub(crate) fn has_another(&self, id: &RevisionId, hook: &Hook) -> Option<Dialect> {
        let dialect = hook.dialect();
        self.get(id, dialect).map(|_| dialect)
    }

    pub(super) fn get(&self, id: &RevisionId, dialect: Dialect) -> Option<&Hook> {
        self.by_revision.get(&(id.clone(), dialect))
    }
}

/// Calls the function of a revision in the transaction that is open, which it must leave open.
pub(super) async fn run(
    connection: &mut Connection,
    pending: &Pending<'_>,
    hook: &Hook,
) -> Result<(), RunError> {
    let failed = |source| RunErrorKind::Hook {
        id: pending.revision.id.clone(),
        file: pending.file.to_owned(),
        source,
    };
    match (&hook.kept, connection) {
        #[cfg(feature = "postgres")]
        (Kept::Postgres(hook), connection) => {
            let before = transaction(connection, "pg_catalog.txid_current()").await?;
            let mut outcome = Ok(());
            #[cfg_attr(
                not(feature = "sqlite"),
                expect(irrefutable_let_patterns, reason = "it is the only kind")
            )]
            if let Connection::Postgres { connection, .. } = connection {
                outcome = on_postgres(connection, hook).await;
            }
            let after = transaction(connection, "pg_catalog.txid_current_if_assigned()").await;
            match outcome {
                Ok(()) => {
                    if after? == before {
                        Ok(())
                    } else {
                        Err(RunErrorKind::HookEnded {
                            id: pending.revision.id.clone(),
                            file: pending.file.to_owned(),
                        }
                        .into())
                    }
                }
                Err(error) => Err(failed(match after {
                    Ok(after) if after != before => Ended::Committed(error).into(),
                    // In a transaction that has failed no question is answered.
                    Ok(_) | Err(_) => error,
                })
                .into()),
            }
        }
        #[cfg(feature = "sqlite")]
        (Kept::Sqlite(hook), connection) => {
            #[cfg_attr(
                not(feature = "postgres"),
                expect(irrefutable_let_patterns, reason = "it is the only kind")
            )]
            let Connection::Sqlite(connection) = connection else {
                return Ok(());
            };
            if let SqliteHandle::Pooled(pooled) = connection {
                pooled.has_hooks();
            }
            Ok(on_sqlite(connection, hook).await.map_err(failed)?)
        }
    }
}

/// For sqlx the connection is in a transaction, so that `begin` of the function makes a savepoint, and its `commit`
/// ends no more than that.
#[cfg(feature = "postgres")]
async fn on_postgres(connection: &mut PgConnection, hook: &Boxed<PgConnection>) -> HookResult {
    use sqlx::Connection as _;
    let mut transaction = if connection.is_in_transaction() {
        connection.begin().await?
    } else {
        connection.begin_with("SAVEPOINT limbeck_hook").await?
    };
    let outcome = hook(&mut transaction).await;
    // It is the step that ends it, by statements of its own.
    std::mem::forget(transaction);
    outcome
}

#[cfg(feature = "postgres")]
async fn transaction(
    connection: &mut Connection,
    number: &str,
) -> Result<Vec<crate::connection::TextRow>, RunError> {
    let sql = format!("SELECT {number}");
    connection
        .query_text(&sql)
        .await
        .map_err(crate::run::lock::failed)
}

/// SQLite makes a ROLLBACK of a COMMIT that is refused (sqlite.org/c3ref/commit_hook.html), so that nothing of the step
/// is left when the function has tried to end it.
#[cfg(feature = "sqlite")]
async fn on_sqlite(
    connection: &mut SqliteConnection,
    hook: &Boxed<SqliteConnection>,
) -> HookResult {
    let commits = Arc::new(AtomicBool::new(false));
    let rolls_back = Arc::new(AtomicBool::new(false));
    {
        let (commits, rolls_back) = (Arc::clone(&commits), Arc::clone(&rolls_back));
        let mut handle = connection.lock_handle().await?;
        handle.set_commit_hook(move || {
            commits.store(true, Ordering::Release);
            false
        });
        handle.set_rollback_hook(move || rolls_back.store(true, Ordering::Release));
    }
    let outcome = hook(connection).await;
    let mut handle = connection.lock_handle().await?;
    handle.remove_commit_hook();
    handle.remove_rollback_hook();
    if commits.load(Ordering::Acquire) {
        return Err(Ended::CommitRefused(outcome.err()).into());
    }
    // Its own error says more: a constraint of `INSERT OR ROLLBACK`, or a trigger, may have done it.
    outcome?;
    if rolls_back.load(Ordering::Acquire) {
        return Err(Ended::RolledBack.into());
    }
    Ok(())
}

/// What a function has done to the transaction of its step, where that is not all that there is to tell.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[cfg(feature = "postgres")]
    #[error(
        "it has ended the transaction of its step, what it committed is there and not in the history, and then it failed"
    )]
    Committed(#[source] HookError),
    #[cfg(feature = "sqlite")]
    #[error(
        "it has tried to commit the transaction of its step, which is refused and rolls the step back"
    )]
    CommitRefused(#[source] Option<HookError>),
    #[cfg(feature = "sqlite")]
    #[error("the transaction of its step has been rolled back in it")]
    RolledBack,
}
