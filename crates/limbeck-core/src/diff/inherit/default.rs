//! Whether the default that a column has can stay, where its models leave it to the database.
//!
//! A default is a value of its column. SQLite keeps any text as the default of any column, and PostgreSQL refuses
//! the statement, so what fits the former type alone goes with that type.

use std::collections::BTreeMap;

use crate::dialect::{Dialect, takes_default};
use crate::schema::{Column, EnumType, Expression, QualifiedName, Type};
use crate::sql::quote_literal;

/// The enum types that the columns of two schemas have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub(crate) before: &'a BTreeMap<QualifiedName, EnumType>,
    pub(crate) target: &'a BTreeMap<QualifiedName, EnumType>,
    pub(crate) dialect: Dialect,
}

impl Sides<'_> {
    /// Whether `to` may have the default of `from`, or none as it has.
    pub(crate) fn may_keep(self, from: &Column, to: &Column) -> bool {
        fills_by_default(to)
            && match &from.default {
                None => true,
                Some(default) => {
                    takes_default(from, to, self.dialect) && !self.loses_value(default, from, to)
                }
            }
    }

    /// Whether a value that the default names is no longer one of its enum type.
    fn loses_value(self, default: &Expression, from: &Column, to: &Column) -> bool {
        let values = |of: &BTreeMap<QualifiedName, EnumType>, data_type: &Type| {
            let name = data_type.enum_name()?;
            Some(of.get(name)?.values.clone())
        };
        let before = values(self.before, &from.data_type);
        // A type that its source does not tell is taken over, and so are its values.
        let (Some(before), Some(after)) = (before, values(self.target, &to.data_type)) else {
            return false;
        };
        let gone = before.iter().filter(|value| !after.contains(value));
        // An array has them in one literal.
        let is_array = matches!(from.data_type, Type::Array(_));
        gone.map(|value| {
            if is_array {
                value.clone()
            } else {
                quote_literal(value)
            }
        })
        .any(|value| default.0.contains(&value))
    }
}

/// Whether nothing else gives the column a value.
pub(crate) fn fills_by_default(column: &Column) -> bool {
    column.identity.is_none() && column.generated.is_none()
}
