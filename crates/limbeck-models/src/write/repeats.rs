//! Attributes in which Clippy finds a word twice, where two indexes have the same column.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Lit, Token, parenthesized, token};

/// What keeps Clippy from taking `index(a, b), index(a, c)` for a mistake.
pub(super) const ALLOW: &str =
    "#[allow(clippy::duplicated_attributes, reason = \"indexes may share a column\")]\n";

/// Whether Clippy finds that something stands twice: it looks at attributes that are made of words, literals and lists
/// of them alone.
pub(super) fn repeats(arguments: &[String]) -> bool {
    let tokens: Option<TokenStream> = arguments.join(", ").parse().ok();
    let mut found = Vec::new();
    let is_plain = tokens.is_some_and(|tokens| leaves(tokens, "", &mut found).is_some());
    let different: BTreeSet<&String> = found.iter().collect();
    is_plain && different.len() < found.len()
}

/// Adds the words of a list and those of the lists in it, each with the words around it; `None` for a list that holds
/// more than words and literals.
fn leaves(tokens: TokenStream, around: &str, found: &mut Vec<String>) -> Option<()> {
    let parser = Punctuated::<Leaf, Token![,]>::parse_terminated;
    for leaf in parser.parse2(tokens).ok()? {
        match leaf {
            Leaf::Literal => {}
            Leaf::Word(word) => found.push(format!("{around}:{word}")),
            Leaf::Value(word, value) => {
                found.push(format!("{around}:{word}={}", quote::quote!(#value)));
            }
            Leaf::List(word, tokens) => leaves(tokens, &format!("{around}:{word}"), found)?,
        }
    }
    Some(())
}

enum Leaf {
    Literal,
    Word(Ident),
    Value(Ident, Lit),
    List(Ident, TokenStream),
}

impl Parse for Leaf {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Lit) {
            return input.parse::<Lit>().map(|_| Self::Literal);
        }
        // Keywords are words here.
        let word = Ident::parse_any(input)?;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Self::Value(word, input.parse()?));
        }
        if input.peek(token::Paren) {
            let tokens;
            parenthesized!(tokens in input);
            return Ok(Self::List(word, tokens.parse()?));
        }
        Ok(Self::Word(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_two_indexes_stands_twice() {
        for (arguments, expected) in [
            (&["index(a, b)", "index(a, c)"][..], true),
            (
                &[
                    "index(name = \"x\", columns(a))",
                    "index(name = \"y\", columns(a, b))",
                ],
                true,
            ),
            (
                &[
                    "index(name = \"x\", columns(a), where = \"b\")",
                    "index(name = \"y\", columns(a))",
                ],
                true,
            ),
            (&["index(a, unique)", "index(b, unique)"], true),
            (&["index(a, b)", "unique(a, c)"], false),
            (&["index(a)", "index(b)"], false),
            (&["index(a desc, b)", "index(a, c)"], false),
            (
                &[
                    "index(a)",
                    "index(a)",
                    "foreign_key(columns(a), references = User)",
                ],
                false,
            ),
            (&["check(\"a > 0\")", "check(\"a > 0\")"], false),
            (&[], false),
        ] {
            let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(repeats(&arguments), expected, "{arguments:?}");
        }
    }
}
