//! What statements take away, followed through the names that they give; nothing is asked here.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::schema::QualifiedName;

use crate::effects::{Effect, announced, effects, readings, temporary};

/// The tables of a database before anything is run.
pub(super) struct Catalog {
    pub(super) dialect: Dialect,
    /// The schemas in which names without one are looked for; none on SQLite.
    pub(super) path: Vec<String>,
    /// With their schemas on PostgreSQL.
    pub(super) tables: BTreeSet<QualifiedName>,
    /// Schemas, and the tables outside of them with columns of their types.
    pub(super) users: BTreeSet<(String, QualifiedName)>,
}

/// What would go, by the names that it has before anything is run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doomed {
    Table(QualifiedName),
    Column(QualifiedName, String),
    /// Something that may take any of these tables along, or part of them.
    Several(String, BTreeSet<QualifiedName>),
}

/// What the sections would take away one after the other: what comments announce
/// (`-- loses: tasks.note`) and what statements drop or empty.
pub(super) fn doomed(catalog: &Catalog, sections: &[Section]) -> BTreeSet<Doomed> {
    let tables = catalog.tables.iter();
    let mut walk = Walk {
        catalog,
        tables: tables
            .map(|table| (key(table, catalog.dialect), Content::Old(table.clone())))
            .collect(),
        columns: BTreeMap::new(),
        dropped: BTreeMap::new(),
        found: BTreeSet::new(),
    };
    for section in sections {
        walk.section(section);
    }
    walk.found
}

/// What stands under a name on the way.
enum Content {
    /// The table that had this name before anything was run.
    Old(QualifiedName),
    /// One that was made on the way, and the tables whose rows this section has copied into it.
    New(BTreeSet<String>),
}

/// Goes through the statements and keeps account of names.
struct Walk<'a> {
    catalog: &'a Catalog,
    tables: BTreeMap<QualifiedName, Content>,
    /// Columns that were renamed, with their names of the beginning.
    columns: BTreeMap<(QualifiedName, String), String>,
    /// Tables that this section has dropped, for which a copy may still step in.
    dropped: BTreeMap<QualifiedName, QualifiedName>,
    found: BTreeSet<Doomed>,
}

/// A name as it is compared.
fn key(name: &QualifiedName, dialect: Dialect) -> QualifiedName {
    match dialect {
        Dialect::Postgres => name.clone(),
        Dialect::Sqlite => {
            let schema = name.schema.as_ref().map(|schema| schema.to_lowercase());
            let schema = schema.filter(|schema| schema != "main");
            QualifiedName::within(schema.as_deref(), name.name.to_lowercase())
        }
    }
}

