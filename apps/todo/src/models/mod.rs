//! The tables, one file each. Each struct is the entity for SeaORM, which Limbeck reads as it stands, and, where clients
//! see all of it, the JSON of the API. SeaORM has no words for an index over several columns: that one is said in Limbeck's.

pub mod conversation;
pub mod message;
pub mod task;
pub mod user;
