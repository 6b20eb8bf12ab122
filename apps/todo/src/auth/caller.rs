//! Who has sent a request, by its token.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::State;
use crate::error::{Error, Result};
use crate::models::user;

/// Who has sent a request. The token says so; whether that account is still one is for the statement to say that the
/// handler sends: see [`Caller::is_active`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The account.
    pub(crate) id: Uuid,
}

impl FromRequestParts<State> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self> {
        let value = parts.headers.get(AUTHORIZATION);
        let text = value.and_then(|value| value.to_str().ok());
        let (scheme, token) = text
            .and_then(|text| text.split_once(' '))
            .ok_or(Error::Unauthenticated)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Error::Unauthenticated);
        }
        let id = state.tokens.verify(token.trim())?;
        Ok(Self { id })
    }
}

impl Caller {
    /// A condition for statements: one that reads or writes rows of this user also asks whether the account is there and
    /// active. So a request takes one statement, and a token of a deleted account gets nothing done.
    pub(crate) fn is_active(self) -> SimpleExpr {
        let mut account = Query::select();
        account
            .expr(Expr::cust("1"))
            .from(user::Entity)
            .and_where(user::Column::Id.eq(self.id))
            .and_where(user::Column::IsActive.into_expr());
        Expr::exists(account)
    }

    /// Why a statement with [`Self::is_active`] found nothing: there is no such account, or no such row.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if it is the account, or the database.
    pub(crate) async fn must_be_active(self, db: &impl ConnectionTrait) -> Result<()> {
        let found: Option<i32> = user::Entity::find_by_id(self.id)
            .select_only()
            .expr_as(Expr::val(1).cast_as("integer"), "found")
            .filter(user::Column::IsActive.eq(true))
            .into_tuple()
            .one(db)
            .await?;
        match found {
            Some(_) => Ok(()),
            None => Err(Error::Unauthenticated),
        }
    }

    /// The error of a request that found nothing.
    pub(crate) async fn not_found(self, db: &impl ConnectionTrait, what: &'static str) -> Error {
        match self.must_be_active(db).await {
            Ok(()) => Error::NotFound(what),
            Err(error) => error,
        }
    }
}
