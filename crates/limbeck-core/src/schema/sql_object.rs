//! Objects that are kept as SQL, since models do not describe them: views, functions, triggers and others that stand on tables
//! or under them. They are known well enough to be kept, and to be made again.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Object, QualifiedName, Schema};

/// An object as it was seen in a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SqlObject {
    /// What it is.
    pub kind: SqlObjectKind,
    /// Its name. A function's is SQL, with the types of its arguments: `"Sum"(integer)`.
    pub name: QualifiedName,
    /// The table or view that it belongs to.
    pub table: Option<QualifiedName>,
    /// The statement that creates it, where it can be told.
    pub definition: Option<String>,
    /// What is set once it is created: its comment, a domain's constraints, a trigger's state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// Statements that give it its owner, where that is not who creates it, and its privileges. They
    /// are made again with it and compared only as part of the residue: two servers have roles of
    /// their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<String>,
    /// What it depends on: none of it can go or change its type under the object (PostgreSQL manual,
    /// section 5.14).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub uses: BTreeSet<Object>,
}

/// Something that is said about an object after its creation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// What it is.
    #[serde(default, skip_serializing_if = "SettingKind::is_other")]
    pub kind: SettingKind,
    /// The statement that sets it.
    pub make: String,
    /// The statement that takes it back, where there is one.
    pub undo: Option<String>,
}

/// The settings that are asked about apart from the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// A constraint, NOT NULL or a unique index: what is there must satisfy it.
    Constraint,
    /// The name of an index that comes with the object.
    IndexName,
    /// The column of the object that a sequence belongs to, with which it would go.
    Ownership,
    /// A comment.
    Comment,
    /// Any other.
    #[default]
    Other,
}

impl SettingKind {
    fn is_other(&self) -> bool {
        *self == Self::Other
    }
}

/// The identity of an [`SqlObject`] object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SqlObjectKey {
    /// What it is.
    pub kind: SqlObjectKind,
    /// The table or view that it belongs to.
    pub table: Option<QualifiedName>,
    /// Its name.
    pub name: QualifiedName,
}

impl fmt::Display for SqlObjectKey {
    /// `view active_tasks`, `trigger touch on tasks`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.noun())?;
        if self.kind != SqlObjectKind::Privileges {
            write!(f, " {}", self.name)?;
        }
        match &self.table {
            Some(table) => write!(f, " on {table}"),
            None => Ok(()),
        }
    }
}

impl SqlObject {
    /// An object of which nothing more is known.
    pub fn new(kind: SqlObjectKind, name: QualifiedName) -> Self {
        Self {
            kind,
            name,
            table: None,
            definition: None,
            settings: Vec::new(),
            privileges: Vec::new(),
            uses: BTreeSet::new(),
        }
    }

    /// The definition without what is a matter of rows: whether a materialised view is filled.
    pub fn lasting_definition(&self) -> Option<&str> {
        let text = self.definition.as_deref()?;
        Some(text.strip_suffix("\nWITH NO DATA").unwrap_or(text))
    }

    /// What tells it from all others of its database.
    pub fn key(&self) -> SqlObjectKey {
        SqlObjectKey {
            kind: self.kind,
            table: self.table.clone(),
            name: self.name.clone(),
        }
    }

    /// Whether it stands on tables, so that it is created after them and dropped before them. What
    /// does not, tables may stand on.
    pub fn stands_on_tables(&self) -> bool {
        let uses_relation = || {
            self.uses.iter().any(|object| match object {
                Object::Table(_) | Object::Column(..) | Object::Constraint(..) => true,
                Object::SqlObject(key) => key.kind.is_relation(),
                Object::Namespace(_)
                | Object::Enum(_)
                | Object::EnumValue(..)
                | Object::Sequence(_)
                | Object::Index(..) => false,
            })
        };
        self.table.is_some()
            || match self.kind.description().place {
                Place::OnTables => true,
                Place::UnderTables => false,
                Place::AsUsed => uses_relation(),
            }
    }
}

/// The kinds of object that models do not describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlObjectKind {
    /// An index whose CREATE INDEX CONCURRENTLY failed.
    InvalidIndex,
    /// A view.
    View,
    /// A materialised view.
    MaterializedView,
    /// A function, procedure or aggregate.
    Function,
    /// A trigger.
    Trigger,
    /// A rewrite rule.
    Rule,
    /// A row security policy.
    Policy,
    /// A partitioned table, or a partition.
    Partition,
    /// A table that inherits from another.
    InheritedTable,
    /// A foreign table.
    ForeignTable,
    /// A virtual table (SQLite).
    VirtualTable,
    /// A domain.
    Domain,
    /// A composite type.
    CompositeType,
    /// A range type.
    RangeType,
    /// An extension.
    Extension,
    /// Extended statistics.
    Statistics,
    /// An event trigger.
    EventTrigger,
    /// A publication.
    Publication,
    /// The owner of a table, where that is not who creates it, and the privileges on it.
    Privileges,
}

impl Schema {
    /// The objects that no statement of ours creates, and all that stand on one of them.
    pub fn unwritten(&self) -> BTreeSet<SqlObjectKey> {
        let mut unwritten: BTreeSet<SqlObjectKey> = BTreeSet::new();
        loop {
            let found: BTreeSet<SqlObjectKey> = self
                .sql_objects
                .iter()
                .filter(|object| {
                    let stands_on_one = object.uses.iter().any(
                        |used| matches!(used, Object::SqlObject(key) if unwritten.contains(key)),
                    );
                    object.definition.is_none() || !object.kind.is_written() || stands_on_one
                })
                .map(SqlObject::key)
                .collect();
            if found == unwritten {
                return unwritten;
            }
            unwritten = found;
        }
    }
}

