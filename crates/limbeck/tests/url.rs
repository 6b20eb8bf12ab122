//! Database URLs as people have them.

use std::path::Path;

use limbeck::url::{DatabaseUrl, Encryption, Location, UrlError};
use limbeck_core::dialect::Dialect;

fn parse(text: &str) -> Result<DatabaseUrl, UrlError> {
    DatabaseUrl::parse(text, Path::new("/project"))
}

/// URLs and how they are shown; every password in them contains `s3cret`.
const POSTGRES: &[(&str, &str)] = &[
    ("postgres://u:s3cret@h/db", "postgres://u@h:5432/db"),
    ("postgresql://u:s3cret@h:5433/db", "postgres://u@h:5433/db"),
    (
        "postgresql+asyncpg://u:s3cret@h/db?ssl=require",
        "postgres://u@h:5432/db",
    ),
    (
        "postgresql+psycopg2://u:s3cret@h/db",
        "postgres://u@h:5432/db",
    ),
    ("POSTGRES://u:s3cret@h/db", "postgres://u@h:5432/db"),
    (
        "postgres://u:s3cret@h/db?sslmode=require",
        "postgres://u@h:5432/db",
    ),
    (
        "postgres://u:s3cret@h/db?ssl=true",
        "postgres://u@h:5432/db",
    ),
    (
        "postgres://u:s3cret@h/db?ssl=false",
        "postgres://u@h:5432/db",
    ),
    (
        "postgresql://u:s3cret@ep-cool-meadow-123456-pooler.us-east-2.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
        "postgres://u@ep-cool-meadow-123456-pooler.us-east-2.aws.neon.tech:5432/neondb",
    ),
    (
        "psql 'postgresql://u:s3cret@h/db?sslmode=require&channel_binding=require'",
        "postgres://u@h:5432/db",
    ),
    ("\"postgres://u:s3cret@h/db\"", "postgres://u@h:5432/db"),
    (" 'postgres://u:s3cret@h/db'\n", "postgres://u@h:5432/db"),
    ("postgres://u:s3cret%40x@h/db", "postgres://u@h:5432/db"),
    ("postgres://u:s3cret%x@h/db", "postgres://u@h:5432/db"),
    ("postgres://u:s3cret@x@h/db", "postgres://u@h:5432/db"),
    ("postgres://u:s3cret:x@h/db", "postgres://u@h:5432/db"),
    ("postgres://u:s3cret/x@h/db", "postgres://u@h:5432/db"),
    ("postgres://u:s3cret?x@h/db", "postgres://u@h:5432/db"),
    (
        "postgres://u:s3cret#x@h:5433/db?sslmode=require",
        "postgres://u@h:5433/db",
    ),
    (
        "postgres://u%40corp:s3cret@h/db",
        "postgres://u@corp@h:5432/db",
    ),
    (
        "postgres://u:s3cret@[::1]:5433/db",
        "postgres://u@[::1]:5433/db",
    ),
    (
        "postgres://h/db?user=u&password=s3cret",
        "postgres://u@h:5432/db",
    ),
    (
        "postgres://h/db?user=u&password=s3+cret&application_name=x",
        "postgres://u@h:5432/db",
    ),
    ("postgres://u:s3cret@h", "postgres://u@h:5432"),
    (
        "postgres://u:s3cret@/db?host=/run/postgresql",
        "postgres://u@/db?host=/run/postgresql",
    ),
    (
        "postgres://u:s3cret@%2Frun%2Fpostgresql:5433/db",
        "postgres://u@/db?host=/run/postgresql&port=5433",
    ),
    (
        "postgres://u:s3cret@h/db?options=-c%20search_path%3Dapp",
        "postgres://u@h:5432/db",
    ),
    (
        "postgres://u:s3cret@h/db?options=endpoint%3Dep-cool",
        "postgres://u@h:5432/db",
    ),
    (
        "postgres://u:s3cret@h/db?sslrootcert=/ca.pem&connect_timeout=3",
        "postgres://u@h:5432/db",
    ),
];

