//! What errors of the libraries are to somebody who runs the command.

use std::error::Error;

use limbeck::connection::{ConnectError, QueryError};
use limbeck::folder::FolderError;
use limbeck::history::{Half, HistoryError};
use limbeck::old_history::OldHistoryError;
use limbeck::run::{KeptError, RunError};
use limbeck::url::UrlError;
use limbeck_core::compare::Incomparable;
use limbeck_core::dialect::postgres::version::Need;
use limbeck_core::plan::PlanError;
use limbeck_core::revision::{Direction, Gap, GraphError, Located, RevisionId, SectionError};
use limbeck_core::schema::{Models, Object, SqlObjectKind};
use limbeck_core::sql::SqlError;
use limbeck_engine::ask::AskError;
use limbeck_engine::autogenerate::GenerateError;
use limbeck_engine::baseline::BaselineError;
use limbeck_engine::compare::CompareError;
use limbeck_engine::drift::DriftError;
use limbeck_engine::inspect::InspectError;
use limbeck_engine::proof::ProofError;
use limbeck_engine::sides::SideError;
use limbeck_engine::standing::StandingError;
use limbeck_engine::state::{Missing, StateError};
use limbeck_models::ScanError;

use crate::answers;
use crate::command_error::{CommandError, Kind};
use crate::hint;
use crate::nearest::nearest;
use crate::workspace::Workspace;

