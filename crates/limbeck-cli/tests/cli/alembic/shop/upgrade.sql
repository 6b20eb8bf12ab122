BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> a1

CREATE TABLE users (
    id SERIAL NOT NULL, 
    email VARCHAR(255) NOT NULL, 
    PRIMARY KEY (id), 
    UNIQUE (email)
);

INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;

-- Running upgrade a1 -> c3

CREATE TABLE posts (
    id SERIAL NOT NULL, 
    user_id INTEGER NOT NULL, 
    PRIMARY KEY (id), 
    FOREIGN KEY(user_id) REFERENCES users (id)
);

COMMIT;

CREATE INDEX CONCURRENTLY ix_posts_user_id ON posts (user_id);

BEGIN;

COMMENT ON TABLE posts IS 'what users write';

UPDATE alembic_version SET version_num='c3' WHERE alembic_version.version_num = 'a1';

-- Running upgrade a1 -> b2

CREATE TYPE role AS ENUM ('admin', 'it''s');

ALTER TABLE users ADD COLUMN role role DEFAULT 'admin' NOT NULL;

UPDATE users SET email = 'x
-- Running upgrade z -> y
' WHERE email LIKE 'a%';

INSERT INTO alembic_version (version_num) VALUES ('b2') RETURNING alembic_version.version_num;

-- Running upgrade  -> e5

CREATE TABLE audit (
    id SERIAL NOT NULL, 
    user_id INTEGER, 
    PRIMARY KEY (id), 
    FOREIGN KEY(user_id) REFERENCES users (id)
);

UPDATE alembic_version SET version_num='e5' WHERE alembic_version.version_num = 'b2';

-- Running upgrade e5 -> f6

ALTER TABLE audit ADD COLUMN what TEXT;

UPDATE alembic_version SET version_num='f6' WHERE alembic_version.version_num = 'e5';

-- Running upgrade b2, c3 -> d4

UPDATE alembic_version SET version_num='d4' WHERE alembic_version.version_num = 'c3';

COMMIT;

