//! What one database has is refused on the other, by name.

use limbeck_core::dialect::postgres::extension::extension;
use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::schema::{
    Check, Column, Constraint, ConstraintKind, Deferrable, Expression, PrimaryKey, QualifiedName,
    Schema, Sequence, SequenceOptions, Table, Type, Unique,
};

fn schema(change: impl Fn(&mut Table)) -> Schema {
    let mut table = Table::new(QualifiedName::new("t"));
    table.columns.push(Column::new("a", Type::Integer));
    change(&mut table);
    let mut schema = Schema::default();
    schema.tables.insert(table.name.clone(), table);
    schema
}

/// The messages of a dialect; none where it takes the schema.
fn refusals(schema: &Schema, dialect: Dialect) -> Vec<String> {
    match lower(schema, dialect) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn what_only_one_has_is_refused_on_the_other() {
    let replace = || Some("REPLACE".to_owned());
    let cases: [(Schema, Dialect, &str); 5] = [
        (
            schema(|table| {
                table.columns[0].nullable = false;
                let key = PrimaryKey {
                    columns: vec!["a".to_owned()],
                    include: Vec::new(),
                    deferrable: Deferrable::No,
                    on_conflict: replace(),
                };
                table.add_constraint(Constraint::new("k", ConstraintKind::PrimaryKey(key)));
            }),
            Dialect::Postgres,
            "`t.k` has ON CONFLICT REPLACE, which only SQLite has",
        ),
        (
            schema(|table| {
                let key = PrimaryKey {
                    columns: vec!["a".to_owned()],
                    include: Vec::new(),
                    deferrable: Deferrable::No,
                    on_conflict: None,
                };
                table.add_constraint(Constraint::new("k", ConstraintKind::PrimaryKey(key)));
            }),
            Dialect::Postgres,
            "`t.a` is in the primary key and admits NULL, which only SQLite lets it",
        ),
        (
            schema(|table| {
                let unique = Unique {
                    columns: vec!["a".to_owned()],
                    include: Vec::new(),
                    nulls_not_distinct: false,
                    deferrable: Deferrable::No,
                    on_conflict: replace(),
                };
                table.add_constraint(Constraint::new("u", ConstraintKind::Unique(unique)));
            }),
            Dialect::Postgres,
            "`t.u` has ON CONFLICT REPLACE, which only SQLite has",
        ),
        (
            schema(|table| {
                table.columns[0].nullable = false;
                table.columns[0].not_null_conflict = replace();
            }),
            Dialect::Postgres,
            "`t.a` has ON CONFLICT REPLACE, which only SQLite has",
        ),
        (
            schema(|table| {
                let check = Check {
                    expression: Expression::new("a > 0"),
                    no_inherit: false,
                    validated: false,
                };
                table.add_constraint(Constraint::new("c", ConstraintKind::Check(check)));
            }),
            Dialect::Sqlite,
            "`t.c` is NOT VALID, which only PostgreSQL has",
        ),
    ];
    for (schema, dialect, message) in cases {
        for other in Dialect::ALL {
            let expected: &[&str] = if other == dialect { &[message] } else { &[] };
            assert_eq!(refusals(&schema, other), expected, "{other}");
        }
    }
}

#[test]
fn arrays_are_arrays_in_any_spelling() {
    for (text, expected) in [
        ("citext", "citext"),
        ("citext[]", "citext[]"),
        ("app.email [] [] ", "app.email[]"),
        ("\"odd[]\"", "\"odd[]\""),
    ] {
        let schema = schema(|table| table.columns[0].data_type = Type::Sql(text.to_owned()));
        let lowered = lower(&schema, Dialect::Postgres).unwrap();
        let data_type = &lowered.tables.values().next().unwrap().columns[0].data_type;
        assert_eq!(data_type.to_string(), expected);
        let is_array = matches!(data_type, Type::Array(_));
        assert_eq!(is_array, expected.ends_with("[]"), "{text}");
    }
}

#[test]
fn extensions_and_defaults_of_sequences_are_told_apart() {
    let mut schema = schema(|_| {});
    schema.sql_objects.insert(extension("btree_gist"));
    let lowered = lower(&schema, Dialect::Postgres).unwrap();
    assert_eq!(lowered.sql_objects, schema.sql_objects);
    let lowered = lower(&schema, Dialect::Sqlite).unwrap();
    assert!(lowered.sql_objects.is_empty());

    let name = QualifiedName::new("s");
    let sequence = Sequence {
        name: name.clone(),
        data_type: Type::SmallInt,
        options: SequenceOptions {
            start: Some(-1),
            increment: Some(-1),
            min_value: Some(i64::from(i16::MIN)),
            max_value: Some(-1),
            cache: Some(1),
            cycle: false,
        },
        owned_by: None,
        unlogged: false,
    };
    schema.sequences.insert(name.clone(), sequence);
    let lowered = lower(&schema, Dialect::Postgres).unwrap();
    let options = SequenceOptions {
        increment: Some(-1),
        ..SequenceOptions::default()
    };
    assert_eq!(lowered.sequences[&name].options, options);
    assert_eq!(
        refusals(&schema, Dialect::Sqlite),
        ["`s` is a sequence, which SQLite has not"]
    );
}
