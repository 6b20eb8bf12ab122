//! Indexes.

use super::{CASE, Case, Kind, both, on_postgres};

pub(super) const KINDS: &[Kind] = &[
    both(
        "index added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, due date);
                  << => CREATE INDEX tasks_due ON tasks (due, title)>>",
            detected: &["create index tasks.tasks_due (due, title)"],
            ..CASE
        },
    ),
    both(
        "index dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, due date);
                  <<CREATE INDEX tasks_due ON tasks (due DESC, title) => >>",
            detected: &["drop index tasks.tasks_due"],
            ..CASE
        },
    ),
    both(
        "index unique toggled",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, due date);
                  CREATE << => UNIQUE>> INDEX tasks_titles ON tasks (title)",
            detected: &[
                "drop index tasks.tasks_titles",
                "create unique index tasks.tasks_titles (title)",
            ],
            ..CASE
        },
    ),
    both(
        "index columns changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, due date);
                  CREATE INDEX tasks_by ON tasks (<<title => due, title>>)",
            detected: &["drop index tasks.tasks_by", "create index tasks.tasks_by (due, title)"],
            ..CASE
        },
    ),
    both(
        "index sort order changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, due date);
                  CREATE INDEX tasks_by ON tasks (title, due << => DESC>>)",
            detected: &["drop index tasks.tasks_by", "create index tasks.tasks_by (title, due)"],
            ..CASE
        },
    ),
    both(
        "index expression changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, due date);
                  CREATE INDEX tasks_by ON tasks (<<lower => upper>>(title), due)",
            detected: &[
                "drop index tasks.tasks_by",
                "create index tasks.tasks_by (upper(title), due)",
            ],
            ..CASE
        },
    ),
    both(
        "index partial predicate changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, points integer);
                  CREATE INDEX tasks_by ON tasks (title) WHERE points > <<1 => 10 AND title <> ''>>",
            detected: &["drop index tasks.tasks_by", "create index tasks.tasks_by (title)"],
            ..CASE
        },
    ),
    on_postgres(
        "index nulls order changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, due date);
                  CREATE INDEX tasks_by ON tasks (due DESC NULLS <<FIRST => LAST>>, title)",
            detected: &["drop index tasks.tasks_by", "create index tasks.tasks_by (due, title)"],
            ..CASE
        },
    ),
    on_postgres(
        "index method btree->hash",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE INDEX tasks_by ON tasks << => USING hash>> (title)",
            detected: &["drop index tasks.tasks_by", "create index tasks.tasks_by (title)"],
            ..CASE
        },
    ),
    on_postgres(
        "index opclass changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, payload jsonb);
                  CREATE INDEX tasks_by ON tasks (title << => text_pattern_ops>>);
                  CREATE INDEX tasks_payload ON tasks USING gin (payload << => jsonb_path_ops>>)",
            detected: &[
                "drop index tasks.tasks_by",
                "drop index tasks.tasks_payload",
                "create index tasks.tasks_by (title)",
                "create index tasks.tasks_payload (payload)",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "index include changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, due date);
                  CREATE UNIQUE INDEX tasks_by ON tasks (title) << => INCLUDE (due)>>",
            detected: &["drop index tasks.tasks_by", "create unique index tasks.tasks_by (title)"],
            ..CASE
        },
    ),
    on_postgres(
        "index nulls not distinct",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE UNIQUE INDEX tasks_by ON tasks (title) << => NULLS NOT DISTINCT>>",
            detected: &["drop index tasks.tasks_by", "create unique index tasks.tasks_by (title)"],
            ..CASE
        },
    ),
    on_postgres(
        "index that is not unique nulls not distinct",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE INDEX tasks_by ON tasks (title) << => NULLS NOT DISTINCT>>",
            detected: &["drop index tasks.tasks_by", "create index tasks.tasks_by (title)"],
            ..CASE
        },
    ),
    on_postgres(
        "index storage options changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE INDEX tasks_by ON tasks (title) WITH (fillfactor = <<70 => 90, deduplicate_items = off>>)",
            detected: &["drop index tasks.tasks_by", "create index tasks.tasks_by (title)"],
            ..CASE
        },
    ),
    on_postgres(
        "expression index with a collation changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, note text);
                  CREATE INDEX tasks_by ON tasks (lower(title) COLLATE <<\"C\" => \"POSIX\">> DESC, note)",
            detected: &[
                "drop index tasks.tasks_by",
                "create index tasks.tasks_by (lower(title), note)",
            ],
            ..CASE
        },
    ),
    both(
        "index renamed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE INDEX <<tasks_by => tasks_titles>> ON tasks (lower(title)) WHERE title <> ''",
            detected: &["rename index tasks.tasks_by to tasks_titles"],
            ..CASE
        },
    ),
    on_postgres(
        "index comment changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE INDEX tasks_by ON tasks (title);
                  COMMENT ON INDEX tasks_by IS <<'old' => 'new'>>",
            detected: &["comment on tasks.tasks_by"],
            ..CASE
        },
    ),
    both(
        "index moved to another table",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE TABLE notes (id integer PRIMARY KEY, title text);
                  CREATE INDEX by_title ON <<tasks => notes>> (title)",
            detected: &["create index notes.by_title (title)", "drop index tasks.by_title"],
            ..CASE
        },
    ),
];
