//! What has been run without what it needs.

use limbeck_core::revision::{Gap, RevisionId};

/// All that leads out of it: saying that it was run, another order, and the way back and up again.
pub(crate) fn gap(gap: &Gap) -> String {
    let (whose, it) = match gap.missing.as_slice() {
        [_] => ("its SQL".to_owned(), "it"),
        several => (format!("the SQL of {}", listed(several, "`", ", ")), "them"),
    };
    let heads = listed(&gap.heads, "", " ");
    let mut hint = format!("if {whose} has been run all the same, say so: limbeck stamp {heads}");
    let mut otherwise = "if not,";
    if !gap.last.is_empty() {
        let lines: Vec<String> = (gap.last.iter())
            .map(|(file, parents)| match parents.as_slice() {
                [] => format!("`-- parents: none` in {file}"),
                parents => format!("`-- parents: {}` in {file}", listed(parents, "", ", ")),
            })
            .collect();
        let lines = lines.join(", ");
        hint += &format!("\n{otherwise} let {it} come last, and upgrade again: {lines}");
        otherwise = "or";
    }
    let back = format!("limbeck downgrade {}", gap.below);
    hint + &format!("\n{otherwise} take back what was run without {it} ({back}), and upgrade again")
}

fn listed(ids: &[RevisionId], quote: &str, between: &str) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("{quote}{id}{quote}")).collect();
    ids.join(between)
}
