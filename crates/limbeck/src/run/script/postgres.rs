//! The script for `psql`.
//!
//! Whatever `psql` itself would do is set at its head. What each transaction begins with stands there once, as the
//! value of a variable, and each one names it: `psql` puts values in, and nothing of it stays on the server, so that a
//! pooler may give each transaction another session.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Direction;
use limbeck_core::sql::{lex, quote_identifier, quote_literal};

use super::{Piece, Place, ScriptRequest, ScriptStep, Waits, begin, is_alone, run_before};
use crate::history;
use crate::run::RunOptions;
use crate::run::alone::Way;
use crate::run::begin::timeouts;
use crate::run::lock;
use crate::run::step::reset;

/// What a session of Limbeck's own has from its login (sqlx), and words and values depend on.
const SESSION: &str =
    "SET client_encoding = 'UTF8';\nSET DateStyle = 'ISO, MDY';\nSET TimeZone = 'UTC';\n";

/// What `.psqlrc` may have set otherwise (psql manual, "Variables").
const PSQL: &str = "\\set ON_ERROR_STOP on\n\\set ON_ERROR_ROLLBACK off\n\\set AUTOCOMMIT on\n\\set SINGLELINE off\n\\set SINGLESTEP off\n\\set QUIET on\n\\encoding UTF8\n";

/// Puts the schema of the history on the path, and nothing beside it that a step may have put there.
const PATH_OF_HISTORY: &str = "SET LOCAL search_path = pg_catalog, :\"limbeck_schema\", pg_temp;\n";

pub(super) fn head(request: &ScriptRequest<'_>, place: Place) -> String {
    let options = request.options;
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED;\n{}\n{}{}",
        timeouts("SET LOCAL", options).trim_end(),
        role_and_path(options, Until::Committed),
        lock::place_sql(&options.history)
    );
    format!(
        "{PSQL}{SESSION}\n\
         -- What a transaction begins with: who runs it, and where the history is.\n\
         SELECT {} AS limbeck_begin \\gset\n\n\
         -- Takes the lock of a run, and stops unless the history is one and says what this script goes on from.\n\
         SELECT {} AS limbeck_check \\gset\n\n\
         -- The revisions that have been run, those that are taken back, and the steps of one that is half done.\n\
         \\set limbeck_run {}\n\\set limbeck_taken_back ''\n\\set limbeck_half ''\n",
        in_dollars(&begin),
        in_dollars(&check(request, place)),
        quote_literal(
            &run_before(request)
                .into_iter()
                .collect::<Vec<_>>()
                .join(" ")
        )
    )
}

pub(super) fn write_step(text: &mut String, request: &ScriptRequest<'_>, step: &ScriptStep<'_>) {
    let dialect = Dialect::Postgres;
    let record = step.record(&request.options.history, dialect);
    let sql = step.sql(dialect);
    // RESET ALL takes back what the head has set, too.
    let reset = match reset(step.prepared()).trim_start_matches("; ") {
        "" => String::new(),
        reset => format!("{reset};\n{SESSION}"),
    };
    text.push_str(BEGIN);
    if is_alone(step) {
        text.push_str(&format!(
            "SELECT pg_catalog.pg_try_advisory_lock(:limbeck_key) AS limbeck_locked \\gset\nCOMMIT;\n\
             SET lock_timeout = 0;\nSET statement_timeout = 0;\n{}",
            role_and_path(request.options, Until::Reset)
        ));
        for piece in step.pieces(&request.options.history, dialect) {
            write_piece(text, step, &piece);
        }
        text.push_str(
            "RESET lock_timeout;\nRESET statement_timeout;\nRESET search_path;\nRESET ROLE;\n",
        );
        text.push_str(&reset);
        text.push_str(BEGIN);
        text.push_str(&format!("{PATH_OF_HISTORY}{record};\nCOMMIT;\n"));
        text.push_str(
            "SELECT pg_catalog.pg_advisory_unlock(:limbeck_key) AS limbeck_locked \\gset\n",
        );
    } else {
        text.push_str(&sql);
        text.push_str(&format!("{PATH_OF_HISTORY}{record};\nCOMMIT;\n{reset}"));
    }
    if !step.is_last() {
        text.push_str(&half(step, step.number, ""));
        return;
    }
    if step.number > 1 || is_alone(step) {
        text.push_str("\\set limbeck_half ''\n");
    }
    let id = step.pending.revision.id.as_str();
    text.push_str(&match step.direction {
        Direction::Upgrade => format!("\\set limbeck_run :limbeck_run ' {id}'\n"),
        Direction::Downgrade => format!("\\set limbeck_taken_back :limbeck_taken_back ' {id}'\n"),
    });
}

