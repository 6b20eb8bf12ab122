//! What models of another library leave to the database: a table of cases.

use std::collections::BTreeSet;

use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::diff::{Decisions, diff, inherit};
use limbeck_core::schema::{
    Action, Binding, Check, Column, Constraint, ConstraintKind, Deferrable, EnumType, Expression,
    FactKind, ForeignKey, Identity, IdentityKind, Index, MemberFact, PrimaryKey, QualifiedName,
    Schema, Table, Type, Unique,
};

fn column(name: &str, data_type: Type) -> Column {
    let mut column = Column::new(name, data_type);
    column.nullable = false;
    column
}

fn primary_key(columns: &[&str]) -> ConstraintKind {
    ConstraintKind::PrimaryKey(PrimaryKey {
        columns: columns.iter().map(|one| (*one).to_owned()).collect(),
        include: Vec::new(),
        deferrable: Deferrable::No,
        on_conflict: None,
    })
}

fn unique(columns: &[&str]) -> ConstraintKind {
    ConstraintKind::Unique(Unique {
        columns: columns.iter().map(|one| (*one).to_owned()).collect(),
        include: Vec::new(),
        nulls_not_distinct: false,
        deferrable: Deferrable::No,
        on_conflict: None,
    })
}

fn foreign_key(column: &str, on_delete: Action) -> ConstraintKind {
    let columns = vec![column.to_owned()];
    ConstraintKind::ForeignKey(ForeignKey {
        on_delete,
        ..ForeignKey::new(columns, QualifiedName::new("u"), vec!["id".to_owned()])
    })
}

fn check(text: &str) -> ConstraintKind {
    ConstraintKind::Check(Check {
        expression: Expression::new(text),
        no_inherit: false,
        validated: true,
    })
}

/// `t (a, b)` with a key on `a`, and a table that it may refer to.
fn schema(change: impl FnOnce(&mut Table)) -> Schema {
    let mut table = Table::new(QualifiedName::new("t"));
    table.columns = vec![column("a", Type::Integer), column("b", Type::Text)];
    table.add_constraint(Constraint::new("t_pkey", primary_key(&["a"])));
    change(&mut table);
    let mut other = Table::new(QualifiedName::new("u"));
    other.columns = vec![column("id", Type::Integer)];
    other.add_constraint(Constraint::new("u_pkey", primary_key(&["id"])));
    let mut schema = Schema::default();
    for table in [table, other] {
        schema.tables.insert(table.name.clone(), table);
    }
    schema
}

/// The same as models that are silent about all that an entity may be silent about.
fn silent(change: impl FnOnce(&mut Table)) -> Schema {
    let all = || BTreeSet::from([MemberFact::Name, MemberFact::Details]);
    schema(|table| {
        change(table);
        table.unsaid.extend(FactKind::ALL);
        let members = table.constraints.keys().chain(table.indexes.keys());
        let names: Vec<String> = members.cloned().collect();
        for name in names {
            table.unsaid_of.entry(name).or_insert_with(all);
        }
        for column in &mut table.columns {
            column.declared.binding = Binding::Family;
        }
    })
}

fn told(before: &Schema, target: &Schema) -> String {
    let decisions = Decisions::default();
    match diff(before, target, &decisions, Dialect::Postgres) {
        Ok(operations) => {
            let told: Vec<String> = operations.iter().map(|one| one.describe()).collect();
            told.join("; ")
        }
        Err(questions) => format!("{} open", questions.len()),
    }
}

type Change = fn(&mut Table);

