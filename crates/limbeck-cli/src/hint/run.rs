//! Runs that stop.

use limbeck::connection::DatabaseError;
use limbeck::old_history::OldHistoryError;
use limbeck::run::{Leaves, Misfit, RunError, RunErrorKind, StatementError};
use limbeck_core::dialect::postgres::version::OLDEST;
use limbeck_core::revision::RevisionId;
use limbeck_core::schema::QualifiedName;

use crate::explain::finish;

pub(crate) fn run(error: &RunError) -> Option<String> {
    let hint = match error.kind() {
        RunErrorKind::History(error) => return super::history(error),
        RunErrorKind::OldHistory(OldHistoryError::Uncovered { tool, .. }) => format!(
            "bring the database with {tool} to where it was taken over, and try again\n\
             or, if the database is at a revision, tell it so: limbeck stamp REVISION"
        ),
        RunErrorKind::OldHistory(OldHistoryError::Owner { table, .. }) => {
            format!("let the owner of the database own `{table}`, or stamp it: limbeck stamp REVISION")
        }
        RunErrorKind::OldHistory(OldHistoryError::Query { .. }) => {
            "the role that upgrades needs to read the table: GRANT SELECT".to_owned()
        }
        RunErrorKind::UnknownApplied { unknown, rows } if rows.len() < unknown.len() => {
            format!("pull the branch that has {}, and finish it", ids(unknown))
        }
        RunErrorKind::UnknownApplied { unknown, .. } => format!(
            "pull the branch that has {}, or take {} back with what the history keeps: limbeck downgrade REVISION\n\
             or tell the database where it is: limbeck stamp --purge REVISION",
            ids(unknown),
            if unknown.len() == 1 { "it" } else { "them" }
        ),
        RunErrorKind::RevisionChanged { id, file } => {
            format!(
                "restore {file}, and write what is to change into a new revision\n\
                 or, if the database is as the file says by now, take it so: limbeck repair {id}"
            )
        }
        RunErrorKind::Gap(gap) => super::gap(gap),
        RunErrorKind::HalfApplied(half) => format!("finish it first: {}", finish(half)),
        RunErrorKind::InDoubt { .. } => {
            "look at the database; if the statement was done, go on behind it: limbeck resume --done\n\
             if not, or if it may be done twice, run it again: limbeck resume --again"
                .to_owned()
        }
        RunErrorKind::FrozenStep { file, .. }
        | RunErrorKind::FrozenStatements { file, .. }
        | RunErrorKind::FewerSteps { file, .. } => {
            format!("restore the part of {file} that has been run; what comes after it may change")
        }
        RunErrorKind::Misplaced { misfit, .. } => match misfit {
            Misfit::TransactionControl => {
                "remove it; where a transaction is to end and another to begin, write a line `-- step`"
            }
            Misfit::NeedsNoTransaction => {
                "put a line `-- step: no transaction` before it, and `-- step` after it"
            }
            Misfit::GivesLockBack => "remove it, or name what is to go: DISCARD PLANS, RESET ALL",
            Misfit::IgnoredInTransaction => {
                "remove it, and put a line `-- step: foreign keys off` before the statements that need it"
            }
        }
        .to_owned(),
        RunErrorKind::TooOld { feature, .. } => match feature.instead() {
            Some(instead) => format!("upgrade the server, or for this one: {instead}"),
            None => "upgrade the server".to_owned(),
        },
        RunErrorKind::Unsupported { .. } => format!("upgrade the server to {OLDEST} or later"),
        RunErrorKind::ForeignKeysOff { .. } => {
            "put the step into a section `-- upgrade sqlite`".to_owned()
        }
        RunErrorKind::ForeignKeysStillOn { .. } => {
            "end the transaction that is open on this connection".to_owned()
        }
        RunErrorKind::LockLost => {
            "take the statement that gives locks back out of the revision (pg_advisory_unlock_all); behind a pooler, use \
             the direct URL of the server"
                .to_owned()
        }
        RunErrorKind::Pooled { .. } => {
            "use the direct URL of the server, past the pooler: behind it, each statement may go to another session"
                .to_owned()
        }
        RunErrorKind::Stopped { leaves, at, .. } => match (leaves, at) {
            (Leaves::Statements(_), _) => {
                "statements of this step that have been run stay; the next run goes on behind them"
            }
            (Leaves::Nothing, Some(_)) => "the step is rolled back; the next run begins with it",
            (Leaves::Nothing, None) => "nothing has been run",
            (Leaves::Unknown, _) => IN_DOUBT,
        }
        .to_owned(),
        RunErrorKind::Building { process, .. } => format!(
            "wait until it is built, and run this again; or end it: SELECT pg_cancel_backend({process})"
        ),
        RunErrorKind::InUse { by, .. } => {
            let is_prepared = by.iter().any(|by| by.starts_with("the prepared transaction"));
            let how = if is_prepared { "ROLLBACK PREPARED 'NAME'" } else { "SELECT pg_terminate_backend(pid)" };
            format!(
                "end these transactions ({how}), or wait longer: --lock-wait 10min\n\
                 where there is always one, have others wait behind the step: SET LOCAL lock_timeout = '3s' before its statements"
            )
        }
        RunErrorKind::Crossed { .. } => "wait until the other run has ended, and run this one again".to_owned(),
        RunErrorKind::NotRecorded { .. } => {
            "look for a statement of the revision, a trigger or a rule that writes that table".to_owned()
        }
        RunErrorKind::Statement(error) => return statement(error),
        RunErrorKind::WouldBeLost {
            id,
            direction,
            made_by,
            ..
        } => {
            let keep = match made_by.as_slice() {
                [] => "add it to a revision, or drop it there if nobody needs it".to_owned(),
                made_by => format!("write `{id}` anew, as a revision that builds on {}", ids(made_by)),
            };
            format!("{keep}\nor let it go: run this {direction} again with --allow-loss")
        }
        RunErrorKind::Locked { .. } => {
            "wait until it has ended; a session whose client is gone: SELECT pg_terminate_backend(pid)".to_owned()
        }
        RunErrorKind::Busy { .. } => "end the transaction of the application that holds the file, or wait for the other run".to_owned(),
        RunErrorKind::Record { table, source, .. } if source.has_code("42501") => match &table.schema {
            Some(schema) => format!("grant CREATE on schema `{schema}` to this role, or set `role` in limbeck.toml"),
            None => "grant CREATE on the schema to this role, or set `role` in limbeck.toml".to_owned(),
        },
        RunErrorKind::NoHook { .. } => "start the application, whose `Migrator` has the hook: it runs this revision, and `limbeck stamp` would leave the data as it is".to_owned(),
        RunErrorKind::Record { source, .. } if source.database().is_none() => IN_DOUBT.to_owned(),
        RunErrorKind::Record { source, .. } | RunErrorKind::Query { source, .. } => {
            return source.database().and_then(refused);
        }
        RunErrorKind::Graph(_)
        | RunErrorKind::Hook { .. }
        | RunErrorKind::HookEnded { .. }
        | RunErrorKind::Section(_)
        | RunErrorKind::WouldLose { .. }
        | RunErrorKind::Irreversible { .. }
        | RunErrorKind::Sql { .. }
        => return None,
    };
    Some(hint)
}

