//! Files that hold both ways, each behind a comment that begins it.

use super::{FileError, SourceFile, text};

/// The two parts of a file. Before the second one stand as many empty lines as lines come before it in the file, so that a
/// line has the same number in both.
pub(super) struct Marked<'a> {
    /// The way there, without the line that begins it, and with the comments before that.
    pub(super) up: String,
    /// What stands in that line behind the mark.
    pub(super) up_options: &'a str,
    /// The way back, likewise; none where no line begins one.
    pub(super) down: Option<(String, &'a str)>,
}

/// Tells what stands behind the mark in a line that has it.
pub(super) type Mark = fn(&str) -> Option<&str>;

/// Cuts a file at the lines that `is_up` and `is_down` know.
pub(super) fn cut<'a>(
    file: &'a SourceFile,
    mark: &'static str,
    is_up: Mark,
    is_down: Mark,
) -> Result<Marked<'a>, FileError> {
    let text = text::of_file(file)?;
    let no_mark = || FileError::NoMark {
        file: file.path.clone(),
        mark,
    };
    let mut up = String::new();
    let mut up_options = None;
    let mut down: Option<(String, &str)> = None;
    for (lines_before, line) in text.split_inclusive('\n').enumerate() {
        match (&mut down, up_options) {
            (Some((down, _)), _) => down.push_str(line),
            (None, Some(_)) if is_down(line).is_some() => {
                let options = is_down(line).unwrap_or_default();
                down = Some(("\n".repeat(lines_before + 1), options));
            }
            (None, Some(_)) => up.push_str(line),
            (None, None) => match is_up(line) {
                Some(options) => {
                    up_options = Some(options);
                    up.push('\n');
                }
                None if line.trim().is_empty() || line.trim_start().starts_with("--") => {
                    up.push_str(line);
                }
                // A statement that belongs to no part, which the tool refuses as well.
                None => return Err(no_mark()),
            },
        }
    }
    Ok(Marked {
        up,
        up_options: up_options.ok_or_else(no_mark)?,
        down,
    })
}
