//! What statements take away, followed through the names that they give; nothing is asked here.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Section;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{
    Copied, Effect, Known, Names, Reach, Remade, Rows, of_statement, readings, same_name, touched,
};
use limbeck_core::sql::{Statement, mentions};

use super::catalog::{Catalog, Doomed};
use super::probe::{Probe, left_out, query, shift};

/// What the sections would take away one after the other: what comments announce
/// (`-- loses: tasks.note`), and what statements drop, empty, write over or convert.
pub(super) fn doomed(catalog: &Catalog, ways: &[Way]) -> BTreeSet<Doomed> {
    let tables = catalog.tables.iter().map(|(name, columns)| {
        let columns = columns.iter();
        let known = Known {
            origin: name.clone(),
            columns: columns
                .map(|(name, _)| (name.clone(), name.clone()))
                .collect(),
        };
        (name.clone(), Some(known))
    });
    let mut walk = Walk {
        catalog,
        names: Names::new(catalog.lookup(), tables),
        written: BTreeSet::new(),
        functions: catalog.functions.clone(),
        elsewhere: catalog.elsewhere.clone(),
        copies: Vec::new(),
        found: BTreeSet::new(),
    };
    for way in ways {
        walk.copies = copies(&way.back, catalog.dialect);
        walk.section(&way.there);
    }
    walk.found
}

/// What is to be run of a revision, and the way back from there.
pub(super) struct Way {
    pub(super) there: Section,
    pub(super) back: Section,
}

/// What a section copies out of tables: the table, the column that gets something, and what that is.
fn copies(section: &Section, dialect: Dialect) -> Vec<(QualifiedName, String, String)> {
    let effects = section.effects(dialect).into_iter();
    let copies = effects.filter_map(|effect| match effect {
        Effect::Insert { copy, .. } => copy,
        _ => None,
    });
    copies
        .flat_map(|copy| {
            let columns = copy.columns.unwrap_or_default().into_iter();
            let pairs = columns.zip(copy.items);
            pairs.map(move |(column, item)| (copy.from.clone(), column, item))
        })
        .collect()
}

/// Goes through the statements.
struct Walk<'a> {
    catalog: &'a Catalog,
    names: Names,
    /// Tables of whose rows the database tells no longer what they are by then.
    written: BTreeSet<QualifiedName>,
    functions: BTreeSet<String>,
    elsewhere: BTreeSet<String>,
    /// What the way back copies.
    copies: Vec<(QualifiedName, String, String)>,
    found: BTreeSet<Doomed>,
}

