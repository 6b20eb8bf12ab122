//! Renames: the decided ones are applied before anything is compared, the likely ones are asked about.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{self, TableColumn};
use super::{Context, Decisions, Undecided};
use crate::op::{ColumnOp, EnumOp, Operation, SequenceOp, TableOp};
use crate::schema::{
    Column, EnumType, Object, QualifiedName, RenamedFrom, Schema, Sequence, Table, distance, naming,
};

/// Pushes the decided renames of tables, enum types and columns, and returns `before` after them.
pub(super) fn apply_decided<'a>(
    context: &mut Context<'_>,
    before: &'a Schema,
    target: &Schema,
) -> Cow<'a, Schema> {
    if context.decisions.renames.is_empty() {
        return Cow::Borrowed(before);
    }
    let mut state = before.clone();
    // Tables first, since a column's rename names its table as the models do.
    let decided = &context.decisions.renames;
    let (of_columns, of_others): (Vec<&RenamedFrom>, Vec<&RenamedFrom>) = decided
        .iter()
        .partition(|rename| matches!(rename, RenamedFrom::Column { .. }));
    for renames in [of_others, of_columns] {
        let mut moves: Vec<Move> = renames.into_iter().filter_map(Move::of).collect();
        keep_possible(&mut moves, &state, target);
        while !moves.is_empty() {
            let free = moves.iter().position(|one| !one.is_in(&state, &one.to));
            let operation = match free {
                Some(place) => moves.remove(place).operation(),
                // A circle opens when one of its names steps aside.
                None => moves[0].step_aside(),
            };
            if operation.apply(&mut state, context.dialect).is_err() {
                break;
            }
            context.push(operation);
        }
    }
    Cow::Owned(state)
}