#[test]
fn postgres_urls_are_read_and_shown_without_password() {
    for (text, shown) in POSTGRES {
        let url = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(url.to_string(), *shown, "{text}");
        assert_eq!(url.dialect(), Dialect::Postgres);
        let debug = format!("{url:?} {:?} {:?}", url.target(), url.location());
        assert!(!debug.contains("s3"), "{debug}");
    }
}

/// URLs that are refused; every password in them contains `s3cret`.
const REFUSED: &[(&str, &str)] = &[
    ("", "the database URL is empty"),
    ("''", "the database URL is empty"),
    (
        "u:s3cret@h/db",
        "the database URL has no scheme such as `postgres://` or `sqlite:`",
    ),
    (
        "host=h password=s3cret",
        "the database URL has no scheme such as `postgres://` or `sqlite:`",
    ),
    (
        "mysql://u:s3cret@h/db",
        "the database URL has the unknown scheme `mysql`",
    ),
    (
        "postgres://u:s3cret",
        "the database URL has an invalid port",
    ),
    (
        "postgres://u:s3cret@h:port/db",
        "the database URL has an invalid port",
    ),
    (
        "postgres://u:s3cret@h:0/db",
        "the database URL has an invalid port",
    ),
    (
        "postgres://u:p@s3cret/x@h/db",
        "the database URL can be read in more than one way",
    ),
    (
        "postgres://u:12/s3cret@h/db",
        "the database URL can be read in more than one way",
    ),
    (
        "postgres://u:p@q?s3cret=1@h/db",
        "the database URL can be read in more than one way",
    ),
    (
        "postgres://u:p@q#s3cret@h/db",
        "the database URL can be read in more than one way",
    ),
    (
        "postgres://u:s3cret@h1,h2/db",
        "the database URL names more than one host",
    ),
    (
        "postgres://u:s3cret@h_!/db",
        "the database URL has an invalid host",
    ),
    (
        "postgres://u:s3cret%FF@h/db",
        "the password of the database URL is not UTF-8 when decoded",
    ),
    (
        "postgres://u:s3cret@h/db?sslmode=yes",
        "the parameter `sslmode` of the database URL must be one of disable, allow, prefer, require, verify-ca, verify-full",
    ),
    (
        "postgres://u:s3cret@h/db?channel_binding=always",
        "the parameter `channel_binding` of the database URL must be one of require, prefer, disable",
    ),
    (
        "postgres://u:s3cret@h/db?channel_binding=require&sslmode=disable",
        "the parameter `sslmode` of the database URL must be require or verify-full beside `channel_binding=require`",
    ),
    (
        "postgres://u:s3cret@h/db?sslrootcert=system&sslmode=require",
        "the parameter `sslmode` of the database URL must be verify-full beside `sslrootcert=system`",
    ),
    (
        "postgres://u:s3cret@h/db?sslcert=/c.pem",
        "`sslcert` names a certificate or key of the client, and `sslkey` is missing beside it",
    ),
    (
        "postgres://u:s3cret@h/db?gssencmode=require",
        "the parameter `gssencmode` of the database URL is not supported",
    ),
    (
        "postgres://u:s3cret@h/db?require_auth=scram-sha-256",
        "the parameter `require_auth` of the database URL is not supported",
    ),
    (
        "postgres://u@h/db?passfile=/run/s3cret",
        "the parameter `passfile` of the database URL is not supported",
    ),
    (
        "postgres://u:s3cret@h/db?target_session_attrs=standby",
        "the parameter `target_session_attrs` of the database URL is not supported",
    ),
    (
        "postgres://u:s3cret@h/db?schemas=public",
        "the database URL has the unknown parameter `schemas`",
    ),
    (
        "postgres://u@h/db?sslpassword=s3cret",
        "the parameter `sslpassword` of the database URL is not supported",
    ),
    ("sqlite:", "the database URL names no file"),
    (
        "sqlite:x.db?key=s3cret",
        "the database URL has the unknown parameter `key`",
    ),
    (
        "sqlite:x.db?mode=s3cret",
        "the parameter `mode` of the database URL must be one of ro, rw, rwc, memory",
    ),
];

