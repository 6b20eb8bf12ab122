//! Objects that a revision creates again on PostgreSQL, and that are no longer what the revisions made of them: the
//! change, made by hand or by another branch, would be lost.
//!
//! No scratch database is needed. The server itself creates a stand-in from the former text, in its temporary schema, and
//! prints both, so that both are in the spelling of one version.

mod question;
mod said;

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, RevisionId, Section};
use limbeck_core::schema::DefaultSchema;
use limbeck_core::sql::effect::{About, Class, Subject, Verb, about};
use limbeck_core::sql::{Statement, same};

use crate::connection::{Connection, QueryError};
use crate::run::prepare::Pending;
use crate::run::{Event, LostObject, OnEvent, RunError, RunErrorKind, RunOptions};
use question::{Answer, Candidate};
use said::Said;

/// How many questions are asked at once. Each is a block that the server reads, runs and forgets; a message that has them
/// all would be as long as the run.
const AT_ONCE: usize = 200;

/// Refuses, before anything is run, what would undo a thing that the revision does not know.
pub(super) async fn check(
    connection: &mut Connection,
    graph: &Graph,
    direction: Direction,
    options: &RunOptions,
    pending: &[Pending<'_>],
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    if connection.dialect() != Dialect::Postgres {
        return Ok(());
    }
    let default = options.default_schema();
    let remade = remade(graph, direction, pending, &default)?;
    if remade.is_empty() {
        return Ok(());
    }
    let mut asked: Vec<(&Subject, &Candidate)> = Vec::new();
    for one in &remade {
        let candidates = one.former.iter().chain([&one.own]);
        asked.extend(candidates.map(|candidate| (&one.object, candidate)));
    }
    let answers = ask(connection, options, &asked).await.map_err(failed)?;
    let mut answers = answers.into_iter();
    let words = LazyCell::new(|| words(graph));
    for one in &remade {
        let own: Vec<Answer> = answers.by_ref().take(one.former.len() + 1).collect();
        let is_named = || one.is_named_before(graph, &words);
        match one.verdict(is_named, &own) {
            FoundState::AsKnown => {}
            FoundState::Unknown(why) => on_event(Event::NotCompared {
                object: &lost(&one.object, "").to_string(),
                why: &why,
            }),
            FoundState::Lost(objects) => return Err(one.refusal(graph, direction, objects)),
        }
    }
    Ok(())
}

/// An object that is there, perhaps, and that the run makes again.
struct Remade<'a> {
    object: Subject,
    pending: &'a Pending<'a>,
    line: u32,
    /// Whether it is dropped first; else it is replaced, and keeps what is said of it besides its text.
    is_dropped: bool,
    /// What it is by the files, in the words of those that should be right.
    former: Vec<Candidate>,
    /// What it becomes. Somebody may have run that by hand before it became a revision.
    own: Candidate,
}

enum FoundState {
    AsKnown,
    /// It cannot be told, and why.
    Unknown(String),
    Lost(Vec<LostObject>),
}

/// An object that the run has touched so far.
struct Touched<'a> {
    object: Subject,
    is_dropped: bool,
    /// Who made something of it, with the statement.
    by: Vec<(&'a RevisionId, String)>,
}

/// What the steps make again of what was there before them.
fn remade<'a>(
    graph: &'a Graph,
    direction: Direction,
    pending: &'a [Pending<'a>],
    default: &DefaultSchema,
) -> Result<Vec<Remade<'a>>, RunError> {
    let upgrades = LazyCell::new(|| Said::by_upgrades(graph));
    // By their names, which those that are the same one share.
    let mut touched: BTreeMap<String, Vec<Touched<'a>>> = BTreeMap::new();
    let mut found: Vec<Remade<'a>> = Vec::new();
    for one in pending {
        let id = &one.revision.id;
        let files = LazyCell::new(|| Files::of(graph, direction, one));
        for statement in one.statements_left() {
            for About {
                subject: object,
                verb,
                ..
            } in &about(statement)
            {
                let state = touch(&mut touched, object);
                match verb {
                    Verb::Drop => state.is_dropped = true,
                    Verb::Owner(_) | Verb::Alter => {
                        state.by.push((id, statement.text.clone()));
                    }
                    Verb::Create | Verb::Replace => {
                        let is_again = state.is_dropped || *verb == Verb::Replace;
                        if let Some(by) = stranger(graph, id, &state.by, statement) {
                            if is_again {
                                let objects = vec![lost(object, "what was changed of")];
                                return Err(refusal(
                                    one,
                                    statement.line,
                                    direction,
                                    objects,
                                    vec![by.clone()],
                                ));
                            }
                        } else if is_again && state.by.is_empty() {
                            found.push(Remade {
                                object: object.clone(),
                                pending: one,
                                line: statement.line,
                                is_dropped: state.is_dropped,
                                former: files.former(&upgrades, object, default),
                                own: files.own.candidate(object, default, |_| true),
                            });
                        }
                        state.is_dropped = false;
                        state.by.push((id, statement.text.clone()));
                    }
                }
            }
        }
    }
    Ok(found)
}

