//! Laws of the lexer and the splitter for arbitrary text.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::{fold, lex, same, split};
use proptest::prelude::*;

/// Text in which quotes, comments and keywords are much more frequent than in random characters.
fn sql_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "'", "''", "\"", "`", "[", "]", "$", "$$", "$a$", "/*", "*/", "--", "\n", "\r\n", "\\",
            "(", ")", ";", "E'", "U&'", "U&\"", "x'", "begin", "atomic", "end", "case", "create",
            "trigger", "function", "copy", "from", "stdin", " ", "a", "é", "1", "1e", "0x", ".",
            "..", "::", "+-", "@-", "select", ",",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Sums, products and calls with parentheses where they matter and where they do not.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["a", "b", "1", "'x'"]).prop_map(str::to_owned);
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} + {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("f({a}, {b})")),
            inner.prop_map(|a| format!("({a})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn tokens_cover_the_text(sql in sql_text()) {
        for dialect in Dialect::ALL {
            let Ok(tokens) = lex(&sql, dialect) else { continue };
            let mut end = 0;
            for token in &tokens {
                prop_assert_eq!(token.range.start, end);
                prop_assert!(token.range.end > end);
                let line = 1 + sql[..end].matches('\n').count();
                prop_assert_eq!(token.line as usize, line);
                end = token.range.end;
            }
            prop_assert_eq!(end, sql.len());
        }
    }

    #[test]
    fn statements_lie_in_the_text(sql in sql_text()) {
        for dialect in Dialect::ALL {
            for statement in split(&sql, dialect).unwrap_or_default() {
                prop_assert!(sql[statement.offset..].starts_with(&statement.text));
                let again = split(&statement.text, dialect);
                prop_assert_eq!(again.map(|statements| statements.len()), Ok(1));
            }
        }
    }

    #[test]
    fn only_parentheses_that_change_nothing_are_folded(a in expression(), b in expression(), c in expression()) {
        for dialect in Dialect::ALL {
            let wrapped = format!("(( {a} ) )");
            prop_assert!(same(&a, &wrapped, dialect), "{} {:?}", a, fold(&wrapped, dialect));
            let (left, right) = (format!("({a} + {b}) * {c}"), format!("{a} + {b} * {c}"));
            prop_assert!(!same(&left, &right, dialect), "{} and {}", left, right);
        }
    }
}
