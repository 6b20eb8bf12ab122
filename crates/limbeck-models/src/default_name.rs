//! Names that members have when nobody names them, and the columns that such a name is made of.

use limbeck_core::schema::naming::{Naming, Parts, fill};
use limbeck_core::schema::{Constraint, ConstraintKind, Index, IndexTarget, QualifiedName, Table};

/// The name of a constraint with these columns.
pub(crate) fn of_constraint(
    naming: &Naming,
    table: &QualifiedName,
    kind: &ConstraintKind,
    columns: &[String],
) -> String {
    fill(naming.of_constraint(kind), &parts(table, kind, columns))
}

/// The name of an index with these columns.
pub(crate) fn of_index(
    naming: &Naming,
    table: &QualifiedName,
    is_unique: bool,
    columns: &[String],
) -> String {
    fill(
        naming.of_index(is_unique),
        &Parts::new(&table.name, columns),
    )
}

/// What the name of a constraint is made of.
pub(crate) fn parts<'a>(
    table: &'a QualifiedName,
    kind: &'a ConstraintKind,
    columns: &'a [String],
) -> Parts<'a> {
    let references = match kind {
        ConstraintKind::ForeignKey(key) => Some((
            key.references.name.as_str(),
            key.referenced_columns.as_slice(),
        )),
        ConstraintKind::PrimaryKey(_)
        | ConstraintKind::Unique(_)
        | ConstraintKind::Check(_)
        | ConstraintKind::Exclusion(_) => None,
    };
    Parts {
        references,
        ..Parts::new(&table.name, columns)
    }
}

/// The columns of a constraint's name.
pub(crate) fn columns_of_constraint(table: &Table, constraint: &Constraint) -> Vec<String> {
    match &constraint.kind {
        ConstraintKind::Check(check) => mentioned(&names(table), check.expression.as_str()),
        ConstraintKind::Exclusion(exclusion) => {
            mentioned(&names(table), exclusion.definition.as_str())
        }
        kind @ (ConstraintKind::PrimaryKey(_)
        | ConstraintKind::Unique(_)
        | ConstraintKind::ForeignKey(_)) => kind.key_columns().to_vec(),
    }
}

/// The columns of an index's name.
pub(crate) fn columns_of_index(table: &Table, index: &Index) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for key in &index.keys {
        let found = match &key.target {
            IndexTarget::Column(column) => vec![column.clone()],
            IndexTarget::Expression(expression) => mentioned(&names(table), expression.as_str()),
        };
        for column in found {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
    }
    columns
}

fn names(table: &Table) -> Vec<&str> {
    let columns = table.columns.iter();
    columns.map(|column| column.name.as_str()).collect()
}

/// The columns that an expression names outside its strings, the first mentioned first.
pub(crate) fn mentioned(columns: &[&str], expression: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (position, outside) in expression.split('\'').enumerate() {
        if position % 2 == 1 {
            continue;
        }
        let words = outside
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$');
        for word in words {
            let column = columns
                .iter()
                .find(|name| **name == word || **name == word.to_lowercase());
            if let Some(column) = column
                && !found.iter().any(|one| one == column)
            {
                found.push((*column).to_owned());
            }
        }
    }
    found
}
