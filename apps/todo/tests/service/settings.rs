//! Settings: defaults, what is refused, and that nothing secret is printed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use limbeck::migrator::AtStart;
use limbeck::url::Location;
use todo::settings::{Environment, Settings, SettingsError};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Reads `A=1` and others; a later one goes before an earlier one.
pub(crate) fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    let get = |key: &str| variables.get(key).map(|&text| text.to_owned());
    Settings::read(&get, Path::new("/service"))
}

fn production(more: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let mut all = vec![
        ("ENVIRONMENT", "production"),
        ("DATABASE_URL", "postgres://todo:hunter2@db/todo"),
        ("JWT_SECRET_KEY", SECRET),
    ];
    all.extend(more);
    read(&all)
}

#[test]
fn nothing_need_be_said_in_development() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.environment, Environment::Development);
    assert_eq!(settings.database.to_string(), "sqlite:///./todo.db");
    assert_eq!(settings.address.to_string(), "127.0.0.1:8000");
    assert_eq!(settings.at_start, AtStart::Upgrade);
    assert!(settings.tokens.secret.is_none());
    assert_eq!(settings.tokens.lifetime, Duration::from_secs(30 * 60));
    assert_eq!(settings.pool.max_connections, 15);
    assert_eq!(settings.pool.acquire_timeout, Duration::from_secs(30));
    assert_eq!(settings.pool.max_lifetime, Duration::from_secs(3600));
    assert!(settings.pool.pre_ping);
    assert_eq!(settings.cors_origins, ["http://localhost:3000"]);
}

#[test]
fn a_server_is_not_changed_by_a_start() {
    let url = ("DATABASE_URL", "postgres://todo@localhost/todo");
    assert_eq!(read(&[url]).unwrap().at_start, AtStart::Check);
    assert_eq!(production(&[]).unwrap().at_start, AtStart::Check);
    let wait = [("MIGRATE_ON_START", "wait"), ("MIGRATE_WAIT", "5")];
    let settings = production(&wait).unwrap();
    assert_eq!(settings.at_start, AtStart::Wait(Duration::from_secs(5)));
}

