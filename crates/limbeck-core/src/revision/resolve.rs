//! Finds the revisions that somebody means by an identifier.
//!
//! An identifier is a full id, a unique start of one, a label, `head`, `heads`, `base` or `current`; steps
//! from one of these (`id+2`, `head-1`) or from `current` (`+1`, `-1`); and any of them on one branch
//! (`label@head`, `label@+1`, `label@base`), which its label names, or a revision on it.

use std::collections::BTreeSet;

use crate::revision::nearest::nearest;
use crate::revision::{DowngradeTarget, Graph, GraphError, Located, RevisionId};
use crate::schema::distance;

/// A branch, and what it was called.
#[derive(Clone, Copy)]
struct Branch<'a> {
    name: &'a str,
    /// The revision that carries the label, or was named.
    revision: &'a RevisionId,
}

impl Graph {
    /// Finds the revisions that an identifier stands for; none of them means the base.
    ///
    /// # Errors
    ///
    /// When the identifier fits no revision, or several where it must be one.
    pub fn resolve(
        &self,
        text: &str,
        current: &[RevisionId],
    ) -> Result<Vec<RevisionId>, GraphError> {
        let Some((name, text)) = text.split_once('@') else {
            return self.resolve_on(text, None, current);
        };
        let branch = self.branch(name, current)?;
        self.resolve_on(text, Some(branch), current)
    }

    /// Finds what a downgrade to an identifier goes down to. On a branch (`label@base`), and by steps from
    /// where the database is (`-1`), it takes back one line alone.
    ///
    /// # Errors
    ///
    /// As [`Graph::resolve`].
    pub fn resolve_downgrade(
        &self,
        text: &str,
        current: &[RevisionId],
    ) -> Result<DowngradeTarget, GraphError> {
        let revisions = self.resolve(text, current)?;
        let along = match (text.split_once('@'), current) {
            (Some((name, _)), _) => Some(self.branch(name, current)?.revision.clone()),
            (None, [one]) if is_relative(text) => Some(one.clone()),
            (None, _) => None,
        };
        Ok(DowngradeTarget { revisions, along })
    }

