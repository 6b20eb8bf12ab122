//! What two sides differ in, and the way between them.

use limbeck_core::compare::{Difference, Said, changes, comparable};
use limbeck_core::plan::{plan, plan_downgrade};
use limbeck_core::revision::section;
use limbeck_core::schema::{Schema, SqlObject};

use super::grounds::{Grounds, stand};
use super::load::Loaded;
use super::trial::refuse_unwritten;
use super::{Answers, SideError, Way};
use crate::ask::settle;
use crate::state::{Bench, StateError};
use limbeck::folder::Folder;

pub(super) async fn compare(
    bench: &mut Bench,
    before: &mut Loaded,
    target: &mut Loaded,
    answers: &Answers,
) -> Result<Way, SideError> {
    let dialect = bench.dialect();
    let schemas = ([&before.state.schema], [&target.state.schema]);
    let given = answers.flags.read(&target.hints, &schemas.0, &schemas.1)?;
    let mut decisions = answers.decisions.clone();
    decisions.extend(given);
    let said = Said {
        decisions: &decisions,
        unmanaged: &answers.unmanaged,
        ignored: &answers.ignored,
    };
    let sides = comparable(before.side(), target.side(), said, dialect)?;
    let grounds = Grounds::between(bench, before, target).await?;
    let (from, to) = if changes(&sides.from, &sides.to, dialect).is_empty() {
        (sides.from.clone(), sides.to.clone())
    } else {
        settled(bench, before, &sides.from, &sides.to, &grounds).await?
    };
    let Difference {
        operations,
        from,
        after,
        reordered,
        spent: _,
    } = sides.difference(from, to)?;
    let mut way = Way {
        upgrade: grounds.there(plan(&operations, &from, dialect)?),
        downgrade: grounds.back(plan_downgrade(&operations, &after, dialect)?),
        reordered,
        operations,
        untried: None,
    };
    refuse_unwritten(bench, before, target, &mut way, &answers.ignored).await?;
    Ok(way)
}

/// Both schemas in the server's spelling, asked on a database in the first one's state.
async fn settled(
    bench: &mut Bench,
    before: &mut Loaded,
    from: &Schema,
    to: &Schema,
    grounds: &Grounds,
) -> Result<(Schema, Schema), SideError> {
    let options = bench.inspect_options().clone();
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
                .run(
                    &mut copy.connection,
                    &section(&made, bench.dialect()),
                    &what,
                    what.clone(),
                )
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
    let objects = schema.sql_objects.into_iter();
    schema.sql_objects = objects
        .filter(|object| object.definition.is_some() && !object.stands_on_tables())
        .map(|object| SqlObject {
            privileges: Vec::new(),
            ..object
        })
        .collect();
    schema
}
