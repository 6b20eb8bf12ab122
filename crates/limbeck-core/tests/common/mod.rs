//! What the tests of `limbeck-engine` need, too.

pub(crate) mod schemas;