#[test]
fn what_is_not_said_is_the_databases() {
    let nothing: Change = |_| {};
    let cases: &[(&str, Change, Change, &str)] = &[
        ("as it is", nothing, nothing, ""),
        (
            "defaults, comments and collations",
            |table| {
                table.columns[1].default = Some(Expression::new("'x'"));
                table.columns[1].comment = Some("why".to_owned());
                table.columns[1].collation = Some("C".to_owned());
                table.comment = Some("what".to_owned());
            },
            nothing,
            "",
        ),
        (
            "a default that is said counts",
            |table| table.columns[1].default = Some(Expression::new("'x'")),
            |table| table.columns[1].default = Some(Expression::new("'y'")),
            "alter column t.b: set default 'y'",
        ),
        (
            "serial for identity",
            |table| table.columns[0].identity = Some(Identity::new(IdentityKind::Serial)),
            |table| table.columns[0].identity = Some(Identity::new(IdentityKind::ByDefault)),
            "",
        ),
        (
            "no identity for identity",
            nothing,
            |table| table.columns[0].identity = Some(Identity::new(IdentityKind::ByDefault)),
            "",
        ),
        (
            "a text of another kind",
            nothing,
            |table| table.columns[1].data_type = Type::Varchar(None),
            "",
        ),
        (
            "a type in SQL says no length, default or collation",
            |table| {
                table.columns[1].data_type = Type::Varchar(Some(10));
                table.columns[1].default = Some(Expression::new("'x'"));
                table.columns[1].collation = Some("C".to_owned());
            },
            |table| table.columns[1].data_type = Type::Sql("VARCHAR".to_owned()),
            "",
        ),
        (
            "nor does it where its word is another one",
            |table| table.columns[0].default = Some(Expression::new("7")),
            |table| table.columns[0].data_type = Type::Sql("int4".to_owned()),
            "",
        ),
        (
            "another type",
            nothing,
            |table| table.columns[1].data_type = Type::Integer,
            "alter column t.b: type text to integer",
        ),
        (
            "NOT NULL",
            nothing,
            |table| table.columns[1].nullable = true,
            "alter column t.b: drop not null",
        ),
        (
            "the key has another name and order",
            |table| {
                table.constraints.clear();
                table.add_constraint(Constraint::new("pk-t", primary_key(&["b", "a"])));
            },
            |table| {
                table.constraints.clear();
                table.add_constraint(Constraint::new("t_pkey", primary_key(&["a", "b"])));
            },
            "",
        ),
        (
            "the key has other columns",
            nothing,
            |table| {
                table.constraints.clear();
                table.add_constraint(Constraint::new("t_pkey", primary_key(&["a", "b"])));
            },
            "drop primary key t.t_pkey; add primary key t.t_pkey (a, b)",
        ),
        (
            "checks, uniques, indexes and keys",
            |table| {
                table.add_constraint(Constraint::new("c", check("a > 0")));
                table.add_constraint(Constraint::new("q", unique(&["b"])));
                table.add_constraint(Constraint::new("f", foreign_key("a", Action::Cascade)));
                table.add_index(Index::on_columns("i", ["b"]));
            },
            nothing,
            "",
        ),
        (
            "a unique column may have a unique index",
            |table| {
                let mut index = Index::on_columns("q", ["b"]);
                index.unique = true;
                table.add_index(index);
            },
            |table| {
                table.add_constraint(Constraint::new("t_b_key", unique(&["b"])));
            },
            "",
        ),
        (
            "a partial index is no unique column",
            |table| {
                let mut index = Index::on_columns("q", ["b"]);
                index.unique = true;
                index.predicate = Some(Expression::new("a > 0"));
                table.add_index(index);
            },
            |table| {
                table.add_constraint(Constraint::new("t_b_key", unique(&["b"])));
            },
            "add unique constraint t.t_b_key (b)",
        ),
        (
            "an index of another name",
            |table| {
                table.add_index(Index::on_columns("idx", ["b"]));
            },
            |table| {
                table.add_index(Index::on_columns("ix_t_b", ["b"]));
            },
            "",
        ),
        (
            "a name that is taken",
            |table| {
                table.add_constraint(Constraint::new("t_b_key", check("a > 0")));
            },
            |table| {
                table.add_constraint(Constraint::new("t_b_key", unique(&["b"])));
            },
            "add unique constraint t.t_b_key1 (b)",
        ),
        (
            "a foreign key of another name, with an action",
            |table| {
                table.add_constraint(Constraint::new("fk", foreign_key("a", Action::Cascade)));
            },
            |table| {
                table.add_constraint(Constraint::new(
                    "t_a_fkey",
                    foreign_key("a", Action::NoAction),
                ));
                table.unsaid_of.insert(
                    "t_a_fkey".to_owned(),
                    [MemberFact::Name, MemberFact::Details, MemberFact::OnDelete].into(),
                );
            },
            "",
        ),
        (
            "an action that is said",
            |table| {
                table.add_constraint(Constraint::new("fk", foreign_key("a", Action::Cascade)));
            },
            |table| {
                table.add_constraint(Constraint::new(
                    "t_a_fkey",
                    foreign_key("a", Action::NoAction),
                ));
            },
            "drop foreign key t.fk; add foreign key t.fk (a) references u (id)",
        ),
        (
            "a name that is said",
            |table| {
                table.add_constraint(Constraint::new("fk", foreign_key("a", Action::NoAction)));
            },
            |table| {
                table.add_constraint(Constraint::new("by", foreign_key("a", Action::NoAction)));
                table
                    .unsaid_of
                    .insert("by".to_owned(), [MemberFact::Details].into());
            },
            "rename constraint t.fk to by",
        ),
        (
            "a join over columns that are there is no foreign key",
            nothing,
            |table| {
                let join = foreign_key("a", Action::NoAction);
                table.add_constraint(Constraint::new("t_a_fkey", join));
                table.unsaid_of.insert(
                    "t_a_fkey".to_owned(),
                    [MemberFact::Details, MemberFact::Presence].into(),
                );
            },
            "",
        ),
        (
            "a join over a new column is one",
            nothing,
            |table| {
                table.columns.push(Column::new("c", Type::Integer));
                let join = foreign_key("c", Action::NoAction);
                table.add_constraint(Constraint::new("t_c_fkey", join));
                table.unsaid_of.insert(
                    "t_c_fkey".to_owned(),
                    [MemberFact::Details, MemberFact::Presence].into(),
                );
            },
            "add column t.c integer; add foreign key t.t_c_fkey (c) references u (id)",
        ),
        (
            "a join that leads elsewhere leaves the foreign key",
            |table| {
                table.columns.push(column("c", Type::Integer));
                table.add_constraint(Constraint::new("fk", foreign_key("c", Action::NoAction)));
            },
            |table| {
                table.columns.push(column("c", Type::Integer));
                let columns = vec!["c".to_owned()];
                let join = ForeignKey::new(columns, QualifiedName::new("t"), vec!["a".to_owned()]);
                table.add_constraint(Constraint::new(
                    "t_c_fkey",
                    ConstraintKind::ForeignKey(join),
                ));
                table.unsaid_of.insert(
                    "t_c_fkey".to_owned(),
                    [MemberFact::Details, MemberFact::Presence].into(),
                );
            },
            "",
        ),
        (
            "a key that is known by its name has other columns now",
            |table| {
                table.columns.push(column("c", Type::Integer));
                table.add_constraint(Constraint::new("pair", unique(&["a", "b"])));
                table.add_constraint(Constraint::new("other", unique(&["a", "c"])));
            },
            |table| {
                table.columns.push(column("c", Type::Integer));
                table.add_constraint(Constraint::new("t_pair_key", unique(&["a", "b", "c"])));
                let known_as = ["pair".to_owned(), "idx-t-pair".to_owned()];
                table
                    .known_as
                    .insert("t_pair_key".to_owned(), known_as.into());
            },
            "drop unique constraint t.pair; add unique constraint t.pair (a, b, c)",
        ),
        (
            "a unique index of its name stays an index",
            |table| {
                let mut index = Index::on_columns("idx-t-pair", ["a", "b"]);
                index.unique = true;
                table.add_index(index);
            },
            |table| {
                table.add_constraint(Constraint::new("t_pair_key", unique(&["b"])));
                let known_as = ["pair".to_owned(), "idx-t-pair".to_owned()];
                table
                    .known_as
                    .insert("t_pair_key".to_owned(), known_as.into());
            },
            "drop index t.idx-t-pair; create unique index t.idx-t-pair (b)",
        ),
        (
            "the columns of one key are those of another now",
            |table| {
                table.add_constraint(Constraint::new("one", unique(&["a", "b"])));
            },
            |table| {
                table.add_constraint(Constraint::new("t_one_key", unique(&["b"])));
                table.add_constraint(Constraint::new("t_two_key", unique(&["a", "b"])));
                for (name, known) in [("t_one_key", "one"), ("t_two_key", "two")] {
                    let known_as = [known.to_owned()].into();
                    table.known_as.insert(name.to_owned(), known_as);
                }
            },
            "add unique constraint t.t_one_key (b)",
        ),
        (
            "NULL in a key",
            |table| table.columns[0].nullable = true,
            nothing,
            "",
        ),
        (
            "an enum type by its name",
            |table| table.columns[1].data_type = Type::Enum(QualifiedName::new("state")),
            |table| table.columns[1].data_type = Type::Sql("state".to_owned()),
            "",
        ),
        (
            "an array of it",
            |table| {
                let state = Type::Enum(QualifiedName::new("state"));
                table.columns[1].data_type = Type::Array(Box::new(state));
            },
            |table| {
                let state = Type::Sql("state".to_owned());
                table.columns[1].data_type = Type::Array(Box::new(state));
            },
            "",
        ),
        (
            "a column that is left out on purpose, with what stands on it",
            |table| {
                table.columns.push(column("c", Type::Integer));
                table.add_constraint(Constraint::new("positive", check("c > 0")));
                table.add_index(Index::on_columns("i", ["c"]));
            },
            |table| {
                table
                    .unsaid_columns
                    .extend(["c".to_owned(), "never".to_owned()]);
            },
            "",
        ),
        (
            "what stands on a column goes with it",
            |table| {
                table.columns.push(column("c", Type::Integer));
                table.add_constraint(Constraint::new("positive", check("c > 0")));
                table.add_constraint(Constraint::new("both", unique(&["b", "c"])));
                table.add_constraint(Constraint::new("fk", foreign_key("c", Action::NoAction)));
                table.add_index(Index::on_columns("i", ["c"]));
            },
            nothing,
            "drop column t.c; drop unique constraint t.both; drop foreign key t.fk; drop check constraint t.positive; drop index t.i",
        ),
    ];
    let found: Vec<(&str, String)> = cases
        .iter()
        .map(|(case, before, target, _)| (*case, told(&schema(before), &silent(target))))
        .collect();
    let expected: Vec<(&str, String)> = cases
        .iter()
        .map(|(case, _, _, expected)| (*case, (*expected).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn what_models_of_ours_do_not_say_is_absent() {
    let before = schema(|table| {
        table.columns[1].default = Some(Expression::new("'x'"));
        table.add_index(Index::on_columns("i", ["b"]));
    });
    let target = schema(|_| {});
    assert_eq!(
        told(&before, &target),
        "alter column t.b: drop default; drop index t.i"
    );
}

/// `t (a, b)` where `b` is of the type and has the default, and the values of the enum type `state`.
fn defaulted(data_type: &Type, default: Option<&str>, values: &str, dialect: Dialect) -> Schema {
    let mut made = schema(|table| {
        table.columns[1].data_type = data_type.clone();
        table.columns[1].default = default.map(Expression::new);
    });
    let name = QualifiedName::new("state");
    let state = EnumType {
        name: name.clone(),
        values: values.split(' ').map(str::to_owned).collect(),
        comment: None,
    };
    made.enums.insert(name, state);
    lower(&made, dialect).expect("both have the types")
}

#[test]
fn a_default_that_is_left_to_the_database_stays_where_it_is_a_value_of_the_column() {
    let state = || Type::Enum(QualifiedName::new("state"));
    let cases = [
        (Type::Text, "'x'", Type::Text, "a b", true),
        (Type::Text, "'x'", Type::Varchar(Some(9)), "a b", true),
        (Type::Varchar(Some(9)), "'x'", Type::Text, "a b", true),
        (Type::Text, "'x'", Type::Integer, "a b", false),
        (Type::Text, "'x'", Type::Bytes, "a b", false),
        (Type::Text, "'a'", state(), "a b", false),
        (Type::SmallInt, "7", Type::BigInt, "a b", true),
        (Type::BigInt, "7", Type::Integer, "a b", true),
        (Type::Integer, "7", Type::Double, "a b", true),
        (Type::Double, "1.5", Type::Integer, "a b", false),
        (Type::Integer, "7", Type::Text, "a b", false),
        (Type::Integer, "7", Type::Boolean, "a b", false),
        (state(), "'a'", state(), "a b c", true),
        (state(), "'a'", state(), "b a", true),
        (state(), "'b'", state(), "b c", true),
        (state(), "'a'", state(), "b c", false),
        (state(), "'a'", Type::Text, "a b", false),
        (state(), "'a'", Type::Integer, "a b", false),
    ];
    let unmanaged = Unmanaged {
        defaults: vec!["t.*".to_owned()],
        ..Unmanaged::default()
    };
    for dialect in Dialect::ALL {
        for (from, default, to, values, stays) in &cases {
            let what = format!("{dialect}: {from} {default} to {to} ({values})");
            let before = defaulted(from, Some(default), "a b", dialect);
            let there = before.tables[&QualifiedName::new("t")].columns[1].clone();
            let default_of = |schema: &Schema| {
                let table = &schema.tables[&QualifiedName::new("t")];
                table.columns[1].default.clone()
            };
            // Models that say nothing of it.
            let mut silent = defaulted(to, None, values, dialect);
            for table in silent.tables.values_mut() {
                table.unsaid.insert(FactKind::Defaults);
            }
            let found = default_of(&inherit(silent, &before, dialect));
            assert_eq!(found, there.default.clone().filter(|_| *stays), "{what}");
            // Models that say another one, which `[unmanaged]` leaves to the database.
            let mut own = defaulted(to, Some("'own'"), values, dialect);
            let declared = default_of(&own);
            let kept = unmanaged.keep_defaults(&before, &mut own, dialect);
            let expected = if *stays { there.default } else { declared };
            assert_eq!(default_of(&own), expected, "{what}");
            assert_eq!(kept.len(), usize::from(*stays), "{what}");
        }
    }
}
