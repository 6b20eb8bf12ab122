//! What two versions of a table demand of its rows.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{
    Column, ConstraintKind, Deferrable, IdentityKind, IndexTarget, QualifiedName, Schema, Table,
    Type,
};
use limbeck_core::sql::{Token, TokenKind, lex, mentions, quoted, rename_identifier};

use super::change::{Change, Place};
use super::kind::{Types, domains, shape};
use super::value::{Shape, Value};

/// Both sides of a change, and what is known of types.
pub(super) struct Sides<'a> {
    pub(super) before: &'a Schema,
    /// The state after, and the way there; none when rows need to satisfy the first side only.
    pub(super) after: Option<(&'a Schema, &'a Change)>,
    pub(super) types: Types,
    pub(super) dialect: Dialect,
    pub(super) amount: Amount,
}

/// How many rows tables get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Amount {
    /// Few of the plainest values.
    Few,
    /// Each value that there is, but for these tables, which get few.
    Many { but: BTreeSet<QualifiedName> },
}

/// So many rows are few.
pub(super) const FEW: usize = 3;
/// So many rows a table gets at most.
const MANY: usize = 64;
/// So many rows beyond the number of values put values together that did not meet before.
const MIXED: usize = 8;

/// So many values of a key are left for rows that are tried by themselves.
const SPARE: usize = 8;

/// What a table's rows must be like.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) table: QualifiedName,
    /// The columns that get a value, in their order.
    pub(super) columns: Vec<Wish>,
    /// Sets of columns that must differ between rows.
    pub(super) keys: Vec<Key>,
    pub(super) references: Vec<Reference>,
    pub(super) checks: Vec<Demand>,
    /// Generated columns, with their expressions.
    pub(super) generated: Vec<(String, String)>,
    /// Whether an identity column gets values that it would give by itself.
    pub(super) is_overriding: bool,
    /// So many rows are made.
    pub(super) rows: usize,
}

/// A column that gets a value.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) data_type: Type,
    pub(super) nullable: bool,
    /// Whether a row can be made without saying anything of it.
    pub(super) is_optional: bool,
    pub(super) values: Vec<Value>,
    /// So many of the values, behind the first three, are what its checks speak of.
    pub(super) hints: usize,
    pub(super) shape: Shape,
    /// The kind of value at the other end of a change.
    pub(super) other: Option<Shape>,
}

impl Wish {
    /// Makes the values up to a number, where they must differ from row to row.
    fn extend_to(&mut self, count: usize) {
        let is_both = |value: &Value| {
            self.shape.fits(value) && self.other.as_ref().is_none_or(|other| other.fits(value))
        };
        let more: Vec<Value> = (1..=count)
            .filter_map(|number| self.shape.numbered(number))
            .filter(is_both)
            .filter(|value| !self.values.contains(value))
            .collect();
        let missing = count.saturating_sub(self.values.len());
        self.values.extend(more.into_iter().take(missing));
    }
}

/// Columns that must differ between rows.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) columns: Vec<String>,
    pub(super) nulls_are_equal: bool,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// `None` for a table that is not there before.
    pub(super) table: Option<QualifiedName>,
    pub(super) referenced: Vec<String>,
    pub(super) is_deferrable: bool,
}

/// A check, of the table or of a domain.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    pub(super) name: String,
    pub(super) expression: String,
    /// The columns that it names, generated ones excluded.
    pub(super) columns: Vec<String>,
    /// What the columns' values are cast to before they are asked about, where that is another type.
    pub(super) types: BTreeMap<String, Type>,
    /// Whether the table itself demands it, and not only what becomes of it.
    pub(super) is_former: bool,
}

