//! Turns the parsed statements of SQLite tables into tables of a schema.
//!
//! Names are compared without case there (sqlite.org/lang_keywords.html is silent, `sqlite3StrICmp`
//! is not), so a name that refers to something is given the spelling of what it refers to.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::sqlite::meant_default;
use limbeck_core::schema::naming::{Naming, Parts, fill, unused};
use limbeck_core::schema::unnamed::first_mentioned;
use limbeck_core::schema::{
    Check, Column, Constraint, ConstraintKind, Declared, Deferrable, EnumType, Exclusion,
    Expression, ForeignKey, Generated, Identity, IdentityKind, PrimaryKey, QualifiedName, Schema,
    Table, Type, Unique, Unnamed,
};
use limbeck_core::sql::quote_identifier;

use super::create_table::{
    ColumnDefinition, CreateTable, KeyColumn, KeyColumns, Reference, TableConstraint,
    TableConstraintKind,
};
use super::enum_type::enum_of;
use crate::inspect::expression::without_parentheses;

/// What references need to know of the tables they point at: their names and keys, by the name in
/// lower case.
pub(super) type Parents = BTreeMap<String, Parent>;

/// A table that may be referenced.
#[derive(Debug)]
pub(super) struct Parent {
    name: String,
    columns: Vec<String>,
    primary_key: Vec<String>,
}

/// What is known of a table before any reference is resolved.
pub(super) fn parent(parsed: &CreateTable) -> Parent {
    let primary_key = parsed
        .columns
        .iter()
        .flat_map(|column| &column.constraints)
        .chain(&parsed.constraints)
        .find_map(|constraint| match &constraint.kind {
            TableConstraintKind::PrimaryKey(key) => Some(&key.columns),
            _ => None,
        });
    let columns: Vec<String> = parsed.columns.iter().map(|c| c.name.clone()).collect();
    Parent {
        name: parsed.name.clone(),
        primary_key: primary_key
            .into_iter()
            .flatten()
            .map(|column| spelled(&columns, &column.name))
            .collect(),
        columns,
    }
}

/// The spelling under which a column was declared.
fn spelled(columns: &[String], name: &str) -> String {
    columns
        .iter()
        .find(|column| column.eq_ignore_ascii_case(name))
        .map_or_else(|| name.to_owned(), Clone::clone)
}

/// Adds a parsed table to the schema, and the enums that its columns spell.
pub(super) fn add_table(parsed: &CreateTable, parents: &Parents, schema: &mut Schema) {
    let mut table = Table::new(QualifiedName::new(&parsed.name));
    table.options.strict = parsed.strict;
    table.options.without_rowid = parsed.without_rowid;
    let mut constraints: Vec<(Option<&str>, &TableConstraint)> = Vec::new();
    for definition in &parsed.columns {
        let mut column = column(definition);
        for constraint in &definition.constraints {
            let is_text = matches!(column.data_type, Type::Sql(_));
            match enum_of(definition, constraint) {
                Some((name, values)) if is_text && adopt_enum(schema, &name, &values) => {
                    column.data_type = Type::Enum(QualifiedName::new(name));
                }
                _ => constraints.push((Some(&definition.name), constraint)),
            }
        }
        table.columns.push(column);
    }
    constraints.extend(
        parsed
            .constraints
            .iter()
            .map(|constraint| (None, constraint)),
    );
    let mut namer = Namer::new(&constraints);
    for (beside, constraint) in constraints {
        let kind = kind(&constraint.kind, &table, parents);
        if let TableConstraintKind::PrimaryKey(key) = &constraint.kind {
            mark_key(&mut table, key, beside.is_some());
        }
        let name = namer.name(&table, beside, constraint, &kind);
        table.add_constraint(Constraint {
            unnamed: Unnamed(constraint.name.is_none()),
            ..Constraint::new(name, kind)
        });
    }
    schema.tables.insert(table.name.clone(), table);
}

