//! Whether a function does nothing but send SQL, and what it sends.
//!
//! All that is not in this grammar is more: no statement of a program is passed over.

use std::collections::BTreeMap;

use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{
    Attribute, Block, Expr, ExprCall, ExprMethodCall, FnArg, ImplItemFn, Item, Lit, Local, Pat,
    Stmt,
};

/// One way of a migration.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// Whether somebody wrote it.
    pub(super) is_written: bool,
    pub(super) sent: Vec<Sent>,
}

/// A text that is sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) said: Said,
    /// The line of the source.
    pub(super) line: usize,
}

/// Where it stands.
#[derive(Debug, Clone)]
pub(super) enum Said {
    /// In the source.
    Here(String),
    /// In a file, by its path from where the paths of sources begin.
    Included(String),
}

/// How the tool runs a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transaction {
    Own,
    None,
}

/// A function does more than to send SQL.
#[derive(Debug)]
pub(super) struct More {
    pub(super) line: usize,
}

/// Functions of the crate that send what they are given, by their names.
pub(super) type Helpers = BTreeMap<String, Helper>;

/// Where such a function takes the connection, and where the SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Helper {
    place: usize,
    sql: usize,
    arguments: usize,
}

/// What names stand for in a function.
struct Scope<'a> {
    file: &'a str,
    /// The items in which a name is looked for.
    items: &'a [Item],
    helpers: &'a Helpers,
    /// A manager of schemas, and connections.
    managers: Vec<String>,
    connections: Vec<String>,
    texts: BTreeMap<String, Sent>,
}

/// Reads `up` or `down`.
pub(super) fn way(
    method: &ImplItemFn,
    source: &syn::File,
    file: &str,
    helpers: &Helpers,
) -> Result<Way, More> {
    let managers = method.sig.inputs.iter().filter_map(argument).collect();
    let mut scope = Scope {
        file,
        items: &source.items,
        helpers,
        managers,
        connections: Vec::new(),
        texts: BTreeMap::new(),
    };
    if let Some(line) = attribute(&method.block) {
        return Err(More { line });
    }
    let statements = method.block.stmts.as_slice();
    if let [Stmt::Expr(Expr::Macro(only), _)] = statements
        && is_unwritten(&only.mac)
    {
        return Ok(Way::default());
    }
    if let [Stmt::Macro(only)] = statements
        && is_unwritten(&only.mac)
    {
        return Ok(Way::default());
    }
    if let [Stmt::Expr(Expr::Call(only), None)] = statements
        && is_named(&only.func, &["Err"])
    {
        return Ok(Way::default());
    }
    let mut sent = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let is_last = index + 1 == statements.len();
        let more = More {
            line: statement.span().start().line,
        };
        match statement {
            Stmt::Local(local) => scope.name(local).ok_or(more)?,
            Stmt::Expr(expression, semicolon) => {
                if is_last && semicolon.is_none() && is_ok(expression) {
                    continue;
                }
                let tail = is_last && semicolon.is_none();
                sent.push(scope.sent(expression, tail).ok_or(more)?);
            }
            Stmt::Item(_) | Stmt::Macro(_) => return Err(more),
        }
    }
    Ok(Way {
        is_written: true,
        sent,
    })
}

fn is_unwritten(macro_: &syn::Macro) -> bool {
    let words = ["todo", "unimplemented", "panic", "unreachable"];
    words.iter().any(|word| macro_.path.is_ident(word))
}

