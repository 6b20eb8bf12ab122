//! Extensions that a scratch database may get although its login has not the right to install them: those
//! that the user allows by name.
//!
//! The login gets no right for that, not for a moment: a superuser that is given one statement long is one
//! for every session of the login. What is allowed is composed here from the tokens of the statement, and
//! stands for as long as it takes in a function of the administrator's, which the session of the login calls
//! in its own transaction. Then the extension is given to whoever said the statement; what is in it stays
//! the administrator's, as it does with an extension that is marked as trusted.
//!
//! The script of an extension runs with the rights of the administrator, and finds what it names on its
//! path. That path is an empty schema, from which the extension is moved afterwards; where it cannot be
//! moved, and in the schemas of extensions that it needs, there must be nothing that the login has made.

mod facts;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::{Token, TokenKind, lex, quote_literal, quoted, unquoted};

use self::facts::{Facts, Version};
use super::{Connection, DatabaseError, QueryError};
use crate::url::DatabaseUrl;

/// Extensions that are allowed by name.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// Their names.
    pub names: BTreeSet<String>,
    /// The database, as its administrator.
    pub admin: DatabaseUrl,
}

/// A statement about an extension, as its tokens say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    name: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Create {
        schema: Option<String>,
        version: Option<String>,
        cascades: bool,
    },
    Update {
        version: Option<String>,
    },
    Move {
        schema: String,
    },
}

/// What becomes of a statement.
#[derive(Debug, PartialEq, Eq)]
enum Handling {
    /// The login may do it, or the server says best why it cannot be done.
    AsWritten,
    /// The administrator does it.
    Composed(Vec<String>),
    /// It is refused.
    Refused(Box<DatabaseError>),
}

impl Allowance {
    /// The statement, if it is about one of these extensions and nothing else.
    pub(super) fn covers(&self, sql: &str) -> Option<Request> {
        read(sql).filter(|request| self.names.contains(&request.name))
    }
}

/// Runs a statement that is allowed.
pub(super) async fn run(
    connection: &mut Connection,
    allowance: &Allowance,
    request: &Request,
    sql: &str,
) -> Result<(), QueryError> {
    let facts = facts::ask(connection).await?;
    let interim = schema_name();
    match verdict(request, &facts, &allowance.names, &interim) {
        Handling::AsWritten => connection.query_sets(sql).await.map(|_| ()),
        Handling::Refused(error) => Err(QueryError::Database(error)),
        Handling::Composed(statements) => lend(connection, allowance, &statements).await,
    }
}

/// Has statements run in the transaction of the session, with the rights of the administrator.
async fn lend(
    connection: &mut Connection,
    allowance: &Allowance,
    statements: &[String],
) -> Result<(), QueryError> {
    let schema = schema_name();
    let mut admin = match Connection::connect(&allowance.admin).await {
        Ok(admin) => admin,
        Err(error) => return Err(refused_by_limbeck(&error.to_string())),
    };
    // The login owns the database, so it may have set what sessions begin with.
    let begin = "SET standard_conforming_strings = on; SET search_path = pg_catalog, pg_temp; \
                 SET default_transaction_read_only = off; SET check_function_bodies = off; \
                 SET lock_timeout = '10s'";
    let make = format!(
        "CREATE SCHEMA {schema}; GRANT USAGE ON SCHEMA {schema} TO PUBLIC; \
         CREATE FUNCTION {schema}.run() RETURNS void LANGUAGE sql SECURITY DEFINER \
         SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS {}",
        quote_literal(&format!("{}; SELECT", statements.join("; ")))
    );
    admin.query_sets(begin).await?;
    admin.query_sets(&make).await?;
    let outcome = connection
        .query_sets(&format!("SELECT {schema}.run()"))
        .await;
    // Nothing of it may be seen by who reads the state, nor be called again.
    let gone = admin
        .query_sets(&format!("DROP SCHEMA {schema} CASCADE"))
        .await;
    let _ = admin.close().await;
    outcome.and(gone).map(|_| ())
}

fn refused_by_limbeck(message: &str) -> QueryError {
    QueryError::Database(Box::new(DatabaseError {
        message: message.to_owned(),
        ..DatabaseError::default()
    }))
}

/// A name for a schema that nobody guesses.
fn schema_name() -> String {
    // The keys of the standard hasher are random for each process and differ for each call.
    format!(
        "limbeck_lent_{:016x}",
        RandomState::new().build_hasher().finish()
    )
}

