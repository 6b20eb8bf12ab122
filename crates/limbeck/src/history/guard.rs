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
use crate::own_names::spelled;

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
    /// Which tables, and the transaction that wrote what the catalog says of each: it is another one once the owner, the
    /// form or a first trigger is.
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
    /// Whether nothing runs where this role reads them: they are plain tables of its own, and nothing is on them that a
    /// query runs. It is asked on any path. Of other tables the whole question tells whether they are good, too.
    Reading,
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

/// Locks both tables, and fails with [`is_refusal`] unless the answer to the question is yes. But for [`Question::Reading`]
/// the path must be that of [`crate::own_names::BEGIN`], with the schema of the tables behind it where the table names none.
pub(super) fn guard_sql(
    table: &HistoryTable,
    ask: Ask,
    access: Access,
    question: Question<'_>,
) -> String {
    // A division by zero stops what follows in plain SQL: DO needs a language, and not everybody may use it.
    let asked = match question {
        Question::Whole => format!(
            "SELECT 1 OPERATOR(pg_catalog./) (CASE WHEN {} AND NOT EXISTS ({}) THEN 1 ELSE 0 END), s.tables, s.form \
             FROM ({}) AS s",
            in_place(
                "{history_id} IS NOT NULL AND {journal_id} IS NOT NULL",
                table
            ),
            faults_sql(table, ask),
            in_place(&spelled(SEEN), table)
        ),
        Question::Reading => both_sql(table, &format!("{FORM}, {READING}"), [READ; 2]),
        Question::Same(seen) => match ask {
            Ask::All => both_sql(table, "c.oid, c.xmin", halves(&seen.tables)),
            Ask::Shape => both_sql(table, FORM, halves(&seen.form)),
        },
    };
    format!("{}{asked}; ", lock_sql(table, access))
}

fn lock_sql(table: &HistoryTable, access: Access) -> String {
    let [history, journal] = super::table_names(table, Dialect::Postgres);
    let mode = match access {
        Access::Read => "ACCESS SHARE",
        Access::Write => "ROW EXCLUSIVE",
    };
    format!("LOCK TABLE {history}, {journal} IN {mode} MODE; ")
}

/// As [`guard_sql`] on any path, before a row of the history is written: fails unless the tables are those that were seen,
/// nobody has changed them since, and the condition holds. It is asked for each revision, so it is short to plan.
pub(super) fn unread_sql(table: &HistoryTable, seen: &Seen, condition: &str) -> String {
    let [history, journal] =
        halves(&seen.tables).map(|table| table.split_once(' ').unwrap_or_default());
    let same = format!(
        "{{history_id}} == {0}::pg_catalog.oid AND {{journal_id}} == {1}::pg_catalog.oid \
         AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class AS c \
         WHERE c.oid OPERATOR(pg_catalog.=) ANY ('{{{0},{1}}}'::pg_catalog.oid[]) \
         AND c.xmin OPERATOR(pg_catalog.=) ANY ('{{{2},{3}}}'::pg_catalog.xid[])) == 2::pg_catalog.int8",
        history.0, journal.0, history.1, journal.1
    );
    format!(
        "{}SELECT 1 OPERATOR(pg_catalog./) (CASE WHEN {} AND {condition} THEN 1 ELSE 0 END); ",
        lock_sql(table, Access::Write),
        in_place(&spelled(&same), table)
    )
}

/// What was seen of the history, and of the journal.
fn halves(seen: &str) -> [&str; 2] {
    let (history, journal) = seen.split_once('|').unwrap_or_default();
    [history, journal]
}

/// Asks whether the catalog says just this of the history and of the journal, and of no trigger and no rule: a division
/// by zero unless it does of both.
fn both_sql(table: &HistoryTable, form: &str, said: [&str; 2]) -> String {
    let [history, journal] = said;
    let sql = format!(
        "SELECT 1 OPERATOR(pg_catalog./) (pg_catalog.count(*) OPERATOR(pg_catalog./) 2) FROM pg_catalog.pg_class AS c \
         WHERE (c.oid == {{history_id}} OR c.oid == {{journal_id}}) \
         AND pg_catalog.concat_ws(' ', c.oid == {{history_id}}, {form}, c.relhastriggers, c.relhasrules) \
         OPERATOR(pg_catalog.=) ANY (ARRAY[{}, {}])",
        quote_literal(&format!("t {history} f f")),
        quote_literal(&format!("f {journal} f f")),
    );
    in_place(&spelled(&sql), table)
}

