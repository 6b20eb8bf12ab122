BEGIN;

-- Running downgrade d4 -> b2, c3

INSERT INTO alembic_version (version_num) VALUES ('c3') RETURNING alembic_version.version_num;

UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'd4';

-- Running downgrade b2 -> a1

ALTER TABLE users DROP COLUMN role;

DROP TYPE role;

DELETE FROM alembic_version WHERE alembic_version.version_num = 'b2';

-- Running downgrade c3 -> a1

DROP TABLE posts;

UPDATE alembic_version SET version_num='a1' WHERE alembic_version.version_num = 'c3';

-- Running downgrade a1 -> 

DROP TABLE users;

DELETE FROM alembic_version WHERE alembic_version.version_num = 'a1';

COMMIT;

BEGIN;

-- Running downgrade f6 -> e5

ALTER TABLE audit DROP COLUMN what;

UPDATE alembic_version SET version_num='e5' WHERE alembic_version.version_num = 'f6';

-- Running downgrade e5 -> 

DROP TABLE audit;

UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'e5';

-- Running downgrade b2 -> a1

ALTER TABLE users DROP COLUMN role;

DROP TYPE role;

UPDATE alembic_version SET version_num='a1' WHERE alembic_version.version_num = 'b2';

-- Running downgrade a1 -> 

DROP TABLE users;

DELETE FROM alembic_version WHERE alembic_version.version_num = 'a1';

COMMIT;

