//! Answers that no schema can give, and the questions for those that are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::schema::{Expression, Object, QualifiedName, RenamedFrom, Schema, Type};

/// Answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Renames; each acts only while its `from` is in the state and its `to` is not.
    pub renames: Vec<RenamedFrom>,
    /// Objects that may be dropped, as [`Object`] displays them: `tasks`, `tasks.note`.
    pub drops: BTreeSet<String>,
    /// Values for rows that are there, by `table.column`.
    pub fills: BTreeMap<String, Expression>,
    /// What holds where nothing else does.
    pub when_undecided: WhenUndecided,
}

/// What to do about an open question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenUndecided {
    /// Ask it.
    #[default]
    Ask,
    /// Drop what `before` has alone, create what `target` has alone, fill nothing.
    DropAndCreate,
}

/// An open question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// May the object be dropped?
    Drop {
        /// What only `before` has.
        object: Object,
    },
    /// Is `to` what `from` was, or something new?
    Rename {
        /// What only `before` has.
        from: Object,
        /// What only `target` has.
        to: Object,
        /// Why it could be: `same type, both behind `id``.
        evidence: String,
    },
    /// Which value do rows that are there get in a new column?
    Fill {
        /// The column's table.
        table: QualifiedName,
        /// The column.
        column: String,
        /// The column's type.
        data_type: Type,
    },
}

impl Undecided {
    /// Flags that settle the question, one for each answer, with what each one means.
    pub fn flags(&self) -> Vec<(String, &'static str)> {
        match self {
            Self::Drop { object } => {
                vec![(format!("--drop {}", shell(&object.to_string())), "drop it")]
            }
            Self::Rename { from, to, .. } => {
                let name = match to {
                    Object::Column(_, name) | Object::EnumValue(_, name) => name.clone(),
                    Object::Namespace(_)
                    | Object::Enum(_)
                    | Object::Sequence(_)
                    | Object::Table(_)
                    | Object::Constraint(..)
                    | Object::Index(..)
                    | Object::Unmodelled(_) => to.to_string(),
                };
                vec![
                    (
                        format!("--rename {}", shell(&format!("{from}:{name}"))),
                        "keep the data under the new name",
                    ),
                    (
                        format!("--drop {}", shell(&from.to_string())),
                        "drop the one, create the other",
                    ),
                ]
            }
            Self::Fill {
                table,
                column,
                data_type,
            } => {
                let example = crate::op::neutral_value(data_type, None)
                    .map_or_else(|| "…".to_owned(), |value| value.0);
                vec![(
                    format!("--fill {}", shell(&format!("{table}.{column}={example}"))),
                    "an SQL expression for the rows that are there",
                )]
            }
        }
    }

    /// The question in the words of two sides that are not revisions and models: `a.sql`.
    #[must_use]
    pub fn between(&self, from: &str, to: &str) -> String {
        match self {
            Self::Drop { object } => {
                format!("{} `{object}` is in {from} and not in {to}", noun(object))
            }
            Self::Rename { .. } | Self::Fill { .. } => self.to_string(),
        }
    }
}

fn noun(object: &Object) -> &'static str {
    match object {
        Object::Table(_) => "table",
        Object::Enum(_) => "enum type",
        Object::Sequence(_) => "sequence",
        Object::Namespace(_) => "schema",
        Object::Unmodelled(key) => key.kind.noun(),
        Object::EnumValue(..) | Object::Column(..) | Object::Constraint(..) | Object::Index(..) => {
            "object"
        }
    }
}

/// Of revisions and models.
impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop { object } => {
                let noun = noun(object);
                write!(f, "{noun} `{object}` is in the revisions and in no model")
            }
            Self::Rename { from, to, evidence } => {
                write!(f, "`{to}` may be `{from}` renamed ({evidence})")
            }
            Self::Fill { table, column, .. } => write!(
                f,
                "column `{table}.{column}` is NOT NULL without a default, and `{table}` may have rows"
            ),
        }
    }
}

fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:=-/".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else if word.contains('\'') && !word.contains(['"', '$', '`', '\\', '!']) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A `--rename` that names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// Not `from:to`.
    #[error("`{0}` is not of the form `from:to`")]
    Form(String),
    /// The former name is not in the state.
    #[error("`{0}` is neither a table, a column, an enum type nor an enum value that is there")]
    Unknown(String),
}

/// Reads several `--rename` values. A column or a value may be named by its owner's former name or,
/// as questions do, by the one that another value or a hint of the models gives it.
///
/// # Errors
///
/// As [`parse_rename`], for the first that has no sense.
pub fn parse_renames<S: AsRef<str>>(
    texts: &[S],
    hints: &[RenamedFrom],
    before: &Schema,
) -> Result<Vec<RenamedFrom>, RenameError> {
    let parsed = texts.iter().map(|text| parse_rename(text.as_ref(), before));
    let mut owners: Vec<RenamedFrom> = parsed.flatten().collect();
    owners.extend(hints.iter().cloned());
    owners.retain(|rename| matches!(rename, RenamedFrom::Table { .. } | RenamedFrom::Enum { .. }));
    let mut renamed = before.clone();
    for owner in &owners {
        match owner {
            RenamedFrom::Table { from, to } => {
                if let Some(table) = before.tables.get(from) {
                    renamed
                        .tables
                        .entry(to.clone())
                        .or_insert_with(|| table.clone());
                }
            }
            RenamedFrom::Enum { from, to } => {
                if let Some(enum_type) = before.enums.get(from) {
                    let entry = renamed.enums.entry(to.clone());
                    entry.or_insert_with(|| enum_type.clone());
                }
            }
            RenamedFrom::Column { .. } | RenamedFrom::EnumValue { .. } => {}
        }
    }
    let rename_owner = |member: &mut RenamedFrom| {
        for owner in &owners {
            match (owner, &mut *member) {
                (RenamedFrom::Table { from, to }, RenamedFrom::Column { table: name, .. })
                | (
                    RenamedFrom::Enum { from, to },
                    RenamedFrom::EnumValue {
                        enum_type: name, ..
                    },
                ) if name == from => {
                    name.clone_from(to);
                    return;
                }
                _ => {}
            }
        }
    };
    texts
        .iter()
        .map(|text| {
            if let Ok(rename @ (RenamedFrom::Table { .. } | RenamedFrom::Enum { .. })) =
                parse_rename(text.as_ref(), before)
            {
                return Ok(rename);
            }
            let mut rename = parse_rename(text.as_ref(), &renamed)?;
            rename_owner(&mut rename);
            Ok(rename)
        })
        .collect()
}

/// Reads `tasks.text:title`, `todos:tasks` or `status.todo:open`.
///
/// # Errors
///
/// The text has no colon, or names nothing that `before` has.
pub fn parse_rename(text: &str, before: &Schema) -> Result<RenamedFrom, RenameError> {
    let (from, to) = text
        .split_once(':')
        .filter(|(from, to)| !from.is_empty() && !to.is_empty())
        .ok_or_else(|| RenameError::Form(text.to_owned()))?;
    let unknown = || RenameError::Unknown(from.to_owned());
    let name: QualifiedName = from.parse().map_err(|_| unknown())?;
    let renamed = |name: &QualifiedName| match to.parse::<QualifiedName>() {
        Ok(to) if to.schema.is_none() => name.sibling(to.name),
        Ok(to) => to,
        Err(_) => name.sibling(to),
    };
    if before.tables.contains_key(&name) {
        let to = renamed(&name);
        return Ok(RenamedFrom::Table { from: name, to });
    }
    if before.enums.contains_key(&name) {
        let to = renamed(&name);
        return Ok(RenamedFrom::Enum { from: name, to });
    }
    let (owner, member) = from.rsplit_once('.').ok_or_else(unknown)?;
    let owner: QualifiedName = owner.parse().map_err(|_| unknown())?;
    // `tasks.text:tasks.title` says the table twice, which is as clear.
    let to = to
        .strip_prefix(&format!("{owner}."))
        .unwrap_or(to)
        .to_owned();
    let member = member.trim_matches('"').to_owned();
    if let Some(table) = before.tables.get(&owner)
        && table.column(&member).is_some()
    {
        return Ok(RenamedFrom::Column {
            table: owner,
            from: member,
            to,
        });
    }
    if let Some(enum_type) = before.enums.get(&owner)
        && enum_type.values.contains(&member)
    {
        return Ok(RenamedFrom::EnumValue {
            enum_type: owner,
            from: member,
            to,
        });
    }
    Err(unknown())
}
