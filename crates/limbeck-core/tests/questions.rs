//! Questions about renames show why they are asked.

use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, Undecided, diff};
use limbeck_core::schema::{
    Binding, Check, Column, Constraint, ConstraintKind, EnumType, Expression, ForeignKey, Index,
    PrimaryKey, QualifiedName, Schema, Table, Type, Unique,
};

fn name(text: &str) -> QualifiedName {
    QualifiedName::new(text)
}

fn column(text: &str, data_type: Type) -> Column {
    Column {
        nullable: false,
        ..Column::new(text, data_type)
    }
}

fn table(text: &str, columns: Vec<Column>, constraints: Vec<Constraint>) -> Table {
    let mut table = Table::new(name(text));
    table.columns = columns;
    for constraint in constraints {
        table
            .constraints
            .insert(constraint.name.clone(), constraint);
    }
    table
}

fn key() -> Constraint {
    let kind = ConstraintKind::PrimaryKey(PrimaryKey {
        columns: vec!["id".to_owned()],
        include: Vec::new(),
        deferrable: Default::default(),
        on_conflict: None,
    });
    Constraint::new("pkey", kind)
}

fn reference(column: &str, to: &str) -> Constraint {
    let key = ForeignKey::new(vec![column.to_owned()], name(to), vec!["id".to_owned()]);
    Constraint::new("fkey", ConstraintKind::ForeignKey(key))
}

fn schema(tables: Vec<Table>, enums: &[(&str, &[&str])]) -> Schema {
    let mut schema = Schema::default();
    for table in tables {
        schema.tables.insert(table.name.clone(), table);
    }
    for (text, values) in enums {
        let one = EnumType {
            name: name(text),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            comment: None,
        };
        schema.enums.insert(one.name.clone(), one);
    }
    schema
}

