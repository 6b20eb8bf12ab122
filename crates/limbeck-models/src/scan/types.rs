//! Type resolution: the portable type of a field's type, through aliases and newtypes.

use std::collections::BTreeMap;

use limbeck_core::schema::Type;
use syn::{GenericArgument, PathArguments};

use crate::column::SqlType;

use crate::vocabulary::Vocabulary;

use super::known_path;
use super::known_type::{self, KnownType};
use super::newtype;
use super::resolve::{self, Found};
use super::tree::{ItemId, ModuleId, Tree, UsePath};

/// Aliases and newtypes nest no deeper than this in sources that compile.
const DEEPEST: usize = 32;

/// The portable type of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The type; an enum's is filled in by whoever knows its name.
    pub(crate) data_type: Shape,
    /// Whether it was an `Option`.
    pub(crate) nullable: bool,
    /// What a type that Limbeck knows would be without the entry of `[types]` that is taken for it: the attributes of
    /// the field are held against this.
    pub(crate) otherwise: Option<Type>,
}

/// A type with enums still by item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A portable type.
    Plain(Type),
    /// An enum that was read.
    Enum(ItemId),
    /// An array of one.
    Array(Box<Shape>),
}

/// Why a type has no column type, and what to type.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// What resolution needs.
pub(crate) struct TypeSources<'a> {
    pub(crate) tree: &'a Tree,
    /// `[types]`: SQL types by Rust path.
    pub(crate) types: &'a BTreeMap<String, SqlType>,
    /// Whether the field says a length or digits: then the types that Limbeck knows are its own.
    pub(crate) is_modified: bool,
    /// Whose rules say what a Rust type is.
    pub(crate) vocabulary: Vocabulary,
}

/// Where a type is written: its module, and what the type parameters around it stand for.
pub(super) struct Scope<'a> {
    pub(super) module: ModuleId,
    pub(super) parameters: BTreeMap<String, Bound<'a>>,
}

/// What a type parameter stands for.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) rust_type: &'a syn::Type,
    /// Where that is written; the scope of the parameter itself for a default.
    pub(super) scope: &'a Scope<'a>,
}

impl Scope<'_> {
    fn of_module(module: ModuleId) -> Self {
        Self {
            module,
            parameters: BTreeMap::new(),
        }
    }
}

/// The portable type of `rust_type` as written in `module`.
pub(crate) fn resolve_type(
    context: &TypeSources<'_>,
    module: ModuleId,
    rust_type: &syn::Type,
) -> Result<Resolved, Fault> {
    resolve_nested(context, &Scope::of_module(module), rust_type, 0)
}

/// A type as messages show it.
pub(crate) fn shown(rust_type: &syn::Type) -> String {
    let mut text = quote::quote!(#rust_type).to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        (" ;", ";"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

pub(super) fn resolve_nested(
    context: &TypeSources<'_>,
    scope: &Scope<'_>,
    rust_type: &syn::Type,
    depth: usize,
) -> Result<Resolved, Fault> {
    if depth > DEEPEST {
        return Err(unresolved(rust_type, "leads back to itself"));
    }
    let nested = |rust_type: &syn::Type| resolve_nested(context, scope, rust_type, depth);
    match rust_type {
        syn::Type::Group(group) => nested(&group.elem),
        syn::Type::Paren(paren) => nested(&paren.elem),
        syn::Type::Reference(reference) => nested(&reference.elem),
        syn::Type::Array(array) if is_byte(&array.elem) => Ok(plain(Type::Bytes)),
        syn::Type::Slice(slice) if is_byte(&slice.elem) => Ok(plain(Type::Bytes)),
        syn::Type::Array(array) => list(nested(&array.elem)?),
        syn::Type::Slice(slice) => list(nested(&slice.elem)?),
        syn::Type::Path(path) if path.qself.is_none() => {
            resolve_path(context, scope, rust_type, &path.path, depth)
        }
        _ => Err(unresolved(rust_type, "has no column type")),
    }
}

fn resolve_path(
    context: &TypeSources<'_>,
    scope: &Scope<'_>,
    rust_type: &syn::Type,
    path: &syn::Path,
    depth: usize,
) -> Result<Resolved, Fault> {
    if let Some(bound) = path
        .get_ident()
        .and_then(|name| scope.parameters.get(&name.to_string()))
    {
        return resolve_nested(context, bound.scope, bound.rust_type, depth + 1);
    }
    let written = UsePath::of(path);
    let found = resolve::resolve(context.tree, scope.module, &written);
    if let Some(sql_type) = mapped(context, &written, found.as_ref()) {
        let otherwise = match &found {
            Some(Found::Foreign(path)) => context.vocabulary.known_type(path),
            _ => None,
        };
        match otherwise {
            None => return Ok(plain(sql_type.to_type())),
            Some(known) if !context.is_modified => {
                return Ok(Resolved {
                    otherwise: Some(known.clone()),
                    ..plain(sql_type.or(&known))
                });
            }
            Some(_) => {}
        }
    }
    match found {
        Some(Found::Item(item)) => {
            let named = Named {
                scope,
                rust_type,
                path,
            };
            newtype::resolve_item(context, &named, item, depth)
        }
        Some(Found::Foreign(foreign)) => match context.vocabulary.known(&foreign) {
            Some(known) => resolve_known(context, scope, rust_type, path, known, depth),
            None => Err(unknown(rust_type, &foreign.join("::"))),
        },
        Some(Found::Module(_)) => Err(unresolved(rust_type, "is a module")),
        None => Err(not_imported(rust_type, path)),
    }
}

/// A path that leads to a struct, an enum or an alias.
pub(super) struct Named<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) rust_type: &'a syn::Type,
    pub(super) path: &'a syn::Path,
}

