//! What a revision stands for in the history of another tool, as the header says it: `-- replaces: sqlx 1 9f86d0`.

use std::fmt;
use std::str::FromStr;

use crate::dialect::Dialect;
use crate::schema::QualifiedName;

/// A tool that keeps a history of migrations in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// `alembic_version`: the heads alone.
    Alembic,
    /// `schema_migrations` with a text for a version.
    Dbmate,
    /// `__diesel_schema_migrations`.
    Diesel,
    /// `flyway_schema_history`.
    Flyway,
    /// `schema_migrations` with one row: a number, and whether it is dirty.
    GolangMigrate,
    /// `goose_db_version`.
    Goose,
    /// `schema_migrations` as dbmate has it, beside `ar_internal_metadata`; its migrations are Ruby, and are not read.
    Rails,
    /// `refinery_schema_history`.
    Refinery,
    /// `seaql_migrations`.
    SeaOrm,
    /// `_sqlx_migrations`.
    Sqlx,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Alembic,
        Self::Dbmate,
        Self::Diesel,
        Self::Flyway,
        Self::GolangMigrate,
        Self::Goose,
        Self::Rails,
        Self::Refinery,
        Self::SeaOrm,
        Self::Sqlx,
    ];

    /// Its word in the header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alembic => "alembic",
            Self::Dbmate => "dbmate",
            Self::Diesel => "diesel",
            Self::Flyway => "flyway",
            Self::GolangMigrate => "golang-migrate",
            Self::Goose => "goose",
            Self::Rails => "rails",
            Self::Refinery => "refinery",
            Self::SeaOrm => "sea-orm",
            Self::Sqlx => "sqlx",
        }
    }

    /// The name of its table where nobody gives another one.
    pub fn table(self) -> &'static str {
        match self {
            Self::Alembic => "alembic_version",
            Self::Dbmate | Self::GolangMigrate | Self::Rails => "schema_migrations",
            Self::Diesel => "__diesel_schema_migrations",
            Self::Flyway => "flyway_schema_history",
            Self::Goose => "goose_db_version",
            Self::Refinery => "refinery_schema_history",
            Self::SeaOrm => "seaql_migrations",
            Self::Sqlx => "_sqlx_migrations",
        }
    }
}

/// As the tool spells its own name.
impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Alembic => "Alembic",
            Self::Diesel => "Diesel",
            Self::Flyway => "Flyway",
            Self::Rails => "Rails",
            Self::SeaOrm => "SeaORM",
            Self::Dbmate | Self::GolangMigrate | Self::Goose | Self::Refinery | Self::Sqlx => {
                self.as_str()
            }
        })
    }
}

/// A migration of another tool that a revision stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replaced {
    /// The tool.
    pub tool: Tool,
    /// The version as the tool's table spells it; no blank is in it.
    pub version: String,
    /// The checksum as that table keeps it, where the tool has any: `sha384` in hexadecimal digits, or a number.
    pub checksum: Option<String>,
    /// The table, where it has not the tool's usual name.
    pub table: Option<QualifiedName>,
    /// The databases whose tables say so, where that is not all that the revision is for: each has a history of its own.
    pub dialect: Option<Dialect>,
}

impl Replaced {
    /// The tool's table.
    pub fn table(&self) -> QualifiedName {
        let usual = || QualifiedName::new(self.tool.table());
        self.table.clone().unwrap_or_else(usual)
    }

    /// Whether the tables of such databases say so.
    #[must_use]
    pub fn is_on(&self, dialect: Dialect) -> bool {
        self.dialect.is_none_or(|own| own == dialect)
    }

    /// Whether both are one migration on some database.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let both = |own: Dialect| other.is_on(own);
        self.tool == other.tool
            && self.version == other.version
            && self.table() == other.table()
            && self.dialect.is_none_or(both)
    }
}

/// As the header says it: `sqlx 20200823135036 9f86d0 in ops.migrations on postgres`.
impl fmt::Display for Replaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tool.as_str(), self.version)?;
        if let Some(checksum) = &self.checksum {
            write!(f, " {checksum}")?;
        }
        if let Some(table) = &self.table {
            write!(f, " in {table}")?;
        }
        match self.dialect {
            Some(dialect) => write!(f, " on {}", dialect.as_str()),
            None => Ok(()),
        }
    }
}

impl FromStr for Replaced {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let on = |dialect: &Dialect| Some((text.strip_suffix(dialect.as_str())?, *dialect));
        let (text, dialect) = match Dialect::ALL.iter().find_map(on) {
            Some((before, dialect)) => match before.trim_end().strip_suffix(" on") {
                Some(text) => (text, Some(dialect)),
                None => (text, None),
            },
            None => (text, None),
        };
        let (text, table) = match text.split_once(" in ") {
            Some((text, table)) => (text, Some(table.trim().parse().map_err(|_| ())?)),
            None => (text, None),
        };
        let mut words = text.split_whitespace();
        let word = words.next().ok_or(())?;
        let tool = Tool::ALL.into_iter().find(|tool| tool.as_str() == word);
        let replaced = Self {
            tool: tool.ok_or(())?,
            version: words.next().ok_or(())?.to_owned(),
            checksum: words.next().map(str::to_owned),
            table,
            dialect,
        };
        match words.next() {
            None => Ok(replaced),
            Some(_) => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "sqlx 20200823135036 9f86d081",
            "sea-orm m20220101_000001_create_table",
            "flyway 1.1 -1203845 in ops.old history",
            "diesel 00000000000000 in migrations",
            "diesel 20240202000000 on postgres",
            "sqlx 20200823135036 9f86d081 on sqlite",
            "flyway 1.1 -1203845 in ops.old history on postgres",
            "diesel 1 in on",
            "diesel 1 in of postgres",
            "diesel 1 postgres",
        ] {
            let read = text.parse::<Replaced>().expect("is read");
            assert_eq!(read.to_string(), text);
        }
        for text in [
            "",
            "sqlx",
            "liquibase 1",
            "sqlx 1 2 3",
            "sqlx 1 in ",
            "sqlx 1 2 3 on sqlite",
            "sqlx 1 on mysql",
            "sqlx on sqlite",
            "Sqlx 1",
        ] {
            assert_eq!(text.parse::<Replaced>(), Err(()), "{text}");
        }
    }

    #[test]
    fn one_migration_is_said_once_for_each_database() {
        let read = |text: &str| text.parse::<Replaced>().expect("is read");
        for (one, other, is_same) in [
            ("sqlx 1 aa", "sqlx 1 bb", true),
            ("sqlx 1 aa on sqlite", "sqlx 1 bb", true),
            ("sqlx 1 aa on sqlite", "sqlx 1 aa on sqlite", true),
            ("sqlx 1 aa on sqlite", "sqlx 1 bb on postgres", false),
            ("sqlx 1 in _sqlx_migrations", "sqlx 1", true),
            ("sqlx 1 in other", "sqlx 1", false),
            ("sqlx 1", "sqlx 2", false),
            ("goose 1", "sqlx 1", false),
        ] {
            assert_eq!(read(one).is_same(&read(other)), is_same, "{one} {other}");
            assert_eq!(read(other).is_same(&read(one)), is_same, "{other} {one}");
        }
    }
}
