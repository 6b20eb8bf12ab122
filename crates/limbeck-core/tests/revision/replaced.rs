//! What a revision stands for in the history of another tool, on each of two databases.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Replaced, parse, with_replaced};

#[test]
fn each_database_has_its_own_old_history() {
    let header = |lines: &str| {
        format!(
            "-- x\n--\n-- revision: a\n-- parents:  none\n{lines}\n-- upgrade sqlite\nSELECT 1;\n\n-- downgrade sqlite\nSELECT 2;\n"
        )
    };
    let cases: [(&str, &[&str], &str); 7] = [
        ("", &[], ""),
        ("", &["sqlx 1 aa"], "-- replaces: sqlx 1 aa on postgres\n"),
        (
            "-- replaces: diesel 1\n-- pending:  postgres\n",
            &["diesel 2"],
            "-- replaces: diesel 1 on sqlite\n-- replaces: diesel 2 on postgres\n-- pending:  postgres\n",
        ),
        (
            "-- replaces: sqlx 1 aa\n-- replaces: sqlx 2 bb\n",
            &["sqlx 1 aa", "sqlx 2 cc"],
            "-- replaces: sqlx 1 aa\n-- replaces: sqlx 2 bb on sqlite\n-- replaces: sqlx 2 cc on postgres\n",
        ),
        (
            "-- replaces: sqlx 1 aa on sqlite\n",
            &["sqlx 1 aa"],
            "-- replaces: sqlx 1 aa on sqlite\n-- replaces: sqlx 1 aa on postgres\n",
        ),
        (
            "-- replaces: diesel 1\n",
            &[],
            "-- replaces: diesel 1 on sqlite\n",
        ),
        (
            "-- replaces: diesel 1 on postgres\n",
            &["goose 7 in done"],
            "-- replaces: goose 7 in done on postgres\n",
        ),
    ];
    for (before, own, after) in cases {
        let own: Vec<Replaced> = own.iter().map(|one| one.parse().unwrap()).collect();
        let write = |text: &str| with_replaced(text, "a.sql", Dialect::Postgres, &own).unwrap();
        assert_eq!(write(&header(before)), header(after), "{before}");
        let windows = |text: &str| format!("\u{feff}{}", header(text).replace('\n', "\r\n"));
        assert_eq!(write(&windows(before)), windows(after), "{before}");
        let read = parse(&header(after), "a.sql").unwrap().replaces;
        let found = read.iter().filter(|one| one.is_on(Dialect::Postgres));
        assert_eq!(found.count(), own.len(), "{after}");
    }
}