#[test]
fn other_urls_are_refused_without_repeating_the_password() {
    for (text, message) in REFUSED {
        let error = parse(text).expect_err(text);
        assert_eq!(error.to_string(), *message, "{text}");
        let all = format!("{error} {error:?}");
        assert!(!all.contains("s3cret"), "{text}: {all}");
    }
}

/// The path of a file is told as the URL that Limbeck, Diesel and sqlx read alike; nothing that may be a password is.
#[test]
fn a_plain_path_is_told_as_its_url() {
    let home = tempfile::tempdir().unwrap();
    let base = home.path();
    std::fs::create_dir(base.join("data")).unwrap();
    for name in ["todo", "a b%20#1", "u:s@h", "data/x.bin"] {
        std::fs::write(base.join(name), "").unwrap();
    }
    let absolute = base.join("todo").display().to_string();
    for (text, expected) in [
        ("app.db", Some("sqlite://app.db")),
        ("./app.db", Some("sqlite://app.db")),
        (
            "'../data/app.sqlite3'",
            Some("sqlite://../data/app.sqlite3"),
        ),
        ("/tmp/app.sqlite", Some("sqlite:///tmp/app.sqlite")),
        ("file:app.db", Some("sqlite://app.db")),
        (
            "file:///tmp/app.db?mode=ro",
            Some("sqlite:///tmp/app.db?mode=ro"),
        ),
        ("todo", Some("sqlite://todo")),
        ("data/x.bin", Some("sqlite://data/x.bin")),
        ("a b%20#1", Some("sqlite://a b%2520%231")),
        ("u:s@h", Some("sqlite://u:s@h")),
        (absolute.as_str(), Some(&*format!("sqlite://{absolute}"))),
        ("data", None),
        ("other", None),
        ("u:s3cret@h/app.db", None),
        ("host=h password=s3cret.db", None),
        ("mysql://u:s3cret@h/app.db", None),
    ] {
        let error = DatabaseUrl::parse(text, base).expect_err(text);
        let found = match &error {
            UrlError::PlainPath { url } => Some(url.as_str()),
            _ => None,
        };
        assert_eq!(found, expected, "{text}");
        // What is told is read as that file.
        if let Some(url) = found {
            let plain = text.trim_matches('\'').trim_start_matches("file:");
            let plain = plain.trim_start_matches("//").split('?').next().unwrap();
            let path = base.join(plain.strip_prefix("./").unwrap_or(plain));
            match DatabaseUrl::parse(url, base).unwrap().location() {
                Location::File { path: found, .. } => assert_eq!(*found, path, "{text}"),
                location => panic!("{location:?}"),
            }
        }
    }
}

#[test]
fn passwords_reach_the_driver() {
    use limbeck::url::Target;
    let password = |text: &str| match parse(text).unwrap().target() {
        Target::Postgres(options) => {
            use sqlx::ConnectOptions as _;
            let url = options.to_url_lossy();
            let password = url.password().unwrap_or_default().to_owned();
            percent_encoding::percent_decode_str(&password)
                .decode_utf8()
                .unwrap()
                .into_owned()
        }
        target => panic!("{target:?}"),
    };
    for (text, expected) in [
        ("postgres://u:a%40b@h/db", "a@b"),
        ("postgres://u:a@b@h/db", "a@b"),
        ("postgres://u:a/b@h/db", "a/b"),
        ("postgres://u:a?b#c@h/db", "a?b#c"),
        ("postgres://u:a:b@h/db", "a:b"),
        ("postgres://u:a%b@h/db", "a%b"),
        ("postgres://u:a+b@h/db", "a+b"),
        ("postgres://u:a%2Bb%20c@h/db", "a+b c"),
        ("postgres://h/db?password=a+b", "a+b"),
    ] {
        assert_eq!(password(text), expected, "{text}");
    }
}

