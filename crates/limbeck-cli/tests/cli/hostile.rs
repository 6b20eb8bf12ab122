//! What a database in which somebody else may create objects must not do to a superuser who looks at it
//! or runs revisions on it.

use std::fs;

use limbeck::connection::Connection;

use crate::project::Project;

/// What `mallory`, who may create in `public`, leaves there: each calls `public.sprung`, which notes who
/// called it. Operators fit the types of catalogs and of the history better than those of `pg_catalog`,
/// functions have the names that Limbeck calls, and so have the types and tables.
const TRAPS: &str = r#"
CREATE ROLE mallory;
GRANT CREATE ON SCHEMA public TO mallory;
SET ROLE mallory;
CREATE TABLE public.calls (who text);
GRANT ALL ON public.calls TO PUBLIC;
CREATE FUNCTION public.sprung(what text) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO public.calls VALUES (pg_catalog.concat(what, ' as ', CURRENT_USER)) $$;
SET search_path = pg_catalog;
DO $$
DECLARE a text; b text; o text; f text;
    types text[] := ARRAY['oid','name','text','"char"','int2','int4','int8','bool','regclass','timestamptz','varchar','unknown','name[]','text[]','oid[]','jsonb'];
BEGIN
    FOREACH a IN ARRAY types LOOP
        FOREACH b IN ARRAY types LOOP
            CONTINUE WHEN 'unknown' IN (a, b);
            EXECUTE format('CREATE FUNCTION public.trap(%s, %s) RETURNS boolean LANGUAGE plpgsql AS ''BEGIN PERFORM public.sprung(''''operator''''); RETURN false; END''', a, b);
            FOREACH o IN ARRAY ARRAY['=','<>','<','>','~','||','|','<<','+','-','/','~~'] LOOP
                IF NOT EXISTS (SELECT FROM pg_operator WHERE oprname = o AND oprleft = a::regtype AND oprright = b::regtype) THEN
                    EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.trap)', o, a, b);
                END IF;
            END LOOP;
        END LOOP;
        FOREACH f IN ARRAY ARRAY['pg_try_advisory_xact_lock','pg_try_advisory_lock','pg_advisory_unlock','hashtextextended','to_regclass','to_regnamespace','rtrim','coalesce_','quote_ident','format_type','pg_get_expr','current_schemas','unnest'] LOOP
            EXECUTE format('CREATE FUNCTION public.%s(%s) RETURNS boolean LANGUAGE plpgsql AS ''BEGIN PERFORM public.sprung(''''%s''''); RETURN true; END''', f, CASE a WHEN 'unknown' THEN 'anyelement' ELSE a END, f);
        END LOOP;
        IF a <> 'unknown' THEN
            EXECUTE format('CREATE FUNCTION public.hashtextextended(%s, int4) RETURNS int8 LANGUAGE plpgsql AS ''BEGIN PERFORM public.sprung(''''hash''''); RETURN 1; END''', a);
            EXECUTE format('CREATE FUNCTION public.format(%s, name, text, text) RETURNS text LANGUAGE plpgsql AS ''BEGIN PERFORM public.sprung(''''format''''); RETURN 1; END''', a);
            EXECUTE format('CREATE FUNCTION public.set_config(text, %s, boolean) RETURNS text LANGUAGE plpgsql AS ''BEGIN PERFORM public.sprung(''''set_config''''); RETURN 1; END''', a);
            EXECUTE format('CREATE FUNCTION public.to_char(%s, text) RETURNS text LANGUAGE plpgsql AS ''BEGIN PERFORM public.sprung(''''to_char''''); RETURN 1; END''', a);
        END IF;
    END LOOP;
    FOREACH f IN ARRAY ARRAY['now','current_database','current_schema','pg_backend_pid','version'] LOOP
        EXECUTE format('CREATE FUNCTION public.%s() RETURNS text LANGUAGE plpgsql AS ''BEGIN PERFORM public.sprung(''''%s''''); RETURN 1; END''', quote_ident(f), f);
    END LOOP;
    FOREACH f IN ARRAY ARRAY['pg_class','pg_namespace','pg_attribute','pg_locks','pg_stat_activity','pg_database','pg_roles','pg_trigger','pg_settings'] LOOP
        EXECUTE format('CREATE VIEW public.%s AS SELECT public.sprung(''%s'')::pg_catalog.text AS oid', f, f);
    END LOOP;
    EXECUTE 'CREATE DOMAIN public.text AS pg_catalog.text CHECK (public.sprung(''text'') IS NOT NULL)';
    EXECUTE 'CREATE DOMAIN public.timestamptz AS pg_catalog.timestamptz CHECK (public.sprung(''timestamptz'') IS NOT NULL)';
