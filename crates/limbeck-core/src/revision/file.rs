//! Reads and writes revision files.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::dialect::Dialect;
use crate::revision::header::{self, Header};
use crate::revision::marker::{self, Marker};
use crate::revision::{
    Direction, Problem, Replaced, Revision, RevisionError, Section, Sections, Step, StepMode,
    Unwritten,
};
use crate::sql::{Lexer, Token, TokenKind, line_ends};

/// The byte order mark that some editors put at the start of a file.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads a revision file; `file` is what its errors call it.
///
/// # Errors
///
/// When the header or a marker is not as it should be, a section is missing, or a string or comment is
/// never closed.
pub fn parse(text: &str, file: &str) -> Result<Revision, RevisionError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let read = read(text).and_then(|(header, spans)| revision(text, file, header, spans));
    read.map_err(|problem| error(file, problem))
}

/// Writes a revision file that reads as the same revision again.
///
/// No step's SQL may hold a line that is a marker.
pub fn render(revision: &Revision) -> String {
    let mut text = header::render(revision);
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        let sections = revision.sections(direction);
        let common = sections.common.iter().map(|section| (None, section));
        let own = sections.dialects.iter();
        for (dialect, section) in
            common.chain(own.map(|(dialect, section)| (Some(*dialect), section)))
        {
            text.push('\n');
            text.push_str(&render_section(direction, dialect, section));
        }
    }
    text
}

/// Returns the text of a file with one dialect's own sections put in, or put in place of those that
/// are there; the dialect is no longer pending, and nothing else changes.
///
/// # Errors
///
/// When the file cannot be read, before or after.
pub fn with_section(
    text: &str,
    file: &str,
    dialect: Dialect,
    upgrade: &Section,
    downgrade: &Section,
) -> Result<String, RevisionError> {
    let mark = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK
    } else {
        ""
    };
    let body = &text[mark.len()..];
    let (header, spans) = read(body).map_err(|problem| error(file, problem))?;
    let mut edits = Vec::new();
    if let Some(range) = header.pending_line.clone() {
        let mut pending = header.pending.clone();
        pending.remove(&dialect);
        let line = (!pending.is_empty()).then(|| header::pending_line(&pending) + "\n");
        edits.push((range, line.unwrap_or_default()));
    }
    for (direction, section) in [
        (Direction::Upgrade, upgrade),
        (Direction::Downgrade, downgrade),
    ] {
        let range = place(&spans, direction, dialect, body.len());
        edits.push((range, render_section(direction, Some(dialect), section)));
    }
    let line_end = if body.contains("\r\n") { "\r\n" } else { "\n" };
    let edited = format!("{mark}{}", apply_edits(body, edits, header.end, line_end));
    parse(&edited, file)?;
    Ok(edited)
}

/// Returns the text of a file whose header says which databases the sections without one are for;
/// nothing else changes, no checksum among it.
///
/// # Errors
///
/// When the file cannot be read, before or after.
pub fn with_dialects(
    text: &str,
    file: &str,
    dialects: &BTreeSet<Dialect>,
) -> Result<String, RevisionError> {
    let start = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len()
    } else {
        0
    };
    let (header, _) = read(&text[start..]).map_err(|problem| error(file, problem))?;
    let (before, after) = text.split_at(start + header.keys_end);
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = header::dialects_line(dialects);
    let marked = format!("{before}{line}{line_end}{after}");
    parse(&marked, file)?;
    Ok(marked)
}

