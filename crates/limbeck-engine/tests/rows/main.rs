//! Made-up rows: which tables get some, and what a proof says of them.

#[path = "../common/benches.rs"]
mod benches;
#[path = "../common/cases.rs"]
mod cases;
mod conversions;
mod downgrade;
mod fill;
mod hazards;
#[path = "../common/left_out.rs"]
mod left_out;
mod losses;
mod narrow;
mod place;
mod proof;
mod suites;
mod wanted;
