//! Reads and writes the comment lines at the top of a revision file.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::dialect::Dialect;
use crate::revision::id::is_word;
use crate::revision::nearest::nearest;
use crate::revision::{HeaderLines, Problem, Replaced, Requirement, Revision, RevisionId, marker};

const KEYS: [&str; 9] = [
    "revision",
    "parents",
    "created",
    "label",
    "depends_on",
    "pending",
    "dialects",
    "requires",
    "replaces",
];

/// What the header says, and where the rest of the file begins.
pub(crate) struct Header {
    pub(crate) id: RevisionId,
    pub(crate) parents: Vec<RevisionId>,
    pub(crate) description: String,
    pub(crate) created: String,
    pub(crate) label: Option<String>,
    pub(crate) depends_on: Vec<RevisionId>,
    pub(crate) pending: BTreeSet<Dialect>,
    pub(crate) dialects: BTreeSet<Dialect>,
    pub(crate) requires: BTreeSet<Requirement>,
    pub(crate) replaces: Vec<Replaced>,
    pub(crate) lines: HeaderLines,
    /// The bytes of the `pending` line, its line end included.
    pub(crate) pending_line: Option<Range<usize>>,
    /// The bytes of each line of `replaces`, in their order.
    pub(crate) replaces_lines: Vec<Range<usize>>,
    /// The first byte after the last line with a key that is not `pending`.
    pub(crate) keys_end: usize,
    /// The first byte after the header, and its line.
    pub(crate) end: usize,
    pub(crate) end_line: u32,
}

/// One comment line of the header.
struct Line<'a> {
    number: u32,
    range: Range<usize>,
    /// The whole line without its end.
    text: &'a str,
    /// What follows the dashes.
    comment: &'a str,
}

/// A problem and the line it is on.
type At = (u32, Problem);

/// Reads the header: the comment lines at the top of the file up to the first other line.
///
/// The last line that is only `--` divides the description from the keys, so that a description may
/// contain anything; without such a line the first key does.
pub(crate) fn read(text: &str) -> Result<Header, At> {
    let lines = comment_lines(text);
    let Some(first) = lines.first() else {
        return Err((1, Problem::MissingHeader));
    };
    let first_number = first.number;
    let is_key = |line: &Line| key_of(line).is_some_and(|(key, _)| KEYS.contains(&key));
    let blank = lines
        .iter()
        .rposition(|line| line.comment.trim().is_empty());
    let keys_start = match blank {
        Some(blank) if lines[blank..].iter().any(is_key) => blank + 1,
        _ => {
            let first_key = lines.iter().position(is_key);
            first_key.or(blank).unwrap_or(lines.len())
        }
    };
    lines[..keys_start].iter().try_for_each(no_control)?;
    let mut header = Fields::default();
    let mut end = lines.len();
    for (index, line) in lines.iter().enumerate().skip(keys_start) {
        if line.comment.trim().is_empty() {
            continue;
        }
        if marker::read(line.text)
            .map_err(|problem| (line.number, problem))?
            .is_some()
        {
            end = index;
            break;
        }
        no_control(line)?;
        header
            .read(line)
            .map_err(|problem| (line.number, problem))?;
    }
    let missing = |key| (first_number, Problem::MissingKey { key });
    let last = &lines[..end].last().unwrap_or(first);
    Ok(Header {
        id: header.id.ok_or(missing("revision"))?,
        parents: header.parents.ok_or(missing("parents"))?,
        description: description(&lines[..keys_start]),
        created: header.created,
        label: header.label,
        depends_on: header.depends_on,
        pending: header.pending,
        dialects: header.dialects,
        requires: header.requires,
        replaces: header.replaces,
        lines: header.lines,
        pending_line: header.pending_line,
        replaces_lines: header.replaces_lines,
        keys_end: header.keys_end,
        end: last.range.end,
        end_line: last.number + 1,
    })
}

