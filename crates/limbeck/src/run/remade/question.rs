//! What the server is asked: what an object is, and what its former text makes of a stand-in.
//!
//! Each question is a block that makes stand-ins in the temporary schema, reads both, and takes all of
//! it back. Nothing but catalogs is read, and no lock is taken that a reader of the tables would not.

use std::collections::BTreeSet;

use limbeck_core::sql::effect::{Class, Subject};
use limbeck_core::sql::{quote_literal, quoted};

/// What an object should be: the statements that make a stand-in for it, and its owner where one of
/// them says that.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    pub(super) statements: Vec<String>,
    pub(super) owner: Option<String>,
}

/// What the server answered.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Answer {
    live: Option<Facts>,
    made: Option<Facts>,
    #[serde(default)]
    defaults: BTreeSet<String>,
    /// Why the stand-in could not be made.
    pub(super) failed: Option<String>,
}

/// What a catalog says of one object.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
struct Facts {
    text: serde_json::Value,
    comment: Option<serde_json::Value>,
    owner: Option<String>,
    privileges: Option<BTreeSet<String>>,
}

impl Answer {
    /// Whether there is such an object.
    pub(super) fn is_there(&self) -> bool {
        self.live.is_some()
    }

    /// What of the object is not what the statements make, `None` where they made nothing.
    pub(super) fn differences(
        &self,
        candidate: &Candidate,
        is_dropped: bool,
    ) -> Option<Vec<&'static str>> {
        let (live, made) = (self.live.as_ref()?, self.made.as_ref()?);
        let mut found = Vec::new();
        if live.text != made.text {
            found.push("what was changed of");
        }
        if !is_dropped {
            // The rest stays with an object that is replaced.
            return Some(found);
        }
        let owner = candidate.owner.as_ref().or(made.owner.as_ref());
        if live.owner.as_ref() != owner {
            found.push("the owner of");
        }
        let none = BTreeSet::new();
        let held = live.privileges.as_ref().unwrap_or(&none);
        let given = made.privileges.as_ref().unwrap_or(&none);
        // What default privileges give comes by itself, or came after the object.
        let strange = held.symmetric_difference(given);
        if strange.into_iter().any(|one| !self.defaults.contains(one)) {
            found.push("the privileges of");
        }
        if live.comment != made.comment {
            found.push("the comment of");
        }
        Some(found)
    }
}

/// The setting that holds the answer to a question, without the number of that.
const SETTING: &str = "limbeck.answer_";

/// Questions as one batch, whose last query gives each answer a row: a row has 1,664 columns at most (PostgreSQL manual,
/// appendix K, "PostgreSQL Limits").
pub(super) fn batch(settings: &str, questions: &[(&Subject, &Candidate)]) -> String {
    let mut sql = format!("BEGIN; {settings}SET LOCAL check_function_bodies = off; ");
    for (number, (object, candidate)) in questions.iter().enumerate() {
        sql += &block(number, object, candidate);
    }
    let last = questions.len().saturating_sub(1);
    sql + &format!(
        "SELECT pg_catalog.current_setting({} OPERATOR(pg_catalog.||) n::pg_catalog.text, true) \
         FROM pg_catalog.generate_series(0, {last}) AS n ORDER BY n; ROLLBACK",
        quote_literal(SETTING)
    )
}

