//! Passwords in texts that are shown: in URLs, and in statements and what a database says of them.

/// The text with `***` in place of the password of any URL in it, and of what stands behind the word
/// PASSWORD, as in `CREATE ROLE`, in the options of a user mapping and in a connection string.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    without_literals(&without_url_passwords(text))
}

fn without_literals(text: &str) -> String {
    const WORD: &str = "password";
    // Letters keep their places in this.
    let lower = text.to_ascii_lowercase();
    let mut shown = String::new();
    let mut from = 0;
    while let Some(place) = lower[from..].find(WORD) {
        let end = from + place + WORD.len();
        let behind = &text[end..];
        let value =
            behind.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '=' | '>'));
        let start = text.len() - value.len();
        let is_assigned = text[end..start].contains('=');
        shown.push_str(&text[from..start]);
        if value.starts_with('%') {
            // It is put in by `format`, from one of the literals that follow.
            shown.push_str(&hidden_literals(value));
            return shown;
        }
        from = start + hide(value, is_assigned, &mut shown);
    }
    shown.push_str(&text[from..]);
    shown
}

/// Writes what is shown of the value at the beginning of a text, and returns how much of that it was.
fn hide(text: &str, is_assigned: bool, shown: &mut String) -> usize {
    let prefix = ["E", "e", "U&", "u&"].into_iter().find(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('\''))
    });
    let prefix = prefix.map_or(0, str::len);
    let rest = &text[prefix..];
    // A quote inside of a literal is doubled, or has a backslash.
    let quote = ["\\'", "''", "'"]
        .into_iter()
        .find(|quote| rest.starts_with(quote));
    let quote = quote.or_else(|| {
        let tag = rest.strip_prefix('$')?.find('$')?;
        Some(&rest[..tag + 2])
    });
    if let Some(quote) = quote {
        let inner = &rest[quote.len()..];
        let end = match quote {
            "'" => end_of_literal(inner),
            _ => inner.find(quote),
        };
        let hidden = match end {
            Some(0) => return 0,
            Some(end) => end,
            // An empty literal hides nothing; of a statement only the first line is shown.
            None if quote == "''" => return 0,
            None => inner.len(),
        };
        shown.push_str(&text[..prefix + quote.len()]);
        shown.push_str("***");
        return prefix + quote.len() + hidden;
    }
    if !is_assigned {
        return 0;
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '&' | ')'));
    let end = end.unwrap_or(text.len());
    if end > 0 {
        shown.push_str("***");
    }
    end
}

/// Where a literal ends whose first quote is left out.
fn end_of_literal(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                let _ = characters.next();
            }
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                let _ = characters.next();
            }
            '\'' => return Some(at),
            _ => {}
        }
    }
    None
}

fn hidden_literals(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    // The first quote ends the literal that holds the pattern.
    let mut is_inside = true;
    while let Some(place) = rest.find('\'') {
        shown.push_str(if is_inside && !shown.is_empty() {
            "***"
        } else {
            &rest[..place]
        });
        shown.push('\'');
        rest = &rest[place + 1..];
        is_inside = !is_inside;
    }
    shown.push_str(if is_inside && !shown.is_empty() {
        "***"
    } else {
        rest
    });
    shown
}

fn without_url_passwords(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(place) = rest.find("://") {
        let (before, after) = rest.split_at(place + 3);
        shown.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '`' | '"'))
            .unwrap_or(after.len());
        let (url, behind) = after.split_at(end);
        match (url.find(':'), url.rfind('@')) {
            (Some(colon), Some(at)) if colon < at => {
                shown.push_str(&url[..=colon]);
                shown.push_str("***");
                shown.push_str(&url[at..]);
            }
            _ => shown.push_str(url),
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_taken_out_of_statements() {
        for (text, expected) in [
            (
                "CREATE ROLE a PASSWORD 'secret' LOGIN",
                "CREATE ROLE a PASSWORD '***' LOGIN",
            ),
            (
                "ALTER USER a ENCRYPTED PASSWORD E'sec\\'ret'",
                "ALTER USER a ENCRYPTED PASSWORD E'***'",
            ),
            (
                "create role a password 'sec''ret';",
                "create role a password '***';",
            ),
            (
                "CREATE ROLE a PASSWORD $x$secret$x$",
                "CREATE ROLE a PASSWORD $x$***$x$",
            ),
            ("CREATE ROLE a PASSWORD 'sec", "CREATE ROLE a PASSWORD '***"),
            (
                "OPTIONS (user 'u', password 'secret')",
                "OPTIONS (user 'u', password '***')",
            ),
            (
                "OPTIONS (\"password\" 'secret')",
                "OPTIONS (\"password\" '***')",
            ),
            (
                "CONNECTION 'host=h password=secret dbname=d'",
                "CONNECTION 'host=h password=*** dbname=d'",
            ),
            ("CONNECTION 'password=secret'", "CONNECTION 'password=***'"),
            (
                "CONNECTION 'host=h password=''secret'' x'",
                "CONNECTION 'host=h password=''***'' x'",
            ),
            (
                "host=h sslpassword = secret x",
                "host=h sslpassword = *** x",
            ),
            (
                "SQL statement \"CREATE ROLE x PASSWORD 'secret'\"",
                "SQL statement \"CREATE ROLE x PASSWORD '***'\"",
            ),
            (
                "EXECUTE format('CREATE ROLE x PASSWORD %L', 'secret')",
                "EXECUTE format('CREATE ROLE x PASSWORD %L', '***')",
            ),
            (
                "password authentication failed for user 'u'",
                "password authentication failed for user 'u'",
            ),
            (
                "ALTER TABLE t ADD password text DEFAULT 'x'",
                "ALTER TABLE t ADD password text DEFAULT 'x'",
            ),
            ("CREATE ROLE a PASSWORD NULL", "CREATE ROLE a PASSWORD NULL"),
            ("CREATE ROLE a PASSWORD ''", "CREATE ROLE a PASSWORD ''"),
        ] {
            assert_eq!(without_passwords(text), expected);
        }
    }

    #[test]
    fn passwords_are_taken_out_of_urls() {
        for (text, expected) in [
            ("no url: a@b", "no url: a@b"),
            ("`postgres://u:p@h/d` is", "`postgres://u:***@h/d` is"),
            ("postgres://u:p@x/y@h:5/d", "postgres://u:***@h:5/d"),
            ("postgres://u@h:5/d", "postgres://u@h:5/d"),
        ] {
            assert_eq!(without_passwords(text), expected);
        }
    }
}
