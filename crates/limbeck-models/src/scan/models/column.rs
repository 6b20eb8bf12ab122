//! Columns: the type, nullability and default of each field.

use limbeck_core::schema::{
    Binding, Column, Declared, Expression, Generated, Identity, IdentityKind, Type,
};

use crate::attribute::Located;
use crate::column::{ColumnDeclaration, DefaultValue, IdentityChoice, column_name, option_inner};
use crate::column_rules;
use crate::diesel;
use crate::entity;
use crate::enum_type::EnumDeclaration;
use crate::scan::ScanError;
use crate::scan::resolve::{Found, resolve};
use crate::scan::tree::{ItemId, ItemKind, UsePath};
use crate::scan::types::{Resolved, Shape, TypeSources, resolve_type, shown};
use crate::suggest;
use crate::vocabulary::Vocabulary;

use super::enum_type::Enums;
use super::{Model, Sources};

/// What is known of a column.
#[derive(Debug, Clone)]
pub(crate) struct ColumnFacts {
    /// Its portable type, with length and precision.
    pub(crate) data_type: Type,
    /// Whether it admits NULL.
    pub(crate) nullable: bool,
    /// Whether it is an enum, which the server does not count even where it is kept as an integer.
    is_enum: bool,
    /// Its default.
    default: Option<Expression>,
    /// What only the model says.
    declared: Declared,
}

/// The facts of every column of a model.
pub(crate) fn facts(
    sources: &Sources<'_>,
    model: &Model,
    enums: &mut Enums,
    (errors, warnings): (&mut Vec<ScanError>, &mut Vec<ScanError>),
) -> Vec<Option<ColumnFacts>> {
    let (mut faults, mut told) = (Vec::new(), Vec::new());
    let facts = model
        .table
        .columns
        .iter()
        .map(|column| column_facts(sources, model, column, enums, (&mut faults, &mut told)))
        .collect();
    if model.counts {
        errors.extend(faults);
        warnings.extend(told);
    }
    facts
}

fn column_facts(
    sources: &Sources<'_>,
    model: &Model,
    column: &ColumnDeclaration,
    enums: &mut Enums,
    (errors, warnings): (&mut Vec<ScanError>, &mut Vec<ScanError>),
) -> Option<ColumnFacts> {
    let context = TypeSources {
        tree: sources.tree,
        types: &sources.options.conventions.types,
        is_modified: column.max_length.is_some()
            || column.precision.is_some()
            || column.scale.is_some(),
        vocabulary: model.vocabulary,
    };
    let written = || resolve_type(&context, model.module, column.driver_type());
    let optional = || match written() {
        Ok(resolved) => resolved.nullable,
        Err(_) => is_optional(model.vocabulary, column.driver_type()),
    };
    let mut otherwise = None;
    let (data_type, is_optional, enumeration) = if let Some(sql_type) = &column.sql_type {
        (sql_type.value.to_type(), optional(), None)
    } else if let Some(json) = &column.json {
        (json.value.clone(), optional(), None)
    } else if let Some(said) = &column.data_type {
        (said.value.clone(), optional(), None)
    } else if let Some(said) = &column.unknown_type {
        let what = format!("what `{}` is in SQL is not certain", said.value);
        warnings.push(unknown(sources, model, column, said.span, &what));
        (unknown_type(), optional(), None)
    } else {
        match written() {
            Ok(Resolved {
                data_type,
                nullable,
                ..
            }) if by_hand(sources, model, &data_type, enums) => {
                let what = format!(
                    "what the enum `{}` is in SQL stands in no attribute of it",
                    shown(column.driver_type())
                );
                warnings.push(unknown(sources, model, column, column.type_span(), &what));
                (unknown_type(), nullable, None)
            }
            Ok(Resolved {
                data_type,
                nullable,
                otherwise: known,
            }) => {
                otherwise = known;
                // A key that counts is what its Rust type says: SQLite numbers it by no other name.
                let data_type = match &otherwise {
                    Some(own) if own.is_integer() && may_count(model, column) => {
                        Shape::Plain(own.clone())
                    }
                    _ => data_type,
                };
                let (data_type, item) = with_enum(sources, model, data_type, enums, errors)?;
                (data_type, nullable, item)
            }
            Err(fault) if model.vocabulary != Vocabulary::Limbeck => {
                warnings.push(unknown(
                    sources,
                    model,
                    column,
                    column.type_span(),
                    &fault.message,
                ));
                (unknown_type(), optional(), None)
            }
            Err(fault) => {
                errors.push(ScanError::at(
                    sources.place(model.file, column.type_span()),
                    format!("`{}`: {}", model.field_path(column), fault.message),
                    fault.hint,
                ));
                return None;
            }
        }
    };
    let fixed = column.sql_type.is_some();
    if !fixed && model.vocabulary == Vocabulary::Limbeck && !column_rules::is_primitive(column) {
        let mut faults = Vec::new();
        let known = otherwise.as_ref().unwrap_or(&data_type);
        column_rules::check_type(column, known, &mut faults);
        errors.extend(
            faults
                .into_iter()
                .map(|fault| ScanError::of_grammar(sources.tree, model.file, fault)),
        );
    }
    let declaration = match enumeration {
        Some(item) => enums.read(sources, item, false, errors).cloned(),
        None => None,
    };
    let default = column.default.as_ref().and_then(|default| {
        default_expression(
            sources,
            model,
            default,
            enumeration.zip(declaration.as_ref()),
            errors,
        )
    });
    let nullable = match &column.nullable {
        Some(said) => said.value,
        None => is_optional,
    };
    let in_key = model
        .table
        .key_columns()
        .iter()
        .any(|key| std::ptr::eq(*key, column));
    let admits_null = column.nullable.as_ref().is_some_and(|said| said.value);
    let is_ours = model.vocabulary != Vocabulary::Diesel;
    if is_ours && in_key && nullable && !admits_null && option_inner(&column.rust_type).is_none() {
        errors.push(ScanError::at(
            sources.place(model.file, column.type_span()),
            format!(
                "the primary key `{}` cannot be null",
                model.field_path(column)
            ),
            "use a type that is not an `Option`",
        ));
    }
    if let Some(word) = &column.on_conflict
        && nullable
        && (!in_key || admits_null)
    {
        errors.push(ScanError::at(
            sources.place(model.file, word.span),
            format!(
                "`on_conflict` of `{}` is for nulls, which the column admits",
                model.field_path(column)
            ),
            "remove `Option`, or `on_conflict`",
        ));
    }
    let data_type = with_modifiers(column, data_type);
    Some(ColumnFacts {
        declared: declared(sources, model, column, &data_type),
        data_type,
        nullable: nullable && (!in_key || admits_null),
        is_enum: enumeration.is_some(),
        default,
    })
}

