//! What applications depend on.
