//! The service as its clients, its operators and its database see it.

mod settings;
