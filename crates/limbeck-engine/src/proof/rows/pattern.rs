//! Texts that a pattern matches: regular expressions, LIKE and GLOB.

/// So often what may be repeated is repeated beyond what it must be.
const STRETCHES: [usize; 3] = [0, 6, 30];
/// So often something is repeated at most.
const MOST_TIMES: usize = 1000;

/// Texts that a regular expression matches, as far as its parts are the usual ones; of the lengths,
/// where they can have them.
pub(super) fn matching(pattern: &str, lengths: &[usize]) -> Vec<String> {
    let sample = |turn, stretch| {
        let characters: Vec<char> = pattern.chars().collect();
        let mut reader = Regular {
            characters: &characters,
            at: 0,
            turn,
            stretch,
        };
        reader.alternatives()
    };
    let mut samples = Vec::new();
    for stretch in STRETCHES {
        for turn in 0..3 {
            put(&mut samples, sample(turn, stretch));
        }
    }
    for turn in 0..2 {
        let shortest = sample(turn, 0).chars().count();
        for length in lengths.iter().filter(|length| **length > shortest) {
            put(&mut samples, sample(turn, length - shortest));
        }
    }
    samples
}

/// Texts that LIKE finds in a pattern.
pub(super) fn like(pattern: &str, escape: Option<char>, lengths: &[usize]) -> Vec<String> {
    filled(pattern, escape, ('_', '%'), lengths)
}

/// Texts that GLOB finds in a pattern.
pub(super) fn glob(pattern: &str, lengths: &[usize]) -> Vec<String> {
    filled(pattern, None, ('?', '*'), lengths)
}

fn filled(
    pattern: &str,
    escape: Option<char>,
    (one, many): (char, char),
    lengths: &[usize],
) -> Vec<String> {
    let characters: Vec<char> = pattern.chars().collect();
    let sample = |single: char, rest: &str, turn: usize| {
        let mut text = String::new();
        let mut rest = Some(rest);
        let mut reader = Regular {
            characters: &characters,
            at: 0,
            turn,
            stretch: 0,
        };
        while let Some(next) = reader.next() {
            if Some(next) == escape {
                text.extend(reader.next());
            } else if next == one {
                text.push(single);
            } else if next == many {
                // One of them takes up all that is asked for.
                text.push_str(rest.take().unwrap_or_default());
            } else if next == '[' && one == '?' {
                text.push(reader.class());
            } else {
                text.push(next);
            }
        }
        text
    };
    let mut samples = Vec::new();
    for (turn, single) in ['a', '1', 'A'].into_iter().enumerate() {
        let shortest = sample(single, "", turn);
        let length = shortest.chars().count();
        put(&mut samples, shortest);
        put(&mut samples, sample(single, "x", turn));
        for wanted in lengths.iter().filter(|wanted| **wanted > length) {
            let rest = single.to_string().repeat(wanted - length);
            put(&mut samples, sample(single, &rest, turn));
        }
    }
    samples
}

fn put(samples: &mut Vec<String>, text: String) {
    if !samples.contains(&text) {
        samples.push(text);
    }
}

/// Reads a regular expression and writes one text that it matches.
struct Regular<'a> {
    characters: &'a [char],
    at: usize,
    /// Another choice for each number.
    turn: usize,
    /// What may be repeated beyond what it must be, the first time.
    stretch: usize,
}

