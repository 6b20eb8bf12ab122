//! What only newer servers have: seen in a schema, seen in a statement, and in both the same.

use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::postgres::version::{
    Feature, OLDEST, ServerVersion, too_new, too_new_in,
};
use limbeck_core::op::{Operation, TableOp};
use limbeck_core::plan::plan;
use limbeck_core::schema::{
    Action, Column, Constraint, ConstraintKind, Deferrable, Expression, ForeignKey, Generated,
    Index, QualifiedName, Schema, Table, Type, Unique,
};
use limbeck_core::sql::split;

fn server(major: u32) -> ServerVersion {
    ServerVersion(major * 10_000 + 4)
}

/// The first feature of a text that the major version lacks, and its line.
fn found(sql: &str, major: u32) -> Option<(Feature, u32)> {
    let statements = split(sql, Dialect::Postgres).unwrap_or_else(|error| panic!("{sql}: {error}"));
    statements
        .iter()
        .filter_map(|one| too_new_in(one, server(major)))
        .next()
}

#[test]
fn a_server_is_too_old_until_it_is_new_enough() {
    use Feature as F;
    let cases = [
        (F::MultirangeType, 14, "CREATE TABLE t (a int4multirange)"),
        (
            F::MultirangeType,
            14,
            "ALTER TABLE t ADD a TSTZMULTIRANGE[]",
        ),
        (
            F::ReplacedTrigger,
            14,
            "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION f()",
        ),
        (
            F::Compression,
            14,
            "CREATE TABLE t (a text COMPRESSION lz4)",
        ),
        (
            F::Compression,
            14,
            "ALTER TABLE t ALTER a SET COMPRESSION pglz",
        ),
        (
            F::AtomicBody,
            14,
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END",
        ),
        (
            F::DetachConcurrently,
            14,
            "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
        ),
        (
            F::NullsNotDistinct,
            15,
            "CREATE TABLE t (a int UNIQUE NULLS NOT DISTINCT)",
        ),
        (
            F::NullsNotDistinct,
            15,
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a)",
        ),
        (
            F::NullsNotDistinct,
            15,
            "CREATE UNIQUE INDEX i ON t (a) nulls /* x */ not distinct",
        ),
        (
            F::OnDeleteColumns,
            15,
            "ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL (a)",
        ),
        (
            F::OnDeleteColumns,
            15,
            "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES p ON DELETE SET DEFAULT (a))",
        ),
        (
            F::SecurityInvoker,
            15,
            "CREATE OR REPLACE VIEW v WITH (check_option = local, security_invoker) AS SELECT 1",
        ),
        (
            F::SecurityInvoker,
            15,
            "ALTER VIEW v SET (security_invoker = true)",
        ),
        (
            F::SetAccessMethod,
            15,
            "ALTER TABLE t SET ACCESS METHOD heap",
        ),
        (F::UnloggedSequence, 15, "CREATE UNLOGGED SEQUENCE s"),
        (F::UnloggedSequence, 15, "ALTER SEQUENCE s SET UNLOGGED"),
        (
            F::Merge,
            15,
            "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE",
        ),
        (
            F::StorageClause,
            16,
            "CREATE TABLE t (a text STORAGE EXTERNAL)",
        ),
        (
            F::StorageClause,
            16,
            "ALTER TABLE t ALTER a SET STORAGE DEFAULT",
        ),
        (
            F::SetExpression,
            17,
            "ALTER TABLE t ALTER a SET EXPRESSION AS (b + 1)",
        ),
        (
            F::VirtualColumn,
            18,
            "CREATE TABLE t (a int, b int GENERATED ALWAYS AS ((a + 1) * 2) VIRTUAL)",
        ),
        (
            F::VirtualColumn,
            18,
            "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a) NOT NULL",
        ),
        (
            F::NotEnforced,
            18,
            "ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED",
        ),
        (
            F::NotEnforced,
            18,
            "ALTER TABLE t ALTER CONSTRAINT c NOT ENFORCED",
        ),
        (
            F::NotNullConstraint,
            18,
            "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID",
        ),
        (
            F::WithoutOverlaps,
            18,
            "CREATE TABLE t (a int, d daterange, PRIMARY KEY (a, d WITHOUT OVERLAPS))",
        ),
    ];
    for (feature, since, sql) in cases {
        assert_eq!(feature.since(), since, "{feature}");
        assert_eq!(found(sql, since - 1), Some((feature, 1)), "{sql}");
        assert_eq!(found(sql, since), None, "{sql}");
    }
    for feature in Feature::ALL {
        let is_tried = cases.iter().any(|(tried, ..)| *tried == feature);
        assert!(is_tried, "{feature}");
        assert!(feature.since() > OLDEST, "{feature}");
    }
}

