//! What a project on a database that is there leaves to others.

use limbeck_core::compare::Unmanaged;
use limbeck_core::op::Operation;
use limbeck_core::schema::{Models, Object, QualifiedName, Schema, Table};
use limbeck_engine::autogenerate::Comparison;

use super::existing::Start;
use crate::command_error::CommandError;

/// A name for `[unmanaged]`.
#[derive(Debug)]
pub(super) struct ToOthers {
    /// The table, type or sequence.
    pub(super) name: String,
    /// Why.
    pub(super) reason: String,
}

/// A table in which another tool keeps what it has run.
struct History {
    table: &'static str,
    /// Columns that it has, where others could have a table of that name, too.
    columns: &'static [&'static str],
    tool: &'static str,
}

const fn history(
    table: &'static str,
    columns: &'static [&'static str],
    tool: &'static str,
) -> History {
    History {
        table,
        columns,
        tool,
    }
}

/// Where two have the same name, the one with more columns stands first.
const HISTORIES: &[History] = &[
    history("__diesel_schema_migrations", &[], "Diesel"),
    history("__drizzle_migrations", &[], "Drizzle"),
    history("__EFMigrationsHistory", &[], "Entity Framework"),
    history("_prisma_migrations", &[], "Prisma"),
    history("_sqlx_migrations", &[], "sqlx"),
    history("alembic_version", &[], "Alembic"),
    history("ar_internal_metadata", &[], "Rails"),
    history("atlas_schema_revisions", &[], "Atlas"),
    history("databasechangelog", &[], "Liquibase"),
    history("databasechangeloglock", &[], "Liquibase"),
    history("django_migrations", &[], "Django"),
    history("doctrine_migration_versions", &[], "Doctrine"),
    history("flyway_schema_history", &[], "Flyway"),
    history("goose_db_version", &[], "goose"),
    history("gorp_migrations", &[], "sql-migrate"),
    history("knex_migrations", &[], "Knex"),
    history("knex_migrations_lock", &[], "Knex"),
    history("kysely_migration", &[], "Kysely"),
    history("kysely_migration_lock", &[], "Kysely"),
    history("migrations", &["migration", "batch"], "Laravel"),
    history("migrations", &["timestamp", "name"], "TypeORM"),
    history("mikro_orm_migrations", &[], "MikroORM"),
    history("pgmigrations", &["name", "run_on"], "node-pg-migrate"),
    history("phinxlog", &[], "Phinx"),
    history("refinery_schema_history", &[], "refinery"),
    history("schema_migrations", &["version", "dirty"], "golang-migrate"),
    history("schema_migrations", &["version", "inserted_at"], "Ecto"),
    history("schema_migrations", &["version"], "Rails or dbmate"),
    history("seaql_migrations", &[], "SeaORM"),
    history("SequelizeMeta", &[], "Sequelize"),
];

/// The histories of other tools among the tables, in whatever schema they are, as far as the
/// configuration does not leave them out by itself.
pub(super) fn histories(schema: &Schema, own: &Unmanaged) -> Vec<ToOthers> {
    let tool_of = |table: &Table| {
        let found = HISTORIES.iter().find(|history| {
            let has = |column: &&str| table.column(column).is_some();
            table.name.name == history.table && history.columns.iter().all(has)
        });
        found.map(|history| history.tool)
    };
    let tables = schema.tables.values();
    let tables = tables.filter(|table| !own.contains(&table.name));
    let tables = tables.filter_map(|table| {
        Some(ToOthers {
            name: table.name.to_string(),
            reason: format!("the history of {}", tool_of(table)?),
        })
    });
    tables.collect()
}

/// Parts what the entities of another library say otherwise, which a revision is to settle, from what the models
/// that are to be written cannot say.
pub(super) fn of_entities(
    start: &Start<'_>,
    operations: Vec<Operation>,
) -> (Vec<Operation>, Vec<Operation>) {
    let declared = &start.declared.schema;
    let in_part = |name: &QualifiedName| {
        let table = declared.tables.get(name);
        table.is_some_and(Table::is_in_part)
    };
    operations.into_iter().partition(|operation| {
        let object = operation.object();
        match &object {
            Object::Enum(name) | Object::EnumValue(name, _) => declared
                .users_of_enum(name)
                .any(|(table, _)| in_part(&table.name)),
            other => other.table().is_some_and(in_part),
        }
    })
}

/// Leaves to others what the models cannot say: they speak of a table or a type wholly, or not at all.
pub(super) fn leave(
    start: &Start<'_>,
    schema: &Schema,
    comparison: &Comparison,
    models: &Models,
    left: &mut Vec<ToOthers>,
) -> Result<(), CommandError> {
    for operation in &comparison.operations {
        let object = operation.object();
        let owner = match &object {
            Object::Enum(name) | Object::EnumValue(name, _) | Object::Sequence(name) => Some(name),
            other => other.table(),
        };
        let is_declared = owner.is_some_and(|name| start.declared.schema.tables.contains_key(name));
        let Some(owner) = owner.filter(|_| !is_declared) else {
            return Err(differ(comparison, models));
        };
        let mut names = vec![owner];
        names.extend(schema.sequences.values().filter_map(|sequence| {
            let of = sequence.owned_by.as_ref().map(|(table, _)| table);
            (of == Some(owner)).then_some(&sequence.name)
        }));
        for name in names {
            let name = name.to_string();
            if !left.iter().any(|one| one.name == name) {
                let reason = match (&start.place, operation) {
                    (None, Operation::Table(_) | Operation::Enum(_)) => {
                        "no entity says it".to_owned()
                    }
                    (_, operation) => {
                        format!("as a model it would differ: {}", operation.describe())
                    }
                };
                left.push(ToOthers { name, reason });
            }
        }
    }
    Ok(())
}

/// Models that were there say otherwise.
pub(super) fn differ(comparison: &Comparison, models: &Models) -> CommandError {
    let mut error = CommandError::usage("the models of the project differ from the database");
    for operation in &comparison.operations {
        let origin = models.origin(&operation.object());
        let origin = origin.map_or(String::new(), |origin| format!("{origin}: "));
        error = error.cause(format!("{origin}{}", operation.describe()));
    }
    error.hint("make them say what the database holds; what is to change is the next revision's")
}
