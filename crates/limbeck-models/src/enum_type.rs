//! Declarations of enum types: a fieldless enum and its `#[enum_type(…)]`.

use std::collections::BTreeMap;

use limbeck_core::schema::{QualifiedName, Type};
use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Attribute, Fields, ItemEnum};

use crate::attribute::{Argument, Key, Located, Value, arguments_of, once, reported, split};
use crate::case::{RenameRule, snake_case};
use crate::column::column_name;
use crate::error::GrammarError;
use crate::suggest;
use crate::table::{former_name, unqualified};

/// A fieldless enum.
#[derive(Debug, Clone)]
pub struct EnumDeclaration {
    /// The enum.
    pub ident: Ident,
    /// The type's name.
    pub name: Located<QualifiedName>,
    /// The type's former name.
    pub renamed_from: Option<Located<QualifiedName>>,
    /// Its comment.
    pub comment: Option<String>,
    /// Its variants, in order.
    pub variants: Vec<VariantDeclaration>,
    /// The integer that `sqlx` keeps it as: `#[repr(…)]` on an enum that derives `sqlx::Type`.
    pub repr: Option<IntegerWidth>,
}

/// A variant.
#[derive(Debug, Clone)]
pub struct VariantDeclaration {
    /// The variant.
    pub ident: Ident,
    /// Its value.
    pub value: Located<String>,
    /// Its former value.
    pub renamed_from: Option<Located<String>>,
    /// Its number, for an enum that is kept as an integer.
    pub discriminant: Option<i64>,
}

/// The width of an enum that is kept as an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntegerWidth {
    /// `i16` and narrower.
    Small,
    /// `i32` and `u16`.
    Medium,
    /// `i64` and `u32`.
    Large,
}

impl IntegerWidth {
    /// The portable type of that width.
    pub fn to_type(self) -> Type {
        match self {
            Self::Small => Type::SmallInt,
            Self::Medium => Type::Integer,
            Self::Large => Type::BigInt,
        }
    }
}

const ENUM_KEYS: &[Key] = &[
    once("name", "name = \"message_role\""),
    once("schema", "schema = \"app\""),
    once("rename_all", "rename_all = \"snake_case\""),
    once("renamed_from", "renamed_from = \"role\""),
    once("comment", "comment = \"who speaks\""),
];

const VARIANT_KEYS: &[Key] = &[
    once("value", "value = \"user\""),
    once("renamed_from", "renamed_from = \"human\""),
];

/// What the attributes of `sqlx` say.
#[derive(Default)]
struct Sqlx {
    /// Whether there are any.
    present: bool,
    type_name: Option<Located<String>>,
    rename_all: Option<Located<String>>,
    rename: Option<Located<String>>,
}

/// Reads an enum that is the type of a column; all its errors, not only the first.
pub fn read_enum(item: &ItemEnum) -> Result<EnumDeclaration, Vec<GrammarError>> {
    let mut errors = Vec::new();
    if !item.generics.params.is_empty() {
        return Err(vec![GrammarError::new(
            item.generics.span(),
            format!(
                "the enum `{}` is generic, and an enum type is one type",
                item.ident
            ),
            "remove the parameters",
        )]);
    }
    if item.variants.is_empty() {
        return Err(vec![GrammarError::new(
            item.ident.span(),
            format!("the enum `{}` has no variants to be values", item.ident),
            "add a variant, or give the column a type: `#[column(sql_type = \"text\")]`",
        )]);
    }
    if let Some(variant) = item
        .variants
        .iter()
        .find(|variant| !matches!(variant.fields, Fields::Unit))
    {
        return Err(vec![GrammarError::new(
            variant.ident.span(),
            format!(
                "the variant `{}::{}` holds fields",
                item.ident, variant.ident
            ),
            "remove the fields, or keep the column as JSON: `#[column(jsonb)]`",
        )]);
    }
    let mut sqlx = read_sqlx(&item.attrs);
    sqlx.present |= has_sqlx_attribute(item);
    let own = arguments_of(&item.attrs, "enum_type", ENUM_KEYS, &mut errors);
    let declaration = read(item, &own, &sqlx, &mut errors);
    check_values(&declaration, &mut errors);
    if errors.is_empty() {
        Ok(declaration)
    } else {
        Err(errors)
    }
}

