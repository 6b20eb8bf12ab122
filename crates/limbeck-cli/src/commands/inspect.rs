//! `limbeck inspect`: a database as SQL, JSON or models.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::schema::Schema;
use limbeck_core::sql::quote_identifier;
use limbeck_engine::remake::{Remake, Whole, remake, whole};
use limbeck_engine::uuids::note_uuids;
use limbeck_models::rust;

use super::Format;
use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::neighbours;
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
    let whole = read(workspace, &url, args.format).await?;
    let schema = &whole.snapshot.schema;
    match args.format {
        Format::Text => match sql(&whole, dialect)?.trim_end() {
            "" => ui.note(format!("Nothing is in `{url}`")),
            text => ui.verbatim(text),
        },
        Format::Json => ui.json(schema)?,
        Format::Rust => {
            let schema = without_others(ui, workspace, schema.clone());
            ui.verbatim(rust(&schema, dialect, &workspace.conventions()).trim_end());
        }
    }
    Ok(())
}

/// What tools keep for themselves is no model, and an enum that no column has cannot be one.
fn without_others(ui: &Ui, workspace: &Workspace, mut schema: Schema) -> Schema {
    let histories = neighbours::histories(&schema, &workspace.migrations_of_others());
    let of_layout = workspace.table_of_layout();
    for table in histories.iter().map(|one| &one.table).chain(&of_layout) {
        schema.tables.remove(table);
    }
    let names = schema.enums.keys();
    let unused = names.filter(|name| schema.users_of_enum(name).next().is_none());
    let unused: Vec<String> = unused.map(|name| format!("\"{name}\"")).collect();
    if !unused.is_empty() {
        ui.note(format!(
            "Enums that no column has are in no model: leave them to others in limbeck.toml, [unmanaged] tables = [{}]",
            unused.join(", ")
        ));
    }
    schema
}

async fn read(
    workspace: &Workspace,
    url: &DatabaseUrl,
    format: Format,
) -> Result<Whole, CommandError> {
    let Some(mut connection) = workspace.look(url).await? else {
        return Err(CommandError::usage(format!("`{url}` is not there")));
    };
    let options = workspace.inspect_options_of(&mut connection).await?;
    let mut found = whole(&mut connection, &options).await;
    if let (Ok(found), Format::Rust) = (&mut found, format) {
        note_uuids(&mut connection, &mut found.snapshot.schema).await;
    }
    // What is said to a database that was only looked at does not matter.
    let _ = connection.close().await;
    found.map_err(|error| explain::inspect(&error))
}

/// The statements that make the database, with a comment for each object that they do not make.
fn sql(whole: &Whole, dialect: Dialect) -> Result<String, CommandError> {
    let Remake {
        statements,
        left_out,
    } = remake(whole, dialect).map_err(|error| CommandError::of(Kind::Bug, &error))?;
    let mut text = String::new();
    let default_schema = &whole.snapshot.schema.default_schema;
    // Names stand without their schema there.
    let path = (!default_schema.is_usual()).then(|| {
        let name = quote_identifier(default_schema.name(dialect), dialect);
        format!("SET search_path = {name}")
    });
    for statement in path.iter().chain(&statements) {
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
    if !left_out.is_empty() && !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
    for name in &left_out {
        text.push_str(&comment(name));
    }
    Ok(text)
}

fn comment(name: &str) -> String {
    let line = format!("not in here: {name}");
    let line: String = line
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    format!("-- {line}\n")
}
