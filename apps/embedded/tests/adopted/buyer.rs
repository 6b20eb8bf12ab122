use sea_orm::entity::prelude::*;

/// Who buys.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "buyers", comment = r#"who "buys""#)]
#[cfg_attr(any(), limbeck(index(name = "buyers_lower", columns("lower((email)::text)"))))]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(254))", unique_key = "buyers_kind_email_key", unique)]
    pub   email : String, // the é of a comment
    #[sea_orm(
        column_name = "full_name",
    )]
    #[sea_orm(column_type = "Text", default_value = "nobody")]
    #[cfg_attr(any(), limbeck(collation = "C"))]
    pub name: Option<String>,
    #[sea_orm(comment = "what sort", default_value = 7, unique_key = "buyers_kind_email_key")]
    pub kind: i64,
}

impl ActiveModelBehavior for ActiveModel {}
