//! What other libraries and tools have in a project: their entities and their migrations, told by their shape.

mod alembic;
mod entities;
mod histories;
mod migrations;
mod places;
mod settings;

use std::fmt;

pub(crate) use alembic::{Depth, outside as alembic_outside};
pub(crate) use entities::{Entities, Library};
pub(crate) use histories::{History, Owner, histories};
pub(crate) use migrations::Migrations;
pub(crate) use settings::{DIESEL, SQLX, Settings};

/// Where Limbeck's revisions go while `migrations` holds those of another tool.
pub(crate) const OWN_FOLDER: &str = "limbeck/revisions";

/// What another library or tool has in a project.
#[derive(Debug, Clone)]
pub(crate) enum Neighbour {
    Entities(Entities),
    Migrations(Migrations),
}

impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entities(found) => found.fmt(f),
            Self::Migrations(found) => found.fmt(f),
        }
    }
}

impl Neighbour {
    /// What becomes of it when a project begins.
    pub(crate) fn fate(&self) -> &'static str {
        match self {
            Self::Entities(found) if found.are_models => "they are the models",
            Self::Entities(_) => "they are not among the models",
            Self::Migrations(_) => "left as it is",
        }
    }
}

/// What is typed about them.
pub(crate) const HINT: &str = "begin with a database that they have made: limbeck init --from URL";

/// A folder with these files.
#[cfg(test)]
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let file = place.path().join(name);
        let parent = file.parent().expect("it is in the folder");
        std::fs::create_dir_all(parent).expect("is made");
        std::fs::write(file, text).expect("is written");
    }
    place
}
