//! Cuts a script into the statements that are sent to the database one by one.

use crate::dialect::Dialect;
use crate::sql::{SqlError, Token, TokenKind, lex};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The dialect whose rules it was cut by.
    pub dialect: Dialect,
    /// From the first to the last token that means something; comments between them are kept, the
    /// closing `;` is not part of it.
    pub text: String,
    /// Where it starts in the script, in bytes.
    pub offset: usize,
    /// Where it ends in the script, the closing `;` and comments before that included.
    pub end: usize,
    /// The line, counted from 1, on which it starts.
    pub line: u32,
}

impl Statement {
    /// Returns its first words in lower case, at most `count`, up to the first token that is none.
    pub fn words(&self, count: usize) -> Vec<String> {
        let tokens = lex(&self.text, self.dialect).unwrap_or_default();
        tokens
            .iter()
            .filter(|token| token.is_significant())
            .take(count)
            .take_while(|token| token.kind == TokenKind::Word)
            .map(|token| token.text(&self.text).to_ascii_lowercase())
            .collect()
    }
}

/// Cuts a script into its statements; pieces without any token but comments are left out.
///
/// A semicolon inside parentheses or a `BEGIN ATOMIC ... END` body (PostgreSQL), or inside a
/// trigger's body (SQLite), ends nothing.
///
/// # Errors
///
/// When something is opened and never closed, or only the database's own shell would understand the script.
pub fn split(sql: &str, dialect: Dialect) -> Result<Vec<Statement>, SqlError> {
    let tokens = lex(sql, dialect)?;
    let mut statements = Vec::new();
    let mut piece = Piece::new(sql, dialect);
    for token in tokens.iter().filter(|token| token.is_significant()) {
        if token.text(sql) == ";" && piece.ends_here() {
            statements.extend(piece.statement()?.map(|statement| Statement {
                end: token.range.end,
                ..statement
            }));
            piece = Piece::new(sql, dialect);
        } else {
            piece.push(token)?;
        }
    }
    piece.check_closed()?;
    statements.extend(piece.statement()?);
    Ok(statements)
}

/// Tells whether the statement begins, ends or prepares a transaction.
///
/// Savepoints are no such thing, `ROLLBACK TO` one of them included.
pub fn is_transaction_control(statement: &Statement) -> bool {
    let words = statement.words(3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["rollback" | "abort", "to", ..] => false,
        ["rollback" | "abort", "transaction" | "work", "to", ..] => false,
        ["begin" | "commit" | "end" | "rollback" | "abort", ..] => true,
        ["start" | "prepare", "transaction", ..] => true,
        _ => false,
    }
}

/// The tokens since the last statement ended.
struct Piece<'a> {
    sql: &'a str,
    dialect: Dialect,
    tokens: Vec<&'a Token>,
    /// The lines of the parentheses that are open.
    parentheses: Vec<u32>,
    /// The lines of each `BEGIN` and `CASE` that an `END` has to close.
    blocks: Vec<u32>,
}

impl<'a> Piece<'a> {
    fn new(sql: &'a str, dialect: Dialect) -> Self {
        Piece {
            sql,
            dialect,
            tokens: Vec::new(),
            parentheses: Vec::new(),
            blocks: Vec::new(),
        }
    }

    fn word(&self, index: usize) -> Option<String> {
        let token = self.tokens.get(index)?;
        (token.kind == TokenKind::Word).then(|| token.text(self.sql).to_ascii_lowercase())
    }

    fn word_from_end(&self, distance: usize) -> Option<String> {
        self.word(self.tokens.len().checked_sub(distance)?)
    }

    fn push(&mut self, token: &'a Token) -> Result<(), SqlError> {
        match (self.dialect, token.text(self.sql)) {
            (Dialect::Postgres, "\\") => return Err(self.shell_command(token, "psql")),
            (Dialect::Postgres, "(") => self.parentheses.push(token.line),
            (Dialect::Postgres, ")") => drop(self.parentheses.pop()),
            (Dialect::Postgres, _) if token.kind == TokenKind::Word => self.track_block(token),
            (Dialect::Sqlite, ".") if self.tokens.is_empty() => {
                return Err(self.shell_command(token, "sqlite3"));
            }
            (Dialect::Postgres | Dialect::Sqlite, _) => {}
        }
        self.tokens.push(token);
        Ok(())
    }

    fn shell_command(&self, token: &Token, shell: &'static str) -> SqlError {
        let rest = &self.sql[token.range.start..];
        let command = rest.split(|c: char| c.is_whitespace()).next();
        SqlError::ShellCommand {
            line: token.line,
            command: command.unwrap_or(rest).to_owned(),
            shell,
        }
    }

    /// Follows what psql does for SQL-standard function bodies: inside of one, each `CASE` needs its
    /// own `END`. What stands in parentheses closes itself.
    fn track_block(&mut self, token: &Token) {
        if !self.parentheses.is_empty() || !self.creates_routine() || self.is_label() {
            return;
        }
        match token.text(self.sql).to_ascii_lowercase().as_str() {
            "atomic" if self.word_from_end(1).as_deref() == Some("begin") => {
                self.blocks.push(token.line);
            }
            "case" if !self.blocks.is_empty() => self.blocks.push(token.line),
            "end" => drop(self.blocks.pop()),
            _ => {}
        }
    }