/// Leaves the renames whose `from` is in the state and goes, and whose `to` is free or becomes so:
/// tables, types or columns may pass their names on in a chain, or in a circle.
fn keep_possible(moves: &mut Vec<Move>, state: &Schema, target: &Schema) {
    loop {
        let count = moves.len();
        let others = moves.clone();
        let mut seen: Vec<Move> = Vec::new();
        moves.retain(|one| {
            let same_kind = |other: &&Move| other.owner == one.owner && other.kind == one.kind;
            let becomes_free = others
                .iter()
                .filter(same_kind)
                .any(|other| other.from == one.to);
            let comes_again = others
                .iter()
                .filter(same_kind)
                .any(|other| other.to == one.from);
            let twice = seen
                .iter()
                .filter(same_kind)
                .any(|other| other.from == one.from || other.to == one.to);
            seen.push(one.clone());
            !twice
                && one.is_in(state, &one.from)
                && one.is_in(target, &one.to)
                && (becomes_free || !one.is_in(state, &one.to))
                && (comes_again || !one.is_in(target, &one.from))
        });
        if moves.len() == count {
            return;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    Enum,
    Sequence,
    Column,
}

/// A rename that is to be made.
#[derive(Debug, Clone)]
struct Move {
    kind: Kind,
    /// The table of a column.
    owner: Option<QualifiedName>,
    from: QualifiedName,
    to: QualifiedName,
}

impl Move {
    fn of(rename: &RenamedFrom) -> Option<Self> {
        let (kind, owner, from, to) = match rename {
            RenamedFrom::Table { from, to } => (Kind::Table, None, from.clone(), to.clone()),
            RenamedFrom::Enum { from, to } => (Kind::Enum, None, from.clone(), to.clone()),
            RenamedFrom::Sequence { from, to } => (Kind::Sequence, None, from.clone(), to.clone()),
            RenamedFrom::Column { table, from, to } => (
                Kind::Column,
                Some(table.clone()),
                QualifiedName::new(from),
                QualifiedName::new(to),
            ),
            // Values are renamed along with what else changes of their type.
            RenamedFrom::EnumValue { .. } => return None,
        };
        (from != to).then_some(Self {
            kind,
            owner,
            from,
            to,
        })
    }

    /// Whether it takes the name that `other` gives away its own for.
    fn follows(&self, other: &Self) -> bool {
        (self.kind, &self.owner, &self.from) == (other.kind, &other.owner, &other.to)
    }

    fn is_in(&self, schema: &Schema, name: &QualifiedName) -> bool {
        match self.kind {
            Kind::Table => schema.tables.contains_key(name),
            Kind::Enum => schema.enums.contains_key(name),
            Kind::Sequence => schema.sequences.contains_key(name),
            Kind::Column => {
                let table = self.owner.as_ref();
                let table = table.and_then(|table| schema.tables.get(table));
                table.is_some_and(|table| table.column(&name.name).is_some())
            }
        }
    }

    fn operation(&self) -> Operation {
        let (from, to) = (self.from.clone(), self.to.clone());
        match (self.kind, &self.owner) {
            (Kind::Enum, _) => Operation::Enum(EnumOp::Rename { from, to }),
            (Kind::Sequence, _) => Operation::Sequence(SequenceOp::Rename { from, to }),
            (Kind::Column, Some(table)) => Operation::Column(ColumnOp::Rename {
                table: table.clone(),
                from: from.name,
                to: to.name,
            }),
            (Kind::Table | Kind::Column, _) => Operation::Table(TableOp::Rename { from, to }),
        }
    }

    /// The rename to a name of nobody's, from which the move goes on.
    fn step_aside(&mut self) -> Operation {
        let aside = self
            .from
            .sibling(naming::cut(&format!("limbeck_former_{}", self.from.name)));
        let operation = Self {
            to: aside.clone(),
            ..self.clone()
        }
        .operation();
        self.from = aside;
        operation
    }
}

/// The hints that can act. In a circle each has what it would become in the state already, now and
/// after every rename; as answers, given once, they swap.
pub fn acting_hints(hints: &[RenamedFrom]) -> impl Iterator<Item = &RenamedFrom> {
    let moves: Vec<Move> = hints.iter().filter_map(Move::of).collect();
    hints.iter().filter(move |hint| {
        let Some(first) = Move::of(hint) else {
            return true;
        };
        let mut last = &first;
        for _ in &moves {
            let next = moves.iter().find(|next| next.follows(last));
            let Some(next) = next else { return true };
            if next.to == first.from {
                return false;
            }
            last = next;
        }
        true
    })
}

/// The hints that do nothing any more against `before`: the rename was made, or never can be.
pub fn spent_hints<'a>(before: &Schema, hints: &'a [RenamedFrom]) -> Vec<&'a RenamedFrom> {
    let moves: Vec<Move> = hints.iter().filter_map(Move::of).collect();
    let is_spent = |hint: &RenamedFrom| match (hint, Move::of(hint)) {
        // The table may have another name there.
        (RenamedFrom::Column { table, .. }, _) if !before.tables.contains_key(table) => false,
        (_, Some(one)) => {
            let passed_on = moves.iter().any(|next| next.follows(&one));
            !one.is_in(before, &one.from) || (one.is_in(before, &one.to) && !passed_on)
        }
        (
            RenamedFrom::EnumValue {
                enum_type,
                from,
                to,
            },
            None,
        ) => before.enums.get(enum_type).is_some_and(|enum_type| {
            !enum_type.values.contains(from) || enum_type.values.contains(to)
        }),
        (_, None) => true,
    };
    hints.iter().filter(|hint| is_spent(hint)).collect()
}

