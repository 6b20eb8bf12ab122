//! Documents as a reader follows them: what stands in fences, the commands there, and what these print.

use std::fmt::Write as _;

/// What stands between two lines of three backticks.
pub(crate) struct Fence<'a> {
    /// The line of the document that opens it, from 1.
    pub(crate) line: usize,
    /// The words behind the backticks: a language, and whatever else.
    pub(crate) words: Vec<&'a str>,
    pub(crate) text: String,
}

/// A command of a console, and what it prints.
pub(crate) struct Exchange {
    pub(crate) command: String,
    pub(crate) output: String,
}

/// The fences of a document. One that is further in, or does not end, is refused: nothing may be left out unseen.
pub(crate) fn fences(document: &str) -> Vec<Fence<'_>> {
    let mut fences: Vec<Fence> = Vec::new();
    let mut is_open = false;
    for (index, line) in document.lines().enumerate() {
        match (line.strip_prefix("```"), is_open) {
            (Some(words), false) => {
                fences.push(Fence {
                    line: index + 1,
                    words: words.split_whitespace().collect(),
                    text: String::new(),
                });
                is_open = true;
            }
            (Some(rest), true) => {
                assert_eq!(rest, "", "line {} closes a fence", index + 1);
                is_open = false;
            }
            (None, true) => {
                let fence = fences.last_mut().expect("one is open");
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            (None, false) => assert!(
                !line.trim_start().starts_with("```"),
                "the fence of line {} is further in",
                index + 1
            ),
        }
    }
    assert!(!is_open, "the last fence does not end");
    fences
}

impl Fence<'_> {
    pub(crate) fn is_console(&self) -> bool {
        self.words.first() == Some(&"console")
    }

    /// The commands of a console, each a line that begins with `$ `.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        for line in self.text.lines() {
            match (line.strip_prefix("$ "), exchanges.last_mut()) {
                (Some(command), _) => exchanges.push(Exchange {
                    command: command.to_owned(),
                    output: String::new(),
                }),
                (None, Some(last)) => {
                    last.output.push_str(line);
                    last.output.push('\n');
                }
                (None, None) => panic!("output before the first command: {line}"),
            }
        }
        exchanges
    }
}

/// How the exchanges stand in a document.
pub(crate) fn console(exchanges: &[Exchange]) -> String {
    let mut text = String::new();
    for Exchange { command, output } in exchanges {
        write!(text, "$ {command}\n{output}").expect("a string takes it");
    }
    text
}

/// The text with revision ids, whole or shortened, as `ID`.
pub(crate) fn without_ids(text: &str) -> String {
    let mut result = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            word.push(c);
            continue;
        }
        let has_digit = word.contains(|c: char| c.is_ascii_digit());
        let is_id = has_digit && (word.len() == 8 || word.len() == 12);
        result.push_str(if is_id { "ID" } else { &word });
        word.clear();
        result.push(c);
    }
    result.trim_end().to_owned()
}
