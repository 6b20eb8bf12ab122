//! Type resolution: the portable type of a field's type, through aliases and newtypes.

use std::collections::BTreeMap;

use limbeck_core::schema::Type;
use syn::{Fields, GenericArgument, PathArguments};

use crate::column::SqlType;

use super::known_type::{self, Known};
use super::resolve::{self, Found};
use super::tree::{ItemId, ItemKind, ModuleId, Tree, UsePath};

/// Aliases and newtypes nest no deeper than this in sources that compile.
const DEEPEST: usize = 32;

/// The portable type of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The type; an enum's is filled in by whoever knows its name.
    pub(crate) data_type: Shape,
    /// Whether it was an `Option`.
    pub(crate) nullable: bool,
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
pub(crate) struct Context<'a> {
    pub(crate) tree: &'a Tree,
    /// `[types]`: SQL types by Rust path.
    pub(crate) types: &'a BTreeMap<String, SqlType>,
}

/// The portable type of `rust_type` as written in `module`.
pub(crate) fn resolve_type(
    context: &Context<'_>,
    module: ModuleId,
    rust_type: &syn::Type,
) -> Result<Resolved, Fault> {
    resolve_nested(context, module, rust_type, 0)
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

fn resolve_nested(
    context: &Context<'_>,
    module: ModuleId,
    rust_type: &syn::Type,
    depth: usize,
) -> Result<Resolved, Fault> {
    if depth > DEEPEST {
        return Err(unresolved(rust_type, "leads back to itself"));
    }
    match rust_type {
        syn::Type::Group(group) => resolve_nested(context, module, &group.elem, depth),
        syn::Type::Paren(paren) => resolve_nested(context, module, &paren.elem, depth),
        syn::Type::Reference(reference) => resolve_nested(context, module, &reference.elem, depth),
        syn::Type::Array(array) if is_byte(&array.elem) => Ok(plain(Type::Bytes)),
        syn::Type::Slice(slice) if is_byte(&slice.elem) => Ok(plain(Type::Bytes)),
        syn::Type::Array(array) => list(resolve_nested(context, module, &array.elem, depth)?),
        syn::Type::Slice(slice) => list(resolve_nested(context, module, &slice.elem, depth)?),
        syn::Type::Path(path) if path.qself.is_none() => {
            resolve_path(context, module, rust_type, &path.path, depth)
        }
        _ => Err(unresolved(rust_type, "has no column type")),
    }
}

fn resolve_path(
    context: &Context<'_>,
    module: ModuleId,
    rust_type: &syn::Type,
    path: &syn::Path,
    depth: usize,
) -> Result<Resolved, Fault> {
    let written = UsePath::of(path);
    let found = resolve::resolve(context.tree, module, &written);
    if let Some(sql_type) = mapped(context, &written, found.as_ref()) {
        return Ok(plain(sql_type.to_type()));
    }
    match found {
        Some(Found::Item(item)) => resolve_item(context, rust_type, path, item, depth),
        Some(Found::Foreign(foreign)) => match known_type::known(&foreign) {
            Some(known) => resolve_known(context, module, rust_type, path, known, depth),
            None => Err(unknown(rust_type, &foreign.join("::"))),
        },
        Some(Found::Module(_)) => Err(unresolved(rust_type, "is a module")),
        None => Err(not_imported(rust_type, path)),
    }
}

/// The entry of `[types]` for a path, as written or in full.
fn mapped<'a>(
    context: &'a Context<'_>,
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
    context
        .types
        .get(&full)
        .or_else(|| context.types.get(&written.segments.join("::")))
}

