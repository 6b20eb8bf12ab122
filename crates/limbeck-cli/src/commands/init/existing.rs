//! `limbeck init --from`: a project on a database that is there already.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use limbeck::autogenerate::{Comparison, Project, compare};
use limbeck::baseline::{Baseline, baseline};
use limbeck::connection::Connection;
use limbeck::drift::drift;
use limbeck::folder::Folder;
use limbeck::run::{self, Stamp};
use limbeck::state::Bench;
use limbeck::url::{DatabaseUrl, Location};
use limbeck_core::diff::{Decisions, WhenUndecided};
use limbeck_core::op::Operation;
use limbeck_core::revision::{Revision, RevisionId, Sections};
use limbeck_core::schema::{Models, Object, QualifiedName, Schema};
use limbeck_models::rust;

use super::InitArgs;
use super::configuration;
use super::files::Files;
use super::place::{self, Place};
use crate::command_error::{CommandError, Kind};
use crate::commands::{GlobalArgs, revision, verify};
use crate::config::FILE;
use crate::explain;
use crate::ui::{Ui, count};
use crate::workspace::{Workspace, current_folder, short, started_in};

/// Tables in which other tools keep what they have run.
const HISTORIES: [(&str, &str); 9] = [
    ("__diesel_schema_migrations", "Diesel"),
    ("_prisma_migrations", "Prisma"),
    ("_sqlx_migrations", "sqlx"),
    ("alembic_version", "Alembic"),
    ("django_migrations", "Django"),
    ("flyway_schema_history", "Flyway"),
    ("goose_db_version", "goose"),
    ("refinery_schema_history", "refinery"),
    ("seaql_migrations", "SeaORM"),
];

/// What the whole command goes by.
struct Start<'a> {
    ui: &'a Ui,
    global: &'a GlobalArgs,
    args: &'a InitArgs,
    /// The URL as it was given.
    from: &'a str,
    url: DatabaseUrl,
    workspace: Workspace,
    /// Without revisions; it may have a prelude.
    folder: Folder,
    place: Place,
    /// The configuration that is there already.
    configured: Option<String>,
    /// Models that are there already.
    declared: Models,
}

/// What was made of it, with the files not kept yet.
struct Made {
    files: Files,
    workspace: Workspace,
    folder: Folder,
    id: RevisionId,
    baseline: Baseline,
    /// Names that the models leave to others, each with the reason.
    left: Vec<(String, String)>,
    source: Option<String>,
}

pub(super) async fn init_from(
    ui: &Ui,
    global: &GlobalArgs,
    args: &InitArgs,
    from: &str,
) -> Result<(), CommandError> {
    let start = begin(ui, global, args, from)?;
    let workspace = &start.workspace;
    let Some(mut live) = workspace.look(&start.url).await? else {
        return Err(CommandError::usage(format!("`{}` is not there", start.url)));
    };
    refuse_history(workspace, &mut live).await?;
    let mut bench = workspace.bench(start.url.dialect())?;
    let outcome = make(&start, &mut bench, &mut live).await;
    let closed = bench.close().await.map_err(|error| explain::state(&error));
    let made = outcome?;
    closed?;
    finish(&start, made, &mut live).await
}

/// Looks at everything that can be refused without a database.
fn begin<'a>(
    ui: &'a Ui,
    global: &'a GlobalArgs,
    args: &'a InitArgs,
    from: &'a str,
) -> Result<Start<'a>, CommandError> {
    if global.config.is_some() {
        let text = format!("init writes {FILE} of its own: it takes no --config");
        return Err(CommandError::usage(text));
    }
    let workspace = Workspace::begin(global, from)?;
    let url = workspace.argument_url(from)?;
    let dialect = url.dialect();
    let listed = workspace.listed_dialects()?;
    if listed != [dialect] {
        let text = format!("a project that begins with `{url}` is for {dialect} alone");
        return Err(CommandError::usage(text).hint(format!("dialects = [\"{dialect}\"]")));
    }
    let folder = workspace.folder()?;
    if let Some(revision) = folder.graph.iter().next() {
        let file = folder.graph.file(&revision.id).unwrap_or_default();
        let text = format!("the project has revisions already, such as {file}");
        return Err(CommandError::usage(text).hint(
            "a database that holds what they build is told so: limbeck stamp head --url URL",
        ));
    }
    let here = current_folder()?;
    let root = started_in(&here, global)?;
    let place = place::find(
        &here,
        &root,
        &workspace.models_root(),
        args.models.as_deref(),
    )?;
    let declared = if workspace.models_root().join("Cargo.toml").is_file() {
        workspace.models()?
    } else {
        Models::default()
    };
    Ok(Start {
        ui,
        global,
        args,
        from,
        url,
        workspace,
        folder,
        place,
        configured: fs::read_to_string(root.join(FILE)).ok(),
        declared,
    })
}

