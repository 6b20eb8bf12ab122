//! Tries the tables: makes rows, finds them, deletes them, and sees what goes along.

use std::io::Write;

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseConnection, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, TransactionTrait as _,
};
use uuid::Uuid;

use super::{ScriptError, Verdict};
use crate::models::message::MessageRole;
use crate::models::{conversation, message, task, user};

const EMAIL: &str = "test@example.com";

/// The script of guide 1: an account, a task, and that the task goes with the account.
///
/// # Errors
///
/// The output cannot be written.
pub async fn test_db(
    db: &DatabaseConnection,
    out: &mut (dyn Write + Send),
) -> Result<Verdict, ScriptError> {
    let tried = async {
        let transaction = db.begin().await?;
        let outcome = accounts_and_tasks(&transaction, out).await;
        transaction.rollback().await?;
        outcome
    };
    match tried.await {
        Ok(()) => {
            writeln!(out, "\n🎉 All database tests passed!")?;
            Ok(Verdict::Passed)
        }
        Err(error) => failed(&error, out),
    }
}

/// The script of guide 0: one row of each table, and that messages go with their conversation.
///
/// # Errors
///
/// The output cannot be written.
pub async fn test_models(
    db: &DatabaseConnection,
    out: &mut (dyn Write + Send),
) -> Result<Verdict, ScriptError> {
    let tried = async {
        let transaction = db.begin().await?;
        let outcome = one_of_each(&transaction, out).await;
        transaction.rollback().await?;
        outcome
    };
    match tried.await {
        Ok(()) => {
            writeln!(out, "✅ Cleanup complete")?;
            writeln!(out, "\n🎉 All database operations completed successfully!")?;
            Ok(Verdict::Passed)
        }
        Err(error) => failed(&error, out),
    }
}

fn failed(error: &ScriptError, out: &mut dyn Write) -> Result<Verdict, ScriptError> {
    writeln!(out, "❌ Test failed: {error}")?;
    Ok(Verdict::Failed)
}

async fn accounts_and_tasks(
    db: &impl ConnectionTrait,
    out: &mut (dyn Write + Send),
) -> Result<(), ScriptError> {
    let account = make_account(db).await?;
    writeln!(
        out,
        "✅ Created user: {} (ID: {})",
        account.email, account.id
    )?;
    let found = user::Entity::find()
        .filter(user::Column::Email.eq(EMAIL))
        .one(db)
        .await?;
    let found = found.ok_or_else(|| unexpected("the user is not found"))?;
    writeln!(out, "✅ Found user: {}", found.email)?;
    let task = make_task(db, account.id, "Test Todo").await?;
    writeln!(out, "✅ Created todo: {} (ID: {})", task.title, task.id)?;
    user::Entity::delete_by_id(account.id).exec(db).await?;
    writeln!(out, "✅ Deleted user (cascade deleted todos)")?;
    if task::Entity::find_by_id(task.id).one(db).await?.is_some() {
        return Err(unexpected("the todo of a deleted user is still there"));
    }
    writeln!(out, "✅ Confirmed cascade delete worked")?;
    Ok(())
}

async fn one_of_each(
    db: &impl ConnectionTrait,
    out: &mut (dyn Write + Send),
) -> Result<(), ScriptError> {
    let account = make_account(db).await?;
    writeln!(out, "✅ Created user: {}", account.id)?;
    let task = make_task(db, account.id, "Test Task").await?;
    writeln!(out, "✅ Created task: {}", task.title)?;
    let now = crate::now();
    let conversation = conversation::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(account.id),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let conversation = conversation.insert(db).await?;
    writeln!(out, "✅ Created conversation: {}", conversation.id)?;
    let said = [
        (MessageRole::User, "Hello"),
        (MessageRole::Assistant, "Hi!"),
    ];
    let said = said.map(|(role, content)| message::ActiveModel {
        id: Set(Uuid::now_v7()),
        conversation_id: Set(conversation.id),
        role: Set(role),
        content: Set(content.to_owned()),
        created_at: Set(now),
    });
    message::Entity::insert_many(said).exec(db).await?;
    writeln!(out, "✅ Created 2 messages")?;
    let tasks = task::Entity::find().filter(task::Column::UserId.eq(account.id));
    let tasks = tasks.count(db).await?;
    writeln!(out, "✅ Retrieved {tasks} task(s)")?;
    let messages =
        || message::Entity::find().filter(message::Column::ConversationId.eq(conversation.id));
    let there = messages().count(db).await?;
    writeln!(out, "✅ Retrieved {there} message(s)")?;
    if (tasks, there) != (1, 2) {
        return Err(unexpected("not what was made is found"));
    }
    conversation::Entity::delete_by_id(conversation.id)
        .exec(db)
        .await?;
    if messages().count(db).await? > 0 {
        return Err(unexpected(
            "messages of a deleted conversation are still there",
        ));
    }
    writeln!(
        out,
        "✅ Cascade deletion verified (messages deleted with conversation)"
    )?;
    Ok(())
}

/// An account of the address that the guides use. If there is one, it makes room: the transaction is rolled back.
async fn make_account(db: &impl ConnectionTrait) -> Result<user::Model, ScriptError> {
    let there = user::Entity::delete_many().filter(user::Column::Email.eq(EMAIL));
    there.exec(db).await?;
    let now = crate::now();
    let account = user::ActiveModel {
        id: Set(Uuid::now_v7()),
        email: Set(EMAIL.to_owned()),
        // Nothing is the hash of a password that somebody could type.
        hashed_password: Set("!".to_owned()),
        full_name: Set(None),
        is_active: Set(true),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Ok(account.insert(db).await?)
}

async fn make_task(
    db: &impl ConnectionTrait,
    owner: Uuid,
    title: &str,
) -> Result<task::Model, ScriptError> {
    let now = crate::now();
    let task = task::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(owner),
        title: Set(title.to_owned()),
        completed: Set(false),
        priority: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    Ok(task.insert(db).await?)
}

fn unexpected(what: &str) -> ScriptError {
    ScriptError::Unexpected(what.to_owned())
}
