//! Any revision is read as it was written, and any text is read or refused.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{
    Replaced, Requirement, Revision, RevisionId, Section, Sections, Step, StepMode, Tool,
    Unwritten, parse, render, with_section,
};
use proptest::prelude::*;

fn word() -> impl Strategy<Value = String> {
    "[0-9a-zA-Z_][0-9a-zA-Z_-]{0,11}".prop_filter("reserved", |word| {
        !["head", "heads", "base", "current", "none"].contains(&word.as_str())
    })
}

fn revision_id() -> impl Strategy<Value = RevisionId> {
    word().prop_map(|word| word.parse().unwrap())
}

fn revision_ids() -> impl Strategy<Value = Vec<RevisionId>> {
    prop::collection::btree_set(revision_id(), 0..3).prop_map(|ids| ids.into_iter().collect())
}

fn description() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[ -~é]{0,30}",
        prop::sample::select(vec![
            "-- upgrade",
            "upgrade",
            "revision: x",
            "label: y",
            "",
            "-",
            "Step",
            "  indented",
            "parents:",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(line, 0..4).prop_map(|lines| {
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        lines.join("\n").trim().to_owned()
    })
}

fn section() -> impl Strategy<Value = Section> {
    let sql = prop::sample::select(vec![
        "SELECT 1;",
        "SELECT '\n-- downgrade\n\n';\n\nSELECT 2",
        "-- a comment\nSELECT \"$$\n-- step\n$$\"; -- done",
        "/* -- nothing\n-- nothing\n */ SELECT \"x\";",
        "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);",
        "  SELECT 1\n  -- indented\n;",
    ]);
    let step = (
        prop::sample::select(StepMode::ALL.to_vec()),
        sql,
        any::<u32>(),
    )
        .prop_map(|(mode, sql, line)| Step {
            mode,
            sql: sql.to_owned(),
            line,
        });
    prop_oneof![
        9 => prop::collection::vec(step, 0..4).prop_map(Section::Steps),
        1 => Just(Section::Unwritten(Unwritten::default())),
    ]
}

fn downgrade_section() -> impl Strategy<Value = Section> {
    prop_oneof![
        3 => section(),
        1 => "[a-z]{1,8}( [a-z,:]{1,8}){0,3}".prop_map(Section::Irreversible),
    ]
}

prop_compose! {
    fn sections(dialects: BTreeSet<Dialect>)(
        common in section(),
        own in prop::collection::vec(section(), 2),
        common_down in downgrade_section(),
        own_down in prop::collection::vec(downgrade_section(), 2),
    ) -> (Sections, Sections) {
        let pick = |common: Section, own: Vec<Section>| Sections {
            common: Some(common),
            dialects: dialects.iter().copied().zip(own).collect::<BTreeMap<_, _>>(),
        };
        (pick(common, own), pick(common_down, own_down))
    }
}

fn replaces() -> impl Strategy<Value = Vec<Replaced>> {
    let one = (
        prop::sample::select(Tool::ALL.to_vec()),
        prop::option::of("-?[0-9a-f]{1,12}"),
        prop::option::of(prop::sample::select(vec![
            "done",
            "ops.done",
            "ops.\"in it\"",
        ])),
        prop::option::of(prop::sample::select(Dialect::ALL.to_vec())),
    );
    // No version is there twice.
    prop::collection::btree_map("[0-9][0-9a-z._-]{0,12}", one, 0..3).prop_map(|all| {
        let replaced = |(version, said): (String, (Tool, _, Option<&str>, _))| {
            let (tool, checksum, table, dialect) = said;
            let table = table.map(|table| table.parse().expect("is a name"));
            Replaced {
                tool,
                version,
                checksum,
                table,
                dialect,
            }
        };
        all.into_iter().map(replaced).collect()
    })
}

fn revision() -> impl Strategy<Value = Revision> {
    let dialects =
        || prop::collection::btree_set(prop::sample::select(Dialect::ALL.to_vec()), 0..3);
    (dialects(), dialects())
        .prop_flat_map(|(own, pending)| {
            let own: BTreeSet<Dialect> = own.difference(&pending).copied().collect();
            let time = prop::sample::select(vec![
                "",
                "2026-11-20T10:09:00Z",
                "2026-11-20T10:09:00.5+02:00",
            ]);
            let header = (
                revision_id(),
                revision_ids(),
                description(),
                time,
                prop::option::of(word()),
                revision_ids(),
                prop::collection::btree_set(Just(Requirement::Hook), 0..=1),
                replaces(),
            );
            (header, Just(pending), sections(own))
        })
        .prop_map(|(header, pending, (upgrade, downgrade))| {
            let (id, parents, description, created, label, depends_on, requires, replaces) = header;
            Revision {
                id,
                parents,
                description,
                created: created.to_owned(),
                label,
                depends_on,
                pending,
                dialects: Default::default(),
                requires,
                replaces,
                lines: Default::default(),
                upgrade,
                downgrade,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn revisions_round_trip(revision in revision()) {
        let text = render(&revision);
        let again = parse(&text, "a.sql");
        prop_assert_eq!(again.as_ref(), Ok(&revision), "{}", text);
        prop_assert_eq!(render(&revision), text);
    }

    #[test]
    fn completed_revisions_read_as_completed(revision in revision(), upgrade in section(), downgrade in downgrade_section()) {
        for dialect in Dialect::ALL {
            let text = with_section(&render(&revision), "a.sql", dialect, &upgrade, &downgrade);
            let mut expected = revision.clone();
            expected.pending.remove(&dialect);
            expected.upgrade.dialects.insert(dialect, upgrade.clone());
            expected.downgrade.dialects.insert(dialect, downgrade.clone());
            prop_assert_eq!(text.and_then(|text| parse(&text, "a.sql")), Ok(expected));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(lines in prop::collection::vec(prop::sample::select(vec![
        "-- revision: a", "-- parents: none", "-- pending: sqlite", "--", "", "-- upgrade", "-- downgrade sqlite",
        "-- step", "-- nothing", "SELECT 'é", "';", "/*", "*/", "\u{feff}", "[", "  -- upgrade", "\r", "$a$", "E'\\",
    ]), 0..20)) {
        let _ = parse(&lines.join("\n"), "a.sql");
    }
}