/// The type of a column that keeps the one which the database has; one that is added needs another.
fn unknown_type() -> Type {
    Type::Sql("unknown".to_owned())
}

/// Tells of a column whose type stands nowhere that the scan reads.
fn unknown(
    sources: &Sources<'_>,
    model: &Model,
    column: &ColumnDeclaration,
    span: proc_macro2::Span,
    what: &str,
) -> ScanError {
    ScanError::at(
        sources.place(model.file, span),
        format!(
            "`{}`: {what}; the column keeps the type that the database has",
            model.field_path(column)
        ),
        match model.vocabulary {
            Vocabulary::Limbeck | Vocabulary::SeaOrm => {
                "give the field a `column_type`, or add its type to `[types]` in `limbeck.toml`"
            }
            Vocabulary::Diesel => {
                "say it as `#[diesel(postgres_type(name = \"…\"))]` on the type, or add it to `[types]` in `limbeck.toml`"
            }
        },
    )
}

/// Whether a type that is not known admits NULL all the same.
fn is_optional(vocabulary: Vocabulary, rust_type: &syn::Type) -> bool {
    match (vocabulary, rust_type) {
        (Vocabulary::Diesel, syn::Type::Path(path)) => {
            let last = path.path.segments.last();
            last.is_some_and(|last| last.ident == "Nullable")
        }
        _ => option_inner(rust_type).is_some(),
    }
}

/// Whether the type is an enum of which no attribute says what it is.
fn by_hand(sources: &Sources<'_>, model: &Model, shape: &Shape, enums: &Enums) -> bool {
    match shape {
        Shape::Plain(_) => false,
        Shape::Enum(item) => {
            model.vocabulary == Vocabulary::SeaOrm
                && !enums.is_of_driver(sources, sources.same(*item))
        }
        Shape::Array(element) => by_hand(sources, model, element, enums),
    }
}

/// How binding the type is, and what it is called on SQLite.
fn declared(
    sources: &Sources<'_>,
    model: &Model,
    column: &ColumnDeclaration,
    data_type: &Type,
) -> Declared {
    match model.vocabulary {
        Vocabulary::Limbeck => Declared::default(),
        Vocabulary::SeaOrm => Declared {
            data_type: None,
            binding: match column.data_type.as_ref().map(|said| &said.value) {
                _ if *data_type == unknown_type() => Binding::Unknown,
                None | Some(Type::Varchar(None) | Type::Numeric(None)) => Binding::Family,
                Some(_) => Binding::Exact,
            },
            sqlite_name: entity::sqlite_type(data_type, sources.sea_orm),
        },
        Vocabulary::Diesel => Declared {
            data_type: None,
            binding: match &column.max_length {
                _ if *data_type == unknown_type() => Binding::Unknown,
                Some(_) => Binding::Exact,
                None if is_json(data_type) => Binding::Exact,
                None => Binding::Family,
            },
            sqlite_name: diesel::sqlite_type(data_type),
        },
    }
}

