//! `#[cfg(…)]` and `#[cfg_attr(…)]` for one choice of features.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::vocabulary::OVERLAY;

type List = Punctuated<Meta, Token![,]>;

/// Whether an item with these attributes is compiled, as far as features and `test` decide it.
///
/// A condition on anything else counts as met, and so does its opposite: a model behind
/// `cfg(unix)` belongs to the schema, and one behind `cfg(not(windows))` too.
pub(crate) fn is_active(attributes: &[Attribute], features: &BTreeSet<String>) -> bool {
    attributes.iter().all(|attribute| {
        if !attribute.path().is_ident("cfg") {
            return true;
        }
        match attribute.parse_args::<Meta>() {
            Ok(condition) => holds(&condition, Some(features)) != Some(false),
            Err(_) => true,
        }
    })
}

/// Whether an item with these attributes is compiled for some choice of features.
pub(crate) fn could_be_active(attributes: &[Attribute]) -> bool {
    conditions_of(attributes).all(|condition| holds(&condition, None) != Some(false))
}

/// The conditions of the attributes, as messages show them.
pub(crate) fn shown(attributes: &[Attribute]) -> String {
    let conditions: Vec<String> = conditions_of(attributes)
        .map(|condition| spelled(&condition))
        .collect();
    conditions.join(", ")
}

/// The condition of a `cfg_attr` that another choice of features would meet.
pub(crate) fn off_for_a_feature(
    attribute: &Attribute,
    features: &BTreeSet<String>,
) -> Option<String> {
    if !attribute.path().is_ident("cfg_attr") {
        return None;
    }
    let list = attribute.parse_args_with(List::parse_terminated).ok()?;
    let condition = list.first()?;
    (holds(condition, Some(features)) == Some(false) && holds(condition, None) != Some(false))
        .then(|| spelled(condition))
}

/// The features that the conditions of the attributes ask for.
pub(crate) fn features_of(attributes: &[Attribute]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for condition in conditions_of(attributes) {
        asked(&condition, &mut found);
    }
    found
}

fn asked(condition: &Meta, found: &mut BTreeSet<String>) {
    match condition {
        Meta::NameValue(pair) if pair.path.is_ident("feature") => {
            if let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(name),
                ..
            }) = &pair.value
            {
                found.insert(name.value());
            }
        }
        Meta::List(list) if list.path.is_ident("all") || list.path.is_ident("any") => {
            for inner in conditions(&list.tokens) {
                asked(&inner, found);
            }
        }
        _ => {}
    }
}

fn conditions_of(attributes: &[Attribute]) -> impl Iterator<Item = Meta> + '_ {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .filter_map(|attribute| attribute.parse_args().ok())
}

fn spelled(condition: &Meta) -> String {
    quote::quote!(#condition)
        .to_string()
        .replace(" (", "(")
        .replace("( ", "(")
        .replace(" )", ")")
        .replace(" ,", ",")
}

/// Replaces each `cfg_attr` by what it stands for.
pub(crate) fn expand(attributes: &mut Vec<Attribute>, features: &BTreeSet<String>) {
    if !attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg_attr"))
    {
        return;
    }
    let mut expanded = Vec::new();
    for attribute in std::mem::take(attributes) {
        if !attribute.path().is_ident("cfg_attr") {
            expanded.push(attribute);
            continue;
        }
        let Ok(list) = attribute.parse_args_with(List::parse_terminated) else {
            continue;
        };
        let mut parts = list.into_iter();
        let Some(condition) = parts.next() else {
            continue;
        };
        if is_never(&condition) {
            // What no compiler sees is said to the scan alone.
            expanded.extend(
                parts
                    .filter(|meta| meta.path().is_ident(OVERLAY))
                    .map(|meta| Attribute {
                        meta,
                        ..attribute.clone()
                    }),
            );
            continue;
        }
        if holds(&condition, Some(features)) == Some(false) {
            continue;
        }
        let mut inner: Vec<Attribute> = parts
            .map(|meta| Attribute {
                meta,
                ..attribute.clone()
            })
            .collect();
        expand(&mut inner, features);
        expanded.extend(inner);
    }
    *attributes = expanded;
}

/// Whether it is `any()`, which holds nowhere.
fn is_never(condition: &Meta) -> bool {
    matches!(condition, Meta::List(list) if list.path.is_ident("any") && list.tokens.is_empty())
}

/// Whether the condition holds; `None` where neither features nor `test` decide it. No features leave
/// open whatever one decides.
pub(crate) fn holds(condition: &Meta, features: Option<&BTreeSet<String>>) -> Option<bool> {
    match condition {
        Meta::Path(path) if path.is_ident("test") => Some(false),
        Meta::NameValue(pair) if pair.path.is_ident("feature") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(name),
                ..
            }) => features.map(|features| features.contains(&name.value())),
            _ => None,
        },
        Meta::List(list) if list.path.is_ident("not") => {
            match conditions(&list.tokens).as_slice() {
                [only] => holds(only, features).map(|holds| !holds),
                _ => None,
            }
        }
        Meta::List(list) if list.path.is_ident("all") => {
            let all: Vec<_> = held(&list.tokens, features);
            if all.contains(&Some(false)) {
                Some(false)
            } else if all.contains(&None) {
                None
            } else {
                Some(true)
            }
        }
        Meta::List(list) if list.path.is_ident("any") => {
            let any: Vec<_> = held(&list.tokens, features);
            if any.contains(&Some(true)) {
                Some(true)
            } else if any.contains(&None) {
                None
            } else {
                Some(false)
            }
        }
        _ => None,
    }
}

fn held(tokens: &TokenStream, features: Option<&BTreeSet<String>>) -> Vec<Option<bool>> {
    conditions(tokens)
        .iter()
        .map(|condition| holds(condition, features))
        .collect()
}

fn conditions(tokens: &TokenStream) -> Vec<Meta> {
    List::parse_terminated
        .parse2(tokens.clone())
        .map(|list| list.into_iter().collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_and_test_decide_and_the_rest_is_taken_as_met() {
        let features = BTreeSet::from(["on".to_owned()]);
        for (condition, active) in [
            ("test", false),
            ("not(test)", true),
            ("feature = \"on\"", true),
            ("feature = \"off\"", false),
            ("not(feature = \"off\")", true),
            ("all(feature = \"on\", unix)", true),
            ("all(feature = \"off\", unix)", false),
            ("any(feature = \"off\", test)", false),
            ("any(feature = \"off\", unix)", true),
            ("not(windows)", true),
            ("windows", true),
        ] {
            let item: syn::ItemStruct = syn::parse_str(&format!("#[cfg({condition})] struct A;"))
                .expect("a struct with one condition");
            assert_eq!(is_active(&item.attrs, &features), active, "{condition}");
        }
    }
}
