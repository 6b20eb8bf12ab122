//! Insertions into a file as a unified diff, which `patch` and `git apply` read.

use std::fmt;

use limbeck_models::adopt::Insertion;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The text with all that is put into it.
pub(super) fn applied(text: &str, insertions: &[Insertion]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for insertion in insertions {
        result.push_str(&text[done..insertion.offset]);
        result.push_str(&insertion.text);
        done = insertion.offset;
    }
    result.push_str(&text[done..]);
    result
}

/// The diff of a file.
pub(super) struct Patch<'a> {
    file: &'a str,
    /// The lines before, each with its end, and what becomes of it.
    lines: Vec<(&'a str, Vec<String>)>,
}

impl<'a> Patch<'a> {
    pub(super) fn of(file: &'a str, text: &'a str, insertions: &[Insertion]) -> Self {
        let mut start = 0;
        let mut lines = Vec::new();
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let here: Vec<Insertion> = insertions
                .iter()
                .filter(|one| (start..end).contains(&one.offset))
                .map(|one| Insertion {
                    offset: one.offset - start,
                    text: one.text.clone(),
                })
                .collect();
            let becomes = applied(line, &here);
            let becomes = becomes.split_inclusive('\n').map(str::to_owned).collect();
            lines.push((line, becomes));
            start = end;
        }
        Self { file, lines }
    }

    fn is_changed(&self, line: usize) -> bool {
        let (before, after) = &self.lines[line];
        after.len() != 1 || after[0] != *before
    }

    /// The ranges of lines that hunks show: changes whose contexts touch are one.
    fn hunks(&self) -> Vec<std::ops::Range<usize>> {
        let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
        for line in (0..self.lines.len()).filter(|line| self.is_changed(*line)) {
            let start = line.saturating_sub(CONTEXT);
            let end = (line + 1 + CONTEXT).min(self.lines.len());
            match hunks.last_mut() {
                Some(last) if start <= last.end => last.end = end,
                _ => hunks.push(start..end),
            }
        }
        hunks
    }
}

impl fmt::Display for Patch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hunks = self.hunks();
        if hunks.is_empty() {
            return Ok(());
        }
        let name = self.file.trim_start_matches("./");
        writeln!(f, "--- a/{name}\n+++ b/{name}")?;
        let mut shift = 0;
        for hunk in hunks {
            let before = hunk.len();
            let after: usize = hunk.clone().map(|one| self.lines[one].1.len()).sum();
            let start = hunk.start + 1;
            writeln!(f, "@@ -{start},{before} +{},{after} @@", start + shift)?;
            shift += after - before;
            for one in hunk {
                let (before, after) = &self.lines[one];
                let Some((last, added)) = after.split_last() else {
                    continue;
                };
                if last == before {
                    for text in added {
                        write_line(f, '+', text)?;
                    }
                    write_line(f, ' ', before)?;
                } else {
                    write_line(f, '-', before)?;
                    for text in after {
                        write_line(f, '+', text)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, mark: char, text: &str) -> fmt::Result {
    match text.strip_suffix('\n') {
        Some(body) => writeln!(f, "{mark}{body}"),
        None => writeln!(f, "{mark}{text}\n\\ No newline at end of file"),
    }
}
