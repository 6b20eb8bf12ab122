//! Fingerprints a section, so that an edit of what has been run is noticed.

use sha2::{Digest, Sha256};

use crate::dialect::Dialect;
use crate::revision::{Section, Step};
use crate::sql::{Lexer, Statement};

/// Returns `sha256:` and the hash of the section's steps: their modes and their tokens.
///
/// White space and comments do not count; the case of words and the contents of strings do.
pub fn checksum(section: &Section, dialect: Dialect) -> String {
    let mut sum = Sum::new();
    match section {
        Section::Steps(steps) => {
            for step in steps {
                sum.add_step(step, dialect);
            }
        }
        Section::Irreversible(reason) => sum.add(b'!', reason),
        Section::Unwritten(_) => sum.add(b'?', ""),
    }
    sum.spelled()
}

/// Returns the checksum of statements that were run one after the other: that of those before, and the tokens of
/// the last one. Before the first one there is the empty text.
pub fn checksum_behind(before: &str, statement: &Statement) -> String {
    let mut sum = Sum::new();
    sum.add(b'<', before);
    sum.add_sql(&statement.text, statement.dialect);
    sum.spelled()
}

/// What is hashed. Tokens are short, and the hash takes long texts in less time than many short ones.
struct Sum {
    hash: Sha256,
    waiting: Vec<u8>,
}

impl Sum {
    /// So many bytes wait for the text after them.
    const WAITING: usize = 4096;

    fn new() -> Self {
        Sum {
            hash: Sha256::default(),
            waiting: Vec::with_capacity(Self::WAITING),
        }
    }

    fn add_step(&mut self, step: &Step, dialect: Dialect) {
        self.add(b'#', step.mode.as_str());
        self.add_sql(&step.sql, dialect);
    }

    fn add_sql(&mut self, sql: &str, dialect: Dialect) {
        let before = self.waiting.len();
        let mut lexer = Lexer::new(sql, dialect, 0, 1);
        loop {
            match lexer.next_token() {
                Ok(Some(token)) if token.is_significant() => self.add(b'.', token.text(sql)),
                Ok(Some(_)) => {}
                Ok(None) => break,
                // Text that the dialect cannot read is never run; it still has a checksum of its own.
                Err(_) => {
                    self.waiting.truncate(before);
                    self.add(b'?', sql);
                    break;
                }
            }
        }
        if self.waiting.len() >= Self::WAITING {
            self.hash.update(&self.waiting);
            self.waiting.clear();
        }
    }

    /// The length keeps two short tokens apart from one long one.
    fn add(&mut self, kind: u8, text: &str) {
        let mut start = [kind; 9];
        start[1..].copy_from_slice(&(text.len() as u64).to_be_bytes());
        self.waiting.extend_from_slice(&start);
        self.waiting.extend_from_slice(text.as_bytes());
    }

    fn spelled(mut self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.hash.update(&self.waiting);
        let mut spelled = String::with_capacity("sha256:".len() + 64);
        spelled.push_str("sha256:");
        for byte in self.hash.finalize() {
            for digit in [byte >> 4, byte & 0xf] {
                spelled.push(char::from(DIGITS[usize::from(digit)]));
            }
        }
        spelled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision::StepMode;

    fn of(steps: &[(StepMode, &str)]) -> String {
        let steps = steps
            .iter()
            .map(|(mode, sql)| Step {
                mode: *mode,
                sql: (*sql).to_owned(),
                line: 1,
            })
            .collect();
        checksum(&Section::Steps(steps), Dialect::Postgres)
    }

    #[test]
    fn only_what_means_something_counts() {
        use StepMode::{NoTransaction, Transaction};
        let sum = of(&[(Transaction, "SELECT 'a  b' ;")]);
        assert_eq!(
            sum,
            "sha256:3cd7477175d48a5ddabca8faa5a15217d298ebe4266f18f343e929c22a96cdec"
        );
        assert_eq!(sum, of(&[(Transaction, "SELECT -- c\n\t'a  b';")]));
        let others: [&[(StepMode, &str)]; 7] = [
            &[],
            &[(Transaction, "SELECT 'a b';")],
            &[(Transaction, "select 'a  b';")],
            &[(Transaction, "SELECT 'a  b'")],
            &[(NoTransaction, "SELECT 'a  b';")],
            &[(Transaction, "SELECT"), (Transaction, "'a  b';")],
            &[(Transaction, "SELECT 'a  b'; 'x")],
        ];
        for other in others {
            assert_ne!(sum, of(other), "{other:?}");
        }
        let behind = |before: &str, sql: &str| {
            let statement = crate::sql::split(sql, Dialect::Postgres).expect("is SQL");
            checksum_behind(before, &statement[0])
        };
        assert_eq!(behind("", "SELECT  1 -- c"), behind("", "SELECT 1;"));
        assert_ne!(behind("", "SELECT 1"), behind("", "SELECT 2"));
        assert_ne!(
            behind("", "SELECT 1"),
            behind(&behind("", "SELECT 2"), "SELECT 1")
        );
        let irreversible = Section::Irreversible("data is gone".to_owned());
        assert_ne!(checksum(&irreversible, Dialect::Sqlite), of(&[]));
    }
}
