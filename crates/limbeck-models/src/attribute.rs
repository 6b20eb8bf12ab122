//! Attribute arguments: `key`, `key = value`, `key(…)`, and the reading of values.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Attribute, LitBool, LitInt, LitStr};

use crate::error::GrammarError;
use crate::suggest;

/// A value and the token it stands at.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// The token.
    pub span: Span,
}

impl<T> Located<T> {
    pub(crate) fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A key of the vocabulary.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// How it is written, for hints.
    pub(crate) example: &'static str,
    /// Whether it may stand more than once.
    pub(crate) repeats: bool,
}

/// A key that may stand once.
pub(crate) const fn once(name: &'static str, example: &'static str) -> Key {
    Key {
        name,
        example,
        repeats: false,
    }
}

/// A key that may stand more than once.
pub(crate) const fn often(name: &'static str, example: &'static str) -> Key {
    Key {
        name,
        example,
        repeats: true,
    }
}

/// One argument of an attribute.
#[derive(Clone)]
pub(crate) struct Argument {
    /// Its first token where that is a word.
    pub(crate) word: Option<Ident>,
    /// Where it starts.
    pub(crate) span: Span,
    /// What follows the word, or all of it where it does not start with one.
    pub(crate) value: Value,
    /// How it is written, for hints.
    pub(crate) example: &'static str,
}

/// What follows the word of an argument.
#[derive(Clone)]
pub(crate) enum Value {
    /// Nothing.
    Bare,
    /// `= tokens`.
    Equals(TokenStream),
    /// `(tokens)` and nothing else.
    List(TokenStream),
    /// Anything else.
    Tokens(TokenStream),
}

/// The arguments of the attributes called `name`, unknown and repeated keys reported and left out.
pub(crate) fn arguments_of(
    attributes: &[Attribute],
    name: &str,
    vocabulary: &'static [Key],
    errors: &mut Vec<GrammarError>,
) -> Vec<Argument> {
    let mut all = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident(name) {
            continue;
        }
        match &attribute.meta {
            syn::Meta::List(list) => all.extend(split(list.tokens.clone())),
            syn::Meta::Path(_) | syn::Meta::NameValue(_) => errors.push(GrammarError::new(
                attribute.path().span(),
                format!("`{name}` takes arguments in parentheses"),
                format!("write `#[{name}({})]`", vocabulary[0].example),
            )),
        }
    }
    known(all, &format!("#[{name}]"), vocabulary, errors)
}

/// The arguments whose key is in the vocabulary; the others are reported.
pub(crate) fn known(
    arguments: Vec<Argument>,
    owner: &str,
    vocabulary: &'static [Key],
    errors: &mut Vec<GrammarError>,
) -> Vec<Argument> {
    let mut seen: BTreeMap<&'static str, Span> = BTreeMap::new();
    let mut kept = Vec::new();
    for mut argument in arguments {
        let name = argument.key();
        let Some(key) = vocabulary.iter().find(|key| key.name == name) else {
            errors.push(unknown_key(&argument, owner, vocabulary));
            continue;
        };
        if !key.repeats && seen.insert(key.name, argument.span).is_some() {
            errors.push(GrammarError::new(
                argument.span,
                format!("`{name}` is said twice"),
                "keep one of the two",
            ));
            continue;
        }
        argument.example = key.example;
        kept.push(argument);
    }
    kept
}

fn unknown_key(argument: &Argument, owner: &str, vocabulary: &'static [Key]) -> GrammarError {
    let name = argument.key();
    let keys = vocabulary.iter().map(|key| key.name);
    let message = match argument.word {
        Some(_) => format!("unknown key `{name}` in `{owner}`"),
        None => format!("`{owner}` holds something that is not a key"),
    };
    GrammarError::new(argument.span, message, suggest::hint(&name, keys))
}

/// Splits tokens at the commas outside groups.
pub(crate) fn split(tokens: TokenStream) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut part: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                arguments.extend(argument(std::mem::take(&mut part)));
            }
            token => part.push(token),
        }
    }
    arguments.extend(argument(part));
    arguments
}

fn argument(tokens: Vec<TokenTree>) -> Option<Argument> {
    let mut tokens = tokens.into_iter().peekable();
    let first = tokens.next()?;
    let span = first.span();
    let TokenTree::Ident(word) = first else {
        let all = std::iter::once(first).chain(tokens).collect();
        return Some(Argument {
            word: None,
            span,
            value: Value::Tokens(all),
            example: "",
        });
    };
    let rest: Vec<TokenTree> = tokens.collect();
    let value = match rest.as_slice() {
        [] => Value::Bare,
        [TokenTree::Punct(punct), value @ ..] if punct.as_char() == '=' => {
            Value::Equals(value.iter().cloned().collect())
        }
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            Value::List(group.stream())
        }
        rest => Value::Tokens(rest.iter().cloned().collect()),
    };
    Some(Argument {
        word: Some(word),
        span,
        value,
        example: "",
    })
}

impl Argument {
    /// The key without `r#`, or nothing where the argument does not start with a word.
    pub(crate) fn key(&self) -> String {
        self.word
            .as_ref()
            .map(|word| word.unraw().to_string())
            .unwrap_or_default()
    }

