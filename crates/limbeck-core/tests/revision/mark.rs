//! Files that do not say which database they are for, and that are marked.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Revision, checksum, parse, with_dialects};

#[test]
fn a_file_is_marked_and_stays_what_it_was() {
    let one = BTreeSet::from([Dialect::Sqlite]);
    let both = BTreeSet::from(Dialect::ALL);
    let body = "\n-- upgrade\nSELECT 1;\n\n-- downgrade\n-- nothing\n";
    for (header, dialects, expected) in [
        (
            "-- x\n--\n-- revision: a\n-- parents:  none\n",
            &one,
            "-- x\n--\n-- revision: a\n-- parents:  none\n-- dialects: sqlite\n",
        ),
        // A last `--` must not become the end of the description.
        (
            "-- parents: none\n-- revision: a\n--\n",
            &both,
            "-- parents: none\n-- revision: a\n-- dialects: postgres, sqlite\n--\n",
        ),
        (
            "-- revision: a\n-- parents: none\n-- pending: postgres\n",
            &one,
            "-- revision: a\n-- parents: none\n-- dialects: sqlite\n-- pending: postgres\n",
        ),
    ] {
        for bom in ["", "\u{feff}"] {
            for end in ["\n", "\r\n"] {
                let of = |header: &str| format!("{bom}{header}{body}").replace('\n', end);
                let text = of(header);
                let before = parse(&text, "a.sql").unwrap();
                assert!(before.is_unsaid(), "{text}");
                let marked = with_dialects(&text, "a.sql", dialects).unwrap();
                assert_eq!(marked, of(expected));
                let after = parse(&marked, "a.sql").unwrap();
                assert!(!after.is_unsaid(), "{marked}");
                assert_eq!(after.description, before.description);
                let sum = |revision: &Revision| {
                    let section = revision
                        .section(Direction::Upgrade, Dialect::Sqlite)
                        .unwrap();
                    checksum(section, Dialect::Sqlite)
                };
                assert_eq!(sum(&after), sum(&before));
            }
        }
    }
}

#[test]
fn only_sql_that_might_run_anywhere_is_unsaid() {
    for (rest, is_unsaid) in [
        ("\n-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n", true),
        ("\n-- upgrade\n-- nothing\n-- downgrade\nSELECT 1;\n", true),
        (
            "\n-- upgrade\n-- nothing\n-- downgrade\n-- nothing\n",
            false,
        ),
        (
            "-- dialects: sqlite\n\n-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n",
            false,
        ),
        (
            "-- pending: postgres\n\n-- upgrade sqlite\nSELECT 1;\n-- downgrade sqlite\n-- nothing\n",
            false,
        ),
        (
            "\n-- upgrade postgres\nSELECT 1;\n-- upgrade\nSELECT 2;\n-- downgrade\n-- nothing\n",
            true,
        ),
        (
            "\n-- upgrade postgres\nSELECT 1;\n-- upgrade sqlite\nSELECT 2;\n-- upgrade\nSELECT 3;\n\
             -- downgrade\n-- nothing\n",
            false,
        ),
    ] {
        let text = format!("-- revision: a\n-- parents: none\n{rest}");
        let revision = parse(&text, "a.sql").unwrap();
        assert_eq!(revision.is_unsaid(), is_unsaid, "{text}");
    }
}
