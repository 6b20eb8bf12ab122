//! What surrounds the command: environment variables, `.env` files, and the folders that follow from them.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use limbeck_engine::scratch::{Lifetime, ServerOptions};
use limbeck_models::Within;

use crate::allowed::Allowed;
use crate::checkout;
use crate::dotenv;

/// Variables of the process, and after them those of `.env` files, which change no process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    files: BTreeMap<String, String>,
    /// Which file set a variable.
    places: BTreeMap<String, PathBuf>,
    /// Lines of `.env` files that cannot be read, with the variable that they set and why.
    unreadable: Vec<(Option<String>, String)>,
}

impl Environment {
    /// Reads `.env` in a folder and in its parents up to the root of the repository; the nearest
    /// file wins. Outside of a repository only the folder itself counts.
    pub(crate) fn read(root: &Path, within: &Within, allowed: &Allowed) -> Self {
        let mut environment = Self::default();
        let top = top(root);
        for folder in root.ancestors() {
            environment.read_file(&folder.join(".env"), within, allowed);
            if folder == top {
                break;
            }
        }
        environment
    }

    fn read_file(&mut self, path: &Path, within: &Within, allowed: &Allowed) {
        let shown = path.display().to_string();
        if let Some((text, _)) = checkout::outside(within, path, &shown) {
            return self.unreadable.push((None, text));
        }
        let of_process = |name: &str| allowed.pass_on(name, || env::var(name).ok());
        let file = match fs::read(path) {
            Ok(bytes) => dotenv::parse(&bytes, &of_process),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                let text = format!("{} cannot be read: {error}", path.display());
                return self.unreadable.push((None, text));
            }
        };
        for (name, value) in file.values {
            let place = self.places.entry(name.clone());
            place.or_insert_with(|| path.to_owned());
            self.files.entry(name).or_insert(value);
        }
        for one in file.unreadable {
            let place = format!("{}:{}", path.display(), one.line);
            let text = format!("{place}: this line cannot be read: {}", one.reason);
            self.unreadable.push((one.name, text));
        }
    }

    /// Why a variable may be set in a `.env` file that cannot be read.
    pub(crate) fn unreadable(&self, name: &str) -> Option<&str> {
        self.unreadable
            .iter()
            .find(|(one, _)| one.as_ref().is_none_or(|one| one == name))
            .map(|(_, text)| text.as_str())
    }

    /// The value of a variable; an empty one is none.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        env::var(name)
            .ok()
            .filter(|value| !value.is_empty())
            .or_else(|| {
                self.files
                    .get(name)
                    .filter(|value| !value.is_empty())
                    .cloned()
            })
    }
}

/// Who uses the machine, as the system says it.
pub(crate) fn login() -> Option<String> {
    let name = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    ["LOGNAME", "USER", "USERNAME"]
        .into_iter()
        .find_map(name)
        .or_else(account)
}

/// The name of the account that this runs as, where no variable tells it, as in containers.
#[cfg(unix)]
fn account() -> Option<String> {
    let user = rustix::process::getuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == user).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn account() -> Option<String> {
    None
}

/// Where a value comes from, and which other place says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The place that counts.
    pub(crate) place: String,
    /// A file that is passed over, since the process has the variable, too.
    pub(crate) passed_over: Option<PathBuf>,
}

impl Environment {
    /// Where the value of a variable comes from.
    pub(crate) fn source(&self, name: &str) -> Option<Source> {
        let own = env::var(name).ok().filter(|value| !value.is_empty());
        let place = self.places.get(name);
        match (own, place) {
            (Some(own), place) => Some(Source {
                place: format!("{name} in the environment"),
                passed_over: place
                    .filter(|_| self.files.get(name) != Some(&own))
                    .cloned(),
            }),
            (None, Some(place)) => Some(Source {
                place: format!("{name} in {}", place.display()),
                passed_over: None,
            }),
            (None, None) => None,
        }
    }
}

/// The folder of the cache; none without a home, since any other folder is shared with others.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| {
        let path = env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("limbeck"))
}

/// Where to look for the binaries of a PostgreSQL server, and where its cluster lives.
///
/// The checkout has no say in it: neither a line of its `.env` nor a folder of `PATH` that lies in it,
/// such as the `node_modules/.bin` that npm puts there, chooses a program.
pub(crate) fn server_options(checkout: &Path, allowed: &Allowed) -> ServerOptions {
    let kept = cache_folder();
    let mut options = ServerOptions::new(kept.clone().unwrap_or_default());
    options.lifetime = match kept {
        Some(_) => allowed.lifetime,
        None => Lifetime::OneRun,
    };
    options.trust = allowed.trust;
    options.extensions.clone_from(&allowed.extensions);
    options.project = fs::canonicalize(checkout).unwrap_or_else(|_| checkout.to_owned());
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    options.bin_dir = folder("LIMBECK_PG_BIN").map(PathBuf::from);
    options.temp_dir = env::temp_dir();
    options.home = folder("HOME").map(PathBuf::from);
    let top = top(checkout);
    let real_top = fs::canonicalize(top).unwrap_or_else(|_| top.to_owned());
    let is_foreign = |folder: &PathBuf| {
        let real = fs::canonicalize(folder);
        folder.is_absolute() && real.is_ok_and(|real| !real.starts_with(&real_top))
    };
    if let Some(path) = env::var_os("PATH") {
        options.path = env::split_paths(&path).filter(is_foreign).collect();
    }
    options
}

/// The root of the repository that a folder is in; outside of one, the folder.
fn top(folder: &Path) -> &Path {
    repository(folder).unwrap_or(folder)
}

/// The root of the repository that a folder is in.
pub(crate) fn repository(folder: &Path) -> Option<&Path> {
    folder
        .ancestors()
        .find(|folder| folder.join(".git").exists())
}