/// `Some(false)`, `Some(true)` or `None`.
pub(super) fn transaction(method: &ImplItemFn) -> Option<Transaction> {
    match method.block.stmts.as_slice() {
        [Stmt::Expr(Expr::Path(none), None)] if none.path.is_ident("None") => {
            Some(Transaction::Own)
        }
        [Stmt::Expr(Expr::Call(some), None)] if is_named(&some.func, &["Some"]) => {
            match some.args.first()? {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Bool(it) if it.value => Some(Transaction::Own),
                    Lit::Bool(_) => Some(Transaction::None),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// Finds the functions of a crate that send what they are given; a name that is there twice is left out.
pub(super) fn helpers<'a>(files: impl Iterator<Item = &'a syn::File>) -> Helpers {
    let mut found: BTreeMap<String, Option<Helper>> = BTreeMap::new();
    for item in files.flat_map(|file| &file.items) {
        let Item::Fn(item) = item else { continue };
        let name = item.sig.ident.to_string();
        let helper = if item.attrs.iter().all(|one| one.path().is_ident("doc")) {
            helper(item)
        } else {
            None
        };
        found
            .entry(name)
            .and_modify(|before| *before = None)
            .or_insert(helper);
    }
    let sure = found.into_iter();
    sure.filter_map(|(name, helper)| Some((name, helper?)))
        .collect()
}

/// The line of the first attribute in a function: it may decide what is compiled.
fn attribute(block: &Block) -> Option<usize> {
    struct First(Option<usize>);
    impl<'ast> Visit<'ast> for First {
        fn visit_attribute(&mut self, attribute: &'ast Attribute) {
            self.0.get_or_insert(attribute.span().start().line);
        }
    }
    let mut first = First(None);
    first.visit_block(block);
    first.0
}

/// `async fn f(manager: …, sql: &str) { manager.get_connection().execute_unprepared(sql).await?; Ok(()) }`
fn helper(item: &syn::ItemFn) -> Option<Helper> {
    let names: Vec<String> = item.sig.inputs.iter().filter_map(argument).collect();
    if names.len() != item.sig.inputs.len() || attribute(&item.block).is_some() {
        return None;
    }
    let none = Helpers::new();
    for (place, manager) in names.iter().enumerate() {
        for (managers, connections) in [
            (vec![manager.clone()], Vec::new()),
            (Vec::new(), vec![manager.clone()]),
        ] {
            let scope = Scope {
                file: "",
                items: &[],
                helpers: &none,
                managers,
                connections,
                texts: BTreeMap::new(),
            };
            let sql = match item.block.stmts.as_slice() {
                [Stmt::Expr(one, Some(_)), Stmt::Expr(end, None)] if is_ok(end) => {
                    scope.passes_on(one, false)
                }
                [Stmt::Expr(one, None)] => scope.passes_on(one, true),
                _ => None,
            };
            let sql = sql.and_then(|sql| names.iter().position(|name| *name == sql));
            if let Some(sql) = sql.filter(|sql| *sql != place) {
                let arguments = names.len();
                return (arguments == 2).then_some(Helper {
                    place,
                    sql,
                    arguments,
                });
            }
        }
    }
    None
}

impl Scope<'_> {
    /// `let connection = manager.get_connection();` or `let sql = include_str!("a.sql");`
    fn name(&mut self, local: &Local) -> Option<()> {
        let pattern = match &local.pat {
            Pat::Type(typed) => typed.pat.as_ref(),
            other => other,
        };
        let Pat::Ident(name) = pattern else {
            return None;
        };
        let value = local.init.as_ref().filter(|init| init.diverge.is_none())?;
        let name = name.ident.to_string();
        if self.is_connection(&value.expr) {
            self.connections.push(name);
        } else {
            let sent = self.text(&value.expr)?;
            self.texts.insert(name, sent);
        }
        Some(())
    }

    /// The name of what a statement sends that does nothing else.
    fn passes_on(&self, expression: &Expr, is_tail: bool) -> Option<String> {
        match awaited(expression, is_tail)? {
            Expr::MethodCall(call) => path_name(self.execution(call)?),
            _ => None,
        }
    }

    /// What a statement sends that does nothing else.
    fn sent(&self, expression: &Expr, is_tail: bool) -> Option<Sent> {
        match awaited(expression, is_tail)? {
            Expr::MethodCall(call) => self.text(self.execution(call)?),
            Expr::Call(call) => self.of_helper(call),
            _ => None,
        }
    }

    /// The text in `connection.execute_unprepared(text)`.
    fn execution<'e>(&self, call: &'e ExprMethodCall) -> Option<&'e Expr> {
        let is_it = call.method == "execute_unprepared" && call.args.len() == 1;
        call.args
            .first()
            .filter(|_| is_it && self.is_connection(&call.receiver))
    }

    fn of_helper(&self, call: &ExprCall) -> Option<Sent> {
        let Expr::Path(function) = call.func.as_ref() else {
            return None;
        };
        let name = function.path.segments.last()?.ident.to_string();
        let helper = self.helpers.get(&name)?;
        let arguments: Vec<&Expr> = call.args.iter().collect();
        if arguments.len() != helper.arguments {
            return None;
        }
        let place = arguments.get(helper.place)?;
        let is_manager = path_name(place).is_some_and(|name| self.managers.contains(&name));
        if !is_manager && !self.is_connection(place) {
            return None;
        }
        self.text(arguments.get(helper.sql)?)
    }

    fn is_connection(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Reference(reference) => self.is_connection(&reference.expr),
            Expr::MethodCall(call) => {
                call.method == "get_connection"
                    && call.args.is_empty()
                    && path_name(&call.receiver).is_some_and(|name| self.managers.contains(&name))
            }
            other => path_name(other).is_some_and(|name| self.connections.contains(&name)),
        }
    }

    /// A literal, a file by `include_str!`, or a name of one of these.
    fn text(&self, expression: &Expr) -> Option<Sent> {
        let line = expression.span().start().line;
        match expression {
            Expr::Reference(reference) => self.text(&reference.expr),
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(Sent {
                    said: Said::Here(text.value()),
                    line,
                }),
                _ => None,
            },
            Expr::Macro(included) => {
                if !included.mac.path.is_ident("include_str") {
                    return None;
                }
                let path: syn::LitStr = included.mac.parse_body().ok()?;
                Some(Sent {
                    said: Said::Included(beside(self.file, &path.value())?),
                    line,
                })
            }
            other => {
                let name = path_name(other)?;
                if let Some(sent) = self.texts.get(&name) {
                    return Some(sent.clone());
                }
                let value = self.items.iter().find_map(|item| match item {
                    Item::Const(item) if item.ident == name && item.attrs.is_empty() => {
                        Some(item.expr.as_ref())
                    }
                    _ => None,
                })?;
                // A name of a name is followed no further: it could be of itself.
                let mut named = value;
                while let Expr::Reference(reference) = named {
                    named = &reference.expr;
                }
                match named {
                    Expr::Path(_) => None,
                    named => self.text(named),
                }
            }
        }
    }
}

