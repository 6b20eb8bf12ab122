//! What tables and columns are called, statement by statement.

use std::collections::{BTreeMap, BTreeSet};

use super::{Effect, Rows, Words, folded, same_name, temporary};
use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql::mentions;

/// The one rule about case and schemas: which object a written name means.
#[derive(Debug, Clone)]
pub struct Lookup {
    dialect: Dialect,
    /// The schema that the names of objects are without; where there is none, each says its own.
    default: Option<String>,
    /// The schemas in which names without one are looked for, in their order.
    path: Vec<String>,
}

impl Lookup {
    /// For objects whose names leave the default schema out, as those of a `Schema` do.
    pub fn without(default: &str, dialect: Dialect) -> Self {
        Self {
            dialect,
            default: Some(default.to_owned()),
            path: vec![default.to_owned()],
        }
    }

    /// For objects whose names all say their schema, found along a search path.
    pub fn along(path: Vec<String>, dialect: Dialect) -> Self {
        Self {
            dialect,
            default: None,
            path,
        }
    }

    /// The dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A name as it is compared.
    pub fn key(&self, name: &QualifiedName) -> QualifiedName {
        let schema = name.schema.as_ref();
        let schema = schema.map(|schema| folded(schema, self.dialect));
        let schema = schema.filter(|schema| Some(schema) != self.default.as_ref());
        QualifiedName::within(schema.as_deref(), folded(&name.name, self.dialect))
    }

    /// The name that a new object gets.
    fn placed(&self, written: &QualifiedName) -> QualifiedName {
        match (&written.schema, self.path.first()) {
            (None, Some(first)) => {
                self.key(&QualifiedName::within(Some(first), written.name.clone()))
            }
            _ => self.key(written),
        }
    }

    /// The first of these names to which the written one leads.
    fn find<'a, T>(
        &self,
        written: &QualifiedName,
        names: &'a BTreeMap<QualifiedName, T>,
    ) -> Option<&'a QualifiedName> {
        let known = |name: QualifiedName| names.get_key_value(&name).map(|(name, _)| name);
        let key = self.key(written);
        if written.schema.is_some() {
            return known(key);
        }
        let path = std::iter::once(temporary(self.dialect));
        let path = path.chain(self.path.iter().map(String::as_str));
        let mut places =
            path.map(|schema| self.key(&QualifiedName::within(Some(schema), key.name.clone())));
        let found = places.find_map(known);
        found.or_else(|| known(key.clone())).or_else(|| {
            // The path can be another one on the way.
            names.keys().find(|name| name.name == key.name)
        })
    }
}

/// A table that is there at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What it is called where its values are asked for.
    pub origin: QualifiedName,
    /// Its columns: what they are called there, and what today.
    pub columns: Vec<(String, String)>,
}

/// What stands under a name.
#[derive(Debug)]
enum Content {
    Known(Known),
    Made(Made),
}

/// A table that was made on the way.
#[derive(Debug, Default)]
struct Made {
    /// Its columns, with their types.
    columns: Vec<(String, String)>,
    /// The tables whose rows this section has put into it, without their schemas.
    sources: BTreeSet<String>,
    copy: Option<CopiedRows>,
}

/// Rows that were put into a table from one of the start.
#[derive(Debug)]
struct CopiedRows {
    /// The table whose rows they are.
    origin: QualifiedName,
    /// Which of them.
    rows: Rows,
    /// Columns, and what each gets.
    values: Vec<(String, String)>,
}

/// A table that was made again from its own rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remade {
    /// The table.
    pub origin: QualifiedName,
    /// Which of its rows were copied; none where the statements do not tell.
    pub rows: Option<Rows>,
    /// Each of its columns, with what of the new table gets something of it.
    pub columns: Vec<(String, Option<Copied>)>,
}

/// A column that holds what one of the former table held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// What it gets, as written.
    pub expression: String,
    /// Whether that is the former column as it is.
    pub is_bare: bool,
    /// Its type, where it is said.
    pub data_type: Option<String>,
}

/// Follows the names of tables and columns through effects, and tells which of the start is meant.
///
/// A table that is made from the rows of another one, and takes its name when that has gone, is that
/// table: SQLite changes tables so (sqlite.org/lang_altertable.html#otheralter).
#[derive(Debug)]
pub struct Names {
    lookup: Lookup,
    /// By the names of today.
    tables: BTreeMap<QualifiedName, Content>,
    /// Tables that this section has dropped, for which a copy may still step in.
    dropped: BTreeMap<QualifiedName, Known>,
    /// What tables were called before they got the names of today.
    former: BTreeMap<QualifiedName, QualifiedName>,
    changed: bool,
}

