//! What two databases can differ in that only newer servers have: an older one leaves it out, and says so.

use super::cases::{Case, case};

pub(super) const NEWER: &[Case] = &[
    case(
        "the name of a NOT NULL constraint",
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT one NOT NULL a",
        "ALTER TABLE t RENAME CONSTRAINT one TO other",
    ),
    case(
        "a NOT NULL constraint that is not validated",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID",
    ),
    case(
        "a NOT NULL constraint without a name that is not validated",
        "CREATE TABLE t (a int NOT NULL)",
        "ALTER TABLE t ALTER a DROP NOT NULL; ALTER TABLE t ADD CONSTRAINT t_a_not_null NOT NULL a NOT VALID",
    ),
    case(
        "a NOT NULL constraint that is validated",
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID",
        "ALTER TABLE t VALIDATE CONSTRAINT n",
    ),
    case(
        "a NOT NULL constraint that nobody inherits",
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT n NOT NULL a",
        "ALTER TABLE t ALTER CONSTRAINT n NO INHERIT",
    ),
    case(
        "a comment on a NOT NULL constraint",
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT n NOT NULL a",
        "COMMENT ON CONSTRAINT n ON t IS 'x'",
    ),
    case(
        "a virtual column",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a * 2) VIRTUAL",
    ),
    case(
        "a virtual column's expression",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL)",
        "ALTER TABLE t ALTER b SET EXPRESSION AS (a * 3)",
    ),
    case(
        "a stored column that becomes virtual",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED)",
        "ALTER TABLE t DROP COLUMN b; ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a * 2) VIRTUAL",
    ),
    case(
        "a key without overlaps",
        "CREATE EXTENSION btree_gist; CREATE TABLE t (a int, b daterange)",
        "ALTER TABLE t ADD PRIMARY KEY (a, b WITHOUT OVERLAPS)",
    ),
    case(
        "a unique constraint that allows no overlaps any more",
        "CREATE EXTENSION btree_gist; CREATE TABLE t (a int, b daterange, CONSTRAINT u UNIQUE (a, b))",
        "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b WITHOUT OVERLAPS)",
    ),
    case(
        "a foreign key over a period",
        "CREATE EXTENSION btree_gist; CREATE TABLE t (a int, b daterange, PRIMARY KEY (a, b WITHOUT OVERLAPS)); CREATE TABLE u (c int, d daterange)",
        "ALTER TABLE u ADD FOREIGN KEY (c, PERIOD d) REFERENCES t (a, PERIOD b)",
    ),
    case(
        "a check that is not enforced",
        "CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0))",
        "ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED",
    ),
    case(
        "a foreign key that is not enforced",
        "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (b int, CONSTRAINT f FOREIGN KEY (b) REFERENCES t)",
        "ALTER TABLE u ALTER CONSTRAINT f NOT ENFORCED",
    ),
    case(
        "a sequence that is not logged",
        "CREATE SEQUENCE s",
        "DROP SEQUENCE s; CREATE UNLOGGED SEQUENCE s",
    ),
];
