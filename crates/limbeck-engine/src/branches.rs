//! Whether branches make the same database in either order.
//!
//! Not here: rows. A run refuses to lose any.

use std::collections::BTreeSet;
use std::error::Error as _;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, Revision, RevisionId};
use limbeck_core::sql::effect::{Effect, defined_name, of_statement};
use limbeck_core::sql::tables_named;

use crate::inspect::{Residue, shown};
use crate::state::{Bench, StateError};
use limbeck::folder::Folder;

/// Which branches are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that end in heads.
    Heads,
    /// Those that were merged, too, each with its merge.
    All,
}

/// Two branches of which it matters which runs first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The end of one.
    pub first: RevisionId,
    /// The end of the other.
    pub second: RevisionId,
    /// The tables and the like that both name.
    pub named_by_both: Vec<String>,
    /// What each order makes, in sentences.
    pub differences: Vec<String>,
}

/// Runs each two branches in both orders on scratch databases, and tells where that makes a difference.
///
/// Where there is one head, and nothing was merged, nothing is run.
///
/// # Errors
///
/// What they build on cannot be replayed, or there is no scratch database.
pub async fn clashes(
    bench: &mut Bench,
    folder: &Folder,
    which: Which,
) -> Result<Vec<Clash>, StateError> {
    differing(bench, folder, forks(&folder.graph, which)).await
}

/// Runs each two of the branches that end in these revisions in both orders, as [`clashes`] does.
///
/// # Errors
///
/// As [`clashes`].
pub async fn clashes_of(
    bench: &mut Bench,
    folder: &Folder,
    ends: &[RevisionId],
) -> Result<Vec<Clash>, StateError> {
    let ends: Vec<&RevisionId> = ends.iter().collect();
    let pairs = pairs(&ends).filter_map(|(one, two)| fork(&folder.graph, one, two, None));
    differing(bench, folder, pairs.collect()).await
}

async fn differing(
    bench: &mut Bench,
    folder: &Folder,
    forks: Vec<Fork<'_>>,
) -> Result<Vec<Clash>, StateError> {
    let mut found = Vec::new();
    for fork in forks {
        let differences = fork.differences(bench, folder).await?;
        if !differences.is_empty() {
            found.push(Clash {
                first: fork.first.clone(),
                second: fork.second.clone(),
                named_by_both: fork.named_by_both(&folder.graph, &[bench.dialect()]),
                differences,
            });
        }
    }
    Ok(found)
}

/// The tables that two heads name, each by itself: whether that matters, only [`clashes`] tells.
#[must_use]
pub fn named_by_both(
    graph: &Graph,
    dialects: &[Dialect],
) -> Vec<(RevisionId, RevisionId, Vec<String>)> {
    let forks = forks(graph, Which::Heads).into_iter();
    let named = forks.map(|fork| {
        let both = fork.named_by_both(graph, dialects);
        (fork.first.clone(), fork.second.clone(), both)
    });
    named
        .filter(|(_, _, both): &(_, _, Vec<String>)| !both.is_empty())
        .collect()
}

/// The tables and the like that a revision names.
fn tables(revision: &Revision, dialects: &[Dialect]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for dialect in dialects {
        let Ok(section) = revision.section(Direction::Upgrade, *dialect) else {
            continue;
        };
        for statement in section.statements(*dialect) {
            found.extend(tables_named(&statement.text, *dialect));
            found.extend(defined_name(&statement).map(|name| name.name));
            for effect in of_statement(&statement) {
                if let Effect::RenameTable(_, to) = effect {
                    found.insert(to.name);
                }
            }
        }
    }
    found
}

/// Two branches with what they have in common.
struct Fork<'a> {
    first: &'a RevisionId,
    second: &'a RevisionId,
    common: Vec<RevisionId>,
    of_first: Vec<&'a RevisionId>,
    of_second: Vec<&'a RevisionId>,
    /// What runs after both: the merge, and what else that needs.
    after: Vec<&'a RevisionId>,
}