/// What a table's rows must be like; columns in `referenced` get values that are known.
pub(super) fn draft(table: &Table, sides: &Sides<'_>, referenced: &BTreeSet<Place>) -> Draft {
    let target = sides
        .after
        .and_then(|(after, change)| change.target(after, &table.name));
    let mut draft = Draft {
        table: table.name.clone(),
        columns: Vec::new(),
        keys: Vec::new(),
        references: Vec::new(),
        checks: Vec::new(),
        generated: Vec::new(),
        is_overriding: false,
        rows: FEW,
    };
    draft.take_constraints(table, table, sides, &|column| Some(column.to_owned()));
    if let (Some(target), Some((_, change))) = (target, sides.after) {
        let origins: BTreeMap<&str, &str> = change
            .staying(&table.name)
            .map(|(from, to)| (to, from))
            .collect();
        draft.take_constraints(table, target, sides, &|column| {
            origins.get(column).map(|name| (*name).to_owned())
        });
    }
    draft.take_columns(table, target, sides, referenced);
    let is_few = match &sides.amount {
        Amount::Few => true,
        Amount::Many { but } => but.contains(&table.name),
    };
    if !is_few {
        let values = draft.columns.iter().map(|wish| wish.values.len());
        draft.rows = (values.max().unwrap_or(0) + MIXED).clamp(FEW, MANY);
        for wish in &mut draft.columns {
            if draft
                .keys
                .iter()
                .any(|key| key.columns.contains(&wish.name))
            {
                wish.extend_to(draft.rows + SPARE);
            }
        }
    }
    draft
}

impl Draft {
    pub(super) fn wish(&self, column: &str) -> Option<&Wish> {
        self.columns.iter().find(|wish| wish.name == column)
    }

    fn take_columns(
        &mut self,
        table: &Table,
        target: Option<&Table>,
        sides: &Sides<'_>,
        referenced: &BTreeSet<Place>,
    ) {
        let key: Vec<String> = table
            .primary_key()
            .map(|(_, key)| key.columns.clone())
            .unwrap_or_default();
        for column in &table.columns {
            if let Some(generated) = &column.generated {
                self.generated
                    .push((column.name.clone(), generated.expression.0.clone()));
                continue;
            }
            let place = (table.name.clone(), column.name.clone());
            if let Some(identity) = &column.identity {
                // A sequence with limits of its own may not have enough numbers, and a check may
                // not take the first ones.
                let is_limited = identity.options.max_value.is_some()
                    || self
                        .checks
                        .iter()
                        .any(|check| check.columns.contains(&column.name));
                if !referenced.contains(&place) && !is_limited {
                    continue;
                }
                self.is_overriding |=
                    sides.dialect == Dialect::Postgres && identity.kind != IdentityKind::Serial;
            }
            let to = target.and_then(|target| {
                let (_, change) = sides.after?;
                target.column(change.columns.get(&place)?)
            });
            let wish = self.wish_of(column, to, sides, key.contains(&column.name));
            self.columns.push(wish);
        }
        let columns: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
        let numbered = |name: &String| self.columns.iter().all(|wish| wish.name != *name);
        // What the database numbers by itself is not known before.
        let generated: BTreeSet<&String> = self.generated.iter().map(|(name, _)| name).collect();
        let is_asked = |demand: &Demand| {
            demand.columns.iter().all(|name| {
                columns.contains(&name.as_str()) && (generated.contains(name) || !numbered(name))
            })
        };
        let checks = std::mem::take(&mut self.checks);
        let mut checks: Vec<Demand> = checks.into_iter().filter(is_asked).collect();
        for check in &mut checks {
            let wanted: Vec<String> = self
                .generated
                .iter()
                .filter(|(name, _)| check.columns.contains(name))
                .flat_map(|(_, expression)| {
                    self.columns
                        .iter()
                        .map(|wish| wish.name.clone())
                        .filter(|name| mentions(expression, name, sides.dialect))
                })
                .collect();
            check
                .columns
                .retain(|name| !self.generated.iter().any(|(one, _)| one == name));
            check.columns.extend(wanted);
            check.columns.sort();
            check.columns.dedup();
        }
        // What names no column is for the database to say.
        checks.retain(|check| !check.columns.is_empty());
        self.checks = checks;
        self.add_hints(sides);
    }

