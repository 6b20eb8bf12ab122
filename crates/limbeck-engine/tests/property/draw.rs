//! Random schemas, as models say them.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{
    Action, Check, Column, Constraint, ConstraintKind, Deferrable, EnumType, Expression,
    ForeignKey, Generated, Identity, IdentityKind, Index, IndexKey, IndexTarget, Order, PrimaryKey,
    QualifiedName, Schema, Table, Type, Unique,
};
use limbeck_core::sql::{quote_literal, quoted};

use super::dice::Dice;
use super::value::value;

pub(crate) const TABLES: [&str; 6] = ["users", "Order", "task lists", "tags", "it", "notes"];
pub(crate) const COLUMNS: [&str; 9] = ["a", "B", "select", "c d", "e", "f", "größe", "n_1", "z"];
const ENUM: &str = "Mood";
const ENUM_VALUES: [&str; 6] = ["new", "it's", "done", "Late", "a b", ""];

/// One to three tables, and sometimes an enum type.
pub(crate) fn schema(dice: &mut Dice, dialect: Dialect) -> Schema {
    let mut schema = Schema::default();
    if dice.is_one_in(2) {
        let name = QualifiedName::new(ENUM);
        let count = 2 + dice.roll(ENUM_VALUES.len() - 1);
        let values = ENUM_VALUES.iter().take(count).map(|one| (*one).to_owned());
        let enum_type = EnumType {
            name: name.clone(),
            values: values.collect(),
            comment: None,
        };
        schema.enums.insert(name, enum_type);
    }
    for _ in 0..=dice.roll(3) {
        add_table(dice, &mut schema, dialect);
    }
    schema
}

/// A table more; nothing where no name is free.
pub(crate) fn add_table(dice: &mut Dice, schema: &mut Schema, dialect: Dialect) {
    let name = QualifiedName::new(*dice.pick(&TABLES));
    if schema.tables.contains_key(&name) {
        return;
    }
    let mut table = Table::new(name.clone());
    let numbers = [Type::Integer, Type::BigInt];
    let mut id = Column::new("id", dice.pick(&numbers).clone());
    id.nullable = false;
    id.identity = identity(dice, dialect);
    table.columns.push(id);
    table.add_constraint(Constraint::new(
        format!("{name}_pkey"),
        ConstraintKind::PrimaryKey(primary_key(vec!["id".to_owned()])),
    ));
    schema.tables.insert(name.clone(), table);
    for _ in 0..=dice.roll(5) {
        add_column(dice, schema, &name, dialect);
    }
    for _ in 0..dice.roll(3) {
        add_member(dice, schema, &name, dialect);
    }
}

pub(crate) fn primary_key(columns: Vec<String>) -> PrimaryKey {
    PrimaryKey {
        columns,
        include: Vec::new(),
        deferrable: Deferrable::No,
        on_conflict: None,
    }
}

pub(crate) fn identity(dice: &mut Dice, dialect: Dialect) -> Option<Identity> {
    let kinds: &[IdentityKind] = match dialect {
        Dialect::Sqlite => &[IdentityKind::ByDefault],
        Dialect::Postgres => &[
            IdentityKind::ByDefault,
            IdentityKind::Always,
            IdentityKind::Serial,
        ],
    };
    (!dice.is_one_in(3)).then(|| Identity::new(*dice.pick(kinds)))
}

/// Types of which each becomes any other of its family now and then.
fn families(dialect: Dialect, schema: &Schema) -> Vec<Vec<Type>> {
    let timestamp = |precision, zone| Type::Timestamp { precision, zone };
    let time = |precision| Type::Time {
        precision,
        zone: false,
    };
    let mut families = vec![
        vec![
            Type::SmallInt,
            Type::Integer,
            Type::BigInt,
            Type::Double,
            Type::Numeric(Some((10, 2))),
            Type::Numeric(Some((12, 4))),
        ],
        vec![Type::Text, Type::Varchar(Some(12)), Type::Varchar(Some(40))],
        vec![
            Type::Date,
            timestamp(None, false),
            timestamp(None, true),
            time(None),
        ],
        vec![Type::Boolean],
        vec![Type::Jsonb],
        vec![Type::Uuid],
    ];
    let enums = schema.enums.keys().cloned().map(Type::Enum);
    families[1].extend(enums);
    if dialect == Dialect::Postgres {
        families[0].extend([Type::Real, Type::Numeric(None)]);
        families[1].push(Type::Char(8));
        families[2].extend([
            timestamp(Some(0), false),
            timestamp(Some(3), true),
            time(Some(1)),
        ]);
        families[2].push(Type::Time {
            precision: None,
            zone: true,
        });
        families[4].push(Type::Json);
        // SQLite keeps both in a BLOB, so that no change between them is one.
        families[5].push(Type::Bytes);
        let own = ["point", "int4range", "bit varying(8)", "inet"];
        let own = own.map(|name| vec![Type::Sql(name.to_owned())]);
        families.extend(own);
        let arrays = [Type::Integer, Type::Text, Type::Numeric(Some((12, 4)))];
        families.push(arrays.map(|one| Type::Array(Box::new(one))).into());
        families.push(vec![Type::Interval]);
    }
    families
}

