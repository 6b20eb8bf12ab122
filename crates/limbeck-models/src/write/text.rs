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
        let argument = broken(argument, indent.len() + 4);
        lines.push_str(&format!("{indent}    {argument},\n"));
    }
    lines.push_str(&format!("{indent})]\n"));
    lines
}

/// An argument whose long texts go on over several lines; `indent` is that of its own line.
fn broken(argument: &str, indent: usize) -> String {
    if indent + argument.chars().count() <= LINE {
        return argument.to_owned();
    }
    let mut lines = String::new();
    let mut rest = argument;
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        let hashes = before.len() - before.trim_end_matches('#').len();
        let is_raw = before[..before.len() - hashes].ends_with('r');
        let end = if is_raw {
            let closing = format!("\"{}", "#".repeat(hashes));
            from[1..].find(&closing).map(|at| 1 + at + closing.len())
        } else {
            escaped_end(from)
        };
        let Some(end) = end else {
            break;
        };
        let before = if is_raw {
            &before[..before.len() - hashes - 1]
        } else {
            before
        };
        let text = &rest[before.len()..start + end];
        lines.push_str(before);
        let value = syn::parse_str::<syn::LitStr>(text).map(|literal| literal.value());
        match value.ok().and_then(|value| continued(&value, indent + 4)) {
            Some(long) => lines.push_str(&long),
            None => lines.push_str(text),
        }
        rest = &rest[start + end..];
    }
    lines + rest
}

/// Where a literal that is not raw ends.
fn escaped_end(literal: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, letter) in literal.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// A literal over several lines, each of which ends in a backslash: the compiler leaves out that and the blanks that
/// follow. `None` for a text that is short, or has nowhere to break.
fn continued(text: &str, indent: usize) -> Option<String> {
    let width = LINE.saturating_sub(indent + 2);
    if text.chars().count() <= width || text.starts_with(char::is_whitespace) {
        return None;
    }
    let joints = joints(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (place, part) in parts(text).enumerate() {
        let is_long = line.chars().count() + part.chars().count() > width;
        if (is_long || joints.contains(&place)) && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(part);
    }
    lines.push(line);
    if lines.len() == 1 {
        return None;
    }
    let escaped = lines.iter().map(|line| {
        let quoted = format!("{line:?}");
        quoted[1..quoted.len() - 1].to_owned()
    });
    let joint = format!("\\\n{}", " ".repeat(indent));
    Some(format!(
        "\"{joint}{}\"",
        escaped.collect::<Vec<String>>().join(&joint)
    ))
}

/// The words of a text, each with the blanks behind it: no line begins with one.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let blank = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let after = rest[blank..].find(|letter: char| !letter.is_whitespace());
        let end = after.map_or(rest.len(), |after| blank + after);
        let (part, behind) = rest.split_at(end);
        rest = behind;
        (!part.is_empty()).then_some(part)
    })
}

/// The parts with which a condition goes on: `AND` and `OR` in the fewest parentheses that any of them stands in.
fn joints(text: &str) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (place, part) in parts(text).enumerate() {
        if matches!(part.trim_end(), "AND" | "OR") {
            found.push((depth, place));
        }
        depth = (depth + part.matches('(').count()).saturating_sub(part.matches(')').count());
    }
    let least = found.iter().map(|(depth, _)| *depth).min();
    let outer = found.into_iter().filter(|(depth, _)| Some(*depth) == least);
    outer.map(|(_, place)| place).collect()
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
    fn long_texts_go_on_over_several_lines() {
        let one = "(length(title) > 0) AND (status IN ('open', 'done')) OR (\"Order\" ~ '^[a-z\\\\d]+$'::text)";
        let text = format!("{one} AND ({one})\n AND b");
        for argument in [
            format!("check(long = {}, not_valid)", literal(&text)),
            format!("check = {}", literal("a b ".repeat(60).trim_end())),
            format!("check = {}", literal(&"ä".repeat(200))),
        ] {
            let lines = attribute("    ", "column", std::slice::from_ref(&argument));
            let longest = lines.lines().map(|line| line.chars().count()).max();
            assert!(argument.contains('ä') || longest <= Some(LINE), "{lines}");
            let tokens = |text: &str| {
                let attribute = format!("#[column({text})] struct A;");
                let item: syn::ItemStruct = syn::parse_str(&attribute).expect("is a struct");
                let found = syn::visit::Visit::visit_item_struct;
                let mut texts = Texts(Vec::new());
                found(&mut texts, &item);
                texts.0
            };
            let written = lines.trim().strip_prefix("#[column(").expect("begins");
            let written = written.strip_suffix(")]").expect("ends");
            assert_eq!(tokens(written), tokens(&argument));
        }
    }

    /// The values of the string literals in attributes.
    struct Texts(Vec<String>);

    impl syn::visit::Visit<'_> for Texts {
        fn visit_attribute(&mut self, attribute: &syn::Attribute) {
            let syn::Meta::List(list) = &attribute.meta else {
                return;
            };
            let mut open: Vec<proc_macro2::TokenStream> = vec![list.tokens.clone()];
            while let Some(tokens) = open.pop() {
                for token in tokens {
                    match token {
                        proc_macro2::TokenTree::Group(group) => open.push(group.stream()),
                        proc_macro2::TokenTree::Literal(literal) => {
                            let text = literal.to_string();
                            let read: syn::LitStr = syn::parse_str(&text).expect("is a text");
                            self.0.push(read.value());
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    #[test]
    fn comments_keep_to_their_line() {
        assert_eq!(not_said("view `a\nb`"), "// not said: view `a b`");
    }
}
