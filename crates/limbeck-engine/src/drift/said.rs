//! Drift in what a schema does not hold of an object: the text of views and functions, privileges, comments, storage
//! and all else that the residue contains.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::compare::{Ignored, fact};
use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Operation, TableOp};
use limbeck_core::revision::RevisionId;
use limbeck_core::schema::{Object, QualifiedName, Schema, SqlObjectKind};

use super::DriftError;
use crate::inspect::{Residue, quoted_title, residue, residue_key, shown};
use crate::state::Bench;
use limbeck::folder::Folder;

/// What a live database says, and what its revisions do.
pub(super) struct Texts<'a> {
    /// What the revisions make.
    pub(super) made: &'a Residue,
    /// What is there before the first revision.
    pub(super) base: &'a Residue,
    pub(super) live: &'a Residue,
    pub(super) ignored: &'a Ignored,
    /// What is left to others.
    pub(super) unmanaged: &'a BTreeSet<Object>,
    /// The live database's schema.
    pub(super) theirs: &'a Schema,
    /// Differences of shape, which are told already or are only spelled otherwise.
    pub(super) told: Vec<&'a Operation>,
}

/// A key with what the revisions make of it and what it is.
pub(super) type Difference = (String, Option<String>, Option<String>);

impl Texts<'_> {
    /// What differs of the objects that the revisions have made.
    pub(super) fn differences(&self, dialect: Dialect) -> Vec<Difference> {
        let keys: BTreeSet<&String> = self.made.keys().chain(self.live.keys()).collect();
        let told = self.told_keys();
        let mut differences = Vec::new();
        for key in keys {
            let (made, live) = (self.made.get(key), self.live.get(key));
            let is_counted = match dialect {
                Dialect::Postgres => self.is_of_revisions(key) && !told.contains(key.as_str()),
                // A schema says all that there is of a table.
                Dialect::Sqlite => {
                    made.is_some()
                        && live.is_some()
                        && ["view ", "trigger on ", "virtual table "]
                            .iter()
                            .any(|start| key.starts_with(start))
                }
            };
            if made == live || !is_counted || self.ignored.takes(key) || self.is_left(key) {
                continue;
            }
            let given = self.given_by_default(key, live);
            if given.as_ref() == made {
                continue;
            }
            differences.push((key.clone(), made.cloned(), given));
        }
        differences
    }

    /// Whether a key is about something that a revision has made, and that is there.
    fn is_of_revisions(&self, key: &str) -> bool {
        if self.made.get(key) == self.base.get(key) && self.made.contains_key(key) {
            return false;
        }
        let subject = fact(key).map(|(subject, _)| subject);
        match (self.made.get(key), subject) {
            // It was made; whether it is there at all is told as a difference of shape.
            (Some(_), Some(subject)) => {
                self.live.contains_key(subject) || !self.made.contains_key(subject)
            }
            (Some(_), None) => true,
            (None, Some(subject)) => {
                self.made.contains_key(subject) && !self.base.contains_key(subject)
            }
            (None, None) => false,
        }
    }

    /// The keys of what is told as a difference of shape.
    fn told_keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for operation in &self.told {
            let object = operation.object();
            if let Operation::Comment(_) = operation {
                let key = match &object {
                    Object::Enum(name) => Some(format!("enum type {}", quoted_title(name))),
                    object => residue_key(object),
                };
                keys.extend(key.map(|key| format!("{key}: comment")));
                continue;
            }
            keys.extend(residue_key(&object));
            if let Object::Constraint(table, name) = &object {
                keys.extend(residue_key(&Object::Index(table.clone(), name.clone())));
            }
            let of_table = match operation {
                Operation::Table(TableOp::Drop(table)) => Some(table),
                _ => None,
            };
            let sql_objects = match &object {
                Object::SqlObject(key) => Some(key),
                _ => None,
            };
            let all = self.made.keys().chain(self.live.keys());
            for key in all {
                let goes = of_table.is_some_and(|table| {
                    let indexes = table.indexes.keys().chain(table.constraints.keys());
                    let mut indexes = indexes.map(|name| table.name.sibling(name));
                    belongs(key, &table.name)
                        || indexes.any(|index| {
                            is_said_of(key, &format!("index {}", quoted_title(&index)))
                        })
                        || key.starts_with("sequence ")
                            && self.made.get(key).is_some_and(|text| {
                                let title = quoted_title(&table.name);
                                text.contains(&format!(" of {title}."))
                                    || text.contains(&format!(" by {title}."))
                            })
                }) || sql_objects.is_some_and(|object| {
                    // The name of a function is SQL already.
                    let title = match object.kind {
                        SqlObjectKind::Function => object.name.to_string(),
                        _ => quoted_title(&object.name),
                    };
                    match &object.table {
                        Some(table) => is_said_of(
                            key,
                            &format!("{} on {}: {title}", object.kind.noun(), quoted_title(table)),
                        ),
                        None => {
                            is_said_of(key, &format!("{} {title}", object.kind.noun()))
                                || belongs(key, &object.name)
                        }
                    }
                });
                let simple = match &object {
                    Object::Enum(name) => {
                        is_said_of(key, &format!("enum type {}", quoted_title(name)))
                    }
                    Object::Sequence(name) => {
                        is_said_of(key, &format!("sequence {}", quoted_title(name)))
                    }
                    _ => false,
                };
                if goes || simple {
                    keys.insert(key.clone());
                }
            }
        }
        keys
    }

    /// Whether it is about what is left to others.
    fn is_left(&self, key: &str) -> bool {
        is_left_to_others(key, self.unmanaged, self.theirs)
    }

    /// Privileges without those that the server gives by default on what is made there: they are
    /// its own affair, and not done to the object.
    fn given_by_default(&self, key: &str, live: Option<&String>) -> Option<String> {
        let live = live?;
        let Some((subject, "privileges")) = fact(key) else {
            return Some(live.clone());
        };
        let noun = match subject.split(' ').next() {
            Some("table" | "view" | "materialized" | "foreign") => "tables",
            Some("sequence") => "sequences",
            Some("function") => "functions",
            Some("type" | "domain" | "enum") => "types",
            _ => return Some(live.clone()),
        };
        let end = format!(" on {noun}: privileges");
        let given: BTreeSet<&str> = self
            .live
            .iter()
            .filter(|(key, _)| key.starts_with("default privileges of ") && key.ends_with(&end))
            .flat_map(|(_, text)| text.split(", "))
            .collect();
        let made: BTreeSet<&str> = self
            .made
            .get(key)
            .into_iter()
            .flat_map(|text| text.split(", "))
            .collect();
        let rest: Vec<&str> = live
            .split(", ")
            .filter(|part| made.contains(part) || !given.contains(part))
            .collect();
        (!rest.is_empty()).then(|| rest.join(", "))
    }
}