/// Asks about tables that one side has alone and that look alike. Returns the dropped ones asked about.
pub(super) fn ask_about_tables<'a>(
    context: &mut Context<'_>,
    (before, dropped): (&Schema, &[&'a Table]),
    (target, added): (&Schema, &[&Table]),
) -> Vec<&'a QualifiedName> {
    let dialect = context.dialect;
    let open = dropped.iter().copied();
    let open: Vec<&Table> = open
        .filter(|from| asks(context.decisions, &Object::Table(from.name.clone())))
        .collect();
    let pairs = nearest(&open, added, |from, to| {
        let common = evidence::common_columns((before, from), to, dialect);
        let is_alike = common * 2 > from.columns.len().max(to.columns.len());
        is_alike.then(|| (common, nearness(&from.name.name, &to.name.name)))
    });
    let mut asked = Vec::new();
    for (from, to) in pairs {
        context.undecided.push(Undecided::Rename {
            from: Object::Table(from.name.clone()),
            to: Object::Table(to.name.clone()),
            evidence: evidence::of_tables((before, from), (target, to), dialect).join(", "),
            flag: String::new(),
        });
        asked.push(&from.name);
    }
    asked
}

/// Pairs of what goes and what comes, in the order of the latter. Each is in one pair at most, and the nearest are put
/// together first: what comes earlier in the models takes nothing that is more like what comes later.
fn nearest<'a, 'b, T, K: Ord>(
    dropped: &[&'a T],
    added: &[&'b T],
    rank: impl Fn(&'a T, &'b T) -> Option<K>,
) -> Vec<(&'a T, &'b T)> {
    let mut ranked = Vec::new();
    for (to_place, to) in added.iter().enumerate() {
        for (from_place, from) in dropped.iter().enumerate().rev() {
            let rank = rank(from, to);
            ranked.extend(rank.map(|rank| (rank, from_place, to_place)));
        }
    }
    ranked.sort_by(|(one, ..), (other, ..)| other.cmp(one));
    let mut pairs: BTreeMap<usize, usize> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (_, from, to) in ranked {
        if !pairs.contains_key(&to) && taken.insert(from) {
            pairs.insert(to, from);
        }
    }
    let pairs = pairs.into_iter();
    pairs.map(|(to, from)| (dropped[from], added[to])).collect()
}

/// Asks about columns of one table that look alike. Returns whether anything was asked.
pub(super) fn ask_about_columns(
    context: &mut Context<'_>,
    (before, state): (&Table, &Schema),
    target: &Table,
    dropped: &[&Column],
    added: &[&Column],
) -> bool {
    let dialect = context.dialect;
    let open = dropped.iter().copied();
    let open: Vec<&Column> = open
        .filter(|from| {
            let object = Object::Column(before.name.clone(), from.name.clone());
            asks(context.decisions, &object)
        })
        .collect();
    let sides = |from, to| {
        (
            TableColumn {
                table: before,
                column: from,
            },
            TableColumn {
                table: target,
                column: to,
            },
        )
    };
    let pairs = nearest(&open, added, |from, to| {
        let is_of_one_type = evidence::is_of_one_type(from, to, state, dialect);
        (is_of_one_type || is_slip(&from.name, &to.name)).then(|| {
            let (one, other) = sides(from, to);
            (
                is_of_one_type,
                from.data_type == to.data_type,
                one.neighbour() == other.neighbour(),
                from.nullable == to.nullable,
                evidence::common_members(one, other, dialect).len(),
                nearness(&from.name, &to.name),
            )
        })
    });
    for (from, to) in &pairs {
        let (one, other) = sides(from, to);
        context.undecided.push(Undecided::Rename {
            from: Object::Column(before.name.clone(), from.name.clone()),
            to: Object::Column(target.name.clone(), to.name.clone()),
            evidence: evidence::of_columns((state, one), other, dialect).join(", "),
            flag: String::new(),
        });
    }
    !pairs.is_empty()
}

/// Asks about an enum type that has most of the values of one that comes. Returns whether it did.
pub(super) fn ask_about_enum(
    context: &mut Context<'_>,
    (before, from): (&Schema, &EnumType),
    (target, added): (&Schema, &[&EnumType]),
) -> bool {
    let object = Object::Enum(from.name.clone());
    if !asks(context.decisions, &object) {
        return false;
    }
    let best = added
        .iter()
        .map(|to| (evidence::common_values(from, to), to))
        .filter(|(common, to)| {
            let longest = from.values.len().max(to.values.len());
            from.values == to.values || common * 2 > longest
        })
        .max_by_key(|(common, to)| (*common, nearness(&from.name.name, &to.name.name)));
    let Some((_, to)) = best else {
        return false;
    };
    context.undecided.push(Undecided::Rename {
        from: object,
        to: Object::Enum(to.name.clone()),
        evidence: evidence::of_enums((before, from), (target, to)).join(", "),
        flag: String::new(),
    });
    true
}

/// Asks about a sequence that does for the same columns what one that comes will do, or that is
/// like it. Returns whether it did.
pub(super) fn ask_about_sequence(
    context: &mut Context<'_>,
    (before, from): (&Schema, &Sequence),
    (target, added): (&Schema, &[&Sequence]),
) -> bool {
    let object = Object::Sequence(from.name.clone());
    if !asks(context.decisions, &object) {
        return false;
    }
    let is_asked = |name: &QualifiedName| {
        let name = Object::Sequence(name.clone());
        context
            .undecided
            .iter()
            .any(|one| matches!(one, Undecided::Rename { to, .. } if *to == name))
    };
    let best = added
        .iter()
        .filter(|to| !is_asked(&to.name))
        .map(|to| (evidence::of_sequences((before, from), (target, to)), to))
        .filter(|(evidence, _)| !evidence.is_empty())
        .max_by_key(|(evidence, to)| (evidence.len(), nearness(&from.name.name, &to.name.name)));
    let Some((evidence, to)) = best else {
        return false;
    };
    context.undecided.push(Undecided::Rename {
        from: object,
        to: Object::Sequence(to.name.clone()),
        evidence: evidence.join(", "),
        flag: String::new(),
    });
    true
}

/// Asks about values that go and others that come in their place, beside the same ones, or under a
/// name that is nearly theirs.
pub(super) fn ask_about_values(
    context: &mut Context<'_>,
    from: &EnumType,
    to: &EnumType,
    removed: &[&str],
    added: &[&str],
) {
    let mut taken = Vec::new();
    for old in removed {
        let object = Object::EnumValue(from.name.clone(), (*old).to_owned());
        if !asks(context.decisions, &object) {
            continue;
        }
        let near = |new: &str| {
            let longest = old.chars().count().max(new.chars().count());
            distance(old, new) * 2 <= longest
        };
        let best = added
            .iter()
            .filter(|new| !taken.contains(*new))
            .map(|new| (evidence::of_values((from, old), (to, new)), new))
            .filter(|(evidence, new)| {
                evidence.len() > 1 || near(new) || evidence.contains(&"same place".to_owned())
            })
            .max_by_key(|(evidence, new)| (near(new), evidence.len(), nearness(old, new)));
        if let Some((evidence, new)) = best {
            taken.push(*new);
            context.undecided.push(Undecided::Rename {
                from: object,
                to: Object::EnumValue(to.name.clone(), (*new).to_owned()),
                evidence: evidence.join(", "),
                flag: String::new(),
            });
        }
    }
}

/// Whether one name is the other but for a letter, as `amount` and `amounts`: then another type does not make it another
/// column. Columns that belong together, as `line1` and `line2`, are no further apart where their names are short.
fn is_slip(from: &str, to: &str) -> bool {
    let longest = from.chars().count().max(to.chars().count());
    distance(from, to) * 5 < longest
}

/// Greater where two names are nearer.
fn nearness(from: &str, to: &str) -> Reverse<usize> {
    Reverse(distance(from, to))
}

/// Whether a question about `from` is open: its drop is not decided.
pub(super) fn asks(decisions: &Decisions, from: &Object) -> bool {
    decisions.when_undecided == super::WhenUndecided::Ask && !decisions.drops.contains(from)
}
