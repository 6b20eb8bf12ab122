//! Who the SQL of a checkout runs as: on Limbeck's own server a login that owns its scratch database and
//! may make roles, and on a given one nobody who could do more.
//!
//! It can install extensions that are marked as trusted. It cannot read or write files of the machine, run
//! programs, or connect to anything; it cannot touch a template, nor leave a setting for a later run.

use super::server::Trust;
use super::{ScratchError, query_error};
use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

/// The login on Limbeck's own server.
pub(super) const LOGIN: &str = "limbeck";

/// The owner of every scratch database. Roles that a replay makes are members of it, so that they can be
/// given what the login makes, as a superuser could give it to them.
pub(crate) const OWNER: &str = "limbeck_database";

/// Whether a role of this name is Limbeck's own on its server, where nobody else can make one of it.
pub(crate) fn is_own(role: &str) -> bool {
    [LOGIN, OWNER, super::cluster::ADMIN].contains(&role)
}

/// Makes login and owner on Limbeck's own server, and takes back what an earlier run has changed of them.
///
/// Rows hide from nobody who proves that they are kept: forced row security does not hold for the login.
///
/// Before PostgreSQL 16 who may make roles may also join every role that is no superuser (manual, section
/// 22.2 of 15), so those that reach files and programs go: their privileges are tied to their numbers,
/// which no other role can get.
pub(super) fn prepare_sql(trust: Trust) -> String {
    let superuser = match trust {
        Trust::Nothing => "NOSUPERUSER",
        Trust::Everything => "SUPERUSER",
    };
    format!(
        "SET client_min_messages = warning;
         DO $$ BEGIN
             IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{OWNER}') THEN
                 CREATE ROLE {OWNER};
             END IF;
             IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{LOGIN}') THEN
                 CREATE ROLE {LOGIN};
             END IF;
         END $$;
         ALTER ROLE {OWNER} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
         ALTER ROLE {LOGIN} LOGIN {superuser} NOCREATEDB CREATEROLE INHERIT NOREPLICATION BYPASSRLS
             CONNECTION LIMIT -1 PASSWORD NULL VALID UNTIL 'infinity';
         GRANT {OWNER} TO {LOGIN} WITH ADMIN OPTION;
         DELETE FROM pg_catalog.pg_db_role_setting WHERE setrole <> 0;
         DELETE FROM pg_catalog.pg_authid WHERE rolname IN
             ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program');
         RESET client_min_messages"
    )
}

/// Gives a new database to the login: what dumps and revisions say of `public` and of `plpgsql`, which is
/// there from the start, is said by who owns them.
pub(super) fn adopt_sql() -> String {
    format!(
        "DO $$ BEGIN
             IF pg_catalog.current_setting('server_version_num')::integer < 150000 THEN
                 ALTER SCHEMA public OWNER TO {LOGIN};
             END IF;
         END $$;
         UPDATE pg_catalog.pg_extension SET extowner = '{LOGIN}'::pg_catalog.regrole
             WHERE extname = 'plpgsql'"
    )
}

/// Refuses a login of a given server with which SQL could reach beyond its database.
pub(super) async fn refuse_powerful(
    admin: &mut Connection,
    url: &DatabaseUrl,
) -> Result<(), ScratchError> {
    let sql = "SELECT r.rolname, pg_catalog.concat_ws(' and ',
             CASE WHEN r.rolsuper THEN 'is a superuser' END,
             CASE WHEN r.rolcreaterole THEN 'may create roles' END,
             (SELECT 'is a member of ' || pg_catalog.string_agg(g.rolname::text, ', ' ORDER BY g.rolname)
              FROM pg_catalog.pg_roles AS g
              WHERE NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
                AND (g.rolsuper OR g.rolcreaterole OR g.rolname::text = ANY (ARRAY['pg_read_server_files',
                     'pg_write_server_files', 'pg_execute_server_program'])) AND g.oid <> r.oid))
         FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user";
    let rows = super::rows(admin, sql).await;
    let rows = rows.map_err(|source| query_error("ask what the login may do".into(), source))?;
    let mut row = rows.into_iter().flatten().map(Option::unwrap_or_default);
    let role = row.next().unwrap_or_default();
    let rights = row.next().unwrap_or_default();
    if rights.is_empty() {
        return Ok(());
    }
    Err(ScratchError::Powerful {
        role,
        rights,
        url: url.clone(),
    })
}