fn any_type(dice: &mut Dice, dialect: Dialect, schema: &Schema) -> Type {
    let families = families(dialect, schema);
    if dice.is_one_in(16) {
        return Type::Bytes;
    }
    let family = dice.pick(&families);
    dice.pick(family).clone()
}

/// A type that a column's becomes: often a near one, and one that most become.
pub(crate) fn other_type(dice: &mut Dice, from: &Type, dialect: Dialect, schema: &Schema) -> Type {
    let families = families(dialect, schema);
    let near = families.iter().find(|family| family.contains(from));
    match (dice.roll(6), near) {
        (0..=3, Some(family)) if family.len() > 1 => dice.pick(family).clone(),
        (0..=4, _) => Type::Text,
        _ if matches!(from, Type::Uuid | Type::Bytes) => Type::Text,
        _ => match any_type(dice, dialect, schema) {
            Type::Bytes if dialect == Dialect::Sqlite => Type::Text,
            other => other,
        },
    }
}

/// A default that a value of the type is, as SQL.
pub(crate) fn default(
    dice: &mut Dice,
    data_type: &Type,
    dialect: Dialect,
    schema: &Schema,
) -> Option<Expression> {
    let text = match (data_type, dialect) {
        (Type::Boolean, _) => value(dice, data_type, schema),
        (data_type, _) if data_type.is_integer() => dice.roll(1000).to_string(),
        (Type::Numeric(_) | Type::Real | Type::Double, _) => format!("{}.5", dice.roll(100)),
        (Type::Text | Type::Varchar(_) | Type::Char(_), _) => {
            let text = *dice.pick(&["", "x", "it's", "7"]);
            quote_literal(text)
        }
        (Type::Enum(_), _) => quote_literal(&value(dice, data_type, schema)),
        (Type::Timestamp { .. } | Type::Date, _) if dice.is_one_in(2) => "now()".to_owned(),
        (Type::Uuid, _) => "gen_random_uuid()".to_owned(),
        (Type::Date, _) => quote_literal("2026-11-25"),
        (Type::Jsonb | Type::Json, _) => quote_literal("{\"a\": 1}"),
        (Type::Array(_), Dialect::Postgres) => quote_literal("{}"),
        (Type::Interval, Dialect::Postgres) => quote_literal("1 day"),
        (Type::Sql(name), Dialect::Postgres) if name == "int4range" => quote_literal("[1,9)"),
        _ => return None,
    };
    Some(Expression(text))
}

fn is_text(data_type: &Type) -> bool {
    matches!(data_type, Type::Text | Type::Varchar(_))
}

/// A column more in a table; its name, unless none is free.
pub(crate) fn add_column(
    dice: &mut Dice,
    schema: &mut Schema,
    table: &QualifiedName,
    dialect: Dialect,
) -> Option<String> {
    let name = *dice.pick(&COLUMNS);
    if schema.tables[table].column(name).is_some() {
        return None;
    }
    let data_type = any_type(dice, dialect, schema);
    let mut column = Column::new(name, data_type);
    if let Some(generated) = dice
        .is_one_in(9)
        .then(|| generated(dice, &schema.tables[table]))
    {
        (column.data_type, column.generated) = (generated.0, Some(generated.1));
    } else if dialect == Dialect::Postgres && dice.is_one_in(12) {
        column.data_type = Type::Integer;
        column.nullable = false;
        column.identity = Some(Identity::new(IdentityKind::Serial));
    } else {
        column.nullable = !dice.is_one_in(3);
        if dice.is_one_in(3) {
            column.default = default(dice, &column.data_type, dialect, schema);
        }
    }
    let table = schema.tables.get_mut(table).expect("is there");
    table.columns.push(column);
    Some(name.to_owned())
}

