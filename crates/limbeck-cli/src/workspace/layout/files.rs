//! The files that a tool reads in its layout: what is left out here would be run by it all the same.

use std::fs;
use std::path::{Path, PathBuf};

use limbeck_engine::layout::Layout;
use limbeck_engine::takeover::SourceFile;

use super::{BESIDE, failed};
use crate::checkout;
use crate::command_error::CommandError;
use crate::workspace::Workspace;

/// So many folders and files are looked at: a stranger's checkout has as many as it likes.
const MOST_ENTRIES: usize = 100_000;

/// All migrations together are not larger; in bytes.
const LARGEST_SUM: u64 = 512 << 20;

/// A file to read.
struct Found {
    path: PathBuf,
    /// Its path below the folder of the migrations.
    name: String,
}

/// What is in a folder and the folders below it, as far as the tool looks.
struct Walk<'a> {
    workspace: &'a Workspace,
    layout: Layout,
    /// The folders to look into, with what the names in them begin with.
    open: Vec<(PathBuf, String)>,
    found: Vec<Found>,
    /// A migration of another tool.
    other: Option<PathBuf>,
    entries: usize,
    sum: u64,
}

impl Workspace {
    /// The files that the tool reads.
    pub(super) fn files_of_layout(
        &self,
        layout: Layout,
        place: &Path,
    ) -> Result<Vec<SourceFile>, CommandError> {
        let mut walk = Walk {
            workspace: self,
            layout,
            open: vec![(place.to_owned(), String::new())],
            found: Vec::new(),
            other: None,
            entries: 0,
            sum: 0,
        };
        refuse_own(place)?;
        while let Some((folder, prefix)) = walk.open.pop() {
            walk.folder(&folder, &prefix)?;
        }
        // Those of another tool would be made anew.
        if let (true, Some(other)) = (walk.found.is_empty(), walk.other) {
            return Err(CommandError::config(format!(
                "{} holds no migration of {}, but {}",
                place.display(),
                layout.tool(),
                other.display()
            ))
            .hint(format!("is `layout` in {} meant?", self.config_file)));
        }
        let mut files = Vec::new();
        for Found { path, name } in walk.found {
            let bytes = fs::read(&path).map_err(|error| failed(&path, &error))?;
            files.push(SourceFile { path: name, bytes });
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }
}

/// Refuses rows and what others own where the tool has its migrations: there they are not read.
fn refuse_own(place: &Path) -> Result<(), CommandError> {
    let is_there = |file: &&str| place.join(file).is_file();
    let Some(file) = ["scratch.sql", "fixtures/all.sql"]
        .into_iter()
        .find(is_there)
    else {
        return Ok(());
    };
    let text = format!(
        "{} is not read: the folder is the tool's",
        place.join(file).display()
    );
    Err(CommandError::config(text).hint(format!("move it to {BESIDE}/{file}")))
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), CommandError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(failed(folder, &error).hint(format!(
                    "make it, or write into {} where they are: migrations = \"FOLDER\"",
                    self.workspace.config_file
                )));
            }
            Err(error) => return Err(failed(folder, &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed(folder, &error))?;
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                let text = format!("too much is in the folder of {}", folder.display());
                return Err(CommandError::config(text).cause(format!(
                    "up to {MOST_ENTRIES} files and folders are looked at"
                )));
            }
            self.entry(&entry, prefix)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &fs::DirEntry, prefix: &str) -> Result<(), CommandError> {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        // What sqlx and refinery leave out does not begin with a point.
        if self.layout == Layout::Diesel && name.starts_with('.') {
            return Ok(());
        }
        let has_sql = name.ends_with(".sql") && !name.starts_with('.');
        if self.found.is_empty() && (has_sql || path.join("up.sql").is_file()) {
            self.other.get_or_insert(path.clone());
        }
        let kind = entry.file_type().map_err(|error| failed(&path, &error))?;
        if !self.is_read(&name, prefix, kind) {
            return Ok(());
        }
        let found = fs::metadata(&path).map_err(|error| failed(&path, &error))?;
        let has_files = self.layout != Layout::Diesel || !prefix.is_empty();
        // Links to folders may go round in a circle: Diesel follows them in one folder alone, refinery nowhere.
        let has_folders = match self.layout {
            Layout::Sqlx => false,
            Layout::Diesel => prefix.is_empty(),
            Layout::Refinery => kind.is_dir(),
        };
        let is_folder = has_folders && found.is_dir();
        let is_file = has_files && found.is_file();
        if !is_folder && !is_file {
            return Ok(());
        }
        checkout::refuse(&self.workspace.within, &path, &path.display().to_string())?;
        let name = format!("{prefix}{name}");
        if is_folder {
            self.open.push((path, format!("{name}/")));
            return Ok(());
        }
        self.weigh(&path, found.len())?;
        self.found.push(Found { path, name });
        Ok(())
    }

    /// Whether the tool looks at what has a name.
    fn is_read(&self, name: &str, prefix: &str, kind: fs::FileType) -> bool {
        match self.layout {
            Layout::Sqlx => name.contains('_') && name.ends_with(".sql"),
            Layout::Diesel => {
                prefix.is_empty() || ["up.sql", "down.sql", "metadata.toml"].contains(&name)
            }
            Layout::Refinery => {
                let is_source = name.ends_with(".sql") || name.ends_with(".rs");
                kind.is_dir() || (is_source && self.layout.version_of(name).is_some())
            }
        }
    }

    fn weigh(&mut self, path: &Path, length: u64) -> Result<(), CommandError> {
        self.sum = self.sum.saturating_add(length);
        let (text, most) = if length > Workspace::LARGEST_MIGRATION {
            let text = format!("{} is too large for a migration", path.display());
            let most = Workspace::LARGEST_MIGRATION >> 20;
            (text, format!("files of up to {most} MiB are read"))
        } else if self.sum > LARGEST_SUM {
            let text = format!("the migrations are too large up to {}", path.display());
            let most = LARGEST_SUM >> 20;
            (text, format!("up to {most} MiB are read of all together"))
        } else {
            return Ok(());
        };
        Err(CommandError::config(text).cause(most))
    }
}
