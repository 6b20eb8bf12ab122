//! Paths as flags spell them: parts between dots, quoted where they must be.

pub(super) fn take_path(text: &str) -> Option<(Vec<String>, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    if let Some(after) = text.strip_prefix('.') {
        parts.push(String::new());
        rest = after;
    }
    loop {
        let (part, after) = take_part(rest)?;
        parts.push(part);
        match after.strip_prefix('.') {
            Some(after) => rest = after,
            None => return Some((parts, after)),
        }
    }
}

fn take_part(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let escaped = text
        .strip_prefix("U&\"")
        .or_else(|| text.strip_prefix("u&\""));
    if let Some(quoted) = escaped {
        let (part, rest) = take_quoted(quoted)?;
        return Some((unescaped(&part)?, rest));
    }
    if let Some(quoted) = text.strip_prefix('"') {
        return take_quoted(quoted);
    }
    let end = text.find(['.', ':', '=', '"']).unwrap_or(text.len());
    let part = text[..end].trim_end();
    (!part.is_empty()).then(|| (part.to_owned(), &text[end..]))
}

/// Reads up to the closing quote, which stands twice where it is meant.
fn take_quoted(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        part.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                part.push('"');
                rest = after;
            }
            None => return Some((part, rest.trim_start())),
        }
    }
}

/// Reads `\000A`, `\+01F600` and `\\` (PostgreSQL manual, section 4.1.1).
fn unescaped(text: &str) -> Option<String> {
    let mut part = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        part.push_str(before);
        if let Some(after) = after.strip_prefix('\\') {
            part.push('\\');
            rest = after;
            continue;
        }
        let (digits, length) = match after.strip_prefix('+') {
            Some(after) => (after, 6),
            None => (after, 4),
        };
        let code = digits.get(..length)?;
        if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        part.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        rest = &digits[length..];
    }
    part.push_str(rest);
    Some(part)
}

pub(super) fn write_path<S: AsRef<str>>(parts: &[S]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| write_part(part.as_ref())).collect();
    parts.join(".")
}

fn write_part(part: &str) -> String {
    if part.chars().any(is_unseen) {
        let escaped: String = part
            .chars()
            .map(|c| match c {
                '\\' => "\\\\".to_owned(),
                '"' => "\"\"".to_owned(),
                c if is_unseen(c) && u32::from(c) > 0xFFFF => format!("\\+{:06X}", u32::from(c)),
                c if is_unseen(c) => format!("\\{:04X}", u32::from(c)),
                c => c.to_string(),
            })
            .collect();
        return format!("U&\"{escaped}\"");
    }
    let is_bare = |c: char| !c.is_whitespace() && !".:=\"".contains(c);
    if !part.is_empty() && !part.starts_with('-') && part.chars().all(is_bare) {
        part.to_owned()
    } else {
        format!("\"{}\"", part.replace('"', "\"\""))
    }
}

/// Characters that a line or a terminal would swallow: control and format characters, odd blanks.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(u32::from(c), 0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF)
}
