//! Random changes of a schema, with the answers that a person gives.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided};
use limbeck_core::schema::{
    Column, Constraint, ConstraintKind, Expression, ForeignKey, Index, IndexTarget, Object,
    QualifiedName, RenamedFrom, Schema, Type,
};
use limbeck_core::sql::{mentions, quote_literal, quoted};

use super::dice::Dice;
use super::draw;
use super::value::value;

/// A schema, what it becomes, and what is answered.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) from: Schema,
    pub(crate) to: Schema,
    pub(crate) decisions: Decisions,
    /// In words, for whoever looks into a round.
    pub(crate) story: Vec<String>,
    /// What the tables that stay are called now, by what they were called.
    pub(crate) tables: BTreeMap<QualifiedName, QualifiedName>,
    /// What the columns that stay are called now.
    pub(crate) columns: BTreeMap<(QualifiedName, String), String>,
}

/// So many rounds after each other begin with the same schema, which a server has to make but once.
pub(crate) const SHARED: u64 = 5;

/// Draws a schema and a change of it.
pub(crate) fn draw(seed: u64, dialect: Dialect) -> Change {
    let from = draw::schema(&mut Dice::new(seed / SHARED), dialect);
    let dice = &mut Dice::new(seed);
    let tables = from.tables.keys().map(|name| (name.clone(), name.clone()));
    let columns = from.tables.values().flat_map(|table| {
        table
            .columns
            .iter()
            .map(|one| ((table.name.clone(), one.name.clone()), one.name.clone()))
    });
    let mut change = Change {
        tables: tables.collect(),
        columns: columns.collect(),
        to: from.clone(),
        from,
        decisions: Decisions {
            when_undecided: WhenUndecided::DropAndCreate,
            ..Decisions::default()
        },
        story: Vec::new(),
    };
    let steps = 1 + dice.roll(4);
    for step in 0..40 {
        if step >= steps && change.to != change.from {
            break;
        }
        change.step(dice, dialect);
    }
    change
}

impl Change {
    fn step(&mut self, dice: &mut Dice, dialect: Dialect) {
        let names: Vec<QualifiedName> = self.to.tables.keys().cloned().collect();
        if names.is_empty() {
            return;
        }
        let table = dice.pick(&names).clone();
        let columns = &self.to.tables[&table].columns;
        let column = dice.pick(columns).clone();
        match dice.roll(26) {
            0..=5 => self.retype(dice, &table, &column, dialect),
            6..=8 => self.turn_nullable(dice, &table, &column),
            9 | 10 => self.default(dice, &table, &column, dialect),
            11 | 12 => self.rename_column(dice, &table, &column),
            13 => self.rename_table(dice, &table),
            14 => self.drop_column(&table, &column),
            15 => self.drop_table(dice, &table),
            16 | 17 => self.add_column(dice, &table, dialect),
            18 => draw::add_table(dice, &mut self.to, dialect),
            19 | 20 => draw::add_member(dice, &mut self.to, &table, dialect),
            21 => self.drop_member(dice, &table),
            22 => self.change_enum(dice, dialect),
            23 => self.renumber(dice, &table, dialect),
            24 => self.change_key(dice, &table),
            _ => self.regenerate(dice, &table, &column),
        }
    }

    fn told(&mut self, what: String) {
        self.story.push(what);
    }

    fn column_mut(&mut self, table: &QualifiedName, name: &str) -> &mut Column {
        let table = self.to.tables.get_mut(table).expect("is there");
        table
            .columns
            .iter_mut()
            .find(|one| one.name == name)
            .expect("is there")
    }

