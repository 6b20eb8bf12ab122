//! Pairs in SQL that both databases understand: changes of small services, and of what their names,
//! keys and texts can be like.

use limbeck_core::diff::WhenUndecided;

use super::walk::{PAIR, Pair};

pub(super) const PAIRS: &[Pair<'static>] = &[
    Pair {
        name: "a shop gets carts, and its orders a currency",
        old: "CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE);
              CREATE TABLE products (id INTEGER PRIMARY KEY, sku VARCHAR(40) NOT NULL, cents INTEGER NOT NULL CHECK (cents >= 0));
              CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), note TEXT);
              CREATE TABLE order_lines (order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE, product_id INTEGER NOT NULL REFERENCES products (id), amount INTEGER NOT NULL, PRIMARY KEY (order_id, product_id));
              CREATE INDEX ix_orders_customer_id ON orders (customer_id)",
        data: "INSERT INTO customers VALUES (1, 'a@b'); INSERT INTO products VALUES (5, 'pen', 120); INSERT INTO orders VALUES (7, 1, 'soon'); INSERT INTO order_lines VALUES (7, 5, 3)",
        new: "CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE);
              CREATE TABLE products (id INTEGER PRIMARY KEY, sku VARCHAR(40) NOT NULL, cents INTEGER NOT NULL CHECK (cents > 0));
              CREATE UNIQUE INDEX ux_products_sku ON products (sku);
              CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), note TEXT, currency VARCHAR(3) DEFAULT 'EUR' NOT NULL);
              CREATE TABLE order_lines (order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE, product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE RESTRICT, amount INTEGER NOT NULL, PRIMARY KEY (order_id, product_id));
              CREATE TABLE carts (customer_id INTEGER PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE);
              CREATE TABLE cart_lines (customer_id INTEGER NOT NULL REFERENCES carts (customer_id), product_id INTEGER NOT NULL REFERENCES products (id), PRIMARY KEY (customer_id, product_id));
              CREATE INDEX ix_orders_customer_id ON orders (customer_id, currency)",
        probes: &[
            ("SELECT note, currency FROM orders", "soon,EUR", ""),
            ("SELECT amount FROM order_lines", "3", "3"),
        ],
        ..PAIR
    },
    Pair {
        name: "the tags of posts move into tables of their own",
        old: "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, tag TEXT);
              CREATE INDEX ix_posts_tag ON posts (tag)",
        data: "INSERT INTO posts VALUES (1, 'first', 'news')",
        new: "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
              CREATE TABLE tags (name TEXT NOT NULL PRIMARY KEY);
              CREATE TABLE post_tags (post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE, tag TEXT NOT NULL REFERENCES tags (name) ON UPDATE CASCADE, PRIMARY KEY (post_id, tag));
              CREATE INDEX ix_post_tags_tag ON post_tags (tag)",
        probes: &[("SELECT title FROM posts", "first", "first")],
        ..PAIR
    },
    Pair {
        name: "without an answer another name is another column",
        old: "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, CONSTRAINT notes_body CHECK (length(body) < 99));
              CREATE INDEX ix_notes_body ON notes (body)",
        data: "INSERT INTO notes VALUES (1, 'kept nowhere')",
        new: "CREATE TABLE notes (id INTEGER PRIMARY KEY, content TEXT, CONSTRAINT notes_content CHECK (length(content) < 99));
              CREATE INDEX ix_notes_content ON notes (content)",
        probes: &[("SELECT count(*), count(content) FROM notes", "1,0", "")],
        ..PAIR
    },
    Pair {
        name: "without an answer another name is another table",
        old: "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);
              CREATE TABLE visits (id INTEGER PRIMARY KEY, person_id INTEGER CONSTRAINT visits_person REFERENCES people (id))",
        data: "INSERT INTO people VALUES (1, 'ann'); INSERT INTO visits VALUES (2, NULL)",
        new: "CREATE TABLE persons (id INTEGER PRIMARY KEY, name TEXT);
              CREATE TABLE visits (id INTEGER PRIMARY KEY, person_id INTEGER CONSTRAINT visits_person REFERENCES persons (id))",
        probes: &[("SELECT count(*) FROM persons", "0", "")],
        ..PAIR
    },
    Pair {
        name: "whom somebody reports to may go",
        old: "CREATE TABLE employees (id INTEGER PRIMARY KEY, manager_id INTEGER, CONSTRAINT employees_manager FOREIGN KEY (manager_id) REFERENCES employees (id));
              CREATE INDEX ix_employees_manager_id ON employees (manager_id)",
        data: "INSERT INTO employees VALUES (1, NULL), (2, 1), (3, 2)",
        new: "CREATE TABLE employees (id INTEGER PRIMARY KEY, manager_id INTEGER, mentor_id INTEGER, CONSTRAINT employees_manager FOREIGN KEY (manager_id) REFERENCES employees (id) ON DELETE SET NULL, CONSTRAINT employees_mentor FOREIGN KEY (mentor_id) REFERENCES employees (id));
              CREATE INDEX ix_employees_manager_id ON employees (manager_id)",
        probes: &[(
            "SELECT id, manager_id FROM employees ORDER BY id",
            "1,null;2,1;3,2",
            "1,null;2,1;3,2",
        )],
        ..PAIR
    },
    Pair {
        name: "a booking is checked over two columns, and unique over three",
        old: "CREATE TABLE bookings (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL, CONSTRAINT in_order CHECK (starts < ends), CONSTRAINT one_each UNIQUE (room, starts))",
        data: "INSERT INTO bookings VALUES (1, 4, 10, 12), (2, 4, 12, 13)",
        new: "CREATE TABLE bookings (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL, CONSTRAINT in_order CHECK (starts < ends AND ends - starts < 24), CONSTRAINT one_each UNIQUE (room, starts, ends))",
        probes: &[("SELECT count(*) FROM bookings", "2", "2")],
        ..PAIR
    },
    Pair {
        name: "a key of two columns grows by one, with what references it",
        old: "CREATE TABLE lots (plant INTEGER NOT NULL, number INTEGER NOT NULL, part INTEGER DEFAULT 1 NOT NULL, CONSTRAINT lots_key PRIMARY KEY (plant, number));
              CREATE TABLE samples (id INTEGER PRIMARY KEY, plant INTEGER, number INTEGER, CONSTRAINT samples_lot FOREIGN KEY (plant, number) REFERENCES lots (plant, number) ON DELETE CASCADE)",
        data: "INSERT INTO lots VALUES (1, 2, 1); INSERT INTO samples VALUES (9, 1, 2), (10, NULL, 2)",
        new: "CREATE TABLE lots (plant INTEGER NOT NULL, number INTEGER NOT NULL, part INTEGER DEFAULT 1 NOT NULL, CONSTRAINT lots_key PRIMARY KEY (plant, number, part));
              CREATE TABLE samples (id INTEGER PRIMARY KEY, plant INTEGER, number INTEGER, part INTEGER DEFAULT 1, CONSTRAINT samples_lot FOREIGN KEY (plant, number, part) REFERENCES lots (plant, number, part) ON DELETE CASCADE)",
        probes: &[(
            "SELECT id, plant, number FROM samples ORDER BY id",
            "9,1,2;10,null,2",
            "9,1,2;10,null,2",
        )],
        ..PAIR
    },
    Pair {
        name: "indexes become unique, partial and computed",
        old: "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT NOT NULL, handle TEXT, closed INTEGER DEFAULT 0 NOT NULL);
              CREATE INDEX ix_email ON accounts (email);
              CREATE INDEX ix_handle ON accounts (handle);
              CREATE INDEX ix_closed ON accounts (closed, id)",
        data: "INSERT INTO accounts VALUES (1, 'A@b', 'x', 0), (2, 'c@d', NULL, 1)",
        new: "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT NOT NULL, handle TEXT, closed INTEGER DEFAULT 0 NOT NULL);
              CREATE UNIQUE INDEX ix_email ON accounts (lower(email));
              CREATE UNIQUE INDEX ix_handle ON accounts (handle) WHERE handle IS NOT NULL;
              CREATE INDEX ix_closed ON accounts (closed DESC, id) WHERE closed > 0",
        ..PAIR
    },
    Pair {
        name: "an index whose predicate names a column that is renamed",
        old: "CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT NOT NULL, CONSTRAINT known CHECK (state <> 'state'));
              CREATE INDEX ix_waiting ON jobs (id) WHERE state = 'state is waiting'",
        data: "INSERT INTO jobs VALUES (1, 'ready')",
        new: "CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT NOT NULL, CONSTRAINT known CHECK (status <> 'state'));
              CREATE INDEX ix_waiting ON jobs (id) WHERE status = 'state is waiting'",
        answers: &["--rename jobs.state:status"],
        probes: &[("SELECT status FROM jobs", "ready", "")],
        ..PAIR
    },
    Pair {
        name: "a view shows one column more, of another table",
        old: "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT);
              CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES authors (id), title TEXT);
              CREATE VIEW shelf AS SELECT b.title, a.name FROM books b JOIN authors a ON a.id = b.author_id",
        data: "INSERT INTO authors VALUES (1, 'Le Guin'); INSERT INTO books VALUES (3, 1, 'Tehanu')",
        new: "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT, country TEXT DEFAULT 'us');
              CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES authors (id), title TEXT);
              CREATE VIEW shelf AS SELECT b.title, a.name, a.country FROM books b JOIN authors a ON a.id = b.author_id",
        probes: &[("SELECT * FROM shelf", "Tehanu,Le Guin,us", "Tehanu,Le Guin")],
        ..PAIR
    },
    Pair {
        name: "views upon a view lose a column from under them",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);
              CREATE VIEW v AS SELECT id, a, b FROM t;
              CREATE VIEW w AS SELECT id, b FROM v",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
              CREATE VIEW v AS SELECT id, a FROM t;
              CREATE VIEW w AS SELECT id, a FROM v",
        ..PAIR
    },
    Pair {
        name: "NULL is forbidden, and rows that have it are filled",
        old: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, points INTEGER);
              CREATE INDEX ix_tasks_points ON tasks (points)",
        data: "INSERT INTO tasks VALUES (1, 'a', NULL), (2, NULL, 5)",
        new: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT DEFAULT 'untitled' NOT NULL, points INTEGER NOT NULL);
              CREATE INDEX ix_tasks_points ON tasks (points)",
        answers: &["--fill tasks.points=id * 10"],
        probes: &[(
            "SELECT title, points FROM tasks ORDER BY id",
            "a,10;untitled,5",
            "",
        )],
        ..PAIR
    },
    Pair {
        name: "defaults go, come and change",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 1, b TEXT DEFAULT 'x', c TEXT, d TEXT DEFAULT 'it''s; -- no comment')",
        data: "INSERT INTO t (id) VALUES (1)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 2, b TEXT, c TEXT DEFAULT '', d TEXT DEFAULT 'it''s; /* another */')",
        probes: &[("SELECT a, b, c, d FROM t", "1,x,null,it's; -- no comment", "1,x,null,it's; -- no comment")],
        ..PAIR
    },
    Pair {
        name: "the profile of a user moves into a table of its own",
        old: "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, bio TEXT, avatar TEXT, CONSTRAINT short CHECK (length(bio) < 500))",
        data: "INSERT INTO users VALUES (1, 'a@b', 'hi', NULL)",
        new: "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
              CREATE TABLE profiles (user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, bio TEXT, avatar TEXT, CONSTRAINT short CHECK (length(bio) < 500))",
        probes: &[("SELECT email FROM users", "a@b", "a@b")],
        ..PAIR
    },
    Pair {
        name: "two tables become one",
        old: "CREATE TABLE cats (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
              CREATE TABLE dogs (id INTEGER PRIMARY KEY, name TEXT NOT NULL, trained INTEGER);
              CREATE TABLE vets (id INTEGER PRIMARY KEY, cat_id INTEGER REFERENCES cats (id), dog_id INTEGER REFERENCES dogs (id))",
        data: "INSERT INTO cats VALUES (1, 'Tom'); INSERT INTO vets VALUES (4, NULL, NULL)",
        new: "CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT NOT NULL, trained INTEGER, species TEXT DEFAULT 'cat' NOT NULL);
              CREATE TABLE vets (id INTEGER PRIMARY KEY, pet_id INTEGER REFERENCES pets (id))",
        answers: &["--rename cats:pets"],
        probes: &[("SELECT name, species FROM pets", "Tom,cat", "")],
        ..PAIR
    },
    Pair {
        name: "names of other alphabets, with spaces, quotes and dots",
        old: "CREATE TABLE \"Straße\" (\"Größe\" INTEGER PRIMARY KEY, \"naïve.name\" TEXT, \"say \"\"hi\"\"\" TEXT);
              CREATE INDEX \"ix Straße\" ON \"Straße\" (\"naïve.name\")",
        data: "INSERT INTO \"Straße\" VALUES (1, 'a', 'b')",
        new: "CREATE TABLE \"Straße\" (\"Größe\" INTEGER PRIMARY KEY, \"naïve.name\" TEXT, \"say \"\"hi\"\"\" TEXT DEFAULT 'ß' NOT NULL, \"数量\" INTEGER, CONSTRAINT \"数量 > 0\" CHECK (\"数量\" > 0));
              CREATE UNIQUE INDEX \"ix Straße\" ON \"Straße\" (\"naïve.name\", \"数量\")",
        probes: &[("SELECT \"say \"\"hi\"\"\" FROM \"Straße\"", "b", "b")],
        ..PAIR
    },
    Pair {
        name: "tables and columns that are called like words of SQL",
        old: "CREATE TABLE \"order\" (\"select\" INTEGER PRIMARY KEY, \"group\" TEXT, \"check\" INTEGER CHECK (\"check\" > 0));
              CREATE TABLE \"user\" (\"table\" INTEGER PRIMARY KEY, \"references\" INTEGER REFERENCES \"order\" (\"select\"))",
        data: "INSERT INTO \"order\" VALUES (1, 'g', 2); INSERT INTO \"user\" VALUES (3, 1)",
        new: "CREATE TABLE \"order\" (\"select\" INTEGER PRIMARY KEY, \"group\" TEXT DEFAULT 'by' NOT NULL, \"where\" INTEGER CHECK (\"where\" > 0));
              CREATE TABLE \"user\" (\"table\" INTEGER PRIMARY KEY, \"references\" INTEGER REFERENCES \"order\" (\"select\") ON DELETE CASCADE, \"default\" TEXT DEFAULT 'default');
              CREATE INDEX \"index\" ON \"user\" (\"default\")",
        answers: &["--rename order.check:where"],
        probes: &[
            ("SELECT \"group\", \"where\" FROM \"order\"", "g,2", ""),
            ("SELECT \"references\" FROM \"user\"", "1", "1"),
        ],
        ..PAIR
    },
    Pair {
        name: "a table of pairs gets a number as its key",
        old: "CREATE TABLE members (team INTEGER NOT NULL, person INTEGER NOT NULL, CONSTRAINT members_key PRIMARY KEY (team, person))",
        new: "CREATE TABLE members (team INTEGER NOT NULL, person INTEGER NOT NULL, id INTEGER NOT NULL, CONSTRAINT members_id PRIMARY KEY (id), CONSTRAINT members_key UNIQUE (team, person))",
        answers: &["--fill members.id=team * 1000 + person"],
        ..PAIR
    },
    Pair {
        name: "the amount of a line is computed from then on",
        old: "CREATE TABLE lines (id INTEGER PRIMARY KEY, price INTEGER NOT NULL, pieces INTEGER NOT NULL, total INTEGER)",
        data: "INSERT INTO lines VALUES (1, 5, 3, 15)",
        new: "CREATE TABLE lines (id INTEGER PRIMARY KEY, price INTEGER NOT NULL, pieces INTEGER NOT NULL, amount INTEGER GENERATED ALWAYS AS (price * pieces) STORED);
              CREATE INDEX ix_lines_amount ON lines (amount)",
        probes: &[("SELECT amount FROM lines", "15", "")],
        ..PAIR
    },
    Pair {
        name: "all that happens to children of a row that goes",
        old: "CREATE TABLE p (id INTEGER PRIMARY KEY, code INTEGER UNIQUE);
              CREATE TABLE c (id INTEGER PRIMARY KEY, k1 INTEGER CONSTRAINT c1 REFERENCES p (id) ON DELETE CASCADE, k2 INTEGER DEFAULT 1 CONSTRAINT c2 REFERENCES p (id) ON DELETE SET DEFAULT, k3 INTEGER CONSTRAINT c3 REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)",
        data: "INSERT INTO p VALUES (1, 5); INSERT INTO c VALUES (1, 1, 1, 1)",
        new: "CREATE TABLE p (id INTEGER PRIMARY KEY, code INTEGER UNIQUE);
              CREATE TABLE c (id INTEGER PRIMARY KEY, k1 INTEGER CONSTRAINT c1 REFERENCES p (id) ON DELETE RESTRICT ON UPDATE CASCADE, k2 INTEGER DEFAULT 1 CONSTRAINT c2 REFERENCES p (id) ON DELETE SET NULL, k3 INTEGER CONSTRAINT c3 REFERENCES p (id))",
        probes: &[("SELECT k1, k2, k3 FROM c", "1,1,1", "1,1,1")],
        ..PAIR
    },
    Pair {
        name: "a table and its columns are renamed together, under keys, checks and an index",
        old: "CREATE TABLE clients (id INTEGER PRIMARY KEY, mail TEXT NOT NULL, CONSTRAINT mail_is_long CHECK (length(mail) > 2));
              CREATE INDEX ix_mail ON clients (mail);
              CREATE TABLE invoices (id INTEGER PRIMARY KEY, client_id INTEGER CONSTRAINT invoices_client REFERENCES clients (id))",
        data: "INSERT INTO clients VALUES (1, 'a@b'); INSERT INTO invoices VALUES (2, 1)",
        new: "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL, since INTEGER, CONSTRAINT mail_is_long CHECK (length(email) > 2));
              CREATE INDEX ix_mail ON customers (email);
              CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT invoices_client REFERENCES customers (id))",
        answers: &[
            "--rename clients:customers",
            "--rename clients.mail:email",
            "--rename invoices.client_id:customer_id",
        ],
        probes: &[
            ("SELECT email FROM customers", "a@b", ""),
            ("SELECT customer_id FROM invoices", "1", ""),
        ],
        ..PAIR
    },
    Pair {
        name: "a check, a key and an index get other names",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, CONSTRAINT t_ck CHECK (a > 0), CONSTRAINT t_uq UNIQUE (a, b));
              CREATE INDEX t_ix ON t (b)",
        data: "INSERT INTO t VALUES (1, 2, 'x')",
        undecided: WhenUndecided::Ask,
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, CONSTRAINT t_a_check CHECK (a > 0), CONSTRAINT t_a_b_key UNIQUE (a, b));
              CREATE INDEX ix_t_b ON t (b)",
        probes: &[("SELECT a, b FROM t", "2,x", "2,x")],
        ..PAIR
    },
    Pair {
        name: "nothing differs but the layout of what is said",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER CHECK (a > 0 AND a < 10), b TEXT DEFAULT 'x')",
        new: "create table t (id integer primary key, a integer check (  a>0 and a<10 ), b text default 'x')",
        ..PAIR
    },
    Pair {
        name: "everything goes",
        old: "CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER);
              CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id));
              CREATE INDEX ix_b ON b (a_id);
              CREATE VIEW v AS SELECT a.id FROM a JOIN b ON a.id = b.a_id",
        data: "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (2, 1)",
        new: "",
        ..PAIR
    },
];
