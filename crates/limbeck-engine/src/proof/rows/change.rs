//! What a revision does to tables and columns that hold rows: where they end up, and which of their
//! values it must leave alone.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::schema::{Column, QualifiedName, Schema, SqlObjectKind, Table, Type};
use limbeck_core::sql::effect::{Announced, Effect, Known, Lookup, Names, readings};
use limbeck_core::sql::{Statement, TokenKind, lex};

use super::hints::told_apart;

/// A column of the state before, as its table and its name.
pub type Place = (QualifiedName, String);

/// A change between two states, seen from the rows of the first one.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What the tables that stay are called afterwards.
    pub tables: BTreeMap<QualifiedName, QualifiedName>,
    /// What the columns that stay are called afterwards.
    pub columns: BTreeMap<Place, String>,
    /// Columns that stay with another type.
    pub retyped: BTreeSet<Place>,
    /// What the way there says that it does to rows.
    pub(super) there: Says,
    /// What the way back says, in the names of the state before.
    pub(super) back: Says,
    /// Values that the statements of the way there tell rows apart by.
    pub(super) asked: Vec<String>,
    /// Tables that differ, or that the SQL names.
    pub(super) concerned: BTreeSet<QualifiedName>,
    /// Whether the SQL could do anything to any table.
    pub(super) is_opaque: bool,
}

/// What SQL says that it does to rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Says {
    /// Columns that get other values.
    pub(super) updated: BTreeSet<Place>,
    /// Columns that go, if only to come again under the same name.
    pub(super) dropped: BTreeSet<Place>,
    /// Columns whose values are announced to be lost.
    pub(super) lost_columns: BTreeSet<Place>,
    /// Tables whose rows are announced to be lost.
    pub(super) lost: BTreeSet<QualifiedName>,
    /// Tables that get rows.
    pub(super) gains: BTreeSet<QualifiedName>,
    /// Tables from which rows are deleted.
    pub(super) loses: BTreeSet<QualifiedName>,
    /// Names of what loses rows or goes, and is no table that a schema describes.
    pub(super) others: BTreeSet<QualifiedName>,
    /// The objects of announced failures.
    pub(super) failures: BTreeSet<String>,
}

impl Change {
    /// Finds out what becomes of the tables of `before` on the way to `after`. Renames are read from
    /// the SQL; everything else shows in the schemas.
    #[must_use]
    pub fn new(
        before: &Schema,
        after: &Schema,
        way_there: &Section,
        way_back: &Section,
        dialect: Dialect,
    ) -> Self {
        let lookup = before.lookup(dialect);
        let tables = before.tables.values().map(|table| {
            let names = table.columns.iter().map(|one| one.name.clone());
            let known = Known {
                origin: table.name.clone(),
                columns: names.map(|name| (name.clone(), name)).collect(),
            };
            (table.name.clone(), Some(known))
        });
        let mut names = Names::new(lookup.clone(), tables);
        let mut change = Self {
            there: Says::new(&mut names, &lookup, way_there),
            ..Self::default()
        };
        change.follow(before, after, &names, dialect);
        // The way back starts where the way there ended.
        let lookup = after.lookup(dialect);
        let tables = after.tables.keys().map(|name| {
            let known = change.origin(name).map(|origin| Known {
                origin: origin.clone(),
                columns: change
                    .staying(origin)
                    .map(|(from, to)| (from.to_owned(), to.to_owned()))
                    .collect(),
            });
            (name.clone(), known)
        });
        let mut names = Names::new(lookup.clone(), tables);
        change.back = Says::new(&mut names, &lookup, way_back);
        change.find_concerned(before, after, &[way_there, way_back], dialect);
        change.asked = asked(way_there, dialect);
        change
    }

