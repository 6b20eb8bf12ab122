//! Calls of Diesel's macros among the items of a module.

use proc_macro2::{Span, TokenStream};
use syn::ItemUse;

use crate::column::column_name;
use crate::diesel::{Joinable, TableCall, read_table};
use crate::error::GrammarError;

use super::tree::{ModuleId, Name, Tree, UsePath};
use super::walk::Walk;

/// A call of a macro of Diesel, or of one that is called alike.
pub(crate) struct Call<T> {
    /// The module that it stands in.
    pub(crate) module: ModuleId,
    /// The file.
    pub(crate) file: usize,
    /// The macro as it is named.
    pub(crate) path: UsePath,
    /// What was read.
    pub(crate) read: Result<T, GrammarError>,
}

/// A table, and the module that the macro makes of it, in which its types are named.
pub(crate) struct CalledTable {
    pub(crate) inner: ModuleId,
    pub(crate) call: TableCall,
}

/// All calls that were met.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) tables: Vec<Call<CalledTable>>,
    pub(crate) joinables: Vec<Call<Joinable>>,
}

impl Tree {
    /// Notes a call of `table!` or `joinable!`; one within a function is of no database.
    pub(super) fn note_diesel(
        &mut self,
        walk: &Walk<'_>,
        (module, file): (ModuleId, usize),
        path: &syn::Path,
        tokens: &TokenStream,
    ) {
        let Some(last) = path.segments.last() else {
            return;
        };
        if self.modules[module].is_block {
            return;
        }
        let path = UsePath::of(path);
        if last.ident == "joinable" {
            // An end that comes too early stands where the macro is named.
            let span = last.ident.span();
            let read = syn::parse2(tokens.clone());
            self.diesel.joinables.push(Call {
                module,
                file,
                path,
                read: read.map_err(|error| {
                    GrammarError::new(
                        or_else(error.span(), span),
                        format!("this `joinable!` is not read: {error}"),
                        "write it as `diesel print-schema` does",
                    )
                }),
            });
        } else if last.ident == "table" {
            let span = last.ident.span();
            let read = read_table(tokens).map_err(|fault| GrammarError {
                span: or_else(fault.span, span),
                ..fault
            });
            let read = read.map(|call| CalledTable {
                inner: self.add_table_module(walk, module, &call),
                call,
            });
            self.diesel.tables.push(Call {
                module,
                file,
                path,
                read,
            });
        }
    }

    /// The macro makes a module of the table's name, by which others speak of it.
    fn add_table_module(
        &mut self,
        walk: &Walk<'_>,
        module: ModuleId,
        call: &TableCall,
    ) -> ModuleId {
        let name = column_name(&call.table.ident);
        let path = format!("{}::{name}", self.modules[module].path);
        let inner = self.add_module(walk.krate, Some(module), path);
        self.add_name(module, name, Name::Module(inner));
        for item in &call.uses {
            let absolute = item.leading_colon.is_some();
            self.add_use(inner, absolute, &mut Vec::new(), &item.tree);
        }
        if call.uses.is_empty() {
            let usual: ItemUse = syn::parse_quote!(
                use diesel::sql_types::*;
            );
            self.add_use(inner, false, &mut Vec::new(), &usual.tree);
        }
        inner
    }
}

/// The place, unless it is the end of the tokens, which is nowhere in the file.
fn or_else(span: Span, otherwise: Span) -> Span {
    if span.start().column == 0 && span.start().line == 1 && span.byte_range().is_empty() {
        otherwise
    } else {
        span
    }
}
