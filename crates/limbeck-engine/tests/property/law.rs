//! What must hold after a round, read from the rows before and after, and from nothing else.

use std::collections::BTreeMap;

use limbeck_core::dialect::{Dialect, type_name};
use limbeck_core::revision::Section;
use limbeck_core::schema::{Column, Object, QualifiedName, Table, Type};

use super::change::Change;
use super::database::{Line, Rows, casts};
use super::round::{Round, text};

impl Round<'_> {
    /// The columns that stay and whose type becomes another.
    fn retyped(&self) -> Vec<(QualifiedName, Column, QualifiedName, Column)> {
        let pairs = self
            .change
            .columns
            .iter()
            .filter_map(|((table, column), now)| {
                let new_table = self.change.tables.get(table)?;
                let from = self.change.from.tables.get(table)?.column(column)?;
                let to = self.change.to.tables.get(new_table)?.column(now)?;
                let is_other = from.data_type != to.data_type;
                let is_plain = from.generated.is_none() && to.generated.is_none();
                (is_other && is_plain)
                    .then(|| (table.clone(), from.clone(), new_table.clone(), to.clone()))
            });
        pairs.collect()
    }

    /// Whether a section says that all rows of a table are lost, or the values of a column of it: by the
    /// names that they have before the upgrade or after it.
    fn is_said(&self, section: &Section, table: &QualifiedName, column: Option<&str>) -> bool {
        let said = said_lost(section);
        let now = self.change.tables.get(table);
        let place = column.map(|column| (table.clone(), column.to_owned()));
        let new_column = place.and_then(|place| self.change.columns.get(&place));
        let columns: Vec<&str> = column
            .into_iter()
            .chain(new_column.map(String::as_str))
            .collect();
        let mut names = Vec::new();
        for table in [Some(table), now].into_iter().flatten() {
            names.push(table.to_string());
            let members = columns.iter().map(|one| (*one).to_owned());
            names.extend(members.map(|one| Object::Column(table.clone(), one).to_string()));
        }
        said.iter().any(|one| names.contains(one))
    }

    /// What the server makes of the values whose type becomes another, where it casts them.
    pub(crate) async fn cast_upwards(&mut self) -> BTreeMap<(QualifiedName, String), Vec<String>> {
        let mut expected = BTreeMap::new();
        if self.dialect == Dialect::Sqlite {
            return expected;
        }
        for (table, from, new_table, to) in self.retyped() {
            // Of an array its first element is taken.
            if matches!(from.data_type, Type::Array(_)) {
                continue;
            }
            let target = type_name(&to.data_type, self.dialect);
            if let Some(values) = casts(self.ground.live, &table, &from.name, &[target]).await {
                expected.insert((new_table, to.name), values);
            }
        }
        expected
    }

    /// After the upgrade each value that stays is there, in its row.
    pub(crate) fn arrives(
        &self,
        upgrade: &Section,
        before: &Rows,
        reached: &Rows,
        expected: BTreeMap<(QualifiedName, String), Vec<String>>,
    ) -> Result<(), String> {
        let Change { from, to, .. } = &*self.change;
        for (table, now) in &self.change.tables {
            let (former, target) = (&from.tables[table], &to.tables[now]);
            if self.is_said(upgrade, table, None) {
                continue;
            }
            let mut columns = Vec::new();
            for column in &former.columns {
                let place = (table.clone(), column.name.clone());
                let Some(target) = self
                    .change
                    .columns
                    .get(&place)
                    .and_then(|name| target.column(name))
                else {
                    if !before[table].is_empty()
                        && column.generated.is_none()
                        && !self.is_said(upgrade, table, Some(&column.name))
                    {
                        return Err(format!("{table}.{} goes without a word", column.name));
                    }
                    continue;
                };
                let is_filled = column.nullable && !target.nullable;
                let is_respelled = column.data_type.enum_name().is_some()
                    || target.data_type.enum_name().is_some();
                let is_generated = column.generated.is_some() || target.generated.is_some();
                let is_other = column.data_type != target.data_type
                    || is_filled
                    || is_respelled
                    || is_generated;
                if !is_other && !self.is_said(upgrade, table, Some(&column.name)) {
                    columns.push((column.name.as_str(), target.name.as_str()));
                }
            }
            let (old, new): (Vec<&str>, Vec<&str>) = columns.into_iter().unzip();
            let (was, is) = (
                projected(former, &before[table], &old),
                projected(target, &reached[now], &new),
            );
            if was != is {
                return Err(format!(
                    "the upgrade changes {table} {old:?}: {}",
                    told(&was, &is)
                ));
            }
        }
        for ((table, column), values) in expected {
            let target = &to.tables[&table];
            let is_filled = !target.column(&column).is_some_and(|one| one.nullable);
            let mut is: Vec<String> = projected(target, &reached[&table], &[&column])
                .into_iter()
                .flatten()
                .collect();
            is.sort();
            if !is_filled && values != is && is.iter().any(|one| !values.contains(one)) {
                return Err(format!(
                    "the upgrade makes {is:?} of {table}.{column}, and the server {values:?}"
                ));
            }
        }
        for (table, lines) in before {
            if !self.change.tables.contains_key(table)
                && !lines.is_empty()
                && !self.is_said(upgrade, table, None)
            {
                return Err(format!("{table} goes without a word"));
            }
        }
        Ok(())
    }

    /// Whether texts become a BLOB of which nothing tells that it is to hold UUIDs: none of them is one.
    pub(crate) fn is_any_blob(&self, with: &Rows) -> bool {
        let retyped = self.retyped().into_iter();
        let mut from_text = retyped.filter(|(_, from, ..)| from.data_type == Type::Uuid);
        self.dialect == Dialect::Sqlite
            && from_text.any(|(_, _, table, to)| {
                let target = &self.change.to.tables[&table];
                let values = projected(target, &with[&table], &[&to.name]);
                let is_uuid = |text: &String| text.matches('-').count() == 4;
                !values.iter().flatten().any(is_uuid)
            })
    }

    /// Whether all values whose type becomes another again come through it, as the server casts them;
    /// `None` where that cannot be asked.
    pub(crate) async fn survives_back(&mut self, with: &Rows) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        if self.dialect == Dialect::Sqlite {
            return found;
        }
        for (_, from, table, to) in self.retyped() {
            let (there, back) = (
                type_name(&from.data_type, self.dialect),
                type_name(&to.data_type, self.dialect),
            );
            let Some(values) = casts(self.ground.live, &table, &to.name, &[there, back]).await
            else {
                continue;
            };
            let target = &self.change.to.tables[&table];
            let mut is: Vec<String> = projected(target, &with[&table], &[&to.name])
                .into_iter()
                .flatten()
                .collect();
            is.sort();
            found.push((format!("{table}.{}", to.name), values == is));
        }
        found
    }

    /// A downgrade that is not refused had nothing to lose.
    pub(crate) fn nothing_was_there(
        &self,
        with: &Rows,
        intact: Vec<(String, bool)>,
    ) -> Result<(), String> {
        let Change {
            from,
            to,
            tables,
            columns,
            ..
        } = &*self.change;
        let stays = |table: &QualifiedName| tables.iter().find(|(_, now)| *now == table);
        for (table, lines) in with {
            let Some((former, _)) = stays(table) else {
                if !lines.is_empty() {
                    return Err(format!(
                        "the downgrade takes the rows of {table} without asking"
                    ));
                }
                continue;
            };
            let target = &to.tables[table];
            for column in target.columns.iter().filter(|one| one.generated.is_none()) {
                let is_former = columns
                    .iter()
                    .any(|((owner, _), now)| owner == former && *now == column.name);
                let values = projected(target, lines, &[&column.name]);
                let is_empty = values
                    .iter()
                    .flatten()
                    .all(|one| one == "<null>" || one == "null NULL");
                if !is_former && !is_empty {
                    return Err(format!(
                        "the downgrade takes {table}.{} without asking: {values:?}",
                        column.name
                    ));
                }
            }
        }
        debug_assert!(tables.keys().all(|name| from.tables.contains_key(name)));
        match intact.into_iter().find(|(_, is_intact)| !is_intact) {
            Some((column, _)) => Err(format!(
                "the downgrade takes values of {column} without asking"
            )),
            None => Ok(()),
        }
    }

    /// What was there before is there again, but for what a section says is lost.
    pub(crate) fn comes_back(
        &self,
        before: &Rows,
        back: &Rows,
        added: BTreeMap<QualifiedName, usize>,
    ) -> Result<(), String> {
        let (Some(upgrade), Some(downgrade)) = (&self.upgrade, &self.downgrade) else {
            return Ok(());
        };
        for (table, lines) in before {
            let former = &self.change.from.tables[table];
            let now = self.change.tables.get(table);
            let is_lost = |column: Option<&str>| {
                self.is_said(upgrade, table, column) || self.is_said(downgrade, table, column)
            };
            if is_lost(None) {
                continue;
            }
            // What is generated is generated again.
            let columns = former
                .columns
                .iter()
                .filter(|one| one.generated.is_none())
                .map(|one| one.name.as_str());
            let columns: Vec<&str> = columns.filter(|one| !is_lost(Some(one))).collect();
            let was = projected(former, lines, &columns);
            let is = projected(former, &back[table], &columns);
            let more = now.and_then(|now| added.get(now)).copied().unwrap_or(0);
            let (missing, extra) = (missing(&was, &is), missing(&is, &was));
            if !missing.is_empty() || extra.len() != more {
                return Err(format!(
                    "{table} {columns:?} is not as it was and {more} rows: {}",
                    told(&was, &is)
                ));
            }
        }
        Ok(())
    }
}

/// What the comments of a section say that is lost.
fn said_lost(section: &Section) -> Vec<String> {
    let text = text(section);
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("-- loses: "))
        .map(str::to_owned)
        .collect()
}

/// The rows as far as these columns go, sorted.
fn projected(table: &Table, lines: &[Line], columns: &[&str]) -> Vec<Line> {
    let places: Vec<usize> = columns
        .iter()
        .filter_map(|name| table.columns.iter().position(|one| one.name == *name))
        .collect();
    let project = |line: &Line| places.iter().map(|at| line[*at].clone()).collect();
    let mut rows: Vec<Line> = lines.iter().map(project).collect();
    rows.sort();
    rows
}

/// Those of the one that the other has not, as often as they are there.
fn missing(from: &[Line], to: &[Line]) -> Vec<Line> {
    let mut rest = to.to_vec();
    let mut missing = Vec::new();
    for line in from {
        match rest.iter().position(|one| one == line) {
            Some(at) => drop(rest.remove(at)),
            None => missing.push(line.clone()),
        }
    }
    missing
}

fn told(was: &[Line], is: &[Line]) -> String {
    format!("was {:?}, is {:?}", missing(was, is), missing(is, was))
}