    /// The table of the state after.
    pub(super) fn target<'a>(&self, after: &'a Schema, table: &QualifiedName) -> Option<&'a Table> {
        after.tables.get(self.tables.get(table)?)
    }

    /// The table that one of the state after was before.
    pub(super) fn origin(&self, after: &QualifiedName) -> Option<&QualifiedName> {
        self.tables
            .iter()
            .find(|(_, name)| *name == after)
            .map(|(name, _)| name)
    }

    /// Whether the way there says that values of the column are lost.
    pub(super) fn is_announced(&self, place: &Place) -> bool {
        self.there.lost.contains(&place.0) || self.there.lost_columns.contains(place)
    }

    /// The columns of a table that stay, by their names before and after.
    pub(super) fn staying<'a>(
        &'a self,
        table: &'a QualifiedName,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.columns
            .iter()
            .filter(move |((owner, _), _)| owner == table)
            .map(|((_, from), to)| (from.as_str(), to.as_str()))
    }

    fn follow(&mut self, before: &Schema, after: &Schema, names: &Names, dialect: Dialect) {
        for table in before.tables.values() {
            let led_to = names.table_now(&table.name);
            let Some(target) = led_to
                .and_then(|now| after.table_named(now, dialect))
                .or_else(|| after.tables.get(&table.name))
            else {
                continue;
            };
            self.tables.insert(table.name.clone(), target.name.clone());
            for column in &table.columns {
                let place = (table.name.clone(), column.name.clone());
                let to = names
                    .column_now(&place.0, &place.1)
                    .and_then(|name| target.column(name))
                    .or_else(|| target.column(&column.name));
                let Some(to) = to else { continue };
                if !keeps_text(column, to, before, after) {
                    self.retyped.insert(place.clone());
                }
                self.columns.insert(place, to.name.clone());
            }
        }
    }

    fn find_concerned(
        &mut self,
        before: &Schema,
        after: &Schema,
        sections: &[&Section],
        dialect: Dialect,
    ) {
        let words: BTreeSet<String> = sections
            .iter()
            .flat_map(|section| section.words(dialect))
            .collect();
        let is_named = |name: &QualifiedName| match dialect {
            Dialect::Postgres => words.contains(&name.name),
            Dialect::Sqlite => words.contains(&name.name.to_lowercase()),
        };
        for table in before.tables.values() {
            let differs = self.target(after, &table.name) != Some(table);
            let users = |column: &Column| {
                let name = column.data_type.enum_name();
                name.is_some_and(|name| before.enums.get(name) != after.enums.get(name))
            };
            if differs || is_named(&table.name) || table.columns.iter().any(users) {
                self.concerned.insert(table.name.clone());
            }
        }
        let mut statements = sections
            .iter()
            .flat_map(|section| section.statements(dialect));
        let fires = before.sql_objects.iter().chain(&after.sql_objects);
        let fires = fires
            .filter(|one| matches!(one.kind, SqlObjectKind::Trigger | SqlObjectKind::Rule))
            .count()
            > 0;
        self.is_opaque = statements.any(|statement| match reach(&statement) {
            Reach::Shape => false,
            Reach::Named => self.concerned.is_empty() || fires,
            Reach::Anything => true,
        });
    }
}

/// How far a statement reaches.
enum Reach {
    /// It changes no rows by itself, but for those of tables that differ.
    Shape,
    /// The rows of the tables that it names, and what triggers make of that.
    Named,
    /// It runs code that stands elsewhere.
    Anything,
}

fn reach(statement: &Statement) -> Reach {
    let verb = statement.words(1);
    match verb.first().map(String::as_str) {
        Some("create" | "comment" | "grant" | "revoke" | "drop" | "alter" | "set" | "pragma") => {
            Reach::Shape
        }
        Some("insert" | "replace" | "update" | "delete" | "merge" | "truncate" | "lock") => {
            Reach::Named
        }
        _ => Reach::Anything,
    }
}

/// So many values are taken from the text of a revision.
const MOST_ASKED: usize = 40;

