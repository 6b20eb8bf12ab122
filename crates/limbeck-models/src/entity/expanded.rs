//! The expanded format: what traits of an entity say, written out by hand or by `sea-orm-cli`.
//!
//! Only the regular shape is read: a literal, or a `match` with one expression for each variant.

use limbeck_core::schema::{IdentityKind, SequenceOptions, Type};
use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprMethodCall, ImplItem, ItemEnum, ItemImpl, Lit, Pat, Path, Stmt};

use crate::attribute::Located;
use crate::case::RenameRule;
use crate::column::{ColumnDeclaration, DefaultValue, IdentityChoice, column_name};
use crate::constraint::ForeignKeyRules;
use crate::error::GrammarError;
use crate::foreign::{arguments, column_type};
use crate::table::TableDeclaration;

use super::relation::{Relation, action_named, columns_in};

/// The traits by which an entity says what it is.
pub(crate) const TRAITS: [&str; 4] = [
    "ColumnTrait",
    "EntityName",
    "PrimaryKeyTrait",
    "RelationTrait",
];

/// The last word of the trait that a block implements.
pub(crate) fn trait_name(item: &ItemImpl) -> Option<String> {
    let (path, _) = item.trait_.as_ref()?;
    Some(path.segments.last()?.ident.to_string())
}

/// Takes over the names of table and schema.
pub(crate) fn join_name(item: &ItemImpl, table: &mut TableDeclaration) -> Result<(), GrammarError> {
    let Some(name) = body(item, "table_name") else {
        return Ok(());
    };
    let text = text_in(name).ok_or_else(|| not_regular(name.span(), "table_name"))?;
    table.name = Located::new(text, name.span());
    if let Some(schema) = body(item, "schema_name") {
        table.schema = match schema {
            Expr::Path(path) if path.path.is_ident("None") => None,
            Expr::Call(call) => call.args.first().and_then(text_in),
            _ => return Err(not_regular(schema.span(), "schema_name")),
        };
    }
    Ok(())
}

/// Takes over the names that the variants of `Column` give.
pub(crate) fn join_columns(item: &ItemEnum, table: &mut TableDeclaration) {
    for variant in &item.variants {
        let said = arguments(&variant.attrs, "sea_orm");
        let said = said.iter().find(|argument| argument.key() == "column_name");
        let name = said.and_then(|argument| argument.text().ok());
        if let (Some(name), Some(column)) = (name, column_of(table, &variant.ident.to_string())) {
            column.name = name;
        }
    }
}

/// Takes over the key that the variants of `PrimaryKey` make, where no field says that it is in it.
pub(crate) fn join_key(item: &ItemEnum, table: &mut TableDeclaration) {
    if table
        .columns
        .iter()
        .any(|column| column.primary_key.is_some())
    {
        return;
    }
    for variant in &item.variants {
        if let Some(column) = column_of(table, &variant.ident.to_string()) {
            column.primary_key = Some(variant.ident.span());
        }
    }
}

/// Takes over whether the key numbers itself.
pub(crate) fn join_auto_increment(item: &ItemImpl, table: &mut TableDeclaration) {
    let Some(Expr::Lit(syn::ExprLit {
        lit: Lit::Bool(flag),
        ..
    })) = body(item, "auto_increment")
    else {
        return;
    };
    let choice = if flag.value {
        IdentityChoice::Yes(IdentityKind::ByDefault, SequenceOptions::default())
    } else {
        IdentityChoice::No
    };
    let in_key = table
        .columns
        .iter_mut()
        .filter(|column| column.primary_key.is_some());
    for column in in_key {
        column.identity = Some(Located::new(choice.clone(), flag.span()));
    }
}

/// Takes over what `ColumnTrait::def` says of the columns.
pub(crate) fn join_definitions(
    item: &ItemImpl,
    table: &mut TableDeclaration,
) -> Result<(), GrammarError> {
    for (variant, expression) in arms(item)? {
        if let Some(column) = column_of(table, &variant) {
            join_definition(expression, column);
        }
    }
    Ok(())
}

