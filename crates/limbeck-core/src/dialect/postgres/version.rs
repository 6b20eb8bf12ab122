//! What only newer servers have, as far as models can say it or revisions spell it.
//!
//! `plan` itself writes what every supported server takes: a changed generated column is dropped
//! and added, which SET EXPRESSION does on PostgreSQL 17 alone. So what an operation needs is what
//! the object needs that it makes.
//!
//! Not here: SQLite. Its library is built into the driver, and reads files of every older version.

mod statement;

use std::fmt;

use crate::schema::{Column, ConstraintKind, Object, Schema, Table, Type};

pub use self::statement::too_new_in;

/// The oldest major version that Limbeck speaks to: from 13 on `gen_random_uuid()` is built in, and
/// ALTER COLUMN has DROP EXPRESSION (PostgreSQL manual, release notes of 13).
pub const OLDEST: u32 = 13;

/// The version of a PostgreSQL server, as `server_version_num` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion(pub u32);

impl ServerVersion {
    /// The major version, such as 15.
    #[must_use]
    pub fn major(self) -> u32 {
        self.0 / 10_000
    }

    /// Whether Limbeck speaks to the server.
    #[must_use]
    pub fn is_supported(self) -> bool {
        self.major() >= OLDEST
    }

    /// Whether the server has the feature.
    #[must_use]
    pub fn has(self, feature: Feature) -> bool {
        self.major() >= feature.since()
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major(), self.0 % 10_000)
    }
}

/// Something that only newer servers have. Each is in the release notes of its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// `int4multirange` and its like.
    MultirangeType,
    /// CREATE OR REPLACE TRIGGER.
    ReplacedTrigger,
    /// COMPRESSION of a column.
    Compression,
    /// A function whose body is SQL, between BEGIN ATOMIC and END.
    AtomicBody,
    /// DETACH PARTITION … CONCURRENTLY.
    DetachConcurrently,
    /// NULLS NOT DISTINCT of a unique constraint or of an index.
    NullsNotDistinct,
    /// ON DELETE SET NULL or SET DEFAULT with columns.
    OnDeleteColumns,
    /// A view WITH (security_invoker).
    SecurityInvoker,
    /// SET ACCESS METHOD.
    SetAccessMethod,
    /// CREATE UNLOGGED SEQUENCE.
    UnloggedSequence,
    /// MERGE.
    Merge,
    /// STORAGE in the definition of a column, or SET STORAGE DEFAULT.
    StorageClause,
    /// ALTER COLUMN … SET EXPRESSION.
    SetExpression,
    /// A generated column that is not stored.
    VirtualColumn,
    /// NOT ENFORCED.
    NotEnforced,
    /// NOT NULL as a constraint of the table.
    NotNullConstraint,
    /// WITHOUT OVERLAPS.
    WithoutOverlaps,
}

impl Feature {
    /// Every feature, the oldest first.
    pub const ALL: [Feature; 17] = [
        Feature::MultirangeType,
        Feature::ReplacedTrigger,
        Feature::Compression,
        Feature::AtomicBody,
        Feature::DetachConcurrently,
        Feature::NullsNotDistinct,
        Feature::OnDeleteColumns,
        Feature::SecurityInvoker,
        Feature::SetAccessMethod,
        Feature::UnloggedSequence,
        Feature::Merge,
        Feature::StorageClause,
        Feature::SetExpression,
        Feature::VirtualColumn,
        Feature::NotEnforced,
        Feature::NotNullConstraint,
        Feature::WithoutOverlaps,
    ];

    /// The first major version that has it.
    pub fn since(self) -> u32 {
        match self {
            Self::MultirangeType
            | Self::ReplacedTrigger
            | Self::Compression
            | Self::AtomicBody
            | Self::DetachConcurrently => 14,
            Self::NullsNotDistinct
            | Self::OnDeleteColumns
            | Self::SecurityInvoker
            | Self::SetAccessMethod
            | Self::UnloggedSequence
            | Self::Merge => 15,
            Self::StorageClause => 16,
            Self::SetExpression => 17,
            Self::VirtualColumn
            | Self::NotEnforced
            | Self::NotNullConstraint
            | Self::WithoutOverlaps => 18,
        }
    }

