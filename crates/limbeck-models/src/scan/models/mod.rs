//! Declarations to models: every type resolved, every member named, every reference checked.

mod column;
mod constraint;
mod diesel;
mod enum_type;
mod index;
mod names;
mod relation;
mod table;
mod written_out;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use limbeck_core::schema::{IdentityKind, Models, Object, Origin, QualifiedName};
use proc_macro2::Span;

use crate::column::ColumnDeclaration;
use crate::entity::{self, Relation, Version};
use crate::enum_type::derive_paths;
use crate::error::{GrammarError, not_a_struct, not_an_enum};
use crate::table::{TableDeclaration, read_table};
use crate::vocabulary::Vocabulary;

use super::diesel_file::SchemaFiles;
use super::misspelt::near_misses;
use super::resolve::{is_certainly_ours, is_our_derive};
use super::tree::{ItemId, ItemKind, ModuleId, Tree};
use super::unseen::refuse_rewriting;
use super::{Entities, ScanError, ScanOptions, SourceLocation};

use self::column::ColumnFacts;
use self::diesel::Join;
use self::enum_type::Enums;

/// A struct that declares a table, with what is known of its columns.
pub(crate) struct Model {
    /// The struct; none where a macro says the table.
    pub(crate) item: Option<ItemId>,
    /// The module that its paths start from.
    pub(crate) module: ModuleId,
    /// The file.
    pub(crate) file: usize,
    /// What it says.
    pub(crate) table: TableDeclaration,
    /// Whose words it is in.
    pub(crate) vocabulary: Vocabulary,
    /// The relations that its foreign keys follow from, where those are not the table's own words.
    pub(crate) relations: Vec<Relation>,
    /// The joins of Diesel that its foreign keys follow.
    pub(crate) joins: Vec<Join>,
    /// The lines of a macro between which its columns stand.
    pub(crate) lines: (usize, usize),
    /// Columns that it leaves out on purpose.
    pub(crate) left_out: BTreeSet<String>,
    /// Whether its package counts.
    pub(crate) counts: bool,
    /// What is known of each column; `None` where that is an error.
    pub(crate) facts: Vec<Option<ColumnFacts>>,
}

impl Model {
    /// The column of a field, with its facts.
    pub(crate) fn column(
        &self,
        field: &proc_macro2::Ident,
    ) -> Option<(&ColumnDeclaration, Option<&ColumnFacts>)> {
        let column = self.table.column(field)?;
        let position = self
            .table
            .columns
            .iter()
            .position(|other| std::ptr::eq(other, column))?;
        Some((column, self.facts.get(position).and_then(Option::as_ref)))
    }

    /// `Task::title`.
    pub(crate) fn field_path(&self, column: &ColumnDeclaration) -> String {
        format!("{}::{}", self.table.ident, column.field)
    }
}

/// What every part of the build reads.
pub(crate) struct Sources<'a> {
    pub(crate) tree: &'a Tree,
    /// The folder of the project.
    pub(crate) root: &'a Path,
    pub(crate) options: &'a ScanOptions,
    /// The version of SeaORM that the project uses.
    pub(crate) sea_orm: Version,
    /// The models, in the order of the sources.
    pub(crate) models: Vec<Model>,
    /// The model of a struct; `None` where its declaration is an error.
    pub(crate) by_item: BTreeMap<ItemId, Option<usize>>,
    /// Every item by the first one that stands in the same place: a library and a binary may both
    /// name a file.
    same: Vec<ItemId>,
}

impl Sources<'_> {
    /// Where a token of a file stands.
    pub(crate) fn place(&self, file: usize, span: Span) -> SourceLocation {
        self.tree.place(file, span)
    }

    /// How SeaORM has the server number keys.
    pub(crate) fn sea_orm_identity(&self) -> IdentityKind {
        match self.sea_orm {
            Version::One => IdentityKind::Serial,
            Version::Two => IdentityKind::ByDefault,
        }
    }

    /// The one item that stands for all that were read from the same place.
    pub(crate) fn same(&self, item: ItemId) -> ItemId {
        self.same[item]
    }

    /// The origin of something that a model declares.
    pub(crate) fn origin(&self, file: usize, span: Span, path: String) -> Origin {
        let place = self.place(file, span);
        Origin {
            file: place.file,
            line: place.line,
            path,
        }
    }
}

