//! What foreign attributes say of a struct that is the type of a field.

use limbeck_core::schema::Type;
use syn::Attribute;

use crate::enum_type::derive_paths;
use crate::error::GrammarError;

use super::{arguments, data_type, text};

/// What they say of a newtype or of a struct that is a column's type.
#[derive(Default)]
pub(crate) struct NewtypeAttributes {
    /// The name of its type on PostgreSQL, as sqlx asks for it.
    pub(crate) type_name: Option<String>,
    /// It is kept as its only field is.
    pub(crate) is_transparent: bool,
    /// It is kept as JSON whatever it holds.
    pub(crate) is_json: bool,
    /// Its column type, where that is said.
    pub(crate) data_type: Option<Type>,
    /// What is not understood.
    pub(crate) fault: Option<GrammarError>,
}

impl NewtypeAttributes {
    /// Reads the attributes of a struct or an enum.
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut newtype = Self::default();
        for argument in arguments(attributes, "sqlx") {
            match argument.key().as_str() {
                "type_name" => newtype.type_name = argument.text().ok().map(|text| text.value),
                "transparent" => newtype.is_transparent = true,
                _ => {}
            }
        }
        newtype.is_transparent |= arguments(attributes, "repr")
            .iter()
            .any(|argument| argument.key() == "transparent");
        newtype.is_json = derive_paths(attributes).iter().any(|path| {
            let last = path.segments.last();
            last.is_some_and(|last| last.ident == "FromJsonQueryResult")
        });
        if newtype.is_json {
            newtype.data_type = Some(Type::Jsonb);
        }
        for argument in arguments(attributes, "sea_orm") {
            if argument.key() != "column_type" {
                continue;
            }
            let by = "`#[sea_orm(column_type)]`";
            let Some(said) = text(&argument, by) else {
                continue;
            };
            newtype.data_type = data_type::of_sea_orm(&said.value);
            if newtype.data_type.is_none() {
                newtype.fault = Some(GrammarError::new(
                    said.span,
                    format!("what `{}` of {by} is in SQL is not certain", said.value),
                    "say it at the field: `#[column(sql_type = \"…\")]`",
                ));
            }
        }
        newtype
    }
}
