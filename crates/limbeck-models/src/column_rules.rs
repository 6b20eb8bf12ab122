//! What contradicts itself in a column's declaration, by keys and by type.

use limbeck_core::schema::{Action, Type};

use crate::attribute::{Argument, Located};
use crate::column::{ColumnDeclaration, DefaultValue, IdentityChoice, option_inner};
use crate::error::GrammarError;

/// Pairs of keys that cannot stand together, with the reason.
const EXCLUSIVE: &[(&str, &str, &str)] = &[
    ("default", "default_sql", "keep one of the two"),
    ("default", "generated", "a generated column has no default"),
    (
        "default",
        "generated_virtual",
        "a generated column has no default",
    ),
    (
        "default_sql",
        "generated",
        "a generated column has no default",
    ),
    (
        "default_sql",
        "generated_virtual",
        "a generated column has no default",
    ),
    ("generated", "generated_virtual", "keep one of the two"),
    (
        "unique_index",
        "index",
        "a unique index serves both: remove `index`",
    ),
    ("sql_type", "max_length", "write the length into `sql_type`"),
    (
        "sql_type",
        "precision",
        "write the precision into `sql_type`",
    ),
    ("sql_type", "scale", "write the scale into `sql_type`"),
    ("sql_type", "json", "keep one of the two"),
    ("sql_type", "jsonb", "keep one of the two"),
    ("json", "jsonb", "keep one of the two"),
    (
        "json",
        "max_length",
        "JSON has no length: remove `max_length`",
    ),
    (
        "jsonb",
        "max_length",
        "JSON has no length: remove `max_length`",
    ),
    (
        "json",
        "precision",
        "JSON has no precision: remove `precision`",
    ),
    (
        "jsonb",
        "precision",
        "JSON has no precision: remove `precision`",
    ),
];

/// Keys that mean nothing without `references`.
const OF_FOREIGN_KEYS: [&str; 6] = [
    "on_delete",
    "on_update",
    "match",
    "deferrable",
    "not_valid",
    "foreign_key_name",
];

/// Reports keys that contradict each other, and what contradicts a type whose name alone tells it.
pub(crate) fn check_declaration(
    column: &ColumnDeclaration,
    arguments: &[Argument],
    errors: &mut Vec<GrammarError>,
) {
    let find = |key: &str| arguments.iter().find(|argument| argument.key() == key);
    for (first, second, hint) in EXCLUSIVE {
        if let (Some(_), Some(argument)) = (find(first), find(second)) {
            errors.push(GrammarError::new(
                argument.span,
                format!("`{first}` and `{second}` contradict each other"),
                *hint,
            ));
        }
    }
    if column.references.is_none() {
        for key in OF_FOREIGN_KEYS {
            if let Some(argument) = find(key) {
                errors.push(GrammarError::new(
                    argument.span,
                    format!("`{key}` needs `references`"),
                    format!("add `references = …`, or remove `{key}`"),
                ));
            }
        }
    }
    let numbered = column
        .identity
        .as_ref()
        .filter(|choice| choice.value != IdentityChoice::No);
    if let Some(identity) = numbered
        && (column.default.is_some() || column.generated.is_some())
    {
        errors.push(GrammarError::new(
            identity.span,
            "an identity column has no default and is not generated",
            "keep one of them",
        ));
    }
    if let (Some(scale), None) = (&column.scale, &column.precision) {
        errors.push(GrammarError::new(
            scale.span,
            "`scale` needs `precision`",
            "write `precision = 10, scale = 2`",
        ));
    }
    if let Some(length) = column
        .max_length
        .as_ref()
        .filter(|length| length.value == 0)
    {
        errors.push(GrammarError::new(
            length.span,
            "`max_length` is zero",
            "write a length of at least 1",
        ));
    }
    check_key(column, errors);
    if let Some(data_type) = primitive(column.driver_type())
        && column.data_type.is_none()
        && column.sql_type.is_none()
        && column.json.is_none()
    {
        check_type(column, &data_type, errors);
    }
}

