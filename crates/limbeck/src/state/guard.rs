//! Statements that reach beyond the database that they run in.
//!
//! Roles, databases and tablespaces belong to a whole cluster (PostgreSQL manual, chapter 22), so a
//! replay must not touch them on a server that others use.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, Step};
use limbeck_core::sql::{self, Statement};

/// A statement that would change something outside the scratch database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file}:{line}: `{words}` reaches beyond the scratch database, on a server that others use"
)]
pub struct BeyondDatabase {
    /// The file.
    pub file: String,
    /// The line of the statement, from 1.
    pub line: u32,
    /// Its first line.
    pub words: String,
}

impl BeyondDatabase {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        "let Limbeck start a server of its own (`apt-get install postgresql`), set `scratch_url` \
         to one that nobody else uses, or move the statement out of the revisions"
            .to_owned()
    }
}

/// Refuses a section that reaches beyond its database.
pub(super) fn refuse_beyond_database(section: &Section, file: &str) -> Result<(), BeyondDatabase> {
    let Section::Steps(steps) = section else {
        return Ok(());
    };
    for step in steps {
        // Text that cannot be split is refused, with its line, when it is run.
        for statement in sql::split(&step.sql, Dialect::Postgres).unwrap_or_default() {
            if reaches_beyond(&statement) {
                return Err(BeyondDatabase {
                    file: file.to_owned(),
                    line: step.line.max(1) - 1 + statement.line,
                    words: statement.text.lines().next().unwrap_or_default().to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// The section with every CREATE ROLE made harmless where the role is there already: Limbeck's own
/// cluster is kept between runs, and its roles with it.
pub(super) fn tolerating_roles(section: &Section) -> Section {
    let Section::Steps(steps) = section else {
        return section.clone();
    };
    let steps = steps
        .iter()
        .map(|step| {
            let statements = sql::split(&step.sql, Dialect::Postgres).unwrap_or_default();
            let mut text = step.sql.clone();
            for statement in statements.iter().rev().filter(|one| creates_role(one)) {
                let end = statement.offset + statement.text.len();
                // On one line as long as the statement is, so that later lines keep their number.
                let tolerant = format!(
                    "DO $limbeck$ BEGIN {}; EXCEPTION WHEN duplicate_object THEN NULL; END $limbeck$",
                    statement.text
                );
                text.replace_range(statement.offset..end, &tolerant);
            }
            Step {
                sql: text,
                ..step.clone()
            }
        })
        .collect();
    Section::Steps(steps)
}

fn creates_role(statement: &Statement) -> bool {
    let words = lower(statement);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["create", "role" | "user" | "group", ..])
        && words.get(2) != Some(&"mapping")
}

fn reaches_beyond(statement: &Statement) -> bool {
    let words = lower(statement);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create" | "alter" | "drop", "user", "mapping", ..] => false,
        [
            "create" | "alter" | "drop",
            "role" | "user" | "group" | "database" | "tablespace" | "subscription",
            ..,
        ]
        | ["alter", "system", ..]
        | ["reassign" | "drop", "owned", ..]
        | ["comment", "on", "database" | "role" | "tablespace", ..] => true,
        // Membership in a role, unlike a privilege on something, has no ON.
        ["grant" | "revoke", ..] => {
            !sql::fold(&statement.text, Dialect::Postgres).contains(&"on".to_owned())
        }
        _ => false,
    }
}

fn lower(statement: &Statement) -> Vec<String> {
    let words = statement.words(4);
    words.iter().map(|word| word.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use limbeck_core::plan::StepMode;

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

    #[test]
    fn a_role_that_is_there_is_tolerated() {
        let Section::Steps(steps) = tolerating_roles(&section("SELECT 1;\nCREATE ROLE app;\n"))
        else {
            panic!("steps stay steps");
        };
        assert!(steps[0].sql.contains("BEGIN CREATE ROLE app; EXCEPTION"));
    }
}
