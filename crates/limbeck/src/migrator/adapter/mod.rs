//! The revisions for what other libraries run, so that a framework need not know of Limbeck.

#[cfg(feature = "diesel")]
mod diesel;
#[cfg(any(feature = "diesel", feature = "sqlx-migrate"))]
mod part;
#[cfg(feature = "sea-orm-migration")]
mod sea_orm;
#[cfg(feature = "sqlx-migrate")]
mod sqlx;

use limbeck_core::revision::{Graph, Revision, RevisionId};

use super::MigratorError;

#[cfg(feature = "sea-orm-migration")]
pub use self::sea_orm::{Revisions, SeaOrm};

/// The revisions in the order of an upgrade from nothing; several heads are an error that names them.
fn line(graph: &Graph) -> Result<Vec<&Revision>, MigratorError> {
    let head: Vec<RevisionId> = graph.resolve("head", &[])?;
    let path = graph.upgrade_path(&[], &head)?;
    Ok(path.into_iter().filter_map(|id| graph.get(id)).collect())
}
