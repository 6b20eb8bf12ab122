//! Declarations of tables: a struct and its `#[table(…)]`.

use std::collections::BTreeMap;

use limbeck_core::schema::{QualifiedName, TableOptions};
use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Fields, ItemStruct};

use crate::attribute::{Argument, Key, Located, arguments_of, often, once, reported};
use crate::case::snake_case;
use crate::column::{ColumnDeclaration, column_name, read_column};
use crate::comment::comment;
use crate::constraint::{
    CheckDeclaration, ExclusionDeclaration, ForeignKeyDeclaration, KeyDeclaration,
    UniqueDeclaration, read_checks, read_exclusion, read_foreign_key, read_primary_key,
    read_unique,
};
use crate::error::GrammarError;
use crate::foreign::{ForeignTable, Ours};
use crate::index::{IndexDeclaration, read_index, storage_parameters};
use crate::sequence::{SequenceDeclaration, read_sequence};
use crate::suggest;
use crate::vocabulary::Vocabulary;

/// A struct that declares a table.
#[derive(Debug, Clone)]
pub struct TableDeclaration {
    /// The struct.
    pub ident: Ident,
    /// The table's name; the struct's in snake case where none is given.
    pub name: Located<String>,
    /// The schema, where one is given.
    pub schema: Option<String>,
    /// The table's former name.
    pub renamed_from: Option<Located<QualifiedName>>,
    /// Its comment.
    pub comment: Option<String>,
    /// What CREATE TABLE says besides members.
    pub options: TableOptions,
    /// Extensions that it needs (PostgreSQL).
    pub extensions: Vec<String>,
    /// Sequences that are no identity column's (PostgreSQL).
    pub sequences: Vec<SequenceDeclaration>,
    /// Its columns, in the order of the fields.
    pub columns: Vec<ColumnDeclaration>,
    /// The primary key, where the table says it.
    pub primary_key: Option<KeyDeclaration>,
    /// Unique constraints of the table.
    pub uniques: Vec<UniqueDeclaration>,
    /// Checks of the table.
    pub checks: Vec<CheckDeclaration>,
    /// Exclusion constraints.
    pub exclusions: Vec<ExclusionDeclaration>,
    /// Foreign keys of the table.
    pub foreign_keys: Vec<ForeignKeyDeclaration>,
    /// Indexes of the table.
    pub indexes: Vec<IndexDeclaration>,
}

impl TableDeclaration {
    /// A table of which nothing but its name is said.
    pub(crate) fn new(ident: Ident, name: Located<String>) -> Self {
        Self {
            ident,
            name,
            schema: None,
            renamed_from: None,
            comment: None,
            options: TableOptions::default(),
            extensions: Vec::new(),
            sequences: Vec::new(),
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            checks: Vec::new(),
            exclusions: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
        }
    }

    /// The column of a field.
    pub fn column(&self, field: &Ident) -> Option<&ColumnDeclaration> {
        let name = column_name(field);
        self.columns
            .iter()
            .find(|column| column_name(&column.field) == name)
    }

    /// The columns of the primary key, in its order; none where there is no key.
    pub fn key_columns(&self) -> Vec<&ColumnDeclaration> {
        match &self.primary_key {
            Some(key) => key
                .fields
                .iter()
                .filter_map(|field| self.column(field))
                .collect(),
            None => self
                .columns
                .iter()
                .filter(|column| column.primary_key.is_some())
                .collect(),
        }
    }

    /// The table's name with its schema.
    pub fn qualified_name(&self) -> QualifiedName {
        QualifiedName::within(self.schema.as_deref(), self.name.value.clone())
    }
}