/// A statement of a step outside of a transaction, with what the journal says of it.
fn write_piece(text: &mut String, step: &ScriptStep<'_>, piece: &Piece) {
    let Piece {
        way,
        waits,
        sql,
        done,
        record,
    } = piece;
    match way {
        Way::Together => {
            let waits = match waits {
                Waits::ForTheLimit => "",
                Waits::ForEver => "SET LOCAL lock_timeout = 0;\n",
            };
            text.push_str(&format!(
                "{BEGIN}{waits}SET LOCAL statement_timeout = 0;\n{sql}{PATH_OF_HISTORY}{record};\nCOMMIT;\n"
            ));
            text.push_str(&half(step, step.number - 1, &format!(" @{done}")));
        }
        Way::Alone => {
            text.push_str(&format!("{BEGIN}{PATH_OF_HISTORY}{record};\nCOMMIT;\n"));
            text.push_str(&half(step, step.number - 1, &format!(" @{done} begun")));
            text.push_str(sql);
        }
        Way::Unsaid => text.push_str(sql),
    }
}

/// Says what the journal holds of the revision, as [`STANDING`] puts it together: its first steps, and how far the
/// next one is.
fn half(step: &ScriptStep<'_>, steps: usize, part: &str) -> String {
    let id = step.pending.revision.id.as_str();
    let row = |number: usize| format!(" {id} {} {number}", step.direction);
    let mut rows: String = (1..=steps).map(row).collect();
    if !part.is_empty() {
        rows += &row(steps + 1);
        rows += part;
    }
    format!("\\set limbeck_half '{rows}'\n")
}

pub(super) fn write_record(text: &mut String, record: &str) {
    text.push_str(&format!("{BEGIN}{PATH_OF_HISTORY}{record};\nCOMMIT;\n"));
}

/// Begins a transaction with the values of the head.
const BEGIN: &str = ":limbeck_begin \\gset limbeck_\n\
     SET LOCAL limbeck.schema = :'limbeck_schema';\n\
     SET LOCAL limbeck.key = :'limbeck_key';\n\
     SET LOCAL limbeck.run = :'limbeck_run';\n\
     SET LOCAL limbeck.taken_back = :'limbeck_taken_back';\n\
     SET LOCAL limbeck.half = :'limbeck_half';\n\
     :limbeck_check\n";

/// The text with nothing left in it that `psql` would take for one of its variables: it looks for a colon and a name
/// outside of quotes (psql manual, "SQL Interpolation"), such as the bound of a slice.
pub(super) fn unvaried(sql: &str) -> String {
    let Ok(tokens) = lex(sql, Dialect::Postgres) else {
        return sql.to_owned();
    };
    let mut text = String::with_capacity(sql.len());
    for (index, token) in tokens.iter().enumerate() {
        let own = token.text(sql);
        let rest = own
            .strip_prefix(':')
            .filter(|rest| !rest.starts_with([':', '=']));
        match rest {
            None => text.push_str(own),
            Some(rest) => {
                text.push(':');
                let follows = !rest.is_empty() || tokens.get(index + 1).is_some();
                if follows {
                    text.push(' ');
                }
                text.push_str(rest);
            }
        }
    }
    text
}

/// How long settings hold.
#[derive(Clone, Copy)]
enum Until {
    /// The end of the transaction.
    Committed,
    /// They are reset.
    Reset,
}

/// Role and path, which show nothing: what a query would answer, `psql` would print.
fn role_and_path(options: &RunOptions, until: Until) -> String {
    let (set_role, is_local) = match until {
        Until::Committed => ("SET LOCAL ROLE", "true"),
        Until::Reset => ("SET ROLE", "false"),
    };
    let mut text = String::new();
    if let Some(role) = &options.role {
        text.push_str(&format!(
            "{set_role} {};\n",
            quote_identifier(role, Dialect::Postgres)
        ));
    }
    if let Some(path) = &options.search_path {
        let set = format!(
            "BEGIN PERFORM pg_catalog.set_config('search_path', {}, {is_local}); END",
            quote_literal(path)
        );
        text.push_str(&format!("DO {};\n", quote_literal(&set)));
    }
    text
}

/// A literal between dollar delimiters that the text does not hold.
fn in_dollars(text: &str) -> String {
    let mut tag = "$limbeck$".to_owned();
    while text.contains(&tag) {
        tag.insert(1, '_');
    }
    format!("{tag}\n{text}\n{tag}")
}