    fn retype(
        &mut self,
        dice: &mut Dice,
        table: &QualifiedName,
        column: &Column,
        dialect: Dialect,
    ) {
        if column.generated.is_some() || column.identity.is_some() {
            return;
        }
        let data_type = if column.name == "id" {
            dice.pick(&[Type::Integer, Type::BigInt]).clone()
        } else {
            draw::other_type(dice, &column.data_type, dialect, &self.to)
        };
        if data_type == column.data_type {
            return;
        }
        self.told(format!("{table}.{} becomes {data_type:?}", column.name));
        // What was said of the former type may say nothing of this one.
        self.forget(table, &column.name, Forget::Retyped);
        let is_kept = column.name == "id" || dice.is_one_in(2);
        let default = match column.default {
            Some(_) if !is_kept => draw::default(dice, &data_type, dialect, &self.to),
            _ => None,
        };
        let object = Object::Column(table.clone(), column.name.clone());
        let is_filled = self.decisions.fills.remove(&object).is_some();
        let name = &column.name;
        let column = self.column_mut(table, name);
        (column.data_type, column.default) = (data_type, default);
        if is_filled {
            let column = column.clone();
            self.fill(dice, table, &column);
        }
    }

    fn turn_nullable(&mut self, dice: &mut Dice, table: &QualifiedName, column: &Column) {
        let is_fixed = column.generated.is_some() || column.identity.is_some();
        let is_key = (self.to.tables[table].primary_key())
            .is_some_and(|(_, key)| key.columns.contains(&column.name));
        if is_fixed || is_key {
            return;
        }
        let nullable = !column.nullable;
        self.column_mut(table, &column.name).nullable = nullable;
        self.told(format!("{table}.{} nullable: {nullable}", column.name));
        if !nullable && !dice.is_one_in(3) {
            self.fill(dice, table, column);
        }
    }

    fn fill(&mut self, dice: &mut Dice, table: &QualifiedName, column: &Column) {
        let text = value(dice, &column.data_type, &self.to);
        let is_number = matches!(
            column.data_type,
            Type::SmallInt
                | Type::Integer
                | Type::BigInt
                | Type::Real
                | Type::Double
                | Type::Numeric(_)
                | Type::Boolean
        );
        // The bytes of a Uuid or a blob would need a spelling for each database.
        if matches!(column.data_type, Type::Uuid | Type::Bytes) {
            return;
        }
        let text = if is_number {
            text
        } else {
            quote_literal(&text)
        };
        self.told(format!("{table}.{} is filled with {text}", column.name));
        let object = Object::Column(table.clone(), column.name.clone());
        self.decisions.fills.insert(object, Expression(text));
    }

    fn default(
        &mut self,
        dice: &mut Dice,
        table: &QualifiedName,
        column: &Column,
        dialect: Dialect,
    ) {
        if column.generated.is_some() || column.identity.is_some() {
            return;
        }
        let default = match &column.default {
            Some(_) if dice.is_one_in(2) => None,
            _ => draw::default(dice, &column.data_type, dialect, &self.to),
        };
        self.told(format!("{table}.{} default {default:?}", column.name));
        self.column_mut(table, &column.name).default = default;
    }

    fn rename_column(&mut self, dice: &mut Dice, table: &QualifiedName, column: &Column) {
        let to = *dice.pick(&draw::COLUMNS);
        let there = &self.to.tables[table];
        let is_used =
            there.column(to).is_some() || self.former_columns(table).iter().any(|one| one == to);
        let is_new = self.origin(table, &column.name).is_none();
        if column.name == "id" || is_used || is_new {
            return;
        }
        let (from, new) = (quoted(&column.name), quoted(to));
        let respelled = |text: &mut Expression| text.0 = text.0.replace(&from, &new);
        let owner = self.to.tables.get_mut(table).expect("is there");
        for one in &mut owner.columns {
            if one.name == column.name {
                to.clone_into(&mut one.name);
            }
            if let Some(generated) = &mut one.generated {
                respelled(&mut generated.expression);
            }
        }
        let renamed = |columns: &mut Vec<String>| {
            for one in columns.iter_mut().filter(|one| **one == column.name) {
                to.clone_into(one);
            }
        };
        for constraint in owner.constraints.values_mut() {
            match &mut constraint.kind {
                ConstraintKind::PrimaryKey(key) => renamed(&mut key.columns),
                ConstraintKind::Unique(key) => renamed(&mut key.columns),
                ConstraintKind::ForeignKey(key) => renamed(&mut key.columns),
                ConstraintKind::Check(check) => respelled(&mut check.expression),
                ConstraintKind::Exclusion(_) => {}
            }
        }
        for index in owner.indexes.values_mut() {
            for key in &mut index.keys {
                match &mut key.target {
                    IndexTarget::Column(name) if *name == column.name => to.clone_into(name),
                    IndexTarget::Column(_) => {}
                    IndexTarget::Expression(text) => respelled(text),
                }
            }
        }
        self.told(format!("{table}.{} is renamed {to}", column.name));
        let former = self.origin(table, &column.name).expect("was looked for");
        self.columns.insert(former.clone(), to.to_owned());
        self.decisions.renames.retain(|one| !matches!(one, RenamedFrom::Column { table: owner, to, .. } if owner == table && *to == column.name));
        self.decisions.renames.push(RenamedFrom::Column {
            table: table.clone(),
            from: former.1,
            to: to.to_owned(),
        });
        let place = |name: &str| Object::Column(table.clone(), name.to_owned());
        if let Some(fill) = self.decisions.fills.remove(&place(&column.name)) {
            self.decisions.fills.insert(place(to), fill);
        }
    }

