//! Why a command failed: what is said, and with which exit code.
//!
//! Not here: how errors of the libraries become such, see `explain`.

use std::error::Error;

use limbeck_core::revision::RevisionId;
use serde::Serialize;

use crate::code;

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something differs, or is still to be run.
    Differs,
    /// The command line asks for what cannot be.
    Usage,
    /// The project's files are not as they should be.
    Config,
    /// Questions are open and nobody is there to answer.
    Undecided,
    /// A database refuses, or cannot be had.
    Database,
    /// A scratch database cannot be had.
    Scratch,
    /// SIGINT stopped it.
    Interrupted,
    /// SIGTERM stopped it.
    Terminated,
    /// Limbeck is wrong.
    Bug,
}

impl Kind {
    /// The exit code.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Differs => 1,
            Self::Usage | Self::Config | Self::Undecided => 2,
            Self::Database | Self::Scratch => 3,
            Self::Bug => 70,
            // 128 and the number of the signal, as a shell tells it.
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

/// A failure as it is told.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// What sort of failure it is.
    pub(crate) kind: Kind,
    /// What only programs are told.
    pub(crate) told: Box<Told>,
    /// What is wrong: one lower-case fragment, or several lines of which the first is one.
    pub(crate) message: String,
    /// Why, from the outside to the inside.
    pub(crate) causes: Vec<String>,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}

/// What programs are told of a failure besides what people read.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The code of its own by which they know it; else that of its kind.
    code: Option<&'static str>,
    /// What the database calls it.
    sqlstate: Option<String>,
    /// The revisions that were run before it.
    pub(crate) run: Vec<RevisionId>,
}

impl CommandError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            told: Box::default(),
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// The error with its chain of causes; what a message says already is not said again.
    pub(crate) fn of(kind: Kind, error: &(dyn Error + 'static)) -> Self {
        let mut own = Self::new(kind, error.to_string());
        own.told.code = code::of(error);
        own.told.sqlstate = code::of_database(error);
        let mut source = error.source();
        while let Some(error) = source {
            let text = error.to_string();
            let said = own.causes.last().unwrap_or(&own.message);
            if !said.contains(&text) {
                own.causes.push(text);
            }
            source = error.source();
        }
        own
    }

    /// The error as programs read it.
    pub(crate) fn as_json(&self) -> FailureDocument {
        let texts = || std::iter::once(&self.message).chain(&self.causes);
        let place = texts().flat_map(|text| text.lines()).find_map(place);
        let shown = |text: &String| without_passwords(text);
        FailureDocument {
            error: Failure {
                code: self.told.code.unwrap_or_else(|| code::of_kind(self.kind)),
                exit: self.kind.exit_code(),
                message: shown(&self.message),
                causes: self.causes.iter().map(shown).collect(),
                hints: self.hints.iter().map(shown).collect(),
                file: place.map(|(file, _)| file.to_owned()),
                line: place.map(|(_, line)| line),
                sqlstate: self.told.sqlstate.clone(),
                run: self.told.run.clone(),
            },
        }
    }

    /// The error of a command that was started, from its document.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let document: serde_json::Value = serde_json::from_str(text).ok()?;
        let error = document.get("error")?;
        let texts = |name: &str| {
            let texts = error.get(name).and_then(serde_json::Value::as_array);
            let texts = texts.into_iter().flatten();
            texts.filter_map(|text| Some(text.as_str()?.to_owned()))
        };
        let kind = match error.get("exit")?.as_u64()? {
            1 => Kind::Differs,
            2 => Kind::Config,
            3 => Kind::Scratch,
            130 => Kind::Interrupted,
            143 => Kind::Terminated,
            _ => Kind::Bug,
        };
        let mut own = Self::new(kind, error.get("message")?.as_str()?);
        own.causes = texts("causes").collect();
        own.hints = texts("hints").collect();
        Some(own)
    }

    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds ways out, one a line.
    pub(crate) fn hint(mut self, hint: impl AsRef<str>) -> Self {
        let lines = hint.as_ref().lines().filter(|line| !line.is_empty());
        for line in lines {
            if !self.hints.iter().any(|hint| hint == line) {
                self.hints.push(line.to_owned());
            }
        }
        self
    }

    pub(crate) fn hint_if(self, hint: Option<impl AsRef<str>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }
}