    fn wish_of(
        &mut self,
        column: &Column,
        to: Option<&Column>,
        sides: &Sides<'_>,
        is_key: bool,
    ) -> Wish {
        let kind = |one: &Column, schema: &Schema| {
            shape(&one.data_type, schema, &sides.types, sides.dialect)
        };
        let own = kind(column, sides.before);
        let theirs = match (to, sides.after) {
            (Some(to), Some((after, _))) => Some(kind(to, after)),
            _ => None,
        };
        let mut values = match &theirs {
            Some(theirs) => own.common(theirs),
            None => own.values(),
        };
        // What the way there tells apart comes early, but not first.
        let asked = sides.after.map(|(_, change)| change.asked.as_slice());
        let asked = asked.unwrap_or_default().iter();
        let rest = values.split_off(values.len().min(3));
        let is_both =
            |value: &Value| own.fits(value) && theirs.as_ref().is_none_or(|one| one.fits(value));
        let asked = asked.map(|text| own.value(text.clone())).filter(is_both);
        for value in asked.chain(rest) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let mut nullable = column.nullable && !is_key && to.is_none_or(|to| to.nullable);
        let both = [(Some(column), true), (to, false)];
        for (domain, is_former) in both {
            let Some(domain) = domain else { continue };
            let Type::Sql(name) = &domain.data_type else {
                continue;
            };
            for (name, named) in domains(name, &sides.types) {
                nullable &= !named.not_null;
                for check in &named.checks {
                    self.checks.push(Demand {
                        name: name.to_owned(),
                        expression: of_domain(check, &column.name),
                        columns: vec![column.name.clone()],
                        types: BTreeMap::new(),
                        is_former,
                    });
                }
            }
        }
        Wish {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            nullable,
            is_optional: column.nullable || column.default.is_some(),
            values,
            hints: 0,
            shape: own,
            other: theirs,
        }
    }

    /// Takes over what a version of the table demands; `own` gives a column's name in `table`.
    fn take_constraints(
        &mut self,
        table: &Table,
        version: &Table,
        sides: &Sides<'_>,
        own: &dyn Fn(&str) -> Option<String>,
    ) {
        let is_target = !std::ptr::eq(table, version);
        let all = |columns: &[String]| -> Option<Vec<String>> {
            columns.iter().map(|column| own(column)).collect()
        };
        for constraint in version.constraints.values() {
            match &constraint.kind {
                ConstraintKind::PrimaryKey(key) => self.add_key(all(&key.columns), false),
                ConstraintKind::Unique(key) => {
                    self.add_key(all(&key.columns), key.nulls_not_distinct);
                }
                ConstraintKind::ForeignKey(key) => {
                    let Some(columns) = all(&key.columns) else {
                        continue;
                    };
                    let (table, referenced) = match sides.after.filter(|_| is_target) {
                        None => (Some(key.references.clone()), key.referenced_columns.clone()),
                        Some((_, change)) => {
                            let origin = change.origin(&key.references).cloned();
                            let staying: BTreeMap<String, String> = origin
                                .iter()
                                .flat_map(|table| change.staying(table))
                                .map(|(from, to)| (to.to_owned(), from.to_owned()))
                                .collect();
                            let columns = key.referenced_columns.iter();
                            let columns: Option<Vec<String>> =
                                columns.map(|name| staying.get(name).cloned()).collect();
                            match columns {
                                Some(columns) => (origin, columns),
                                None => (None, Vec::new()),
                            }
                        }
                    };
                    let reference = Reference {
                        name: constraint.name.clone(),
                        columns,
                        table,
                        referenced,
                        // SQLite can check any key late.
                        is_deferrable: sides.dialect == Dialect::Sqlite
                            || key.deferrable != Deferrable::No,
                    };
                    let is_known = |other: &Reference| {
                        other.columns == reference.columns
                            && other.table == reference.table
                            && other.referenced == reference.referenced
                    };
                    if !self.references.iter().any(is_known) {
                        self.references.push(reference);
                    }
                }
                ConstraintKind::Check(check) => {
                    self.add_check(
                        &constraint.name,
                        &check.expression.0,
                        table,
                        version,
                        sides,
                        own,
                    );
                }
                ConstraintKind::Exclusion(exclusion) => {
                    let columns: Vec<String> = table
                        .columns
                        .iter()
                        .map(|column| column.name.clone())
                        .filter(|name| mentions(&exclusion.definition.0, name, sides.dialect))
                        .collect();
                    self.add_key(Some(columns), false);
                }
            }
        }
        for index in version.indexes.values().filter(|index| index.unique) {
            let columns = index.keys.iter().map(|key| match &key.target {
                IndexTarget::Column(column) => own(column),
                IndexTarget::Expression(_) => None,
            });
            self.add_key(columns.collect(), index.nulls_not_distinct);
        }
    }

