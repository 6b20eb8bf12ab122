//! Why a command failed: what is said, and with which exit code.
//!
//! Not here: how errors of the libraries become such, see `explain`.

use std::error::Error;

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
        }
    }
}

/// A failure as it is told.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// What sort of failure it is.
    pub(crate) kind: Kind,
    /// What is wrong: one lower-case fragment, or several lines of which the first is one.
    pub(crate) message: String,
    /// Why, from the outside to the inside.
    pub(crate) causes: Vec<String>,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}

impl CommandError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
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

/// The text with `***` in place of the password of any URL in it.
pub(crate) fn without_passwords(text: &str) -> String {
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
