//! Statements that reach beyond the database that they run in.
//!
//! Roles, databases and tablespaces belong to a whole cluster (PostgreSQL manual, chapter 22), so a
//! replay must not touch them on a server that others use.
//!
//! This is a courtesy, which says file and line: text can hide what it does, in a DO block or a function.
//! What holds is that the login of a given server may do nothing of it (`scratch::login`).

use std::fmt;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, Step};
use limbeck_core::sql::{self, Statement, Token, TokenKind};

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
    pub reach: Reach,
}

/// What a statement would reach beyond its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Roles, databases or settings of a server.
    Server,
    /// Files of the machine, or settings that open the way to them.
    Files,
}

impl fmt::Display for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Server => "on a server that others use",
            Self::Files => "into files of this machine",
        })
    }
}

impl BeyondDatabase {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        if self.reach == Reach::Files {
            return "take it out of the revisions: what works on other files is no change of this database"
                .to_owned();
        }
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
                    reach: Reach::Server,
                });
            }
        }
    }
    Ok(())
}

/// The section with every CREATE ROLE made harmless where the role is there already: Limbeck's own
/// cluster is kept between runs, and its roles with it.
///
/// Who makes a role there is no superuser. So that it can give things to the role all the same, it joins
/// the role, and the role may make things in the scratch database.
pub(super) fn tolerating_roles(section: &Section) -> Section {
    let Section::Steps(steps) = section else {
        return section.clone();
    };
    let steps = steps
        .iter()
        .map(|step| {
            let statements = sql::split(&step.sql, Dialect::Postgres).unwrap_or_default();
            let mut text = step.sql.clone();
            for statement in statements.iter().rev() {
                let end = statement.offset + statement.text.len();
                // No line more, so that later lines keep their number.
                let made = made_roles(&statement.text);
                if creates_role(statement)
                    && let Some((name, _)) = made.first()
                {
                    let tolerant = format!(
                        "DO $limbeck$ BEGIN BEGIN {}; EXCEPTION WHEN duplicate_object THEN NULL; END;{} END $limbeck$",
                        modest(&statement.text),
                        joins(name)
                    );
                    text.replace_range(statement.offset..end, &tolerant);
                } else if lower(statement).first().is_some_and(|word| word == "do") {
                    let joined = joining(&statement.text);
                    text.replace_range(statement.offset..end, &joined);
                } else if matches!(
                    lower(statement).as_slice(),
                    [verb, kind, ..] if verb == "alter" && ["role", "user", "group"].contains(&kind.as_str())
                ) {
                    text.replace_range(statement.offset..end, &modest(&statement.text));
                }
            }
            Step {
                sql: text,
                ..step.clone()
            }
        })
        .collect();
    Section::Steps(steps)
}

/// The text in which CREATE ROLE and ALTER ROLE give nothing that only a superuser can give. What a role
/// may do beyond a database is not the state of one, and nobody logs in as it.
fn modest(text: &str) -> String {
    const GREAT: [&str; 4] = ["superuser", "replication", "bypassrls", "createdb"];
    let tokens = sql::lex(text, Dialect::Postgres).unwrap_or_default();
    let mut modest = text.to_owned();
    let mut places = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for token in tokens.iter().filter(|one| one.is_significant()) {
        let word = token.text(text).to_ascii_lowercase();
        if word == ";" {
            words.clear();
            continue;
        }
        // In a block, `THEN` and its like stand before a statement.
        if word == "create" || word == "alter" {
            words.clear();
        }
        let of_role = matches!(
            words
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .as_slice(),
            ["create" | "alter", "role" | "user" | "group", _, ..]
        );
        if of_role && token.kind == TokenKind::Word && GREAT.contains(&word.as_str()) {
            places.push(token.range.start);
        }
        words.push(word);
    }
    for place in places.into_iter().rev() {
        modest.insert_str(place, "NO");
    }
    modest
}

/// Joins a role and lets it into the database.
fn joins(role: &str) -> String {
    let owner = crate::scratch::login::OWNER;
    format!(" GRANT {role} TO CURRENT_USER; GRANT {owner} TO {role};")
}

/// A DO statement that joins the roles that its body makes.
fn joining(statement: &str) -> String {
    let mut joined = statement.to_owned();
    for token in sql::lex(statement, Dialect::Postgres).unwrap_or_default() {
        if token.kind != TokenKind::DollarString {
            continue;
        }
        let body = token.text(statement);
        let Some(tag) = body[1..].find('$').map(|end| &body[..end + 2]) else {
            continue;
        };
        let inner = &body[tag.len()..body.len() - tag.len()];
        let mut text = modest(inner);
        for (role, end) in made_roles(&text.clone()).iter().rev() {
            text.insert_str(*end, &joins(role));
        }
        joined = joined.replacen(body, &format!("{tag}{text}{tag}"), 1);
    }
    joined
}

/// The roles that statements in a text make, as they are spelled, and the place behind each statement.
fn made_roles(text: &str) -> Vec<(String, usize)> {
    let tokens = sql::lex(text, Dialect::Postgres).unwrap_or_default();
    let tokens: Vec<&Token> = tokens.iter().filter(|one| one.is_significant()).collect();
    let word = |place: usize| tokens.get(place).map(|token| token.text(text));
    let is = |place: usize, words: &[&str]| {
        word(place).is_some_and(|word| words.iter().any(|one| word.eq_ignore_ascii_case(one)))
    };
    let mut made = Vec::new();
    for place in 0..tokens.len() {
        let is_role = is(place, &["create"]) && is(place + 1, &["role", "user", "group"]);
        if !is_role || is(place + 2, &["mapping"]) {
            continue;
        }
        let Some(role) = word(place + 2) else {
            continue;
        };
        let mut rest = tokens[place..].iter();
        let end = rest.find(|token| token.text(text) == ";");
        made.push((
            role.to_owned(),
            end.map_or(text.len(), |token| token.range.end),
        ));
    }
    made
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
        assert!(steps[0].sql.contains("GRANT app TO CURRENT_USER;"));
    }

    #[test]
    fn a_role_gets_nothing_that_only_a_superuser_can_give() {
        for (sql, expected) in [
            ("ALTER ROLE app BYPASSRLS", "ALTER ROLE app NOBYPASSRLS"),
            (
                "IF x THEN CREATE USER \"superuser\" LOGIN SUPERUSER CREATEROLE; END IF; SELECT superuser",
                "IF x THEN CREATE USER \"superuser\" LOGIN NOSUPERUSER CREATEROLE; END IF; SELECT superuser",
            ),
            (
                "CREATE ROLE replication NOREPLICATION",
                "CREATE ROLE replication NOREPLICATION",
            ),
            (
                "CREATE TABLE role (createdb int)",
                "CREATE TABLE role (createdb int)",
            ),
        ] {
            assert_eq!(modest(sql), expected);
        }
    }

    #[test]
    fn a_role_that_a_block_makes_is_joined() {
        let sql = "DO $a$ BEGIN\nIF true THEN CREATE ROLE \"My app\" LOGIN; END IF;\nCREATE USER MAPPING FOR x SERVER y; END $a$";
        let Section::Steps(steps) = tolerating_roles(&section(sql)) else {
            panic!("steps stay steps");
        };
        let expected = "DO $a$ BEGIN\nIF true THEN CREATE ROLE \"My app\" LOGIN; GRANT \"My app\" TO CURRENT_USER; GRANT limbeck_database TO \"My app\"; END IF;\nCREATE USER MAPPING FOR x SERVER y; END $a$";
        assert_eq!(steps[0].sql, expected);
    }
}
