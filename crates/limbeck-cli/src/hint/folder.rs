//! Revision files, and the folders with them.

use std::io;

use limbeck::folder::{FileProblem, FolderError};
use limbeck_core::revision::{Direction, Problem};

pub(crate) fn folder(error: &FolderError) -> Option<String> {
    match error {
        FolderError::Files { problems } => problems.iter().find_map(file),
        FolderError::SeveralPreludes { .. } => Some("put both into one file".to_owned()),
        FolderError::Read { path, source } if source.kind() == io::ErrorKind::NotFound => {
            Some(format!(
                "{} leads to nothing: remove it, or restore the file that it leads to",
                path.display()
            ))
        }
        FolderError::Read { path, source } if source.kind() == io::ErrorKind::PermissionDenied => {
            Some(format!("let this user read {}", path.display()))
        }
        FolderError::Write { path, source } if source.kind() == io::ErrorKind::PermissionDenied => {
            let folder = path.parent().unwrap_or(path);
            Some(format!("let this user write into {}", folder.display()))
        }
        FolderError::Read { .. }
        | FolderError::Write { .. }
        | FolderError::Exists { .. }
        | FolderError::Graph(_) => None,
    }
}

fn file(error: &FileProblem) -> Option<String> {
    match error {
        FileProblem::NotUtf8 { path, .. } => Some(format!("save {} as UTF-8", path.display())),
        FileProblem::Nul { path, .. } => Some(format!(
            "save {} as UTF-8, without the byte",
            path.display()
        )),
        FileProblem::Revision(error) => revision(&error.problem),
    }
}

fn revision(error: &Problem) -> Option<String> {
    let hint = match error {
        Problem::MissingHeader => {
            "begin the file with `-- revision: <id>` and `-- parents: <ids or none>`".to_owned()
        }
        Problem::MissingKey { key: "parents" } => {
            "add `-- parents: none`, or the id of the revision before it".to_owned()
        }
        Problem::MissingKey { key } => format!("add a line `-- {key}: ...` to the header"),
        Problem::ControlCharacter { .. } => "remove it".to_owned(),
        Problem::NotAKey { .. } => {
            "put notes before the keys, with a line `--` between them, or after an empty line"
                .to_owned()
        }
        Problem::UnknownKey { nearest: None, .. } => {
            "the keys are `revision`, `parents`, `created`, `label`, `depends_on`, `dialects`, `requires` and `pending`"
                .to_owned()
        }
        Problem::NearMiss { .. } => {
            "a marker is a whole lower-case line; to keep the comment, begin it with another \
             word or indent it"
                .to_owned()
        }
        Problem::SqlOutsideSection | Problem::MarkerOutsideSection { .. } => {
            "put a line `-- upgrade` before it".to_owned()
        }
        Problem::EmptyStep => "write its SQL or remove the marker".to_owned(),
        Problem::NotEmpty { .. } => "remove either the marker or the SQL".to_owned(),
        Problem::MissingSection {
            direction: Direction::Downgrade,
            dialect,
        } => {
            let dialect = dialect.map_or(String::new(), |dialect| format!(" {dialect}"));
            format!(
                "add `-- downgrade{dialect}` with the SQL that undoes the upgrade or with \
                 `-- nothing`, or `-- downgrade{dialect}: irreversible, <reason>`"
            )
        }
        Problem::MissingSection {
            direction: Direction::Upgrade,
            dialect,
        } => {
            let dialect = dialect.map_or(String::new(), |dialect| format!(" {dialect}"));
            format!("add `-- upgrade{dialect}` with SQL or with `-- nothing`")
        }
        Problem::NotPending { dialect } => {
            format!("remove `{dialect}` from `pending` in the header")
        }
        Problem::DuplicateKey { .. }
        | Problem::UnknownKey { .. }
        | Problem::InvalidValue { .. }
        | Problem::RepeatedValue { .. }
        | Problem::Indented { .. }
        | Problem::DuplicateSection { .. }
        | Problem::Sql(_) => return None,
    };
    Some(hint)
}
