//! Aliases and newtypes: the type within, whatever it is wrapped in.

use std::collections::BTreeMap;

use limbeck_core::dialect::sqlite;
use limbeck_core::schema::Type;
use syn::{Fields, GenericArgument, GenericParam, PathArguments};

use crate::diesel;
use crate::foreign::NewtypeAttributes;
use crate::vocabulary::Vocabulary;

use super::known_type::{self, KnownType};
use super::resolve::{self, Found};
use super::tree::{ItemId, ItemKind, UsePath};
use super::types::{
    Bound, Fault, Named, Resolved, Scope, Shape, TypeSources, beneath, plain, resolve_nested,
    shown, unresolved,
};

/// The portable type of a struct, enum or alias.
pub(super) fn resolve_item(
    context: &TypeSources<'_>,
    named: &Named<'_>,
    id: ItemId,
    depth: usize,
) -> Result<Resolved, Fault> {
    let item = &context.tree.items[id];
    let within = |generics: &syn::Generics, rust_type: &syn::Type| {
        let mut scope = Scope {
            module: item.module,
            parameters: BTreeMap::new(),
        };
        let defaults = bind(named, generics, &mut scope);
        let outer = scope;
        // A default is written beside the parameters, and may speak of those before it.
        let mut scope = Scope {
            module: item.module,
            parameters: outer.parameters.clone(),
        };
        for (name, rust_type) in defaults {
            let bound = Bound {
                rust_type,
                scope: &outer,
            };
            scope.parameters.insert(name, bound);
        }
        resolve_nested(context, &scope, rust_type, depth + 1)
            .map_err(|fault| beneath(named.rust_type, fault))
    };
    match &item.kind {
        ItemKind::Enum(item) => {
            let said = NewtypeAttributes::read(&item.attrs);
            match said.data_type {
                Some(data_type) if said.is_json => Ok(plain(context.vocabulary.spelled(data_type))),
                _ => Ok(Resolved {
                    data_type: Shape::Enum(id),
                    nullable: false,
                    otherwise: None,
                }),
            }
        }
        ItemKind::Alias(alias) => within(&alias.generics, &alias.ty),
        ItemKind::Struct(structure) if context.vocabulary == Vocabulary::Diesel => {
            let said = diesel::of_attributes(&structure.attrs);
            said.map(plain).ok_or_else(|| Fault {
                message: format!(
                    "what the type `{}` is in SQL stands in no attribute of it",
                    shown(named.rust_type)
                ),
                hint: String::new(),
            })
        }
        ItemKind::Struct(structure) => {
            let said = NewtypeAttributes::read(&structure.attrs);
            if let Some(fault) = said.fault {
                return Err(Fault {
                    message: format!(
                        "of the type `{}`, {}",
                        shown(named.rust_type),
                        fault.message
                    ),
                    hint: fault.hint.unwrap_or_default(),
                });
            }
            if let Some(data_type) = said.data_type {
                return Ok(plain(if said.is_json {
                    context.vocabulary.spelled(data_type)
                } else {
                    data_type
                }));
            }
            let scope = Scope {
                module: item.module,
                parameters: BTreeMap::new(),
            };
            let mut fields = structure
                .fields
                .iter()
                .filter(|field| !holds_nothing(context, &scope, &field.ty));
            let only = match (fields.next(), fields.next()) {
                (Some(only), None) => Some(only),
                _ => None,
            };
            match (&structure.fields, only) {
                (Fields::Unnamed(_), Some(only)) => {
                    let inner = within(&structure.generics, &only.ty)?;
                    Ok(match said.type_name {
                        Some(name) => spelled_by_driver(&name, inner),
                        None => inner,
                    })
                }
                (Fields::Named(_), Some(only)) if said.is_transparent => {
                    within(&structure.generics, &only.ty)
                }
                (Fields::Named(_), _) => match said.type_name {
                    // A composite type, which PostgreSQL alone has.
                    Some(name) => Ok(plain(Type::PerDialect(
                        [("postgres".to_owned(), name)].into(),
                    ))),
                    None => Err(Fault {
                        message: format!(
                            "the type `{}` is a struct with fields of its own",
                            shown(named.rust_type)
                        ),
                        hint: "keep it as JSON with `#[column(jsonb)]`, leave it out with \
                               `#[column(skip)]`, or refer to its key with \
                               `#[column(references = …)]`; a newtype with a named field says \
                               `#[repr(transparent)]`"
                            .to_owned(),
                    }),
                },
                _ => Err(unresolved(named.rust_type, "is not a newtype of one field")),
            }
        }
    }
}

/// Binds the parameters to the arguments; answers with the defaults of those without one.
fn bind<'a>(
    named: &'a Named<'a>,
    generics: &'a syn::Generics,
    scope: &mut Scope<'a>,
) -> Vec<(String, &'a syn::Type)> {
    let arguments = match named.path.segments.last().map(|last| &last.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => Some(&arguments.args),
        _ => None,
    };
    let mut arguments = arguments
        .into_iter()
        .flatten()
        .filter(|argument| !matches!(argument, GenericArgument::Lifetime(_)));
    let mut defaults = Vec::new();
    for parameter in &generics.params {
        if matches!(parameter, GenericParam::Lifetime(_)) {
            continue;
        }
        let argument = arguments.next();
        let GenericParam::Type(parameter) = parameter else {
            continue;
        };
        let name = parameter.ident.to_string();
        match (argument, &parameter.default) {
            (Some(GenericArgument::Type(rust_type)), _) => {
                let bound = Bound {
                    rust_type,
                    scope: named.scope,
                };
                scope.parameters.insert(name, bound);
            }
            (None, Some((_, default))) => defaults.push((name, default)),
            _ => {}
        }
    }
    defaults
}

/// `PhantomData<T>`, `()`: a field that no column has to keep.
fn holds_nothing(context: &TypeSources<'_>, scope: &Scope<'_>, rust_type: &syn::Type) -> bool {
    match rust_type {
        syn::Type::Tuple(tuple) => tuple.elems.is_empty(),
        syn::Type::Path(path) if path.qself.is_none() => {
            let written = UsePath::of(&path.path);
            match resolve::resolve(context.tree, scope.module, &written) {
                Some(Found::Foreign(path)) => {
                    matches!(known_type::known(&path), Some(KnownType::Nothing))
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// The type of a newtype that sqlx calls by a name of its own, which it does on PostgreSQL alone.
fn spelled_by_driver(name: &str, inner: Resolved) -> Resolved {
    let Shape::Plain(data_type) = &inner.data_type else {
        return inner;
    };
    let mut names = BTreeMap::from([("postgres".to_owned(), name.to_owned())]);
    if let Some(declared) = sqlite::declared_type(data_type) {
        names.insert("sqlite".to_owned(), declared);
    }
    Resolved {
        data_type: Shape::Plain(Type::PerDialect(names)),
        nullable: inner.nullable,
        otherwise: None,
    }
}
