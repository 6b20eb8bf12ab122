//! Changes of tables as a whole.

use serde::{Deserialize, Serialize};

use super::{Hazard, HazardCode, Mismatch, Sides, object, sequence};
use crate::dialect::Dialect;
use crate::schema::{ConstraintKind, Object, QualifiedName, Schema, Table, TableOptions, unnamed};

/// A change of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableOp {
    /// CREATE TABLE, with its indexes.
    Create(Table),
    /// DROP TABLE.
    Drop(Table),
    /// ALTER TABLE … RENAME TO.
    Rename {
        /// The former name.
        from: QualifiedName,
        /// The name from then on.
        to: QualifiedName,
    },
    /// Other options.
    SetOptions {
        /// The table.
        table: QualifiedName,
        /// The options that it had.
        from: TableOptions,
        /// The options that it gets.
        to: TableOptions,
    },
}

impl TableOp {
    /// The table before and after.
    pub fn sides(&self) -> Sides<'_, Table> {
        match self {
            Self::Create(table) => Sides::created(table),
            Self::Drop(table) => Sides::dropped(table),
            Self::Rename { .. } | Self::SetOptions { .. } => Sides::of_part(),
        }
    }

    /// The table as it becomes, to be said otherwise.
    pub(crate) fn to_mut(&mut self) -> Option<&mut Table> {
        match self {
            Self::Create(table) => Some(table),
            Self::Drop(_) | Self::Rename { .. } | Self::SetOptions { .. } => None,
        }
    }

    pub(super) fn apply(&self, schema: &mut Schema, dialect: Dialect) -> Result<(), Mismatch> {
        match self {
            Self::Create(table) => match schema.tables.insert(table.name.clone(), table.clone()) {
                Some(_) => Err(Mismatch::Exists(self.object())),
                None => Ok(()),
            },
            Self::Drop(table) => match schema.tables.remove(&table.name) {
                Some(_) => Ok(()),
                None => Err(Mismatch::Missing(self.object())),
            },
            Self::Rename { from, to } => rename(schema, from, to, dialect),
            Self::SetOptions { table, to, .. } => {
                table_mut(schema, table)?.options.clone_from(to);
                Ok(())
            }
        }
    }

    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Create(table) => Self::Drop(table.clone()),
            Self::Drop(table) => Self::Create(table.clone()),
            Self::Rename { from, to } => Self::Rename {
                from: to.clone(),
                to: from.clone(),
            },
            Self::SetOptions { table, from, to } => Self::SetOptions {
                table: table.clone(),
                from: to.clone(),
                to: from.clone(),
            },
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Create(table) => format!("create table {}", table.name),
            Self::Drop(table) => format!("drop table {}", table.name),
            Self::Rename { from, to } => format!("rename table {from} to {to}"),
            Self::SetOptions { table, .. } => format!("set options of table {table}"),
        }
    }

    pub(super) fn hazards(&self) -> Vec<Hazard> {
        match self {
            Self::Create(_) => Vec::new(),
            Self::Drop(_) => vec![Hazard::new(
                HazardCode::DeletesData,
                self.object(),
                "the table and its rows",
            )],
            Self::Rename { from, .. } => vec![Hazard::new(
                HazardCode::BreaksClients,
                self.object(),
                format!("programs that say {from}"),
            )],
            Self::SetOptions { from, to, .. } if to.strict && !from.strict => vec![Hazard::new(
                HazardCode::MayFail,
                self.object(),
                "values that are not of their column's type",
            )],
            Self::SetOptions { .. } => Vec::new(),
        }
    }

    pub(super) fn object(&self) -> Object {
        match self {
            Self::Create(table) | Self::Drop(table) => Object::Table(table.name.clone()),
            Self::Rename { to, .. } => Object::Table(to.clone()),
            Self::SetOptions { table, .. } => Object::Table(table.clone()),
        }
    }
}

/// The table that an operation is about, to be changed.
pub(super) fn table_mut<'a>(
    schema: &'a mut Schema,
    name: &QualifiedName,
) -> Result<&'a mut Table, Mismatch> {
    schema
        .tables
        .get_mut(name)
        .ok_or_else(|| Mismatch::Missing(Object::Table(name.clone())))
}

fn rename(
    schema: &mut Schema,
    from: &QualifiedName,
    to: &QualifiedName,
    dialect: Dialect,
) -> Result<(), Mismatch> {
    if schema.tables.contains_key(to) {
        return Err(Mismatch::Exists(Object::Table(to.clone())));
    }
    let Some(mut table) = schema.tables.remove(from) else {
        return Err(Mismatch::Missing(Object::Table(from.clone())));
    };
    table.name = to.clone();
    unnamed::follow(&mut table);
    // The sequences behind its columns go along, unless they have names of their own.
    let numbered = |table: &Table, name: &QualifiedName| -> Vec<QualifiedName> {
        let columns = table.columns.iter().filter_map(|column| {
            let identity = column.identity.as_ref()?;
            Some(identity.sequence_name(name, &column.name))
        });
        columns.collect()
    };
    let former = numbered(&table, from);
    let present = numbered(&table, to);
    schema.tables.insert(to.clone(), table);
    for (from, to) in former.iter().zip(&present) {
        sequence::renamed(schema, from, to);
    }
    for table in schema.tables.values_mut() {
        for constraint in table.constraints.values_mut() {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                && key.references == *from
            {
                key.references = to.clone();
            }
        }
    }
    for (name, mut sequence) in std::mem::take(&mut schema.sequences) {
        if let Some((table, _)) = &mut sequence.owned_by
            && table == from
        {
            *table = to.clone();
            // What a column owns stands in the schema of its table.
            sequence.name.schema.clone_from(&to.schema);
        }
        let moved = sequence.name.clone();
        schema.sequences.insert(moved.clone(), sequence);
        sequence::renamed(schema, &name, &moved);
    }
    object::table_renamed(schema, from, to, dialect);
    Ok(())
}
