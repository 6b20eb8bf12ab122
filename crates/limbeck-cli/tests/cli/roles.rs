//! `docs/roles.md` on a real server: each command with exactly those rights, and with one right fewer.

use std::fs;

use limbeck::connection::Connection;
use limbeck_engine::scratch::{Scratch, ScratchDatabase};

use crate::project::Project;

const PAGE: &str = include_str!("../../../../docs/roles.md");

/// The statements of the page, one text for each block.
fn blocks() -> Vec<String> {
    let blocks = PAGE.split("```sql\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

/// The same database as another role.
fn url_of(database: &ScratchDatabase, role: &str) -> String {
    let url = database.url.to_string();
    let (_, rest) = url.split_once('@').expect("the URL names a role");
    format!("postgres://{role}@{rest}")
}

struct Shop {
    project: Project,
    scratch: Scratch,
    database: ScratchDatabase,
    admin: Connection,
}

impl Shop {
    async fn open() -> Self {
        let (project, mut scratch) = Project::beside_postgres().await;
        project.write(
            "limbeck.toml",
            "dialects = [\"postgres\"]\nsearch_path = \"shop\"\n",
        );
        project.write("src/models.rs", "");
        project.write("migrations/scratch.sql", "CREATE SCHEMA shop;\n");
        project.write(
            "migrations/aaaa1111_first.sql",
            "-- First\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);

-- downgrade
-- loses: notes
DROP TABLE notes;
",
        );
        let database = scratch.create_database("live", None).await.unwrap();
        let admin = database.connect().await.unwrap();
        Self {
            project,
            scratch,
            database,
            admin,
        }
    }

    async fn sql(&mut self, sql: &str) {
        self.admin.batch(sql).await.unwrap();
    }

    /// Runs a command as a role.
    fn run(&mut self, role: &str, command: &str) -> String {
        let url = url_of(&self.database, role);
        self.project.set("DATABASE_URL", url.clone());
        let shown = self.project.run(&command.replace("URL", &url));
        format!("{command} as {role}: {shown}")
    }

    fn succeeds(&mut self, role: &str, command: &str) {
        let shown = self.run(role, command);
        // What roles were granted by hand is in no revision, and `check` says so.
        let is_drift = command == "check --only drift" && shown.ends_with("exit 1\n");
        assert!(shown.ends_with("exit 0\n") || is_drift, "{shown}");
        assert!(!shown.contains("permission denied"), "{shown}");
    }

    fn fails(&mut self, role: &str, command: &str, text: &str) {
        let shown = self.run(role, command);
        assert!(shown.ends_with("exit 3\n"), "{shown}");
        assert!(shown.contains(text), "{text}: {shown}");
    }
}

const LOOKS: [&str; 6] = [
    "current",
    "history",
    "check --only pending",
    "check --only drift",
    "inspect",
    "diff URL URL",
];

#[tokio::test]
async fn each_command_needs_these_rights_and_no_more_on_postgres() {
    let mut shop = Shop::open().await;
    fs::create_dir_all(shop.project.beside("cache")).unwrap();
    let blocks = blocks();
    let [once, after] = blocks.as_slice() else {
        panic!("the page has two blocks: {blocks:?}");
    };
    shop.sql(once).await;

    // One right fewer: the owner may not create.
    shop.sql("ALTER SCHEMA shop OWNER TO limbeck; GRANT USAGE ON SCHEMA shop TO shop_owner")
        .await;
    shop.fails("shop_owner", "upgrade", "permission denied for schema shop");
    shop.sql("GRANT CREATE ON SCHEMA shop TO shop_owner").await;
    shop.succeeds("shop_owner", "upgrade");
    shop.succeeds("shop_owner", "downgrade base");
    shop.sql("REVOKE CREATE ON SCHEMA shop FROM shop_owner; ALTER SCHEMA shop OWNER TO shop_owner")
        .await;
    shop.succeeds("shop_owner", "upgrade");

    // Before the history may be read.
    for command in ["current", "check --only pending"] {
        shop.fails("shop_check", command, "cannot be read");
        shop.fails(
            "shop_check",
            command,
            "grant this role SELECT on `limbeck_history`",
        );
    }
    shop.sql(after).await;
    for command in LOOKS {
        shop.succeeds("shop_check", command);
    }
    for (right, text) in [
        (
            "SELECT ON shop.limbeck_history",
            "permission denied for table limbeck_history",
        ),
        (
            "SELECT ON shop.limbeck_history_journal",
            "permission denied for table limbeck_history_journal",
        ),
        (
            "USAGE ON SCHEMA shop",
            "GRANT USAGE ON SCHEMA shop TO shop_check",
        ),
    ] {
        shop.sql(&format!("REVOKE {right} FROM shop_check")).await;
        shop.fails("shop_check", "current", text);
        shop.sql(&format!("GRANT {right} TO shop_check")).await;
        shop.succeeds("shop_check", "current");
    }
    // Who looks changes nothing.
    shop.fails(
        "shop_check",
        "downgrade base --allow-loss",
        "must be owner of table notes",
    );
    shop.fails("shop_check", "stamp base", "permission denied");
    shop.succeeds("shop_owner", "stamp head");

    // The application works with rows, and neither with the history nor with the schema.
    let mut app = Connection::connect(
        &limbeck::url::DatabaseUrl::parse(
            &url_of(&shop.database, "shop_app"),
            std::path::Path::new("/"),
        )
        .unwrap(),
    )
    .await
    .unwrap();
    app.batch("INSERT INTO notes (body) VALUES ('a'); UPDATE notes SET body = 'b'; SELECT * FROM notes; DELETE FROM notes")
        .await
        .unwrap();
    for sql in [
        "SELECT * FROM limbeck_history",
        "DELETE FROM limbeck_history",
        "CREATE TABLE t (a int)",
        "DROP TABLE notes",
    ] {
        assert!(app.batch(sql).await.unwrap_err().has_code("42501"), "{sql}");
    }
    app.close().await.unwrap();
    shop.fails("shop_app", "current", "cannot be read");

    // One right fewer: a table of somebody else's.
    shop.sql(
        "ALTER SCHEMA shop OWNER TO limbeck; GRANT USAGE, CREATE ON SCHEMA shop TO shop_owner; \
         ALTER TABLE shop.notes OWNER TO limbeck",
    )
    .await;
    shop.fails(
        "shop_owner",
        "downgrade base --allow-loss",
        "must be owner of table notes",
    );
    shop.sql("ALTER TABLE shop.notes OWNER TO shop_owner").await;
    shop.succeeds("shop_owner", "downgrade base");
    shop.admin.close().await.unwrap();
    shop.scratch.close().await.unwrap();
}
