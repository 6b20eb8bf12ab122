//! How deeply source is nested: what is too deep is refused before a recursive parser reads it.

use super::skim::Skimmer;

/// What nesting may add up to. A bracket counts [`OF_BRACKET`], and so does `<`; a sign or a word counts
/// one until the next comma, semicolon or block, since a parser goes one level deeper for each of many
/// signs in a row, too. Rust's own limit is 128 levels.
const DEEPEST: usize = 2048;
const OF_BRACKET: usize = 8;

/// The byte where the text is too deeply nested.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut lexer = Skimmer::new(text);
    // What each open bracket has come to, itself included.
    let mut open: Vec<usize> = vec![0];
    let mut total = 0_usize;
    loop {
        lexer.space()?;
        let at = lexer.at();
        let byte = lexer.peek()?;
        match byte {
            b'(' | b'[' | b'{' => {
                open.push(OF_BRACKET);
                total += OF_BRACKET;
                lexer.step();
            }
            b')' | b']' | b'}' => {
                lexer.step();
                // A bracket without its partner is for the parser to name.
                let closed = (open.len() > 1).then(|| open.pop()).flatten()?;
                total -= closed;
                if byte == b'}' && !lexer.goes_on()? {
                    total -= reset(&mut open);
                }
            }
            b',' | b';' => {
                total -= reset(&mut open);
                lexer.step();
            }
            _ => {
                let cost = if byte == b'<' { OF_BRACKET } else { 1 };
                lexer.token()?;
                total += cost;
                *open.last_mut()? += cost;
            }
        }
        if total > DEEPEST {
            return Some(at);
        }
    }
}

/// Forgets the signs since the last bracket was opened; answers with what they had come to.
fn reset(open: &mut [usize]) -> usize {
    let base = if open.len() > 1 { OF_BRACKET } else { 0 };
    match open.last_mut() {
        Some(cost) => std::mem::replace(cost, base) - base,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::too_deep;

    #[test]
    fn nesting_is_found_however_it_is_written() {
        let many = |text: &str| text.repeat(5000);
        for text in [
            format!("const A: i32 = {}1{};", many("("), many(")")),
            format!("type A = {}u8{};", many("Vec<"), many(">")),
            format!("type A = {}u8;", many("&")),
            format!("type A = {}u8;", many("fn() -> ")),
            format!("{}{}", many("mod a {"), many("}")),
            format!("use {}b;", many("a::")),
            format!("const A: bool = {}true;", many("!")),
            format!("const A: i32 = {}1;", many("1 + ")),
            format!("fn f() {{ {}{{}} }}", many("if a {} else ")),
            format!("fn f() {{ {}1 }}", many("return ")),
            many("("),
        ] {
            let start: String = text.chars().take(40).collect();
            assert!(too_deep(&text).is_some(), "{start}");
        }
    }

    #[test]
    fn long_is_not_deep() {
        let many = |text: &str| text.repeat(5000);
        for text in [
            many("struct A { b: Vec<u8>, c: Option<String> }\n"),
            format!("enum A {{ {} }}", many("B = 1 << 2, C { d: i32 }, ")),
            format!("const A: [u8; 3] = [{}];", many("1, ")),
            many("#[derive(Debug)] pub fn a<'a>(b: &'a str) -> i32 { if b { 1 } else { 2 } }\n"),
            format!("const A: &str = \"{}\";", many("((((")),
            format!("// {}\nstruct A;", many("((((")),
        ] {
            let start: String = text.chars().take(40).collect();
            assert_eq!(too_deep(&text), None, "{start}");
        }
    }
}
