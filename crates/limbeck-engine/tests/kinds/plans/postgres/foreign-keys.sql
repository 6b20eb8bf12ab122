-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## fk added

-- upgrade
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id);
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;


-- ## fk added along with its column

-- upgrade
ALTER TABLE tasks ADD COLUMN owner_id integer;
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE SET NULL;
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
-- loses: tasks.owner_id
ALTER TABLE tasks DROP COLUMN owner_id;


-- ## fk dropped

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
-- downgrade
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id);


-- ## fk ondelete changed

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE RESTRICT ON UPDATE CASCADE;
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE CASCADE;


-- ## fk deferrable changed

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED;
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id);


-- ## fk references another table

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES teams (id);
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id);


-- ## fk renamed

-- upgrade
ALTER TABLE tasks RENAME CONSTRAINT tasks_owner TO owned;
-- downgrade
ALTER TABLE tasks RENAME CONSTRAINT owned TO tasks_owner;


-- ## fk of several columns added

-- upgrade
-- hazard: may_fail: bookings.booked: rows that reference nothing
ALTER TABLE bookings ADD CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number) ON UPDATE CASCADE;
-- downgrade
ALTER TABLE bookings DROP CONSTRAINT booked;


-- ## fk of several columns in another order

-- upgrade
ALTER TABLE bookings DROP CONSTRAINT booked;
-- hazard: may_fail: bookings.booked: rows that reference nothing
ALTER TABLE bookings ADD CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (number, house);
-- downgrade
ALTER TABLE bookings DROP CONSTRAINT booked;
-- hazard: may_fail: bookings.booked: rows that reference nothing
ALTER TABLE bookings ADD CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number);


-- ## fk to its own table added

-- upgrade
-- hazard: may_fail: tasks.nested: rows that reference nothing
ALTER TABLE tasks ADD CONSTRAINT nested FOREIGN KEY (parent_id) REFERENCES tasks (id) ON DELETE CASCADE;
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT nested;


-- ## table with a fk to itself changed

-- upgrade
ALTER TABLE tasks ALTER COLUMN points TYPE text USING points;
-- downgrade
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer USING points::integer;


-- ## fk MATCH FULL

-- upgrade
ALTER TABLE bookings DROP CONSTRAINT booked;
-- hazard: may_fail: bookings.booked: rows that reference nothing
ALTER TABLE bookings ADD CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number) MATCH FULL;
-- downgrade
ALTER TABLE bookings DROP CONSTRAINT booked;
-- hazard: may_fail: bookings.booked: rows that reference nothing
ALTER TABLE bookings ADD CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number);


-- ## fk ON DELETE SET NULL (columns)

-- upgrade
ALTER TABLE bookings DROP CONSTRAINT booked;
ALTER TABLE bookings ADD CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number) ON DELETE SET NULL (number);
-- downgrade
ALTER TABLE bookings DROP CONSTRAINT booked;
ALTER TABLE bookings ADD CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number) ON DELETE SET NULL;


-- ## fk NOT VALID -> valid

-- upgrade
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
ALTER TABLE tasks VALIDATE CONSTRAINT tasks_owner;
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner, ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) NOT VALID;


-- ## primary key changed while it is referenced

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
ALTER TABLE people DROP CONSTRAINT one_code;
ALTER TABLE people DROP CONSTRAINT people_pkey;
ALTER TABLE people ADD CONSTRAINT one_id UNIQUE (id);
ALTER TABLE people ADD CONSTRAINT people_pkey PRIMARY KEY (code);
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id);
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
ALTER TABLE people DROP CONSTRAINT people_pkey;
ALTER TABLE people DROP CONSTRAINT one_id;
ALTER TABLE people ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE people ADD CONSTRAINT one_code UNIQUE (code);
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id);


-- ## referenced table dropped, the column stays

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
-- loses: people
DROP TABLE people;
-- downgrade
CREATE TABLE people (
    id integer NOT NULL,
    name text,
    CONSTRAINT people_pkey PRIMARY KEY (id)
);
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id);
