//! The tables in which other tools keep what they have run, told by their columns, or by their names.

use std::fmt;

use limbeck_core::revision::Tool;
use limbeck_core::schema::{QualifiedName, Schema, Table, Type};

use super::Migrations;

/// A table in which another tool keeps what it has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct History {
    pub(crate) table: QualifiedName,
    pub(crate) of: Owner,
}

/// Whose a history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A tool whose history can be read.
    Read(Tool),
    /// Another one, by its name.
    Named(&'static str),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Who has a table of nothing but versions cannot be told by it.
            Self::Read(Tool::Dbmate) => f.write_str("Rails or dbmate"),
            Self::Read(tool) => write!(f, "{tool}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// The histories of other tools among the tables, in whatever schema they are; the migrations of the project tell what
/// columns alone do not.
pub(crate) fn histories(schema: &Schema, migrations: &[Migrations]) -> Vec<History> {
    let histories = schema.tables.values().filter_map(|table| {
        let read = by_columns(table, migrations).map(|tool| match tool {
            Tool::Dbmate if is_of_rails(schema, table, migrations) => Tool::Rails,
            tool => tool,
        });
        Some(History {
            table: table.name.clone(),
            of: read.map(Owner::Read).or_else(|| by_name(table))?,
        })
    });
    histories.collect()
}

/// What a column of a history holds, as far as tools and databases agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Number,
    Text,
    Truth,
    Time,
    Bytes,
}

impl Holds {
    fn fits(self, data_type: &Type) -> bool {
        let text = data_type.to_string().to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match self {
            Self::Number => has(&["int", "serial"]),
            Self::Text => has(&["char", "text"]),
            // SQLite has no such type, and what it is called differs.
            Self::Truth => has(&["bool", "int", "num"]),
            Self::Time => has(&["time", "date", "text"]),
            Self::Bytes => has(&["bytea", "blob"]),
        }
    }
}

/// The columns of the tables of tools, all of them in the order of their names.
const SHAPES: &[(Tool, &[(&str, Holds)])] = {
    use Holds::{Bytes, Number, Text, Time, Truth};
    &[
        (Tool::Alembic, &[("version_num", Text)]),
        (Tool::Diesel, &[("run_on", Time), ("version", Text)]),
        (
            Tool::Flyway,
            &[
                ("checksum", Number),
                ("description", Text),
                ("execution_time", Number),
                ("installed_by", Text),
                ("installed_on", Time),
                ("installed_rank", Number),
                ("script", Text),
                ("success", Truth),
                ("type", Text),
                ("version", Text),
            ],
        ),
        (
            Tool::GolangMigrate,
            &[("dirty", Truth), ("version", Number)],
        ),
        (
            Tool::Goose,
            &[
                ("id", Number),
                ("is_applied", Truth),
                ("tstamp", Time),
                ("version_id", Number),
            ],
        ),
        (
            Tool::Refinery,
            &[
                ("applied_on", Text),
                ("checksum", Text),
                ("name", Text),
                ("version", Number),
            ],
        ),
        (Tool::SeaOrm, &[("applied_at", Number), ("version", Text)]),
        (
            Tool::Sqlx,
            &[
                ("checksum", Bytes),
                ("description", Text),
                ("execution_time", Number),
                ("installed_on", Time),
                ("success", Truth),
                ("version", Number),
            ],
        ),
    ]
};

/// The tool whose table has these columns, and no other one, whatever it is called.
fn by_columns(table: &Table, migrations: &[Migrations]) -> Option<Tool> {
    let is = |columns: &[(&str, Holds)]| {
        columns.len() == table.columns.len()
            && columns.iter().all(|(name, holds)| {
                table
                    .column(name)
                    .is_some_and(|column| holds.fits(&column.data_type))
            })
    };
    if let Some((tool, _)) = SHAPES.iter().find(|(_, columns)| is(columns)) {
        return Some(*tool);
    }
    // Any table could have nothing but a version.
    let is_expected = || {
        let mut migrations = migrations.iter();
        table.name.name == Tool::Dbmate.table() || migrations.any(|one| one.may_be_of(Tool::Dbmate))
    };
    let is_dbmate = is(&[("version", Holds::Text)]) && is_expected();
    is_dbmate.then_some(Tool::Dbmate)
}

/// The table that Rails has beside its history, since its version 5.
const OF_RAILS: &str = "ar_internal_metadata";

/// Whether a table of versions is that of Rails, unless the project goes on with dbmate.
fn is_of_rails(schema: &Schema, table: &Table, migrations: &[Migrations]) -> bool {
    let mut migrations = migrations.iter();
    schema.tables.contains_key(&table.name.sibling(OF_RAILS))
        && !migrations.any(|one| one.may_be_of(Tool::Dbmate))
}

/// A tool whose table is not read: by columns that together no other table has, else by the name.
fn by_name(table: &Table) -> Option<Owner> {
    let has = |column: &&str| {
        let mut columns = table.columns.iter();
        columns.any(|one| one.name.eq_ignore_ascii_case(column))
    };
    if let Some((_, tool)) = MARKS.iter().find(|(columns, _)| columns.iter().all(has)) {
        return Some(Owner::Named(tool));
    }
    let is = |columns: &[(&str, Holds)]| {
        columns.len() == table.columns.len()
            && columns.iter().all(|(name, holds)| {
                let column = table.column(name);
                column.is_some_and(|column| holds.fits(&column.data_type))
            })
    };
    if let Some((_, tool)) = SMALL.iter().find(|(columns, _)| is(columns)) {
        return Some(Owner::Named(tool));
    }
    let found = NAMES.iter().find(|(name, columns, _)| {
        let has = |column: &&str| table.column(column).is_some();
        table.name.name == *name && columns.iter().all(has)
    });
    found.map(|(_, _, tool)| Owner::Named(tool))
}

/// Columns by which a table of any name is that of a tool, whatever else newer versions of it have.
const MARKS: &[(&[&str], &str)] = &[
    (
        &["dateexecuted", "orderexecuted", "exectype", "md5sum"],
        "Liquibase",
    ),
    (&["locked", "lockgranted", "lockedby"], "Liquibase"),
    (
        &["executed_at", "partial_hashes", "operator_version"],
        "Atlas",
    ),
    (
        &["migration_name", "rolled_back_at", "applied_steps_count"],
        "Prisma",
    ),
    (&["migrationid", "productversion"], "Entity Framework"),
    (&["migration_time", "batch", "name"], "Knex"),
    (
        &["migration_name", "start_time", "end_time", "breakpoint"],
        "Phinx",
    ),
];

/// All columns of small tables, which are those of a tool if no other one is there.
const SMALL: &[(&[(&str, Holds)], &str)] = {
    use Holds::{Number, Text, Time};
    &[
        (
            &[("created_at", Number), ("hash", Text), ("id", Number)],
            "Drizzle",
        ),
        (
            &[
                ("app", Text),
                ("applied", Time),
                ("id", Number),
                ("name", Text),
            ],
            "Django",
        ),
        (
            &[("batch", Number), ("id", Number), ("migration", Text)],
            "Laravel",
        ),
        (&[("inserted_at", Time), ("version", Number)], "Ecto"),
        (
            &[("id", Number), ("name", Text), ("timestamp", Number)],
            "TypeORM",
        ),
        (
            &[("id", Number), ("name", Text), ("run_on", Time)],
            "node-pg-migrate",
        ),
    ]
};

/// The names of such tables, with columns that they have where others could have a table of that name, too. Where two have
/// the same name, the one with more columns stands first.
const NAMES: &[(&str, &[&str], &str)] = &[
    ("__diesel_schema_migrations", &[], "Diesel"),
    ("__drizzle_migrations", &[], "Drizzle"),
    ("__EFMigrationsHistory", &[], "Entity Framework"),
    ("_prisma_migrations", &[], "Prisma"),
    ("_sqlx_migrations", &[], "sqlx"),
    ("alembic_version", &[], "Alembic"),
    (OF_RAILS, &[], "Rails"),
    ("atlas_schema_revisions", &[], "Atlas"),
    ("databasechangelog", &[], "Liquibase"),
    ("databasechangeloglock", &[], "Liquibase"),
    ("django_migrations", &[], "Django"),
    ("doctrine_migration_versions", &[], "Doctrine"),
    ("flyway_schema_history", &[], "Flyway"),
    ("goose_db_version", &[], "goose"),
    ("gorp_migrations", &[], "sql-migrate"),
    ("knex_migrations", &[], "Knex"),
    ("knex_migrations_lock", &[], "Knex"),
    ("kysely_migration", &[], "Kysely"),
    ("kysely_migration_lock", &[], "Kysely"),
    ("migrations", &["migration", "batch"], "Laravel"),
    ("migrations", &["timestamp", "name"], "TypeORM"),
    ("mikro_orm_migrations", &[], "MikroORM"),
    ("pgmigrations", &["name", "run_on"], "node-pg-migrate"),
    ("phinxlog", &[], "Phinx"),
    ("refinery_schema_history", &[], "refinery"),
    ("schema_migrations", &["version", "inserted_at"], "Ecto"),
    ("seaql_migrations", &[], "SeaORM"),
    ("SequelizeMeta", &[], "Sequelize"),
];

#[cfg(test)]
mod tests {
    use limbeck_core::schema::Column;

    use super::*;

    fn table(name: &str, columns: &[(&str, Type)]) -> Table {
        let mut table = Table::new(QualifiedName::new(name));
        let columns = columns.iter();
        table.columns = columns
            .map(|(name, data_type)| Column::new(*name, data_type.clone()))
            .collect();
        table
    }

    #[test]
    fn histories_are_told_by_their_columns() {
        let text = || Type::Varchar(Some(255));
        let sql = |text: &str| Type::Sql(text.to_owned());
        let time = || Type::Timestamp {
            precision: None,
            zone: true,
        };
        let sqlx = [
            ("version", Type::BigInt),
            ("description", Type::Text),
            ("installed_on", time()),
            ("success", Type::Boolean),
            ("checksum", Type::Bytes),
            ("execution_time", Type::BigInt),
        ];
        let on_sqlite = [
            ("version", sql("BIGINT")),
            ("description", sql("TEXT")),
            ("installed_on", sql("TIMESTAMP")),
            ("success", sql("BOOLEAN")),
            ("checksum", sql("BLOB")),
            ("execution_time", sql("BIGINT")),
        ];
        let read = |tool| Some(Owner::Read(tool));
        for (table, expected) in [
            (table("_sqlx_migrations", &sqlx), read(Tool::Sqlx)),
            (table("of_ours", &on_sqlite), read(Tool::Sqlx)),
            (table("of_ours", &sqlx[1..]), None),
            (
                table("heads", &[("version_num", text())]),
                read(Tool::Alembic),
            ),
            (
                table("done", &[("version", text()), ("run_on", time())]),
                read(Tool::Diesel),
            ),
            (
                table("done", &[("version", text()), ("applied_at", Type::BigInt)]),
                read(Tool::SeaOrm),
            ),
            (
                table(
                    "done",
                    &[("version", Type::BigInt), ("dirty", Type::Boolean)],
                ),
                read(Tool::GolangMigrate),
            ),
            (table("versions", &[("version", text())]), None),
            (
                table("schema_migrations", &[("version", text())]),
                read(Tool::Dbmate),
            ),
            // The columns are those of Diesel, and their types are not.
            (
                table("deploys", &[("version", Type::Integer), ("run_on", time())]),
                None,
            ),
            (
                table("django_migrations", &[("id", Type::BigInt)]),
                Some(Owner::Named("Django")),
            ),
            // Others by their columns, whatever they are called and in whatever case.
            (
                table(
                    "changes",
                    &[
                        ("ID", text()),
                        ("DATEEXECUTED", time()),
                        ("ORDEREXECUTED", Type::Integer),
                        ("EXECTYPE", text()),
                        ("MD5SUM", text()),
                    ],
                ),
                Some(Owner::Named("Liquibase")),
            ),
            (
                table(
                    "done",
                    &[
                        ("id", Type::Integer),
                        ("hash", Type::Text),
                        ("created_at", Type::BigInt),
                    ],
                ),
                Some(Owner::Named("Drizzle")),
            ),
            (
                table(
                    "done",
                    &[
                        ("id", Type::Integer),
                        ("hash", Type::Text),
                        ("created_at", time()),
                    ],
                ),
                None,
            ),
            (
                table(
                    "revisions",
                    &[
                        ("version", text()),
                        ("executed_at", time()),
                        ("partial_hashes", Type::Text),
                        ("operator_version", text()),
                    ],
                ),
                Some(Owner::Named("Atlas")),
            ),
            // golang-migrate on SQLite.
            (
                table(
                    "done",
                    &[("version", sql("uint64")), ("dirty", sql("bool"))],
                ),
                read(Tool::GolangMigrate),
            ),
        ] {
            let found = by_columns(&table, &[]).map(Owner::Read);
            assert_eq!(found.or_else(|| by_name(&table)), expected, "{table:?}");
        }
    }

    #[test]
    fn versions_beside_the_table_of_rails_are_its_own() {
        let versions = [("version", Type::Varchar(None))];
        let of_rails = [("key", Type::Varchar(None)), ("value", Type::Varchar(None))];
        let tables = [
            table("schema_migrations", &versions),
            table("ar_internal_metadata", &of_rails),
        ];
        let owners = |tables: &[Table]| {
            let mut schema = Schema::default();
            for table in tables {
                schema.tables.insert(table.name.clone(), table.clone());
            }
            let found = histories(&schema, &[]);
            let owners = found.iter().map(|one| format!("{}: {}", one.table, one.of));
            owners.collect::<Vec<_>>()
        };
        assert_eq!(
            owners(&tables),
            ["ar_internal_metadata: Rails", "schema_migrations: Rails"]
        );
        assert_eq!(owners(&tables[..1]), ["schema_migrations: Rails or dbmate"]);
        let mut elsewhere = tables;
        elsewhere[1].name = QualifiedName::within(Some("other"), "ar_internal_metadata");
        assert!(owners(&elsewhere).contains(&"schema_migrations: Rails or dbmate".to_owned()));
    }
}
