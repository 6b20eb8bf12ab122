//! Derives in the tokens of a macro: what the scan does not expand, it looks through.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use super::tree::ModuleId;

/// A place where a macro may make a model that the scan cannot see.
pub(crate) struct Suspect {
    /// Where its names are resolved.
    pub(crate) module: ModuleId,
    pub(crate) file: usize,
    pub(crate) kind: SuspectKind,
    /// The macro's name.
    pub(crate) name: String,
    /// What derives name in it.
    pub(crate) derives: Vec<Derived>,
    /// The words of a call, for a macro that derives what it is told.
    pub(crate) words: Vec<proc_macro2::Ident>,
}

/// What the tokens are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SuspectKind {
    /// The rules of a macro.
    Rules,
    /// What a macro is given.
    Call,
}

/// One entry of a derive in tokens.
pub(crate) enum Derived {
    /// A path.
    Path(syn::Path, Span),
    /// `$derive`, which each call says anew.
    Variable,
}

/// Macros whose tokens are text to them.
const TEXT: [&str; 2] = ["stringify", "concat"];

impl Suspect {
    /// Reads the tokens of a macro; `None` where no derive is in them.
    pub(crate) fn read(
        (module, file): (ModuleId, usize),
        kind: SuspectKind,
        name: &str,
        tokens: &TokenStream,
    ) -> Option<Self> {
        if TEXT.contains(&name) {
            return None;
        }
        let mut derives = Vec::new();
        look(tokens, &mut derives);
        let mut words = Vec::new();
        if kind == SuspectKind::Call {
            collect_words(tokens, &mut words);
        }
        (!derives.is_empty() || !words.is_empty()).then(|| Self {
            module,
            file,
            kind,
            name: name.to_owned(),
            derives,
            words,
        })
    }
}

/// Finds `#[derive(…)]` and `#[cfg_attr(…, derive(…))]`.
pub(super) fn look(tokens: &TokenStream, derives: &mut Vec<Derived>) {
    let mut is_attribute = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => is_attribute = true,
            TokenTree::Punct(punct) if punct.as_char() == '!' => {}
            TokenTree::Group(group) => {
                if is_attribute && group.delimiter() == Delimiter::Bracket {
                    look_in_attribute(&group.stream(), derives);
                } else {
                    look(&group.stream(), derives);
                }
                is_attribute = false;
            }
            TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {
                is_attribute = false;
            }
        }
    }
}

fn look_in_attribute(tokens: &TokenStream, derives: &mut Vec<Derived>) {
    let mut is_derive = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => is_derive = ident == "derive",
            TokenTree::Group(group) => {
                if is_derive {
                    derives.extend(entries(&group.stream()));
                } else {
                    look_in_attribute(&group.stream(), derives);
                }
                is_derive = false;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => is_derive = false,
        }
    }
}

fn entries(tokens: &TokenStream) -> Vec<Derived> {
    let mut entries = Vec::new();
    let mut entry: Vec<TokenTree> = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                entries.extend(derived(std::mem::take(&mut entry)));
            }
            token => entry.push(token),
        }
    }
    entries.extend(derived(entry));
    entries
}

fn derived(mut entry: Vec<TokenTree>) -> Option<Derived> {
    let first = entry.first()?;
    let span = first.span();
    let is_dollar =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '$');
    if let [dollar, TokenTree::Ident(word), ..] = entry.as_slice()
        && is_dollar(dollar)
        && word == "crate"
    {
        entry.remove(0);
    }
    if entry.iter().any(is_dollar) {
        return Some(Derived::Variable);
    }
    let path = syn::parse2(entry.into_iter().collect()).ok()?;
    Some(Derived::Path(path, span))
}

fn collect_words(tokens: &TokenStream, words: &mut Vec<proc_macro2::Ident>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => words.push(ident),
            TokenTree::Group(group) => collect_words(&group.stream(), words),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// A branch of `cfg_if!`.
pub(super) struct Branch {
    /// Its condition; `None` for the last `else`.
    pub(super) condition: Option<syn::Meta>,
    pub(super) items: Vec<syn::Item>,
}

/// The branches of `cfg_if!`; `None` where the tokens are not what it takes.
pub(super) fn branches(tokens: &TokenStream) -> Option<Vec<Branch>> {
    let mut tokens = tokens.clone().into_iter().peekable();
    let mut branches = Vec::new();
    loop {
        let mut word = tokens.next();
        if branches.is_empty() {
            word.as_ref()?;
        } else {
            match word {
                None => return Some(branches),
                Some(TokenTree::Ident(ident)) if ident == "else" => {}
                Some(_) => return None,
            }
            if let Some(TokenTree::Group(group)) = tokens.peek() {
                let items = items(&group.stream())?;
                branches.push(Branch {
                    condition: None,
                    items,
                });
                tokens.next();
                return tokens.next().is_none().then_some(branches);
            }
            word = tokens.next();
        }
        match word {
            Some(TokenTree::Ident(ident)) if ident == "if" => {}
            _ => return None,
        }
        match tokens.next() {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '#' => {}
            _ => return None,
        }
        let Some(TokenTree::Group(attribute)) = tokens.next() else {
            return None;
        };
        let syn::Meta::List(cfg) = syn::parse2(attribute.stream()).ok()? else {
            return None;
        };
        let condition = Some(cfg.parse_args().ok()?);
        let Some(TokenTree::Group(body)) = tokens.next() else {
            return None;
        };
        branches.push(Branch {
            condition,
            items: items(&body.stream())?,
        });
    }
}

fn items(tokens: &TokenStream) -> Option<Vec<syn::Item>> {
    let file: syn::File = syn::parse2(tokens.clone()).ok()?;
    Some(file.items)
}
