//! Databases of other major versions in the words of one server: each spells views, checks and the like in
//! its own.

use limbeck_core::schema::Schema;

use super::SideError;
use super::load::{Live, Loaded, LoadedFrom};
use super::trial::rebuilt;
use crate::inspect::{Residue, Snapshot, supplements};
use crate::state::Bench;

/// Where the two sides are of two major versions, each is made again on the scratch server, and read there:
/// what a server reports is not always what it reports of its own report.
pub(super) async fn respell(
    bench: &mut Bench,
    before: &mut Loaded,
    target: &mut Loaded,
) -> Result<(), SideError> {
    // Models are in no server's words, and are asked about.
    if before.is_models() || target.is_models() {
        return Ok(());
    }
    let versions = [&*before, &*target].map(|side| side.live().and_then(|live| live.version));
    if versions.iter().all(Option::is_none) {
        return Ok(());
    }
    let Some(own) = bench.server_version().await? else {
        return Ok(());
    };
    let [from, to] = versions.map(|version| version.unwrap_or(own).major());
    if from == to {
        return Ok(());
    }
    for side in [before, target] {
        // What stands on a prelude cannot be made without it.
        if !side.prelude_keys.is_empty() {
            continue;
        }
        let_go(bench, side).await?;
        match rebuilt(bench, side).await? {
            Ok((copy, made)) => {
                bench.discard(copy).await?;
                side.state = merged(&side.state, made);
            }
            // What is only spelled otherwise is shown as a difference then, and nothing is hidden.
            Err(reason) => {
                tracing::warn!(%reason, "a side is compared as its own server spells it");
            }
        }
    }
    Ok(())
}

/// Reads what a side that was made has beside its objects, and drops its scratch database.
async fn let_go(bench: &mut Bench, side: &mut Loaded) -> Result<(), SideError> {
    let Some(mut copy) = side.copy.take() else {
        return Ok(());
    };
    let options = bench.inspect_options().clone();
    let supplements = supplements(&mut copy.connection, &options).await;
    bench.discard(copy).await?;
    side.origin = LoadedFrom::Remade(Box::new(Live {
        supplements: supplements?,
        roles: Vec::new(),
        version: None,
    }));
    Ok(())
}

/// What was read, in the words of what was made of it; what cannot be made stays as it was read.
fn merged(read: &Snapshot, made: Snapshot) -> Snapshot {
    let mut residue: Residue = read.residue.clone();
    for (key, text) in &mut residue {
        if let Some(words) = made.residue.get(key) {
            text.clone_from(words);
        }
    }
    let Schema { sql_objects, .. } = &read.schema;
    let mut schema = made.schema;
    for object in sql_objects {
        if !schema
            .sql_objects
            .iter()
            .any(|one| one.key() == object.key())
        {
            schema.sql_objects.insert(object.clone());
        }
    }
    Snapshot { schema, residue }
}
