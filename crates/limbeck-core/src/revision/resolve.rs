//! Finds the revisions that somebody means by an identifier.

use std::collections::BTreeSet;

use crate::revision::nearest::nearest;
use crate::revision::{Graph, GraphError, RevisionId};
use crate::schema::distance;

impl Graph {
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

    pub(crate) fn unknown(&self, text: &str) -> GraphError {
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
        let id = self.ids().find(|id| id.as_str() == text);
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
        for revision in self.iter() {
            if branch.contains(&revision.id) {
                branch.extend(self.children(&revision.id));
            }
        }
        Ok(self
            .heads()
            .into_iter()
            .filter(|id| branch.contains(id))
            .cloned()
            .collect())
    }

    fn resolve_prefix(&self, text: &str) -> Result<Option<RevisionId>, GraphError> {
        if text.is_empty() {
            return Ok(None);
        }
        let ids = self.ids();
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
            // A merge would bring its other parents along.
            let merged = next
                .first()
                .filter(|_| steps > 0)
                .and_then(|id| self.get(id));
            if let Some(merge) = merged.filter(|revision| revision.parents.len() > 1) {
                return Err(branched(merge.parents.clone()));
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
