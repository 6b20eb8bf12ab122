//! golang-migrate: pairs of `<version>_<title>.up.sql` and `.down.sql`.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Tool;

use super::numbered::{self, Holds};
use super::{Ancestry, FileError, Migration, SourceFile, text};

pub(super) fn read(
    files: &[SourceFile],
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let sql = |path| named(path, ".up.sql").map(|(version, name)| (version, name, Holds::Sql));
    let one = |file, version, name| {
        let is_back =
            |other: &&SourceFile| named(&other.path, ".down.sql").is_some_and(|it| it.0 == version);
        migration(file, files.iter().find(is_back), (version, name), dialect)
    };
    numbered::in_order(Tool::GolangMigrate, files, sql, one, errors)
}

fn named<'a>(path: &'a str, ending: &str) -> Option<(u64, &'a str)> {
    let stem = path.strip_suffix(ending).filter(|_| !path.contains('/'))?;
    numbered::numbered(stem)
}

/// A file is sent as it is: the server makes a transaction of several statements, and none of a single one.
fn migration(
    file: &SourceFile,
    back: Option<&SourceFile>,
    (version, name): (u64, &str),
    dialect: Dialect,
) -> Result<Migration, FileError> {
    let sql = text::of_file(file)?;
    let mode = text::mode_of(sql, dialect);
    let upgrade = text::section(sql, mode, &file.path, dialect)?;
    let back_sql = back.map(text::of_file).transpose()?;
    let mode = text::mode_of(back_sql.unwrap_or_default(), dialect);
    let back_file = back.map_or("", |back| &back.path);
    let downgrade = text::downgrade(back_sql, &upgrade, mode, back_file, dialect)?;
    Ok(Migration {
        version: version.to_string(),
        name: numbered::title(name),
        file: file.path.clone(),
        downgrade_file: back.map(|back| back.path.clone()),
        checksums: Vec::new(),
        upgrade,
        downgrade,
        ancestry: Ancestry::Line,
    })
}
