//! The templates that the names of a schema's members follow.
//!
//! Templates of well-known tools are tried first, and then those that the names themselves show. One is taken where it
//! gives more names than any other.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use limbeck_core::schema::naming::{LONGEST_NAME, Naming, Parts, Template};
use limbeck_core::schema::{Constraint, ConstraintKind, Schema};

use crate::default_name::{columns_of_constraint, columns_of_index};

const PRIMARY_KEYS: &[&str] = &["{table}_pkey", "pk_{table}", "PK_{table}", "{table}_pk"];

/// Of PostgreSQL, SQLAlchemy, Laravel and Drizzle, Django, .NET.
const UNIQUE: &[&str] = &[
    "{table}_{columns}_key",
    "uq_{table}_{columns}",
    "uq_{table}_{first_column}",
    "{table}_{columns}_unique",
    "unique_{table}_{columns}",
    "uk_{table}_{columns}",
    "{table}_{columns}_uniq",
    "{table}_{columns}_{md5:8:{table}{columns:}}_uniq",
    "UQ_{table}_{columns}",
];

/// Of PostgreSQL, before and since its version 12, SQLAlchemy, Rails, Django, Drizzle, Laravel, SeaORM, .NET.
const FOREIGN_KEYS: &[&str] = &[
    "{table}_{columns}_fkey",
    "{table}_{first_column}_fkey",
    "fk_{table}_{columns}",
    "fk_{table}_{first_column}_{referenced_table}",
    "fk_{table}_{columns}_{referenced_table}",
    "fk_{table}_{referenced_table}",
    "fk_rails_{sha256:10:{table}_{columns}_fk}",
    "{table}_{columns}_{md5:8:{table}{columns:}}_fk_{referenced_table}_{referenced_columns}",
    "{table}_{columns}_{referenced_table}_{referenced_columns}_fk",
    "{table}_{columns}_foreign",
    "{table}_{columns}_fk",
    "fk-{table}-{columns}",
    "FK_{table}_{referenced_table}_{columns}",
    "FK_{table}_{columns}",
];

/// Of PostgreSQL, and as guides have them.
const CHECKS: &[&str] = &[
    "{table}_{columns}_check",
    "{table}_{only_column}_check",
    "ck_{table}_{columns}",
    "chk_{table}_{columns}",
    "check_{table}_{columns}",
    "CK_{table}_{columns}",
];

const EXCLUSIONS: &[&str] = &["{table}_{columns}_excl", "ex_{table}_{columns}"];

/// Of SQLAlchemy, PostgreSQL and Prisma, Rails, Laravel and Ecto, SeaORM, Django, .NET.
const INDEXES: &[&str] = &[
    "ix_{table}_{columns}",
    "{table}_{columns}_idx",
    "idx_{table}_{columns}",
    "index_{table}_on_{columns:_and_}",
    "index_{table}_{columns}",
    "{table}_{columns}_index",
    "idx-{table}-{columns}",
    "{table}_{columns}_{md5:8:{table}{columns:}}",
    "IX_{table}_{columns}",
];

/// A member: its name, and what that may be made of.
struct Member<'a> {
    name: &'a str,
    table: &'a str,
    columns: Vec<String>,
    references: Option<(&'a str, &'a [String])>,
}

impl Member<'_> {
    fn is_called_by(&self, template: &Template) -> bool {
        let parts = Parts {
            table: self.table,
            columns: &self.columns,
            references: self.references,
        };
        template.fill(&parts) == self.name
    }
}

/// The members of a schema, by what they are.
#[derive(Default)]
struct Members<'a> {
    primary_keys: Vec<Member<'a>>,
    unique: Vec<Member<'a>>,
    foreign_keys: Vec<Member<'a>>,
    checks: Vec<Member<'a>>,
    exclusions: Vec<Member<'a>>,
    indexes: Vec<Member<'a>>,
    unique_indexes: Vec<Member<'a>>,
}

impl<'a> Members<'a> {
    fn of(schema: &'a Schema) -> Self {
        let mut members = Self::default();
        for table in schema.tables.values() {
            for constraint in table.constraints.values() {
                let columns = columns_of_constraint(table, constraint);
                members.add(&table.name.name, constraint, columns);
            }
            for index in table.indexes.values() {
                let member = Member {
                    name: &index.name,
                    table: &table.name.name,
                    columns: columns_of_index(table, index),
                    references: None,
                };
                if index.unique {
                    members.unique_indexes.push(member);
                } else {
                    members.indexes.push(member);
                }
            }
        }
        members
    }

    fn add(&mut self, table: &'a str, constraint: &'a Constraint, columns: Vec<String>) {
        let references = match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some((
                key.references.name.as_str(),
                key.referenced_columns.as_slice(),
            )),
            _ => None,
        };
        let place = match &constraint.kind {
            ConstraintKind::PrimaryKey(_) => &mut self.primary_keys,
            ConstraintKind::Unique(_) => &mut self.unique,
            ConstraintKind::ForeignKey(_) => &mut self.foreign_keys,
            ConstraintKind::Check(_) => &mut self.checks,
            ConstraintKind::Exclusion(_) => &mut self.exclusions,
        };
        place.push(Member {
            name: &constraint.name,
            table,
            columns,
            references,
        });
    }
}