fn read(
    item: &ItemEnum,
    arguments: &[Argument],
    sqlx: &Sqlx,
    errors: &mut Vec<GrammarError>,
) -> EnumDeclaration {
    let is_sqlx = sqlx.present || derives_sqlx_type(&item.attrs);
    let mut name = Located::new(
        QualifiedName::new(snake_case(&column_name(&item.ident))),
        item.ident.span(),
    );
    if let Some(type_name) = &sqlx.type_name
        && let Ok(parsed) = type_name.value.parse()
    {
        name = Located::new(parsed, type_name.span);
    }
    // sqlx spells values as the variants stand unless it is told otherwise.
    let mut rule = if is_sqlx {
        RenameRule::AsIs
    } else {
        RenameRule::SnakeCase
    };
    let mut said_rule = sqlx.rename_all.clone();
    let mut renamed_from = None;
    let mut comment = None;
    let mut schema = None;
    for argument in arguments {
        match argument.key().as_str() {
            "name" => {
                if let Some(text) = reported(unqualified(argument), errors) {
                    name = Located::new(name.value.sibling(text.value), text.span);
                }
            }
            "schema" => schema = reported(argument.text(), errors),
            "rename_all" => {
                said_rule = reported(argument.text(), errors).or(said_rule);
            }
            "renamed_from" => renamed_from = reported(former_name(argument), errors),
            _ => comment = reported(argument.text(), errors).map(|text| text.value),
        }
    }
    if let Some(schema) = schema {
        name.value.schema = Some(schema.value);
    }
    if let Some(said) = said_rule {
        match RenameRule::from_name(&said.value) {
            Some(said) => rule = said,
            None => errors.push(GrammarError::new(
                said.span,
                format!("unknown `rename_all` rule `{}`", said.value),
                suggest::hint(&said.value, RenameRule::NAMES),
            )),
        }
    }
    let mut following = Some(0);
    let mut variants = Vec::new();
    for variant in &item.variants {
        let discriminant = match &variant.discriminant {
            Some((_, expression)) => integer(expression),
            None => following,
        };
        following = discriminant.and_then(|number| number.checked_add(1));
        variants.push(read_variant(variant, rule, discriminant, errors));
    }
    EnumDeclaration {
        ident: item.ident.clone(),
        name,
        renamed_from,
        comment,
        variants,
        repr: if is_sqlx { repr(&item.attrs) } else { None },
    }
}

fn read_variant(
    variant: &syn::Variant,
    rule: RenameRule,
    discriminant: Option<i64>,
    errors: &mut Vec<GrammarError>,
) -> VariantDeclaration {
    let mut value = read_sqlx(&variant.attrs).rename.unwrap_or_else(|| {
        Located::new(
            rule.apply(&column_name(&variant.ident)),
            variant.ident.span(),
        )
    });
    let mut renamed_from = None;
    for argument in arguments_of(&variant.attrs, "enum_type", VARIANT_KEYS, errors) {
        let text = reported(argument.text(), errors);
        match argument.key().as_str() {
            "value" => value = text.unwrap_or(value),
            _ => renamed_from = text,
        }
    }
    VariantDeclaration {
        ident: variant.ident.clone(),
        value,
        renamed_from,
        discriminant,
    }
}

fn check_values(declaration: &EnumDeclaration, errors: &mut Vec<GrammarError>) {
    let mut seen: BTreeMap<&str, &Ident> = BTreeMap::new();
    for variant in &declaration.variants {
        if let Some(first) = seen.insert(&variant.value.value, &variant.ident) {
            errors.push(GrammarError::new(
                variant.value.span,
                format!(
                    "the variants `{first}` and `{}` are both the value `{}`",
                    variant.ident, variant.value.value
                ),
                "give one of them another: `#[enum_type(value = \"…\")]`",
            ));
        }
        // PostgreSQL manual, section 8.7.4.
        if variant.value.value.len() > 63 {
            errors.push(GrammarError::new(
                variant.value.span,
                format!("the value of `{}` is over 63 bytes", variant.ident),
                "shorten it: `#[enum_type(value = \"…\")]`",
            ));
        }
    }
}

