//! URLs that cannot be read.

use limbeck::url::UrlError;

pub(crate) fn url(error: &UrlError) -> String {
    match error {
        UrlError::Empty | UrlError::NoScheme | UrlError::UnknownScheme { .. } => {
            "write `postgres://user@host:5432/database` or `sqlite:///todo.db`".into()
        }
        UrlError::PlainPath { url } => {
            format!("write `{url}`, which Diesel and sqlx read as the same file")
        }
        UrlError::NotCompiledIn { dialect } => {
            format!("build with the feature `{dialect}` of the crate `limbeck`")
        }
        UrlError::Ambiguous => "percent-encode special characters of the password: `@` is `%40`, \
             `/` is `%2F`, `:` is `%3A`, `?` is `%3F`, `#` is `%23`"
            .into(),
        UrlError::InvalidPort => {
            "write the port as a number after the host, and percent-encode `:` as `%3A` in a \
             password"
                .into()
        }
        UrlError::InvalidHost => {
            "percent-encode special characters of user and password, `@` is `%40`".into()
        }
        UrlError::SeveralHosts => "name the host of the primary alone".into(),
        UrlError::NotUtf8 { .. } => "percent-encode the bytes of the UTF-8 text".into(),
        UrlError::TwoFiles { given, .. } => {
            let given = given.display();
            format!("write `sqlite:///./{given}` or `sqlite:////{given}`")
        }
        UrlError::NoFile => "write `sqlite:///todo.db`, or `sqlite::memory:`".into(),
        UrlError::UnknownParameter { name } if name.to_ascii_lowercase().contains("schema") => {
            format!("write `search_path=…` in place of `{name}`, or remove it")
        }
        UrlError::UnknownParameter { name } => format!("remove `{name}` from the URL"),
        UrlError::UnsupportedParameter {
            name: "gssencmode" | "require_auth",
        } => {
            "write `sslmode=verify-full`, which encrypts and keeps the login with that host".into()
        }
        UrlError::UnsupportedParameter { name: "passfile" } => {
            "set PGPASSFILE in the environment, or write the password into ~/.pgpass: a URL may come from a checkout, \
             which chooses no file of yours"
                .into()
        }
        UrlError::UnsupportedParameter { name } => format!("remove `{name}` from the URL"),
        UrlError::InvalidVariable { name, expected } => {
            format!("set `{name}` to {expected}, or take it out of the environment")
        }
        UrlError::UnsupportedVariable {
            name: name @ ("PGGSSENCMODE" | "PGREQUIREAUTH"),
        } => format!(
            "take `{name}` out of the environment, and write `sslmode=verify-full` in the URL, which encrypts and \
             keeps the login with that host"
        ),
        UrlError::UnsupportedVariable { name } => {
            format!("take `{name}` out of the environment")
        }
        UrlError::CertificateAlone { missing, .. } => {
            format!("name the file as `{missing}=FILE` in the URL")
        }
        UrlError::InvalidParameter { name, expected } => format!("set `{name}` to {expected}"),
    }
}
