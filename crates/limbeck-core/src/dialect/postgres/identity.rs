//! Columns that the server numbers, and the sequences behind them.

use super::sequence::{
    Counter, changed_options, moved_behind_rows, moved_within, nextval, options, owned_by, rename,
    starts_again,
};
use super::types::name as type_name;
use super::{identifier, qualified};
use crate::schema::{Column, Identity, IdentityKind, QualifiedName, SequenceOptions};
use crate::sql::quote_literal;

/// A setting that holds a counter's last value while another one takes its place. It is local to
/// the transaction.
const LAST_VALUE: &str = "'limbeck.last_value'";

pub(super) fn is_serial(column: &Column) -> bool {
    kind(column) == Some(IdentityKind::Serial)
}

/// Whether `serial` says all that the column is. It makes a sequence by itself, and says NOT NULL.
pub(super) fn is_plain_serial(column: &Column) -> bool {
    let identity = column.identity.as_ref();
    let is_usual = identity.is_some_and(|identity| identity.sequence.is_usual());
    is_serial(column) && is_usual && !column.nullable
}

/// GENERATED … AS IDENTITY, as CREATE TABLE, ADD COLUMN and ADD spell it.
pub(super) fn clause(table: &QualifiedName, column: &Column, identity: &Identity) -> String {
    let kind = match identity.kind {
        IdentityKind::Always => "ALWAYS",
        IdentityKind::ByDefault | IdentityKind::Serial => "BY DEFAULT",
    };
    let mut words = Vec::new();
    if identity.sequence.name.is_some() {
        let name = identity.sequence_name(table, &column.name);
        words.push(format!("SEQUENCE NAME {}", qualified(&name)));
    }
    words.extend(options(&identity.options));
    if words.is_empty() {
        format!("GENERATED {kind} AS IDENTITY")
    } else {
        format!("GENERATED {kind} AS IDENTITY ({})", words.join(" "))
    }
}

/// The default of a serial column whose sequence is made apart.
pub(super) fn default(table: &QualifiedName, column: &Column) -> Option<String> {
    let identity = column.identity.as_ref().filter(|_| is_serial(column))?;
    Some(nextval(&identity.sequence_name(table, &column.name)))
}

/// What makes the sequence of a serial column that `serial` cannot say, before the column is there.
pub(super) fn made_before(table: &QualifiedName, column: &Column) -> Option<String> {
    let identity = column.identity.as_ref().filter(|_| is_serial(column))?;
    (!is_plain_serial(column)).then(|| create_sequence(table, column, identity).join(" "))
}

/// What the type alone cannot say of the sequence behind a new column.
pub(super) fn made_after(table: &QualifiedName, column: &Column) -> Option<String> {
    let identity = column.identity.as_ref()?;
    let sequence = identity.sequence_name(table, &column.name);
    if is_serial(column) && !is_plain_serial(column) {
        return Some(owned_by(&sequence, Some((table, &column.name))));
    }
    let mut clauses = Vec::new();
    if let Some(data_type) = &identity.sequence.data_type {
        clauses.push(format!("AS {}", type_name(data_type)));
    }
    if is_serial(column) {
        let none = SequenceOptions::default();
        let counter = |options| Counter {
            data_type: &column.data_type,
            options,
        };
        clauses.extend(changed_options(counter(&none), counter(&identity.options)));
        // START is where RESTART goes to; the counter of a new sequence stands elsewhere.
        let has = |word: &str| clauses.iter().any(|clause| clause.starts_with(word));
        if has("START") && !has("RESTART") {
            clauses.push("RESTART".to_owned());
        }
    }
    (!clauses.is_empty()).then(|| {
        format!(
            "ALTER SEQUENCE {} {}",
            qualified(&sequence),
            clauses.join(" ")
        )
    })
}

/// The sequence behind the column by its other name, after its table or the column itself was
/// renamed. It goes along, as long as its name is made of theirs.
pub(super) fn renamed(from: &QualifiedName, to: &QualifiedName) -> Option<String> {
    // The server moves it along with its table between schemas.
    rename(&to.sibling(from.name.as_str()), to)
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
    let Some(identity) = &from.identity else {
        return Vec::new();
    };
    if !is_replaced(from, to) {
        return narrowed(table, from, to);
    }
    let mut statements = Vec::new();
    let sequence = qualified(&identity.sequence_name(table, &from.name));
    if to.identity.is_some() {
        let step = identity.options.step();
        statements.push(format!(
            "SELECT set_config({LAST_VALUE}, (last_value - CASE WHEN is_called THEN 0 ELSE {step} END)::text, true) FROM {sequence}",
        ));
    }
    let end = if is_serial(from) {
        "DROP DEFAULT"
    } else {
        "DROP IDENTITY"
    };
    statements.push(alter_column(table, &from.name, end));
    if is_serial(from) {
        statements.push(format!("DROP SEQUENCE {sequence}"));
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
        let mut words = create_sequence(table, to, identity);
        let owner = format!("OWNED BY {}.{}", qualified(table), identifier(&to.name));
        words.push(owner);
        statements.push(words.join(" "));
        let sequence = identity.sequence_name(table, &to.name);
        let default = format!("SET DEFAULT {}", nextval(&sequence));
        statements.push(alter_column(table, &to.name, &default));
    } else {
        let add = format!("ADD {}", clause(table, to, identity));
        statements.push(alter_column(table, &to.name, &add));
        statements.extend(made_after(table, to));
    }
    statements.push(go_on(table, to, identity, from.identity.is_some()));
    statements
}

