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

/// What an entity says in our words: `#[cfg_attr(any(), limbeck(…))]`, which every compiler drops, so that it needs no
/// derive and no dependency.
#[cfg(feature = "scan")]
pub(crate) const OVERLAY: &str = "limbeck";
