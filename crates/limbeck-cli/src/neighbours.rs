//! What other libraries and tools have in a project: their entities and their migrations, told by their shape.

mod entities;
mod migrations;

pub(crate) use entities::Entities;
pub(crate) use migrations::Migrations;

/// Where Limbeck's revisions go while `migrations` holds those of another tool.
pub(crate) const OWN_FOLDER: &str = "limbeck/revisions";

/// What is typed about them.
pub(crate) const HINT: &str = "begin with a database that they have made: limbeck init --from URL";
