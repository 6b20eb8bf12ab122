//! The members of a table in one list, with the words of each: its expressions, and the columns that it names.
//!
//! Whoever looks for a column, a type or a function, or renames one, goes through this walk. Its patterns
//! name every field, so a new field does not compile before it is known to hold words or none.

use super::{
    Check, Column, Constraint, ConstraintKind, Exclusion, Expression, ForeignKey, Generated, Index,
    IndexKey, IndexTarget, Object, PrimaryKey, QualifiedName, Table, Unique,
};
use crate::dialect::Dialect;
use crate::sql;

/// A member of a table.
#[derive(Debug, Clone, Copy)]
pub enum Member<'a> {
    /// A column.
    Column(&'a Column),
    /// A constraint.
    Constraint(&'a Constraint),
    /// An index that no constraint owns.
    Index(&'a Index),
}

/// What a member says in words of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// A default. It names no column (PostgreSQL manual, CREATE TABLE; sqlite.org/lang_createtable.html,
    /// section 3.2).
    Default(&'a Expression),
    /// Another expression, over the columns of the table.
    Expression(&'a Expression),
    /// The name of a column of the table, outside an expression.
    Column(&'a String),
    /// The name of a column of the table that a foreign key references.
    Referenced(&'a QualifiedName, &'a String),
}

/// The same as [`Word`], to be changed.
#[derive(Debug, PartialEq, Eq)]
pub enum WordMut<'a> {
    /// A default.
    Default(&'a mut Expression),
    /// Another expression, over the columns of the table.
    Expression(&'a mut Expression),
    /// The name of a column of the table, outside an expression.
    Column(&'a mut String),
    /// The name of a column of the table that a foreign key references.
    Referenced(&'a QualifiedName, &'a mut String),
}

impl<'a> Word<'a> {
    /// The expression, if it is one.
    pub fn expression(self) -> Option<&'a Expression> {
        match self {
            Self::Default(one) | Self::Expression(one) => Some(one),
            Self::Column(_) | Self::Referenced(..) => None,
        }
    }

    /// Whether it names this column of the member's own table.
    pub fn names(self, column: &str, dialect: Dialect) -> bool {
        match self {
            Self::Expression(one) => sql::mentions(&one.0, column, dialect),
            Self::Column(name) => name == column,
            Self::Default(_) | Self::Referenced(..) => false,
        }
    }
}

impl<'a> WordMut<'a> {
    /// The expression, if it is one.
    pub fn expression(self) -> Option<&'a mut Expression> {
        match self {
            Self::Default(one) | Self::Expression(one) => Some(one),
            Self::Column(_) | Self::Referenced(..) => None,
        }
    }
}

impl<'a> Member<'a> {
    /// What messages call it.
    pub fn object(self, table: &QualifiedName) -> Object {
        match self {
            Self::Column(one) => Object::Column(table.clone(), one.name.clone()),
            Self::Constraint(one) => Object::Constraint(table.clone(), one.name.clone()),
            Self::Index(one) => Object::Index(table.clone(), one.name.clone()),
        }
    }

    /// Its words. The name of a column is none of its own.
    pub fn words(self) -> Vec<Word<'a>> {
        match self {
            Self::Column(one) => one.words(),
            Self::Constraint(one) => one.kind.words(),
            Self::Index(one) => one.words(),
        }
    }

    /// Whether it cannot be without this column of its table, by name or in an expression.
    pub fn uses(self, column: &str, dialect: Dialect) -> bool {
        self.words()
            .into_iter()
            .any(|word| word.names(column, dialect))
    }

    /// Whether rows must differ in the column because of it, in that column alone or together with others.
    pub fn tells_apart_by(self, column: &str, dialect: Dialect) -> bool {
        match self {
            Self::Column(_) => false,
            Self::Constraint(one) => match &one.kind {
                ConstraintKind::PrimaryKey(key) => key.columns.iter().any(|name| name == column),
                ConstraintKind::Unique(key) => key.columns.iter().any(|name| name == column),
                ConstraintKind::Exclusion(_) => self.uses(column, dialect),
                ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => false,
            },
            Self::Index(one) => {
                one.unique && one.keys.iter().any(|key| key.word().names(column, dialect))
            }
        }
    }
}

impl Table {
    /// Its columns, constraints and indexes.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        let Self {
            columns,
            constraints,
            indexes,
            name: _,
            comment: _,
            options: _,
            unsaid: _,
            unsaid_of: _,
            unsaid_columns: _,
            known_as: _,
        } = self;
        let columns = columns.iter().map(Member::Column);
        let constraints = constraints.values().map(Member::Constraint);
        let indexes = indexes.values().map(Member::Index);
        columns.chain(constraints).chain(indexes)
    }

    /// Every expression that its members hold.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let words = self.members().flat_map(Member::words);
        words.filter_map(Word::expression)
    }

    /// The words of all its members, to be changed.
    pub fn words_mut(&mut self) -> impl Iterator<Item = WordMut<'_>> {
        let Self {
            columns,
            constraints,
            indexes,
            name: _,
            comment: _,
            options: _,
            unsaid: _,
            unsaid_of: _,
            unsaid_columns: _,
            known_as: _,
        } = self;
        let columns = columns.iter_mut().flat_map(Column::words_mut);
        let constraints = constraints.values_mut();
        let constraints = constraints.flat_map(|one| one.kind.words_mut());
        let indexes = indexes.values_mut().flat_map(Index::words_mut);
        columns.chain(constraints).chain(indexes)
    }

    /// Every expression that its members hold, to be changed.
    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expression> {
        self.words_mut().filter_map(WordMut::expression)
    }
}

