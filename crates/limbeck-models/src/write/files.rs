//! Models with a file for each table.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{QualifiedName, Schema};
use proc_macro2::{TokenStream, TokenTree};

use crate::case::snake_case;
use crate::conventions::Conventions;

use super::{Import, Item, WriteContext, imports, items, name, paragraphs, unsaid};

/// A module with a file for each table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFiles {
    /// The source of the module itself.
    pub module: String,
    /// The sources of the modules in it, by the names of their files without `.rs`.
    pub files: BTreeMap<String, String>,
}

/// Names of devices, which are no files on Windows.
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// The names that files of modules must not have: those of `mod.rs` and of the roots of crates, that of the module
/// they stand in, and devices.
fn taken(own: &str) -> BTreeSet<String> {
    let mut taken: BTreeSet<String> = ["mod", "lib", "main"].map(str::to_owned).into();
    taken.extend(DEVICES.map(str::to_owned));
    taken.extend((0..=9).flat_map(|number| [format!("com{number}"), format!("lpt{number}")]));
    taken.insert(own.to_lowercase());
    taken
}

/// The module of an item. Rust finds no file of a module whose name is not of ASCII.
fn module_name(ident: &str, otherwise: &str, taken: &mut BTreeSet<String>) -> String {
    let mut base = snake_case(ident);
    base.retain(|letter| letter.is_ascii());
    if base.trim_matches('_').is_empty() {
        otherwise.clone_into(&mut base);
    }
    name::field(&base, taken)
}

/// The models as [`super::rust`] writes them, with a file for each table and for each enum of several tables. The file
/// of the module itself is called `own`, without `.rs`.
pub fn rust_files(
    schema: &Schema,
    dialect: Dialect,
    conventions: &Conventions,
    own: &str,
) -> ModelFiles {
    let context = WriteContext::new(schema, dialect, conventions);
    let (enums, tables) = items(&context);
    let mut taken = taken(own);
    let mut modules: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let mut module_of: BTreeMap<&QualifiedName, String> = BTreeMap::new();
    for (name, item) in tables {
        let module = module_name(&item.ident, "table", &mut taken);
        module_of.insert(name, module.clone());
        modules.entry(module).or_default().push(item);
    }
    for (name, item) in enums {
        let users: BTreeSet<&String> = schema
            .users_of_enum(name)
            .filter_map(|(table, _)| module_of.get(&table.name))
            .collect();
        let module = match users.first() {
            Some(only) if users.len() == 1 => (*only).clone(),
            _ => module_name(&item.ident, "values", &mut taken),
        };
        modules.entry(module).or_default().insert(0, item);
    }
    let owners: BTreeMap<String, String> = modules
        .iter()
        .flat_map(|(module, items)| {
            let idents = items.iter().map(|item| item.ident.clone());
            idents.map(|ident| (ident, module.clone()))
        })
        .collect();
    let declarations: Vec<String> = modules.keys().map(|one| format!("mod {one};")).collect();
    let exports: Vec<String> = modules
        .iter()
        .map(|(module, items)| {
            let mut idents: Vec<&str> = items.iter().map(|item| item.ident.as_str()).collect();
            idents.sort_unstable();
            match idents.as_slice() {
                [one] => format!("pub use {module}::{one};"),
                all => format!("pub use {module}::{{{}}};", all.join(", ")),
            }
        })
        .collect();
    ModelFiles {
        module: paragraphs(vec![
            declarations.join("\n"),
            exports.join("\n"),
            unsaid(&context),
        ]),
        files: modules
            .into_iter()
            .map(|(module, items)| {
                let text = file(&module, items, &owners);
                let file = module.strip_prefix("r#").unwrap_or(&module);
                (file.to_owned(), text)
            })
            .collect(),
    }
}

fn file(module: &str, items: Vec<Item>, owners: &BTreeMap<String, String>) -> String {
    let imported: BTreeSet<Import> = items
        .iter()
        .flat_map(|item| item.imports.iter().copied())
        .collect();
    let used: BTreeSet<String> = items
        .iter()
        .flat_map(|item| mentioned(&item.text))
        .filter(|ident| owners.get(ident).is_some_and(|owner| owner != module))
        .collect();
    let used: Vec<&str> = used.iter().map(String::as_str).collect();
    let beside = match used.as_slice() {
        [] => String::new(),
        [one] => format!("use super::{one};"),
        all => format!("use super::{{{}}};", all.join(", ")),
    };
    let mut parts = vec![imports(&imported), beside];
    parts.extend(items.into_iter().map(|item| item.text));
    paragraphs(parts)
}

/// The names that an item may use: all words but those behind `::`, and the variants of an enum.
fn mentioned(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Ok(item) = syn::parse_str::<syn::ItemStruct>(text) else {
        return found;
    };
    let mut open: Vec<TokenStream> = Vec::new();
    let fields = item.fields.iter();
    for field in fields.clone() {
        let rust_type = &field.ty;
        open.push(quote::quote!(#rust_type));
    }
    let attributes = fields.flat_map(|field| &field.attrs).chain(&item.attrs);
    for attribute in attributes {
        if let syn::Meta::List(list) = &attribute.meta {
            open.push(list.tokens.clone());
        }
    }
    while let Some(tokens) = open.pop() {
        let mut is_behind = false;
        for token in tokens {
            match &token {
                TokenTree::Group(group) => open.push(group.stream()),
                TokenTree::Ident(ident) if !is_behind => {
                    found.insert(ident.to_string());
                }
                _ => {}
            }
            is_behind = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
        }
    }
    found
}