    /// The columns that a table had.
    fn former_columns(&self, table: &QualifiedName) -> Vec<String> {
        let mut tables = self.tables.iter();
        let Some((former, _)) = tables.find(|(_, now)| *now == table) else {
            return Vec::new();
        };
        self.from.tables[former]
            .columns
            .iter()
            .map(|one| one.name.clone())
            .collect()
    }

    /// Where a column was before.
    fn origin(&self, table: &QualifiedName, column: &str) -> Option<(QualifiedName, String)> {
        self.columns
            .iter()
            .find(|((former, _), now)| self.tables.get(former) == Some(table) && *now == column)
            .map(|(place, _)| place.clone())
    }

    fn rename_table(&mut self, dice: &mut Dice, table: &QualifiedName) {
        let to = QualifiedName::new(*dice.pick(&draw::TABLES));
        let mut tables = self.tables.iter();
        let former = tables
            .find(|(_, now)| *now == table)
            .map(|(former, _)| former.clone());
        let is_used = self.to.tables.contains_key(&to) || self.from.tables.contains_key(&to);
        let Some(former) = former.filter(|_| !is_used) else {
            return;
        };
        let mut owner = self.to.tables.remove(table).expect("is there");
        owner.name = to.clone();
        self.to.tables.insert(to.clone(), owner);
        let keys = self
            .to
            .tables
            .values_mut()
            .flat_map(|one| one.constraints.values_mut());
        for constraint in keys {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                && key.references == *table
            {
                key.references = to.clone();
            }
        }
        self.told(format!("{table} is renamed {to}"));
        self.tables.insert(former.clone(), to.clone());
        for one in &mut self.decisions.renames {
            if let RenamedFrom::Column { table: owner, .. } = one
                && owner == table
            {
                *owner = to.clone();
            }
        }
        self.decisions
            .renames
            .retain(|one| !matches!(one, RenamedFrom::Table { to, .. } if to == table));
        self.decisions.renames.push(RenamedFrom::Table {
            from: former,
            to: to.clone(),
        });
        let fills = std::mem::take(&mut self.decisions.fills);
        let moved = fills.into_iter().map(|(object, fill)| match object {
            Object::Column(owner, column) if owner == *table => {
                (Object::Column(to.clone(), column), fill)
            }
            other => (other, fill),
        });
        self.decisions.fills = moved.collect();
    }

    fn drop_column(&mut self, table: &QualifiedName, column: &Column) {
        if column.name == "id" {
            return;
        }
        self.told(format!("{table}.{} goes", column.name));
        self.forget(table, &column.name, Forget::Dropped);
        let owner = self.to.tables.get_mut(table).expect("is there");
        owner.columns.retain(|one| one.name != column.name);
        if let Some(place) = self.origin(table, &column.name) {
            self.columns.remove(&place);
        }
        self.decisions.renames.retain(|one| !matches!(one, RenamedFrom::Column { table: owner, to, .. } if owner == table && *to == column.name));
        self.decisions
            .fills
            .remove(&Object::Column(table.clone(), column.name.clone()));
    }