/// Whether a key is about one of the objects that are left to others, in a database of this schema.
pub(crate) fn is_left_to_others(key: &str, unmanaged: &BTreeSet<Object>, theirs: &Schema) -> bool {
    unmanaged.iter().any(|object| match object {
        Object::Table(name) => {
            // A constraint has its index under its own name.
            let indexes = theirs.tables.get(name).into_iter();
            let indexes =
                indexes.flat_map(|table| table.indexes.keys().chain(table.constraints.keys()));
            let mut indexes = indexes.map(|index| name.sibling(index));
            belongs(key, name)
                || indexes.any(|index| is_said_of(key, &format!("index {}", quoted_title(&index))))
        }
        Object::SqlObject(object) if object.table.is_none() => belongs(key, &object.name),
        _ => false,
    })
}

/// Whether a key is that of an object, or of a fact about it.
fn is_said_of(key: &str, object: &str) -> bool {
    key.strip_prefix(object)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}

/// Whether a key is about a relation or a part of it.
fn belongs(key: &str, relation: &QualifiedName) -> bool {
    let title = quoted_title(relation);
    let nouns = ["table", "view", "materialized view", "foreign table"];
    let parts = ["constraint", "trigger", "rule", "policy"];
    nouns
        .iter()
        .any(|noun| is_said_of(key, &format!("{noun} {title}")))
        || key.starts_with(&format!("column {title}."))
        || parts
            .iter()
            .any(|part| key.starts_with(&format!("{part} on {title}: ")))
}

/// The view whose text a key is.
fn view_of(key: &str) -> Option<&str> {
    key.strip_prefix("rule on ")?.strip_suffix(": \"_RETURN\"")
}

