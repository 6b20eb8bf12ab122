//! What the attributes of sqlx, SeaORM and Diesel say beside ours.
//!
//! They decide what the program reads and writes. Where ours is silent, what they say is taken over;
//! where the two contradict each other, the declaration is refused. Attributes of serde change JSON
//! and no column, and are nobody's concern here.

mod column;
mod data_type;
mod diesel;
mod enumeration;
mod name;
#[cfg(feature = "scan")]
mod newtype;
mod sea_orm;
mod sqlx;
mod table;

use proc_macro2::Span;
use syn::Attribute;

use crate::attribute::{Argument, split};
use crate::column::DefaultValue;

pub(crate) use self::column::{FieldRole, ForeignColumn};
#[cfg(feature = "scan")]
pub(crate) use self::data_type::of_expression as column_type;
#[cfg(feature = "scan")]
pub(crate) use self::data_type::plain_type_of_diesel;
#[cfg(feature = "scan")]
pub(crate) use self::enumeration::has_attribute;
pub(crate) use self::enumeration::{ForeignEnum, ForeignVariant, StoredAs};
#[cfg(feature = "scan")]
pub(crate) use self::newtype::NewtypeAttributes;
#[cfg(feature = "scan")]
pub(crate) use self::sea_orm::is_known_default;
pub(crate) use self::table::{ForeignTable, Ours};

/// A fact, where it stands, and the attribute that says it, as messages show it.
#[derive(Debug, Clone)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
    pub(crate) by: &'static str,
}

impl<T> Said<T> {
    fn new(value: T, span: Span, by: &'static str) -> Self {
        Self { value, span, by }
    }
}

/// The arguments of the attributes called `name`.
pub(crate) fn arguments(attributes: &[Attribute], name: &str) -> Vec<Argument> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(name))
        .filter_map(|attribute| match &attribute.meta {
            syn::Meta::List(list) => Some(split(list.tokens.clone())),
            _ => None,
        })
        .flatten()
        .collect()
}

/// A fact that a key with a string says.
fn text(argument: &Argument, by: &'static str) -> Option<Said<String>> {
    let text = argument.text().ok()?;
    Some(Said::new(text.value, text.span, by))
}

/// A literal that is a default in our words, too.
fn literal(argument: &Argument, by: &'static str) -> Option<Said<DefaultValue>> {
    let default = crate::column::default(argument).ok()?;
    match default.value {
        DefaultValue::Bool(_) | DefaultValue::Number(_) | DefaultValue::Text(_) => {
            Some(Said::new(default.value, default.span, by))
        }
        _ => None,
    }
}