END $$;
RESET ROLE;
RESET search_path;
"#;

const FIRST: &str = "-- First\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade
CREATE TABLE notes (id bigint PRIMARY KEY, body varchar(20) NOT NULL, score numeric(10, 2));

-- downgrade
-- loses: notes
DROP TABLE notes;
";

const SECOND: &str = "-- Second\n--\n-- revision: bbbb2222\n-- parents:  aaaa1111\n\n-- upgrade
ALTER TABLE notes ALTER COLUMN body TYPE varchar(40), ALTER COLUMN score TYPE numeric(12, 4);
-- step: no transaction
CREATE INDEX CONCURRENTLY notes_score ON notes (score);

-- downgrade
DROP INDEX notes_score;
ALTER TABLE notes ALTER COLUMN body TYPE varchar(20), ALTER COLUMN score TYPE numeric(10, 2);
";

async fn called(connection: &mut Connection) -> Vec<String> {
    let sql = "SELECT DISTINCT who FROM public.calls ORDER BY 1";
    let rows = connection.query_text(sql).await.unwrap();
    rows.into_iter().flatten().flatten().collect()
}

fn revisions(project: &Project) {
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write("src/models.rs", "");
    project.write("migrations/aaaa1111_first.sql", FIRST);
    project.write("migrations/bbbb2222_second.sql", SECOND);
}

#[tokio::test]
async fn nothing_of_somebody_else_is_called_with_the_rights_of_a_superuser_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let _ = fs::remove_dir(project.beside("cache"));
    revisions(&project);
    let database = scratch.create_database("live", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    connection.batch(TRAPS).await.unwrap();
    // The traps are some.
    let _ = connection
        .query_text("SELECT 1 FROM pg_catalog.pg_class WHERE oid = 5::int2")
        .await;
    assert_eq!(called(&mut connection).await, ["operator as limbeck"]);
    connection.batch("TRUNCATE public.calls").await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    for (command, code) in [
        ("current", 0),
        ("history", 0),
        ("upgrade aaaa1111", 0),
        ("upgrade", 0),
        ("upgrade", 0),
        ("current --verbose", 0),
        ("history", 0),
        ("check --only pending", 0),
        ("check --only drift", 0),
        ("check", 1),
        ("inspect", 0),
        ("diff revisions URL", 2),
        ("diff URL URL", 0),
        ("downgrade -1", 0),
        ("downgrade base", 0),
        ("stamp aaaa1111", 0),
        ("stamp head", 0),
        ("stamp base --purge", 0),
        ("verify", 0),
    ] {
        let command = command.replace("URL", &database.url.to_string());
        let shown = project.run(&command);
        assert!(
            shown.ends_with(&format!("exit {code}\n")),
            "{command}: {shown}"
        );
        assert_eq!(called(&mut connection).await, [""; 0], "{command}: {shown}");
    }
    let shown = project.run_in(
        &project.beside(""),
        &format!("init --from {} made", database.url),
    );
    assert_eq!(called(&mut connection).await, [""; 0], "{shown}");
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}

