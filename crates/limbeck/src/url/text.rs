//! A URL written out for other programs: one that sqlx, SeaORM, Diesel, `psql` and Limbeck read alike.

use std::fmt::Write as _;

use super::{DatabaseUrl, Location, Target};

/// A URL as other programs read it. With a password it is for their environment, and not to be shown.
pub struct UrlText {
    /// The URL.
    pub text: String,
    /// Whether a password stands in it.
    pub has_password: bool,
}

impl DatabaseUrl {
    /// The URL for other programs.
    ///
    /// The password of the variable `PGPASSWORD` is not in it: other programs take it from there, too. The folder of a
    /// socket stands where the host does, percent-encoded: a parameter `host` would be a second
    /// host to some drivers. A SQLite path has three slashes and its own, which SeaORM, sqlx and Diesel take for
    /// absolute.
    #[must_use]
    pub fn for_others(&self) -> UrlText {
        // Who has the variable needs no password in the URL, and a server of Limbeck's own asks for none.
        self.written(&std::env::var("PGPASSWORD").unwrap_or_default())
    }

    /// The same, with any password that there is.
    #[cfg(feature = "test")]
    pub(crate) fn with_password(&self) -> String {
        self.written("").text
    }

    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "no other URL has a password")
    )]
    fn written(&self, left_out: &str) -> UrlText {
        let plain = |text| UrlText {
            text,
            has_password: false,
        };
        match (self.location(), self.target()) {
            (Location::Memory, _) => plain("sqlite::memory:".to_owned()),
            (Location::File { path, .. }, _) => plain(format!(
                "sqlite://{}",
                path_text(&path.display().to_string())
            )),
            #[cfg(feature = "postgres")]
            (
                Location::Tcp {
                    user,
                    host,
                    port,
                    database,
                },
                Target::Postgres(options),
            ) => {
                let host = if host.contains(':') {
                    format!("[{host}]")
                } else {
                    encoded(host)
                };
                postgres(user, &host, *port, database.as_deref(), options, left_out)
            }
            #[cfg(feature = "postgres")]
            (
                Location::Socket {
                    user,
                    folder,
                    port,
                    database,
                },
                Target::Postgres(options),
            ) => {
                let folder = encoded(&folder.display().to_string());
                postgres(user, &folder, *port, database.as_deref(), options, left_out)
            }
            #[cfg(feature = "sqlite")]
            (Location::Tcp { .. } | Location::Socket { .. }, Target::Sqlite(_)) => {
                plain(self.to_string())
            }
        }
    }
}

#[cfg(feature = "postgres")]
fn postgres(
    user: &str,
    host: &str,
    port: u16,
    database: Option<&str>,
    options: &sqlx::postgres::PgConnectOptions,
    left_out: &str,
) -> UrlText {
    use sqlx::ConnectOptions as _;
    // The driver tells the password in its own URL only, which it cannot write for every user and host.
    let url = options.clone().username("u").host("h").to_url_lossy();
    let mut text = format!("postgres://{}", encoded(user));
    let password = url
        .password()
        .filter(|password| !password.is_empty() && *password != encode(left_out, b""));
    if let Some(password) = password {
        text.push(':');
        text.push_str(password);
    }
    text.push('@');
    text.push_str(host);
    if port != 5432 {
        let _ = write!(text, ":{port}");
    }
    text.push('/');
    text.push_str(&encoded(database.unwrap_or_default()));
    let mut separator = '?';
    for (name, value) in url.query_pairs() {
        let value = match name.as_ref() {
            // `prefer` is what every client does by itself, and a socket has no TLS.
            "sslmode" if value != "prefer" && options.get_socket().is_none() => value,
            // The driver marks what is a file; the text of a certificate is for nobody's URL.
            "sslrootcert" | "sslcert" | "sslkey" => match value.strip_prefix("file: ") {
                Some(path) => path.to_owned().into(),
                None => continue,
            },
            _ => continue,
        };
        let _ = write!(text, "{separator}{name}={}", encoded(&value));
        separator = '&';
    }
    UrlText {
        text,
        has_password: password.is_some(),
    }
}

/// The text with everything percent-encoded that means something in a URL.
#[cfg(feature = "postgres")]
fn encoded(text: &str) -> String {
    encode(text, b"-._~")
}

/// The same for a path, whose slashes stay.
fn path_text(text: &str) -> String {
    encode(text, b"-._~/")
}

fn encode(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What is read of a URL is what is read of its text again, whatever password the environment has.
    #[test]
    fn what_is_written_is_read_as_the_same() {
        for (given, expected, has_password) in [
            ("sqlite:/data/a b.db", "sqlite:///data/a%20b.db", false),
            ("sqlite::memory:", "sqlite::memory:", false),
            ("postgres://u@h:5433/d", "postgres://u@h:5433/d", false),
            (
                "postgresql+asyncpg://u%40x:p%3Aw%2F@h/d%20e?sslmode=require",
                "postgres://u%40x:p%3Aw%2F@h/d%20e?sslmode=require",
                true,
            ),
            (
                "postgres://u@[::1]:5432/d?sslmode=disable",
                "postgres://u@[::1]/d?sslmode=disable",
                false,
            ),
            (
                "postgres://a%2Fb%40c@[2001:db8::1]:6000/d",
                "postgres://a%2Fb%40c@[2001:db8::1]:6000/d",
                false,
            ),
            (
                "postgres://u@h/d?sslmode=require&sslrootcert=/ca%20x.pem&sslcert=/c&sslkey=/k",
                "postgres://u@h/d?sslmode=verify-full&sslrootcert=%2Fca%20x.pem&sslcert=%2Fc&sslkey=%2Fk",
                false,
            ),
            (
                "postgres://u@/d?host=/tmp/limbeck-1&port=6000",
                "postgres://u@%2Ftmp%2Flimbeck-1:6000/d",
                false,
            ),
        ] {
            let url = DatabaseUrl::parse(given, Path::new("/")).expect("a URL");
            let written = url.for_others();
            assert_eq!(written.text, expected, "{given}");
            assert_eq!(written.has_password, has_password, "{given}");
            let read = DatabaseUrl::parse(&written.text, Path::new("/")).expect("a URL");
            match (read.location(), url.location()) {
                (Location::File { path: read, .. }, Location::File { path, .. }) => {
                    assert_eq!(read, path);
                }
                (read, location) => assert_eq!(read, location),
            }
            assert_eq!(read.for_others().text, expected);
            // What takes the URL alone gets the password in it; where the URL has none, that of the environment.
            #[cfg(feature = "test")]
            if has_password || std::env::var_os("PGPASSWORD").is_none() {
                assert_eq!(url.with_password(), expected);
            }
        }
    }
}
