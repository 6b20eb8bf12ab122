//! The pure half of Limbeck.