    /// What serves older servers, where something nearly as good does.
    pub fn instead(self) -> Option<&'static str> {
        match self {
            Self::VirtualColumn => Some("make the generated column a stored one"),
            Self::NullsNotDistinct => {
                Some("make a unique index over `coalesce(column, value)` instead")
            }
            Self::ReplacedTrigger => Some("drop the trigger and create it"),
            Self::SetExpression => Some("drop the generated column and add it"),
            Self::NotNullConstraint => Some("write `ALTER COLUMN … SET NOT NULL`"),
            Self::StorageClause => Some("write `ALTER COLUMN … SET STORAGE` after it"),
            Self::MultirangeType
            | Self::Compression
            | Self::AtomicBody
            | Self::DetachConcurrently
            | Self::OnDeleteColumns
            | Self::SecurityInvoker
            | Self::SetAccessMethod
            | Self::UnloggedSequence
            | Self::Merge
            | Self::NotEnforced
            | Self::WithoutOverlaps => None,
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MultirangeType => "a multirange type",
            Self::ReplacedTrigger => "CREATE OR REPLACE TRIGGER",
            Self::Compression => "COMPRESSION of a column",
            Self::AtomicBody => "BEGIN ATOMIC",
            Self::DetachConcurrently => "DETACH PARTITION … CONCURRENTLY",
            Self::NullsNotDistinct => "NULLS NOT DISTINCT",
            Self::OnDeleteColumns => "ON DELETE SET NULL or SET DEFAULT with columns",
            Self::SecurityInvoker => "security_invoker of a view",
            Self::SetAccessMethod => "SET ACCESS METHOD",
            Self::UnloggedSequence => "an unlogged sequence",
            Self::Merge => "MERGE",
            Self::StorageClause => "STORAGE in the definition of a column",
            Self::SetExpression => "SET EXPRESSION",
            Self::VirtualColumn => "a virtual generated column",
            Self::NotEnforced => "NOT ENFORCED",
            Self::NotNullConstraint => "NOT NULL as a constraint of the table",
            Self::WithoutOverlaps => "WITHOUT OVERLAPS",
        })
    }
}

/// An object that only newer servers can have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The object.
    pub object: Object,
    /// What of it needs them.
    pub feature: Feature,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, feature } = self;
        let since = feature.since();
        write!(f, "`{object}`: {feature} needs PostgreSQL {since}")
    }
}

/// What the objects of a schema, spelled for PostgreSQL, need and the server does not have.
pub fn too_new(schema: &Schema, server: ServerVersion) -> Vec<Need> {
    let mut needs = needs(schema);
    needs.retain(|need| !server.has(need.feature));
    needs
}

/// What the objects of a schema, spelled for PostgreSQL, need that not every supported server has.
pub fn needs(schema: &Schema) -> Vec<Need> {
    schema.tables.values().flat_map(of_table).collect()
}

fn of_table(table: &Table) -> Vec<Need> {
    let name = &table.name;
    let mut needs = Vec::new();
    let mut add = |is_used: bool, feature: Feature, object: Object| {
        if is_used {
            needs.push(Need { object, feature });
        }
    };
    for column in &table.columns {
        let object = || Object::Column(name.clone(), column.name.clone());
        add(is_virtual(column), Feature::VirtualColumn, object());
        let is_multirange = is_multirange(&column.data_type);
        add(is_multirange, Feature::MultirangeType, object());
    }
    for constraint in table.constraints.values() {
        let object = || Object::Constraint(name.clone(), constraint.name.clone());
        match &constraint.kind {
            ConstraintKind::Unique(unique) => {
                let is_used = unique.nulls_not_distinct;
                add(is_used, Feature::NullsNotDistinct, object());
            }
            ConstraintKind::ForeignKey(key) => {
                let is_used = !key.on_delete_columns.is_empty();
                add(is_used, Feature::OnDeleteColumns, object());
            }
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Check(_)
            | ConstraintKind::Exclusion(_) => {}
        }
    }
    for index in table.indexes.values() {
        let object = Object::Index(name.clone(), index.name.clone());
        add(index.nulls_not_distinct, Feature::NullsNotDistinct, object);
    }
    needs
}

fn is_virtual(column: &Column) -> bool {
    let generated = column.generated.as_ref();
    generated.is_some_and(|generated| !generated.stored)
}

const MULTIRANGES: [&str; 6] = [
    "int4multirange",
    "int8multirange",
    "nummultirange",
    "tsmultirange",
    "tstzmultirange",
    "datemultirange",
];

fn is_multirange(data_type: &Type) -> bool {
    match data_type {
        Type::Array(element) => is_multirange(element),
        Type::Sql(text) => {
            let name = text.trim_end_matches("[]").to_ascii_lowercase();
            MULTIRANGES.contains(&name.as_str())
        }
        Type::Boolean
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::Real
        | Type::Double
        | Type::Numeric(_)
        | Type::Text
        | Type::Varchar(_)
        | Type::Char(_)
        | Type::Bytes
        | Type::Uuid
        | Type::Date
        | Type::Time { .. }
        | Type::Timestamp { .. }
        | Type::Interval
        | Type::Json
        | Type::Jsonb
        | Type::Enum(_)
        | Type::PerDialect(_) => false,
    }
}
