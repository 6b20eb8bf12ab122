//! Law: a flag that is printed for an answer gives that answer when it is pasted into a shell.

use std::process::Command;

use clap::Parser as _;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, Undecided, diff};
use limbeck_core::schema::{
    Column, EnumType, Object, QualifiedName, RenamedFrom, Schema, Table, Type,
};
use proptest::prelude::*;

use super::{AnswerArgs, renamed};
use crate::hint;

#[derive(clap::Parser)]
struct Given {
    #[command(flatten)]
    answers: AnswerArgs,
}

/// What a POSIX shell makes of flags, read as the command reads them.
fn pasted(flags: &str) -> AnswerArgs {
    let script = format!("printf '%s\\0' limbeck {flags}");
    let output = Command::new("sh").arg("-c").arg(&script).output().unwrap();
    assert!(output.status.success(), "{script}");
    let words = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = words.split_terminator('\0').collect();
    let given = Given::try_parse_from(&words);
    given
        .unwrap_or_else(|error| panic!("{script}: {error}"))
        .answers
}

/// Each flag of each question, pasted: it is the answer to that question, and the question is gone.
fn flags_answer(before: &Schema, target: &Schema, dialect: Dialect) {
    let questions = diff(before, target, &Decisions::default(), dialect).expect_err("a question");
    for question in &questions {
        for (flag, _) in hint::flags(question) {
            assert!(!flag.contains('\n'), "{flag:?}");
            let read = pasted(&flag).decisions(&[], &[before], target);
            let decisions = read.unwrap_or_else(|error| panic!("{flag}: {}", error.message));
            assert_eq!(decisions, meant(question, &flag), "{flag}");
            let left = diff(before, target, &decisions, dialect)
                .err()
                .unwrap_or_default();
            let asks_again = left.iter().any(|one| subject(one) == subject(question));
            assert!(!asks_again, "{flag}: {left:?}");
        }
    }
}

fn subject(question: &Undecided) -> Object {
    match question {
        Undecided::Drop { object, .. } => object.clone(),
        Undecided::Rename { from, .. } => from.clone(),
        Undecided::Fill { table, column, .. } => Object::Column(table.clone(), column.clone()),
    }
}

fn meant(question: &Undecided, flag: &str) -> Decisions {
    let mut decisions = Decisions::default();
    match question {
        Undecided::Rename { from, to, .. } if flag.starts_with("--rename ") => {
            decisions.renames.extend(renamed(from, to));
        }
        Undecided::Rename { from, .. } => drop(decisions.drops.insert(from.clone())),
        Undecided::Drop { object, .. } => drop(decisions.drops.insert(object.clone())),
        Undecided::Fill { offer, .. } => {
            let value = offer.clone().unwrap();
            decisions.fills.insert(subject(question), value);
        }
    }
    decisions
}

/// Pieces that mean something to a shell, to clap, to SQL, to the grammar or to a terminal.
const PIECES: &[&str] = &[
    "a",
    "b",
    "A",
    ".",
    ":",
    "=",
    " ",
    "\"",
    "'",
    "$x",
    "$(id)",
    "`id`",
    "\\",
    "!",
    "-",
    "--drop",
    "~",
    "*",
    "#",
    ";",
    "&",
    "|",
    "<",
    "\n",
    "\r",
    "\t",
    "\u{1b}[2J",
    "\u{200b}",
    "\u{202e}",
    "\u{e0041}",
    "é",
    "日本",
    "😀",
    "U&\"",
    "table ",
    "column ",
    "enum value ",
    "public",
    "%41",
    "a.b",
    "\u{a0}",
];

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 1..4).prop_map(|pieces| pieces.concat())
}

fn table(name: QualifiedName, columns: &[&str]) -> Table {
    let mut table = Table::new(name);
    for column in columns {
        table.columns.push(Column::new(*column, Type::Integer));
    }
    table
}

