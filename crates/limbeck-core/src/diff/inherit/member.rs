//! Constraints and indexes: those that are declared find their counterpart, and those that nobody declares stay.

use std::collections::BTreeSet;

use super::Silence;
use crate::schema::naming::unused;
use crate::schema::{
    Action, Constraint, ConstraintKind, FactKind, ForeignKey, Index, IndexTarget, Member,
    MemberFact, QualifiedName, Table, Unnamed,
};

/// What a source does not say of one member.
type Facts = BTreeSet<MemberFact>;

/// The columns that only `before` has.
pub(super) fn gone<'a>(table: &Table, before: &'a Table) -> Vec<&'a str> {
    let names = before.columns.iter().map(|column| column.name.as_str());
    names.filter(|name| table.column(name).is_none()).collect()
}

impl Silence {
    /// Takes over the members of `before` that the source does not speak of, and what it does not say of its own.
    pub(super) fn take_over_members(
        &self,
        table: &mut Table,
        before: &Table,
        has_table: &dyn Fn(&QualifiedName) -> bool,
    ) {
        let gone = gone(table, before);
        let stays =
            |member: Member<'_>| gone.iter().all(|column| !member.uses(column, self.dialect));
        let mut met = Met::default();
        for (name, facts) in &self.of_members {
            if let Some(constraint) = table.constraints.remove(name) {
                let known_as = self.known_as.get(name);
                if !replace_key(table, before, (&constraint, known_as), &mut met) {
                    join_constraint(table, before, constraint, facts, &mut met);
                }
            } else if let Some(index) = table.indexes.remove(name) {
                join_index(table, before, index, facts, &mut met);
            }
        }
        for (name, constraint) in &before.constraints {
            let is_left = match &constraint.kind {
                ConstraintKind::PrimaryKey(_) => false,
                ConstraintKind::Unique(_) => self.is_about(FactKind::Uniques),
                ConstraintKind::Check(_) => self.is_about(FactKind::Checks),
                ConstraintKind::Exclusion(_) => self.is_about(FactKind::Exclusions),
                ConstraintKind::ForeignKey(key) => {
                    self.is_about(FactKind::ForeignKeys)
                        && has_table(&key.references)
                        && !met.replaced.contains(&key.columns)
                }
            };
            if is_left && !met.names.contains(name) && stays(Member::Constraint(constraint)) {
                let own = table.constraints.entry(name.clone());
                own.or_insert_with(|| constraint.clone());
            }
        }
        for (name, index) in &before.indexes {
            let kind = if index.unique {
                FactKind::Uniques
            } else {
                FactKind::Indexes
            };
            if self.is_about(kind) && !met.names.contains(name) && stays(Member::Index(index)) {
                let own = table.indexes.entry(name.clone());
                own.or_insert_with(|| index.clone());
            }
        }
    }
}

/// Members of the state that declared ones stand for.
#[derive(Default)]
struct Met {
    /// The names of those that are the same but for what is not said.
    names: BTreeSet<String>,
    /// The columns of foreign keys that lead elsewhere now.
    replaced: BTreeSet<Vec<String>>,
}

/// Gives a key that `before` has on other columns, by its name, the declared ones; whether it has one.
///
/// What nobody says is the database's, and a key that is said is not: left there, it would go on refusing rows that the
/// declared one admits.
fn replace_key(
    table: &mut Table,
    before: &Table,
    (key, known_as): (&Constraint, Option<&BTreeSet<String>>),
    met: &mut Met,
) -> bool {
    let wanted = key.kind.key_columns();
    let is_there =
        key_like(before, &key.kind).is_some() || unique_index_on(before, wanted).is_some();
    let Some(known_as) = known_as.filter(|_| !is_there) else {
        return false;
    };
    let is_its_own = |name: &String| *name == key.name || known_as.contains(name);
    let is_another = |columns: &[String]| {
        let mut others = table.constraints.values();
        others.any(|other| {
            matches!(other.kind, ConstraintKind::Unique(_))
                && same_set(other.kind.key_columns(), columns)
        })
    };
    let constraint = before.constraints.values().find(|there| {
        matches!(there.kind, ConstraintKind::Unique(_))
            && is_its_own(&there.name)
            && !is_another(there.kind.key_columns())
    });
    let index = before.indexes.values().find(|there| {
        let columns = columns(there);
        there.unique
            && there.predicate.is_none()
            && is_its_own(&there.name)
            && columns.is_some_and(|columns| !is_another(&columns))
    });
    let name = match (constraint, index) {
        (Some(there), _) => {
            let name = there.name.clone();
            table.add_constraint(Constraint {
                name: name.clone(),
                ..key.clone()
            });
            name
        }
        (None, Some(there)) => {
            let name = there.name.clone();
            table.add_index(Index {
                keys: Index::on_columns(name.clone(), wanted.iter().cloned()).keys,
                ..there.clone()
            });
            name
        }
        (None, None) => return false,
    };
    met.names.insert(name);
    true
}

