//! Columns that the server numbers, and the counters behind them.

use super::sequence::{changed_options, moved_within, options};
use super::types::name as type_name;
use super::{identifier, qualified};
use crate::schema::{Column, Identity, IdentityKind, QualifiedName, SequenceOptions, naming};
use crate::sql::quote_literal;

/// A setting that holds a counter's last value while another one takes its place. It is local to
/// the transaction.
const LAST_VALUE: &str = "'limbeck.last_value'";

/// The sequence that `serial` makes for a column.
pub(super) fn sequence_name(table: &QualifiedName, column: &str) -> QualifiedName {
    table.sibling(naming::serial_sequence(&table.name, column))
}

pub(super) fn is_serial(column: &Column) -> bool {
    kind(column) == Some(IdentityKind::Serial)
}

/// GENERATED … AS IDENTITY, as CREATE TABLE, ADD COLUMN and ADD spell it.
pub(super) fn clause(identity: &Identity) -> String {
    let kind = match identity.kind {
        IdentityKind::Always => "ALWAYS",
        IdentityKind::ByDefault | IdentityKind::Serial => "BY DEFAULT",
    };
    let options = options(&identity.options);
    if options.is_empty() {
        format!("GENERATED {kind} AS IDENTITY")
    } else {
        format!("GENERATED {kind} AS IDENTITY ({})", options.join(" "))
    }
}

/// The options of the sequence behind a new serial column: the type alone cannot say them.
pub(super) fn serial_options(table: &QualifiedName, column: &Column) -> Option<String> {
    let identity = column.identity.as_ref().filter(|_| is_serial(column))?;
    let options = changed_options(&SequenceOptions::default(), &identity.options);
    // START is where RESTART goes to; the counter of a new sequence stands elsewhere.
    let has = |word: &str| options.iter().any(|clause| clause.starts_with(word));
    let restart = has("START") && !has("RESTART");
    (!options.is_empty()).then(|| {
        format!(
            "ALTER SEQUENCE {} {}{}",
            qualified(&sequence_name(table, &column.name)),
            options.join(" "),
            if restart { " RESTART" } else { "" }
        )
    })
}

/// The statement that gives the sequence of a serial column the name that belongs to the column's.
pub(super) fn rename_sequence(from: &QualifiedName, to: &QualifiedName) -> Option<String> {
    (from.name != to.name).then(|| {
        format!(
            "ALTER SEQUENCE {} RENAME TO {}",
            qualified(from),
            identifier(&to.name)
        )
    })
}

/// Whether one way of numbering ends, or another one begins. ALWAYS and BY DEFAULT are one.
pub(super) fn is_replaced(from: &Column, to: &Column) -> bool {
    use IdentityKind::{Always, ByDefault};
    kind(from) != kind(to)
        && !matches!(
            (kind(from), kind(to)),
            (Some(Always | ByDefault), Some(Always | ByDefault))
        )
}

/// The statements before the column's type changes.
pub(super) fn end(table: &QualifiedName, from: &Column, to: &Column) -> Vec<String> {
    let mut statements = Vec::new();
    if !is_replaced(from, to) || from.identity.is_none() {
        return statements;
    }
    if to.identity.is_some() {
        statements.push(format!(
            "SELECT set_config({LAST_VALUE}, pg_sequence_last_value({}::regclass)::text, true)",
            owned_sequence(table, &from.name)
        ));
    }
    let end = if is_serial(from) {
        "DROP DEFAULT"
    } else {
        "DROP IDENTITY"
    };
    statements.push(alter_column(table, &from.name, end));
    if is_serial(from) {
        let sequence = sequence_name(table, &from.name);
        statements.push(format!("DROP SEQUENCE {}", qualified(&sequence)));
    }
    statements
}