    fn creates_routine(&self) -> bool {
        let is = |index: usize, word: &str| self.word(index).as_deref() == Some(word);
        let object = if is(1, "or") && is(2, "replace") {
            3
        } else {
            1
        };
        is(0, "create") && (is(object, "function") || is(object, "procedure"))
    }

    /// Tells whether the next word is a name: after `AS` and after a dot any keyword is one.
    fn is_label(&self) -> bool {
        let last = self.tokens.last().map(|token| token.text(self.sql));
        last == Some(".") || self.word_from_end(1).as_deref() == Some("as")
    }

    fn creates_trigger(&self) -> bool {
        let is = |index: usize, words: &[&str]| {
            self.word(index)
                .is_some_and(|word| words.contains(&word.as_str()))
        };
        let start = usize::from(is(0, &["explain"]));
        let temporary = usize::from(is(start + 1, &["temp", "temporary"]));
        is(start, &["create"]) && is(start + 1 + temporary, &["trigger"])
    }

    fn ends_here(&self) -> bool {
        match self.dialect {
            Dialect::Postgres => self.parentheses.is_empty() && self.blocks.is_empty(),
            Dialect::Sqlite => !self.creates_trigger() || self.trigger_is_complete(),
        }
    }

    /// A trigger ends at `; END ;`: the rule of `sqlite3_complete()`. The `END` of a `CASE` never
    /// follows a semicolon.
    fn trigger_is_complete(&self) -> bool {
        let before_end = self.tokens.len().checked_sub(2);
        let before_end = before_end.and_then(|index| self.tokens.get(index));
        self.word_from_end(1).as_deref() == Some("end")
            && before_end.is_some_and(|token| token.text(self.sql) == ";")
    }

    fn check_closed(&self) -> Result<(), SqlError> {
        if let Some(line) = self.parentheses.last() {
            return Err(SqlError::UnclosedParenthesis { line: *line });
        }
        if let Some(line) = self.blocks.last() {
            return Err(SqlError::UnclosedBlock { line: *line });
        }
        if self.dialect == Dialect::Sqlite && self.creates_trigger() && !self.ends_here() {
            let is_begin = |token: &&&Token| token.text(self.sql).eq_ignore_ascii_case("begin");
            let begin = self.tokens.iter().find(is_begin).or(self.tokens.first());
            return Err(SqlError::UnclosedBlock {
                line: begin.map_or(1, |token| token.line),
            });
        }
        Ok(())
    }

    fn statement(&self) -> Result<Option<Statement>, SqlError> {
        let (Some(first), Some(last)) = (self.tokens.first(), self.tokens.last()) else {
            return Ok(None);
        };
        if self.dialect == Dialect::Postgres && self.copies_from_stdin() {
            return Err(SqlError::CopyFromStdin { line: first.line });
        }
        Ok(Some(Statement {
            dialect: self.dialect,
            text: self.sql[first.range.start..last.range.end].to_owned(),
            offset: first.range.start,
            end: last.range.end,
            line: first.line,
        }))
    }

