//! Sequences, in the attribute of the table that owns one or calls it, else of any in its schema.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{QualifiedName, Sequence, Table, Type};
use limbeck_core::sql;

use super::column::sequence_options;
use super::table::Writing;
use super::text::said;
use super::{WriteContext, name};

/// What the attribute of a table says of sequences.
pub(crate) fn arguments(writing: &Writing<'_>) -> Vec<String> {
    let own = writing
        .context
        .schema
        .sequences
        .values()
        .filter(|one| owner(writing.context, one) == Some(&writing.table.name));
    own.map(|sequence| argument(writing, sequence)).collect()
}

fn argument(writing: &Writing<'_>, sequence: &Sequence) -> String {
    let mut arguments = vec![said("name", &sequence.name.name)];
    if sequence.data_type != Type::BigInt {
        arguments.push(said("sql_type", &sequence.data_type.to_string()));
    }
    arguments.extend(sequence_options(&sequence.options));
    if let Some((_, column)) = &sequence.owned_by {
        arguments.push(format!("owned_by = {}", writing.names.field(column)));
    }
    format!("sequence({})", arguments.join(", "))
}

/// The table whose struct declares a sequence; none where no attribute can.
pub(crate) fn owner<'a>(
    context: &'a WriteContext<'_>,
    sequence: &'a Sequence,
) -> Option<&'a QualifiedName> {
    let name = &sequence.name;
    if name.name.contains('.') || !name::is_sayable(&name.name, context.dialect) {
        return None;
    }
    let beside = |table: &&Table| table.name.schema == name.schema;
    let tables = || {
        let tables = context.tables.keys();
        tables
            .filter_map(|name| context.schema.tables.get(name))
            .filter(beside)
    };
    if let Some((table, _)) = &sequence.owned_by {
        return tables().map(|one| &one.name).find(|one| *one == table);
    }
    let calls = |table: &&Table| {
        table
            .columns
            .iter()
            .filter_map(|one| one.default.as_ref())
            .any(|default| {
                // The name stands in a string: `nextval('numbers'::regclass)`.
                let quoted = sql::quote_identifier(&name.name, Dialect::Postgres);
                default.as_str().contains(&quoted)
            })
    };
    let found = tables().find(calls).or_else(|| tables().next());
    found.map(|table| &table.name)
}