fn verdict(
    request: &Request,
    facts: &Facts,
    allowed: &BTreeSet<String>,
    interim: &str,
) -> Handling {
    match &request.what {
        What::Create {
            schema,
            version,
            cascades,
        } => {
            let install = Install {
                facts,
                allowed,
                schema: schema.as_deref(),
                cascades: *cascades,
                interim,
            };
            install.verdict(&request.name, version.as_deref())
        }
        What::Update { version } => update(facts, &request.name, version.as_deref(), interim),
        What::Move { schema } => relocate(facts, &request.name, schema),
    }
}

struct Install<'a> {
    facts: &'a Facts,
    allowed: &'a BTreeSet<String>,
    schema: Option<&'a str>,
    cascades: bool,
    interim: &'a str,
}

impl<'a> Install<'a> {
    fn verdict(&self, name: &str, version: Option<&str>) -> Handling {
        if self.facts.installed.contains_key(name) {
            return Handling::AsWritten;
        }
        let mut order = Vec::new();
        if !self.follow(name, version, &mut order) || !order.iter().any(|one| one.needs_rights) {
            return Handling::AsWritten;
        }
        let missing = order
            .iter()
            .find(|one| one.needs_rights && !self.allowed.contains(&one.name));
        if let Some(missing) = missing {
            let detail = format!("extension \"{name}\" needs it, and CASCADE would install it");
            return refused("42501", &denied(&missing.name), detail);
        }
        let mut statements = vec![format!("CREATE SCHEMA {}", self.interim)];
        for one in &order {
            match self.statements(one) {
                Ok(more) => statements.extend(more),
                Err(verdict) => return verdict,
            }
        }
        statements.push(format!("DROP SCHEMA {}", self.interim));
        Handling::Composed(statements)
    }

    /// Collects what an extension needs, and it behind that; false where the server does not have it.
    fn follow(&self, name: &str, version: Option<&str>, order: &mut Vec<&'a Version>) -> bool {
        let Some(found) = self.facts.version(name, version) else {
            return false;
        };
        for needed in &found.requires {
            if self.facts.installed.contains_key(needed)
                || order.iter().any(|one| one.name == *needed)
            {
                continue;
            }
            // One that needs itself in the end is the server's to refuse.
            if !self.cascades || order.len() > 100 || needed == name {
                return false;
            }
            if !self.follow(needed, None, order) {
                return false;
            }
        }
        order.push(found);
        true
    }