impl Column {
    /// Its default, and what it is computed from.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.words().into_iter().filter_map(Word::expression)
    }

    fn words(&self) -> Vec<Word<'_>> {
        let Self {
            default,
            generated,
            name: _,
            data_type: _,
            nullable: _,
            not_null_conflict: _,
            identity: _,
            collation: _,
            comment: _,
            declared: _,
        } = self;
        let generated = generated.iter().map(|one| {
            let Generated {
                expression,
                stored: _,
            } = one;
            Word::Expression(expression)
        });
        default.iter().map(Word::Default).chain(generated).collect()
    }

    fn words_mut(&mut self) -> Vec<WordMut<'_>> {
        let Self {
            default,
            generated,
            name: _,
            data_type: _,
            nullable: _,
            not_null_conflict: _,
            identity: _,
            collation: _,
            comment: _,
            declared: _,
        } = self;
        let generated = generated.iter_mut().map(|one| {
            let Generated {
                expression,
                stored: _,
            } = one;
            WordMut::Expression(expression)
        });
        default
            .iter_mut()
            .map(WordMut::Default)
            .chain(generated)
            .collect()
    }
}

impl ConstraintKind {
    /// What rows must satisfy, in the server's words.
    pub fn expression(&self) -> Option<&Expression> {
        self.words().into_iter().find_map(Word::expression)
    }

    /// The same, to be changed.
    pub fn expression_mut(&mut self) -> Option<&mut Expression> {
        self.words_mut().into_iter().find_map(WordMut::expression)
    }

    /// Takes over the expression of another constraint of the same kind.
    pub(crate) fn take_expression_of(&mut self, other: &Self) {
        let is_alike = std::mem::discriminant(self) == std::mem::discriminant(other);
        if let (true, Some(to), Some(from)) = (is_alike, self.expression_mut(), other.expression())
        {
            to.clone_from(from);
        }
    }

