//! What a comparison leaves out because somebody said so.

use clap::Args;
use limbeck_core::compare::{Aspect, Ignored};

use crate::command_error::CommandError;
use crate::config::FILE;
use crate::nearest::nearest;
use crate::workspace::Workspace;

/// What makes no difference.
#[derive(Debug, Default, Args)]
pub(crate) struct IgnoreArgs {
    /// Leave out `owners`, `privileges`, `comments`, `storage`, `statistics` and the like
    #[arg(long = "ignore", value_name = "WHAT", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
}

impl IgnoreArgs {
    /// What the flag and `[diff] ignore` name together.
    pub(crate) fn ignored(&self, workspace: &Workspace) -> Result<Ignored, CommandError> {
        let mut ignored = Ignored::default();
        for word in workspace.ignored() {
            let error =
                |text: String| CommandError::config(format!("{FILE}: `[diff] ignore`: {text}"));
            ignored.0.insert(aspect(word, error)?);
        }
        for word in &self.ignore {
            ignored.0.insert(aspect(word.trim(), CommandError::usage)?);
        }
        Ok(ignored)
    }
}

fn aspect(word: &str, error: impl FnOnce(String) -> CommandError) -> Result<Aspect, CommandError> {
    word.parse()
        .map_err(|unknown: limbeck_core::compare::UnknownAspect| {
            let words = Aspect::ALL.map(Aspect::as_str);
            let meant = nearest(word, words);
            error(unknown.to_string())
                .hint_if(meant.map(|meant| format!("did you mean `{meant}`?")))
                .hint(format!("what can be ignored: {}", words.join(", ")))
        })
}

/// What a comparison says at its end when nothing differs.
pub(crate) fn nothing_differs(ignored: &Ignored) -> String {
    if ignored.is_empty() {
        "Nothing differs".to_owned()
    } else {
        format!("Nothing differs, {} ignored", ignored.words())
    }
}
