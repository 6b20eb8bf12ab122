//! Which objects of two schemas are compared, and which ones a side leaves to others or cannot know.
//!
//! The schema of a database holds more than a comparison needs: objects of the prelude, objects that models cannot declare,
//! objects of other tools. This module decides about each kind of object, so that a new kind does not compile until it
//! has a place here.
//!
//! Not here: when two objects differ (`diff`), and the server's spelling; a caller asks for that between [`comparable`]
//! and [`Comparable::difference`].

mod aspect;
mod declared;
mod others;
mod spelled;
mod unmanaged;
mod unqualified;

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Dialect;
use crate::diff::{
    Decisions, Undecided, WhenUndecided, acting_hints, after_renames, diff, inherit,
    keep_validated, spent_hints,
};
use crate::normalise::{in_declared_words, kept_in_declared_words};
use crate::op::{Mismatch, Operation, fold};
use crate::schema::{Object, QualifiedName, RenamedFrom, Schema};

pub use self::aspect::{Aspect, Ignored, UnknownAspect, fact};
pub use self::others::{in_words_of, take_out_foreign, without};
pub use self::spelled::with_spelling_of;
pub use self::unmanaged::Unmanaged;
pub use self::unqualified::unqualify;

/// One of two schemas that are compared.
#[derive(Debug, Clone, Copy)]
pub struct SideSchema<'a> {
    /// Its objects, without those of its prelude.
    pub schema: &'a Schema,
    /// What is there before its revisions.
    pub prelude: &'a Schema,
    /// Where it is from.
    pub source: Source<'a>,
}

/// Where a schema is from, which tells what it can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// Models, with their `renamed_from`. They say nothing of views, functions and the like.
    Models(&'a [RenamedFrom]),
    /// A database, which says all that there is.
    Database,
}

/// What somebody has said of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Answers to questions.
    pub decisions: &'a Decisions,
    /// What models leave to others.
    pub unmanaged: &'a Unmanaged,
    /// What makes no difference.
    pub ignored: &'a Ignored,
}

/// Two schemas that speak of the same things.
#[derive(Debug, Clone)]
pub struct Comparable {
    /// The first one.
    pub from: Schema,
    /// The second one, as it is written.
    pub to: Schema,
    /// What models leave to others, and columns that they declare another default for than is left to each database.
    pub unmanaged: BTreeSet<Object>,
    decisions: Decisions,
    /// `renamed_from` of the second side, if it is models.
    hints: Option<Vec<RenamedFrom>>,
    dialect: Dialect,
}

/// What two schemas differ in.
#[derive(Debug, Clone)]
pub struct Difference {
    /// What must be done, in the words of the models where they are the second side.
    pub operations: Vec<Operation>,
    /// What the operations start from.
    pub from: Schema,
    /// What they end with.
    pub after: Schema,
    /// Tables whose columns the second side has in another order, which no operation changes.
    pub reordered: Vec<QualifiedName>,
    /// `renamed_from` attributes that have nothing left to do.
    pub spent: Vec<RenamedFrom>,
}

/// Why two schemas cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum Incomparable {
    /// A foreign key references a table that nobody makes.
    #[error(
        "foreign key `{constraint}` references table `{table}`, which no model, revision or prelude makes"
    )]
    MissingTable {
        /// The foreign key, behind its table: `tasks.tasks_user_id_fkey`.
        constraint: String,
        /// The table.
        table: QualifiedName,
    },
    /// A foreign key references a column that its table does not have.
    #[error("foreign key `{constraint}` references `{column}`, and `{table}` has no such column")]
    MissingColumn {
        /// The foreign key, behind its table: `tasks.tasks_user_id_fkey`.
        constraint: String,
        /// The table.
        table: QualifiedName,
        /// The column.
        column: String,
    },
    /// A model describes a partitioned table, which is made by hand.
    #[error("`{table}` is a partitioned table in the revisions, which no model describes")]
    Partitioned {
        /// The table.
        table: QualifiedName,
    },
    /// A model describes what a pattern leaves to others, which would be made and never seen.
    #[error("`{object}` has a model, and the pattern `{pattern}` leaves it to others")]
    LeftToOthers {
        /// The table or the enum.
        object: Object,
        /// The pattern of `[unmanaged]`.
        pattern: String,
    },
    /// A model does not tell the type of a column, and the database has none to keep.
    #[error("the type of `{table}.{column}` is not known")]
    UnknownType {
        /// The table.
        table: QualifiedName,
        /// The column.
        column: String,
    },
    /// Questions are open.
    #[error("undecided")]
    Undecided(Vec<Undecided>),
    /// An operation does not fit what it is to change.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
}

