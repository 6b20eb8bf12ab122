//! Statements that SeaORM has no word for, and those that are faster without it.

use sea_orm::sea_query::{Expr, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait,
    FromQueryResult as _, Iterable as _, QueryTrait as _, Select,
};

/// So many rows of a query, after others that are passed over. The numbers stand in the text: with one as a parameter
/// SQLite compiles the statement anew for each request, and PostgreSQL plans it anew.
pub(crate) async fn some_of<E: EntityTrait>(
    rows: Select<E>,
    offset: u64,
    limit: u64,
    db: &impl ConnectionTrait,
) -> Result<Vec<E::Model>, DbErr> {
    let mut statement = rows.build(db.get_database_backend());
    statement.sql += &format!(" LIMIT {limit} OFFSET {offset}");
    E::find().from_raw_sql(statement).all(db).await
}

/// The row of a query that finds one at most: `one` of SeaORM limits it by a parameter.
pub(crate) async fn single<E: EntityTrait>(
    rows: Select<E>,
    db: &impl ConnectionTrait,
) -> Result<Option<E::Model>, DbErr> {
    Ok(rows.all(db).await?.into_iter().next())
}

/// Sends a statement that stands as text to the pool that is there, by sqlx alone.
macro_rules! send {
    ($db:expr, $fetch:ident, $sql:expr $(, $value:expr)*) => {
        if $db.get_database_backend() == sea_orm::DbBackend::Sqlite {
            let pool = $db.get_sqlite_connection_pool();
            sqlx::query_as($sql)$(.bind($value))*.$fetch(pool).await
        } else {
            let pool = $db.get_postgres_connection_pool();
            sqlx::query_as($sql)$(.bind($value))*.$fetch(pool).await
        }
    };
}

pub(crate) use send;

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