    /// The schema that an extension goes into.
    fn target(&self, one: &'a Version) -> Option<&'a str> {
        let current = self.facts.current_schema.as_deref();
        one.schema.as_deref().or(self.schema).or(current)
    }

    fn statements(&self, one: &'a Version) -> Result<Vec<String>, Handling> {
        let facts = self.facts;
        let target = self.target(one).ok_or(Handling::AsWritten)?;
        let mut statements = Vec::new();
        if one.schema.is_some() {
            if self.schema.is_some_and(|schema| schema != target) {
                return Err(Handling::AsWritten);
            }
            if !facts.schemas.contains_key(target) {
                statements.push(format!(
                    "CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}",
                    quoted(target),
                    quoted(&facts.role)
                ));
            }
        } else {
            let schema = facts.schemas.get(target).ok_or(Handling::AsWritten)?;
            if !schema.may_create {
                let message = format!("permission denied for schema {target}");
                return Err(refused("42501", &message, String::new()));
            }
        }
        if one.needs_rights {
            let mut path: BTreeSet<&str> = BTreeSet::new();
            for needed in &one.requires {
                path.extend(match facts.installed.get(needed) {
                    Some(installed) => Some(installed.schema.as_str()),
                    // It is installed just before.
                    None => facts.version(needed, None).and_then(|one| self.target(one)),
                });
            }
            if !one.is_relocatable {
                path.insert(target);
            }
            facts.refuse_foreign(&one.name, &path)?;
        }
        let name = quoted(&one.name);
        let version = quote_literal(&one.version);
        if one.is_relocatable {
            let interim = self.interim;
            statements.push(format!(
                "CREATE EXTENSION {name} SCHEMA {interim} VERSION {version}"
            ));
            statements.push(move_to(&one.name, target));
        } else {
            statements.push(format!(
                "CREATE EXTENSION {name} SCHEMA {} VERSION {version}",
                quoted(target)
            ));
        }
        statements.extend(hand_over(&one.name, &facts.role));
        Ok(statements)
    }
}

fn update(facts: &Facts, name: &str, version: Option<&str>, interim: &str) -> Handling {
    let Some(installed) = facts.installed.get(name).filter(|one| one.is_mine) else {
        return Handling::AsWritten;
    };
    let Some(found) = facts.version(name, version) else {
        return Handling::AsWritten;
    };
    if !found.needs_rights || found.version == installed.version {
        return Handling::AsWritten;
    }
    let is_relocatable = installed.is_relocatable && found.is_relocatable;
    let needed = found.requires.iter();
    let needed = needed.filter_map(|needed| facts.installed.get(needed));
    let mut path: BTreeSet<&str> = needed.map(|one| one.schema.as_str()).collect();
    if !is_relocatable {
        path.insert(&installed.schema);
    }
    if let Err(verdict) = facts.refuse_foreign(name, &path) {
        return verdict;
    }
    let there = format!(
        "ALTER EXTENSION {} UPDATE TO {}",
        quoted(name),
        quote_literal(&found.version)
    );
    let mut statements = if is_relocatable {
        vec![
            format!("CREATE SCHEMA {interim}"),
            move_to(name, interim),
            there,
            move_to(name, &installed.schema),
            format!("DROP SCHEMA {interim}"),
        ]
    } else {
        vec![there]
    };
    statements.extend(hand_over(name, &facts.role));
    Handling::Composed(statements)
}

/// Moves an extension, which needs the right on each thing in it; no script of its own runs.
fn relocate(facts: &Facts, name: &str, schema: &str) -> Handling {
    let is_mine = facts.installed.get(name).is_some_and(|one| one.is_mine);
    let may_create = facts.schemas.get(schema).is_some_and(|one| one.may_create);
    if is_mine && may_create {
        Handling::Composed(vec![move_to(name, schema)])
    } else {
        Handling::AsWritten
    }
}

fn move_to(name: &str, schema: &str) -> String {
    let (name, schema) = (quoted(name), quoted(schema));
    format!("ALTER EXTENSION {name} SET SCHEMA {schema}")
}

/// Makes a role the owner of an extension, and of what it wraps data with: the right to use that comes with
/// it, and nobody else can have it. The server lets only a superuser own such a wrapper, and nothing more
/// comes of it than to use it and to let others do so.
fn hand_over(name: &str, role: &str) -> Vec<String> {
    let owner = format!("{}::pg_catalog.regrole", quote_literal(&quoted(role)));
    let of = format!(
        "(SELECT oid FROM pg_catalog.pg_extension WHERE extname = {})",
        quote_literal(name)
    );
    let wrappers = format!(
        "SELECT objid FROM pg_catalog.pg_depend WHERE deptype = 'e' AND refobjid = {of} \
         AND refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass \
         AND classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass"
    );
    let note = |class: &str, objects: &str| {
        format!(
            "INSERT INTO pg_catalog.pg_shdepend (dbid, classid, objid, objsubid, refclassid, refobjid, deptype) \
             SELECT d.oid, 'pg_catalog.{class}'::pg_catalog.regclass, o.oid, 0, \
                 'pg_catalog.pg_authid'::pg_catalog.regclass, {owner}, 'o' \
             FROM pg_catalog.pg_database AS d, pg_catalog.{class} AS o \
             WHERE d.datname = pg_catalog.current_database() AND o.oid IN ({objects}) \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s WHERE s.dbid = d.oid AND s.objid = o.oid \
                     AND s.classid = 'pg_catalog.{class}'::pg_catalog.regclass AND s.deptype = 'o')"
        )
    };
    vec![
        format!("UPDATE pg_catalog.pg_extension SET extowner = {owner} WHERE oid = {of}"),
        note("pg_extension", &of),
        format!(
            "UPDATE pg_catalog.pg_foreign_data_wrapper SET fdwowner = {owner} WHERE oid IN ({wrappers})"
        ),
        note("pg_foreign_data_wrapper", &wrappers),
    ]
}

fn denied(name: &str) -> String {
    format!("permission denied to create extension \"{name}\"")
}

fn refused(code: &str, message: &str, detail: String) -> Handling {
    Handling::Refused(Box::new(DatabaseError {
        code: Some(code.to_owned()),
        message: message.to_owned(),
        detail: Some(detail).filter(|detail| !detail.is_empty()),
        ..DatabaseError::default()
    }))
}

/// Reads `CREATE EXTENSION`, `ALTER EXTENSION … UPDATE` and `… SET SCHEMA`; whatever else stands there makes it none.
fn read(sql: &str) -> Option<Request> {
    let mut tokens = lex(sql, Dialect::Postgres).ok()?;
    tokens.retain(Token::is_significant);
    if tokens.last().is_some_and(|token| token.text(sql) == ";") {
        tokens.pop();
    }
    let mut rest = Rest {
        sql,
        tokens: &tokens,
    };
    if rest.takes("create") && rest.takes("extension") {
        if rest.takes("if") && !(rest.takes("not") && rest.takes("exists")) {
            return None;
        }
        let name = rest.name()?;
        rest.takes("with");
        let (mut schema, mut version, mut cascades) = (None, None, false);
        while !rest.tokens.is_empty() {
            // The server refuses what is said twice.
            if schema.is_none() && rest.takes("schema") {
                schema = Some(rest.name()?);
            } else if version.is_none() && rest.takes("version") {
                version = Some(rest.text()?);
            } else if !cascades && rest.takes("cascade") {
                cascades = true;
            } else {
                return None;
            }
        }
        let what = What::Create {
            schema,
            version,
            cascades,
        };
        return Some(Request { name, what });
    }
    if !(rest.takes("alter") && rest.takes("extension")) {
        return None;
    }
    let name = rest.name()?;
    let what = if rest.takes("update") {
        let version = if rest.takes("to") {
            Some(rest.text()?)
        } else {
            None
        };
        What::Update { version }
    } else if rest.takes("set") && rest.takes("schema") {
        let schema = rest.name()?;
        What::Move { schema }
    } else {
        return None;
    };
    rest.tokens.is_empty().then_some(Request { name, what })
}

/// The tokens that are still to be read.
struct Rest<'a> {
    sql: &'a str,
    tokens: &'a [Token],
}