fn forks(graph: &Graph, which: Which) -> Vec<Fork<'_>> {
    let mut found = Vec::new();
    let heads = graph.heads();
    found.extend(pairs(&heads).filter_map(|(one, two)| fork(graph, one, two, None)));
    if which == Which::Heads {
        return found;
    }
    for merge in graph.iter() {
        let needs: Vec<&RevisionId> = merge.parents.iter().chain(&merge.depends_on).collect();
        let merged = pairs(&needs).filter_map(|(one, two)| fork(graph, one, two, Some(&merge.id)));
        found.extend(merged);
    }
    found
}

fn pairs<'a>(ids: &[&'a RevisionId]) -> impl Iterator<Item = (&'a RevisionId, &'a RevisionId)> {
    let ids = ids.to_vec();
    (0..ids.len()).flat_map(move |one| {
        let ids = ids.clone();
        (one + 1..ids.len()).map(move |two| (ids[one], ids[two]))
    })
}

fn fork<'a>(
    graph: &'a Graph,
    first: &'a RevisionId,
    second: &'a RevisionId,
    merge: Option<&'a RevisionId>,
) -> Option<Fork<'a>> {
    let with = |id: &'a RevisionId| {
        let mut ids = graph.ancestors(id);
        ids.insert(id);
        ids
    };
    let (one, two) = (with(first), with(second));
    let all = merge.map(with).unwrap_or_default();
    let ids = || graph.iter().map(|revision| &revision.id);
    let of_first: Vec<_> = ids()
        .filter(|id| one.contains(id) && !two.contains(id))
        .collect();
    let of_second: Vec<_> = ids()
        .filter(|id| two.contains(id) && !one.contains(id))
        .collect();
    let common = ids().filter(|id| one.contains(id) && two.contains(id));
    let after = ids().filter(|id| all.contains(id) && !one.contains(id) && !two.contains(id));
    // One of them builds on the other.
    (!of_first.is_empty() && !of_second.is_empty()).then(|| Fork {
        first,
        second,
        common: common.cloned().collect(),
        after: after.collect(),
        of_first,
        of_second,
    })
}

impl Fork<'_> {
    fn named_by_both(&self, graph: &Graph, dialects: &[Dialect]) -> Vec<String> {
        let names = |ids: &[&RevisionId]| -> BTreeSet<String> {
            let revisions = ids.iter().filter_map(|id| graph.get(id));
            revisions
                .flat_map(|revision| tables(revision, dialects))
                .collect()
        };
        let (one, two) = (names(&self.of_first), names(&self.of_second));
        one.intersection(&two).cloned().collect()
    }

    async fn differences(
        &self,
        bench: &mut Bench,
        folder: &Folder,
    ) -> Result<Vec<String>, StateError> {
        let order = |one: &[&RevisionId], two: &[&RevisionId]| {
            let ids = one.iter().chain(two).chain(&self.after);
            ids.map(|id| (*id).clone()).collect::<Vec<RevisionId>>()
        };
        let one = order(&self.of_first, &self.of_second);
        let two = order(&self.of_second, &self.of_first);
        let one = bench.residue_in_order(folder, &self.common, &one).await?;
        let two = bench.residue_in_order(folder, &self.common, &two).await?;
        Ok(match (one, two) {
            (Ok(one), Ok(two)) => self.told(&one, &two),
            (one, two) => {
                let failures = [(one.err(), self.first), (two.err(), self.second)];
                let failures = failures.into_iter();
                failures
                    .filter_map(|(error, first)| {
                        let error = error?;
                        let source = error.source().map_or(String::new(), |source| {
                            let cause = source.source();
                            let cause = cause.map_or(String::new(), |cause| format!(": {cause}"));
                            format!(": {source}{cause}")
                        });
                        Some(format!("with `{first}` first, {error}{source}"))
                    })
                    .collect()
            }
        })
    }

    fn told(&self, one: &Residue, two: &Residue) -> Vec<String> {
        let (first, second) = (self.first, self.second);
        let keys: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
        let is = |text: Option<&String>| text.map_or("not there".to_owned(), |text| shown(text));
        let differs = keys
            .into_iter()
            .filter(|key| one.get(*key) != two.get(*key));
        let lines = differs.map(|key| {
            format!(
                "`{key}` is {} with `{first}` first, and {} with `{second}` first",
                is(one.get(key)),
                is(two.get(key))
            )
        });
        lines.collect()
    }
}
