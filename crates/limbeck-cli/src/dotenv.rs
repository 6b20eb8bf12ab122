//! `.env` files as people write them, with the meaning that docker compose gives them.
//!
//! `NAME=value`, with or without `export`; a comment begins at a `#` behind a blank; single quotes keep
//! all, double quotes know `\n`, `\r`, `\t`, `\\`, `\"` and `\$`, and both may hold line ends. Outside of
//! single quotes `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${NAME:+other}` are
//! filled in, each with and without the colon; `$$` is a dollar.

use std::collections::BTreeMap;

/// Knows variables; an error is why one may not be used.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Result<Option<String>, String> + 'a;

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) unreadable: Vec<Unreadable>,
}

/// A line that cannot be read. It is not shown: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) line: usize,
    /// The variable that it sets, where that can be told.
    pub(crate) name: Option<String>,
    pub(crate) reason: String,
}

/// Reads a file; `outside` knows the variables that it may use besides its own, and that win.
pub(crate) fn parse(bytes: &[u8], outside: &Lookup<'_>) -> File {
    let mut file = File::default();
    let text = match text(bytes) {
        Ok(text) => text,
        Err(unreadable) => {
            file.unreadable.push(unreadable);
            return file;
        }
    };
    let text = text.replace("\r\n", "\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let line = 1 + text[..text.len() - rest.len()].matches('\n').count();
        let (entry, after) = entry(rest);
        rest = after;
        let Some((name, value)) = entry else { continue };
        let value = value.and_then(|value| {
            let own = |name: &str| {
                let own = || file.values.get(name).cloned();
                match outside(name) {
                    Ok(value) => Ok(value.or_else(own)),
                    Err(reason) => own().map(Some).ok_or(reason),
                }
            };
            match value {
                Value::Literal(text) => Ok(text),
                Value::Template(text) => fill_in(&text, &own),
            }
        });
        match value {
            Ok(value) => drop(file.values.insert(name, value)),
            Err(reason) => file.unreadable.push(Unreadable {
                line,
                name: (!name.is_empty()).then_some(name),
                reason,
            }),
        }
    }
    file
}

fn text(bytes: &[u8]) -> Result<&str, Unreadable> {
    let whole = |line, reason: &str| Unreadable {
        line,
        name: None,
        reason: reason.to_owned(),
    };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(whole(1, "the file is UTF-16: save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let line_of = |end: usize| 1 + bytes[..end].iter().filter(|byte| **byte == b'\n').count();
    let text = std::str::from_utf8(bytes)
        .map_err(|error| whole(line_of(error.valid_up_to()), "it is not UTF-8"))?;
    match text.find('\0') {
        Some(place) => Err(whole(line_of(place), "it holds a NUL byte")),
        None => Ok(text),
    }
}

enum Value {
    Literal(String),
    /// Variables are filled in; `\$` is none.
    Template(String),
}

type Entry = (String, Result<Value, String>);

/// Reads one variable, and returns it with what stands behind it.
fn entry(text: &str) -> (Option<Entry>, &str) {
    let (line, behind) = text.split_once('\n').unwrap_or((text, ""));
    let start = line.trim_start();
    if start.is_empty() || start.starts_with('#') {
        return (None, behind);
    }
    let declared = start
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']));
    let declared = declared.map_or(start, str::trim_start);
    let Some((name, value)) = declared.split_once('=') else {
        // `export NAME` alone passes a variable on, which is there anyway.
        let name = declared.trim_end();
        let failed = (!is_name(name)).then(|| {
            let reason = "it has no `=`".to_owned();
            (String::new(), Err(reason))
        });
        return (failed, behind);
    };
    let name = name.trim_end();
    if !is_name(name) {
        let reason = "what stands before the `=` is no name of a variable".to_owned();
        return (Some((String::new(), Err(reason))), behind);
    }
    let value = value.trim_start_matches([' ', '\t']);
    let quoted = value
        .chars()
        .next()
        .filter(|first| matches!(first, '\'' | '"'));
    let Some(quote) = quoted else {
        let value = Value::Template(without_comment(value).to_owned());
        return (Some((name.to_owned(), Ok(value))), behind);
    };
    // The value may go on behind the end of the line.
    let inner = &text[line.len() - value.len() + 1..];
    let Some(end) = closing(inner, quote) else {
        let reason = format!("its {quote} is never closed");
        return (Some((name.to_owned(), Err(reason))), behind);
    };
    let (value, after) = (&inner[..end], &inner[end + 1..]);
    let (tail, behind) = after.split_once('\n').unwrap_or((after, ""));
    if !without_comment(tail).is_empty() {
        let reason = format!("something follows the closing {quote}");
        return (Some((name.to_owned(), Err(reason))), behind);
    }
    let value = match quote {
        '\'' => Value::Literal(value.replace("\\'", "'")),
        _ => Value::Template(unescaped(value)),
    };
    (Some((name.to_owned(), Ok(value))), behind)
}

fn is_name(text: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(is_first)
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// An unquoted value ends at a `#` behind a blank.
fn without_comment(text: &str) -> &str {
    let comment = text
        .char_indices()
        .find(|(place, c)| *c == '#' && text[..*place].ends_with([' ', '\t']));
    let end = match comment {
        Some((place, _)) => place,
        None if text.starts_with('#') => 0,
        None => text.len(),
    };
    text[..end].trim()
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (place, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"'
                || text[place + 1..].starts_with('\'') && has_another(text, place) =>
            {
                is_escaped = true;
            }
            _ if c == quote => return Some(place),
            _ => {}
        }
    }
    None
}

/// Whether a single quote behind `\'` closes the value on the same line; else that one does.
fn has_another(text: &str, place: usize) -> bool {
    let line = text[place + 2..].split('\n').next().unwrap_or_default();
    line.contains('\'')
}

/// Double quotes: what a backslash stands for. `\$` and `\\` stay, since dollars are read after it.
fn unescaped(text: &str) -> String {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some('"') => value.push('"'),
            // A backslash before a dollar would otherwise take its meaning away.
            Some('\\') => value.push_str("\\\\"),
            Some(other) => value.extend(['\\', other]),
            None => value.push('\\'),
        }
    }
    value.replace("\\\\", "\u{0}")
}

