//! Blanks what cannot hold a model, so that a large crate is parsed in a moment.
//!
//! Bodies of functions, implementations, traits and macros make up most of a crate and declare no
//! table. They are replaced by white space, line by line and column by column, before the parser
//! sees the file, unless a word in them says that they may: `derive`, or `include`. This lexer knows
//! just enough to find where a body ends; whatever it does not recognise makes it give up, and the
//! whole file is parsed instead.

/// The text with bodies blanked; `None` where an item is not recognised.
pub(crate) fn skim(text: &str) -> Option<String> {
    let mut skimmer = Skimmer::new(text);
    skimmer.items()?;
    Some(skimmer.rest_blanked(text))
}

/// Words that a body with a model has: one that derives, includes, or calls what does.
const KEPT: [&[u8]; 3] = [b"derive", b"include", b"cfg_if"];
/// Words that the call of a macro has that is told what to derive.
const KEPT_IN_CALLS: [&[u8]; 2] = [b"Table", b"Enum"];

/// Macros of Diesel that say tables.
const KEPT_MACROS: [&[u8]; 2] = [b"joinable", b"table"];

/// Words in the head of an implementation that says what an entity of SeaORM is.
const KEPT_HEADS: [&[u8]; 4] = [
    b"ColumnTrait",
    b"EntityName",
    b"PrimaryKeyTrait",
    b"RelationTrait",
];

/// A lexer for what items are made of.
pub(super) struct Skimmer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Ranges to blank, in order.
    blanked: Vec<(usize, usize)>,
    /// Whether a word of [`KEPT`] was seen since this was last reset.
    is_kept: bool,
    /// The same of [`KEPT_IN_CALLS`].
    is_kept_in_call: bool,
    /// The same of [`KEPT_HEADS`].
    is_kept_by_head: bool,
}

/// Where an item ends.
enum End {
    /// After its first braces, or at a semicolon before them.
    Body,
    /// At a semicolon.
    Semicolon,
}

