//! What statements say that they do: to rows, to names, and beyond their database, as far as their tokens tell.
//!
//! Not here: what they really do. Limbeck finds that out by running them; this tells what is meant.

mod about;
mod code;
mod comment;
mod names;
mod object;
mod outside;
mod rows;
mod session;
mod statement;
mod traffic;
mod words;

use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::schema::QualifiedName;

pub use self::about::{About, Class, Subject, about, about_all};
pub use self::code::{bodies, inside, touched, with_bodies, words};
pub use self::comment::{Announced, announced, readings};
pub use self::names::{Copied, Known, Lookup, Names, Remade};
pub use self::object::{Defined, Verb, defined_name};
pub use self::outside::{
    RoleVerb, great_rights, made_roles, on_roles, reaches_files, reaches_server,
};
pub use self::rows::inserted;
pub use self::session::{
    changes_session, detached, is_ignored_in_transaction, is_of_session, is_repeatable,
    needs_no_transaction,
};
pub use self::statement::of_statement;
pub use self::traffic::{Extent, Locked, Stops, Traffic, traffic};
pub use self::words::Words;

/// One thing that a statement does. Names are as written: `public.t` is another one than `t`, which
/// the search path leads to; [`Names`] follows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A table is made, with these columns and their types; without any where a query says them.
    CreateTable(QualifiedName, Vec<(String, String)>),
    /// A table goes.
    DropTable(QualifiedName),
    /// Gives a table another name or schema.
    RenameTable(QualifiedName, QualifiedName),
    /// A column goes.
    DropColumn(QualifiedName, String),
    /// A column gets another name.
    RenameColumn(QualifiedName, String, String),
    /// A column gets another type.
    Retype {
        /// The table.
        table: QualifiedName,
        /// The column.
        column: String,
        /// The type, as written.
        data_type: String,
        /// The expression that makes the values.
        using: Option<String>,
    },
    /// Rows come.
    Insert {
        /// Where to.
        table: QualifiedName,
        /// The tables that they come from, named without their schemas.
        sources: BTreeSet<String>,
        /// How, where they are those of one table.
        copy: Option<Copy>,
    },
    /// Rows that are there get other values.
    Update {
        /// The table.
        table: QualifiedName,
        /// The columns, each with what it gets, where that is one expression.
        values: Vec<(String, Option<String>)>,
        /// Which rows; none where the statement is part of another one.
        rows: Option<Rows>,
    },
    /// Some rows go; none are told where the statement is part of another one.
    Delete(QualifiedName, Option<Rows>),
    /// All rows go.
    DeleteAll(QualifiedName),
    /// A schema gets another name.
    RenameSchema(String, String),
    /// A schema goes with all that is in it.
    DropSchema(String),
    /// A function is made that later statements may call.
    CreateFunction(QualifiedName),
    /// What is written to a table or view goes elsewhere from here on, too: a view, trigger or rule is made.
    Divert(QualifiedName),
    /// Tables, columns or rows may go or change that are not told.
    Unknown {
        /// What does it, as a message says it.
        what: String,
        /// How far that goes.
        reach: Reach,
    },
}

/// Which tables a statement may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Those of these names.
    Named(BTreeSet<String>),
    /// Any, when one of these functions is of a kind that writes.
    Functions(BTreeSet<String>),
    /// Any.
    Any,
}

/// The rows that a statement speaks of, as its own text says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// The table with its alias.
    pub target: String,
    /// The name by which its columns are told from those of others.
    pub name: String,
    /// Other tables: FROM or USING.
    pub others: Option<String>,
    /// What stands behind WHERE.
    pub filter: Option<String>,
    /// Whether nothing else decides which rows they are.
    pub is_told: bool,
}

/// Rows of one table that are put into another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The table that they come from.
    pub from: QualifiedName,
    /// Which of its rows.
    pub rows: Rows,
    /// The columns that get something; none where the statement does not name them.
    pub columns: Option<Vec<String>>,
    /// What each of them gets; a lone `*` is every column.
    pub items: Vec<String>,
}

impl Effect {
    /// The table or view whose rows come, go or change.
    pub fn written(&self) -> Option<&QualifiedName> {
        match self {
            Self::Insert { table, .. }
            | Self::Update { table, .. }
            | Self::Delete(table, _)
            | Self::DeleteAll(table) => Some(table),
            Self::CreateTable(..)
            | Self::DropTable(_)
            | Self::RenameTable(..)
            | Self::DropColumn(..)
            | Self::RenameColumn(..)
            | Self::Retype { .. }
            | Self::RenameSchema(..)
            | Self::DropSchema(_)
            | Self::CreateFunction(_)
            | Self::Divert(_)
            | Self::Unknown { .. } => None,
        }
    }

    /// Whether values, rows or tables that are there may be others afterwards.
    pub fn may_lose(&self) -> bool {
        match self {
            Self::DropTable(_)
            | Self::DropColumn(..)
            | Self::Retype { .. }
            | Self::Update { .. }
            | Self::Delete(..)
            | Self::DeleteAll(_)
            | Self::DropSchema(_)
            | Self::Unknown { .. } => true,
            // Triggers may write more than the statement says.
            Self::Insert { .. } => true,
            Self::CreateTable(..)
            | Self::RenameTable(..)
            | Self::RenameColumn(..)
            | Self::RenameSchema(..)
            | Self::CreateFunction(_)
            | Self::Divert(_) => false,
        }
    }
}

/// A name as it is compared: each dialect's one rule about its case. Names that stand in quotes in
/// PostgreSQL keep theirs, and reach this as they are.
pub fn folded(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => name.to_owned(),
        Dialect::Sqlite => name.to_ascii_lowercase(),
    }
}

/// Whether two names are one.
pub fn same_name(one: &str, other: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres => one == other,
        Dialect::Sqlite => one.eq_ignore_ascii_case(other),
    }
}

/// The schema of temporary tables, which is looked into first.
fn temporary(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "pg_temp",
        Dialect::Sqlite => "temp",
    }
}

#[cfg(test)]
mod tests;
