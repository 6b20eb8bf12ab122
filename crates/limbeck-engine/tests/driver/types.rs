//! Every change of type: what was written as the one is read as the other, or the change fails and
//! says so before.

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::op::HazardCode;
use limbeck_core::plan::{Plan, plan, plan_downgrade};
use limbeck_core::schema::{Column, Schema};
use limbeck_engine::inspect::{InspectOptions, inspect};

use super::value::{FIELDS, Field, models, read, write};
use crate::common::plans::{changes, run};

/// Values of each type that conversions tell apart, and the kinds of text that other types read.
fn samples(field: Field) -> &'static [&'static str] {
    match field {
        Field::Bool => &["true", "false"],
        Field::I16 => &["0", "1", "-7", "2"],
        Field::I32 => &["0", "1", "-70000", "2"],
        Field::I64 => &[
            "0",
            "1",
            "2",
            "-9007199254740993",
            "9007199254740993",
            "9007199254740992",
        ],
        Field::F64 => &[
            "0",
            "1",
            "-2.5",
            "0.30000000000000004",
            "0.3",
            "1e300",
            "7.0",
            "inf",
        ],
        Field::Decimal => &[
            "0",
            "1",
            "12.25",
            "-3",
            "12",
            "9007199254740993",
            "9007199254740992",
            "1e300",
        ],
        Field::Text | Field::Varchar => &[
            "",
            "abc",
            "7",
            "07",
            "70000",
            "1.5",
            "3000000000",
            "true",
            "t",
            "ok",
            "{\"a\": 1}",
            "a\\b",
            "hi",
            "\\x6869",
            "2026-11-25",
            "2026-11-25 00:00:00",
            "2026-02-30",
            "2026-02-30 10:00:00",
            "14:16:16.5",
            "25:00:00",
            "2026-11-25 14:16:16.25",
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
            "67E5504410B1426F9247BB680E5FE0C8",
            "67e55044-10b1-426f-9247",
        ],
        Field::Json => &[
            "7",
            "\"abc\"",
            "true",
            "{\"a\":1}",
            "null",
            "1.5",
            "[\"\\\\\"]",
        ],
        Field::Bytes => &["", "abc", "hi", "\u{ff}", "16 bytes exactly"],
        Field::Uuid => &[
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
            "00000000-0000-0000-0000-000000000000",
            "22222222-2222-2222-2222-222222222222",
        ],
        Field::Date => &["2026-11-25", "1970-01-01"],
        Field::Time => &["14:16:16", "00:00:00", "23:59:59.123456789"],
        Field::Naive => &[
            "2026-11-25T14:16:16",
            "2026-11-26T14:16:16",
            "2026-11-25T00:00:00",
            "1969-12-31T23:59:59.123456",
        ],
        Field::Utc => &[
            "2026-11-25T14:16:16Z",
            "2026-11-26T14:16:16Z",
            "2026-11-25T00:00:00Z",
            "1969-12-31T23:59:59.123456Z",
        ],
        Field::Enum => &["ok", "sad"],
    }
}

/// What becomes of one value: read as the other type, or the words of the failure.
struct Walk {
    there: Result<String, String>,
    /// After the way back, as the first type.
    back: Option<Result<String, String>>,
}

fn column(field: Field) -> Schema {
    models(Column::new("c", field.portable()))
}

/// The plans between two types, from what a database says of the first one.
struct Way {
    upgrade: Plan,
    downgrade: Plan,
}

async fn way(connection: &mut Connection, from: Field, to: Field) -> Option<Way> {
    let made = changes(&Schema::default(), &column(from), Dialect::Sqlite);
    let made = plan(&made, &Schema::default(), Dialect::Sqlite).expect("is planned");
    run(connection, &made).await.expect("is made");
    let before = inspect(connection, &InspectOptions::default()).await;
    let before = before.expect("is inspected");
    let target = column(to);
    let operations = changes(&before, &target, Dialect::Sqlite);
    (!operations.is_empty()).then(|| Way {
        upgrade: plan(&operations, &before, Dialect::Sqlite).expect("is planned"),
        downgrade: plan_downgrade(&operations, &target, Dialect::Sqlite).expect("is planned"),
    })
}

fn says(plan: &Plan, code: HazardCode) -> bool {
    let statements = plan.steps.iter().flat_map(|step| &step.statements);
    let mut hazards = statements.flat_map(|statement| &statement.hazards);
    hazards.any(|hazard| hazard.code == code)
}

