//! The laws that hold for every pair of schemas, without any database.

use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::postgres::version::{Feature, OLDEST, ServerVersion, needs, too_new_in};
use limbeck_core::diff::{Decisions, WhenUndecided, diff, without_order};
use limbeck_core::normalise::{Answers, normalise};
use limbeck_core::op::{HazardCode, Operation, fold, inverses};
use limbeck_core::plan::{Plan, PlanError, PlannedStatement, plan, plan_downgrade};
use limbeck_core::revision;
use limbeck_core::schema::{Object, QualifiedName, RenamedFrom, Schema, SqlObject, SqlObjectKind};
use limbeck_core::sql::split;
use proptest::prelude::*;

use crate::common::schemas;

fn changes(before: &Schema, target: &Schema, dialect: Dialect) -> Vec<Operation> {
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        renames: renamed_values(before, target),
        ..Decisions::default()
    };
    diff(before, target, &decisions, dialect).expect("all is decided")
}

/// The first value that an enum type loses goes on as the first that it gains.
fn renamed_values(before: &Schema, target: &Schema) -> Vec<RenamedFrom> {
    let pairs = before.enums.values().filter_map(|from| {
        let to = target.enums.get(&from.name)?;
        let lost = from.values.iter().find(|one| !to.values.contains(one))?;
        let gained = to.values.iter().find(|one| !from.values.contains(one))?;
        Some(RenamedFrom::EnumValue {
            enum_type: from.name.clone(),
            from: lost.clone(),
            to: gained.clone(),
        })
    });
    pairs.collect()
}

fn laws(a: &Schema, b: &Schema, dialect: Dialect) -> Result<(), TestCaseError> {
    prop_assert_eq!(changes(a, a, dialect), Vec::new());
    let operations = changes(a, b, dialect);
    let after = fold(&operations, a.clone(), dialect).expect("operations fit");
    prop_assert_eq!(without_order(&after, dialect), without_order(b, dialect));
    let back = fold(&inverses(&operations), after.clone(), dialect).expect("inverses fit");
    prop_assert_eq!(without_order(&back, dialect), without_order(a, dialect));
    for operation in &operations {
        prop_assert_eq!(&operation.inverse().inverse(), operation);
        prop_assert!(!operation.describe().is_empty());
    }
    let upgrade = plan(&operations, a, dialect).expect("is planned");
    let downgrade = plan_downgrade(&operations, &after, dialect).expect("is planned");
    prop_assert_eq!(upgrade.is_empty(), operations.is_empty());
    prop_assert_eq!(
        &upgrade,
        &plan(&operations, a, dialect).expect("is planned")
    );
    let known: Vec<Feature> = [a, b]
        .into_iter()
        .flat_map(needs)
        .map(|need| need.feature)
        .collect();
    for feature in newer_than_oldest(&[&upgrade, &downgrade], dialect) {
        prop_assert!(known.contains(&feature), "{} is spelled", feature);
    }
    hazards_are_said_once(&upgrade, &operations, a, dialect)?;
    hazards_are_said_once(&downgrade, &inverses(&operations), &after, dialect)?;
    let file = revision::render(&revision_of(&upgrade, &downgrade, dialect));
    let read = revision::parse(&file, "a.sql").expect("is read");
    prop_assert_eq!(read, revision_of(&upgrade, &downgrade, dialect));
    let json = serde_json::to_string(a).expect("is written");
    prop_assert_eq!(&serde_json::from_str::<Schema>(&json).expect("is read"), a);
    Ok(())
}

/// Every hazard of an operation stands in its plan, once, over the statements that make it. Left out
/// are failures of keys and checks that the rows of `before` rule out.
fn hazards_are_said_once(
    plan: &Plan,
    operations: &[Operation],
    before: &Schema,
    dialect: Dialect,
) -> Result<(), TestCaseError> {
    let statements: Vec<&PlannedStatement> =
        plan.steps.iter().flat_map(|one| &one.statements).collect();
    let after = fold(operations, before.clone(), dialect).expect("operations fit");
    for operation in operations {
        let can_be_ruled_out = matches!(
            operation,
            Operation::Constraint(_) | Operation::Index(_) | Operation::Column(_)
        );
        for hazard in operation.hazards() {
            let over: Vec<&&PlannedStatement> = statements
                .iter()
                .filter(|statement| statement.hazards.contains(&hazard))
                .collect();
            match over[..] {
                [] if can_be_ruled_out && hazard.code == HazardCode::MayFail => {}
                [statement] => {
                    let mut makes = makers(operation, [before, &after], dialect).into_iter();
                    let said = statement.sql.to_lowercase();
                    prop_assert!(
                        makes.any(|name| said.contains(&name.to_lowercase())),
                        "{} over {}",
                        hazard,
                        statement.sql
                    );
                }
                _ => prop_assert!(false, "{} is said {} times", hazard, over.len()),
            }
        }
    }
    Ok(())
}

/// The names of which a statement that makes the change says one: an enum type of SQLite changes with
/// the tables that use it.
fn makers(operation: &Operation, schemas: [&Schema; 2], dialect: Dialect) -> Vec<String> {
    let object = operation.object();
    match (&object, dialect) {
        (Object::Enum(name), Dialect::Sqlite) => {
            let users = schemas.into_iter().flat_map(|one| one.users_of_enum(name));
            users.map(|(table, _)| table.name.name.clone()).collect()
        }
        (Object::Enum(name), Dialect::Postgres) => vec![name.name.clone()],
        _ => object
            .table()
            .map(|table| table.name.clone())
            .into_iter()
            .collect(),
    }
}

