//! Whether the history's tables on PostgreSQL have the form that Limbeck gives them, and an owner whom this role trusts.
//!
//! Whoever may create a table may create one with the name of the history. Its triggers, rules, policies and defaults would
//! run with the rights of the role that writes to it.

use std::fmt;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::quote_literal;

use super::{HistoryError, HistoryTable};
use crate::connection::{Connection, QueryError};

/// Why a table is not taken for one of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untaken {
    /// Somebody else made it.
    Owner {
        /// Who.
        owner: String,
        /// The role that looks at it.
        role: String,
    },
    /// It is a view, a partitioned table, a part of another table, or the like.
    NoPlainTable,
    /// Its columns are not those that Limbeck makes.
    Columns,
    /// A trigger hangs on it.
    Trigger(String),
    /// A rule hangs on it.
    Rule(String),
    /// Row security is on, or there is a policy.
    RowSecurity,
    /// There is a constraint that Limbeck does not make.
    Constraint(String),
    /// There is an index on an expression, or on some of the rows.
    Index(String),
    /// It was changed since it was asked about, by the step or by somebody else.
    Meanwhile,
}

impl fmt::Display for Untaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner { owner, role } => write!(
                f,
                "it belongs to `{owner}`; `{role}` is neither that role nor a member of it, and the database \
                 and the schema belong to others"
            ),
            Self::NoPlainTable => f.write_str("it is no plain table that stands by itself"),
            Self::Columns => f.write_str("its columns are not those that Limbeck makes"),
            Self::Trigger(name) => write!(f, "it has the trigger `{name}`"),
            Self::Rule(name) => write!(f, "it has the rule `{name}`"),
            Self::RowSecurity => f.write_str("it has row security"),
            Self::Constraint(name) => write!(
                f,
                "it has the constraint `{name}`, which Limbeck does not make"
            ),
            Self::Index(name) => {
                write!(f, "it has the index `{name}`, which Limbeck does not make")
            }
            Self::Meanwhile => {
                f.write_str("it has just been changed, perhaps by the revision itself")
            }
        }
    }
}

impl Untaken {
    fn read(what: &str, detail: String, role: String) -> Self {
        match what {
            "owner" => Self::Owner {
                owner: detail,
                role,
            },
            "columns" => Self::Columns,
            "trigger" => Self::Trigger(detail),
            "rule" => Self::Rule(detail),
            "security" => Self::RowSecurity,
            "constraint" => Self::Constraint(detail),
            "index" => Self::Index(detail),
            _ => Self::NoPlainTable,
        }
    }
}

/// How much is asked of the tables.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// That they are such tables, of somebody who is trusted.
    All,
    /// That they are such tables; whose they are was asked when the transaction began, before a step
    /// could become another role.
    Shape,
}

/// What the catalog said of both tables when all was asked of them. As long as it says the same, nobody but who is
/// trusted can have changed them: what others may hang on a table is a trigger, where its owner lets them (PostgreSQL
/// manual, section 5.7), and the catalog tells of the first one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Which tables, whose, and of what form.
    tables: String,
    /// Their form alone: a step may give them to another role.
    form: String,
}

impl Seen {
    /// Reads it from the row of [`guard_sql`]; nothing where a table has, or had, what the catalog tells of for the first
    /// time only.
    pub(super) fn of_row(row: &[Option<String>]) -> Option<Self> {
        Some(Self {
            tables: row.get(1)?.clone()?,
            form: row.get(2)?.clone()?,
        })
    }
}

/// What is asked of the tables.
#[derive(Clone, Copy)]
pub(super) enum Question<'a> {
    /// Whether nothing is wrong with them. It takes a server milliseconds to plan.
    Whole,
    /// Whether they are as this version makes them, and this role's own. Of others the whole question tells whether they
    /// are good, too.
    Usual,
    /// Whether the catalog says of them what was seen when all was asked.
    Same(&'a Seen),
}