/// What stands where the history is looked for, why it is not taken, and what to type.
const TAKEN: [(&str, &str, &str); 11] = [
    ("", "it belongs to `mallory`", "OWNER TO"),
    (
        "SET ROLE mallory; DROP TABLE limbeck_history; CREATE VIEW limbeck_history AS SELECT public.sprung('view')::text AS revision, ''::text AS description, ''::text AS checksum, now() AS applied_at; GRANT SELECT ON limbeck_history TO PUBLIC; RESET ROLE",
        "it is no plain table",
        "history_table",
    ),
    (
        "ALTER TABLE limbeck_history_journal OWNER TO mallory",
        "`public.limbeck_history_journal` is not taken for the history: it belongs to `mallory`",
        "OWNER TO",
    ),
    (
        "CREATE TRIGGER t BEFORE INSERT ON limbeck_history FOR EACH ROW EXECUTE FUNCTION public.springs()",
        "it has the trigger `t`",
        "DROP TRIGGER t ON public.limbeck_history",
    ),
    (
        "CREATE RULE r AS ON INSERT TO limbeck_history DO ALSO SELECT public.sprung('rule')",
        "it has the rule `r`",
        "DROP RULE r ON public.limbeck_history",
    ),
    (
        "ALTER TABLE limbeck_history ENABLE ROW LEVEL SECURITY",
        "it has row security",
        "DISABLE ROW LEVEL SECURITY",
    ),
    (
        "ALTER TABLE limbeck_history ADD COLUMN more text DEFAULT public.springs_text()",
        "its columns are not those",
        "history_table",
    ),
    (
        "ALTER TABLE limbeck_history ADD CONSTRAINT c CHECK (public.springs_text() IS NOT NULL)",
        "it has the constraint `c`",
        "DROP CONSTRAINT c",
    ),
    (
        "CREATE INDEX i ON limbeck_history (public.springs_text(revision))",
        "it has the index `i`",
        "DROP INDEX public.i",
    ),
    (
        "CREATE INDEX i ON limbeck_history (revision) WHERE public.springs_text() IS NOT NULL",
        "it has the index `i`",
        "DROP INDEX public.i",
    ),
    (
        "CREATE TABLE child () INHERITS (limbeck_history_journal)",
        "`public.limbeck_history_journal` is not taken for the history: it is no plain table",
        "history_table",
    ),
];

/// The same for what the role has put on a table of its own, and no query runs: there the history is read, and not written.
const READ_ALONE: [(&str, &str, &str); 2] = [
    (
        "CREATE POLICY p ON limbeck_history USING (public.sprung('policy') IS NULL)",
        "it has row security",
        "drop its policies",
    ),
    (
        "ALTER TABLE limbeck_history ALTER COLUMN checksum SET DEFAULT public.springs_text()",
        "its columns are not those",
        "history_table",
    ),
];

#[tokio::test]
async fn a_history_is_taken_only_as_limbeck_made_it_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let _ = fs::remove_dir(project.beside("cache"));
    revisions(&project);
    let base = scratch.create_database("live", None).await.unwrap();
    project.set("DATABASE_URL", base.url.to_string());
    let mut connection = base.connect().await.unwrap();
    connection
        .batch(
            "CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory; SET ROLE mallory;
             CREATE TABLE public.calls (who text);
             GRANT ALL ON public.calls TO PUBLIC;
             CREATE FUNCTION public.sprung(what text) RETURNS void LANGUAGE sql AS
                 $$ INSERT INTO public.calls VALUES (what) $$;
             CREATE FUNCTION public.springs() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM public.sprung('trigger'); RETURN NEW; END $$;
             CREATE FUNCTION public.springs_text(text DEFAULT '') RETURNS text LANGUAGE plpgsql IMMUTABLE AS
                 $$ BEGIN PERFORM public.sprung('default'); RETURN $1; END $$;
             RESET ROLE",
        )
        .await
        .unwrap();
    let shown = project.run("upgrade");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    connection.close().await.unwrap();
    for (index, (sql, reason, hint)) in TAKEN.into_iter().chain(READ_ALONE).enumerate() {
        let database = scratch
            .create_database("one", Some(&base.name))
            .await
            .unwrap();
        let mut connection = database.connect().await.unwrap();
        if index < 2 {
            connection
                .batch("ALTER TABLE limbeck_history OWNER TO mallory")
                .await
                .unwrap();
        }
        connection.batch(sql).await.unwrap();
        // Making an index or a column calls the function, too.
        connection.batch("TRUNCATE public.calls").await.unwrap();
        project.set("DATABASE_URL", database.url.to_string());
        for command in [
            "current",
            "upgrade",
            "downgrade base",
            "stamp head",
            "check",
        ] {
            let shown = project.run(command);
            let is_read =
                index >= TAKEN.len() && ["current", "upgrade", "check"].contains(&command);
            for what in ["is not taken for the history", reason, hint] {
                assert_eq!(shown.contains(what), !is_read, "{sql}: {command}: {shown}");
            }
            assert_eq!(
                called(&mut connection).await,
                [""; 0],
                "{sql}: {command}: {shown}"
            );
        }
        connection.close().await.unwrap();
        scratch.drop_database(&database.name).await.unwrap();
    }
    scratch.close().await.unwrap();
}