/// What the statements ask for that the oldest server does not have.
fn newer_than_oldest(plans: &[&Plan], dialect: Dialect) -> Vec<Feature> {
    let steps = plans.iter().flat_map(|plan| &plan.steps);
    let statements = steps.flat_map(|step| &step.statements);
    statements
        .flat_map(|statement| split(&statement.sql, dialect).expect("is split"))
        .filter_map(|statement| too_new_in(&statement, ServerVersion(OLDEST * 10_000)))
        .map(|(feature, _)| feature)
        .collect()
}

fn revision_of(
    upgrade: &limbeck_core::plan::Plan,
    downgrade: &limbeck_core::plan::Plan,
    dialect: Dialect,
) -> revision::Revision {
    let sections = |plan| revision::Sections {
        common: Some(revision::section(plan, dialect)),
        dialects: Default::default(),
    };
    revision::Revision {
        id: "0123456789ab".parse().expect("an id"),
        parents: Vec::new(),
        description: "Whatever".to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        label: None,
        depends_on: Vec::new(),
        pending: Default::default(),
        dialects: Default::default(),
        requires: Default::default(),
        replaces: Vec::new(),
        lines: Default::default(),
        upgrade: sections(upgrade),
        downgrade: sections(downgrade),
    }
}

/// The schema with a function, a view of each table's first column, a view upon a view, and triggers,
/// as `choices` has them.
fn with_objects(mut schema: Schema, choices: &[u8]) -> Schema {
    let mut choices = choices.iter().copied().cycle();
    let mut choice = |of: u8| choices.next().map_or(0, |choice| choice % of);
    let object = |kind, name: &str, text: u8| SqlObject {
        definition: Some(format!("CREATE {name} {text}")),
        ..SqlObject::new(kind, QualifiedName::new(name))
    };
    let function = object(SqlObjectKind::Function, "touch()", choice(2));
    let calls = Object::SqlObject(Box::new(function.key()));
    schema.sql_objects.insert(function);
    for table in schema.tables.values() {
        let Some(column) = table.columns.first() else {
            continue;
        };
        if choice(2) == 0 {
            let mut view = object(
                SqlObjectKind::View,
                &format!("of_{}", table.name.name),
                choice(2),
            );
            view.uses
                .insert(Object::Column(table.name.clone(), column.name.clone()));
            let mut upon = object(SqlObjectKind::View, &format!("a_{}", table.name.name), 0);
            upon.uses.insert(Object::SqlObject(Box::new(view.key())));
            schema.sql_objects.extend([view, upon]);
        }
        if choice(2) == 0 {
            let mut trigger = object(SqlObjectKind::Trigger, "touch", choice(2));
            trigger.table = Some(table.name.clone());
            trigger
                .uses
                .extend([Object::Table(table.name.clone()), calls.clone()]);
            schema.sql_objects.insert(trigger);
        }
    }
    schema
}

/// Objects beyond tables make a plan, or are named as what stands in its way.
fn laws_beyond(a: &Schema, b: &Schema, dialect: Dialect) -> Result<(), TestCaseError> {
    prop_assert_eq!(changes(a, a, dialect), Vec::new());
    let operations = changes(a, b, dialect);
    let after = fold(&operations, a.clone(), dialect).expect("operations fit");
    prop_assert_eq!(&after.sql_objects, &b.sql_objects);
    let back = fold(&inverses(&operations), after.clone(), dialect).expect("inverses fit");
    prop_assert_eq!(&back.sql_objects, &a.sql_objects);
    for outcome in [
        plan(&operations, a, dialect),
        plan_downgrade(&operations, &after, dialect),
    ] {
        if let Err(error) = outcome {
            let is_named =
                matches!(&error, PlanError::Refused { reason, .. } if reason.contains("view"));
            prop_assert!(is_named, "{}", error);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn laws_on_postgres(
        a in schemas::schema(Dialect::Postgres),
        b in schemas::schema(Dialect::Postgres),
    ) {
        laws(&a, &b, Dialect::Postgres)?;
    }

    #[test]
    fn laws_on_sqlite(
        a in schemas::schema(Dialect::Sqlite),
        b in schemas::schema(Dialect::Sqlite),
    ) {
        laws(&a, &b, Dialect::Sqlite)?;
    }

    #[test]
    fn laws_beyond_tables(
        a in schemas::schema(Dialect::Postgres),
        b in schemas::schema(Dialect::Postgres),
        of_a in proptest::collection::vec(any::<u8>(), 8),
        of_b in proptest::collection::vec(any::<u8>(), 8),
    ) {
        laws_beyond(&with_objects(a, &of_a), &with_objects(b, &of_b), Dialect::Postgres)?;
    }

    #[test]
    fn normalise_twice_is_once(
        a in schemas::schema(Dialect::Postgres),
        b in schemas::schema(Dialect::Postgres),
    ) {
        let answers = Answers { reported: b };
        let once = normalise(&a, &answers);
        prop_assert_eq!(&normalise(&once, &answers), &once);
    }
}
