//! The crates that written models need, and `cargo add` for those that the manifest does not have.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use limbeck_core::dialect::Dialect;
use limbeck_models::driver_features;

use super::existing::Start;

/// What sqlx has without a word.
const DEFAULT_FEATURES: [&str; 2] = ["derive", "json"];

/// What the models still need.
pub(super) fn tell(start: &Start<'_>, source: &str) {
    let place = start.place.as_ref();
    let Some(manifest) = place.and_then(|place| place.manifest.as_ref()) else {
        return;
    };
    let of = if manifest == Path::new("Cargo.toml") {
        String::new()
    } else {
        format!(" --manifest-path {}", manifest.display())
    };
    let add = |what: &str| start.ui.note(format!("Next: cargo add {what}{of}"));
    let package = table(manifest);
    let dependencies = package.get("dependencies").and_then(toml::Value::as_table);
    let (own, others): (Vec<&str>, Vec<&str>) = missing(dependencies, source)
        .into_iter()
        .partition(|name| *name == "limbeck");
    if !own.is_empty() {
        add("limbeck --no-default-features");
    }
    if !others.is_empty() {
        add(&others.join(" "));
    }
    let dialects: BTreeSet<Dialect> = start
        .others
        .iter()
        .copied()
        .chain([start.url.dialect()])
        .collect();
    let driver = dependencies.and_then(|all| all.get("sqlx"));
    let driver = missing_features(manifest, driver, &dialects, source);
    if !driver.is_empty() {
        add(&format!("sqlx --features {}", driver.join(",")));
    }
}

fn table(manifest: &Path) -> toml::Table {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    text.parse().unwrap_or_default()
}

/// The crates that the models import and the manifest does not name.
fn missing<'a>(dependencies: Option<&toml::Table>, source: &'a str) -> Vec<&'a str> {
    let is_there = |name: &str| {
        let mut keys = dependencies.into_iter().flat_map(toml::Table::keys);
        keys.any(|key| key.replace('-', "_") == name)
    };
    let crates = source
        .lines()
        .filter_map(|line| line.strip_prefix("use "))
        .filter_map(|path| path.split("::").next())
        .filter(|name| *name != "super" && !is_there(name));
    // One that files have for themselves is named once.
    let mut missing = Vec::new();
    for name in crates {
        if !missing.contains(&name) {
            missing.push(name);
        }
    }
    missing
}

/// The features of sqlx that the models need and the manifest does not turn on.
fn missing_features(
    manifest: &Path,
    driver: Option<&toml::Value>,
    dialects: &BTreeSet<Dialect>,
    source: &str,
) -> Vec<&'static str> {
    let mut needed = driver_features(source);
    if needed.is_empty() {
        return Vec::new();
    }
    needed.extend(dialects.iter().map(|dialect| dialect.as_str()));
    let inherited = inherited_driver(manifest, driver);
    let said: Vec<&toml::Value> = driver.into_iter().chain(&inherited).collect();
    let has_defaults = !said
        .iter()
        .any(|one| one.get("default-features").and_then(toml::Value::as_bool) == Some(false));
    if has_defaults {
        needed.retain(|feature| !DEFAULT_FEATURES.contains(feature));
    }
    let on = said
        .iter()
        .filter_map(|one| one.get("features")?.as_array());
    for feature in on.flatten().filter_map(toml::Value::as_str) {
        needed.remove(feature);
        if feature == "macros" {
            needed.remove("derive");
        }
    }
    needed.into_iter().collect()
}

/// What the workspace says of sqlx, where the package takes it from there.
fn inherited_driver(manifest: &Path, driver: Option<&toml::Value>) -> Option<toml::Value> {
    driver?.get("workspace")?.as_bool()?.then_some(())?;
    let path = std::path::absolute(manifest).ok()?;
    path.ancestors().skip(2).find_map(|folder| {
        let root = table(&folder.join("Cargo.toml"));
        let shared = root.get("workspace")?.get("dependencies")?;
        shared.get("sqlx").cloned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "use limbeck::Table;\nuse chrono::NaiveDate;\npub struct T;\n";
    const ENUM: &str = "use limbeck::Enum;\nuse serde_json::Value;\nuse uuid::Uuid;\n#[derive(sqlx::Type, Enum)]\n";
    const RARE: &str = "pub a: sqlx::types::ipnetwork::IpNetwork,\npub b: sqlx::types::mac_address::MacAddress,\npub c: Vec<sqlx::types::BitVec>,\npub d: sqlx::types::BigDecimal,\npub e: sqlx::postgres::types::PgInterval,\n";

    /// The models, what the manifest says of sqlx, what that of the workspace says, and the features that are missing.
    const CASES: &[(&str, &str, &str, &str)] = &[
        (PLAIN, "", "", ""),
        (ENUM, "", "", "postgres uuid"),
        (
            RARE,
            "",
            "",
            "bigdecimal bit-vec ipnetwork mac_address postgres",
        ),
        (
            RARE,
            "\"0.9\"",
            "",
            "bigdecimal bit-vec ipnetwork mac_address postgres",
        ),
        (
            RARE,
            "{ version = \"0.9\", features = [\"postgres\", \"bit-vec\"] }",
            "",
            "bigdecimal ipnetwork mac_address",
        ),
        (
            ENUM,
            "{ version = \"0.9\", default-features = false }",
            "",
            "derive json postgres uuid",
        ),
        (
            ENUM,
            "{ version = \"0.9\", default-features = false, features = [\"macros\", \"json\", \"uuid\", \"postgres\"] }",
            "",
            "",
        ),
        (
            ENUM,
            "{ workspace = true, features = [\"uuid\"] }",
            "{ version = \"0.9\", default-features = false, features = [\"postgres\"] }",
            "derive json",
        ),
    ];

    #[test]
    fn the_features_of_sqlx_are_those_that_are_not_on() {
        let place = tempfile::tempdir().expect("a folder");
        let member = place.path().join("member");
        fs::create_dir(&member).expect("a folder");
        let manifest = member.join("Cargo.toml");
        for (source, driver, shared, expected) in CASES {
            let line = |driver: &str| match driver {
                "" => String::new(),
                driver => format!("sqlx = {driver}\n"),
            };
            let root = format!("[workspace.dependencies]\n{}", line(shared));
            fs::write(place.path().join("Cargo.toml"), root).expect("is written");
            let text = format!("[dependencies]\n{}", line(driver));
            fs::write(&manifest, text).expect("is written");
            let package = table(&manifest);
            let driver = package["dependencies"].get("sqlx");
            let dialects = [Dialect::Postgres].into();
            let found = missing_features(&manifest, driver, &dialects, source);
            assert_eq!(found.join(" "), *expected, "{package} {shared}");
        }
    }
}
