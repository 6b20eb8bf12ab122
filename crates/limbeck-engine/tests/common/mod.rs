//! What several tests need.

pub(crate) mod answers;
pub(crate) mod benches;
pub(crate) mod cases;
pub(crate) mod equal;
pub(crate) mod expected;
pub(crate) mod facts;
pub(crate) mod left_out;
pub(crate) mod plans;
pub(crate) mod rows;
#[path = "../../../limbeck-core/tests/common/schemas.rs"]
pub(crate) mod schemas;
pub(crate) mod shell;
