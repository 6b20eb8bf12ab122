//! The terminal: data on stdout, everything else on stderr, questions, and progress.

use std::borrow::Cow;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::commands::{ColorWhen, Format, GlobalArgs};

/// Shorter work is not worth a sign of life.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a command speaks.
#[derive(Debug)]
pub(crate) struct Ui {
    quiet: bool,
    /// Whether details were asked for.
    pub(crate) verbose: bool,
    /// What the data on stdout is written as.
    pub(crate) format: Format,
    /// Whether a program has its document.
    has_written: AtomicBool,
    /// Why data has not reached its reader.
    lost: Mutex<Option<io::Error>>,
}

/// A line at the foot of the terminal, gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Ui {
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        let choice = match global.color {
            ColorWhen::Auto => anstream::ColorChoice::Auto,
            ColorWhen::Always => anstream::ColorChoice::Always,
            ColorWhen::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        Self {
            quiet: global.quiet,
            verbose: global.verbose,
            format: global.format,
            has_written: AtomicBool::new(false),
            lost: Mutex::new(None),
        }
    }

    /// Writes a line of data for people.
    pub(crate) fn data(&self, line: impl AsRef<str>) {
        self.write(&visible(line.as_ref()));
    }

    /// Writes data for programs byte for byte, and at a terminal as [`Ui::data`] does.
    pub(crate) fn verbatim(&self, text: impl AsRef<str>) {
        if io::stdout().is_terminal() {
            self.write(&visible(text.as_ref()));
        } else {
            self.write(text.as_ref());
        }
    }

    /// Writes a line to stdout, unless something before it did not get there.
    fn write(&self, line: &str) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        if lost.is_none() {
            let mut stdout = io::stdout().lock();
            *lost = writeln!(stdout, "{line}").err();
        }
    }

    /// Makes sure that all data has reached its reader.
    pub(crate) fn finish(&self) -> Result<(), CommandError> {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        match lost.take().map_or_else(|| io::stdout().flush(), Err) {
            Err(error) if !is_closed(&error) => Err(cut_off(&error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Writes the whole answer as JSON.
    pub(crate) fn json<T: Serialize>(&self, value: &T) -> Result<(), CommandError> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| CommandError::of(crate::command_error::Kind::Bug, &error))?;
        self.has_written.store(true, Ordering::Relaxed);
        self.verbatim(text);
        Ok(())
    }

    /// Whether data is wanted as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether data is read by a person at a terminal.
    pub(crate) fn is_drawn(&self) -> bool {
        !self.is_json() && io::stdout().is_terminal()
    }

    /// Tells what is going on.
    pub(crate) fn note(&self, line: impl AsRef<str>) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr().lock(), "{}", shown(line.as_ref()));
        }
    }

    /// Tells what is probably not meant so.
    pub(crate) fn warning(&self, line: impl AsRef<str>) {
        let style = AnsiColor::Yellow.on_default().bold();
        labelled(style, "warning", line.as_ref());
    }

    /// Tells why the command has failed, to programs too, unless they have their document already.
    pub(crate) fn failed(&self, error: &CommandError) {
        if self.is_json() && !self.has_written.load(Ordering::Relaxed) {
            // What cannot be said to a program is said to people all the same.
            let _ = self.json(&error.as_json());
        }
        print_error(error);
    }

    /// Tells of a failure after which the command goes on.
    pub(crate) fn error(&self, error: &CommandError) {
        if !self.is_json() {
            print_error(error);
        }
    }

    /// Whether somebody is there to answer.
    pub(crate) fn can_ask(&self) -> bool {
        !self.is_json() && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks for a yes or a no.
    pub(crate) fn ask_whether(&self, question: &str) -> io::Result<bool> {
        loop {
            let answer = self.ask(&format!("{question} [y/n]"))?;
            match answer.to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    /// Asks for a line.
    pub(crate) fn ask(&self, question: &str) -> io::Result<String> {
        let mut stderr = anstream::stderr().lock();
        write!(stderr, "{} ", shown(question))?;
        stderr.flush()?;
        drop(stderr);
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim().to_owned())
    }

    /// Shows that something is under way, at a terminal and when it takes its time.
    pub(crate) fn progress(&self, what: impl Into<String>) -> Progress {
        if self.quiet || !io::stderr().is_terminal() {
            return Progress {
                stop: None,
                thread: None,
            };
        }
        let what = shown(&what.into());
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) != Err(mpsc::RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::new_spinner().with_message(what);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            // It ends when the sender is dropped.
            let _ = stopped.recv();
            bar.finish_and_clear();
        });
        Progress {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

/// Whether a reader has seen enough and closed the pipe, which is no error.
fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Output that ends before its end, such as a script on a full disk, must not look whole.
fn cut_off(error: &io::Error) -> CommandError {
    CommandError::config("the output is cut off: it cannot be written to stdout")
        .cause(error.to_string())
        .hint("make room where it is written to, or let it go elsewhere, and run the command again")
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes an error with its causes and hints.
pub(crate) fn print_error(error: &CommandError) {
    let red = AnsiColor::Red.on_default().bold();
    let cyan = AnsiColor::Cyan.on_default().bold();
    labelled(red, "error", &error.message);
    for cause in &error.causes {
        labelled(Style::new().bold(), "cause", cause);
    }
    for hint in &error.hints {
        labelled(cyan, "hint", hint);
    }
}

fn labelled(style: Style, label: &str, text: &str) {
    let _ = writeln!(
        anstream::stderr().lock(),
        "{style}{label}:{style:#} {}",
        shown(text.trim_end())
    );
}

/// Writes what is wrong with the arguments, which may be a URL in the wrong place, or the help that they ask for, and
/// returns the exit code.
pub(crate) fn print_usage(error: &clap::Error) -> u8 {
    if error.use_stderr() {
        let text = error.render().to_string();
        let _ = writeln!(anstream::stderr().lock(), "{}", shown(text.trim_end()));
    } else {
        match error.print().and_then(|()| io::stdout().flush()) {
            Err(error) if !is_closed(&error) => {
                let error = cut_off(&error);
                print_error(&error);
                return error.kind.exit_code();
            }
            Ok(()) | Err(_) => {}
        }
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// Whether the arguments ask for JSON, also where something else is wrong with them.
pub(crate) fn asks_for_json() -> bool {
    let arguments: Vec<_> = std::env::args_os().collect();
    let is = |index: usize, text: &str| arguments.get(index).is_some_and(|one| one == text);
    (0..arguments.len())
        .any(|index| is(index, "--format=json") || (is(index, "--format") && is(index + 1, "json")))
}

/// Writes the document of arguments that cannot be understood.
pub(crate) fn print_usage_as_json(error: &clap::Error) {
    let text = error.render().to_string();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let mut own = CommandError::usage(first.trim_start_matches("error: "));
    own.causes.extend(lines.map(|line| line.trim().to_owned()));
    if let Ok(text) = serde_json::to_string_pretty(&own.as_json()) {
        let _ = writeln!(io::stdout().lock(), "{text}");
    }
}

/// Where the log goes: to stderr, as everything else does that is no data.
pub(crate) struct LogWriter;

impl io::Write for LogWriter {
    /// Takes a whole event, which is what the log writes at once.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        writeln!(io::stderr().lock(), "{}", shown(text.trim_end()))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The text as it may stand on stderr. Everything that is written there comes through here.
fn shown(text: &str) -> String {
    visible(&limbeck_core::passwords::without_passwords(text)).into_owned()
}

/// The text with what would steer the reader's terminal spelled out.
///
/// Names, comments and messages of a database are other people's: a control character in one may
/// move the cursor, a bidirectional mark may show a name as another one, and a line that begins as
/// a workflow command of a build server is one.
fn visible(text: &str) -> Cow<'_, str> {
    let steers = |c: char| match c {
        '\n' | '\t' => false,
        '\u{200e}'
        | '\u{200f}'
        | '\u{61c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    };
    let commands = |line: &str| {
        let start = line.trim_start();
        start.starts_with("::") || start.starts_with("##[")
    };
    if !text.contains(steers) && !text.lines().any(commands) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let is_command = commands(line);
        let indent = line.len() - line.trim_start().len();
        for (place, c) in line.char_indices() {
            if steers(c) || (is_command && place == indent) {
                shown.extend(c.escape_unicode());
            } else {
                shown.push(c);
            }
        }
    }
    Cow::Owned(shown)
}

/// `1 revision`, `2 revisions`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_others_steers_the_terminal() {
        for (text, expected) in [
            ("plain `name`\n\tand \u{e9}", "plain `name`\n\tand \u{e9}"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\rb\u{7}\u{9b}1m", "a\\u{d}b\\u{7}\\u{9b}1m"),
            ("a\u{202e}b\u{2066}", "a\\u{202e}b\\u{2066}"),
            (
                "view `x\n ::stop-commands::y`",
                "view `x\n \\u{3a}:stop-commands::y`",
            ),
            ("##[error]x", "\\u{23}#[error]x"),
            ("a::b", "a::b"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn what_is_on_stderr_has_neither_passwords_nor_commands() {
        for (text, expected) in [
            (
                "DEBUG limbeck: is not made again statement=CREATE ROLE a PASSWORD 'secret'",
                "DEBUG limbeck: is not made again statement=CREATE ROLE a PASSWORD '***'",
            ),
            ("see postgres://u:secret@h/d", "see postgres://u:***@h/d"),
            ("a\n::error::\u{1b}", "a\n\\u{3a}:error::\\u{1b}"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
