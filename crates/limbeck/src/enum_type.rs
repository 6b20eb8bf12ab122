//! What a derived enum tells a program about its type.

/// An enum that is the type of a column; `#[derive(Enum)]` implements it.
///
/// ```
/// use limbeck::{Enum, EnumType};
///
/// #[derive(Enum)]
/// enum TaskStatus {
///     Pending,
///     InProgress,
/// }
///
/// assert_eq!(TaskStatus::NAME, "task_status");
/// assert_eq!(TaskStatus::VALUES, ["pending", "in_progress"]);
/// ```
pub trait EnumType {
    /// The type's name.
    const NAME: &'static str;
    /// Its schema, unless it is the default one.
    const SCHEMA: Option<&'static str>;
    /// Its values, in the order of the variants.
    const VALUES: &'static [&'static str];
}