fn block(number: usize, object: &Subject, candidate: &Candidate) -> String {
    let name: Vec<String> = object.name.parts().into_iter().map(quoted).collect();
    let name = quote_literal(&name.join("."));
    let own = quote_literal(&object.name.name);
    let make: String = candidate
        .statements
        .iter()
        .map(|sql| format!("EXECUTE {};\n", quote_literal(sql)))
        .collect();
    let read = Reading::of(object.class, &name, &own);
    let table = object.table.as_ref().map(|table| {
        let parts: Vec<String> = table.parts().into_iter().map(quoted).collect();
        (quote_literal(&parts.join(".")), quoted(&table.name))
    });
    let table = table.map_or(String::new(), |(table, stand_in)| {
        // An INSTEAD OF trigger hangs on a view.
        format!(
            "on_table := pg_catalog.to_regclass({table});\n\
             IF (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = on_table) = 'v' THEN\n\
             stands := 'VIEW pg_temp.' || {stand_in} || ' AS TABLE ' || on_table::pg_catalog.regclass;\n\
             ELSE stands := 'TEMPORARY TABLE ' || {stand_in} || ' (LIKE ' || on_table::pg_catalog.regclass || ')';\n\
             END IF;\n",
            stand_in = quote_literal(&stand_in),
        )
    });
    let stand = if object.table.is_some() {
        "EXECUTE 'CREATE ' || stands;\n"
    } else {
        ""
    };
    let body = format!(
        "DECLARE live pg_catalog.oid; made pg_catalog.oid; on_table pg_catalog.oid; space pg_catalog.oid;\n\
         stands text; own text; temp text;\n\
         said pg_catalog.jsonb;\n\
         BEGIN\n\
         {table}{before}\
         BEGIN\n\
         IF live IS NOT NULL THEN\n\
         {stand}{make}\
         PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);\n\
         temp := pg_catalog.quote_ident((SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = pg_catalog.pg_my_temp_schema())) || '.';\n\
         own := pg_catalog.quote_ident((SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = space)) || '.';\n\
         {after}\
         said := pg_catalog.jsonb_build_object('live', {live}, 'made', {made}, 'defaults', {defaults});\n\
         RAISE EXCEPTION 'limbeck has seen enough' USING ERRCODE = 'LMBCK';\n\
         END IF;\n\
         EXCEPTION WHEN OTHERS THEN\n\
         IF SQLSTATE <> 'LMBCK' THEN said := pg_catalog.jsonb_build_object('live', {bare}, 'failed', SQLERRM); END IF;\n\
         END;\n\
         PERFORM pg_catalog.set_config({setting}, said::text, true);\n\
         END\n",
        before = read.before,
        after = read.after,
        live = read.facts.replace("{oid}", "live"),
        made = read.facts.replace("{oid}", "made"),
        defaults = defaults(object.class),
        bare = "pg_catalog.jsonb_build_object('text', '')",
        setting = quote_literal(&format!("{SETTING}{number}")),
    );
    // No text can end the block before its end.
    let mut tag = String::from("$limbeck$");
    while body.contains(&tag) {
        tag.insert(1, 'x');
    }
    format!("DO {tag}\n{body}{tag}; ")
}

/// How objects of a class are found and read.
struct Reading {
    /// Finds `live` and its schema, `space`, before there is a stand-in.
    before: String,
    /// Finds `made`, and `live` where only that tells which it is.
    after: String,
    /// What is said of `{oid}`.
    facts: String,
}