impl Names {
    /// Starts with these tables: what each is called today, and which it is. Those that are `None`
    /// are of no interest, but in the way of names.
    pub fn new(
        lookup: Lookup,
        tables: impl IntoIterator<Item = (QualifiedName, Option<Known>)>,
    ) -> Self {
        let content = |known: Option<Known>| match known {
            Some(known) => Content::Known(known),
            None => Content::Made(Made::default()),
        };
        let tables = tables.into_iter();
        Self {
            tables: tables
                .map(|(name, known)| (lookup.key(&name), content(known)))
                .collect(),
            lookup,
            dropped: BTreeMap::new(),
            former: BTreeMap::new(),
            changed: false,
        }
    }

    /// Whether no table or column of the start has another name today.
    pub fn are_as_at_start(&self) -> bool {
        !self.changed
    }

    /// The table of the start to which a name leads today.
    pub fn table(&self, written: &QualifiedName) -> Option<&QualifiedName> {
        self.known(written).map(|known| &known.origin)
    }

    /// The column of the start to which a name leads today, with its table.
    pub fn column(&self, table: &QualifiedName, column: &str) -> Option<(QualifiedName, String)> {
        let known = self.known(table)?;
        let mut columns = known.columns.iter();
        let is_it = |now: &str| same_name(now, column, self.lookup.dialect);
        let (origin, _) = columns.find(|(_, now)| is_it(now))?;
        Some((known.origin.clone(), origin.clone()))
    }

    /// What a table of the start is called today.
    pub fn table_now(&self, origin: &QualifiedName) -> Option<&QualifiedName> {
        self.tables
            .iter()
            .find(
                |(_, content)| matches!(content, Content::Known(known) if known.origin == *origin),
            )
            .map(|(now, _)| now)
    }

    /// What a column of the start is called today.
    pub fn column_now(&self, origin: &QualifiedName, column: &str) -> Option<&str> {
        let Content::Known(known) = self.tables.get(self.table_now(origin)?)? else {
            return None;
        };
        known
            .columns
            .iter()
            .find(|(origin, _)| origin == column)
            .map(|(_, now)| now.as_str())
    }

    /// The tables of the start that are there, by what they were then.
    pub fn tables(&self) -> impl Iterator<Item = &QualifiedName> {
        self.tables.values().filter_map(|content| match content {
            Content::Known(known) => Some(&known.origin),
            Content::Made(_) => None,
        })
    }

    /// The tables of the start that are in a schema today, by what they were then.
    pub fn tables_in(&self, schema: &str) -> impl Iterator<Item = &QualifiedName> {
        let schema = self
            .lookup
            .key(&QualifiedName::within(Some(schema), ""))
            .schema;
        self.tables
            .iter()
            .filter_map(move |(now, content)| match content {
                Content::Known(known) => (now.schema == schema).then_some(&known.origin),
                Content::Made(_) => None,
            })
    }

    /// Takes account of an effect. What is made again with it, is returned.
    pub fn follow(&mut self, effect: &Effect) -> Option<Remade> {
        match effect {
            Effect::CreateTable(table, columns) => {
                // `IF NOT EXISTS` leaves one alone that is there.
                let table = self.tables.entry(self.lookup.placed(table));
                table.or_insert_with(|| {
                    Content::Made(Made {
                        columns: columns.clone(),
                        ..Made::default()
                    })
                });
            }
            Effect::Insert {
                table,
                sources,
                copy,
            } => {
                let copy = copy.as_ref().and_then(|copy| self.copied(table, copy));
                let table = self.lookup.find(table, &self.tables)?.clone();
                if let Some(Content::Made(made)) = self.tables.get_mut(&table) {
                    let dialect = self.lookup.dialect;
                    let sources = sources.iter().map(|source| folded(source, dialect));
                    made.sources.extend(sources);
                    made.copy = copy.or(made.copy.take());
                }
            }
            Effect::DropTable(table) => {
                let table = self.lookup.find(table, &self.tables)?.clone();
                if let Some(Content::Known(known)) = self.tables.remove(&table) {
                    // The one that was made from it may have its name already.
                    let former = self.former.get(&table).cloned();
                    if let Some(former) = former.filter(|one| self.is_made_from(one, &table)) {
                        return self.remade(&former, &former, known);
                    }
                    self.dropped.insert(table, known);
                }
            }
            Effect::RenameTable(from, to) => {
                let from = self.lookup.find(from, &self.tables)?.clone();
                let to = match to.schema {
                    Some(_) => self.lookup.key(to),
                    None => from.sibling(folded(&to.name, self.lookup.dialect)),
                };
                return self.rename(&from, to);
            }
            Effect::RenameSchema(from, to) => {
                self.changed = true;
                let schema = |name: &str| {
                    self.lookup
                        .key(&QualifiedName::within(Some(name), ""))
                        .schema
                };
                let (from, to) = (schema(from), schema(to));
                let moved = self.tables.keys().filter(|table| table.schema == from);
                for table in moved.cloned().collect::<Vec<QualifiedName>>() {
                    let name = QualifiedName::within(to.as_deref(), table.name.clone());
                    self.rename(&table, name);
                }
            }
            Effect::RenameColumn(table, from, to) => {
                self.changed = true;
                let dialect = self.lookup.dialect;
                let table = self.lookup.find(table, &self.tables)?.clone();
                let columns: Vec<&mut String> = match self.tables.get_mut(&table)? {
                    Content::Known(known) => {
                        known.columns.iter_mut().map(|one| &mut one.1).collect()
                    }
                    Content::Made(made) => made.columns.iter_mut().map(|one| &mut one.0).collect(),
                };
                let mut columns = columns.into_iter();
                if let Some(column) = columns.find(|now| same_name(now, from, dialect)) {
                    column.clone_from(to);
                }
            }
            Effect::DropSchema(schema) => {
                let schema = self
                    .lookup
                    .key(&QualifiedName::within(Some(schema), ""))
                    .schema;
                self.tables.retain(|table, _| table.schema != schema);
            }
            Effect::DropColumn(..)
            | Effect::Retype { .. }
            | Effect::Update { .. }
            | Effect::Delete(..)
            | Effect::DeleteAll(_)
            | Effect::CreateFunction(_)
            | Effect::Divert(_)
            | Effect::Unknown { .. } => {}
        }
        None
    }

