//! What two sides differ in, and the way between them.

use std::collections::BTreeMap;

use limbeck_core::diff::{acting_hints, after_renames, diff, inherit, keep_validated};
use limbeck_core::normalise::in_declared_words;
use limbeck_core::op::fold;
use limbeck_core::plan::{plan, plan_downgrade};
use limbeck_core::revision::section;
use limbeck_core::schema::{QualifiedName, Schema, Unmodelled};

use super::grounds::{Grounds, stand};
use super::load::Loaded;
use super::trial::refuse_unwritten;
use super::{Answers, SideError, Way};
use crate::ask::settle;
use crate::autogenerate::{Unmanaged, keep_extensions, leave_what_models_do_not_say};
use crate::proof::{changes, reordered};
use crate::state::{Bench, StateError, without};
use limbeck::folder::Folder;

pub(super) async fn compare(
    bench: &mut Bench,
    before: &mut Loaded,
    target: &mut Loaded,
    answers: &Answers,
) -> Result<Way, SideError> {
    let dialect = bench.dialect();
    if before.is_models() && !target.is_models() {
        let mut declared = inherit(&before.state.schema, &target.state.schema);
        leave_what_models_do_not_say(&mut declared, &target.state.schema, &target.prelude);
        keep_extensions(
            &mut declared,
            &target.state.schema,
            &target.prelude,
            dialect,
        );
        keep_unmanaged(&mut declared, &target.state.schema, &answers.unmanaged);
        before.state.schema = declared;
    }
    let from = &before.state.schema;
    let mut decisions = answers.decisions.clone();
    let sides = ([from], [&target.state.schema]);
    let given = answers.flags.read(&target.hints, &sides.0, &sides.1)?;
    decisions
        .renames
        .extend(acting_hints(&target.hints).cloned());
    decisions.extend(given);
    let renamed = after_renames(from, &target.state.schema, &decisions, dialect);
    let mut to = inherit(&target.state.schema, &renamed);
    without(&mut to, &before.prelude);
    if target.is_models() {
        leave_what_models_do_not_say(&mut to, &renamed, &before.prelude);
        keep_extensions(&mut to, &renamed, &before.prelude, dialect);
        keep_unmanaged(&mut to, &renamed, &answers.unmanaged);
    }
    answers.ignored.keep(&renamed, &mut to);
    let declared = to.clone();
    let grounds = Grounds::between(bench, before, target).await?;
    let from = &before.state.schema;
    let (from, mut to) = if changes(from, &to, dialect).is_empty() {
        (from.clone(), to)
    } else {
        settled(bench, before, &to, &grounds).await?
    };
    if target.is_models() {
        let renamed = after_renames(&from, &to, &decisions, dialect);
        keep_validated(&mut to, &renamed);
    }
    let operations = diff(&from, &to, &decisions, dialect).map_err(SideError::Undecided)?;
    let after = fold(&operations, from.clone(), dialect)?;
    let operations = if target.is_models() {
        in_declared_words(operations, &declared)
    } else {
        operations
    };
    let mut way = Way {
        upgrade: grounds.there(plan(&operations, &from, dialect)?),
        downgrade: grounds.back(plan_downgrade(&operations, &after, dialect)?),
        reordered: reordered(&after, &to),
        operations,
        untried: None,
    };
    refuse_unwritten(bench, before, target, &mut way, &answers.ignored).await?;
    Ok(way)
}

/// What models leave to others is with them as it is on the other side.
fn keep_unmanaged(declared: &mut Schema, other: &Schema, unmanaged: &Unmanaged) {
    fn keep<T: Clone>(
        declared: &mut BTreeMap<QualifiedName, T>,
        other: &BTreeMap<QualifiedName, T>,
        unmanaged: &Unmanaged,
    ) {
        for (name, object) in other.iter().filter(|(name, _)| unmanaged.contains(name)) {
            let declared = declared.entry(name.clone());
            declared.or_insert_with(|| object.clone());
        }
    }
    keep(&mut declared.tables, &other.tables, unmanaged);
    keep(&mut declared.enums, &other.enums, unmanaged);
    keep(&mut declared.sequences, &other.sequences, unmanaged);
}

/// Both schemas in the server's spelling, asked on a database in the first one's state.
async fn settled(
    bench: &mut Bench,
    before: &mut Loaded,
    to: &Schema,
    grounds: &Grounds,
) -> Result<(Schema, Schema), SideError> {
    let options = bench.inspect_options().clone();
    let from = &before.state.schema;
    if let Some(copy) = &mut before.copy {
        grounds.lay(bench, &mut copy.connection).await?;
        let settled = settle(&mut copy.connection, from, to, &options).await?;
        grounds.clear(bench, &mut copy.connection).await?;
        return Ok(settled);
    }
    let mut copy = bench.copy(&Folder::default(), &[]).await?;
    stand(before, &mut copy.connection).await;
    let made = plan(
        &changes(&Schema::default(), &with_foundations(from), bench.dialect()),
        &Schema::default(),
        bench.dialect(),
    );
    let outcome = match made {
        Ok(made) => {
            let what = "the first side".to_owned();
            bench
                .run(&mut copy.connection, &section(&made), &what, what.clone())
                .await
        }
        Err(error) => {
            bench.discard(copy).await?;
            return Err(error.into());
        }
    };
    let settled = match outcome {
        Ok(()) => match grounds.lay(bench, &mut copy.connection).await {
            Ok(()) => {
                let settled = settle(&mut copy.connection, from, to, &options).await;
                settled.map_err(SideError::from)
            }
            Err(error) => Err(error),
        },
        // It stands on something that its schema does not tell, such as a function. Compared as
        // spelled, what is only spelled otherwise is shown as a difference, and nothing is hidden.
        Err(StateError::Replay { source, .. }) => {
            tracing::warn!(reason = %source, "the sides are compared as they are spelled");
            Ok((from.clone(), to.clone()))
        }
        Err(error) => Err(error.into()),
    };
    bench.discard(copy).await?;
    settled
}

/// A schema as far as its tables need it, to be made on a server that has other roles.
fn with_foundations(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    let objects = schema.unmodelled.into_iter();
    schema.unmodelled = objects
        .filter(|object| object.definition.is_some() && !object.stands_on_tables())
        .map(|object| Unmodelled {
            privileges: Vec::new(),
            ..object
        })
        .collect();
    schema
}
