//! Changes of schemas (PostgreSQL namespaces).

use serde::{Deserialize, Serialize};

use super::{Mismatch, Sides};
use crate::schema::{Object, Schema};

/// A change of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamespaceOp {
    /// CREATE SCHEMA.
    Create(String),
    /// DROP SCHEMA.
    Drop(String),
}

impl NamespaceOp {
    /// The name before and after.
    pub fn sides(&self) -> Sides<'_, String> {
        match self {
            Self::Create(name) => Sides::created(name),
            Self::Drop(name) => Sides::dropped(name),
        }
    }

    pub(super) fn apply(&self, schema: &mut Schema) -> Result<(), Mismatch> {
        match self {
            Self::Create(name) if !schema.namespaces.insert(name.clone()) => {
                Err(Mismatch::Exists(self.object()))
            }
            Self::Drop(name) if !schema.namespaces.remove(name) => {
                Err(Mismatch::Missing(self.object()))
            }
            Self::Create(_) | Self::Drop(_) => Ok(()),
        }
    }

    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Create(name) => Self::Drop(name.clone()),
            Self::Drop(name) => Self::Create(name.clone()),
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Create(name) => format!("create schema {name}"),
            Self::Drop(name) => format!("drop schema {name}"),
        }
    }

    pub(super) fn object(&self) -> Object {
        match self {
            Self::Create(name) | Self::Drop(name) => Object::Namespace(name.clone()),
        }
    }
}
