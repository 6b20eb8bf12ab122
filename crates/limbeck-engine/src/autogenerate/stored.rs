//! How PostgreSQL stores values, which models do not say and a change takes along: it is set again.

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Act, ColumnOp, Operation, TableOp};
use limbeck_core::plan::StepMode;
use limbeck_core::revision::{Section, Step};
use limbeck_core::schema::{QualifiedName, Schema, Table, Type};
use limbeck_core::sql::effect::{Defined, Verb, Words, readings};
use limbeck_core::sql::{Statement, quote_identifier};

use crate::inspect::Residue;

/// The revision's changes, and the schemas between which it goes.
pub(super) struct Change<'a> {
    pub(super) operations: &'a [Operation],
    pub(super) before: &'a Schema,
    pub(super) after: &'a Schema,
}

/// The ways of a revision, with statements for what they would leave otherwise than it was.
pub(super) fn with_stored(
    change: &Change<'_>,
    residue: &Residue,
    [upgrade, downgrade]: [Section; 2],
) -> [Section; 2] {
    let (mut there, mut back) = (Vec::new(), Vec::new());
    for (key, value) in residue {
        let Some((subject, fact)) = key.rsplit_once(": ") else {
            continue;
        };
        if let Some(path) = subject.strip_prefix("column ") {
            let [up, down] = change.of_column(path, fact, value);
            there.extend(up);
            back.extend(down);
        } else if let (Some(path), "clustered") = (subject.strip_prefix("index "), fact) {
            there.extend(clustered(path, change.after, &upgrade));
            back.extend(clustered(path, change.before, &downgrade));
        }
    }
    [with(upgrade, &there), with(downgrade, &back)]
}

/// What becomes of a column.
#[derive(Default)]
struct Fate {
    is_gone: bool,
    is_retyped: bool,
    /// Whether the new type has values that can be stored so.
    can_be_stored: bool,
}

impl Change<'_> {
    /// What sets the fact of a column again, there and back.
    fn of_column(&self, path: &str, fact: &str, value: &str) -> [Option<String>; 2] {
        // A change of type leaves these alone.
        let is_kept = ["statistics", "options"].contains(&fact);
        let mut places = readings(path, Dialect::Postgres).into_iter();
        let place = places.find_map(|(table, column)| Some((table, column?)));
        let (Some((table, column)), Some(set)) = (place, setting(fact, value)) else {
            return [None, None];
        };
        let fate = self.fate(&table, &column);
        let statement = |table: &QualifiedName, column: &str| {
            alter(table, &format!("ALTER COLUMN {} SET {set}", quoted(column)))
        };
        let (now, renamed) = self.now(&table, &column);
        let is_lost = fate.is_retyped && !is_kept;
        [
            (is_lost && fate.can_be_stored).then(|| statement(&now, &renamed)),
            (is_lost || fate.is_gone).then(|| statement(&table, &column)),
        ]
    }

    /// What a column is called after the renames.
    fn now(&self, table: &QualifiedName, column: &str) -> (QualifiedName, String) {
        let mut now = (table.clone(), column.to_owned());
        for operation in self.operations {
            match operation {
                Operation::Table(TableOp::Rename { from, to }) if *from == now.0 => {
                    now.0 = to.clone();
                }
                Operation::Column(ColumnOp::Rename { table, from, to })
                    if *table == now.0 && *from == now.1 =>
                {
                    now.1.clone_from(to);
                }
                _ => {}
            }
        }
        now
    }

    fn fate(&self, table: &QualifiedName, column: &str) -> Fate {
        let now = self.now(table, column);
        let mut fate = Fate::default();
        for operation in self.operations {
            match operation {
                Operation::Table(op) if op.sides().act() == Act::Drop => {
                    fate.is_gone |= op.sides().gone().is_some_and(|gone| gone.name == *table);
                }
                Operation::Column(ColumnOp::Drop {
                    table,
                    column: gone,
                    ..
                }) => fate.is_gone |= *table == now.0 && gone.name == now.1,
                Operation::Column(ColumnOp::Alter {
                    table, from, to, ..
                }) if *table == now.0 && from.name == now.1 => {
                    fate.is_retyped |= from.data_type != to.data_type;
                    fate.can_be_stored = is_of_any_length(&to.data_type);
                }
                _ => {}
            }
        }
        fate
    }
}

/// What makes the index the one by which its table is ordered, where the section makes it.
fn clustered(path: &str, schema: &Schema, section: &Section) -> Option<String> {
    let mut readings = readings(path, Dialect::Postgres).into_iter();
    let (index, _) = readings.find(|(_, member)| member.is_none())?;
    let mut tables = schema.tables.values();
    let table = tables.find(|table| has_index(table, &index))?;
    let change = format!("CLUSTER ON {}", quoted(&index.name));
    makes(section, &index.name).then(|| alter(&table.name, &change))
}

/// Whether values of the type may be long: others are stored in their row, and the server takes no other
/// word (PostgreSQL manual, section 73.2).
fn is_of_any_length(data_type: &Type) -> bool {
    matches!(
        data_type,
        Type::Text
            | Type::Varchar(_)
            | Type::Char(_)
            | Type::Bytes
            | Type::Json
            | Type::Jsonb
            | Type::Numeric(_)
            | Type::Array(_)
    )
}

fn setting(fact: &str, value: &str) -> Option<String> {
    match fact {
        "storage" => Some(format!("STORAGE {value}")),
        "compression" => Some(format!("COMPRESSION {value}")),
        "statistics" => Some(format!("STATISTICS {value}")),
        "options" => Some(format!("({value})")),
        _ => None,
    }
}

fn has_index(table: &Table, index: &QualifiedName) -> bool {
    table.name.schema == index.schema
        && (table.indexes.contains_key(&index.name) || table.constraints.contains_key(&index.name))
}

/// Whether a section makes an index of this name, or a constraint with it.
fn makes(section: &Section, index: &str) -> bool {
    let is_made = |statement: &Statement| {
        let defined = Defined::of(statement);
        defined.is_some_and(|one| one.is(Verb::Create, "index", index))
            || adds_constraint(statement, index)
    };
    section
        .statements(Dialect::Postgres)
        .any(|statement| is_made(&statement))
}

fn adds_constraint(statement: &Statement, name: &str) -> bool {
    let text = Words::new(&statement.text, statement.dialect);
    let mut places = 0..text.len();
    text.keyword(0) == "alter"
        && places.any(|at| {
            let added =
                (text.is(at, "add") && text.is(at + 1, "constraint")).then(|| text.name(at + 2));
            added.flatten().is_some_and(|(added, _)| added.name == name)
        })
}

fn alter(table: &QualifiedName, change: &str) -> String {
    let parts = table.parts().into_iter();
    let parts: Vec<String> = parts.map(quoted).collect();
    format!("ALTER TABLE {} {change};", parts.join("."))
}

fn quoted(name: &str) -> String {
    quote_identifier(name, Dialect::Postgres)
}

/// The section with statements at its end.
fn with(section: Section, statements: &[String]) -> Section {
    match section {
        Section::Steps(mut steps) if !statements.is_empty() => {
            let text = statements.join("\n");
            match steps.last_mut() {
                Some(step) if step.mode != StepMode::NoTransaction => {
                    step.sql.push('\n');
                    step.sql.push_str(&text);
                }
                _ => steps.push(Step {
                    mode: StepMode::Transaction,
                    sql: text,
                    line: 0,
                }),
            }
            Section::Steps(steps)
        }
        section => section,
    }
}
