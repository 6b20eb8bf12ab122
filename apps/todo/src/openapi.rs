//! The description of the API, and its page. Routes and their descriptions are one declaration each, beside the handlers.

use utoipa::openapi::security::{
    Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityScheme,
};
use utoipa::{Modify, OpenApi, ToSchema};
use utoipa_swagger_ui::SwaggerUi;

use crate::error::FieldError;

/// What all descriptions have in common.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Todo API",
        description = "RESTful API for todo management with authentication",
        version = "2.0.0",
        license(name = "MIT OR Apache-2.0"),
    ),
    security(("password" = []), ("bearer" = [])),
    modifiers(&Schemes),
)]
pub(crate) struct Description;

/// An error.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described, and made by `Error`")]
pub(crate) struct Problem {
    /// What is wrong.
    detail: String,
}

/// Fields that are wrong.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described, and made by `Error`")]
pub(crate) struct Invalid {
    /// Each field that is wrong.
    detail: Vec<FieldError>,
}

/// How a request says whose it is.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        // The page has a form for this one.
        let flow = Flow::Password(Password::new("/auth/login", Scopes::new()));
        components.add_security_scheme("password", SecurityScheme::OAuth2(OAuth2::new([flow])));
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The page at `/docs`, whose parts are all in the binary, and the description at `/openapi.json`.
pub(crate) fn page(description: utoipa::openapi::OpenApi) -> SwaggerUi {
    SwaggerUi::new("/docs").url("/openapi.json", description)
}
