//! Tables in the SQL of PostgreSQL, with their options.

use super::{column, constraint, identifier, identity, index, qualified};
use crate::dialect::Dialect;
use crate::op::TableOp;
use crate::schema::{Constraint, QualifiedName, ReplicaIdentity, Schema, Table, TableOptions};

pub(super) fn statements(op: &TableOp, state: &Schema) -> Vec<String> {
    match op {
        TableOp::Create(table) => create(table),
        TableOp::Drop(table) => vec![format!("DROP TABLE {}", qualified(&table.name))],
        TableOp::Rename { from, to } => rename(from, to, state),
        TableOp::SetOptions { table, from, to } => set_options(table, from, to),
    }
}

fn create(table: &Table) -> Vec<String> {
    let name = &table.name;
    let columns = table.columns.iter();
    let mut members: Vec<String> = columns.map(|one| column::definition(name, one)).collect();
    // CREATE TABLE marks every constraint as valid, since there is no row (PostgreSQL manual, CREATE
    // TABLE).
    let (now, later): (Vec<&Constraint>, Vec<&Constraint>) = table
        .constraints
        .values()
        .partition(|constraint| constraint.kind.is_validated());
    members.extend(now.into_iter().map(constraint::definition));
    let kind = if table.options.unlogged {
        "UNLOGGED TABLE"
    } else {
        "TABLE"
    };
    let body = if members.is_empty() {
        "()".to_owned()
    } else {
        format!("(\n    {}\n)", members.join(",\n    "))
    };
    let columns = table.columns.iter();
    let mut statements: Vec<String> = columns
        .filter_map(|one| identity::made_before(name, one))
        .collect();
    statements.push(format!(
        "CREATE {kind} {} {body}{}",
        qualified(&table.name),
        with(&table.options)
    ));
    let add = |one: &Constraint| {
        let definition = constraint::definition(one);
        format!("ALTER TABLE {} ADD {definition}", qualified(&table.name))
    };
    statements.extend(later.into_iter().map(add));
    let columns = table.columns.iter();
    statements.extend(columns.filter_map(|one| identity::made_after(name, one)));
    statements.extend(
        table
            .indexes
            .values()
            .map(|index| index::create(&table.name, index)),
    );
    statements.extend(super::comment::of_table(table));
    let none = TableOptions::default();
    statements.extend(security(&table.name, &none, &table.options));
    statements
}

/// Row security and the replica identity.
fn security(table: &QualifiedName, from: &TableOptions, to: &TableOptions) -> Vec<String> {
    let mut actions = Vec::new();
    if from.row_security.enabled != to.row_security.enabled {
        actions.push(if to.row_security.enabled {
            "ENABLE ROW LEVEL SECURITY".to_owned()
        } else {
            "DISABLE ROW LEVEL SECURITY".to_owned()
        });
    }
    if from.row_security.forced != to.row_security.forced {
        actions.push(if to.row_security.forced {
            "FORCE ROW LEVEL SECURITY".to_owned()
        } else {
            "NO FORCE ROW LEVEL SECURITY".to_owned()
        });
    }
    if from.replica_identity != to.replica_identity {
        actions.push(match &to.replica_identity {
            ReplicaIdentity::Default => "REPLICA IDENTITY DEFAULT".to_owned(),
            ReplicaIdentity::Nothing => "REPLICA IDENTITY NOTHING".to_owned(),
            ReplicaIdentity::Full => "REPLICA IDENTITY FULL".to_owned(),
            ReplicaIdentity::Index(index) => {
                format!("REPLICA IDENTITY USING INDEX {}", identifier(index))
            }
        });
    }
    let name = qualified(table);
    actions
        .into_iter()
        .map(|action| format!("ALTER TABLE {name} {action}"))
        .collect()
}

fn with(options: &TableOptions) -> String {
    if options.parameters.is_empty() {
        return String::new();
    }
    format!(" WITH ({})", parameters(options))
}

fn parameters(options: &TableOptions) -> String {
    let parameters: Vec<String> = options
        .parameters
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    parameters.join(", ")
}

fn rename(from: &QualifiedName, to: &QualifiedName, state: &Schema) -> Vec<String> {
    let mut statements = Vec::new();
    let mut name = from.clone();
    if from.schema != to.schema {
        let schema = state.default_schema.of(to, Dialect::Postgres);
        statements.push(format!(
            "ALTER TABLE {} SET SCHEMA {}",
            qualified(&name),
            identifier(schema)
        ));
        name.schema.clone_from(&to.schema);
    }
    if from.name != to.name {
        statements.push(format!(
            "ALTER TABLE {} RENAME TO {}",
            qualified(&name),
            identifier(&to.name)
        ));
        // The sequences behind its columns go along.
        let columns = state.tables.get(from).into_iter();
        for column in columns.flat_map(|table| &table.columns) {
            if let Some(identity) = &column.identity {
                let name = |table: &QualifiedName| identity.sequence_name(table, &column.name);
                statements.extend(identity::renamed(&name(from), &name(to)));
            }
        }
    }
    statements
}

fn set_options(table: &QualifiedName, from: &TableOptions, to: &TableOptions) -> Vec<String> {
    let name = qualified(table);
    let mut statements = Vec::new();
    if from.unlogged != to.unlogged {
        let persistence = if to.unlogged { "UNLOGGED" } else { "LOGGED" };
        statements.push(format!("ALTER TABLE {name} SET {persistence}"));
    }
    let gone: Vec<String> = from
        .parameters
        .keys()
        .filter(|parameter| !to.parameters.contains_key(*parameter))
        .cloned()
        .collect();
    if !gone.is_empty() {
        statements.push(format!("ALTER TABLE {name} RESET ({})", gone.join(", ")));
    }
    if from.parameters != to.parameters && !to.parameters.is_empty() {
        statements.push(format!("ALTER TABLE {name} SET ({})", parameters(to)));
    }
    statements.extend(security(table, from, to));
    statements
}