/// Writes the header, without an empty line after it.
pub(crate) fn render(revision: &Revision) -> String {
    let mut lines = Vec::new();
    for line in revision.description.trim().lines() {
        lines.push(format!("-- {}", line.trim_end()).trim_end().to_owned());
    }
    if !lines.is_empty() {
        lines.push("--".to_owned());
    }
    let mut key =
        |key: &str, value: &str| lines.push(format!("-- {:<10}{value}", format!("{key}:")));
    key("revision", revision.id.as_str());
    key("parents", &id_list(&revision.parents));
    if !revision.created.is_empty() {
        key("created", &revision.created);
    }
    if let Some(label) = &revision.label {
        key("label", label);
    }
    if !revision.depends_on.is_empty() {
        key("depends_on", &format!(" {}", id_list(&revision.depends_on)));
    }
    if !revision.dialects.is_empty() {
        key("dialects", &dialect_list(&revision.dialects));
    }
    if !revision.requires.is_empty() {
        let words: Vec<&str> = revision.requires.iter().map(|one| one.as_str()).collect();
        key("requires", &words.join(", "));
    }
    for replaced in &revision.replaces {
        key("replaces", &replaced.to_string());
    }
    if !revision.pending.is_empty() {
        key("pending", &dialect_list(&revision.pending));
    }
    let lines = lines
        .iter()
        .map(|line| line.replace(|letter| is_control(&letter), " "));
    lines.map(|line| line + "\n").collect()
}

fn no_control(line: &Line) -> Result<(), At> {
    match line.text.chars().find(is_control) {
        Some(character) => Err((line.number, Problem::ControlCharacter { character })),
        None => Ok(()),
    }
}

fn is_control(letter: &char) -> bool {
    letter.is_control() && *letter != '\t'
}

/// Writes the line of the key `pending`, without its end.
pub(crate) fn pending_line(pending: &BTreeSet<Dialect>) -> String {
    format!("-- pending:  {}", dialect_list(pending))
}

/// Writes the line of the key `dialects`, without its end.
pub(crate) fn dialects_line(dialects: &BTreeSet<Dialect>) -> String {
    format!("-- dialects: {}", dialect_list(dialects))
}

/// Writes a line of the key `replaces`, without its end.
pub(crate) fn replaces_line(replaced: &Replaced) -> String {
    format!("-- replaces: {replaced}")
}

fn id_list(ids: &[RevisionId]) -> String {
    if ids.is_empty() {
        return "none".to_owned();
    }
    let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
    ids.join(", ")
}

fn dialect_list(dialects: &BTreeSet<Dialect>) -> String {
    let words: Vec<&str> = dialects.iter().map(|dialect| dialect.as_str()).collect();
    words.join(", ")
}

fn comment_lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (number, whole) in (1..).zip(text.split_inclusive('\n')) {
        let range = start..start + whole.len();
        start = range.end;
        let text = whole.trim_end();
        match text.strip_prefix("--") {
            Some(comment) => lines.push(Line {
                number,
                range,
                text,
                comment,
            }),
            None if text.is_empty() && lines.is_empty() => {}
            None => break,
        }
    }
    lines
}

fn description(lines: &[Line]) -> String {
    let lines: Vec<&str> = lines
        .iter()
        .map(|line| line.comment.strip_prefix(' ').unwrap_or(line.comment))
        .collect();
    lines.join("\n").trim().to_owned()
}

fn key_of<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    let (key, value) = line.comment.split_once(':')?;
    Some((key.trim(), value.trim()))
}

#[derive(Default)]
struct Fields {
    seen: BTreeSet<&'static str>,
    id: Option<RevisionId>,
    parents: Option<Vec<RevisionId>>,
    created: String,
    label: Option<String>,
    depends_on: Vec<RevisionId>,
    pending: BTreeSet<Dialect>,
    dialects: BTreeSet<Dialect>,
    requires: BTreeSet<Requirement>,
    replaces: Vec<Replaced>,
    lines: HeaderLines,
    pending_line: Option<Range<usize>>,
    replaces_lines: Vec<Range<usize>>,
    keys_end: usize,
}