/// Reads `#[sqlx(…)]`; what it does not know belongs to sqlx and is passed over.
fn read_sqlx(attributes: &[Attribute]) -> Sqlx {
    let mut sqlx = Sqlx::default();
    for attribute in attributes {
        let syn::Meta::List(list) = &attribute.meta else {
            continue;
        };
        if !list.path.is_ident("sqlx") {
            continue;
        }
        sqlx.present = true;
        for argument in split(list.tokens.clone()) {
            if !matches!(argument.value, Value::Equals(_)) {
                continue;
            }
            match argument.key().as_str() {
                "type_name" => sqlx.type_name = argument.text().ok(),
                "rename_all" => sqlx.rename_all = argument.text().ok(),
                "rename" => sqlx.rename = argument.text().ok(),
                _ => {}
            }
        }
    }
    sqlx
}

/// Whether a derive names `sqlx::Type`, or a bare `Type`.
///
/// A derive macro does not see the other derives, so that an enum which derives `Enum` too has to
/// say `#[sqlx(…)]` or `rename_all`; the scan insists on it.
pub(crate) fn derives_sqlx_type(attributes: &[Attribute]) -> bool {
    derive_paths(attributes).iter().any(|path| {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        names == ["Type"] || names == ["sqlx", "Type"]
    })
}

/// Whether there is a `#[sqlx(…)]` on the enum or on a variant.
pub(crate) fn has_sqlx_attribute(item: &ItemEnum) -> bool {
    std::iter::once(&item.attrs)
        .chain(item.variants.iter().map(|variant| &variant.attrs))
        .any(|attributes| read_sqlx(attributes).present)
}

/// Whether `#[enum_type(rename_all = …)]` is said, or a value for each variant.
#[cfg(feature = "scan")]
pub(crate) fn says_values(item: &ItemEnum) -> bool {
    let own = arguments_of(&item.attrs, "enum_type", ENUM_KEYS, &mut Vec::new());
    own.iter().any(|argument| argument.key() == "rename_all")
        || item.variants.iter().all(|variant| {
            variant
                .attrs
                .iter()
                .any(|attribute| attribute.path().is_ident("enum_type"))
        })
}

/// The paths that `derive` names.
pub(crate) fn derive_paths(attributes: &[Attribute]) -> Vec<syn::Path> {
    let mut paths = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident("derive") {
            continue;
        }
        let parser = syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
        if let Ok(list) = attribute.parse_args_with(parser) {
            paths.extend(list);
        }
    }
    paths
}

fn repr(attributes: &[Attribute]) -> Option<IntegerWidth> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("repr"))
        .filter_map(|attribute| match &attribute.meta {
            syn::Meta::List(list) => Some(split(list.tokens.clone())),
            _ => None,
        })
        .flatten()
        .find_map(|argument| {
            Some(match argument.key().as_str() {
                "i8" | "i16" | "u8" => IntegerWidth::Small,
                "i32" | "u16" => IntegerWidth::Medium,
                "i64" | "u32" => IntegerWidth::Large,
                _ => return None,
            })
        })
}

fn integer(expression: &syn::Expr) -> Option<i64> {
    match expression {
        syn::Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => {
            integer(&unary.expr).and_then(i64::checked_neg)
        }
        _ => None,
    }
}

impl EnumDeclaration {
    /// The variant called `name`.
    pub fn variant(&self, name: &Ident) -> Option<&VariantDeclaration> {
        self.variants.iter().find(|variant| variant.ident == *name)
    }

    /// Where the enum's name stands.
    pub fn span(&self) -> Span {
        self.ident.span()
    }
}
