//! The programs of a crate of migrations, in the order of its list.

use std::collections::BTreeMap;

use limbeck_models::{parse_whole, with_room};
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ImplItem, ImplItemFn, Item, ItemImpl, Lit, Stmt};

use super::super::FileError;
use super::body::{self, Helpers, Transaction, Way};

/// A migration that does nothing but send SQL.
pub(super) struct Program {
    /// What the tool's table calls it.
    pub(super) name: String,
    pub(super) file: String,
    pub(super) up: Way,
    pub(super) down: Way,
    pub(super) transaction: Transaction,
}

/// Why a program is more than its SQL.
pub(super) struct NoWrapper {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) reason: String,
}

impl NoWrapper {
    pub(super) fn error(self) -> FileError {
        FileError::NoSql {
            file: format!("{}:{}", self.file, self.line),
            reason: self.reason,
        }
    }
}

/// Reads all programs.
pub(super) fn programs(sources: &BTreeMap<&str, &str>) -> Result<Vec<Program>, Vec<NoWrapper>> {
    with_room(|| programs_here(sources)).unwrap_or_else(|error| {
        let file = sources.keys().next().copied().unwrap_or_default();
        Err(vec![NoWrapper {
            file: file.to_owned(),
            line: 1,
            reason: format!("the system starts no thread to read it: {error}"),
        }])
    })
}

fn programs_here(sources: &BTreeMap<&str, &str>) -> Result<Vec<Program>, Vec<NoWrapper>> {
    let mut parsed: BTreeMap<&str, syn::File> = BTreeMap::new();
    let mut reasons = Vec::new();
    for (path, text) in sources {
        match parse_whole(text) {
            Ok(file) => drop(parsed.insert(path, file)),
            Err(error) => reasons.push(NoWrapper {
                file: (*path).to_owned(),
                line: error.span().start().line,
                reason: format!("not Rust: {error}"),
            }),
        }
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let helpers = body::helpers(parsed.values());
    let listed = listed(&parsed)?;
    let mut programs = Vec::new();
    for module in listed {
        match program(&module, &parsed, &helpers) {
            Ok(program) => programs.push(program),
            Err(reason) => reasons.push(reason),
        }
    }
    if reasons.is_empty() {
        Ok(programs)
    } else {
        Err(reasons)
    }
}

/// A module that the list names.
struct Module {
    /// Its file.
    file: String,
    /// The type in it.
    migration: String,
}

/// What `MigratorTrait::migrations` lists.
fn listed(parsed: &BTreeMap<&str, syn::File>) -> Result<Vec<Module>, Vec<NoWrapper>> {
    let mut lists = Vec::new();
    for (path, file) in parsed {
        for item in impls(file, "MigratorTrait") {
            lists.push((*path, item));
        }
    }
    let (path, item) = match lists.as_slice() {
        [one] => *one,
        [] => {
            let file = parsed.keys().next().copied().unwrap_or_default();
            return Err(vec![NoWrapper {
                file: file.to_owned(),
                line: 1,
                reason: "neither here nor beside it is a `MigratorTrait` that lists migrations"
                    .to_owned(),
            }]);
        }
        [_, second, ..] => {
            return Err(vec![NoWrapper {
                file: second.0.to_owned(),
                line: second.1.span().start().line,
                reason: "a second `MigratorTrait`, and which one was run is not said".to_owned(),
            }]);
        }
    };
    let unread = |line: usize| {
        vec![NoWrapper {
            file: path.to_owned(),
            line,
            reason: "`migrations` is not one `vec!` of `Box::new(module::Migration)`".to_owned(),
        }]
    };
    let method = methods(item).find(|method| method.sig.ident == "migrations");
    let Some(method) = method else {
        return Err(unread(item.span().start().line));
    };
    let list = match method.block.stmts.as_slice() {
        [Stmt::Expr(Expr::Macro(list), None)] if list.mac.path.is_ident("vec") => &list.mac,
        [Stmt::Macro(list)] if list.mac.path.is_ident("vec") && list.semi_token.is_none() => {
            &list.mac
        }
        _ => return Err(unread(method.span().start().line)),
    };
    let parser = syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated;
    let entries = list.parse_body_with(parser);
    let entries = entries.map_err(|_| unread(list.span().start().line))?;
    let mut modules = Vec::new();
    for entry in &entries {
        let line = entry.span().start().line;
        let module = boxed(entry).and_then(|names| module(path, &names, parsed));
        modules.push(module.ok_or_else(|| unread(line))?);
    }
    Ok(modules)
}

/// The names of `a::b::Migration` in `Box::new(a::b::Migration)`.
fn boxed(entry: &Expr) -> Option<Vec<String>> {
    let Expr::Call(call) = entry else { return None };
    let Expr::Path(function) = call.func.as_ref() else {
        return None;
    };
    let names = |path: &syn::Path| -> Vec<String> {
        let names = path.segments.iter().map(|one| one.ident.to_string());
        names.collect()
    };
    let is_plain = call.attrs.is_empty() && function.attrs.is_empty();
    if !is_plain || names(&function.path) != ["Box", "new"] {
        return None;
    }
    match call.args.iter().collect::<Vec<_>>().as_slice() {
        [Expr::Path(of)] if of.attrs.is_empty() && of.qself.is_none() => Some(names(&of.path)),
        _ => None,
    }
}

/// Follows `a::b::Migration` from the module that is in a file.
fn module(from: &str, names: &[String], parsed: &BTreeMap<&str, syn::File>) -> Option<Module> {
    let (migration, modules) = names.split_last()?;
    let (folder, name) = from.rsplit_once('/').unwrap_or(("", from));
    // `lib.rs`, `main.rs` and `mod.rs` have their modules beside them, others in a folder of their name.
    let mut folder = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        other => joined(folder, other.strip_suffix(".rs")?),
    };
    let mut file = from.to_owned();
    for (index, name) in modules.iter().enumerate() {
        match name.as_str() {
            "self" if index == 0 => continue,
            "crate" if index == 0 && matches!(from, "lib.rs" | "main.rs") => continue,
            "crate" | "self" | "super" => return None,
            _ => {}
        }
        let declared = parsed
            .get(file.as_str())?
            .items
            .iter()
            .find_map(|item| match item {
                Item::Mod(item) if item.ident == name => Some(item),
                _ => None,
            })?;
        // Another path, a condition, or its text in place.
        if declared.content.is_some() || has_conditions(&declared.attrs) {
            return None;
        }
        let beside = joined(&folder, &format!("{name}.rs"));
        folder = joined(&folder, name);
        let inside = joined(&folder, "mod.rs");
        file = [beside, inside]
            .into_iter()
            .find(|file| parsed.contains_key(file.as_str()))?;
    }
    (file != from).then(|| Module {
        file,
        migration: migration.clone(),
    })
}

