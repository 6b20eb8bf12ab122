//! What models leave to others, by the patterns of `[unmanaged]`.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Dialect;
use crate::diff::{Sides, fills_by_default};
use crate::schema::{DefaultSchema, Expression, Object, QualifiedName, Schema};
use crate::sql;

/// What the models leave to others: names, with `*` for any characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unmanaged {
    /// The patterns, over names as messages show them.
    pub patterns: Vec<String>,
    /// Patterns over `table.column`: columns whose default is what it is in each database.
    pub defaults: Vec<String>,
    /// The schema of names that say none, which a pattern may say.
    pub default_schema: DefaultSchema,
}

impl Unmanaged {
    /// Whether a pattern fits the name.
    #[must_use]
    pub fn contains(&self, name: &QualifiedName) -> bool {
        self.pattern_of(name).is_some()
    }

    /// The first pattern that fits the name.
    #[must_use]
    pub fn pattern_of(&self, name: &QualifiedName) -> Option<&str> {
        let names = self.names(name);
        let fits = |pattern: &&String| names.iter().any(|name| fits(pattern, name));
        self.patterns.iter().find(fits).map(String::as_str)
    }

    /// What models declare although a pattern leaves it to others, with the pattern.
    pub(super) fn declared(&self, models: &Schema) -> Option<(Object, String)> {
        let tables = models.tables.keys();
        let tables = tables.map(|name| (name, Object::Table(name.clone())));
        let enums = models.enums.keys();
        let mut all = tables.chain(enums.map(|name| (name, Object::Enum(name.clone()))));
        all.find_map(|(name, object)| Some((object, self.pattern_of(name)?.to_owned())))
    }

    /// Whether the default of a column is left to each database.
    #[must_use]
    pub fn leaves_default(&self, table: &QualifiedName, column: &str) -> bool {
        if self.defaults.is_empty() {
            return false;
        }
        let names = self.names(table).map(|table| format!("{table}.{column}"));
        let fits = |pattern: &String| names.iter().any(|name| fits(pattern, name));
        self.defaults.iter().any(fits)
    }

    /// A name without the schema that goes without saying, and with it.
    fn names(&self, name: &QualifiedName) -> [String; 2] {
        let whole = self.default_schema.of(name, Dialect::Postgres);
        let whole = QualifiedName::within(Some(whole), name.name.clone());
        [name.to_string(), whole.to_string()]
    }

    /// Gives the columns of `target` whose default is left to the database the one of `before`, and names those
    /// that had another one, with it. A new column has the one that it is declared with, and so has one whose type or values
    /// the default does not fit.
    #[must_use]
    pub fn keep_defaults(
        &self,
        before: &Schema,
        target: &mut Schema,
        dialect: Dialect,
    ) -> BTreeMap<Object, Option<Expression>> {
        let mut kept = BTreeMap::new();
        let sides = Sides {
            before: &before.enums,
            target: &target.enums,
            dialect,
        };
        for (name, table) in &mut target.tables {
            let Some(before) = before.tables.get(name) else {
                continue;
            };
            for column in &mut table.columns {
                let Some(from) = before.column(&column.name) else {
                    continue;
                };
                let is_left = sides.may_keep(from, column)
                    && fills_by_default(from)
                    && self.leaves_default(name, &column.name);
                if !is_left {
                    continue;
                }
                let is_same = match (&column.default, &from.default) {
                    (Some(one), Some(other)) => sql::same(&one.0, &other.0, dialect),
                    (one, other) => one == other,
                };
                if !is_same {
                    let object = Object::Column(name.clone(), column.name.clone());
                    let own = std::mem::replace(&mut column.default, from.default.clone());
                    kept.insert(object, own);
                }
            }
        }
        kept
    }

    /// Takes the defaults that are left to each database out of a schema.
    pub fn take_out_defaults(&self, schema: &mut Schema) {
        for (name, table) in &mut schema.tables {
            for column in &mut table.columns {
                if self.leaves_default(name, &column.name) {
                    column.default = None;
                }
            }
        }
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

/// Whether the whole name is as the pattern says.
///
/// What stands between two stars is taken where it is met first, which leaves the most for the rest: nothing is tried
/// twice, since a pattern comes with a checkout.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let name = name.strip_prefix(start);
    let Some(mut name) = name.and_then(|name| name.strip_suffix(end)) else {
        return false;
    };
    for part in between.split('*') {
        let Some((_, behind)) = name.split_once(part) else {
            return false;
        };
        name = behind;
    }
    true
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
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("**", "x", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*b", "ab", false),
            ("a*b*b", "abb", true),
            ("*ab*b", "aab", false),
            ("*ab*b", "aabb", true),
            ("*b*a*", "ab", false),
            ("*é*", "née", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_is_answered_at_once() {
        let name = "a".repeat(60);
        let pattern = "*a".repeat(30);
        assert!(fits(&pattern, &name));
        assert!(!fits(&format!("{pattern}*b"), &name));
        assert!(!fits(&format!("{pattern}*b*"), &name));
    }

    #[test]
    fn patterns_may_say_the_default_schema() {
        let unmanaged = |pattern: &str, default: &str| Unmanaged {
            patterns: vec![pattern.to_owned()],
            defaults: vec![format!("{pattern}.at")],
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
            let unmanaged = unmanaged(pattern, default);
            let found = unmanaged.contains(&name);
            assert_eq!(found, expected, "{pattern} {default} {name}");
            let found = unmanaged.leaves_default(&name, "at");
            assert_eq!(found, expected, "{pattern}.at {default} {name}");
            assert!(!unmanaged.leaves_default(&name, "other"), "{pattern}");
        }
    }
}
