//! Hashes of passwords: argon2id with the parameters that OWASP names first.
//!
//! A hash takes 19 MiB and tens of milliseconds of a core, so as many are made at once as there are cores, and never on
//! the threads that serve requests.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Makes hashes and compares with them.
#[derive(Clone)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    /// What a password is compared with where there is no account: the hash of no password that anybody has.
    nobody: Arc<str>,
}

/// What became of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the right one.
    Right,
    /// It is the right one, and its hash was made with other parameters than are used now.
    Outdated,
    /// It is not, or there is no account.
    Wrong,
}

impl Passwords {
    /// Hashes a password that nobody has, for comparisons of those that have no account.
    ///
    /// # Errors
    ///
    /// The machine gives no random numbers.
    pub(crate) fn new() -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            places: Arc::new(Semaphore::new(cores)),
            nobody: hash(uuid::Uuid::now_v7().as_bytes())?.into(),
        })
    }

    /// The hash of a password, with its parameters and salt.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        self.apart(move || hash(password.as_bytes())).await?
    }

    /// Compares a password with the hash of an account, or takes as long if there is none.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<Verdict> {
        let nobody = Arc::clone(&self.nobody);
        self.apart(move || match hash {
            Some(hash) => verify(&password, &hash),
            None => verify(&password, &nobody).map(|_| Verdict::Wrong),
        })
        .await?
    }

    /// Runs it on a thread that may be busy for a while, as soon as a core is free.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|error| Error::Internal(error.into()))?;
        // The place is taken until the work is done, also when the client has gone by then.
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(place);
            outcome
        });
        done.await.map_err(|error| Error::Internal(error.into()))
    }
}

fn hash(password: &[u8]) -> Result<String> {
    match Argon2::default().hash_password(password) {
        Ok(hash) => Ok(hash.to_string()),
        Err(error) => Err(Error::Internal(error.to_string().into())),
    }
}

fn verify(password: &str, hash: &str) -> Result<Verdict> {
    let parsed =
        PasswordHash::new(hash).map_err(|error| Error::Internal(error.to_string().into()))?;
    if Argon2::default()
        .verify_password(password.as_bytes(), &parsed)
        .is_err()
    {
        return Ok(Verdict::Wrong);
    }
    let is_current = parsed.algorithm == argon2::Algorithm::default().ident()
        && Params::try_from(&parsed).is_ok_and(|params| {
            let now = Params::default();
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (now.m_cost(), now.t_cost(), now.p_cost())
        });
    Ok(if is_current {
        Verdict::Right
    } else {
        Verdict::Outdated
    })
}
