//! What the tables of a database have in common is said once, in limbeck.toml.

use std::fs;

use crate::project::Project;

/// A database as Rails makes one, with keys of 16 bytes in two of its tables.
const BLOG: &str = "CREATE TABLE users (id integer PRIMARY KEY NOT NULL, email varchar NOT NULL, admin boolean DEFAULT 0 NOT NULL, name varchar, created_at datetime(6) NOT NULL, updated_at datetime(6) NOT NULL, state TEXT NOT NULL DEFAULT 'new' CONSTRAINT status CHECK (state IN ('new', 'old')));
    CREATE TABLE posts (id integer PRIMARY KEY NOT NULL, title varchar, user_id integer NOT NULL, created_at datetime(6) NOT NULL, CONSTRAINT fk_rails_5b5ddfd518 FOREIGN KEY (user_id) REFERENCES users (id));
    CREATE TABLE sessions (id blob PRIMARY KEY NOT NULL, digest blob, user_id integer NOT NULL, CONSTRAINT fk_rails_758836b4f0 FOREIGN KEY (user_id) REFERENCES users (id));
    CREATE TABLE hits (id integer PRIMARY KEY NOT NULL, session_id blob CONSTRAINT fk_rails_3cd9042e4f REFERENCES sessions (id), CONSTRAINT sane CHECK ((id > 0 AND session_id IS NOT NULL AND length(session_id) = 16) OR (id <= 0 AND session_id IS NULL)));
    CREATE INDEX index_posts_on_user_id ON posts (user_id);
    CREATE INDEX index_posts_on_user_id_and_title ON posts (user_id, title);
    CREATE UNIQUE INDEX index_users_on_email ON users (email);
    CREATE INDEX by_name ON users (name);
    INSERT INTO users VALUES (1, 'a@b', 0, NULL, '2026-11-26', '2026-11-26', 'new');
    INSERT INTO sessions VALUES (x'67e5504410b1426f9247bb680e5fe0c8', x'0102030405060708090a0b0c0d0e0f10', 1);";

const NOTHING_DIFFERS: &str = "err| Nothing differs\nexit 0\n";

#[tokio::test]
async fn what_most_of_a_database_does_is_said_once() {
    let project = Project::without_url().without_models();
    project.batch("todo.db", BLOG).await;
    let shown = project.run("init --from sqlite:///todo.db --rev-id aaaa1111");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    insta::assert_snapshot!(project.read("limbeck.toml"), @r#"
    # The database: DATABASE_URL of the environment or of .env.
    url = "${DATABASE_URL:-sqlite:///todo.db}"

    # The databases that revisions are written for.
    dialects = ["sqlite"]

    [models]
    # How the database numbers integer keys of which models say nothing.
    identity = false

    # What fields of these types are in the database.
    [types]
    String = { sqlite = "VARCHAR" }
    "chrono::NaiveDateTime" = { sqlite = "DATETIME(6)" }

    # How the database names what models give no name.
    [names]
    foreign_key = "fk_rails_{sha256:10:{table}_{columns}_fk}"
    index = "index_{table}_on_{columns:_and_}"
    "#);
    insta::assert_snapshot!(project.read("src/models.rs"), @r#"
    use chrono::NaiveDateTime;
    use limbeck::{Enum, Table};
    use uuid::Uuid;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum)]
    #[sqlx(type_name = "status", rename_all = "snake_case")]
    pub enum Status {
        New,
        Old,
    }

    #[derive(Clone, Debug, Table)]
    #[table(
        name = "hits",
        check(sane = "\
            (id > 0 AND session_id IS NOT NULL AND length(session_id) = 16) \
            OR (id <= 0 AND session_id IS NULL)"),
    )]
    pub struct Hit {
        #[column(primary_key)]
        pub id: i64,
        #[column(references = Session)]
        pub session_id: Option<Uuid>,
    }

    #[derive(Clone, Debug, Table)]
    #[table(name = "posts", index(user_id, title))]
    pub struct Post {
        #[column(primary_key)]
        pub id: i64,
        pub title: Option<String>,
        #[column(references = User, index)]
        pub user_id: i64,
        pub created_at: NaiveDateTime,
    }

    #[derive(Clone, Debug, Table)]
    #[table(name = "sessions")]
    pub struct Session {
        #[column(primary_key)]
        pub id: Uuid,
        pub digest: Option<Vec<u8>>,
        #[column(references = User)]
        pub user_id: i64,
    }

    #[derive(Clone, Debug, Table)]
    #[table(name = "users")]
    pub struct User {
        #[column(primary_key)]
        pub id: i64,
        #[column(unique_index)]
        pub email: String,
        #[column(default = false)]
        pub admin: bool,
        #[column(index = "by_name")]
        pub name: Option<String>,
        pub created_at: NaiveDateTime,
        pub updated_at: NaiveDateTime,
        #[column(default = Status::New)]
        pub state: Status,
    }
    "#);
    assert_eq!(project.run("check"), NOTHING_DIFFERS);
    // What is new goes by the same words.
    project.edit(
        "src/models.rs",
        "    pub title: Option<String>,\n",
        "    pub title: Option<String>,\n    #[column(index)]\n    pub slug: Option<String>,\n",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m Slug --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_slug.sql
    err| Detected: add column posts.slug VARCHAR (src/models.rs:33)
    err| Detected: create index posts.index_posts_on_slug (slug) (src/models.rs:32)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
}

