//! `limbeck.toml`: what a project may set, each with a default.

mod numbering;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::schema::naming::{Naming, Template};
use limbeck_engine::layout::Layout;
use limbeck_models::SqlType;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

pub(crate) use self::numbering::NumberingConfig;
use crate::command_error::CommandError;
use crate::nearest::nearest;

/// The name of the file.
pub(crate) const FILE: &str = "limbeck.toml";

/// What the file may set; an `[env.NAME]` may set the same.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) dialects: Option<Vec<Dialect>>,
    pub(crate) url: Option<String>,
    pub(crate) scratch_url: Option<String>,
    pub(crate) scratch: Option<ScratchPlace>,
    pub(crate) migrations: Option<OneOrMany>,
    pub(crate) layout: Option<LayoutConfig>,
    #[serde(deserialize_with = "name")]
    pub(crate) history_table: Option<QualifiedName>,
    pub(crate) search_path: Option<OneOrMany>,
    pub(crate) role: Option<String>,
    #[serde(deserialize_with = "duration")]
    pub(crate) lock_timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub(crate) lock_wait: Option<Duration>,
    pub(crate) models: Option<ModelsConfig>,
    #[serde(deserialize_with = "types")]
    pub(crate) types: Option<BTreeMap<String, SqlType>>,
    pub(crate) unmanaged: Option<UnmanagedConfig>,
    #[serde(deserialize_with = "names")]
    pub(crate) names: Option<Naming>,
    pub(crate) diff: Option<DiffConfig>,
    pub(crate) env: BTreeMap<String, Config>,
}

/// Whether the configured server may hold scratch databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ScratchPlace {
    /// Only when it is on this machine.
    Auto,
    /// Wherever it is.
    SameServer,
}

/// The tool whose layout the migrations stay in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LayoutConfig {
    Sqlx,
    Diesel,
    Refinery,
}

impl From<LayoutConfig> for Layout {
    fn from(config: LayoutConfig) -> Self {
        match config {
            LayoutConfig::Sqlx => Self::Sqlx,
            LayoutConfig::Diesel => Self::Diesel,
            LayoutConfig::Refinery => Self::Refinery,
        }
    }
}

/// `"a"` or `["a", "b"]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Which sources hold models.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ModelsConfig {
    /// The packages; all of the workspace when none is named.
    pub(crate) crates: Option<Vec<String>>,
    /// Files that belong to no package.
    pub(crate) files: Vec<String>,
    /// Features besides the default ones.
    pub(crate) features: BTreeSet<String>,
    /// The folder of the package or workspace.
    pub(crate) path: Option<String>,
    /// Whether entities of SeaORM are models.
    pub(crate) sea_orm: Option<bool>,
    /// Whether tables of Diesel are models, or which files have them.
    pub(crate) diesel: Option<DieselConfig>,
    /// How integer keys are numbered that say nothing of it.
    pub(crate) identity: Option<NumberingConfig>,
}

/// `true`, `"src/schema.rs"`, or a list of files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected true, false, a file or a list of files"
)]
pub(crate) enum DieselConfig {
    Found(bool),
    In(OneOrMany),
}

/// What is left to others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UnmanagedConfig {
    /// Names of tables, types and sequences, with `*` for any characters.
    pub(crate) tables: Vec<String>,
    /// Columns whose default is what it is in each database, `table.column`, with `*` for any characters.
    #[serde(deserialize_with = "columns")]
    pub(crate) defaults: Vec<String>,
}

/// How databases are compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DiffConfig {
    /// What makes no difference, in the words of `--ignore`.
    pub(crate) ignore: Vec<String>,
}

impl Config {
    /// Reads the file's text; `file` is its name in messages.
    pub(crate) fn parse(text: &str, file: &str) -> Result<Self, CommandError> {
        let config: Self = toml::from_str(text).map_err(|error| explain(&error, text, file))?;
        let nested = config.env.iter().find(|(_, config)| !config.env.is_empty());
        if let Some((name, _)) = nested {
            return Err(CommandError::config(format!(
                "{file}: `[env.{name}]` has an `env` of its own"
            ))
            .hint(format!("write [env.{name}] alone, and its keys below")));
        }
        let names_no_folder = |config: &Self| {
            config
                .migrations
                .as_ref()
                .map(OneOrMany::as_slice)
                .is_some_and(|all| all.is_empty() || all.iter().any(String::is_empty))
        };
        if names_no_folder(&config) || config.env.values().any(names_no_folder) {
            let text = format!("{file}: `migrations` names no folder");
            return Err(CommandError::config(text).hint("write migrations = \"migrations\""));
        }
        Ok(config)
    }

