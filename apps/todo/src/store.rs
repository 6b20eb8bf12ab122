//! A statement that SeaORM has no word for.

use sea_orm::sea_query::{Expr, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait,
    FromQueryResult as _, Iterable as _,
};

/// Adds a row if a condition holds, and returns it: `INSERT … SELECT … WHERE … RETURNING …`.
pub(crate) async fn insert_if<A>(
    db: &impl ConnectionTrait,
    mut row: A,
    condition: SimpleExpr,
) -> Result<Option<<A::Entity as EntityTrait>::Model>, DbErr>
where
    A: ActiveModelTrait,
{
    let mut columns = Vec::new();
    let mut values = Query::select();
    for column in <A::Entity as EntityTrait>::Column::iter() {
        if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = row.take(column) {
            columns.push(column);
            values.expr(column.save_as(Expr::val(value)));
        }
    }
    values.and_where(condition);
    let mut insert = Query::insert();
    insert.into_table(A::Entity::default()).columns(columns);
    // One value for each column, of the same loop.
    insert
        .select_from(values)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    let returned = <A::Entity as EntityTrait>::Column::iter();
    insert.returning(
        Query::returning().exprs(returned.map(|column| column.select_as(Expr::col(column)))),
    );
    let row = db.query_one(&insert).await?;
    row.map(|row| <A::Entity as EntityTrait>::Model::from_query_result(&row, ""))
        .transpose()
}
