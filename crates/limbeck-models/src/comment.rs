//! Comments in the database: `comment = "…"`, or `comment` alone for the doc comment of the item.

use syn::Attribute;

use crate::attribute::{Argument, reported};
use crate::error::GrammarError;

/// What `comment` says of an item with these attributes.
pub(crate) fn comment(
    argument: &Argument,
    attributes: &[Attribute],
    errors: &mut Vec<GrammarError>,
) -> Option<String> {
    let said = reported(argument.optional_text(), errors)?;
    if let Some(text) = said.value {
        return Some(text);
    }
    let text = doc_comment(attributes);
    if text.is_empty() {
        errors.push(GrammarError::new(
            argument.span,
            "`comment` alone is the doc comment, and there is none",
            "write `/// …` above, or `comment = \"…\"`",
        ));
        return None;
    }
    Some(text)
}

/// The doc comment, its lines without the space that they begin with, and without empty lines around it.
fn doc_comment(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let syn::Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        let syn::Expr::Lit(literal) = &pair.value else {
            return None;
        };
        match &literal.lit {
            syn::Lit::Str(text) if pair.path.is_ident("doc") => Some(text.value()),
            _ => None,
        }
    });
    let lines: Vec<String> = lines
        .map(|line| match line.strip_prefix(' ') {
            Some(rest) => rest.to_owned(),
            None => line,
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

/// The lines of a doc comment that is this text; `None` for a text that one would not give back as it is.
#[cfg(feature = "scan")]
pub(crate) fn doc_lines(text: &str) -> Option<Vec<String>> {
    // Letters that turn the direction of text around are refused in comments.
    let turns = |letter: char| matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    let is_plain = |line: &str| {
        line == line.trim()
            && !line
                .chars()
                .any(|letter| letter.is_control() || turns(letter))
    };
    let is_whole = !text.is_empty() && text == text.trim() && text.split('\n').all(is_plain);
    is_whole.then(|| {
        let lines = text.split('\n');
        lines
            .map(|line| format!("/// {line}").trim_end().to_owned())
            .collect()
    })
}

#[cfg(all(test, feature = "scan"))]
mod tests {
    use super::*;

    #[test]
    fn a_doc_comment_gives_its_text_back() {
        for text in [
            "a",
            "two\nlines",
            "a\n\nparagraph",
            "/ slash",
            "it's \"so\" \\ <b>",
        ] {
            let lines = doc_lines(text).expect("is plain");
            let source = format!("{}\nstruct A;", lines.join("\n"));
            let item: syn::ItemStruct = syn::parse_str(&source).expect("is a struct");
            assert_eq!(doc_comment(&item.attrs), text);
        }
        for text in ["", " a", "a ", "a\n b", "a\tb", "a\r\nb", "\u{202E}a"] {
            assert_eq!(doc_lines(text), None, "{text:?}");
        }
        let source = "/** in\n a block */ struct A;";
        let item: syn::ItemStruct = syn::parse_str(source).expect("is a struct");
        assert_eq!(doc_comment(&item.attrs), "in\n a block");
    }
}
