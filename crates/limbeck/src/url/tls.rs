//! What a URL asks of TLS, in the driver's terms: libpq's promises are kept or refused, never dropped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;

use super::UrlError;
use super::variables::Variables;

/// A file that a connection over TLS reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFile {
    /// The parameter that it is: `sslrootcert`, `sslcert` or `sslkey`.
    pub(crate) parameter: &'static str,
    /// Who named it: that parameter of the URL, or a variable.
    pub(crate) named: &'static str,
    pub(crate) path: PathBuf,
}

/// What a connection over TLS goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) files: Vec<TlsFile>,
    /// Whether the public authorities were asked for by name (`sslrootcert=system`).
    is_public: bool,
}

impl Tls {
    /// The driver takes an authority of the environment beside these, which `system` is to keep out.
    pub(super) fn apply(&self, options: PgConnectOptions) -> PgConnectOptions {
        if self.is_public {
            options.ssl_root_cert_from_pem(Vec::new())
        } else {
            options
        }
    }
}

/// Makes the driver verify what libpq would.
///
/// - `verify-ca`, and `require` with the certificate of an authority, promise that this authority signed
///   the server's (PostgreSQL manual, section 34.19.1). The driver trusts the public authorities, too, so
///   that anybody's certificate would do; of those only one for this host does under `verify-full`.
/// - `channel_binding=require` keeps somebody on the way from taking part in the login. The driver
///   has no channel binding, and `verify-full` keeps the same one out.
/// - `sslrootcert=system` means the public authorities, and allows nothing weaker than `verify-full`.
///
/// A file that nobody names is the one in `home` that libpq takes.
pub(super) fn verify(
    given: &mut BTreeMap<String, String>,
    variables: &Variables,
    home: Option<&Path>,
) -> Result<Tls, UrlError> {
    let mode = given.get("sslmode").cloned();
    let is_bound = given.remove("channel_binding").as_deref() == Some("require");
    let is_public = given.get("sslrootcert").map(String::as_str) == Some("system");
    if is_bound && matches!(mode.as_deref(), Some("disable" | "allow")) {
        let expected = "require or verify-full beside `channel_binding=require`";
        return Err(variables.invalid("sslmode", expected));
    }
    if is_public {
        given.remove("sslrootcert");
        if !is_bound && !matches!(mode.as_deref(), None | Some("verify-full")) {
            let expected = "verify-full beside `sslrootcert=system`";
            return Err(variables.invalid("sslmode", expected));
        }
    }
    let mut named_at_home = None;
    if !is_public && !given.contains_key("sslrootcert") {
        named_at_home = home.map(|home| home.join(".postgresql/root.crt"));
        named_at_home.take_if(|file| !file.is_file());
    }
    let has_root = given.contains_key("sslrootcert") || named_at_home.is_some();
    let is_verified = is_bound
        || is_public
        || matches!(mode.as_deref(), Some("verify-ca" | "verify-full"))
        || (mode.as_deref() == Some("require") && has_root);
    if is_verified {
        given.insert("sslmode".to_owned(), "verify-full".to_owned());
        if let Some(file) = named_at_home {
            given.insert("sslrootcert".to_owned(), file.display().to_string());
        }
    }
    let mut files = Vec::new();
    if is_verified {
        files.extend(file(given, "sslrootcert", variables));
    }
    if !matches!(mode.as_deref(), Some("disable" | "allow")) {
        files.extend(client(given, variables)?);
    }
    Ok(Tls { files, is_public })
}

/// The certificate of the client and its key, of which neither is anything alone.
fn client(
    given: &BTreeMap<String, String>,
    variables: &Variables,
) -> Result<Vec<TlsFile>, UrlError> {
    match (given.contains_key("sslcert"), given.contains_key("sslkey")) {
        (true, false) => Err(UrlError::CertificateAlone {
            given: variables.name_of("sslcert"),
            missing: "sslkey",
        }),
        (false, true) => Err(UrlError::CertificateAlone {
            given: variables.name_of("sslkey"),
            missing: "sslcert",
        }),
        (true, true) | (false, false) => {
            let files = ["sslcert", "sslkey"].into_iter();
            Ok(files
                .filter_map(|parameter| file(given, parameter, variables))
                .collect())
        }
    }
}