impl Regular<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += 1;
        next
    }

    fn alternatives(&mut self) -> String {
        let mut texts = vec![self.sequence()];
        while self.peek() == Some('|') {
            self.at += 1;
            texts.push(self.sequence());
        }
        texts.swap_remove(self.turn % texts.len())
    }

    fn sequence(&mut self) -> String {
        let mut text = String::new();
        while let Some(next) = self.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            let atom = self.atom();
            text.push_str(&atom.repeat(self.times(&atom)));
        }
        text
    }

    fn atom(&mut self) -> String {
        match self.next() {
            Some('^' | '$') | None => String::new(),
            Some('.') => "a".to_owned(),
            Some('(') => self.group(),
            Some('[') => self.class().to_string(),
            Some('\\') => match self.next() {
                Some('d') => "1".to_owned(),
                Some('w') => "a".to_owned(),
                Some('s') => " ".to_owned(),
                Some('D' | 'S') => "a".to_owned(),
                Some('W') => ".".to_owned(),
                Some('m' | 'M' | 'y' | 'b' | 'A' | 'Z') | None => String::new(),
                Some(other) => other.to_string(),
            },
            Some(other) => other.to_string(),
        }
    }

    /// What stands in parentheses; nothing where it only looks ahead or back.
    fn group(&mut self) -> String {
        let mut only_looks = false;
        if self.peek() == Some('?') {
            while let Some(next) = self.next() {
                if matches!(next, ':' | '=' | '!') {
                    only_looks = next != ':';
                    break;
                }
            }
        }
        let text = self.alternatives();
        self.at += 1;
        if only_looks { String::new() } else { text }
    }

    /// One member of `[…]`.
    fn class(&mut self) -> char {
        let is_negated = matches!(self.peek(), Some('^'));
        if is_negated {
            self.at += 1;
        }
        let mut members = Vec::new();
        let mut ranges: Vec<(char, char)> = Vec::new();
        let start = self.at;
        while let Some(next) = self.next() {
            match next {
                ']' if self.at > start + 1 => break,
                '[' if self.peek() == Some(':') => {
                    let name: String = self.characters[self.at + 1..]
                        .iter()
                        .take_while(|one| **one != ':')
                        .collect();
                    self.at += name.chars().count() + 3;
                    members.push(match name.as_str() {
                        "digit" | "xdigit" => '1',
                        "upper" => 'A',
                        "space" | "blank" => ' ',
                        "punct" => '.',
                        _ => 'a',
                    });
                }
                '\\' => members.push(match self.next() {
                    Some('d') => '1',
                    Some('w') => 'a',
                    Some('s') => ' ',
                    Some(other) => other,
                    None => break,
                }),
                '-' if !members.is_empty() && self.peek().is_some_and(|next| next != ']') => {
                    let end = self.next();
                    ranges.extend(members.last().copied().zip(end));
                }
                other => members.push(other),
            }
        }
        if is_negated {
            let is_member = |one: char| {
                members.contains(&one)
                    || ranges.iter().any(|(from, to)| (*from..=*to).contains(&one))
            };
            let mut others = ['a', '1', 'Z', '_', 'x', '.', ' '].into_iter();
            return others.find(|one| !is_member(*one)).unwrap_or('q');
        }
        members.extend(ranges.iter().map(|(_, to)| *to));
        match members.len() {
            0 => 'a',
            count => members[self.turn % count],
        }
    }

    fn times(&mut self, atom: &str) -> usize {
        // What is longer by one time is longer by so many characters.
        let more = self.stretch / atom.chars().count().max(1);
        let (least, most) = match self.peek() {
            Some('*' | '+') => (1, MOST_TIMES),
            Some('?') => {
                self.at += 1;
                return self.turn % 2;
            }
            Some('{') => {
                let mut bounds = String::new();
                self.at += 1;
                while let Some(next) = self.peek().filter(|next| *next != '}') {
                    bounds.push(next);
                    self.at += 1;
                }
                let (least, most) = bounds.split_once(',').unwrap_or((&bounds, &bounds));
                let least = least.trim().parse().unwrap_or(1).min(MOST_TIMES);
                let most = most.trim().parse().unwrap_or(MOST_TIMES).min(MOST_TIMES);
                (least, most.max(least))
            }
            _ => return 1,
        };
        self.at += 1;
        if self.peek() == Some('?') {
            self.at += 1;
        }
        let more = more.min(most - least);
        self.stretch -= more * atom.chars().count();
        least + more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match_their_patterns() {
        for (pattern, expected) in [
            ("^[A-Z]{3}-[0-9]+$", vec!["AAA-0", "ZZZ-9", "AAA-0000000"]),
            ("^[^@ ]+@[^@ ]+\\.[a-z]{2,}$", vec!["a@a.aa"]),
            ("^(?:x|y)\\d{2}(z)?$", vec!["x11", "y11z"]),
            ("^[[:upper:]]{2}$", vec!["AA"]),
            ("^(?!-)[a-z0-9-]{3}$", vec!["aaa", "000"]),
            ("^[^a-z]$", vec!["1"]),
        ] {
            let found = matching(pattern, &[]);
            for text in expected {
                assert!(
                    found.iter().any(|one| one == text),
                    "{pattern}: {text} in {found:?}"
                );
            }
        }
        assert!(matching("^a+b$", &[9]).contains(&"aaaaaaaab".to_owned()));
        assert!(like("x!_y%", Some('!'), &[]).contains(&"x_y".to_owned()));
        assert!(like("inv-____", None, &[]).contains(&"inv-1111".to_owned()));
        assert!(glob("[A-Z][0-9]*", &[5]).contains(&"A0aaa".to_owned()));
        // Broken patterns end.
        for pattern in [
            "[",
            "(",
            "a{",
            "\\",
            "[^",
            "[[:",
            "(?",
            "a{99999999}",
            "a{3,1}",
            "[a-",
        ] {
            matching(pattern, &[3]);
            glob(pattern, &[3]);
        }
    }
}
