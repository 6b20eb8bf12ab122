//! The scripts of the guides: their outputs, and that they leave nothing behind.

use std::path::Path;
use std::process::Command;

use sea_orm::{ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _};
use todo::models::user;
use todo::scripts::{self, Confirmation, ScriptError, Verdict};
use todo::settings::Environment;

use crate::place::Place;

on_both!(
    test_db_leaves_nothing,
    test_models_leaves_nothing,
    what_fails_half_way_leaves_nothing,
    init_db_lists_what_is_there,
    a_connection_is_told_by_its_host,
    seed_and_reset,
    r13_seed_and_reset_are_for_development,
);

/// With ids as `ID`.
fn without_ids(text: &[u8]) -> String {
    let text = String::from_utf8(text.to_vec()).unwrap();
    let words = text.split_inclusive([' ', '\n', ')']);
    let word = |word: &str| match word.trim_end_matches([' ', '\n', ')']) {
        id if id.len() == 36 && id.parse::<uuid::Uuid>().is_ok() => word.replace(id, "ID"),
        _ => word.to_owned(),
    };
    words.map(word).collect()
}

async fn test_db_leaves_nothing(place: Place) {
    place.somebody("ada").await;
    // With the user of the guides and without, and twice.
    for is_seeded in [false, false, true] {
        if is_seeded {
            scripts::seed(&place.settings, &place.db, &mut Vec::new())
                .await
                .unwrap();
        }
        let before = place.rows().await;
        let mut out = Vec::new();
        let verdict = scripts::test_db(&place.db, &mut out).await.unwrap();
        let expected = "✅ Created user: test@example.com (ID: ID)\n✅ Found user: test@example.com\n\
            ✅ Created todo: Test Todo (ID: ID)\n✅ Deleted user (cascade deleted todos)\n\
            ✅ Confirmed cascade delete worked\n\n🎉 All database tests passed!\n";
        assert_eq!(without_ids(&out), expected);
        assert_eq!(verdict, Verdict::Passed);
        assert_eq!(place.rows().await, before);
    }
}

async fn test_models_leaves_nothing(place: Place) {
    let before = place.rows().await;
    for _ in 0..2 {
        let mut out = Vec::new();
        let verdict = scripts::test_models(&place.db, &mut out).await.unwrap();
        let expected = "✅ Created user: ID\n✅ Created task: Test Task\n✅ Created conversation: ID\n\
            ✅ Created 2 messages\n✅ Retrieved 1 task(s)\n✅ Retrieved 2 message(s)\n\
            ✅ Cascade deletion verified (messages deleted with conversation)\n✅ Cleanup complete\n\n\
            🎉 All database operations completed successfully!\n";
        assert_eq!(without_ids(&out), expected);
        assert_eq!(verdict, Verdict::Passed);
        assert_eq!(place.rows().await, before);
    }
}

async fn what_fails_half_way_leaves_nothing(place: Place) {
    let count = async || user::Entity::find().count(&place.db).await.unwrap();
    for table in ["messages", "tasks"] {
        let away = format!("ALTER TABLE {table} RENAME TO {table}_away");
        place.db.execute_unprepared(&away).await.unwrap();
        let mut out = Vec::new();
        let verdict = scripts::test_models(&place.db, &mut out).await.unwrap();
        let text = without_ids(&out);
        assert_eq!(verdict, Verdict::Failed, "{text}");
        assert!(text.starts_with("✅ Created user: ID\n"), "{text}");
        let last = text.lines().last().unwrap();
        assert!(
            last.starts_with("❌ Test failed: ") && last.contains(table),
            "{text}"
        );
        assert_eq!(count().await, 0);
        if table == "tasks" {
            let mut out = Vec::new();
            let verdict = scripts::test_db(&place.db, &mut out).await.unwrap();
            assert_eq!(verdict, Verdict::Failed);
            assert_eq!(count().await, 0);
            // Neither is half a seed there.
            let seeded = scripts::seed(&place.settings, &place.db, &mut Vec::new()).await;
            assert!(
                matches!(seeded, Err(ScriptError::Database(_))),
                "{seeded:?}"
            );
            assert_eq!(count().await, 0);
        }
        let back = format!("ALTER TABLE {table}_away RENAME TO {table}");
        place.db.execute_unprepared(&back).await.unwrap();
    }
}

