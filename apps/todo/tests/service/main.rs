//! The service as its clients, its operators and its database see it.
//!
//! Most tests run on both databases: [`on_both`] makes two of each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

/// Makes two tests of each function, one for each database.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::place::Place::sqlite().await).await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::place::Place::postgres().await).await;
                }
            )+
        }
    };
}

mod bad_input;
mod bad_tokens;
mod log;
mod outage;
mod place;
mod requirements;
mod routes;
mod scripts;
mod server;
mod settings;
