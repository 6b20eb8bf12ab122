//! Conversions that map two values to one, or a value to another spelling of it: what the server makes
//! of real values decides which they are, and the proof must find each of them with values of its own.

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::sql::quote_literal;

/// Which way makes a value another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loses {
    /// Each value comes back.
    Nothing,
    /// Two values become one on the way there, which the upgrade must say.
    There,
    /// Values are told apart there still, and come back as others.
    Back,
}
use Loses::{Back, Nothing, There};

use super::place;
use super::told::{benches, hand};

/// A type, the type that its column gets, values, and what becomes of them.
type Conversion = (&'static str, &'static str, &'static [&'static str], Loses);

/// By the casts of the server.
const CASTS: &[Conversion] = &[
    // Digits.
    (
        "numeric(10,4)",
        "numeric(10,2)",
        &["1.2300", "1.2345"],
        There,
    ),
    (
        "numeric(10,2)",
        "numeric(12,4)",
        &["1.23", "-99999999.99"],
        Nothing,
    ),
    ("numeric", "numeric(12,4)", &["1.23", "1.2300"], There),
    (
        "numeric(10,2)",
        "numeric",
        &["1.20", "99999999.99"],
        Nothing,
    ),
    ("numeric(10,2)", "integer", &["1.20"], There),
    ("numeric(7,2)", "real", &["30001.25"], Back),
    (
        "numeric(17,2)",
        "double precision",
        &["123456789012345.67"],
        Back,
    ),
    ("numeric(12,4)", "money", &["1.2345"], There),
    ("real", "double precision", &["0.1", "16777217"], Nothing),
    (
        "double precision",
        "real",
        &["0.30000000000000004", "0.3"],
        There,
    ),
    (
        "double precision",
        "numeric",
        &["0.30000000000000004", "0.3"],
        There,
    ),
    ("integer", "real", &["16777217", "16777216"], There),
    (
        "integer",
        "double precision",
        &["16777217", "-2147483648"],
        Nothing,
    ),
    ("bigint", "double precision", &["9007199254740993"], There),
    ("integer", "boolean", &["7", "1"], There),
    // Letters.
    ("text", "integer", &["7", "007"], There),
    ("text", "date", &["2001-02-03", "2001-2-3"], There),
    (
        "text",
        "uuid",
        &["00000000-0000-4000-8000-00000000ABCD"],
        There,
    ),
    ("text", "boolean", &["yes", "true"], There),
    ("text", "interval", &["2 hours"], There),
    ("text", "point", &["(1, 2)"], There),
    ("text", "json", &["{\"b\": 1,  \"a\": 2}"], Nothing),
    ("text", "jsonb", &["{\"b\": 1,  \"a\": 2}"], There),
    ("text", "varchar(4)", &["abcde"], There),
    ("varchar(5)", "char(5)", &["a ", "a"], There),
    ("char(5)", "varchar(5)", &["a ", "abcde"], Nothing),
    ("text", "bytea", &["A", "\\x41"], There),
    ("bytea", "text", &["\\x41", "\\x"], Nothing),
    // JSON.
    (
        "json",
        "jsonb",
        &["{\"b\": 1, \"a\": 2}", "{\"a\": 1, \"a\": 2}"],
        There,
    ),
    ("jsonb", "json", &["{\"b\": 1, \"a\": 2}", "1.50"], Nothing),
    // Time.
    (
        "timestamp",
        "timestamp(0)",
        &["2001-02-03 01:02:03.5"],
        There,
    ),
    (
        "timestamp(3)",
        "timestamp",
        &["2001-02-03 01:02:03.5"],
        Nothing,
    ),
    ("timestamp", "date", &["2001-02-03 01:02:03"], There),
    ("time", "time(0)", &["01:02:03.456"], There),
    ("time", "timetz", &["01:02:03.456", "24:00:00"], Nothing),
    ("timetz", "time", &["01:02:03+02"], There),
    ("interval", "time", &["1 day 01:02:03"], There),
    ("interval", "interval(0)", &["00:00:01.234"], There),
    ("interval", "text", &["1 mon", "30 days"], Nothing),
    // Bits and addresses.
    ("bit(8)", "bit(4)", &["00000001"], There),
    ("bit(8)", "bit(16)", &["10000001"], Nothing),
    ("bit varying(8)", "bit(8)", &["101", "1010"], There),
    ("bit varying(16)", "bit varying(6)", &["1000000001"], There),
    ("inet", "cidr", &["192.0.2.1/24"], There),
    ("inet", "text", &["192.0.2.1/24"], Nothing),
    // Shapes.
    ("box", "polygon", &["(2,2),(-1,-1)"], Nothing),
    ("box", "circle", &["(1,2),(0,0)"], There),
    ("polygon", "box", &["((0,0),(1,1),(1,0))"], There),
    ("polygon", "path", &["((0,0),(1,1),(1,0))"], Nothing),
    // Several values in one.
    (
        "integer[]",
        "bigint[]",
        &["{1,2}", "{}", "{{1,2},{3,4}}", "[0:1]={1,2}"],
        Nothing,
    ),
    ("numeric(10,4)[]", "numeric(10,2)[]", &["{1.2345}"], There),
    ("varchar(40)[]", "varchar(3)[]", &["{abcdef}"], There),
    ("timestamp[]", "date[]", &["{2001-02-03 01:02:03}"], There),
    ("integer[]", "text", &["{1,2}", "[0:1]={1,2}"], Nothing),
];

