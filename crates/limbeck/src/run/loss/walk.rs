//! What statements take away, followed through the names that they give; nothing is asked here.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{Effect, Words, of_statement, readings, temporary};
use limbeck_core::sql::{Statement, mentions};

use super::catalog::{Catalog, Doomed, same_name};
use super::change::{Change, Reach, Rows, changes};
use super::probe::{Probe, shift};
use crate::run::prepare::shown;

/// What the sections would take away one after the other: what comments announce
/// (`-- loses: tasks.note`), and what statements drop, empty, write over or convert.
pub(super) fn doomed(catalog: &Catalog, sections: &[Section]) -> BTreeSet<Doomed> {
    let tables = catalog.tables.keys();
    let mut walk = Walk {
        catalog,
        tables: tables
            .map(|table| (key(table, catalog.dialect), Content::Old(table.clone())))
            .collect(),
        columns: BTreeMap::new(),
        dropped: BTreeMap::new(),
        types: BTreeMap::new(),
        copies: BTreeMap::new(),
        written: BTreeSet::new(),
        names: Names::AsTheyWere,
        functions: catalog.functions.clone(),
        elsewhere: catalog.elsewhere.clone(),
        found: BTreeSet::new(),
    };
    for section in sections {
        walk.section(section);
    }
    let is_there = |object: &Doomed| match object {
        Doomed::Column(table, column) | Doomed::Values(table, column, _) => {
            catalog.column(table, column).is_some()
        }
        Doomed::Table(_) | Doomed::Rows(..) | Doomed::Several(..) => true,
    };
    // A comment may name what is not there, and a column may be made on the way.
    walk.found.into_iter().filter(is_there).collect()
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
    /// Tables that are made on the way: their columns with their types.
    types: BTreeMap<QualifiedName, Vec<(String, String)>>,
    /// What was put into them.
    copies: BTreeMap<QualifiedName, Copy>,
    /// Tables of whose rows the database tells no longer what they are by then.
    written: BTreeSet<QualifiedName>,
    names: Names,
    functions: BTreeSet<String>,
    elsewhere: BTreeSet<String>,
    found: BTreeSet<Doomed>,
}

/// Rows of a table that were put into one that is made on the way.
struct Copy {
    origin: QualifiedName,
    rows: Rows,
    /// Each column of the new table, with what it gets.
    values: Vec<(String, String)>,
}

