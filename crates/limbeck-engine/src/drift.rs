//! What a live database has become, compared with what its own revisions build.

pub(crate) mod said;

use std::collections::BTreeSet;

use limbeck_core::compare::{Ignored, Unmanaged, changes, in_words_of, take_out_foreign, without};
use limbeck_core::dialect::Dialect;
use limbeck_core::op::Operation;
use limbeck_core::revision::RevisionId;
use limbeck_core::schema::Object;

use crate::ask::{AskError, settle};
use crate::inspect::{InspectError, InspectOptions, Snapshot, snapshot};
use crate::scratch::ServerVersion;
use crate::state::{Bench, StateError};
use limbeck::connection::Connection;
use limbeck::folder::Folder;

use self::said::Texts;

/// How a live database differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// What was done to it besides the revisions.
    pub operations: Vec<Operation>,
    /// What else is said of the objects of the revisions: changed texts, privileges, comments and the
    /// like, in sentences.
    pub said: Vec<String>,
    /// What others have put there, and columns with a default of their own. It is theirs, and no drift.
    pub unmanaged: BTreeSet<Object>,
}

/// Why it cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum DriftError {
    /// The state of the revisions cannot be told.
    #[error(transparent)]
    State(#[from] StateError),
    /// The live database cannot be read.
    #[error("failed to read the live database")]
    Inspect(#[from] InspectError),
    /// The scratch database gives no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// Compares a live database with the state of the revisions that it has run.
///
/// # Errors
///
/// One of the two cannot be read.
pub async fn drift(
    bench: &mut Bench,
    folder: &Folder,
    live: &mut Connection,
    applied: &[RevisionId],
    unmanaged: &Unmanaged,
) -> Result<Drift, DriftError> {
    let found = look(bench.inspect_options(), live).await?;
    drift_of(
        bench,
        folder,
        found,
        applied,
        unmanaged,
        &Ignored::default(),
    )
    .await
}

/// What was read from a live database.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// All of it.
    pub snapshot: Snapshot,
    /// Its server, where that tells its version: others write the text of a view otherwise.
    pub version: Option<ServerVersion>,
}

/// Reads a live database.
///
/// # Errors
///
/// It cannot be read.
pub async fn look(options: &InspectOptions, live: &mut Connection) -> Result<Found, InspectError> {
    Ok(Found {
        snapshot: snapshot(live, options).await?,
        version: live.server_version(),
    })
}

/// Compares what was read from a live database with the state of the revisions that it has run.
///
/// # Errors
///
/// The state of the revisions cannot be told.
pub async fn drift_of(
    bench: &mut Bench,
    folder: &Folder,
    found: Found,
    applied: &[RevisionId],
    unmanaged: &Unmanaged,
    ignored: &Ignored,
) -> Result<Drift, DriftError> {
    let dialect = bench.dialect();
    let options = bench.inspect_options().clone();
    bench.expect_base();
    let state = bench.state(folder, applied).await?;
    let mut expected = state.schema.clone();
    let version = found.version;
    let Snapshot {
        schema: mut found,
        residue: live,
    } = found.snapshot;
    without(&mut found, &state.prelude);
    ignored.keep(&expected, &mut found);
    let mut drift = Drift::default();
    let theirs = found.clone();
    in_words_of(&expected, &mut found);
    unmanaged.take_out(&mut expected);
    drift.unmanaged.extend(unmanaged.take_out(&mut found));
    drift
        .unmanaged
        .extend(take_out_foreign(&mut found, &expected, dialect));
    let whole = found.clone();
    let defaults = unmanaged.keep_defaults(&expected, &mut found, dialect);
    let left = if defaults.is_empty() {
        Vec::new()
    } else {
        changes(&found, &whole, dialect)
    };
    drift.unmanaged.extend(defaults.into_keys());
    let mut operations = changes(&expected, &found, dialect);
    let spelled = operations.clone();
    if !operations.is_empty() {
        let mut copy = bench.copy(folder, applied).await?;
        let outcome = settle(&mut copy.connection, &expected, &found, &options).await;
        bench.discard(copy).await?;
        let (expected, found) = outcome?;
        operations = changes(&expected, &found, dialect);
    }
    let made = bench.residue(folder, applied).await?;
    let base = bench.residue(folder, &[]).await?;
    let texts = Texts {
        made: &made,
        base: &base,
        live: &live,
        ignored,
        unmanaged: &drift.unmanaged,
        theirs: &theirs,
        told: spelled.iter().chain(&operations).chain(&left).collect(),
    };
    let mut differences = texts.differences(dialect);
    if dialect == Dialect::Postgres
        && let Some(version) = version
        && bench.server_version().await?.map(ServerVersion::major) != Some(version.major())
    {
        said::leave_words(bench, folder, applied, &texts, &mut differences).await?;
    }
    drift.said = differences.iter().map(said::sentence).collect();
    drift.operations = operations;
    Ok(drift)
}
