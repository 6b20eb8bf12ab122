//! Every kind of change on each database that it exists on: found, made, found no more and undone,
//! with rows in the tables. What is seen stands in `docs/change-kinds.md`.

mod golden;
mod page;
mod script;
mod self_check;
mod walk;

mod beyond;
mod columns;
mod constraints;
mod enums;
mod foreign_keys;
mod generated;
mod indexes;
mod only_sqlite;
mod tables;
mod types;

use std::collections::BTreeMap;
use std::path::Path;

use limbeck_core::dialect::Dialect;

use self::page::{Outcomes, is_of_the_versions, page, with_versions_of};
use crate::common::benches::Names;
use crate::common::equal::reason;
use crate::common::expected::assert_file;
use crate::common::left_out::LeftOut;
use crate::common::plans;

/// A change, and how it is tried on each database that has it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    postgres: Option<Case>,
    sqlite: Option<Case>,
}

impl Kind {
    fn case(&self, dialect: Dialect) -> Option<&Case> {
        match dialect {
            Dialect::Postgres => self.postgres.as_ref(),
            Dialect::Sqlite => self.sqlite.as_ref(),
        }
    }
}

/// Two schemas, and what the way between them must be.
#[derive(Clone, Copy)]
struct Case {
    /// SQL of both sides. They differ in `<<old => new>>`.
    sql: &'static str,
    /// What is found: how each operation's description starts, in order.
    detected: &'static [&'static str],
    /// All that a person is asked, answered: `--rename`, `--drop` and `--fill`.
    answers: &'static [&'static str],
    /// What a person says without being asked.
    volunteers: &'static [&'static str],
    /// Rows of the old side that are not made up.
    rows: &'static str,
    /// Tables that are left without rows, since the kind is about that.
    empty: &'static [&'static str],
    /// Columns whose values read otherwise afterwards and come back, by their names before.
    rewrites: &'static [&'static str],
    /// Tables and columns whose values are not there after going there and back.
    loses: &'static [&'static str],
    /// Keys of the catalog's fingerprint under which the server has other words for the same
    /// afterwards.
    respelled: &'static [&'static str],
    ends: Ends,
    /// What a reader of the page should know.
    note: &'static str,
}