impl Rest<'_> {
    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.tokens.first().is_some_and(|token| {
            token.kind == TokenKind::Word && token.text(self.sql).eq_ignore_ascii_case(word)
        });
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn name(&mut self) -> Option<String> {
        let (token, rest) = self.tokens.split_first()?;
        let text = token.text(self.sql);
        let name = match token.kind {
            TokenKind::Word => text.to_ascii_lowercase(),
            TokenKind::QuotedIdentifier => unquoted(text)?,
            _ => return None,
        };
        self.tokens = rest;
        Some(name)
    }

    /// A version, which is a name or a string.
    fn text(&mut self) -> Option<String> {
        let (token, rest) = self.tokens.split_first()?;
        if token.kind != TokenKind::String {
            return self.name();
        }
        // Neither escapes nor strings that go on in the next line.
        let inner = token
            .text(self.sql)
            .strip_prefix('\'')?
            .strip_suffix('\'')?;
        if inner.contains(['\'', '\\', '\n']) {
            return None;
        }
        self.tokens = rest;
        Some(inner.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_statement_alone_is_read() {
        let create = |name: &str, schema: Option<&str>, version: Option<&str>, cascades| {
            let what = What::Create {
                schema: schema.map(ToOwned::to_owned),
                version: version.map(ToOwned::to_owned),
                cascades,
            };
            let name = name.to_owned();
            Some(Request { name, what })
        };
        let update = |name: &str, version: Option<&str>| {
            let what = What::Update {
                version: version.map(ToOwned::to_owned),
            };
            let name = name.to_owned();
            Some(Request { name, what })
        };
        for (sql, expected) in [
            (
                "CREATE EXTENSION dblink",
                create("dblink", None, None, false),
            ),
            (
                "-- a\ncreate /* b */ extension DBLink;",
                create("dblink", None, None, false),
            ),
            (
                "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA \"A b\" VERSION '1.1' CASCADE",
                create("uuid-ossp", Some("A b"), Some("1.1"), true),
            ),
            (
                "CREATE EXTENSION a CASCADE VERSION \"2\" SCHEMA S",
                create("a", Some("s"), Some("2"), true),
            ),
            ("ALTER EXTENSION a UPDATE", update("a", None)),
            (
                "ALTER EXTENSION \"A\" UPDATE TO '1.2'",
                update("A", Some("1.2")),
            ),
            ("CREATE EXTENSION dblink; CREATE ROLE x SUPERUSER", None),
            ("CREATE EXTENSION dblink;;", None),
            ("CREATE EXTENSION IF EXISTS dblink", None),
            ("CREATE EXTENSION dblink FROM unpackaged", None),
            ("CREATE EXTENSION dblink SCHEMA a SCHEMA b", None),
            ("CREATE EXTENSION dblink VERSION 'a' || 'b'", None),
            ("CREATE EXTENSION dblink VERSION E'1\\x27'", None),
            ("CREATE EXTENSION U&\"d\\0062link\"", None),
            ("CREATE EXTENSION 'dblink'", None),
            ("CREATE EXTENSION", None),
            ("DO $$ BEGIN CREATE EXTENSION dblink; END $$", None),
            ("ALTER EXTENSION a ADD FUNCTION f()", None),
            (
                "ALTER EXTENSION a SET SCHEMA b",
                Some(Request {
                    name: "a".to_owned(),
                    what: What::Move {
                        schema: "b".to_owned(),
                    },
                }),
            ),
            ("ALTER EXTENSION a SET SCHEMA b c", None),
            ("ALTER EXTENSION a UPDATE; SELECT 1", None),
            ("DROP EXTENSION dblink", None),
        ] {
            assert_eq!(read(sql), expected, "{sql}");
        }
    }
}
