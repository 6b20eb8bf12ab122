//! What a URL asks of TLS, in the driver's terms: libpq's promises are kept or refused, never dropped.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::UrlError;

/// Makes the driver verify what libpq would.
///
/// - `require` with the certificate of an authority verifies as `verify-ca` does (PostgreSQL manual,
///   section 34.19.1).
/// - `channel_binding=require` keeps somebody on the way from taking part in the login. The driver
///   has no channel binding, and `verify-full` keeps the same one out.
pub(super) fn verify(given: &mut BTreeMap<String, String>) -> Result<(), UrlError> {
    let or_environment = |given: &BTreeMap<String, String>, name: &str, variable: &str| {
        let value = given.get(name).cloned();
        value.or_else(|| std::env::var(variable).ok())
    };
    let mode = or_environment(given, "sslmode", "PGSSLMODE").map(|mode| mode.to_ascii_lowercase());
    let binding = or_environment(given, "channel_binding", "PGCHANNELBINDING");
    given.remove("channel_binding");
    if binding.is_some_and(|binding| binding == "require") {
        if matches!(mode.as_deref(), Some("disable" | "allow")) {
            return Err(UrlError::InvalidParameter {
                name: "sslmode".to_owned(),
                expected: "require or verify-full beside `channel_binding=require`",
            });
        }
        given.insert("sslmode".to_owned(), "verify-full".to_owned());
        return Ok(());
    }
    if mode.as_deref() == Some("require") {
        let mut root = or_environment(given, "sslrootcert", "PGSSLROOTCERT");
        if root.is_none() {
            root = usual_root().map(|path| path.display().to_string());
        }
        if let Some(root) = root {
            given.insert("sslrootcert".to_owned(), root);
            given.insert("sslmode".to_owned(), "verify-ca".to_owned());
        }
    }
    Ok(())
}

/// The file that libpq takes when none is named.
fn usual_root() -> Option<PathBuf> {
    let file = std::env::home_dir()?.join(".postgresql/root.crt");
    file.is_file().then_some(file)
}
