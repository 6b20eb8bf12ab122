//! Literals, attributes and comments.

/// The longest line before an attribute is spread over several.
const LINE: usize = 100;

/// A string literal; a raw one where that reads better.
pub(crate) fn literal(text: &str) -> String {
    let needs_escapes = text.contains(['"', '\\']);
    if !needs_escapes || text.chars().any(char::is_control) {
        return format!("{text:?}");
    }
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// `key = "text"`.
pub(crate) fn said(key: &str, text: &str) -> String {
    format!("{key} = {}", literal(text))
}

/// `#[name(arguments)]`, with the indentation and the line's end; nothing without arguments.
pub(crate) fn attribute(indent: &str, name: &str, arguments: &[String]) -> String {
    if arguments.is_empty() {
        return String::new();
    }
    let line = format!("{indent}#[{name}({})]\n", arguments.join(", "));
    if line.chars().count() <= LINE {
        return line;
    }
    let mut lines = format!("{indent}#[{name}(\n");
    for argument in arguments {
        lines.push_str(&format!("{indent}    {argument},\n"));
    }
    lines.push_str(&format!("{indent})]\n"));
    lines
}

/// The comment for what the attributes have no word for, on one line.
pub(crate) fn not_said(what: &str) -> String {
    comment("not said", what)
}

/// The comment for what the field's type does not read, on one line.
pub(crate) fn not_read(what: &str) -> String {
    comment("not read", what)
}

fn comment(label: &str, what: &str) -> String {
    let is_break = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    let what: String = what
        .chars()
        .map(|letter| if is_break(letter) { ' ' } else { letter })
        .collect();
    format!("// {label}: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_read_back() {
        for (text, expected) in [
            ("plain", "\"plain\""),
            ("it's", "\"it's\""),
            ("\"Order\" > 0", "r#\"\"Order\" > 0\"#"),
            ("a\"#b", "r##\"a\"#b\"##"),
            ("a\\b", "r#\"a\\b\"#"),
            ("two\nlines \"x\"", "\"two\\nlines \\\"x\\\"\""),
        ] {
            assert_eq!(literal(text), expected);
            let read: syn::LitStr = syn::parse_str(expected).expect("is a literal");
            assert_eq!(read.value(), text);
        }
    }

    #[test]
    fn comments_keep_to_their_line() {
        assert_eq!(not_said("view `a\nb`"), "// not said: view `a b`");
    }
}