#[test]
fn sslmode_and_options_reach_the_driver() {
    use limbeck::url::Target;
    let options = |text: &str| match parse(text).unwrap().target() {
        Target::Postgres(options) => options.clone(),
        target => panic!("{target:?}"),
    };
    for (query, mode) in [
        ("ssl=true", "Require"),
        ("ssl=require", "Require"),
        ("ssl=false", "Disable"),
        ("sslmode=verify-full", "VerifyFull"),
        ("sslmode=verify-ca", "VerifyFull"),
        ("sslmode=verify-ca&sslrootcert=ca.pem", "VerifyFull"),
        ("sslmode=require&sslrootcert=ca.pem", "VerifyFull"),
        ("sslmode=prefer&sslrootcert=ca.pem", "Prefer"),
        ("sslmode=require&channel_binding=require", "VerifyFull"),
        ("channel_binding=require", "VerifyFull"),
        ("channel_binding=prefer", "Prefer"),
        (
            "gssencmode=prefer&target_session_attrs=read-write",
            "Prefer",
        ),
        ("sslrootcert=system", "VerifyFull"),
    ] {
        let options = options(&format!("postgres://u@h/db?{query}"));
        assert_eq!(format!("{:?}", options.get_ssl_mode()), mode, "{query}");
    }
    let options = options("postgres://u@h/db?options=-c%20a%3Db%20endpoint%3Dx");
    assert_eq!(options.get_options(), Some("-c a=b endpoint=x"));
}

#[test]
fn sqlite_paths_have_the_meaning_of_sqlalchemy() {
    for (text, path, shown) in [
        (
            "sqlite:///./todo.db",
            "/project/todo.db",
            "sqlite:///./todo.db",
        ),
        ("sqlite:///todo.db", "/project/todo.db", "sqlite:///todo.db"),
        ("sqlite://todo.db", "/project/todo.db", "sqlite:///todo.db"),
        ("sqlite:todo.db", "/project/todo.db", "sqlite:///todo.db"),
        (
            "sqlite:data/todo.db?mode=rwc",
            "/project/data/todo.db",
            "sqlite:///data/todo.db",
        ),
        (
            "sqlite:////abs/todo.db",
            "/abs/todo.db",
            "sqlite:////abs/todo.db",
        ),
        (
            "sqlite:/abs/todo.db",
            "/abs/todo.db",
            "sqlite:////abs/todo.db",
        ),
        (
            "sqlite+aiosqlite:///todo.db",
            "/project/todo.db",
            "sqlite:///todo.db",
        ),
        (
            "sqlite:///my%20todo.db?mode=ro",
            "/project/my todo.db",
            "sqlite:///my todo.db",
        ),
    ] {
        let url = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(url.dialect(), Dialect::Sqlite);
        assert_eq!(url.to_string(), shown, "{text}");
        match url.location() {
            Location::File { path: found, .. } => assert_eq!(found, Path::new(path), "{text}"),
            location => panic!("{text}: {location:?}"),
        }
    }
    for text in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite:///:memory:",
        "sqlite://",
        "sqlite:x?mode=memory",
    ] {
        assert_eq!(parse(text).unwrap().location(), &Location::Memory, "{text}");
    }
}

/// What other tools say in a URL, and what the server is told of it.
#[test]
fn parameters_of_other_tools_have_their_meaning() {
    use limbeck::url::Target;
    let options = |url: &DatabaseUrl| match url.target() {
        Target::Postgres(options) => options.get_options().map(str::to_owned),
        target => panic!("{target:?}"),
    };
    for (query, expected) in [
        ("schema=public", Some("-c search_path=public")),
        ("schema=My App", Some("-c search_path=\"My\\ App\"")),
        ("search_path=app,public", Some("-c search_path=app,public")),
        ("currentSchema=app", Some("-c search_path=app")),
        ("schema=", None),
        ("schema=public&pgbouncer=true&connection_limit=1", None),
        ("schema=app&pgbouncer=true", Some("-c search_path=app")),
        (
            "options=-c%20a%3Db&search_path=app",
            Some("-c a=b -c search_path=app"),
        ),
        ("pool_size=5&max_overflow=10&socket_timeout=3", None),
        ("statement_timeout=5s", Some("-c statement_timeout=5s")),
    ] {
        let url = parse(&format!("postgres://u@h/db?{query}")).unwrap();
        assert_eq!(options(&url).as_deref(), expected, "{query}");
        // A scratch database beside it has no such schema.
        let scratch = url.without_search_path().with_database("limbeck_x");
        let scratch = options(&scratch).unwrap_or_default();
        assert!(!scratch.contains("search_path"), "{query}: {scratch}");
    }
}