impl Walk<'_> {
    fn section(&mut self, section: &Section) {
        let dialect = self.catalog.dialect;
        for content in self.tables.values_mut() {
            if let Content::New(copied) = content {
                copied.clear();
            }
        }
        let announced = announced(section, dialect);
        // What is announced is called as at the start of the section or as at its end.
        self.announce(&announced.losses);
        for effect in effects(section, dialect) {
            self.take(&effect);
        }
        self.announce(&announced.losses);
        let dropped = std::mem::take(&mut self.dropped);
        self.found.extend(dropped.into_values().map(Doomed::Table));
    }

    fn announce(&mut self, losses: &BTreeSet<String>) {
        for text in losses {
            for (table, column) in readings(text, self.catalog.dialect) {
                match column {
                    None => self.lose(&table),
                    Some(column) => self.lose_column(&table, &column),
                }
            }
        }
    }

    /// The table that a name leads to.
    fn resolve(&self, name: &QualifiedName) -> Option<QualifiedName> {
        let name = key(name, self.catalog.dialect);
        if name.schema.is_some() {
            return self.tables.contains_key(&name).then_some(name);
        }
        let path = self.catalog.path.iter().map(String::as_str);
        let path = std::iter::once(temporary(self.catalog.dialect)).chain(path);
        let mut places = path
            .map(|schema| QualifiedName::within(Some(schema), name.name.clone()))
            .chain([name.clone()]);
        let found = places.find(|place| self.tables.contains_key(place));
        found.or_else(|| {
            // The path can be another one on the way.
            let mut tables = self.tables.keys();
            tables.find(|table| table.name == name.name).cloned()
        })
    }

    /// The name that a new table gets.
    fn placed(&self, name: &QualifiedName) -> QualifiedName {
        let mut name = key(name, self.catalog.dialect);
        if name.schema.is_none() {
            name.schema = self.catalog.path.first().cloned();
        }
        name
    }

    fn lose(&mut self, table: &QualifiedName) {
        let content = self.resolve(table).and_then(|key| self.tables.get(&key));
        if let Some(Content::Old(origin)) = content {
            self.found.insert(Doomed::Table(origin.clone()));
        }
    }

    fn lose_column(&mut self, table: &QualifiedName, column: &str) {
        let Some(table) = self.resolve(table) else {
            return;
        };
        let Some(Content::Old(origin)) = self.tables.get(&table) else {
            return;
        };
        let place = self.column(&table, column);
        let column = self.columns.get(&place).cloned().unwrap_or(place.1);
        self.found.insert(Doomed::Column(origin.clone(), column));
    }

    fn column(&self, table: &QualifiedName, column: &str) -> (QualifiedName, String) {
        let column = match self.catalog.dialect {
            Dialect::Postgres => column.to_owned(),
            Dialect::Sqlite => column.to_lowercase(),
        };
        (table.clone(), column)
    }

    fn take(&mut self, effect: &Effect) {
        match effect {
            Effect::CreateTable(table) => {
                // `IF NOT EXISTS` leaves one alone that is there.
                let new = self.tables.entry(self.placed(table));
                new.or_insert(Content::New(BTreeSet::new()));
            }
            Effect::Insert(table, sources) => {
                let Some(table) = self.resolve(table) else {
                    return;
                };
                let dialect = self.catalog.dialect;
                if let Some(Content::New(copied)) = self.tables.get_mut(&table) {
                    let sources = sources.iter().map(QualifiedName::new);
                    copied.extend(sources.map(|source| key(&source, dialect).name));
                }
            }
            Effect::DropTable(table) => {
                let Some(table) = self.resolve(table) else {
                    return;
                };
                if let Some(Content::Old(origin)) = self.tables.remove(&table) {
                    self.dropped.insert(table, origin);
                }
            }
            Effect::RenameTable(from, to) => {
                if let Some(from) = self.resolve(from) {
                    let to = match to.schema {
                        Some(_) => key(to, self.catalog.dialect),
                        None => from.sibling(key(to, self.catalog.dialect).name),
                    };
                    self.rename(&from, to);
                }
            }
            Effect::RenameSchema(from, to) => {
                let tables = self.tables.keys();
                let moved = tables.filter(|table| table.schema.as_deref() == Some(from));
                for table in moved.cloned().collect::<Vec<QualifiedName>>() {
                    let name = table.name.clone();
                    self.rename(&table, QualifiedName::within(Some(to), name));
                }
            }
            Effect::RenameColumn(table, from, to) => {
                if let Some(table) = self.resolve(table) {
                    let (from, to) = (self.column(&table, from), self.column(&table, to));
                    let origin = self.columns.remove(&from).unwrap_or(from.1);
                    self.columns.insert(to, origin);
                }
            }
            Effect::DropColumn(table, column) => self.lose_column(table, column),
            Effect::DeleteAll(table) => self.lose(table),
            Effect::DropSchema(schema) => self.drop_schema(schema),
            Effect::Unknown(what) => {
                let tables = self.tables.values().filter_map(Content::old);
                let tables: BTreeSet<QualifiedName> = tables.cloned().collect();
                self.found.insert(Doomed::Several(what.clone(), tables));
            }
            Effect::Update(..) | Effect::Delete(_) => {}
        }
    }

    fn rename(&mut self, from: &QualifiedName, to: QualifiedName) {
        let Some(mut content) = self.tables.remove(from) else {
            return;
        };
        if let Content::New(copied) = &content
            && copied.contains(&to.name)
            && let Some(origin) = self.dropped.remove(&to)
        {
            // The table is rebuilt: it holds the rows that it held.
            content = Content::Old(origin);
        } else {
            let columns = std::mem::take(&mut self.columns).into_iter();
            self.columns = columns
                .map(|((table, column), origin)| {
                    let table = if table == *from { to.clone() } else { table };
                    ((table, column), origin)
                })
                .collect();
        }
        self.tables.insert(to, content);
    }

    fn drop_schema(&mut self, schema: &str) {
        let in_it = |table: &QualifiedName| table.schema.as_deref() == Some(schema);
        let dropped = self.tables.iter().filter(|(table, _)| in_it(table));
        let mut tables: BTreeSet<QualifiedName> = dropped
            .filter_map(|(_, content)| content.old().cloned())
            .collect();
        let users = self.catalog.users.iter();
        let users = users.filter(|(types, _)| types == schema);
        tables.extend(users.map(|(_, table)| table.clone()));
        self.tables.retain(|table, _| !in_it(table));
        let what = format!(
            "schema {} with all that is in it",
            QualifiedName::new(schema)
        );
        self.found.insert(Doomed::Several(what, tables));
    }
}

impl Content {
    fn old(&self) -> Option<&QualifiedName> {
        match self {
            Self::Old(origin) => Some(origin),
            Self::New(_) => None,
        }
    }
}
