//! Names of top-level objects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;

/// A name, with its schema unless that is the default one ([`DefaultSchema`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct QualifiedName {
    /// The schema; `None` is the default one.
    pub schema: Option<String>,
    /// The name within the schema.
    pub name: String,
}

impl QualifiedName {
    /// A name in the default schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// A name in `schema`.
    pub fn within(schema: Option<&str>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.map(str::to_owned),
            name: name.into(),
        }
    }

    /// The schema, where there is one, and the name.
    pub fn parts(&self) -> Vec<&str> {
        let schema = self.schema.as_deref();
        schema.into_iter().chain([self.name.as_str()]).collect()
    }

    /// Another name in the same schema.
    pub fn sibling(&self, name: impl Into<String>) -> Self {
        Self {
            schema: self.schema.clone(),
            name: name.into(),
        }
    }
}

/// The schema of names that say none: `public` on PostgreSQL, unless a search path begins with another
/// one, and `main` on SQLite.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefaultSchema(Option<String>);

impl DefaultSchema {
    /// The schema of this name.
    pub fn new(name: &str, dialect: Dialect) -> Self {
        let is_usual = name == Self::default().name(dialect);
        Self((!is_usual).then(|| name.to_owned()))
    }

    /// The schema that a search path begins with, as PostgreSQL reads one.
    pub fn first_of(path: &str) -> Self {
        let path = path.trim_start();
        let name = match path.strip_prefix('"') {
            Some(_) => take_part(path).map(|(part, _)| part),
            None => path
                .split(',')
                .next()
                .map(|name| name.trim_end().to_ascii_lowercase()),
        };
        name.map_or_else(Self::default, |name| Self::new(&name, Dialect::Postgres))
    }

    /// Its name.
    pub fn name(&self, dialect: Dialect) -> &str {
        self.0.as_deref().unwrap_or(match dialect {
            Dialect::Postgres => "public",
            Dialect::Sqlite => "main",
        })
    }

    /// The schema in which an object is.
    pub fn of<'a>(&'a self, name: &'a QualifiedName, dialect: Dialect) -> &'a str {
        let schema = name.schema.as_deref();
        schema.unwrap_or_else(|| self.name(dialect))
    }

    /// Whether a schema of this name is the default one.
    pub fn is(&self, schema: &str) -> bool {
        self.name(Dialect::Postgres) == schema
    }

    /// Whether nobody named another one.
    pub fn is_usual(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", quoted(schema))?;
        }
        f.write_str(&quoted(&self.name))
    }
}

impl From<QualifiedName> for String {
    fn from(name: QualifiedName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for QualifiedName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for QualifiedName {
    type Err = String;

    /// Reads `name` or `schema.name`; parts that hold a dot or a quote stand in double quotes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (part, after) = take_part(rest).ok_or_else(|| format!("`{text}` is not a name"))?;
            parts.push(part);
            match after.strip_prefix('.') {
                Some(after) => rest = after,
                None if after.is_empty() => break,
                None => return Err(format!("`{text}` is not a name")),
            }
        }
        let name = parts.pop().filter(|name| !name.is_empty());
        match (parts.len(), name) {
            (0, Some(name)) => Ok(Self { schema: None, name }),
            (1, Some(name)) => Ok(Self {
                schema: parts.pop(),
                name,
            }),
            _ => Err(format!("`{text}` is not a name")),
        }
    }
}

fn quoted(part: &str) -> String {
    if part.contains(['.', '"']) {
        format!("\"{}\"", part.replace('"', "\"\""))
    } else {
        part.to_owned()
    }
}

fn take_part(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut part = String::new();
    loop {
        let end = rest.find('"')?;
        part.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                part.push('"');
                rest = after;
            }
            None => return Some((part, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for (schema, name) in [
            (None, "tasks"),
            (Some("auth"), "users"),
            (Some("a.b"), "c\"d"),
            (None, "with space"),
        ] {
            let name = QualifiedName::within(schema, name);
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        for text in ["", "a.", "a.b.c", "\"a", "\"a\"b"] {
            assert!(text.parse::<QualifiedName>().is_err(), "{text}");
        }
    }
}