#[test]
fn every_wrong_setting_is_named_at_once() {
    let wrong = [
        ("ENVIRONMENT", "prod"),
        ("DATABASE_URL", "mysql://root:hunter2@db/todo"),
        ("JWT_SECRET_KEY", "hunter2"),
        ("JWT_ALGORITHM", "none"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
        ("CORS_ORIGINS", "https://a.example, *"),
        ("HOST", "localhost"),
        ("PORT", "70000"),
        ("DEBUG", "maybe"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("MIGRATE_ON_START", "yes"),
        ("MIGRATE_WAIT", "soon"),
        ("DB_POOL_SIZE", "0"),
        ("DB_MAX_OVERFLOW", "-1"),
        ("DB_POOL_TIMEOUT", "0"),
        ("DB_POOL_RECYCLE", "x"),
        ("DB_POOL_PRE_PING", "2"),
        ("REQUEST_TIMEOUT", "0"),
        ("AUTH_RATE_LIMIT", "many"),
        ("TRUST_PROXY", "?"),
    ];
    let error = read(&wrong).unwrap_err();
    let mut named: Vec<&str> = error.0.iter().map(|wrong| wrong.key).collect();
    let mut expected: Vec<&str> = wrong.iter().map(|(key, _)| *key).collect();
    named.sort_unstable();
    expected.sort_unstable();
    assert_eq!(named, expected);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

/// Requirement 4: a key that everybody knows signs nothing outside development.
#[test]
fn secrets_of_examples_are_refused() {
    for (environment, secret, is_fine) in [
        ("development", "your-jwt-secret-key", true),
        ("development", "short", false),
        ("production", "your-jwt-secret-key", false),
        (
            "staging",
            "your-super-secret-jwt-key-change-in-production",
            false,
        ),
        ("testing", "change-this-in-production", false),
        ("production", "0123456789abcdef0123456789abcde", false),
        ("production", "", false),
        ("production", SECRET, true),
    ] {
        let given = [("ENVIRONMENT", environment), ("JWT_SECRET_KEY", secret)];
        let outcome = production(&given);
        assert_eq!(
            outcome.is_ok(),
            is_fine,
            "{environment} {secret} {outcome:?}"
        );
        let told = format!("{outcome:?}");
        assert!(secret.is_empty() || !told.contains(secret), "{told}");
    }
    let error = production(&[("BETTER_AUTH_SECRET", "short")]).unwrap_err();
    assert_eq!(error.0[0].key, "BETTER_AUTH_SECRET");
}

#[test]
fn words_of_python_are_taken() {
    for (text, expected) in [
        ("True", true),
        ("1", true),
        ("on", true),
        ("no", false),
        ("F", false),
    ] {
        assert_eq!(read(&[("DEBUG", text)]).unwrap().debug, expected, "{text}");
    }
    for (text, expected) in [
        ("WARNING", tracing::Level::WARN),
        ("critical", tracing::Level::ERROR),
    ] {
        assert_eq!(read(&[("LOG_LEVEL", text)]).unwrap().log_level, expected);
    }
    let list = read(&[(
        "CORS_ORIGINS",
        r#"["https://a.example", "http://b.example:3000"]"#,
    )]);
    assert_eq!(
        list.unwrap().cors_origins,
        ["https://a.example", "http://b.example:3000"]
    );
}

/// Requirement 12: what is printed of the settings has no password in it.
#[test]
fn settings_print_no_secret() {
    let settings = production(&[]).unwrap();
    let printed = format!("{settings:?} {}", settings.database);
    assert!(printed.contains("todo@db"), "{printed}");
    for secret in ["hunter2", SECRET] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// `.env.example` has every key, and the service starts with it as it is.
#[test]
fn the_example_names_every_setting() {
    let example = include_str!("../../.env.example");
    let lines = example.lines().filter(|line| !line.starts_with('#'));
    let pairs: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once('=')).collect();
    let settings = read(&pairs).unwrap();
    let plain = read(&[]).unwrap();
    assert_eq!(format!("{settings:?}"), format!("{plain:?}"));
    // Each key of the sources stands there.
    let sources = [
        include_str!("../../src/settings.rs"),
        include_str!("../../src/settings/reader.rs"),
    ];
    let words = sources.iter().flat_map(|text| text.split('"'));
    let is_key = |word: &&str| {
        word.len() > 3
            && word.contains(|c: char| c.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    let levels = ["DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL"];
    let keys: Vec<&str> = words
        .filter(is_key)
        .filter(|word| !levels[1..].contains(word))
        .collect();
    assert!(keys.len() > 20, "{keys:?}");
    for key in keys {
        assert!(pairs.iter().any(|(name, _)| *name == key), "{key}");
    }
}

#[test]
fn a_relative_file_lies_beside_the_service() {
    let settings = read(&[("DATABASE_URL", "sqlite:///./data/todo.db")]).unwrap();
    let Location::File { path, .. } = settings.database.location() else {
        panic!("{}", settings.database);
    };
    assert_eq!(path, Path::new("/service/data/todo.db"));
}

/// What the page on servers says is set is a setting, and the unit starts what there is.
#[test]
fn the_page_on_servers_names_settings() {
    let page = include_str!("../../../../docs/deployment.md");
    let example = include_str!("../../.env.example");
    let words = page.split('`').skip(1).step_by(2);
    let keys = words.map(|word| word.split('=').next().unwrap_or_default());
    let is_key =
        |key: &&str| key.len() > 5 && key.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let keys: Vec<&str> = keys
        .filter(is_key)
        .filter(|key| *key != "SIGTERM")
        .collect();
    assert!(keys.len() > 6, "{keys:?}");
    for key in keys {
        assert!(example.contains(&format!("\n{key}=")), "{key}");
    }
    let unit = include_str!("../../deploy/todo.service");
    assert!(unit.contains("ExecStart=/usr/local/bin/todo serve\n"));
}