/// Where the connection broke behind COMMIT, or before it.
const IN_DOUBT: &str = "the server may have brought the step to its end: run this again, what is done is not done twice";

fn statement(error: &StatementError) -> Option<String> {
    let is_concurrent = error
        .statement
        .to_ascii_uppercase()
        .contains("CONCURRENTLY");
    let source = error.source.database();
    // What is there already may be what an attempt before this one left.
    let source = source.filter(|error| !(is_concurrent && error.has_code("42P07")));
    let mut hints: Vec<String> = source.and_then(refused).into_iter().collect();
    if error.leaves == Leaves::Unknown {
        hints.push(IN_DOUBT.to_owned());
    }
    if let Leaves::Statements(count) = error.leaves {
        if is_concurrent {
            let hint = if error.source.has_code("42704") {
                "if it is gone already, write `IF EXISTS`"
            } else {
                "it may have left an invalid index; the next run drops that, and builds it anew"
            };
            hints.push(hint.to_owned());
        }
        if count > 0 {
            let subject = if count == 1 {
                "the statement before it in this step has been run and stays"
            } else {
                "the statements before it in this step have been run and stay"
            };
            let next = match error.source.database() {
                Some(_) => "the next run goes on with this one, which may be edited",
                // It may have been brought to its end.
                None => {
                    "the next run sees whether this one was run, and goes on; leave it as it is until then"
                }
            };
            hints.push(format!("{subject}; {next}"));
        }
    }
    (!hints.is_empty()).then(|| hints.join("\n"))
}