async fn init_db_lists_what_is_there(place: Place) {
    for _ in 0..2 {
        let mut out = Vec::new();
        scripts::init_db(&place.settings.database, &place.db, &mut out)
            .await
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        let url = &place.settings.database;
        let expected = format!(
            "Creating database schema...\nDatabase URL: {url}\n✅ Database schema created successfully!\nCreated tables:\n\
             \x20 - conversations (id, user_id, created_at, updated_at)\n\
             \x20 - messages (id, conversation_id, role, content, created_at)\n"
        );
        assert!(text.starts_with(&expected), "{text}");
        assert_eq!(text.lines().count(), 8, "{text}");
        todo::MIGRATOR.downgrade(&place.db, "base").await.unwrap();
    }
}

async fn a_connection_is_told_by_its_host(place: Place) {
    let mut out = Vec::new();
    let verdict = scripts::test_connection(&place.settings.database, &mut out)
        .await
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.starts_with("✅ Database connection successful!\nConnected to: /"),
        "{text}"
    );
    assert_eq!(verdict, Verdict::Passed);
    for (url, expected) in [
        (
            "postgres://ada:hunter2@127.0.0.1:1/todo",
            "is the server running",
        ),
        (
            "postgres://ada:hunter2@nowhere.invalid/todo",
            "look at the host",
        ),
        (
            "sqlite:////nowhere/todo.db",
            "`todo init-db` makes the file",
        ),
    ] {
        let url = limbeck::url::DatabaseUrl::parse(url, Path::new("/")).unwrap();
        let mut out = Vec::new();
        let verdict = scripts::test_connection(&url, &mut out).await.unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.starts_with("❌ Connection failed: ") && text.contains(expected),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(verdict, Verdict::Failed);
    }
}

async fn seed_and_reset(place: Place) {
    for expected in [
        "✅ Database seeded with test user: test@example.com\n",
        "Database already seeded\n",
    ] {
        let mut out = Vec::new();
        scripts::seed(&place.settings, &place.db, &mut out)
            .await
            .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
    let answer = place.log_in("test@example.com", "password123").await;
    let token = answer.json["access_token"].as_str().unwrap();
    let tasks = place
        .call(
            axum::http::Method::GET,
            "/tasks?sort=-priority",
            Some(token),
            &serde_json::Value::Null,
        )
        .await;
    let tasks: Vec<String> = tasks
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|task| format!("{} {}", task["title"], task["completed"]))
        .collect();
    assert_eq!(
        tasks,
        [
            "\"Buy groceries\" false",
            "\"Write documentation\" true",
            "\"Deploy to production\" false"
        ]
    );
    let before = place.rows().await;
    let asked = "⚠️  WARNING: This will delete all data!\nAre you sure? (yes/no): ";
    for answer in ["no\n", "y\n", "YES\n", "", "yes please\n"] {
        let (mut out, mut answers) = (Vec::new(), answer.as_bytes());
        let confirmation = Confirmation::Ask(&mut answers);
        scripts::reset(&place.settings, &place.db, confirmation, &mut out)
            .await
            .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), asked, "{answer}");
        assert_eq!(place.rows().await, before, "{answer}");
    }
    let impossible = scripts::reset(
        &place.settings,
        &place.db,
        Confirmation::Impossible,
        &mut Vec::new(),
    )
    .await;
    assert!(matches!(impossible, Err(ScriptError::Unconfirmed)));
    assert_eq!(place.rows().await, before);
    let (mut out, mut answers) = (Vec::new(), "yes\n".as_bytes());
    scripts::reset(
        &place.settings,
        &place.db,
        Confirmation::Ask(&mut answers),
        &mut out,
    )
    .await
    .unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        format!("{asked}🗑️ Database reset complete\n")
    );
    assert_eq!(place.rows().await, "[][][][]");
    assert!(
        todo::MIGRATOR.status(&place.db).await.unwrap().is_at_head(),
        "the history stays"
    );
}

