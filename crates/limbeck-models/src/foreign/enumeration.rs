//! What foreign attributes say of an enum.

use limbeck_core::schema::{QualifiedName, Type};
use proc_macro2::Ident;
use syn::{Attribute, ItemEnum, Variant};

use crate::attribute::{Located, Value, split};
use crate::case::{RenameRule, snake_case};
use crate::column::column_name;
use crate::enum_type::derive_paths;
use crate::error::GrammarError;

use super::{Said, arguments, data_type, sqlx, text};

/// How a driver keeps an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoredAs {
    /// As a value of an enum type.
    Named,
    /// As a value of a plain type: its text, or its number.
    Plain(Type),
}

/// What they say of an enum.
#[derive(Default)]
pub(crate) struct ForeignEnum {
    /// Whether a crate that spells values as the variants stand reads it.
    pub(crate) is_as_is: bool,
    /// The name of the type.
    name: Option<Said<QualifiedName>>,
    /// How variants become values.
    pub(crate) rule: Option<Said<RenameRule>>,
    /// How it is kept, where an attribute says so.
    stored: Option<Said<StoredAs>>,
    /// Whether a name of its own that is not in snake case goes without saying.
    needs_name: bool,
    pub(crate) faults: Vec<GrammarError>,
}

/// What they say of a variant.
#[derive(Default)]
pub(crate) struct ForeignVariant {
    pub(crate) value: Option<Said<String>>,
    pub(crate) number: Option<i64>,
}

/// Names of text types that sqlx admits for an enum.
fn plain_text(name: &str) -> Option<Type> {
    match name.to_ascii_lowercase().as_str() {
        "text" => Some(Type::Text),
        "varchar" | "character varying" => Some(Type::Varchar(None)),
        "citext" => Some(Type::Sql("citext".to_owned())),
        _ => None,
    }
}

/// The name that PostgreSQL finds for what sqlx asks: without quotes, in small letters.
fn folded(name: &str) -> String {
    if name.contains('"') {
        name.to_owned()
    } else {
        name.to_ascii_lowercase()
    }
}

impl ForeignEnum {
    /// Reads the attributes of an enum.
    pub(crate) fn read(item: &ItemEnum, derives_sqlx: bool) -> Self {
        let is_of_sqlx = derives_sqlx || has_attribute(item, "sqlx");
        let mut found = Self {
            is_as_is: is_of_sqlx,
            ..Self::default()
        };
        found.read_sqlx(&item.attrs);
        if is_of_sqlx && found.name.is_none() && found.stored.is_none() {
            // Without `type_name`, sqlx asks for a type of the enum's name.
            let name = QualifiedName::new(folded(&column_name(&item.ident)));
            found.name = Some(Said::new(
                name,
                item.ident.span(),
                "sqlx, which is told no `type_name`",
            ));
        }
        if has_attribute(item, "sea_orm") || derives_active_enum(&item.attrs) {
            found.is_as_is = true;
            found.read_sea_orm(&item.attrs);
        }
        found.read_diesel(&item.attrs);
        found
    }

    /// How the driver keeps the enum, where that is said.
    pub(crate) fn stored_as(&self, item: &ItemEnum) -> Option<Said<StoredAs>> {
        self.stored.clone().or_else(|| {
            let width = repr(&item.attrs).filter(|_| self.is_as_is)?;
            Some(Said::new(
                StoredAs::Plain(width),
                item.ident.span(),
                "`#[repr]`",
            ))
        })
    }

    /// The name of the enum type: ours, theirs, or the enum's in snake case.
    pub(crate) fn name_of(
        &self,
        ident: &Ident,
        own: Option<Located<String>>,
        own_schema: Option<Located<String>>,
        errors: &mut Vec<GrammarError>,
    ) -> Located<QualifiedName> {
        let default = || match &self.name {
            Some(said) => Located::new(said.value.clone(), said.span),
            None => {
                let name = snake_case(&column_name(ident));
                Located::new(QualifiedName::new(name), ident.span())
            }
        };
        if let (Some(own), Some(said)) = (&own, &self.name)
            && own.value != said.value.name
        {
            errors.push(GrammarError::against(
                own.span,
                said.span,
                format!(
                    "the enum type is `{}`, and `{}` for {}",
                    own.value, said.value.name, said.by
                ),
                "make the two names one",
            ));
        }
        if let (Some(own), Some(said)) = (&own_schema, &self.name)
            && let Some(schema) = &said.value.schema
            && *schema != own.value
        {
            errors.push(GrammarError::against(
                own.span,
                said.span,
                format!(
                    "the enum type is in the schema `{}`, and in `{schema}` for {}",
                    own.value, said.by
                ),
                "make the two schemas one",
            ));
        }
        if self.needs_name && own.is_none() && self.name.is_none() {
            errors.push(GrammarError::new(
                ident.span(),
                format!("what SeaORM calls the enum type of `{ident}` is not certain"),
                "add `enum_name = \"…\"` to its `#[sea_orm(…)]`",
            ));
        }
        let mut name = default();
        if let Some(own) = own {
            name = Located::new(name.value.sibling(own.value), own.span);
        }
        if let Some(schema) = own_schema {
            name.value.schema = Some(schema.value);
        }
        name
    }