/// The literals of conditions and conversions, and what lies beside them. What is inserted as it
/// stands there is left out: rows that hold it already would be in its way.
fn asked(section: &Section, dialect: Dialect) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for statement in section.statements(dialect) {
        let text = match statement.words(1).first().map(String::as_str) {
            Some("insert" | "replace") => condition(&statement),
            Some("update" | "delete" | "merge" | "alter" | "do" | "with" | "create") => {
                Some(statement.text.as_str())
            }
            _ => None,
        };
        for value in text.into_iter().flat_map(|text| told_apart(text, dialect)) {
            if found.len() < MOST_ASKED && !found.contains(&value) {
                found.push(value);
            }
        }
    }
    found
}

/// What stands behind the first WHERE.
fn condition(statement: &Statement) -> Option<&str> {
    let tokens = lex(&statement.text, statement.dialect).ok()?;
    let found = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .find(|token| token.text(&statement.text).eq_ignore_ascii_case("where"))?;
    statement.text.get(found.range.end..)
}

/// Whether the values of a column read the same afterwards, when nothing goes wrong.
fn keeps_text(from: &Column, to: &Column, before: &Schema, after: &Schema) -> bool {
    let is_text = |data_type: &Type| match data_type {
        Type::Text | Type::Varchar(_) => true,
        Type::Sql(name) => ["CHAR", "TEXT", "CLOB"]
            .iter()
            .any(|word| name.to_ascii_uppercase().contains(word)),
        _ => false,
    };
    let values = |data_type: &Type, schema: &Schema| match data_type {
        Type::Enum(name) => schema.enums.get(name).map(|one| one.values.clone()),
        _ => None,
    };
    let (a, b) = (&from.data_type, &to.data_type);
    let generated = from.generated != to.generated;
    !generated
        && match (values(a, before), values(b, after)) {
            // Rows are made of values that both have.
            (Some(from), Some(to)) => from.iter().any(|value| to.contains(value)),
            _ => a == b || a.is_integer() && b.is_integer() || is_text(a) && is_text(b),
        }
}

impl Says {
    fn new(names: &mut Names, lookup: &Lookup, section: &Section) -> Self {
        let dialect = lookup.dialect();
        let Announced { losses, failures } = section.announced(dialect);
        let mut says = Self {
            failures,
            ..Self::default()
        };
        // What is announced is called as at the start or as at the end.
        says.announce(names, &losses, dialect);
        for effect in section.effects(dialect) {
            says.take(names, lookup, &effect);
            names.follow(&effect);
        }
        says.announce(names, &losses, dialect);
        for text in &losses {
            for (table, _) in readings(text, dialect) {
                says.others.remove(&lookup.key(&table));
            }
        }
        says
    }

    fn announce(&mut self, names: &Names, losses: &BTreeSet<String>, dialect: Dialect) {
        for text in losses {
            for (table, column) in readings(text, dialect) {
                match column {
                    None => self.lost.extend(names.table(&table).cloned()),
                    Some(column) => self.lost_columns.extend(names.column(&table, &column)),
                }
            }
        }
    }

    fn take(&mut self, names: &Names, lookup: &Lookup, effect: &Effect) {
        match effect {
            Effect::DropTable(table) if names.table(table).is_none() => {
                self.others.insert(lookup.key(table));
            }
            Effect::DropColumn(table, column) => self.dropped.extend(names.column(table, column)),
            Effect::Insert { table, .. } => self.gains.extend(names.table(table).cloned()),
            Effect::Update { table, values, .. } => {
                let columns = values.iter().map(|(column, _)| column);
                self.updated
                    .extend(columns.filter_map(|column| names.column(table, column)));
            }
            Effect::Delete(table, _) | Effect::DeleteAll(table) => match names.table(table) {
                Some(table) => drop(self.loses.insert(table.clone())),
                None => drop(self.others.insert(lookup.key(table))),
            },
            // What becomes of names is followed, and what goes shows in the schemas.
            Effect::DropTable(_)
            | Effect::CreateTable(..)
            | Effect::RenameTable(..)
            | Effect::RenameColumn(..)
            | Effect::RenameSchema(..)
            | Effect::Retype { .. }
            | Effect::DropSchema(_)
            | Effect::CreateFunction(_)
            | Effect::Divert(_)
            | Effect::Unknown { .. } => {}
        }
    }
}