async fn walk(from: Field, to: Field, text: &str) -> Option<Walk> {
    let mut connection = Connection::memory().await.expect("memory");
    let way = way(&mut connection, from, to).await?;
    write(&mut connection, from, text).await;
    if let Err(error) = run(&mut connection, &way.upgrade).await {
        let kept = read(&mut connection, from).await;
        assert!(kept.is_ok(), "a failure changes nothing: {kept:?}");
        return Some(Walk {
            there: Err(error),
            back: None,
        });
    }
    let there = read(&mut connection, to).await;
    let there = there.unwrap_or_else(|error| panic!("{from:?} to {to:?}: {text}: {error}"));
    let back = match run(&mut connection, &way.downgrade).await {
        Ok(()) => {
            let back = read(&mut connection, from).await;
            Ok(back.unwrap_or_else(|error| format!("what is not read: {error}")))
        }
        Err(error) => Err(error),
    };
    Some(Walk {
        there: Ok(there),
        back: Some(back),
    })
}

/// What one pair says must be what its values do, both ways: it fails where it says so and only then,
/// and values that become one, or come back as others, are announced.
async fn law(from: Field, to: Field, wrong: &mut Vec<String>) {
    let mut connection = Connection::memory().await.expect("memory");
    let Some(way) = way(&mut connection, from, to).await else {
        return;
    };
    let mut complain = |what: String| wrong.push(format!("{from:?} to {to:?}: {what}"));
    let may_fail = says(&way.upgrade, HazardCode::MayFail);
    let loses = says(&way.upgrade, HazardCode::DeletesData);
    let (back_may_fail, back_loses) = (
        says(&way.downgrade, HazardCode::MayFail),
        says(&way.downgrade, HazardCode::DeletesData),
    );
    let mut reached: Vec<(&str, String)> = Vec::new();
    let mut fails = false;
    let mut merges = false;
    for text in samples(from) {
        let walk = walk(from, to, text).await.expect("they differ");
        match walk.there {
            Err(error) => {
                fails = true;
                let names_it = error.contains("t.c") || error.contains("mood");
                if !may_fail || !names_it {
                    complain(format!("{text} fails: {error}"));
                }
            }
            Ok(there) => {
                if let Some((other, _)) = reached.iter().find(|(_, one)| *one == there) {
                    merges = true;
                    if !loses {
                        complain(format!("{text} and {other} become {there}"));
                    }
                }
                reached.push((text, there));
            }
        }
        let mut first = Connection::memory().await.expect("memory");
        let made = self::way(&mut first, from, to).await;
        assert!(made.is_some());
        write(&mut first, from, text).await;
        let original = read(&mut first, from).await.expect("was written");
        match walk.back {
            Some(Err(error)) if !back_may_fail => complain(format!("{text} fails back: {error}")),
            Some(Ok(back)) if back != original && !loses && !back_loses => {
                complain(format!("{text} comes back as {back}"));
            }
            _ => {}
        }
    }
    // A database does not tell an `i16` from an `i64` or JSON from text, and what the values of an enum
    // can become depends on them.
    if matches!(from, Field::I16 | Field::I32 | Field::Json | Field::Enum) {
        return;
    }
    if may_fail && !fails {
        complain("no value fails".to_owned());
    }
    if loses && !merges {
        complain("no two values become one".to_owned());
    }
}

