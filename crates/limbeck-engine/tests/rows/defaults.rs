//! Defaults that are no value of their column: PostgreSQL refuses them, SQLite keeps them, and a proof tells both.

use limbeck_core::dialect::Dialect;

use super::told::{benches, hand};

struct Case {
    name: &'static str,
    /// The columns of `t` besides its key, there and behind the revision.
    columns: [&'static str; 2],
    expected: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "text for a whole number, and the revision says that values may not fit",
        columns: ["c TEXT DEFAULT 'x'", "c INTEGER DEFAULT 'x'"],
        expected: "after the upgrade no row can leave `t.c` to its default, on sqlite: 'x' is no INTEGER",
    },
    Case {
        name: "text for a boolean",
        columns: ["c TEXT DEFAULT 'true'", "c BOOLEAN DEFAULT 'true'"],
        expected: "on sqlite: 'true' is no BOOLEAN",
    },
    Case {
        name: "a value that the enum no longer has",
        columns: [
            "c TEXT DEFAULT 'a' CONSTRAINT state CHECK (c IN ('a', 'b'))",
            "c TEXT DEFAULT 'a' CONSTRAINT state CHECK (c IN ('b', 'c'))",
        ],
        expected: "on sqlite: 'a' is no value of `state`",
    },
    Case {
        name: "what was so before is no fault of the revision",
        columns: [
            "c INTEGER DEFAULT 'x'",
            "c INTEGER DEFAULT 'x' CHECK (c <> 'y')",
        ],
        expected: "rows: 1 of 1 table",
    },
    Case {
        name: "what SQLite converts or may keep in several ways",
        columns: [
            "c TEXT",
            "c TEXT, a INTEGER DEFAULT '7', b REAL DEFAULT 1, d DATETIME DEFAULT CURRENT_TIMESTAMP, e TEXT DEFAULT 5, \
             f BLOB DEFAULT 'x', g INTEGER DEFAULT (unixepoch()), h DECIMAL(9, 2) DEFAULT '1.50', i TEXT DEFAULT (NULL), \
             j BOOLEAN DEFAULT TRUE, k VARCHAR(9) DEFAULT \"y\", l INTEGER DEFAULT -1",
        ],
        expected: "rows: 1 of 1 table",
    },
];

#[tokio::test]
async fn a_default_is_a_value_of_its_column_on_sqlite() {
    let mut benches = benches(Dialect::Sqlite);
    let mut wrong = Vec::new();
    for case in CASES {
        let [from, to] = case
            .columns
            .map(|columns| format!("(id INTEGER PRIMARY KEY, {columns})"));
        let before = format!("CREATE TABLE t {from}");
        // The values are of no interest here, but what the next row would hold.
        let rebuild = |columns: &str| {
            format!(
                "-- hazard: may_fail: t.c: values that do not fit\n-- loses: t.c\nCREATE TABLE new {columns};\n\
                 INSERT INTO new (id, c) SELECT id, NULL FROM t;\n-- loses: t.c\nDROP TABLE t;\nALTER TABLE new RENAME TO t"
            )
        };
        let bench = benches.of(case.name, &before);
        let told = hand(bench, &before, &rebuild(&to), "irreversible").await;
        if !told.iter().any(|line| line.contains(case.expected)) {
            wrong.push(format!("{}:\n  {}", case.name, told.join("\n  ")));
        }
    }
    benches.close().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
