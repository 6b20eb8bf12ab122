//! Statements that reach beyond the database that they run in.
//!
//! This is a courtesy, which says file and line: text can hide what it does, in a DO block or a function.
//! What holds is that the login of a given server may do nothing of it (`scratch::login`).

use std::fmt;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::sql;
use limbeck_core::sql::effect::reaches_server;

/// A statement that would change something outside the scratch database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: `{words}` reaches beyond the scratch database, {reach}")]
pub struct BeyondDatabase {
    /// The file.
    pub file: String,
    /// The line of the statement, from 1.
    pub line: u32,
    /// Its first line.
    pub words: String,
    /// What it would reach.
    pub reach: Outside,
}

/// What a statement would reach beyond its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// Roles, databases or settings of a server.
    Server,
    /// Files of the machine, or settings that open the way to them.
    Files,
}

impl fmt::Display for Outside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Server => "on a server that others use",
            Self::Files => "into files of this machine",
        })
    }
}

/// Refuses a section that reaches beyond its database.
pub(super) fn refuse_beyond_database(section: &Section, file: &str) -> Result<(), BeyondDatabase> {
    for step in section.steps() {
        // Text that cannot be split is refused, with its line, when it is run.
        for statement in sql::split(&step.sql, Dialect::Postgres).unwrap_or_default() {
            if reaches_server(&statement) {
                return Err(BeyondDatabase {
                    file: file.to_owned(),
                    line: step.line.max(1) - 1 + statement.line,
                    words: statement.text.lines().next().unwrap_or_default().to_owned(),
                    reach: Outside::Server,
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use limbeck_core::plan::StepMode;
    use limbeck_core::revision::Step;

    fn section(sql: &str) -> Section {
        Section::Steps(vec![Step {
            mode: StepMode::Transaction,
            sql: sql.to_owned(),
            line: 10,
        }])
    }

    #[test]
    fn what_reaches_beyond_a_database_is_refused_with_its_line() {
        for sql in [
            "CREATE ROLE app",
            "create user app",
            "ALTER DATABASE x SET y = 1",
            "DROP OWNED BY app",
            "ALTER SYSTEM SET fsync = off",
            "GRANT admin TO app",
        ] {
            let error = refuse_beyond_database(&section(&format!("SELECT 1;\n{sql};")), "a.sql");
            assert_eq!(error.map_err(|error| error.line), Err(11), "{sql}");
        }
        for sql in [
            "GRANT SELECT ON tasks TO app",
            "CREATE TABLE role (id int)",
            "CREATE USER MAPPING FOR app SERVER s",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app",
        ] {
            assert_eq!(
                refuse_beyond_database(&section(sql), "a.sql"),
                Ok(()),
                "{sql}"
            );
        }
    }
}