/// The document of a command that fails before it has written one.
#[derive(Debug, Serialize)]
pub(crate) struct FailureDocument {
    error: Failure,
}

#[derive(Debug, Serialize)]
struct Failure {
    code: &'static str,
    exit: u8,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    file: Option<String>,
    line: Option<u32>,
    sqlstate: Option<String>,
    run: Vec<RevisionId>,
}

/// The file and line with which a message begins, as `migrations/a.sql:12: …` and `src/task.rs:3:5: …` do.
fn place(text: &str) -> Option<(&str, u32)> {
    let is_file = |file: &str| {
        let end = file.rsplit(['/', '.']).next();
        file.contains('.') && matches!(end, Some("sql" | "rs" | "toml" | "env"))
    };
    text.match_indices(':').find_map(|(at, _)| {
        let (file, rest) = (&text[..at], &text[at + 1..]);
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let line = rest[..digits].parse().ok()?;
        (is_file(file) && rest[digits..].starts_with(':')).then_some((file, line))
    })
}

/// The text with `***` in place of the password of any URL in it, and of what stands behind the word
/// PASSWORD, as in `CREATE ROLE`, in the options of a user mapping and in a connection string.
pub(crate) fn without_passwords(text: &str) -> String {
    without_literals(&without_url_passwords(text))
}

fn without_literals(text: &str) -> String {
    const WORD: &str = "password";
    // Letters keep their places in this.
    let lower = text.to_ascii_lowercase();
    let mut shown = String::new();
    let mut from = 0;
    while let Some(place) = lower[from..].find(WORD) {
        let end = from + place + WORD.len();
        let behind = &text[end..];
        let value =
            behind.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '=' | '>'));
        let start = text.len() - value.len();
        let is_assigned = text[end..start].contains('=');
        shown.push_str(&text[from..start]);
        if value.starts_with('%') {
            // It is put in by `format`, from one of the literals that follow.
            shown.push_str(&hidden_literals(value));
            return shown;
        }
        from = start + hide(value, is_assigned, &mut shown);
    }
    shown.push_str(&text[from..]);
    shown
}

/// Writes what is shown of the value at the beginning of a text, and returns how much of that it was.
fn hide(text: &str, is_assigned: bool, shown: &mut String) -> usize {
    let prefix = ["E", "e", "U&", "u&"].into_iter().find(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('\''))
    });
    let prefix = prefix.map_or(0, str::len);
    let rest = &text[prefix..];
    // A quote inside of a literal is doubled, or has a backslash.
    let quote = ["\\'", "''", "'"]
        .into_iter()
        .find(|quote| rest.starts_with(quote));
    let quote = quote.or_else(|| {
        let tag = rest.strip_prefix('$')?.find('$')?;
        Some(&rest[..tag + 2])
    });
    if let Some(quote) = quote {
        let inner = &rest[quote.len()..];
        let end = match quote {
            "'" => end_of_literal(inner),
            _ => inner.find(quote),
        };
        let hidden = match end {
            Some(0) => return 0,
            Some(end) => end,
            // An empty literal hides nothing; of a statement only the first line is shown.
            None if quote == "''" => return 0,
            None => inner.len(),
        };
        shown.push_str(&text[..prefix + quote.len()]);
        shown.push_str("***");
        return prefix + quote.len() + hidden;
    }
    if !is_assigned {
        return 0;
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '&' | ')'));
    let end = end.unwrap_or(text.len());
    if end > 0 {
        shown.push_str("***");
    }
    end
}

/// Where a literal ends whose first quote is left out.
fn end_of_literal(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                let _ = characters.next();
            }
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                let _ = characters.next();
            }
            '\'' => return Some(at),
            _ => {}
        }
    }
    None
}

