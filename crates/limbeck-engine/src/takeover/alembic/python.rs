//! What a Python module says at its top without being run: its docstring, and variables whose values are literals.

use std::collections::BTreeMap;

/// A module, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) docstring: String,
    /// What is assigned to names at the top of the module, the last time that it is.
    pub(super) variables: BTreeMap<String, Variable>,
}

/// A value and the line of its assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) line: u32,
    pub(super) value: Value,
}

/// What a variable holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Text(String),
    /// The texts of a tuple, a list or a set.
    Several(Vec<String>),
    /// What only Python knows.
    Computed,
}

/// Something is opened on this line and never closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unclosed(pub(super) u32);

/// Reads a module.
pub(super) fn read(text: &str) -> Result<Module, Unclosed> {
    let mut module = Module::default();
    // The headers of the blocks around a line, with what is local to a function or a class told apart.
    let mut blocks: Vec<(usize, Scope)> = Vec::new();
    for (index, line) in lines(text)?.iter().enumerate() {
        let tokens = line.tokens.as_slice();
        if let (0, Some(text)) = (index, text_of(tokens)) {
            module.docstring = text;
            continue;
        }
        blocks.retain(|(indent, _)| *indent < line.indent);
        let scope = match tokens.first() {
            Some(Token::Name(word)) if ["def", "class", "async"].contains(&word.as_str()) => {
                Scope::Local
            }
            _ => Scope::Module,
        };
        let is_local = scope == Scope::Local || blocks.iter().any(|(_, of)| *of == Scope::Local);
        if tokens.last() == Some(&Token::Sign(":")) {
            blocks.push((line.indent, scope));
        }
        if is_local {
            continue;
        }
        let is_sure = line.indent == 0;
        for (name, value) in assigned(tokens) {
            let value = if is_sure { value } else { Value::Computed };
            let line = line.number;
            module.variables.insert(name, Variable { line, value });
        }
    }
    Ok(module)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Module,
    Local,
}

/// The names that a statement gives values, at least those of interest.
fn assigned(tokens: &[Token]) -> Vec<(String, Value)> {
    if let [Token::Name(word), ..] = tokens
        && ["import", "from"].contains(&word.as_str())
    {
        return computed(&tokens[1..]);
    }
    let mut depth = 0_u32;
    let end = tokens.iter().position(|token| {
        match token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            Token::Sign("=" | "+=") => return depth == 0,
            _ => {}
        }
        false
    });
    let Some(end) = end else { return Vec::new() };
    let (target, value) = (&tokens[..end], &tokens[end + 1..]);
    match target {
        [Token::Name(name)] | [Token::Name(name), Token::Sign(":"), ..]
            if tokens[end] == Token::Sign("=") && !is_keyword(name) =>
        {
            if value.contains(&Token::Sign("=")) {
                return computed(tokens);
            }
            vec![(name.clone(), read_value(value))]
        }
        _ => computed(target),
    }
}

fn is_keyword(name: &str) -> bool {
    ["else", "try", "finally"].contains(&name)
}

fn computed(tokens: &[Token]) -> Vec<(String, Value)> {
    let names = tokens.iter().filter_map(|token| match token {
        Token::Name(name) => Some((name.clone(), Value::Computed)),
        Token::Text(_) | Token::Sign(_) | Token::Other => None,
    });
    names.collect()
}

fn read_value(tokens: &[Token]) -> Value {
    if let Some(text) = text_of(tokens) {
        return Value::Text(text);
    }
    match tokens {
        [Token::Name(name)] if name == "None" => Value::None,
        [
            Token::Sign(open @ ("(" | "[" | "{")),
            inner @ ..,
            Token::Sign(")" | "]" | "}"),
        ] => {
            let has_comma = inner.contains(&Token::Sign(","));
            match (*open, has_comma, text_of(inner)) {
                // Parentheses around one text make no tuple of it, and empty braces no set.
                ("(", false, Some(text)) => Value::Text(text),
                ("{", _, _) if inner.is_empty() => Value::Computed,
                (_, _, _) => several(inner),
            }
        }
        _ if tokens.contains(&Token::Sign(",")) => several(tokens),
        _ => Value::Computed,
    }
}

