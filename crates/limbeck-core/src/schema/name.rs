//! Names of top-level objects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name, with its schema unless that is the default one (`public`, or the first of `search_path`).
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