/// Fills in variables.
pub(crate) fn fill_in(text: &str, lookup: &Lookup<'_>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(place) = rest.find('$') {
        let (before, after) = (&rest[..place], &rest[place + 1..]);
        if let Some(before) = before.strip_suffix('\\') {
            filled.push_str(before);
            filled.push('$');
            rest = after;
            continue;
        }
        filled.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            filled.push('$');
            rest = after;
        } else if let Some(inner) = after.strip_prefix('{') {
            let end = closing_brace(inner).ok_or("a `${` is never closed")?;
            filled.push_str(&variable(&inner[..end], lookup)?);
            rest = &inner[end + 1..];
        } else {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
            if after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                filled.push_str(&lookup(&after[..end])?.unwrap_or_default());
            } else {
                filled.push('$');
                rest = after;
                continue;
            }
            rest = &after[end..];
        }
    }
    filled.push_str(rest);
    Ok(filled.replace('\u{0}', "\\"))
}

/// Where the brace closes that opened before the text.
pub(crate) fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (place, c) in text.char_indices() {
        match c {
            '{' if text[..place].ends_with('$') => depth += 1,
            '}' if depth == 0 => return Some(place),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What stands between `${` and `}`.
pub(crate) fn variable(text: &str, lookup: &Lookup<'_>) -> Result<String, String> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (name, operator) = text.split_at(end);
    if !is_name(name) {
        return Err("a `${…}` names no variable".to_owned());
    }
    let value = lookup(name)?;
    let (value, operator) = match operator.strip_prefix(':') {
        Some(operator) => (value.filter(|value| !value.is_empty()), operator),
        None => (value, operator),
    };
    let mut chars = operator.chars();
    let other = match chars.next() {
        None if text.ends_with(':') => return Err(format!("`${{{name}:}}` is not complete")),
        None => return Ok(value.unwrap_or_default()),
        Some(operator) => (operator, chars.as_str()),
    };
    match (other, value) {
        (('-', _), Some(value)) | (('?', _), Some(value)) => Ok(value),
        (('-', default), None) => fill_in(default, lookup),
        (('+', _), None) => Ok(String::new()),
        (('+', other), Some(_)) => fill_in(other, lookup),
        (('?', ""), None) => Err(format!("`{name}` is not set")),
        (('?', message), None) => Err(format!("`{name}` is not set: {message}")),
        _ => Err(format!("the form of `${{{name}…}}` is unknown")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> File {
        let outside = |name: &str| Ok((name == "OUT").then(|| "side".to_owned()));
        parse(text.as_bytes(), &outside)
    }

    #[test]
    fn values_are_what_docker_compose_makes_of_them() {
        for (text, expected) in [
            ("A=x", "x"),
            ("export A=x", "x"),
            ("\u{feff}A = x \r\n", "x"),
            ("A=x # more", "x"),
            ("A=p#ss", "p#ss"),
            ("A=# nothing", ""),
            ("A=", ""),
            ("A='x # y' # more", "x # y"),
            ("A='$OUT \\n'", "$OUT \\n"),
            ("A='it\\'s'", "it's"),
            ("A='C:\\'", "C:\\"),
            ("A=\"x # y\"", "x # y"),
            ("A=\"a\\nb\\\"c\\\\d\"", "a\nb\"c\\d"),
            ("A=\"a\nb\"", "a\nb"),
            ("A='a\nb'", "a\nb"),
            ("A=$OUT/x", "side/x"),
            ("A=${OUT}x", "sidex"),
            ("A=\"${OUT}x\"", "sidex"),
            ("A=\\$OUT", "$OUT"),
            ("A=\"\\$OUT\"", "$OUT"),
            ("A=\"\\\\$OUT\"", "\\side"),
            ("A=$$OUT", "$OUT"),
            ("A=5$", "5$"),
            ("A=p$!x", "p$!x"),
            ("A=${NO:-54873}/db", "54873/db"),
            ("A=${NO-54873}", "54873"),
            ("A=${OUT:-1}", "side"),
            ("B=\nA=${B:-1}${B-2}", "1"),
            ("A=${NO:-${OUT}}", "side"),
            ("A=${OUT:?needed}", "side"),
            ("A=${OUT:+other}${NO:+other}", "other"),
            ("A=$NO", ""),
            ("B=1\nA=$B$B", "11"),
            ("OUT=1\nA=$OUT", "side"),
            ("# comment\n\n  A=x", "x"),
            ("export B\nA=x", "x"),
            ("A=1\nA=2", "2"),
            (
                "A=postgres://u@h:${P:-5433}/d?sslmode=require&x=y",
                "postgres://u@h:5433/d?sslmode=require&x=y",
            ),
        ] {
            let file = read(text);
            assert_eq!(file.unreadable, [], "{text}");
            assert_eq!(file.values["A"], expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_has_its_line() {
        for (text, line, name, reason) in [
            ("A=1\nB='x", 2, Some("B"), "its ' is never closed"),
            (
                "A=\"x\" y",
                1,
                Some("A"),
                "something follows the closing \"",
            ),
            (
                "A=1\n\nB=${X:?say it}\n",
                3,
                Some("B"),
                "`X` is not set: say it",
            ),
            ("A=${X", 1, Some("A"), "a `${` is never closed"),
            ("A=${X/a/b}", 1, Some("A"), "the form of `${X…}` is unknown"),
            ("A=${X:}", 1, Some("A"), "`${X:}` is not complete"),
            ("a b c", 1, None, "it has no `=`"),
            (
                "1=2",
                1,
                None,
                "what stands before the `=` is no name of a variable",
            ),
        ] {
            let file = read(text);
            let expected = Unreadable {
                line,
                name: name.map(str::to_owned),
                reason: reason.to_owned(),
            };
            assert_eq!(file.unreadable, [expected], "{text}");
        }
        let none = |_: &str| Ok(None);
        for (bytes, line, reason) in [
            (&b"A=1\nB=\xff"[..], 2, "it is not UTF-8"),
            (b"\xff\xfeA\0", 1, "the file is UTF-16: save it as UTF-8"),
            (b"A=1\nB=\0", 2, "it holds a NUL byte"),
        ] {
            let file = parse(bytes, &none);
            assert_eq!(file.unreadable[0].line, line);
            assert_eq!(file.unreadable[0].reason, reason);
        }
    }
}
