CREATE TABLE store (chain integer, store_id integer, PRIMARY KEY (chain, store_id));
CREATE TABLE employee (employee_id integer PRIMARY KEY, email text UNIQUE NULLS NOT DISTINCT, badge text, chain integer NOT NULL, store_id integer,
    CONSTRAINT employee_store FOREIGN KEY (chain, store_id) REFERENCES store ON DELETE SET NULL (store_id));
CREATE UNIQUE INDEX employee_badge ON employee (badge) NULLS NOT DISTINCT;
CREATE INDEX employee_shop ON employee (store_id) NULLS NOT DISTINCT;
