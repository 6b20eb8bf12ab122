//! How revisions build on each other: heads, bases, ancestors, lines.
//!
//! Not here: the way from one to another, in `path.rs`; what an identifier means, in `resolve.rs`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::dialect::Dialect;
use crate::revision::graph_error::{CycleStep, Needs};
use crate::revision::{
    Direction, GraphError, HeaderLines, Located, Revision, RevisionId, checksum,
};

/// All revisions of a project, checked: ids are unique, parents exist, nothing goes in circles.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    entries: BTreeMap<RevisionId, Entry>,
    labels: BTreeMap<String, RevisionId>,
    /// From the bases to the heads. Walks go by places in it: they are compared more quickly than ids.
    order: Vec<RevisionId>,
    links: Vec<Links>,
}

/// Where the revisions stand that one has to do with, in the order of all.
#[derive(Debug, Clone, Default)]
struct Links {
    /// What it needs itself: its parents, and what it depends on.
    required: Vec<usize>,
    /// What names it as a parent, in the order of the ids.
    children: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Entry {
    revision: Revision,
    /// Its place in the order of all.
    place: usize,
    file: String,
    /// The file with the way back, where that is another one.
    downgrade_file: Option<String>,
    /// The checksums of its upgrade that were worked out already.
    checksums: BTreeMap<Dialect, String>,
}

impl Entry {
    fn created(&self) -> &str {
        self.revision.created.as_str()
    }
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
            if graph.entries.contains_key(&id) {
                return Err(GraphError::DuplicateId {
                    first: Box::new(graph.located(&id)),
                    second: Box::new(Located {
                        id,
                        file,
                        line: revision.lines.revision,
                    }),
                });
            }
            let entry = Entry {
                revision,
                place: 0,
                file,
                downgrade_file: None,
                checksums: BTreeMap::new(),
            };
            graph.entries.insert(id, entry);
        }
        graph.check_labels()?;
        graph.check_links()?;
        graph.sort()?;
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