fn file(
    given: &BTreeMap<String, String>,
    parameter: &'static str,
    variables: &Variables,
) -> Option<TlsFile> {
    let path = given.get(parameter)?;
    Some(TlsFile {
        parameter,
        named: variables.name_of(parameter),
        path: PathBuf::from(path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the environment says is held to the words of the URL's parameters, and told by its own name.
    #[test]
    fn what_the_environment_asks_for_is_kept_or_refused() {
        let home = tempfile::tempdir().expect("a folder");
        let empty = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(home.path().join(".postgresql")).expect("a folder");
        let usual = home.path().join(".postgresql/root.crt");
        std::fs::write(&usual, "x").expect("a file");
        let usual = usual.display().to_string();
        let usual = usual.as_str();
        let read = |given: &[(&str, &str)], environment: &[(&str, &str)], home: &Path| {
            let owned = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
                let pairs = pairs.iter();
                pairs
                    .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                    .collect()
            };
            let mut given = owned(given);
            let said = given.keys().cloned().collect();
            let environment = owned(environment);
            let of_environment = |name: &str| environment.get(name).cloned();
            let variables = Variables::read(&mut given, &said, &of_environment)?;
            let tls = verify(&mut given, &variables, Some(home))?;
            let named = |file: &TlsFile| format!("{}={}", file.named, file.path.display());
            let files: Vec<String> = tls.files.iter().map(named).collect();
            let mode = given.get("sslmode").cloned().unwrap_or_default();
            Ok::<_, UrlError>(format!("{mode} {}", files.join(" ")).trim().to_owned())
        };
        type Pairs<'a> = &'a [(&'a str, &'a str)];
        let full_usual = format!("verify-full sslrootcert={usual}");
        let cases: &[(Pairs<'_>, Pairs<'_>, bool, Result<&str, &str>)] = &[
            (&[], &[("PGSSLMODE", "Verify-CA")], false, Ok("verify-full")),
            (&[], &[("PGSSLMODE", "")], false, Ok("")),
            (
                &[],
                &[("PGSSLMODE", "verify_full")],
                false,
                Err(
                    "the variable `PGSSLMODE` must be one of disable, allow, prefer, require, verify-ca, verify-full",
                ),
            ),
            (
                &[("sslmode", "disable")],
                &[("PGSSLMODE", "verify_full")],
                false,
                Ok("disable"),
            ),
            (
                &[],
                &[("PGCHANNELBINDING", "required")],
                false,
                Err("the variable `PGCHANNELBINDING` must be one of require, prefer, disable"),
            ),
            (
                &[],
                &[("PGCHANNELBINDING", "require"), ("PGSSLMODE", "disable")],
                false,
                Err(
                    "the variable `PGSSLMODE` must be require or verify-full beside `channel_binding=require`",
                ),
            ),
            (
                &[],
                &[("PGREQUIREAUTH", "scram-sha-256")],
                false,
                Err("the variable `PGREQUIREAUTH` is not supported"),
            ),
            (
                &[],
                &[("PGGSSENCMODE", "require")],
                false,
                Err("the variable `PGGSSENCMODE` is not supported"),
            ),
            (
                &[],
                &[("PGTARGETSESSIONATTRS", "standby")],
                false,
                Err("the variable `PGTARGETSESSIONATTRS` is not supported"),
            ),
            (
                &[],
                &[("PGPORT", "54x")],
                false,
                Err("the variable `PGPORT` must be a number from 1 to 65535"),
            ),
            (
                &[],
                &[("PGSSLROOTCERT", "/ca"), ("PGSSLMODE", "require")],
                true,
                Ok("verify-full PGSSLROOTCERT=/ca"),
            ),
            (
                &[("sslrootcert", "/own")],
                &[("PGSSLROOTCERT", "/ca"), ("PGSSLMODE", "verify-full")],
                true,
                Ok("verify-full sslrootcert=/own"),
            ),
            (&[], &[("PGSSLROOTCERT", "system")], true, Ok("verify-full")),
            (
                &[("sslmode", "require")],
                &[("PGSSLROOTCERT", "system")],
                false,
                Err(
                    "the parameter `sslmode` of the database URL must be verify-full beside `sslrootcert=system`",
                ),
            ),
            (&[("sslmode", "require")], &[], true, Ok(&full_usual)),
            (&[("sslmode", "verify-ca")], &[], true, Ok(&full_usual)),
            (&[("sslmode", "verify-full")], &[], true, Ok(&full_usual)),
            (
                &[("channel_binding", "require")],
                &[],
                true,
                Ok(&full_usual),
            ),
            (&[("sslmode", "prefer")], &[], true, Ok("prefer")),
            (
                &[("sslmode", "disable"), ("sslcert", "/c")],
                &[],
                true,
                Ok("disable"),
            ),
            (
                &[("sslcert", "/c")],
                &[("PGSSLKEY", "/k")],
                false,
                Ok("sslcert=/c PGSSLKEY=/k"),
            ),
            (
                &[("sslcert", "/c")],
                &[],
                false,
                Err(
                    "`sslcert` names a certificate or key of the client, and `sslkey` is missing beside it",
                ),
            ),
            (
                &[],
                &[("PGSSLKEY", "/k")],
                false,
                Err(
                    "`PGSSLKEY` names a certificate or key of the client, and `sslcert` is missing beside it",
                ),
            ),
        ];
        for (given, environment, is_at_home, expected) in cases {
            let home = if *is_at_home {
                home.path()
            } else {
                empty.path()
            };
            let found = read(given, environment, home).map_err(|error| error.to_string());
            let found = found.as_deref().map_err(String::as_str);
            assert_eq!(found, *expected, "{given:?} {environment:?}");
        }
    }
}
