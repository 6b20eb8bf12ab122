//! refinery: `V<version>__<name>.sql`, or `U…` of which the tool demands no order, in any folder below. It has no way back.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{StepMode, Tool};
use siphasher::sip::SipHasher13;

use super::numbered::{self, Holds};
use super::{Ancestry, FileError, Migration, SourceFile, ToolSettings, VersionWidth, text};

pub(super) fn read(
    files: &[SourceFile],
    settings: &ToolSettings,
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let one = |file, version, name| migration(file, version, name, settings, dialect);
    numbered::in_order(Tool::Refinery, files, named, one, errors)
}

fn named(path: &str) -> Option<(i64, &str, Holds)> {
    let file = path.rsplit('/').next()?;
    let (stem, holds) = match file.strip_suffix(".sql") {
        Some(stem) => (stem, Holds::Sql),
        None => (file.strip_suffix(".rs")?, Holds::Program),
    };
    let (version, name) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let is_number = version.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_name = !name.is_empty() && name.chars().all(is_word);
    let version = version.parse().ok().filter(|_| is_number && is_name)?;
    Some((version, name, holds))
}

fn migration(
    file: &SourceFile,
    version: i64,
    name: &str,
    settings: &ToolSettings,
    dialect: Dialect,
) -> Result<Migration, FileError> {
    let sql = text::of_file(file)?;
    let upgrade = text::section(sql, StepMode::Transaction, &file.path, dialect)?;
    Ok(Migration {
        version: version.to_string(),
        name: numbered::title(name),
        file: file.path.clone(),
        downgrade_file: None,
        checksums: vec![checksum(name, version, &file.bytes, settings.version_width)],
        upgrade,
        downgrade: text::none_written(),
        ancestry: Ancestry::Line,
    })
}

/// SipHash-1-3 with keys of zero over what the standard library feeds it for two strings with a number between them.
fn checksum(name: &str, version: i64, sql: &[u8], width: VersionWidth) -> String {
    const END_OF_STRING: u8 = 0xFF;
    let version = version.to_le_bytes();
    let version = match width {
        VersionWidth::Four => &version[..4],
        VersionWidth::Eight => &version[..],
    };
    let parts = [
        name.as_bytes(),
        &[END_OF_STRING],
        version,
        sql,
        &[END_OF_STRING],
    ];
    SipHasher13::new().hash(&parts.concat()).to_string()
}