    fn drop_table(&mut self, dice: &mut Dice, table: &QualifiedName) {
        if dice.is_one_in(2) {
            return;
        }
        self.told(format!("{table} goes"));
        self.to.tables.remove(table);
        for owner in self.to.tables.values_mut() {
            owner.constraints.retain(|_, one| {
                !matches!(&one.kind, ConstraintKind::ForeignKey(key) if key.references == *table)
            });
        }
        self.tables.retain(|_, now| now != table);
        let tables = &self.tables;
        self.columns
            .retain(|(former, _), _| tables.contains_key(former));
        self.decisions.renames.retain(|one| match one {
            RenamedFrom::Column { table: owner, .. } => owner != table,
            RenamedFrom::Table { to, .. } => to != table,
            _ => true,
        });
        self.decisions
            .fills
            .retain(|object, _| object.table() != Some(table));
    }

    fn add_column(&mut self, dice: &mut Dice, table: &QualifiedName, dialect: Dialect) {
        let former = self.former_columns(table);
        let mut to = self.to.clone();
        let Some(name) = draw::add_column(dice, &mut to, table, dialect) else {
            return;
        };
        // A column that went and comes again is one that stays.
        if former.contains(&name) {
            return;
        }
        self.to = to;
        let column = self.to.tables[table]
            .column(&name)
            .expect("was added")
            .clone();
        self.told(format!("{table}.{name} comes: {:?}", column.data_type));
        if !column.fills_itself() {
            self.fill(dice, table, &column);
        }
    }

    fn drop_member(&mut self, dice: &mut Dice, table: &QualifiedName) {
        let referenced = self
            .to
            .tables
            .values()
            .any(|one| one.foreign_keys().any(|(_, key)| key.references == *table));
        let owner = self.to.tables.get_mut(table).expect("is there");
        let constraints = owner.constraints.values();
        let may_go = |one: &&Constraint| {
            !matches!(
                one.kind,
                ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
            ) || !referenced
        };
        let constraints = constraints
            .filter(may_go)
            .filter(|one| !matches!(one.kind, ConstraintKind::PrimaryKey(_)));
        let mut names: Vec<String> = constraints.map(|one| one.name.clone()).collect();
        names.extend(owner.indexes.keys().cloned());
        if names.is_empty() {
            return;
        }
        let name = dice.pick(&names).clone();
        owner.constraints.remove(&name);
        owner.indexes.remove(&name);
        self.told(format!("{name} of {table} goes"));
    }

    fn change_enum(&mut self, dice: &mut Dice, dialect: Dialect) {
        let Some(name) = self.to.enums.keys().next().cloned() else {
            return;
        };
        let enum_type = &self.to.enums[&name];
        let at = dice.roll(enum_type.values.len());
        let used = |schema: &Schema, value: &str| {
            let literal = quote_literal(value);
            schema
                .tables
                .values()
                .flat_map(|table| &table.columns)
                .any(|one| one.default.as_ref().is_some_and(|text| text.0 == literal))
        };
        let one = enum_type.values[at].clone();
        match dice.roll(3) {
            0 => {
                let enum_type = self.to.enums.get_mut(&name).expect("is there");
                let more = format!("more {}", dice.roll(9));
                if !enum_type.values.contains(&more) {
                    enum_type.values.insert(at, more.clone());
                    self.told(format!("enum value {more} comes"));
                }
            }
            1 if !used(&self.to, &one) => {
                let enum_type = self.to.enums.get_mut(&name).expect("is there");
                let is_former = self.from.enums[&name].values.contains(&one);
                let to = format!("other {}", dice.roll(9));
                if is_former && !enum_type.values.contains(&to) {
                    enum_type.values[at] = to.clone();
                    self.told(format!("enum value {one} is renamed {to}"));
                    self.decisions.renames.push(RenamedFrom::EnumValue {
                        enum_type: name,
                        from: one,
                        to,
                    });
                }
            }
            _ if enum_type.values.len() > 2 && !used(&self.to, &one) => {
                let enum_type = self.to.enums.get_mut(&name).expect("is there");
                if self.from.enums[&name].values.contains(&one) || dialect == Dialect::Sqlite {
                    enum_type.values.remove(at);
                    self.told(format!("enum value {one} goes"));
                }
            }
            _ => {}
        }
    }

