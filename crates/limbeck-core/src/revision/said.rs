//! What the SQL of a section says, all of its steps together.
//!
//! Text that cannot be split says nothing here: it is refused, with its line, where it is run.

use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::revision::{Section, Step};
use crate::sql::effect::{self, Announced, Effect};
use crate::sql::{Statement, split};

impl Section {
    /// Its steps; one that cannot be run has none.
    pub fn steps(&self) -> &[Step] {
        match self {
            Section::Steps(steps) => steps,
            Section::Irreversible(_) | Section::Unwritten(_) => &[],
        }
    }

    /// Its statements, in their order. Places and lines are those within their step.
    pub fn statements(&self, dialect: Dialect) -> impl Iterator<Item = Statement> {
        self.steps()
            .iter()
            .flat_map(move |step| split(&step.sql, dialect).unwrap_or_default())
    }

    /// What its statements say that they do, in their order.
    pub fn effects(&self, dialect: Dialect) -> Vec<Effect> {
        let statements = self.statements(dialect);
        statements
            .flat_map(|statement| effect::of_statement(&statement))
            .collect()
    }

    /// What its comments announce.
    pub fn announced(&self, dialect: Dialect) -> Announced {
        let mut announced = Announced::default();
        for step in self.steps() {
            let Announced { losses, failures } = effect::announced(&step.sql, dialect);
            announced.losses.extend(losses);
            announced.failures.extend(failures);
        }
        announced
    }

    /// Every name and word of its text, as a catalog would have them.
    pub fn words(&self, dialect: Dialect) -> BTreeSet<String> {
        self.steps()
            .iter()
            .flat_map(|step| effect::words(&step.sql, dialect))
            .collect()
    }
}