fn create_sequence(table: &QualifiedName, column: &Column, identity: &Identity) -> Vec<String> {
    let sequence = identity.sequence_name(table, &column.name);
    let mut words = vec![
        format!("CREATE SEQUENCE {}", qualified(&sequence)),
        format!("AS {}", type_name(column.sequence_type())),
    ];
    words.extend(options(&identity.options));
    words
}

/// Numbering goes on behind the rows that are there and behind the counter that was there, or
/// begins where it is told to.
fn go_on(table: &QualifiedName, column: &Column, identity: &Identity, had_counter: bool) -> String {
    let name = identifier(&column.name);
    let options = &identity.options;
    let (of_rows, of_both, is_behind) = if options.ascends() {
        ("max", "greatest", ">=")
    } else {
        ("min", "least", "<=")
    };
    let mut last = format!("{of_rows}({name})");
    if had_counter {
        last = format!("{of_both}({last}, nullif(current_setting({LAST_VALUE}), '')::bigint)");
    }
    let sequence = qualified(&identity.sequence_name(table, &column.name));
    let mut having = vec![format!(
        "{last} {is_behind} {}",
        options.start.unwrap_or_else(|| options.first())
    )];
    let (min, max) = (options.min_value, options.max_value);
    having.extend(min.map(|min| format!("{last} >= {min}")));
    having.extend(max.map(|max| format!("{last} <= {max}")));
    format!(
        "SELECT setval({}, {last}) FROM {} HAVING {}",
        quote_literal(&sequence),
        qualified(table),
        having.join(" AND ")
    )
}

/// The options of an identity column before its type becomes a smaller one, in which the limits
/// that it has may be out of range. The server changes the type of the sequence along.
fn narrowed(table: &QualifiedName, from: &Column, to: &Column) -> Vec<String> {
    let (Some(former), Some(identity)) = (&from.identity, &to.identity) else {
        return Vec::new();
    };
    if is_serial(from) || !is_narrower(from, to) {
        return Vec::new();
    }
    let (min, max) = identity.options.limits(to.sequence_type());
    let explicit = |from: Option<i64>, to: Option<i64>, limit: i64| {
        (from.is_some() || to.is_some()).then_some(limit)
    };
    let options = SequenceOptions {
        min_value: explicit(former.options.min_value, identity.options.min_value, min),
        max_value: explicit(former.options.max_value, identity.options.max_value, max),
        ..identity.options.clone()
    };
    let before = counter(from, &former.options);
    let inside = counter(to, &identity.options);
    let after = counter(from, &options);
    let sequence = former.sequence_name(table, &from.name);
    let numbered = Some((table, from.name.as_str()));
    let mut statements: Vec<String> = moved_within(&sequence, numbered, before, inside)
        .into_iter()
        .collect();
    let mut clauses = changed_options(before, after);
    let restart = "RESTART WITH";
    if starts_again(before, inside) && !clauses.iter().any(|one| one.starts_with(restart)) {
        clauses.push(format!("{restart} {}", inside.start()));
    }
    statements.extend(set(table, &to.name, clauses));
    statements
}

fn is_narrower(from: &Column, to: &Column) -> bool {
    let limits = |column: &Column| SequenceOptions::default().limits(&column.data_type);
    limits(to).1 < limits(from).1
}

fn counter<'a>(column: &'a Column, options: &'a SequenceOptions) -> Counter<'a> {
    Counter {
        data_type: column.sequence_type(),
        options,
    }
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
        let set = format!("SET GENERATED {kind}");
        statements.push(alter_column(table, &to.name, &set));
    }
    let sequence = identity.sequence_name(table, &to.name);
    statements.extend(rename(&former.sequence_name(table, &to.name), &sequence));
    let before = counter(from, &former.options);
    let after = counter(to, &identity.options);
    let is_serial = identity.kind == IdentityKind::Serial;
    // The server has changed the type of an identity column's sequence along with the column's.
    let data_type = if !is_serial && from.data_type != to.data_type {
        &to.data_type
    } else {
        from.sequence_type()
    };
    let mut clauses = Vec::new();
    if data_type != to.sequence_type() {
        clauses.push(format!("AS {}", type_name(to.sequence_type())));
    }
    let is_done = !is_serial && is_narrower(from, to);
    let changed = if is_done {
        Vec::new()
    } else {
        changed_options(before, after)
    };
    if !is_done {
        let numbered = Some((table, to.name.as_str()));
        statements.extend(moved_within(&sequence, numbered, before, after));
    }
    if is_serial {
        clauses.extend(changed);
    } else {
        statements.extend(set(table, &to.name, changed));
    }
    if !clauses.is_empty() {
        let clauses = clauses.join(" ");
        statements.push(format!("ALTER SEQUENCE {} {clauses}", qualified(&sequence)));
    }
    if starts_again(before, after) {
        let options = &identity.options;
        let behind = moved_behind_rows(&sequence, table, &to.name, options);
        statements.push(behind);
    }
    statements
}

/// ALTER COLUMN … SET for the options of an identity column's sequence.
fn set(table: &QualifiedName, column: &str, options: Vec<String>) -> Option<String> {
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
    (!set.is_empty()).then(|| alter_column(table, column, &set.join(" ")))
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
