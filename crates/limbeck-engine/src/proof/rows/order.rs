//! Which tables are filled, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::schema::{QualifiedName, Schema, Table};

use super::change::Place;
use super::draft::{Draft, Sides};

/// Tables that are to be filled so that `tables` can be: themselves, those that reference them, and
/// all that these reference.
pub(super) fn with_neighbours(
    tables: &BTreeSet<QualifiedName>,
    before: &Schema,
) -> BTreeSet<QualifiedName> {
    let mut all = tables.clone();
    for table in tables {
        all.extend(
            before
                .referencing(table)
                .map(|(other, _)| other.name.clone()),
        );
    }
    let mut open: Vec<QualifiedName> = all.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let keys = before
            .tables
            .get(&name)
            .into_iter()
            .flat_map(Table::foreign_keys);
        for (_, key) in keys {
            if before.tables.contains_key(&key.references) && all.insert(key.references.clone()) {
                open.push(key.references.clone());
            }
        }
    }
    all.retain(|name| before.tables.contains_key(name));
    all
}

/// Referenced tables first; in a circle those whose keys may stay open.
pub(super) fn order(drafts: &BTreeMap<QualifiedName, Draft>) -> Vec<QualifiedName> {
    let mut order: Vec<QualifiedName> = Vec::new();
    let mut rest: Vec<&Draft> = drafts.values().collect();
    while !rest.is_empty() {
        let waits = |draft: &Draft, patient: bool| {
            draft.references.iter().any(|reference| {
                let Some(table) = &reference.table else {
                    return false;
                };
                let is_there =
                    *table == draft.table || order.contains(table) || !drafts.contains_key(table);
                let may_be_open = reference
                    .columns
                    .iter()
                    .any(|name| draft.wish(name).is_some_and(|wish| wish.nullable));
                !is_there && (patient || !may_be_open)
            })
        };
        let next = rest
            .iter()
            .position(|draft| !waits(draft, true))
            .or_else(|| rest.iter().position(|draft| !waits(draft, false)))
            .unwrap_or(0);
        order.push(rest.remove(next).table.clone());
    }
    order
}

/// Columns that foreign keys reference: their values must be known.
pub(super) fn referenced(tables: &[&Table], sides: &Sides<'_>) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    for table in tables {
        for (_, key) in table.foreign_keys() {
            let columns = key.referenced_columns.iter().cloned();
            places.extend(columns.map(|column| (key.references.clone(), column)));
        }
        let Some((after, change)) = sides.after else {
            continue;
        };
        let keys = change
            .target(after, &table.name)
            .into_iter()
            .flat_map(Table::foreign_keys);
        for (_, key) in keys {
            let Some(origin) = change.origin(&key.references) else {
                continue;
            };
            let columns = change
                .staying(origin)
                .filter(|(_, to)| key.referenced_columns.iter().any(|name| name == to));
            places.extend(columns.map(|(from, _)| (origin.clone(), from.to_owned())));
        }
    }
    places
}