/// Whether the values can be those of the enum `name`: another column may have other ones.
fn adopt_enum(schema: &mut Schema, name: &str, values: &[String]) -> bool {
    let name = QualifiedName::new(name);
    let enum_type = schema
        .enums
        .entry(name.clone())
        .or_insert_with(|| EnumType {
            name,
            values: values.to_vec(),
            comment: None,
        });
    enum_type.values == values
}

/// The column; whether its key numbers it is read with the key.
fn column(definition: &ColumnDefinition) -> Column {
    let default = definition.default.as_deref();
    let default = default.map(|text| without_parentheses(text, Dialect::Sqlite));
    let generated = definition.generated.as_ref();
    Column {
        name: definition.name.clone(),
        data_type: Type::Sql(definition.data_type.clone()),
        nullable: !definition.not_null,
        not_null_conflict: definition.not_null_conflict.clone(),
        default: default.and_then(meant_default).map(Expression::new),
        generated: generated.map(|(text, stored)| Generated {
            expression: expression(text),
            stored: *stored,
        }),
        identity: None,
        collation: definition.collation.clone(),
        comment: None,
        declared: Declared::default(),
    }
}

/// An expression as it is written, without parentheses around the whole of it.
fn expression(text: &str) -> Expression {
    Expression::new(without_parentheses(text, Dialect::Sqlite))
}

/// A key admits NULL unless its columns say NOT NULL, or it is the row number, or the table is STRICT
/// or WITHOUT ROWID (sqlite.org/lang_createtable.html, section 3.5).
fn mark_key(table: &mut Table, key: &KeyColumns, stands_beside: bool) {
    let is_row_number = match key.columns.as_slice() {
        // `a INTEGER PRIMARY KEY DESC` is none, for an old bug's sake (section 5).
        [column] => {
            let is_integer = table.columns.iter().any(|one| {
                one.name.eq_ignore_ascii_case(&column.name)
                    && one.data_type == Type::Sql("INTEGER".to_owned())
            });
            is_integer && !(stands_beside && column.descending)
        }
        _ => false,
    };
    let refuses_null = is_row_number || table.options.strict || table.options.without_rowid;
    for key_column in &key.columns {
        let column = table
            .columns
            .iter_mut()
            .find(|column| column.name.eq_ignore_ascii_case(&key_column.name));
        if let Some(column) = column {
            column.nullable &= !refuses_null;
            if key.autoincrement {
                column.identity = Some(Identity::new(IdentityKind::ByDefault));
            }
        }
    }
}

fn kind(parsed: &TableConstraintKind, table: &Table, parents: &Parents) -> ConstraintKind {
    let declared: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
    match parsed {
        TableConstraintKind::PrimaryKey(key) if is_plain(key) => {
            ConstraintKind::PrimaryKey(PrimaryKey {
                columns: plain_columns(key, &declared),
                include: Vec::new(),
                deferrable: Deferrable::No,
                on_conflict: key.on_conflict.clone(),
            })
        }
        TableConstraintKind::Unique(key) if is_plain(key) => ConstraintKind::Unique(Unique {
            columns: plain_columns(key, &declared),
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            on_conflict: key.on_conflict.clone(),
        }),
        TableConstraintKind::PrimaryKey(key) => verbatim("PRIMARY KEY", key),
        TableConstraintKind::Unique(key) => verbatim("UNIQUE", key),
        TableConstraintKind::Check(text) => ConstraintKind::Check(Check {
            expression: expression(text),
            no_inherit: false,
            validated: true,
        }),
        TableConstraintKind::ForeignKey(reference) => {
            ConstraintKind::ForeignKey(foreign_key(reference, &declared, parents))
        }
    }
}

fn is_plain(key: &KeyColumns) -> bool {
    key.columns
        .iter()
        .all(|column| column.collation.is_none() && !column.descending)
}

