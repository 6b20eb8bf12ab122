//! How revisions build on each other: heads, bases, and the way from one to another.

use std::collections::{BTreeMap, BTreeSet};

use crate::revision::{GraphError, Revision, RevisionId};

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
        self.ancestors_of([id])
    }

    /// Returns everything that must have been run before any of these revisions, in one walk; one of
    /// them is part of it where another needs it.
    pub fn ancestors_of<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a RevisionId>,
    ) -> BTreeSet<&RevisionId> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<&RevisionId> =
            ids.into_iter().flat_map(|id| self.required(id)).collect();
        while let Some(id) = waiting.pop() {
            if found.insert(id) {
                waiting.extend(self.required(id));
            }
        }
        found
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

    /// Returns all ids in their own order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &RevisionId> {
        self.entries.keys()
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
            steps: walked
                .into_iter()
                .rev()
                .map(|id| (id.clone(), self.file(id).unwrap_or_default().to_owned()))
                .collect(),
        }
    }

    fn required(&self, id: &RevisionId) -> impl Iterator<Item = &RevisionId> {
        self.get(id)
            .into_iter()
            .flat_map(|revision| revision.parents.iter().chain(&revision.depends_on))
    }

    fn with_ancestors<'a>(&'a self, ids: &'a [RevisionId]) -> BTreeSet<&'a RevisionId> {
        let mut all = self.ancestors_of(ids);
        all.extend(ids);
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
}
