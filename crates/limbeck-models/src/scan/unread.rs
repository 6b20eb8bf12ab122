//! Packages beside those that are read: whether they declare models, by a look at their tokens.
//!
//! Nothing is resolved, so what cannot be told counts as a model.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};

use super::manifest::Package;
use super::tokens::{self, Derived};
use super::{ScanError, SourceLocation, depth};

/// The derives that declare something.
const OURS: [&str; 2] = ["Table", "Enum"];

/// Folders of a package that hold neither its library nor its binaries.
const BESIDE: [&str; 4] = ["benches", "examples", "target", "tests"];

/// Tells of packages that are not read and seem to have models.
pub(super) fn warnings(unread: &[Package]) -> Vec<ScanError> {
    unread
        .iter()
        .filter(|package| may_declare(&package.folder).unwrap_or(true))
        .map(|package| {
            ScanError::at(
                SourceLocation {
                    file: "Cargo.toml".to_owned(),
                    line: 1,
                    column: 1,
                },
                format!(
                    "the package `{}` of the same workspace seems to have models, too, and is not read",
                    package.name
                ),
                "set `path` under `[models]` to the workspace, or `crates` to the packages that are meant",
            )
        })
        .collect()
}

/// What the sources of a package derive, and what they call our derives.
#[derive(Default)]
struct Seen {
    derived: BTreeSet<String>,
    aliases: BTreeSet<String>,
}

/// Whether a package may declare models; `None` where that cannot be told.
fn may_declare(folder: &Path) -> Option<bool> {
    let mut seen = Seen::default();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in fs::read_dir(&current).ok()? {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_string_lossy().into_owned();
            let is_beside = current == folder && BESIDE.contains(&name.as_str());
            if path.is_dir() {
                if name.starts_with('.') || is_beside || path.join("Cargo.toml").exists() {
                    continue;
                }
                // A link may lead around in a circle.
                (!path.is_symlink()).then(|| open.push(path))?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                seen.read(&fs::read_to_string(&path).ok()?)?;
            }
        }
    }
    let is_ours = |name: &String| OURS.contains(&name.as_str()) || seen.aliases.contains(name);
    Some(seen.derived.iter().any(is_ours))
}

impl Seen {
    /// Adds what a file says; `None` where it may lead to models that are not in the package's files,
    /// or has no tokens.
    fn read(&mut self, text: &str) -> Option<()> {
        let leads_on = text.contains("include!") || text.contains("#[path");
        let leads_out = text.contains("\"../") || text.contains("OUT_DIR");
        if (leads_on && leads_out) || depth::too_deep(text).is_some() {
            return None;
        }
        let tokens: TokenStream = text.parse().ok()?;
        let mut derives = Vec::new();
        tokens::look(&tokens, &mut derives);
        for derived in derives {
            match derived {
                Derived::Path(path, _) => {
                    self.derived.insert(path.segments.last()?.ident.to_string())
                }
                // Whatever a call of the macro says.
                Derived::Variable => return None,
            };
        }
        self.find_aliases(&tokens);
        Some(())
    }

    /// `Table as Row`, wherever it stands.
    fn find_aliases(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        for token in &tokens {
            if let TokenTree::Group(group) = token {
                self.find_aliases(&group.stream());
            }
        }
        for three in tokens.windows(3) {
            if let [
                TokenTree::Ident(name),
                TokenTree::Ident(word),
                TokenTree::Ident(alias),
            ] = three
                && OURS.iter().any(|ours| name == ours)
                && word == "as"
            {
                self.aliases.insert(alias.to_string());
            }
        }
    }
}