fn join_definition(expression: &Expr, column: &mut ColumnDeclaration) {
    let (start, calls) = chain(expression);
    let span = start.span();
    for call in calls {
        let span = call.method.span();
        match call.method.to_string().as_str() {
            "null" | "nullable" => column.nullable = Some(Located::new(true, span)),
            "unique" => column.unique = Some(Located::new(None, span)),
            "indexed" => column.index = Some(Located::new(None, span)),
            "comment" => column.comment = call.args.first().and_then(text_in),
            "default_value" => {
                let default = call.args.first().and_then(default_in);
                column.default = default.map(|default| Located::new(default, span));
            }
            _ => {}
        }
    }
    // `State::db_type()` is what the field's type says, too.
    match start {
        Expr::Path(_) | Expr::Call(_) if starts_with(start, "ColumnType") => {
            match column_type(start) {
                Some(data_type) => column.data_type = Some(Located::new(data_type, span)),
                None => {
                    let text = quote::quote!(#start).to_string();
                    column.unknown_type = Some(Located::new(text, span));
                }
            }
        }
        _ => {}
    }
    // It is what every text has that says no more.
    if let Some(Located {
        value: Type::Varchar(None),
        ..
    }) = &column.data_type
    {
        column.data_type = None;
    }
}

/// The relations that `RelationTrait::def` makes.
pub(crate) fn relations(item: &ItemImpl) -> Vec<Result<Relation, GrammarError>> {
    match arms(item) {
        Ok(arms) => arms
            .into_iter()
            .filter_map(|(_, expression)| relation(expression))
            .collect(),
        Err(error) => vec![Err(error)],
    }
}

/// `Entity::belongs_to(super::user::Entity).from(Column::UserId).to(super::user::Column::Id).into()`.
fn relation(expression: &Expr) -> Option<Result<Relation, GrammarError>> {
    let span = expression.span();
    let (start, calls) = chain(expression);
    let Expr::Call(call) = start else {
        return Some(Err(not_regular(span, "def")));
    };
    let Expr::Path(function) = call.func.as_ref() else {
        return Some(Err(not_regular(span, "def")));
    };
    let function = function.path.segments.last()?.ident.to_string();
    if matches!(function.as_str(), "has_many" | "has_one") {
        return None;
    }
    let entity = call.args.first().and_then(path_in);
    let argument = |name: &str| {
        let call = calls.iter().find(|call| call.method == name)?;
        call.args.first()
    };
    let (Some(entity), Some(from), Some(to)) = (
        entity.filter(|_| function == "belongs_to"),
        argument("from").and_then(columns_in),
        argument("to").and_then(columns_in),
    ) else {
        return Some(Err(not_regular(span, "def")));
    };
    let action = |name: &str| {
        let word = argument(name).and_then(path_in)?;
        let word = word.segments.last()?.ident.to_string();
        Some(Located::new(action_named(&word)?, span))
    };
    let name = argument("fk_name").and_then(text_in);
    Some(Ok(Relation {
        span,
        entity,
        from,
        to,
        rules: ForeignKeyRules {
            name: name.map(|name| Located::new(name, span)),
            on_delete: action("on_delete"),
            on_update: action("on_update"),
            ..ForeignKeyRules::default()
        },
    }))
}

fn column_of<'a>(
    table: &'a mut TableDeclaration,
    variant: &str,
) -> Option<&'a mut ColumnDeclaration> {
    table.columns.iter_mut().find(|column| {
        RenameRule::PascalCase.apply(&column_name(&column.field)) == variant.trim_end_matches('_')
    })
}

/// The one expression that a function of the block is.
fn body<'a>(item: &'a ItemImpl, name: &str) -> Option<&'a Expr> {
    item.items.iter().find_map(|one| match one {
        ImplItem::Fn(function) if function.sig.ident == name => {
            match function.block.stmts.as_slice() {
                [Stmt::Expr(expression, None)] => Some(expression),
                _ => None,
            }
        }
        _ => None,
    })
}

/// The variants of the `match` in `def`, each with what it leads to.
fn arms(item: &ItemImpl) -> Result<Vec<(String, &Expr)>, GrammarError> {
    let refused = || not_regular(item.self_ty.span(), "def");
    let mut expression = body(item, "def").ok_or_else(refused)?;
    // What follows the `match` is said of all: `match self { … }.def()`.
    while let Expr::MethodCall(call) = expression {
        expression = &call.receiver;
    }
    let Expr::Match(found) = expression else {
        return match expression {
            Expr::Macro(_) => Ok(Vec::new()),
            _ => Err(refused()),
        };
    };
    let mut arms = Vec::new();
    for arm in &found.arms {
        let variants: Vec<&Pat> = match &arm.pat {
            Pat::Or(all) => all.cases.iter().collect(),
            one => vec![one],
        };
        for variant in variants {
            let Pat::Path(path) = variant else {
                return Err(not_regular(variant.span(), "def"));
            };
            let last = path.path.segments.last();
            arms.extend(last.map(|last| (last.ident.to_string(), arm.body.as_ref())));
        }
    }
    Ok(arms)
}

/// What a chain of calls starts with, and the calls.
fn chain(expression: &Expr) -> (&Expr, Vec<&ExprMethodCall>) {
    let mut start = expression;
    let mut calls = Vec::new();
    while let Expr::MethodCall(call) = start {
        calls.push(call);
        start = &call.receiver;
    }
    (start, calls)
}

fn starts_with(expression: &Expr, name: &str) -> bool {
    let path = match expression {
        Expr::Call(call) => call.func.as_ref(),
        other => other,
    };
    path_in(path).is_some_and(|path| path.segments.iter().any(|segment| segment.ident == name))
}

fn path_in(expression: &Expr) -> Option<Path> {
    match expression {
        Expr::Path(path) => Some(path.path.clone()),
        Expr::Paren(paren) => path_in(&paren.expr),
        _ => None,
    }
}

fn text_in(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(syn::ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        Expr::MethodCall(call) => text_in(&call.receiver),
        _ => None,
    }
}

fn default_in(expression: &Expr) -> Option<DefaultValue> {
    let Expr::Lit(literal) = expression else {
        return text_in(expression).map(DefaultValue::Text);
    };
    match &literal.lit {
        Lit::Str(text) => Some(DefaultValue::Text(text.value())),
        Lit::Int(number) => Some(DefaultValue::Number(number.base10_digits().to_owned())),
        Lit::Float(number) => Some(DefaultValue::Number(number.base10_digits().to_owned())),
        Lit::Bool(flag) => Some(DefaultValue::Bool(flag.value)),
        _ => None,
    }
}

fn not_regular(span: Span, function: &str) -> GrammarError {
    GrammarError::new(
        span,
        format!("`{function}` is Rust that the scan does not run"),
        "write it as `sea-orm-cli generate entity --expanded-format` does: a literal, or a `match` with one expression for each variant",
    )
}