/// A database that revisions have been run on belongs to a project.
async fn refuse_history(workspace: &Workspace, live: &mut Connection) -> Result<(), CommandError> {
    let applied = workspace.applied(live).await?;
    let half = applied.half.as_ref().map(|half| &half.id);
    let first = applied.revisions.first().map(|row| &row.id).or(half);
    let Some(id) = first else {
        return Ok(());
    };
    let table = workspace.history_table().name;
    Err(CommandError::usage(format!(
        "the database has a history already: `{table}` has revision `{id}`"
    ))
    .hint("put its revisions into migrations; limbeck check compares the database with them")
    .hint("or let it forget them, and try again: limbeck stamp base --purge --url URL"))
}

/// Makes baseline and models, and writes them, as long as `check` will find nothing.
async fn make(
    start: &Start<'_>,
    bench: &mut Bench,
    live: &mut Connection,
) -> Result<Made, CommandError> {
    let mut unmanaged = start.workspace.unmanaged();
    let histories = HISTORIES.iter().map(|(name, _)| (*name).to_owned());
    unmanaged.patterns.extend(histories);
    let project = Project {
        folder: &start.folder,
        parents: &[],
        unmanaged: &unmanaged,
    };
    let progress = start
        .ui
        .progress("Proving the baseline on a scratch database");
    let made = baseline(bench, project, live, empty_revision(start)?).await;
    drop(progress);
    let baseline = made.map_err(|error| explain::baseline(&error))?;
    if baseline.operations.is_empty() {
        let text = format!("`{}` holds nothing to begin with", start.url);
        return Err(CommandError::usage(text).hint("limbeck init"));
    }
    let mut left = histories_of_others(start, &baseline);
    let mut files = Files::default();
    let folder = write_revision(start, &mut files, &baseline.revision)?;
    let id = baseline.revision.id.clone();
    loop {
        let (workspace, source) = write_models(start, &mut files, &baseline, &left)?;
        let models = workspace.models()?;
        let comparison = compare_with(bench, &workspace, &folder, &id, &models).await?;
        if comparison.operations.is_empty() {
            refuse_drift(bench, &workspace, &folder, &id, live).await?;
            return Ok(Made {
                files,
                workspace,
                folder,
                id,
                baseline,
                left,
                source,
            });
        }
        let before = left.len();
        leave(start, &baseline.schema, &comparison, &models, &mut left)?;
        if left.len() == before {
            return Err(differ(&comparison, &models));
        }
    }
}

fn empty_revision(start: &Start<'_>) -> Result<Revision, CommandError> {
    Ok(Revision {
        id: revision::id(&start.folder, start.args.rev_id.as_deref())?,
        parents: Vec::new(),
        description: "Baseline".to_owned(),
        created: revision::now(),
        label: None,
        depends_on: Vec::new(),
        pending: BTreeSet::new(),
        upgrade: Sections::default(),
        downgrade: Sections::default(),
    })
}

/// The histories of other tools, as far as the configuration does not leave them out by itself.
fn histories_of_others(start: &Start<'_>, baseline: &Baseline) -> Vec<(String, String)> {
    let own = start.workspace.unmanaged();
    let reason = |table: &QualifiedName| {
        let tool = HISTORIES.iter().find(|(name, _)| *name == table.name);
        tool.map(|(_, tool)| format!("the history of {tool}"))
    };
    let tables = baseline.unmanaged.iter().filter_map(|object| match object {
        Object::Table(table) if !own.contains(table) => Some((table.to_string(), reason(table)?)),
        _ => None,
    });
    tables.collect()
}

fn write_revision(
    start: &Start<'_>,
    files: &mut Files,
    baseline: &Revision,
) -> Result<Folder, CommandError> {
    if let Some(folder) = start.workspace.migrations().first() {
        files.folder(folder)?;
    }
    let path = revision::write(&start.workspace, baseline)?;
    files.adopt(&path);
    start.workspace.folder()
}