/// Requirement 13.
async fn r13_seed_and_reset_are_for_development(place: Place) {
    place.somebody("ada").await;
    let before = place.rows().await;
    for environment in [
        Environment::Testing,
        Environment::Staging,
        Environment::Production,
    ] {
        let mut settings = place.settings.clone();
        settings.environment = environment;
        let seeded = scripts::seed(&settings, &place.db, &mut Vec::new())
            .await
            .unwrap_err();
        let reset = scripts::reset(&settings, &place.db, Confirmation::Given, &mut Vec::new())
            .await
            .unwrap_err();
        for (error, script) in [(seeded, "seed"), (reset, "reset")] {
            assert_eq!(
                error.to_string(),
                format!("`{script}` is for development, and ENVIRONMENT is {environment}")
            );
        }
        assert_eq!(place.rows().await, before);
    }
}

/// The script of guide 2, with commands that only say how they were called.
#[test]
fn migrate_sh_is_one_command_each() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/migrate.sh");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&script);
        command
            .args(arguments)
            .env("LIMBECK", "echo limbeck")
            .env("TODO", "echo todo");
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    for (arguments, expected) in [
        (
            &["create", "add todo tags"][..],
            "Creating new migration: add todo tags\nlimbeck revision --autogenerate -m add todo tags\n",
        ),
        (
            &["upgrade"],
            "Upgrading database to head\nlimbeck upgrade head\n",
        ),
        (
            &["downgrade"],
            "Downgrading database by 1 revision\nlimbeck downgrade -1\n",
        ),
        (&["history"], "Migration history:\nlimbeck history\n"),
        (&["current"], "Current database version:\nlimbeck current\n"),
        (&["seed"], "Seeding test data\ntodo seed\n"),
        (&["reset"], "todo reset\n"),
    ] {
        assert_eq!(
            run(arguments),
            (Some(0), expected.to_owned()),
            "{arguments:?}"
        );
    }
    let (code, text) = run(&[]);
    assert_eq!(code, Some(1));
    assert!(
        text.ends_with("migrate.sh {create|upgrade|downgrade|history|current|seed|reset}\n"),
        "{text}"
    );
    assert_eq!(run(&["create"]).0, Some(1), "without a name");
}

/// The binary, as an operator has it.
#[test]
fn the_command_works_in_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let todo = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_todo"));
        command
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .envs(variables.iter().copied());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let (code, out, err) = todo(&["init-db"], &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(folder.path().join("todo.db").exists());
    assert_eq!(todo(&["test-connection"], &[]).0, Some(0));
    assert_eq!(
        todo(&["seed"], &[]).1,
        "✅ Database seeded with test user: test@example.com\n"
    );
    let (code, _, err) = todo(&["reset"], &[]);
    assert_eq!(
        (code, err.as_str()),
        (
            Some(1),
            "error: there is no terminal to ask at: `todo reset --yes` asks nothing\n"
        )
    );
    assert_eq!(todo(&["reset", "--yes"], &[]).0, Some(0));
    assert_eq!(todo(&["test-models"], &[]).0, Some(0));
    assert_eq!(todo(&["migrate", "check-pending"], &[]).0, Some(0));
    let (code, _, err) = todo(
        &["serve"],
        &[("PORT", "x"), ("DEBUG", "?"), ("JWT_SECRET_KEY", "hunter2")],
    );
    let expected = "error: PORT must be a whole number from 0 to 65535\nerror: DEBUG must be true or false\n\
        error: JWT_SECRET_KEY has 7 bytes, and must have 32 at least\n";
    assert_eq!((code, err.as_str()), (Some(1), expected));
    // A line of `.env` that cannot be read may be a secret.
    std::fs::write(folder.path().join(".env"), "JWT_SECRET_KEY='hunter2\n").unwrap();
    let (code, _, err) = todo(&["serve"], &[]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains(".env cannot be read") && !err.contains("hunter2"),
        "{err}"
    );
    std::fs::write(
        folder.path().join(".env"),
        "MIGRATE_ON_START=check\nDATABASE_URL=sqlite:///./other.db\n",
    )
    .unwrap();
    let (code, _, err) = todo(&["serve", "--port", "0"], &[]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("error: the database is not up to date, pending: 3db72e433b4d"),
        "{err}"
    );
    assert!(
        err.ends_with("hint: todo migrate upgrade, or MIGRATE_ON_START=upgrade\n"),
        "{err}"
    );
}
