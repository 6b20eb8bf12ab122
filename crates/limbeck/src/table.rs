//! What a derived model tells a program about its table.

/// A struct that declares a table; `#[derive(Table)]` implements it.
///
/// ```
/// use limbeck::Table;
///
/// #[derive(Table)]
/// #[table(name = "users")]
/// struct User {
///     #[column(primary_key)]
///     id: i32,
///     #[column(max_length = 255, unique)]
///     email: String,
/// }
///
/// assert_eq!(User::NAME, "users");
/// assert_eq!(User::COLUMNS, ["id", "email"]);
/// ```
pub trait Table {
    /// The table's name.
    const NAME: &'static str;
    /// Its schema, unless it is the default one.
    const SCHEMA: Option<&'static str>;
    /// The names of its columns, in order.
    const COLUMNS: &'static [&'static str];
}