/// Writes the configuration and the models, and reads the project anew.
fn write_models(
    start: &Start<'_>,
    files: &mut Files,
    baseline: &Baseline,
    left: &[(String, String)],
) -> Result<(Workspace, Option<String>), CommandError> {
    let place = &start.place;
    let config = start.workspace.shown(FILE);
    match &start.configured {
        Some(text) => {
            let more = configuration::more(text, left).ok_or_else(|| no_room(&config, left))?;
            if !more.is_empty() {
                files.append(&config, &more)?;
            }
        }
        None => {
            let path = start.workspace.shown("");
            let own = place
                .manifest
                .parent()
                .and_then(|folder| folder.strip_prefix(path).ok());
            let own = own.filter(|_| !start.workspace.models_root().join("Cargo.toml").is_file());
            let own = own.filter(|folder| !folder.as_os_str().is_empty());
            let text = configuration::text(&start.url, start.from, own, left);
            files.write(&config, &text)?;
        }
    }
    let is_left = |table: &QualifiedName| left.iter().any(|(name, _)| *name == table.to_string());
    let mut schema = baseline.schema.clone();
    schema
        .tables
        .retain(|name, _| !is_left(name) && !start.declared.schema.tables.contains_key(name));
    let unused = |name: &QualifiedName| schema.users_of_enum(name).next().is_none();
    let declared: Vec<QualifiedName> = start.declared.schema.enums.keys().cloned().collect();
    let declared: Vec<QualifiedName> = declared.into_iter().filter(unused).collect();
    schema.enums.retain(|name, _| !declared.contains(name));
    let mut source = None;
    // What an earlier round has written is out of date.
    if !schema.tables.is_empty() || place.file.exists() {
        let naming = start.workspace.naming();
        let text = rust(&schema, start.url.dialect(), &naming);
        files.write(&place.file, &text)?;
        source = Some(text);
    }
    if let Some(name) = &place.new_package {
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n"
        );
        files.write(&place.manifest, &text)?;
    }
    if let (Some((parent, line)), true) = (&place.declaration, source.is_some()) {
        files.append(parent, &format!("\n{line}\n"))?;
    }
    Ok((Workspace::begin(start.global, start.from)?, source))
}

fn no_room(config: &Path, left: &[(String, String)]) -> CommandError {
    let names: Vec<String> = left.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    CommandError::config(format!(
        "{} does not leave to others what models cannot say: {}",
        config.display(),
        names.join(", ")
    ))
    .hint(format!(
        "add them to `tables` under `[unmanaged]`: {}",
        names.join(", ")
    ))
}

/// What the models differ in from the baseline, everything decided for drop and create.
async fn compare_with(
    bench: &mut Bench,
    workspace: &Workspace,
    folder: &Folder,
    id: &RevisionId,
    models: &Models,
) -> Result<Comparison, CommandError> {
    let unmanaged = workspace.unmanaged();
    let project = Project {
        folder,
        parents: std::slice::from_ref(id),
        unmanaged: &unmanaged,
    };
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..Decisions::default()
    };
    let compared = compare(bench, project, models, &decisions).await;
    compared.map_err(|error| explain::autogenerate(&error, models))
}

/// Leaves to others what the models cannot say: they speak of a table or a type wholly, or not at all.
fn leave(
    start: &Start<'_>,
    schema: &Schema,
    comparison: &Comparison,
    models: &Models,
    left: &mut Vec<(String, String)>,
) -> Result<(), CommandError> {
    for operation in &comparison.operations {
        let object = operation.object();
        let owner = match &object {
            Object::Enum(name) | Object::EnumValue(name, _) | Object::Sequence(name) => Some(name),
            other => other.table(),
        };
        let is_declared = owner.is_some_and(|name| start.declared.schema.tables.contains_key(name));
        let Some(owner) = owner.filter(|_| !is_declared) else {
            return Err(differ(comparison, models));
        };
        let mut names = vec![owner];
        names.extend(schema.sequences.values().filter_map(|sequence| {
            let of = sequence.owned_by.as_ref().map(|(table, _)| table);
            (of == Some(owner)).then_some(&sequence.name)
        }));
        for name in names {
            let name = name.to_string();
            if !left.iter().any(|(one, _)| *one == name) {
                let reason = format!("as a model it would differ: {}", operation.describe());
                left.push((name, reason));
            }
        }
    }
    Ok(())
}

fn differ(comparison: &Comparison, models: &Models) -> CommandError {
    let mut error = CommandError::usage("the models of the project differ from the database");
    for operation in &comparison.operations {
        let origin = models.origin(&operation.object());
        let origin = origin.map_or(String::new(), |origin| format!("{origin}: "));
        error = error.cause(format!("{origin}{}", operation.describe()));
    }
    error.hint("make them say what the database holds; what is to change is the next revision's")
}

