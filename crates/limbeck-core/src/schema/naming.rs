//! Names for members that were declared without one.

mod template;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ConstraintKind;

pub use self::template::{Parts, Template, TemplateError};

/// The longest identifier PostgreSQL keeps, in bytes; it cuts longer ones without an error
/// (PostgreSQL manual, section 4.1.1).
pub const LONGEST_NAME: usize = 63;

/// Templates for names, as [`Template`] reads them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Naming {
    /// Primary keys.
    pub primary_key: String,
    /// Unique constraints.
    pub unique: String,
    /// Foreign keys.
    pub foreign_key: String,
    /// Check constraints.
    pub check: String,
    /// Exclusion constraints.
    pub exclusion: String,
    /// Indexes.
    pub index: String,
    /// Unique indexes, where they are not called as other ones.
    pub unique_index: Option<String>,
}

impl Default for Naming {
    fn default() -> Self {
        Self {
            primary_key: "{table}_pkey".to_owned(),
            unique: "{table}_{columns}_key".to_owned(),
            foreign_key: "{table}_{columns}_fkey".to_owned(),
            check: "{table}_{columns}_check".to_owned(),
            exclusion: "{table}_{columns}_excl".to_owned(),
            index: "ix_{table}_{columns}".to_owned(),
            unique_index: None,
        }
    }
}

impl Naming {
    /// The template for constraints of this kind.
    pub fn of_constraint(&self, kind: &ConstraintKind) -> &str {
        match kind {
            ConstraintKind::PrimaryKey(_) => &self.primary_key,
            ConstraintKind::Unique(_) => &self.unique,
            ConstraintKind::Check(_) => &self.check,
            ConstraintKind::Exclusion(_) => &self.exclusion,
            ConstraintKind::ForeignKey(_) => &self.foreign_key,
        }
    }

    /// The template for indexes.
    pub fn of_index(&self, is_unique: bool) -> &str {
        match &self.unique_index {
            Some(template) if is_unique => template,
            _ => &self.index,
        }
    }
}

/// Fills a template; a result over [`LONGEST_NAME`] bytes is cut and ends in a hash of the whole. What is no template
/// is the name as it stands.
pub fn fill(template: &str, parts: &Parts<'_>) -> String {
    match Template::parse(template) {
        Ok(template) => template.fill(parts),
        Err(_) => cut(template),
    }
}
/// The name that PostgreSQL gives the sequence of a serial column: when it is too long, the longer
/// of its two parts is shortened first (PostgreSQL source, `makeObjectName`).
pub fn serial_sequence(table: &str, column: &str) -> String {
    const LONGEST: usize = LONGEST_NAME - "__seq".len();
    let (mut table_end, mut column_end) = (table.len(), column.len());
    while table_end + column_end > LONGEST {
        if table_end > column_end {
            table_end -= 1;
        } else {
            column_end -= 1;
        }
    }
    let table = &table[..floor_char_boundary(table, table_end)];
    let column = &column[..floor_char_boundary(column, column_end)];
    format!("{table}_{column}_seq")
}

fn floor_char_boundary(text: &str, mut end: usize) -> usize {
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// Cuts a name that is longer than PostgreSQL keeps, so that two long names stay two.
pub fn cut(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let hash = Sha256::digest(name.as_bytes());
    let suffix = format!(
        "_{:02x}{:02x}{:02x}{:02x}",
        hash[0], hash[1], hash[2], hash[3]
    );
    let end = floor_char_boundary(name, LONGEST_NAME - suffix.len());
    format!("{}{suffix}", &name[..end])
}

/// `name`, or `name1`, `name2`, … — the first that is not taken.
pub fn unused(name: String, taken: impl Fn(&str) -> bool) -> String {
    if !taken(&name) {
        return name;
    }
    let mut number = 1_u32;
    loop {
        let candidate = cut(&format!("{name}{number}"));
        if !taken(&candidate) {
            return candidate;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_with_a_hash_and_stay_distinct() {
        let naming = Naming::default();
        let fill = |template: &str, table: &str, column: &str| {
            super::fill(template, &Parts::new(table, &[column.to_owned()]))
        };
        assert_eq!(fill(&naming.index, "tasks", "user_id"), "ix_tasks_user_id");
        assert_eq!(fill(&naming.primary_key, "tasks", "id"), "tasks_pkey");
        let long = "ä".repeat(40);
        let one = fill(&naming.unique, &long, "a");
        let two = fill(&naming.unique, &long, "b");
        assert!(one.len() <= LONGEST_NAME && two.len() <= LONGEST_NAME);
        assert_ne!(one, two);
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        assert_eq!(unused("a".into(), |name| name == "a" || name == "a1"), "a2");
    }
}
