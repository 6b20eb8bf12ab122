//! Reads variables, and notes what is wrong with each instead of stopping at the first.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;

/// Everything that is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError(pub Vec<Wrong>);

/// What is wrong with a variable. It never repeats the value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The variable.
    pub key: &'static str,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.key, self.why)
    }
}

/// The variables, and what was wrong with those that were read.
pub(super) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    wrong: Vec<Wrong>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            get,
            wrong: Vec::new(),
        }
    }

    /// The settings, unless something was wrong.
    pub(super) fn finish<T>(self, settings: T) -> Result<T, SettingsError> {
        if self.wrong.is_empty() {
            Ok(settings)
        } else {
            Err(SettingsError(self.wrong))
        }
    }

    pub(super) fn wrong(&mut self, key: &'static str, why: impl Into<String>) {
        let why = why.into();
        self.wrong.push(Wrong { key, why });
    }

    /// An empty variable is none.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        (self.get)(key).filter(|text| !text.is_empty())
    }

    pub(super) fn parsed<T: FromStr>(
        &mut self,
        key: &'static str,
        default: T,
        what: &'static str,
    ) -> T {
        let Some(text) = self.text(key) else {
            return default;
        };
        text.trim().parse().unwrap_or_else(|_| {
            self.wrong(key, format!("must be {what}"));
            default
        })
    }

    pub(super) fn number(
        &mut self,
        key: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> u64 {
        let Some(text) = self.text(key) else {
            return default;
        };
        match text.trim().parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (least, most) = (range.start(), range.end());
                self.wrong(
                    key,
                    format!("must be a whole number from {least} to {most}"),
                );
                default
            }
        }
    }

    pub(super) fn seconds(&mut self, key: &'static str, default: u64) -> Duration {
        Duration::from_secs(self.number(key, default, 1..=86_400))
    }

    /// The words that pydantic takes for a `bool`.
    pub(super) fn switch(&mut self, key: &'static str, default: bool) -> bool {
        let Some(text) = self.text(key) else {
            return default;
        };
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => true,
            "false" | "0" | "no" | "off" | "f" | "n" => false,
            _ => {
                self.wrong(key, "must be true or false");
                default
            }
        }
    }

    pub(super) fn choice<T: ValueEnum>(&mut self, key: &'static str, default: T) -> T {
        let Some(text) = self.text(key) else {
            return default;
        };
        T::from_str(text.trim(), true).unwrap_or_else(|_| {
            let values = T::value_variants().iter();
            let names: Vec<String> = values
                .filter_map(T::to_possible_value)
                .map(|value| value.get_name().to_owned())
                .collect();
            self.wrong(key, format!("must be one of {}", names.join(", ")));
            default
        })
    }
}
