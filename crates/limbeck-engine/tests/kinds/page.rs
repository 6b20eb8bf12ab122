//! The page that tells what was seen.

use std::collections::BTreeMap;
use std::path::Path;

use super::walk::Seen;
use super::{Case, Group};

/// What was seen of each kind, by its name.
pub(super) type Outcomes = BTreeMap<&'static str, Seen>;

const VERSIONS: &str = "Last written on ";

const INTRODUCTION: &str = "\
# What autogenerate can change

Each line is a kind of change. A test makes it on a real database of each kind, goes there and back, and writes what it
saw into this page; it fails when anything is seen otherwise. So no cell is a claim by hand.

Two versions of a schema are compared as `limbeck diff old.sql new.sql` does, which is the same comparison, plan and
order as that of `limbeck revision --autogenerate`. Every table of the old version is filled with made-up rows that fit both
versions. Then:

| Column | What `yes` means |
| --- | --- |
| detected | The comparison finds exactly this change: no operation is missing and none is too much. |
| applied | The upgrade runs on the filled tables, and the database then equals one that was made from the new version, in what Limbeck describes and in a fingerprint of the catalog that does not share its code. |
| again empty | Compared with the new version once more, nothing differs. |
| restored | The downgrade runs on the filled tables, and the database equals the old version in the same two ways: no type, sequence or index is left behind. |
| rows kept | Every value is the same after the upgrade and the downgrade. `rest`: what the change itself takes, such as the values of a dropped column, does not come back; all else is the same. A table or column that goes stands above its statement as `-- loses: tasks.note`. |

- – : the database does not have the thing.
- `empty only`: the downgrade restores the schema where there are no rows. On rows it fails as a whole, as the footnote says.
- `equal`: the two versions only say the same in other words; nothing is found, and nothing is to be done.
- `reported`: nothing is done, and it is told that the columns stand in another order.
- `refused`: there is no plan. Nothing is written; the error names the object, and the footnote says why.

The last column holds the answers that the change needs. Without each of them Limbeck asks, and writes nothing; the
test leaves them out to see that. In parentheses is what a person may say without being asked.
";

const COMMAND: &str = "\
The page is written by `LIMBECK_UPDATE=1 cargo test --test engine kinds::`, and held by the same test without
`LIMBECK_UPDATE`. The SQL of every kind is in `crates/limbeck-engine/tests/kinds`.
";

/// The whole page.
pub(super) fn page(
    groups: &[Group],
    postgres: &Outcomes,
    sqlite: &Outcomes,
    versions: &[String],
) -> String {
    let majors: Vec<&str> = versions.iter().map(|one| major(one)).collect();
    let mut notes = Vec::new();
    let mut text = format!(
        "{INTRODUCTION}\n{COMMAND}{VERSIONS}{}.\n\n{}{}",
        majors.join(" and "),
        summary("PostgreSQL", postgres),
        summary("SQLite", sqlite)
    );
    for group in groups {
        text.push_str(&format!("\n## {}\n\n", group.title));
        let cells = "detected | applied | again empty | restored | rows kept";
        text.push_str(&format!(
            "| Change | PostgreSQL: {cells} | SQLite: {cells} | answers |\n|{}\n",
            " --- |".repeat(12)
        ));
        for kind in group.kinds {
            let mut row = vec![kind.name.replace('|', "\\|")];
            row.extend(cells_of(
                kind.postgres.as_ref(),
                postgres.get(kind.name),
                &mut notes,
            ));
            row.extend(cells_of(
                kind.sqlite.as_ref(),
                sqlite.get(kind.name),
                &mut notes,
            ));
            row.push(answers(&[kind.postgres, kind.sqlite]));
            text.push_str(&format!("| {} |\n", row.join(" | ")));
        }
    }
    text.push('\n');
    for (at, note) in notes.iter().enumerate() {
        text.push_str(&format!("[^{}]: {note}\n", at + 1));
    }
    text
}

/// `PostgreSQL 15` of `PostgreSQL 15.18`.
fn major(version: &str) -> &str {
    version.split_once('.').map_or(version, |(major, _)| major)
}

/// The page with the versions that the file names, which are those of another machine.
pub(super) fn with_versions_of(path: &Path, page: String) -> String {
    if std::env::var_os("LIMBECK_UPDATE").is_some() {
        return page;
    }
    let held = std::fs::read_to_string(path).unwrap_or_default();
    match (versions(&page), versions(&held)) {
        (Some(found), Some(held)) => page.replacen(found, held, 1),
        _ => page,
    }
}

fn versions(page: &str) -> Option<&str> {
    page.lines().find(|line| line.starts_with(VERSIONS))
}

/// Whether the page in the repository is of the same versions, or about to be written.
pub(super) fn is_of_the_versions(path: &Path, page: &str) -> bool {
    let held = std::fs::read_to_string(path).unwrap_or_default();
    std::env::var_os("LIMBECK_UPDATE").is_some() || versions(page) == versions(&held)
}

fn summary(database: &str, outcomes: &Outcomes) -> String {
    let count = |seen: &[Seen]| outcomes.values().filter(|one| seen.contains(one)).count();
    format!(
        "- {database}: {} kinds. {} there and back with every value, {} with all but what the change takes, {} back on empty tables only, {} with nothing to do, {} refused.\n",
        outcomes.len(),
        count(&[Seen::AllKept]),
        count(&[Seen::RestKept]),
        count(&[Seen::BackWithoutRows]),
        count(&[Seen::Equal, Seen::Reported]),
        count(&[Seen::Refused])
    )
}

fn cells_of(
    case: Option<&Case>,
    seen: Option<&Seen>,
    notes: &mut Vec<&'static str>,
) -> Vec<String> {
    let (Some(case), Some(seen)) = (case, seen) else {
        return vec!["–".to_owned(); 5];
    };
    let (mut cells, noted) = match seen {
        Seen::AllKept => (["yes"; 5].map(str::to_owned), 4),
        Seen::RestKept => (["yes", "yes", "yes", "yes", "rest"].map(str::to_owned), 4),
        Seen::BackWithoutRows => (
            ["yes", "yes", "yes", "empty only", ""].map(str::to_owned),
            3,
        ),
        Seen::Equal => (["equal", "", "", "", ""].map(str::to_owned), 0),
        Seen::Reported => (["reported", "", "", "", ""].map(str::to_owned), 0),
        Seen::Refused => (["refused", "", "", "", ""].map(str::to_owned), 0),
    };
    if !case.note.is_empty() {
        let at = notes
            .iter()
            .position(|note| *note == case.note)
            .unwrap_or_else(|| {
                notes.push(case.note);
                notes.len() - 1
            });
        cells[noted].push_str(&format!("[^{}]", at + 1));
    }
    cells.to_vec()
}

/// The flags, each once.
fn answers(cases: &[Option<Case>]) -> String {
    let mut flags: Vec<String> = Vec::new();
    for case in cases.iter().flatten() {
        let flag = |answer: &str| answer.split(' ').next().unwrap_or_default().to_owned();
        let asked = case.answers.iter().map(|one| format!("`{}`", flag(one)));
        let said = case.volunteers.iter();
        for flag in asked.chain(said.map(|one| format!("(`{}`)", flag(one)))) {
            if !flags.contains(&flag) {
                flags.push(flag);
            }
        }
    }
    flags.join(" ")
}
