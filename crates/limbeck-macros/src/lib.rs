//! Procedural macros of Limbeck.
//!
//! The grammar of the attributes is in `limbeck-models`, shared with the scan: nothing here
//! interprets one.

mod derive_enum;
mod derive_table;
mod embed;

use limbeck_models::GrammarError;
use proc_macro::TokenStream;

/// Declares a table.
///
/// The names of the table and of its columns are those of the struct, in snake case, and of the
/// fields, unless `name` says otherwise. Lists name fields, never columns. What is not said is not
/// there, but for one thing: an integer that is the whole primary key and refers to nothing is an
/// identity column (`identity = false` says no).
///
/// `#[table(…)]`: `name`, `schema`, `renamed_from`, `comment`, `strict`, `without_rowid`,
/// `unlogged`, `with(fillfactor = 70)`, `extension = "btree_gist"`,
/// `sequence(name = "…", sql_type = "integer", start = 1000, owned_by = field)`, and
///
/// - `primary_key(a, b)`, `unique(a, b)`; with `name`, `columns(…)`, `include(…)`, `deferrable`,
///   `on_conflict`, `comment`, and for `unique` `nulls_not_distinct`
/// - `index(a, b desc nulls_last, "lower(c)" ops "text_pattern_ops", d collate "C")`; with `name`,
///   `columns(…)`, `unique`, `where`, `method`, `include(…)`, `nulls_not_distinct`, `with(…)`,
///   `comment`
/// - `check("a > 0")`, `check(name = "a > 0", no_inherit, not_valid, comment = "…")`
/// - `foreign_key(columns(a, b), references = Other(x, y))`; with `name`, `on_delete`,
///   `on_update`, `match`, `deferrable`, `not_valid`, `comment`
/// - `exclude(name = "…", "USING gist (…)", comment = "…")`
///
/// `#[column(…)]`: `primary_key`, `name`, `renamed_from`, `nullable`, `on_conflict`, `comment`,
/// `collation`, `skip`; the type: `max_length`, `precision`, `scale`, `json`, `jsonb`, `sql_type = "…"`,
/// `sql_type(postgres = "…", sqlite = "…")`; the value: `default = 0 | "text" | true | now | uuid |
/// Status::Open`, `default_sql`, `generated`, `generated_virtual`, `identity = by_default | always |
/// serial | false`, `identity(always, start = 1000)`; constraints: `unique`, `unique_index`,
/// `index` (each also `= "name"`), `check`, `references = User | User::email | User(email) |
/// "auth.users.id"` with `on_delete`, `on_update`, `match`, `deferrable`, `not_valid`,
/// `foreign_key_name`.
///
/// Foreign keys are held against the field that they refer to: two types that differ are an error
/// at the field's type, unless `sql_type` spells the type.
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    let item = match syn::parse(input) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error().into(),
    };
    derive_table::expand(&item)
        .unwrap_or_else(|errors| compile_errors(&errors))
        .into()
}

/// Declares an enum type.
///
/// `#[enum_type(…)]` speaks about the type and about a variant's value. Values are the variants in
/// snake case, or what `rename_all` or `#[sqlx(…)]` says.
#[proc_macro_derive(Enum, attributes(enum_type))]
pub fn derive_enum(input: TokenStream) -> TokenStream {
    let item = match syn::parse(input) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error().into(),
    };
    derive_enum::expand(&item)
        .unwrap_or_else(|errors| compile_errors(&errors))
        .into()
}

/// Puts the revisions of folders into the binary: `embed!("migrations")`.
///
/// Folders are taken from the one with the package's Cargo.toml. The value is a `limbeck::migrator::Migrator`, and may
/// stand in a `static`. A file that is no revision is an error of the build, and so are revisions that do not fit
/// together. Cargo builds again when one of the files is edited; for new ones, build.rs has the line
///
/// ```
/// println!("cargo:rerun-if-changed=migrations");
/// ```
///
/// Without it, a build for debugging refuses to run anything while its folder has other files.
#[proc_macro]
pub fn embed(input: TokenStream) -> TokenStream {
    embed::expand(input.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

fn compile_errors(errors: &[GrammarError]) -> proc_macro2::TokenStream {
    errors
        .iter()
        .map(|error| error.to_syn().to_compile_error())
        .collect()
}