impl Reading {
    fn of(class: Class, name: &str, own: &str) -> Self {
        match class {
            Class::Relation => Self {
                before: relation(name, "'v', 'm'"),
                after: temporary("pg_class", "relname", "relnamespace", own),
                facts: RELATION.replace("{privileges}", &privileges("r", "c.relacl", "c.relowner")),
            },
            Class::Index => Self {
                before: format!(
                    "live := (SELECT i.indexrelid FROM pg_catalog.pg_index i \
                     JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                     WHERE i.indrelid = on_table AND c.relname = {own});\n{SPACE_OF_TABLE}"
                ),
                after: temporary("pg_class", "relname", "relnamespace", own),
                facts: INDEX.to_owned(),
            },
            Class::Type => Self {
                before: format!(
                    "live := (SELECT t.oid FROM pg_catalog.pg_type t WHERE t.oid = pg_catalog.to_regtype({name}) \
                     AND {});\nspace := (SELECT t.typnamespace FROM pg_catalog.pg_type t WHERE t.oid = live);\n",
                    no_extension("pg_type", "t.oid")
                ),
                after: temporary("pg_type", "typname", "typnamespace", own),
                facts: TYPE.replace("{privileges}", &privileges("T", "t.typacl", "t.typowner")),
            },
            Class::Routine => Self {
                before: format!(
                    "live := (SELECT pg_catalog.min(p.oid::bigint)::pg_catalog.oid FROM pg_catalog.pg_proc p \
                     WHERE p.proname = {own} AND {space} AND {});\n\
                     space := (SELECT p.pronamespace FROM pg_catalog.pg_proc p WHERE p.oid = live);\n",
                    no_extension("pg_proc", "p.oid"),
                    space = schema(name, "p.pronamespace"),
                ),
                after: temporary("pg_proc", "proname", "pronamespace", own)
                    + "live := (SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_proc m ON m.oid = made \
                       WHERE p.proname = m.proname AND p.pronamespace = space AND p.proargtypes = m.proargtypes);\n",
                facts: ROUTINE.replace("{privileges}", &privileges("f", "p.proacl", "p.proowner")),
            },
            Class::Operator => Self {
                before: format!(
                    "live := (SELECT pg_catalog.min(o.oid::bigint)::pg_catalog.oid FROM pg_catalog.pg_operator o \
                     WHERE o.oprname = {own} AND {space} AND {});\n\
                     space := (SELECT o.oprnamespace FROM pg_catalog.pg_operator o WHERE o.oid = live);\n",
                    no_extension("pg_operator", "o.oid"),
                    space = "o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace",
                ),
                after: temporary("pg_operator", "oprname", "oprnamespace", own)
                    + "live := (SELECT o.oid FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_operator m ON m.oid = made \
                       WHERE o.oprname = m.oprname AND o.oprnamespace = space \
                       AND o.oprleft = m.oprleft AND o.oprright = m.oprright);\n",
                facts: OPERATOR.to_owned(),
            },
            Class::Trigger => Self::of_member("pg_trigger", "tgname", "tgrelid", own, TRIGGER),
            Class::Policy => Self::of_member("pg_policy", "polname", "polrelid", own, POLICY),
            Class::Rule => Self::of_member("pg_rewrite", "rulename", "ev_class", own, RULE),
        }
    }

    fn of_member(catalog: &str, name: &str, table: &str, own: &str, facts: &str) -> Self {
        let find = |place: &str| {
            format!(
                "(SELECT x.oid FROM pg_catalog.{catalog} x WHERE x.{name} = {own} AND x.{table} = {place})"
            )
        };
        let made = find(
            "(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class l ON l.oid = on_table \
             WHERE c.relname = l.relname AND c.relnamespace = pg_catalog.pg_my_temp_schema())",
        );
        Self {
            before: format!("live := {};\n{SPACE_OF_TABLE}", find("on_table")),
            after: format!("made := {made};\n"),
            facts: facts.to_owned(),
        }
    }
}

const SPACE_OF_TABLE: &str =
    "space := (SELECT c.relnamespace FROM pg_catalog.pg_class c WHERE c.oid = on_table);\n";

fn relation(name: &str, kinds: &str) -> String {
    format!(
        "live := (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass({name}) \
         AND c.relkind IN ({kinds}) AND {});\n\
         space := (SELECT c.relnamespace FROM pg_catalog.pg_class c WHERE c.oid = live);\n",
        no_extension("pg_class", "c.oid")
    )
}

/// In the schema that a name says, else in one of the search path.
fn schema(name: &str, column: &str) -> String {
    format!(
        "{column} = ANY (CASE WHEN pg_catalog.cardinality(pg_catalog.parse_ident({name})) > 1 \
         THEN ARRAY[pg_catalog.to_regnamespace(pg_catalog.quote_ident((pg_catalog.parse_ident({name}))[1]))::pg_catalog.oid] \
         ELSE ARRAY(SELECT n.oid FROM pg_catalog.pg_namespace n \
         WHERE n.nspname = ANY (pg_catalog.current_schemas(false))) END)"
    )
}

/// An extension brings back what it made.
fn no_extension(catalog: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
         WHERE d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND d.objid = {oid} AND d.deptype = 'e')"
    )
}