    fn copies_from_stdin(&self) -> bool {
        let is = |index: usize, word: &str| self.word(index).as_deref() == Some(word);
        is(0, "copy") && (1..self.tokens.len()).any(|at| is(at, "from") && is(at + 1, "stdin"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str, dialect: Dialect) -> Vec<String> {
        let statements = split(sql, dialect).unwrap_or_else(|error| panic!("{sql}: {error}"));
        for statement in &statements {
            assert!(sql[statement.offset..].starts_with(&statement.text));
            let line = 1 + sql[..statement.offset].matches('\n').count();
            assert_eq!(statement.line as usize, line, "{sql}");
            let last = statement.offset + statement.text.len();
            let closes = lex(&sql[last..statement.end], dialect).expect("is cut");
            let closes: String = closes
                .iter()
                .filter(|token| token.is_significant())
                .map(|token| token.text(&sql[last..statement.end]))
                .collect();
            assert!(closes == ";" || statement.end == last, "{sql}");
        }
        statements
            .into_iter()
            .map(|statement| statement.text)
            .collect()
    }

    #[test]
    fn one_statement_stays_one() {
        let postgres = [
            "SELECT 'a;b'",
            "SELECT E'a\\';b'",
            "SELECT \"a;b\"",
            "SELECT $$a;b$$",
            "SELECT $q$ $$;$$ ; $q$",
            "SELECT 1 /* ; /* ; */ ; */ + 2",
            "SELECT 1 -- ;\n + 2",
            "DO $do$ BEGIN PERFORM 1; IF true THEN NULL; END IF; END $do$",
            "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); INSERT INTO b VALUES (2))",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END",
            "create or replace procedure p() begin atomic insert into t values (1); end",
            "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN 1 ELSE CASE WHEN a = 0 THEN 2 END END; SELECT 3; END",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT (CASE WHEN true THEN 1 END); SELECT 1 AS end; SELECT t.case FROM t; END",
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$",
            "CREATE FUNCTION f(begin_at int) RETURNS int RETURN begin_at",
            "COPY t TO STDOUT",
            "COPY t FROM '/tmp/x'",
            "SELECT $1",
            "SELECT U&'d\\0061;' UESCAPE '!'",
            "SELECT 'a'\n';b'",
        ];
        for sql in postgres {
            assert_eq!(texts(sql, Dialect::Postgres), [sql]);
            assert_eq!(
                texts(&format!(" ;\n{sql} ; -- x"), Dialect::Postgres),
                [sql]
            );
        }
        let sqlite = [
            "SELECT [a;b], `c;d`, \"e;f\", 'g;h'",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (1); DELETE FROM c; END",
            "create temp trigger if not exists t after update on a begin select case when 1 then 2 end; end",
            "CREATE TEMPORARY TRIGGER t BEFORE DELETE ON a BEGIN SELECT CASE WHEN 1 THEN CASE 2 WHEN 2 THEN 3 END END; SELECT 1; END",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; -- done\n END",
            "EXPLAIN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
            "CREATE TABLE \"trigger\" (a)",
            "SELECT 1 /* /* ; */ + 2",
            "SELECT 'back\\'",
        ];
        for sql in sqlite {
            assert_eq!(texts(sql, Dialect::Sqlite), [sql]);
            assert_eq!(texts(&format!("{sql} ;\n;"), Dialect::Sqlite), [sql]);
        }
    }

    #[test]
    fn scripts_are_cut() {
        use Dialect::{Postgres, Sqlite};
        let cases: [(Dialect, &str, &[&str]); 9] = [
            (Postgres, "", &[]),
            (Postgres, "-- nothing\n/* at all */ ;;", &[]),
            (Postgres, "a;b", &["a", "b"]),
            (
                Postgres,
                "a /* in */ c /* after */; -- before\nb\n",
                &["a /* in */ c", "b"],
            ),
            (
                Postgres,
                "BEGIN; SELECT 1; END;",
                &["BEGIN", "SELECT 1", "END"],
            ),
            (
                Postgres,
                "SELECT 1 AS begin; SELECT 2",
                &["SELECT 1 AS begin", "SELECT 2"],
            ),
            (
                Postgres,
                "CREATE FUNCTION f() RETURN CASE WHEN true THEN 1 END; SELECT 2",
                &[
                    "CREATE FUNCTION f() RETURN CASE WHEN true THEN 1 END",
                    "SELECT 2",
                ],
            ),
            (
                Sqlite,
                "BEGIN; SELECT 1; END;",
                &["BEGIN", "SELECT 1", "END"],
            ),
            (
                Sqlite,
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; SELECT 2;",
                &[
                    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
                    "SELECT 2",
                ],
            ),
        ];
        for (dialect, sql, expected) in cases {
            assert_eq!(texts(sql, dialect), expected, "{sql}");
        }
    }

    #[test]
    fn refusals_name_the_line() {
        use Dialect::{Postgres, Sqlite};
        let cases = [
            (
                Postgres,
                "a;\nCOPY t (a) FROM stdin;\n1\n\\.\n",
                "`COPY ... FROM STDIN` on line 2 needs psql: write the rows as `INSERT` instead",
            ),
            (
                Postgres,
                "a;\n\\connect other\nb",
                "`\\connect` on line 2 is a psql command, not SQL: remove it",
            ),
            (
                Sqlite,
                "a;\n-- b\n.shell id\nc",
                "`.shell` on line 3 is a sqlite3 command, not SQL: remove it",
            ),
            (
                Sqlite,
                "a;.read b",
                "`.read` on line 1 is a sqlite3 command, not SQL: remove it",
            ),
            (
                Postgres,
                "\nf((a);",
                "the parenthesis opened on line 2 is never closed",
            ),
            (
                Postgres,
                "CREATE FUNCTION f()\nBEGIN ATOMIC SELECT 1;",
                "`BEGIN` on line 2 has no matching `END`",
            ),
            (
                Sqlite,
                "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN SELECT 1;",
                "`BEGIN` on line 2 has no matching `END`",
            ),
        ];
        for (dialect, sql, message) in cases {
            assert_eq!(split(sql, dialect).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn transaction_control() {
        let cases = [
            ("BEGIN", true),
            ("/* x */ begin isolation level serializable", true),
            ("START TRANSACTION", true),
            ("COMMIT", true),
            ("END", true),
            ("ROLLBACK", true),
            ("ROLLBACK AND CHAIN", true),
            ("ABORT", true),
            ("PREPARE TRANSACTION 'x'", true),
            ("ROLLBACK TO s", false),
            ("ROLLBACK WORK TO SAVEPOINT s", false),
            ("SAVEPOINT s", false),
            ("RELEASE s", false),
            ("PREPARE p AS SELECT 1", false),
            ("\"begin\"", false),
        ];
        for (sql, expected) in cases {
            let statements = split(sql, Dialect::Postgres).unwrap();
            assert_eq!(is_transaction_control(&statements[0]), expected, "{sql}");
        }
    }
}
