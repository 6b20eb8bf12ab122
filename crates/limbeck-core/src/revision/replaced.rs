//! What a revision stands for in the history of another tool, as the header says it: `-- replaces: sqlx 1 9f86d0`.

use std::fmt;
use std::str::FromStr;

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
    /// `refinery_schema_history`.
    Refinery,
    /// `seaql_migrations`.
    SeaOrm,
    /// `_sqlx_migrations`.
    Sqlx,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Alembic,
        Self::Dbmate,
        Self::Diesel,
        Self::Flyway,
        Self::GolangMigrate,
        Self::Goose,
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
            Self::Refinery => "refinery",
            Self::SeaOrm => "sea-orm",
            Self::Sqlx => "sqlx",
        }
    }

    /// The name of its table where nobody gives another one.
    pub fn table(self) -> &'static str {
        match self {
            Self::Alembic => "alembic_version",
            Self::Dbmate | Self::GolangMigrate => "schema_migrations",
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
}

impl Replaced {
    /// The tool's table.
    pub fn table(&self) -> QualifiedName {
        let usual = || QualifiedName::new(self.tool.table());
        self.table.clone().unwrap_or_else(usual)
    }
}

/// As the header says it: `sqlx 20200823135036 9f86d0 in ops.migrations`.
impl fmt::Display for Replaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tool.as_str(), self.version)?;
        if let Some(checksum) = &self.checksum {
            write!(f, " {checksum}")?;
        }
        match &self.table {
            Some(table) => write!(f, " in {table}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Replaced {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
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
            "Sqlx 1",
        ] {
            assert_eq!(text.parse::<Replaced>(), Err(()), "{text}");
        }
    }
}