/// Builds the models of the packages that count.
pub(crate) fn build(
    (root, tree): (&Path, &Tree),
    counts: &dyn Fn(usize) -> bool,
    options: &ScanOptions,
    (sea_orm, files): (&dyn Fn() -> Version, &SchemaFiles),
    (errors, warnings): (&mut Vec<ScanError>, &mut Vec<ScanError>),
) -> Models {
    let mut sources = Sources {
        tree,
        root,
        options,
        sea_orm: Version::default(),
        models: Vec::new(),
        by_item: BTreeMap::new(),
        same: same_places(tree),
    };
    let mut enums = Enums::default();
    gather(&mut sources, counts, &mut enums, errors);
    if gather_entities(&mut sources, counts, errors, warnings) {
        sources.sea_orm = sea_orm();
    }
    diesel::gather(&mut sources, counts, files, errors);
    for position in 0..sources.models.len() {
        let facts = column::facts(
            &sources,
            &sources.models[position],
            &mut enums,
            (&mut *errors, &mut *warnings),
        );
        sources.models[position].facts = facts;
    }
    let mut models = Models::default();
    check_table_names(&sources, errors);
    enums.declare(&sources, &mut models, errors);
    let members: Vec<_> = sources
        .models
        .iter()
        .map(|model| table::members(&sources, model, errors))
        .collect();
    names::assign(&sources, members, &mut models, errors);
    for model in sources.models.iter().filter(|model| model.counts) {
        table::declare(&sources, model, &mut models, errors);
    }
    models
}

fn same_places(tree: &Tree) -> Vec<ItemId> {
    let mut first: BTreeMap<(usize, usize, usize), ItemId> = BTreeMap::new();
    tree.items
        .iter()
        .enumerate()
        .map(|(id, item)| {
            let start = item.ident().span().start();
            *first
                .entry((item.file, start.line, start.column))
                .or_insert(id)
        })
        .collect()
}

fn gather(
    sources: &mut Sources<'_>,
    counts: &dyn Fn(usize) -> bool,
    enums: &mut Enums,
    errors: &mut Vec<ScanError>,
) {
    let tree = sources.tree;
    let options = sources.options;
    for (id, item) in tree.items.iter().enumerate() {
        if sources.same(id) != id {
            continue;
        }
        let krate = tree.modules[item.module].krate;
        let counts = counts(tree.crates[krate].package);
        let attributes = match &item.kind {
            ItemKind::Struct(item) => &item.attrs,
            ItemKind::Enum(item) => &item.attrs,
            ItemKind::Alias(_) => continue,
        };
        let derives = derive_paths(attributes);
        let ours = |name: &str| {
            derives
                .iter()
                .any(|path| is_our_derive(tree, item.module, path, name))
        };
        let is_table = ours("Table");
        let is_enum = ours("Enum");
        // Who derives `Table` depends on limbeck, by whatever way.
        let counts = counts
            || (options.crates.is_none()
                && derives
                    .iter()
                    .any(|path| is_certainly_ours(tree, item.module, path)));
        if counts && (is_table || is_enum) {
            let here = (item.module, item.file);
            refuse_rewriting(tree, here, attributes, item.ident(), errors);
        }
        let mut report = |faults: Vec<GrammarError>| {
            if counts {
                errors.extend(
                    faults
                        .into_iter()
                        .map(|fault| ScanError::of_grammar(tree, item.file, fault)),
                );
            }
        };
        if let (ItemKind::Struct(structure), true) = (&item.kind, is_table) {
            report(near_misses(attributes, &structure.fields, &derives));
        }
        match &item.kind {
            ItemKind::Struct(structure) if is_table => match read_table(structure) {
                Ok(table) => {
                    sources.by_item.insert(id, Some(sources.models.len()));
                    sources.models.push(Model {
                        item: Some(id),
                        module: item.module,
                        file: item.file,
                        table,
                        vocabulary: Vocabulary::Limbeck,
                        relations: Vec::new(),
                        joins: Vec::new(),
                        lines: (0, 0),
                        left_out: BTreeSet::new(),
                        counts,
                        facts: Vec::new(),
                    });
                }
                Err(faults) => {
                    sources.by_item.insert(id, None);
                    report(faults);
                }
            },
            ItemKind::Enum(item) if is_table => report(vec![not_a_struct(&item.ident)]),
            ItemKind::Struct(item) if is_enum => report(vec![not_an_enum(&item.ident)]),
            ItemKind::Enum(_) if is_enum && counts => {
                enums.read(sources, id, true, errors);
            }
            _ => {}
        }
    }
}

