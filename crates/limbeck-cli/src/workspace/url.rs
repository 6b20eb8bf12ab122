//! The URLs of the project: where they come from, and the variables in them.

use std::cell::RefCell;

use limbeck::url::DatabaseUrl;

use super::Workspace;
use crate::allowed::elsewhere;
use crate::command_error::CommandError;
use crate::dotenv;
use crate::environment::Source;
use crate::explain;

impl Workspace {
    /// The configured database, if there is one.
    pub(crate) fn url(&self) -> Result<Option<DatabaseUrl>, CommandError> {
        let (text, place) = if let Some(url) = &self.url {
            (url.clone(), "--url".to_owned())
        } else if let Some(url) = &self.config.url {
            (
                self.filled_in(url, "url")?,
                format!("`url` in {}", self.config_file),
            )
        } else if let Some(url) = self.environment.get("DATABASE_URL") {
            (url, "DATABASE_URL".to_owned())
        } else if let Some(reason) = self.environment.unreadable("DATABASE_URL") {
            return Err(CommandError::config(reason));
        } else {
            return Ok(None);
        };
        let url = DatabaseUrl::parse(&text, &self.absolute);
        url.map(Some).map_err(|error| explain::url(&error, &place))
    }

    /// The project with this URL, where one is given, instead of the one that it has.
    pub(crate) fn with_url(mut self, url: Option<String>) -> Self {
        self.url = url.or(self.url);
        self
    }

    /// Where the URL of the database comes from.
    pub(crate) fn url_source(&self) -> Option<Source> {
        let by = |place: String| {
            Some(Source {
                place,
                passed_over: None,
            })
        };
        match (&self.url, &self.config.url) {
            (Some(_), _) => by("--url".to_owned()),
            (None, Some(text)) => {
                let mut source = by(format!("`url` in {}", self.config_file))?;
                if text.contains("DATABASE_URL")
                    && let Some(own) = self.environment.source("DATABASE_URL")
                {
                    source.place = format!("{}, with {}", source.place, own.place);
                    source.passed_over = own.passed_over;
                }
                Some(source)
            }
            (None, None) => self.environment.source("DATABASE_URL"),
        }
    }

    /// What to tell where the project's files name another host than the environment does.
    pub(crate) fn elsewhere(&self) -> Option<String> {
        match &self.url {
            Some(_) => None,
            // What is wrong with it is said where it is used.
            None => elsewhere(&self.url().ok()??, &self.absolute),
        }
    }

    /// The database that the project has when no flag names one.
    pub(crate) fn own_url(&self) -> Result<Option<DatabaseUrl>, CommandError> {
        let own = Self {
            url: None,
            ..self.clone()
        };
        own.url()
    }

    /// A database that an argument names.
    pub(crate) fn argument_url(&self, text: &str) -> Result<DatabaseUrl, CommandError> {
        let url = DatabaseUrl::parse(text, &self.absolute);
        url.map_err(|error| explain::url(&error, "the command line"))
    }

    /// The configured database; that there is none is an error.
    pub(crate) fn required_url(&self) -> Result<DatabaseUrl, CommandError> {
        self.url()?.ok_or_else(|| {
            CommandError::usage("no database URL is configured").hint(format!(
                "set DATABASE_URL in the environment or in .env\n\
                 set `url` in {}\n\
                 give --url postgres://user@host/database or --url sqlite:///app.db",
                self.config_file
            ))
        })
    }

    /// The value with its variables filled in, as in `.env`.
    pub(super) fn filled_in(&self, text: &str, key: &str) -> Result<String, CommandError> {
        // Only what has braces is one here: a password may hold a dollar.
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some(end) = dotenv::closing_brace(after) else {
                if text.starts_with("${") {
                    let text = format!("`{key}` in {}: `${{` is never closed", self.config_file);
                    return Err(
                        CommandError::config(text).hint(format!("{key} = \"${{DATABASE_URL}}\""))
                    );
                }
                break;
            };
            let refused = RefCell::new(None);
            let lookup = |name: &str| {
                if self.allowed.may_hold(name) {
                    Ok(self.environment.get(name))
                } else {
                    *refused.borrow_mut() = Some(name.to_owned());
                    Err(format!("`{name}` could be sent anywhere"))
                }
            };
            let failed = |reason: String| match refused.take() {
                Some(name) => {
                    let text = format!(
                        "`{key}` in {} asks for the variable `{name}`, which it could send anywhere",
                        self.config_file
                    );
                    CommandError::config(text).hint(format!(
                        "if that is meant: --variable {name}\n\
                         a URL may hold DATABASE_URL and variables of PostgreSQL, such as PGPASSWORD"
                    ))
                }
                None => {
                    let name = after[..end].to_owned();
                    CommandError::config(format!("`{key}` in {}: {reason}", self.config_file))
                        .hint(format!("set `{name}` in the environment or in .env"))
                }
            };
            filled.push_str(before);
            let variable = &after[..end];
            let is_plain = variable
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_');
            if is_plain && lookup(variable) == Ok(None) {
                let unreadable = self.environment.unreadable(variable).map(str::to_owned);
                let error = CommandError::config(format!(
                    "`{key}` in {} needs the variable `{variable}`, which is not set",
                    self.config_file
                ));
                return Err(match unreadable {
                    Some(reason) => error.cause(reason),
                    None => error.hint(format!("set `{variable}` in the environment or in .env")),
                });
            }
            filled.push_str(&dotenv::variable(variable, &lookup).map_err(failed)?);
            rest = &after[end + 1..];
        }
        filled.push_str(rest);
        Ok(filled)
    }
}
