//! Declarations of enum types: a fieldless enum and its `#[enum_type(…)]`.

use std::collections::BTreeMap;

use limbeck_core::schema::{QualifiedName, Type};
use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Attribute, Fields, ItemEnum};

use crate::attribute::{Argument, Key, Located, arguments_of, once, reported};
use crate::case::RenameRule;
use crate::column::column_name;
use crate::comment;
use crate::error::GrammarError;
use crate::foreign::{ForeignEnum, ForeignVariant, Said, StoredAs};
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
    /// The plain type that its driver keeps it as, where that is no enum type: the integer of
    /// `#[repr(…)]` for sqlx, or a text.
    pub plain: Option<Type>,
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
    let foreign = ForeignEnum::read(item, derives_sqlx_type(&item.attrs));
    let own = arguments_of(&item.attrs, "enum_type", ENUM_KEYS, &mut errors);
    let declaration = read(item, &own, foreign, &mut errors);
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
    foreign: ForeignEnum,
    errors: &mut Vec<GrammarError>,
) -> EnumDeclaration {
    let mut name = None;
    let mut schema = None;
    let mut rule = None;
    let mut renamed_from = None;
    let mut comment = None;
    for argument in arguments {
        match argument.key().as_str() {
            "name" => name = reported(unqualified(argument), errors),
            "schema" => schema = reported(argument.text(), errors),
            "rename_all" => {
                rule = reported(argument.text(), errors).and_then(|said| own_rule(&said, errors));
            }
            "renamed_from" => renamed_from = reported(former_name(argument), errors),
            _ => comment = comment::comment(argument, &item.attrs, errors),
        }
    }
    let stored = foreign.stored_as(item);
    if let (Some(said), Some(own)) = (
        stored.as_ref().filter(|said| said.value != StoredAs::Named),
        name.as_ref().or(schema.as_ref()),
    ) {
        errors.push(GrammarError::against(
            own.span,
            said.span,
            format!(
                "the enum `{}` has an enum type, and none for {}",
                item.ident, said.by
            ),
            "remove one of the two",
        ));
    }
    let name = foreign.name_of(&item.ident, name, schema, errors);
    let spelling = Spelling {
        own: rule,
        foreign: foreign.rule.clone(),
        is_as_is: foreign.is_as_is,
        has_text: !matches!(&stored, Some(Said { value: StoredAs::Plain(plain), .. }) if plain.is_integer()),
    };
    errors.extend(foreign.faults);
    let mut following = Some(0);
    let mut variants = Vec::new();
    for variant in &item.variants {
        let said = ForeignVariant::read(variant);
        let discriminant = match &variant.discriminant {
            Some((_, expression)) => integer(expression),
            None => following,
        };
        following = discriminant.and_then(|number| number.checked_add(1));
        let discriminant = said.number.or(discriminant);
        variants.push(read_variant(variant, &spelling, said, discriminant, errors));
    }
    EnumDeclaration {
        ident: item.ident.clone(),
        name,
        renamed_from,
        comment,
        variants,
        plain: match stored.map(|said| said.value) {
            Some(StoredAs::Plain(plain)) => Some(plain),
            Some(StoredAs::Named) | None => None,
        },
    }
}

fn own_rule(said: &Located<String>, errors: &mut Vec<GrammarError>) -> Option<Located<RenameRule>> {
    let rule = RenameRule::from_name(&said.value);
    if rule.is_none() {
        errors.push(GrammarError::new(
            said.span,
            format!("unknown `rename_all` rule `{}`", said.value),
            suggest::hint(&said.value, RenameRule::NAMES),
        ));
    }
    rule.map(|rule| Located::new(rule, said.span))
}

/// How variants become values.
struct Spelling {
    /// What `#[enum_type(rename_all)]` says.
    own: Option<Located<RenameRule>>,
    /// What the attribute of another crate says.
    foreign: Option<Said<RenameRule>>,
    /// Whether a crate reads the enum that spells variants as they stand.
    is_as_is: bool,
    /// Whether the values are kept, and not the numbers.
    has_text: bool,
}

fn read_variant(
    variant: &syn::Variant,
    spelling: &Spelling,
    foreign: ForeignVariant,
    discriminant: Option<i64>,
    errors: &mut Vec<GrammarError>,
) -> VariantDeclaration {
    let ident = &variant.ident;
    let name = column_name(ident);
    let theirs = match (foreign.value, &spelling.foreign) {
        (Some(value), _) => Some(value),
        (None, Some(rule)) => Some(Said {
            value: rule.value.apply(&name),
            span: rule.span,
            by: rule.by,
        }),
        // sqlx spells values as the variants stand unless it is told otherwise.
        (None, None) => spelling.is_as_is.then(|| Said {
            value: name.clone(),
            span: ident.span(),
            by: "the driver",
        }),
    };
    let mut own = spelling
        .own
        .as_ref()
        .map(|rule| Located::new(rule.value.apply(&name), rule.span));
    let mut renamed_from = None;
    for argument in arguments_of(&variant.attrs, "enum_type", VARIANT_KEYS, errors) {
        let text = reported(argument.text(), errors);
        match argument.key().as_str() {
            "value" => own = text.or(own),
            _ => renamed_from = text,
        }
    }
    if let (Some(own), Some(theirs)) = (&own, &theirs)
        && own.value != theirs.value
        && spelling.has_text
    {
        errors.push(GrammarError::against(
            own.span,
            theirs.span,
            format!(
                "the value of `{ident}` is `{}`, and `{}` for {}",
                own.value, theirs.value, theirs.by
            ),
            format!(
                "add `#[sqlx(rename = \"{}\")]`, or what its crate has for that",
                own.value
            ),
        ));
    }
    let value = match (own, theirs) {
        (Some(own), _) => own,
        (None, Some(theirs)) => Located::new(theirs.value, theirs.span),
        (None, None) => Located::new(RenameRule::SnakeCase.apply(&name), ident.span()),
    };
    VariantDeclaration {
        ident: ident.clone(),
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

/// Whether the name of the type is what the derive makes of the enum's, or is said.
#[cfg(feature = "scan")]
pub(crate) fn says_name(item: &ItemEnum, declaration: &EnumDeclaration) -> bool {
    let own = arguments_of(&item.attrs, "enum_type", ENUM_KEYS, &mut Vec::new());
    own.iter().any(|argument| argument.key() == "name")
        || declaration.name.value.name == crate::case::snake_case(&column_name(&item.ident))
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
