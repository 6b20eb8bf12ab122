//! Random schemas, spelled as a dialect reports them.

use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::schema::{
    Action, Check, Column, Constraint, ConstraintKind, EnumType, Expression, ForeignKey, Identity,
    IdentityKind, Index, IndexTarget, Order, PrimaryKey, QualifiedName, Schema, Table, Type,
    Unique,
};
use proptest::prelude::*;

const TABLES: [&str; 4] = ["users", "Order", "task lists", "tags"];
const COLUMNS: [&str; 6] = ["a", "B", "select", "c d", "e", "f"];
const ENUMS: [&str; 2] = ["mood", "Status"];

/// A schema of up to four tables and two enum types.
pub(crate) fn schema(dialect: Dialect) -> impl Strategy<Value = Schema> {
    let enums = prop::collection::btree_map(
        prop::sample::select(ENUMS.to_vec()),
        prop::sample::subsequence(vec!["new", "it's", "done", "Late"], 1..=4),
        0..=2,
    );
    let tables = prop::collection::btree_map(
        prop::sample::select(TABLES.to_vec()),
        prop::collection::btree_map(prop::sample::select(COLUMNS.to_vec()), any::<u32>(), 1..=6),
        0..=4,
    );
    (enums, tables, any::<u64>()).prop_map(move |(enums, tables, dice)| {
        let mut schema = Schema::default();
        for (name, values) in enums {
            let name = QualifiedName::new(name);
            schema.enums.insert(
                name.clone(),
                EnumType {
                    name,
                    values: values.into_iter().map(str::to_owned).collect(),
                    comment: None,
                },
            );
        }
        let mut dice = Dice(dice);
        for (name, columns) in tables {
            let table = table(name, &columns, &schema, dialect, &mut dice);
            schema.tables.insert(table.name.clone(), table);
        }
        foreign_keys(&mut schema, &mut dice);
        lower(&schema, dialect).expect("portable schemas can be lowered")
    })
}

/// Small numbers from a large one: shrinking it makes every choice the first one.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        let result = self.0 % sides;
        self.0 = (self.0 / sides).wrapping_mul(6_364_136_223_846_793_005) >> 1;
        result
    }

    fn is_one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == sides - 1
    }
}

fn table(
    name: &str,
    columns: &std::collections::BTreeMap<&str, u32>,
    schema: &Schema,
    dialect: Dialect,
    dice: &mut Dice,
) -> Table {
    let mut table = Table::new(QualifiedName::new(name));
    let mut id = Column::new("id", Type::Integer);
    id.nullable = false;
    if dice.is_one_in(2) {
        let kind = match dialect {
            Dialect::Sqlite => IdentityKind::ByDefault,
            Dialect::Postgres => [
                IdentityKind::ByDefault,
                IdentityKind::Always,
                IdentityKind::Serial,
            ][dice.roll(3) as usize],
        };
        id.identity = Some(Identity::new(kind));
    }
    table.columns.push(id);
    for (column, number) in columns {
        table
            .columns
            .push(self::column(column, *number, schema, dialect));
    }
    table.add_constraint(Constraint::new(
        format!("{name}_pkey"),
        ConstraintKind::PrimaryKey(PrimaryKey {
            columns: vec!["id".to_owned()],
            include: Vec::new(),
            deferrable: Default::default(),
            on_conflict: None,
        }),
    ));
    let names: Vec<String> = table.columns.iter().map(|one| one.name.clone()).collect();
    for column in names.iter().skip(1) {
        if dice.is_one_in(6) {
            table.add_constraint(Constraint::new(
                format!("{name}_{column}_key"),
                ConstraintKind::Unique(Unique {
                    columns: vec![column.clone()],
                    include: Vec::new(),
                    nulls_not_distinct: false,
                    deferrable: Default::default(),
                    on_conflict: None,
                }),
            ));
        }
        if dice.is_one_in(4) {
            let mut index = Index::on_columns(format!("ix_{name}_{column}"), [column.clone()]);
            index.unique = dice.is_one_in(3);
            if dice.is_one_in(3) {
                index.keys[0].order = Order::Descending;
            }
            if dice.is_one_in(3) {
                index
                    .keys
                    .push(limbeck_core::schema::IndexKey::new(IndexTarget::Column(
                        "id".to_owned(),
                    )));
            }
            if dice.is_one_in(4) {
                index.predicate = Some(Expression::new("id > 0"));
            }
            table.add_index(index);
        }
    }
    if dice.is_one_in(3) {
        table.add_constraint(Constraint::new(
            format!("{name}_id_check"),
            ConstraintKind::Check(Check {
                expression: Expression(format!("id > {}", dice.roll(3))),
                no_inherit: false,
                validated: true,
            }),
        ));
    }
    table
}

fn column(name: &str, number: u32, schema: &Schema, dialect: Dialect) -> Column {
    let enums: Vec<&QualifiedName> = schema.enums.keys().collect();
    let data_type = match number % 9 {
        0 => Type::Integer,
        1 => Type::BigInt,
        2 => Type::Text,
        3 => Type::Varchar(Some(20 + number % 3)),
        4 => Type::Boolean,
        5 => Type::Numeric(Some((10, 2))),
        6 => Type::Timestamp {
            precision: None,
            zone: number.is_multiple_of(2),
        },
        7 => Type::Uuid,
        _ => match enums.get(number as usize % enums.len().max(1)) {
            Some(name) => Type::Enum((*name).clone()),
            None => Type::Double,
        },
    };
    let mut column = Column::new(name, data_type);
    column.nullable = !(number / 9).is_multiple_of(3);
    if (number / 27).is_multiple_of(3) {
        let text = match (&column.data_type, dialect) {
            (Type::Integer | Type::BigInt, _) => Some("0".to_owned()),
            (Type::Boolean, _) => Some("true".to_owned()),
            (Type::Text, Dialect::Postgres) => Some("'it''s'::text".to_owned()),
            (Type::Text | Type::Varchar(_), Dialect::Sqlite) => Some("'it''s'".to_owned()),
            (Type::Timestamp { zone: true, .. }, _) => Some("now()".to_owned()),
            _ => None,
        };
        column.default = text.map(Expression);
    }
    column
}

fn foreign_keys(schema: &mut Schema, dice: &mut Dice) {
    let names: Vec<QualifiedName> = schema.tables.keys().cloned().collect();
    for table in schema.tables.values_mut() {
        let integers: Vec<String> = table
            .columns
            .iter()
            .skip(1)
            .filter(|column| column.data_type == Type::Integer)
            .map(|column| column.name.clone())
            .collect();
        for column in integers {
            if !dice.is_one_in(2) {
                continue;
            }
            let parent = names[dice.roll(names.len() as u64) as usize].clone();
            let mut key = ForeignKey::new(vec![column.clone()], parent, vec!["id".to_owned()]);
            key.on_delete =
                [Action::NoAction, Action::Cascade, Action::SetNull][dice.roll(3) as usize];
            table.add_constraint(Constraint::new(
                format!("{}_{column}_fkey", table.name.name),
                ConstraintKind::ForeignKey(key),
            ));
        }
    }
}
