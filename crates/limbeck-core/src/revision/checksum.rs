//! Fingerprints a section, so that an edit of what has been run is noticed.

use sha2::{Digest, Sha256};

use crate::dialect::Dialect;
use crate::revision::{Section, Step};
use crate::sql::{Statement, lex};

/// Returns `sha256:` and the hash of the section's steps: their modes and their tokens.
///
/// White space and comments do not count; the case of words and the contents of strings do.
pub fn checksum(section: &Section, dialect: Dialect) -> String {
    let mut hash = Sha256::new();
    match section {
        Section::Steps(steps) => {
            for step in steps {
                add_step(&mut hash, step, dialect);
            }
        }
        Section::Irreversible(reason) => {
            add(&mut hash, b'!', reason);
        }
    }
    spelled(hash)
}

/// Returns the checksum of statements that were run one after the other: that of those before, and the tokens of
/// the last one. Before the first one there is the empty text.
pub fn checksum_behind(before: &str, statement: &Statement) -> String {
    let mut hash = Sha256::new();
    add(&mut hash, b'<', before);
    add_sql(&mut hash, &statement.text, statement.dialect);
    spelled(hash)
}

fn add_step(hash: &mut Sha256, step: &Step, dialect: Dialect) {
    add(hash, b'#', step.mode.as_str());
    add_sql(hash, &step.sql, dialect);
}

fn add_sql(hash: &mut Sha256, sql: &str, dialect: Dialect) {
    match lex(sql, dialect) {
        Ok(tokens) => {
            for token in tokens.iter().filter(|token| token.is_significant()) {
                add(hash, b'.', token.text(sql));
            }
        }
        // Text that the dialect cannot read is never run; it still has a checksum of its own.
        Err(_) => add(hash, b'?', sql),
    }
}

fn spelled(hash: Sha256) -> String {
    let mut spelled = String::from("sha256:");
    for byte in hash.finalize() {
        for digit in [byte >> 4, byte & 0xf] {
            spelled.extend(char::from_digit(digit.into(), 16));
        }
    }
    spelled
}

/// The length keeps two short tokens apart from one long one.
fn add(hash: &mut Sha256, kind: u8, text: &str) {
    hash.update([kind]);
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
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
