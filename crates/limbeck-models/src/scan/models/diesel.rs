//! Tables of Diesel that are models by themselves, and the foreign keys that their joins follow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use limbeck_core::schema::{ConstraintKind, ForeignKey, MemberFact, QualifiedName};
use proc_macro2::{Ident, Span};

use crate::column::column_name;
use crate::diesel::Joinable;
use crate::scan::diesel_file::{Patch, SchemaFiles};
use crate::scan::diesel_patch::{self, TakenOut};
use crate::scan::resolve::{Found, resolve};
use crate::scan::table_call::Call;
use crate::scan::tree::{Extern, ModuleId, Tree, UsePath, display};
use crate::scan::{ScanError, SourceLocation};
use crate::vocabulary::Vocabulary;

use super::names::{Member, MemberKind};
use super::relation::leave;
use super::{Model, Sources};

/// A join by a column of one's own.
pub(crate) struct Join {
    /// Where it is said, or where the column is.
    span: Span,
    /// The column.
    pub(crate) column: Ident,
    /// The other table, in the list of the models.
    parent: usize,
}

/// Reads the tables, and how they are joined.
pub(super) fn gather(
    sources: &mut Sources<'_>,
    counts: &dyn Fn(usize) -> bool,
    files: &SchemaFiles,
    errors: &mut Vec<ScanError>,
) {
    let tree = sources.tree;
    let own: BTreeSet<QualifiedName> = sources
        .models
        .iter()
        .filter(|model| model.counts)
        .map(|model| model.table.qualified_name())
        .collect();
    let mut by_module: BTreeMap<ModuleId, usize> = BTreeMap::new();
    let mut by_place: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
    for call in &tree.diesel.tables {
        let is_of_database = is_counted(tree, call, counts) && files.count(&tree.files[call.file]);
        let called = match &call.read {
            Ok(called) => called,
            Err(fault) => {
                if is_of_database && is_diesels(tree, call, MayBe::Anybodys) {
                    errors.push(ScanError::of_grammar(tree, call.file, fault.clone()));
                }
                continue;
            }
        };
        if !is_diesels(tree, call, MayBe::Diesels) {
            continue;
        }
        let table = called.call.table.clone();
        let start = table.span().start();
        let place = (call.file, start.line, start.column);
        // A library and a binary may both name the file.
        if let Some(first) = by_place.get(&place) {
            by_module.insert(called.inner, *first);
            continue;
        }
        let position = sources.models.len();
        by_module.insert(called.inner, position);
        by_place.insert(place, position);
        sources.models.push(Model {
            item: None,
            module: called.inner,
            file: call.file,
            // Who derives `Table` for the same table says more of it.
            counts: is_of_database && !own.contains(&table.qualified_name()),
            table,
            vocabulary: Vocabulary::Diesel,
            relations: Vec::new(),
            joins: Vec::new(),
            lines: called.call.lines,
            left_out: BTreeSet::new(),
            facts: Vec::new(),
        });
    }
    leave_taken_out(sources, files, &by_place, errors);
    for call in &tree.diesel.joinables {
        if !is_counted(tree, call, counts) || !is_diesels(tree, call, MayBe::Anybodys) {
            continue;
        }
        let joined = match &call.read {
            Ok(joinable) => join(sources, &by_module, call, joinable),
            Err(fault) => Err(ScanError::of_grammar(tree, call.file, fault.clone())),
        };
        match joined {
            Ok((child, join)) => {
                let joins = &mut sources.models[child].joins;
                let is_same = |one: &Join| one.parent == join.parent && one.column == join.column;
                if !joins.iter().any(is_same) {
                    joins.push(join);
                }
            }
            Err(error) if files.count(&tree.files[call.file]) => errors.push(error),
            Err(_) => {}
        }
    }
}

/// Leaves to the database the columns that a patch on the file has taken out.
fn leave_taken_out(
    sources: &mut Sources<'_>,
    files: &SchemaFiles,
    by_place: &BTreeMap<(usize, usize, usize), usize>,
    errors: &mut Vec<ScanError>,
) {
    let tree = sources.tree;
    let with_tables: BTreeSet<usize> = by_place
        .iter()
        .filter(|(_, position)| sources.models[**position].counts)
        .map(|((file, _, _), _)| *file)
        .collect();
    for file in with_tables {
        let name = &tree.files[file];
        let text = |path: &Path| match tree.within.outside(path) {
            Some(_) => Err(io::Error::other("it lies outside of the checkout")),
            None => fs::read_to_string(path),
        };
        let (path, read) = match files.patch(sources.root, name) {
            Patch::Named(path) => (path.clone(), text(&path)),
            Patch::Beside(path) if !path.exists() => continue,
            Patch::Beside(path) => (path.clone(), text(&path)),
        };
        let read = read.and_then(|patch| Ok((patch, text(&sources.root.join(name))?)));
        let (patch, schema) = match read {
            Ok(read) => read,
            Err(error) => {
                errors.push(ScanError::in_file(
                    Path::new(&display(sources.root, &path)),
                    format!("the patch on {name} cannot be read, so the columns that it takes out would be dropped: {error}"),
                    "make the patch, or take `patch_file` out of diesel.toml",
                ));
                continue;
            }
        };
        let patch = diesel_patch::read(&patch, &schema);
        for model in &mut sources.models {
            let (first, last) = model.lines;
            if model.file == file {
                let within = |one: &&TakenOut| (first + 1..=last).contains(&one.line);
                let columns = patch.taken_out.iter().filter(within);
                model.left_out.extend(columns.map(|one| one.column.clone()));
            }
        }
        for line in patch.without_place {
            errors.push(ScanError::at(
                SourceLocation {
                    file: display(sources.root, &path),
                    line: u32::try_from(line).unwrap_or(u32::MAX),
                    column: 1,
                },
                format!("this hunk fits nowhere in {name}: which table the columns are of that it takes out is not known"),
                "make the patch anew",
            ));
        }
    }
}