/// When a plan creates an object, seen from the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// After them.
    OnTables,
    /// Before them: an ordinary one may reference it.
    UnderTables,
    /// After them where it uses one, before them where it does not.
    AsUsed,
}

/// How an object is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropForm {
    /// `DROP VIEW name`, with this word.
    Named(&'static str),
    /// `DROP ROUTINE name`, where the name is SQL already.
    Routine,
    /// `DROP TRIGGER name ON table`, with this word; SQLite leaves the table out.
    OfTable(&'static str),
    /// It goes with its table.
    WithTable,
    /// Neither dropped nor created by a plan.
    Unwritten,
}

/// What an object is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// It has columns, and rows that nothing else has.
    Storage,
    /// It has columns, and its rows are those of others: a query.
    Query,
    /// It is a query without columns.
    Action,
    /// It is called.
    Routine,
    /// Columns can be of it.
    Type,
    /// Types of columns can come with it.
    Package,
    /// Nothing stands on it.
    Other,
}

/// All that the stages have to know of a kind.
struct Description {
    noun: &'static str,
    place: Place,
    drop: DropForm,
    nature: Nature,
}

impl SqlObjectKind {
    fn description(self) -> Description {
        use DropForm::{Named, OfTable, Unwritten, WithTable};
        use Nature::{Action, Other, Package, Query, Routine, Storage, Type};
        use Place::{AsUsed, OnTables, UnderTables};
        let (noun, place, drop, nature) = match self {
            Self::InvalidIndex => ("invalid index", OnTables, Unwritten, Other),
            Self::View => ("view", OnTables, Named("VIEW"), Query),
            Self::MaterializedView => {
                let drop = Named("MATERIALIZED VIEW");
                ("materialized view", OnTables, drop, Query)
            }
            Self::Function => ("function", AsUsed, DropForm::Routine, Routine),
            Self::Trigger => ("trigger", OnTables, OfTable("TRIGGER"), Other),
            Self::Rule => ("rule", OnTables, OfTable("RULE"), Action),
            Self::Policy => ("policy", OnTables, OfTable("POLICY"), Other),
            Self::Partition => ("partitioned table", UnderTables, Named("TABLE"), Storage),
            Self::InheritedTable => ("inherited table", AsUsed, Unwritten, Storage),
            Self::ForeignTable => ("foreign table", AsUsed, Unwritten, Storage),
            Self::VirtualTable => ("virtual table", AsUsed, Named("TABLE"), Storage),
            Self::Domain => ("domain", AsUsed, Named("DOMAIN"), Type),
            Self::CompositeType => ("composite type", AsUsed, Named("TYPE"), Type),
            Self::RangeType => ("range type", AsUsed, Named("TYPE"), Type),
            Self::Extension => ("extension", AsUsed, Named("EXTENSION"), Package),
            Self::Statistics => ("statistics", OnTables, Named("STATISTICS"), Other),
            Self::EventTrigger => ("event trigger", OnTables, Unwritten, Other),
            Self::Publication => ("publication", OnTables, Unwritten, Other),
            Self::Privileges => ("privileges", OnTables, WithTable, Other),
        };
        Description {
            noun,
            place,
            drop,
            nature,
        }
    }

    /// What SQL calls it, in lower case.
    pub fn noun(self) -> &'static str {
        self.description().noun
    }

    /// The noun as the end of `it is …`.
    pub fn with_article(self) -> String {
        let noun = self.noun();
        let is_plural = noun.ends_with('s');
        match noun.chars().next() {
            _ if is_plural => noun.to_owned(),
            Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {noun}"),
            _ => format!("a {noun}"),
        }
    }

    /// How it is dropped.
    pub fn drop_form(self) -> DropForm {
        self.description().drop
    }

    /// Whether a plan can create and drop it.
    pub fn is_written(self) -> bool {
        self.drop_form() != DropForm::Unwritten
    }

    /// Whether it has columns that others can read.
    pub fn is_relation(self) -> bool {
        let nature = self.description().nature;
        matches!(nature, Nature::Storage | Nature::Query)
    }

    /// Whether columns can be of it.
    pub fn is_type(self) -> bool {
        self.description().nature == Nature::Type
    }

    /// Whether PostgreSQL keeps it as a parsed query, whose text it writes anew each time. A function
    /// may be one.
    pub fn is_parsed(self) -> bool {
        let nature = self.description().nature;
        matches!(nature, Nature::Query | Nature::Action | Nature::Routine)
    }

    /// Whether rows are stored in it that nothing else has.
    pub fn holds_rows(self) -> bool {
        self.description().nature == Nature::Storage
    }

    /// Whether roles are given privileges on it.
    pub fn has_privileges(self) -> bool {
        self.is_relation() || self.description().nature == Nature::Routine
    }

    /// Whether rows or the types of columns go with it.
    pub fn holds_data(self) -> bool {
        let nature = self.description().nature;
        matches!(nature, Nature::Storage | Nature::Type | Nature::Package)
    }
}
