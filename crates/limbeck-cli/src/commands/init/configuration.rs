//! The limbeck.toml of a project on a database that is there already.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::schema::naming::Naming;
use limbeck_models::{Conventions, Numbering, SqlType};

use super::others::ToOthers;
use crate::command_error::CommandError;

/// Where models are.
#[derive(Clone, Copy)]
pub(super) enum ModelsKey<'a> {
    /// In the packages of the project.
    Unsaid,
    /// In a package elsewhere.
    Path(&'a Path),
    /// In a file of no package.
    File(&'a str),
}

impl ModelsKey<'_> {
    fn table(self, numbering: Numbering) -> String {
        let mut lines = match self {
            Self::Unsaid => String::new(),
            Self::Path(path) => format!("path = {}\n", quoted(&path.display().to_string())),
            Self::File(file) => format!("files = [{}]\n", quoted(file)),
        };
        let identity = match numbering {
            Numbering::ByDefault => None,
            Numbering::Always => Some("\"always\""),
            Numbering::Serial => Some("\"serial\""),
            Numbering::No => Some("false"),
        };
        if let Some(word) = identity {
            lines.push_str(&format!(
                "# How the database numbers integer keys of which models say nothing.\nidentity = {word}\n"
            ));
        }
        if lines.is_empty() {
            return lines;
        }
        format!("\n[models]\n{lines}")
    }
}

/// A whole file. `from` is the URL as it was given; a password stays out of the file.
pub(super) fn text(
    url: &DatabaseUrl,
    from: &str,
    migrations: Option<&str>,
    models: ModelsKey<'_>,
    conventions: &Conventions,
    left: &[ToOthers],
) -> String {
    let dialect = url.dialect();
    let mut own = "${DATABASE_URL}".to_owned();
    // A variable's default ends at a brace.
    if dialect == Dialect::Sqlite && !from.contains(['{', '}']) {
        own = format!("${{DATABASE_URL:-{from}}}");
    }
    let mut text = format!(
        "# The database: DATABASE_URL of the environment or of .env.\nurl = {}\n\n\
         # The databases that revisions are written for.\ndialects = [\"{dialect}\"]\n",
        quoted(&own)
    );
    if let Some(folder) = migrations {
        let folder = quoted(folder);
        text.push_str(&format!(
            "\n# `migrations` is another tool's.\nmigrations = {folder}\n"
        ));
    }
    text.push_str(&models.table(conventions.numbering));
    text.push_str(&types(&conventions.types));
    text.push_str(&names(&conventions.naming));
    if !left.is_empty() {
        text.push_str(&unmanaged(left));
    }
    text
}

/// What a file lacks that is there already.
///
/// # Errors
///
/// The key that is there, so that nothing can be added at the end of the file.
pub(super) fn more(
    text: &str,
    models: ModelsKey<'_>,
    conventions: &Conventions,
    left: &[ToOthers],
) -> Result<String, &'static str> {
    let table: toml::Table = text.parse().unwrap_or_default();
    let mut more = String::new();
    if !table.contains_key("models") {
        more.push_str(&models.table(conventions.numbering));
    } else if !models.table(Numbering::ByDefault).is_empty() {
        return Err("models");
    }
    if !table.contains_key("types") {
        more.push_str(&types(&conventions.types));
    }
    if !table.contains_key("names") {
        more.push_str(&names(&conventions.naming));
    }
    if !left.is_empty() {
        if table.contains_key("unmanaged") {
            return Err("unmanaged");
        }
        more.push_str(&unmanaged(left));
    }
    Ok(more)
}

/// The text with these dialects, and no others; `None` where its line is not one to be written anew.
pub(super) fn with_dialects(text: &str, dialects: &BTreeSet<Dialect>) -> Option<String> {
    let listed = |text: &str| {
        let table: toml::Table = text.parse().ok()?;
        let listed = table.get("dialects")?.as_array()?;
        let words = listed.iter().map(|one| one.as_str().map(str::to_owned));
        words.collect::<Option<BTreeSet<String>>>()
    };
    let wanted: BTreeSet<String> = dialects.iter().map(ToString::to_string).collect();
    if listed(text).is_some_and(|listed| listed.is_superset(&wanted)) {
        return Some(text.to_owned());
    }
    let words: Vec<String> = wanted.iter().map(|one| quoted(one)).collect();
    let line = format!("dialects = [{}]", words.join(", "));
    let mut is_written = false;
    let mut lines: Vec<String> = Vec::new();
    for one in text.lines() {
        let key = one.split_once('=').map(|(key, _)| key.trim());
        if key == Some("dialects") && !is_written {
            is_written = true;
            let comment = one.split_once(']').map_or("", |(_, comment)| comment);
            lines.push(format!("{line}{comment}"));
        } else {
            lines.push(one.to_owned());
        }
    }
    if !is_written {
        // In front of all tables.
        lines.insert(0, line);
    }
    let text = lines.join("\n") + "\n";
    (listed(&text) == Some(wanted)).then_some(text)
}

/// A key that is there, and lacks what a project on a database needs.
pub(super) fn no_room(config: &Path, table: &str, models: &str, left: &[ToOthers]) -> CommandError {
    if table == "models" {
        let text = format!("{} does not read {models}", config.display());
        return CommandError::config(text).hint(format!(
            "add it to `files` under `[models]`: files = [\"{models}\"]"
        ));
    }
    let names: Vec<String> = left.iter().map(|one| format!("\"{}\"", one.name)).collect();
    CommandError::config(format!(
        "{} does not leave to others what models cannot say: {}",
        config.display(),
        names.join(", ")
    ))
    .hint(format!(
        "add them to `tables` under `[unmanaged]`: {}",
        names.join(", ")
    ))
}