#[tokio::test]
async fn what_the_project_says_stays() {
    let project = Project::without_url().without_models();
    project.batch("todo.db", BLOG).await;
    let text = "dialects = [\"sqlite\"]\n[names]\nindex = \"idx_{table}_{columns}\"\n[types]\nf64 = \"DOUBLE\"\n";
    project.write("limbeck.toml", text);
    let shown = project.run("init --from sqlite:///todo.db --rev-id aaaa1111");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let after = project.read("limbeck.toml");
    let more = after.strip_prefix(text).unwrap();
    insta::assert_snapshot!(more, @r#"

    [models]
    # How the database numbers integer keys of which models say nothing.
    identity = false
    "#);
    assert!(
        project
            .read("src/models.rs")
            .contains("unique_index = \"index_users_on_email\"")
    );
    let checked = project.run("check --url sqlite:///todo.db");
    assert_eq!(checked, NOTHING_DIFFERS);
}

#[tokio::test]
async fn a_key_of_sqlite_counts_whatever_the_other_numbers_are() {
    let project = Project::without_url().without_models();
    let tables = ["a", "b", "c"].map(|name| {
        format!(
            "CREATE TABLE {name} (id integer PRIMARY KEY NOT NULL, n int NOT NULL, m int, o int);"
        )
    });
    project.batch("todo.db", &tables.concat()).await;
    let shown = project.run("init --from sqlite:///todo.db --rev-id aaaa1111");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    assert!(!project.read("limbeck.toml").contains("[types]"));
    // Nor where a person says it.
    let more = "\n[types]\ni64 = \"INT\"\n";
    project.write("limbeck.toml", &(project.read("limbeck.toml") + more));
    let new = "\n#[derive(Table)]\npub struct Newer {\n    #[column(primary_key)]\n    pub id: i64,\n    pub n: i64,\n}\n";
    project.write("src/models.rs", &(project.read("src/models.rs") + new));
    assert!(
        project
            .run("revision --autogenerate -m Newer --rev-id bbbb2222")
            .ends_with("exit 0\n")
    );
    let revision = project.read("migrations/bbbb2222_newer.sql");
    assert!(
        revision.contains("id INTEGER") && revision.contains("n INT "),
        "{revision}"
    );
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    project
        .batch("todo.db", "INSERT INTO newer (n) VALUES (1)")
        .await;
    assert_eq!(project.run("check"), NOTHING_DIFFERS);
}

#[tokio::test]
async fn a_file_for_each_table() {
    let project = Project::without_url().without_models();
    project.batch("todo.db", BLOG).await;
    // No model can say it, so that it is left to others in a second round.
    project
        .batch("todo.db", "CREATE TABLE odds (anything)")
        .await;
    let shown = project.run("init --from sqlite:///todo.db --rev-id aaaa1111 --file-per-table");
    insta::assert_snapshot!(shown, @r#"
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    out| Created src/models/hit.rs
    out| Created src/models/post.rs
    out| Created src/models/session.rs
    out| Created src/models/user.rs
    out| Created src/models.rs
    err| Added `pub mod models;` to src/lib.rs
    err| Baseline of 5 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Unmanaged: odds (as a model it would differ: alter column odds.anything: type none to BLOB)
    err| Running stamp  -> aaaa1111
    err| Next: cargo add uuid chrono
    err| Next: cargo add sqlx --features chrono,sqlite,uuid
    exit 0
    "#);
    insta::assert_snapshot!(project.read("src/models.rs"), @r#"
    mod hit;
    mod post;
    mod session;
    mod user;

    pub use hit::Hit;
    pub use post::Post;
    pub use session::Session;
    pub use user::{Status, User};
    "#);
    insta::assert_snapshot!(project.read("src/models/post.rs"), @r#"
    use chrono::NaiveDateTime;
    use limbeck::Table;

    use super::User;

    #[derive(Clone, Debug, Table)]
    #[table(name = "posts", index(user_id, title))]
    pub struct Post {
        #[column(primary_key)]
        pub id: i64,
        pub title: Option<String>,
        #[column(references = User, index)]
        pub user_id: i64,
        pub created_at: NaiveDateTime,
    }
    "#);
    insta::assert_snapshot!(project.read("src/models/user.rs"), @r#"
    use chrono::NaiveDateTime;
    use limbeck::{Enum, Table};

    #[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum)]
    #[sqlx(type_name = "status", rename_all = "snake_case")]
    pub enum Status {
        New,
        Old,
    }

    #[derive(Clone, Debug, Table)]
    #[table(name = "users")]
    pub struct User {
        #[column(primary_key)]
        pub id: i64,
        #[column(unique_index)]
        pub email: String,
        #[column(default = false)]
        pub admin: bool,
        #[column(index = "by_name")]
        pub name: Option<String>,
        pub created_at: NaiveDateTime,
        pub updated_at: NaiveDateTime,
        #[column(default = Status::New)]
        pub state: Status,
    }
    "#);
    assert!(!project.path("src/models/odd.rs").exists());
    let checked = project.run("check");
    assert!(checked.ends_with(NOTHING_DIFFERS), "{checked}");
}

#[tokio::test]
async fn what_most_of_a_database_does_is_said_once_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut project = project.without_models();
    let database = scratch.create_database("blog", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch(
        "CREATE TYPE status AS ENUM ('new', 'old'); CREATE SCHEMA status; CREATE TYPE status.status AS ENUM ('a'); COMMENT ON TYPE status IS 'how far';
         CREATE TABLE users (id serial PRIMARY KEY, email varchar NOT NULL, name varchar DEFAULT 'x', bio text, tags varchar[] NOT NULL DEFAULT '{}', seen timestamp(3) DEFAULT now(), made timestamp(3), own timestamp(6), size bigint DEFAULT '0'::bigint, s status, t status.status);
         CREATE TABLE posts (id serial PRIMARY KEY, title varchar, user_id integer NOT NULL, CONSTRAINT fk_posts_users FOREIGN KEY (user_id) REFERENCES users);
         CREATE TABLE likes (id serial PRIMARY KEY, post_id integer, CONSTRAINT fk_likes_posts FOREIGN KEY (post_id) REFERENCES posts,
             CONSTRAINT enough CHECK (id > 0 AND (post_id IS NULL OR post_id > 0) AND id <> 4711 AND coalesce(post_id, 0) + id < 1000000000));
         COMMENT ON TABLE users IS E'Who logs in.\\n\\nAnd out.'; COMMENT ON COLUMN users.bio IS ' odd '; COMMENT ON COLUMN users.email IS 'where letters go';
         CREATE INDEX posts_title_idx ON posts (title); CREATE UNIQUE INDEX users_email_key ON users (email);",
    )
    .await
    .unwrap();
    live.close().await.unwrap();
    let url = database.url.to_string();
    project.set("DATABASE_URL", &url);
    let shown = project.run(&format!("init --from {url} --rev-id aaaa1111"));
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    insta::assert_snapshot!(project.read("limbeck.toml"), @r#"
    # The database: DATABASE_URL of the environment or of .env.
    url = "${DATABASE_URL}"

    # The databases that revisions are written for.
    dialects = ["postgres"]

    [models]
    # How the database numbers integer keys of which models say nothing.
    identity = "serial"

    # What fields of these types are in the database.
    [types]
    String = "varchar"
    "chrono::NaiveDateTime" = "timestamp(3)"

    # How the database names what models give no name.
    [names]
    foreign_key = "fk_{table}_{referenced_table}"
    index = "{table}_{columns}_idx"
    unique_index = "{table}_{columns}_key"
    "#);
    insta::assert_snapshot!(project.read("src/models.rs"), @r#"
    use chrono::NaiveDateTime;
    use limbeck::{Enum, Table};

    /// how far
    #[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum)]
    #[sqlx(type_name = "status", rename_all = "snake_case")]
    #[enum_type(comment)]
    pub enum Status {
        New,
        Old,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum)]
    #[sqlx(type_name = "status.status", rename_all = "snake_case")]
    pub enum StatusStatus {
        A,
    }

    #[derive(Clone, Debug, Table)]
    #[table(
        name = "likes",
        check(enough = "\
            (id > 0) \
            AND ((post_id IS NULL) OR (post_id > 0)) \
            AND (id <> 4711) \
            AND ((COALESCE(post_id, 0) + id) < 1000000000)"),
    )]
    pub struct Like {
        #[column(primary_key)]
        pub id: i32,
        #[column(references = Post)]
        pub post_id: Option<i32>,
    }

    #[derive(Clone, Debug, Table)]
    #[table(name = "posts")]
    pub struct Post {
        #[column(primary_key)]
        pub id: i32,
        #[column(index)]
        pub title: Option<String>,
        #[column(references = User)]
        pub user_id: i32,
    }

    /// Who logs in.
    ///
    /// And out.
    #[derive(Clone, Debug, Table)]
    #[table(name = "users", comment)]
    pub struct User {
        #[column(primary_key)]
        pub id: i32,
        /// where letters go
        #[column(unique_index, comment)]
        pub email: String,
        #[column(default = "x")]
        pub name: Option<String>,
        #[column(sql_type = "text", comment = " odd ")]
        pub bio: Option<String>,
        #[column(default = "{}")]
        pub tags: Vec<String>,
        #[column(default = now)]
        pub seen: Option<NaiveDateTime>,
        pub made: Option<NaiveDateTime>,
        #[column(precision = 6)]
        pub own: Option<NaiveDateTime>,
        #[column(default = 0)]
        pub size: Option<i64>,
        pub s: Option<Status>,
        pub t: Option<StatusStatus>,
    }
    "#);
    assert_eq!(project.run("check"), NOTHING_DIFFERS);
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn names_of_files_are_no_other_file_s() {
    let project = Project::without_url().without_models();
    // A library of another name, beside which models stand in a file of no package.
    fs::rename(project.path("src/lib.rs"), project.path("src/app.rs")).unwrap();
    project.edit(
        "Cargo.toml",
        "[dependencies]",
        "[lib]\npath = \"src/app.rs\"\n\n[dependencies]",
    );
    let names = ["model", "models", "con", "com1", "größe", "ß", "mod"];
    let tables =
        names.map(|name| format!("CREATE TABLE {name} (id integer PRIMARY KEY NOT NULL);"));
    project.batch("todo.db", &tables.concat()).await;
    let shown = project.run("init --from sqlite:///todo.db --rev-id aaaa1111 --file-per-table");
    insta::assert_snapshot!(shown, @"
    out| Created limbeck/com1_2.rs
    out| Created limbeck/con2.rs
    out| Created limbeck/gre.rs
    out| Created limbeck/mod2.rs
    out| Created limbeck/model.rs
    out| Created limbeck/models.rs
    out| Created limbeck/models2.rs
    out| Created limbeck/ss.rs
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    err| Baseline of 7 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Running stamp  -> aaaa1111
    exit 0
    ");
    insta::assert_snapshot!(project.read("limbeck/models.rs"), @"
    mod com1_2;
    mod con2;
    mod gre;
    mod mod2;
    mod model;
    mod models2;
    mod ss;

    pub use com1_2::Com1;
    pub use con2::Con;
    pub use gre::Größe;
    pub use mod2::Mod;
    pub use model::Model;
    pub use models2::Models;
    pub use ss::SS;
    ");
    assert_eq!(project.run("check"), NOTHING_DIFFERS);
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_leads_models_out_of_the_checkout() {
    use std::os::unix::fs::symlink;
    for (link, to, more) in [
        ("src/models", "outside", " --file-per-table"),
        ("src/models/user.rs", "outside/evil.rs", " --file-per-table"),
        ("src/models.rs", "outside/evil.rs", ""),
        ("src/lib.rs", "outside/lib.rs", ""),
        ("limbeck.toml", "outside/evil.toml", ""),
        ("migrations", "outside", ""),
    ] {
        let project = Project::without_url().without_models();
        project.batch("todo.db", BLOG).await;
        let outside = project.beside("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("lib.rs"), "// theirs").unwrap();
        let path = project.path(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // What is in its place goes.
        let _ = fs::remove_file(&path);
        symlink(project.beside(to), path).unwrap();
        let shown = project.run(&format!(
            "init --from sqlite:///todo.db --rev-id aaaa1111{more}"
        ));
        // Where the usual place is taken, models stand beside the package.
        let goes_on = link == "src/models.rs";
        assert_eq!(shown.ends_with("exit 0\n"), goes_on, "{link}: {shown}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1, "{link}");
        assert_eq!(
            fs::read_to_string(outside.join("lib.rs")).unwrap(),
            "// theirs"
        );
        let has_begun = project.path("migrations/aaaa1111_baseline.sql").exists();
        assert_eq!(has_begun, goes_on, "{link}: {shown}");
    }
}
