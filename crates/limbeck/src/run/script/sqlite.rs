//! The script for `sqlite3`.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Direction;
use limbeck_core::revision::StepMode;
use limbeck_core::sql::{TokenKind, lex, quote_literal};

use super::{Piece, Place, ScriptRequest, ScriptStep, begin, is_alone, run_before};
use crate::history;
use crate::run::alone::Way;

/// What a transaction begins with. RAISE takes no text that is put together (before SQLite 3.47); an error of this
/// function says all of its argument.
const CHECK: &str = "SELECT json_extract('{}', 'limbeck: ' || message) FROM temp.limbeck_wrong;\n";

pub(super) fn head(request: &ScriptRequest<'_>, place: Place) -> String {
    let [history, journal] = history::table_names(&request.options.history, Dialect::Sqlite);
    let wait = request.options.wait_for_lock.as_millis();
    let mut text = format!(
        ".bail on\n.timeout {wait}\n\
         -- As Limbeck's own connections have it.\n\
         PRAGMA foreign_keys = ON;\n"
    );
    if place == Place::Anywhere {
        return text;
    }
    text.push_str(
        "-- The revisions that have been run, and the steps of one that is half done.\n\
         CREATE TEMP TABLE limbeck_run (revision TEXT PRIMARY KEY);\n\
         CREATE TEMP TABLE limbeck_half (revision TEXT, direction TEXT, step INTEGER, statement INTEGER);\n",
    );
    let run = run_before(request);
    if !run.is_empty() {
        let rows: Vec<String> = run
            .iter()
            .map(|id| format!("({})", quote_literal(id)))
            .collect();
        text.push_str(&format!(
            "INSERT INTO temp.limbeck_run VALUES {};\n",
            rows.join(", ")
        ));
    }
    text.push_str("-- What is otherwise in the database.\n");
    text.push_str(
        &WRONG
            .replace("{history}", &history)
            .replace("{journal}", &journal)
            .replace("{from}", &begin(request).replace('\'', "''")),
    );
    text
}

/// What a transaction does about the tables of the history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables {
    /// It makes them where they are missing.
    Made,
    /// They are there.
    There,
}

const WRONG: &str = "CREATE TEMP VIEW limbeck_wrong (message) AS
    SELECT 'this script begins at {from}, and the database does not stand there: ' || what FROM (
        SELECT 'the ' || direction || ' of ' || revision || ' is half done, of its ' || steps || ' steps (limbeck upgrade finishes it)' AS what
            FROM main.{journal} AS j WHERE NOT EXISTS (SELECT 1 FROM temp.limbeck_half AS h
            WHERE h.revision = j.revision AND h.direction = j.direction AND h.step = j.step AND h.statement IS j.statement)
        UNION ALL
        SELECT 'it has not begun ' || revision FROM temp.limbeck_half AS h WHERE NOT EXISTS (SELECT 1 FROM main.{journal} AS j
            WHERE h.revision = j.revision AND h.direction = j.direction AND h.step = j.step AND h.statement IS j.statement)
        UNION ALL
        SELECT * FROM (SELECT 'it has run ' || revision || ', ' || description || CASE WHEN count(*) OVER () > 1
            THEN ', and ' || (count(*) OVER () - 1) || ' more' ELSE '' END
            FROM main.{history} WHERE revision NOT IN (SELECT revision FROM temp.limbeck_run) ORDER BY applied_at DESC, rowid DESC)
        UNION ALL
        SELECT * FROM (SELECT 'it lacks ' || revision || CASE WHEN count(*) OVER () > 1
            THEN ', and ' || (count(*) OVER () - 1) || ' more' ELSE '' END
            FROM temp.limbeck_run WHERE revision NOT IN (SELECT revision FROM main.{history}))
    );
";