fn questions(before: &Schema, target: &Schema) -> Vec<String> {
    match diff(before, target, &Decisions::default(), Dialect::Postgres) {
        Ok(_) => Vec::new(),
        Err(open) => open.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn columns() {
    let tasks = |text: &str| {
        let mut own = column(text, Type::Integer);
        own.default = Some(Expression::new("0"));
        let check = ConstraintKind::Check(Check {
            expression: Expression::new(format!("{text} > -1")),
            no_inherit: false,
            validated: true,
        });
        let unique = ConstraintKind::Unique(Unique {
            columns: vec![text.to_owned()],
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Default::default(),
            on_conflict: None,
        });
        let mut table = table(
            "tasks",
            vec![column("id", Type::Integer), own, column("note", Type::Text)],
            vec![
                key(),
                Constraint::new("check", check),
                Constraint::new("unique", unique),
                reference(text, "users"),
            ],
        );
        let index = Index::on_columns("ix", [text]);
        table.indexes.insert(index.name.clone(), index);
        table
    };
    assert_eq!(
        questions(
            &schema(vec![tasks("owner_id")], &[]),
            &schema(vec![tasks("user_id")], &[])
        ),
        [
            "`tasks.user_id` may be `tasks.owner_id` renamed (same type, both not null, same default 0, \
             both checked by `user_id > -1`, both indexed, both reference `users`, both unique, \
             both behind `id`, names 3 letters apart)"
        ]
    );
}

#[test]
fn the_nearest_column_is_asked_about() {
    let before = table(
        "t",
        vec![
            column("first", Type::Text),
            column("id", Type::Integer),
            column("titel", Type::Text),
            column("zz", Type::Text),
        ],
        vec![],
    );
    let target = table(
        "t",
        vec![
            column("id", Type::Integer),
            column("n", Type::Integer),
            column("title", Type::Text),
        ],
        vec![],
    );
    assert_eq!(
        questions(&schema(vec![before], &[]), &schema(vec![target], &[])),
        ["`t.title` may be `t.titel` renamed (same type, both not null, names 1 letter apart)"]
    );
}

#[test]
fn a_column_that_comes_first_takes_nothing_that_is_more_like_a_later_one() {
    let with = |columns: Vec<Column>| schema(vec![table("t", columns, vec![])], &[]);
    let mut nick = column("nick", Type::Varchar(None));
    nick.declared.binding = Binding::Family;
    let email = || column("email", Type::Text);
    let before = with(vec![email(), column("at", Type::Text)]);
    let target = with(vec![email(), nick.clone(), column("made", Type::Text)]);
    assert_eq!(
        questions(&before, &target),
        ["`t.made` may be `t.at` renamed (same type, both not null, names 3 letters apart)"]
    );
    // A type that is only read alike is not called the same.
    assert_eq!(
        questions(&before, &with(vec![email(), nick])),
        [
            "`t.nick` may be `t.at` renamed (text is read as varchar, both not null, both behind `email`)"
        ]
    );
}

/// A source may say a type loosely, and whoever changes a type may write the name anew.
#[test]
fn columns_of_types_that_are_not_equal() {
    let sides = |before: (&str, Type), target: Column| {
        let one = |other: Column| table("t", vec![column("id", Type::Integer), other], vec![]);
        let before = one(column(before.0, before.1));
        (schema(vec![before], &[]), schema(vec![one(target)], &[]))
    };
    let loosely = |text: &str, data_type: Type| {
        let mut loose = column(text, data_type.clone());
        loose.declared.binding = Binding::Family;
        loose.declared.data_type = Some(data_type);
        loose
    };
    let varchar = || Type::Varchar(Some(20));
    let numeric = || Type::Numeric(Some((10, 2)));
    for (before, target, is_asked) in [
        (("license", varchar()), loosely("permit", Type::Text), true),
        (
            ("price", numeric()),
            loosely("cost", Type::Numeric(None)),
            true,
        ),
        (("license", varchar()), column("permit", Type::Text), false),
        (
            ("amount", Type::Integer),
            column("amounts", Type::Double),
            true,
        ),
        (("amount", Type::Integer), column("note", Type::Text), false),
        (("a", Type::Integer), column("b", Type::Text), false),
        (("line1", Type::Integer), column("line2", Type::Text), false),
        (
            ("created_at", Type::Date),
            column("updated_at", Type::Text),
            false,
        ),
    ] {
        let shown = format!("{} to {}", before.0, target.name);
        let (before, target) = sides(before, target);
        let asked = questions(&before, &target);
        let about_a_rename = asked.iter().any(|one| one.contains(" renamed ("));
        assert_eq!(about_a_rename, is_asked, "{shown}: {asked:?}");
    }
}

#[test]
fn tables() {
    let side = |text: &str| {
        let columns = vec![
            column("id", Type::Integer),
            column("user_id", Type::Integer),
            column(text, Type::Text),
        ];
        vec![
            table("users", vec![column("id", Type::Integer)], vec![key()]),
            table(text, columns, vec![key(), reference("user_id", "users")]),
            table(
                "messages",
                vec![column("id", Type::Integer), column("of", Type::Integer)],
                vec![reference("of", text)],
            ),
        ]
    };
    assert_eq!(
        questions(&schema(side("todos"), &[]), &schema(side("todo"), &[])),
        [
            "`todo` may be `todos` renamed (2 of 3 columns are the same, same primary key, both reference `users`, \
             both referenced by `messages`, names 1 letter apart)"
        ]
    );
}

#[test]
fn enum_types_and_values() {
    let tasks = |of: &str| {
        let status = Type::Enum(name(of));
        vec![table("tasks", vec![column("status", status)], vec![])]
    };
    type Side<'a> = (&'a str, &'a [&'a str]);
    let cases: &[(Side<'_>, Side<'_>, &[&str])] = &[
        (
            ("state", &["open", "done", "late"]),
            ("status", &["open", "done", "failed"]),
            &[
                "`status` may be `state` renamed (2 of 3 values are the same, both the type of `tasks.status`, names 2 letters apart)",
            ],
        ),
        (
            ("state", &["open"]),
            ("kind", &["open"]),
            &["`kind` may be `state` renamed (same values, both the type of `tasks.status`)"],
        ),
        (
            ("state", &["open", "done"]),
            ("kind", &["x", "y"]),
            &["enum type `state` is in the revisions and in no model"],
        ),
        (
            ("state", &["open", "in_work", "done"]),
            ("state", &["open", "in_progress", "done"]),
            &[
                "`state.in_progress` may be `state.in_work` renamed (same place, both behind `open`, both before `done`, names 6 letters apart)",
            ],
        ),
        (
            ("state", &["open", "finished"]),
            ("state", &["new", "later", "finishd", "open"]),
            &["`state.finishd` may be `state.finished` renamed (names 1 letter apart)"],
        ),
        (
            ("state", &["open", "x"]),
            ("state", &["yellow", "open"]),
            &[],
        ),
    ];
    for ((from, values), (to, others), expected) in cases {
        let before = schema(tasks(from), &[(from, values)]);
        let target = schema(tasks(to), &[(to, others)]);
        let asked = questions(&before, &target);
        assert_eq!(asked, *expected, "{from} {to}");
    }
}

#[test]
fn sides_are_named_as_they_are() {
    let before = schema(
        vec![table("t", vec![column("id", Type::Integer)], vec![])],
        &[],
    );
    let open = diff(
        &before,
        &Schema::default(),
        &Decisions::default(),
        Dialect::Postgres,
    );
    let texts: Vec<String> = open
        .expect_err("a drop is asked about")
        .iter()
        .map(|question: &Undecided| question.between("a.sql", "the models"))
        .collect();
    assert_eq!(texts, ["table `t` is in a.sql and not in the models"]);
}
