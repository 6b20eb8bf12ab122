//! What `limbeck.toml` may say, and what is told where it is wrong.

use super::*;

#[test]
fn everything_can_be_set() {
    let text = r#"
dialects = ["postgres", "sqlite"]
url = "${DATABASE_URL}"
scratch = "same-server"
migrations = ["migrations", "more"]
history_table = "ops.history"
search_path = "app"
lock_timeout = "500ms"
[models]
crates = ["api"]
features = ["x"]
[types]
"geo::Point" = "point"
"money::Money" = { postgres = "money", sqlite = "INTEGER" }
[unmanaged]
tables = ["legacy_*"]
defaults = ["*.created_at"]
[names]
index = "idx_{table}_{columns}"
[diff]
ignore = ["owners"]
[env.production]
lock_timeout = 2
role = "owner"
"#;
    let config = Config::parse(text, FILE).unwrap();
    assert_eq!(config.lock_timeout, Some(Duration::from_millis(500)));
    let config = config.with_env("production", FILE).unwrap();
    assert_eq!(config.lock_timeout, Some(Duration::from_secs(2)));
    assert_eq!(config.role.as_deref(), Some("owner"));
    assert_eq!(config.scratch, Some(ScratchPlace::SameServer));
    let error = config.with_env("prod", FILE).unwrap_err();
    assert_eq!(error.message, "limbeck.toml has no `[env.prod]`");
}

#[test]
fn errors_name_the_line_and_show_no_value() {
    for (text, message, hint) in [
        (
            "\nmigratons = 1",
            "limbeck.toml:2: unknown key `migratons`",
            "did you mean `migrations`?",
        ),
        (
            "[models]\ncrate = []",
            "limbeck.toml:2: unknown key `crate`",
            "did you mean `crates`?",
        ),
        (
            "migrations = 5",
            "limbeck.toml:1: `migrations` is a folder or a list of them, such as migrations = \"db/migrations\"",
            "",
        ),
        (
            "[types]\n\"geo::Point\" = 5",
            "limbeck.toml:2: `geo::Point` is SQL, such as \"point\", or { postgres = \"…\", sqlite = \"…\" }",
            "",
        ),
        (
            "[types]\n\"a::B\" = \"x\"\n\"geo::Point\" = { mysql = \"point\" }",
            "limbeck.toml:3: `geo::Point` is SQL, such as \"point\", or { postgres = \"…\", sqlite = \"…\" }",
            "",
        ),
        (
            "[types]\nString = \"\"",
            "limbeck.toml:1: `String` under [types] is empty: write the SQL type, such as \"text\"",
            "",
        ),
        (
            "[types]\n\"a::B\" = { sqlite = \" \" }",
            "limbeck.toml:1: `a::B` under [types] is empty: write the SQL type, such as \"text\"",
            "",
        ),
        (
            "dialects = [\"sqlite\"]\n[names]\nindex = \"ix_{tabel}\"",
            "limbeck.toml:2: `index` is no template: `{tabel}` is no placeholder; write a name with `{table}` and `{columns}`",
            "",
        ),
        (
            "[names]\nunique_index = \"{table}_{referenced_table}\"",
            "limbeck.toml:1: `unique_index` is no template: only a foreign key refers to something; write a name with `{table}` and `{columns}`",
            "",
        ),
        (
            "history_table = \"a.b.c\"",
            "limbeck.toml:1: `a.b.c` is no name of a table: write one such as `limbeck_history` or `ops.history`",
            "",
        ),
        (
            "dialects = \"sqlite\"",
            "limbeck.toml:1: `dialects` is a list, such as dialects = [\"postgres\", \"sqlite\"]",
            "",
        ),
        (
            "dialects = [\n  \"sqlit\",\n]",
            "limbeck.toml:2: `sqlit` is nothing that `dialects` can be",
            "did you mean `sqlite`?",
        ),
        (
            "dialects = [\"mysql\"]",
            "limbeck.toml:1: `mysql` is nothing that `dialects` can be",
            "write one of `postgres`, `sqlite`",
        ),
        (
            "scratch = true",
            "limbeck.toml:1: `scratch` is a text: scratch = \"same-server\", or \"auto\"",
            "",
        ),
        (
            "models = \"x\"",
            "limbeck.toml:1: `models` is a table: a line [models], and its keys below",
            "",
        ),
        (
            "[models]\ncrates = \"todo\"",
            "limbeck.toml:2: `crates` is a list of packages, such as crates = [\"api\"]",
            "",
        ),
        (
            "[models]\nidentity = \"sometimes\"",
            "limbeck.toml:2: `identity` is false, \"by_default\", \"always\" or \"serial\", such as identity = \"serial\"",
            "",
        ),
        (
            "lock_timeout = \"soon\"",
            "limbeck.toml:1: `lock_timeout` is a number of seconds, or a text such as \"500ms\"",
            "",
        ),
        (
            "[names]\nindex = \"same\"",
            "limbeck.toml:1: `index` is no template: it has no placeholder; write a name with `{table}` and `{columns}`",
            "",
        ),
        (
            "[env]\nprod = 5",
            "limbeck.toml:2: `prod` is a table: a line [env.prod], and its keys below",
            "",
        ),
        (
            "migrations = []",
            "limbeck.toml: `migrations` names no folder",
            "write migrations = \"migrations\"",
        ),
        (
            "url = \"a\"\nurl = \"b\"",
            "limbeck.toml:2: duplicate key",
            "",
        ),
    ] {
        let error = Config::parse(text, FILE).unwrap_err();
        assert_eq!(error.message, message);
        assert_eq!(error.hints.join("\n"), hint);
    }
    let error = Config::parse("url = \"postgres://u:secret@h/d\nx", FILE).unwrap_err();
    assert!(!error.message.contains("secret"), "{}", error.message);
}
