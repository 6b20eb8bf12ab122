//! Literals, attributes and comments.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::{TokenKind, lex};

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
    let words = words(text);
    let joints = joints(&words);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (place, word) in words.into_iter().enumerate() {
        let is_long = line.chars().count() + word.text.chars().count() > width;
        if (is_long || joints.contains(&place)) && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(word.text);
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

/// A word of a text, with the blanks behind it: no line begins with one.
#[derive(Debug)]
struct Word<'a> {
    text: &'a str,
    /// How many parentheses it stands in.
    depth: usize,
}

/// The words of a text. In SQL a literal, a quoted name or a comment is in one word, whatever it holds.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = 0;
    let (mut depth, mut outside) = (0_usize, 0);
    let mut end = |end: usize, inside: usize| {
        if end > start {
            let text = &text[start..end];
            words.push(Word {
                text,
                depth: outside,
            });
        }
        (start, outside) = (end, inside);
    };
    if let Ok(tokens) = lex(text, Dialect::Postgres) {
        for token in tokens {
            match (token.kind, token.text(text)) {
                (TokenKind::Whitespace, _) => end(token.range.end, depth),
                (TokenKind::Punctuation, "(") => depth += 1,
                (TokenKind::Punctuation, ")") => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    } else {
        // Prose, with an apostrophe in it.
        for ((at, letter), next) in text.char_indices().zip(text.chars().skip(1)) {
            if letter.is_whitespace() && !next.is_whitespace() {
                end(at + letter.len_utf8(), 0);
            }
        }
    }
    end(text.len(), 0);
    words
}

/// The words with which a condition goes on: `AND` and `OR` in the fewest parentheses that any of them stands in.
fn joints(words: &[Word<'_>]) -> Vec<usize> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    // The `AND` of a `BETWEEN` joins two numbers.
    let mut between: Vec<usize> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        match word.text.trim_end().to_ascii_uppercase().as_str() {
            "BETWEEN" => between.push(word.depth),
            "AND" if between.last() == Some(&word.depth) => drop(between.pop()),
            "AND" | "OR" => found.push((word.depth, place)),
            _ => {}
        }
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

    #[test]
    fn lines_end_where_sql_may() {
        let filling = "length(a_rather_long_name) > 0 ";
        let text = format!(
            "{filling}AND b BETWEEN 1 AND 10 and c <> 'one AND two, (three' OR \"my  AND\" not between (1) AND 2"
        );
        let words = words(&text);
        let texts = |words: &[Word<'_>]| -> Vec<String> {
            words.iter().map(|word| word.text.to_owned()).collect()
        };
        assert_eq!(texts(&words).concat(), text);
        assert!(
            texts(&words).contains(&"'one AND two, (three' ".to_owned()),
            "{words:?}"
        );
        let joints: Vec<&str> = joints(&words)
            .into_iter()
            .map(|at| words[at].text)
            .collect();
        assert_eq!(joints, ["AND ", "and ", "OR "]);
        assert_eq!(
            texts(&super::words("it's a  text")),
            ["it's ", "a  ", "text"]
        );
        assert!(super::words("").is_empty());
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
