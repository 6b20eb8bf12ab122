//! What a revision does to tables and columns that hold rows: where they end up, and which of their
//! values it must leave alone.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::schema::{Column, QualifiedName, Schema, Table, Type, UnmodelledKind};
use limbeck_core::sql::effect::{Announced, Effect, readings};
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
        let there = way_there.effects(dialect);
        let back = way_back.effects(dialect);
        let mut names = Names::new(before, dialect);
        let mut change = Self {
            there: Says::new(&mut names, &there, &way_there.announced(dialect), dialect),
            ..Self::default()
        };
        change.follow(before, after, &names);
        // The way back starts where the way there ended.
        let mut names = names.arrived(&change);
        change.back = Says::new(&mut names, &back, &way_back.announced(dialect), dialect);
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
        let mut pairs = self.tables.iter();
        pairs.find(|(_, name)| *name == after).map(|(name, _)| name)
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
        let columns = self.columns.iter();
        columns
            .filter(move |((owner, _), _)| owner == table)
            .map(|((_, from), to)| (from.as_str(), to.as_str()))
    }

    fn follow(&mut self, before: &Schema, after: &Schema, names: &Names) {
        for table in before.tables.values() {
            let led_to = names.table_now(&table.name);
            let Some(target) = led_to
                .and_then(|name| after.tables.get(name))
                .or_else(|| after.tables.get(&table.name))
            else {
                continue;
            };
            self.tables.insert(table.name.clone(), target.name.clone());
            for column in &table.columns {
                let place = (table.name.clone(), column.name.clone());
                let to = names
                    .column_now(&place)
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
        let fires = before.unmodelled.iter().chain(&after.unmodelled);
        let fires = fires
            .filter(|one| matches!(one.kind, UnmodelledKind::Trigger | UnmodelledKind::Rule))
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
    let mut words = tokens.iter().filter(|token| token.kind == TokenKind::Word);
    let found = words.find(|token| token.text(&statement.text).eq_ignore_ascii_case("where"))?;
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

/// What tables and columns are called on the way.
struct Names {
    dialect: Dialect,
    /// By the name at the start; `None` once it was dropped.
    tables: BTreeMap<QualifiedName, Option<QualifiedName>>,
    /// What dropped tables were called last: a rebuild gives the name to the table that follows.
    dropped: BTreeMap<QualifiedName, QualifiedName>,
    columns: BTreeMap<Place, String>,
}

impl Names {
    fn new(schema: &Schema, dialect: Dialect) -> Self {
        let tables = schema.tables.values();
        let columns = tables.clone().flat_map(|table| {
            let columns = table.columns.iter();
            columns.map(|column| {
                (
                    (table.name.clone(), column.name.clone()),
                    column.name.clone(),
                )
            })
        });
        Self {
            dialect,
            columns: columns.collect(),
            dropped: BTreeMap::new(),
            tables: tables
                .map(|table| (table.name.clone(), Some(table.name.clone())))
                .collect(),
        }
    }

    fn arrived(&self, change: &Change) -> Self {
        Self {
            dialect: self.dialect,
            tables: self
                .tables
                .keys()
                .map(|name| (name.clone(), change.tables.get(name).cloned()))
                .collect(),
            dropped: BTreeMap::new(),
            columns: change.columns.clone(),
        }
    }

    /// A name as schemas have it, which leave the default schema out.
    fn in_schema(&self, written: &QualifiedName) -> QualifiedName {
        let default = match self.dialect {
            Dialect::Postgres => "public",
            Dialect::Sqlite => "main",
        };
        let schema = written.schema.as_deref();
        QualifiedName::within(schema.filter(|one| *one != default), written.name.clone())
    }

    fn is_same(&self, a: &QualifiedName, written: &QualifiedName) -> bool {
        let b = &self.in_schema(written);
        a == b || self.dialect == Dialect::Sqlite && a.name.eq_ignore_ascii_case(&b.name)
    }

    /// The table that is called so now, by its name at the start.
    fn table(&self, now: &QualifiedName) -> Option<QualifiedName> {
        let mut tables = self.tables.iter();
        let found =
            tables.find(|(_, name)| name.as_ref().is_some_and(|name| self.is_same(name, now)));
        found.map(|(name, _)| name.clone())
    }

    /// The table that was dropped under a name which another one gets, by its name at the start.
    fn rebuilt(&self, name: &QualifiedName) -> Option<QualifiedName> {
        let mut dropped = self.dropped.iter();
        let found = dropped.find(|(_, last)| self.is_same(last, name));
        found.map(|(start, _)| start.clone())
    }

    fn column(&self, table: &QualifiedName, now: &str) -> Option<Place> {
        let mut columns = self.columns.iter();
        let is_same = |name: &str| {
            name == now || self.dialect == Dialect::Sqlite && name.eq_ignore_ascii_case(now)
        };
        let found = columns.find(|((owner, _), name)| owner == table && is_same(name));
        found.map(|(place, _)| place.clone())
    }

    fn table_now(&self, table: &QualifiedName) -> Option<&QualifiedName> {
        self.tables.get(table)?.as_ref()
    }

    fn column_now(&self, place: &Place) -> Option<&str> {
        self.columns.get(place).map(String::as_str)
    }
}

impl Says {
    fn new(names: &mut Names, effects: &[Effect], announced: &Announced, dialect: Dialect) -> Self {
        let mut says = Self {
            failures: announced.failures.clone(),
            ..Self::default()
        };
        // What is announced is called as at the start or as at the end.
        says.announce(names, &announced.losses, dialect);
        for effect in effects {
            says.take(names, effect);
        }
        says.announce(names, &announced.losses, dialect);
        for text in &announced.losses {
            for (table, _) in readings(text, dialect) {
                says.others.remove(&names.in_schema(&table));
            }
        }
        says
    }

    fn announce(&mut self, names: &Names, losses: &BTreeSet<String>, dialect: Dialect) {
        for text in losses {
            for (table, column) in readings(text, dialect) {
                let Some(table) = names.table(&table) else {
                    continue;
                };
                match column {
                    None => drop(self.lost.insert(table)),
                    Some(column) => self.lost_columns.extend(names.column(&table, &column)),
                }
            }
        }
    }

    fn take(&mut self, names: &mut Names, effect: &Effect) {
        match effect {
            Effect::CreateTable(_) => {}
            Effect::DropTable(table) => {
                let Some(start) = names.table(table) else {
                    self.others.insert(names.in_schema(table));
                    return;
                };
                names.dropped.insert(start.clone(), names.in_schema(table));
                names.tables.insert(start, None);
            }
            Effect::RenameTable(from, to) => {
                if let Some(table) = names.table(from).or_else(|| names.rebuilt(to)) {
                    names.tables.insert(table, Some(names.in_schema(to)));
                }
            }
            Effect::DropColumn(table, column) => {
                let place = names
                    .table(table)
                    .and_then(|table| names.column(&table, column));
                self.dropped.extend(place);
            }
            Effect::RenameColumn(table, from, to) => {
                let place = names
                    .table(table)
                    .and_then(|table| names.column(&table, from));
                if let Some(place) = place {
                    names.columns.insert(place, to.clone());
                }
            }
            Effect::Insert(table, _) => self.gains.extend(names.table(table)),
            Effect::Update(table, columns) => {
                let table = names.table(table);
                let places = columns
                    .iter()
                    .filter_map(|column| names.column(table.as_ref()?, column));
                self.updated.extend(places.collect::<Vec<Place>>());
            }
            Effect::Delete(table) | Effect::DeleteAll(table) => match names.table(table) {
                Some(table) => drop(self.loses.insert(table)),
                None => drop(self.others.insert(names.in_schema(table))),
            },
            Effect::RenameSchema(from, to) => {
                let from = names
                    .in_schema(&QualifiedName::within(Some(from), ""))
                    .schema;
                let to = names.in_schema(&QualifiedName::within(Some(to), "")).schema;
                let tables = names.tables.values_mut().flatten();
                for table in tables.filter(|table| table.schema == from) {
                    table.schema.clone_from(&to);
                }
            }
            // What goes shows in the schemas.
            Effect::DropSchema(_) | Effect::Unknown(_) => {}
        }
    }
}