fn is_counted<T>(tree: &Tree, call: &Call<T>, counts: &dyn Fn(usize) -> bool) -> bool {
    counts(tree.crates[tree.modules[call.module].krate].package)
}

/// What a macro of which only the last name is said may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MayBe {
    /// Diesel's: it has the form of it.
    Diesels,
    /// Another one of the same name.
    Anybodys,
}

fn is_diesels<T>(tree: &Tree, call: &Call<T>, otherwise: MayBe) -> bool {
    match resolve(tree, call.module, &call.path) {
        Some(Found::Foreign(path)) => path.first().is_some_and(|krate| krate == "diesel"),
        // `#[macro_use] extern crate diesel`.
        Some(Found::Module(_) | Found::Item(_)) | None if call.path.segments.len() == 1 => {
            otherwise == MayBe::Diesels || depends_on_diesel(tree, call.module)
        }
        Some(Found::Module(_) | Found::Item(_)) | None => false,
    }
}

fn depends_on_diesel(tree: &Tree, module: ModuleId) -> bool {
    let krate = &tree.crates[tree.modules[module].krate];
    let is_diesel = |one: &Extern| matches!(one, Extern::Foreign(name) if name == "diesel");
    krate.externs.values().any(is_diesel)
}

fn join(
    sources: &Sources<'_>,
    by_module: &BTreeMap<ModuleId, usize>,
    call: &Call<Joinable>,
    joinable: &Joinable,
) -> Result<(usize, Join), ScanError> {
    let span = joinable.column.span();
    let place = sources.place(call.file, span);
    let table = |path: &syn::Path| {
        let written = UsePath::of(path);
        let found = match resolve(sources.tree, call.module, &written) {
            Some(Found::Module(module)) => by_module.get(&module).copied(),
            Some(Found::Item(_) | Found::Foreign(_)) | None => None,
        };
        found.ok_or_else(|| {
            ScanError::at(
                place.clone(),
                format!("`{}` is no table of Diesel", written.segments.join("::")),
                "name the module that its `table!` makes",
            )
        })
    };
    let (child, parent) = (table(&joinable.child)?, table(&joinable.parent)?);
    let (model, target) = (&sources.models[child], &sources.models[parent]);
    let Some(column) = model.table.column(&joinable.column) else {
        return Err(ScanError::at(
            place,
            format!(
                "`{}` has no column `{}`",
                model.table.ident,
                column_name(&joinable.column)
            ),
            "name the column that holds the key of the other table",
        ));
    };
    if target.table.key_columns().len() != 1 {
        return Err(ScanError::at(
            place,
            format!(
                "the primary key of `{}` is not one column",
                target.table.ident
            ),
            "remove this `joinable!`, and say the columns where the tables are joined",
        ));
    }
    let span = if call.file == model.file {
        span
    } else {
        column.field.span()
    };
    let column = column.field.clone();
    Ok((
        child,
        Join {
            span,
            column,
            parent,
        },
    ))
}

/// The foreign keys that the joins of a table follow. A column that leads to several tables has none.
pub(super) fn foreign_keys(sources: &Sources<'_>, model: &Model) -> Vec<Member> {
    let leads_to_one = |join: &&Join| {
        let mut others = model
            .joins
            .iter()
            .filter(|other| other.column == join.column);
        others.all(|other| other.parent == join.parent)
    };
    let joins = model.joins.iter().filter(leads_to_one);
    joins
        .filter_map(|join| foreign_key(sources, model, join))
        .collect()
}

fn foreign_key(sources: &Sources<'_>, model: &Model, join: &Join) -> Option<Member> {
    let column = model.table.column(&join.column)?;
    let target = &sources.models[join.parent];
    if !target.counts {
        return None;
    }
    let key = target.table.key_columns();
    let key = key.first()?;
    let columns = vec![column.name.value.clone()];
    let foreign_key = ForeignKey::new(
        columns.clone(),
        target.table.qualified_name(),
        vec![key.name.value.clone()],
    );
    let mut member = Member {
        name: None,
        span: join.span,
        path: model.field_path(column),
        columns,
        comment: None,
        known_as: std::collections::BTreeSet::new(),
        unsaid: [
            MemberFact::OnDelete,
            MemberFact::OnUpdate,
            MemberFact::Presence,
        ]
        .into(),
        kind: MemberKind::Constraint(ConstraintKind::ForeignKey(foreign_key)),
    };
    leave(&mut member);
    Some(member)
}
