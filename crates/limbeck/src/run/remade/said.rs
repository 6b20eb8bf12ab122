//! What statements say about objects, found by the names of these.

use std::borrow::Cow;
use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, RevisionId};
use limbeck_core::schema::DefaultSchema;
use limbeck_core::sql::Statement;
use limbeck_core::sql::effect::{About, Subject, Verb, about, about_all};

use super::question::Candidate;

/// What statements say, each of which is read once: a run may make thousands of objects again.
#[derive(Default)]
pub(super) struct Said<'a> {
    /// By the name of the object, without a schema.
    named: BTreeMap<String, Vec<Saying<'a, About>>>,
    /// Grants that name no object, as those on all of a schema.
    grants: Vec<Saying<'a, Statement>>,
    statements: usize,
}

struct Saying<'a, T> {
    /// The number of the statement.
    at: usize,
    by: &'a RevisionId,
    what: T,
}

impl<'a> Said<'a> {
    /// What the upgrades of all revisions say.
    pub(super) fn by_upgrades(graph: &'a Graph) -> Self {
        let mut said = Self::default();
        for revision in graph.iter() {
            if let Ok(section) = revision.section(Direction::Upgrade, Dialect::Postgres) {
                for statement in section.statements(Dialect::Postgres) {
                    said.add(&revision.id, &statement);
                }
            }
        }
        said
    }

    pub(super) fn add(&mut self, by: &'a RevisionId, statement: &Statement) {
        let at = self.statements;
        self.statements += 1;
        let found = about(statement);
        let words = statement.words(1);
        if found.is_empty()
            && words
                .iter()
                .any(|word| ["grant", "revoke"].contains(&&**word))
        {
            let what = statement.clone();
            self.grants.push(Saying { at, by, what });
        }
        for what in found {
            let named = self.named.entry(what.subject.name.name.clone());
            named.or_default().push(Saying { at, by, what });
        }
    }

    /// The statements that make the object last, and what is said of it from there on, by those who count.
    pub(super) fn candidate(
        &self,
        object: &Subject,
        default: &DefaultSchema,
        counts: impl Fn(&RevisionId) -> bool,
    ) -> Candidate {
        let named = self.named.get(&object.name.name).into_iter().flatten();
        let named = named.filter(|one| counts(one.by) && one.what.subject.is(object));
        let mut said: Vec<(usize, Cow<'_, About>)> = named
            .map(|one| (one.at, Cow::Borrowed(&one.what)))
            .collect();
        if said.is_empty() {
            return Candidate::default();
        }
        let schema = default.of(&object.name, Dialect::Postgres);
        let grants = self.grants.iter().filter(|one| counts(one.by));
        said.extend(grants.filter_map(|one| {
            let about = about_all(&one.what, object, schema)?;
            Some((one.at, Cow::Owned(about)))
        }));
        said.sort_by_key(|(at, _)| *at);
        let mut found = Candidate::default();
        for (_, one) in &said {
            match &one.verb {
                Verb::Create => {
                    found = Candidate {
                        statements: vec![one.of_stand_in()],
                        owner: None,
                    };
                }
                // What is said of it stays said.
                Verb::Replace => match found.statements.first_mut() {
                    Some(first) => *first = one.of_stand_in(),
                    None => found.statements.push(one.of_stand_in()),
                },
                Verb::Drop => found = Candidate::default(),
                Verb::Owner(_) | Verb::Alter if found.statements.is_empty() => {}
                Verb::Owner(owner) => found.owner = Some(owner.clone()),
                Verb::Alter => found.statements.push(one.of_stand_in()),
            }
        }
        found
    }
}
