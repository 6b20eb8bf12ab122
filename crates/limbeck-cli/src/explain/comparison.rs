//! What errors of a comparison are to somebody who runs the command.

use limbeck::run::RunErrorKind;
use limbeck_core::compare::Incomparable;
use limbeck_core::dialect::postgres::version::Need;
use limbeck_core::plan::PlanError;
use limbeck_core::schema::{Models, Object};
use limbeck_core::sql::SqlError;
use limbeck_engine::ask::AskError;
use limbeck_engine::autogenerate::GenerateError;
use limbeck_engine::compare::CompareError;
use limbeck_engine::proof::ProofError;
use limbeck_engine::sides::SideError;
use limbeck_engine::standing::StandingError;
use limbeck_engine::state::{Missing, StateError};

use super::{ask, connect, inspect, of, proof, state};
use crate::answers;
use crate::command_error::{CommandError, Kind};
use crate::hint;

pub(crate) fn side(error: &SideError) -> CommandError {
    match error {
        SideError::State(error) => state(error),
        SideError::File { source, .. } => {
            let own = refused(error, source);
            match source {
                StateError::Replay {
                    missing: Some(missing),
                    ..
                } => {
                    let roles = match missing {
                        Missing::Role(_) => {
                            " or leave roles out: pg_dump --no-owner --no-privileges"
                        }
                        Missing::Type(_)
                        | Missing::Schema(_)
                        | Missing::Table(_)
                        | Missing::Later(_)
                        | Missing::Function => "",
                    };
                    let statement = hint::supply(missing);
                    own.hint(format!("put it into the file: {statement}{roles}"))
                }
                StateError::Replay { source, .. } => match source.kind() {
                    RunErrorKind::Sql {
                        source: SqlError::CopyFromStdin { .. },
                        ..
                    } => own.hint("rows are not compared: pg_dump --schema-only leaves them out"),
                    _ => own.hint_if(hint::rights(source)),
                },
                _ => own,
            }
        }
        SideError::Way { source, .. } => {
            refused(error, source).hint("write a revision by hand for it; limbeck verify proves it")
        }
        SideError::Compare(error) => {
            let mut own = compare(error, None);
            if let CompareError::Ask(AskError::Refused { source, .. }) = error
                && source.database().is_some()
            {
                own.kind = Kind::Config;
            }
            own
        }
        SideError::Connect(error) => connect(error),
        SideError::Inspect(error) => inspect(error),
        SideError::Plan(_) => of(Kind::Config, error),
        SideError::Flag(error) => answers::flag(error),
        SideError::Unwritten {
            differences,
            aspects,
        } => {
            let mut own = of(Kind::Config, error);
            own.causes.extend(differences.iter().cloned());
            let words: Vec<&str> = aspects.iter().map(|aspect| aspect.as_str()).collect();
            let ignore = (!words.is_empty()).then(|| {
                format!(
                    "leave them out of the comparison: --ignore {}",
                    words.join(",")
                )
            });
            own.hint("write a revision by hand for these; limbeck verify proves it")
                .hint_if(ignore)
        }
    }
}

/// What a scratch database does not take of what two sides say is no failure of the database.
fn refused(error: &SideError, source: &StateError) -> CommandError {
    let mut own = CommandError::config(error.to_string());
    own.causes.extend(state(source).causes);
    own
}

/// Names each object with what it needs, and the ways out.
fn too_old(mut own: CommandError, needs: &[Need], at: impl Fn(&Object) -> String) -> CommandError {
    for need in needs {
        own.causes.push(format!("{}{need}", at(&need.object)));
        own = own.hint_if(need.feature.instead());
    }
    own.hint("set `scratch_url` in limbeck.toml to a newer server, or install one on this machine")
}