fn several(tokens: &[Token]) -> Value {
    let tokens = match tokens {
        [inner @ .., Token::Sign(",")] => inner,
        all => all,
    };
    if tokens.is_empty() {
        return Value::Several(Vec::new());
    }
    let items = tokens.split(|token| *token == Token::Sign(","));
    let texts: Option<Vec<String>> = items.map(text_of).collect();
    texts.map_or(Value::Computed, Value::Several)
}

/// Texts that stand beside each other are one.
fn text_of(tokens: &[Token]) -> Option<String> {
    let mut all = String::new();
    for token in tokens {
        let Token::Text(text) = token else {
            return None;
        };
        all.push_str(text);
    }
    (!tokens.is_empty()).then_some(all)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    /// A literal of text, as it is meant.
    Text(String),
    /// One of those that matter here.
    Sign(&'static str),
    Other,
}

/// A statement, with the column that it begins at.
struct Line {
    number: u32,
    indent: usize,
    tokens: Vec<Token>,
}

/// The signs that matter, longer ones first. Those with `=` in them keep it from being taken for an assignment.
const SIGNS: [&str; 15] = [
    "==", "!=", "<=", ">=", ":=", "+=", "=", ":", ",", "(", ")", "[", "]", "{", "}",
];

fn lines(text: &str) -> Result<Vec<Line>, Unclosed> {
    let mut reader = Reader {
        text,
        at: 0,
        number: 1,
    };
    let mut lines: Vec<Line> = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    let mut is_new = true;
    let mut indent = 0;
    while let Some(char) = reader.peek() {
        if is_new {
            indent = reader.indent();
            is_new = false;
            continue;
        }
        match char {
            '\n' => {
                reader.bump();
                if open.is_empty() {
                    is_new = true;
                    lines.push(reader.line(indent));
                }
            }
            ';' if open.is_empty() => {
                reader.bump();
                lines.push(reader.line(indent));
            }
            '#' => reader.skip_while(|char| char != '\n'),
            '\\' => {
                reader.bump();
                reader.bump();
            }
            char if char.is_whitespace() => drop(reader.bump()),
            _ => {
                let number = reader.number;
                let token = reader.token()?;
                match token {
                    Token::Sign("(" | "[" | "{") => open.push(number),
                    Token::Sign(")" | "]" | "}") => drop(open.pop()),
                    _ => {}
                }
                if lines.is_empty() {
                    lines.push(reader.line(indent));
                }
                if let Some(line) = lines.last_mut() {
                    if line.tokens.is_empty() {
                        line.number = number;
                        line.indent = indent;
                    }
                    line.tokens.push(token);
                }
            }
        }
    }
    match open.first() {
        Some(line) => Err(Unclosed(*line)),
        None => {
            lines.retain(|line| !line.tokens.is_empty());
            Ok(lines)
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    number: u32,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        if char == '\n' {
            self.number += 1;
        }
        Some(char)
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&is_skipped) {
            self.bump();
        }
    }

    fn line(&self, indent: usize) -> Line {
        Line {
            number: self.number,
            indent,
            tokens: Vec::new(),
        }
    }

    fn indent(&mut self) -> usize {
        let mut column = 0;
        while let Some(char @ (' ' | '\t' | '\u{c}')) = self.peek() {
            column = match char {
                '\t' => (column / 8 + 1) * 8,
                ' ' => column + 1,
                _ => 0,
            };
            self.bump();
        }
        column
    }

    fn token(&mut self) -> Result<Token, Unclosed> {
        let rest = self.rest();
        let word: String = rest
            .chars()
            .take_while(|char| char.is_alphanumeric() || *char == '_')
            .collect();
        let quote = rest[word.len()..].chars().next();
        if let (Some(quote @ ('\'' | '"')), true) = (quote, word.len() <= 2) {
            let prefix = word.to_ascii_lowercase();
            if prefix.chars().all(|char| "rbuft".contains(char)) {
                self.at += word.len();
                return self.literal(&prefix, quote);
            }
        }
        if !word.is_empty() {
            self.at += word.len();
            let is_name = !word.starts_with(|char: char| char.is_numeric());
            return Ok(if is_name {
                Token::Name(word)
            } else {
                Token::Other
            });
        }
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        self.bump();
        Ok(Token::Other)
    }

    fn literal(&mut self, prefix: &str, quote: char) -> Result<Token, Unclosed> {
        let start = self.number;
        let triple = quote.to_string().repeat(3);
        let end = if self.rest().starts_with(&triple) {
            triple
        } else {
            quote.to_string()
        };
        self.at += end.len();
        let mut text = String::new();
        loop {
            if self.rest().starts_with(&end) {
                self.at += end.len();
                break;
            }
            match self.bump() {
                None => return Err(Unclosed(start)),
                Some('\n') if end.len() == 1 => return Err(Unclosed(start)),
                Some('\\') if prefix.contains('r') => {
                    text.push('\\');
                    text.extend(self.bump());
                }
                Some('\\') => self.escape(&mut text),
                Some(char) => text.push(char),
            }
        }
        // Bytes are no text, and the others have values in them.
        let is_plain = !prefix.contains(['b', 'f', 't']);
        Ok(if is_plain {
            Token::Text(text)
        } else {
            Token::Other
        })
    }

    fn escape(&mut self, text: &mut String) {
        let digits = |count: usize, rest: &str| {
            let digits = rest.get(..count)?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        };
        let Some(char) = self.bump() else { return };
        let length = match char {
            '\n' => return,
            'n' => return text.push('\n'),
            't' => return text.push('\t'),
            'r' => return text.push('\r'),
            '\\' | '\'' | '"' => return text.push(char),
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        match digits(length, self.rest()).filter(|_| length > 0) {
            Some(meant) => {
                self.at += length;
                text.push(meant);
            }
            None => text.extend(['\\', char]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_assigned_is_read_without_running_it() {
        let text = |text: &str| Value::Text(text.to_owned());
        let several =
            |texts: &[&str]| Value::Several(texts.iter().map(|one| (*one).to_owned()).collect());
        for (source, expected) in [
            ("x = 'a'\n", text("a")),
            ("x: str = \"a\" # why\n", text("a")),
            ("x: Union[str, Sequence[str], None] = None", Value::None),
            ("x = ('a',\n     'b',  # two\n)\n", several(&["a", "b"])),
            ("x = 'a', 'b'\n", several(&["a", "b"])),
            ("x = ['a']\n", several(&["a"])),
            ("x = {\"a\"}\n", several(&["a"])),
            ("x = ('a')\n", text("a")),
            ("x = ('a' 'b')\n", text("ab")),
            ("x = ()\n", several(&[])),
            ("x = 'a' \\\n  'b'\n", text("ab")),
            ("x = r'\\d'\n", text("\\d")),
            ("x = '\\x41\\u00e9\\q'\n", text("Aé\\q")),
            ("x = '''a\n# b'''\n", text("a\n# b")),
            ("y = 1; x = 'a'\n", text("a")),
            ("x = 'a'\nx = 'b'\n", text("b")),
            (
                "x = 'a'\ndef f():\n    x = 'b'\n\n    return x == 1\n",
                text("a"),
            ),
            ("x = 'a'\ndef f(\n    x='b',\n): x = 'c'\n", text("a")),
            ("x = 'a'\nf(x='b')\n", text("a")),
            ("\"\"\"\nx = 'b'\n\"\"\"\nx = 'a'\n", text("a")),
            // These only Python knows.
            ("x = f'a{y}'\n", Value::Computed),
            ("x = b'a'\n", Value::Computed),
            ("x = y\n", Value::Computed),
            ("x = 'a' + 'b'\n", Value::Computed),
            ("x = ('a', y)\n", Value::Computed),
            ("x, y = 'a', 'b'\n", Value::Computed),
            ("y = x = 'a'\n", Value::Computed),
            ("x = 'a'\nx += 'b'\n", Value::Computed),
            ("x = 'a'\nif y:\n    x = 'b'\n", Value::Computed),
            ("x = 'a'\nif y: x = 'b'\n", Value::Computed),
            ("x = 'a'\nif y:\n    pass\nelse: x = 'b'\n", Value::Computed),
            ("from y import x\n", Value::Computed),
        ] {
            let module = read(source).unwrap_or_else(|error| panic!("{source}: {error:?}"));
            let value = module.variables.get("x").map(|found| found.value.clone());
            assert_eq!(value, Some(expected), "{source}");
        }
        let module = read(
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\"\"\"What\n\nfor\"\"\"\n\n\nx = 1\n",
        );
        let module = module.expect("is read");
        assert_eq!(module.docstring, "What\n\nfor");
        assert_eq!(module.variables["x"].line, 8);
        for (source, line) in [("\nx = 'a\n", 2), ("x = (\n'a'\n", 1), ("'''\n", 1)] {
            assert_eq!(read(source).err(), Some(Unclosed(line)), "{source}");
        }
    }
}