/// What the run has done with an object so far.
fn touch<'t, 'a>(
    touched: &'t mut BTreeMap<String, Vec<Touched<'a>>>,
    object: &Subject,
) -> &'t mut Touched<'a> {
    let named = touched.entry(object.name.name.clone()).or_default();
    let at = named.iter().position(|other| other.object.is(object));
    let at = at.unwrap_or_else(|| {
        named.push(Touched {
            object: object.clone(),
            is_dropped: false,
            by: Vec::new(),
        });
        named.len() - 1
    });
    &mut named[at]
}

/// A revision of the same run that has made something else of the object, and that this one does not
/// know.
fn stranger<'a>(
    graph: &Graph,
    id: &RevisionId,
    by: &[(&'a RevisionId, String)],
    statement: &Statement,
) -> Option<&'a RevisionId> {
    // Mostly nobody else has made anything of it.
    let ancestors = LazyCell::new(|| graph.ancestors(id));
    let mut others = by.iter().filter(|(other, text)| {
        *other != id
            && !ancestors.contains(other)
            && !graph.ancestors(other).contains(id)
            && !same(text, &statement.text, Dialect::Postgres)
    });
    others.next().map(|(other, _)| *other)
}

/// What a revision, and those that have been run before it, say about objects.
struct Files<'a> {
    /// What is left of it.
    own: Said<'a>,
    /// The way back of an upgrade.
    back: Said<'a>,
    /// Whose upgrades count.
    known: BTreeSet<&'a RevisionId>,
}

impl<'a> Files<'a> {
    fn of(graph: &'a Graph, direction: Direction, pending: &'a Pending<'a>) -> Self {
        let id = &pending.revision.id;
        let mut known = graph.ancestors(id);
        let mut back = Said::default();
        match direction {
            Direction::Upgrade => {
                let section = pending
                    .revision
                    .section(Direction::Downgrade, Dialect::Postgres);
                for statement in section.map(statements_of).unwrap_or_default() {
                    back.add(id, &statement);
                }
            }
            Direction::Downgrade => {
                known.insert(id);
            }
        }
        let mut own = Said::default();
        for statement in pending.statements_left() {
            own.add(id, statement);
        }
        Self { own, back, known }
    }

    /// What the object is before the revision is run: the way back of an upgrade makes just that again,
    /// and so do those on which it builds. Names of tables and columns are of today in the first, and
    /// perhaps of their own day in the latter.
    fn former(
        &self,
        upgrades: &Said<'_>,
        object: &Subject,
        default: &DefaultSchema,
    ) -> Vec<Candidate> {
        let back = self.back.candidate(object, default, |_| true);
        let before = upgrades.candidate(object, default, |id| self.known.contains(id));
        let found = [back, before].into_iter();
        found
            .filter(|candidate| !candidate.statements.is_empty())
            .collect()
    }
}

fn statements_of(section: &Section) -> Vec<Statement> {
    section.statements(Dialect::Postgres).collect()
}

/// The words of the upgrades.
fn words(graph: &Graph) -> BTreeMap<&RevisionId, BTreeSet<String>> {
    let sections = graph.iter().filter_map(|revision| {
        let section = revision.section(Direction::Upgrade, Dialect::Postgres);
        Some((&revision.id, section.ok()?))
    });
    sections
        .map(|(id, section)| (id, section.words(Dialect::Postgres)))
        .collect()
}

/// Whether an object is what a statement makes, in the server's own words.
pub(super) async fn is_as_made(
    connection: &mut Connection,
    options: &RunOptions,
    statement: &About,
) -> Result<bool, QueryError> {
    let candidate = Candidate {
        statements: vec![statement.of_stand_in()],
        owner: None,
    };
    let answers = ask(connection, options, &[(&statement.subject, &candidate)]).await?;
    Ok(answers.iter().any(|answer| {
        let differences = answer.differences(&candidate, false);
        differences.is_some_and(|found| found.is_empty())
    }))
}