impl<'a> Question<'a> {
    /// The shorter question where there is something to compare with.
    pub(super) fn since(seen: Option<&'a Seen>) -> Self {
        seen.map_or(Self::Whole, Self::Same)
    }
}

/// The lock under which a table stays as it was asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// To read rows.
    Read,
    /// To write rows.
    Write,
}

/// Locks both tables, and fails with [`is_refusal`] unless the answer to the question is yes. The path must be that of [`crate::own_names::BEGIN`], with the schema
/// of the tables behind it where the table names none.
pub(super) fn guard_sql(
    table: &HistoryTable,
    ask: Ask,
    access: Access,
    question: Question<'_>,
) -> String {
    let [history, journal] = super::table_names(table, Dialect::Postgres);
    let mode = match access {
        Access::Read => "ACCESS SHARE",
        Access::Write => "ROW EXCLUSIVE",
    };
    // A division by zero stops what follows in plain SQL: DO needs a language, and not everybody may use it.
    let holds = match (question, ask) {
        (Question::Whole, ask) => format!("NOT EXISTS ({})", faults_sql(table, ask)),
        (Question::Usual, _) => format!("({})", in_place(USUAL, table)),
        (Question::Same(seen), Ask::All) => format!("s.tables == {}", quote_literal(&seen.tables)),
        (Question::Same(seen), Ask::Shape) => format!("s.form == {}", quote_literal(&seen.form)),
    };
    let sql = format!(
        "LOCK TABLE {history}, {journal} IN {mode} MODE; \
         SELECT 1 OPERATOR(pg_catalog./) (CASE WHEN {holds} THEN 1 ELSE 0 END), s.tables, s.form FROM ({}) AS s; ",
        in_place(SEEN, table)
    );
    spelled(&sql)
}

/// How many statements [`guard_sql`] is.
pub(super) const STATEMENTS: usize = 2;

/// Whether the error is that of [`guard_sql`], or of a lock on what is no table.
pub(crate) fn is_refusal(error: &QueryError) -> bool {
    error.has_code("22012") || error.has_code("42809")
}

/// Asks what is wrong with the tables, once [`is_refusal`] has said that something is.
pub(super) async fn refusal(
    connection: &mut Connection,
    settings: &str,
    table: &HistoryTable,
) -> Result<Option<HistoryError>, QueryError> {
    let sql = format!(
        "{settings}{}{}",
        super::path_sql(table),
        faults_sql(table, Ask::All)
    );
    let sets = connection.query_sets(&sql).await?;
    let Some(row) = sets
        .into_iter()
        .next_back()
        .unwrap_or_default()
        .into_iter()
        .next()
    else {
        return Ok(None);
    };
    let mut row = row.into_iter().map(Option::unwrap_or_default);
    let mut next = || row.next().unwrap_or_default();
    let (schema, name, what, detail, role) = (next(), next(), next(), next(), next());
    Ok(Some(HistoryError::NotTaken {
        table: QualifiedName::within(Some(&schema), name),
        reason: Untaken::read(&what, detail, role),
    }))
}

/// As [`faults_sql`], for a script that asks for itself.
pub(crate) fn all_faults_sql(table: &HistoryTable) -> String {
    faults_sql(table, Ask::All)
}

/// A row for each thing that is wrong with one of the tables: schema, name, what, detail, and this role.
/// Operators are spelled out, since the schema of the tables may be on the path.
fn faults_sql(table: &HistoryTable, ask: Ask) -> String {
    let owner = match ask {
        Ask::Shape => String::new(),
        Ask::All => {
            format!("UNION ALL SELECT 'owner', o.rolname::pg_catalog.text WHERE NOT {TRUSTED}")
        }
    };
    spelled(&in_place(FAULTS, table).replace("{owner}", &owner))
}

/// The text with the names of the tables.
fn in_place(text: &str, table: &HistoryTable) -> String {
    let [history, journal] =
        super::table_names(table, Dialect::Postgres).map(|name| quote_literal(&name));
    text.replace("{history}", &history)
        .replace("{journal}", &journal)
}