/// A column of the primary key is no `Option`, unless it says that it admits NULL.
pub(crate) fn check_key_type(column: &ColumnDeclaration, errors: &mut Vec<GrammarError>) {
    if column.nullable.is_none() && option_inner(&column.rust_type).is_some() {
        errors.push(GrammarError::new(
            column.type_span(),
            format!("the primary key `{}` cannot be null", column.field),
            "remove `Option`; a key that admits NULL, as SQLite lets it, says `nullable = true`",
        ));
    }
}

fn check_key(column: &ColumnDeclaration, errors: &mut Vec<GrammarError>) {
    if column.primary_key.is_none() {
        return;
    }
    check_key_type(column, errors);
    if matches!(&column.foreign_key.on_delete, Some(action) if action.value == Action::SetNull)
        && column.foreign_key.on_delete_fields.is_empty()
        && let Some(action) = &column.foreign_key.on_delete
    {
        errors.push(GrammarError::new(
            action.span,
            format!("`set_null` cannot null the primary key `{}`", column.field),
            "write `on_delete = cascade` or `restrict`",
        ));
    }
}

/// Whether the grammar has held the column against its type already.
#[cfg(feature = "scan")]
pub(crate) fn is_primitive(column: &ColumnDeclaration) -> bool {
    primitive(column.driver_type()).is_some() && column.data_type.is_none()
}

/// The portable type of a Rust type whose name alone tells it.
fn primitive(rust_type: &syn::Type) -> Option<Type> {
    let rust_type = option_inner(rust_type).unwrap_or(rust_type);
    let syn::Type::Path(path) = rust_type else {
        return None;
    };
    Some(match path.path.get_ident()?.to_string().as_str() {
        "bool" => Type::Boolean,
        "i8" | "i16" | "u8" => Type::SmallInt,
        "i32" | "u16" => Type::Integer,
        "i64" | "u32" => Type::BigInt,
        "f32" => Type::Real,
        "f64" => Type::Double,
        "String" => Type::Text,
        "char" => Type::Char(1),
        _ => return None,
    })
}

/// Reports what a column of this type cannot say.
pub(crate) fn check_type(
    column: &ColumnDeclaration,
    data_type: &Type,
    errors: &mut Vec<GrammarError>,
) {
    let field = &column.field;
    let element = match data_type {
        Type::Array(element) => element,
        other => other,
    };
    if let Some(length) = &column.max_length
        && !matches!(element, Type::Text)
    {
        errors.push(GrammarError::new(
            length.span,
            format!(
                "`max_length` needs a text, and `{field}` is {}",
                noun(data_type)
            ),
            "remove `max_length`",
        ));
    }
    let precise = matches!(
        element,
        Type::Numeric(_) | Type::Time { .. } | Type::Timestamp { .. }
    );
    if let Some(precision) = &column.precision
        && !precise
    {
        errors.push(GrammarError::new(
            precision.span,
            format!(
                "`precision` needs a decimal number or a time, and `{field}` is {}",
                noun(data_type)
            ),
            "remove `precision`",
        ));
    }
    if let Some(precision) = &column.precision
        && precise
        && !matches!(element, Type::Numeric(_))
        && precision.value > 6
    {
        errors.push(GrammarError::new(
            precision.span,
            format!("`precision` of `{field}` is over 6 digits of a second"),
            "write `precision = 6` or less",
        ));
    }
    if let Some(scale) = &column.scale
        && !matches!(element, Type::Numeric(_))
    {
        errors.push(GrammarError::new(
            scale.span,
            format!(
                "`scale` needs a decimal number, and `{field}` is {}",
                noun(data_type)
            ),
            "remove `scale`",
        ));
    }
    if let Some(identity) = &column.identity
        && identity.value != IdentityChoice::No
        && !data_type.is_integer()
    {
        errors.push(GrammarError::new(
            identity.span,
            format!(
                "`identity` needs an integer, and `{field}` is {}",
                noun(data_type)
            ),
            "remove `identity`; for a UUID write `default = uuid`",
        ));
    }
    if let Some(collation) = &column.collation
        && !matches!(element, Type::Text | Type::Char(_))
    {
        errors.push(GrammarError::new(
            collation.span,
            format!(
                "`collation` needs a text, and `{field}` is {}",
                noun(data_type)
            ),
            "remove `collation`",
        ));
    }
    if let Some(default) = &column.default {
        check_default(column, default, data_type, errors);
    }
}