/// The entry of `[types]` for a path, as written or in full.
fn mapped<'a>(
    context: &'a TypeSources<'_>,
    written: &UsePath,
    found: Option<&Found>,
) -> Option<&'a SqlType> {
    if context.types.is_empty() {
        return None;
    }
    let full = match found {
        Some(Found::Item(item)) => {
            let item = &context.tree.items[*item];
            let module = &context.tree.modules[item.module];
            format!("{}::{}", module.path, item.ident())
        }
        Some(Found::Foreign(path)) => path.join("::"),
        _ => String::new(),
    };
    let canonical = |path: &str| {
        let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
        known_path::canonical(&segments)
    };
    let is_foreign = matches!(found, Some(Found::Foreign(_)));
    let is_it = |key: &str| is_foreign && canonical(key) == canonical(&full);
    let types = context.types;
    types
        .get(&full)
        .or_else(|| types.get(&written.segments.join("::")))
        .or_else(|| {
            types
                .iter()
                .find_map(|(key, sql)| is_it(key).then_some(sql))
        })
}

fn resolve_known(
    context: &TypeSources<'_>,
    scope: &Scope<'_>,
    rust_type: &syn::Type,
    path: &syn::Path,
    known: KnownType,
    depth: usize,
) -> Result<Resolved, Fault> {
    let argument = type_argument(path);
    let inner = |lacking: &str| match argument {
        Some(argument) => resolve_nested(context, scope, argument, depth + 1),
        None => Err(Fault {
            message: format!("the type `{}` lacks its parameter", shown(rust_type)),
            hint: format!("write `{}<{lacking}>`", shown(rust_type)),
        }),
    };
    match known {
        KnownType::Type(data_type) => Ok(plain(data_type)),
        KnownType::Refused(why, hint) => Err(Fault {
            message: format!("the type `{}` {why}", shown(rust_type)),
            hint: hint.to_owned(),
        }),
        KnownType::ZonedDateTime if argument.is_some() => Ok(plain(Type::Timestamp {
            precision: None,
            zone: true,
        })),
        KnownType::ZonedDateTime => Err(Fault {
            message: format!("the type `{}` lacks its time zone", shown(rust_type)),
            hint: "write `DateTime<Utc>`".to_owned(),
        }),
        KnownType::Nullable => Ok(Resolved {
            nullable: true,
            ..inner("…")?
        }),
        KnownType::List if argument.is_some_and(is_byte) => Ok(plain(Type::Bytes)),
        KnownType::List => list(inner("…")?),
        KnownType::Pointer => inner("…"),
        KnownType::Range | KnownType::Multirange => {
            let range = known_type::range_of(&inner("i32")?.data_type);
            match (range, known) {
                (Some(range), KnownType::Multirange) => {
                    let name = range.replace("range", "multirange");
                    Ok(plain(Type::Sql(name)))
                }
                (Some(range), _) => Ok(plain(Type::Sql(range.to_owned()))),
                (None, _) => Err(unresolved(rust_type, "is a range that PostgreSQL has not")),
            }
        }
        KnownType::Nothing => Err(unresolved(rust_type, "holds no value")),
    }
}

