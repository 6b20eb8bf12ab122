-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## primary key columns changed

-- upgrade
ALTER TABLE members DROP CONSTRAINT members_pkey;
ALTER TABLE members ADD CONSTRAINT members_pkey PRIMARY KEY (team_id, person_id);
-- downgrade
ALTER TABLE members DROP CONSTRAINT members_pkey;
-- hazard: may_fail: members.members_pkey: rows that are equal in its columns
ALTER TABLE members ADD CONSTRAINT members_pkey PRIMARY KEY (team_id);


-- ## primary key added

-- upgrade
-- hazard: may_fail: tasks.tasks_pkey: rows that are equal in its columns
ALTER TABLE tasks ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_pkey;


-- ## primary key dropped

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_pkey;
-- downgrade
-- hazard: may_fail: tasks.tasks_pkey: rows that are equal in its columns
ALTER TABLE tasks ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);


-- ## primary key renamed

-- upgrade
ALTER TABLE tasks RENAME CONSTRAINT tasks_pkey TO pk_tasks;
-- downgrade
ALTER TABLE tasks RENAME CONSTRAINT pk_tasks TO tasks_pkey;


-- ## unique named added

-- upgrade
-- hazard: may_fail: people.one_mail: rows that are equal in its columns
ALTER TABLE people ADD CONSTRAINT one_mail UNIQUE (mail, name);
-- downgrade
ALTER TABLE people DROP CONSTRAINT one_mail;


-- ## unique unnamed added

-- upgrade
-- hazard: may_fail: people.people_mail_key: rows that are equal in its columns
ALTER TABLE people ADD CONSTRAINT people_mail_key UNIQUE (mail);
-- downgrade
ALTER TABLE people DROP CONSTRAINT people_mail_key;


-- ## unique dropped

-- upgrade
ALTER TABLE people DROP CONSTRAINT one_mail;
-- downgrade
-- hazard: may_fail: people.one_mail: rows that are equal in its columns
ALTER TABLE people ADD CONSTRAINT one_mail UNIQUE (mail);


-- ## unique columns changed same name

-- upgrade
ALTER TABLE people DROP CONSTRAINT one_person;
ALTER TABLE people ADD CONSTRAINT one_person UNIQUE (mail, name);
-- downgrade
ALTER TABLE people DROP CONSTRAINT one_person;
-- hazard: may_fail: people.one_person: rows that are equal in its columns
ALTER TABLE people ADD CONSTRAINT one_person UNIQUE (mail);


-- ## unique -> deferrable

-- upgrade
ALTER TABLE people DROP CONSTRAINT one_place;
ALTER TABLE people ADD CONSTRAINT one_place UNIQUE (place) DEFERRABLE INITIALLY DEFERRED;
-- downgrade
ALTER TABLE people DROP CONSTRAINT one_place;
ALTER TABLE people ADD CONSTRAINT one_place UNIQUE (place);


-- ## unique nulls not distinct

-- upgrade
ALTER TABLE people DROP CONSTRAINT one_mail;
-- hazard: may_fail: people.one_mail: rows that are equal in its columns
ALTER TABLE people ADD CONSTRAINT one_mail UNIQUE NULLS NOT DISTINCT (mail);
-- downgrade
ALTER TABLE people DROP CONSTRAINT one_mail;
ALTER TABLE people ADD CONSTRAINT one_mail UNIQUE (mail);


-- ## unique with INCLUDE

-- upgrade
ALTER TABLE people DROP CONSTRAINT one_mail;
ALTER TABLE people ADD CONSTRAINT one_mail UNIQUE (mail) INCLUDE (name);
-- downgrade
ALTER TABLE people DROP CONSTRAINT one_mail;
ALTER TABLE people ADD CONSTRAINT one_mail UNIQUE (mail);


-- ## unique renamed

-- upgrade
ALTER TABLE people RENAME CONSTRAINT one_mail TO mail_once;
-- downgrade
ALTER TABLE people RENAME CONSTRAINT mail_once TO one_mail;


-- ## unique renamed under a foreign key, without a rebuild

-- upgrade
ALTER TABLE people RENAME CONSTRAINT one_mail TO mail_once;
-- downgrade
ALTER TABLE people RENAME CONSTRAINT mail_once TO one_mail;


-- ## unique constraint becomes a unique index

-- upgrade
ALTER TABLE people DROP CONSTRAINT one_mail;
CREATE UNIQUE INDEX one_mail ON people (mail);
-- downgrade
DROP INDEX one_mail;
ALTER TABLE people ADD CONSTRAINT one_mail UNIQUE (mail);


-- ## check added

-- upgrade
-- hazard: may_fail: tasks.few: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT few CHECK ((points >= 0) AND (points <= 99));
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT few;


-- ## check dropped

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT few;
-- downgrade
-- hazard: may_fail: tasks.few: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT few CHECK ((points >= 0) AND (points <= 99));


-- ## check expr changed

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT few;
-- hazard: may_fail: tasks.few: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT few CHECK ((points > 0) AND (points < 100));
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT few;
-- hazard: may_fail: tasks.few: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT few CHECK ((points > 0) AND (points < 50));


-- ## check renamed

-- upgrade
ALTER TABLE tasks RENAME CONSTRAINT few TO few_points;
-- downgrade
ALTER TABLE tasks RENAME CONSTRAINT few_points TO few;


-- ## check unnamed added

-- upgrade
-- hazard: may_fail: tasks.tasks_points_check: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT tasks_points_check CHECK (points < 50);
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_points_check;


-- ## check NOT VALID -> valid

-- upgrade
-- hazard: may_fail: tasks.few: rows that do not satisfy it
ALTER TABLE tasks VALIDATE CONSTRAINT few;
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT few, ADD CONSTRAINT few CHECK (points < 50) NOT VALID;


-- ## check NO INHERIT

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT few;
ALTER TABLE tasks ADD CONSTRAINT few CHECK (points < 50) NO INHERIT;
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT few;
ALTER TABLE tasks ADD CONSTRAINT few CHECK (points < 50);


-- ## check with a function changed

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT few;
-- hazard: may_fail: tasks.few: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT few CHECK (good(points) AND (points < 50));
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT few;
-- hazard: may_fail: tasks.few: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT few CHECK (good(points));


-- ## exclude added

-- upgrade
-- hazard: may_fail: bookings.no_overlap: rows that exclude each other
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (span WITH &&);
-- downgrade
ALTER TABLE bookings DROP CONSTRAINT no_overlap;


-- ## exclusion changed

-- upgrade
ALTER TABLE bookings DROP CONSTRAINT no_overlap;
-- hazard: may_fail: bookings.no_overlap: rows that exclude each other
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (span WITH &&) WHERE ((room > 9)) DEFERRABLE;
-- downgrade
ALTER TABLE bookings DROP CONSTRAINT no_overlap;
-- hazard: may_fail: bookings.no_overlap: rows that exclude each other
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (span WITH &&) WHERE ((room > 0));


-- ## exclusion dropped

-- upgrade
ALTER TABLE bookings DROP CONSTRAINT no_overlap;
-- downgrade
-- hazard: may_fail: bookings.no_overlap: rows that exclude each other
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (span WITH &&);


-- ## constraint comment changed

-- upgrade
COMMENT ON CONSTRAINT few ON tasks IS 'not many';
-- downgrade
COMMENT ON CONSTRAINT few ON tasks IS 'few';