/// The text with operators that are those of `pg_catalog` on every path.
fn spelled(text: &str) -> String {
    text.replace(" == ", " OPERATOR(pg_catalog.=) ")
        .replace(" != ", " OPERATOR(pg_catalog.<>) ")
}

/// What [`Seen`] keeps, nothing of it where a table has, or had, a trigger or a rule: the catalog does not tell of a
/// second one.
const SEEN: &str = "SELECT CASE WHEN c.marked THEN NULL ELSE c.tables END AS tables,
    CASE WHEN c.marked THEN NULL ELSE c.form END AS form
FROM (SELECT pg_catalog.bool_or(c.relhastriggers OR c.relhasrules) AS marked,
        pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, c.relowner, f.form), '|' ORDER BY c.relname) AS tables,
        pg_catalog.string_agg(f.form, '|' ORDER BY c.relname) AS form
    FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL (SELECT pg_catalog.concat_ws(' ', c.relkind, c.relpersistence,
        c.relispartition, c.reloftype, c.relhassubclass, c.relrowsecurity, c.relforcerowsecurity, c.relnatts,
        c.relchecks) AS form) AS f
    WHERE c.oid == pg_catalog.to_regclass({history})::pg_catalog.oid
        OR c.oid == pg_catalog.to_regclass({journal})::pg_catalog.oid) AS c";

/// Whether the role `me` trusts the owner `o` of a table in the schema `n`. Superusers, and who owns the database or the
/// schema, could do as they like anyway. A superuser counts as a member of every role, so for one only what was granted
/// makes a member.
const TRUSTED: &str = "(
    o.oid == me.oid OR o.rolsuper OR o.oid == n.nspowner
    OR o.oid == (SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname == pg_catalog.current_database())
    OR (NOT me.rolsuper AND pg_catalog.pg_has_role(me.oid, o.oid, 'MEMBER'))
    OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.member == me.oid AND m.roleid == o.oid))";

/// As [`TRUSTED`], for a query of tables that are not Limbeck's.
pub(crate) fn trusted_sql() -> String {
    spelled(TRUSTED)
}

const FAULTS: &str = "SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text, f.what, f.detail,
    me.rolname::pg_catalog.text
