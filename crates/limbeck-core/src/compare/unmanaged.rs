//! What models leave to others, by the patterns of `[unmanaged]`.

use std::collections::BTreeSet;

use crate::schema::{Object, QualifiedName, Schema};

/// What the models leave to others: names, with `*` for any characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unmanaged {
    /// The patterns, over names as messages show them.
    pub patterns: Vec<String>,
}

impl Unmanaged {
    /// Whether a pattern fits the name.
    #[must_use]
    pub fn contains(&self, name: &QualifiedName) -> bool {
        let name = name.to_string();
        self.patterns.iter().any(|pattern| fits(pattern, &name))
    }

    /// Takes what is unmanaged out of a schema, with what goes where its table goes, and names it.
    pub fn take_out(&self, schema: &mut Schema) -> BTreeSet<Object> {
        let Schema {
            // A schema is left to others with what is in it.
            namespaces: _,
            enums,
            sequences,
            tables,
            unmodelled,
        } = schema;
        let mut taken = BTreeSet::new();
        let mut keeps = |name: &QualifiedName, object: Object| {
            let is_taken = self.contains(name);
            if is_taken {
                taken.insert(object);
            }
            !is_taken
        };
        tables.retain(|name, _| keeps(name, Object::Table(name.clone())));
        enums.retain(|name, _| keeps(name, Object::Enum(name.clone())));
        sequences.retain(|name, _| keeps(name, Object::Sequence(name.clone())));
        unmodelled.retain(|object| {
            !object.kind.holds_rows()
                || keeps(&object.name, Object::Unmodelled(Box::new(object.key())))
        });
        let is_taken = |table: &QualifiedName| taken.contains(&Object::Table(table.clone()));
        sequences.retain(|_, sequence| {
            let owner = sequence.owned_by.as_ref();
            owner.is_none_or(|(table, _)| !is_taken(table))
        });
        unmodelled.retain(|object| !object.table.as_ref().is_some_and(is_taken));
        taken
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            name.char_indices()
                .map(|(place, _)| place)
                .chain([name.len()])
                .any(|place| fits(rest, &name[place..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, name, expected) in [
            ("legacy", "legacy", true),
            ("legacy", "legacy_users", false),
            ("legacy_*", "legacy_users", true),
            ("auth.*", "auth.users", true),
            ("*_old", "a_old", true),
            ("*_old", "a_older", false),
            ("*", "x", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
