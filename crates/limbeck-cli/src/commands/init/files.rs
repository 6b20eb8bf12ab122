//! Files that stand only when everything went well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use limbeck_models::Within;

use crate::command_error::CommandError;

/// What was written so far. Unless it is kept, dropping this takes all of it back.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Files and folders that were made, in this order.
    made: Vec<PathBuf>,
    /// What stood in files that were changed.
    changed: BTreeMap<PathBuf, Vec<u8>>,
    /// Where files may be written.
    within: Within,
}

impl Files {
    pub(super) fn within(within: Within) -> Self {
        Self {
            made: Vec::new(),
            changed: BTreeMap::new(),
            within,
        }
    }

    /// Writes a file that is not there yet, or that this has made.
    pub(super) fn write(&mut self, path: &Path, text: &str) -> Result<(), CommandError> {
        if !self.made.iter().any(|one| one == path) {
            if is_taken(path) {
                return Err(exists(path));
            }
            self.folder(path.parent().unwrap_or(path))?;
            let mut file = File::create_new(path).map_err(|error| failed(path, &error))?;
            self.made.push(path.to_owned());
            let written = file.write_all(text.as_bytes());
            return written.map_err(|error| failed(path, &error));
        }
        fs::write(path, text).map_err(|error| failed(path, &error))
    }

    /// Adds to the end of a file that is there.
    pub(super) fn append(&mut self, path: &Path, text: &str) -> Result<(), CommandError> {
        self.refuse_outside(path)?;
        let before = match self.changed.get(path) {
            Some(before) => before.clone(),
            None => fs::read(path).map_err(|error| failed(path, &error))?,
        };
        let mut after = before.clone();
        if !after.is_empty() && !after.ends_with(b"\n") {
            after.push(b'\n');
        }
        after.extend_from_slice(text.as_bytes());
        self.changed.insert(path.to_owned(), before);
        fs::write(path, after).map_err(|error| failed(path, &error))
    }

    /// Puts another text into a file that is there.
    pub(super) fn replace(&mut self, path: &Path, text: &str) -> Result<(), CommandError> {
        self.refuse_outside(path)?;
        if !self.changed.contains_key(path) && !self.made.iter().any(|one| one == path) {
            let before = fs::read(path).map_err(|error| failed(path, &error))?;
            self.changed.insert(path.to_owned(), before);
        }
        fs::write(path, text).map_err(|error| failed(path, &error))
    }

    /// Makes a folder with all that it lies in.
    pub(super) fn folder(&mut self, path: &Path) -> Result<(), CommandError> {
        self.refuse_outside(path)?;
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder).map_err(|error| failed(folder, &error))?;
            self.made.push(folder.to_owned());
        }
        Ok(())
    }

    /// Refuses what a link leads out of the checkout: whoever wrote the checkout may have put it there.
    fn refuse_outside(&self, path: &Path) -> Result<(), CommandError> {
        let mut there = path.ancestors().filter(|one| one.exists());
        let Some(real) = there.next().and_then(|one| self.within.outside(one)) else {
            return Ok(());
        };
        let text = format!(
            "{} leads to `{}`, which is outside of the checkout, where nothing is written",
            path.display(),
            real.display()
        );
        Err(CommandError::config(text)
            .hint("remove the link, or put what it leads to in its place"))
    }

    /// Removes the sources in a folder that this has made, but for `file` and those in `kept`.
    pub(super) fn take_back(
        &mut self,
        file: &Path,
        folder: &Path,
        kept: &BTreeSet<PathBuf>,
    ) -> Result<(), CommandError> {
        let is_kept = |path: &Path| {
            let is_source = path.parent() == Some(folder)
                && path.extension().is_some_and(|extension| extension == "rs");
            !is_source || path == file || kept.contains(path)
        };
        let (stay, go): (Vec<PathBuf>, Vec<PathBuf>) = std::mem::take(&mut self.made)
            .into_iter()
            .partition(|path| is_kept(path));
        self.made = stay;
        for path in go {
            fs::remove_file(&path).map_err(|error| failed(&path, &error))?;
        }
        Ok(())
    }

    /// Takes in a file that somebody else has made.
    pub(super) fn adopt(&mut self, path: &Path) {
        self.made.push(path.to_owned());
    }

    /// Lets everything stand; the files that were made, by name.
    pub(super) fn keep(&mut self) -> Vec<PathBuf> {
        self.changed.clear();
        let mut made = std::mem::take(&mut self.made);
        made.retain(|path| path.is_file());
        made.sort();
        made
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // This happens on the way out of a failure, which is told; a folder that others have put
        // something into stays.
        for path in self.made.iter().rev() {
            let _ = if path.is_dir() {
                fs::remove_dir(path)
            } else {
                fs::remove_file(path)
            };
        }
        for (path, before) in &self.changed {
            let _ = fs::write(path, before);
        }
    }
}