impl Fields {
    fn read(&mut self, line: &Line) -> Result<(), Problem> {
        let Some((found, value)) = key_of(line) else {
            return Err(Problem::NotAKey {
                text: line.comment.trim().to_owned(),
            });
        };
        let Some(key) = KEYS.into_iter().find(|key| *key == found) else {
            let lower = found.to_ascii_lowercase().replace('-', "_");
            let near = nearest(&lower, KEYS.into_iter());
            return Err(Problem::UnknownKey {
                key: found.to_owned(),
                nearest: KEYS.into_iter().find(|key| near.first() == Some(key)),
            });
        };
        // A line for each migration, since the line with a checksum is long.
        if !self.seen.insert(key) && key != "replaces" {
            return Err(Problem::DuplicateKey {
                key: key.to_owned(),
            });
        }
        if key != "pending" {
            self.keys_end = line.range.end;
        }
        match key {
            "revision" => self.lines.revision = line.number,
            "parents" => self.lines.parents = line.number,
            "depends_on" => self.lines.depends_on = line.number,
            "label" => self.lines.label = line.number,
            _ => {}
        }
        match key {
            "revision" => self.id = Some(read_id(key, value)?),
            "parents" => self.parents = Some(read_ids(key, value)?),
            "created" => self.created = read_time(key, value)?,
            "label" => self.label = Some(read_label(key, value)?),
            "depends_on" => self.depends_on = read_ids(key, value)?,
            "dialects" => {
                self.dialects = read_dialects(key, value)?;
                if self.dialects.is_empty() {
                    return Err(invalid(key, value, "`postgres`, `sqlite` or both"));
                }
            }
            "requires" => match value {
                "hook" => self.requires = BTreeSet::from([Requirement::Hook]),
                _ => return Err(invalid(key, value, "`hook`")),
            },
            "replaces" => {
                let read = value.parse::<Replaced>();
                let expected = "a tool and a version, such as `sqlx 20260101120000`";
                let read = read.map_err(|()| invalid(key, value, expected))?;
                if self.replaces.iter().any(|one| one.is_same(&read)) {
                    return Err(Problem::RepeatedValue {
                        key,
                        value: value.to_owned(),
                    });
                }
                self.replaces.push(read);
                self.replaces_lines.push(line.range.clone());
            }
            _ => {
                self.pending = read_dialects(key, value)?;
                self.pending_line = Some(line.range.clone());
            }
        }
        Ok(())
    }
}

fn invalid(key: &'static str, value: &str, expected: &'static str) -> Problem {
    Problem::InvalidValue {
        key,
        value: value.to_owned(),
        expected,
    }
}

fn read_id(key: &'static str, value: &str) -> Result<RevisionId, Problem> {
    let expected = "an id of letters, digits, `_` and `-`";
    value.parse().map_err(|_| invalid(key, value, expected))
}

fn read_ids(key: &'static str, value: &str) -> Result<Vec<RevisionId>, Problem> {
    if value.is_empty() || value == "none" {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    for item in value.split(',') {
        let id = read_id(key, item.trim())?;
        if ids.contains(&id) {
            return Err(Problem::RepeatedValue {
                key,
                value: id.to_string(),
            });
        }
        ids.push(id);
    }
    Ok(ids)
}

fn read_label(key: &'static str, value: &str) -> Result<String, Problem> {
    if is_word(value) {
        Ok(value.to_owned())
    } else {
        let expected = "a word of letters, digits, `_` and `-`";
        Err(invalid(key, value, expected))
    }
}

fn read_dialects(key: &'static str, value: &str) -> Result<BTreeSet<Dialect>, Problem> {
    let mut dialects = BTreeSet::new();
    if value.is_empty() || value == "none" {
        return Ok(dialects);
    }
    for item in value.split(',').map(str::trim) {
        let expected = "`postgres`, `sqlite` or both";
        let dialect = item.parse().map_err(|_| invalid(key, item, expected))?;
        if !dialects.insert(dialect) {
            return Err(Problem::RepeatedValue {
                key,
                value: item.to_owned(),
            });
        }
    }
    Ok(dialects)
}

/// Checks the shape only: core has no calendar.
fn read_time(key: &'static str, value: &str) -> Result<String, Problem> {
    if value.is_empty() || has_time_shape(value) {
        Ok(value.to_owned())
    } else {
        let expected = "a time such as `2026-11-20T10:09:00Z`";
        Err(invalid(key, value, expected))
    }
}

fn has_time_shape(value: &str) -> bool {
    let shape: String = value
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let Some(rest) = shape
        .strip_prefix("0000-00-00T00:00:00")
        .or_else(|| shape.strip_prefix("0000-00-00 00:00:00"))
    else {
        return false;
    };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) if fraction.starts_with('0') => fraction.trim_start_matches('0'),
        Some(_) => return false,
        None => rest,
    };
    matches!(zone, "Z" | "+00:00" | "-00:00")
}
