//! Procedural macros of Limbeck.
