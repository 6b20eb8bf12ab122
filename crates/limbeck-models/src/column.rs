//! Declarations of columns: a field and its `#[column(…)]`.

use std::collections::BTreeMap;

#[cfg(feature = "scan")]
use limbeck_core::dialect::{Dialect, sqlite, type_name};
use limbeck_core::schema::{IdentityKind, SequenceOptions, Type};
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Lit, Path};

use crate::attribute::{Argument, Key, Located, Value, arguments_of, known, often, once, reported};
#[cfg(feature = "scan")]
use crate::case::snake_case;
use crate::column_rules;
use crate::comment::comment;
use crate::constraint::{CheckDeclaration, ForeignKeyRules, on_conflict, read_checks, read_rule};
use crate::error::GrammarError;
use crate::foreign::{FieldRole, ForeignColumn, ForeignTable};
use crate::reference::{Reference, reference};
use crate::sequence::read_option;
use crate::suggest;
use crate::vocabulary::Vocabulary;

/// A field that is a column, its type still as written.
#[derive(Debug, Clone)]
pub struct ColumnDeclaration {
    /// The field.
    pub field: Ident,
    /// The column's name.
    pub name: Located<String>,
    /// The field's type as written, `Option` included.
    pub rust_type: syn::Type,
    /// The type that the driver reads and writes in its place, where an attribute of its crate says so.
    pub read_as: Option<syn::Type>,
    /// The portable type, where an attribute of another crate says it.
    pub data_type: Option<Located<Type>>,
    /// A type that an attribute of another crate says, as written, and that is not known here.
    pub(crate) unknown_type: Option<Located<String>>,
    /// The unique constraint of several columns that an attribute of SeaORM puts it into.
    pub unique_key: Option<Located<String>>,
    /// `nullable`, where it overrides what the type says.
    pub nullable: Option<Located<bool>>,
    /// NOT NULL ON CONFLICT (SQLite), the word behind it.
    pub on_conflict: Option<Located<String>>,
    /// Part of the primary key.
    pub primary_key: Option<Span>,
    /// The column's former name.
    pub renamed_from: Option<Located<String>>,
    /// The type in SQL, where said.
    pub sql_type: Option<Located<SqlType>>,
    /// `json` or `jsonb`, where said: any Rust type may be kept as JSON.
    pub json: Option<Located<Type>>,
    /// The largest length of a text.
    pub max_length: Option<Located<u32>>,
    /// Digits of a number, or of the fraction of a second.
    pub precision: Option<Located<u16>>,
    /// Digits after the point.
    pub scale: Option<Located<i16>>,
    /// The default.
    pub default: Option<Located<DefaultValue>>,
    /// The expression that generates it, and whether it is stored.
    pub generated: Option<Located<(String, bool)>>,
    /// How the server numbers it, where said.
    pub identity: Option<Located<IdentityChoice>>,
    /// A unique constraint, with its name where one is given.
    pub unique: Option<Located<Option<String>>>,
    /// A unique index, with its name where one is given.
    pub unique_index: Option<Located<Option<String>>>,
    /// An index, with its name where one is given.
    pub index: Option<Located<Option<String>>>,
    /// What it refers to.
    pub references: Option<Reference>,
    /// What else the foreign key says.
    pub foreign_key: ForeignKeyRules,
    /// Its checks.
    pub checks: Vec<CheckDeclaration>,
    /// Its collation.
    pub collation: Option<Located<String>>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A type as SQL text, for every dialect or for each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "scan", derive(serde::Deserialize), serde(untagged))]
pub enum SqlType {
    /// One spelling for every dialect.
    Everywhere(String),
    /// A spelling for each of `postgres` and `sqlite`.
    PerDialect(BTreeMap<String, String>),
}

impl SqlType {
    /// The portable type that holds it.
    pub fn to_type(&self) -> Type {
        match self {
            Self::Everywhere(text) => Type::Sql(text.clone()),
            Self::PerDialect(texts) => Type::PerDialect(texts.clone()),
        }
    }