/// Returns the text of a file whose header says what the revision stands for on one dialect; what it said for every database is
/// said for the others from then on, unless it is so on this one, too. Nothing else changes.
///
/// # Errors
///
/// When the file cannot be read, before or after.
pub fn with_replaced(
    text: &str,
    file: &str,
    dialect: Dialect,
    replaces: &[Replaced],
) -> Result<String, RevisionError> {
    let mark = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK
    } else {
        ""
    };
    let body = &text[mark.len()..];
    let (header, _) = read(body).map_err(|problem| error(file, problem))?;
    let on = |one: &Replaced, dialect| Replaced {
        dialect,
        ..one.clone()
    };
    let lines = |all: Vec<Replaced>| -> String {
        let lines = all.iter().map(header::replaces_line);
        lines.map(|line| line + "\n").collect()
    };
    let is_shared = |one: &Replaced| {
        let is_new = replaces.iter().any(|own| on(own, None) == *one);
        is_new && header.replaces.contains(one)
    };
    let mut edits = Vec::new();
    for (one, range) in header.replaces.iter().zip(&header.replaces_lines) {
        let said = match one.dialect {
            None if is_shared(one) => continue,
            None => {
                let others = Dialect::ALL.into_iter().filter(|other| *other != dialect);
                others.map(|other| on(one, Some(other))).collect()
            }
            Some(own) if own == dialect => Vec::new(),
            Some(_) => continue,
        };
        edits.push((range.clone(), lines(said)));
    }
    let own = replaces.iter().filter(|one| !is_shared(&on(one, None)));
    let own = lines(own.map(|one| on(one, Some(dialect))).collect());
    edits.push((header.keys_end..header.keys_end, own));
    let line_end = if body.contains("\r\n") { "\r\n" } else { "\n" };
    let edited = format!(
        "{mark}{}",
        apply_edits(body, edits, body.len() + 1, line_end)
    );
    parse(&edited, file)?;
    Ok(edited)
}

/// A problem and the line it is on.
type At = (u32, Problem);

fn error(file: &str, (line, problem): At) -> RevisionError {
    RevisionError {
        file: file.to_owned(),
        line,
        problem,
    }
}

/// A section as it stands in the file.
struct Span {
    direction: Direction,
    dialect: Option<Dialect>,
    irreversible: Option<String>,
    nothing: bool,
    /// From the marker to the next section's marker.
    range: Range<usize>,
    line: u32,
    /// The text between the section's marker and the first step's marker comes first.
    parts: Vec<Part>,
}

/// What stands between two markers of a section.
struct Part {
    /// `None` before the first step's marker.
    mode: Option<StepMode>,
    text: Range<usize>,
    /// The line of the marker.
    line: u32,
    has_sql: bool,
}

/// Reads unmarked sections by PostgreSQL's rules, and by SQLite's when those find something that is
/// never closed, such as the `[it's]` that only SQLite takes for a name.
fn read(text: &str) -> Result<(Header, Vec<Span>), At> {
    let header = header::read(text)?;
    let spans = match read_spans(text, &header, Dialect::Postgres) {
        Err((line, Problem::Sql(error))) => {
            read_spans(text, &header, Dialect::Sqlite).map_err(|_| (line, Problem::Sql(error)))?
        }
        other => other?,
    };
    Ok((header, spans))
}

fn read_spans(text: &str, header: &Header, unmarked: Dialect) -> Result<Vec<Span>, At> {
    let mut lexer = Lexer::new(text, unmarked, header.end, header.end_line);
    let mut spans: Vec<Span> = Vec::new();
    loop {
        let token = lexer.next_token();
        let Some(token) = token.map_err(|error| (error.line(), Problem::Sql(error)))? else {
            break;
        };
        let at = |problem: Problem| (token.line, problem);
        if token.is_significant() {
            let span = spans.last_mut();
            let span = span.ok_or_else(|| at(Problem::SqlOutsideSection))?;
            if span.nothing || span.irreversible.is_some() {
                return Err(at(Problem::NotEmpty {
                    marker: span.marker(),
                }));
            }
            span.extend(token.range.end, true);
            continue;
        }
        match read_marker(text, &token).map_err(at)? {
            Some(Marker::Section {
                direction,
                dialect,
                irreversible,
            }) => {
                lexer.dialect = dialect.unwrap_or(unmarked);
                spans.push(Span::new(direction, dialect, irreversible, &token));
            }
            Some(marker) => {
                let name = token.text(text).trim_end().to_owned();
                let span = spans
                    .last_mut()
                    .ok_or_else(|| at(Problem::MarkerOutsideSection { marker: name }))?;
                span.add(marker, &token).map_err(at)?;
            }
            None => {
                if let Some(span) = spans.last_mut() {
                    span.extend(token.range.end, false);
                }
            }
        }
    }
    Ok(spans)
}

fn read_marker(text: &str, token: &Token) -> Result<Option<Marker>, Problem> {
    if token.kind != TokenKind::LineComment {
        return Ok(None);
    }
    let before = &text[..token.range.start];
    let indent = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    if indent.is_empty() {
        return marker::read(token.text(text));
    }
    if indent.trim().is_empty() {
        marker::read_indented(token.text(text))?;
    }
    Ok(None)
}