/// The statements after the column's type, nullability and default have changed.
pub(super) fn begin(table: &QualifiedName, from: &Column, to: &Column) -> Vec<String> {
    let Some(identity) = &to.identity else {
        return Vec::new();
    };
    if !is_replaced(from, to) {
        return change(table, from, to, identity);
    }
    let mut statements = Vec::new();
    if identity.kind == IdentityKind::Serial {
        let sequence = qualified(&sequence_name(table, &to.name));
        let mut words = vec![
            format!("CREATE SEQUENCE {sequence}"),
            format!("AS {}", type_name(&to.data_type)),
        ];
        words.extend(options(&identity.options));
        words.push(format!(
            "OWNED BY {}.{}",
            qualified(table),
            identifier(&to.name)
        ));
        statements.push(words.join(" "));
        let default = format!(
            "SET DEFAULT nextval({}::regclass)",
            quote_literal(&sequence)
        );
        statements.push(alter_column(table, &to.name, &default));
    } else {
        let add = format!("ADD {}", clause(identity));
        statements.push(alter_column(table, &to.name, &add));
    }
    statements.push(go_on(table, to, identity, from.identity.is_some()));
    statements
}

/// Numbering goes on behind the rows that are there and behind the counter that was there, or
/// begins where it is told to.
fn go_on(table: &QualifiedName, column: &Column, identity: &Identity, had_counter: bool) -> String {
    let name = identifier(&column.name);
    let options = &identity.options;
    let descends = options.increment.is_some_and(|increment| increment < 0);
    let (of_rows, of_both, is_behind, first) = if descends {
        ("min", "least", "<=", options.max_value.unwrap_or(-1))
    } else {
        ("max", "greatest", ">=", options.min_value.unwrap_or(1))
    };
    let mut last = format!("{of_rows}({name})");
    if had_counter {
        last = format!("{of_both}({last}, nullif(current_setting({LAST_VALUE}), '')::bigint)");
    }
    format!(
        "SELECT setval({}, {last}) FROM {} HAVING {last} {is_behind} {}",
        owned_sequence(table, &column.name),
        qualified(table),
        options.start.unwrap_or(first)
    )
}

fn change(table: &QualifiedName, from: &Column, to: &Column, identity: &Identity) -> Vec<String> {
    let Some(former) = &from.identity else {
        return Vec::new();
    };
    let mut statements = Vec::new();
    if former.kind != identity.kind {
        let kind = if identity.kind == IdentityKind::Always {
            "ALWAYS"
        } else {
            "BY DEFAULT"
        };
        statements.push(alter_column(
            table,
            &to.name,
            &format!("SET GENERATED {kind}"),
        ));
    }
    let options = changed_options(&former.options, &identity.options);
    if options.is_empty() {
        return statements;
    }
    statements.extend(moved_within(
        &owned_sequence(table, &to.name),
        &former.options,
        &identity.options,
    ));
    statements.push(if identity.kind == IdentityKind::Serial {
        let sequence = sequence_name(table, &to.name);
        format!(
            "ALTER SEQUENCE {} {}",
            qualified(&sequence),
            options.join(" ")
        )
    } else {
        let set: Vec<String> = options
            .into_iter()
            .map(|option| {
                // The one option that is no setting.
                if option.starts_with("RESTART") {
                    option
                } else {
                    format!("SET {option}")
                }
            })
            .collect();
        alter_column(table, &to.name, &set.join(" "))
    });
    statements
}

fn kind(column: &Column) -> Option<IdentityKind> {
    column.identity.as_ref().map(|identity| identity.kind)
}

fn alter_column(table: &QualifiedName, column: &str, clause: &str) -> String {
    format!(
        "ALTER TABLE {} ALTER COLUMN {} {clause}",
        qualified(table),
        identifier(column)
    )
}

/// The sequence that the column owns, whatever it is called.
fn owned_sequence(table: &QualifiedName, column: &str) -> String {
    format!(
        "pg_get_serial_sequence({}, {})",
        quote_literal(&qualified(table)),
        quote_literal(column)
    )
}