fn schema(tables: Vec<Table>, enums: Vec<EnumType>) -> Schema {
    let mut schema = Schema::default();
    for table in tables {
        schema.namespaces.extend(table.name.schema.clone());
        schema.tables.insert(table.name.clone(), table);
    }
    for one in enums {
        schema.namespaces.extend(one.name.schema.clone());
        schema.enums.insert(one.name.clone(), one);
    }
    schema
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printed_flags_are_the_answers_when_pasted(
        names in prop::collection::btree_set(name(), 8),
        place in prop::option::of(name()),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let [first, second, kept, from, to, new, value, label] = names.as_slice() else {
            unreachable!("a set of eight");
        };
        let within = |name: &str| QualifiedName::within(place.as_deref(), name);
        let kept_type = |values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            EnumType { name: within(label), values, comment: None }
        };
        // Columns, and a value of an enum type.
        let before = schema(vec![table(within(first), &[kept, from])], vec![kept_type(&[kept, from])]);
        let target = schema(vec![table(within(first), &[kept, to])], vec![kept_type(&[kept, to])]);
        flags_answer(&before, &target, Dialect::Postgres);
        flags_answer(&target, &before, Dialect::Sqlite);
        // Tables, into another schema and back, and one that goes.
        let before = schema(vec![table(within(first), &[kept, from]), table(within(second), &[value])], Vec::new());
        for other in [within(new), QualifiedName::new(*new)] {
            let target = schema(vec![table(other, &[kept, from])], Vec::new());
            flags_answer(&before, &target, Dialect::Postgres);
            flags_answer(&target, &before, Dialect::Postgres);
        }
        // A new column.
        let mut target = schema(vec![table(within(first), &[kept, from, new]), table(within(second), &[value])], Vec::new());
        for table in target.tables.values_mut() {
            table.columns.last_mut().unwrap().nullable = false;
        }
        flags_answer(&before, &target, Dialect::Postgres);
        // Things of one path: a table in a schema, a column of a table, a value of a type.
        let before = schema(
            vec![
                table(QualifiedName::within(Some(first), *second), &[kept]),
                table(QualifiedName::new(*first), &[second, kept]),
            ],
            Vec::new(),
        );
        let target = schema(vec![table(QualifiedName::new(*first), &[kept, new])], Vec::new());
        flags_answer(&before, &target, Dialect::Postgres);
    }
}

#[test]
fn a_path_that_two_things_have_is_no_answer_without_the_kind() {
    let before = schema(
        vec![
            table(QualifiedName::within(Some("a"), "b"), &["x"]),
            table(QualifiedName::new("a"), &["b"]),
        ],
        Vec::new(),
    );
    let read = |flag: &str| pasted(flag).decisions(&[], &[&before], &before);
    let error = read("--drop a.b").unwrap_err();
    assert_eq!(
        error.message,
        "--drop: `a.b` is more than one thing: `column a.b`, `table a.b`"
    );
    let object = Object::Column(QualifiedName::new("a"), "b".to_owned());
    assert_eq!(read("--drop 'column a.b'").unwrap().drops, [object].into());
}

#[test]
fn names_are_taken_as_people_write_them() {
    let before = schema(
        vec![
            table(QualifiedName::new("Tasks"), &["due date", "text"]),
            table(QualifiedName::within(Some("app"), "task"), &["text"]),
        ],
        Vec::new(),
    );
    let target = schema(
        vec![
            table(QualifiedName::new("Tasks"), &["due", "title"]),
            table(QualifiedName::within(Some("app"), "task"), &["title"]),
            table(QualifiedName::new("task"), &["title"]),
        ],
        Vec::new(),
    );
    let read = |flag: &str| pasted(flag).decisions(&[], &[&before], &target);
    let column = |table: QualifiedName, from: &str, to: &str| RenamedFrom::Column {
        table,
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let in_app = || QualifiedName::within(Some("app"), "task");
    for (flag, expected) in [
        (
            "--rename app.task.text:title",
            column(in_app(), "text", "title"),
        ),
        (
            "--rename app.task.text:app.task.title",
            column(in_app(), "text", "title"),
        ),
        (
            "--rename '\"app\".\"task\".\"text\":\"title\"'",
            column(in_app(), "text", "title"),
        ),
        (
            "--rename 'Tasks.due date:due'",
            column(QualifiedName::new("Tasks"), "due date", "due"),
        ),
        (
            "--rename 'public.Tasks.text : title'",
            column(QualifiedName::new("Tasks"), "text", "title"),
        ),
        (
            "--rename app.task:.task",
            RenamedFrom::Table {
                from: in_app(),
                to: QualifiedName::new("task"),
            },
        ),
    ] {
        let decisions = read(flag).unwrap_or_else(|error| panic!("{flag}: {}", error.message));
        assert_eq!(decisions.renames, [expected], "{flag}");
    }
    for (flag, message) in [
        (
            "--rename tasks.text:title",
            "--rename: `tasks.text` is neither a table, a column, an enum type, an enum value nor a sequence that is there: did you mean `Tasks.text`?",
        ),
        (
            "--rename Tasks.text:titel",
            "--rename: nothing is to be called `Tasks.titel`",
        ),
        (
            "--rename Tasks.text",
            "--rename: `Tasks.text` is not of the form `from:to`",
        ),
        (
            "--drop tasks",
            "--drop: there is no `tasks` to drop: did you mean `Tasks`?",
        ),
        (
            "--fill Tasks.title",
            "--fill: `Tasks.title` is not of the form `table.column=SQL`",
        ),
        (
            "--fill Tasks.text=0",
            "--fill: there is no column `Tasks.text` to fill",
        ),
    ] {
        assert_eq!(read(flag).unwrap_err().message, message, "{flag}");
    }
}
