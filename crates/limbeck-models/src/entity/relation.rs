//! Relations that a table's foreign keys follow from: `belongs_to`, in an enum or on fields.

use limbeck_core::schema::Action;
use proc_macro2::Span;
use syn::{Attribute, Expr, GenericArgument, ItemEnum, ItemStruct, Path, PathArguments};

use crate::attribute::{Argument, Located};
use crate::constraint::ForeignKeyRules;
use crate::error::GrammarError;
use crate::foreign::arguments;
use crate::suggest;

/// A relation to the row that a row belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// Where it stands.
    pub(crate) span: Span,
    /// The entity, by Rust path.
    pub(crate) entity: Path,
    /// Its own columns: variants of `Column`, or fields.
    pub(crate) from: Vec<String>,
    /// The columns of the other entity.
    pub(crate) to: Vec<String>,
    /// What else the foreign key says.
    pub(crate) rules: ForeignKeyRules,
}

/// What was read of the attributes of one variant or field; `None` for what says nothing of a foreign key.
type Read = Option<Result<Relation, GrammarError>>;

const ACTIONS: [(&str, Action); 5] = [
    ("Cascade", Action::Cascade),
    ("NoAction", Action::NoAction),
    ("Restrict", Action::Restrict),
    ("SetDefault", Action::SetDefault),
    ("SetNull", Action::SetNull),
];

/// The relations of an enum that derives `DeriveRelation`.
pub(crate) fn of_variants(item: &ItemEnum) -> Vec<Result<Relation, GrammarError>> {
    item.variants.iter().filter_map(of_variant).collect()
}

fn of_variant(variant: &syn::Variant) -> Read {
    let keys = Keys::of(&variant.attrs);
    let entity = keys.value("belongs_to")?;
    let entity = entity.text().and_then(|text| {
        syn::parse_str(&text.value).map_err(|_| not_read(text.span, "belongs_to"))
    });
    keys.relation(variant.ident.span(), entity)
}

/// The relations of an entity in the dense format, which stand on its fields.
pub(crate) fn of_fields(item: &ItemStruct) -> Vec<Result<Relation, GrammarError>> {
    item.fields.iter().filter_map(of_field).collect()
}

fn of_field(field: &syn::Field) -> Read {
    let keys = Keys::of(&field.attrs);
    let belongs = keys.value("belongs_to").is_some();
    // One that leads to its own table, and has a column for that.
    let leads_home = keys.value("self_ref").is_some() && keys.value("from").is_some();
    if !belongs && !leads_home {
        return None;
    }
    let span = field.ident.as_ref()?.span();
    let entity = inner_path(&field.ty);
    keys.relation(span, entity.ok_or_else(|| not_read(span, "belongs_to")))
}

/// The path in `BelongsTo<path>`, `HasOne<path>`, `BelongsTo<Option<path>>`.
fn inner_path(rust_type: &syn::Type) -> Option<Path> {
    let syn::Type::Path(path) = rust_type else {
        return None;
    };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(inner) => inner_path(inner),
            _ => None,
        },
        _ => Some(path.path.clone()),
    }
}

/// The arguments of `#[sea_orm(…)]`.
struct Keys(Vec<Argument>);

impl Keys {
    fn of(attributes: &[Attribute]) -> Self {
        Self(arguments(attributes, "sea_orm"))
    }

    fn value(&self, key: &str) -> Option<&Argument> {
        self.0.iter().find(|argument| argument.key() == key)
    }

    fn relation(&self, span: Span, entity: Result<Path, GrammarError>) -> Read {
        if self.value("skip_fk").is_some() {
            return None;
        }
        Some(entity.and_then(|entity| {
            Ok(Relation {
                span,
                entity,
                from: self.columns(span, "from")?,
                to: self.columns(span, "to")?,
                rules: ForeignKeyRules {
                    name: match self.value("fk_name") {
                        Some(name) => Some(name.text()?),
                        None => None,
                    },
                    on_delete: self.action("on_delete")?,
                    on_update: self.action("on_update")?,
                    ..ForeignKeyRules::default()
                },
            })
        }))
    }

    fn columns(&self, span: Span, key: &str) -> Result<Vec<String>, GrammarError> {
        let Some(argument) = self.value(key) else {
            return Err(GrammarError::new(
                span,
                format!("the relation says no `{key}`"),
                format!("add `{key} = \"…\"`"),
            ));
        };
        let text = argument.text()?;
        let read = syn::parse_str(&text.value).ok();
        read.and_then(|expression| columns_in(&expression))
            .ok_or_else(|| not_read(text.span, key))
    }

    fn action(&self, key: &str) -> Result<Option<Located<Action>>, GrammarError> {
        let Some(argument) = self.value(key) else {
            return Ok(None);
        };
        let text = argument.text()?;
        let known = ACTIONS.iter().find(|(word, _)| *word == text.value);
        match known {
            Some((_, action)) => Ok(Some(Located::new(*action, text.span))),
            None => Err(GrammarError::new(
                text.span,
                format!("`{}` is no action", text.value),
                suggest::hint(&text.value, ACTIONS.iter().map(|(word, _)| *word)),
            )),
        }
    }
}

/// The action that a word of SeaORM is.
pub(super) fn action_named(word: &str) -> Option<Action> {
    let mut known = ACTIONS.iter();
    known
        .find(|(name, _)| *name == word)
        .map(|(_, action)| *action)
}

fn not_read(span: Span, key: &str) -> GrammarError {
    GrammarError::new(
        span,
        format!("what `{key}` of the relation names is not certain"),
        "write paths, as `sea-orm-cli generate entity` does",
    )
}

/// The last words of `super::user::Column::Id`, `(Column::A, Column::B)`, `user_id`.
pub(super) fn columns_in(expression: &Expr) -> Option<Vec<String>> {
    match expression {
        Expr::Path(path) => Some(vec![path.path.segments.last()?.ident.to_string()]),
        Expr::Tuple(tuple) => {
            let columns: Option<Vec<Vec<String>>> = tuple.elems.iter().map(columns_in).collect();
            Some(columns?.concat())
        }
        Expr::Paren(paren) => columns_in(&paren.expr),
        _ => None,
    }
}