    /// Says which ways back stand in files of their own, as other tools have them.
    #[must_use]
    pub fn with_downgrade_files(mut self, files: Vec<(RevisionId, String)>) -> Self {
        for (id, file) in files {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.downgrade_file = Some(file);
            }
        }
        self
    }

    /// Returns the name of the file that has one way of a revision.
    pub fn file_of(&self, id: &RevisionId, direction: Direction) -> Option<&str> {
        let entry = self.entries.get(id)?;
        let own = match direction {
            Direction::Upgrade => None,
            Direction::Downgrade => entry.downgrade_file.as_deref(),
        };
        Some(own.unwrap_or(&entry.file))
    }

    /// Returns the checksum of what a revision runs on its upgrade on a dialect; nothing where it has nothing for that.
    pub fn checksum(&self, id: &RevisionId, dialect: Dialect) -> Option<Cow<'_, str>> {
        let entry = self.entries.get(id)?;
        if let Some(known) = entry.checksums.get(&dialect) {
            return Some(Cow::Borrowed(known));
        }
        let section = entry.revision.section(Direction::Upgrade, dialect).ok()?;
        Some(Cow::Owned(checksum(section, dialect)))
    }

    /// Keeps a checksum of that kind which was worked out already, where there was time for it.
    pub fn keep_checksum(&mut self, id: &RevisionId, dialect: Dialect, checksum: String) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.checksums.insert(dialect, checksum);
        }
    }

    /// Returns the revisions that no other one builds on.
    pub fn heads(&self) -> Vec<&RevisionId> {
        let heads = self.order.iter().zip(&self.links);
        let heads = heads.filter(|(_, links)| links.children.is_empty());
        heads.map(|(id, _)| id).collect()
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
        let links = self.place(id).map(|place| &self.links[place]);
        let children = links.into_iter().flat_map(|links| &links.children);
        children.map(|place| &self.order[*place])
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
        let starts = ids.into_iter().filter_map(|id| self.place(id));
        let required = starts.flat_map(|place| &self.links[place].required);
        let found = self.below(required.copied());
        self.chosen(&found).collect()
    }

    /// Returns those of these revisions that no other of them builds on or needs.
    pub fn heads_of<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a RevisionId>,
    ) -> BTreeSet<&RevisionId> {
        let starts: Vec<usize> = ids.into_iter().filter_map(|id| self.place(id)).collect();
        let required = starts.iter().flat_map(|place| &self.links[*place].required);
        let inner = self.below(required.copied());
        let heads = starts.into_iter().filter(|place| !inner[*place]);
        heads.map(|place| &self.order[place]).collect()
    }

    /// Returns everything that needs any of these revisions, dependencies included; one of them is part
    /// of it where it needs another.
    pub fn descendants_of<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a RevisionId>,
    ) -> BTreeSet<&RevisionId> {
        let mut is_start = vec![false; self.order.len()];
        for place in ids.into_iter().filter_map(|id| self.place(id)) {
            is_start[place] = true;
        }
        let mut found = vec![false; self.order.len()];
        for (place, links) in self.links.iter().enumerate() {
            let needs = |required: &usize| is_start[*required] || found[*required];
            found[place] = links.required.iter().any(needs);
        }
        self.chosen(&found).collect()
    }

    /// Returns the revisions on a line with this one, by parents alone: it, what it builds on, and what
    /// builds on it.
    pub fn lineage(&self, id: &RevisionId) -> BTreeSet<&RevisionId> {
        let Some((id, _)) = self.entries.get_key_value(id) else {
            return BTreeSet::new();
        };
        let mut line = BTreeSet::from([id]);
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            let parents = self.get(id).into_iter().flat_map(|one| &one.parents);
            waiting.extend(parents.filter(|parent| line.insert(parent)));
        }
        let mut above = BTreeSet::from([id]);
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            waiting.extend(self.children(id).filter(|child| above.insert(child)));
        }
        line.extend(above);
        line
    }

    /// Returns the labels of the branches that each revision is on: its own, and those of what it builds
    /// on; one without any is left out.
    pub fn labels_of_branches(&self) -> BTreeMap<&RevisionId, BTreeSet<&str>> {
        let mut found: BTreeMap<&RevisionId, BTreeSet<&str>> = BTreeMap::new();
        for (id, revision) in self.order.iter().map(|id| (id, &self.entries[id].revision)) {
            let inherited = revision.parents.iter().filter_map(|one| found.get(one));
            let mut labels: BTreeSet<&str> = inherited.flatten().copied().collect();
            labels.extend(revision.label.as_deref());
            if !labels.is_empty() {
                found.insert(id, labels);
            }
        }
        found
    }

    /// Returns what a revision needs itself: its parents, and what it depends on.
    pub fn required(&self, id: &RevisionId) -> impl Iterator<Item = &RevisionId> {
        self.get(id)
            .into_iter()
            .flat_map(|revision| revision.parents.iter().chain(&revision.depends_on))
    }

    /// Where a revision stands in the order of all.
    pub(crate) fn place(&self, id: &RevisionId) -> Option<usize> {
        self.entries.get(id).map(|entry| entry.place)
    }

    /// By place, whether a revision is one of these or needed by one.
    pub(crate) fn below(&self, places: impl Iterator<Item = usize>) -> Vec<bool> {
        let mut found = vec![false; self.order.len()];
        let mut waiting: Vec<usize> = places.collect();
        while let Some(place) = waiting.pop() {
            if !std::mem::replace(&mut found[place], true) {
                waiting.extend(&self.links[place].required);
            }
        }
        found
    }

    /// The revisions that are chosen by their places, in the order of all.
    pub(crate) fn chosen(&self, places: &[bool]) -> impl DoubleEndedIterator<Item = &RevisionId> {
        let order = self.order.iter().zip(places);
        order.filter(|(_, is_chosen)| **is_chosen).map(|(id, _)| id)
    }

    /// Returns the shortest start of an id that no other id has, but no shorter than `least` letters.
    pub fn abbreviation<'a>(&self, id: &'a RevisionId, least: usize) -> &'a str {
        let text = id.as_str();
        let before = self.entries.range::<RevisionId, _>(..id).next_back();
        let after = self
            .entries
            .range::<RevisionId, _>((Bound::Excluded(id), Bound::Unbounded));
        let in_common = |other: &RevisionId| {
            let letters = text.bytes().zip(other.as_str().bytes());
            letters.take_while(|(one, other)| one == other).count()
        };
        // Those that have most in common with it are beside it.
        let neighbours = before.into_iter().chain(after.take(1));
        let longest = neighbours.map(|(other, _)| in_common(other) + 1).max();
        let length = longest.unwrap_or_default().max(least);
        text.get(..length).unwrap_or(text)
    }

    /// Returns a revision with the file and the line that name it.
    pub fn located(&self, id: &RevisionId) -> Located {
        self.at(id, |lines| lines.revision)
    }

    /// Returns the revision that carries a label.
    pub(crate) fn labelled(&self, label: &str) -> Option<&RevisionId> {
        self.labels.get(label)
    }

    /// Returns all labels.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &str> {
        self.labels.keys().map(String::as_str)
    }

    /// Returns the ids from the bases to the heads.
    pub(crate) fn order(&self) -> &[RevisionId] {
        &self.order
    }

    /// Returns all ids in their own order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &RevisionId> {
        self.entries.keys()
    }

    fn check_labels(&mut self) -> Result<(), GraphError> {
        let mut labels: BTreeMap<String, RevisionId> = BTreeMap::new();
        for (id, entry) in &self.entries {
            let Some(label) = &entry.revision.label else {
                continue;
            };
            if let Some((named, _)) = self.entries.get_key_value(label.as_str()) {
                return Err(GraphError::LabelIsId {
                    labelled: Box::new(self.at(id, |lines| lines.label)),
                    named: Box::new(self.located(named)),
                });
            }
            if let Some(first) = labels.insert(label.clone(), id.clone()) {
                return Err(GraphError::DuplicateLabel {
                    label: label.clone(),
                    first: Box::new(self.at(&first, |lines| lines.label)),
                    second: Box::new(self.at(id, |lines| lines.label)),
                });
            }
        }
        self.labels = labels;
        Ok(())
    }

    fn check_links(&self) -> Result<(), GraphError> {
        let is_missing = |id: &&RevisionId| !self.entries.contains_key(*id);
        for (id, Entry { revision, .. }) in &self.entries {
            if let Some(parent) = revision.parents.iter().find(is_missing) {
                return Err(GraphError::UnknownParent {
                    child: Box::new(self.at(id, |lines| lines.parents)),
                    parent: parent.clone(),
                    nearest: self.nearest_others(id, parent),
                });
            }
            if let Some(dependency) = revision.depends_on.iter().find(is_missing) {
                return Err(GraphError::UnknownDependency {
                    child: Box::new(self.at(id, |lines| lines.depends_on)),
                    dependency: dependency.clone(),
                    nearest: self.nearest_others(id, dependency),
                });
            }
        }
        Ok(())
    }

    /// Puts parents and dependencies before what needs them; among those that are ready, the one
    /// written first comes first.
    fn sort(&mut self) -> Result<(), GraphError> {
        let ids: Vec<&RevisionId> = self.entries.keys().collect();
        let links = self.links_among(&ids);
        let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
        let mut missing: Vec<usize> = Vec::with_capacity(ids.len());
        for (number, links) in links.iter().enumerate() {
            missing.push(links.required.len());
            for required in &links.required {
                needed_by[*required].push(number);
            }
        }
        let created: Vec<&str> = self.entries.values().map(Entry::created).collect();
        let free = (0..ids.len()).filter(|number| missing[*number] == 0);
        let mut ready: BTreeSet<(&str, usize)> =
            free.map(|number| (created[number], number)).collect();
        let mut sorted: Vec<usize> = Vec::with_capacity(ids.len());
        while let Some((_, number)) = ready.pop_first() {
            sorted.push(number);
            for child in &needed_by[number] {
                missing[*child] -= 1;
                if missing[*child] == 0 {
                    ready.insert((created[*child], *child));
                }
            }
        }
        if sorted.len() < ids.len() {
            let all = ids.iter().zip(missing);
            let unsorted = all.filter(|(_, missing)| *missing > 0).map(|(id, _)| *id);
            return Err(self.cycle(&unsorted.collect()));
        }
        let order = sorted.iter().map(|number| ids[*number].clone()).collect();
        self.place_all(order, links, &sorted);
        Ok(())
    }

    /// What the revisions have to do with each other, by their numbers among all.
    fn links_among(&self, ids: &[&RevisionId]) -> Vec<Links> {
        let number = |id: &RevisionId| ids.binary_search(&id).ok();
        let mut all = vec![Links::default(); ids.len()];
        for (place, Entry { revision, .. }) in self.entries.values().enumerate() {
            for parent in revision.parents.iter().filter_map(number) {
                let children = &mut all[parent].children;
                if children.last() != Some(&place) {
                    children.push(place);
                }
            }
            // A header may name one as a parent and as a dependency.
            let required = revision.parents.iter().chain(&revision.depends_on);
            let mut required: Vec<usize> = required.filter_map(number).collect();
            required.sort_unstable();
            required.dedup();
            all[place].required = required;
        }
        all
    }

    /// Keeps the order, and the links by places in it; `sorted` says which number is at each place.
    fn place_all(&mut self, order: Vec<RevisionId>, links: Vec<Links>, sorted: &[usize]) {
        let mut places = vec![0; sorted.len()];
        for (place, number) in sorted.iter().enumerate() {
            places[*number] = place;
        }
        for (entry, place) in self.entries.values_mut().zip(&places) {
            entry.place = *place;
        }
        self.links = vec![Links::default(); sorted.len()];
        for (mut links, place) in links.into_iter().zip(&places) {
            for number in links.required.iter_mut().chain(&mut links.children) {
                *number = places[*number];
            }
            self.links[*place] = links;
        }
        self.order = order;
    }

    /// Each revision that could not be sorted needs another such one, so walking back must meet
    /// itself.
    fn cycle(&self, unsorted: &BTreeSet<&RevisionId>) -> GraphError {
        let mut walked: Vec<&RevisionId> = Vec::new();
        let mut next = unsorted.first().copied();
        while let Some(id) = next {
            if let Some(first) = walked.iter().position(|walked| *walked == id) {
                walked.drain(..first);
                break;
            }
            walked.push(id);
            next = self.required(id).find(|id| unsorted.contains(id));
        }
        walked.reverse();
        let before = walked.iter().cycle().skip(walked.len() - 1);
        let steps = before.zip(&walked).map(|(needed, id)| {
            let is_parent = self
                .get(id)
                .is_some_and(|revision| revision.parents.contains(needed));
            let (how, line): (_, fn(&HeaderLines) -> u32) = if is_parent {
                (Needs::Parent, |lines| lines.parents)
            } else {
                (Needs::Dependency, |lines| lines.depends_on)
            };
            CycleStep {
                revision: self.at(id, line),
                how,
                needed: (*needed).clone(),
            }
        });
        GraphError::Cycle {
            steps: steps.collect(),
        }
    }

    /// The revisions that one may have meant by an id that is in no file.
    fn nearest_others(&self, id: &RevisionId, meant: &RevisionId) -> Vec<Located> {
        let mut nearest = self.nearest_ids(meant.as_str());
        nearest.retain(|one| one.id != *id);
        nearest
    }

    /// A revision with its file and one line of its header.
    fn at(&self, id: &RevisionId, line: impl Fn(&HeaderLines) -> u32) -> Located {
        Located {
            id: id.clone(),
            file: self.file(id).unwrap_or_default().to_owned(),
            line: self.get(id).map_or(0, |revision| line(&revision.lines)),
        }
    }
}
