//! Which features of the packages are on.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::Package;

impl Package {
    /// Whether a feature may be turned on, an optional dependency's among them.
    pub(super) fn has_feature(&self, name: &str) -> bool {
        let dependency = name.split('/').next().unwrap_or(name).replace('-', "_");
        self.features.contains_key(name) || self.dependencies.contains_key(&dependency)
    }

    /// The features that are on: the default ones, `chosen` (`name` or `package/name`), those that
    /// dependents ask for, and what these turn on.
    pub(crate) fn active_features(&self, chosen: &BTreeSet<String>) -> BTreeSet<String> {
        let prefix = format!("{}/", self.name);
        let mut open: Vec<String> = vec!["default".to_owned()];
        open.extend(self.requested.iter().cloned());
        open.extend(
            chosen
                .iter()
                .map(|name| name.strip_prefix(&prefix).unwrap_or(name).to_owned()),
        );
        let mut active = BTreeSet::new();
        while let Some(name) = open.pop() {
            let implied = self.features.get(&name).cloned().unwrap_or_default();
            if active.insert(name) {
                open.extend(implied);
            }
        }
        active
    }
}

/// Asks of each package the features that others turn on: by their dependencies, and by features of their own that are on
/// (`dependency/feature`).
pub(super) fn request(packages: &mut [Package], chosen: &BTreeSet<String>) {
    loop {
        let mut requested: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for package in packages.iter() {
            for dependency in package.dependencies.values() {
                let of = requested.entry(dependency.package.clone()).or_default();
                of.extend(dependency.features.iter().cloned());
            }
            for feature in package.active_features(chosen) {
                let Some((key, feature)) = feature.split_once('/') else {
                    continue;
                };
                let key = key.trim_end_matches('?').replace('-', "_");
                if let Some(dependency) = package.dependencies.get(&key) {
                    let of = requested.entry(dependency.package.clone()).or_default();
                    of.insert(feature.to_owned());
                }
            }
        }
        let mut is_new = false;
        for package in packages.iter_mut() {
            for feature in requested.remove(&package.name).unwrap_or_default() {
                is_new |= package.requested.insert(feature);
            }
        }
        if !is_new {
            return;
        }
    }
}