/// A comparison of models; `at` names the place of an object in them. Questions that are open are answered
/// elsewhere, see `answers`.
pub(crate) fn compare(error: &CompareError, models: Option<&Models>) -> CommandError {
    let at = |object: &Object| place(models, object);
    match error {
        CompareError::State(error) => state(error),
        CompareError::Lower { errors, .. } => {
            let mut own = of(Kind::Config, error);
            let causes = errors
                .iter()
                .map(|error| format!("{}{error}", at(&error.object)));
            own.causes.extend(causes);
            own
        }
        CompareError::TooOld { needs, .. } => too_old(of(Kind::Database, error), needs, at),
        CompareError::Incomparable(error) => incomparable(error, models),
        CompareError::Ask(error @ AskError::Refused { object, .. }) => {
            let mut own = ask(error);
            own.message = format!("{}{}", at(object), own.message);
            own
        }
        CompareError::Ask(error) => ask(error),
        CompareError::Undecided(_) => of(Kind::Config, error),
    }
}

/// An object that models declare with the default schema and without it.
pub(crate) fn declared_twice(object: &Object, models: &Models) -> CommandError {
    let place = place(Some(models), object);
    CommandError::config(format!(
        "{place}`{object}` is declared once with its schema and once without"
    ))
    .hint("a name without a schema is in the first one of the search path: leave one of them out")
}

fn incomparable(error: &Incomparable, models: Option<&Models>) -> CommandError {
    let of_member = |member: &str| {
        let mut origins = models.into_iter().flat_map(|models| models.origins.keys());
        let object = origins.find(|object| object.to_string() == *member);
        object.map_or(String::new(), |object| place(models, object))
    };
    match error {
        Incomparable::MissingTable { constraint, table } => {
            CommandError::config(format!("{}{error}", of_member(constraint))).hint(format!(
                "derive `Table` for it, or, if others own it, create `{table}` in `scratch.sql` beside the revisions"
            ))
        }
        Incomparable::MissingColumn {
            constraint, table, ..
        } => CommandError::config(format!("{}{error}", of_member(constraint)))
            .hint(format!("name a column of `{table}`: references = \"{table}.id\"")),
        Incomparable::Partitioned { table } => {
            let place = place(models, &Object::Table(table.clone()));
            CommandError::config(format!("{place}{error}"))
                .hint(format!(
                    "leave `derive(Table)` out, and reference it by name: references = \"{table}(…)\""
                ))
                .hint(format!(
                    "or leave it to others in limbeck.toml: [unmanaged] tables = [\"{table}\"]"
                ))
        }
        Incomparable::LeftToOthers { object, pattern } => CommandError::config(format!(
            "{}`{object}` has a model, and limbeck.toml leaves it to others: [unmanaged] tables = [\"{pattern}\"]",
            place(models, object)
        ))
        .hint("take out the model, or the pattern that fits its name"),
        Incomparable::UnknownType { table, column } => {
            let object = Object::Column(table.clone(), column.clone());
            CommandError::config(format!("{}{error}", place(models, &object)))
                .hint("say its type (`column_type`, `postgres_type`), or add it to `[types]` in limbeck.toml")
        }
        Incomparable::Undecided(_) | Incomparable::Mismatch(_) => of(Kind::Bug, error),
    }
}

pub(crate) fn standing(error: &StandingError, models: Option<&Models>) -> CommandError {
    match error {
        StandingError::Compare(error) => compare(error, models),
        StandingError::State(error) | StandingError::Models(error) => state(error),
        StandingError::Connect(error) => connect(error),
        StandingError::Inspect(error) => inspect(error),
        StandingError::Plan(_) => of(Kind::Config, error),
        StandingError::File { .. } | StandingError::Write { .. } => of(Kind::Scratch, error),
    }
}

pub(crate) fn generate(error: &GenerateError, models: &Models) -> CommandError {
    match error {
        GenerateError::Proof(ProofError::State(error @ StateError::Replay { .. })) => {
            state(error).hint("no file is written: the database refuses what the models declare")
        }
        GenerateError::Proof(error) => proof(error).hint(
            "no file is written; limbeck revision without --autogenerate writes an empty one to fill by hand",
        ),
        GenerateError::Plan(PlanError::Refused { object, .. }) => {
            CommandError::config(format!("{}{error}", place(Some(models), object)))
        }
        GenerateError::Plan(_) => of(Kind::Bug, error),
    }
}

/// Where the models declare an object, in front of what is said of it.
fn place(models: Option<&Models>, object: &Object) -> String {
    let origin = models.and_then(|models| models.origin(object));
    origin.map_or(String::new(), |origin| format!("{origin}: "))
}