/// The comparison that `check` makes with the database.
async fn refuse_drift(
    bench: &mut Bench,
    workspace: &Workspace,
    folder: &Folder,
    id: &RevisionId,
    live: &mut Connection,
) -> Result<(), CommandError> {
    let unmanaged = workspace.unmanaged();
    let found = drift(bench, folder, live, std::slice::from_ref(id), &unmanaged).await;
    let found = found.map_err(|error| explain::drift(&error))?;
    if found.operations.is_empty() {
        return Ok(());
    }
    let text = "the database differs from its baseline";
    let mut error = CommandError::new(Kind::Differs, text);
    error
        .causes
        .extend(found.operations.iter().map(Operation::describe));
    Err(error.hint("somebody may have changed it meanwhile: try again"))
}

/// Lets the files stand, stamps the database, and tells.
async fn finish(start: &Start<'_>, made: Made, live: &mut Connection) -> Result<(), CommandError> {
    let ui = start.ui;
    let created = made.files.keep();
    for path in &created {
        ui.data(format!("Created {}", path.display()));
    }
    tell(start, &made.baseline, &made.left, made.source.as_deref());
    let id = &made.id;
    let stamped = run::stamp(
        live,
        &made.folder.graph,
        std::slice::from_ref(id),
        Stamp::Keep,
        &made.workspace.run_options(),
    )
    .await;
    stamped.map_err(|error| {
        explain::run(&error)
            .cause("the files are written, and the database does not know of the baseline yet")
            .hint("limbeck stamp head")
    })?;
    let id = short(&made.folder.graph, id);
    ui.note(format!("Running stamp  -> {id}"));
    tell_dependencies(start, made.source.as_deref().unwrap_or_default());
    tell_url(start, &made.workspace);
    Ok(())
}

fn tell(start: &Start<'_>, baseline: &Baseline, left: &[(String, String)], source: Option<&str>) {
    let ui = start.ui;
    let declaration = start
        .place
        .declaration
        .as_ref()
        .filter(|_| source.is_some());
    if let Some((parent, line)) = declaration {
        ui.note(format!("Added `{line}` to {}", parent.display()));
    }
    let tables = count(baseline.schema.tables.len(), "table");
    let mut sentence = verify::sentence(&baseline.proof);
    sentence.replace_range(..1, "P");
    ui.note(format!("Baseline of {tables}"));
    ui.note(sentence);
    for (name, reason) in left {
        ui.note(format!("Unmanaged: {name} ({reason})"));
    }
    for what in &baseline.left_out {
        ui.warning(format!("not in the baseline: {what}"));
    }
}

fn tell_dependencies(start: &Start<'_>, source: &str) {
    let ui = start.ui;
    let missing = missing_dependencies(&start.place.manifest, source);
    let (own, others): (Vec<String>, Vec<String>) =
        missing.into_iter().partition(|name| name == "limbeck");
    if !own.is_empty() {
        ui.note("Next: cargo add limbeck --no-default-features");
    }
    if !others.is_empty() {
        ui.note(format!("Next: cargo add {}", others.join(" ")));
    }
}

/// The crates that the models name and the manifest does not.
fn missing_dependencies(manifest: &Path, source: &str) -> Vec<String> {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let dependencies = table.get("dependencies").and_then(toml::Value::as_table);
    let is_there = |name: &str| {
        let mut keys = dependencies.into_iter().flat_map(toml::Table::keys);
        keys.any(|key| key.replace('-', "_") == name)
    };
    let imports = source.lines().filter_map(|line| line.strip_prefix("use "));
    let crates = imports.filter_map(|path| path.split("::").next());
    crates
        .filter(|name| !is_there(name))
        .map(str::to_owned)
        .collect()
}

/// Says what to do so that the next command finds the same database.
fn tell_url(start: &Start<'_>, workspace: &Workspace) {
    let url = &start.url;
    match workspace.own_url() {
        Ok(Some(own)) if is_same(&own, url) => {}
        Ok(Some(own)) => start.ui.warning(format!(
            "DATABASE_URL or {FILE} names another database, `{own}`: the project is on `{url}`"
        )),
        Ok(None) | Err(_) => start.ui.note(
            "Next: set DATABASE_URL in the environment or in .env to the URL of the database",
        ),
    }
}

fn is_same(one: &DatabaseUrl, other: &DatabaseUrl) -> bool {
    match (one.location(), other.location()) {
        (Location::File { path: one, .. }, Location::File { path: other, .. }) => one == other,
        (one, other) => one == other,
    }
}