#[test]
fn what_every_supported_server_has_is_not_refused() {
    for sql in [
        "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED ALWAYS AS (a + (1)) STORED)",
        "CREATE TABLE t (storage main_type, compression text, virtual int, enforced bool)",
        "CREATE TABLE t (LIKE s INCLUDING STORAGE)",
        "ALTER TABLE t ALTER a SET STORAGE EXTERNAL",
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p ON DELETE SET NULL, ADD CHECK (b > 0)",
        "ALTER TABLE t ADD COLUMN c int CONSTRAINT n NOT NULL",
        "ALTER TABLE t DETACH PARTITION concurrently",
        "SELECT a IS NOT DISTINCT FROM b, 'UNIQUE NULLS NOT DISTINCT' FROM t",
        "COMMENT ON TABLE t IS 'GENERATED ALWAYS AS (a) VIRTUAL'",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN MERGE INTO t; END $$",
        "CREATE VIEW v AS SELECT security_invoker, (security_invoker) FROM t",
        "CREATE TABLE t (\"int4multirange\" int4range)",
        "CREATE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION f()",
        "-- GENERATED ALWAYS AS (a) VIRTUAL\nSELECT 1",
    ] {
        assert_eq!(found(sql, OLDEST), None, "{sql}");
    }
}

#[test]
fn the_oldest_server_is_supported() {
    assert!(server(OLDEST).is_supported());
    assert!(!server(OLDEST - 1).is_supported());
    assert_eq!(server(OLDEST).to_string(), "13.4");
}

#[test]
fn a_statement_is_found_with_its_line() {
    let sql = "CREATE TABLE a (\n    id int\n);\n\nCREATE TABLE b (\n    id int,\n    n int GENERATED ALWAYS AS (\n        id\n    ) VIRTUAL\n)";
    assert_eq!(found(sql, 17), Some((Feature::VirtualColumn, 7)));
}

/// A schema with one thing in it that needs a newer server.
fn schemas() -> Vec<(Feature, &'static str, Schema)> {
    let name = QualifiedName::new("t");
    let base = || {
        let mut table = Table::new(name.clone());
        table.columns = ["a", "b"]
            .map(|column| Column::new(column, Type::Integer))
            .into();
        table
    };
    let with = |change: &dyn Fn(&mut Table)| {
        let mut table = base();
        change(&mut table);
        let mut schema = Schema::default();
        schema.tables.insert(table.name.clone(), table);
        schema
    };
    let generated = |table: &mut Table| {
        table.columns[1].generated = Some(Generated {
            expression: Expression::new("a + 1"),
            stored: false,
        });
    };
    let multirange = |table: &mut Table| {
        let element = Type::Sql("int8multirange".to_owned());
        table.columns[1].data_type = Type::Array(Box::new(element));
    };
    let unique = |table: &mut Table| {
        let unique = Unique {
            columns: vec!["a".to_owned()],
            include: Vec::new(),
            nulls_not_distinct: true,
            deferrable: Deferrable::No,
            on_conflict: None,
        };
        table.add_constraint(Constraint::new("u", ConstraintKind::Unique(unique)));
    };
    let key = |table: &mut Table| {
        let columns = vec!["a".to_owned(), "b".to_owned()];
        let key = ForeignKey {
            on_delete: Action::SetNull,
            on_delete_columns: vec!["b".to_owned()],
            ..ForeignKey::new(columns.clone(), QualifiedName::new("p"), columns)
        };
        table.add_constraint(Constraint::new("k", ConstraintKind::ForeignKey(key)));
    };
    let index = |table: &mut Table| {
        table.add_index(Index {
            unique: true,
            nulls_not_distinct: true,
            ..Index::on_columns("i", ["a"])
        });
    };
    vec![
        (Feature::VirtualColumn, "t.b", with(&generated)),
        (Feature::MultirangeType, "t.b", with(&multirange)),
        (Feature::NullsNotDistinct, "t.u", with(&unique)),
        (Feature::OnDeleteColumns, "t.k", with(&key)),
        (Feature::NullsNotDistinct, "t.i", with(&index)),
    ]
}

#[test]
fn objects_and_the_statements_that_make_them_need_the_same() {
    for (feature, object, schema) in schemas() {
        let old = feature.since() - 1;
        let needs: Vec<(Feature, String)> = too_new(&schema, server(old))
            .into_iter()
            .map(|need| (need.feature, need.object.to_string()))
            .collect();
        assert_eq!(needs, [(feature, object.to_owned())]);
        assert_eq!(too_new(&schema, server(feature.since())), []);

        let operations: Vec<Operation> = schema
            .tables
            .values()
            .cloned()
            .map(|table| Operation::Table(TableOp::Create(table)))
            .collect();
        let plan = plan(&operations, &Schema::default(), Dialect::Postgres).unwrap();
        let sql: Vec<&str> = plan
            .steps
            .iter()
            .flat_map(|step| &step.statements)
            .map(|statement| statement.sql.as_str())
            .collect();
        let sql = sql.join(";\n");
        assert_eq!(found(&sql, old).map(|(found, _)| found), Some(feature));
        assert_eq!(found(&sql, feature.since()), None, "{sql}");
    }
}
