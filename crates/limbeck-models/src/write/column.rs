//! Fields for columns.

use std::collections::BTreeSet;

use limbeck_core::schema::{
    Column, ConstraintKind, Identity, IdentityKind, SequenceOptions, Table, Type,
};

use super::table::{Writing, documented};
use super::text::{attribute, not_read, not_said, said};
use super::types::{FieldType, field_type};
use super::{Import, WriteContext, default, name};

/// A field with its attribute; `members` are the constraints and indexes that it says.
pub(crate) fn write(
    writing: &Writing<'_>,
    column: &Column,
    members: Vec<(&'static str, String)>,
    imports: &mut BTreeSet<Import>,
) -> String {
    // A new fact does not compile until it is said here, or known to be said elsewhere.
    let Column {
        name: column_name,
        nullable,
        not_null_conflict,
        generated,
        collation,
        comment: remark,
        data_type: _,
        default: _,
        identity: _,
        declared: _,
    } = column;
    let found = field_type(writing.context, writing.table, column);
    let field = writing.names.field(column_name);
    let mut unsaid: Vec<String> = found.unsaid.iter().cloned().collect();
    let (key, members): (Vec<_>, Vec<_>) = members
        .into_iter()
        .partition(|(key, _)| *key == "primary_key");
    let mut arguments: Vec<String> = key.into_iter().map(|(_, argument)| argument).collect();
    if !name::gives(field, column_name) {
        arguments.push(said("name", column_name));
    }
    arguments.extend(found.arguments.iter().cloned());
    arguments.extend(default::argument(writing.context, column, &found));
    if let Some(generated) = generated {
        let key = if generated.stored {
            "generated"
        } else {
            "generated_virtual"
        };
        arguments.push(said(key, generated.expression.as_str()));
    }
    arguments.extend(identity(writing, column, &found));
    arguments.extend(members.into_iter().map(|(_, argument)| argument));
    if *nullable && writing.is_key(column_name) {
        arguments.push("nullable = true".to_owned());
    }
    if let Some(collation) = collation {
        arguments.push(said("collation", collation));
    }
    let (doc, said_comment) = documented(remark.as_deref(), "    ", "the column", &mut unsaid);
    arguments.extend(said_comment);
    if let Some(word) = not_null_conflict {
        arguments.push(super::constraint::on_conflict(word));
    }
    imports.extend(found.imports);
    let mut text = String::new();
    for what in &unsaid {
        text.push_str(&format!("    {}\n", not_said(what)));
    }
    if let Some(what) = &found.unread {
        text.push_str(&format!("    {}\n", not_read(what)));
    }
    text.push_str(&doc);
    text.push_str(&attribute("    ", "column", &arguments));
    let rust = if *nullable {
        format!("Option<{}>", found.rust)
    } else {
        found.rust
    };
    text.push_str(&format!("    pub {field}: {rust},\n"));
    text
}

/// How the column is numbered, unless that goes without saying.
fn identity(writing: &Writing<'_>, column: &Column, found: &FieldType) -> Option<String> {
    let context = writing.context;
    let numbering = context.conventions.numbering;
    let implied = numbering
        .identity(context.dialect)
        .filter(|_| is_integer(found) && may_count(writing.table, column));
    match &column.identity {
        same if *same == implied => None,
        None => Some("identity = false".to_owned()),
        Some(identity) => Some(said_identity(identity)),
    }
}

/// Whether how the column is numbered goes without saying.
pub(crate) fn counts_by_itself(context: &WriteContext<'_>, table: &Table, column: &Column) -> bool {
    may_count(table, column) && is_integer(&field_type(context, table, column))
}

fn is_integer(found: &FieldType) -> bool {
    found.portable.as_ref().is_some_and(Type::is_integer)
}

/// Whether a column is a key that counts by itself where it is an integer.
pub(super) fn may_count(table: &Table, column: &Column) -> bool {
    let is_whole_key = table
        .primary_key()
        .is_some_and(|(_, key)| key.columns == [column.name.clone()]);
    let refers = table.constraints.values().any(|constraint| {
        matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if key.columns.contains(&column.name))
    });
    is_whole_key && !refers && column.default.is_none() && column.generated.is_none()
}

fn said_identity(identity: &Identity) -> String {
    let kind = match identity.kind {
        IdentityKind::Always => "always",
        IdentityKind::ByDefault => "by_default",
        IdentityKind::Serial => "serial",
    };
    if identity.options == SequenceOptions::default() {
        return format!("identity = {kind}");
    }
    let mut arguments = vec![kind.to_owned()];
    arguments.extend(sequence_options(&identity.options));
    format!("identity({})", arguments.join(", "))
}

/// `start = 1000, cycle`.
pub(crate) fn sequence_options(options: &SequenceOptions) -> Vec<String> {
    let mut arguments = Vec::new();
    for (key, value) in [
        ("start", options.start),
        ("increment", options.increment),
        ("min_value", options.min_value),
        ("max_value", options.max_value),
        ("cache", options.cache),
    ] {
        arguments.extend(value.map(|value| format!("{key} = {value}")));
    }
    if options.cycle {
        arguments.push("cycle".to_owned());
    }
    arguments
}