    /// Finds the revisions of a range, both ends of it included: an end that is left out is the base, or
    /// the heads, and one that is only steps (`-3`, `+2`) counts from the other end.
    ///
    /// # Errors
    ///
    /// As [`Graph::resolve`], and when the end does not build on the beginning.
    pub fn resolve_range(
        &self,
        from: &str,
        to: &str,
        current: &[RevisionId],
    ) -> Result<Vec<&RevisionId>, GraphError> {
        let or = |text: &'static str, given: &str| match given {
            "" => text.to_owned(),
            given => given.to_owned(),
        };
        let (from, to) = (or("base", from), or("heads", to));
        if is_relative(&from) && !is_relative(&to) {
            return self.range_before(&from, &self.resolve(&to, current)?);
        }
        let start = self.resolve(&from, current)?;
        let mut end = if is_relative(&to) && !is_relative(&from) {
            self.resolve(&to, &start)?
        } else {
            self.resolve(&to, current)?
        };
        if let Some((name, _)) = from.split_once('@') {
            let line = self.lineage(self.branch(name, current)?.revision);
            end.retain(|id| line.contains(id));
        }
        self.range(&start, &end)
    }

    /// Finds the revisions from some steps before each of these up to it, or from the base where there are
    /// fewer.
    fn range_before(
        &self,
        steps: &str,
        ends: &[RevisionId],
    ) -> Result<Vec<&RevisionId>, GraphError> {
        let mut chosen = BTreeSet::new();
        for end in ends {
            let end = std::slice::from_ref(end);
            let start = match self.resolve(steps, end) {
                Err(GraphError::TooFar { .. }) => Vec::new(),
                start => start?,
            };
            chosen.extend(self.range(&start, end)?);
        }
        let order = self.order().iter();
        Ok(order.filter(|id| chosen.contains(id)).collect())
    }

    pub(crate) fn unknown(&self, text: &str) -> GraphError {
        GraphError::UnknownRevision {
            text: text.to_owned(),
            nearest: self.nearest_ids(text),
        }
    }

    /// Returns the revisions whose ids look like a text.
    pub(crate) fn nearest_ids(&self, text: &str) -> Vec<Located> {
        let mut ids = nearest(text, self.ids().map(RevisionId::as_str));
        if ids.is_empty() && text.len() > 3 {
            // Somebody who types the start of an id gets it compared with the starts of ids.
            let starts = self.ids().map(RevisionId::as_str);
            ids = starts
                .filter(|id| {
                    id.get(..text.len())
                        .is_some_and(|id| distance(id, text) == 1)
                })
                .take(3)
                .collect();
        }
        let nearest = self.ids().filter(|id| ids.contains(&id.as_str()));
        nearest.map(|id| self.located(id)).collect()
    }

    fn resolve_on(
        &self,
        text: &str,
        branch: Option<Branch<'_>>,
        current: &[RevisionId],
    ) -> Result<Vec<RevisionId>, GraphError> {
        if let Some(found) = self.resolve_word(text, branch, current)? {
            return Ok(found);
        }
        let relative = split_steps(text);
        if let Some((start, steps)) = relative {
            let start = match (start, branch) {
                ("", None) => Some(current.to_vec()),
                ("", Some(branch)) => Some(self.current_on(branch, current, steps)?),
                (start, branch) => self.resolve_word(start, branch, current)?,
            };
            if let Some(start) = start {
                return self.walk(text, &start, steps, branch);
            }
        }
        if let Some(id) = self.resolve_prefix(text, branch)? {
            return Ok(vec![id]);
        }
        match relative {
            Some((start, steps)) => match self.resolve_prefix(start, branch)? {
                Some(id) => self.walk(text, &[id], steps, branch),
                None => Err(self.unknown(start)),
            },
            None => Err(self.unknown(text)),
        }
    }

    /// Finds a branch by its label, or by a revision on it.
    fn branch<'a>(
        &'a self,
        name: &'a str,
        current: &[RevisionId],
    ) -> Result<Branch<'a>, GraphError> {
        let named = self.labelled(name).or_else(|| {
            let found = self.resolve_on(name, None, current).ok()?;
            let mut ids = self.ids();
            match found.as_slice() {
                [one] => ids.find(|id| *id == one),
                _ => None,
            }
        });
        let revision = named.ok_or_else(|| GraphError::UnknownLabel {
            label: name.to_owned(),
            nearest: nearest(name, self.labels())
                .into_iter()
                .map(str::to_owned)
                .collect(),
        })?;
        Ok(Branch { name, revision })
    }

    /// Finds what needs no search: words with a meaning of their own, full ids, and labels.
    fn resolve_word(
        &self,
        text: &str,
        branch: Option<Branch<'_>>,
        current: &[RevisionId],
    ) -> Result<Option<Vec<RevisionId>>, GraphError> {
        let on_branch = |ids: &mut dyn Iterator<Item = &RevisionId>| -> Vec<RevisionId> {
            let line = branch.map(|branch| self.lineage(branch.revision));
            let ids = ids.filter(|id| line.as_ref().is_none_or(|line| line.contains(id)));
            ids.cloned().collect()
        };
        let heads = || on_branch(&mut self.heads().into_iter());
        match text {
            "base" => return Ok(Some(Vec::new())),
            "current" => return Ok(Some(on_branch(&mut current.iter()))),
            "heads" => return Ok(Some(heads())),
            "head" => return self.one_head(heads()).map(Some),
            _ => {}
        }
        let id = text.parse::<RevisionId>().ok();
        let id = id.filter(|id| self.get(id).is_some());
        let Some(id) = id.or_else(|| self.labelled(text).cloned()) else {
            return Ok(None);
        };
        self.check_on(&id, branch)?;
        Ok(Some(vec![id]))
    }

    fn one_head(&self, heads: Vec<RevisionId>) -> Result<Vec<RevisionId>, GraphError> {
        if heads.len() > 1 {
            return Err(GraphError::MultipleHeads {
                heads: heads.iter().map(|id| self.located(id)).collect(),
            });
        }
        Ok(heads)
    }

    fn check_on(&self, id: &RevisionId, branch: Option<Branch<'_>>) -> Result<(), GraphError> {
        match branch {
            Some(branch) if !self.lineage(branch.revision).contains(id) => {
                Err(GraphError::NotOnBranch {
                    revision: Box::new(self.located(id)),
                    branch: branch.name.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Finds where a database is on a branch: its current revisions there, else what their dependencies
    /// have brought of it. Upwards a branch may also begin where it leaves another, or at the base.
    fn current_on(
        &self,
        branch: Branch<'_>,
        current: &[RevisionId],
        steps: isize,
    ) -> Result<Vec<RevisionId>, GraphError> {
        let line = self.lineage(branch.revision);
        let on = current.iter().filter(|id| line.contains(id));
        let on: Vec<RevisionId> = on.cloned().collect();
        if !on.is_empty() {
            return Ok(on);
        }
        let applied = self.with_ancestors(current);
        let is_tip = |id: &RevisionId, among: &BTreeSet<&RevisionId>| {
            !self.children(id).any(|child| among.contains(child))
        };
        let applied_on: BTreeSet<&RevisionId> = applied.intersection(&line).copied().collect();
        let among = if steps > 0 { &applied_on } else { &applied };
        let tips = applied_on.iter().filter(|id| is_tip(id, among));
        let tips: Vec<RevisionId> = tips.map(|id| (*id).clone()).collect();
        if tips.is_empty() && steps <= 0 {
            return Err(GraphError::NothingOnBranch {
                branch: branch.name.to_owned(),
            });
        }
        Ok(tips)
    }

    fn resolve_prefix(
        &self,
        text: &str,
        branch: Option<Branch<'_>>,
    ) -> Result<Option<RevisionId>, GraphError> {
        if text.is_empty() {
            return Ok(None);
        }
        let line = branch.map(|branch| self.lineage(branch.revision));
        let fits: Vec<&RevisionId> = self
            .ids()
            .filter(|id| id.as_str().starts_with(text))
            .collect();
        let mut on = fits.clone();
        on.retain(|id| line.as_ref().is_none_or(|line| line.contains(id)));
        match (on.as_slice(), fits.as_slice()) {
            ([], []) => Ok(None),
            ([], [other, ..]) => {
                self.check_on(other, branch)?;
                Ok(None)
            }
            ([one], _) => Ok(Some((*one).clone())),
            _ => Err(GraphError::Ambiguous {
                text: text.to_owned(),
                candidates: on.into_iter().map(|id| self.located(id)).collect(),
            }),
        }
    }

    /// Goes some steps up or down, on one branch where one is named.
    fn walk(
        &self,
        text: &str,
        start: &[RevisionId],
        steps: isize,
        branch: Option<Branch<'_>>,
    ) -> Result<Vec<RevisionId>, GraphError> {
        let line = branch.map(|branch| self.lineage(branch.revision));
        let mut position: Vec<RevisionId> = start.to_vec();
        for walked in 0..steps.unsigned_abs() {
            let too_far = || GraphError::TooFar {
                text: text.to_owned(),
                available: walked,
            };
            let branched = |branches: Vec<RevisionId>| GraphError::Branched {
                text: text.to_owned(),
                branches: branches.iter().map(|id| self.located(id)).collect(),
            };
            if position.len() > 1 {
                return Err(branched(position));
            }
            let mut next: Vec<RevisionId> = match (position.first(), steps > 0) {
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
            if steps > 0 {
                next.retain(|id| line.as_ref().is_none_or(|line| line.contains(id)));
            }
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

/// Tells whether an identifier is only steps from where a database is.
fn is_relative(text: &str) -> bool {
    split_steps(text).is_some_and(|(start, _)| start.is_empty())
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
