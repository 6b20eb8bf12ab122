//! The variables of the environment that stand in for parameters of a PostgreSQL URL, as in libpq.

use std::collections::{BTreeMap, BTreeSet};

use super::UrlError;
use super::parameters;

/// Variables and their parameters (PostgreSQL manual, section 34.15). The driver reads some of these by itself, and takes
/// a word that it does not know for its default: a misspelt `PGSSLMODE` would ask for nothing.
const VARIABLES: &[(&str, &str)] = &[
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGPORT", "port"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
];

/// Which parameters come from a variable.
pub(super) struct Variables(BTreeMap<&'static str, &'static str>);

impl Variables {
    /// Adds to `given` what the URL has not `said`, and the environment has.
    pub(super) fn read(
        given: &mut BTreeMap<String, String>,
        said: &BTreeSet<String>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, UrlError> {
        let mut taken = BTreeMap::new();
        for (variable, parameter) in VARIABLES {
            let value = environment(variable).filter(|value| !value.is_empty());
            let Some(value) = value.filter(|_| !said.contains(*parameter)) else {
                continue;
            };
            // The driver takes the text of a certificate, too.
            if value.trim_start().starts_with("-----BEGIN") {
                continue;
            }
            let passed = parameters::passed_on(parameter, &value, "");
            let passed = passed.map_err(|error| of_variable(error, variable))?;
            if let Some((name, value)) = passed {
                given.insert(name.to_owned(), value.into_owned());
                taken.insert(*parameter, *variable);
            }
        }
        Ok(Self(taken))
    }

    /// The name by which a parameter was given.
    pub(super) fn name_of(&self, parameter: &'static str) -> &'static str {
        self.0.get(parameter).copied().unwrap_or(parameter)
    }

    /// The error about a value that does not go with another one.
    pub(super) fn invalid(&self, parameter: &'static str, expected: &'static str) -> UrlError {
        match self.0.get(parameter) {
            Some(variable) => UrlError::InvalidVariable {
                name: variable,
                expected,
            },
            None => UrlError::InvalidParameter {
                name: parameter.to_owned(),
                expected,
            },
        }
    }
}

fn of_variable(error: UrlError, name: &'static str) -> UrlError {
    match error {
        UrlError::InvalidParameter { expected, .. } => UrlError::InvalidVariable { name, expected },
        UrlError::UnsupportedParameter { .. } => UrlError::UnsupportedVariable { name },
        UrlError::InvalidPort => UrlError::InvalidVariable {
            name,
            expected: "a number from 1 to 65535",
        },
        error => error,
    }
}