const TABLE_KEYS: &[Key] = &[
    once("name", "name = \"tasks\""),
    once("schema", "schema = \"app\""),
    once("renamed_from", "renamed_from = \"todos\""),
    once("comment", "comment = \"what is to be done\""),
    once("strict", "strict"),
    once("without_rowid", "without_rowid"),
    once("unlogged", "unlogged"),
    once("with", "with(fillfactor = 70)"),
    often("extension", "extension = \"btree_gist\""),
    often(
        "sequence",
        "sequence(name = \"invoice_numbers\", start = 1000)",
    ),
    once("primary_key", "primary_key(team_id, user_id)"),
    often("index", "index(user_id, created_at desc)"),
    often("unique", "unique(user_id, title)"),
    often("check", "check(title_not_blank = \"length(title) > 0\")"),
    often(
        "foreign_key",
        "foreign_key(columns(team_id, user_id), references = Membership)",
    ),
    often(
        "exclude",
        "exclude(name = \"no_overlap\", \"USING gist (room WITH =, during WITH &&)\")",
    ),
];

/// What an entity says in our words where SeaORM has none.
#[cfg(feature = "scan")]
const OVERLAY_KEYS: &[Key] = &[
    once("renamed_from", "renamed_from = \"todos\""),
    once("comment", "comment = \"what is to be done\""),
    often("index", "index(user_id, created_at desc)"),
    often("unique", "unique(user_id, title)"),
    often("check", "check(title_not_blank = \"length(title) > 0\")"),
    often(
        "foreign_key",
        "foreign_key(columns(team_id, user_id), references = \"memberships(team_id, user_id)\")",
    ),
    often(
        "exclude",
        "exclude(name = \"no_overlap\", \"USING gist (room WITH =, during WITH &&)\")",
    ),
];

/// Who derives `Table` says everything in its attributes.
#[cfg(feature = "scan")]
fn refuse_overlay(item: &ItemStruct, errors: &mut Vec<GrammarError>) {
    let fields = item.fields.iter().map(|field| (&field.attrs, "column"));
    for (attributes, word) in std::iter::once((&item.attrs, "table")).chain(fields) {
        let overlay = attributes
            .iter()
            .find(|one| one.path().is_ident(crate::vocabulary::OVERLAY));
        errors.extend(overlay.map(|overlay| {
            GrammarError::new(
                overlay.path().span(),
                "`limbeck(…)` is for entities that do not derive `Table`",
                format!("write `#[{word}(…)]`"),
            )
        }));
    }
}

/// Reads a struct that derives `Table`; all its errors, not only the first.
pub fn read_table(item: &ItemStruct) -> Result<TableDeclaration, Vec<GrammarError>> {
    read_struct(item, Vocabulary::Limbeck)
}

/// Reads a struct that declares a table in somebody's words.
pub(crate) fn read_struct(
    item: &ItemStruct,
    vocabulary: Vocabulary,
) -> Result<TableDeclaration, Vec<GrammarError>> {
    let mut errors = Vec::new();
    let Fields::Named(fields) = &item.fields else {
        return Err(vec![GrammarError::new(
            item.ident.span(),
            format!("`{}` has no named fields to be columns", item.ident),
            "give every field a name: `struct Task { id: i32 }`",
        )]);
    };
    if !item.generics.params.is_empty() {
        return Err(vec![GrammarError::new(
            item.generics.span(),
            format!("`{}` is generic, and a table is one type", item.ident),
            "remove the parameters",
        )]);
    }
    let idents: Vec<Ident> = fields
        .named
        .iter()
        .filter_map(|field| field.ident.clone())
        .collect();
    let name = Located::new(snake_case(&column_name(&item.ident)), item.ident.span());
    let mut table = TableDeclaration::new(item.ident.clone(), name);
    let arguments = match vocabulary {
        Vocabulary::Limbeck => arguments_of(&item.attrs, "table", TABLE_KEYS, &mut errors),
        #[cfg(feature = "scan")]
        Vocabulary::SeaOrm => arguments_of(
            &item.attrs,
            crate::vocabulary::OVERLAY,
            OVERLAY_KEYS,
            &mut errors,
        ),
        #[cfg(feature = "scan")]
        Vocabulary::Diesel => Vec::new(),
    };
    #[cfg(feature = "scan")]
    if vocabulary == Vocabulary::Limbeck {
        refuse_overlay(item, &mut errors);
    }
    for argument in &arguments {
        read_key(argument, &item.attrs, &idents, &mut table, &mut errors);
    }
    let foreign = ForeignTable::read(&item.attrs, vocabulary);
    table.columns.reserve_exact(fields.named.len());
    for field in &fields.named {
        let column = read_column(field, &foreign, &mut errors);
        table.columns.extend(column);
    }
    let ours = Ours {
        name: arguments.iter().any(|argument| argument.key() == "name"),
    };
    foreign.join(&mut table, ours, &mut errors);
    check_columns(&table, &mut errors);
    check_fields(&table, &mut errors);
    if errors.is_empty() {
        Ok(table)
    } else {
        Err(errors)
    }
}