fn hidden_literals(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    // The first quote ends the literal that holds the pattern.
    let mut is_inside = true;
    while let Some(place) = rest.find('\'') {
        shown.push_str(if is_inside && !shown.is_empty() {
            "***"
        } else {
            &rest[..place]
        });
        shown.push('\'');
        rest = &rest[place + 1..];
        is_inside = !is_inside;
    }
    shown.push_str(if is_inside && !shown.is_empty() {
        "***"
    } else {
        rest
    });
    shown
}

fn without_url_passwords(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(place) = rest.find("://") {
        let (before, after) = rest.split_at(place + 3);
        shown.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '`' | '"'))
            .unwrap_or(after.len());
        let (url, behind) = after.split_at(end);
        match (url.find(':'), url.rfind('@')) {
            (Some(colon), Some(at)) if colon < at => {
                shown.push_str(&url[..=colon]);
                shown.push_str("***");
                shown.push_str(&url[at..]);
            }
            _ => shown.push_str(url),
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_taken_out_of_statements() {
        for (text, expected) in [
            (
                "CREATE ROLE a PASSWORD 'secret' LOGIN",
                "CREATE ROLE a PASSWORD '***' LOGIN",
            ),
            (
                "ALTER USER a ENCRYPTED PASSWORD E'sec\\'ret'",
                "ALTER USER a ENCRYPTED PASSWORD E'***'",
            ),
            (
                "create role a password 'sec''ret';",
                "create role a password '***';",
            ),
            (
                "CREATE ROLE a PASSWORD $x$secret$x$",
                "CREATE ROLE a PASSWORD $x$***$x$",
            ),
            ("CREATE ROLE a PASSWORD 'sec", "CREATE ROLE a PASSWORD '***"),
            (
                "OPTIONS (user 'u', password 'secret')",
                "OPTIONS (user 'u', password '***')",
            ),
            (
                "OPTIONS (\"password\" 'secret')",
                "OPTIONS (\"password\" '***')",
            ),
            (
                "CONNECTION 'host=h password=secret dbname=d'",
                "CONNECTION 'host=h password=*** dbname=d'",
            ),
            ("CONNECTION 'password=secret'", "CONNECTION 'password=***'"),
            (
                "CONNECTION 'host=h password=''secret'' x'",
                "CONNECTION 'host=h password=''***'' x'",
            ),
            (
                "host=h sslpassword = secret x",
                "host=h sslpassword = *** x",
            ),
            (
                "SQL statement \"CREATE ROLE x PASSWORD 'secret'\"",
                "SQL statement \"CREATE ROLE x PASSWORD '***'\"",
            ),
            (
                "EXECUTE format('CREATE ROLE x PASSWORD %L', 'secret')",
                "EXECUTE format('CREATE ROLE x PASSWORD %L', '***')",
            ),
            (
                "password authentication failed for user 'u'",
                "password authentication failed for user 'u'",
            ),
            (
                "ALTER TABLE t ADD password text DEFAULT 'x'",
                "ALTER TABLE t ADD password text DEFAULT 'x'",
            ),
            ("CREATE ROLE a PASSWORD NULL", "CREATE ROLE a PASSWORD NULL"),
            ("CREATE ROLE a PASSWORD ''", "CREATE ROLE a PASSWORD ''"),
        ] {
            assert_eq!(without_passwords(text), expected);
        }
    }

    #[test]
    fn passwords_are_taken_out_of_urls() {
        for (text, expected) in [
            ("no url: a@b", "no url: a@b"),
            ("`postgres://u:p@h/d` is", "`postgres://u:***@h/d` is"),
            ("postgres://u:p@x/y@h:5/d", "postgres://u:***@h:5/d"),
            ("postgres://u@h:5/d", "postgres://u@h:5/d"),
        ] {
            assert_eq!(without_passwords(text), expected);
        }
    }
}
