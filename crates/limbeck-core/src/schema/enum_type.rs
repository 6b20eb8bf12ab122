//! What an enum type is.

use serde::{Deserialize, Serialize};

use super::QualifiedName;

/// An enum type and its values, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// Its name.
    pub name: QualifiedName,
    /// Its values, smallest first.
    pub values: Vec<String>,
    /// COMMENT ON TYPE.
    pub comment: Option<String>,
}