fn read_key(
    argument: &Argument,
    attributes: &[syn::Attribute],
    fields: &[Ident],
    table: &mut TableDeclaration,
    errors: &mut Vec<GrammarError>,
) {
    match argument.key().as_str() {
        "name" => {
            if let Some(name) = reported(unqualified(argument), errors) {
                table.name = name;
            }
        }
        "schema" => {
            table.schema = reported(argument.text(), errors).map(|text| text.value);
        }
        "renamed_from" => table.renamed_from = reported(former_name(argument), errors),
        "comment" => table.comment = comment(argument, attributes, errors),
        "strict" => {
            table.options.strict = reported(argument.flag(), errors).is_some_and(|flag| flag.value);
        }
        "without_rowid" => {
            table.options.without_rowid =
                reported(argument.flag(), errors).is_some_and(|flag| flag.value);
        }
        "unlogged" => {
            table.options.unlogged =
                reported(argument.flag(), errors).is_some_and(|flag| flag.value);
        }
        "with" => table.options.parameters = storage_parameters(argument, errors),
        "extension" => table
            .extensions
            .extend(reported(argument.text(), errors).map(|name| name.value)),
        "sequence" => table.sequences.extend(read_sequence(argument, errors)),
        "primary_key" => table.primary_key = read_primary_key(argument, fields, errors),
        "index" => table.indexes.extend(read_index(argument, fields, errors)),
        "unique" => table.uniques.extend(read_unique(argument, fields, errors)),
        "check" => table.checks.extend(read_checks(argument, errors)),
        "foreign_key" => table
            .foreign_keys
            .extend(read_foreign_key(argument, errors)),
        _ => table.exclusions.extend(read_exclusion(argument, errors)),
    }
}

/// A name without a schema: `name = "app.tasks"` is more likely a mistake than a name with a dot.
pub(crate) fn unqualified(argument: &Argument) -> Result<Located<String>, GrammarError> {
    let name = argument.text()?;
    match name.value.split_once('.') {
        Some((schema, rest)) => Err(GrammarError::new(
            name.span,
            format!("the name `{}` holds a dot", name.value),
            format!("write `schema = \"{schema}\", name = \"{rest}\"`"),
        )),
        None => Ok(name),
    }
}

/// `renamed_from = "todos"`, or with a schema.
pub(crate) fn former_name(argument: &Argument) -> Result<Located<QualifiedName>, GrammarError> {
    let text = argument.text()?;
    match text.value.parse() {
        Ok(name) => Ok(Located::new(name, text.span)),
        Err(message) => Err(GrammarError::new(
            text.span,
            message,
            format!("write `{}`", argument.example),
        )),
    }
}