/// Brings two sides to what both can speak of.
///
/// # Errors
///
/// Models say what cannot be: a reference to nothing, a table that is partitioned, or one that is left to others.
pub fn comparable(
    before: SideSchema<'_>,
    target: SideSchema<'_>,
    said: Said<'_>,
    dialect: Dialect,
) -> Result<Comparable, Incomparable> {
    let mut unmanaged = BTreeSet::new();
    let has_models = [before, target].iter().any(SideSchema::is_models);
    let mut cut = |side: SideSchema<'_>, other: SideSchema<'_>| {
        let mut schema = side.schema.clone();
        without(&mut schema, other.prelude);
        if side.is_models() {
            declared::leave_views(&mut schema, [other.schema, other.prelude]);
            declared::leave_partitioned(
                &mut schema,
                [other.schema, other.prelude],
                said.unmanaged,
            )?;
            if let Some((object, pattern)) = said.unmanaged.declared(&schema) {
                return Err(Incomparable::LeftToOthers { object, pattern });
            }
        } else if has_models {
            unmanaged.extend(said.unmanaged.take_out(&mut schema));
        }
        Ok::<_, Incomparable>(schema)
    };
    let (mut from, mut to) = (cut(before, target)?, cut(target, before)?);
    let mut left = BTreeMap::new();
    if before.is_models() {
        declared::check_types(&from, &to)?;
        declared::keep_enums(&mut from, &to);
        from = inherit(from, &to, dialect);
        left.extend(said.unmanaged.keep_defaults(&to, &mut from, dialect));
        declared::complete(&mut from, &to, target.prelude, dialect);
    }
    let mut decisions = said.decisions.clone();
    let hints = target.hints();
    let acting = acting_hints(hints.unwrap_or_default());
    decisions.renames.extend(acting.cloned());
    let renamed = after_renames(&from, &to, &decisions, dialect);
    if target.is_models() {
        declared::keep_enums(&mut to, &renamed);
    }
    let mut to = inherit(to, &renamed, dialect);
    if target.is_models() {
        left.extend(said.unmanaged.keep_defaults(&renamed, &mut to, dialect));
        declared::complete(&mut to, &renamed, before.prelude, dialect);
        let there = [before.schema, before.prelude];
        declared::check_references(&to, there, &unmanaged)?;
        declared::check_types(&to, &renamed)?;
    }
    said.ignored.keep(&renamed, &mut to);
    drop(renamed);
    // Models that say none leave it to the database themselves.
    let said_in_vain = left.into_iter().filter(|(_, own)| own.is_some());
    unmanaged.extend(said_in_vain.map(|(object, _)| object));
    Ok(Comparable {
        from,
        to,
        unmanaged,
        decisions,
        hints: hints.map(<[_]>::to_vec),
        dialect,
    })
}

impl<'a> SideSchema<'a> {
    fn is_models(&self) -> bool {
        self.hints().is_some()
    }

    fn hints(&self) -> Option<&'a [RenamedFrom]> {
        match self.source {
            Source::Models(hints) => Some(hints),
            Source::Database => None,
        }
    }
}

impl Comparable {
    /// What `from` and `to` differ in, which are the two schemas in the server's words.
    ///
    /// # Errors
    ///
    /// Questions are open.
    pub fn difference(self, mut from: Schema, mut to: Schema) -> Result<Difference, Incomparable> {
        let Self {
            to: written,
            decisions,
            hints,
            dialect,
            ..
        } = self;
        if hints.is_some() {
            let renamed = after_renames(&from, &to, &decisions, dialect);
            keep_validated(&mut to, &renamed);
        }
        let mut operations =
            diff(&from, &to, &decisions, dialect).map_err(Incomparable::Undecided)?;
        let after = fold(&operations, from.clone(), dialect)?;
        let mut spent = Vec::new();
        if let Some(hints) = hints {
            operations = in_declared_words(operations, &written);
            from = kept_in_declared_words(from, &to, &written);
            spent = spent_hints(&from, &hints).into_iter().cloned().collect();
        }
        Ok(Difference {
            operations,
            reordered: reordered(&after, &to),
            from,
            after,
            spent,
        })
    }
}

/// What would have to be done, everything decided for drop and create.
#[must_use]
pub fn changes(before: &Schema, target: &Schema, dialect: Dialect) -> Vec<Operation> {
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..Decisions::default()
    };
    // A question taken for "equal" would prove what is not so.
    diff(before, target, &decisions, dialect).expect("nothing is open with everything decided")
}

/// Tables of `after` whose columns `target` has in another order.
#[must_use]
pub fn reordered(after: &Schema, target: &Schema) -> Vec<QualifiedName> {
    let order = |schema: &Schema, name: &QualifiedName| -> Vec<String> {
        let columns = schema.tables.get(name).into_iter();
        columns
            .flat_map(|table| table.columns.iter().map(|column| column.name.clone()))
            .collect()
    };
    after
        .tables
        .keys()
        .filter(|name| order(after, name) != order(target, name))
        .cloned()
        .collect()
}