FROM (VALUES
    (pg_catalog.to_regclass({history}), 'applied_at timestamptz now()|checksum text |description text |revision text ',
        'applied_at timestamptz now()|checksum text |description text |downgrade text |duration_ms int8 |parents text |revision text |run_by text |stamped bool |version text '),
    (pg_catalog.to_regclass({journal}), 'checksum text |direction text |id int8 |revision text |run_at timestamptz now()|step int4 |steps int4 ',
        'begun text |checksum text |direction text |id int8 |revision text |run_at timestamptz now()|statement int4 |statements int4 |step int4 |steps int4 ')
) AS t (relation, narrow, wide)
JOIN pg_catalog.pg_class AS c ON c.oid == t.relation::pg_catalog.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid == c.relnamespace
JOIN pg_catalog.pg_roles AS o ON o.oid == c.relowner
JOIN pg_catalog.pg_roles AS me ON me.rolname == CURRENT_USER
CROSS JOIN LATERAL (
    SELECT 'kind'::pg_catalog.text AS what, ''::pg_catalog.text AS detail
        WHERE c.relkind != 'r'::pg_catalog.\"char\" OR c.relpersistence != 'p'::pg_catalog.\"char\"
        OR c.relispartition OR c.reloftype != 0::pg_catalog.oid
        OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid == c.oid OR i.inhparent == c.oid)
    {owner}
    UNION ALL SELECT 'columns', '' WHERE (
        SELECT coalesce(pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, ty.typname, CASE
                WHEN a.attgenerated != ''::pg_catalog.\"char\" OR tn.nspname != 'pg_catalog'::pg_catalog.name THEN '?'
                WHEN e.expression == 'CURRENT_TIMESTAMP'::pg_catalog.text THEN 'now()'
                ELSE coalesce(e.expression, '') END), '|' ORDER BY a.attname), '')
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_type AS ty ON ty.oid == a.atttypid
        JOIN pg_catalog.pg_namespace AS tn ON tn.oid == ty.typnamespace
        LEFT JOIN LATERAL (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression
            FROM pg_catalog.pg_attrdef AS d WHERE d.adrelid == a.attrelid AND d.adnum == a.attnum) AS e ON true
        WHERE a.attrelid == c.oid AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped
    ) OPERATOR(pg_catalog.<>) ALL (ARRAY[t.narrow::pg_catalog.text, t.wide::pg_catalog.text])
    UNION ALL SELECT 'trigger', g.tgname::pg_catalog.text FROM pg_catalog.pg_trigger AS g
        WHERE g.tgrelid == c.oid AND NOT g.tgisinternal
    UNION ALL SELECT 'rule', r.rulename::pg_catalog.text FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class == c.oid
    UNION ALL SELECT 'security', '' WHERE c.relrowsecurity OR c.relforcerowsecurity
        OR EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid == c.oid)
    UNION ALL SELECT 'constraint', k.conname::pg_catalog.text FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid == c.oid AND k.contype OPERATOR(pg_catalog.<>) ALL ('{p,u,n}'::pg_catalog.\"char\"[])
    UNION ALL SELECT 'index', x.relname::pg_catalog.text FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS x ON x.oid == i.indexrelid
        WHERE i.indrelid == c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
) AS f ORDER BY 2, pg_catalog.array_position(
    ARRAY['kind', 'owner', 'security', 'trigger', 'rule', 'columns', 'constraint', 'index'], f.what)";

/// Whether both tables are as this version makes them and this role's own: true only where [`FAULTS`] finds nothing. Types
/// are told by their numbers, which are the same on every server (PostgreSQL manual, section 73.2). Constraints that are
/// not Limbeck's show as checks, as triggers or as an index that excludes, but for foreign keys that are not enforced.
const USUAL: &str = "SELECT pg_catalog.bool_and(coalesce(
        c.relkind == 'r'::pg_catalog.\"char\" AND c.relpersistence == 'p'::pg_catalog.\"char\"
        AND c.reloftype == 0::pg_catalog.oid AND c.relchecks == 0::pg_catalog.int2
        AND NOT (c.relispartition OR c.relhassubclass OR c.relrowsecurity OR c.relforcerowsecurity OR c.relhastriggers
            OR c.relhasrules)
        AND c.relowner == pg_catalog.to_regrole(pg_catalog.quote_ident(CURRENT_USER::pg_catalog.text))::pg_catalog.oid
        AND t.columns == (SELECT pg_catalog.concat_ws('|', pg_catalog.count(*), pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, a.atttypid, a.attgenerated, CASE
                WHEN a.atthasdef THEN (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef AS d
                    WHERE d.adrelid == c.oid AND d.adnum == a.attnum) END), '|' ORDER BY a.attname))
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid == c.oid AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid == c.oid)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid == c.oid)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid == c.oid
            AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR i.indisexclusion))
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
            WHERE k.conrelid == c.oid AND k.contype == 'f'::pg_catalog.\"char\"), false))
    FROM (VALUES
        (pg_catalog.to_regclass({history}), '10|applied_at 1184  CURRENT_TIMESTAMP|checksum 25 |description 25 |downgrade 25 |duration_ms 20 |parents 25 |revision 25 |run_by 25 |stamped 16 |version 25 '),
        (pg_catalog.to_regclass({journal}), '10|begun 25 |checksum 25 |direction 25 |id 20 |revision 25 |run_at 1184  CURRENT_TIMESTAMP|statement 23 |statements 23 |step 23 |steps 23 ')
    ) AS t (relation, columns) JOIN pg_catalog.pg_class AS c ON c.oid == t.relation::pg_catalog.oid";
