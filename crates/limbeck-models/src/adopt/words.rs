//! The words for each fact that an entity leaves to the database.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::naming::Naming;
use limbeck_core::schema::{
    Binding, Column, Constraint, ConstraintKind, Deferrable, FactKind, ForeignKey, Index,
    IndexTarget, Member, Models, Object, QualifiedName, Schema, Table, Type,
};

use crate::conventions::Conventions;
use crate::write::WriteContext;
use crate::write::table::{Members, TableNames, Writing};
use crate::write::text::{literal, said};
use crate::write::{constraint, default, index, relations};

use super::{Addition, Additions};

/// An argument of an attribute, and whose attribute it is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Words {
    /// `#[sea_orm(…)]`.
    SeaOrm(String),
    /// `#[cfg_attr(any(), limbeck(…))]`.
    Limbeck(String),
}

/// What the tables of `state` have and the entities that declare them leave unsaid; where `only` names tables, of these.
#[must_use]
pub fn additions(
    models: &Models,
    state: &Schema,
    dialect: Dialect,
    only: &BTreeSet<QualifiedName>,
) -> Additions {
    // A name that goes without saying in models of ours is said here: an entity's own members have any.
    let conventions = Conventions {
        naming: Naming {
            primary_key: String::new(),
            unique: String::new(),
            foreign_key: String::new(),
            check: String::new(),
            exclusion: String::new(),
            index: String::new(),
            unique_index: None,
        },
        ..Conventions::default()
    };
    let context = WriteContext {
        schema: state,
        dialect,
        conventions: &conventions,
        tables: BTreeMap::new(),
        enums: BTreeMap::new(),
        relations: relations(state),
        refused: Vec::new(),
    };
    let mut found = Additions::default();
    for (name, declared) in &models.schema.tables {
        let is_wanted = only.is_empty() || only.contains(name);
        let (Some(table), true) = (state.tables.get(name), is_wanted && is_entity(declared)) else {
            continue;
        };
        of_table(models, &context, declared, table, &mut found);
    }
    found
}

/// Whether a table is declared by an entity of SeaORM, which leaves facts to the database. A `table!` of Diesel leaves
/// the values of enums to it, too.
#[must_use]
pub fn is_entity(table: &Table) -> bool {
    table.unsaid.contains(&FactKind::Defaults) && !table.unsaid.contains(&FactKind::Enums)
}

/// Where the additions to a table stand.
struct Target<'a> {
    models: &'a Models,
    names: &'a TableNames,
    table: &'a QualifiedName,
}

impl Target<'_> {
    fn to_table(&self, words: Words, found: &mut Additions) {
        let object = Object::Table(self.table.clone());
        self.add(object, None, words, found);
    }

    fn to_column(&self, column: &str, words: Words, found: &mut Additions) {
        let object = Object::Column(self.table.clone(), column.to_owned());
        let field = self.names.fields.get(column).cloned();
        self.add(object, field, words, found);
    }

    fn add(&self, object: Object, field: Option<String>, words: Words, found: &mut Additions) {
        let Some(origin) = self.models.origins.get(&object) else {
            return;
        };
        found.additions.push(Addition {
            file: origin.file.clone(),
            line: usize::try_from(origin.line).unwrap_or_default(),
            field,
            words,
            object,
        });
    }
}

