//! Made-up rows: tables are filled with rows that two versions of them accept, and compared after a change.
//!
//! Nothing here interprets SQL to decide which rows are valid. It proposes values, and the database accepts or
//! refuses them. The same input gives the same rows.

mod beside;
mod blame;
mod change;
mod compose;
mod counters;
mod document;
mod draft;
mod exclusive;
mod fill;
mod fixture;
mod hints;
mod kept;
mod kind;
mod moment;
mod narrow;
mod next;
mod order;
mod pattern;
mod probe;
mod refusal;
mod report;
mod search;
mod stock;
mod trial;
mod unfit;
mod value;
mod verdict;
mod walk;

use std::collections::BTreeSet;

use limbeck_core::schema::{QualifiedName, Schema};

pub use self::change::{Change, Place};
pub use self::fill::Filled;
pub use self::kept::{Difference, HeldRows, read_after, read_before};
pub use self::report::{Finding, RowsReport, announce};
pub(crate) use self::trial::{RowsTrial, prove_rows};
pub use self::verdict::{Leg, differences};

use self::draft::{Amount, Sides};
use limbeck::connection::{Connection, QueryError};

/// Fills those of `tables` that are empty with rows that satisfy the state before and, as far as the
/// columns are there, the state after.
///
/// # Errors
///
/// The database does not answer. A table that takes no row is named in [`Filled::without`].
pub async fn fill(
    connection: &mut Connection,
    before: &Schema,
    after: Option<(&Schema, &Change)>,
    tables: &BTreeSet<QualifiedName>,
) -> Result<Filled, QueryError> {
    let mut sides = Sides {
        before,
        after,
        types: Default::default(),
        dialect: connection.dialect(),
        amount: Amount::Few,
    };
    fill::fill(connection, &mut sides, tables).await
}
