//! Values kept between runs, by a hash of all that they were made from.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The hash of parts, in hexadecimal digits; where one part ends is part of it.
pub(crate) fn hash<S: AsRef<str>>(parts: &[S]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_ref().len().to_le_bytes());
        digest.update(part.as_ref().as_bytes());
    }
    let bytes = digest.finalize();
    bytes[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The value kept under a hash. One that cannot be read, or is not what was written, is made anew.
pub(crate) fn read<T: DeserializeOwned>(
    folder: Option<&PathBuf>,
    kind: &str,
    hash: &str,
) -> Option<T> {
    let bytes = fs::read(path(folder?, kind, hash)).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let (sum, text) = text.split_once('\n')?;
    (sum == self::hash(&[kind, hash, text])).then(|| serde_json::from_str(text).ok())?
}

/// Keeps a value. A cache that cannot be written costs time and nothing else, so it is only logged.
pub(crate) fn write<T: Serialize>(folder: Option<&PathBuf>, kind: &str, hash: &str, value: &T) {
    let Some(folder) = folder else { return };
    let target = path(folder, kind, hash);
    let outcome = serde_json::to_string(value)
        .map_err(std::io::Error::from)
        .map(|text| format!("{}\n{text}", self::hash(&[kind, hash, &text])))
        .and_then(|text| {
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            // Another run may read it: it appears whole or not at all.
            let interim = target.with_extension(format!("{}.tmp", std::process::id()));
            fs::write(&interim, text)?;
            fs::rename(&interim, &target)
        });
    if let Err(error) = outcome {
        tracing::warn!(path = %target.display(), %error, "cannot write the cache");
    }
}

fn path(folder: &std::path::Path, kind: &str, hash: &str) -> PathBuf {
    folder.join(kind).join(format!("{hash}.json"))
}
