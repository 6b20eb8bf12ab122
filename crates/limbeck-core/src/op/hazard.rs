//! What an operation puts at risk.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::Object;

/// A risk, by code, with the object that it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hazard {
    /// Which risk.
    pub code: HazardCode,
    /// What is at risk.
    pub object: Object,
    /// One clause that says why.
    pub reason: String,
}

impl Hazard {
    /// A hazard.
    pub fn new(code: HazardCode, object: Object, reason: impl Into<String>) -> Self {
        Self {
            code,
            object,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            HazardCode::DeletesData => write!(f, "loses: {}", self.object),
            HazardCode::MayFail | HazardCode::BreaksClients => {
                write!(f, "hazard: {}: {}: {}", self.code, self.object, self.reason)
            }
        }
    }
}

/// The risks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardCode {
    /// Values or rows are gone afterwards, and the inverse does not bring them back.
    DeletesData,
    /// Fails when rows are there that do not satisfy it; nothing is changed then.
    MayFail,
    /// Programs that use the former shape fail from then on.
    BreaksClients,
}

impl fmt::Display for HazardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeletesData => "deletes_data",
            Self::MayFail => "may_fail",
            Self::BreaksClients => "breaks_clients",
        })
    }
}
