//! What a database holds and its baseline does not make, object by object, with the reason.
//!
//! Not here: what the server refuses (`refused.rs`), nor what is said of the objects that the baseline
//! makes (`drift`, which compares the database with it).

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::schema::{Schema, SqlObject, SqlObjectKey};

use crate::inspect::{Residue, shown};
use limbeck_core::compare::fact;

/// Why nobody writes what a key of a residue begins with.
const REASONS: [(&str, &str); 13] = [
    ("access method ", SUPERUSER),
    ("conversion ", BY_HAND),
    ("database", "it is about the database as a whole"),
    ("event trigger ", SUPERUSER),
    ("foreign table ", "it stands on a foreign server"),
    ("foreign-data wrapper ", SECRET),
    ("language ", SUPERUSER),
    ("operator class ", SUPERUSER),
    ("operator family ", SUPERUSER),
    ("server ", SECRET),
    ("subscription ", SECRET),
    ("text search ", SUPERUSER),
    ("user mapping ", SECRET),
];

const SUPERUSER: &str = "only a superuser can make it";
const SECRET: &str = "what it says may be a secret";
const BY_HAND: &str = "Limbeck does not write it";

/// What the residue of a database tells and that of its baseline does not, in sentences. `base` is what
/// is there before the baseline.
pub(super) fn of_residue(
    found: &Residue,
    made: &Residue,
    base: &Residue,
    is_others: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, text) in found {
        let subject = fact(key).map_or(key.as_str(), |(subject, _)| subject);
        if made.get(key) == Some(text) || is_others(key) || is_others(subject) {
            continue;
        }
        let is_missing = !made.contains_key(subject);
        if is_missing && found.contains_key(subject) {
            names.insert(subject, text);
        } else if is_missing || base.contains_key(subject) {
            names.insert(key, text);
        }
    }
    // What goes with a relation is named with it.
    let goes_along = |key: &str, text: &str| {
        let owner = key.strip_prefix("sequence ").and_then(|_| {
            let column = text
                .split_once(" owned by ")
                .or_else(|| text.split_once(" identity of "));
            let column = column?.1;
            Some(&column[..column.rfind('.')?])
        });
        if owner.is_some_and(|owner| !made.contains_key(&format!("table {owner}"))) {
            return true;
        }
        let relation = key.strip_prefix("column ").and_then(|column| {
            let place = column.rfind('.')?;
            Some(&column[..place])
        });
        let relation = relation.or_else(|| {
            let rest = key
                .split_once(" on ")
                .filter(|(noun, _)| !noun.contains(' '))?
                .1;
            Some(rest.split_once(": ")?.0)
        });
        relation.is_some_and(|relation| {
            let nouns = ["table", "view", "materialized view", "foreign table"];
            nouns
                .iter()
                .any(|noun| names.contains_key(format!("{noun} {relation}").as_str()))
        })
    };
    names
        .iter()
        .filter(|(key, text)| !goes_along(key, text))
        .map(|(key, text)| {
            let reason = REASONS.iter().find(|(start, _)| key.starts_with(start));
            let reason = reason.map_or(BY_HAND, |(_, reason)| reason);
            match found.get(fact(key).map_or(*key, |(subject, _)| subject)) {
                // A text of its own may be long, or a secret.
                Some(_) if fact(key).is_none() => format!("{key}: {reason}"),
                _ => format!("`{key}`, {}: {reason}", shown(text)),
            }
        })
        .collect()
}

/// The objects of a schema that another one lacks.
pub(super) fn of_schema(found: &Schema, made: &Schema) -> Vec<String> {
    let keys = |schema: &Schema| -> BTreeSet<SqlObjectKey> {
        schema.sql_objects.iter().map(SqlObject::key).collect()
    };
    let (found, made) = (keys(found), keys(made));
    found.difference(&made).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_baseline_lacks_is_named() {
        let residue = |pairs: &[(&str, &str)]| -> Residue {
            pairs
                .iter()
                .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
                .collect()
        };
        let base = residue(&[("schema public", "exists")]);
        let found = residue(&[
            ("column ft.a", "integer"),
            ("database: settings", "work_mem=8MB"),
            ("foreign table ft", "kind f"),
            ("foreign table ft: server", "far"),
            ("operator class o USING btree", "…"),
            ("schema public", "exists"),
            ("schema public: owner", "app"),
            (
                "sequence theirs_id_seq",
                "bigint, persistence p, owned by theirs.id",
            ),
            ("table t", "kind r"),
            (
                "table t: comment",
                "told by the comparison with the baseline",
            ),
            ("table theirs", "kind r"),
        ]);
        let made = residue(&[("schema public", "exists"), ("table t", "kind r")]);
        let is_others = |key: &str| key.starts_with("table theirs");
        assert_eq!(
            of_residue(&found, &made, &base, is_others),
            [
                "`database: settings`, `work_mem=8MB`: it is about the database as a whole",
                "foreign table ft: it stands on a foreign server",
                "operator class o USING btree: only a superuser can make it",
                "`schema public: owner`, `app`: Limbeck does not write it",
            ]
        );
        assert!(of_residue(&found, &found, &base, is_others).is_empty());
    }
}