fn check_columns(table: &TableDeclaration, errors: &mut Vec<GrammarError>) {
    // A field that is refused is no column, and its error says enough.
    if table.columns.is_empty() && errors.is_empty() {
        errors.push(GrammarError::new(
            table.ident.span(),
            format!("`{}` has no columns", table.ident),
            "add a field, or remove `derive(Table)`",
        ));
    }
    let mut seen: BTreeMap<&str, &ColumnDeclaration> = BTreeMap::new();
    for column in &table.columns {
        if let Some(first) = seen.insert(&column.name.value, column) {
            errors.push(GrammarError::new(
                column.name.span,
                format!(
                    "the fields `{}` and `{}` are both the column `{}`",
                    first.field, column.field, column.name.value
                ),
                "rename one of them with `#[column(name = \"…\")]`",
            ));
        }
    }
    let marked = table
        .columns
        .iter()
        .find_map(|column| column.primary_key.map(|span| (column, span)));
    if let (Some(_), Some((column, span))) = (&table.primary_key, marked) {
        errors.push(GrammarError::new(
            span,
            format!(
                "the primary key is declared on the table and on `{}`",
                column.field
            ),
            "keep one of the two",
        ));
    }
}

fn check_fields(table: &TableDeclaration, errors: &mut Vec<GrammarError>) {
    let keys = table
        .primary_key
        .iter()
        .map(|key| ("primary_key", key))
        .chain(table.uniques.iter().map(|unique| ("unique", &unique.key)));
    for (owner, key) in keys {
        for field in key.fields.iter().chain(&key.include) {
            check_field(table, owner, field, errors);
        }
    }
    for index in &table.indexes {
        let fields = index.keys.iter().filter_map(|key| key.target.as_ref().ok());
        for field in fields.chain(&index.include) {
            check_field(table, "index", field, errors);
        }
    }
    for field in table
        .sequences
        .iter()
        .filter_map(|sequence| sequence.owned_by.as_ref())
    {
        check_field(table, "sequence", field, errors);
    }
    for key in &table.foreign_keys {
        for field in key.fields.iter().chain(&key.rules.on_delete_fields) {
            check_field(table, "foreign_key", field, errors);
        }
        check_own_fields(&key.fields, &key.rules.on_delete_fields, errors);
    }
    for column in &table.columns {
        let own = std::slice::from_ref(&column.field);
        check_own_fields(own, &column.foreign_key.on_delete_fields, errors);
    }
    for key in table.primary_key.iter() {
        for column in key.fields.iter().filter_map(|field| table.column(field)) {
            crate::column_rules::check_key_type(column, errors);
        }
    }
}

fn check_own_fields(fields: &[Ident], nulled: &[Ident], errors: &mut Vec<GrammarError>) {
    for field in nulled {
        if !fields.contains(field) {
            errors.push(GrammarError::new(
                field.span(),
                format!("`on_delete` names `{field}`, which is not part of the foreign key"),
                "name fields of the key itself",
            ));
        }
    }
}

fn check_field(
    table: &TableDeclaration,
    owner: &str,
    field: &Ident,
    errors: &mut Vec<GrammarError>,
) {
    if table.column(field).is_some() {
        return;
    }
    let name = column_name(field);
    let of_column = table
        .columns
        .iter()
        .find(|column| column.name.value == name)
        .map(|column| column_name(&column.field));
    let hint = match of_column {
        // Lists hold Rust names; who thinks in SQL writes the column's.
        Some(field) => format!("write the field's name: `{field}`"),
        None => {
            let fields: Vec<String> = table
                .columns
                .iter()
                .map(|column| column_name(&column.field))
                .collect();
            suggest::hint(&name, fields.iter().map(String::as_str))
        }
    };
    errors.push(GrammarError::new(
        field.span(),
        format!(
            "`{owner}` names `{name}`, and `{}` has no such field",
            table.ident
        ),
        hint,
    ));
}

/// Where a declaration starts, for messages that name two places.
impl TableDeclaration {
    /// Where the struct's name stands.
    pub fn span(&self) -> Span {
        self.ident.span()
    }
}
