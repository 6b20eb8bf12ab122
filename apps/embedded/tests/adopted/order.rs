use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
#[cfg_attr(any(), limbeck(check(amount_or_note = "(amount >= 0) OR (note IS NULL)")))]
#[cfg_attr(any(), limbeck(index(name = "orders_newest", columns(buyer_id, id desc), where = "amount > 0")))]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(indexed)]
    pub buyer_id: i32,
    #[sea_orm(nullable, column_type = "Text", default_value = "it's")]
    pub note: Option<String>,
    #[sea_orm(default_value = 0)]
    #[cfg_attr(any(), limbeck(check(positive = "amount >= 0")))]
    pub amount: i64,
    #[cfg_attr(any(), limbeck(generated = "amount * 2"))]
    pub total: Option<i64>,
    #[cfg_attr(any(), limbeck(references = "buyers.id", on_delete = set_null, deferrable = "initially deferred", foreign_key_name = "other"))]
    pub other_id: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::buyer::Entity",
        from = "Column::BuyerId",
        to = "super::buyer::Column::Id"
    )]
    Buyer,
}

impl Related<super::buyer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Buyer.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