    fn words(&self) -> Vec<Word<'_>> {
        match self {
            Self::PrimaryKey(PrimaryKey {
                columns,
                include,
                deferrable: _,
                on_conflict: _,
            })
            | Self::Unique(Unique {
                columns,
                include,
                nulls_not_distinct: _,
                deferrable: _,
                on_conflict: _,
            }) => columns.iter().chain(include).map(Word::Column).collect(),
            Self::Check(Check {
                expression,
                no_inherit: _,
                validated: _,
            })
            | Self::Exclusion(Exclusion {
                definition: expression,
            }) => vec![Word::Expression(expression)],
            Self::ForeignKey(ForeignKey {
                columns,
                references,
                referenced_columns,
                on_delete_columns,
                on_delete: _,
                on_update: _,
                match_type: _,
                deferrable: _,
                validated: _,
            }) => {
                let own = columns.iter().chain(on_delete_columns).map(Word::Column);
                let referenced = referenced_columns.iter();
                let referenced = referenced.map(|one| Word::Referenced(references, one));
                own.chain(referenced).collect()
            }
        }
    }

    fn words_mut(&mut self) -> Vec<WordMut<'_>> {
        match self {
            Self::PrimaryKey(PrimaryKey {
                columns,
                include,
                deferrable: _,
                on_conflict: _,
            })
            | Self::Unique(Unique {
                columns,
                include,
                nulls_not_distinct: _,
                deferrable: _,
                on_conflict: _,
            }) => columns
                .iter_mut()
                .chain(include)
                .map(WordMut::Column)
                .collect(),
            Self::Check(Check {
                expression,
                no_inherit: _,
                validated: _,
            })
            | Self::Exclusion(Exclusion {
                definition: expression,
            }) => vec![WordMut::Expression(expression)],
            Self::ForeignKey(ForeignKey {
                columns,
                references,
                referenced_columns,
                on_delete_columns,
                on_delete: _,
                on_update: _,
                match_type: _,
                deferrable: _,
                validated: _,
            }) => {
                let own = columns.iter_mut().chain(on_delete_columns);
                let referenced = referenced_columns.iter_mut();
                let referenced = referenced.map(|one| WordMut::Referenced(references, one));
                own.map(WordMut::Column).chain(referenced).collect()
            }
        }
    }
}

impl Index {
    /// The keys that are no columns, and its predicate.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.words().into_iter().filter_map(Word::expression)
    }

    /// The same, to be changed.
    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expression> {
        self.words_mut().into_iter().filter_map(WordMut::expression)
    }

    fn words(&self) -> Vec<Word<'_>> {
        let Self {
            keys,
            include,
            predicate,
            name: _,
            unique: _,
            method: _,
            nulls_not_distinct: _,
            options: _,
            comment: _,
        } = self;
        let keys = keys.iter().map(IndexKey::word);
        let include = include.iter().map(Word::Column);
        let predicate = predicate.iter().map(Word::Expression);
        keys.chain(include).chain(predicate).collect()
    }

    fn words_mut(&mut self) -> Vec<WordMut<'_>> {
        let Self {
            keys,
            include,
            predicate,
            name: _,
            unique: _,
            method: _,
            nulls_not_distinct: _,
            options: _,
            comment: _,
        } = self;
        let keys = keys.iter_mut().map(IndexKey::word_mut);
        let include = include.iter_mut().map(WordMut::Column);
        let predicate = predicate.iter_mut().map(WordMut::Expression);
        keys.chain(include).chain(predicate).collect()
    }
}

impl IndexKey {
    fn word(&self) -> Word<'_> {
        let Self {
            target,
            order: _,
            nulls: _,
            collation: _,
            operator_class: _,
        } = self;
        match target {
            IndexTarget::Column(name) => Word::Column(name),
            IndexTarget::Expression(expression) => Word::Expression(expression),
        }
    }

    fn word_mut(&mut self) -> WordMut<'_> {
        let Self {
            target,
            order: _,
            nulls: _,
            collation: _,
            operator_class: _,
        } = self;
        match target {
            IndexTarget::Column(name) => WordMut::Column(name),
            IndexTarget::Expression(expression) => WordMut::Expression(expression),
        }
    }
}