/// How many statements [`guard_sql`] and [`unread_sql`] are.
pub(super) const STATEMENTS: usize = 2;

/// Whether the error is that of [`guard_sql`], or of a lock on what is no table.
pub(crate) fn is_refusal(error: &QueryError) -> bool {
    error.has_code("22012") || error.has_code("42809")
}

/// The same for tables that are not as [`Question::Reading`] expects them, or lack columns.
pub(super) fn is_unusual(error: &QueryError) -> bool {
    is_refusal(error) || error.has_code("42703")
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
    in_place(&spelled(&FAULTS.replace("{owner}", &owner)), table)
}

/// The text with the names of the tables. They come last, and nothing is put into them: a name may hold what looks like a
/// place, or an operator.
fn in_place(text: &str, table: &HistoryTable) -> String {
    let [history, journal] =
        super::table_names(table, Dialect::Postgres).map(|name| quote_literal(&name));
    let text = text
        .replace("{form}", FORM)
        .replace(
            "{history_id}",
            "pg_catalog.to_regclass({history})::pg_catalog.oid",
        )
        .replace(
            "{journal_id}",
            "pg_catalog.to_regclass({journal})::pg_catalog.oid",
        );
    let parts = text.split("{history}");
    let parts = parts.map(|part| part.replace("{journal}", &journal));
    parts.collect::<Vec<_>>().join(&history)
}

/// The form of a table.
const FORM: &str = "c.relkind, c.relpersistence, c.relispartition, c.reloftype, c.relhassubclass, c.relrowsecurity,
    c.relforcerowsecurity, c.relnatts, c.relchecks";

/// What [`Seen`] keeps, nothing of it where a table has, or had, a trigger or a rule: the catalog does not tell of a
/// second one.
const SEEN: &str = "SELECT CASE WHEN c.marked THEN NULL ELSE c.tables END AS tables,
    CASE WHEN c.marked THEN NULL ELSE c.form END AS form
FROM (SELECT pg_catalog.bool_or(c.relhastriggers OR c.relhasrules) AS marked,
        pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, c.xmin), '|' ORDER BY c.relname) AS tables,
        pg_catalog.string_agg(f.form, '|' ORDER BY c.relname) AS form
    FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL (SELECT pg_catalog.concat_ws(' ', {form}) AS form) AS f
    WHERE c.oid == {history_id} OR c.oid == {journal_id}) AS c";

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

/// How many indexes a table has whose expressions a server works out where it plans a query, and whether the table is this
/// role's own. What else can hang on a table is hung there by its owner alone, so here by this role, but for triggers; and
/// no query runs defaults, policies that are off, foreign keys that are not enforced, or triggers. A server that has just
/// begun a session works out each look into a catalog for itself, so there are few.
const READING: &str =
    "(SELECT pg_catalog.count(*) FROM pg_catalog.pg_index AS i WHERE i.indrelid == c.oid
        AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR i.indisexclusion)),
    pg_catalog.pg_get_userbyid(c.relowner) == CURRENT_USER";

/// The form, and that, of tables with the columns of this version, which have lost none.
const READ: &str = "r p f 0 f f f 10 0 0 t";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_as_they_are_in_every_question() {
        let table = HistoryTable {
            name: QualifiedName::new("x == {journal} != {owner}"),
        };
        let seen = Seen {
            tables: "1|2".to_owned(),
            form: "1|2".to_owned(),
        };
        for question in [Question::Whole, Question::Reading, Question::Same(&seen)] {
            let sql = guard_sql(&table, Ask::All, Access::Read, question);
            let found = sql.matches("x == {journal} != {owner}").count();
            let left = sql.replace("x == {journal} != {owner}", "");
            assert!(found >= 4, "{sql}");
            for place in ["{history", "{journal", "{owner", "{form"] {
                assert!(!left.contains(place), "{sql}");
            }
        }
    }
}
