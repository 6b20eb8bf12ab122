//! What has been run while something that it needs has not: a file came in below it, or a row of the history is gone.

use std::collections::BTreeSet;
use std::fmt;

use crate::revision::{DowngradeTarget, Graph, RevisionId};

/// Something has been run without what it needs, and the ways out of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// All that has not been run and is needed by what has, from the bases to the heads.
    pub missing: Vec<RevisionId>,
    /// The first of them that something needs itself which has been run.
    pub id: RevisionId,
    /// What has been run and needs it.
    pub child: RevisionId,
    /// The ends of what has been run: at these the database stands if the missing ones have been run all the same.
    pub heads: Vec<RevisionId>,
    /// To what a downgrade goes that takes back all that needs the missing ones, and as little besides as can be, as it
    /// is typed: `a`, `base`, or `b@a` where another branch would go with it.
    pub below: String,
    /// The parents by which the missing ones come last, file by file; none where one header alone does not say that.
    pub last: Vec<(String, Vec<RevisionId>)>,
}

/// As a sentence: what has been run, and what has not.
impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, child, .. } = self;
        write!(
            f,
            "revision `{child}` has been run, and `{id}`, on which it builds, has not"
        )
    }
}

impl Graph {
    /// Finds what has been run without what it needs; nothing where all have their ancestors. What is in no file is
    /// left out.
    pub fn gap<'a>(&self, run: impl IntoIterator<Item = &'a RevisionId>) -> Option<Gap> {
        let mut is_run = vec![false; self.order().len()];
        for place in run.into_iter().filter_map(|id| self.place(id)) {
            is_run[place] = true;
        }
        let run: BTreeSet<&RevisionId> = self.chosen(&is_run).collect();
        // Where each has what it needs itself, all have their ancestors.
        let pairs = self.chosen(&is_run).flat_map(|child| {
            let required = self.required(child);
            required.map(move |id| (child, id))
        });
        let (child, id) = pairs.into_iter().find(|(_, id)| !run.contains(id))?;
        let needed = self.ancestors_of(run.iter().copied());
        let is_missing = |id: &&RevisionId| needed.contains(id) && !run.contains(id);
        let missing: Vec<&RevisionId> = self.order().iter().filter(is_missing).collect();
        Some(Gap {
            id: id.clone(),
            child: child.clone(),
            heads: self.heads_in_order(&run),
            below: self.below_gap(&run, &missing, child),
            last: self.as_last(&run, &missing).unwrap_or_default(),
            missing: missing.into_iter().cloned().collect(),
        })
    }

    fn heads_in_order(&self, among: &BTreeSet<&RevisionId>) -> Vec<RevisionId> {
        let heads = self.heads_of(among.iter().copied());
        let order = self.order().iter();
        order.filter(|id| heads.contains(id)).cloned().collect()
    }

    fn below_gap(
        &self,
        run: &BTreeSet<&RevisionId>,
        missing: &[&RevisionId],
        child: &RevisionId,
    ) -> String {
        let needing = self.descendants_of(missing.iter().copied());
        let rest: BTreeSet<&RevisionId> = run.difference(&needing).copied().collect();
        let mut places = self.heads_in_order(&rest);
        let required = missing.iter().flat_map(|id| self.required(id));
        places.extend(required.filter(|id| rest.contains(id)).cloned());
        let line = self.lineage(child);
        let places = places.into_iter().map(Some).chain([None]);
        let targets = places.flat_map(|place| {
            let name = place.as_ref().map_or("base", RevisionId::as_str);
            let alone = (name.to_owned(), None);
            let is_on_line = place.as_ref().is_none_or(|id| line.contains(id));
            let along = is_on_line.then(|| (format!("{child}@{name}"), Some(child.clone())));
            let revisions: Vec<RevisionId> = place.into_iter().collect();
            [Some(alone), along]
                .into_iter()
                .flatten()
                .map(move |(name, along)| {
                    let revisions = revisions.clone();
                    (name, DowngradeTarget { revisions, along })
                })
        });
        let found = targets.filter_map(|(name, target)| {
            let above = self.above(&target);
            let mut stay = run.iter().filter(|id| !above.contains(*id));
            let is_closed = !stay.any(|id| needing.contains(id));
            is_closed.then(|| (run.intersection(&above).count(), name))
        });
        // Of those that take back as many, the first is the plainest.
        let least = found.min_by_key(|(taken, _)| *taken);
        least.map_or_else(|| "base".to_owned(), |(_, name)| name)
    }

    /// The parents of each file that changes when what is missing comes after all that was run without it.
    fn as_last(
        &self,
        run: &BTreeSet<&RevisionId>,
        missing: &[&RevisionId],
    ) -> Option<Vec<(String, Vec<RevisionId>)>> {
        let is_missing = |id: &RevisionId| missing.contains(&id);
        let mut lowest = missing
            .iter()
            .filter(|id| !self.required(id).any(is_missing));
        let (Some(first), None) = (lowest.next(), lowest.next()) else {
            return None;
        };
        let needing = self.descendants_of([*first]);
        let tips: BTreeSet<&RevisionId> = run.intersection(&needing).copied().collect();
        let mut last = vec![(self.file(first)?.to_owned(), self.heads_in_order(&tips))];
        for revision in self.iter().filter(|one| run.contains(&one.id)) {
            if revision.depends_on.iter().any(is_missing) {
                return None;
            }
            if revision.parents.iter().any(is_missing) {
                let parents = self.parents_without(&revision.parents, missing);
                last.push((self.file(&revision.id)?.to_owned(), parents));
            }
        }
        Some(last)
    }

    /// In the place of each that is missing, what that builds on.
    fn parents_without(&self, parents: &[RevisionId], missing: &[&RevisionId]) -> Vec<RevisionId> {
        let mut found: BTreeSet<&RevisionId> = BTreeSet::new();
        let mut waiting: Vec<&RevisionId> = parents.iter().collect();
        while let Some(id) = waiting.pop() {
            if missing.contains(&id) {
                waiting.extend(self.get(id).into_iter().flat_map(|one| &one.parents));
            } else {
                found.insert(id);
            }
        }
        self.heads_in_order(&found)
    }
}
