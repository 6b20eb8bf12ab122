//! SQLite databases as bytes: what templates are on PostgreSQL, so that each revision is replayed once.

use limbeck_core::revision::RevisionId;

use super::{Bench, Copy, StateError};
use crate::inspect::InspectError;
use limbeck::connection::{Connection, QueryError, TextRow};
use limbeck::folder::Folder;

/// So many are kept: branches are proven by turns.
const KEPT: usize = 4;

/// A database after some revisions.
#[derive(Debug)]
pub(super) struct Image {
    /// What it is known by.
    hash: String,
    bytes: Vec<u8>,
}

/// What a revision can set for its session, as far as that can be read.
const SESSION: &str = "SELECT (SELECT count(*) FROM temp.sqlite_schema), f.foreign_keys, l.legacy_alter_table, \
    r.recursive_triggers, i.ignore_check_constraints, w.writable_schema, u.reverse_unordered_selects, \
    t.trusted_schema, d.defer_foreign_keys, s.secure_delete, \
    'a' LIKE 'A' \
    FROM pragma_foreign_keys f, pragma_legacy_alter_table l, pragma_recursive_triggers r, \
    pragma_ignore_check_constraints i, pragma_writable_schema w, pragma_reverse_unordered_selects u, \
    pragma_trusted_schema t, pragma_defer_foreign_keys d, pragma_secure_delete s";

impl Bench {
    /// A database in memory after the revisions of a path. It begins with the image of the longest known part.
    pub(super) async fn sqlite_copy(
        &mut self,
        folder: &Folder,
        path: &[&RevisionId],
    ) -> Result<Copy, StateError> {
        let hashes = self.hashes(folder, path).await?;
        let known = hashes.iter().enumerate().rev().find_map(|(length, hash)| {
            let mut images = self.images.iter();
            Some((length, images.find(|image| image.hash == *hash)?))
        });
        let (mut connection, done) = match known {
            Some((length, image)) => {
                let opened = Connection::of_image(&image.bytes).await;
                (opened.map_err(InspectError::from)?, length)
            }
            None => (Connection::memory().await?, 0),
        };
        let fresh = session(&mut connection).await?;
        if known.is_none() {
            self.run_prelude(&mut connection, folder).await?;
        }
        for id in &path[done..] {
            self.replay(&mut connection, folder, id).await?;
        }
        // What was set for the session is in no image, and counts for what is run next.
        if done < path.len() && session(&mut connection).await? == fresh {
            let image = connection.image().await.map_err(InspectError::from)?;
            self.keep_image(hashes.into_iter().next_back(), image);
        }
        Ok(Copy {
            connection,
            database: None,
            hash: String::new(),
        })
    }

    fn keep_image(&mut self, hash: Option<String>, bytes: Option<Vec<u8>>) {
        let (Some(hash), Some(bytes)) = (hash, bytes) else {
            return;
        };
        self.images.truncate(KEPT - 1);
        self.images.push_front(Image { hash, bytes });
    }
}

async fn session(connection: &mut Connection) -> Result<Vec<TextRow>, StateError> {
    let read: Result<Vec<TextRow>, QueryError> = connection.query_text(SESSION).await;
    Ok(read.map_err(InspectError::from)?)
}
