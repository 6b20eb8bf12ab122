//! Whose words a struct declares its table in.

/// Whose attributes say what a struct is, and whose rules what it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    /// Ours: `#[table(…)]` and `#[column(…)]`, and what other crates say beside them.
    Limbeck,
    /// SeaORM's alone: `#[sea_orm(…)]`.
    #[cfg(feature = "scan")]
    SeaOrm,
    /// Diesel's: `table!` and `joinable!`.
    #[cfg(feature = "scan")]
    Diesel,
}
