//! Made-up rows: which tables get some, and what a proof says of them.

mod downgrade;
mod fill;
mod place;
mod proof;
mod suites;