fn of_table(
    models: &Models,
    context: &WriteContext<'_>,
    declared: &Table,
    table: &Table,
    found: &mut Additions,
) {
    let fields = declared.columns.iter().filter_map(|column| {
        let object = Object::Column(declared.name.clone(), column.name.clone());
        let (_, field) = models.origins.get(&object)?.path.rsplit_once("::")?;
        Some((column.name.clone(), field.to_owned()))
    });
    let names = TableNames {
        ident: String::new(),
        fields: fields.collect(),
    };
    let target = Target {
        models,
        names: &names,
        table: &declared.name,
    };
    if let (None, Some(comment)) = (&declared.comment, &table.comment)
        && !comment.trim().is_empty()
    {
        target.to_table(Words::SeaOrm(said("comment", comment)), found);
    }
    // What stands on a column that the entity does not have, also in an expression, is not the entity's to say.
    let columns = table.columns.iter().map(|column| column.name.as_str());
    let foreign: Vec<&str> = columns
        .filter(|name| declared.column(name).is_none())
        .collect();
    let stands = |member: Member<'_>| {
        let mut foreign = foreign.iter();
        foreign.all(|column| !member.uses(column, context.dialect))
    };
    for column in &declared.columns {
        let there = table.column(&column.name);
        if let Some(there) = there.filter(|there| stands(Member::Column(there))) {
            of_column(context, &target, column, there, found);
        }
    }
    let writing = Writing {
        context,
        table,
        names: &names,
    };
    let several = declared.constraints.values().filter(|one| is_key(one));
    let several = several.map(|one| one.kind.key_columns());
    let several = several.filter(|columns| columns.len() > 1).flatten();
    let mut keyed: BTreeSet<String> = several.cloned().collect();
    let mut members = Members::default();
    for (name, constraint) in &table.constraints {
        let is_said = says_constraint(declared, constraint);
        if is_said || !stands(Member::Constraint(constraint)) {
            continue;
        }
        let columns = constraint.kind.key_columns();
        if is_plain_key(constraint) && key(&target, name, columns, &mut keyed, found) {
            continue;
        }
        constraint::write(&writing, constraint, &mut members);
    }
    for (name, index) in &table.indexes {
        if says_index(declared, index) || !stands(Member::Index(index)) {
            continue;
        }
        match plain_columns(index) {
            Some(columns) if index.unique => {
                let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
                if key(&target, name, &columns, &mut keyed, found) {
                    continue;
                }
            }
            Some(columns) if columns.len() == 1 => {
                target.to_column(columns[0], Words::SeaOrm("indexed".to_owned()), found);
                continue;
            }
            _ => {}
        }
        index::write(&writing, index, &mut members);
    }
    for (column, arguments) in members.columns {
        let arguments: Vec<String> = arguments.into_iter().map(|(_, one)| one).collect();
        target.to_column(&column, Words::Limbeck(arguments.join(", ")), found);
    }
    for argument in members.table {
        target.to_table(Words::Limbeck(argument), found);
    }
    let left = members.unsaid.into_iter();
    found
        .left
        .extend(left.map(|what| format!("{what} of `{}`", declared.name)));
}

/// `unique` of one column, `unique_key` of several. SeaORM has one key of several for each column.
fn key(
    target: &Target<'_>,
    name: &str,
    columns: &[String],
    keyed: &mut BTreeSet<String>,
    found: &mut Additions,
) -> bool {
    if let [column] = columns {
        target.to_column(column, Words::SeaOrm("unique".to_owned()), found);
        return true;
    }
    if columns.iter().any(|column| keyed.contains(column)) {
        return false;
    }
    for column in columns {
        target.to_column(column, Words::SeaOrm(said("unique_key", name)), found);
        keyed.insert(column.clone());
    }
    true
}

fn of_column(
    context: &WriteContext<'_>,
    target: &Target<'_>,
    column: &Column,
    there: &Column,
    found: &mut Additions,
) {
    let name = &column.name;
    if let (None, Some(comment)) = (&column.comment, &there.comment)
        && !comment.trim().is_empty()
    {
        target.to_column(name, Words::SeaOrm(said("comment", comment)), found);
    }
    if context.dialect == Dialect::Postgres
        && column.declared.binding == Binding::Family
        && column.data_type != there.data_type
    {
        match column_type(&there.data_type) {
            Some(text) => target.to_column(name, Words::SeaOrm(said("column_type", &text)), found),
            None if matches!(column.data_type, Type::Enum(_)) => {}
            None => found.left.push(format!(
                "the type `{}` of `{}.{name}`",
                there.data_type, target.table
            )),
        }
    }
    if let (None, Some(collation)) = (&column.collation, &there.collation) {
        target.to_column(name, Words::Limbeck(said("collation", collation)), found);
    }
    match (&column.generated, &there.generated) {
        (None, Some(generated)) if column.default.is_none() => {
            let key = if generated.stored {
                "generated"
            } else {
                "generated_virtual"
            };
            let text = said(key, generated.expression.as_str());
            target.to_column(name, Words::Limbeck(text), found);
        }
        _ => {}
    }
    if let (None, Some(text)) = (&column.default, &there.default)
        && column.generated.is_none()
        && there.identity.is_none()
        && column.identity.is_none()
    {
        let portable = match context.dialect {
            Dialect::Postgres => &there.data_type,
            Dialect::Sqlite => &column.data_type,
        };
        let word = default::word(context, text.as_str(), (portable, &there.data_type));
        let custom = || format!("Expr::cust({})", literal(text.as_str()));
        let words = match word.as_deref() {
            Some("now") => said("default_expr", "Expr::current_timestamp()"),
            Some("uuid") | None => said("default_expr", &custom()),
            Some(word) => match rust_literal(word) {
                Some(literal) => format!("default_value = {literal}"),
                None => said("default_expr", &custom()),
            },
        };
        target.to_column(name, Words::SeaOrm(words), found);
    }
}