    fn renumber(&mut self, dice: &mut Dice, table: &QualifiedName, dialect: Dialect) {
        let single = self.to.tables[table]
            .primary_key()
            .is_some_and(|(_, key)| key.columns == ["id"]);
        if dialect == Dialect::Sqlite && !single {
            return;
        }
        let identity = draw::identity(dice, dialect);
        self.told(format!("{table}.id is numbered by {identity:?}"));
        self.column_mut(table, "id").identity = identity;
    }

    /// Between `id` alone and `id` with another column.
    fn change_key(&mut self, dice: &mut Dice, table: &QualifiedName) {
        let referenced = self
            .to
            .tables
            .values()
            .any(|one| one.foreign_keys().any(|(_, key)| key.references == *table));
        let numbered = self.to.tables[table]
            .column("id")
            .is_some_and(|id| id.identity.is_some());
        if referenced || numbered {
            return;
        }
        let owner = self.to.tables.get_mut(table).expect("is there");
        let fits = |one: &&Column| {
            !one.nullable
                && one.generated.is_none()
                && !matches!(one.data_type, Type::Json | Type::Sql(_))
        };
        let names: Vec<String> = owner
            .columns
            .iter()
            .filter(fits)
            .map(|one| one.name.clone())
            .collect();
        let other = dice.pick(&names).clone();
        let mut columns = vec!["id".to_owned()];
        if other != "id" {
            columns.push(other);
        }
        let Some((constraint, _)) = owner.primary_key() else {
            return;
        };
        let name = constraint.name.clone();
        let key = ConstraintKind::PrimaryKey(draw::primary_key(columns.clone()));
        owner
            .constraints
            .insert(name.clone(), Constraint::new(name, key));
        self.told(format!("{table} is told by {columns:?}"));
    }

    fn regenerate(&mut self, dice: &mut Dice, table: &QualifiedName, column: &Column) {
        if column.generated.is_none() {
            return;
        }
        let (data_type, generated) = draw::generated(dice, &self.to.tables[table]);
        self.forget(table, &column.name, Forget::Retyped);
        self.told(format!(
            "{table}.{} is generated from {:?}",
            column.name, generated.expression
        ));
        let column = self.column_mut(table, &column.name);
        (column.data_type, column.generated) = (data_type, Some(generated));
    }

    /// Takes out what stands on a column.
    fn forget(&mut self, table: &QualifiedName, column: &str, why: Forget) {
        let owner = self.to.tables.get_mut(table).expect("is there");
        let speaks = |text: &Expression| mentions(&text.0, column, Dialect::Postgres);
        if let Some((constraint, key)) = owner.primary_key()
            && key.columns.iter().any(|one| one == column)
            && column != "id"
        {
            let name = constraint.name.clone();
            let key = ConstraintKind::PrimaryKey(draw::primary_key(vec!["id".to_owned()]));
            owner
                .constraints
                .insert(name.clone(), Constraint::new(name, key));
        }
        owner.constraints.retain(|_, one| match &one.kind {
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Exclusion(_) => true,
            ConstraintKind::Unique(key) => !key.columns.iter().any(|one| one == column),
            ConstraintKind::ForeignKey(key) => !key.columns.iter().any(|one| one == column),
            ConstraintKind::Check(check) => !speaks(&check.expression),
        });
        let stands_on = |index: &Index| {
            index.keys.iter().any(|key| match &key.target {
                IndexTarget::Column(name) => name == column,
                IndexTarget::Expression(text) => speaks(text),
            })
        };
        owner.indexes.retain(|_, one| !stands_on(one));
        let generated: Vec<Column> = owner
            .columns
            .iter()
            .filter(|one| one.name != column)
            .filter(|one| {
                one.generated
                    .as_ref()
                    .is_some_and(|one| speaks(&one.expression))
            })
            .cloned()
            .collect();
        for one in generated {
            self.drop_column(table, &one);
        }
        // A key of another type references nothing any more.
        if column == "id" && why == Forget::Retyped {
            for other in self.to.tables.values_mut() {
                other.constraints.retain(|_, one| {
                    !matches!(&one.kind, ConstraintKind::ForeignKey(ForeignKey { references, .. }) if references == table)
                });
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forget {
    Dropped,
    Retyped,
}