impl Span {
    fn new(
        direction: Direction,
        dialect: Option<Dialect>,
        irreversible: Option<String>,
        token: &Token,
    ) -> Self {
        Span {
            direction,
            dialect,
            irreversible,
            nothing: false,
            range: token.range.clone(),
            line: token.line,
            parts: vec![Part::new(None, token)],
        }
    }

    fn marker(&self) -> String {
        marker::section(self.direction, self.dialect, self.irreversible.as_deref())
    }

    fn extend(&mut self, end: usize, has_sql: bool) {
        self.range.end = end;
        if let Some(part) = self.parts.last_mut() {
            part.text.end = end;
            part.has_sql |= has_sql;
        }
    }

    fn add(&mut self, marker: Marker, token: &Token) -> Result<(), Problem> {
        let has_sql = self.parts.len() > 1 || self.parts.iter().any(|part| part.has_sql);
        let closed = self.nothing || self.irreversible.is_some();
        self.range.end = token.range.end;
        match marker {
            Marker::Step(mode) if !closed => self.parts.push(Part::new(Some(mode), token)),
            Marker::Nothing if !closed && !has_sql => self.nothing = true,
            Marker::Step(_) | Marker::Nothing | Marker::Section { .. } => {
                return Err(Problem::NotEmpty {
                    marker: self.marker(),
                });
            }
        }
        Ok(())
    }

    fn section(self, text: &str, file: &str) -> Result<Section, At> {
        if let Some(reason) = self.irreversible {
            return Ok(Section::Irreversible(reason));
        }
        if self.nothing {
            return Ok(Section::Steps(Vec::new()));
        }
        let mut steps = Vec::new();
        for part in self.parts {
            match (part.mode, part.has_sql) {
                (_, true) => steps.push(part.step(text)),
                (Some(_), false) => return Err((part.line, Problem::EmptyStep)),
                (None, false) => {}
            }
        }
        if steps.is_empty() {
            return Ok(Section::Unwritten(Unwritten {
                file: file.to_owned(),
                line: self.line,
            }));
        }
        Ok(Section::Steps(steps))
    }
}

impl Part {
    fn new(mode: Option<StepMode>, token: &Token) -> Self {
        Part {
            mode,
            text: token.range.end..token.range.end,
            line: token.line,
            has_sql: false,
        }
    }

    /// Line ends become `\n`, so that a checkout on another system runs and hashes the same.
    fn step(&self, text: &str) -> Step {
        let text = &text[self.text.clone()];
        let blank = text.len() - text.trim_start().len();
        let start = text[..blank].rfind('\n').map_or(0, |end| end + 1);
        Step {
            mode: self.mode.unwrap_or(StepMode::Transaction),
            sql: text[start..].trim_end().replace("\r\n", "\n"),
            line: self.line + line_ends(&text[..start]),
        }
    }
}

fn revision(text: &str, file: &str, header: Header, spans: Vec<Span>) -> Result<Revision, At> {
    let mut upgrade = Sections::default();
    let mut downgrade = Sections::default();
    let last_line = 1 + line_ends(text.trim_end());
    for span in spans {
        let (line, dialect, marker) = (span.line, span.dialect, span.marker());
        let sections = match span.direction {
            Direction::Upgrade => &mut upgrade,
            Direction::Downgrade => &mut downgrade,
        };
        if let Some(dialect) = dialect.filter(|dialect| header.pending.contains(dialect)) {
            return Err((line, Problem::NotPending { dialect }));
        }
        let section = span.section(text, file)?;
        let before = match dialect {
            None => sections.common.replace(section),
            Some(dialect) => sections.dialects.insert(dialect, section),
        };
        if before.is_some() {
            return Err((line, Problem::DuplicateSection { marker }));
        }
    }
    let revision = Revision {
        id: header.id,
        parents: header.parents,
        description: header.description,
        created: header.created,
        label: header.label,
        depends_on: header.depends_on,
        pending: header.pending,
        dialects: header.dialects,
        requires: header.requires,
        replaces: header.replaces,
        lines: header.lines,
        upgrade,
        downgrade,
    };
    match missing_section(&revision) {
        Some(problem) => Err((last_line, problem)),
        None => Ok(revision),
    }
}