/// The error with its causes, and with what a database reports besides its message.
fn of(kind: Kind, error: &(dyn Error + 'static)) -> CommandError {
    let mut own = CommandError::of(kind, error);
    let mut source = Some(error);
    while let Some(error) = source {
        let query = error.downcast_ref::<QueryError>();
        own = own.hint_if(query.and_then(hint::query));
        if let Some(reported) = query.and_then(QueryError::database) {
            own.causes.extend(reported.detail.clone());
            own.causes.extend(reported.context.clone());
            own = own.hint_if(reported.hint.clone());
        }
        source = error.source();
    }
    own
}

pub(crate) fn url(error: &UrlError, place: &str) -> CommandError {
    of(Kind::Config, error)
        .cause(format!("it comes from {place}"))
        .hint(hint::url(error))
}

pub(crate) fn connect(error: &ConnectError) -> CommandError {
    of(Kind::Database, error).hint(hint::connect(error))
}

pub(crate) fn history(error: &HistoryError) -> CommandError {
    of(Kind::Database, error).hint_if(hint::history(error))
}

pub(crate) fn inspect(error: &InspectError) -> CommandError {
    of(Kind::Database, error)
}

pub(crate) fn folder(error: &FolderError) -> CommandError {
    match error {
        FolderError::Graph(error) => graph(error),
        FolderError::Read { .. }
        | FolderError::Write { .. }
        | FolderError::Exists { .. }
        | FolderError::Files { .. }
        | FolderError::SeveralPreludes { .. } => {
            of(Kind::Config, error).hint_if(hint::folder(error))
        }
    }
}

pub(crate) fn graph(error: &GraphError) -> CommandError {
    let history = "limbeck history lists the revisions";
    let hint = match error {
        GraphError::UnknownRevision { text, .. } => {
            match nearest(text, ["head", "heads", "base", "current"]) {
                Some(word) => format!("did you mean `{word}`? {history}"),
                None => history.to_owned(),
            }
        }
        GraphError::UnknownLabel { .. }
        | GraphError::NotOnBranch { .. }
        | GraphError::NotBefore { .. } => history.to_owned(),
        GraphError::MultipleHeads { .. } => {
            "name one of them, or `heads` for all; to join them: limbeck merge heads".to_owned()
        }
        GraphError::UnknownParent { child, parent, .. } => missing(child, parent),
        GraphError::UnknownDependency {
            child, dependency, ..
        } => missing(child, dependency),
        GraphError::DuplicateId { second, .. } => format!(
            "give {} an id of its own, in its header and in its name",
            second.file
        ),
        GraphError::UnknownCurrent { .. } => {
            "restore its file, or tell the database where it is: limbeck stamp REVISION --purge"
                .to_owned()
        }
        GraphError::NotApplied { .. }
        | GraphError::TooFar { .. }
        | GraphError::NothingOnBranch { .. } => {
            "limbeck current shows where the database is, and limbeck history all revisions"
                .to_owned()
        }
        GraphError::Cycle { steps } => {
            let places: Vec<String> = steps.iter().map(|step| step.revision.place()).collect();
            format!(
                "name another revision in one of these lines: {}",
                places.join(", ")
            )
        }
        GraphError::Branched { text, .. } => {
            let steps = text.trim_start_matches(|sign| sign != '+' && sign != '-');
            format!(
                "name the revision itself instead of a number of steps, or a branch before it: LABEL@{steps}"
            )
        }
        GraphError::Ambiguous { .. } => "write more of its letters".to_owned(),
        GraphError::LabelIsId { labelled, .. } => {
            format!("give it another label: {}", labelled.place())
        }
        GraphError::DuplicateLabel { second, .. } => {
            format!("give one of them another label: {}", second.place())
        }
    };
    let kind = match error {
        GraphError::DuplicateId { .. }
        | GraphError::DuplicateLabel { .. }
        | GraphError::LabelIsId { .. }
        | GraphError::UnknownParent { .. }
        | GraphError::UnknownDependency { .. }
        | GraphError::Cycle { .. } => Kind::Config,
        GraphError::UnknownRevision { .. }
        | GraphError::UnknownLabel { .. }
        | GraphError::UnknownCurrent { .. }
        | GraphError::MultipleHeads { .. }
        | GraphError::Branched { .. }
        | GraphError::Ambiguous { .. }
        | GraphError::NotApplied { .. }
        | GraphError::NotOnBranch { .. }
        | GraphError::NothingOnBranch { .. }
        | GraphError::NotBefore { .. }
        | GraphError::TooFar { .. } => Kind::Usage,
    };
    of(kind, error).hint(hint)
}

/// How a revision that another one needs comes back.
fn missing(child: &Located, id: &RevisionId) -> String {
    format!(
        "restore its file, `git log --all -- '*{id}*'` tells where it was; or name another revision in {}",
        child.place()
    )
}

/// What a revision lacks for a database, and how it comes to it in this project.
pub(crate) fn section(workspace: &Workspace, error: &SectionError) -> CommandError {
    match error {
        SectionError::Pending { dialect, .. } | SectionError::Missing { dialect, .. }
            if !workspace.is_for(*dialect) => {}
        SectionError::Pending { .. }
        | SectionError::Missing { .. }
        | SectionError::Unwritten { .. } => return lacking(error),
    }
    of(Kind::Config, error).hint(format!(
        "if the project is for both: dialects = [\"postgres\", \"sqlite\"] in limbeck.toml, then: {COMPLETE}"
    ))
}

/// What a revision lacks, and how it comes to it.
fn lacking(error: &SectionError) -> CommandError {
    let hint = match error {
        SectionError::Pending { .. } | SectionError::Missing { .. } => COMPLETE,
        SectionError::Unwritten {
            direction: Direction::Upgrade,
            ..
        } => "write its SQL there, or `-- nothing` if there is nothing to do",
        SectionError::Unwritten {
            direction: Direction::Downgrade,
            ..
        } => {
            "write the SQL there that undoes the upgrade, or `-- nothing`, or change the marker to \
             `-- downgrade: irreversible, <reason>`"
        }
    };
    of(Kind::Config, error).hint(hint)
}

/// Writes what any revision lacks.
const COMPLETE: &str = "limbeck revision --complete --all";

/// An error of the scan with its place, as seen from here.
fn placed(workspace: &Workspace, error: &ScanError) -> String {
    let file = workspace.models_base().join(&error.file);
    format!(
        "{}:{}:{}: {}",
        file.display(),
        error.line,
        error.column,
        error.message
    )
}

/// What a scan has left out, each with what to type.
pub(crate) fn scan_warnings(workspace: &Workspace, warnings: &[ScanError]) -> Vec<String> {
    let told = |warning: &ScanError| match &warning.hint {
        Some(hint) => format!("{}: {hint}", placed(workspace, warning)),
        None => placed(workspace, warning),
    };
    warnings.iter().map(told).collect()
}

pub(crate) fn scan(workspace: &Workspace, errors: &[ScanError]) -> CommandError {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| placed(workspace, error))
        .collect();
    let mut own = CommandError::config(lines.join("\n"));
    for error in errors {
        own = own.hint_if(error.hint.clone());
    }
    own
}

