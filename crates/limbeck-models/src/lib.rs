//! Rust source to models.