impl<'a> Skimmer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            blanked: Vec::new(),
            is_kept: false,
            is_kept_in_call: false,
            is_kept_by_head: false,
        }
    }

    /// Where it stands.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Passes a byte.
    pub(super) fn step(&mut self) {
        self.at += 1;
    }

    /// Whether the expression goes on behind a block.
    pub(super) fn goes_on(&mut self) -> Option<bool> {
        self.space()?;
        Some(matches!(self.peek(), Some(b'.' | b'?')) || self.follows(b"else"))
    }

    fn items(&mut self) -> Option<()> {
        let mut open_modules = 0_usize;
        loop {
            self.space()?;
            let Some(byte) = self.peek() else {
                return (open_modules == 0).then_some(());
            };
            match byte {
                b'}' => {
                    open_modules = open_modules.checked_sub(1)?;
                    self.at += 1;
                }
                b';' => self.at += 1,
                b'#' => self.attribute()?,
                _ => {
                    if self.item()? {
                        open_modules += 1;
                    }
                }
            }
        }
    }

    /// Passes one item; true where it opened a module.
    fn item(&mut self) -> Option<bool> {
        loop {
            let start = self.at;
            let word = self.word()?;
            self.space()?;
            match word {
                b"pub" => {
                    if self.peek() == Some(b'(') {
                        self.group()?;
                    }
                }
                b"unsafe" | b"async" | b"safe" => {}
                b"const" => {
                    if !self.function_follows() {
                        return self.until(&End::Semicolon, true);
                    }
                }
                b"extern" => match self.peek()? {
                    b'"' => self.string()?,
                    b'{' => return self.until(&End::Body, true),
                    _ if self.follows(b"crate") => return self.until(&End::Semicolon, false),
                    _ => {}
                },
                b"mod" => {
                    self.word()?;
                    self.space()?;
                    let byte = self.peek()?;
                    self.at += 1;
                    return match byte {
                        b'{' => Some(true),
                        b';' => Some(false),
                        _ => None,
                    };
                }
                b"struct" | b"enum" => return self.until(&End::Body, false),
                b"use" | b"type" => return self.until(&End::Semicolon, false),
                b"static" => return self.until(&End::Semicolon, true),
                b"fn" | b"impl" | b"trait" => return self.until(&End::Body, true),
                _ => {
                    self.at = start;
                    return self.macro_call();
                }
            }
            self.space()?;
            // `unsafe extern { … }`.
            if self.peek() == Some(b'{') {
                return self.until(&End::Body, true);
            }
        }
    }

    /// `path::name! { … }`, `macro_rules! name { … }`.
    fn macro_call(&mut self) -> Option<bool> {
        self.is_kept = false;
        self.is_kept_in_call = false;
        let mut name;
        loop {
            name = self.word()?;
            self.space()?;
            match self.peek()? {
                b'!' => break,
                b':' if self.bytes.get(self.at + 1) == Some(&b':') => {
                    self.at += 2;
                    self.space()?;
                }
                _ => return None,
            }
        }
        self.at += 1;
        self.space()?;
        if !matches!(self.peek()?, b'{' | b'(' | b'[') {
            self.word()?;
            self.space()?;
        }
        let braces = self.peek()? == b'{';
        let start = self.at;
        self.group()?;
        let is_kept = self.is_kept || self.is_kept_in_call || KEPT_MACROS.contains(&name);
        if !is_kept {
            self.blanked.push((start + 1, self.at - 1));
        }
        if !braces {
            self.space()?;
            if self.peek() == Some(b';') {
                self.at += 1;
            }
        }
        Some(false)
    }

    /// Passes the rest of an item.
    fn until(&mut self, end: &End, blank: bool) -> Option<bool> {
        self.is_kept_by_head = false;
        loop {
            self.space()?;
            match self.peek()? {
                b';' => {
                    self.at += 1;
                    return Some(false);
                }
                b'{' => {
                    let start = self.at;
                    let is_kept_by_head = self.is_kept_by_head;
                    self.is_kept = false;
                    self.group()?;
                    if blank && !self.is_kept && !is_kept_by_head {
                        self.blanked.push((start + 1, self.at - 1));
                    }
                    if matches!(end, End::Body) {
                        return Some(false);
                    }
                }
                b'(' | b'[' => self.group()?,
                b'}' | b')' | b']' => return None,
                _ => self.token()?,
            }
        }
    }

    fn attribute(&mut self) -> Option<()> {
        self.at += 1;
        self.space()?;
        if self.peek()? == b'!' {
            self.at += 1;
            self.space()?;
        }
        (self.peek()? == b'[').then(|| self.group())?
    }

    /// Passes balanced brackets.
    fn group(&mut self) -> Option<()> {
        let mut closing = Vec::new();
        loop {
            self.space()?;
            match self.peek()? {
                b'{' => closing.push(b'}'),
                b'(' => closing.push(b')'),
                b'[' => closing.push(b']'),
                byte @ (b'}' | b')' | b']') => {
                    if closing.pop()? != byte {
                        return None;
                    }
                    if closing.is_empty() {
                        self.at += 1;
                        return Some(());
                    }
                }
                _ => {
                    self.token()?;
                    continue;
                }
            }
            self.at += 1;
        }
    }

    /// Passes a token that is not a bracket.
    pub(super) fn token(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(),
            b'\'' => self.quote(),
            byte if is_word(byte) => {
                let word = self.word()?;
                let prefix = matches!(word, b"r" | b"b" | b"br" | b"c" | b"cr");
                match self.peek() {
                    Some(b'"') if matches!(word, b"b" | b"c") => self.string(),
                    Some(b'"' | b'#') if prefix && word != b"b" && word != b"c" => self.raw(),
                    Some(b'\'') if word == b"b" => self.quote(),
                    _ => Some(()),
                }
            }
            _ => {
                self.at += 1;
                Some(())
            }
        }
    }

    /// Passes `r"…"`, `r#"…"#`; a raw identifier `r#type` is left to the next token.
    fn raw(&mut self) -> Option<()> {
        let hashes = self.bytes[self.at..]
            .iter()
            .take_while(|byte| **byte == b'#')
            .count();
        if self.bytes.get(self.at + hashes) != Some(&b'"') {
            self.at += hashes;
            return Some(());
        }
        self.at += hashes + 1;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            if byte == b'"' {
                let rest = &self.bytes[self.at..];
                if rest.len() >= hashes && rest[..hashes].iter().all(|byte| *byte == b'#') {
                    self.at += hashes;
                    return Some(());
                }
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// Passes a character or a lifetime.
    fn quote(&mut self) -> Option<()> {
        self.at += 1;
        if self.peek()? == b'\\' {
            self.at += 2;
            while self.peek()? != b'\'' {
                self.at += 1;
            }
            self.at += 1;
            return Some(());
        }
        let mut end = self.at + 1;
        while self.bytes.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
            end += 1;
        }
        self.at = if self.bytes.get(end) == Some(&b'\'') {
            end + 1
        } else {
            self.at
        };
        Some(())
    }

    /// Passes white space and comments.
    pub(super) fn space(&mut self) -> Option<()> {
        loop {
            match (self.peek(), self.bytes.get(self.at + 1)) {
                (Some(byte), _) if byte.is_ascii_whitespace() => self.at += 1,
                (Some(b'/'), Some(b'/')) => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                (Some(b'/'), Some(b'*')) => self.block_comment()?,
                _ => return Some(()),
            }
        }
    }

    fn block_comment(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match (self.peek()?, self.bytes.get(self.at + 1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Some(());
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn word(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        // `r#type`
        if &self.bytes[start..self.at] == b"r"
            && self.peek() == Some(b'#')
            && self.bytes.get(self.at + 1).copied().is_some_and(is_word)
        {
            self.at += 1;
            return self.word();
        }
        let word = (self.at > start).then(|| &self.bytes[start..self.at])?;
        self.is_kept |= KEPT.contains(&word);
        self.is_kept_in_call |= KEPT_IN_CALLS.contains(&word);
        self.is_kept_by_head |= KEPT_HEADS.contains(&word);
        Some(word)
    }

    /// Whether `const` is a modifier here.
    fn function_follows(&self) -> bool {
        [&b"fn"[..], b"unsafe", b"async", b"extern"]
            .iter()
            .any(|word| self.follows(word))
    }

    fn follows(&self, word: &[u8]) -> bool {
        let rest = &self.bytes[self.at..];
        rest.starts_with(word) && !rest.get(word.len()).copied().is_some_and(is_word)
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest_blanked(&self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut kept = 0;
        for (start, end) in &self.blanked {
            result.push_str(&text[kept..*start]);
            // Lines are kept; the column of what follows a body on its line is nobody's concern.
            result.extend(
                self.bytes[*start..*end]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .map(|_| '\n'),
            );
            kept = *end;
        }
        result.push_str(&text[kept..]);
        result
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_go_and_lines_stay() {
        let text = r####"//! Doc { comment
#![allow(x)]
use a::{b, c};
pub(crate) const X: &[u8] = &[b'{', b'"', b'\''];
/* { /* nested */ */
#[derive(Debug)]
pub struct A<'a> { x: &'a str }
impl<'a> A<'a> { fn f(&self) -> char { '}' } }
fn g() -> String { r#"}"}"#.to_owned() + "\"}" }
macro_rules! m { () => { struct Hidden { } }; }
lazy::m! { struct Hidden; }
mod inner {
    pub const fn h<const N: usize>() { loop { break 'a; } }
    pub enum E { A, B }
    type T = Vec<u8>;
    extern "C" { fn f(); }
    unsafe extern "C" fn k() { }
    static S: [u8; 2] = { let x = 1; [x, 2] };
}
struct U;
struct V(u8);
async fn last(r#type: u8) { let s = "é"; }
"####;
        let skimmed = skim(text).expect("every item is known");
        assert_eq!(skimmed.lines().count(), text.lines().count());
        assert!(!skimmed.contains("Hidden") && !skimmed.contains("to_owned"));
        let whole = syn::parse_file(&skimmed).expect("what is left is Rust");
        assert_eq!(whole.items.len(), 11);
    }

    #[test]
    fn a_body_that_may_hold_a_model_stays() {
        for text in [
            "fn f() { #[derive(Table)] struct Held; }",
            "impl A { fn f() { #[cfg_attr(x, derive(Table))] struct Held; } }",
            "const _: () = { #[derive(Table)] struct Held; };",
            "macro_rules! m { () => { #[derive(Table)] struct Held; } }",
            "m!(Table, Held);",
            "diesel::table! { held (id) { id -> Held, } }",
            "joinable!(a -> Held (b));",
            "cfg_if::cfg_if! { if #[cfg(x)] { mod held; use Held; } }",
            "fn f() { include!(\"Held.rs\"); }",
        ] {
            assert!(skim(text).expect("is known").contains("Held"), "{text}");
        }
        for text in [
            "fn f() { \"derive\"; /* derive */ 'd'; Table::gone() }",
            "m! { struct gone; }",
            "m!(Table, A); n!(gone);",
            "fn f() { table! { gone } }",
        ] {
            assert!(!skim(text).expect("is known").contains("gone"), "{text}");
        }
    }

    #[test]
    fn a_broken_body_does_no_harm_and_a_broken_file_gives_up() {
        assert!(skim("fn f() { let x = ; } struct A { x: i32 }").is_some());
        assert!(skim("fn f() { struct A { x: i32 }").is_none());
        assert!(skim("what is this").is_none());
    }
}
