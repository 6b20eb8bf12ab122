//! What the person who runs a command allows the checkout that it runs in.
//!
//! All of it comes from the command line and the process; a file of the checkout says nothing here.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;

use limbeck::url::{DatabaseUrl, Location};
use limbeck_engine::scratch::{Lifetime, Trust};

use crate::commands::GlobalArgs;

/// What is allowed.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    /// With which rights revisions run on scratch servers.
    pub(crate) trust: Trust,
    /// Whether anything is kept for the next run.
    pub(crate) lifetime: Lifetime,
    /// Extensions that revisions may install on Limbeck's own scratch server.
    pub(crate) extensions: BTreeSet<String>,
    /// Variables that a URL of limbeck.toml may hold besides those of databases.
    variables: Vec<String>,
}

impl Allowed {
    /// What flags and process allow.
    pub(crate) fn by(global: &GlobalArgs) -> Self {
        let is_set = |name: &str| {
            env::var_os(name)
                .is_some_and(|value| !["", "0", "false"].iter().any(|one| value == *one))
        };
        Self {
            trust: if global.trust_revisions || is_set("LIMBECK_TRUST_REVISIONS") {
                Trust::Everything
            } else {
                Trust::Nothing
            },
            lifetime: if global.no_cache || is_set("CI") {
                Lifetime::OneRun
            } else {
                Lifetime::Kept
            },
            extensions: extensions(global),
            variables: global.variables.clone(),
        }
    }

    /// A variable of the process for a file of the checkout, or why that may not have it: it could send
    /// it anywhere.
    pub(crate) fn pass_on(
        &self,
        name: &str,
        value: impl FnOnce() -> Option<String>,
    ) -> Result<Option<String>, String> {
        let value = value();
        if value.is_some() && !self.may_hold(name) {
            return Err(format!(
                "it asks for the variable `{name}`, which it could send anywhere; if that is meant: \
                 --variable {name}"
            ));
        }
        Ok(value)
    }

    /// Whether a file of the checkout may ask for a variable.
    pub(crate) fn may_hold(&self, name: &str) -> bool {
        let of_postgres = name.strip_prefix("PG").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase())
        });
        of_postgres || name == "DATABASE_URL" || self.variables.iter().any(|one| one == name)
    }
}

/// The names of flags and process, without blanks around them.
fn extensions(global: &GlobalArgs) -> BTreeSet<String> {
    let of_process = env::var("LIMBECK_ALLOW_EXTENSIONS").unwrap_or_default();
    let of_process = of_process.split(',').map(ToOwned::to_owned);
    let named = global.allow_extensions.iter().cloned().chain(of_process);
    named
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// What to tell where files of the checkout lead to another host than the process environment says.
pub(crate) fn elsewhere(url: &DatabaseUrl, root: &Path) -> Option<String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let (name, own) = match set("DATABASE_URL") {
        Some(own) => ("DATABASE_URL", host(&DatabaseUrl::parse(&own, root).ok()?)?),
        None => ("PGHOST", set("PGHOST")?),
    };
    let found = host(url)?;
    (found != own).then(|| {
        format!("the database is on `{found}`, as the files of this project say; {name} in the environment says `{own}`")
    })
}

fn host(url: &DatabaseUrl) -> Option<String> {
    match url.location() {
        Location::Tcp { host, .. } => Some(host.clone()),
        Location::Socket { folder, .. } => Some(folder.display().to_string()),
        Location::File { .. } | Location::Memory => None,
    }
}