/// A word of a default as a literal of Rust, which `default_value` becomes: a number without a suffix is an `i32` or an
/// `f64` there. `None` where no literal holds it.
fn rust_literal(word: &str) -> Option<String> {
    let is_number = word.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-');
    if !is_number || word.parse::<i32>().is_ok() {
        return Some(word.to_owned());
    }
    if word.parse::<i64>().is_ok() {
        return Some(format!("{word}i64"));
    }
    let is_fraction = word.contains(['.', 'e', 'E']) && word.parse().is_ok_and(f64::is_finite);
    is_fraction.then(|| word.to_owned())
}

/// A type as SeaORM spells it, where an entity's Rust type leaves the choice.
fn column_type(data_type: &Type) -> Option<String> {
    Some(match data_type {
        Type::Varchar(None) => "String(StringLen::None)".to_owned(),
        Type::Varchar(Some(length)) => format!("String(StringLen::N({length}))"),
        Type::Text => "Text".to_owned(),
        Type::Char(length) => format!("Char(Some({length}))"),
        Type::Numeric(None) => "Decimal(None)".to_owned(),
        Type::Numeric(Some((precision, scale @ 0..))) => {
            format!("Decimal(Some(({precision}, {scale})))")
        }
        Type::Json => "Json".to_owned(),
        Type::Jsonb => "JsonBinary".to_owned(),
        Type::Sql(text) if text == "citext" => format!("custom({})", literal(text)),
        _ => return None,
    })
}

fn is_key(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::Unique(_))
}

/// Whether a unique constraint says nothing but its columns.
fn is_plain_key(constraint: &Constraint) -> bool {
    let ConstraintKind::Unique(key) = &constraint.kind else {
        return false;
    };
    constraint.comment.is_none()
        && key.include.is_empty()
        && !key.nulls_not_distinct
        && key.deferrable == Deferrable::No
        && key.on_conflict.is_none()
}

/// Whether an entity says a constraint, whatever it calls it.
fn says_constraint(declared: &Table, constraint: &Constraint) -> bool {
    if declared.constraints.contains_key(&constraint.name) {
        return true;
    }
    match &constraint.kind {
        ConstraintKind::PrimaryKey(_) => true,
        ConstraintKind::Unique(key) => says_key(declared, &key.columns),
        ConstraintKind::ForeignKey(key) => declared
            .foreign_keys()
            .any(|(_, own)| own.references == key.references && pairs(own) == pairs(key)),
        ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => false,
    }
}

fn says_index(declared: &Table, index: &Index) -> bool {
    if declared.indexes.contains_key(&index.name) {
        return true;
    }
    let Some(columns) = plain_columns(index) else {
        return false;
    };
    let is_same =
        |own: &Index| own.unique == index.unique && plain_columns(own).as_ref() == Some(&columns);
    let owned: Vec<String> = columns.iter().map(|one| (*one).to_owned()).collect();
    declared.indexes.values().any(is_same) || (index.unique && says_key(declared, &owned))
}

/// Whether an entity says that no two rows have the same values there.
fn says_key(declared: &Table, columns: &[String]) -> bool {
    let set: BTreeSet<&String> = columns.iter().collect();
    declared
        .constraints
        .values()
        .any(|own| is_key(own) && own.kind.key_columns().iter().collect::<BTreeSet<_>>() == set)
}

fn pairs(key: &ForeignKey) -> BTreeSet<(&String, &String)> {
    key.columns.iter().zip(&key.referenced_columns).collect()
}

/// The columns of an index that says nothing else.
fn plain_columns(index: &Index) -> Option<Vec<&str>> {
    let columns: Option<Vec<&str>> = index
        .keys
        .iter()
        .map(|key| match &key.target {
            IndexTarget::Column(column) => Some(column.as_str()),
            IndexTarget::Expression(_) => None,
        })
        .collect();
    let columns = columns?;
    let plain = Index {
        unique: index.unique,
        ..Index::on_columns(&index.name, columns.clone())
    };
    (plain == *index).then_some(columns)
}