/// Whether it is JSON, of whose two types Diesel reads each by a type of its own.
fn is_json(data_type: &Type) -> bool {
    match data_type {
        Type::Array(element) => is_json(element),
        other => matches!(other, Type::Json | Type::Jsonb),
    }
}

fn with_enum(
    sources: &Sources<'_>,
    model: &Model,
    shape: Shape,
    enums: &mut Enums,
    errors: &mut Vec<ScanError>,
) -> Option<(Type, Option<ItemId>)> {
    match shape {
        Shape::Plain(data_type) => Some((data_type, None)),
        Shape::Enum(item) => {
            let item = sources.same(item);
            let declaration = enums.read(sources, item, false, errors)?;
            let data_type = match &declaration.plain {
                Some(plain) => plain.clone(),
                None => Type::Enum(declaration.name.value.clone()),
            };
            if model.counts {
                enums.used(item);
            }
            Some((data_type, Some(item)))
        }
        Shape::Array(element) => {
            let (element, _) = with_enum(sources, model, *element, enums, errors)?;
            Some((Type::Array(Box::new(element)), None))
        }
    }
}

fn with_modifiers(column: &ColumnDeclaration, data_type: Type) -> Type {
    let digits = column.precision.as_ref().map(|precision| precision.value);
    let seconds = digits.and_then(|digits| u8::try_from(digits).ok());
    match data_type {
        Type::Array(element) => Type::Array(Box::new(with_modifiers(column, *element))),
        Type::Sql(name) if name == "bpchar" && column.max_length.is_some() => {
            Type::Char(column.max_length.as_ref().map_or(1, |length| length.value))
        }
        data_type @ (Type::Text | Type::Varchar(None)) => match &column.max_length {
            Some(length) => Type::Varchar(Some(length.value)),
            None => data_type,
        },
        Type::Numeric(None) => Type::Numeric(digits.map(|digits| {
            let scale = column.scale.as_ref().map_or(0, |scale| scale.value);
            (digits, scale)
        })),
        Type::Time { zone, .. } => Type::Time {
            precision: seconds,
            zone,
        },
        Type::Timestamp { zone, .. } => Type::Timestamp {
            precision: seconds,
            zone,
        },
        other => other,
    }
}

fn default_expression(
    sources: &Sources<'_>,
    model: &Model,
    default: &Located<DefaultValue>,
    enumeration: Option<(ItemId, &EnumDeclaration)>,
    errors: &mut Vec<ScanError>,
) -> Option<Expression> {
    let text = match &default.value {
        DefaultValue::Bool(flag) => flag.to_string(),
        DefaultValue::Number(number) => number.clone(),
        DefaultValue::Now => "now()".to_owned(),
        DefaultValue::Uuid => "gen_random_uuid()".to_owned(),
        DefaultValue::Sql(text) => text.clone(),
        DefaultValue::Text(text) => {
            if let Some((_, declaration)) = enumeration
                && !is_number(declaration)
            {
                let values = declaration
                    .variants
                    .iter()
                    .map(|variant| &variant.value.value);
                if !values.clone().any(|value| value == text) {
                    errors.push(ScanError::at(
                        sources.place(model.file, default.span),
                        format!(
                            "`{text}` is not a value of the enum `{}`",
                            declaration.ident
                        ),
                        suggest::hint(text, values.map(String::as_str)),
                    ));
                    return None;
                }
            }
            literal(text)
        }
        DefaultValue::Variant(path) => {
            variant_default(sources, model, default, path, enumeration, errors)?
        }
    };
    Some(Expression::new(text))
}

fn variant_default(
    sources: &Sources<'_>,
    model: &Model,
    default: &Located<DefaultValue>,
    path: &syn::Path,
    enumeration: Option<(ItemId, &EnumDeclaration)>,
    errors: &mut Vec<ScanError>,
) -> Option<String> {
    let place = sources.place(model.file, default.span);
    let mut owner = UsePath::of(path);
    owner.segments.pop();
    let variant = &path.segments.last()?.ident;
    let Some((item, declaration)) = enumeration else {
        errors.push(ScanError::at(
            place,
            format!("the default `{}` is not of the field's type", joined(path)),
            "write a literal, or SQL as `default_sql = \"…\"`",
        ));
        return None;
    };
    let found = followed(sources, model.module, &owner);
    if found != Some(item) {
        errors.push(ScanError::at(
            place,
            format!(
                "the default `{}` is not a variant of `{}`, the field's type",
                joined(path),
                declaration.ident
            ),
            format!(
                "write `default = {}::{}`",
                declaration.ident, declaration.variants[0].ident
            ),
        ));
        return None;
    }
    let Some(variant) = declaration.variant(variant) else {
        let names: Vec<String> = declaration
            .variants
            .iter()
            .map(|variant| column_name(&variant.ident))
            .collect();
        errors.push(ScanError::at(
            place,
            format!("`{}` has no variant `{variant}`", declaration.ident),
            suggest::hint(&variant.to_string(), names.iter().map(String::as_str)),
        ));
        return None;
    };
    match (is_number(declaration), variant.discriminant) {
        (false, _) => Some(literal(&variant.value.value)),
        (true, Some(number)) => Some(number.to_string()),
        (true, None) => {
            errors.push(ScanError::at(
                place,
                format!("the number of `{}` is not a literal", joined(path)),
                "write the number: `default = 0`",
            ));
            None
        }
    }
}