/// The call in `call.await?`; at the end of a function also in `call.await` and `call.await.map(|_| ())`.
fn awaited(expression: &Expr, is_tail: bool) -> Option<&Expr> {
    let inner = match expression {
        Expr::Try(tried) if !is_tail => without_value(&tried.expr),
        other if is_tail => without_value(other),
        _ => return None,
    };
    match inner {
        Expr::Await(awaited) => Some(awaited.base.as_ref()),
        _ => None,
    }
}

/// `it` in `it.map(|_| ())`.
fn without_value(expression: &Expr) -> &Expr {
    let Expr::MethodCall(call) = expression else {
        return expression;
    };
    let is_it = call.method == "map"
        && matches!(call.args.first(), Some(Expr::Closure(closure))
            if matches!(closure.inputs.first(), Some(Pat::Wild(_)))
                && matches!(closure.body.as_ref(), Expr::Tuple(unit) if unit.elems.is_empty()));
    if is_it { &call.receiver } else { expression }
}

fn is_ok(expression: &Expr) -> bool {
    let Expr::Call(call) = expression else {
        return false;
    };
    let is_unit = matches!(call.args.first(), Some(Expr::Tuple(unit)) if unit.elems.is_empty());
    is_named(&call.func, &["Ok"]) && is_unit
}

fn is_named(expression: &Expr, names: &[&str]) -> bool {
    path_name(expression).is_some_and(|name| names.contains(&name.as_str()))
}

fn path_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    }
}

fn argument(argument: &FnArg) -> Option<String> {
    match argument {
        FnArg::Receiver(_) => None,
        FnArg::Typed(typed) => match typed.pat.as_ref() {
            Pat::Ident(name) => Some(name.ident.to_string()),
            _ => None,
        },
    }
}

/// A path from where the source is, without its detours; none for one that begins at the root.
fn beside(file: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains(['\\', ':', '\0']) {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            (part, _) => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