    /// The portable type that holds it, on a dialect without a spelling that of `known`.
    #[cfg(feature = "scan")]
    pub(crate) fn or(&self, known: &Type) -> Type {
        let Self::PerDialect(texts) = self else {
            return self.to_type();
        };
        let mut texts = texts.clone();
        for dialect in Dialect::ALL {
            let usual = match dialect {
                Dialect::Postgres => Some(type_name(known, dialect)),
                Dialect::Sqlite => sqlite::declared_type(known),
            };
            let word = dialect.as_str().to_owned();
            if let Some(usual) = usual {
                texts.entry(word).or_insert(usual);
            }
        }
        Type::PerDialect(texts)
    }

    /// What it says for a dialect.
    #[cfg(feature = "scan")]
    pub(crate) fn on(&self, dialect: Dialect) -> Option<&str> {
        match self {
            Self::Everywhere(text) => Some(text),
            Self::PerDialect(texts) => texts.get(dialect.as_str()).map(String::as_str),
        }
    }
}

/// A default as written.
#[derive(Debug, Clone)]
pub enum DefaultValue {
    /// `default = true`.
    Bool(bool),
    /// `default = -1.5`.
    Number(String),
    /// `default = "text"`.
    Text(String),
    /// `default = now`.
    Now,
    /// `default = uuid`.
    Uuid,
    /// `default = Status::Pending`.
    Variant(Path),
    /// `default_sql = "nextval('x')"`.
    Sql(String),
}

/// What `identity` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityChoice {
    /// `identity = false`.
    No,
    /// Numbered by the server.
    Yes(IdentityKind, SequenceOptions),
}

pub(crate) const COLUMN_KEYS: &[Key] = &[
    once("primary_key", "primary_key"),
    once("name", "name = \"kind\""),
    once("renamed_from", "renamed_from = \"text\""),
    once("max_length", "max_length = 200"),
    once("precision", "precision = 10"),
    once("scale", "scale = 2"),
    once("sql_type", "sql_type = \"citext\""),
    once("json", "json"),
    once("jsonb", "jsonb"),
    once("default", "default = 0"),
    once("default_sql", "default_sql = \"nextval('numbers')\""),
    once("generated", "generated = \"price * quantity\""),
    once(
        "generated_virtual",
        "generated_virtual = \"price * quantity\"",
    ),
    once("identity", "identity = by_default"),
    once("unique", "unique = \"users_email_key\""),
    once("unique_index", "unique_index = \"ix_users_email\""),
    once("index", "index = \"ix_tasks_status\""),
    once("references", "references = User"),
    once("on_delete", "on_delete = cascade"),
    once("on_update", "on_update = cascade"),
    once("match", "match = full"),
    once("deferrable", "deferrable = \"initially deferred\""),
    once("not_valid", "not_valid"),
    once("foreign_key_name", "foreign_key_name = \"tasks_user_fkey\""),
    often("check", "check = \"length(title) > 0\""),
    once("nullable", "nullable = true"),
    once("on_conflict", "on_conflict = replace"),
    once("collation", "collation = \"C\""),
    once("comment", "comment = \"shown in lists\""),
    once("skip", "skip"),
];

/// What a field of an entity says in our words where SeaORM has none.
#[cfg(feature = "scan")]
const OVERLAY_KEYS: &[Key] = &[
    once("default_sql", "default_sql = \"nextval('numbers')\""),
    once("generated", "generated = \"price * quantity\""),
    once(
        "generated_virtual",
        "generated_virtual = \"price * quantity\"",
    ),
    once("unique", "unique = \"users_email_key\""),
    once("unique_index", "unique_index = \"ix_users_email\""),
    once("index", "index = \"ix_tasks_status\""),
    once("references", "references = \"users(id)\""),
    once("on_delete", "on_delete = cascade"),
    once("on_update", "on_update = cascade"),
    once("match", "match = full"),
    once("deferrable", "deferrable = \"initially deferred\""),
    once("not_valid", "not_valid"),
    once("foreign_key_name", "foreign_key_name = \"tasks_user_fkey\""),
    often("check", "check = \"length(title) > 0\""),
    once("collation", "collation = \"C\""),
    once("comment", "comment = \"shown in lists\""),
];