/// By expressions of a person's own, there and back.
const EXPRESSIONS: &[(Conversion, [&str; 2])] = &[
    (
        ("circle", "point", &["<(0,0),2>"], There),
        ["point(c)", "circle(c, 1)"],
    ),
    (
        ("box", "point", &["(2,2),(-1,-1)"], There),
        ["point(c)", "box(c, c)"],
    ),
    (
        ("lseg", "point", &["[(0,0),(1,1)]"], There),
        ["point(c)", "lseg(c, c)"],
    ),
    (
        ("point", "float8", &["(1,2)"], There),
        ["c[0]", "point(c, 0)"],
    ),
    (
        ("integer[]", "integer", &["{1,2}"], There),
        ["c[1]", "ARRAY[c]"],
    ),
    (
        ("integer[]", "integer[]", &["{{1,2},{3,4}}"], There),
        [
            "CAST(string_to_array(array_to_string(c, ','), ',') AS integer[])",
            "c",
        ],
    ),
    (
        ("int4range", "integer", &["[1,5)"], There),
        ["lower(c)", "int4range(c, c + 1)"],
    ),
    (
        ("int4range", "integer", &["[1,5)"], There),
        ["upper(c)", "int4range(c - 1, c)"],
    ),
    (
        ("tsvector", "tsvector", &["'a':1"], There),
        ["strip(c)", "c"],
    ),
    (
        (
            "tstzrange",
            "tstzrange",
            &["[2001-01-01,2001-06-01]"],
            There,
        ),
        ["tstzrange(lower(c), upper(c))", "c"],
    ),
];

/// Whether a value is another one after there and back, by the server's word; `None` where it does not
/// convert it.
async fn is_lost(
    connection: &mut Connection,
    (from, to): (&str, &str),
    ways: [&str; 2],
    value: &str,
) -> Option<bool> {
    let sql = format!(
        "WITH a AS MATERIALIZED (SELECT CAST({} AS {from}) AS c), \
         t AS MATERIALIZED (SELECT CAST({} AS {to}) AS c FROM a), \
         b AS MATERIALIZED (SELECT CAST({} AS {from}) AS c FROM t) \
         SELECT (SELECT c::text FROM b) IS DISTINCT FROM (SELECT c::text FROM a)",
        quote_literal(value),
        ways[0],
        ways[1]
    );
    let rows = connection.query_text(&sql).await.ok()?;
    Some(rows.into_iter().flatten().flatten().any(|text| text == "t"))
}

#[tokio::test]
async fn conversions_that_lose_are_found_on_postgres() {
    let mut scratch = place::scratch("conversions").await;
    let database = scratch.create_database("casts", None).await.expect("made");
    let mut live = database.connect().await.expect("connects");
    let mut benches = benches(Dialect::Postgres);
    let mut wrong = Vec::new();
    let casts = CASTS.iter().map(|one| (one, None));
    let others = EXPRESSIONS.iter().map(|(one, ways)| (one, Some(*ways)));
    for ((from, to, values, loses), ways) in casts.chain(others) {
        let casts = [format!("CAST(c AS {to})"), format!("CAST(c AS {from})")];
        let ways = ways.unwrap_or([&casts[0], &casts[1]]);
        let name = format!("{from} to {to} by {}", ways[0]);
        let mut lost = false;
        for value in *values {
            match is_lost(&mut live, (from, to), ways, value).await {
                Some(is_lost) => lost |= is_lost,
                None => wrong.push(format!("{name}: the server does not convert {value}")),
            }
        }
        if lost != (*loses != Nothing) {
            wrong.push(format!("{name}: the server loses: {lost}"));
        }
        let before = format!("CREATE TABLE t (id integer PRIMARY KEY, c {from})");
        let there = format!("ALTER TABLE t ALTER c TYPE {to} USING {}", ways[0]);
        let mut back = format!(
            "-- hazard: may_fail: t.c: what only {to} has\nALTER TABLE t ALTER c TYPE {from} USING {}",
            ways[1]
        );
        if *loses != Back {
            // What the other type alone tells apart is another conversion.
            back.insert_str(0, "-- loses: t.c\n");
        }
        let told = hand(benches.of(&name, &before), &before, &there, &back).await;
        let is_found = match told.first() {
            // A column whose type stays must keep its values on the way there.
            Some(line) if line.contains("loses values") || line.contains("changes rows") => {
                told[1].starts_with("t.c: ")
            }
            Some(line) if line.starts_with("rows: ") => false,
            _ => {
                wrong.push(format!("{name}: {}", told.join("\n  ")));
                continue;
            }
        };
        if is_found != (*loses != Nothing) {
            wrong.push(format!(
                "{name}: found: {is_found}\n  {}",
                told.join("\n  ")
            ));
        }
    }
    live.close().await.expect("is closed");
    benches.close().await;
    scratch.close().await.expect("stops");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
