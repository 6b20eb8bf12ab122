//! What a URL asks of TLS, in the driver's terms: libpq's promises are kept or refused, never dropped.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::UrlError;

/// Makes the driver verify what libpq would.
///
/// - `verify-ca`, and `require` with the certificate of an authority, promise that this authority signed
///   the server's (PostgreSQL manual, section 34.19.1). The driver trusts the public authorities, too, so
///   that anybody's certificate would do; of those only one for this host does under `verify-full`.
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
    let mut root = or_environment(given, "sslrootcert", "PGSSLROOTCERT");
    if root.is_none() {
        root = usual_root().map(|path| path.display().to_string());
    }
    match (mode.as_deref(), root) {
        (Some("require" | "verify-ca"), Some(root)) => {
            given.insert("sslrootcert".to_owned(), root);
            given.insert("sslmode".to_owned(), "verify-full".to_owned());
        }
        (Some("verify-ca"), None) => {
            given.insert("sslmode".to_owned(), "verify-full".to_owned());
        }
        (_, _) => {}
    }
    Ok(())
}

/// The file that libpq takes when none is named.
fn usual_root() -> Option<PathBuf> {
    let file = std::env::home_dir()?.join(".postgresql/root.crt");
    file.is_file().then_some(file)
}
