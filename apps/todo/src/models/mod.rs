//! The tables, one file each. Each struct is the table for Limbeck, the entity for SeaORM, and, where clients see all of
//! it, the JSON of the API.

pub mod conversation;
pub mod message;
pub mod task;
pub mod user;
