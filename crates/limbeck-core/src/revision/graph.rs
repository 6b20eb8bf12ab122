//! How revisions build on each other: heads, bases, and the way from one to another.

use std::collections::{BTreeMap, BTreeSet};

use crate::revision::nearest::{distance, nearest};
use crate::revision::{Revision, RevisionId};

/// All revisions of a project, checked: ids are unique, parents exist, nothing goes in circles.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    entries: BTreeMap<RevisionId, Entry>,
    children: BTreeMap<RevisionId, BTreeSet<RevisionId>>,
    /// From the bases to the heads.
    order: Vec<RevisionId>,
}

#[derive(Debug, Clone)]
struct Entry {
    revision: Revision,
    file: String,
}

/// Says what is wrong with a set of revisions, or with a name for some of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two files hold the same id.
    #[error("revision `{id}` is in two files: {first} and {second}")]
    DuplicateId {
        /// The id.
        id: RevisionId,
        /// One file.
        first: String,
        /// The other file.
        second: String,
    },
    /// Two files hold the same label.
    #[error("label `{label}` is in two files: {first} and {second}")]
    DuplicateLabel {
        /// The label.
        label: String,
        /// One file.
        first: String,
        /// The other file.
        second: String,
    },
    /// A parent is in no file.
    #[error("{file}: parent `{parent}` is in no file")]
    UnknownParent {
        /// The file that names it.
        file: String,
        /// The revision of that file.
        id: RevisionId,
        /// The parent.
        parent: RevisionId,
    },
    /// A revision in `depends_on` is in no file.
    #[error("{file}: `{dependency}` in `depends_on` is in no file")]
    UnknownDependency {
        /// The file that names it.
        file: String,
        /// The revision of that file.
        id: RevisionId,
        /// The revision that it depends on.
        dependency: RevisionId,
    },
    /// Revisions build on each other in a circle.
    #[error("revisions go in a circle: {}", arrows(ids))]
    Cycle {
        /// The revisions, each built on the one before it, the first on the last.
        ids: Vec<RevisionId>,
    },
    /// An identifier fits no revision.
    #[error("no revision is called `{text}`{}", did_you_mean(nearest))]
    UnknownRevision {
        /// The identifier.
        text: String,
        /// Ids that look like it.
        nearest: Vec<RevisionId>,
    },
    /// A label fits no revision.
    #[error("no revision has the label `{label}`")]
    UnknownLabel {
        /// The label.
        label: String,
    },
    /// A database is at a revision that is in no file.
    #[error("the database is at revision `{id}`, which is in no file")]
    UnknownCurrent {
        /// The revision.
        id: RevisionId,
    },
    /// The start of an id fits several revisions.
    #[error("`{text}` is the start of several revisions: {}", list(candidates))]
    Ambiguous {
        /// The identifier.
        text: String,
        /// The revisions that it fits.
        candidates: Vec<RevisionId>,
    },
    /// One head is asked for where there are several.
    #[error("there are several heads: {}", list(heads))]
    MultipleHeads {
        /// The heads.
        heads: Vec<RevisionId>,
    },
    /// A relative move would have to choose between branches.
    #[error("`{text}` would have to choose between branches: {}", list(branches))]
    Branched {
        /// The identifier.
        text: String,
        /// The revisions between which it would have to choose.
        branches: Vec<RevisionId>,
    },
    /// A relative move leaves the history.
    #[error("`{text}` goes beyond the history: only {available} more in that direction")]
    TooFar {
        /// The identifier.
        text: String,
        /// How many revisions there are in that direction.
        available: usize,
    },
    /// The target of a downgrade has not been run.
    #[error(
        "cannot downgrade to `{target}`: it has not been run, the database is at {}",
        current_list(current)
    )]
    NotApplied {
        /// The target.
        target: RevisionId,
        /// The revisions at which the database is.
        current: Vec<RevisionId>,
    },
}

impl Graph {
    /// Builds the graph of revisions and the files that they are in.
    ///
    /// # Errors
    ///
    /// When an id or a label is there twice, a parent or a dependency is missing, or there is a circle.
    pub fn new(revisions: Vec<(Revision, String)>) -> Result<Self, GraphError> {
        let mut graph = Graph::default();
        for (revision, file) in revisions {
            let id = revision.id.clone();
            if let Some(first) = graph.entries.get(&id) {
                return Err(GraphError::DuplicateId {
                    id,
                    first: first.file.clone(),
                    second: file,
                });
            }
            graph.entries.insert(id, Entry { revision, file });
        }
        graph.check_labels()?;
        graph.link()?;
        graph.order = graph.sort()?;
        Ok(graph)
    }