/// Leaves out what another major version of the server only words otherwise: members of tables were
/// compared by the scratch server's words already, and views are made there to see.
pub(super) async fn leave_words(
    bench: &mut Bench,
    folder: &Folder,
    applied: &[RevisionId],
    texts: &Texts<'_>,
    differences: &mut Vec<Difference>,
) -> Result<(), DriftError> {
    let members = ["column ", "constraint on ", "index "];
    differences.retain(|(key, made, live)| {
        let is_member = members.iter().any(|start| key.starts_with(start)) && fact(key).is_none();
        !(is_member && made.is_some() && live.is_some())
    });
    let views: BTreeMap<&str, String> = differences
        .iter()
        .filter_map(|(key, _, _)| view_of(key))
        .filter_map(|title| {
            let view =
                texts.theirs.sql_objects.iter().find(|one| {
                    one.kind == SqlObjectKind::View && quoted_title(&one.name) == title
                })?;
            let text = view.definition.as_deref()?;
            Some((
                title,
                text.replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1),
            ))
        })
        .collect();
    if views.is_empty() {
        return Ok(());
    }
    let options = bench.inspect_options().clone();
    let mut copy = bench.copy(folder, applied).await?;
    let mut worded = BTreeMap::new();
    let mut failed = None;
    for (title, sql) in &views {
        // A view that cannot be made in place of the other one is another one.
        if copy.connection.batch(sql).await.is_ok() {
            worded.insert((*title).to_owned(), ());
        }
    }
    let reached = match residue(&mut copy.connection, &options).await {
        Ok(residue) => residue,
        Err(error) => {
            failed = Some(error);
            Residue::new()
        }
    };
    bench.discard(copy).await?;
    if let Some(error) = failed {
        return Err(DriftError::Inspect(error));
    }
    differences.retain(|(key, made, _)| {
        let is_worded = view_of(key).is_some_and(|title| worded.contains_key(title));
        !(is_worded && reached.get(key) == made.as_ref())
    });
    Ok(())
}

/// A difference as `check` tells it. Whole texts of programs are not repeated.
pub(super) fn sentence((key, made, live): &Difference) -> String {
    let is_text = fact(key).is_none()
        && [
            "function ",
            "view ",
            "trigger on ",
            "policy on ",
            "rule on ",
            "virtual table ",
        ]
        .iter()
        .any(|start| key.starts_with(start));
    match (made, live) {
        (Some(_), Some(_)) if is_text => match view_of(key) {
            Some(view) => format!("the text of view `{view}` is changed"),
            None => format!("the text of `{key}` is changed"),
        },
        (Some(made), Some(live)) => {
            format!("`{key}` is {}, was {}", shown(live), shown(made))
        }
        (None, Some(live)) => format!("`{key}` is {}, which no revision says", shown(live)),
        (Some(made), None) => format!("`{key}` is gone, was {}", shown(made)),
        (None, None) => format!("`{key}` differs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residue(pairs: &[(&str, &str)]) -> Residue {
        pairs
            .iter()
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn only_what_revisions_made_is_theirs() {
        let base = residue(&[("schema public", "exists"), ("table auth.users", "r")]);
        let made = residue(&[
            ("schema public", "exists"),
            ("table auth.users", "r"),
            ("table t", "r"),
            ("table u", "r"),
            ("function f()", "SELECT 1"),
            ("rule on v: \"_RETURN\"", "SELECT 1"),
            ("table t: comment", "x"),
        ]);
        let live = residue(&[
            ("schema public", "exists"),
            ("schema public: privileges", "grant USAGE to x"),
            ("table auth.users", "r, row security"),
            ("table t", "r"),
            ("table u", "r"),
            (
                "table t: privileges",
                "grant SELECT to x, grant SELECT to y",
            ),
            ("table u: privileges", "grant SELECT to x"),
            (
                "default privileges of CURRENT_USER on tables: privileges",
                "grant SELECT to x",
            ),
            ("function f()", "SELECT 2"),
            ("rule on v: \"_RETURN\"", "SELECT 2"),
            ("trigger on t: theirs", "…"),
        ]);
        let texts = Texts {
            made: &made,
            base: &base,
            live: &live,
            ignored: &Ignored::default(),
            unmanaged: &BTreeSet::new(),
            theirs: &Schema::default(),
            told: Vec::new(),
        };
        let said: Vec<String> = texts
            .differences(Dialect::Postgres)
            .iter()
            .map(sentence)
            .collect();
        assert_eq!(
            said,
            [
                "the text of `function f()` is changed",
                "the text of view `v` is changed",
                "`table t: comment` is gone, was `x`",
                "`table t: privileges` is `grant SELECT to y`, which no revision says",
            ]
        );
    }
}
