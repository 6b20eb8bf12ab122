//! Why a command failed: what is said, and with which exit code.
//!
//! Not here: how errors of the libraries become such, see `explain`.

use std::error::Error;

use limbeck_core::passwords::without_passwords;
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
