//! Made-up rows: which tables get some, and what a proof says of them.

mod conversions;
mod copied_back;
mod defaults;
mod downgrade;
mod fill;
mod hazards;
mod losses;
mod narrow;
mod place;
mod proof;
mod suites;
mod told;
mod wanted;
