//! Models of tables that Limbeck, or the tool of a layout, keeps for itself.

use limbeck_core::schema::{Models, Object, QualifiedName};

use super::Workspace;
use crate::command_error::CommandError;

impl Workspace {
    /// Refuses a model of a history: nothing sees the table, so that the model would differ for ever.
    pub(super) fn refuse_own_tables(&self, models: &Models) -> Result<(), CommandError> {
        let history = self.history_table();
        let own = [history.journal(), history.name];
        let own = own.into_iter().map(|table| (table, "Limbeck's own"));
        let tool = self.layout().map(|layout| layout.tool());
        let of_tool = tool.map(|tool| format!("the history of {tool}"));
        let of_layout = self.table_of_layout();
        let of_layout = of_layout.into_iter().zip(of_tool.as_deref());
        let is_declared =
            |(table, _): &(QualifiedName, &str)| models.schema.tables.contains_key(table);
        let Some((table, whose)) = own.chain(of_layout).find(is_declared) else {
            return Ok(());
        };
        let origin = models.origin(&Object::Table(table.clone()));
        let place = origin.map_or(String::new(), |origin| format!("{origin}: "));
        let text = format!("{place}`{table}` has a model, and the table is {whose}");
        Err(CommandError::config(text)
            .hint("take out the model; no revision may make or change the table"))
    }
}