#[tokio::test]
async fn every_pair_converts_or_fails_as_it_says_at_length() {
    let mut wrong = Vec::new();
    for from in FIELDS {
        for to in FIELDS {
            law(from, to, &mut wrong).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where PostgreSQL has a word for the outcome, SQLite has the same.
#[tokio::test]
async fn each_value_becomes_what_it_does_on_the_other_database() {
    use Field::{
        Bool, Bytes, Date, Decimal, Enum, F64, I16, I32, I64, Json, Naive, Text, Time, Utc, Uuid,
        Varchar,
    };
    const FAILS: &str = "fails";
    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    for (from, text, to, expected) in [
        (Bool, "true", Text, "true"),
        (Bool, "false", I64, "0"),
        (Bool, "true", F64, "1"),
        (Bool, "true", Json, "true"),
        (I32, "-70000", Text, "-70000"),
        (I64, "7", Bool, "true"),
        (I64, "0", Bool, "false"),
        (I64, "7", Json, "7"),
        (I64, "7", Date, FAILS),
        (I64, "7", Utc, FAILS),
        (I64, "7", Uuid, FAILS),
        (I64, "7", Bytes, "7"),
        (F64, "2.5", I64, "2"),
        (F64, "3.5", I64, "4"),
        (F64, "-2.6", I64, "-3"),
        (F64, "1e300", I64, FAILS),
        (F64, "40000", I16, FAILS),
        (F64, "0.30000000000000004", Text, "0.30000000000000004"),
        (F64, "0.1", Text, "0.1"),
        (Decimal, "2.5", I64, "3"),
        (Decimal, "12.25", Text, "12.25"),
        (Text, "7", I64, "7"),
        (Text, "abc", I64, FAILS),
        (Text, "1.5", I64, FAILS),
        (Text, "3000000000", I32, FAILS),
        (Text, "3000000000", I64, "3000000000"),
        (Text, "", I64, FAILS),
        (Text, "1.5", F64, "1.5"),
        (Text, "abc", F64, FAILS),
        (Text, "1.50", Decimal, "1.5"),
        (Text, "Yes", Bool, "true"),
        (Text, "off", Bool, "false"),
        (Text, "abc", Bool, FAILS),
        (Varchar, "{\"a\": 1}", Json, "{\"a\":1}"),
        (Varchar, "abc", Json, FAILS),
        (Text, "abc", Bytes, "abc"),
        (Text, "\\x6869", Bytes, "hi"),
        (Text, "a\\b", Bytes, FAILS),
        (Text, uuid, Uuid, uuid),
        (Text, "{67E5504410B1426F9247BB680E5FE0C8}", Uuid, uuid),
        (Text, "abc", Uuid, FAILS),
        (Text, "2026-11-25", Date, "2026-11-25"),
        (Text, "2026-02-30", Date, FAILS),
        (Text, "14:16:16.5", Time, "14:16:16.500"),
        (Text, "25:00:00", Time, FAILS),
        (Text, "2026-11-25 14:16:16", Naive, "2026-11-25T14:16:16"),
        (Text, "2026-11-25", Utc, "2026-11-25T00:00:00Z"),
        (
            Text,
            "2026-11-25T14:16:16+02:00",
            Utc,
            "2026-11-25T12:16:16Z",
        ),
        (Text, "2026-02-30 10:00:00", Naive, FAILS),
        (Text, "ok", Enum, "ok"),
        (Text, "abc", Enum, FAILS),
        (Enum, "sad", Varchar, "sad"),
        (Bytes, "hi", Text, "\\x6869"),
        (Bytes, "7", I64, FAILS),
        (Uuid, uuid, Text, uuid),
        (Uuid, uuid, Varchar, uuid),
        (
            Uuid,
            "00000000-0000-0000-0000-000000000000",
            Text,
            "00000000-0000-0000-0000-000000000000",
        ),
        (Uuid, uuid, I64, FAILS),
        (Date, "2026-11-25", Text, "2026-11-25"),
        (Date, "2026-11-25", Naive, "2026-11-25T00:00:00"),
        (Date, "2026-11-25", Utc, "2026-11-25T00:00:00Z"),
        (Date, "2026-11-25", Time, FAILS),
        (Date, "2026-11-25", I64, FAILS),
        (Time, "14:16:16", Text, "14:16:16"),
        (Time, "14:16:16", Naive, FAILS),
        (Naive, "2026-11-25T14:16:16.123456", Date, "2026-11-25"),
        (Naive, "2026-11-25T14:16:16.123456", Time, "14:16:16.123456"),
        (Utc, "2026-11-25T23:16:16Z", Date, "2026-11-25"),
        (Utc, "2026-11-25T23:16:16.5Z", Time, "23:16:16.500"),
        (
            Utc,
            "2026-11-25T23:16:16Z",
            Text,
            "2026-11-25T23:16:16+00:00",
        ),
        (Json, "{\"a\":1}", Varchar, "{\"a\":1}"),
        (Json, "7", I64, "7"),
        (Json, "\"ok\"", Enum, FAILS),
    ] {
        let walk = walk(from, to, text).await;
        let walk = walk.unwrap_or_else(|| panic!("{from:?} to {to:?} is no change"));
        let found = walk.there.unwrap_or_else(|_| FAILS.to_owned());
        assert_eq!(found, expected, "{from:?} `{text}` to {to:?}");
    }
}

/// 16 bytes are text neither way by accident: one value of another length makes all of them bytes.
#[tokio::test]
async fn bytes_of_any_length_are_told_from_uuids() {
    let mut connection = Connection::memory().await.expect("memory");
    let way = way(&mut connection, Field::Bytes, Field::Text).await;
    let way = way.expect("they differ");
    write(&mut connection, Field::Bytes, "16 bytes exactly").await;
    write(&mut connection, Field::Bytes, "hi").await;
    run(&mut connection, &way.upgrade).await.expect("runs");
    let rows = connection.query_text("SELECT c FROM t ORDER BY id").await;
    let rows = rows.expect("is read");
    let rows: Vec<Option<&str>> = rows.iter().map(|row| row[0].as_deref()).collect();
    let first = "\\x31362062797465732065786163746c79";
    assert_eq!(rows, [Some(first), Some("\\x6869")]);
}