impl Walk<'_> {
    fn section(&mut self, section: &Section) {
        let dialect = self.catalog.dialect;
        let announced = section.announced(dialect);
        // What is announced is called as at the start of the section or as at its end.
        self.announce(&announced.losses);
        for statement in section.statements(dialect) {
            for effect in of_statement(&statement) {
                self.take(&effect);
                self.divert(&effect, &statement);
                if let Some(remade) = self.names.follow(&effect) {
                    self.remade(remade);
                }
            }
        }
        self.announce(&announced.losses);
        let gone = self.names.settle();
        self.found.extend(gone.into_iter().map(Doomed::Table));
    }

    /// What is written to a view, or to a table with triggers or rules, reaches others.
    fn divert(&mut self, effect: &Effect, statement: &Statement) {
        let Some(table) = effect.written() else {
            return;
        };
        let mut names = self.elsewhere.iter();
        if names.any(|name| same_name(name, &table.name, self.catalog.dialect)) {
            let tables = self.all();
            self.touch(&touched(statement, "changes"), tables);
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

    fn lose(&mut self, table: &QualifiedName) {
        let origin = self.names.table(table).cloned();
        self.found.extend(origin.map(Doomed::Table));
    }

    fn lose_column(&mut self, table: &QualifiedName, column: &str) {
        // A comment may name what is not there, and a column may be made on the way.
        let place = self.names.column(table, column);
        self.found
            .extend(place.map(|(table, column)| Doomed::Column(table, column)));
    }

    fn take(&mut self, effect: &Effect) {
        match effect {
            Effect::DropColumn(table, column) => self.lose_column(table, column),
            Effect::DeleteAll(table) => self.lose(table),
            Effect::DropSchema(schema) => self.drop_schema(schema),
            Effect::Retype {
                table,
                column,
                data_type,
                using,
            } => {
                let probe = if self.names.are_as_at_start() {
                    Probe::Cast {
                        data_type: data_type.clone(),
                        using: using.clone(),
                    }
                } else {
                    Probe::Any
                };
                let place = self.names.column(table, column);
                let doomed = place.map(|(table, column)| Doomed::Values(table, column, probe));
                self.found.extend(doomed);
            }
            Effect::Update {
                table,
                values,
                rows: Some(rows),
            } => self.assign(table, rows, values),
            Effect::Delete(table, Some(rows)) => {
                let Some(origin) = self.names.table(table).cloned() else {
                    return;
                };
                let query = self.is_askable(rows).then(|| query(rows) + " LIMIT 1");
                self.found.insert(Doomed::Rows(origin.clone(), query));
                self.written.insert(origin);
            }
            Effect::Unknown { what, reach } => self.reach(what, reach),
            Effect::Divert(table) => drop(self.elsewhere.insert(table.name.clone())),
            Effect::CreateFunction(name) => drop(self.functions.insert(name.name.clone())),
            // What is part of another statement is not told, and that is said of the whole.
            Effect::Update { rows: None, .. } | Effect::Delete(_, None) => {}
            Effect::CreateTable(..)
            | Effect::Insert { .. }
            | Effect::DropTable(_)
            | Effect::RenameTable(..)
            | Effect::RenameSchema(..)
            | Effect::RenameColumn(..) => {}
        }
    }

    fn all(&self) -> BTreeSet<QualifiedName> {
        self.names.tables().cloned().collect()
    }

    fn touch(&mut self, what: &str, tables: BTreeSet<QualifiedName>) {
        if !tables.is_empty() {
            self.written.extend(tables.iter().cloned());
            self.found.insert(Doomed::Several(what.to_owned(), tables));
        }
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
            && self.names.are_as_at_start()
            && !written.any(|table| mentions(&text, &table.name, self.catalog.dialect))
    }

    fn reach(&mut self, what: &str, reach: &Reach) {
        let tables = match reach {
            Reach::Any => self.all(),
            Reach::Functions(names) if names.is_disjoint(&self.functions) => return,
            Reach::Functions(_) => self.all(),
            Reach::Named(names) => names
                .iter()
                .map(QualifiedName::new)
                .filter_map(|name| self.names.table(&name).cloned())
                .collect(),
        };
        self.touch(what, tables);
    }

    fn assign(&mut self, table: &QualifiedName, rows: &Rows, values: &[(String, Option<String>)]) {
        let Some(origin) = self.names.table(table).cloned() else {
            return;
        };
        let columns = self.catalog.tables.get(&origin).into_iter().flatten();
        let columns: Vec<&str> = columns.map(|(name, _)| name.as_str()).collect();
        let mut found = Vec::new();
        for (column, expression) in values {
            let shifted = expression
                .as_deref()
                .and_then(|text| shift(text, column, &columns, self.catalog.dialect));
            let probe = match (shifted, expression) {
                // What is added can be taken away again, whatever the other rows are by then.
                (Some(back), Some(expression)) if self.names.are_as_at_start() => Probe::Shift {
                    target: rows.target.clone(),
                    expression: expression.clone(),
                    back,
                },
                (_, expression) if self.is_askable(rows) => Probe::Assigned {
                    rows: query(rows),
                    name: rows.name.clone(),
                    expression: expression.clone(),
                },
                _ => Probe::Any,
            };
            let place = self.names.column(table, column);
            found.extend(place.map(|(table, column)| Doomed::Values(table, column, probe)));
        }
        self.found.extend(found);
        self.written.insert(origin);
    }

    /// What a table loses that is made again from its own rows.
    fn remade(&mut self, remade: Remade) {
        let Remade {
            origin,
            rows,
            columns,
        } = remade;
        let Some(rows) = rows.filter(|rows| rows.is_told && rows.others.is_none()) else {
            self.found.insert(Doomed::Table(origin));
            return;
        };
        if rows.filter.is_some() {
            let query = self.is_askable(&rows).then(|| left_out(&rows));
            self.found.insert(Doomed::Rows(origin.clone(), query));
        }
        for (column, copied) in columns {
            let Some(copied) = copied else {
                self.found.insert(Doomed::Column(origin.clone(), column));
                continue;
            };
            let Copied {
                expression,
                is_bare,
                data_type,
            } = copied;
            let own = self.catalog.column(&origin, &column);
            let is_same = data_type.as_ref().is_none_or(|made| {
                own.is_some_and(|(_, data_type)| made.eq_ignore_ascii_case(data_type))
            });
            if is_bare && is_same {
                continue;
            }
            let probe = if self.names.are_as_at_start() {
                Probe::Copied {
                    target: rows.target.clone(),
                    expression,
                    data_type,
                    back: self.copied_back(&origin, &column),
                }
            } else {
                Probe::Any
            };
            self.found
                .insert(Doomed::Values(origin.clone(), column, probe));
        }
    }

    /// What the way back makes a column's values of, where it is one expression of them.
    fn copied_back(&self, table: &QualifiedName, column: &str) -> Option<String> {
        let dialect = self.catalog.dialect;
        let mut copies = self.copies.iter().filter(|(from, target, item)| {
            same_name(&from.name, &table.name, dialect)
                && same_name(target, column, dialect)
                && mentions(item, column, dialect)
        });
        let (.., item) = copies.next()?;
        copies.next().is_none().then(|| item.clone())
    }

    fn drop_schema(&mut self, schema: &str) {
        let mut tables: BTreeSet<QualifiedName> = self.names.tables_in(schema).cloned().collect();
        let users = self.catalog.users.iter();
        let users = users.filter(|(types, _)| types == schema);
        tables.extend(users.map(|(_, table)| table.clone()));
        let what = format!(
            "schema {} with all that is in it",
            QualifiedName::new(schema)
        );
        self.found.insert(Doomed::Several(what, tables));
    }
}
