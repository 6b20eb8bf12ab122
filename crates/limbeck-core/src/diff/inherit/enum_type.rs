//! Enum types of columns whose source does not say all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{FactKind, QualifiedName, Schema};

/// Puts the values of types that only such columns have into the order that `before` has them in.
pub(super) fn keep_order(target: &mut Schema, before: &Schema) {
    let mut users: BTreeMap<QualifiedName, bool> = BTreeMap::new();
    for table in target.tables.values() {
        let says_it = !table.unsaid.contains(&FactKind::EnumOrder);
        for name in table
            .columns
            .iter()
            .filter_map(|column| column.said_type().enum_name())
        {
            *users.entry(name.clone()).or_default() |= says_it;
        }
    }
    let silent: BTreeSet<QualifiedName> = users
        .into_iter()
        .filter(|(_, says_it)| !says_it)
        .map(|(name, _)| name)
        .collect();
    for name in silent {
        if let (Some(to), Some(from)) = (target.enums.get_mut(&name), before.enums.get(&name)) {
            to.values = ordered(&from.values, &to.values);
            if to.comment.is_none() {
                to.comment.clone_from(&from.comment);
            }
        }
    }
}

/// Leaves the types that columns have, where an enum is the CHECK of its columns. That of a column which took its type over
/// comes from `before`, unless its source says the values.
pub(super) fn keep_used(target: &mut Schema, before: &Schema) {
    let columns = target.tables.values().flat_map(|table| &table.columns);
    let used: BTreeSet<QualifiedName> = columns
        .filter_map(|column| column.data_type.enum_name().cloned())
        .collect();
    target.enums.retain(|name, _| used.contains(name));
    for name in used {
        if let Some(there) = before.enums.get(&name) {
            target.enums.entry(name).or_insert_with(|| there.clone());
        }
    }
}

/// The values of `to`: those that are there in their order, and each new one behind the value that it is
/// declared behind.
fn ordered(from: &[String], to: &[String]) -> Vec<String> {
    let kept = from.iter().filter(|value| to.contains(value));
    let mut values: Vec<String> = kept.cloned().collect();
    let mut place = 0;
    for value in to {
        match values.iter().position(|one| one == value) {
            Some(there) => place = there + 1,
            None => {
                values.insert(place, value.clone());
                place += 1;
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::ordered;

    #[test]
    fn the_order_that_is_there_stays() {
        for (from, to, expected) in [
            ("a b c", "c b a", "a b c"),
            ("a b c", "c a", "a c"),
            ("a b", "b x a y", "a y b x"),
            ("a b", "x a b", "x a b"),
        ] {
            let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(
                ordered(&words(from), &words(to)),
                words(expected),
                "{from} {to}"
            );
        }
    }
}
