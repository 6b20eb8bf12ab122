//! The folders in which tools keep migrations: where their settings say, and where they are usually.

use std::fs;
use std::path::{Path, PathBuf};

use limbeck_models::Within;

use super::settings::{DIESEL, SQLX};
use crate::workspace::clean;

/// So many folders are looked at.
pub(super) const MOST_FOLDERS: usize = 20_000;

/// Files that are larger are not read; in bytes.
pub(super) const LARGEST: u64 = 1 << 20;

/// The ends of paths at which tools keep migrations besides what is called so.
const USUAL: &[&str] = &["db/migrate", "alembic/versions"];

/// Whether tools may keep migrations in a folder: one that is called so, as `migrations` and `sqlite_migrations` are, or one in it
/// for a database of its own, as `migrations/sqlite` is.
fn is_usual(path: &Path) -> bool {
    let is_named = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.to_ascii_lowercase().contains("migration")
    };
    // A migration of Diesel is a folder itself.
    let is_within = || path.parent().is_some_and(is_named) && !path.join("up.sql").is_file();
    is_named(path) || is_within() || USUAL.iter().any(|end| path.ends_with(end))
}

/// All such folders below one, those that settings name first, then those that are nearest; none that lies outside of
/// `within`, and no link.
pub(super) fn folders(root: &Path, within: &Within) -> Vec<PathBuf> {
    let mut named = Vec::new();
    let mut usual = Vec::new();
    // A level at a time, so that what is nearest comes first.
    let mut level = vec![root.to_owned()];
    let mut seen = 0;
    while !level.is_empty() && seen < MOST_FOLDERS {
        let mut next = Vec::new();
        for folder in &level {
            named.extend(of_settings(folder, within));
            // SeaORM's are a package of any name.
            if is_of_sea_orm(folder, within) {
                usual.push(folder.join("src"));
            }
            let inner = folders_in(folder);
            seen += inner.len();
            usual.extend(inner.iter().filter(|path| is_usual(path)).cloned());
            next.extend(inner);
        }
        level = next;
    }
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in named.into_iter().chain(usual) {
        if folder.is_dir() && within.outside(&folder).is_none() && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// The text of a file that another tool reads. What lies outside of `within`, is large or is no regular file has none: a
/// checkout of a stranger may have a link to a secret there, or to a device that has no end.
pub(super) fn text(path: &Path, within: &Within) -> Option<String> {
    let found = fs::metadata(path).ok()?;
    let is_small = found.is_file() && found.len() <= LARGEST;
    if !is_small || within.outside(path).is_some() {
        return None;
    }
    fs::read_to_string(path).ok()
}

/// The folders in one, by their names: no links, none that is hidden, and none that others fill.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(here).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let shown = name.to_string_lossy();
        let is_own = !shown.starts_with('.') && shown != "target" && shown != "node_modules";
        if is_own && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push(folder.join(name));
        }
    }
    found.sort();
    found
}

/// Whether the package in a folder has the library of SeaORM for migrations, and so may be made of them.
fn is_of_sea_orm(folder: &Path, within: &Within) -> bool {
    let text = text(&folder.join("Cargo.toml"), within).unwrap_or_default();
    // A manifest that is wrong is told by those that need it.
    let manifest: toml::Table = text.parse().unwrap_or_default();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    dependencies.is_some_and(|all| all.contains_key("sea-orm-migration"))
}

fn of_settings(folder: &Path, within: &Within) -> impl Iterator<Item = PathBuf> {
    [DIESEL, SQLX].into_iter().filter_map(move |file| {
        // What is wrong with it is the tool's to say.
        let settings = file.read(folder, within).ok()?;
        let named = folder.join(file.folder(&settings).ok()??);
        // A path is shown without its detours where it still leads to the same place.
        let short = clean(&named);
        let is_same = fs::canonicalize(&short).ok() == fs::canonicalize(&named).ok();
        Some(if is_same { short } else { named })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours::folder;

    #[test]
    fn folders_of_migrations_are_found_within_the_project() {
        let place = folder(&[
            (
                "diesel.toml",
                "[migrations_directory]\ndir = \"schema/steps\"\n",
            ),
            ("schema/steps/1_a/up.sql", ""),
            (
                "crates/db/sqlx.toml",
                "[migrate]\nmigrations-dir = \"../../sql\"\n",
            ),
            ("crates/db/migrations/1_a.sql", ""),
            ("sql/1_a.sql", ""),
            ("app/migration/src/lib.rs", ""),
            (
                "app/schema/Cargo.toml",
                "[dependencies.sea-orm-migration]\nversion = \"2\"\n",
            ),
            ("app/schema/src/lib.rs", ""),
            ("db/migrations/sqlite/1_a.sql", ""),
            ("db/Old-Migrations/2024_b/up.sql", ""),
            (
                "out/diesel.toml",
                "[migrations_directory]\ndir = \"../../elsewhere\"\n",
            ),
            ("broken/sqlx.toml", "[migrate\n"),
            ("gone/sqlx.toml", "[migrate]\nmigrations-dir = \"x\"\n"),
            ("target/migrations/1_a.sql", ""),
            (".git/migrations/1_a.sql", ""),
        ]);
        let root = place.path().join("project");
        let inner = place.path().join("outer");
        fs::create_dir(&inner).expect("is made");
        for entry in fs::read_dir(place.path()).expect("is there").flatten() {
            if entry.path() != inner {
                fs::rename(entry.path(), inner.join(entry.file_name())).expect("is moved");
            }
        }
        fs::rename(&inner, &root).expect("is moved");
        fs::create_dir_all(place.path().join("elsewhere")).expect("is made");
        #[cfg(unix)]
        std::os::unix::fs::symlink(place.path().join("elsewhere"), root.join("migrations"))
            .expect("is made");
        let found = folders(&root, &Within::folders(vec![root.clone()]));
        let shown: Vec<String> = found
            .iter()
            .map(|folder| folder.strip_prefix(&root).expect("is inside"))
            .map(|folder| folder.display().to_string())
            .collect();
        assert_eq!(
            shown,
            [
                "schema/steps",
                "sql",
                "app/migration",
                "db/Old-Migrations",
                "db/migrations",
                "app/migration/src",
                "app/schema/src",
                "crates/db/migrations",
                "db/migrations/sqlite",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_small_files_of_the_project_are_read() {
        use std::os::unix::fs::symlink;
        let outside = folder(&[("secret.toml", "a = 1\n")]);
        let place = folder(&[("own.toml", "a = 1\n"), ("folder.toml/own.toml", "")]);
        let root = place.path();
        for (name, target) in [
            ("link.toml", root.join("own.toml")),
            ("secret.toml", outside.path().join("secret.toml")),
            ("device.toml", PathBuf::from("/dev/zero")),
        ] {
            symlink(target, root.join(name)).expect("is made");
        }
        for (name, length) in [("largest.toml", LARGEST), ("larger.toml", LARGEST + 1)] {
            let file = fs::File::create(root.join(name)).expect("is made");
            file.set_len(length).expect("is made longer");
        }
        let within = Within::folders([root.to_owned()]);
        for (name, is_read) in [
            ("own.toml", true),
            ("link.toml", true),
            ("largest.toml", true),
            ("larger.toml", false),
            ("secret.toml", false),
            ("device.toml", false),
            ("folder.toml", false),
            ("missing.toml", false),
        ] {
            let found = text(&root.join(name), &within);
            assert_eq!(found.is_some(), is_read, "{name}");
        }
        // A device has no end where everything may be read, either.
        assert_eq!(text(Path::new("/dev/zero"), &Within::default()), None);
    }
}
