//! Something to look at in development, and an empty database again.

use std::io::{BufRead, Write};

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend,
    EntityTrait as _, PaginatorTrait as _, QueryFilter as _, TransactionTrait as _,
};
use uuid::Uuid;

use super::ScriptError;
use crate::auth::Passwords;
use crate::models::{task, user};
use crate::settings::{Environment, Settings};

const EMAIL: &str = "test@example.com";
const PASSWORD: &str = "password123";

/// Titles, whether they are done, and how urgent they are.
const TASKS: [(&str, bool, i32); 3] = [
    ("Buy groceries", false, 2),
    ("Write documentation", true, 1),
    ("Deploy to production", false, 0),
];

/// How it is made sure that somebody means it.
pub enum Confirmation<'a> {
    /// The user has said so already.
    Given,
    /// The user is asked, and answers in a line of this.
    Ask(&'a mut dyn BufRead),
    /// There is nobody to ask.
    Impossible,
}

/// Makes an account with three tasks, unless it is there.
///
/// # Errors
///
/// It is not development, where a password that everybody knows does no harm; or the database refuses.
pub async fn seed(
    settings: &Settings,
    db: &DatabaseConnection,
    out: &mut dyn Write,
) -> Result<(), ScriptError> {
    only_in_development(settings, "seed")?;
    let transaction = db.begin().await?;
    let there = user::Entity::find().filter(user::Column::Email.eq(EMAIL));
    if there.count(&transaction).await? > 0 {
        transaction.rollback().await?;
        writeln!(out, "Database already seeded")?;
        return Ok(());
    }
    let now = crate::now();
    let id = Uuid::now_v7();
    let account = user::ActiveModel {
        id: Set(id),
        email: Set(EMAIL.to_owned()),
        hashed_password: Set(Passwords::new()?.hash(PASSWORD.to_owned()).await?),
        full_name: Set(Some("Test User".to_owned())),
        is_active: Set(true),
        created_at: Set(now),
        updated_at: Set(now),
    };
    account.insert(&transaction).await?;
    let tasks = TASKS.map(|(title, completed, priority)| task::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(id),
        title: Set(title.to_owned()),
        completed: Set(completed),
        completed_at: Set(completed.then_some(now)),
        priority: Set(priority),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    });
    task::Entity::insert_many(tasks).exec(&transaction).await?;
    transaction.commit().await?;
    writeln!(out, "✅ Database seeded with test user: {EMAIL}")?;
    Ok(())
}

/// Deletes every row, once somebody has said `yes`.
///
/// # Errors
///
/// It is not development, nobody can be asked, or the database refuses.
pub async fn reset(
    settings: &Settings,
    db: &DatabaseConnection,
    confirmation: Confirmation<'_>,
    out: &mut (dyn Write + Send),
) -> Result<(), ScriptError> {
    only_in_development(settings, "reset")?;
    writeln!(out, "⚠️  WARNING: This will delete all data!")?;
    match confirmation {
        Confirmation::Given => {}
        Confirmation::Impossible => return Err(ScriptError::Unconfirmed),
        Confirmation::Ask(answers) => {
            write!(out, "Are you sure? (yes/no): ")?;
            out.flush()?;
            let mut answer = String::new();
            answers.read_line(&mut answer)?;
            if answer.trim() != "yes" {
                return Ok(());
            }
        }
    }
    let transaction = db.begin().await?;
    match transaction.get_database_backend() {
        DbBackend::Sqlite => {
            // Whose rows they are goes last. No table here counts its rows, so there is no counter to set back.
            for table in ["messages", "conversations", "tasks", "users"] {
                let sql = format!("DELETE FROM {table}");
                transaction.execute_unprepared(&sql).await?;
            }
        }
        _ => {
            let sql = "TRUNCATE messages, conversations, tasks, users RESTART IDENTITY";
            transaction.execute_unprepared(sql).await?;
        }
    }
    transaction.commit().await?;
    writeln!(out, "🗑️ Database reset complete")?;
    Ok(())
}

fn only_in_development(settings: &Settings, script: &'static str) -> Result<(), ScriptError> {
    match settings.environment {
        Environment::Development => Ok(()),
        environment => Err(ScriptError::NotDevelopment {
            script,
            environment,
        }),
    }
}
