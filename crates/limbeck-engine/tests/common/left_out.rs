//! Inputs that are newer than the server: left out, said, and counted.

use std::io::Write as _;

use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::postgres::version::{Feature, ServerVersion, too_new_in};
use limbeck_core::sql;

/// The inputs of a test that its server is too old for.
#[derive(Default)]
pub(crate) struct LeftOut {
    pub(crate) inputs: Vec<String>,
}

impl LeftOut {
    /// What the input needs and the server lacks, if anything; it is noted.
    pub(crate) fn note(
        &mut self,
        server: Option<ServerVersion>,
        input: &str,
        text: &str,
    ) -> Option<Feature> {
        let server = server?;
        let statements = sql::split(text, Dialect::Postgres).expect("is SQL");
        let too_new = |statement| too_new_in(statement, server);
        let (feature, _) = statements.iter().find_map(too_new)?;
        let since = feature.since();
        self.inputs.push(format!(
            "{input}: {feature} needs PostgreSQL {since}, and the server is {server}"
        ));
        Some(feature)
    }

    /// Says what is left out, past the harness, which keeps what a test prints to itself.
    pub(crate) fn tell(&self) {
        if self.inputs.is_empty() {
            return;
        }
        let lines = self.inputs.join("\n  ");
        let text = format!("{} inputs left out:\n  {lines}\n", self.inputs.len());
        let told = std::io::stderr().write_all(text.as_bytes());
        told.expect("is written");
    }
}