    /// The configuration with what `[env.NAME]` sets in place.
    pub(crate) fn with_env(mut self, name: &str, file: &str) -> Result<Self, CommandError> {
        let Some(own) = self.env.remove(name) else {
            let names: Vec<&str> = self.env.keys().map(String::as_str).collect();
            return Err(CommandError::usage(format!("{file} has no `[env.{name}]`")).hint(
                match nearest(name, names.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None if names.is_empty() => {
                        format!("write the settings of `{name}` into {file}, below a line [env.{name}]")
                    }
                    None => format!("it has {}", quoted(&names)),
                },
            ));
        };
        Ok(Self {
            dialects: own.dialects.or(self.dialects),
            url: own.url.or(self.url),
            scratch_url: own.scratch_url.or(self.scratch_url),
            scratch: own.scratch.or(self.scratch),
            migrations: own.migrations.or(self.migrations),
            layout: own.layout.or(self.layout),
            history_table: own.history_table.or(self.history_table),
            search_path: own.search_path.or(self.search_path),
            role: own.role.or(self.role),
            lock_timeout: own.lock_timeout.or(self.lock_timeout),
            lock_wait: own.lock_wait.or(self.lock_wait),
            models: own.models.or(self.models),
            types: own.types.or(self.types),
            unmanaged: own.unmanaged.or(self.unmanaged),
            names: own.names.or(self.names),
            diff: own.diff.or(self.diff),
            env: self.env,
        })
    }
}

fn name<'de, D: Deserializer<'de>>(source: D) -> Result<Option<QualifiedName>, D::Error> {
    let text = String::deserialize(source)?;
    text.parse().map(Some).map_err(|_| {
        let what = match text.as_str() {
            "" => "`history_table` is empty".to_owned(),
            text => format!("`{text}` is no name of a table"),
        };
        D::Error::custom(format!(
            "{what}: write one such as `limbeck_history` or `ops.history`"
        ))
    })
}

/// SQL for every dialect, or for each.
fn types<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<BTreeMap<String, SqlType>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "expected SQL such as \"point\", or { postgres = \"…\", sqlite = \"…\" }"
    )]
    enum Written {
        Everywhere(String),
        PerDialect(PerDialect),
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct PerDialect {
        postgres: Option<String>,
        sqlite: Option<String>,
    }
    let written = BTreeMap::<String, Written>::deserialize(source)?;
    let read = |written: Written| match written {
        Written::Everywhere(text) => SqlType::Everywhere(text),
        Written::PerDialect(PerDialect { postgres, sqlite }) => {
            let of = |dialect: Dialect, text: Option<String>| {
                text.map(|text| (dialect.as_str().to_owned(), text))
            };
            let both = [of(Dialect::Postgres, postgres), of(Dialect::Sqlite, sqlite)];
            SqlType::PerDialect(both.into_iter().flatten().collect())
        }
    };
    let types = written.into_iter().map(|(name, one)| (name, read(one)));
    let types: BTreeMap<String, SqlType> = types.collect();
    let is_empty = |sql: &SqlType| match sql {
        SqlType::Everywhere(text) => text.trim().is_empty(),
        SqlType::PerDialect(all) => all.values().any(|text| text.trim().is_empty()),
    };
    match types.iter().find(|(_, sql)| is_empty(sql)) {
        None => Ok(Some(types)),
        Some((name, _)) => Err(D::Error::custom(format!(
            "`{name}` under [types] is empty: write the SQL type, such as \"text\""
        ))),
    }
}

/// Templates, whose placeholders are known.
fn names<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Naming>, D::Error> {
    let naming = Naming::deserialize(source)?;
    for (key, template) in [
        ("primary_key", &naming.primary_key),
        ("unique", &naming.unique),
        ("foreign_key", &naming.foreign_key),
        ("check", &naming.check),
        ("exclusion", &naming.exclusion),
        ("index", &naming.index),
        (
            "unique_index",
            naming.unique_index.as_ref().unwrap_or(&naming.index),
        ),
    ] {
        let wrong = match Template::parse(template) {
            Err(error) => error.to_string(),
            Ok(_) if template.contains('\0') => "it holds the character NUL".to_owned(),
            Ok(read) if key != "foreign_key" && read.names_references() => {
                "only a foreign key refers to something".to_owned()
            }
            Ok(_) => continue,
        };
        // A text from a checkout is as long as somebody likes.
        let wrong: String = wrong.chars().take(80).collect();
        return Err(D::Error::custom(format!(
            "`{key}` is no template: {wrong}; write a name with `{{table}}` and `{{columns}}`"
        )));
    }
    Ok(Some(naming))
}

/// Columns with their tables, or patterns of both: a pattern without a dot would fit none.
fn columns<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    let patterns = Vec::<String>::deserialize(source)?;
    match patterns
        .iter()
        .find(|pattern| !pattern.contains(['.', '*']))
    {
        None => Ok(patterns),
        Some(pattern) => Err(D::Error::custom(format!(
            "`{pattern}` names no table: write `table.{pattern}`, or `*.{pattern}` for all tables"
        ))),
    }
}

/// `5`, `"5s"`, `"500ms"` or `"1min"`.
fn duration<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Duration>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected seconds, or a text such as \"500ms\"")]
    enum Written {
        Seconds(u32),
        Text(String),
    }
    let text = match Written::deserialize(source)? {
        Written::Seconds(seconds) => return Ok(Some(Duration::from_secs(seconds.into()))),
        Written::Text(text) => text,
    };
    written_duration(&text)
        .map(Some)
        .ok_or_else(|| D::Error::custom("expected seconds, or a text such as \"500ms\""))
}