/// Finds the section that one direction lacks for a dialect for which the other one has something.
fn missing_section(revision: &Revision) -> Option<Problem> {
    let all_pending = Dialect::ALL
        .iter()
        .all(|dialect| revision.pending.contains(dialect));
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        if revision.sections(direction).is_empty() && !all_pending {
            return Some(Problem::MissingSection {
                direction,
                dialect: None,
            });
        }
    }
    let needed = Dialect::ALL
        .into_iter()
        .filter(|dialect| !revision.pending.contains(dialect));
    for dialect in needed {
        let has = |direction| revision.own_section(direction, dialect).is_some();
        let (upgrade, downgrade) = (has(Direction::Upgrade), has(Direction::Downgrade));
        if upgrade != downgrade {
            let direction = if upgrade {
                Direction::Downgrade
            } else {
                Direction::Upgrade
            };
            return Some(Problem::MissingSection {
                direction,
                dialect: Some(dialect),
            });
        }
    }
    None
}

fn render_section(direction: Direction, dialect: Option<Dialect>, section: &Section) -> String {
    let steps = match section {
        Section::Irreversible(reason) => {
            return marker::section(direction, dialect, Some(reason)) + "\n";
        }
        Section::Unwritten(_) => {
            return marker::section(direction, dialect, None) + "\n" + to_write(direction);
        }
        Section::Steps(steps) => steps,
    };
    let mut text = marker::section(direction, dialect, None) + "\n";
    match steps.as_slice() {
        [] => {
            text.push_str(marker::NOTHING);
            text.push('\n');
        }
        [step] if step.mode == StepMode::Transaction => render_sql(&mut text, &step.sql),
        steps => {
            for (index, step) in steps.iter().enumerate() {
                if index > 0 {
                    text.push('\n');
                }
                text.push_str(marker::step(step.mode));
                text.push('\n');
                render_sql(&mut text, &step.sql);
            }
        }
    }
    text
}

/// Says in the file what to do with a section that nobody has written yet.
fn to_write(direction: Direction) -> &'static str {
    match direction {
        Direction::Upgrade => "-- Write the SQL here, or a line `-- nothing`.\n",
        Direction::Downgrade => {
            "-- Write the SQL that undoes the upgrade, or a line `-- nothing`, or change the marker to\n\
             -- \"downgrade: irreversible, <reason>\".\n"
        }
    }
}

fn render_sql(text: &mut String, sql: &str) {
    text.push_str(sql.trim_matches('\n').trim_end());
    text.push('\n');
}

/// Returns the bytes that a dialect's own section takes, or the place where it belongs: after the
/// last section of its direction, the upgrade before the first downgrade.
fn place(spans: &[Span], direction: Direction, dialect: Dialect, end: usize) -> Range<usize> {
    let mut same_direction = spans.iter().filter(|span| span.direction == direction);
    if let Some(own) = same_direction
        .clone()
        .find(|span| span.dialect == Some(dialect))
    {
        return own.range.clone();
    }
    let first_downgrade = spans
        .iter()
        .find(|span| span.direction == Direction::Downgrade)
        .map_or(end, |span| span.range.start);
    let at = match (same_direction.next_back(), direction) {
        (Some(last), _) => last.range.end,
        (None, Direction::Upgrade) => first_downgrade,
        (None, Direction::Downgrade) => end,
    };
    at..at
}

/// Puts the edits into the text: those in the header as they are, sections with an empty line around
/// them.
fn apply_edits(
    text: &str,
    mut edits: Vec<(Range<usize>, String)>,
    header_end: usize,
    line_end: &str,
) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut edited = String::with_capacity(text.len());
    let mut copied = 0;
    for (range, block) in edits {
        edited.push_str(&text[copied..range.start]);
        copied = range.end;
        let is_section = range.start >= header_end;
        if is_section {
            for needed in [line_end.to_owned(), line_end.repeat(2)] {
                if !edited.ends_with(&needed) {
                    edited.push_str(line_end);
                }
            }
        }
        edited.push_str(&block.replace('\n', line_end));
        if is_section && copied < text.len() {
            edited.push_str(line_end);
        }
    }
    edited.push_str(&text[copied..]);
    edited
}