fn plain_columns(key: &KeyColumns, declared: &[String]) -> Vec<String> {
    key.columns
        .iter()
        .map(|column| spelled(declared, &column.name))
        .collect()
}

/// A key with collations or orders of its own, kept as text.
fn verbatim(keywords: &str, key: &KeyColumns) -> ConstraintKind {
    let column = |column: &KeyColumn| {
        let mut text = quote_identifier(&column.name, Dialect::Sqlite);
        if let Some(collation) = &column.collation {
            text.push_str(" COLLATE ");
            text.push_str(&quote_identifier(collation, Dialect::Sqlite));
        }
        if column.descending {
            text.push_str(" DESC");
        }
        text
    };
    let columns: Vec<String> = key.columns.iter().map(column).collect();
    let mut definition = format!("{keywords} ({})", columns.join(", "));
    if let Some(resolution) = &key.on_conflict {
        definition.push_str(" ON CONFLICT ");
        definition.push_str(resolution);
    }
    ConstraintKind::Exclusion(Exclusion {
        definition: Expression::new(definition),
    })
}

fn foreign_key(reference: &Reference, declared: &[String], parents: &Parents) -> ForeignKey {
    let parent = parents.get(&reference.table.to_ascii_lowercase());
    let referenced = match parent {
        Some(parent) if reference.referenced_columns.is_empty() => parent.primary_key.clone(),
        Some(parent) => reference
            .referenced_columns
            .iter()
            .map(|name| spelled(&parent.columns, name))
            .collect(),
        None => reference.referenced_columns.clone(),
    };
    let columns = reference.columns.iter();
    let columns = columns.map(|name| spelled(declared, name)).collect();
    let table = parent.map_or(&reference.table, |parent| &parent.name);
    let mut key = ForeignKey::new(columns, QualifiedName::new(table), referenced);
    key.on_delete = reference.on_delete;
    key.on_update = reference.on_update;
    key.match_type = reference.match_type;
    key.deferrable = reference.deferrable;
    key
}

/// Gives names to constraints that have none; the declared names are never given away.
struct Namer {
    naming: Naming,
    declared: BTreeSet<String>,
    given: BTreeSet<String>,
}

impl Namer {
    fn new(constraints: &[(Option<&str>, &TableConstraint)]) -> Self {
        let declared = constraints.iter().filter_map(|(_, c)| c.name.clone());
        Self {
            naming: Naming::default(),
            declared: declared.collect(),
            given: BTreeSet::new(),
        }
    }

    fn name(
        &mut self,
        table: &Table,
        beside: Option<&str>,
        constraint: &TableConstraint,
        kind: &ConstraintKind,
    ) -> String {
        let name = match &constraint.name {
            // SQLite does not ask that a name is given only once.
            Some(name) => unused(name.clone(), |name| self.given.contains(name)),
            None => {
                let name = self.default_name(table, beside, constraint, kind);
                unused(name, |name| {
                    self.given.contains(name) || self.declared.contains(name)
                })
            }
        };
        self.given.insert(name.clone());
        name
    }

    fn default_name(
        &self,
        table: &Table,
        beside: Option<&str>,
        constraint: &TableConstraint,
        kind: &ConstraintKind,
    ) -> String {
        let (template, columns) = match &constraint.kind {
            TableConstraintKind::PrimaryKey(_) => (&self.naming.primary_key, Vec::new()),
            TableConstraintKind::Unique(key) => {
                let declared: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
                let columns = key.columns.iter().map(|c| spelled(&declared, &c.name));
                (&self.naming.unique, columns.collect())
            }
            TableConstraintKind::ForeignKey(_) => {
                (&self.naming.foreign_key, kind.key_columns().to_vec())
            }
            TableConstraintKind::Check(text) => {
                let column = first_mentioned(text, table);
                let column = column.or_else(|| beside.map(str::to_owned));
                (&self.naming.check, column.into_iter().collect())
            }
        };
        fill(template, &Parts::new(&table.name.name, &columns))
    }
}