/// Whether something stands there already, and be it a link that leads nowhere yet.
pub(super) fn is_taken(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Nothing is overwritten.
pub(super) fn exists(path: &Path) -> CommandError {
    CommandError::usage(format!("{} is there already", path.display()))
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    CommandError::config(format!("cannot write {}", path.display())).cause(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_link_leads_a_file_out_of_the_checkout() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str| place.path().join(name);
        for folder in ["checkout/src", "outside"] {
            fs::create_dir_all(file(folder)).unwrap();
        }
        fs::write(file("outside/lib.rs"), "// theirs").unwrap();
        for (link, to) in [
            ("checkout/src/models", "outside"),
            ("checkout/src/lib.rs", "outside/lib.rs"),
            ("checkout/src/models.rs", "outside/evil.rs"),
            ("checkout/src/later", "outside/later"),
        ] {
            symlink(file(to), file(link)).unwrap();
        }
        let mut files = Files::within(Within::folders([file("checkout")]));
        let mut told = Vec::new();
        for name in ["src/models/a.rs", "src/models.rs", "src/later/a.rs"] {
            told.push(files.write(&file("checkout").join(name), "1"));
        }
        told.push(files.folder(&file("checkout/src/models/a/b")));
        told.push(files.folder(&file("checkout/../elsewhere")));
        told.push(files.append(&file("checkout/src/lib.rs"), "1"));
        told.push(files.replace(&file("checkout/src/lib.rs"), "1"));
        assert!(told.iter().all(Result::is_err), "{told:?}");
        files.write(&file("checkout/src/new/a.rs"), "1").unwrap();
        drop(files);
        let left = |folder: &str| fs::read_dir(file(folder)).unwrap().count();
        assert_eq!((left("outside"), left("checkout/src"), left("")), (1, 4, 2));
        let theirs = fs::read_to_string(file("outside/lib.rs")).unwrap();
        assert_eq!(theirs, "// theirs");
    }

    #[test]
    fn what_is_not_kept_was_never_there() {
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str| place.path().join(name);
        fs::write(file("lib.rs"), "// mine").unwrap();
        let mut files = Files::default();
        files.write(&file("a/b/c.sql"), "1").unwrap();
        files.write(&file("a/b/c.sql"), "2").unwrap();
        files.append(&file("lib.rs"), "mod a;\n").unwrap();
        files.append(&file("lib.rs"), "mod b;\n").unwrap();
        fs::write(file("up.sql"), "1").unwrap();
        files.replace(&file("up.sql"), "2").unwrap();
        files.replace(&file("up.sql"), "3").unwrap();
        assert_eq!(
            fs::read_to_string(file("lib.rs")).unwrap(),
            "// mine\nmod b;\n"
        );
        files.write(&file("a/b/d.rs"), "1").unwrap();
        files.write(&file("a/b/e.rs"), "1").unwrap();
        let kept = [file("a/b/d.rs")].into();
        files
            .take_back(&file("a/b.rs"), &file("a/b"), &kept)
            .unwrap();
        assert!(file("a/b/c.sql").exists() && file("a/b/d.rs").exists());
        assert!(!file("a/b/e.rs").exists());
        let refused = files.write(&file("lib.rs"), "").unwrap_err();
        assert!(refused.message.ends_with("lib.rs is there already"));
        drop(files);
        assert_eq!(fs::read_to_string(file("lib.rs")).unwrap(), "// mine");
        assert_eq!(fs::read_to_string(file("up.sql")).unwrap(), "1");
        assert!(!file("a").exists());
    }
}
