//! The tables, one file each.

mod conversation;
mod message;
mod task;
mod user;

pub use self::conversation::Conversation;
pub use self::message::{Message, MessageRole};
pub use self::task::Task;
pub use self::user::User;