/// The types that are not the usual ones.
fn types(types: &BTreeMap<String, SqlType>) -> String {
    let lines = types.iter().map(|(path, sql)| {
        let sql = match sql {
            SqlType::Everywhere(text) => quoted(text),
            SqlType::PerDialect(texts) => {
                let texts = texts.iter();
                let texts: Vec<String> = texts
                    .map(|(dialect, text)| format!("{dialect} = {}", quoted(text)))
                    .collect();
                format!("{{ {} }}", texts.join(", "))
            }
        };
        let is_bare = path.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let path = if is_bare { path.clone() } else { quoted(path) };
        format!("{path} = {sql}\n")
    });
    let lines: String = lines.collect();
    if lines.is_empty() {
        return lines;
    }
    format!("\n# What fields of these types are in the database.\n[types]\n{lines}")
}

/// The templates that are not the usual ones.
fn names(naming: &Naming) -> String {
    let usual = Naming::default();
    let mut lines = String::new();
    for (key, template, usual) in [
        ("primary_key", &naming.primary_key, &usual.primary_key),
        ("unique", &naming.unique, &usual.unique),
        ("foreign_key", &naming.foreign_key, &usual.foreign_key),
        ("check", &naming.check, &usual.check),
        ("exclusion", &naming.exclusion, &usual.exclusion),
        ("index", &naming.index, &usual.index),
    ] {
        if template != usual {
            lines.push_str(&format!("{key} = {}\n", quoted(template)));
        }
    }
    if let Some(template) = &naming.unique_index {
        lines.push_str(&format!("unique_index = {}\n", quoted(template)));
    }
    if lines.is_empty() {
        return lines;
    }
    format!("\n# How the database names what models give no name.\n[names]\n{lines}")
}

fn unmanaged(left: &[ToOthers]) -> String {
    let mut text =
        "\n# What others own, or models cannot say: kept as it is.\n[unmanaged]\ntables = [\n"
            .to_owned();
    for one in left {
        let reason: String = one
            .reason
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        text.push_str(&format!("    {}, # {reason}\n", quoted(&one.name)));
    }
    text.push_str("]\n");
    text
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_are_listed_on_one_line() {
        let both = BTreeSet::from([Dialect::Postgres, Dialect::Sqlite]);
        for (text, expected) in [
            (
                "# of\ndialects = [\"sqlite\"] # so far\n[names]\n",
                Some("# of\ndialects = [\"postgres\", \"sqlite\"] # so far\n[names]\n"),
            ),
            (
                "dialects = [\"sqlite\", \"postgres\"]\n",
                Some("dialects = [\"sqlite\", \"postgres\"]\n"),
            ),
            (
                "[names]\n",
                Some("dialects = [\"postgres\", \"sqlite\"]\n[names]\n"),
            ),
            ("", Some("dialects = [\"postgres\", \"sqlite\"]\n")),
            ("dialects = [\n    \"sqlite\",\n]\n", None),
        ] {
            assert_eq!(with_dialects(text, &both).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_file_holds_no_password() {
        let parse = |text: &str| DatabaseUrl::parse(text, Path::new("/")).unwrap();
        let from = "postgres://u:secret@h/d";
        let left = [ToOthers {
            name: "a.\"b\"".to_owned(),
            reason: "the\nhistory".to_owned(),
        }];
        let written = text(
            &parse(from),
            from,
            Some("limbeck/revisions"),
            ModelsKey::Path(Path::new("db")),
            &Conventions::default(),
            &left,
        );
        assert_eq!(
            written,
            "# The database: DATABASE_URL of the environment or of .env.\nurl = \"${DATABASE_URL}\"\n\n\
             # The databases that revisions are written for.\ndialects = [\"postgres\"]\n\n\
             # `migrations` is another tool's.\nmigrations = \"limbeck/revisions\"\n\n\
             [models]\npath = \"db\"\n\n\
             # What others own, or models cannot say: kept as it is.\n[unmanaged]\ntables = [\n    'a.\"b\"', # the history\n]\n"
        );
        let from = "sqlite:///a b.db";
        let written = text(
            &parse(from),
            from,
            None,
            ModelsKey::File("limbeck/models.rs"),
            &Conventions::default(),
            &[],
        );
        assert!(
            written.contains("\nurl = \"${DATABASE_URL:-sqlite:///a b.db}\"\n"),
            "{written}"
        );
        assert!(
            written.ends_with("\n[models]\nfiles = [\"limbeck/models.rs\"]\n"),
            "{written}"
        );
        let file = ModelsKey::File("m.rs");
        for (text, models, left, expected) in [
            (
                "[unmanaged]\n",
                ModelsKey::Unsaid,
                &left[..],
                Err("unmanaged"),
            ),
            ("[unmanaged]\n", ModelsKey::Unsaid, &[], Ok("")),
            ("[models]\n", file, &[], Err("models")),
            ("", file, &[], Ok("\n[models]\nfiles = [\"m.rs\"]\n")),
        ] {
            let found = more(text, models, &Conventions::default(), left);
            assert_eq!(
                found.as_deref(),
                expected.as_ref().map(|text| *text),
                "{text}"
            );
        }
        let found =
            more("", ModelsKey::Unsaid, &Conventions::default(), &left).expect("there is room");
        assert!(found.contains("[unmanaged]"), "{found}");
    }
}
