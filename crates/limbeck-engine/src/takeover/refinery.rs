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
    for file in files {
        let refused = parts(&file.path).filter(|parts| parts.version.parse::<i64>().is_err());
        if let Some(Parts { version, .. }) = refused {
            // refinery runs nothing as long as such a file is there.
            errors.push(FileError::Script {
                place: file.path.clone(),
                reason: format!(
                    "refinery refuses the version `{version}`: it takes whole numbers of 64 bits"
                ),
            });
        }
    }
    let one = |file, version, name| migration(file, version, name, settings, dialect);
    numbered::in_order(Tool::Refinery, files, named, one, errors)
}

/// What a name that refinery takes for a migration's consists of.
struct Parts<'a> {
    version: &'a str,
    name: &'a str,
    holds: Holds,
}

/// `V1__name.sql`: a version may have a fraction, which is refused later.
fn parts(path: &str) -> Option<Parts<'_>> {
    let file = path.rsplit('/').next()?;
    let (stem, holds) = match file.strip_suffix(".sql") {
        Some(stem) => (stem, Holds::Sql),
        None => (file.strip_suffix(".rs")?, Holds::Program),
    };
    let (version, name) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let (whole, fraction) = version.split_once('.').unwrap_or((version, "0"));
    let is_number = |text: &str| !text.is_empty() && text.chars().all(char::is_numeric);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_name = !name.is_empty() && name.chars().all(is_word);
    (is_number(whole) && is_number(fraction) && is_name).then_some(Parts {
        version,
        name,
        holds,
    })
}

fn named(path: &str) -> Option<(i64, &str, Holds)> {
    let parts = parts(path)?;
    Some((parts.version.parse().ok()?, parts.name, parts.holds))
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
        checksums: checksums(name, version, &file.bytes, settings.version_width),
        upgrade,
        downgrade: text::none_written(),
        ancestry: Ancestry::Line,
    })
}

/// The sums that refinery has for a file: versions of 8 bytes are a matter of how it was built. The likely one is first.
fn checksums(name: &str, version: i64, sql: &[u8], likely: VersionWidth) -> Vec<String> {
    let sum = |width| checksum(name, version, sql, width);
    let eight = sum(VersionWidth::Eight);
    match likely {
        _ if i32::try_from(version).is_err() => vec![eight],
        VersionWidth::Four => vec![sum(VersionWidth::Four), eight],
        VersionWidth::Eight => vec![eight, sum(VersionWidth::Four)],
    }
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