/// The codes are SQLSTATEs on PostgreSQL, and extended result codes on SQLite.
fn refused(error: &DatabaseError) -> Option<String> {
    let of = |what: &str| what.to_owned();
    let column =
        (error.column.as_deref()).map_or("the column".to_owned(), |name| format!("`{name}`"));
    let table = (error.table.as_deref()).map_or("the table".to_owned(), |name| format!("`{name}`"));
    let hint = match error.code.as_deref()? {
        "55P03" => of(
            "wait until the blocking transaction ends, or end it with pg_terminate_backend, and upgrade again",
        ),
        // disk_full, SQLITE_FULL
        "53100" | "13" => of("make room on the disk of the database, and run this again"),
        // SQLITE_READONLY and its kinds
        "8" | "264" | "520" | "776" | "1032" | "1288" | "1544" => of(
            "the file may only be read: its URL says so, or the file or its folder is not this user's to write",
        ),
        "57014" => of("give the statement more time: raise the statement timeout, or cut the step"),
        "23502" | "1299" => {
            let flag = match (&error.table, &error.column) {
                (Some(table), Some(column)) => super::question::fill(
                    &QualifiedName::within(error.schema.as_deref(), table),
                    column,
                    "VALUE",
                ),
                _ => "--fill table.column=VALUE".to_owned(),
            };
            format!(
                "fill the rows where {column} of {table} is NULL before this statement, or write the revision again with {flag}"
            )
        }
        "23505" | "2067" | "1555" => {
            of("the table holds values twice: merge or change those rows before this statement")
        }
        "23514" | "275" => {
            format!("rows of {table} break the check: change them before this statement")
        }
        "23503" | "787" => {
            of("rows reference what is not there: delete or change them before this statement")
        }
        "42501" => {
            of("run as the owner: set `role` in limbeck.toml, or grant the right to this role")
        }
        // undefined_file, feature_not_supported: the server lacks the extension's files.
        "58P01" | "0A000" if error.message.contains("extension") => of(
            "install the package that has the extension where the server runs, or for scratch databases set `scratch_url` to a server with it",
        ),
        "55P04" => of(
            "a new enum value cannot be used before it is committed: write a line `-- step` after it",
        ),
        "25001" => of("put a line `-- step: no transaction` before it, and `-- step` after it"),
        _ if is_there(error) => of(
            "the database already holds what the revision makes: compare with limbeck check, and if it was made by hand, tell the database so with limbeck stamp REVISION",
        ),
        _ => return None,
    };
    Some(hint)
}

/// Whether what the statement makes is there already.
pub(super) fn is_there(error: &DatabaseError) -> bool {
    match error.code.as_deref() {
        Some("42P07" | "42710" | "42701") => true,
        Some("1") => ["already exists", "duplicate column"]
            .iter()
            .any(|text| error.message.contains(text)),
        _ => false,
    }
}

fn ids(ids: &[RevisionId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}
