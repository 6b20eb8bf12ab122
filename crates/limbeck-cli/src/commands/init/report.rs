//! What `limbeck init --from` tells.

use std::fs;
use std::path::Path;

use limbeck::url::{DatabaseUrl, Location};

use super::existing::{Made, Start};
use crate::commands::verify;
use crate::config::FILE;
use crate::ui::count;
use crate::workspace::Workspace;

/// What was made, and of what.
pub(super) fn made(start: &Start<'_>, made: &Made) {
    let (ui, baseline) = (start.ui, &made.baseline);
    let declaration = start
        .place
        .as_ref()
        .and_then(|place| place.declaration.as_ref())
        .filter(|_| made.source.is_some());
    if let Some((parent, line)) = declaration {
        ui.note(format!("Added `{line}` to {}", parent.display()));
    }
    let tables = count(baseline.schema.tables.len(), "table");
    let mut sentence = verify::sentence(&baseline.proof);
    sentence.replace_range(..1, "P");
    ui.note(format!("Baseline of {tables}"));
    ui.note(sentence);
    for one in &made.left {
        ui.note(format!("Unmanaged: {} ({})", one.name, one.reason));
    }
    for what in &baseline.left_out {
        ui.warning(format!("not in the baseline: {what}"));
    }
    for operation in &made.differences {
        ui.note(format!(
            "Differs from the entities: {}",
            operation.describe()
        ));
    }
}

/// What the models still need.
pub(super) fn dependencies(start: &Start<'_>, source: &str) {
    let ui = start.ui;
    let Some(place) = &start.place else {
        return;
    };
    let missing = missing_dependencies(&place.manifest, source);
    let (own, others): (Vec<String>, Vec<String>) =
        missing.into_iter().partition(|name| name == "limbeck");
    let manifest = &place.manifest;
    let of = if manifest == Path::new("Cargo.toml") {
        String::new()
    } else {
        format!(" --manifest-path {}", manifest.display())
    };
    if !own.is_empty() {
        ui.note(format!("Next: cargo add limbeck --no-default-features{of}"));
    }
    if !others.is_empty() {
        ui.note(format!("Next: cargo add {}{of}", others.join(" ")));
    }
}

/// The crates that the models name and the manifest does not.
fn missing_dependencies(manifest: &Path, source: &str) -> Vec<String> {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let dependencies = table.get("dependencies").and_then(toml::Value::as_table);
    let is_there = |name: &str| {
        dependencies
            .into_iter()
            .flat_map(toml::Table::keys)
            .any(|key| key.replace('-', "_") == name)
    };
    let crates = source
        .lines()
        .filter_map(|line| line.strip_prefix("use "))
        .filter_map(|path| path.split("::").next());
    // Enums derive what the driver reads them by.
    let driver = source.contains("sqlx::Type").then_some("sqlx");
    crates
        .chain(driver)
        .filter(|name| !is_there(name))
        .map(str::to_owned)
        .collect()
}

/// Says what to do so that the next command finds the same database.
pub(super) fn url(start: &Start<'_>, workspace: &Workspace) {
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