/// The line that brings a half applied revision to its end.
pub(crate) fn finish(half: &Half) -> String {
    match half.direction {
        Direction::Upgrade => format!("limbeck upgrade {}", half.id),
        Direction::Downgrade => format!("limbeck downgrade {}-1", half.id),
    }
}

pub(crate) fn kept(error: &KeptError) -> CommandError {
    match error {
        KeptError::History(error) => history(error),
        KeptError::Graph(error) => graph(error),
        KeptError::Missing { id, .. } | KeptError::Unreadable { id, .. } => {
            of(Kind::Config, error).hint(format!("pull the branch that has `{id}`"))
        }
    }
}

/// What has been run without what it needs, where a command only tells of it.
pub(crate) fn gap(gap: &Gap) -> CommandError {
    CommandError::new(Kind::Differs, gap.to_string()).hint(hint::gap(gap))
}

pub(crate) fn run(error: &RunError) -> CommandError {
    let kind = match error {
        RunError::Graph(error) => return graph(error),
        RunError::Section(error) => return lacking(error),
        RunError::OldHistory(OldHistoryError::Uncovered { .. })
        | RunError::UnknownApplied { .. }
        | RunError::RevisionChanged { .. }
        | RunError::Gap { .. }
        | RunError::HalfApplied(_)
        | RunError::InDoubt { .. }
        | RunError::FrozenStatements { .. }
        | RunError::FrozenStep { .. }
        | RunError::FewerSteps { .. }
        | RunError::Irreversible { .. }
        | RunError::NoHook { .. }
        | RunError::WouldLose { .. }
        | RunError::WouldBeLost { .. }
        | RunError::Pooled { .. }
        | RunError::Sql { .. }
        | RunError::Misplaced { .. }
        | RunError::ForeignKeysOff { .. } => Kind::Config,
        RunError::Stopped { .. } => Kind::Interrupted,
        RunError::History(_)
        | RunError::OldHistory(_)
        | RunError::TooOld { .. }
        | RunError::Unsupported { .. }
        | RunError::ForeignKeysStillOn { .. }
        | RunError::Locked { .. }
        | RunError::Busy { .. }
        | RunError::Building { .. }
        | RunError::InUse { .. }
        | RunError::LockLost { .. }
        | RunError::Hook { .. }
        | RunError::HookEnded { .. }
        | RunError::Crossed { .. }
        | RunError::NotRecorded { .. }
        | RunError::Statement(_)
        | RunError::Record { .. }
        | RunError::Query { .. } => Kind::Database,
    };
    of(kind, error).hint_if(hint::run(error))
}

pub(crate) fn state(error: &StateError) -> CommandError {
    let kind = match error {
        StateError::Graph(error) => return graph(error),
        StateError::Section(error) => return lacking(error),
        StateError::Beyond(_) => Kind::Config,
        StateError::Replay { source, .. } => {
            // The file and the line say more than that it was a replay.
            let own = run(source);
            let mut outer = CommandError::new(own.kind, error.to_string());
            outer.causes.push(own.message);
            outer.causes.extend(own.causes);
            return outer.hint_if(hint::state(error));
        }
        StateError::Scratch(_) => Kind::Scratch,
        StateError::Connect(_) | StateError::Inspect(_) => Kind::Database,
    };
    of(kind, error).hint_if(hint::state(error))
}