fn temporary(catalog: &str, name: &str, schema: &str, own: &str) -> String {
    format!(
        "made := (SELECT x.oid FROM pg_catalog.{catalog} x WHERE x.{name} = {own} \
         AND x.{schema} = pg_catalog.pg_my_temp_schema());\n"
    )
}

/// Who may do what, the owner apart.
fn privileges(kind: &str, list: &str, owner: &str) -> String {
    format!(
        "(SELECT pg_catalog.jsonb_agg({GRANT}) \
         FROM pg_catalog.aclexplode(COALESCE({list}, pg_catalog.acldefault('{kind}', {owner}))) e \
         WHERE e.grantee <> {owner})"
    )
}

/// One entry of a list of privileges, `e`.
const GRANT: &str = "CASE e.grantee WHEN 0 THEN 'PUBLIC' \
    ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END \
    || ' ' || e.privilege_type || CASE WHEN e.is_grantable THEN ' *' ELSE '' END";

/// What the default privileges of the schema give by themselves.
fn defaults(class: Class) -> String {
    let kind = match class {
        Class::Relation => "r",
        Class::Routine => "f",
        Class::Type => "T",
        Class::Operator | Class::Index | Class::Trigger | Class::Policy | Class::Rule => {
            return "'[]'::pg_catalog.jsonb".to_owned();
        }
    };
    format!(
        "COALESCE((SELECT pg_catalog.jsonb_agg({GRANT}) FROM pg_catalog.pg_default_acl d, \
         LATERAL pg_catalog.aclexplode(d.defaclacl) e \
         WHERE d.defaclobjtype = '{kind}' AND d.defaclnamespace = space \
         AND pg_catalog.pg_get_userbyid(d.defaclrole) = current_user), '[]'::pg_catalog.jsonb)"
    )
}

const RELATION: &str = "(SELECT pg_catalog.jsonb_build_object(\
    'text', pg_catalog.jsonb_build_array(pg_catalog.pg_get_viewdef(c.oid), \
        CASE c.relkind WHEN 'v' THEN pg_catalog.to_jsonb(c.reloptions) END, \
        (SELECT pg_catalog.jsonb_agg(a.attname || ' ' || pg_catalog.pg_get_expr(f.adbin, f.adrelid) ORDER BY a.attnum) \
         FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum \
         WHERE f.adrelid = c.oid)), \
    'owner', pg_catalog.pg_get_userbyid(c.relowner), \
    'privileges', COALESCE({privileges}, '[]') || COALESCE((SELECT pg_catalog.jsonb_agg(\
        CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END \
        || ' ' || e.privilege_type || ' ' || a.attname) FROM pg_catalog.pg_attribute a, \
        LATERAL pg_catalog.aclexplode(a.attacl) e WHERE a.attrelid = c.oid AND e.grantee <> c.relowner), '[]'), \
    'comment', (SELECT pg_catalog.jsonb_agg(d.objsubid || ' ' || d.description ORDER BY d.objsubid) \
        FROM pg_catalog.pg_description d \
        WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid)) \
    FROM pg_catalog.pg_class c WHERE c.oid = {oid})";

const INDEX: &str = "(SELECT pg_catalog.jsonb_build_object(\
    'text', pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.pg_get_indexdef(c.oid), temp, ''), 'pg_temp.', ''), own, ''), ' ON ONLY ', ' ON '), \
    'comment', pg_catalog.to_jsonb(pg_catalog.obj_description(c.oid, 'pg_class'))) \
    FROM pg_catalog.pg_class c WHERE c.oid = {oid})";

const ROUTINE: &str = "(SELECT pg_catalog.jsonb_build_object(\
    'text', CASE p.prokind WHEN 'a' THEN pg_catalog.jsonb_build_array(\
        pg_catalog.pg_get_function_arguments(p.oid), \
        (SELECT pg_catalog.to_jsonb(a) - 'aggfnoid' FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid)) \
    ELSE pg_catalog.to_jsonb(pg_catalog.substr(pg_catalog.pg_get_functiondef(p.oid), \
        pg_catalog.strpos(pg_catalog.pg_get_functiondef(p.oid), pg_catalog.quote_ident(p.proname) || '('))) END, \
    'owner', pg_catalog.pg_get_userbyid(p.proowner), \
    'privileges', {privileges}, \
    'comment', pg_catalog.to_jsonb(pg_catalog.obj_description(p.oid, 'pg_proc'))) \
    FROM pg_catalog.pg_proc p WHERE p.oid = {oid})";