/// After three slashes SQLAlchemy reads a relative path and sqlx an absolute one.
#[test]
fn three_slashes_are_the_file_that_can_be() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("project");
    let inside = home.path().strip_prefix("/").unwrap().to_owned();
    std::fs::create_dir_all(&project).unwrap();
    std::fs::create_dir(home.path().join("data")).unwrap();
    let url = format!("sqlite:///{}/data/app.db", inside.display());
    let found =
        |text: &str| match DatabaseUrl::parse(text, &project).map(|url| url.location().clone()) {
            Ok(Location::File { path, .. }) => Ok(path),
            Ok(location) => panic!("{location:?}"),
            Err(error) => Err(error.to_string()),
        };
    let absolute = home.path().join("data/app.db");
    let relative = project.join(&inside).join("data/app.db");
    assert_eq!(
        found(&url),
        Ok(absolute.clone()),
        "only this folder is there"
    );
    std::fs::create_dir_all(relative.parent().unwrap()).unwrap();
    let message = found(&url).unwrap_err();
    for path in [&absolute, &relative] {
        assert!(message.contains(path.to_str().unwrap()), "{message}");
    }
    std::fs::write(&relative, "").unwrap();
    assert_eq!(found(&url), Ok(relative.clone()), "only this file is there");
    std::fs::write(&absolute, "").unwrap();
    assert!(found(&url).is_err());
    for (text, expected) in [
        (url.replace(":///", "+aiosqlite:///"), &relative),
        (url.replace(":///", ":///./"), &relative),
        (url.replace(":///", ":////"), &absolute),
    ] {
        assert_eq!(found(&text), Ok(expected.clone()), "{text}");
    }
}

#[test]
fn loopback_and_poolers_are_recognised() {
    let url = |text: &str| parse(text).unwrap();
    for text in [
        "postgres://u@localhost/db",
        "postgres://u@127.0.0.2/db",
        "postgres://u@[::1]/db",
        "postgres://u@/db?host=/run/postgresql",
        "sqlite:x.db",
    ] {
        assert!(url(text).is_loopback(), "{text}");
    }
    for text in [
        "postgres://u@10.0.0.1/db",
        "postgres://u@localhost.example.com/db",
    ] {
        assert!(!url(text).is_loopback(), "{text}");
    }
}

#[test]
fn a_url_says_how_far_the_way_is_protected() {
    use Encryption::{Here, Off, Optional, Required, Verified};
    for (text, expected) in [
        ("postgres://u@localhost/db?sslmode=verify-full", Here),
        ("postgres://u@/db?host=/run/postgresql", Here),
        ("sqlite:x.db", Here),
        ("postgres://u@h/db", Optional),
        ("postgres://u@h/db?sslmode=disable", Off),
        ("postgres://u@h/db?sslmode=require", Required),
        ("postgres://u@h/db?sslmode=verify-ca", Verified),
        ("postgres://u@h/db?sslmode=verify-full", Verified),
    ] {
        assert_eq!(parse(text).unwrap().encryption(), expected, "{text}");
    }
}

#[test]
fn another_database_keeps_the_login() {
    let url = parse("postgres://u:s3cret@h/db?sslmode=require").unwrap();
    assert_eq!(
        url.with_database("other").to_string(),
        "postgres://u@h:5432/other"
    );
    assert_eq!(url.database(), Some("db"));
    assert_eq!(url.user(), Some("u"));
}
