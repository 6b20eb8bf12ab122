//! What stands within items: blocks, where items can stand again, and calls of macros.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{Attribute, Block, Item, Macro, Stmt};

use super::cfg;

/// The outermost blocks and macro calls of something.
pub(super) struct Bodies<'ast> {
    features: &'ast BTreeSet<String>,
    pub(super) blocks: Vec<&'ast Block>,
    pub(super) macros: Vec<&'ast Macro>,
}

impl<'ast> Bodies<'ast> {
    /// Those of an item.
    pub(super) fn of_item(item: &'ast Item, features: &'ast BTreeSet<String>) -> Self {
        let mut bodies = Self::none(features);
        match item {
            // They are read for themselves.
            Item::Macro(_) | Item::Mod(_) => {}
            item => visit::visit_item(&mut bodies, item),
        }
        bodies
    }

    /// Those of a statement that is no item.
    pub(super) fn of_statement(statement: &'ast Stmt, features: &'ast BTreeSet<String>) -> Self {
        let mut bodies = Self::none(features);
        match statement {
            Stmt::Item(_) | Stmt::Macro(_) => {}
            statement => visit::visit_stmt(&mut bodies, statement),
        }
        bodies
    }

    fn none(features: &'ast BTreeSet<String>) -> Self {
        Self {
            features,
            blocks: Vec::new(),
            macros: Vec::new(),
        }
    }
}

impl<'ast> Visit<'ast> for Bodies<'ast> {
    fn visit_block(&mut self, block: &'ast Block) {
        self.blocks.push(block);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.macros.push(call);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if is_active(&item.attrs, self.features) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    // Attributes hold tokens, and no code.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// Whether an item is compiled, and not for tests alone.
pub(super) fn is_active(attributes: &[Attribute], features: &BTreeSet<String>) -> bool {
    cfg::is_active(attributes, features) && !attributes.iter().any(is_test)
}

/// `#[test]`, `#[tokio::test]`, and what makes tests under another name.
fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| {
        ["test", "bench", "rstest", "test_case"].contains(&last.ident.to_string().as_str())
    })
}

/// The attributes of an item.
pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