    /// A section ends: the tables that it has dropped and not made again.
    pub fn settle(&mut self) -> Vec<QualifiedName> {
        for content in self.tables.values_mut() {
            if let Content::Made(made) = content {
                made.sources.clear();
            }
        }
        let dropped = std::mem::take(&mut self.dropped).into_values();
        dropped.map(|known| known.origin).collect()
    }

    fn known(&self, written: &QualifiedName) -> Option<&Known> {
        match self.tables.get(self.lookup.find(written, &self.tables)?)? {
            Content::Known(known) => Some(known),
            Content::Made(_) => None,
        }
    }

    /// What a copy puts into each column of a table.
    fn copied(&self, into: &QualifiedName, copy: &super::Copy) -> Option<CopiedRows> {
        let known = self.known(&copy.from)?;
        let mut items = copy.items.clone();
        if items == ["*"] {
            items = known.columns.iter().map(|(_, now)| now.clone()).collect();
        }
        let made = self.lookup.find(into, &self.tables);
        let made = match made.and_then(|table| self.tables.get(table)) {
            Some(Content::Made(made)) if !made.columns.is_empty() => {
                Some(made.columns.iter().map(|(name, _)| name.clone()).collect())
            }
            _ => None,
        };
        let columns = copy.columns.clone().or(made);
        let columns = columns.unwrap_or_else(|| items.clone()).into_iter();
        Some(CopiedRows {
            origin: known.origin.clone(),
            rows: copy.rows.clone(),
            values: columns.zip(items).collect(),
        })
    }

    fn is_made_from(&self, table: &QualifiedName, source: &QualifiedName) -> bool {
        matches!(self.tables.get(table), Some(Content::Made(made)) if made.sources.contains(&source.name))
    }

    fn rename(&mut self, from: &QualifiedName, to: QualifiedName) -> Option<Remade> {
        if self.is_made_from(from, &to)
            && let Some(known) = self.dropped.remove(&to)
        {
            return self.remade(from, &to, known);
        }
        let content = self.tables.remove(from)?;
        self.changed |= matches!(content, Content::Known(_));
        self.former.insert(to.clone(), from.clone());
        self.tables.insert(to, content);
        None
    }

    /// Puts a table that was made from the rows of a known one into its place.
    fn remade(&mut self, from: &QualifiedName, to: &QualifiedName, known: Known) -> Option<Remade> {
        let Some(Content::Made(made)) = self.tables.remove(from) else {
            return None;
        };
        let dialect = self.lookup.dialect;
        let copy = made.copy.filter(|copy| copy.origin == known.origin);
        let (rows, values) = match copy {
            Some(CopiedRows { rows, values, .. }) => (Some(rows), values),
            None => (None, Vec::new()),
        };
        let mut now = Vec::new();
        let mut columns = Vec::new();
        for (origin, name) in known.columns {
            let mut bare = values.iter();
            let bare = bare.find(|(_, item)| is_bare(item, &name, dialect));
            let mut any = values.iter();
            let found = bare.or_else(|| any.find(|(_, item)| mentions(item, &name, dialect)));
            if let Some((target, _)) = found {
                self.changed |= !same_name(target, &origin, dialect);
            }
            let target = found.map_or_else(|| name.clone(), |(target, _)| target.clone());
            let copied = found.map(|(target, item)| {
                let mut made = made.columns.iter();
                let made = made.find(|(name, _)| same_name(name, target, dialect));
                let data_type = made.map(|(_, data_type)| data_type.clone());
                Copied {
                    expression: item.clone(),
                    is_bare: bare.is_some(),
                    data_type: data_type.filter(|data_type| !data_type.is_empty()),
                }
            });
            now.push((origin.clone(), target));
            columns.push((origin, copied));
        }
        let remade = Remade {
            origin: known.origin.clone(),
            rows,
            columns,
        };
        let known = Known {
            origin: known.origin,
            columns: now,
        };
        self.tables.insert(to.clone(), Content::Known(known));
        Some(remade)
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