/// Reads the entities of SeaORM that are models by themselves; whether there are any.
fn gather_entities(
    sources: &mut Sources<'_>,
    counts: &dyn Fn(usize) -> bool,
    errors: &mut Vec<ScanError>,
    warnings: &mut Vec<ScanError>,
) -> bool {
    let tree = sources.tree;
    if sources.options.entities == Entities::Left {
        return false;
    }
    let own: BTreeSet<QualifiedName> = sources
        .models
        .iter()
        .filter(|model| model.counts)
        .map(|model| model.table.qualified_name())
        .collect();
    let mut are_there = false;
    for (id, item) in tree.items.iter().enumerate() {
        let ItemKind::Struct(structure) = &item.kind else {
            continue;
        };
        let is_ours = sources.by_item.contains_key(&id) || sources.same(id) != id;
        let written_out = written_out::entity(tree, item.module, &structure.attrs);
        if is_ours || !(entity::is_entity(&structure.attrs) || written_out.is_some()) {
            continue;
        }
        let krate = tree.modules[item.module].krate;
        let counts = counts(tree.crates[krate].package);
        let at = |fault| ScanError::of_grammar(tree, item.file, fault);
        let read = entity::read_entity(structure)
            .and_then(|table| written_out::join(tree, item.module, structure, table));
        match read {
            Ok(table) => {
                // Who derives `Table` for the same table says more of it.
                let counts = counts && !own.contains(&table.qualified_name());
                are_there |= counts;
                if counts {
                    warnings.extend(entity::unread(structure).into_iter().map(at));
                }
                let mut relations = Vec::new();
                for relation in relation::declared(tree, item.module, structure) {
                    match relation {
                        Ok(relation) => relations.push(relation),
                        Err(fault) if counts => errors.push(at(fault)),
                        Err(_) => {}
                    }
                }
                for id in std::iter::once(id).chain(written_out) {
                    sources.by_item.insert(id, Some(sources.models.len()));
                }
                sources.models.push(Model {
                    item: Some(id),
                    module: item.module,
                    file: item.file,
                    table,
                    vocabulary: Vocabulary::SeaOrm,
                    relations,
                    joins: Vec::new(),
                    lines: (0, 0),
                    left_out: BTreeSet::new(),
                    counts,
                    facts: Vec::new(),
                });
            }
            Err(faults) => {
                for id in std::iter::once(id).chain(written_out) {
                    sources.by_item.insert(id, None);
                }
                if counts {
                    errors.extend(faults.into_iter().map(at));
                }
            }
        }
    }
    are_there
}

fn check_table_names(sources: &Sources<'_>, errors: &mut Vec<ScanError>) {
    let mut seen: BTreeMap<QualifiedName, &Model> = BTreeMap::new();
    for model in sources.models.iter().filter(|model| model.counts) {
        let name = model.table.qualified_name();
        if let Some(first) = seen.get(&name) {
            let place = sources.place(first.file, first.table.span());
            errors.push(ScanError::at(
                sources.place(model.file, model.table.name.span),
                format!(
                    "the table `{name}` is declared twice: by `{}` at {place} and by `{}`",
                    first.table.ident, model.table.ident
                ),
                match model.vocabulary {
                    Vocabulary::Limbeck => {
                        "give one of them another name: `#[table(name = \"…\")]`".to_owned()
                    }
                    Vocabulary::SeaOrm => {
                        "name the packages of one database as `crates` under `[models]` in limbeck.toml".to_owned()
                    }
                    Vocabulary::Diesel => format!(
                        "name the file of the database under `[models]` in limbeck.toml: `diesel = \"{}\"`",
                        place.file
                    ),
                },
            ));
        } else {
            seen.insert(name, model);
        }
    }
}

/// Files where an object stands, unless another one took its name.
pub(crate) fn record(models: &mut Models, object: Object, origin: Origin) {
    models.origins.entry(object).or_insert(origin);
}