    /// An error that shows how the argument is written.
    pub(crate) fn misused(&self, takes: &str) -> GrammarError {
        let hint = if self.example.is_empty() {
            takes.to_owned()
        } else {
            format!("write `{}`", self.example)
        };
        GrammarError::new(
            self.value_span(),
            format!("`{}` takes {takes}", self.key()),
            hint,
        )
    }

    /// Where the value stands, or the key where there is none.
    pub(crate) fn value_span(&self) -> Span {
        match &self.value {
            Value::Equals(tokens) | Value::List(tokens) | Value::Tokens(tokens)
                if !tokens.is_empty() =>
            {
                first_span(tokens, self.span)
            }
            _ => self.span,
        }
    }

    /// `key = "text"`, not empty.
    pub(crate) fn text(&self) -> Result<Located<String>, GrammarError> {
        let Value::Equals(tokens) = &self.value else {
            return Err(self.misused("a string"));
        };
        let literal: LitStr = syn::parse2(tokens.clone()).map_err(|_| self.misused("a string"))?;
        let value = literal.value();
        if value.trim().is_empty() {
            return Err(self.misused("a string that is not empty"));
        }
        Ok(Located::new(value, literal.span()))
    }

    /// `key = 12`.
    pub(crate) fn number<N>(&self) -> Result<Located<N>, GrammarError>
    where
        N: std::str::FromStr,
        N::Err: std::fmt::Display,
    {
        let Value::Equals(tokens) = &self.value else {
            return Err(self.misused("a number"));
        };
        let (negative, digits) = integer(tokens.clone()).ok_or_else(|| self.misused("a number"))?;
        let text = format!(
            "{}{}",
            if negative { "-" } else { "" },
            digits.base10_digits()
        );
        let value = text
            .parse()
            .map_err(|_| self.misused("a number within its range"))?;
        Ok(Located::new(value, digits.span()))
    }

    /// `key`, or `key = true` or `false`.
    pub(crate) fn flag(&self) -> Result<Located<bool>, GrammarError> {
        match &self.value {
            Value::Bare => Ok(Located::new(true, self.span)),
            Value::Equals(tokens) => {
                let literal: LitBool = syn::parse2(tokens.clone())
                    .map_err(|_| self.misused("nothing, `true` or `false`"))?;
                Ok(Located::new(literal.value, literal.span()))
            }
            Value::List(_) | Value::Tokens(_) => Err(self.misused("nothing, `true` or `false`")),
        }
    }

    /// `key` or `key = "name"`.
    pub(crate) fn optional_text(&self) -> Result<Located<Option<String>>, GrammarError> {
        match self.value {
            Value::Bare => Ok(Located::new(None, self.span)),
            _ => self
                .text()
                .map(|text| Located::new(Some(text.value), text.span)),
        }
    }

    /// `key = word`.
    pub(crate) fn choice(&self) -> Result<Ident, GrammarError> {
        match &self.value {
            Value::Equals(tokens) => Ident::parse_any
                .parse2(tokens.clone())
                .map_err(|_| self.misused("a word")),
            _ => Err(self.misused("a word")),
        }
    }

    /// `key(a, b)`: plain words.
    pub(crate) fn words(&self) -> Result<Vec<Ident>, GrammarError> {
        let Value::List(tokens) = &self.value else {
            return Err(self.misused("fields in parentheses"));
        };
        let mut words = Vec::new();
        for argument in split(tokens.clone()) {
            match (&argument.word, &argument.value) {
                (Some(word), Value::Bare) => words.push(word.clone()),
                _ => {
                    return Err(GrammarError::new(
                        argument.span,
                        format!("`{}` takes names of fields", self.key()),
                        format!("write `{}`", self.example),
                    ));
                }
            }
        }
        if words.is_empty() {
            return Err(self.misused("at least one field"));
        }
        Ok(words)
    }

    /// The arguments in `key(…)`.
    pub(crate) fn list(&self) -> Result<Vec<Argument>, GrammarError> {
        let Value::List(tokens) = &self.value else {
            return Err(self.misused("arguments in parentheses"));
        };
        let arguments = split(tokens.clone());
        if arguments.is_empty() {
            return Err(self.misused("at least one argument"));
        }
        Ok(arguments)
    }
}

/// `result`, its error reported.
pub(crate) fn reported<T>(
    result: Result<T, GrammarError>,
    errors: &mut Vec<GrammarError>,
) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

/// Where the tokens start.
pub(crate) fn first_span(tokens: &TokenStream, otherwise: Span) -> Span {
    tokens
        .clone()
        .into_iter()
        .next()
        .map_or(otherwise, |token| token.span())
}

fn integer(tokens: TokenStream) -> Option<(bool, LitInt)> {
    let parser = |input: syn::parse::ParseStream<'_>| {
        let negative = input.parse::<Option<syn::Token![-]>>()?.is_some();
        Ok((negative, input.parse::<LitInt>()?))
    };
    parser.parse2(tokens).ok()
}
