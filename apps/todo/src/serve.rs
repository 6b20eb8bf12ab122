//! Starts the service, and stops it without breaking off what it is doing.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal;

use crate::settings::{Environment, Settings};
use crate::{MIGRATOR, State, app, pool};

/// How long requests that are under way have after the signal to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It cannot listen.
    #[error("cannot listen at {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The file of the database cannot be made.
    #[error("the database cannot be opened")]
    Open(#[source] std::io::Error),
    /// The database has not what this release needs.
    #[error(transparent)]
    Revisions(#[from] limbeck::migrator::MigratorError),
    /// The parts cannot be made.
    #[error(transparent)]
    Parts(#[from] crate::error::Error),
    /// The system takes the listener away.
    #[error("the service has stopped")]
    Serve(#[source] std::io::Error),
}

/// Serves until the process is told to stop.
///
/// # Errors
///
/// [`ServeError`]
pub async fn serve(settings: &Settings) -> Result<(), ServeError> {
    let address = settings.address;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen { address, source })?;
    serve_until(settings, listener, stop_signal()).await
}

/// Serves on a listener until `stop` is there, then finishes what is under way.
///
/// # Errors
///
/// [`ServeError`]
pub async fn serve_until(
    settings: &Settings,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    tracing::info!("🚀 Application starting...");
    tracing::info!(environment = %settings.environment, database = %settings.database, "settings");
    if settings.tokens.secret.is_none() && settings.environment == Environment::Development {
        tracing::warn!(
            "JWT_SECRET_KEY is not set: a new one is drawn at each start, and every start logs everybody out"
        );
    }
    let db = pool::open(settings).map_err(ServeError::Open)?;
    MIGRATOR.start(&db, settings.at_start).await?;
    let service = app(State::new(settings, db.clone())?, settings);
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    if let Ok(address) = listener.local_addr() {
        tracing::info!("serving at http://{address}, its description at http://{address}/docs");
    }
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        tracing::info!("🛑 Application shutting down...");
        // The other end is gone only when there is nothing to wait for.
        let _ = stopping.send(());
    });
    let outcome = tokio::select! {
        outcome = serving.into_future() => outcome.map_err(ServeError::Serve),
        () = async {
            // Without a signal there is no end to wait for.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(GRACE).await;
        } => {
            tracing::warn!("requests that took longer than {GRACE:?} are broken off");
            Ok(())
        }
    };
    if let Err(error) = db.close().await {
        tracing::warn!(%error, "the pool was not closed");
    }
    outcome
}

/// Ctrl-C, or what a supervisor sends.
async fn stop_signal() {
    let interrupt = async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
