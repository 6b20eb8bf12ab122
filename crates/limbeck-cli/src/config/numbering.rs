//! `identity` under `[models]`.

use limbeck_models::Numbering;
use serde::Deserialize;

/// `false`, `"serial"`, `"always"` or `"by_default"`: the words of `identity` at a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected false, \"by_default\", \"always\" or \"serial\""
)]
pub(crate) enum NumberingConfig {
    Flag(bool),
    Word(NumberingWord),
}

/// The kinds of identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NumberingWord {
    ByDefault,
    Always,
    Serial,
}

impl From<NumberingConfig> for Numbering {
    fn from(config: NumberingConfig) -> Self {
        match config {
            NumberingConfig::Flag(false) => Self::No,
            NumberingConfig::Flag(true) | NumberingConfig::Word(NumberingWord::ByDefault) => {
                Self::ByDefault
            }
            NumberingConfig::Word(NumberingWord::Always) => Self::Always,
            NumberingConfig::Word(NumberingWord::Serial) => Self::Serial,
        }
    }
}
