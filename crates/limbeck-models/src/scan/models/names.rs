//! Names of constraints and indexes: those that were given, then those from templates.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::schema::naming::{self, LONGEST_NAME};
use limbeck_core::schema::{
    Constraint, ConstraintKind, Index, MemberFact, Models, Object, QualifiedName, Table,
};
use proc_macro2::Span;

use crate::attribute::Located;
use crate::default_name;
use crate::scan::{NameLength, ScanError, SourceLocation};

use super::{Model, Sources, record};

/// A constraint or an index on its way to a name.
pub(crate) struct Member {
    /// The name, where one is given.
    pub(crate) name: Option<Located<String>>,
    /// Where it stands.
    pub(crate) span: Span,
    /// The Rust path of what declares it.
    pub(crate) path: String,
    /// The columns for the template.
    pub(crate) columns: Vec<String>,
    /// Its comment.
    pub(crate) comment: Option<String>,
    /// The names that it has in databases, where the word that its source calls it by is none.
    pub(crate) known_as: BTreeSet<String>,
    /// What its source does not say of it.
    pub(crate) unsaid: BTreeSet<MemberFact>,
    /// What it is.
    pub(crate) kind: MemberKind,
}

/// What a member is.
pub(crate) enum MemberKind {
    Constraint(ConstraintKind),
    Index(Index),
}

/// The name in `unique = "name"`.
pub(crate) fn given(declared: &Located<Option<String>>) -> Option<Located<String>> {
    let name = declared.value.clone()?;
    Some(Located::new(name, declared.span))
}

/// The names that are taken, with where they were given.
#[derive(Default)]
struct Taken {
    /// Tables, indexes, and constraints that have an index: PostgreSQL keeps them in one list for
    /// each schema.
    relations: BTreeMap<QualifiedName, Option<SourceLocation>>,
    /// Constraints, by table.
    constraints: BTreeMap<(QualifiedName, String), Option<SourceLocation>>,
}

/// Gives every member its name and puts it into its table.
pub(crate) fn assign(
    sources: &Sources<'_>,
    members: Vec<Vec<Member>>,
    models: &mut Models,
    errors: &mut Vec<ScanError>,
) {
    let mut by_table: Vec<(&Model, Vec<Member>)> = sources.models.iter().zip(members).collect();
    by_table.sort_by(|(left, _), (right, _)| {
        let names = left
            .table
            .qualified_name()
            .cmp(&right.table.qualified_name());
        names.then(left.item.cmp(&right.item))
    });
    let mut taken = Taken::default();
    for (model, _) in &by_table {
        check_lengths(sources, model, errors);
        let place = sources.place(model.file, model.table.span());
        let name = model.table.qualified_name();
        taken.relations.insert(name, Some(place));
    }
    for (model, members) in &by_table {
        for member in members {
            take(sources, model, member, &mut taken, errors);
        }
    }
    for (model, members) in by_table {
        for member in members {
            name_member(sources, model, member, &mut taken, models);
        }
    }
}

fn has_index(kind: &MemberKind) -> bool {
    match kind {
        MemberKind::Index(_) => true,
        MemberKind::Constraint(kind) => matches!(
            kind,
            ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::Exclusion(_)
        ),
    }
}

fn take(
    sources: &Sources<'_>,
    model: &Model,
    member: &Member,
    taken: &mut Taken,
    errors: &mut Vec<ScanError>,
) {
    let Some(name) = &member.name else {
        return;
    };
    let place = sources.place(model.file, name.span);
    let text = &name.value;
    check_length(sources, &place, text, errors);
    let table = model.table.qualified_name();
    let mut first = None;
    if let MemberKind::Constraint(_) = member.kind {
        let key = (table.clone(), text.clone());
        first = taken.constraints.insert(key, Some(place.clone())).flatten();
    }
    if has_index(&member.kind) {
        let other = taken
            .relations
            .insert(table.sibling(text.clone()), Some(place.clone()))
            .flatten();
        first = first.or(other);
    }
    if let Some(first) = first {
        errors.push(ScanError::at(
            place,
            format!("the name `{text}` is taken at {first}"),
            "give one of them another name",
        ));
    }
}

fn check_lengths(sources: &Sources<'_>, model: &Model, errors: &mut Vec<ScanError>) {
    let names = std::iter::once(&model.table.name)
        .chain(model.table.columns.iter().map(|column| &column.name));
    for name in names {
        let place = sources.place(model.file, name.span);
        check_length(sources, &place, &name.value, errors);
    }
}

/// PostgreSQL cuts a longer name in silence, and then finds it changed for ever.
fn check_length(
    sources: &Sources<'_>,
    place: &SourceLocation,
    name: &str,
    errors: &mut Vec<ScanError>,
) {
    if sources.options.names == NameLength::OfPostgres && name.len() > LONGEST_NAME {
        errors.push(ScanError::at(
            place.clone(),
            format!(
                "the name `{name}` has {} bytes, and PostgreSQL would cut it after {LONGEST_NAME}",
                name.len()
            ),
            "shorten it",
        ));
    }
}

fn name_member(
    sources: &Sources<'_>,
    model: &Model,
    member: Member,
    taken: &mut Taken,
    models: &mut Models,
) {
    let table = model.table.qualified_name();
    let is_relation = has_index(&member.kind);
    let name = match &member.name {
        Some(name) => name.value.clone(),
        None => naming::unused(default_name(sources, &table, &member), |name| {
            let key = (table.clone(), name.to_owned());
            taken.constraints.contains_key(&key)
                || (is_relation && taken.relations.contains_key(&table.sibling(name)))
        }),
    };
    if is_relation {
        taken
            .relations
            .entry(table.sibling(name.clone()))
            .or_insert(None);
    }
    let origin = sources.origin(model.file, member.span, member.path);
    let entry = models
        .schema
        .tables
        .entry(table.clone())
        .or_insert_with(|| Table::new(table.clone()));
    if !member.known_as.is_empty() {
        entry.known_as.insert(name.clone(), member.known_as);
    }
    if !member.unsaid.is_empty() {
        entry.unsaid_of.insert(name.clone(), member.unsaid);
    }
    match member.kind {
        MemberKind::Constraint(kind) => {
            taken
                .constraints
                .entry((table.clone(), name.clone()))
                .or_insert(None);
            entry.add_constraint(Constraint {
                comment: member.comment,
                ..Constraint::new(name.clone(), kind)
            });
            record(models, Object::Constraint(table, name), origin);
        }
        MemberKind::Index(index) => {
            entry.add_index(Index {
                name: name.clone(),
                ..index
            });
            record(models, Object::Index(table, name), origin);
        }
    }
}

fn default_name(sources: &Sources<'_>, table: &QualifiedName, member: &Member) -> String {
    let naming = &sources.options.conventions.naming;
    match &member.kind {
        MemberKind::Index(index) => {
            default_name::of_index(naming, table, index.unique, &member.columns)
        }
        MemberKind::Constraint(kind) => {
            default_name::of_constraint(naming, table, kind, &member.columns)
        }
    }
}