/// How a case must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// There and back, with the rows.
    Walked,
    /// There with the rows; back only where there are none. The error holds these words.
    BackWithoutRows(&'static str),
    /// Nothing is to be done.
    Equal,
    /// Nothing is to be done, and the order of the columns is told.
    Reported,
    /// There is no way, and the error holds these words.
    Refused(&'static str),
}

const CASE: Case = Case {
    sql: "",
    detected: &[],
    answers: &[],
    volunteers: &[],
    rows: "",
    empty: &[],
    rewrites: &[],
    loses: &[],
    respelled: &[],
    ends: Ends::Walked,
    note: "",
};

/// The same case on both databases.
const fn both(name: &'static str, case: Case) -> Kind {
    Kind {
        name,
        postgres: Some(case),
        sqlite: Some(case),
    }
}

/// A case for each database.
const fn each(name: &'static str, postgres: Case, sqlite: Case) -> Kind {
    Kind {
        name,
        postgres: Some(postgres),
        sqlite: Some(sqlite),
    }
}

const fn on_postgres(name: &'static str, case: Case) -> Kind {
    Kind {
        name,
        postgres: Some(case),
        sqlite: None,
    }
}

const fn on_sqlite(name: &'static str, case: Case) -> Kind {
    Kind {
        name,
        postgres: None,
        sqlite: Some(case),
    }
}

/// Kinds about one subject, under its heading.
struct Group {
    title: &'static str,
    kinds: &'static [Kind],
}

const GROUPS: &[Group] = &[
    Group {
        title: "Tables",
        kinds: tables::KINDS,
    },
    Group {
        title: "Columns",
        kinds: columns::KINDS,
    },
    Group {
        title: "Types",
        kinds: types::KINDS,
    },
    Group {
        title: "Generated columns, identity and sequences",
        kinds: generated::KINDS,
    },
    Group {
        title: "Keys, checks and exclusion",
        kinds: constraints::KINDS,
    },
    Group {
        title: "Foreign keys",
        kinds: foreign_keys::KINDS,
    },
    Group {
        title: "Indexes",
        kinds: indexes::KINDS,
    },
    Group {
        title: "Enums",
        kinds: enums::KINDS,
    },
    Group {
        title: "What stands on tables, and what they stand on",
        kinds: beyond::KINDS,
    },
    Group {
        title: "Only on SQLite",
        kinds: only_sqlite::KINDS,
    },
];

/// What was seen in a part of the kinds, and what was wrong.
#[derive(Default)]
struct Lane {
    outcomes: Outcomes,
    /// The plans of the kinds that have one.
    plans: BTreeMap<&'static str, String>,
    wrong: Vec<String>,
    left_out: LeftOut,
    server: String,
}

/// Walks the kinds whose names lead there.
async fn lane(dialect: Dialect, names: Names) -> Lane {
    let mut bench = walk::bench(dialect, names);
    let mut scratch = None;
    let mut ground = None;
    if dialect == Dialect::Postgres {
        let mut server = plans::scratch("kinds").await;
        ground = Some(walk::ground(&mut server, names).await);
        scratch = Some(server);
    }
    let mut lane = Lane::default();
    let version = bench.server_version().await.expect("answers");
    let kinds = GROUPS.iter().flat_map(|group| group.kinds);
    for kind in kinds {
        let case = kind.case(dialect);
        let own = |case: &&Case| Names::of(dialect, kind.name, case.sql) == names;
        let Some(case) = case.filter(own) else {
            continue;
        };
        let (old, new) = walk::both_sides(case.sql);
        let text = [&old, case.rows, &new].join(";\n");
        if let Some(feature) = lane.left_out.note(version, kind.name, &text) {
            let words = format!("needs PostgreSQL {}", feature.since());
            match walk::find(&mut bench, case).await {
                Err(error) if reason(&error).contains(&words) => {}
                outcome => lane.wrong.push(format!("{}: {outcome:?}", kind.name)),
            }
            continue;
        }
        match walk::ending(&mut bench, case, ground.as_mut()).await {
            Ok((seen, way)) => {
                lane.outcomes.insert(kind.name, seen);
                let plan = way.map(|way| golden::text(&way, dialect));
                lane.plans.extend(plan.map(|plan| (kind.name, plan)));
            }
            Err(failure) => lane.wrong.push(format!("{}: {failure}", kind.name)),
        }
    }
    lane.server = bench.server().await.expect("answers");
    drop(ground);
    if let Some(scratch) = scratch {
        scratch.close().await.expect("stops");
    }
    bench.close().await.expect("stops");
    lane
}

/// Walks every kind of a dialect, on two databases at once, since one mostly waits for its server. All
/// must end as they are to.
async fn every_kind(dialect: Dialect) -> Lane {
    let (mut one, other) = tokio::join!(lane(dialect, Names::Usual), lane(dialect, Names::InApp));
    one.outcomes.extend(other.outcomes);
    one.plans.extend(other.plans);
    one.wrong.extend(other.wrong);
    one.left_out.inputs.extend(other.left_out.inputs);
    one.left_out.tell();
    assert!(
        one.wrong.is_empty(),
        "{dialect}: {} kinds are wrong\n\n{}",
        one.wrong.len(),
        one.wrong.join("\n\n")
    );
    let named = GROUPS
        .iter()
        .flat_map(|group| group.kinds)
        .filter(|kind| kind.case(dialect).is_some());
    assert_eq!(
        named.count(),
        one.outcomes.len() + one.left_out.inputs.len(),
        "each kind has a name of its own"
    );
    one
}

#[tokio::test]
async fn every_kind_on_sqlite() {
    every_kind(Dialect::Sqlite).await;
}

#[tokio::test]
async fn every_kind_on_postgres_and_the_page() {
    let postgres = every_kind(Dialect::Postgres).await;
    let sqlite = every_kind(Dialect::Sqlite).await;
    if !postgres.left_out.inputs.is_empty() {
        // A page with fewer kinds is not the page.
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/change-kinds.md");
    let found = page(
        GROUPS,
        &postgres.outcomes,
        &sqlite.outcomes,
        &[postgres.server, sqlite.server],
    );
    if is_of_the_versions(&path, &found) {
        golden::hold(Dialect::Postgres, GROUPS, &postgres.plans);
        golden::hold(Dialect::Sqlite, GROUPS, &sqlite.plans);
    } else {
        // The manual promises no spelling of views and expressions, and versions differ in it.
        eprintln!("the plans are held on the versions of the page alone");
    }
    assert_file(&path, &with_versions_of(&path, found));
}
