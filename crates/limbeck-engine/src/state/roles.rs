//! Roles of revisions on Limbeck's own cluster: they are the cluster's, and the databases of a run, the
//! templates of earlier ones and other projects' stand beside each other on it.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, Step};
use limbeck_core::sql::effect::{RoleVerb, great_rights, made_roles, on_roles, with_bodies};
use limbeck_core::sql::{self, Statement, quote_literal, quoted};

use limbeck::connection::{Connection, QueryError};

/// The comment on a role that was dropped, and is there for the sake of other scratch databases only.
const DROPPED: &str = "limbeck: dropped";

/// The section with every CREATE ROLE made harmless where the role is there already, and every DROP
/// ROLE where only other databases hold on to it, such as the template of an earlier state.
///
/// Who makes a role there is no superuser. So that it can give things to the role all the same, it joins
/// the role, and the role may make things in the scratch database.
pub(super) fn tolerated(section: &Section) -> Section {
    let Section::Steps(steps) = section else {
        return section.clone();
    };
    let steps = steps.iter().map(|step| {
        let statements = sql::split(&step.sql, Dialect::Postgres).unwrap_or_default();
        let mut text = step.sql.clone();
        for statement in statements.iter().rev() {
            let tolerant = match on_roles(statement) {
                Some((RoleVerb::Create, names)) => create(statement, &names),
                Some((RoleVerb::Alter, _)) => modest(&statement.text),
                Some((RoleVerb::Drop, names)) => drop(statement, &names),
                None if statement.words(1) == ["do"] => joining(&statement.text),
                None => continue,
            };
            let end = statement.offset + statement.text.len();
            text.replace_range(statement.offset..end, &tolerant);
        }
        Step {
            sql: text,
            ..step.clone()
        }
    });
    Section::Steps(steps.collect())
}

/// The roles that `upgrade` creates and that are still there after the downgrade.
pub(crate) async fn left_behind(
    connection: &mut Connection,
    upgrade: &Section,
) -> Result<Vec<String>, QueryError> {
    let created = created(upgrade);
    if created.is_empty() || connection.dialect() != Dialect::Postgres {
        return Ok(Vec::new());
    }
    let names: Vec<String> = created.iter().map(|name| quote_literal(name)).collect();
    let query = format!(
        "SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.rolname IN ({}) \
         AND coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '') <> {} ORDER BY 1",
        names.join(", "),
        quote_literal(DROPPED)
    );
    let rows = connection.query_text(&query).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// The roles that a section creates.
pub(super) fn created(section: &Section) -> Vec<String> {
    let statements = section.statements(Dialect::Postgres);
    statements
        .filter_map(|statement| match on_roles(&statement)? {
            (RoleVerb::Create, names) => names.into_iter().next(),
            (RoleVerb::Alter | RoleVerb::Drop, _) => None,
        })
        .collect()
}

/// On as many lines as the statement has, so that later lines keep their number.
fn create(statement: &Statement, names: &[String]) -> String {
    let again = names.first().map_or("NULL".to_owned(), |name| {
        format!("COMMENT ON ROLE {} IS NULL", quoted(name))
    });
    let joins = made_roles(&statement.text)
        .first()
        .map_or(String::new(), |(role, _)| joins(role));
    format!(
        "DO $limbeck$ BEGIN BEGIN {}; EXCEPTION WHEN duplicate_object THEN {again}; END;{joins} END $limbeck$",
        modest(&statement.text)
    )
}

/// The text in which CREATE ROLE and ALTER ROLE give nothing that only a superuser can give. What a role
/// may do beyond a database is not the state of one, and nobody logs in as it.
fn modest(text: &str) -> String {
    let mut modest = text.to_owned();
    for place in great_rights(text).into_iter().rev() {
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
    with_bodies(statement, |body| {
        let modest = modest(body);
        let mut text = modest.clone();
        for (role, end) in made_roles(&modest).iter().rev() {
            text.insert_str(*end, &joins(role));
        }
        text
    })
}

fn drop(statement: &Statement, names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quote_literal(name)).collect();
    let lines = statement.text.matches('\n').count();
    let holds = "EXISTS (SELECT FROM pg_catalog.pg_shdepend d WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass \
                 AND d.refobjid = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = one) AND d.dbid";
    let here = "(SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())";
    let if_exists = match sql::fold(&statement.text, Dialect::Postgres).get(2..4) {
        Some([first, second]) if first == "if" && second == "exists" => "IF EXISTS ",
        _ => "",
    };
    format!(
        "DO $limbeck$ DECLARE one text; BEGIN FOREACH one IN ARRAY ARRAY[{}]::text[] LOOP \
         IF {holds} NOT IN (0, {here})) AND NOT {holds} IN (0, {here})) \
         THEN EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', one, {}); \
         ELSE EXECUTE pg_catalog.format('DROP ROLE {if_exists}%I', one); END IF; END LOOP; END $limbeck${}",
        names.join(", "),
        quote_literal(DROPPED),
        "\n".repeat(lines)
    )
}

#[cfg(test)]
mod tests {
    use limbeck_core::plan::StepMode;

    use super::*;

    fn section(sql: &str) -> Section {
        Section::Steps(vec![Step {
            mode: StepMode::Transaction,
            sql: sql.to_owned(),
            line: 10,
        }])
    }

    #[test]
    fn roles_are_tolerated_both_ways() {
        let text = "SELECT 1;\nCREATE ROLE app;\nDROP ROLE IF EXISTS\n\"B b\", App;\nDROP USER MAPPING FOR x SERVER y;";
        let Section::Steps(steps) = tolerated(&section(text)) else {
            panic!("steps stay steps");
        };
        let sql = &steps[0].sql;
        assert!(sql.contains("BEGIN CREATE ROLE app; EXCEPTION"), "{sql}");
        assert!(sql.contains("ARRAY['B b', 'app']"), "{sql}");
        assert!(sql.contains("DROP ROLE IF EXISTS %I"), "{sql}");
        assert!(sql.contains(";\nDROP USER MAPPING FOR x"), "{sql}");
        assert_eq!(sql.lines().count(), text.lines().count());
        assert_eq!(created(&section(text)), ["app"]);
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
        let Section::Steps(steps) = tolerated(&section(sql)) else {
            panic!("steps stay steps");
        };
        let expected = "DO $a$ BEGIN\nIF true THEN CREATE ROLE \"My app\" LOGIN; GRANT \"My app\" TO CURRENT_USER; GRANT limbeck_database TO \"My app\"; END IF;\nCREATE USER MAPPING FOR x SERVER y; END $a$";
        assert_eq!(steps[0].sql, expected);
    }
}