/// Whether the script may go on, as one statement that shows nothing.
fn check(request: &ScriptRequest<'_>, place: Place) -> String {
    let table = &request.options.history;
    let [history, journal] = history::table_names(table, Dialect::Postgres);
    let standing = match place {
        Place::Begins => STANDING,
        Place::Anywhere => "",
    };
    let widen: String = history::missing_columns(table)
        .map(|(shown, name, add)| {
            format!(
                "    IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid OPERATOR(pg_catalog.=) \
                 pg_catalog.to_regclass({})::pg_catalog.oid AND a.attname OPERATOR(pg_catalog.=) '{name}'::pg_catalog.name) \
                 THEN {add}; END IF;\n",
                quote_literal(&shown)
            )
        })
        .collect();
    let text = CHECK
        .replace("{standing}", standing)
        .replace("{widen}", &widen)
        .replace("{history_text}", &quote_literal(&history))
        .replace("{journal_text}", &quote_literal(&journal))
        .replace("{history}", &history)
        .replace("{journal}", &journal)
        .replace("{from}", &quote_literal(&begin(request)))
        .replace(
            "{ensure}",
            &history::ensure_sql(table, Dialect::Postgres).replace('\n', "\n        "),
        )
        .replace("{faults}", &history::all_faults_sql(table));
    let mut tag = "$check$".to_owned();
    while text.contains(&tag) {
        tag.insert(1, '_');
    }
    format!("DO {tag}\n{text}\n{tag};")
}

const CHECK: &str = "DECLARE
    path_before pg_catalog.text := pg_catalog.current_setting('search_path');
    place pg_catalog.text := pg_catalog.quote_ident(pg_catalog.current_setting('limbeck.schema'));
    fault pg_catalog.record;
    half pg_catalog.text;
    half_text pg_catalog.text;
    besides pg_catalog.text;
    missing pg_catalog.text;
BEGIN
    IF NOT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.current_setting('limbeck.key')::pg_catalog.int8) THEN
        RAISE EXCEPTION 'limbeck: another run is under way'
            USING ERRCODE = '55P03', HINT = 'run the rest when it has ended: `limbeck current` tells where the database stands';
    END IF;
    PERFORM pg_catalog.set_config('search_path', pg_catalog.concat(place, ', pg_temp'), true);
    IF pg_catalog.to_regclass({history_text}) IS NULL AND pg_catalog.to_regclass({journal_text}) IS NULL THEN
        {ensure};
    END IF;
    PERFORM pg_catalog.set_config('search_path', pg_catalog.concat('pg_catalog, ', place, ', pg_temp'), true);
    LOCK TABLE {history}, {journal} IN ROW EXCLUSIVE MODE;
    FOR fault IN SELECT f.* FROM ({faults}) AS f (place, name, what, detail, role) LOOP
        RAISE EXCEPTION 'limbeck: `%.%` is not taken for the history: % %', fault.place, fault.name, fault.what, fault.detail;
    END LOOP;
{widen}{standing}
    PERFORM pg_catalog.set_config('search_path', path_before, true);
END";

/// Sets are compared, so the order in which revisions were run does not matter.
const STANDING: &str = "
    SELECT pg_catalog.string_agg(pg_catalog.concat(' ', j.revision, ' ', j.direction, ' ', j.step,
            CASE WHEN j.statement IS NOT NULL THEN pg_catalog.concat(' @', j.statement, CASE WHEN j.begun IS NOT NULL THEN ' begun' END) END), '' ORDER BY j.revision, j.step),
        pg_catalog.max(pg_catalog.format('the %s of `%s` is half done, of its %s steps', j.direction, j.revision, j.steps))
        INTO half, half_text FROM {journal} AS j;
    IF pg_catalog.concat(half, '') OPERATOR(pg_catalog.<>) pg_catalog.current_setting('limbeck.half') THEN
        RAISE EXCEPTION 'limbeck: this script begins at %, and the database does not stand there: %', {from},
            pg_catalog.concat(half_text) USING HINT = 'finish it: limbeck upgrade';
    END IF;
    SELECT pg_catalog.concat('it has run ', (pg_catalog.array_agg(pg_catalog.concat(h.revision, ', ', h.description)
            ORDER BY h.applied_at DESC, h.revision))[1],
            CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 THEN pg_catalog.concat(', and ', pg_catalog.count(*) OPERATOR(pg_catalog.-) 1, ' more') END)
        INTO besides FROM {history} AS h WHERE h.revision NOT IN (
            SELECT pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('limbeck.run'), ' '))
            EXCEPT SELECT pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('limbeck.taken_back'), ' ')))
        HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0;
    SELECT pg_catalog.concat('it lacks ', pg_catalog.max(r.revision),
            CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 THEN pg_catalog.concat(' and ', pg_catalog.count(*) OPERATOR(pg_catalog.-) 1, ' more') END)
        INTO missing FROM (
            SELECT pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('limbeck.run'), ' '))
            EXCEPT SELECT pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('limbeck.taken_back'), ' '))
            EXCEPT SELECT h.revision FROM {history} AS h EXCEPT SELECT '') AS r (revision)
        HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0;
    IF besides IS NOT NULL OR missing IS NOT NULL THEN
        RAISE EXCEPTION 'limbeck: this script begins at %, and the database does not stand there: %', {from},
            pg_catalog.concat_ws('; ', besides, missing) USING HINT = 'where it stands tells: limbeck current';
    END IF;";
