//! The service as its clients, its operators and its database see it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod settings;