    /// Returns the number of revisions.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there is no revision.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the revisions from the bases to the heads, always in the same order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Revision> {
        self.order.iter().map(|id| &self.entries[id].revision)
    }

    /// Returns a revision by its full id.
    pub fn get(&self, id: &RevisionId) -> Option<&Revision> {
        self.entries.get(id).map(|entry| &entry.revision)
    }

    /// Returns the name of the file that a revision is in.
    pub fn file(&self, id: &RevisionId) -> Option<&str> {
        self.entries.get(id).map(|entry| entry.file.as_str())
    }

    /// Returns the revisions that no other one builds on.
    pub fn heads(&self) -> Vec<&RevisionId> {
        self.order
            .iter()
            .filter(|id| self.children(id).next().is_none())
            .collect()
    }

    /// Returns the revisions that build on no other one.
    pub fn bases(&self) -> Vec<&RevisionId> {
        self.iter()
            .filter(|revision| revision.parents.is_empty())
            .map(|revision| &revision.id)
            .collect()
    }

    /// Returns the revisions that name this one as a parent.
    pub fn children(&self, id: &RevisionId) -> impl Iterator<Item = &RevisionId> {
        self.children.get(id).into_iter().flatten()
    }

    /// Returns everything that must have been run before this revision, dependencies included.
    pub fn ancestors(&self, id: &RevisionId) -> BTreeSet<&RevisionId> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<&RevisionId> = self.required(id).collect();
        while let Some(id) = waiting.pop() {
            if found.insert(id) {
                waiting.extend(self.required(id));
            }
        }
        found
    }

    /// Finds the revisions that an identifier stands for; none of them means the base.
    ///
    /// Identifiers are a full id, a unique start of one, `head`, `heads`, `base`, `current`,
    /// `label@head`, and steps from one of these (`id+2`, `head-1`) or from `current` (`+1`, `-1`).
    ///
    /// # Errors
    ///
    /// When the identifier fits no revision, or several where it must be one.
    pub fn resolve(
        &self,
        text: &str,
        current: &[RevisionId],
    ) -> Result<Vec<RevisionId>, GraphError> {
        if let Some(found) = self.resolve_word(text, current)? {
            return Ok(found);
        }
        let relative = split_steps(text);
        if let Some((start, steps)) = relative {
            let start = match start {
                "" => Some(current.to_vec()),
                start => self.resolve_word(start, current)?,
            };
            if let Some(start) = start {
                return self.walk(text, &start, steps);
            }
        }
        if let Some(id) = self.resolve_prefix(text)? {
            return Ok(vec![id]);
        }
        match relative {
            Some((start, steps)) => match self.resolve_prefix(start)? {
                Some(id) => self.walk(text, &[id], steps),
                None => Err(self.unknown(start)),
            },
            None => Err(self.unknown(text)),
        }
    }

    /// Returns what an upgrade runs, in its order: the targets and everything they need that the
    /// current revisions do not hold yet.
    ///
    /// # Errors
    ///
    /// When a current revision or a target is in no file.
    pub fn upgrade_path(
        &self,
        current: &[RevisionId],
        target: &[RevisionId],
    ) -> Result<Vec<&RevisionId>, GraphError> {
        let applied = self.applied(current)?;
        self.check_known(target)?;
        let wanted = self.with_ancestors(target);
        Ok(self
            .order
            .iter()
            .filter(|id| wanted.contains(id) && !applied.contains(id))
            .collect())
    }

    /// Returns what a downgrade runs, in its order: everything that was built on the targets, or all
    /// that has been run when there is no target. Branches that do not build on a target stay.
    ///
    /// # Errors
    ///
    /// When a current revision is in no file, or a target has not been run.
    pub fn downgrade_path(
        &self,
        current: &[RevisionId],
        target: &[RevisionId],
    ) -> Result<Vec<&RevisionId>, GraphError> {
        let applied = self.applied(current)?;
        self.check_known(target)?;
        if let Some(target) = target.iter().find(|id| !applied.contains(id)) {
            return Err(GraphError::NotApplied {
                target: target.clone(),
                current: current.to_vec(),
            });
        }
        let kept = self.with_ancestors(target);
        let mut removed: BTreeSet<&RevisionId> = BTreeSet::new();
        for id in &self.order {
            let builds_on = self
                .required(id)
                .any(|required| target.contains(required) || removed.contains(required));
            if applied.contains(id) && !kept.contains(id) && (target.is_empty() || builds_on) {
                removed.insert(id);
            }
        }
        Ok(self
            .order
            .iter()
            .rev()
            .filter(|id| removed.contains(id))
            .collect())
    }

    fn check_labels(&self) -> Result<(), GraphError> {
        let mut files: BTreeMap<&str, &str> = BTreeMap::new();
        for entry in self.entries.values() {
            let Some(label) = &entry.revision.label else {
                continue;
            };
            if let Some(first) = files.insert(label, &entry.file) {
                return Err(GraphError::DuplicateLabel {
                    label: label.clone(),
                    first: first.to_owned(),
                    second: entry.file.clone(),
                });
            }
        }
        Ok(())
    }

    fn link(&mut self) -> Result<(), GraphError> {
        for (id, Entry { revision, file }) in &self.entries {
            for parent in &revision.parents {
                if !self.entries.contains_key(parent) {
                    return Err(GraphError::UnknownParent {
                        file: file.clone(),
                        id: id.clone(),
                        parent: parent.clone(),
                    });
                }
                let children = self.children.entry(parent.clone()).or_default();
                children.insert(id.clone());
            }
            let is_missing = |id: &&RevisionId| !self.entries.contains_key(*id);
            if let Some(dependency) = revision.depends_on.iter().find(is_missing) {
                return Err(GraphError::UnknownDependency {
                    file: file.clone(),
                    id: id.clone(),
                    dependency: dependency.clone(),
                });
            }
        }
        Ok(())
    }

    /// Puts parents and dependencies before what needs them; among those that are ready, the one
    /// written first comes first.
    fn sort(&self) -> Result<Vec<RevisionId>, GraphError> {
        let mut missing: BTreeMap<&RevisionId, usize> = BTreeMap::new();
        let mut needed_by: BTreeMap<&RevisionId, Vec<&RevisionId>> = BTreeMap::new();
        for id in self.entries.keys() {
            let required: BTreeSet<&RevisionId> = self.required(id).collect();
            missing.insert(id, required.len());
            for required in required {
                needed_by.entry(required).or_default().push(id);
            }
        }
        let key = |id: &RevisionId| (self.entries[id].revision.created.clone(), id.clone());
        let mut ready: BTreeSet<(String, RevisionId)> = missing
            .iter()
            .filter(|(_, missing)| **missing == 0)
            .map(|(id, _)| key(id))
            .collect();
        let mut order = Vec::new();
        while let Some((_, id)) = ready.pop_first() {
            for child in needed_by.get(&id).into_iter().flatten() {
                if let Some(missing) = missing.get_mut(child) {
                    *missing -= 1;
                    if *missing == 0 {
                        ready.insert(key(child));
                    }
                }
            }
            missing.remove(&id);
            order.push(id);
        }
        match missing.keys().next() {
            Some(start) => Err(self.cycle(start, &missing)),
            None => Ok(order),
        }
    }

    /// Each revision that could not be sorted needs another such one, so walking back must meet
    /// itself.
    fn cycle(&self, start: &RevisionId, unsorted: &BTreeMap<&RevisionId, usize>) -> GraphError {
        let mut walked: Vec<&RevisionId> = Vec::new();
        let mut next = Some(start);
        while let Some(id) = next {
            if let Some(first) = walked.iter().position(|walked| *walked == id) {
                walked.drain(..first);
                break;
            }
            walked.push(id);
            next = self.required(id).find(|id| unsorted.contains_key(*id));
        }
        GraphError::Cycle {
            ids: walked.into_iter().rev().cloned().collect(),
        }
    }

    fn required(&self, id: &RevisionId) -> impl Iterator<Item = &RevisionId> {
        self.get(id)
            .into_iter()
            .flat_map(|revision| revision.parents.iter().chain(&revision.depends_on))
    }

    fn with_ancestors<'a>(&'a self, ids: &'a [RevisionId]) -> BTreeSet<&'a RevisionId> {
        let mut all: BTreeSet<&RevisionId> = ids.iter().collect();
        for id in ids {
            all.extend(self.ancestors(id));
        }
        all
    }

    fn applied<'a>(
        &'a self,
        current: &'a [RevisionId],
    ) -> Result<BTreeSet<&'a RevisionId>, GraphError> {
        match current.iter().find(|id| !self.entries.contains_key(id)) {
            Some(id) => Err(GraphError::UnknownCurrent { id: id.clone() }),
            None => Ok(self.with_ancestors(current)),
        }
    }

    fn check_known(&self, ids: &[RevisionId]) -> Result<(), GraphError> {
        match ids.iter().find(|id| !self.entries.contains_key(id)) {
            Some(id) => Err(self.unknown(id.as_str())),
            None => Ok(()),
        }
    }

    fn unknown(&self, text: &str) -> GraphError {
        let mut ids = nearest(text, self.entries.keys().map(RevisionId::as_str));
        if ids.is_empty() && text.len() > 3 {
            // Somebody who types the start of an id gets it compared with the starts of ids.
            let starts = self.entries.keys().map(RevisionId::as_str);
            ids = starts
                .filter(|id| {
                    id.get(..text.len())
                        .is_some_and(|id| distance(id, text) == 1)
                })
                .take(3)
                .collect();
        }
        let nearest = self.entries.keys().filter(|id| ids.contains(&id.as_str()));
        GraphError::UnknownRevision {
            text: text.to_owned(),
            nearest: nearest.cloned().collect(),
        }
    }

    /// Finds what needs no search: words with a meaning of their own, and full ids.
    fn resolve_word(
        &self,
        text: &str,
        current: &[RevisionId],
    ) -> Result<Option<Vec<RevisionId>>, GraphError> {
        let heads = || self.heads().into_iter().cloned().collect();
        match text {
            "base" => return Ok(Some(Vec::new())),
            "current" => return Ok(Some(current.to_vec())),
            "heads" => return Ok(Some(heads())),
            "head" => return one_head(heads()).map(Some),
            _ => {}
        }
        if let Some(label) = text.strip_suffix("@head") {
            return self.labelled_heads(label).and_then(one_head).map(Some);
        }
        let id = self.entries.keys().find(|id| id.as_str() == text);
        Ok(id.map(|id| vec![id.clone()]))
    }

    fn labelled_heads(&self, label: &str) -> Result<Vec<RevisionId>, GraphError> {
        let start = self
            .iter()
            .find(|revision| revision.label.as_deref() == Some(label))
            .map(|revision| &revision.id);
        let Some(start) = start else {
            return Err(GraphError::UnknownLabel {
                label: label.to_owned(),
            });
        };
        let mut branch = BTreeSet::from([start]);
        for id in &self.order {
            if branch.contains(id) {
                branch.extend(self.children(id));
            }
        }
        let heads = self.heads().into_iter();
        Ok(heads.filter(|id| branch.contains(id)).cloned().collect())
    }

    fn resolve_prefix(&self, text: &str) -> Result<Option<RevisionId>, GraphError> {
        if text.is_empty() {
            return Ok(None);
        }
        let ids = self.entries.keys();
        let mut candidates: Vec<RevisionId> = ids
            .filter(|id| id.as_str().starts_with(text))
            .cloned()
            .collect();
        if candidates.len() > 1 {
            return Err(GraphError::Ambiguous {
                text: text.to_owned(),
                candidates,
            });
        }
        Ok(candidates.pop())
    }

    /// Goes some steps up or down a history that does not branch on the way.
    fn walk(
        &self,
        text: &str,
        start: &[RevisionId],
        steps: isize,
    ) -> Result<Vec<RevisionId>, GraphError> {
        let mut position: Vec<RevisionId> = start.to_vec();
        for walked in 0..steps.unsigned_abs() {
            let too_far = || GraphError::TooFar {
                text: text.to_owned(),
                available: walked,
            };
            let branched = |branches: Vec<RevisionId>| GraphError::Branched {
                text: text.to_owned(),
                branches,
            };
            if position.len() > 1 {
                return Err(branched(position));
            }
            let next: Vec<RevisionId> = match (position.first(), steps > 0) {
                (Some(id), true) => self.children(id).cloned().collect(),
                (None, true) => self.bases().into_iter().cloned().collect(),
                (Some(id), false) => {
                    let revision = self.get(id);
                    let revision =
                        revision.ok_or_else(|| GraphError::UnknownCurrent { id: id.clone() })?;
                    revision.parents.clone()
                }
                (None, false) => return Err(too_far()),
            };
            if next.len() > 1 {
                return Err(branched(next));
            }
            if next.is_empty() && steps > 0 {
                return Err(too_far());
            }
            position = next;
        }
        Ok(position)
    }
}

fn one_head(heads: Vec<RevisionId>) -> Result<Vec<RevisionId>, GraphError> {
    if heads.len() > 1 {
        return Err(GraphError::MultipleHeads { heads });
    }
    Ok(heads)
}

/// Cuts `id+2` into `id` and 2; what stands before the sign may be nothing.
fn split_steps(text: &str) -> Option<(&str, isize)> {
    let sign = text.rfind(['+', '-'])?;
    let digits = &text[sign + 1..];
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let steps: isize = digits.parse().ok()?;
    let forward = text[sign..].starts_with('+');
    Some((&text[..sign], if forward { steps } else { -steps }))
}

fn list(ids: &[RevisionId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}

fn current_list(ids: &[RevisionId]) -> String {
    if ids.is_empty() {
        "the base".to_owned()
    } else {
        list(ids)
    }
}

fn arrows(ids: &[RevisionId]) -> String {
    let ids: Vec<String> = ids
        .iter()
        .chain(ids.first())
        .map(|id| format!("`{id}`"))
        .collect();
    ids.join(" -> ")
}

fn did_you_mean(ids: &[RevisionId]) -> String {
    if ids.is_empty() {
        String::new()
    } else {
        format!(": did you mean {}?", list(ids))
    }
}