async fn ask(
    connection: &mut Connection,
    options: &RunOptions,
    asked: &[(&Subject, &Candidate)],
) -> Result<Vec<Answer>, QueryError> {
    let settings = super::begin::settings(options);
    let mut answers = Vec::new();
    for asked in asked.chunks(AT_ONCE) {
        let sql = question::batch(&settings, asked);
        let outcome = connection.query_sets(&sql).await;
        if outcome.is_err() {
            // It is over already where the connection is what failed.
            let _ = connection.batch("ROLLBACK").await;
        }
        answers.extend(question::answers(&outcome?, asked.len()));
    }
    Ok(answers)
}

impl Remade<'_> {
    /// What is there, and whether a revision on which this one builds may have made it in a way that is not read here.
    fn verdict(&self, is_named_before: impl Fn() -> bool, answers: &[Answer]) -> FoundState {
        if !answers.iter().any(Answer::is_there) {
            return FoundState::AsKnown;
        }
        let candidates = self.former.iter().chain([&self.own]);
        let compared: Vec<Option<Vec<&str>>> = answers
            .iter()
            .zip(candidates)
            .map(|(answer, candidate)| answer.differences(candidate, self.is_dropped))
            .collect();
        let mut best = compared.iter().flatten().collect::<Vec<_>>();
        best.sort_by_key(|differences| differences.len());
        let former = &compared[..self.former.len()];
        match best.first() {
            Some(differences) if differences.is_empty() => FoundState::AsKnown,
            Some(differences) if former.iter().any(Option::is_some) => {
                let objects = differences.iter().map(|what| lost(&self.object, what));
                FoundState::Lost(objects.collect())
            }
            _ if self.former.is_empty() && !is_named_before() => {
                FoundState::Lost(vec![lost(&self.object, "")])
            }
            _ => {
                let mut reasons = answers.iter().filter_map(|answer| answer.failed.clone());
                let why = if self.former.is_empty() {
                    None
                } else {
                    reasons.next()
                };
                FoundState::Unknown(why.unwrap_or_else(|| "no revision says its text".to_owned()))
            }
        }
    }

    fn is_named_before(
        &self,
        graph: &Graph,
        words: &BTreeMap<&RevisionId, BTreeSet<String>>,
    ) -> bool {
        let ancestors = graph.ancestors(&self.pending.revision.id);
        let mut known = ancestors.iter().filter_map(|id| words.get(id));
        known.any(|words| words.contains(&self.object.name.name))
    }

    fn refusal(&self, graph: &Graph, direction: Direction, objects: Vec<LostObject>) -> RunError {
        let id = &self.pending.revision.id;
        let mut known = graph.ancestors(id);
        known.insert(id);
        let made_by = graph
            .iter()
            .filter(|other| !known.contains(&other.id))
            .filter(|other| {
                let section = other.section(Direction::Upgrade, Dialect::Postgres);
                let statements = section.map(statements_of).unwrap_or_default();
                statements
                    .iter()
                    .flat_map(about)
                    .any(|one| one.subject.is(&self.object))
            });
        let made_by = made_by.map(|other| other.id.clone()).collect();
        refusal(self.pending, self.line, direction, objects, made_by)
    }
}

fn lost(object: &Subject, what: &str) -> LostObject {
    let kind = format!("{what} {}", object.noun);
    LostObject {
        kind: kind.trim_start().to_owned(),
        name: match object.class {
            Class::Index => object.name.name.clone(),
            Class::Relation
            | Class::Routine
            | Class::Type
            | Class::Operator
            | Class::Trigger
            | Class::Policy
            | Class::Rule => object.name.to_string(),
        },
        table: object.table.as_ref().map(|table| table.name.clone()),
    }
}

fn refusal(
    pending: &Pending<'_>,
    line: u32,
    direction: Direction,
    objects: Vec<LostObject>,
    made_by: Vec<RevisionId>,
) -> RunError {
    RunErrorKind::WouldBeLost {
        file: pending.file.to_owned(),
        line,
        id: pending.revision.id.clone(),
        direction,
        objects,
        made_by,
    }
    .into()
}

fn failed(source: QueryError) -> RunError {
    RunErrorKind::Query {
        action: "compare what is made again with what is there",
        source,
    }
    .into()
}