fn join_constraint(
    table: &mut Table,
    before: &Table,
    constraint: Constraint,
    facts: &Facts,
    met: &mut Met,
) {
    let may_be_another = facts.contains(&MemberFact::Details);
    let there = match &constraint.kind {
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) if may_be_another => {
            key_like(before, &constraint.kind).cloned()
        }
        ConstraintKind::ForeignKey(key) if may_be_another => {
            let there = foreign_key_like(before, key);
            let are_there = || key.columns.iter().all(|name| before.column(name).is_some());
            if there.is_none() && facts.contains(&MemberFact::Presence) && are_there() {
                return;
            }
            if there.is_none() {
                met.replaced.insert(key.columns.clone());
            }
            there.map(|(there, own)| Constraint {
                kind: ConstraintKind::ForeignKey(with_actions(own, key, facts)),
                ..there.clone()
            })
        }
        ConstraintKind::PrimaryKey(_)
        | ConstraintKind::Unique(_)
        | ConstraintKind::ForeignKey(_)
        | ConstraintKind::Check(_)
        | ConstraintKind::Exclusion(_) => None,
    };
    match (there, &constraint.kind) {
        (Some(there), _) => {
            met.names.insert(there.name.clone());
            let name = if facts.contains(&MemberFact::Name) {
                there.name.clone()
            } else {
                constraint.name
            };
            let unnamed = Unnamed(there.unnamed.0 && name == there.name);
            table.add_constraint(Constraint {
                name,
                unnamed,
                ..there
            });
        }
        // An index keeps the same rows apart.
        (None, ConstraintKind::Unique(key))
            if may_be_another && unique_index_on(before, &key.columns).is_some() => {}
        (None, _) => add(table, constraint, before),
    }
}

/// The key that is there on the same columns, in whatever order.
fn key_like<'a>(before: &'a Table, kind: &ConstraintKind) -> Option<&'a Constraint> {
    before.constraints.values().find(|there| {
        std::mem::discriminant(&there.kind) == std::mem::discriminant(kind)
            && same_set(there.kind.key_columns(), kind.key_columns())
    })
}

fn unique_index_on<'a>(before: &'a Table, wanted: &[String]) -> Option<&'a Index> {
    before.indexes.values().find(|index| {
        index.unique
            && index.predicate.is_none()
            && columns(index).is_some_and(|columns| same_set(&columns, wanted))
    })
}

/// Adds a constraint; one that `before` does not have under its name gets a name that is free there, too.
fn add(table: &mut Table, mut constraint: Constraint, before: &Table) {
    let is_there = before.constraints.get(&constraint.name);
    let is_same = is_there.is_some_and(|there| {
        std::mem::discriminant(&there.kind) == std::mem::discriminant(&constraint.kind)
            && there.kind.key_columns() == constraint.kind.key_columns()
    });
    if !is_same {
        let name = std::mem::take(&mut constraint.name);
        constraint.name = unused(name, |name| is_taken(table, before, name));
    }
    table.add_constraint(constraint);
}

fn is_taken(table: &Table, before: &Table, name: &str) -> bool {
    [table, before].iter().any(|one| {
        // A primary key that goes leaves its name.
        let constraint = one.constraints.get(name);
        let goes = |one: &Constraint| matches!(one.kind, ConstraintKind::PrimaryKey(_));
        constraint.is_some_and(|one| !goes(one)) || one.indexes.contains_key(name)
    })
}

/// The foreign key that is there on the same columns, to the same ones; of several, the one with the same actions.
fn foreign_key_like<'a>(
    before: &'a Table,
    key: &ForeignKey,
) -> Option<(&'a Constraint, &'a ForeignKey)> {
    let pairs = |key: &ForeignKey| -> BTreeSet<(String, String)> {
        let columns = key.columns.iter().cloned();
        columns
            .zip(key.referenced_columns.iter().cloned())
            .collect()
    };
    let wanted = pairs(key);
    let candidates = before.foreign_keys();
    let candidates = candidates
        .filter(|(_, there)| there.references == key.references && pairs(there) == wanted);
    candidates.max_by_key(|(_, there)| {
        (
            there.on_delete == key.on_delete,
            there.on_update == key.on_update,
        )
    })
}

fn with_actions(there: &ForeignKey, said: &ForeignKey, facts: &Facts) -> ForeignKey {
    let mut joined = there.clone();
    if !facts.contains(&MemberFact::OnDelete) {
        joined.on_delete = said.on_delete;
    }
    if !facts.contains(&MemberFact::OnUpdate) {
        joined.on_update = said.on_update;
    }
    if !matches!(joined.on_delete, Action::SetNull | Action::SetDefault) {
        joined.on_delete_columns.clear();
    }
    joined
}

fn join_index(table: &mut Table, before: &Table, mut index: Index, facts: &Facts, met: &mut Met) {
    let wanted = columns(&index);
    let there = before.indexes.values().find(|there| {
        facts.contains(&MemberFact::Details)
            && there.predicate.is_none()
            && there.unique == index.unique
            && columns(there) == wanted
    });
    match there {
        Some(there) => {
            met.names.insert(there.name.clone());
            let name = if facts.contains(&MemberFact::Name) {
                there.name.clone()
            } else {
                index.name
            };
            table.add_index(Index {
                name,
                ..there.clone()
            });
        }
        None => {
            index.name = unused(index.name, |name| is_taken(table, before, name));
            table.add_index(index);
        }
    }
}

/// The columns of an index that has no other keys.
fn columns(index: &Index) -> Option<Vec<String>> {
    let column = |target: &IndexTarget| match target {
        IndexTarget::Column(name) => Some(name.clone()),
        IndexTarget::Expression(_) => None,
    };
    index.keys.iter().map(|key| column(&key.target)).collect()
}

fn same_set(one: &[String], other: &[String]) -> bool {
    let set = |names: &[String]| -> BTreeSet<String> { names.iter().cloned().collect() };
    one.len() == other.len() && set(one) == set(other)
}
