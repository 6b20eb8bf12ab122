//! Objects that a revision creates again on PostgreSQL, and that are no longer what the revisions made of them: the
//! change, made by hand or by another branch, would be lost.
//!
//! No scratch database is needed. The server itself creates a stand-in from the former text, in its temporary schema, and
//! prints both, so that both are in the spelling of one version.

mod question;

use std::cell::LazyCell;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, RevisionId, Section};
use limbeck_core::schema::DefaultSchema;
use limbeck_core::sql::effect::{About, Class, Subject, Verb, about, about_all};
use limbeck_core::sql::{Statement, same};

use crate::connection::{Connection, QueryError};
use crate::run::prepare::Pending;
use crate::run::{Event, LostObject, OnEvent, RunError, RunOptions};
use question::{Answer, Candidate};

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
    for one in &remade {
        let own: Vec<Answer> = answers.by_ref().take(one.former.len() + 1).collect();
        match one.verdict(graph, &own) {
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
    graph: &Graph,
    direction: Direction,
    pending: &'a [Pending<'a>],
    default: &DefaultSchema,
) -> Result<Vec<Remade<'a>>, RunError> {
    let mut touched: Vec<Touched<'a>> = Vec::new();
    let mut found: Vec<Remade<'a>> = Vec::new();
    for one in pending {
        let id = &one.revision.id;
        for statement in one.statements_left() {
            for About {
                subject: object,
                verb,
                ..
            } in &about(statement)
            {
                let at = touched.iter().position(|other| other.object.is(object));
                let at = at.unwrap_or_else(|| {
                    touched.push(Touched {
                        object: object.clone(),
                        is_dropped: false,
                        by: Vec::new(),
                    });
                    touched.len() - 1
                });
                let state = &mut touched[at];
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
                                former: former(graph, direction, one, object, default),
                                own: candidate(&left(one), object, default),
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

/// What the object is before the revision is run: the way back of an upgrade makes just that again,
/// and so do those on which it builds. Names of tables and columns are of today in the first, and
/// perhaps of their own day in the latter.
fn former(
    graph: &Graph,
    direction: Direction,
    pending: &Pending<'_>,
    object: &Subject,
    default: &DefaultSchema,
) -> Vec<Candidate> {
    let id = &pending.revision.id;
    let mut ancestors = graph.ancestors(id);
    let mut statements = Vec::new();
    if direction == Direction::Downgrade {
        ancestors.insert(id);
    }
    for revision in graph.iter().filter(|other| ancestors.contains(&other.id)) {
        if let Ok(section) = revision.section(Direction::Upgrade, Dialect::Postgres) {
            statements.extend(statements_of(section));
        }
    }
    let back = match direction {
        Direction::Upgrade => pending
            .revision
            .section(Direction::Downgrade, Dialect::Postgres)
            .map(statements_of)
            .unwrap_or_default(),
        Direction::Downgrade => Vec::new(),
    };
    let found = [back, statements].into_iter();
    found
        .map(|statements| candidate(&statements, object, default))
        .filter(|candidate| !candidate.statements.is_empty())
        .collect()
}

fn statements_of(section: &Section) -> Vec<Statement> {
    section.statements(Dialect::Postgres).collect()
}

fn left(pending: &Pending<'_>) -> Vec<Statement> {
    pending.statements_left().cloned().collect()
}

/// The statements that make the object last, and what is said of it from there on.
fn candidate(statements: &[Statement], object: &Subject, default: &DefaultSchema) -> Candidate {
    let mut found = Candidate::default();
    let schema = default.of(&object.name, Dialect::Postgres);
    for statement in statements {
        let of_all = about_all(statement, object, schema);
        for one in about(statement).into_iter().chain(of_all) {
            if !one.subject.is(object) {
                continue;
            }
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
    }
    found
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
    let settings =
        super::step::timeouts("SET LOCAL", options) + &options.local_settings(Dialect::Postgres);
    let sql = question::batch(&settings, asked);
    let outcome = connection.query_sets(&sql).await;
    if outcome.is_err() {
        // It is over already where the connection is what failed.
        let _ = connection.batch("ROLLBACK").await;
    }
    Ok(question::answers(&outcome?, asked.len()))
}

impl Remade<'_> {
    fn verdict(&self, graph: &Graph, answers: &[Answer]) -> FoundState {
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
            _ if self.former.is_empty() && !self.is_named_before(graph) => {
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

    /// Whether a revision on which this one builds may have made it in a way that is not read here.
    fn is_named_before(&self, graph: &Graph) -> bool {
        let ancestors = graph.ancestors(&self.pending.revision.id);
        let known = graph.iter().filter(|other| ancestors.contains(&other.id));
        let mut sections = known.filter_map(|other| {
            let section = other.section(Direction::Upgrade, Dialect::Postgres);
            section.ok()
        });
        sections.any(|section| {
            section
                .words(Dialect::Postgres)
                .contains(&self.object.name.name)
        })
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
    RunError::WouldBeLost {
        file: pending.file.to_owned(),
        line,
        id: pending.revision.id.clone(),
        direction,
        objects,
        made_by,
        done: Vec::new(),
    }
}

fn failed(source: QueryError) -> RunError {
    RunError::Query {
        action: "compare what is made again with what is there",
        done: Vec::new(),
        source,
    }
}