pub(super) fn write_step(
    text: &mut String,
    request: &ScriptRequest<'_>,
    step: &ScriptStep<'_>,
    tables: Tables,
) {
    let record = step.record(&request.options.history, Dialect::Sqlite);
    let sql = step.sql(Dialect::Sqlite);
    let begin = begin_transaction(request, Place::Begins, tables);
    let end = format!("{record};\n{}COMMIT;\n", expect(step));
    if is_alone(step) {
        // The check stands before the first statement, and again wherever a row is written.
        let again = begin_transaction(request, Place::Begins, Tables::There);
        text.push_str(&format!("{begin}COMMIT;\n"));
        for piece in step.pieces(&request.options.history, Dialect::Sqlite) {
            let Piece {
                way,
                waits: _,
                sql,
                done,
                record,
            } = piece;
            match way {
                Way::Together => text.push_str(&format!(
                    "{again}{sql}{record};\n{}COMMIT;\n",
                    half(step, &done.to_string())
                )),
                Way::Alone | Way::Unsaid => text.push_str(&sql),
            }
        }
        text.push_str(&format!("{again}{end}"));
        return;
    }
    if step.prepared().mode == StepMode::ForeignKeysOff {
        text.push_str(&format!(
            "PRAGMA foreign_keys = OFF;\n{begin}\
             SELECT json_extract('{{}}', 'limbeck: foreign keys cannot be switched off here') FROM pragma_foreign_keys WHERE foreign_keys;\n\
             {sql}{end}PRAGMA foreign_keys = ON;\nPRAGMA legacy_alter_table = OFF;\n"
        ));
        return;
    }
    text.push_str(&format!("{begin}{sql}{end}"));
}

pub(super) fn write_record(text: &mut String, request: &ScriptRequest<'_>, record: &str) {
    let place = match request.target {
        super::ScriptTarget::Stamp(_, crate::run::Stamp::Purge) => Place::Anywhere,
        _ => Place::Begins,
    };
    text.push_str(&format!(
        "{}{record};\nCOMMIT;\n",
        begin_transaction(request, place, Tables::Made)
    ));
}

/// The first transaction makes the tables where they are missing: they are gone again with it when it stops.
fn begin_transaction(request: &ScriptRequest<'_>, place: Place, tables: Tables) -> String {
    let mut text = "BEGIN IMMEDIATE;\n".to_owned();
    if tables == Tables::Made {
        let table = &request.options.history;
        text.push_str(&history::ensure_sql(table, Dialect::Sqlite));
        text.push_str(";\n");
    }
    if place == Place::Begins {
        text.push_str(CHECK);
    }
    text
}

/// What the next transaction expects.
fn expect(step: &ScriptStep<'_>) -> String {
    if !step.is_last() {
        return half(step, "NULL");
    }
    let id = quote_literal(step.pending.revision.id.as_str());
    let row = match step.direction {
        Direction::Upgrade => format!("INSERT INTO temp.limbeck_run VALUES ({id});\n"),
        Direction::Downgrade => format!("DELETE FROM temp.limbeck_run WHERE revision = {id};\n"),
    };
    if step.number == 1 && !is_alone(step) {
        row
    } else {
        format!("DELETE FROM temp.limbeck_half;\n{row}")
    }
}

/// Says what the journal holds of a step.
fn half(step: &ScriptStep<'_>, statement: &str) -> String {
    let number = step.number;
    format!(
        "DELETE FROM temp.limbeck_half WHERE step = {number};\nINSERT INTO temp.limbeck_half VALUES ({}, '{}', {number}, {statement});\n",
        quote_literal(step.pending.revision.id.as_str()),
        step.direction
    )
}

/// The text without a line that is nothing but `/` or `go`, and without one that begins with a dot: `sqlite3` takes the one
/// for the end of a statement, and the other for a command where it sees none going on (sqlite.org/cli.html).
pub(super) fn unbroken(sql: &str) -> String {
    let Ok(tokens) = lex(sql, Dialect::Sqlite) else {
        return sql.to_owned();
    };
    let ends = |text: &str| matches!(text, "/" | ".") || text.eq_ignore_ascii_case("go");
    let mut text = String::with_capacity(sql.len());
    for (index, token) in tokens.iter().enumerate() {
        let own = token.text(sql);
        let next = tokens.get(index + 1).map(|token| token.text(sql));
        if token.kind == TokenKind::Whitespace && own.contains('\n') && next.is_some_and(ends) {
            let before = index.checked_sub(1).map(|index| &tokens[index]);
            if before.is_some_and(|token| token.kind == TokenKind::LineComment) {
                let comment = text.rfind("--").unwrap_or(text.len());
                text.truncate(comment);
            }
            text.push(' ');
        } else {
            text.push_str(own);
        }
    }
    text
}