    fn add_key(&mut self, columns: Option<Vec<String>>, nulls_are_equal: bool) {
        if let Some(columns) = columns.filter(|columns| !columns.is_empty()) {
            self.keys.push(Key {
                columns,
                nulls_are_equal,
            });
        }
    }

    fn add_check(
        &mut self,
        name: &str,
        expression: &str,
        table: &Table,
        version: &Table,
        sides: &Sides<'_>,
        own: &dyn Fn(&str) -> Option<String>,
    ) {
        let mut expression = expression.to_owned();
        let mut columns = Vec::new();
        let mut types = BTreeMap::new();
        for column in &version.columns {
            if !mentions(&expression, &column.name, sides.dialect) {
                continue;
            }
            // Rows that are there say nothing of a column that is still to come.
            let Some(from) = own(&column.name) else {
                return;
            };
            if from != column.name {
                expression = rename_identifier(&expression, &column.name, &from, sides.dialect);
            }
            let former = table.column(&from).map(|one| &one.data_type);
            if former != Some(&column.data_type) {
                types.insert(from.clone(), column.data_type.clone());
            }
            columns.push(from);
        }
        let is_known = |other: &Demand| other.expression == expression && other.types == types;
        if !self.checks.iter().any(is_known) {
            self.checks.push(Demand {
                name: name.to_owned(),
                expression,
                columns,
                types,
                is_former: std::ptr::eq(table, version),
            });
        }
    }
}

/// A domain as a table of one column, for questions about its checks.
pub(super) fn domain_draft(name: &str, sides: &Sides<'_>) -> Draft {
    let column = Column::new("value", Type::Sql(name.to_owned()));
    let mut draft = Draft {
        table: QualifiedName::new(name),
        columns: Vec::new(),
        keys: Vec::new(),
        references: Vec::new(),
        checks: Vec::new(),
        generated: Vec::new(),
        is_overriding: false,
        rows: FEW,
    };
    let wish = draft.wish_of(&column, None, sides, false);
    draft.columns.push(wish);
    draft.add_hints(sides);
    draft
}

/// A domain's check as one of the column.
pub(super) fn of_domain(check: &str, column: &str) -> String {
    let body = check.strip_prefix("CHECK").unwrap_or(check).trim();
    let body = body.strip_suffix("NOT VALID").unwrap_or(body);
    let mut text = String::new();
    for token in lex(body, Dialect::Postgres).unwrap_or_default() {
        let is_value = |token: &Token| {
            token.kind == TokenKind::Word && token.text(body).eq_ignore_ascii_case("value")
        };
        if is_value(&token) {
            text.push_str(&quoted(column));
        } else {
            text.push_str(token.text(body));
        }
    }
    text
}