/// The templates by which most members of a schema are called.
pub(super) fn found(schema: &Schema, usual: &Naming) -> Naming {
    let members = Members::of(schema);
    let index = best(&members.indexes, &usual.index, INDEXES);
    let of_unique = usual.unique_index.as_ref().unwrap_or(&index);
    let both: Vec<&str> = INDEXES.iter().chain(UNIQUE).copied().collect();
    let unique_index = best(&members.unique_indexes, of_unique, &both);
    // Other indexes that are still to come are called as these are.
    let is_of_both = members.indexes.is_empty() && INDEXES.contains(&unique_index.as_str());
    let index = if is_of_both {
        unique_index.clone()
    } else {
        index
    };
    Naming {
        primary_key: best(&members.primary_keys, &usual.primary_key, PRIMARY_KEYS),
        unique: best(&members.unique, &usual.unique, UNIQUE),
        foreign_key: best(&members.foreign_keys, &usual.foreign_key, FOREIGN_KEYS),
        check: best(&members.checks, &usual.check, CHECKS),
        exclusion: best(&members.exclusions, &usual.exclusion, EXCLUSIONS),
        unique_index: (unique_index != index).then_some(unique_index),
        index,
    }
}

/// What a template that no tool is known for needs: so many names, and more than half of them.
const SHOWN_BY: usize = 3;

/// The template that gives the most names; `usual` where no other one gives more.
fn best(members: &[Member<'_>], usual: &str, known: &[&str]) -> String {
    let count = |text: &str| match Template::parse(text) {
        Ok(template) => members
            .iter()
            .filter(|one| one.is_called_by(&template))
            .count(),
        Err(_) => 0,
    };
    let mut best = (count(usual), usual.to_owned());
    // One name more is shorter said at its member.
    let least = if best.0 == 0 { 1 } else { best.0 + 2 };
    for text in known {
        let given = count(text);
        if given > best.0 && given >= least && given * 4 >= members.len() {
            best = (given, (*text).to_owned());
        }
    }
    if best.0 * 2 > members.len() {
        return best.1;
    }
    for text in shown(members) {
        let given = count(&text);
        if given > best.0 && given >= least.max(SHOWN_BY) && given * 2 > members.len() {
            best = (given, text);
        }
    }
    best.1
}

/// Names that templates are sought in: so many show what there is.
const SEARCHED: usize = 1000;
/// Templates that one name may show.
const PER_NAME: usize = 64;
/// Templates that are tried.
const TRIED: usize = 32;

/// Templates that several names show, the likeliest first: where as many show two, the one with fewer letters of its
/// own, then the shorter one, since names over one column show each way to join several.
fn shown(members: &[Member<'_>]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for member in members.iter().take(SEARCHED) {
        let mut templates = Vec::new();
        take_apart(member.name, &member.values(), "", &mut templates);
        templates.sort();
        templates.dedup();
        for template in templates {
            *counts.entry(template).or_default() += 1;
        }
    }
    let mut likely: Vec<(usize, String)> = counts
        .into_iter()
        .filter(|(text, count)| *count >= SHOWN_BY && text.contains("{table}"))
        .map(|(text, count)| (count, text))
        .collect();
    likely.sort_by_key(|(count, text)| (Reverse(*count), letters(text), text.len(), text.clone()));
    likely.truncate(TRIED);
    likely.into_iter().map(|(_, text)| text).collect()
}

/// How many letters a template has outside of its placeholders.
fn letters(template: &str) -> usize {
    let outside = template.split('{').map(|part| match part.split_once('}') {
        Some((_, after)) => after.len(),
        None => part.len(),
    });
    outside.sum()
}

impl Member<'_> {
    /// What may stand in the name, each with its placeholder.
    fn values(&self) -> Vec<(String, &'static str)> {
        let mut values = vec![(self.table.to_owned(), "{table}")];
        if !self.columns.is_empty() {
            values.push((self.columns.join("_"), "{columns}"));
        }
        if self.columns.len() > 1 {
            values.push((self.columns.concat(), "{columns:}"));
            values.push((self.columns.join("_and_"), "{columns:_and_}"));
            values.push((self.columns.join("-"), "{columns:-}"));
            values.push((self.columns[0].clone(), "{first_column}"));
        } else if !self.columns.is_empty() {
            // Any joint is right where there is one column, and others need theirs.
            values.push((self.columns[0].clone(), "{columns:}"));
            values.push((self.columns[0].clone(), "{columns:_and_}"));
            values.push((self.columns[0].clone(), "{columns:-}"));
            values.push((self.columns[0].clone(), "{first_column}"));
        }
        if let Some((table, columns)) = self.references {
            values.push((table.to_owned(), "{referenced_table}"));
            if !columns.is_empty() {
                values.push((columns.join("_"), "{referenced_columns}"));
            }
        }
        values.retain(|(value, _)| !value.is_empty());
        values
    }
}

/// The templates that give a name, with any of the values replaced. A brace in the name itself would be read as a
/// placeholder, and a name at its longest may have been cut.
fn take_apart(
    name: &str,
    values: &[(String, &'static str)],
    before: &str,
    found: &mut Vec<String>,
) {
    if found.len() >= PER_NAME || name.len() >= LONGEST_NAME || name.contains(['{', '}']) {
        return;
    }
    let starts = values
        .iter()
        .filter_map(|(value, _)| name.find(value.as_str()));
    let Some(start) = starts.min() else {
        if !before.is_empty() && found.len() < PER_NAME {
            found.push(format!("{before}{name}"));
        }
        return;
    };
    let (text, rest) = name.split_at(start);
    for (value, placeholder) in values {
        if found.len() >= PER_NAME {
            return;
        }
        if let Some(rest) = rest.strip_prefix(value.as_str()) {
            take_apart(rest, values, &format!("{before}{text}{placeholder}"), found);
        }
    }
    // What looks like a value may be a word of the template: `user` in `fk_user_user_id`.
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let (letter, rest) = rest.split_at(first);
    if !letter.is_empty() {
        take_apart(rest, values, &format!("{before}{text}{letter}"), found);
    }
}
