//! Renames: the decided ones are applied before anything is compared, the likely ones are asked about.

use super::{Context, Decisions, Undecided};
use crate::op::{ColumnOp, EnumOp, Operation, TableOp};
use crate::schema::{Column, Object, QualifiedName, RenamedFrom, Schema, Table};

/// Pushes the decided renames of tables, enum types and columns, and returns `before` after them.
pub(super) fn apply_decided(context: &mut Context<'_>, before: &Schema, target: &Schema) -> Schema {
    let mut state = before.clone();
    // Tables first, since a column's rename names its table as the models do.
    let mut renames: Vec<&RenamedFrom> = context.decisions.renames.iter().collect();
    renames.sort_by_key(|rename| matches!(rename, RenamedFrom::Column { .. }));
    for rename in renames {
        let operation = match rename {
            RenamedFrom::Table { from, to } if acts_on_table(&state, target, from, to) => {
                Operation::Table(TableOp::Rename {
                    from: from.clone(),
                    to: to.clone(),
                })
            }
            RenamedFrom::Enum { from, to } if acts_on_enum(&state, target, from, to) => {
                Operation::Enum(EnumOp::Rename {
                    from: from.clone(),
                    to: to.clone(),
                })
            }
            RenamedFrom::Column { table, from, to }
                if acts_on_column(&state, target, table, from, to) =>
            {
                Operation::Column(ColumnOp::Rename {
                    table: table.clone(),
                    from: from.clone(),
                    to: to.clone(),
                })
            }
            _ => continue,
        };
        if operation.apply(&mut state, context.dialect).is_ok() {
            context.push(operation);
        }
    }
    state
}

fn acts_on_table(
    state: &Schema,
    target: &Schema,
    from: &QualifiedName,
    to: &QualifiedName,
) -> bool {
    state.tables.contains_key(from)
        && !state.tables.contains_key(to)
        && target.tables.contains_key(to)
        && !target.tables.contains_key(from)
}

fn acts_on_enum(state: &Schema, target: &Schema, from: &QualifiedName, to: &QualifiedName) -> bool {
    state.enums.contains_key(from)
        && !state.enums.contains_key(to)
        && target.enums.contains_key(to)
        && !target.enums.contains_key(from)
}

fn acts_on_column(
    state: &Schema,
    target: &Schema,
    table: &QualifiedName,
    from: &str,
    to: &str,
) -> bool {
    let has = |schema: &Schema, column: &str| {
        let table = schema.tables.get(table);
        table.is_some_and(|table| table.column(column).is_some())
    };
    has(state, from) && !has(state, to) && has(target, to) && !has(target, from)
}

/// The hints that do nothing any more against `before`: the rename was made, or never can be.
pub fn spent_hints<'a>(before: &Schema, hints: &'a [RenamedFrom]) -> Vec<&'a RenamedFrom> {
    hints
        .iter()
        .filter(|hint| match hint {
            RenamedFrom::Table { from, to } => {
                !before.tables.contains_key(from) || before.tables.contains_key(to)
            }
            RenamedFrom::Enum { from, to } => {
                !before.enums.contains_key(from) || before.enums.contains_key(to)
            }
            RenamedFrom::Column { table, from, to } => before
                .tables
                .get(table)
                .is_some_and(|table| table.column(from).is_none() || table.column(to).is_some()),
            RenamedFrom::EnumValue {
                enum_type,
                from,
                to,
            } => before.enums.get(enum_type).is_some_and(|enum_type| {
                !enum_type.values.contains(from) || enum_type.values.contains(to)
            }),
        })
        .collect()
}

/// Asks about tables that one side has alone and that look alike. Returns the dropped ones asked about.
pub(super) fn ask_about_tables<'a>(
    context: &mut Context<'_>,
    dropped: &[&'a Table],
    added: &[&Table],
) -> Vec<&'a QualifiedName> {
    let mut asked = Vec::new();
    for to in added {
        let best = dropped
            .iter()
            .filter(|from| asks(context.decisions, &Object::Table(from.name.clone())))
            .map(|from| (common_columns(from, to), from))
            .filter(|(common, from)| common * 2 > from.columns.len().max(to.columns.len()))
            .max_by_key(|(common, _)| *common);
        if let Some((common, from)) = best {
            context.undecided.push(Undecided::Rename {
                from: Object::Table(from.name.clone()),
                to: Object::Table(to.name.clone()),
                evidence: format!("{common} of {} columns are the same", to.columns.len()),
            });
            asked.push(&from.name);
        }
    }
    asked
}

fn common_columns(from: &Table, to: &Table) -> usize {
    let same = |column: &&Column| {
        from.column(&column.name)
            .is_some_and(|other| other.data_type == column.data_type)
    };
    to.columns.iter().filter(same).count()
}

/// Asks about columns of one table that look alike. Returns whether anything was asked.
pub(super) fn ask_about_columns(
    context: &mut Context<'_>,
    before: &Table,
    target: &Table,
    dropped: &[&Column],
    added: &[&Column],
) -> bool {
    let mut asked = Vec::new();
    for to in added {
        let best = dropped
            .iter()
            .filter(|from| !asked.contains(&from.name.as_str()))
            .filter(|from| {
                let object = Object::Column(before.name.clone(), from.name.clone());
                asks(context.decisions, &object)
            })
            .filter(|from| from.data_type == to.data_type)
            .max_by_key(|from| {
                let near = similarity(&from.name, &to.name);
                (
                    same_place(before, target, from, to),
                    from.nullable == to.nullable,
                    near,
                )
            });
        if let Some(from) = best {
            let mut evidence = vec!["same type"];
            if from.nullable == to.nullable {
                evidence.push(if to.nullable {
                    "both nullable"
                } else {
                    "both not null"
                });
            }
            if same_place(before, target, from, to) {
                evidence.push("same place");
            }
            context.undecided.push(Undecided::Rename {
                from: Object::Column(before.name.clone(), from.name.clone()),
                to: Object::Column(target.name.clone(), to.name.clone()),
                evidence: evidence.join(", "),
            });
            asked.push(&from.name);
        }
    }
    !asked.is_empty()
}

/// Whether the two columns stand behind the same neighbour.
fn same_place(before: &Table, target: &Table, from: &Column, to: &Column) -> bool {
    let neighbour = |table: &Table, name: &str| {
        let place = table
            .columns
            .iter()
            .position(|column| column.name == name)?;
        let neighbour = place
            .checked_sub(1)
            .and_then(|place| table.columns.get(place));
        Some(neighbour.map(|column| column.name.clone()))
    };
    neighbour(before, &from.name) == neighbour(target, &to.name)
}

/// The length of the longest common prefix and suffix, in characters.
fn similarity(a: &str, b: &str) -> usize {
    let prefix = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let suffix = a
        .chars()
        .rev()
        .zip(b.chars().rev())
        .take_while(|(a, b)| a == b)
        .count();
    prefix + suffix
}

/// Whether a question about `from` is open: its drop is not decided.
pub(super) fn asks(decisions: &Decisions, from: &Object) -> bool {
    decisions.when_undecided == super::WhenUndecided::Ask
        && !decisions.drops.contains(&from.to_string())
}
