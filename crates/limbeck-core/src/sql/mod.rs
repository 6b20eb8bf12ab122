//! SQL as text: tokens, statements, names, and when two pieces of it say the same.
//!
//! Not here: what a statement really does. Limbeck finds that out by running it; `effect` tells what it says.

mod conjunction;
pub mod effect;
mod fold;
mod identifier;
mod keywords;
mod lexer;
mod line_ends;
mod misquoted;
mod split;
mod tables;

pub use crate::sql::conjunction::conjuncts;
pub use crate::sql::fold::{fold, same};
pub use crate::sql::identifier::{
    casts_to, has_word, mentions, names, quote_identifier, quote_literal, quoted,
    rename_everywhere, rename_identifier, rename_sequence, rename_type, unquoted,
};
pub use crate::sql::lexer::{Token, TokenKind, lex};
pub use crate::sql::line_ends::with_plain_line_ends;
pub use crate::sql::misquoted::with_strings_quoted;
pub use crate::sql::split::{Statement, is_transaction_control, split};
pub use crate::sql::tables::tables_named;

pub(crate) use crate::sql::conjunction::without_parentheses;
pub(crate) use crate::sql::lexer::{Lexer, line_ends};

/// Says why SQL text could not be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// A string literal has no closing quote.
    #[error("the string opened on line {line} is never closed")]
    UnterminatedString {
        /// The line of the opening quote.
        line: u32,
    },
    /// A quoted identifier has no closing quote.
    #[error("the quoted identifier opened on line {line} is never closed")]
    UnterminatedIdentifier {
        /// The line of the opening quote.
        line: u32,
    },
    /// A block comment has no end.
    #[error("the comment opened on line {line} is never closed")]
    UnterminatedComment {
        /// The line of the opening `/*`.
        line: u32,
    },
    /// A dollar-quoted string has no closing delimiter.
    #[error("the string opened with `{delimiter}` on line {line} is never closed")]
    UnterminatedDollarQuote {
        /// The line of the opening delimiter.
        line: u32,
        /// The delimiter, such as `$$` or `$body$`.
        delimiter: String,
    },
    /// A parenthesis has no partner before the text ends.
    #[error("the parenthesis opened on line {line} is never closed")]
    UnclosedParenthesis {
        /// The line of the opening parenthesis.
        line: u32,
    },
    /// A function body or a trigger has no `END` before the text ends.
    #[error("`BEGIN` on line {line} has no matching `END`")]
    UnclosedBlock {
        /// The line of the `BEGIN`, or of the statement when it has none.
        line: u32,
    },
    /// Rows follow the statement in a form that only psql understands.
    #[error("`COPY ... FROM STDIN` on line {line} needs psql: write the rows as `INSERT` instead")]
    CopyFromStdin {
        /// The line of the `COPY`.
        line: u32,
    },
    /// A command of the database's own shell stands between statements: `\\connect`, `.shell`.
    #[error("`{command}` on line {line} is a {shell} command, not SQL: remove it")]
    ShellCommand {
        /// The line of the command.
        line: u32,
        /// The command with the character that it begins with.
        command: String,
        /// The shell.
        shell: &'static str,
    },
}

impl SqlError {
    /// Returns the line, counted from 1, that the error is about.
    pub fn line(&self) -> u32 {
        match self {
            SqlError::UnterminatedString { line }
            | SqlError::UnterminatedIdentifier { line }
            | SqlError::UnterminatedComment { line }
            | SqlError::UnterminatedDollarQuote { line, .. }
            | SqlError::UnclosedParenthesis { line }
            | SqlError::UnclosedBlock { line }
            | SqlError::CopyFromStdin { line }
            | SqlError::ShellCommand { line, .. } => *line,
        }
    }
}
