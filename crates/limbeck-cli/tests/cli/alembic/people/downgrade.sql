-- Running downgrade 3c4d -> 1a2b

CREATE TABLE _alembic_tmp_people (
    id INTEGER NOT NULL, 
    name TEXT, 
    PRIMARY KEY (id)
);

INSERT INTO _alembic_tmp_people (id, name) SELECT people.id, people.name 
FROM people;

DROP TABLE people;

ALTER TABLE _alembic_tmp_people RENAME TO people;

UPDATE alembic_version SET version_num='1a2b' WHERE alembic_version.version_num = '3c4d';

-- Running downgrade 1a2b -> 

DROP TABLE pets;

DROP TABLE people;

DELETE FROM alembic_version WHERE alembic_version.version_num = '1a2b';