pub(crate) fn proof(error: &ProofError) -> CommandError {
    match error {
        ProofError::State(error) => state(error),
        ProofError::Ask(error) => ask(error),
        ProofError::Inspect(error) => inspect(error),
        ProofError::Parents { source, .. } => {
            let inner = state(source);
            let mut own = CommandError::new(inner.kind, error.to_string()).cause(inner.message);
            own.causes.extend(inner.causes);
            inner.hints.iter().fold(own, CommandError::hint)
        }
        ProofError::RowsRefused { source, .. } => {
            let inner = state(source);
            let mut own = CommandError::new(Kind::Differs, error.to_string());
            own.causes.extend(inner.causes);
            own.hint("the rows are made up, and satisfy the tables before and after; if the failure is meant, say so above the statement: -- hazard: may_fail: TABLE: WHY")
        }
        ProofError::RowsChanged { objects, .. } | ProofError::ValuesLost { objects, .. } => {
            let mut own = of(Kind::Differs, error);
            own.causes.extend(error.details());
            let lines: Vec<String> = objects
                .iter()
                .map(|object| format!("-- loses: {object}"))
                .collect();
            own.hint(format!(
                "if that is meant, say so above the statement: {}",
                lines.join(", ")
            ))
        }
        ProofError::NothingOfThatName { .. } => of(Kind::Differs, error)
            .hint("name a table or `table.column` as it is called before or after the section"),
        ProofError::StrayFixture { .. } => of(Kind::Config, error)
            .hint("give the file the id of a revision, or `all.sql` for every one"),
        ProofError::NextRowRefused { .. } => of(Kind::Differs, error)
            .hint("set the sequence behind the rows that are there: SELECT setval(…)"),
        ProofError::DefaultRefused { .. } => {
            of(Kind::Differs, error).hint("give the column a default that its type takes, or none")
        }
        ProofError::NotTheModels { .. }
        | ProofError::NotRestored { .. }
        | ProofError::NotRepeatable { .. } => {
            let mut own = of(Kind::Differs, error);
            own.causes.extend(error.details());
            own
        }
    }
}

fn ask(error: &AskError) -> CommandError {
    let kind = match error {
        AskError::Plan(_) => Kind::Config,
        AskError::Refused { .. } | AskError::Query(_) | AskError::Inspect(_) => Kind::Database,
    };
    let own = of(kind, error);
    match error {
        AskError::Refused {
            object: Object::SqlObject(object),
            ..
        } if object.kind == SqlObjectKind::Extension => own.hint(format!(
            "install the package that has `{}` where scratch databases run, or set `scratch_url` in \
             limbeck.toml to a server with it",
            object.name
        )),
        _ => own,
    }
}

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
                StateError::Replay { source, .. } => match source.as_ref() {
                    RunError::Sql {
                        source: SqlError::CopyFromStdin { .. },
                        ..
                    } => own.hint("rows are not compared: pg_dump --schema-only leaves them out"),
                    source => own.hint_if(hint::rights(source)),
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

pub(crate) fn drift(error: &DriftError) -> CommandError {
    match error {
        DriftError::State(error) => state(error),
        DriftError::Ask(error) => ask(error),
        DriftError::Inspect(_) => of(Kind::Database, error),
    }
}

pub(crate) fn baseline(error: &BaselineError) -> CommandError {
    let own = match error {
        BaselineError::Inspect(_) => return of(Kind::Database, error),
        BaselineError::State(error) => return state(error),
        BaselineError::Plan(_) => of(Kind::Config, error),
        BaselineError::Proof(ProofError::State(error)) => state(error),
        BaselineError::Proof(ProofError::NotTheModels { dialect, .. }) => {
            let text = format!("the baseline does not make what the {dialect} database holds");
            CommandError::new(Kind::Differs, text)
        }
        BaselineError::Proof(error) => proof(error),
    };
    let details = match error {
        BaselineError::Proof(error @ ProofError::NotTheModels { .. }) => error.details(),
        _ => Vec::new(),
    };
    let own = details.into_iter().fold(own, CommandError::cause);
    own.hint("nothing is written; what others own goes into `scratch.sql` beside the revisions, or under `[unmanaged]`")
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