fn joined(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

fn has_conditions(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|one| {
        ["cfg", "cfg_attr", "path"]
            .iter()
            .any(|name| one.path().is_ident(name))
    })
}

fn program(
    module: &Module,
    parsed: &BTreeMap<&str, syn::File>,
    helpers: &Helpers,
) -> Result<Program, NoWrapper> {
    let file = module.file.as_str();
    let no = |line: usize, reason: &str| NoWrapper {
        file: file.to_owned(),
        line,
        reason: reason.to_owned(),
    };
    let Some(source) = parsed.get(file) else {
        return Err(no(1, "it is not there"));
    };
    let of_it = |item: &&ItemImpl| match item.self_ty.as_ref() {
        syn::Type::Path(path) => path.path.is_ident(&module.migration),
        _ => false,
    };
    let migration = impls(source, "MigrationTrait").find(of_it);
    let migration = migration.ok_or_else(|| no(1, "no `MigrationTrait` is implemented in it"))?;
    let name = match impls(source, "MigrationName").find(of_it) {
        Some(item) => literal_name(item)
            .ok_or_else(|| no(item.span().start().line, "its `name` is not one text"))?,
        None => stem(file).to_owned(),
    };
    let mut up = None;
    let mut down = Way::default();
    let mut transaction = Transaction::Own;
    for item in &migration.items {
        let line = item.span().start().line;
        let ImplItem::Fn(method) = item else {
            return Err(no(line, "more than functions in its `MigrationTrait`"));
        };
        if has_conditions(&method.attrs) {
            return Err(no(line, "a condition decides what is compiled"));
        }
        let read = |method: &ImplItemFn| {
            body::way(method, source, file, helpers).map_err(|body::More { line }| {
                no(
                    line,
                    &format!(
                        "`{}` does more here than to send SQL that stands in the source",
                        method.sig.ident
                    ),
                )
            })
        };
        match method.sig.ident.to_string().as_str() {
            "up" => up = Some(read(method)?),
            "down" => down = read(method)?,
            "use_transaction" => {
                transaction = body::transaction(method)
                    .ok_or_else(|| no(line, "its `use_transaction` is not one value"))?;
            }
            _ => return Err(no(line, "a function that is not known")),
        }
    }
    Ok(Program {
        name,
        file: file.to_owned(),
        up: up.ok_or_else(|| no(1, "it has no `up`"))?,
        down,
        transaction,
    })
}

/// What `DeriveMigrationName` calls it: the stem of the file.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".rs").unwrap_or(name)
}

fn literal_name(item: &ItemImpl) -> Option<String> {
    let method = methods(item).find(|method| method.sig.ident == "name")?;
    match method.block.stmts.as_slice() {
        [Stmt::Expr(Expr::Lit(literal), None)] => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The implementations of a trait, by its last name.
fn impls<'a>(file: &'a syn::File, name: &'a str) -> impl Iterator<Item = &'a ItemImpl> {
    file.items.iter().filter_map(move |item| {
        let Item::Impl(item) = item else { return None };
        let (path, _) = item.trait_.as_ref()?;
        let last = path.segments.last()?;
        (last.ident == name && !has_conditions(&item.attrs)).then_some(item)
    })
}

fn methods(item: &ItemImpl) -> impl Iterator<Item = &ImplItemFn> {
    item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
}
