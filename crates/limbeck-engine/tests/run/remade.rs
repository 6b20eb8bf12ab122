//! What a run makes again is what the revisions know, or it does not begin.

use limbeck::connection::Connection;
use limbeck::run::{self, Event, Loss, RunError, RunOptions};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId};

use crate::common::benches::Names;

use super::place::{Place, Postgres, applied, graph, ids, up};

/// One object that a revision makes and a later one makes again.
struct Case {
    /// What the first revision makes, beside table `t`.
    made: &'static str,
    /// Upgrade and downgrade of the one that makes it again.
    again: (&'static str, &'static str),
    /// What somebody does by hand between them, and what of it would be lost; an empty text where
    /// nothing would.
    by_hand: &'static [(&'static str, &'static str)],
}

const POSTGRES: &[Case] = &[
    // As a plan writes it: the view stands in the way of the type.
    Case {
        made: "CREATE VIEW v AS SELECT a FROM t; GRANT SELECT ON v TO reader; COMMENT ON VIEW v IS 'said'",
        again: (
            "DROP VIEW v; ALTER TABLE t ALTER COLUMN a TYPE bigint; CREATE VIEW v AS SELECT a FROM t; GRANT SELECT ON v TO reader; COMMENT ON VIEW v IS 'said'",
            "DROP VIEW v; ALTER TABLE t ALTER COLUMN a TYPE integer; CREATE VIEW v AS SELECT a FROM t; GRANT SELECT ON v TO reader; COMMENT ON VIEW v IS 'said'",
        ),
        by_hand: &[
            (
                "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 5",
                "what was changed of view `v`",
            ),
            (
                "ALTER VIEW v SET (security_barrier)",
                "what was changed of view `v`",
            ),
            ("GRANT SELECT ON v TO writer", "the privileges of view `v`"),
            (
                "REVOKE SELECT ON v FROM reader",
                "the privileges of view `v`",
            ),
            ("COMMENT ON VIEW v IS 'by hand'", "the comment of view `v`"),
            (
                "COMMENT ON COLUMN v.a IS 'by hand'",
                "the comment of view `v`",
            ),
            ("ALTER VIEW v OWNER TO writer", "the owner of view `v`"),
            (
                "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 5; GRANT SELECT ON v TO PUBLIC",
                "what was changed of view `v`, the privileges of view `v`",
            ),
            ("CREATE VIEW other AS SELECT 1", ""),
        ],
    },
    // What is replaced keeps all but its text.
    Case {
        made: "CREATE VIEW v AS SELECT a FROM t",
        again: (
            "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 1",
            "CREATE OR REPLACE VIEW v AS SELECT a FROM t",
        ),
        by_hand: &[
            (
                "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 5",
                "what was changed of view `v`",
            ),
            // It was mended by hand first, and is a revision now.
            (
                "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 1",
                "",
            ),
            ("GRANT SELECT ON v TO writer; COMMENT ON VIEW v IS 'x'", ""),
            ("DROP VIEW v", ""),
        ],
    },
    Case {
        made: "CREATE MATERIALIZED VIEW mv AS SELECT a FROM t WITH NO DATA",
        again: (
            "DROP MATERIALIZED VIEW mv; CREATE MATERIALIZED VIEW mv AS SELECT a, a + 1 AS b FROM t",
            "DROP MATERIALIZED VIEW mv; CREATE MATERIALIZED VIEW mv AS SELECT a FROM t WITH NO DATA",
        ),
        by_hand: &[(
            "DROP MATERIALIZED VIEW mv; CREATE MATERIALIZED VIEW mv AS SELECT a FROM t WHERE a > 5",
            "what was changed of materialised view `mv`",
        )],
    },
    Case {
        made: "CREATE FUNCTION f(x int, y text DEFAULT 'a') RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f(x text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        again: (
            "CREATE OR REPLACE FUNCTION f(x integer, y text DEFAULT 'a') RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "CREATE OR REPLACE FUNCTION f(x integer, y text DEFAULT 'a') RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ),
        by_hand: &[
            (
                "CREATE OR REPLACE FUNCTION f(x int, y text DEFAULT 'a') RETURNS int LANGUAGE sql AS 'SELECT 3'",
                "what was changed of function `f`",
            ),
            (
                "ALTER FUNCTION f(int, text) SECURITY DEFINER SET search_path = ''",
                "what was changed of function `f`",
            ),
            (
                "CREATE OR REPLACE FUNCTION f(x text) RETURNS int LANGUAGE sql AS 'SELECT 3'",
                "",
            ),
            ("REVOKE EXECUTE ON FUNCTION f(int, text) FROM PUBLIC", ""),
        ],
    },
    Case {
        made: "CREATE FUNCTION app.f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; ALTER FUNCTION app.f() STABLE",
        again: (
            "DROP FUNCTION app.f(); CREATE FUNCTION app.f() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$",
            "DROP FUNCTION app.f(); CREATE FUNCTION app.f() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$",
        ),
        by_hand: &[
            (
                "CREATE OR REPLACE FUNCTION app.f() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 2; END $$",
                "what was changed of function `app.f`",
            ),
            (
                "REVOKE EXECUTE ON FUNCTION app.f() FROM PUBLIC",
                "the privileges of function `app.f`",
            ),
            (
                "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO writer; GRANT EXECUTE ON FUNCTION app.f() TO writer",
                "",
            ),
        ],
    },
    Case {
        made: "CREATE PROCEDURE p(x int) LANGUAGE sql AS 'SELECT 1'",
        again: (
            "DO $$ BEGIN CREATE OR REPLACE PROCEDURE p(x int) LANGUAGE sql AS 'SELECT 2'; END $$",
            "CREATE OR REPLACE PROCEDURE p(x int) LANGUAGE sql AS 'SELECT 1'",
        ),
        by_hand: &[(
            "CREATE OR REPLACE PROCEDURE p(x int) LANGUAGE sql AS 'SELECT 3'",
            "what was changed of procedure `p`",
        )],
    },
    Case {
        made: "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')",
        again: (
            "DROP AGGREGATE total(int); CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '1')",
            "DROP AGGREGATE total(int); CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')",
        ),
        by_hand: &[(
            "CREATE OR REPLACE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '5')",
            "what was changed of aggregate `total`",
        )],
    },
    Case {
        made: "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION g()",
        again: (
            "DROP TRIGGER r ON t; CREATE TRIGGER r BEFORE INSERT OR UPDATE ON public.t FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION g()",
            "DROP TRIGGER r ON t; CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION g()",
        ),
        by_hand: &[
            (
                "DROP TRIGGER r ON t; CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.a > 9) EXECUTE FUNCTION g()",
                "what was changed of trigger `r` on `t`",
            ),
            (
                "ALTER TABLE t DISABLE TRIGGER r",
                "what was changed of trigger `r` on `t`",
            ),
        ],
    },
    Case {
        made: "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE VIEW w AS SELECT a FROM t; CREATE TRIGGER r INSTEAD OF INSERT ON w FOR EACH ROW EXECUTE FUNCTION g()",
        again: (
            "DROP TRIGGER r ON w; CREATE TRIGGER r INSTEAD OF UPDATE ON w FOR EACH ROW EXECUTE FUNCTION g()",
            "DROP TRIGGER r ON w; CREATE TRIGGER r INSTEAD OF INSERT ON w FOR EACH ROW EXECUTE FUNCTION g()",
        ),
        by_hand: &[(
            "DROP TRIGGER r ON w; CREATE TRIGGER r INSTEAD OF DELETE ON w FOR EACH ROW EXECUTE FUNCTION g()",
            "what was changed of trigger `r` on `w`",
        )],
    },
    Case {
        made: "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY q ON t FOR SELECT TO reader USING (a > 0 AND EXISTS (SELECT FROM t AS u WHERE u.a = t.a))",
        again: (
            "DROP POLICY q ON t; CREATE POLICY q ON t FOR SELECT TO reader USING (a > 1)",
            "DROP POLICY q ON t; CREATE POLICY q ON t FOR SELECT TO reader USING (a > 0 AND EXISTS (SELECT FROM t AS u WHERE u.a = t.a))",
        ),
        by_hand: &[
            (
                "ALTER POLICY q ON t USING (a > 100)",
                "what was changed of policy `q` on `t`",
            ),
            (
                "ALTER POLICY q ON t TO reader, writer",
                "what was changed of policy `q` on `t`",
            ),
        ],
    },
    Case {
        made: "CREATE RULE r AS ON UPDATE TO t DO ALSO SELECT OLD.a",
        again: (
            "CREATE OR REPLACE RULE r AS ON UPDATE TO t DO NOTHING",
            "CREATE OR REPLACE RULE r AS ON UPDATE TO t DO ALSO SELECT OLD.a",
        ),
        by_hand: &[(
            "CREATE OR REPLACE RULE r AS ON UPDATE TO t DO ALSO SELECT NEW.a",
            "what was changed of rule `r` on `t`",
        )],
    },
    Case {
        made: "CREATE TYPE e AS ENUM ('x', 'y'); ALTER TYPE e ADD VALUE 'z'",
        again: (
            "ALTER TYPE e RENAME TO e_former; CREATE TYPE e AS ENUM ('x', 'y'); DROP TYPE e_former",
            "DROP TYPE e; CREATE TYPE e AS ENUM ('x', 'y', 'z')",
        ),
        by_hand: &[
            (
                "ALTER TYPE e ADD VALUE 'by hand'",
                "what was changed of type `e`",
            ),
            (
                "GRANT USAGE ON TYPE e TO writer",
                "the privileges of type `e`",
            ),
        ],
    },
    Case {
        made: "CREATE TYPE c AS (x int)",
        again: (
            "DROP TYPE c; CREATE TYPE c AS (x bigint)",
            "DROP TYPE c; CREATE TYPE c AS (x int)",
        ),
        by_hand: &[(
            "ALTER TYPE c ADD ATTRIBUTE y text",
            "what was changed of type `c`",
        )],
    },
    Case {
        made: "CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT positive CHECK (VALUE > 0)",
        again: (
            "DROP DOMAIN d; CREATE DOMAIN d AS bigint CONSTRAINT positive CHECK (VALUE > 0)",
            "DROP DOMAIN d; CREATE DOMAIN d AS int CONSTRAINT positive CHECK (VALUE > 0)",
        ),
        by_hand: &[(
            "ALTER DOMAIN d ADD CONSTRAINT small CHECK (VALUE < 9)",
            "what was changed of domain `d`",
        )],
    },
    Case {
        made: "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
        again: (
            "DROP OPERATOR === (int, int); CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne)",
            "DROP OPERATOR === (int, int); CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
        ),
        by_hand: &[(
            "DROP OPERATOR === (int, int); CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4lt)",
            "what was changed of operator `===`",
        )],
    },
    Case {
        made: "CREATE INDEX i ON t (a)",
        again: (
            "DROP INDEX i; CREATE UNIQUE INDEX i ON t (a)",
            "DROP INDEX i; CREATE INDEX i ON t (a)",
        ),
        by_hand: &[(
            "DROP INDEX i; CREATE INDEX i ON t (a DESC) WHERE a > 0",
            "what was changed of index `i` on `t`",
        )],
    },
    // Nobody has said what it is.
    Case {
        made: "SELECT 1",
        again: (
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION f()",
        ),
        by_hand: &[
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'",
                "function `f`",
            ),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                "",
            ),
            (
                "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
                "",
            ),
        ],
    },
    // A renamed column is another one by now, and the way back says it so.
    Case {
        made: "CREATE VIEW v AS SELECT a FROM t; ALTER TABLE t RENAME COLUMN a TO b",
        again: (
            "DROP VIEW v; CREATE VIEW v AS SELECT b FROM t",
            "DROP VIEW v; CREATE VIEW v AS SELECT b AS a FROM t",
        ),
        by_hand: &[(
            "CREATE OR REPLACE VIEW v AS SELECT b + 1 AS a FROM t",
            "what was changed of view `v`",
        )],
    },
];