pub(super) fn type_argument(path: &syn::Path) -> Option<&syn::Type> {
    match &path.segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(argument) => Some(argument),
                _ => None,
            })
        }
        _ => None,
    }
}

fn is_byte(rust_type: &syn::Type) -> bool {
    matches!(rust_type, syn::Type::Path(path) if path.path.is_ident("u8"))
}

pub(super) fn plain(data_type: Type) -> Resolved {
    Resolved {
        data_type: Shape::Plain(data_type),
        nullable: false,
        otherwise: None,
    }
}

/// An array of it; PostgreSQL does not tell arrays of one dimension from those of two.
fn list(element: Resolved) -> Result<Resolved, Fault> {
    let data_type = match element.data_type {
        Shape::Plain(Type::Array(element)) => Shape::Plain(Type::Array(element)),
        // What SQLite has no arrays for is said by having no name there.
        Shape::Plain(Type::PerDialect(names)) => Shape::Plain(Type::PerDialect(
            names
                .into_iter()
                .filter(|(dialect, _)| dialect == "postgres")
                .map(|(dialect, name)| (dialect, format!("{name}[]")))
                .collect(),
        )),
        Shape::Plain(data_type) => Shape::Plain(Type::Array(Box::new(data_type))),
        array @ Shape::Array(_) => array,
        other => Shape::Array(Box::new(other)),
    };
    let otherwise = element.otherwise.map(|one| match one {
        array @ Type::Array(_) => array,
        element => Type::Array(Box::new(element)),
    });
    Ok(Resolved {
        data_type,
        nullable: false,
        otherwise,
    })
}

pub(super) fn unresolved(rust_type: &syn::Type, why: &str) -> Fault {
    let shown = shown(rust_type);
    let path = match rust_type {
        syn::Type::Path(_) => shown.split('<').next(),
        _ => None,
    };
    Fault {
        message: format!("the type `{shown}` {why}"),
        hint: ways_out(path),
    }
}

/// The fault of a name that is declared nowhere: mostly a `use` is missing.
fn not_imported(rust_type: &syn::Type, path: &syn::Path) -> Fault {
    let mut fault = unresolved(rust_type, "cannot be resolved");
    let name = match path.segments.len() {
        1 => path
            .segments
            .first()
            .map(|segment| segment.ident.to_string()),
        _ => None,
    };
    let import = name.and_then(|name| known_type::import(&name));
    if let Some(import) = import {
        fault.hint = format!(
            "add `use {import};`; if another type is meant, {}",
            fault.hint
        );
    }
    fault
}

/// The fault of a type of another crate.
fn unknown(rust_type: &syn::Type, path: &str) -> Fault {
    Fault {
        message: format!("the SQL type of `{}` is not known", shown(rust_type)),
        hint: ways_out(Some(path)),
    }
}

pub(super) fn ways_out(path: Option<&str>) -> String {
    let attribute = "add `#[column(sql_type = \"…\")]` to the field";
    match path {
        Some(path) => {
            format!("{attribute}, or `\"{path}\" = \"…\"` to `[types]` in `limbeck.toml`")
        }
        None => attribute.to_owned(),
    }
}

/// The fault of an inner type, told from the outer one that the field has.
pub(super) fn beneath(outer: &syn::Type, fault: Fault) -> Fault {
    // Only the outermost type is named: it is the one that the field shows.
    let inner = match fault.message.strip_prefix("in `") {
        Some(rest) => rest.split_once("`, ").map_or(rest, |(_, inner)| inner),
        None => &fault.message,
    };
    Fault {
        message: format!("in `{}`, {inner}", shown(outer)),
        hint: fault.hint,
    }
}