fn check_default(
    column: &ColumnDeclaration,
    default: &Located<DefaultValue>,
    data_type: &Type,
    errors: &mut Vec<GrammarError>,
) {
    let field = &column.field;
    let fits = match (&default.value, data_type) {
        (DefaultValue::Sql(_), _) => true,
        (DefaultValue::Bool(_), kind) => matches!(kind, Type::Boolean),
        (DefaultValue::Now, kind) => {
            matches!(
                kind,
                Type::Date | Type::Time { .. } | Type::Timestamp { .. }
            )
        }
        (DefaultValue::Uuid, kind) => matches!(kind, Type::Uuid),
        (DefaultValue::Variant(_), kind) => matches!(kind, Type::Enum(_)) || kind.is_integer(),
        (DefaultValue::Number(text), kind) => {
            if kind.is_integer() && !within(text, kind) {
                errors.push(GrammarError::new(
                    default.span,
                    format!(
                        "the default `{text}` does not fit `{field}`, {}",
                        noun(kind)
                    ),
                    "write a number within the range of the field's type",
                ));
            }
            kind.is_integer() || matches!(kind, Type::Real | Type::Double | Type::Numeric(_))
        }
        (DefaultValue::Text(text), kind) => {
            let longest = column
                .max_length
                .as_ref()
                .map(|length| length.value as usize);
            if longest.is_some_and(|longest| text.chars().count() > longest) {
                errors.push(GrammarError::new(
                    default.span,
                    format!("the default of `{field}` is longer than its `max_length`"),
                    "shorten the default, or raise `max_length`",
                ));
            }
            !matches!(
                kind,
                Type::Boolean | Type::Real | Type::Double | Type::Numeric(_)
            ) && !kind.is_integer()
        }
    };
    if !fits {
        errors.push(GrammarError::new(
            default.span,
            format!(
                "this default does not fit `{field}`, which is {}",
                noun(data_type)
            ),
            fitting(data_type),
        ));
    }
}

fn within(text: &str, data_type: &Type) -> bool {
    match data_type {
        Type::SmallInt => text.parse::<i16>().is_ok(),
        Type::Integer => text.parse::<i32>().is_ok(),
        _ => text.parse::<i64>().is_ok(),
    }
}

fn fitting(data_type: &Type) -> &'static str {
    match data_type {
        Type::Boolean => "write `default = true` or `default = false`",
        Type::SmallInt | Type::Integer | Type::BigInt => "write `default = 0`",
        Type::Real | Type::Double | Type::Numeric(_) => "write `default = 0.5`",
        Type::Uuid => "write `default = uuid`",
        Type::Date | Type::Time { .. } | Type::Timestamp { .. } => "write `default = now`",
        Type::Enum(_) => "write `default = Status::Pending`, with the field's enum and a variant",
        Type::Text | Type::Varchar(_) | Type::Char(_) => "write `default = \"text\"`",
        _ => "write `default_sql = \"…\"`",
    }
}

/// What a message calls a type.
pub(crate) fn noun(data_type: &Type) -> String {
    match data_type {
        Type::Boolean => "a boolean".into(),
        Type::SmallInt => "a 16 bit integer".into(),
        Type::Integer => "a 32 bit integer".into(),
        Type::BigInt => "a 64 bit integer".into(),
        Type::Real | Type::Double => "a floating point number".into(),
        Type::Numeric(_) => "a decimal number".into(),
        Type::Text | Type::Varchar(_) => "a text".into(),
        Type::Char(_) => "a text of fixed length".into(),
        Type::Bytes => "bytes".into(),
        Type::Uuid => "a UUID".into(),
        Type::Date => "a date".into(),
        Type::Time { .. } => "a time".into(),
        Type::Timestamp { zone: true, .. } => "a timestamp with time zone".into(),
        Type::Timestamp { .. } => "a timestamp without time zone".into(),
        Type::Interval => "an interval".into(),
        Type::Json | Type::Jsonb => "JSON".into(),
        Type::Enum(name) => format!("the enum `{name}`"),
        Type::Array(_) => "an array".into(),
        Type::Sql(text) => format!("`{text}`"),
        Type::PerDialect(_) => "a type of each dialect's own".into(),
    }
}