const SQLITE: &[Case] = &[
    Case {
        made: "CREATE VIEW v AS SELECT a FROM t",
        again: (
            "DROP VIEW v; CREATE VIEW v AS SELECT a, 1 AS b FROM t",
            "DROP VIEW v; CREATE VIEW v AS SELECT a FROM t",
        ),
        by_hand: &[
            (
                "DROP VIEW v; CREATE VIEW v AS SELECT a FROM t WHERE a > 5",
                "what was changed of view `v`",
            ),
            ("CREATE VIEW other AS SELECT 1", ""),
        ],
    },
    Case {
        made: "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
        again: (
            "DROP TRIGGER r; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 2; END",
            "DROP TRIGGER r; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
        ),
        by_hand: &[(
            "DROP TRIGGER r; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 3; END",
            "what was changed of trigger `r` on `t`",
        )],
    },
    Case {
        made: "CREATE INDEX i ON t (a)",
        again: (
            "DROP INDEX i; CREATE UNIQUE INDEX i ON t (a)",
            "DROP INDEX i; CREATE INDEX i ON t (a)",
        ),
        by_hand: &[(
            "DROP INDEX i; CREATE INDEX i ON t (a DESC)",
            "index `i` on `t`",
        )],
    },
];

#[tokio::test]
async fn what_somebody_changed_is_not_undone_on_postgres() {
    let mut postgres = Postgres::start().await;
    let place = postgres.place().await;
    let mut connection = place.connect().await;
    let roles = "CREATE ROLE reader; CREATE ROLE writer";
    connection.batch(roles).await.unwrap();
    postgres.leave(place).await;
    let mut failures = Vec::new();
    for case in POSTGRES {
        for (by_hand, lost) in [("SELECT 1", "")].iter().chain(case.by_hand) {
            let (there, back) = case.again;
            let sql = format!("{} {there} {back} {by_hand}", case.made);
            let names = Names::of(Dialect::Postgres, by_hand, &sql);
            let place = postgres.place_where(names).await;
            failures.extend(changed_by_hand(&place, case, by_hand, lost).await.err());
            postgres.leave(place).await;
        }
    }
    postgres.scratch.close().await.unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn what_somebody_changed_is_not_undone_on_sqlite() {
    for case in SQLITE {
        for (by_hand, lost) in [("SELECT 1", "")].iter().chain(case.by_hand) {
            let outcome = changed_by_hand(&Place::sqlite(), case, by_hand, lost).await;
            outcome.unwrap_or_else(|failure| panic!("{failure}"));
        }
    }
}

/// Up, and with the same change by hand down: refused before the revision in front is run, or done
/// without a word.
async fn changed_by_hand(
    place: &Place,
    case: &Case,
    by_hand: &str,
    lost: &str,
) -> Result<(), String> {
    let mut connection = place.connect().await;
    let shown = format!("{} / {by_hand}", case.again.0);
    if place.dialect == Dialect::Postgres {
        connection
            .batch("CREATE SCHEMA IF NOT EXISTS app")
            .await
            .unwrap();
    }
    let made = format!(
        "-- upgrade\nCREATE TABLE t (a integer);\n{};\n-- downgrade\n-- nothing\n",
        case.made
    );
    let again = format!(
        "-- upgrade\n{};\n-- downgrade\n{};\n",
        case.again.0, case.again.1
    );
    let graph = graph(&[
        ("a", "none", &made),
        (
            "m",
            "a",
            "-- upgrade\nCREATE TABLE m (id integer);\n-- downgrade\nDROP TABLE m;\n",
        ),
        ("b", "m", &again),
    ]);
    let done = careful(&mut connection, &graph, &["a"], &shown).await;
    done.map_err(|error| format!("{shown}: {error}"))?;
    let outcome = connection.batch(by_hand).await;
    outcome.map_err(|error| format!("{shown}: {error}"))?;
    let outcome = careful(&mut connection, &graph, &["b"], &shown).await;
    if lost.is_empty() {
        outcome.map_err(|error| format!("{shown}: {error}"))?;
        let back = back(&mut connection, &graph, &["m"], &shown).await;
        // What was done by hand is still there, or it is as it was.
        return match back {
            Err(error) if by_hand == "SELECT 1" => Err(format!("{shown}: back: {error}")),
            Ok(_) | Err(_) => Ok(()),
        };
    }
    let Err(error) = outcome else {
        return Err(format!("{shown}: {lost} is gone"));
    };
    let they = if lost.contains("`, ") {
        "they are"
    } else {
        "it is"
    };
    let expected = format!("b.sql:7: {lost} would be lost: {they} not in the revisions");
    if error.to_string() != expected {
        return Err(format!("{shown}: {error}"));
    }
    assert_eq!(applied(&mut connection).await.ids(), ids(&["a"]), "{shown}");
    // Nothing is left of the question.
    if place.dialect == Dialect::Postgres {
        let sql = "SELECT count(*)::text FROM pg_class WHERE relnamespace = pg_my_temp_schema()";
        assert_eq!(super::place::column(&mut connection, sql).await, ["0"]);
    }
    // Somebody said so.
    let done = up(&mut connection, &graph, &["b"]).await;
    done.map_err(|error| format!("{shown}: accepted: {error}"))?;
    Ok(())
}

async fn careful(
    connection: &mut Connection,
    graph: &Graph,
    target: &[&str],
    shown: &str,
) -> Result<Vec<RevisionId>, RunError> {
    let told = &mut |event: Event<'_>| no_doubt(&event, shown);
    run::upgrade(connection, graph, &ids(target), &options(), told).await
}

async fn back(
    connection: &mut Connection,
    graph: &Graph,
    target: &[&str],
    shown: &str,
) -> Result<Vec<RevisionId>, RunError> {
    let told = &mut |event: Event<'_>| no_doubt(&event, shown);
    run::downgrade(
        connection,
        graph,
        &limbeck_core::revision::DowngradeTarget::to(ids(target)),
        &options(),
        told,
    )
    .await
}

fn no_doubt(event: &Event<'_>, shown: &str) {
    if let Event::NotCompared { object, why } = event {
        panic!("{shown}: {object} is not compared: {why}");
    }
}

fn options() -> RunOptions {
    RunOptions {
        loss: Loss::Refuse,
        ..super::place::options()
    }
}

const VIEW: &str = "-- upgrade\nCREATE TABLE t (a integer);\nCREATE VIEW v AS SELECT a FROM t;\n-- downgrade\nDROP VIEW v;\nDROP TABLE t;\n";

fn replaced(filter: &str) -> String {
    format!(
        "-- upgrade\nCREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE {filter};\n-- downgrade\nCREATE OR REPLACE VIEW v AS SELECT a FROM t;\n"
    )
}

#[tokio::test]
async fn on_postgres_ways_back_and_branches() {
    let mut postgres = Postgres::start().await;
    way_back(&postgres.place().await).await;
    branches(&postgres.place().await).await;
    not_told(&postgres.place().await).await;
    postgres.scratch.close().await.unwrap();
}

async fn way_back(place: &Place) {
    let mut connection = place.connect().await;
    let b = replaced("a > 1");
    let graph = graph(&[("a", "none", VIEW), ("b", "a", &b)]);
    careful(&mut connection, &graph, &["b"], "up")
        .await
        .unwrap();
    let by_hand = "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 5";
    connection.batch(by_hand).await.unwrap();
    let error = back(&mut connection, &graph, &["a"], "down")
        .await
        .expect_err("changed");
    assert_eq!(
        error.to_string(),
        "b.sql:9: what was changed of view `v` would be lost: it is not in the revisions"
    );
    let repaired = "CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 1";
    connection.batch(repaired).await.unwrap();
    back(&mut connection, &graph, &["a"], "down").await.unwrap();
}

/// A branch does not write over what another one made, in one run and in two.
async fn branches(place: &Place) {
    let mut connection = place.connect().await;
    let (b, c) = (replaced("a > 1"), replaced("a > 2"));
    let files = [("a", "none", VIEW), ("b", "a", b.as_str()), ("c", "a", &c)];
    let two = graph(&files);
    let told = "c.sql:7: what was changed of view `v` would be lost: `c` does not build on `b`";
    let error = careful(&mut connection, &two, &["b", "c"], "one run")
        .await
        .expect_err("one run");
    assert_eq!(error.to_string(), told);
    assert!(applied(&mut connection).await.ids().is_empty());
    careful(&mut connection, &two, &["b"], "first")
        .await
        .unwrap();
    let error = careful(&mut connection, &two, &["b", "c"], "two runs")
        .await
        .expect_err("two runs");
    assert_eq!(error.to_string(), told);
    // Both made the same of it.
    let same = graph(&[files[0], files[1], ("c", "a", &b)]);
    let done = careful(&mut connection, &same, &["b", "c"], "same").await;
    assert_eq!(done.unwrap(), ids(&["c"]));
}

/// Where nothing tells what it was, the run says so and goes on.
async fn not_told(place: &Place) {
    let mut connection = place.connect().await;
    let graph = graph(&[
        (
            "a",
            "none",
            "-- upgrade\nDO $$ BEGIN EXECUTE 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''SELECT 1''; -- f'; PERFORM f(); END $$;\n-- downgrade\nDROP FUNCTION f();\n",
        ),
        (
            "b",
            "a",
            "-- upgrade\nCREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';\n-- downgrade: irreversible, no need\n",
        ),
    ]);
    let mut told = Vec::new();
    let on_event = &mut |event: Event<'_>| {
        if let Event::NotCompared { object, why } = event {
            told.push(format!("{object}: {why}"));
        }
    };
    let done = run::upgrade(&mut connection, &graph, &ids(&["b"]), &options(), on_event).await;
    assert_eq!(done.unwrap(), ids(&["a", "b"]));
    assert!(told.is_empty(), "there was nothing yet: {told:?}");
    back_to(&mut connection, "a").await;
    let on_event = &mut |event: Event<'_>| {
        if let Event::NotCompared { object, why } = event {
            told.push(format!("{object}: {why}"));
        }
    };
    let done = run::upgrade(&mut connection, &graph, &ids(&["b"]), &options(), on_event).await;
    assert_eq!(done.unwrap(), ids(&["b"]));
    assert_eq!(told, ["function `f`: no revision says its text"]);
}

/// As if the later revision had not been run, with a text of somebody.
async fn back_to(connection: &mut Connection, id: &str) {
    let sql = format!(
        "DELETE FROM limbeck_history WHERE revision <> '{id}'; \
         CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 3'"
    );
    connection.batch(&sql).await.unwrap();
}