const IDENTITY_KEYS: &[Key] = &[
    once("always", "always"),
    once("by_default", "by_default"),
    once("serial", "serial"),
    once("start", "start = 1000"),
    once("increment", "increment = 10"),
    once("min_value", "min_value = 1"),
    once("max_value", "max_value = 9999"),
    once("cache", "cache = 20"),
    once("cycle", "cycle"),
];

/// The column name of a field: the name without `r#`.
pub fn column_name(field: &Ident) -> String {
    field.unraw().to_string()
}

/// The `T` of a type that is written `Option<T>`.
pub fn option_inner(rust_type: &syn::Type) -> Option<&syn::Type> {
    match rust_type {
        syn::Type::Group(group) => option_inner(&group.elem),
        syn::Type::Paren(paren) => option_inner(&paren.elem),
        syn::Type::Path(path) => {
            let last = path.path.segments.last()?;
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return None;
            };
            match (last.ident == "Option", arguments.args.first()) {
                (true, Some(syn::GenericArgument::Type(inner))) => Some(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads a field; `None` for one that `skip` leaves out.
pub(crate) fn read_column(
    field: &syn::Field,
    table: &ForeignTable,
    errors: &mut Vec<GrammarError>,
) -> Option<ColumnDeclaration> {
    let ident = field.ident.clone()?;
    let (arguments, name) = match table.vocabulary {
        Vocabulary::Limbeck => (
            arguments_of(&field.attrs, "column", COLUMN_KEYS, errors),
            column_name(&ident),
        ),
        #[cfg(feature = "scan")]
        Vocabulary::SeaOrm => (
            arguments_of(
                &field.attrs,
                crate::vocabulary::OVERLAY,
                OVERLAY_KEYS,
                errors,
            ),
            snake_case(&column_name(&ident)),
        ),
        #[cfg(feature = "scan")]
        Vocabulary::Diesel => (Vec::new(), snake_case(&column_name(&ident))),
    };
    let mut foreign = ForeignColumn::read(field, table.vocabulary);
    if let Some(skip) = arguments.iter().find(|argument| argument.key() == "skip") {
        if reported(skip.flag(), errors).is_none_or(|flag| flag.value) {
            if let Some(other) = arguments.iter().find(|argument| argument.key() != "skip") {
                errors.push(GrammarError::new(
                    other.span,
                    format!("`{}` has no meaning beside `skip`", other.key()),
                    "remove one of the two",
                ));
            }
            return None;
        }
        // The program does not read it, and it is a column all the same.
        foreign.is_kept();
    }
    let own = arguments.first().map(|argument| argument.span);
    match foreign.verdict(own, &column_name(&ident)) {
        FieldRole::Column => {}
        FieldRole::Skipped => return None,
        FieldRole::Refused(error) => {
            errors.push(error);
            return None;
        }
    }
    let name = Located::new(name, ident.span());
    let mut column = ColumnDeclaration::new(ident, name, field.ty.clone());
    let reported_before = errors.len();
    for argument in &arguments {
        read_key(argument, &field.attrs, &mut column, errors);
    }
    let is_named = arguments.iter().any(|argument| argument.key() == "name");
    foreign.join(table, &mut column, is_named, errors);
    if errors.len() == reported_before {
        column_rules::check_declaration(&column, &arguments, errors);
    }
    Some(column)
}

fn read_key(
    argument: &Argument,
    attributes: &[syn::Attribute],
    column: &mut ColumnDeclaration,
    errors: &mut Vec<GrammarError>,
) {
    match argument.key().as_str() {
        "primary_key" => {
            column.primary_key = reported(argument.flag(), errors)
                .filter(|flag| flag.value)
                .map(|flag| flag.span);
        }
        "name" => {
            if let Some(name) = reported(argument.text(), errors) {
                column.name = name;
            }
        }
        "renamed_from" => column.renamed_from = reported(argument.text(), errors),
        "max_length" => column.max_length = reported(argument.number(), errors),
        "precision" => column.precision = reported(argument.number(), errors),
        "scale" => column.scale = reported(argument.number(), errors),
        "sql_type" => column.sql_type = sql_type(argument, errors),
        "json" => column.json = json(argument, Type::Json, errors),
        "jsonb" => column.json = json(argument, Type::Jsonb, errors),
        "default" => column.default = reported(default(argument), errors),
        "default_sql" => {
            column.default = reported(argument.text(), errors)
                .map(|text| Located::new(DefaultValue::Sql(text.value), text.span));
        }
        "generated" => {
            column.generated = reported(argument.text(), errors)
                .map(|text| Located::new((text.value, true), text.span));
        }
        "generated_virtual" => {
            column.generated = reported(argument.text(), errors)
                .map(|text| Located::new((text.value, false), text.span));
        }
        "identity" => column.identity = identity(argument, errors),
        "unique" => column.unique = reported(argument.optional_text(), errors),
        "unique_index" => column.unique_index = reported(argument.optional_text(), errors),
        "index" => column.index = reported(argument.optional_text(), errors),
        "references" => column.references = reported(reference(argument), errors),
        "check" => column.checks.extend(read_checks(argument, errors)),
        "on_conflict" => {
            column.on_conflict = reported(on_conflict(argument), errors)
                .flatten()
                .map(|word| Located::new(word, argument.value_span()));
        }
        "nullable" => column.nullable = reported(argument.flag(), errors),
        "collation" => column.collation = reported(argument.text(), errors),
        "comment" => column.comment = comment(argument, attributes, errors),
        "skip" => {}
        _ => read_rule(argument, &mut column.foreign_key, errors),
    }
}

fn json(
    argument: &Argument,
    data_type: Type,
    errors: &mut Vec<GrammarError>,
) -> Option<Located<Type>> {
    reported(argument.flag(), errors)
        .filter(|flag| flag.value)
        .map(|flag| Located::new(data_type, flag.span))
}

const DIALECTS: &[Key] = &[
    once("postgres", "postgres = \"citext\""),
    once("sqlite", "sqlite = \"TEXT\""),
];

fn sql_type(argument: &Argument, errors: &mut Vec<GrammarError>) -> Option<Located<SqlType>> {
    let Value::List(_) = argument.value else {
        return reported(argument.text(), errors)
            .map(|text| Located::new(SqlType::Everywhere(text.value), text.span));
    };
    let mut texts = BTreeMap::new();
    for dialect in known(
        reported(argument.list(), errors)?,
        "sql_type",
        DIALECTS,
        errors,
    ) {
        let text = reported(dialect.text(), errors)?;
        texts.insert(dialect.key(), text.value);
    }
    Some(Located::new(SqlType::PerDialect(texts), argument.span))
}

pub(crate) fn default(argument: &Argument) -> Result<Located<DefaultValue>, GrammarError> {
    let takes = "a literal, `now`, `uuid`, or a variant such as `Status::Pending`";
    let Value::Equals(tokens) = &argument.value else {
        return Err(argument.misused(takes));
    };
    let span = argument.value_span();
    let expression: syn::Expr = syn::parse2(tokens.clone()).map_err(|_| argument.misused(takes))?;
    let value = match ungrouped(&expression) {
        syn::Expr::Lit(literal) => literal_value(&literal.lit),
        syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => {
            match ungrouped(&unary.expr) {
                syn::Expr::Lit(literal) => match literal_value(&literal.lit) {
                    Some(DefaultValue::Number(text)) => {
                        Some(DefaultValue::Number(format!("-{text}")))
                    }
                    _ => None,
                },
                _ => None,
            }
        }
        syn::Expr::Path(path) if path.qself.is_none() => match path.path.get_ident() {
            Some(word) if word == "now" => Some(DefaultValue::Now),
            Some(word) if word == "uuid" => Some(DefaultValue::Uuid),
            Some(word) => {
                return Err(GrammarError::new(
                    word.span(),
                    format!("unknown default `{word}`"),
                    match suggest::nearest(&word.to_string(), ["now", "uuid", "true", "false"]) {
                        Some(nearest) => format!("did you mean `{nearest}`?"),
                        None => format!("name a variant with its enum: `Status::{word}`"),
                    },
                ));
            }
            None => Some(DefaultValue::Variant(path.path.clone())),
        },
        _ => None,
    };
    match value {
        Some(value) => Ok(Located::new(value, span)),
        None => Err(GrammarError::new(
            span,
            format!("`default` takes {takes}"),
            "write SQL as `default_sql = \"…\"`",
        )),
    }
}

fn ungrouped(expression: &syn::Expr) -> &syn::Expr {
    match expression {
        syn::Expr::Group(group) => ungrouped(&group.expr),
        syn::Expr::Paren(paren) => ungrouped(&paren.expr),
        other => other,
    }
}

fn literal_value(literal: &Lit) -> Option<DefaultValue> {
    Some(match literal {
        Lit::Str(text) => DefaultValue::Text(text.value()),
        Lit::Char(letter) => DefaultValue::Text(letter.value().to_string()),
        Lit::Bool(flag) => DefaultValue::Bool(flag.value),
        Lit::Int(number) => DefaultValue::Number(number.base10_digits().to_owned()),
        Lit::Float(number) => DefaultValue::Number(number.base10_digits().to_owned()),
        _ => return None,
    })
}

fn identity(
    argument: &Argument,
    errors: &mut Vec<GrammarError>,
) -> Option<Located<IdentityChoice>> {
    let yes = |kind| IdentityChoice::Yes(kind, SequenceOptions::default());
    match &argument.value {
        Value::Bare => Some(Located::new(yes(IdentityKind::ByDefault), argument.span)),
        Value::List(_) => {
            let options = reported(argument.list(), errors)?;
            identity_options(argument, options, errors)
        }
        _ => {
            let word = reported(argument.choice(), errors)?;
            let choice = match word.to_string().as_str() {
                "false" => IdentityChoice::No,
                "true" | "by_default" => yes(IdentityKind::ByDefault),
                "always" => yes(IdentityKind::Always),
                "serial" => yes(IdentityKind::Serial),
                other => {
                    errors.push(GrammarError::new(
                        word.span(),
                        format!("unknown kind of identity `{other}`"),
                        suggest::hint(other, ["always", "by_default", "serial", "false"]),
                    ));
                    return None;
                }
            };
            Some(Located::new(choice, word.span()))
        }
    }
}

fn identity_options(
    argument: &Argument,
    options: Vec<Argument>,
    errors: &mut Vec<GrammarError>,
) -> Option<Located<IdentityChoice>> {
    let mut kind = None;
    let mut sequence = SequenceOptions::default();
    for option in known(options, "identity", IDENTITY_KEYS, errors) {
        let named = match option.key().as_str() {
            "always" => IdentityKind::Always,
            "by_default" => IdentityKind::ByDefault,
            "serial" => IdentityKind::Serial,
            _ => {
                read_option(&option, &mut sequence, errors);
                continue;
            }
        };
        if !matches!(option.value, Value::Bare) || kind.replace(named).is_some() {
            errors.push(GrammarError::new(
                option.span,
                "`identity` takes one of `always`, `by_default`, `serial`",
                "write `identity(always, start = 1000)`",
            ));
        }
    }
    let kind = kind.unwrap_or(IdentityKind::ByDefault);
    Some(Located::new(
        IdentityChoice::Yes(kind, sequence),
        argument.span,
    ))
}

impl ColumnDeclaration {
    /// A column of which nothing but its name and type is said.
    pub(crate) fn new(field: Ident, name: Located<String>, rust_type: syn::Type) -> Self {
        Self {
            name,
            field,
            rust_type,
            read_as: None,
            data_type: None,
            unknown_type: None,
            unique_key: None,
            nullable: None,
            on_conflict: None,
            primary_key: None,
            renamed_from: None,
            sql_type: None,
            json: None,
            max_length: None,
            precision: None,
            scale: None,
            default: None,
            generated: None,
            identity: None,
            unique: None,
            unique_index: None,
            index: None,
            references: None,
            foreign_key: ForeignKeyRules::default(),
            checks: Vec::new(),
            collation: None,
            comment: None,
        }
    }

    /// The Rust type that the driver reads and writes.
    pub fn driver_type(&self) -> &syn::Type {
        self.read_as.as_ref().unwrap_or(&self.rust_type)
    }

    /// Where the field's type stands.
    pub fn type_span(&self) -> Span {
        self.rust_type.span()
    }
}
