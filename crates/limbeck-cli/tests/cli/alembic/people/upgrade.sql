CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1a2b

CREATE TABLE people (
    id INTEGER NOT NULL, 
    name TEXT, 
    PRIMARY KEY (id)
);

CREATE TABLE pets (
    id INTEGER NOT NULL, 
    owner INTEGER NOT NULL, 
    PRIMARY KEY (id), 
    FOREIGN KEY(owner) REFERENCES people (id) ON DELETE CASCADE
);

INSERT INTO alembic_version (version_num) VALUES ('1a2b') RETURNING version_num;

-- Running upgrade 1a2b -> 3c4d

CREATE TABLE _alembic_tmp_people (
    id INTEGER NOT NULL, 
    name TEXT NOT NULL, 
    PRIMARY KEY (id)
);

INSERT INTO _alembic_tmp_people (id, name) SELECT people.id, people.name 
FROM people;

DROP TABLE people;

ALTER TABLE _alembic_tmp_people RENAME TO people;

UPDATE alembic_version SET version_num='3c4d' WHERE alembic_version.version_num = '1a2b';