const TYPE: &str = "(SELECT pg_catalog.jsonb_build_object(\
    'text', pg_catalog.jsonb_build_array(t.typtype, \
        (SELECT pg_catalog.jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), \
        (SELECT pg_catalog.jsonb_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) || ' ' || a.attcollation ORDER BY a.attnum) \
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), \
        (SELECT pg_catalog.to_jsonb(r) - 'rngtypid' - 'rngmultitypid' - 'rngcanonical' FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid), \
        CASE t.typtype WHEN 'd' THEN pg_catalog.jsonb_build_array(pg_catalog.format_type(t.typbasetype, t.typtypmod), \
            t.typnotnull, t.typdefault, t.typcollation, \
            (SELECT pg_catalog.jsonb_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid) ORDER BY k.conname) \
             FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid)) END), \
    'owner', pg_catalog.pg_get_userbyid(t.typowner), \
    'privileges', {privileges}, \
    'comment', pg_catalog.to_jsonb(pg_catalog.obj_description(t.oid, 'pg_type'))) \
    FROM pg_catalog.pg_type t WHERE t.oid = {oid})";

const OPERATOR: &str = "(SELECT pg_catalog.jsonb_build_object(\
    'text', pg_catalog.to_jsonb(o) - 'oid' - 'oprnamespace' - 'oprowner' - 'oprcom' - 'oprnegate', \
    'owner', pg_catalog.pg_get_userbyid(o.oprowner), \
    'comment', pg_catalog.to_jsonb(pg_catalog.obj_description(o.oid, 'pg_operator'))) \
    FROM pg_catalog.pg_operator o WHERE o.oid = {oid})";

const TRIGGER: &str = "(SELECT pg_catalog.jsonb_build_object(\
    'text', pg_catalog.jsonb_build_array(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.pg_get_triggerdef(x.oid), temp, ''), 'pg_temp.', ''), own, ''), x.tgenabled), \
    'comment', pg_catalog.to_jsonb(pg_catalog.obj_description(x.oid, 'pg_trigger'))) \
    FROM pg_catalog.pg_trigger x WHERE x.oid = {oid})";

const POLICY: &str = "(SELECT pg_catalog.jsonb_build_object(\
    'text', pg_catalog.jsonb_build_array(x.polcmd, x.polpermissive, x.polroles::text, \
        pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.pg_get_expr(x.polqual, x.polrelid), temp, ''), 'pg_temp.', ''), own, ''), \
        pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.pg_get_expr(x.polwithcheck, x.polrelid), temp, ''), 'pg_temp.', ''), own, '')), \
    'comment', pg_catalog.to_jsonb(pg_catalog.obj_description(x.oid, 'pg_policy'))) \
    FROM pg_catalog.pg_policy x WHERE x.oid = {oid})";

const RULE: &str = "(SELECT pg_catalog.jsonb_build_object(\
    'text', pg_catalog.jsonb_build_array(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.pg_get_ruledef(x.oid), temp, ''), 'pg_temp.', ''), own, ''), x.ev_enabled), \
    'comment', pg_catalog.to_jsonb(pg_catalog.obj_description(x.oid, 'pg_rewrite'))) \
    FROM pg_catalog.pg_rewrite x WHERE x.oid = {oid})";

/// The answers, one for each question.
pub(super) fn answers(sets: &[Vec<Vec<Option<String>>>], count: usize) -> Vec<Answer> {
    // Settings answer, too, and come first.
    let answers = sets.iter().rev().find(|rows| rows.len() == count);
    let answers = answers.into_iter().flatten().map(|row| {
        let text = row.first().and_then(Option::as_deref).unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    });
    answers.collect()
}