fn resolve_item(
    context: &Context<'_>,
    rust_type: &syn::Type,
    path: &syn::Path,
    id: ItemId,
    depth: usize,
) -> Result<Resolved, Fault> {
    let item = &context.tree.items[id];
    let generic = |generics: &syn::Generics| {
        !generics.params.is_empty()
            || path
                .segments
                .last()
                .is_some_and(|last| !matches!(last.arguments, PathArguments::None))
    };
    match &item.kind {
        ItemKind::Enum(_) => Ok(Resolved {
            data_type: Shape::Enum(id),
            nullable: false,
        }),
        ItemKind::Alias(alias) if generic(&alias.generics) => {
            Err(unresolved(rust_type, "is a generic alias"))
        }
        ItemKind::Alias(alias) => resolve_nested(context, item.module, &alias.ty, depth + 1)
            .map_err(|fault| beneath(rust_type, fault)),
        ItemKind::Struct(structure) => match &structure.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                if generic(&structure.generics) {
                    return Err(unresolved(rust_type, "is a generic newtype"));
                }
                resolve_nested(context, item.module, &fields.unnamed[0].ty, depth + 1)
                    .map_err(|fault| beneath(rust_type, fault))
            }
            Fields::Named(_) => Err(Fault {
                message: format!(
                    "the type `{}` is a struct with fields of its own",
                    shown(rust_type)
                ),
                hint: "keep it as JSON with `#[column(jsonb)]`, leave it out with \
                       `#[column(skip)]`, or refer to its key with `#[column(references = …)]`"
                    .to_owned(),
            }),
            _ => Err(unresolved(rust_type, "is not a newtype of one field")),
        },
    }
}

fn resolve_known(
    context: &Context<'_>,
    module: ModuleId,
    rust_type: &syn::Type,
    path: &syn::Path,
    known: Known,
    depth: usize,
) -> Result<Resolved, Fault> {
    let argument = type_argument(path);
    match known {
        Known::Type(data_type) => Ok(plain(data_type)),
        Known::Refused(why, hint) => Err(Fault {
            message: format!("the type `{}` {why}", shown(rust_type)),
            hint: hint.to_owned(),
        }),
        Known::ZonedDateTime if argument.is_some() => Ok(plain(Type::Timestamp {
            precision: None,
            zone: true,
        })),
        Known::ZonedDateTime => Err(Fault {
            message: format!("the type `{}` lacks its time zone", shown(rust_type)),
            hint: "write `DateTime<Utc>`".to_owned(),
        }),
        Known::Nullable | Known::List | Known::Pointer => {
            let Some(argument) = argument else {
                return Err(Fault {
                    message: format!("the type `{}` lacks its parameter", shown(rust_type)),
                    hint: format!("write `{}<…>`", shown(rust_type)),
                });
            };
            if matches!(known, Known::List) && is_byte(argument) {
                return Ok(plain(Type::Bytes));
            }
            let inner = resolve_nested(context, module, argument, depth + 1)?;
            match known {
                Known::Nullable => Ok(Resolved {
                    nullable: true,
                    ..inner
                }),
                Known::List => list(inner),
                _ => Ok(inner),
            }
        }
    }
}

fn type_argument(path: &syn::Path) -> Option<&syn::Type> {
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

fn plain(data_type: Type) -> Resolved {
    Resolved {
        data_type: Shape::Plain(data_type),
        nullable: false,
    }
}

/// An array of it; PostgreSQL does not tell arrays of one dimension from those of two.
fn list(element: Resolved) -> Result<Resolved, Fault> {
    let data_type = match element.data_type {
        Shape::Plain(Type::Array(element)) => Shape::Plain(Type::Array(element)),
        Shape::Plain(data_type) => Shape::Plain(Type::Array(Box::new(data_type))),
        array @ Shape::Array(_) => array,
        other => Shape::Array(Box::new(other)),
    };
    Ok(Resolved {
        data_type,
        nullable: false,
    })
}

fn unresolved(rust_type: &syn::Type, why: &str) -> Fault {
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

fn ways_out(path: Option<&str>) -> String {
    let attribute = "add `#[column(sql_type = \"…\")]` to the field";
    match path {
        Some(path) => {
            format!("{attribute}, or `\"{path}\" = \"…\"` to `[types]` in `limbeck.toml`")
        }
        None => attribute.to_owned(),
    }
}

/// The fault of an inner type, told from the outer one that the field has.
fn beneath(outer: &syn::Type, fault: Fault) -> Fault {
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