/// A time as it is written: `5`, `5s`, `500ms`, `10min` or `8h`.
pub(crate) fn written_duration(text: &str) -> Option<Duration> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u32 = text[..digits].parse().ok()?;
    let seconds = |unit: u64| Some(Duration::from_secs(u64::from(number) * unit));
    match text[digits..].trim() {
        "ms" => Some(Duration::from_millis(number.into())),
        "s" | "" => seconds(1),
        "min" => seconds(60),
        "h" => seconds(60 * 60),
        _ => None,
    }
}

/// The parser's own message would show the line, which may hold a password.
fn explain(error: &toml::de::Error, text: &str, file: &str) -> CommandError {
    let line = error.span().map_or(1, |span| {
        let before = text.get(..span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    });
    let message = error.message();
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let (Some((unknown, known)), true) =
        (words.split_first(), message.starts_with("unknown field"))
    {
        let meant = nearest(unknown, known.iter().copied());
        let error = CommandError::config(format!("{file}:{line}: unknown key `{unknown}`"));
        return match meant {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error.hint(format!("the keys here are {}", quoted(known))),
        };
    }
    let key = key_at(text, line);
    if let (Some((unknown, known)), true) =
        (words.split_first(), message.starts_with("unknown variant"))
    {
        let error = CommandError::config(format!(
            "{file}:{line}: `{unknown}` is nothing that `{key}` can be"
        ));
        return error.hint(match nearest(unknown, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write one of {}", quoted(known)),
        });
    }
    let message = match form(&key) {
        // What is said here begins with a value; the rest is the words of a parser about its own types.
        Some(form) if !message.starts_with('`') && text.parse::<toml::Table>().is_ok() => {
            format!("`{key}` is {form}")
        }
        None if message.ends_with("expected struct Config") => {
            format!("`{key}` is a table: a line [env.{key}], and its keys below")
        }
        _ => message.lines().collect::<Vec<_>>().join(", "),
    };
    CommandError::config(format!("{file}:{line}: {message}"))
}

/// The key whose value stands on a line, or goes on there.
fn key_at(text: &str, line: usize) -> String {
    let before: Vec<&str> = text.lines().take(line).collect();
    let keys = before.iter().rev().find_map(|line| {
        let line = line.trim();
        let header = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'));
        line.split_once('=')
            .map(|(key, _)| key)
            .or(header.filter(|header| !header.contains(['"', ','])))
    });
    keys.unwrap_or_default().trim().trim_matches('"').to_owned()
}

/// What a key takes, as an example.
fn form(key: &str) -> Option<&'static str> {
    Some(match key {
        "dialects" => "a list, such as dialects = [\"postgres\", \"sqlite\"]",
        "url" => "a text, such as url = \"sqlite:///app.db\"",
        "scratch_url" => "a text, such as scratch_url = \"postgres://user@host/postgres\"",
        "role" => "a text, such as role = \"owner\"",
        "path" => "a text, such as path = \"backend\"",
        "scratch" => "a text: scratch = \"same-server\", or \"auto\"",
        "migrations" => "a folder or a list of them, such as migrations = \"db/migrations\"",
        "layout" => "a text: layout = \"sqlx\", \"diesel\" or \"refinery\"",
        "search_path" => "a schema or a list of them, such as search_path = \"app\"",
        "history_table" => "a text, such as history_table = \"ops.history\"",
        "lock_timeout" | "lock_wait" => "a number of seconds, or a text such as \"500ms\"",
        "crates" => "a list of packages, such as crates = [\"api\"]",
        "files" => "a list of files, such as files = [\"limbeck/models.rs\"]",
        "diesel" => "true, false, a file or a list of them, such as diesel = \"src/schema.rs\"",
        "identity" => {
            "false, \"by_default\", \"always\" or \"serial\", such as identity = \"serial\""
        }
        "features" => "a list of features, such as features = [\"admin\"]",
        "tables" => "a list of names or patterns, such as tables = [\"legacy_*\"]",
        "defaults" => "a list of columns or patterns, such as defaults = [\"*.created_at\"]",
        "ignore" => "a list, such as ignore = [\"owners\", \"comments\"]",
        "models" => "a table: a line [models], and its keys below",
        "types" => "a table: a line [types], and \"geo::Point\" = \"point\" below",
        "unmanaged" => "a table: a line [unmanaged], and tables = [\"…\"] below",
        "names" => "a table: a line [names], and index = \"idx_{table}_{columns}\" below",
        "diff" => "a table: a line [diff], and ignore = [\"…\"] below",
        "primary_key" | "unique" | "foreign_key" | "check" | "exclusion" | "index"
        | "unique_index" => "a text with placeholders, such as \"{table}_{columns}_key\"",
        key if key.contains("::") => {
            "SQL, such as \"point\", or { postgres = \"…\", sqlite = \"…\" }"
        }
        _ => return None,
    })
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

#[cfg(test)]
mod reference;

#[cfg(test)]
mod tests;