/// Whether an enum is kept as its number.
fn is_number(declaration: &EnumDeclaration) -> bool {
    declaration.plain.as_ref().is_some_and(Type::is_integer)
}

/// The struct or enum that a path leads to, through aliases.
pub(crate) fn followed(sources: &Sources<'_>, module: usize, path: &UsePath) -> Option<ItemId> {
    let mut found = resolve(sources.tree, module, path)?;
    for _ in 0..32 {
        let Found::Item(item) = found else {
            return None;
        };
        let source = &sources.tree.items[item];
        let ItemKind::Alias(alias) = &source.kind else {
            return Some(sources.same(item));
        };
        let syn::Type::Path(path) = alias.ty.as_ref() else {
            return None;
        };
        found = resolve(sources.tree, source.module, &UsePath::of(&path.path))?;
    }
    None
}

fn joined(path: &syn::Path) -> String {
    UsePath::of(path).segments.join("::")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The columns of the table, in the order of the fields.
pub(crate) fn columns(sources: &Sources<'_>, model: &Model) -> Vec<Column> {
    model
        .table
        .columns
        .iter()
        .zip(&model.facts)
        .filter_map(|(column, facts)| {
            let facts = facts.as_ref()?;
            let identity = identity(sources, model, column, facts);
            let mut declared = facts.declared.clone();
            // SQLite numbers a key of this name alone.
            if identity.is_some() && declared.sqlite_name.is_some() {
                declared.sqlite_name = Some("integer".to_owned());
            }
            Some(Column {
                name: column.name.value.clone(),
                data_type: facts.data_type.clone(),
                not_null_conflict: column.on_conflict.as_ref().map(|word| word.value.clone()),
                nullable: facts.nullable,
                default: facts.default.clone(),
                generated: column.generated.as_ref().map(|generated| Generated {
                    expression: Expression::new(generated.value.0.clone()),
                    stored: generated.value.1,
                }),
                identity,
                collation: column
                    .collation
                    .as_ref()
                    .map(|collation| collation.value.clone()),
                comment: column.comment.clone(),
                declared,
            })
        })
        .collect()
}

fn identity(
    sources: &Sources<'_>,
    model: &Model,
    column: &ColumnDeclaration,
    facts: &ColumnFacts,
) -> Option<Identity> {
    match column.identity.as_ref().map(|identity| &identity.value) {
        Some(IdentityChoice::No) => return None,
        Some(IdentityChoice::Yes(..)) if model.vocabulary == Vocabulary::SeaOrm => {}
        Some(IdentityChoice::Yes(kind, options)) => {
            return Some(Identity {
                options: options.clone(),
                ..Identity::new(*kind)
            });
        }
        None => {}
    }
    let counts = may_count(model, column) && facts.data_type.is_integer();
    match model.vocabulary {
        Vocabulary::SeaOrm => {
            (counts && !facts.is_enum).then(|| Identity::new(sources.sea_orm_identity()))
        }
        Vocabulary::Diesel => counts.then(|| Identity::new(IdentityKind::Serial)),
        Vocabulary::Limbeck => {
            let kind = sources.options.conventions.numbering.kind();
            kind.filter(|_| counts && !facts.is_enum).map(Identity::new)
        }
    }
}

/// Whether a column is a key that counts by itself where it is an integer.
fn may_count(model: &Model, column: &ColumnDeclaration) -> bool {
    let key = model.table.key_columns();
    let is_key = matches!(key.as_slice(), [only] if std::ptr::eq(*only, column));
    is_key
        && match model.vocabulary {
            Vocabulary::SeaOrm => true,
            Vocabulary::Diesel => !model.joins.iter().any(|join| join.column == column.field),
            Vocabulary::Limbeck => {
                let mut keys = model.table.foreign_keys.iter();
                let refers = column.references.is_some()
                    || keys.any(|key| key.fields.contains(&column.field));
                !refers && column.default.is_none() && column.generated.is_none()
            }
        }
}