    fn read_sqlx(&mut self, attributes: &[Attribute]) {
        for argument in arguments(attributes, "sqlx") {
            match argument.key().as_str() {
                "type_name" => {
                    let by = "`#[sqlx(type_name)]`";
                    let Some(said) = text(&argument, by) else {
                        continue;
                    };
                    if let Some(plain) = plain_text(&said.value) {
                        self.stored = Some(Said::new(StoredAs::Plain(plain), said.span, by));
                    } else if let Ok(name) = folded(&said.value).parse() {
                        self.name = Some(Said::new(name, said.span, by));
                    }
                }
                "rename_all" => {
                    let rule = sqlx::rule(&argument, "`#[sqlx(rename_all)]`", &mut self.faults);
                    self.rule = rule.or_else(|| self.rule.take());
                }
                _ => {}
            }
        }
    }

    fn read_sea_orm(&mut self, attributes: &[Attribute]) {
        for argument in arguments(attributes, "sea_orm") {
            let by = match argument.key().as_str() {
                "enum_name" => "`#[sea_orm(enum_name)]`",
                "rename_all" => "`#[sea_orm(rename_all)]`",
                "db_type" => "`#[sea_orm(db_type)]`",
                "value_type" => "`#[sea_orm(value_type)]`",
                _ => continue,
            };
            let Some(said) = text(&argument, by) else {
                continue;
            };
            match argument.key().as_str() {
                "enum_name" => {
                    let name = QualifiedName::new(said.value);
                    self.name = Some(Said::new(name, said.span, by));
                }
                "rename_all" => {
                    let rule = sqlx::rule(&argument, by, &mut self.faults);
                    self.rule = rule.or_else(|| self.rule.take());
                }
                "db_type" if said.value.trim() == "Enum" => {
                    self.needs_name = true;
                    self.stored = Some(Said::new(StoredAs::Named, said.span, by));
                }
                // `DeriveValueType` writes the text that `Display` gives.
                "value_type" => {
                    let stored = StoredAs::Plain(Type::Text);
                    self.stored = Some(Said::new(stored, said.span, by));
                }
                _ => match data_type::of_sea_orm(&said.value) {
                    Some(plain) => {
                        self.stored = Some(Said::new(StoredAs::Plain(plain), said.span, by));
                    }
                    None => self.faults.push(GrammarError::new(
                        said.span,
                        format!("what `{}` of {by} is in SQL is not certain", said.value),
                        "say the type at the field: `#[column(sql_type = \"…\")]`",
                    )),
                },
            }
        }
    }

    fn read_diesel(&mut self, attributes: &[Attribute]) {
        let by = "`#[DbValueStyle]`";
        for attribute in attributes {
            let syn::Meta::NameValue(pair) = &attribute.meta else {
                continue;
            };
            let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(style),
                ..
            }) = &pair.value
            else {
                continue;
            };
            if attribute.path().is_ident("DbValueStyle") {
                match RenameRule::from_foreign_name(&style.value()) {
                    Some(rule) => self.rule = Some(Said::new(rule, style.span(), by)),
                    None => self.faults.push(GrammarError::new(
                        style.span(),
                        format!("unknown style `{}`", style.value()),
                        "say it: `#[enum_type(rename_all = \"…\")]`",
                    )),
                }
            }
        }
        for argument in arguments(attributes, "db_enum") {
            if argument.key() == "value_style" {
                let rule = sqlx::rule(&argument, "`#[db_enum(value_style)]`", &mut self.faults);
                self.rule = rule.or_else(|| self.rule.take());
            }
        }
    }
}

impl ForeignVariant {
    /// Reads the attributes of a variant.
    pub(crate) fn read(variant: &Variant) -> Self {
        let mut found = Self::default();
        for (attribute, key, by) in [
            ("sqlx", "rename", "`#[sqlx(rename)]`"),
            ("sea_orm", "string_value", "`#[sea_orm(string_value)]`"),
            ("db_enum", "rename", "`#[db_enum(rename)]`"),
        ] {
            for argument in arguments(&variant.attrs, attribute) {
                if argument.key() == key {
                    found.value = text(&argument, by).or(found.value);
                }
                if attribute == "sea_orm" && argument.key() == "num_value" {
                    found.number = argument.number().ok().map(|number| number.value);
                }
            }
        }
        for attribute in &variant.attrs {
            if let syn::Meta::NameValue(pair) = &attribute.meta
                && pair.path.is_ident("db_rename")
                && let syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(value),
                    ..
                }) = &pair.value
            {
                found.value = Some(Said::new(value.value(), value.span(), "`#[db_rename]`"));
            }
        }
        found
    }
}

/// Whether the enum or a variant has an attribute of this name.
pub(crate) fn has_attribute(item: &ItemEnum, name: &str) -> bool {
    std::iter::once(&item.attrs)
        .chain(item.variants.iter().map(|variant| &variant.attrs))
        .flatten()
        .any(|attribute| attribute.path().is_ident(name))
}

fn derives_active_enum(attributes: &[Attribute]) -> bool {
    derive_paths(attributes).iter().any(|path| {
        let last = path.segments.last();
        last.is_some_and(|last| last.ident == "DeriveActiveEnum")
    })
}

/// The width that `#[repr(…)]` gives.
fn repr(attributes: &[Attribute]) -> Option<Type> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("repr"))
        .filter_map(|attribute| match &attribute.meta {
            syn::Meta::List(list) => Some(split(list.tokens.clone())),
            _ => None,
        })
        .flatten()
        .filter(|argument| matches!(argument.value, Value::Bare))
        .find_map(|argument| {
            Some(match argument.key().as_str() {
                "i8" | "i16" | "u8" => Type::SmallInt,
                "i32" | "u16" => Type::Integer,
                "i64" | "u32" => Type::BigInt,
                _ => return None,
            })
        })
}