/// What a column is generated from: other columns that are not.
pub(crate) fn generated(dice: &mut Dice, table: &Table) -> (Type, Generated) {
    let is_plain = |one: &&Column| one.generated.is_none();
    let texts = table.columns.iter().filter(is_plain);
    let texts: Vec<&Column> = texts.filter(|one| is_text(&one.data_type)).collect();
    let (data_type, expression) = match texts.as_slice() {
        [] => (Type::BigInt, format!("id * {}", 2 + dice.roll(2))),
        texts => {
            let name = quoted(&dice.pick(texts).name);
            match dice.roll(2) {
                0 => (Type::Text, format!("upper({name})")),
                _ => (Type::Integer, format!("length({name})")),
            }
        }
    };
    let generated = Generated {
        expression: Expression(expression),
        stored: true,
    };
    (data_type, generated)
}

/// A constraint or an index more, where a column fits.
pub(crate) fn add_member(
    dice: &mut Dice,
    schema: &mut Schema,
    name: &QualifiedName,
    dialect: Dialect,
) {
    let parents: Vec<&QualifiedName> = schema.tables.keys().collect();
    let parent = (*dice.pick(&parents)).clone();
    let referenced = schema.tables[&parent]
        .column("id")
        .map(|id| id.data_type.clone());
    let single = schema.tables[&parent]
        .primary_key()
        .is_some_and(|(_, key)| key.columns == ["id"]);
    let table = schema.tables.get_mut(name).expect("is there");
    let column = dice.pick(&table.columns).clone();
    let (title, quoted_name) = (column.name.clone(), quoted(&column.name));
    let is_compared = !matches!(column.data_type, Type::Json | Type::Sql(_));
    match dice.roll(6) {
        0 if is_compared && title != "id" => {
            let unique = Unique {
                columns: vec![title.clone()],
                include: Vec::new(),
                nulls_not_distinct: false,
                deferrable: Deferrable::No,
                on_conflict: None,
            };
            table.add_constraint(Constraint::new(
                format!("{name}_{title}_key"),
                ConstraintKind::Unique(unique),
            ));
        }
        1 | 2 => {
            let expression = match &column.data_type {
                one if one.is_integer() => format!("{quoted_name} >= {}", dice.roll(3)),
                one if is_text(one) => match dice.roll(3) {
                    0 => format!("length({quoted_name}) < 30"),
                    1 => format!("{quoted_name} <> ''"),
                    _ => format!("{quoted_name} <> 'bad'"),
                },
                Type::Numeric(_) | Type::Double => format!("{quoted_name} >= 0"),
                _ => return,
            };
            let check = Check {
                expression: Expression(expression),
                no_inherit: false,
                validated: true,
            };
            table.add_constraint(Constraint::new(
                format!("{name}_{title}_check"),
                ConstraintKind::Check(check),
            ));
        }
        3 if Some(&column.data_type) == referenced.as_ref()
            && title != "id"
            && single
            && column.generated.is_none()
            && column.identity.is_none() =>
        {
            let mut key = ForeignKey::new(vec![title.clone()], parent, vec!["id".to_owned()]);
            key.on_delete = *dice.pick(&[Action::NoAction, Action::Cascade]);
            table.add_constraint(Constraint::new(
                format!("{name}_{title}_fkey"),
                ConstraintKind::ForeignKey(key),
            ));
        }
        _ if is_compared => {
            let mut index = Index::on_columns(format!("ix_{name}_{title}"), [title.clone()]);
            index.unique = dice.is_one_in(4);
            match dice.roll(5) {
                0 => index.keys[0].order = Order::Descending,
                1 => index
                    .keys
                    .push(IndexKey::new(IndexTarget::Column("id".to_owned()))),
                2 => index.predicate = Some(Expression::new("id > 0")),
                3 if is_text(&column.data_type) => {
                    let expression = Expression(format!("lower({quoted_name})"));
                    index.keys[0] = IndexKey::new(IndexTarget::Expression(expression));
                }
                _ => {}
            }
            if dialect == Dialect::Postgres || column.generated.is_none() {
                table.add_index(index);
            }
        }
        _ => {}
    }
}
