//! What models leave to others, by the patterns of `[unmanaged]`.

use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::schema::{DefaultSchema, Object, QualifiedName, Schema};

/// What the models leave to others: names, with `*` for any characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unmanaged {
    /// The patterns, over names as messages show them.
    pub patterns: Vec<String>,
    /// The schema of names that say none, which a pattern may say.
    pub default_schema: DefaultSchema,
}

impl Unmanaged {
    /// Whether a pattern fits the name.
    #[must_use]
    pub fn contains(&self, name: &QualifiedName) -> bool {
        let whole = self.default_schema.of(name, Dialect::Postgres);
        let whole = QualifiedName::within(Some(whole), name.name.clone()).to_string();
        let name = name.to_string();
        self.patterns
            .iter()
            .any(|pattern| fits(pattern, &name) || fits(pattern, &whole))
    }

    /// Takes what is unmanaged out of a schema, with what goes where its table goes, and names it.
    pub fn take_out(&self, schema: &mut Schema) -> BTreeSet<Object> {
        let Schema {
            default_schema: _,
            // A schema is left to others with what is in it.
            namespaces: _,
            enums,
            sequences,
            tables,
            sql_objects,
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
        sql_objects.retain(|object| {
            !object.kind.holds_rows()
                || keeps(&object.name, Object::SqlObject(Box::new(object.key())))
        });
        let is_taken = |table: &QualifiedName| taken.contains(&Object::Table(table.clone()));
        sequences.retain(|_, sequence| {
            let owner = sequence.owned_by.as_ref();
            owner.is_none_or(|(table, _)| !is_taken(table))
        });
        sql_objects.retain(|object| !object.table.as_ref().is_some_and(is_taken));
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

    #[test]
    fn patterns_may_say_the_default_schema() {
        let unmanaged = |pattern: &str, default: &str| Unmanaged {
            patterns: vec![pattern.to_owned()],
            default_schema: DefaultSchema::new(default, Dialect::Postgres),
        };
        for (pattern, default, name, expected) in [
            ("app.legacy", "app", "legacy", true),
            ("legacy", "app", "legacy", true),
            ("app.*", "app", "legacy", true),
            ("public.legacy", "app", "legacy", false),
            ("public.legacy", "app", "public.legacy", true),
            ("public.legacy", "public", "legacy", true),
            ("legacy", "app", "auth.legacy", false),
        ] {
            let name = name.parse().expect("a name");
            let found = unmanaged(pattern, default).contains(&name);
            assert_eq!(found, expected, "{pattern} {default} {name}");
        }
    }
}
