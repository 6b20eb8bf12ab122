//! `limbeck inspect`: a database as SQL, JSON or models.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use limbeck::inspect::inspect;
use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, diff};
use limbeck_core::plan::plan;
use limbeck_core::schema::{Schema, UnmodelledKey};
use limbeck_models::rust;

use super::Format;
use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Print what a database holds
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The database; that of the project where none is given
    pub(crate) database: Option<String>,
    /// Write it as SQL that makes it again, as JSON, or as models
    // The id is that of the global flag, which this one replaces here.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "sql",
        value_parser = PossibleValuesParser::new(["sql", "json", "rust"]).map(|word| format(&word))
    )]
    pub(crate) format: Format,
}

fn format(word: &str) -> Format {
    match word {
        "json" => Format::Json,
        "rust" => Format::Rust,
        _ => Format::Text,
    }
}

pub(crate) async fn cmd_inspect(
    ui: &Ui,
    workspace: &Workspace,
    args: &InspectArgs,
) -> Result<(), CommandError> {
    let url = match &args.database {
        Some(text) => workspace.argument_url(text)?,
        None => workspace.required_url()?,
    };
    let dialect = url.dialect();
    let schema = read(workspace, &url).await?;
    match args.format {
        Format::Text => ui.verbatim(sql(&schema, dialect)?.trim_end()),
        Format::Json => ui.json(&schema)?,
        Format::Rust => ui.verbatim(rust(&schema, dialect, &workspace.naming()).trim_end()),
    }
    Ok(())
}

async fn read(workspace: &Workspace, url: &DatabaseUrl) -> Result<Schema, CommandError> {
    let Some(mut connection) = workspace.look(url).await? else {
        return Err(CommandError::usage(format!("`{url}` is not there")));
    };
    let schema = inspect(&mut connection, &workspace.inspect_options()).await;
    // What is said to a database that was only looked at does not matter.
    let _ = connection.close().await;
    schema.map_err(|error| explain::inspect(&error))
}

/// The statements that make the schema, with a comment for each object that they do not make.
fn sql(schema: &Schema, dialect: Dialect) -> Result<String, CommandError> {
    let empty = Schema::default();
    let unwritten = schema.unwritten();
    let mut made = schema.clone();
    made.unmodelled
        .retain(|object| !unwritten.contains(&object.key()));
    let operations = diff(&empty, &made, &Decisions::default(), dialect).map_err(|open| {
        let text = format!("questions are open about an empty database: {open:?}");
        CommandError::new(Kind::Bug, text)
    })?;
    let plan =
        plan(&operations, &empty, dialect).map_err(|error| CommandError::of(Kind::Bug, &error))?;
    let mut text = String::new();
    let statements = plan.steps.iter().flat_map(|step| &step.statements);
    for statement in statements.map(|statement| statement.sql.as_str()) {
        let is_paragraph = statement.contains('\n');
        if is_paragraph && !text.is_empty() && !text.ends_with("\n\n") {
            text.push('\n');
        }
        text.push_str(statement);
        text.push_str(";\n");
        if is_paragraph {
            text.push('\n');
        }
    }
    if !unwritten.is_empty() && !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
    for key in &unwritten {
        text.push_str(&comment(key));
    }
    Ok(text)
}

fn comment(key: &UnmodelledKey) -> String {
    let line = format!("not in here: {key}");
    let line: String = line
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    format!("-- {line}\n")
}