/// Whether the statements that follow speak of tables by the names that they have now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    AsTheyWere,
    Changed,
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
        let announced = section.announced(dialect);
        // What is announced is called as at the start of the section or as at its end.
        self.announce(&announced.losses);
        for statement in section.statements(dialect) {
            for change in changes(&statement) {
                self.change(change);
            }
            for effect in of_statement(&statement) {
                self.take(&effect);
                self.follow(&effect, &statement);
            }
        }
        self.announce(&announced.losses);
        let dropped = std::mem::take(&mut self.dropped);
        self.found.extend(dropped.into_values().map(Doomed::Table));
    }

    /// What is written to a view, or to a table with triggers or rules, reaches others.
    fn follow(&mut self, effect: &Effect, statement: &Statement) {
        let (Effect::Insert(table, _)
        | Effect::Update(table, _)
        | Effect::Delete(table)
        | Effect::DeleteAll(table)) = effect
        else {
            return;
        };
        let mut names = self.elsewhere.iter();
        if names.any(|name| same_name(name, &table.name, self.catalog.dialect)) {
            let what = format!("what `{}` changes", shown(&statement.text));
            let tables = self.all();
            self.touch(&what, tables);
        }
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
                    if let Some(Content::Old(_)) = self.tables.get(&from) {
                        self.names = Names::Changed;
                    }
                    self.rename(&from, to);
                }
            }
            Effect::RenameSchema(from, to) => {
                self.names = Names::Changed;
                let tables = self.tables.keys();
                let moved = tables.filter(|table| table.schema.as_deref() == Some(from));
                for table in moved.cloned().collect::<Vec<QualifiedName>>() {
                    let name = table.name.clone();
                    self.rename(&table, QualifiedName::within(Some(to), name));
                }
            }
            Effect::RenameColumn(table, from, to) => {
                self.names = Names::Changed;
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
                let tables = self.all();
                self.touch(what, tables);
            }
            // Their statements are read as a whole.
            Effect::Update(..) | Effect::Delete(_) => {}
        }
    }

    fn all(&self) -> BTreeSet<QualifiedName> {
        let tables = self.tables.values().filter_map(Content::old);
        tables.cloned().collect()
    }

    fn touch(&mut self, what: &str, tables: BTreeSet<QualifiedName>) {
        if !tables.is_empty() {
            self.written.extend(tables.iter().cloned());
            self.found.insert(Doomed::Several(what.to_owned(), tables));
        }
    }

    /// What a table held in the beginning, and under which name.
    fn old(&self, table: &QualifiedName) -> Option<(QualifiedName, QualifiedName)> {
        let key = self.resolve(table)?;
        let origin = self.tables.get(&key)?.old()?.clone();
        Some((key, origin))
    }

    /// The name that a column had in the beginning.
    fn origin_of(&self, table: &QualifiedName, column: &str) -> String {
        let place = self.column(table, column);
        self.columns.get(&place).cloned().unwrap_or(place.1)
    }

    /// Whether a condition on these rows means now what it will mean by then.
    fn is_askable(&self, rows: &Rows) -> bool {
        let text = [
            Some(&rows.target),
            rows.others.as_ref(),
            rows.filter.as_ref(),
        ];
        let text: Vec<&str> = text.into_iter().flatten().map(String::as_str).collect();
        let text = text.join(" ");
        let mut written = self.written.iter();
        rows.is_told
            && self.names == Names::AsTheyWere
            && !written.any(|table| mentions(&text, &table.name, self.catalog.dialect))
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Retype {
                table,
                column,
                data_type,
                using,
            } => {
                if let Some((key, origin)) = self.old(&table) {
                    let probe = match self.names {
                        Names::AsTheyWere => Probe::Cast { data_type, using },
                        Names::Changed => Probe::Any,
                    };
                    let column = self.origin_of(&key, &column);
                    self.found.insert(Doomed::Values(origin, column, probe));
                }
            }
            Change::Assign {
                table,
                rows,
                values,
            } => self.assign(&table, &rows, values),
            Change::Remove { table, rows } => {
                if let Some((_, origin)) = self.old(&table)
                    && (rows.filter.is_some() || rows.others.is_some() || !rows.is_told)
                {
                    let query = self.is_askable(&rows).then(|| rows.query() + " LIMIT 1");
                    self.found.insert(Doomed::Rows(origin.clone(), query));
                    self.written.insert(origin);
                }
            }
            Change::Make { table, types } => {
                let table = self.placed(&table);
                self.types.entry(table).or_insert(types);
            }
            Change::Copy {
                into,
                from,
                rows,
                columns,
                items,
            } => self.copy(&into, &from, rows, columns, items),
            Change::Touch { what, reach } => self.reach(&what, &reach),
            Change::Divert(table) => {
                self.elsewhere.insert(table);
            }
            Change::Define(name) => {
                self.functions.insert(name);
            }
        }
    }

    fn reach(&mut self, what: &str, reach: &Reach) {
        let tables = match reach {
            Reach::Any => self.all(),
            Reach::Functions(names) => {
                if names.is_disjoint(&self.functions) {
                    return;
                }
                self.all()
            }
            Reach::Named(names) => {
                let named = names.iter().map(QualifiedName::new);
                named
                    .filter_map(|name| self.old(&name))
                    .map(|(_, origin)| origin)
                    .collect()
            }
        };
        self.touch(what, tables);
    }

    fn assign(
        &mut self,
        table: &QualifiedName,
        rows: &Rows,
        values: Vec<(String, Option<String>)>,
    ) {
        let Some((key, origin)) = self.old(table) else {
            return;
        };
        let is_askable = self.is_askable(rows);
        let columns = self.catalog.tables.get(&origin);
        let columns: Vec<&str> = columns
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let mut found = Vec::new();
        for (column, expression) in values {
            let shifted = expression
                .as_deref()
                .and_then(|text| shift(text, &column, &columns, self.catalog.dialect));
            let probe = match (shifted, expression) {
                // What is added can be taken away again, whatever the other rows are by then.
                (Some(back), Some(expression)) if self.names == Names::AsTheyWere => Probe::Shift {
                    target: rows.target.clone(),
                    expression,
                    back,
                },
                (_, expression) if is_askable => Probe::Assigned {
                    rows: rows.query(),
                    name: rows.name.clone(),
                    expression,
                },
                _ => Probe::Any,
            };
            let column = self.origin_of(&key, &column);
            found.push(Doomed::Values(origin.clone(), column, probe));
        }
        self.found.extend(found);
        self.written.insert(origin);
    }

    fn copy(
        &mut self,
        into: &QualifiedName,
        from: &QualifiedName,
        rows: Rows,
        columns: Option<Vec<String>>,
        mut items: Vec<String>,
    ) {
        let into = self.placed(into);
        let Some((_, origin)) = self.old(from) else {
            return;
        };
        if let [item] = items.as_slice()
            && item == "*"
        {
            let columns = self.catalog.tables.get(&origin).into_iter().flatten();
            items = columns.map(|(name, _)| name.clone()).collect();
        }
        let made = self.types.get(&into);
        let names = columns
            .or_else(|| made.map(|types| types.iter().map(|(name, _)| name.clone()).collect()));
        let names = names.unwrap_or_else(|| items.clone());
        let copy = Copy {
            origin,
            rows,
            values: names.into_iter().zip(items).collect(),
        };
        self.copies.insert(into, copy);
    }

    /// What a table loses that is made again from its own rows.
    fn rebuilt(&mut self, new: &QualifiedName, to: &QualifiedName, origin: &QualifiedName) {
        let dialect = self.catalog.dialect;
        let types = self.types.remove(new).unwrap_or_default();
        let Some(copy) = self
            .copies
            .remove(new)
            .filter(|copy| copy.origin == *origin)
        else {
            self.found.insert(Doomed::Table(origin.clone()));
            return;
        };
        if !copy.rows.is_told || copy.rows.others.is_some() {
            self.found.insert(Doomed::Table(origin.clone()));
        } else if copy.rows.filter.is_some() {
            let query = self.is_askable(&copy.rows).then(|| copy.rows.left_out());
            self.found.insert(Doomed::Rows(origin.clone(), query));
        }
        let columns = self.catalog.tables.get(origin).into_iter().flatten();
        let mut renamed = BTreeMap::new();
        for (column, data_type) in columns {
            let mut now = self.columns.iter();
            let now = now.find(|((table, _), own)| table == to && same_name(own, column, dialect));
            let now = now.map_or(column.as_str(), |((_, now), _)| now.as_str());
            let bare = copy
                .values
                .iter()
                .find(|(_, item)| is_bare(item, now, dialect));
            let any = copy
                .values
                .iter()
                .find(|(_, item)| mentions_column(item, now, dialect));
            let Some((target, item)) = bare.or(any) else {
                self.found
                    .insert(Doomed::Column(origin.clone(), column.clone()));
                continue;
            };
            let mut made = types.iter();
            let made = made.find(|(name, _)| same_name(name, target, dialect));
            let made = made.map(|(_, made)| made.clone());
            let is_same = made
                .as_ref()
                .is_none_or(|made| made.eq_ignore_ascii_case(data_type));
            if bare.is_none() || !is_same {
                let probe = match self.names {
                    Names::AsTheyWere => Probe::Copied {
                        target: copy.rows.target.clone(),
                        expression: item.clone(),
                        data_type: made,
                    },
                    Names::Changed => Probe::Any,
                };
                let doomed = Doomed::Values(origin.clone(), column.clone(), probe);
                self.found.insert(doomed);
            }
            if !same_name(target, column, dialect) {
                renamed.insert(self.column(to, target), column.clone());
            }
        }
        self.columns.retain(|(table, _), _| table != to);
        if !renamed.is_empty() {
            self.names = Names::Changed;
        }
        self.columns.extend(renamed);
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
            self.rebuilt(from, &to, &origin);
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

/// Whether an item of a SELECT is the column itself.
fn is_bare(item: &str, column: &str, dialect: Dialect) -> bool {
    let text = Words::new(item, dialect);
    let last = text.len().saturating_sub(1);
    let is_name = last == 0 || (last == 2 && text.text(1) == ".");
    is_name
        && text
            .identifier(last)
            .is_some_and(|name| same_name(&name, column, dialect))
}

fn mentions_column(item: &str, column: &str, dialect: Dialect) -> bool {
    let text = Words::new(item, dialect);
    let mut names = (0..text.len()).filter_map(|at| text.identifier(at));
    names.any(|name| same_name(&name, column, dialect))
}

impl Content {
    fn old(&self) -> Option<&QualifiedName> {
        match self {
            Self::Old(origin) => Some(origin),
            Self::New(_) => None,
        }
    }
}
